"""Import of one table: which importer reads it, what is recorded of it, and its place in the store."""

from __future__ import annotations

import hashlib
import importlib
import stat
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, cast

from cpt_rules.language.problems import did_you_mean, shown
from cpt_rules.tables.edition import Manifest, TableError
from cpt_rules.tables.layout import LAYOUTS, Layout
from cpt_rules.tables.manifest import cannot_be_read

if TYPE_CHECKING:
    from cpt_rules.tables.cms.common import Importer

#: Raised when an importer would make other rows of the same files, so that importing again changes the table.
IMPORTER_VERSION = 1

#: Kind → ``module:function`` in `cpt_rules.tables.cms`; each is an `Importer`, loaded when it is asked for.
IMPORTERS: dict[str, str] = {
    "ncci-ptp": "ncci_ptp:read",
    "ncci-mue": "ncci_mue:read",
    "ncci-add-on": "ncci_add_on:read",
    "pfs": "pfs:read",
    "clfs": "clfs:read",
    "hcpcs": "hcpcs:read",
    "icd10cm": "icd10cm:read",
    "pos": "pos:read",
    "taxonomy": "taxonomy:read",
    "revenue-codes": "revenue_codes:read",
    "clia-waived": "clia_lists:read_waived",
    "clia-subject": "clia_lists:read_subject",
    "clia-excluded": "clia_lists:read_excluded",
    "lab-ncd": "lab_ncd:read",
    "clia-laboratories": "clia_laboratories:read",
}


def import_table(
    kind: str,
    files: Sequence[Path],
    *,
    root: Path,
    setting: str | None = None,
    edition: str | None = None,
    progress: Callable[[int], None] | None = None,
) -> tuple[Manifest, bool]:
    """Reads the files of one edition and puts it in place; gives its manifest, and whether anything changed.

    `progress` is told the rows read so far of each file. Raises `TableError`, and the store is then as it was.
    """
    layout = _layout(kind)
    _check_setting(layout, setting)
    from cpt_rules.tables.cms.common import Files, period_of
    from cpt_rules.tables.write import write_edition

    if edition is not None:
        period_of(edition)  # a slip of the pen is said before millions of rows are read
    inputs = _inputs(files)

    made = _importer(kind)(Files(tuple(files), progress), setting, edition)
    manifest = Manifest(
        kind=kind,
        table=layout.table,
        setting=made.setting or setting,
        edition=made.period.edition,
        publisher=made.publisher or layout.publisher,
        effective_from=made.period.since,
        effective_to=made.period.until,
        inputs=inputs,
        rows=len(made.columns),
        refused=made.refused,
        complete=layout.complete,
        importer=IMPORTER_VERSION,
    )
    return write_edition(root, manifest, made.columns)


def _layout(kind: str) -> Layout:
    if kind not in LAYOUTS or kind not in IMPORTERS:
        known = ", ".join(sorted(IMPORTERS))
        raise TableError(f"no importer {shown(kind)}{did_you_mean(kind, IMPORTERS, f'; one of: {known}')}")
    return LAYOUTS[kind]


def _importer(kind: str) -> Importer:
    module, _, function = IMPORTERS[kind].partition(":")
    return cast("Importer", getattr(importlib.import_module(f"cpt_rules.tables.cms.{module}"), function))


def _check_setting(layout: Layout, setting: str | None) -> None:
    if setting is None or setting in layout.settings:
        return
    if not layout.settings:
        raise TableError(f"--setting {shown(setting)}: {layout.kind} is one table for all settings; leave it out")
    known = ", ".join(layout.settings)
    raise TableError(f"--setting {shown(setting)}: {layout.kind} has no such setting; one of: {known}")


def _inputs(files: Sequence[Path]) -> tuple[tuple[str, str], ...]:
    """(file name, sha256) in order of name, so that the order on the command line does not matter."""
    if not files:
        raise TableError("no files to import; name them after the kind")
    found: dict[str, str] = {}
    for path in files:
        try:
            kind = path.stat().st_mode
            if stat.S_ISDIR(kind):
                raise TableError(f"{path}: expected a file, found a folder; name the files in it")
            if not stat.S_ISREG(kind):  # it is read more than once
                raise TableError(f"{path}: expected a file, found a pipe or a device; save it as a file first")
            with path.open("rb") as file:
                digest = hashlib.file_digest(file, "sha256").hexdigest()
        except (OSError, ValueError) as error:
            raise cannot_be_read(path, error, "check its name") from None
        if digest in found:
            raise TableError(f"{path}: the same file as {found[digest]}; name each file once")
        found[digest] = str(path)
    return tuple(sorted((Path(name).name, digest) for digest, name in found.items()))
