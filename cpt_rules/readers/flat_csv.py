"""CSV: text into rows of cells. The delimiter is told from the header, the encoding by mark, zeros or statement.

A record ends with its line unless a quoted cell goes on; quotes in quoted cells are doubled. A cell that is not text
in the file's encoding spoils only what is read from it.
"""

from __future__ import annotations

import codecs
import csv
from collections import deque
from collections.abc import Iterator
from itertools import islice

from attrs import frozen

from cpt_rules.claim import Claim
from cpt_rules.readers.detect import wide
from cpt_rules.readers.flat import Numbered, claims_of
from cpt_rules.readers.flat_bind import bind
from cpt_rules.readers.flat_layout import Layout, built_in, recognised
from cpt_rules.readers.problem import Fault, OnProblem
from cpt_rules.readers.source import Read, begun, resumed

LONGEST_ROW = 1 << 20  # characters of one record
LONGEST_QUOTE = 200  # lines that a quoted cell may reach over
_DELIMITERS = ",\t;|"
_QUOTES = Fault("csv.quotes", "a quoted cell has no end, or goes on behind it", "double each quote inside quotes")
_MARK = b"\xef\xbb\xbf"


def read_csv(read: Read, input: str, on_problem: OnProblem, layout: Layout | None = None) -> Iterator[Claim]:
    """The claims of a CSV input; what cannot be read goes to `on_problem`.

    Without a layout the header tells which of the built-in ones it is. Raises `Fault` where there is no header that
    can be read.
    """
    encoding, read = _encoding(read, layout)
    lines = _lines(_decoded(read, encoding))
    header, lines = _header(lines, layout)
    binding = bind(layout or built_in(header.names), header.names)
    yield from claims_of(_Records(lines, header).rows(), binding, input, "csv", on_problem)


def is_header(line: bytes, layout: Layout | None) -> bool:
    """Whether a first line names columns of a layout: of this one, or of one that is built in."""
    text = line.decode(wide(line) or "utf-8-sig", "replace")
    if "\0" in text:
        return False
    names = _split(text, layout)
    if layout is None:
        return recognised(names) >= 2
    there = {each.casefold() for each in names}
    return any(each.casefold() in there for each in layout.all_columns)


# ---- bytes → text --------------------------------------------------------------------------------------------------


def _encoding(read: Read, layout: Layout | None) -> tuple[str, Read]:
    """The encoding by its mark, else as stated, else by the zeros of UTF-16, else UTF-8."""
    head, read = begun(read, 4)
    if head.startswith(_MARK):
        read()
        return "utf-8", resumed(head.removeprefix(_MARK), read)
    found = wide(head)
    if found == "utf-32":
        raise Fault("input.encoding", "is UTF-32 text", "save it as UTF-8")
    if found == "utf-16" or layout is None or layout.encoding is None:
        return found or "utf-8", read
    return layout.encoding, read


def _decoded(read: Read, encoding: str) -> Iterator[str]:
    """Text as it comes; bytes that are none in the encoding become lone surrogates, which no text has."""
    errors = "surrogatepass" if codecs.lookup(encoding).name.startswith("utf-16") else "surrogateescape"
    decoder = codecs.getincrementaldecoder(encoding)(errors)
    while data := read():
        text = decoder.decode(data)
        if text:
            yield text
    try:
        yield decoder.decode(b"", True)
    except UnicodeDecodeError:
        yield "\udc80"


# ---- text → lines --------------------------------------------------------------------------------------------------

Physical = tuple[int, str | None]  # its number, None for a line that is too long to be held


def _lines(texts: Iterator[str]) -> Iterator[Physical]:
    r"""Lines without their end: LF or CR LF; CR alone where the first chunk knows no other."""
    number, size = 1, 0
    pending: list[str] = []
    ends: str | None = None
    for text in texts:
        if ends is None:
            ends = "\r" if "\n" not in text and "\r" in text[:-1] else "\n"
        *whole, rest = text.split(ends)
        for line in whole:
            size += len(line)
            if size > LONGEST_ROW:
                yield number, None
            else:
                joined = "".join([*pending, line]) if pending else line
                yield number, joined.removesuffix("\r")
            pending, size = [], 0
            number += 1
        size += len(rest)
        if size > LONGEST_ROW:
            pending = []
        elif rest:
            pending.append(rest)
    if size:
        yield number, ("".join(pending) if size <= LONGEST_ROW else None)


# ---- lines → rows --------------------------------------------------------------------------------------------------


@frozen
class _Header:
    names: tuple[str, ...]
    delimiter: str


def _header(lines: Iterator[Physical], layout: Layout | None) -> tuple[_Header, Iterator[Physical]]:
    for _, line in lines:
        if line is None:
            raise Fault("csv.too-long", "the first line exceeds a million characters", "start with a line of columns")
        if not line.strip():
            continue
        if "\0" in line:
            raise Fault("csv.nul", "the first line has zero bytes", "save the file as text, in UTF-8")
        delimiter = _delimiter(line, layout)
        names = tuple(each.strip() for each in _cells(line, delimiter))
        return _Header(names, delimiter), lines
    raise Fault("input.empty", "is empty", "start with a line that names the columns")


def _split(line: str, layout: Layout | None) -> list[str]:
    return [each.strip() for each in _cells(line, _delimiter(line, layout))]


def _delimiter(line: str, layout: Layout | None) -> str:
    """The one that makes out most columns that are known, else most columns."""
    if layout is not None and layout.delimiter is not None:
        return layout.delimiter
    known = {each.casefold() for each in layout.all_columns} if layout is not None else set()

    def worth(delimiter: str) -> tuple[int, int]:
        names = [each.strip() for each in _cells(line, delimiter)]
        return (sum(each.casefold() in known for each in names) if known else recognised(names)), len(names)

    return max(_DELIMITERS, key=worth)


def _cells(line: str, delimiter: str) -> list[str]:
    """The cells of a first line, as they are where its quotes are not in order."""
    if '"' not in line:
        return line.split(delimiter)
    try:
        return next(csv.reader([line], delimiter=delimiter, strict=True), [])
    except csv.Error:
        return line.split(delimiter)


class _Records:
    """Puts the lines of quoted cells together; a line that was looked at in vain is read again."""

    def __init__(self, lines: Iterator[Physical], header: _Header) -> None:
        self.lines = lines
        self.ahead: deque[Physical] = deque()  # lines that were looked at
        self.held = 0  # characters of them
        self.inside = 0  # how many of them leave a quoted cell open that they begin in, counted from the first
        self.width = len(header.names)
        self.delimiter = header.delimiter
        self.faults: dict[int, Fault] = {}  # by the number of cells

    def rows(self) -> Iterator[Numbered]:
        """Rows without those that are empty. A row that cannot be told apart has a fault, and cells for what they are worth."""
        delimiter, nothing = self.delimiter, f'{self.delimiter} \t"'
        while (line := self._next()) is not None:
            number, text = line
            if text is None:
                fault = Fault("csv.too-long", "the row exceeds a million characters", "end each row with a line end")
                yield Numbered(number, (), fault)
            elif "\0" in text:
                fault = Fault("csv.nul", "the row has a zero byte", "save the file as text")
                yield Numbered(number, text.split(delimiter), fault)
            elif '"' in text:
                yield self._quoted(number, text)
            elif text.strip(nothing):
                yield self._row(number, text.split(delimiter))

    def _next(self) -> Physical | None:
        if not self.ahead:
            return next(self.lines, None)
        line = self.ahead.popleft()
        self.inside = max(0, self.inside - 1)
        self.held -= len(line[1] or "")
        return line

    def _row(self, number: int, cells: list[str]) -> Numbered:
        count = len(cells)
        if count == self.width:
            return Numbered(number, cells)
        if count > self.width and not any(map(str.strip, cells[self.width :])):
            return Numbered(number, cells[: self.width])  # empty cells behind the last column
        fault = self.faults.get(count)
        if fault is None:
            message = f"the row has {count} cells, the header {self.width}"
            remedy = "quote cells that hold the delimiter, and write empty cells out"
            fault = self.faults[count] = Fault("csv.cells", message, remedy)
        return Numbered(number, cells, fault)

    def _quoted(self, number: int, text: str) -> Numbered:
        cells = self._parsed(text)
        if cells is None:
            cells = self._with_next(text)
        return self._row(number, cells) if cells else Numbered(number, text.split(self.delimiter), _QUOTES)

    def _parsed(self, text: str) -> list[str] | None:
        """The cells; none where the quotes are not in order, None where a quoted cell has no end yet."""
        try:
            return next(csv.reader((text,), delimiter=self.delimiter, strict=True))
        except csv.Error as error:
            return None if "unexpected end" in str(error) else []

    def _with_next(self, text: str) -> list[str]:
        """The cells of a line and of those that its last cell goes on in; none where that has no end near.

        What a line does to a cell that it begins in, it does to that of any line before: each is looked at once.
        """
        while self.inside < LONGEST_QUOTE and self.held <= LONGEST_ROW:
            if self.inside == len(self.ahead):
                found = next(self.lines, None)
                if found is None:
                    return []
                self.ahead.append(found)
                self.held += len(found[1] or "")
            line = self.ahead[self.inside][1]
            if line is None:
                return []
            ends = self._parsed(f'"{line}') if '"' in line else None
            if ends is None:
                self.inside += 1
            else:
                parts = [text, *(each for _, each in islice(self.ahead, self.inside + 1) if each is not None)]
                cells = self._parsed("\n".join(parts)) if ends and sum(map(len, parts)) <= LONGEST_ROW else None
                if cells:
                    for _ in parts[1:]:
                        self._next()
                return cells or []
        return []
