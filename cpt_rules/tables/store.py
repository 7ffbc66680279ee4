"""The tables a ruleset can ask: imported editions of a store, else starter tables; the date of service picks."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from attrs import define, field, frozen

from cpt_rules.tables.edition import Cell, Edition, Manifest, TableError, open_edition, read_manifest


@frozen
class Asked:
    """Which edition answered: for findings and the summary."""

    table: str
    setting: str | None
    edition: str
    starter: bool
    stale: bool


@frozen
class Answer:
    """The rows of a key that are in force on a day.

    `rows` is None where nothing can be said: `missing` then says what is missing. An empty `rows` is certain: the key
    is not in the table. `asked` is None where no edition answers for the day.
    """

    rows: tuple[Mapping[str, Cell], ...] | None
    missing: str = ""
    asked: Asked | None = None


@define(eq=False)
class Series:
    """The editions of one table in one setting, the oldest first."""

    table: str
    setting: str | None
    editions: tuple[Edition, ...]

    def edition(self, day: dt.date) -> tuple[Edition, bool] | None:
        """The edition that answers for a day and whether the day is after its period; None: no edition does."""
        if not self.editions:
            return None
        newest = self.editions[-1]
        if day > newest.manifest.effective_to:
            return newest, True
        if newest.layout.validity is not None:
            return (newest, False) if day >= newest.oldest else None
        for each in reversed(self.editions):
            if each.manifest.effective_from <= day <= each.manifest.effective_to:
                return each, False
        return None


@define(eq=False)
class Tables:
    """All series of a run. Picklable: what was opened is opened again."""

    root: Path | None = None
    starters: tuple[tuple[Manifest, tuple[tuple[str, ...], ...]], ...] = ()
    _series: dict[tuple[str, str | None], Series] = field(init=False, factory=dict)
    _found: dict[tuple[str, str | None], list[Manifest]] = field(init=False, factory=dict)

    def __attrs_post_init__(self) -> None:
        for manifest in manifests(self.root):
            self._found.setdefault((manifest.table, manifest.setting), []).append(manifest)

    def __getstate__(self) -> tuple[object, ...]:
        return self.root, self.starters

    def __setstate__(self, state: tuple[Path | None, tuple[tuple[Manifest, tuple[tuple[str, ...], ...]], ...]]) -> None:
        self.__init__(*state)  # type: ignore[misc]

    def series(self, table: str, setting: str | None) -> Series:
        """The editions of a table: imported ones, else the starter. Raises `TableError` where a file is damaged."""
        key = (table, setting)
        found = self._series.get(key)
        if found is None:
            found = self._series[key] = Series(table, setting, tuple(self._open(table, setting)))
        return found

    def _open(self, table: str, setting: str | None) -> Iterator[Edition]:
        from cpt_rules.tables.edition import in_memory

        imported = self._found.get((table, setting), [])
        for manifest in sorted(imported, key=lambda each: each.effective_from):
            assert self.root is not None
            yield open_edition(self.root / table / (setting or "all"), manifest)
        if not imported:
            for manifest, rows in self.starters:
                if (manifest.table, manifest.setting) == (table, setting):
                    yield in_memory(manifest, rows)

    def open_all(self) -> None:
        """Opens every imported edition, so that damage is said before the first claim. Raises `TableError`."""
        for table, setting in self._found:
            self.series(table, setting)

    def manifests(self) -> list[Manifest]:
        """Every edition that can answer, imported or starter, in order of table, setting and date."""
        imported = [manifest for found in self._found.values() for manifest in found]
        starters = [m for m, _ in self.starters if (m.table, m.setting) not in self._found]
        return sorted([*imported, *starters], key=lambda m: (m.table, m.setting or "", m.effective_from))


def manifests(root: Path | None) -> Iterator[Manifest]:
    """The manifests in a store, in order of path. Raises `TableError` for a folder that is none or a file that is damaged."""
    if root is None:
        return
    if not root.is_dir():
        raise TableError(f"{root}: no such folder; import tables into it with `cpt-rules tables import`")
    for path in sorted(root.glob("*/*/*.json")):
        if not path.name.startswith("."):
            yield read_manifest(path)


def unique_row(edition: Edition, rows: Sequence[int], columns: Sequence[str]) -> bool:
    """Whether rows in force under one key say the same in all columns."""
    return len({tuple(edition.cell(name, row) for name in columns) for row in rows}) <= 1
