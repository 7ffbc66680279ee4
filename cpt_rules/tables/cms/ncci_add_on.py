"""NCCI add-on code edits: which primary codes an add-on code needs, by type.

Type 1 has a closed list of primaries, type 2 none (``CCCCC``: the contractor defines them), type 3 a list that the
contractor may extend. CMS ships a workbook with headings and the same as fixed-width text without; dates YYYYDDD.
The dates of the edit count, not those on which its codes were deleted: `code.active` says that.
Source: CMS, Medicare NCCI add-on code edits.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from itertools import islice
from pathlib import PurePath

from cpt_rules.tables.cms.common import (
    Columns,
    Files,
    Imported,
    Period,
    Sheet,
    TableError,
    code,
    day,
    headed,
    layout,
    quarter,
    quarter_of,
    refuse,
    settled,
    shown,
)
from cpt_rules.tables.layout import OPEN_END

#: Row number, add-on code, primary code, type, first day, last day: texts as in the file.
_Record = tuple[int, str, str, str, str, str]

_NAMES = {
    "add_on": ("Add-On_Code", "Addon Code", "AOC"),
    "primary": ("Primary_Code",),
    "type": ("AOC_Edit_Type", "Edit Type", "Add-on Code Edit Type"),
    "since": ("AOC_Edit_EffDT*", "AOC Edit Eff DT*", "AOC Edit Effective Date*"),
    "until": ("AOC_Edit_DelDT*", "AOC Edit Del DT*", "AOC Edit Deletion Date*"),
}
#: Of a zip the workbook, whose columns have headings, and not the text, whose columns have none.
_ENDINGS = (".xlsx", ".csv", ".txt")
_FIXED = re.compile(r"([123])([0-9A-Z][0-9]{3}[0-9A-Z])(?:[0-9]{7}|\s).*", re.ASCII).fullmatch
_BEFORE_PRIMARY = re.compile(r"^.{6}(?:[0-9]{7})?\s*", re.ASCII)
_DATE = re.compile(r"\s*([0-9]{7})", re.ASCII).match
_NAME = re.compile(r"AOC_V(20[0-9]{2})Q([1-4])", re.IGNORECASE)
_DATE_NAME = re.compile(r"effective[-_]([0-9]{2})-?([0-9]{2})-?(20[0-9]{2})", re.IGNORECASE)


def read(files: Files, setting: str | None, edition: str | None) -> Imported:
    """The table. Raises `TableError`."""
    columns = Columns(layout("ncci-add-on"))
    period: Period | None = None
    for path in files.paths:
        one = Files((path,), files.progress)
        for name, records in _tables(one):
            told = settled(name, _told(name), edition, quarterly=True)
            if period is not None and period != told:
                raise TableError(
                    f"{name}: is edition {told.edition}, the file before it {period.edition}; import them apart"
                )
            period = told
            _add(name, records, columns)
    assert period is not None
    return Imported(period, columns)


def _tables(files: Files) -> Iterator[tuple[str, Iterator[_Record]]]:
    if _is_fixed(files):
        for sheet in files.lines(_ENDINGS):
            yield sheet.name, _fixed(sheet)
        return
    for table in headed(files, _NAMES, endings=_ENDINGS):
        yield table.sheet.name, ((number, *cells) for number, cells in table.records())  # type: ignore[misc]


def _is_fixed(files: Files) -> bool:
    """Whether one of the first lines of a text is a fixed-width record. What is damaged is left to who reads it."""
    try:
        return any(_FIXED(line) for sheet in files.lines(_ENDINGS) for _, (line,) in islice(sheet.rows, 60))
    except TableError:
        return False


def _told(name: str) -> Period | None:
    """The edition in a file's name, ``AOC_V2026Q2-MCR.xlsx``; Medicaid's table is another one and refused."""
    if re.search(r"(?:^|[-_. ])(?:MCD|medicaid)(?:[-_. ]|$)", PurePath(name).name, re.IGNORECASE):
        refuse(name, None, "the add-on codes of Medicare", "those of Medicaid by the file's name")
    for part in reversed(PurePath(name).parts[-2:]):
        found = _NAME.search(part)
        if found:
            return quarter(int(found[1]), int(found[2]))
        dated = _DATE_NAME.search(part)
        if dated:
            try:
                return quarter_of(dt.date(int(dated[3]), int(dated[1]), int(dated[2])))
            except ValueError:
                refuse(name, None, "a date in the file's name", shown(dated[0]), "give the file its own name again")
    return None


def _fixed(sheet: Sheet) -> Iterator[_Record]:
    """Records of the fixed-width text: type and add-on code together, then deletion of the code, primary code,
    deletion of the primary, first and last day of the edit, notes. Any of the dates but the first day may be blank.

    The widths of the blanks between are not published with the file. The first day stands in every record: its place
    is where the earliest record with one date has it, and every record is held to that place.
    """
    records: list[tuple[int, str, str, str, dict[int, str]]] = []
    place = place_of_last = -1
    for number, (line,) in sheet.rows:
        found = _FIXED(line)
        if found is None:
            if records and line.strip():
                refuse(sheet.name, number, "a type 1 to 3 followed by an add-on code", shown(line.strip()))
            continue
        start = len(line) - len(_BEFORE_PRIMARY.sub("", line, count=1))
        dates = _dates(line, start + 5)
        if len(dates) == 1 and place < 0:
            place = next(iter(dates))
        records.append((number, found[2], line[start : start + 5].rstrip(), found[1], dates))
    for number, add_on, primary, type, dates in records:
        if place not in dates:
            expected = "the first day of the edit as YYYYDDD" + ("" if place < 0 else f" at column {place + 1}")
            refuse(sheet.name, number, expected, ", ".join(map(shown, dates.values())) or "no date")
        later = [at for at in dates if at > place]
        if place_of_last < 0 and later:
            place_of_last = later[0]
        if later and later != [place_of_last]:
            found_at = ", ".join(str(at + 1) for at in later)
            refuse(sheet.name, number, f"the last day of the edit at column {place_of_last + 1}", f"columns {found_at}")
        yield number, add_on, primary, type, dates[place], dates[later[0]] if later else ""


def _dates(line: str, place: int) -> dict[int, str]:
    """The dates that stand in a line one after the other from a place on, by their own places."""
    made: dict[int, str] = {}
    while found := _DATE(line, place):
        made[found.start(1)] = found[1]
        place = found.end()
    return made


def _add(file: str, records: Iterator[_Record], columns: Columns) -> None:
    for number, add_on, primary, type, since, until in records:
        code(file, number, add_on, "an add-on code of five characters")
        if primary != "CCCCC":
            code(file, number, primary, "a primary code of five characters or CCCCC")
        if type not in ("1", "2", "3"):
            refuse(file, number, "an add-on type 1, 2 or 3", shown(type) if type else "nothing")
        first = day(file, number, since, julian=True, what="the first day of the edit")
        last = day(file, number, until, julian=True, what="the last day of the edit") if until else OPEN_END
        columns.add((add_on, primary, type, first, last))
