"""Health care provider taxonomy codes with their first and last day.

Shapes: the csv of NUCC (Code, Grouping, Classification, Specialization, Definition, Notes, Display Name, Section) or a
csv or xlsx with Effective Date and Deactivation Date as well; rows of notes (a version, a copyright: no grouping and
no classification) and blank rows anywhere. The file is nucc_taxonomy_251.csv in version 25.1: a version .0 comes in
January and is in effect from April to September, a version .1 comes in July and is in effect from October to March.
Their editions are called 2025-04 and 2025-10.
Source: NUCC, Health Care Provider Taxonomy Code Set.
"""

from __future__ import annotations

import re

from cpt_rules.tables.cms.common import Files, Imported, Period, headed, layout, period_of
from cpt_rules.tables.cms.periods import month
from cpt_rules.tables.cms.rows import DAYS, Rows, agreed, checked, in_force, names_of, one_period

_NAMES = {"code": ("code", "taxonomy code"), "grouping": ("grouping", "type"), "classification": ("classification",)}


def read(files: Files, setting: str | None, edition: str | None) -> Imported:
    """The codes of one version. Raises `TableError`."""
    rows = Rows(layout("taxonomy"))
    periods: list[Period] = []
    for table in headed(files, _NAMES, optional=DAYS, endings=(".csv", ".xlsx")):
        file = table.sheet.name
        periods.append(agreed(file, _told(file), edition, reading=_asked, example="2026-04"))
        for number, (code, grouping, classification, since, until) in table.records():
            if grouping or classification:
                made = checked(file, number, code, "taxonomy", "a taxonomy code")
                rows.add(file, number, (made, *in_force(table, number, since, until, periods[-1])))
    return Imported(one_period(str(files.paths[0]), periods), rows.columns)


_VERSION = re.compile(r"taxonomy_?v?(\d\d)[._]?([01])(?!\d)", re.I | re.A)


def _told(file: str) -> Period | None:
    for part in names_of(file):
        found = _VERSION.search(part)
        if found:
            return _half(2000 + int(found[1]), 10 if found[2] == "1" else 4)
    return None


def _asked(edition: str) -> Period:
    """2025-10 is version 25.1; other months last to the end of their half-year, a year is the calendar's."""
    wished = period_of(edition)
    return wished if len(wished.edition) == 4 else _half(wished.since.year, wished.since.month)


def _half(year: int, first: int) -> Period:
    """From a month to the end of September or March."""
    last = month(year, 9) if 4 <= first <= 9 else month(year + (first > 9), 3)
    return Period(f"{year}-{first:02}", month(year, first).since, last.until)
