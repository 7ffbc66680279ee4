"""Editions by name: 2026Q3, 2026, 2026-07, and the days they are in effect."""

from __future__ import annotations

import datetime as dt
import re

from attrs import frozen

from cpt_rules.language.problems import shown
from cpt_rules.tables.edition import TableError


@frozen
class Period:
    """An edition and its first and last day, both included."""

    edition: str
    since: dt.date
    until: dt.date


def quarter(year: int, number: int) -> Period:
    """A quarter of a year, 1 to 4."""
    return _months(f"{year}Q{number}", year, 3 * number - 2, 3)


def month(year: int, number: int) -> Period:
    return _months(f"{year}-{number:02}", year, number, 1)


def calendar_year(year: int) -> Period:
    return _months(str(year), year, 1, 12)


def quarter_of(day: dt.date) -> Period:
    """The quarter that a day is in."""
    return quarter(day.year, (day.month + 2) // 3)


def period_of(edition: str) -> Period:
    """The period of an edition's name. Raises `TableError` for a name that is none."""
    found = re.fullmatch(r"(19|20)([0-9]{2})(?:Q([1-4])|-(0[1-9]|1[0-2]))?", edition.strip().upper(), re.ASCII)
    if found is None:
        raise TableError(f"--edition {shown(edition)}: not an edition; write it as 2026Q3, 2026-07 or 2026")
    year = int(found[1] + found[2])
    if found[3]:
        return quarter(year, int(found[3]))
    return month(year, int(found[4])) if found[4] else calendar_year(year)


def settled(file: str, told: Period | None, asked: str | None, *, quarterly: bool = False) -> Period:
    """The edition that a file tells, or else the one asked for with --edition; `quarterly`: 2026-07 is 2026Q3.

    Raises `TableError` where neither says it or both say different things.
    """
    wished = None if asked is None else period_of(asked)
    if wished is not None and quarterly:
        if len(wished.edition) == 4 or (wished.edition[4] == "-" and wished.since.month % 3 != 1):
            raise TableError(f"--edition {shown(str(asked))}: this table is published by quarter; write it as 2026Q3")
        wished = quarter_of(wished.since)
    if told is None and wished is None:
        raise TableError(f"{file}: does not say which edition it is; say it with --edition, for example 2026Q3")
    if told is not None and wished is not None and told != wished:
        raise TableError(
            f"{file}: is edition {told.edition} by its own name or title, --edition says {wished.edition}; leave it out"
        )
    made = wished if told is None else told
    assert made is not None
    return made


def _months(edition: str, year: int, first: int, count: int) -> Period:
    after = year * 12 + first - 1 + count
    return Period(edition, dt.date(year, first, 1), dt.date(after // 12, after % 12 + 1, 1) - dt.timedelta(days=1))
