"""Revenue codes that exist.

Shapes: csv or xlsx with a column of codes, or a text in which each line begins with one. Codes have their leading
zero; a range or a category such as 030X is refused. The list is the National Uniform Billing Committee's (NUBC); users
import the edition that they hold a licence for, and say which it is.
"""

from __future__ import annotations

import re

from cpt_rules.tables.cms.common import Files, Imported, Period, headed, layout, settled
from cpt_rules.tables.cms.rows import Rows, apart, beginning, checked, has_text, one_period

_NAMES = {"code": ("revenue code", "revenue center code", "revenue codes", "rev code", "code")}
_BEGINNING = re.compile(r"([0-9]{4})(?=$|[\s,;:\t-])(?!\s*-\s*[0-9])", re.ASCII).match


def read(files: Files, setting: str | None, edition: str | None) -> Imported:
    """The codes of the list; its edition is what --edition says. Raises `TableError`."""
    rows = Rows(layout("revenue-codes"))
    periods: list[Period] = []
    for each in apart(files):
        if has_text(each):
            for sheet in each.lines((".txt",)):
                periods.append(settled(sheet.name, None, edition))
                for number, found in beginning(sheet, _BEGINNING, "a revenue code of four digits"):
                    rows.add(sheet.name, number, (found[1],))
            continue
        for table in headed(each, _NAMES, endings=(".csv", ".xlsx")):
            file = table.sheet.name
            periods.append(settled(file, None, edition))
            for number, (code,) in table.records():
                rows.add(file, number, (checked(file, number, code, "revenue code", "a revenue code"),))
    return Imported(one_period(str(files.paths[0]), periods), rows.columns)
