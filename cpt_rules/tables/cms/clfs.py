"""Clinical laboratory fee schedule: indicator and rate by code and modifier; a QW row says that a waived test exists.

Shape: csv or xlsx, some lines above the header YEAR, HCPCS, MOD, EFF_DATE, INDICATOR, RATE and descriptors; rates as
00720.00; 25CLABQ2.zip and its like. A file stands for its quarter: it has the rates of the quarter, not those of
earlier ones. INDICATOR N is a national rate, L a rate that each contractor sets (its RATE is 0).
Source: CMS, Clinical Laboratory Fee Schedule Files.
"""

from __future__ import annotations

import re
from decimal import Decimal

from cpt_rules.formats import parse_number
from cpt_rules.tables.cms.common import Files, Imported, Period, headed, layout, quarter, refuse, settled, shown
from cpt_rules.tables.cms.rows import Rows, any_day, names_of, one_of, one_period, optional_modifier, procedure

_NAMES = {
    "year": ("YEAR",),
    "code": ("HCPCS",),
    "modifier": ("MOD", "MODIFIER"),
    "date": ("EFF_DATE", "EFFECTIVE DATE"),
    "indicator": ("INDICATOR",),
    "rate": ("RATE",),
}


def read(files: Files, setting: str | None, edition: str | None) -> Imported:
    """The rows of one quarter. Raises `TableError`, also for a row of another year or a later quarter."""
    rows = Rows(layout("clfs"))
    periods: list[Period] = []
    for table in headed(files, _NAMES, endings=(".csv", ".xlsx")):
        name = table.sheet.name
        period = settled(name, _told(name), edition, quarterly=True)
        year, periods = str(period.since.year), [*periods, period]
        for number, (of_year, code, modifier, date, indicator, rate) in table.records():
            if of_year != year:
                refuse(name, number, f"the year of edition {period.edition}, {year}", shown(of_year), _OTHER)
            since = any_day(name, number, date, "an effective date")
            if since > period.until:
                refuse(name, number, f"a date in or before edition {period.edition}", str(since), _OTHER)
            code = procedure(name, number, code)
            modifier = optional_modifier(name, number, modifier)
            indicator = one_of(name, number, indicator, ("N", "L"), "an indicator")
            rows.add(name, number, (code, modifier, indicator, _money(name, number, rate)))
    return Imported(one_period(str(files.paths[0]), periods), rows.columns)


_OTHER = "say the edition of the file with --edition"
_QUARTER = re.compile(r"(?<!\d)(20\d\d)[ _-]*q([1-4])", re.I | re.A)
_ZIP = re.compile(r"(?<!\d)(\d\d)clab_?q([1-4])", re.I | re.A)


def _told(name: str) -> Period | None:
    for part in names_of(name):
        found = _QUARTER.search(part) or _ZIP.search(part)
        if found:
            return quarter(2000 + int(found[1][-2:]), int(found[2]))
    return None


def _money(file: str, row: int, text: str) -> str:
    """A rate as 720.00."""
    amount = parse_number(text)
    if amount is None or amount < 0:
        return refuse(file, row, "a rate in dollars", shown(text) if text else "nothing")
    return format(amount.quantize(Decimal("0.01")) if amount == round(amount, 2) else amount, "f")
