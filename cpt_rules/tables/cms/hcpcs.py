"""HCPCS Level II codes and modifiers: first and last day, and the laboratory certification codes (LABCERT).

Shapes: the text of fixed width and the workbook or csv of the same release (HCPC2019_CONTR_ANWEB.txt, …ANWEB.xlsx),
below a preamble; the zip of a release. Record ids 3 and 7 begin a code and a modifier, 4 and 8 continue a descriptor.

A release leaves out codes that ended some years before it. No row therefore speaks of a day before the first last day
that the release still lists (of a day before its edition, where it lists none): on earlier days nothing is checked.
Source: CMS, HCPCS Level II record layout (columns of the text checked against the workbook of the 2019 release).
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator

from attrs import frozen

from cpt_rules.tables.cms.common import (
    Files,
    Imported,
    Period,
    calendar_year,
    headed,
    layout,
    quarter,
    refuse,
    settled,
    shown,
)
from cpt_rules.tables.cms.rows import Rows, any_day, apart, checked, has_text, names_of, one_period, span

_LABCERTS = tuple(f"LABCERT{number}" for number in range(1, 9))
_NAMES = {
    "code": ("HCPC", "HCPCS"),
    "record": ("RECID",),
    "since": ("ADD DT", "ADD DATE"),
    "until": ("TERM DT", "TERM DATE"),
    **{name: (name,) for name in _LABCERTS},
}
_KINDS = {"3": "hcpcs level ii", "7": "modifier"}
_CONTINUED = ("4", "8")


@frozen
class _Record:
    file: str
    number: int
    code: str
    since: dt.date
    until: dt.date
    certificates: tuple[str, ...]


def read(files: Files, setting: str | None, edition: str | None) -> Imported:
    """The codes and modifiers of one release. Raises `TableError`."""
    records: list[_Record] = []
    for each in apart(files):
        records += _fixed_width(each) if has_text(each, _is_codes) else _tabular(each)
    names = list(dict.fromkeys(record.file for record in records))
    period = one_period(str(files.paths[0]), [settled(name, _told(name), edition) for name in names])
    ended = [record.until for record in records if record.until < period.since]
    first = min([period.since, *ended])
    rows = Rows(layout("hcpcs"))
    for record in records:
        since = max(record.since, first)
        rows.add(record.file, record.number, (record.code, since, record.until, "|".join(record.certificates)))
    return Imported(period, rows.columns)


def _is_codes(name: str) -> bool:
    return "anweb" in name.casefold() and "trans" not in name.casefold()


def _tabular(files: Files) -> Iterator[_Record]:
    for table in headed(files, _NAMES, endings=(".xlsx", ".csv"), wanted=_is_codes):
        for number, (code, record, since, until, *certificates) in table.records():
            made = _record(table.sheet.name, number, code, record, since, until, certificates)
            if made is not None:
                yield made


_START = re.compile(r"(?:   [0-9A-Z]{2}|[A-Z][0-9]{4})[0-9]{5}[0-9]", re.ASCII).match
_PREAMBLE = 60
_SHORTEST = 293
_NO_RECORD = "a code, a sequence number and a record id in columns 1 to 11"


def _fixed_width(files: Files) -> Iterator[_Record]:
    for sheet in files.lines((".txt",), _is_codes):
        begun = False
        for number, (line,) in sheet.rows:
            if not _START(line):
                if line.strip() and (begun or number > _PREAMBLE):
                    refuse(sheet.name, number, _NO_RECORD, shown(line[:11]))
                continue
            begun = True
            if line[10] in _KINDS and len(line) < _SHORTEST:
                refuse(sheet.name, number, f"a record of {_SHORTEST} characters or more", str(len(line)))
            certificates = [line[place : place + 3] for place in range(180, 204, 3)]
            made = _record(sheet.name, number, line[:5], line[10], line[268:276], line[284:292], certificates)
            if made is not None:
                yield made
        if not begun:
            refuse(sheet.name, None, f"rows with {_NO_RECORD}", "none of them")


def _record(
    file: str, number: int, code: str, record: str, since: str, until: str, certificates: list[str]
) -> _Record | None:
    """One code or modifier; None for what continues a descriptor."""
    if record in _CONTINUED:
        return None
    if record not in _KINDS:
        refuse(file, number, "a record id, one of 3 4 7 8", shown(record) if record else "nothing")
    what = "a HCPCS Level II code" if record == "3" else "a modifier"
    made = checked(file, number, code.strip(), _KINDS[record], what)
    begins, ends = span(file, number, any_day(file, number, since.strip(), "an add date"), until.strip())
    listed = [cell.strip() for cell in certificates if cell.strip()]
    for cell in listed:
        checked(file, number, cell, "lab certification code", "a LABCERT code")
    return _Record(file, number, made, begins, ends, tuple(listed))


_YEAR = re.compile(r"hcpc(?:s)?_?(20\d\d)(?:_?(jan|apr|jul|oct))?", re.I | re.A)
_QUARTERS = {"jan": 1, "apr": 2, "jul": 3, "oct": 4}


def _told(name: str) -> Period | None:
    """HCPC2026_OCT_ANWEB is a quarter; HCPC2019_CONTR_ANWEB, from the days of yearly releases, a year."""
    for part in names_of(name):
        found = _YEAR.search(part)
        if found:
            year = int(found[1])
            return quarter(year, _QUARTERS[found[2].casefold()]) if found[2] else calendar_year(year)
    return None
