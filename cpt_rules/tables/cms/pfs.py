"""Physician fee schedule, relative value file (PPRRVU): status, PC/TC and bilateral indicators by code and modifier.

Shapes: csv or xlsx, a header of one row (2024) or of up to five stacked rows (2026, with PRIC IND) below a title and
the notices of the AMA and ADA; RVU24C.zip and its like. QPP and non-QPP files of 2026 differ in the conversion factor
alone and may be imported together. Relative values and descriptors are left out.
Source: CMS, National Physician Fee Schedule Relative Value File, RVUPUF record layout.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from cpt_rules.tables.cms.common import (
    Files,
    Imported,
    Period,
    Table,
    TableError,
    headed,
    layout,
    quarter,
    settled,
    shown,
)
from cpt_rules.tables.cms.rows import Rows, names_of, one_of, one_period, optional_modifier, procedure

_NAMES = {
    "code": ("HCPCS",),
    "modifier": ("MOD", "MODIFIER"),
    "status": ("STATUS CODE", "STATUS"),
    "pctc": ("PCTC IND", "PC/TC IND", "PC/TC INDICATOR"),
    "bilateral": ("BILAT SURG", "BILATERAL SURGERY"),
}
_STATUS = tuple("ABCDEFGHIJLMNPQRTX")
_PCTC = tuple("0123456789")
_BILATERAL = tuple("01239")


def read(files: Files, setting: str | None, edition: str | None) -> Imported:
    """The rows of one quarter's release. Raises `TableError`."""
    rows = Rows(layout("pfs"))
    periods: list[Period] = []
    for table in headed(files, _NAMES, stacked=5, endings=(".csv", ".xlsx"), wanted=_is_relative_values):
        name = table.sheet.name
        for number, (code, modifier, status, pctc, bilateral) in table.records():
            rows.add(
                name,
                number,
                (
                    procedure(name, number, code),
                    optional_modifier(name, number, modifier),
                    one_of(name, number, status, _STATUS, "a status code"),
                    one_of(name, number, pctc, _PCTC, "a PC/TC indicator"),
                    one_of(name, number, bilateral, _BILATERAL, "a bilateral indicator"),
                ),
            )
        periods.append(settled(name, _told(table), edition, quarterly=True))
    return Imported(one_period(str(files.paths[0]), periods), rows.columns)


def _is_relative_values(name: str) -> bool:
    return name.casefold().startswith("pprrvu")


_MONTHS = {"jan": 1, "apr": 2, "jul": 3, "oct": 4}
_TITLE = re.compile(r"\b(20\d\d) national physician fee schedule.*\b(jan|apr|jul|oct)[a-z]* release", re.I | re.A)
_FILE = re.compile(r"pprrvu(?:20)?(\d\d)_?(jan|apr|jul|oct)", re.I | re.A)
_RELEASE = re.compile(r"rvu(\d\d)([a-d])r?(?![0-9a-z])", re.I | re.A)


def _told(table: Table) -> Period | None:
    """The release that the title above the header states, or the name of the file or of its zip."""
    titles = [cell for _, cells in table.above for cell in cells]
    found = {_quarter(match) for match in map(_TITLE.search, titles) if match}
    names = list(names_of(table.sheet.name))
    found |= {period for name in names for period in _periods_in(name)}
    if len(found) > 1:
        named = " and ".join(shown(period.edition) for period in sorted(found, key=lambda period: period.since))
        raise TableError(f"{table.sheet.name}: its title and its name are of different releases, {named}; rename it")
    return found.pop() if found else None


def _periods_in(name: str) -> Iterator[Period]:
    for match in (_FILE.search(name), _RELEASE.search(name)):
        if match:
            yield _quarter(match)


def _quarter(match: re.Match[str]) -> Period:
    year, part = int(match[1][-2:]) + 2000, match[2].casefold()
    return quarter(year, _MONTHS[part[:3]] if part[:3] in _MONTHS else "abcd".index(part) + 1)
