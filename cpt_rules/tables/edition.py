"""One edition of one table: rows by key, in a memory-mapped Arrow file or in memory.

The Arrow file is written once by an import (`cpt_rules.tables.write`). Here it is read by the places of its buffers,
which the manifest records, so that answering needs no Arrow library and costs no start-up: the codes of the first key
column are a dictionary, its rows one run of the file, and inside the run the second key column is found by bisection.
"""

from __future__ import annotations

import datetime as dt
import json
import mmap
import zlib
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

from attrs import define, field, frozen

from cpt_rules.reading import Value
from cpt_rules.tables.layout import BY_TABLE, Layout

Cell = Value | tuple[Value, ...] | None
_DAY_ZERO = dt.date(1970, 1, 1).toordinal()


class TableError(Exception):
    """A table that cannot be used: which file, what is wrong, what to do."""


@frozen
class Manifest:
    """What is recorded of an edition. Dates are inclusive; `inputs` are (file name, sha256) of what was imported."""

    kind: str
    table: str
    setting: str | None
    edition: str
    publisher: str
    effective_from: dt.date
    effective_to: dt.date
    inputs: tuple[tuple[str, str], ...]
    rows: int
    refused: int
    complete: bool
    importer: int
    file: str | None = None
    size: int = 0
    crc32: int = 0
    sha256: str = ""
    places: Mapping[str, object] = field(factory=dict, repr=False)
    starter: bool = False

    def as_json(self) -> dict[str, Any]:
        made = {name: getattr(self, name) for name in self.__attrs_attrs_names__()}
        made |= {"effective_from": self.effective_from.isoformat(), "effective_to": self.effective_to.isoformat()}
        return made

    @staticmethod
    def __attrs_attrs_names__() -> tuple[str, ...]:
        return (
            "kind", "table", "setting", "edition", "publisher", "effective_from", "effective_to", "inputs", "rows",
            "refused", "complete", "importer", "file", "size", "crc32", "sha256", "places",
        )  # fmt: skip


def read_manifest(path: Path) -> Manifest:
    """The manifest in a file. Raises `TableError` for anything that is none."""
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        names = Manifest.__attrs_attrs_names__()
        if set(data) != set(names) or data["table"] not in BY_TABLE:
            raise ValueError("keys")
        data["inputs"] = tuple((str(name), str(digest)) for name, digest in data["inputs"])
        for name in ("effective_from", "effective_to"):
            data[name] = dt.date.fromisoformat(data[name])
        return Manifest(**data)
    except (OSError, ValueError, TypeError, KeyError, RecursionError) as error:
        raise TableError(
            f"{path}: not a manifest of this store ({type(error).__name__}); import the table again"
        ) from None


@define(eq=False)
class Edition:
    """Rows by key. `find` gives row numbers, `cell` what stands in them."""

    manifest: Manifest
    layout: Layout
    _first: dict[str, tuple[int, int]]
    _second: Mapping[str, int] | None
    _columns: Mapping[str, tuple[Sequence[int], Sequence[Cell] | None]]
    _oldest: dt.date | None = None

    def find(self, key: Sequence[str], day: dt.date) -> list[int]:
        """The rows of a key that are in force on a day (all of them in a table without dates)."""
        run = self._first.get(key[0])
        if run is None:
            return []
        low, high = run
        if len(key) > 1:
            second = self._second.get(key[1]) if self._second is not None else None
            if second is None:
                return []
            places = self._columns[self.layout.key[1]][0]
            low = bisect_left(places, second, low, high)
            if low == high or places[low] != second:
                return []
            high = bisect_right(places, second, low, high)
        if self.layout.validity is None:
            return list(range(low, high))
        since, until = (self._columns[name][0] for name in self.layout.validity)
        number = day.toordinal() - _DAY_ZERO
        return [row for row in range(low, high) if since[row] <= number <= until[row]]

    def cell(self, name: str, row: int) -> Cell:
        values, words = self._columns[name]
        if words is not None:
            return words[values[row]]
        return dt.date.fromordinal(values[row] + _DAY_ZERO)

    def keys(self) -> Iterator[str]:
        """The values of the first key column."""
        return iter(self._first)

    @property
    def oldest(self) -> dt.date:
        """The first day of which the edition can speak."""
        if self.layout.validity is None:
            return self.manifest.effective_from
        if self._oldest is None:
            since = self._columns[self.layout.validity[0]][0]
            first = min(since, default=None)
            self._oldest = self.manifest.effective_from if first is None else dt.date.fromordinal(first + _DAY_ZERO)
        return self._oldest


def typed(text: str, type: str) -> Cell:
    """A cell of a text as its column's type has it; empty is absent."""
    if type == "list":
        return tuple(text.split("|")) if text else ()
    if not text and type != "text":
        return None
    if type == "number":
        return Decimal(text)
    if type == "yes/no":
        return text == "yes"
    return text


def open_edition(folder: Path, manifest: Manifest) -> Edition:
    """An imported edition. Raises `TableError` where the file is missing, truncated or damaged."""
    path = folder / str(manifest.file)
    layout = BY_TABLE[manifest.table]
    try:
        with path.open("rb") as file:
            size = path.stat().st_size
            if size != manifest.size or not size:
                raise TableError(
                    f"{path}: {size} bytes where the manifest says {manifest.size}; import the table again"
                )
            mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    except OSError as error:
        raise TableError(f"{path}: cannot be read ({error.strerror}); import the table again") from None
    if zlib.crc32(mapped) != manifest.crc32:
        raise TableError(f"{path}: damaged, its check sum is not the one in the manifest; import the table again")
    if hasattr(mapped, "madvise"):
        mapped.madvise(mmap.MADV_DONTNEED)
        mapped.madvise(mmap.MADV_RANDOM)
    try:
        return _placed(manifest, layout, memoryview(mapped))
    except (ValueError, TypeError, KeyError, IndexError) as error:
        raise TableError(
            f"{path}: not laid out as its manifest says ({type(error).__name__}); import the table again"
        ) from None


def _placed(manifest: Manifest, layout: Layout, data: memoryview) -> Edition:
    places: Any = manifest.places
    columns: dict[str, tuple[Sequence[int], Sequence[Cell] | None]] = {}
    words_of: dict[str, list[str]] = {}
    for column in layout.columns:
        place = places["columns"][column.name]
        start = place["values"]
        values: Any = data[start : start + 4 * manifest.rows].cast("i")
        if column.type == "date":
            columns[column.name] = values, None
            continue
        words = words_of[column.name] = _words(data, place["offsets"], place["text"], place["words"])
        columns[column.name] = values, words if column.type == "text" else [typed(w, column.type) for w in words]
    first = layout.key[0]
    starts = places["starts"]
    runs = {word: (starts[n], starts[n + 1]) for n, word in enumerate(words_of[first])}
    second = {word: n for n, word in enumerate(words_of[layout.key[1]])} if len(layout.key) > 1 else None
    return Edition(manifest, layout, runs, second, columns)


def _words(data: memoryview, offsets: int, text: int, count: int) -> list[str]:
    ends = data[offsets : offsets + 4 * (count + 1)].cast("i")
    whole = bytes(data[text : text + ends[count]]).decode("utf-8")
    if len(whole) == ends[count]:
        return [whole[ends[n] : ends[n + 1]] for n in range(count)]
    return [bytes(data[text + ends[n] : text + ends[n + 1]]).decode("utf-8") for n in range(count)]


def in_memory(manifest: Manifest, rows: Iterable[Sequence[str]]) -> Edition:
    """An edition of rows in memory (a starter table): texts in the order of the columns, dates as 2026-01-31."""
    layout = BY_TABLE[manifest.table]
    ordered = sorted(rows, key=lambda row: tuple(row[: len(layout.key)]))
    columns: dict[str, tuple[Sequence[int], Sequence[Cell] | None]] = {}
    words_of: dict[str, dict[str, int]] = {}
    for place, column in enumerate(layout.columns):
        texts = [row[place] for row in ordered]
        if column.type == "date":
            columns[column.name] = [dt.date.fromisoformat(text).toordinal() - _DAY_ZERO for text in texts], None
            continue
        words = words_of[column.name] = {word: n for n, word in enumerate(sorted(set(texts)))}
        columns[column.name] = [words[text] for text in texts], [typed(word, column.type) for word in words]
    firsts = columns[layout.key[0]][0]
    runs = {word: (bisect_left(firsts, n), bisect_right(firsts, n)) for word, n in words_of[layout.key[0]].items()}
    second = words_of[layout.key[1]] if len(layout.key) > 1 else None
    return Edition(manifest, layout, runs, second, columns)
