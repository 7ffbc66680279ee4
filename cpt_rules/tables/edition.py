"""One edition of one table: rows by key, in a memory-mapped Arrow file or in memory.

The Arrow file is written once by an import (`cpt_rules.tables.write`). Here it is read by the places of its buffers,
which the manifest records, so that answering needs no Arrow library and costs no start-up: the codes of the first key
column are a dictionary, its rows one run of the file, and inside the run the second key column is found by bisection.
"""

from __future__ import annotations

import datetime as dt
import mmap
import zlib
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

from attrs import define, field

from cpt_rules.reading import Value
from cpt_rules.tables.layout import BY_TABLE, ColumnType, Layout
from cpt_rules.tables.manifest import Manifest, TableError, cannot_be_read, read_manifest

__all__ = [
    "ALWAYS",
    "Cell",
    "Edition",
    "Manifest",
    "Span",
    "TableError",
    "common",
    "in_memory",
    "open_edition",
    "read_manifest",
    "typed",
]

Cell = Value | tuple[Value, ...] | None
#: The numbers of a column, and what they stand for; None: days since 1970-01-01.
Stored = tuple[Sequence[int], Sequence[Cell] | None]

#: The first and the last of some days.
Span = tuple[dt.date, dt.date]
ALWAYS: Span = (dt.date.min, dt.date.max)

_DAY_ZERO = dt.date(1970, 1, 1).toordinal()
_NONE: Sequence[int] = ()


@define(eq=False)
class Edition:
    """Rows by key. `find` gives row numbers, `cell` what stands in them."""

    manifest: Manifest
    layout: Layout
    _first: dict[str, tuple[int, int]]
    _second: Mapping[str, int]
    _columns: Mapping[str, Stored]
    _oldest: dt.date | None = None
    _second_numbers: Sequence[int] = field(init=False, default=_NONE)
    _since: Sequence[int] | None = field(init=False, default=None)
    _until: Sequence[int] = field(init=False, default=_NONE)

    def __attrs_post_init__(self) -> None:
        if len(self.layout.key) > 1:
            self._second_numbers = self._columns[self.layout.key[1]][0]
        if self.layout.validity is not None:
            self._since, self._until = (self._columns[name][0] for name in self.layout.validity)

    def find(self, key: Sequence[str], day: dt.date) -> list[int]:
        """The rows of a key that are in force on a day (all of them in a table without dates), in order of start.

        A key may be shorter than the table's: then the rows of all keys that begin with it.
        """
        rows = self._run(key)
        since = self._since
        if since is None or not rows:
            return list(rows)
        until = self._until
        number = day.toordinal() - _DAY_ZERO
        return [row for row in rows if since[row] <= number <= until[row]]

    def span(self, key: Sequence[str], day: dt.date) -> Span:
        """The days about one for which the same rows of a key are in force."""
        since, until = self._since, self._until
        if since is None:
            return ALWAYS
        first, last = dt.date.min.toordinal(), dt.date.max.toordinal()
        number = day.toordinal()
        for row in self._run(key):
            for change in (since[row] + _DAY_ZERO, until[row] + _DAY_ZERO + 1):
                if change <= number:
                    first = max(first, change)
                else:
                    last = min(last, change - 1)
        return dt.date.fromordinal(first), dt.date.fromordinal(last)

    def _run(self, key: Sequence[str]) -> range:
        """The rows of a key, whenever they are in force."""
        try:
            low, high = self._first[key[0]]
            if len(key) > 1:
                second = self._second[key[1]]
                numbers = self._second_numbers
                row = bisect_left(numbers, second, low, high)
                if row == high or numbers[row] != second:
                    return range(0)
                low = row
                row += 1
                while row < high and numbers[row] == second:
                    row += 1
                high = row
        except KeyError:
            return range(0)
        return range(low, high)

    def cell(self, name: str, row: int) -> Cell:
        """What stands in a column of a row; absent is None."""
        numbers, words = self._columns[name]
        if words is not None:
            return words[numbers[row]]
        return dt.date.fromordinal(numbers[row] + _DAY_ZERO)

    def keys(self) -> Iterator[str]:
        """The values of the first key column, in order."""
        return iter(self._first)

    @property
    def oldest(self) -> dt.date:
        """The first day of which the edition can speak."""
        return self.manifest.effective_from if self._oldest is None else self._oldest


def common(spans: Iterable[Span]) -> Span:
    """The days that several spans about one day have in common."""
    first, last = ALWAYS
    for since, until in spans:
        first, last = max(first, since), min(last, until)
    return first, last


def typed(text: str, type: ColumnType) -> Cell:
    """A cell of a text as its column's type has it; an empty number, date or yes/no is absent."""
    if type == "list":
        return tuple(text.split("|")) if text else ()
    if not text and type != "text":
        return None
    if type == "number":
        return Decimal(text)
    if type == "yes/no":
        return text == "yes"
    return dt.date.fromisoformat(text) if type == "date" else text


def open_edition(folder: Path, manifest: Manifest) -> Edition:
    """An imported edition. Raises `TableError` where the file is missing, truncated or damaged."""
    path = folder / str(manifest.file)
    try:
        with path.open("rb") as file:
            size = path.stat().st_size
            if size != manifest.size or not size:
                raise TableError(
                    f"{path}: {size:,} bytes where its manifest says {manifest.size:,}; import the table again"
                )
            mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    except OSError as error:
        raise cannot_be_read(path, error, "import the table again") from None
    except ValueError:
        raise TableError(f"{path}: cannot be read (changed while it was opened); import the table again") from None
    if zlib.crc32(mapped) != manifest.crc32:
        raise TableError(f"{path}: damaged, its check sum is not the one in its manifest; import the table again")
    if hasattr(mmap, "MADV_DONTNEED"):  # the pages read for the check sum are given back, the system keeps them cached
        mapped.madvise(mmap.MADV_DONTNEED)
        mapped.madvise(mmap.MADV_RANDOM)
    try:
        return _placed(manifest, BY_TABLE[manifest.table], memoryview(mapped))
    except (ValueError, TypeError, KeyError, IndexError, OverflowError, ArithmeticError) as error:
        raise TableError(
            f"{path}: not laid out as its manifest says ({type(error).__name__}); import the table again"
        ) from None


_CODES: dict[int, Any] = {1: "b", 2: "h", 4: "i"}


def _placed(manifest: Manifest, layout: Layout, data: memoryview) -> Edition:
    places = manifest.places
    columns: dict[str, Stored] = {}
    words_of: dict[str, list[str]] = {}
    for column in layout.columns:
        place = places["columns"][column.name]
        start, width = place["values"], place["width"]
        numbers: Any = data[start : start + width * manifest.rows].cast(_CODES[width])
        if len(numbers) != manifest.rows:
            raise ValueError
        if column.type == "date":
            columns[column.name] = numbers, None
            continue
        words = words_of[column.name] = _words(data, place["offsets"], place["text"], place["words"])
        columns[column.name] = numbers, words if column.type == "text" else [typed(w, column.type) for w in words]
    starts = places["starts"]
    if starts[-1] != manifest.rows:
        raise ValueError
    runs = {word: (starts[n], starts[n + 1]) for n, word in enumerate(words_of[layout.key[0]])}
    second = {word: n for n, word in enumerate(words_of[layout.key[1]])} if len(layout.key) > 1 else {}
    oldest = None if places["oldest"] is None else dt.date.fromisoformat(places["oldest"])
    return Edition(manifest, layout, runs, second, columns, oldest)


def _words(data: memoryview, offsets: int, text: int, count: int) -> list[str]:
    ends = data[offsets : offsets + 4 * (count + 1)].cast("i")
    whole = bytes(data[text : text + ends[count]]).decode("utf-8")
    if len(whole) == ends[count]:
        return [whole[ends[n] : ends[n + 1]] for n in range(count)]
    return [bytes(data[text + ends[n] : text + ends[n + 1]]).decode("utf-8") for n in range(count)]


def in_memory(manifest: Manifest, rows: Iterable[Sequence[str]], layout: Layout | None = None) -> Edition:
    """An edition of rows in memory (a starter table): texts in the order of the columns, dates as 2026-01-31.

    `layout` is that of the manifest's table unless given: a table that only a ruleset knows has its own. An empty end
    of validity is open, an empty start always was. Raises `ValueError` for a cell that its column cannot hold.
    """
    layout = BY_TABLE[manifest.table] if layout is None else layout
    key = range(len(layout.key))
    dates = {} if layout.validity is None else dict(zip(layout.validity, (dt.date.min, dt.date.max), strict=True))
    by_key = [layout.place(name) for name in (*layout.key, *dates)]
    ordered = sorted(rows, key=lambda row: [row[place] for place in by_key])
    columns: dict[str, Stored] = {}
    words_of: dict[str, dict[str, int]] = {}
    for place, column in enumerate(layout.columns):
        texts = [row[place] for row in ordered]
        if column.name in dates:
            columns[column.name] = [_number(text, dates[column.name]) for text in texts], None
            continue
        words = words_of[column.name] = {word: n for n, word in enumerate(sorted(set(texts)))}
        columns[column.name] = [words[text] for text in texts], [typed(word, column.type) for word in words]
    firsts = columns[layout.key[0]][0]
    runs = {word: (bisect_left(firsts, n), bisect_right(firsts, n)) for word, n in words_of[layout.key[0]].items()}
    second = words_of[layout.key[1]] if len(key) > 1 else {}
    oldest = None
    if layout.validity is not None and ordered:
        oldest = dt.date.fromordinal(min(columns[layout.validity[0]][0]) + _DAY_ZERO)
    return Edition(manifest, layout, runs, second, columns, oldest)


def _number(text: str, otherwise: dt.date) -> int:
    return (dt.date.fromisoformat(text) if text else otherwise).toordinal() - _DAY_ZERO
