"""What importers share: the header found by its columns' names, rows below it, codes, dates, editions, refusals."""

from __future__ import annotations

import datetime as dt
import re
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import chain

from attrs import frozen

from cpt_rules.language.problems import shown
from cpt_rules.tables.cms.files import AS_SHIPPED, Files, Row, Sheet, refuse
from cpt_rules.tables.cms.periods import Period, calendar_year, month, period_of, quarter, quarter_of, settled
from cpt_rules.tables.edition import TableError
from cpt_rules.tables.layout import LAYOUTS, Layout
from cpt_rules.tables.write import Columns

__all__ = [
    "Columns", "Files", "Imported", "Importer", "Names", "Period", "Sheet", "Table", "TableError", "calendar_year", "code",
    "day", "headed", "headings", "layout", "month", "period_of", "quarter", "quarter_of", "refuse", "settled", "shown",
]  # fmt: skip

#: Our name of a column → the headings it goes by, compared without case and punctuation; ``modifier*`` is a beginning.
Names = Mapping[str, Sequence[str]]


@frozen
class Imported:
    """What an importer makes of its files; `refused` counts rows that were left out. `setting` as the files tell it."""

    period: Period
    columns: Columns
    refused: int = 0
    setting: str | None = None
    publisher: str | None = None


#: One function per kind: the files, --setting and --edition (both None where not given). Raises `TableError`.
Importer = Callable[[Files, str | None, str | None], Imported]


def layout(kind: str) -> Layout:
    """The layout of a kind that can be imported."""
    return LAYOUTS[kind]


@frozen
class Table:
    """A sheet below its header. `names` are the columns asked for, `places` where they stand (None: not there).

    `above` are the rows over the header, for editions and settings that a title states; `header` is its last row,
    `width` the number of its columns.
    """

    sheet: Sheet
    names: tuple[str, ...]
    places: tuple[int | None, ...]
    above: tuple[Row, ...]
    header: int
    width: int

    def has(self, name: str) -> bool:
        """Whether an optional column is there."""
        return self.places[self.names.index(name)] is not None

    def records(self) -> Iterator[tuple[int, tuple[str, ...]]]:
        """(row number, the cells of `names`, stripped); "" for an optional column that is not there.

        Blank rows are skipped, a row that ends too early and a table without rows are refused.
        """
        places = self.places
        width, widest = max(place for place in places if place is not None) + 1, self.width
        seen = False
        for number, cells in self.sheet.rows:
            if len(cells) < width:
                if not any(cell.strip() for cell in cells):
                    continue
                cells = self._padded(number, cells, width)
            elif len(cells) > widest and any(cell.strip() for cell in cells[widest:]):
                refuse(self.sheet.name, number, f"{widest} columns as in the header", str(len(cells)))
            made = tuple([_bare(cells[place]) if place is not None else "" for place in places])
            if not any(made) and not any(cell.strip() for cell in cells):
                continue
            seen = True
            yield number, made
        if not seen:
            refuse(self.sheet.name, self.header, "rows below the header", "none", "download the file again")

    def _padded(self, number: int, cells: Sequence[str], width: int) -> Sequence[str]:
        if self.sheet.name.casefold().endswith(".xlsx"):  # a worksheet's rows end with their last cell
            return [*cells, *[""] * (width - len(cells))]
        return refuse(self.sheet.name, number, f"{width} columns or more", str(len(cells)), "download the file again")


def headed(
    files: Files,
    names: Names,
    *,
    optional: Names | None = None,
    stacked: int = 1,
    within: int = 60,
    endings: Sequence[str] = (".txt", ".csv", ".xlsx"),
    wanted: Callable[[str], bool] = lambda name: True,
) -> Iterator[Table]:
    """Every sheet of the files below its header: the first row, or up to `stacked` rows joined, with all of `names`.

    Worksheets without the header are passed over where another of the same workbook has it; a text must have it.
    Raises `TableError` with what was expected and the nearest that was found.
    """
    name, faults, found = "", list[_NoHeader](), False
    for sheet in files.sheets(endings, wanted):
        if sheet.name != name:
            if faults and not found:
                raise faults[0]
            name, faults, found = sheet.name, [], False
        try:
            table = headings(sheet, names, optional=optional, stacked=stacked, within=within)
        except _NoHeader as error:
            faults.append(error)
            continue
        found = True
        yield table
    if faults and not found:
        raise faults[0]


class _NoHeader(TableError):
    """No row of a sheet has the columns that were asked for."""


def headings(sheet: Sheet, names: Names, *, optional: Names | None = None, stacked: int = 1, within: int = 60) -> Table:
    """The sheet below its header. Raises `TableError`."""
    wanted = {name: _accepted(accepted) for name, accepted in names.items()}
    extra = {name: _accepted(accepted) for name, accepted in (optional or {}).items()}
    seen: list[Row] = []
    recent: deque[Sequence[str]] = deque(maxlen=stacked)
    nearest: tuple[int, int, list[str]] = 0, 0, list(wanted)
    for number, cells in sheet.rows:
        seen.append((number, cells))
        recent.append(cells)
        for height in range(1, len(recent) + 1):
            joined = _joined(list(recent)[-height:])
            places = {name: _place(sheet, number, joined, accepted) for name, accepted in wanted.items()}
            lacking = [name for name, place in places.items() if place is None]
            if not lacking:
                return _below(sheet, seen, height, stacked, places, extra)
            if len(wanted) - len(lacking) > nearest[0]:
                nearest = len(wanted) - len(lacking), number, lacking
        if len(seen) == within:
            break
    columns = ", ".join(shown(names[name][0].rstrip("*")) for name in wanted)
    if not nearest[0]:
        expected = f"a header with {columns} in the first {within} rows"
        raise _NoHeader(f"{sheet.name}: expected {expected}, found none of them; {AS_SHIPPED}")
    without = ", ".join(shown(names[name][0].rstrip("*")) for name in nearest[2])
    raise _NoHeader(
        f"{sheet.name}, row {nearest[1]}: expected a header with {columns}, found one without {without}; {AS_SHIPPED}"
    )


def _below(
    sheet: Sheet,
    seen: list[Row],
    height: int,
    stacked: int,
    places: Mapping[str, int | None],
    extra: Mapping[str, tuple[str, ...]],
) -> Table:
    """Takes in what is left of a stacked header (rows with neither a first column nor a number), then the optional."""
    top = [cells for _, cells in seen[-height:]]
    header = seen[-1][0]
    first = next(place for place in places.values() if place is not None)
    rows: Iterator[Row] = sheet.rows
    for number, cells in rows:
        rest = [cell.strip() for cell in cells]
        if len(top) >= stacked or not any(rest) or _at(rest, first) or any(cell.isdigit() for cell in rest):
            rows = chain([(number, cells)], rows)
            break
        top.append(cells)
        header = number
    joined = _joined(top)
    optional = {name: _place(sheet, header, joined, accepted) for name, accepted in extra.items()}
    both = {**places, **optional}
    above = tuple(seen[: len(seen) - height])
    return Table(Sheet(sheet.name, sheet.title, rows), tuple(both), tuple(both.values()), above, header, len(joined))


def _joined(rows: Sequence[Sequence[str]]) -> list[str]:
    width = max(map(len, rows))
    return [_plain(" ".join(_at(row, place) for row in rows)) for place in range(width)]


def _place(sheet: Sheet, row: int, headings: list[str], accepted: tuple[str, ...]) -> int | None:
    """The one column with an accepted heading; of several accepted headings the first that is there counts."""
    for name in accepted:
        begins = name.endswith("*")
        bare = name.rstrip("*")
        places = [p for p, text in enumerate(headings) if text == bare or (begins and text.startswith(bare))]
        if len(places) > 1:
            refuse(sheet.name, row, f"one column {shown(bare)}", f"{len(places)} of them")
        if places:
            return places[0]
    return None


def _accepted(names: Sequence[str]) -> tuple[str, ...]:
    return tuple(_plain(name) + ("*" if name.endswith("*") else "") for name in names)


def _plain(text: str) -> str:
    return " ".join(re.sub(r"[\W_]+", " ", text.casefold()).split())


def _at(cells: Sequence[str], place: int) -> str:
    return cells[place] if place < len(cells) else ""


def _bare(cell: str) -> str:
    return cell.strip().strip('"').strip()


_CODE = re.compile(r"[0-9A-Z][0-9]{3}[0-9A-Z]", re.ASCII).fullmatch


def code(file: str, row: int, text: str, what: str = "a code of five characters") -> str:
    """A CPT or HCPCS code as written; refused where it has another shape, a lost leading zero above all."""
    if _CODE(text):
        return text
    lost = text.isdigit() and len(text) < 5
    do = "a spreadsheet may have taken its leading zeros; " if lost else ""
    return refuse(file, row, what, shown(text) if text else "nothing", f"{do}{AS_SHIPPED}")


def day(file: str, row: int, text: str, *, julian: bool = False, what: str = "a date") -> dt.date:
    """A date written YYYYMMDD or 2026-01-31, with `julian` YYYYDDD; anything else is refused."""
    try:
        if julian and len(text) == 7 and text.isdigit() and text.isascii():
            made = dt.date(int(text[:4]), 1, 1) + dt.timedelta(days=int(text[4:]) - 1)
            if made.year == int(text[:4]):
                return made
        if len(text) == 8 and text.isdigit() and text.isascii():
            return dt.date(int(text[:4]), int(text[4:6]), int(text[6:]))
        if len(text) == 10 and text[4] == text[7] == "-":
            return dt.date.fromisoformat(text)
    except (ValueError, OverflowError):
        pass
    form = "YYYYDDD" if julian else "YYYYMMDD"
    return refuse(file, row, f"{what} as {form}", shown(text) if text else "nothing")
