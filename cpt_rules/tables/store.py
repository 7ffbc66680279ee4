"""The tables a ruleset can ask: imported editions of a store, else starter tables; the date of service picks."""

from __future__ import annotations

import datetime as dt
import os
from bisect import bisect_right
from collections.abc import Callable, Iterator
from pathlib import Path

from attrs import define, field

from cpt_rules.tables.edition import Edition, Span, in_memory, open_edition
from cpt_rules.tables.layout import BY_TABLE, Layout
from cpt_rules.tables.manifest import Manifest, TableError, cannot_be_read, manifest_path, read_manifest

#: A starter table: what is said of it, its rows as texts, and its layout where no import has it.
Starter = tuple[Manifest, tuple[tuple[str, ...], ...]] | tuple[Manifest, tuple[tuple[str, ...], ...], Layout]


@define(eq=False)
class Series:
    """The editions of one table in one setting, in order of their first day; of two that begin together the longer first."""

    table: str
    setting: str | None
    editions: tuple[Edition, ...]

    def edition(self, day: dt.date) -> tuple[Edition, bool] | None:
        """The edition that answers for a day and whether the day is after its period; None: no edition does.

        A cumulative table answers from its newest edition for every day that its rows can speak of. A snapshot
        answers for its own period, the newest one also for the days after it.
        """
        if not self.editions:
            return None
        newest = self.editions[-1]
        if newest.layout.validity is not None:
            return (newest, day > newest.manifest.effective_to) if day >= newest.oldest else None
        for each in reversed(self.editions):
            if each.manifest.effective_from <= day <= each.manifest.effective_to:
                return each, False
        return (newest, True) if day > newest.manifest.effective_to else None

    def span(self, day: dt.date) -> Span:
        """The days about one for which `edition` gives the same."""
        changes = sorted({change for each in self.editions for change in _changes(each)})
        place = bisect_right(changes, day)
        first = changes[place - 1] if place else dt.date.min
        last = changes[place] - dt.timedelta(days=1) if place < len(changes) else dt.date.max
        return first, last


def _changes(edition: Edition) -> Iterator[dt.date]:
    """The first days of what an edition can speak of and of its period, and the day after that."""
    yield edition.oldest
    yield edition.manifest.effective_from
    if edition.manifest.effective_to < dt.date.max:
        yield edition.manifest.effective_to + dt.timedelta(days=1)


@define(eq=False)
class Tables:
    """All series of a run. Immutable but for what it has opened; picklable: what was opened is opened again."""

    root: Path | None = None
    starters: tuple[Starter, ...] = ()
    _series: dict[tuple[str, str | None], Series] = field(init=False, factory=dict)
    _found: dict[tuple[str, str | None], list[Manifest]] = field(init=False, factory=dict)

    def __attrs_post_init__(self) -> None:
        for manifest in manifests(self.root):
            self._found.setdefault((manifest.table, manifest.setting), []).append(manifest)

    def __getstate__(self) -> tuple[Path | None, tuple[Starter, ...]]:
        return self.root, self.starters

    def __setstate__(self, state: tuple[Path | None, tuple[Starter, ...]]) -> None:
        self.__init__(*state)  # type: ignore[misc]

    def series(self, table: str, setting: str | None) -> Series:
        """The editions of a table: imported ones, else the starter. Raises `TableError` where a file is damaged."""
        key = (table, setting)
        found = self._series.get(key)
        if found is None:
            editions = sorted(self._open(table, setting), key=_by_period)
            found = self._series[key] = Series(table, setting, tuple(editions))
        return found

    def _open(self, table: str, setting: str | None) -> Iterator[Edition]:
        imported = self._found.get((table, setting), [])
        for manifest in imported:
            assert self.root is not None
            yield _opened(self.root, manifest)
        if not imported:
            for manifest, rows, *layout in self.starters:
                if (manifest.table, manifest.setting) == (table, setting):
                    yield in_memory(manifest, rows, *layout)

    def open_all(self) -> None:
        """Opens every imported edition, so that damage is said before the first claim. Raises `TableError`."""
        for table, setting in self._found:
            self.series(table, setting)

    def manifests(self) -> list[Manifest]:
        """Every edition that can answer, imported or starter, in order of table, setting and date."""
        imported = [manifest for found in self._found.values() for manifest in found]
        starters = [each[0] for each in self.starters if (each[0].table, each[0].setting) not in self._found]
        return sorted([*imported, *starters], key=lambda m: (m.table, m.setting or "", m.effective_from))


def _by_period(edition: Edition) -> tuple[int, int]:
    manifest = edition.manifest
    return manifest.effective_from.toordinal(), -manifest.effective_to.toordinal()


def _opened(root: Path, manifest: Manifest) -> Edition:
    """The edition; where imports have replaced it since its manifest was read, the one that is there now."""
    path = manifest_path(root, manifest.table, manifest.setting, manifest.edition)
    while True:
        try:
            return open_edition(path.parent, manifest)
        except TableError:
            now = read_manifest(path)
            if now == manifest:
                raise
            manifest = now


def manifests(root: Path | None) -> Iterator[Manifest]:
    """The manifests in a store, in order of path. Raises `TableError` for a folder that is none or a damaged file."""
    for path in manifest_paths(root):
        yield read_manifest(path)


def manifest_paths(root: Path | None) -> list[Path]:
    """The files of the manifests in a store, in order. Raises `TableError` for a folder that is none or cannot be read.

    A table's folder that cannot be read is an error, never an empty one: what it holds would go unasked.
    """
    if root is None:
        return []
    if not os.path.exists(root):
        raise TableError(f"{root}: no such folder; import tables into it with `cpt-rules tables import`")
    if not root.is_dir():
        raise TableError(f"{root}: expected a folder, found a file; name the folder of the store")
    found: list[Path] = []
    for table in _folders(root):
        try:
            found += (path for setting in _folders(table) for path in _inside(setting, _is_manifest))
        except TableError:
            if table.name in BY_TABLE:  # else it is somebody else's, such as lost+found
                raise
    return sorted(found)


def _folders(folder: Path) -> list[Path]:
    return _inside(folder, os.DirEntry.is_dir)


def _is_manifest(entry: os.DirEntry[str]) -> bool:
    return entry.name.endswith(".json") and not entry.name.startswith(".")


def _inside(folder: Path, wanted: Callable[[os.DirEntry[str]], bool]) -> list[Path]:
    try:
        with os.scandir(folder) as entries:
            return [Path(entry) for entry in entries if wanted(entry)]
    except OSError as error:
        raise cannot_be_read(folder, error, "check the folder of the store") from None
