"""Place of service codes with their first and last day.

Shapes: csv or xlsx with a column of codes, one of names (to tell unassigned codes, which are left out; a range of them
in one row too) and, if there are any, columns of first and last days. The list of CMS states some days inside its
descriptions, several of them days of a new wording: they are not read.
Source: CMS, Place of Service Codes for Professional Claims.
"""

from __future__ import annotations

from cpt_rules.tables.cms.common import Files, Imported, Period, headed, layout, settled
from cpt_rules.tables.cms.rows import DAYS, Rows, checked, in_force, one_period

_NAMES = {"code": ("place of service code*", "pos code", "pos", "code")}
_OTHERS = {"name": ("place of service name", "pos name", "name", "display"), **DAYS}


def read(files: Files, setting: str | None, edition: str | None) -> Imported:
    """The codes of the list; its edition is what --edition says. Raises `TableError`."""
    rows = Rows(layout("pos"))
    periods: list[Period] = []
    for table in headed(files, _NAMES, optional=_OTHERS, endings=(".csv", ".xlsx", ".txt")):
        file = table.sheet.name
        periods.append(settled(file, None, edition))
        for number, (code, name, since, until) in table.records():
            if not name.casefold().startswith("unassigned"):
                made = checked(file, number, code, "pos", "a place of service code")
                rows.add(file, number, (made, *in_force(table, number, since, until, periods[-1])))
    return Imported(one_period(str(files.paths[0]), periods), rows.columns)
