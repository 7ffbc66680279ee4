"""What is wrong with an edition in a store, and what is worth knowing about it."""

from __future__ import annotations

from pathlib import Path

from attrs import frozen

from cpt_rules.tables.edition import open_edition
from cpt_rules.tables.layout import BY_TABLE
from cpt_rules.tables.manifest import Manifest, TableError, read_manifest


@frozen
class Verified:
    """One edition: `problems` make it unusable, `remarks` do not. `manifest` is None where there is none to read."""

    path: Path
    manifest: Manifest | None
    problems: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()


def verify(path: Path) -> Verified:
    """The edition whose manifest is at `path`: check sums and rows counted anew, rows in force twice under one key."""
    from cpt_rules.tables.arrow import overlaps, read_batch
    from cpt_rules.tables.write import check_sums

    try:
        manifest = read_manifest(path)
    except TableError as error:
        return Verified(path, None, (str(error),))
    data = path.parent / str(manifest.file)
    try:
        open_edition(path.parent, manifest)
        digest, _ = check_sums(data)
        if digest != manifest.sha256:
            raise TableError(f"{data}: damaged, its sha256 is not the one in its manifest; import the table again")
        batch = read_batch(data)
        layout = BY_TABLE[manifest.table]
        if batch.num_rows != manifest.rows:
            found = f"{batch.num_rows:,} rows where its manifest says {manifest.rows:,}"
            raise TableError(f"{data}: {found}; import the table again")
        if batch.schema.names != [column.name for column in layout.columns]:
            raise TableError(f"{data}: other columns than this version reads; import the table again")
        never, same, otherwise = overlaps(batch, layout)
    except TableError as error:
        return Verified(path, manifest, (str(error),))
    except Exception as error:  # whatever pyarrow raises for bytes that are no Arrow file
        return Verified(
            path, manifest, (f"{data}: not an Arrow file ({type(error).__name__}); import the table again",)
        )
    remarks = []
    if never:
        remarks.append(f"{_rows(never)} never in force: last day before the first")
    if layout.unique and same:
        remarks.append(f"{_rows(same)} shadowed: in force together with another of the same key that says the same")
    if layout.unique and otherwise:
        remarks.append(f"{_rows(otherwise)} contradicting another of the same key that is in force on the same days")
    return Verified(path, manifest, (), tuple(remarks))


def _rows(count: int) -> str:
    return f"{count:,} row{'' if count == 1 else 's'}"
