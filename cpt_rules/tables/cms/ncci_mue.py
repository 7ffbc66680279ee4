"""NCCI medically unlikely edits: the most units of a code, and how they are judged (MAI).

As CMS ships them: csv or xlsx, a paragraph of the AMA over the header, a line break inside the first heading, the MAI
as text (``2 Date of Service Edit: Policy``). One edition a quarter; the table lists only the values that are published.
Medicaid files have no MAI: a Medicaid MUE is judged per claim line, which is what MAI 1 means.
Source: CMS, Medicare NCCI MUE; CMS, Medicaid NCCI Technical Guidance Manual.
"""

from __future__ import annotations

import datetime as dt
import re
from pathlib import PurePath

from cpt_rules.tables.cms.common import (
    Columns,
    Files,
    Imported,
    Period,
    Table,
    TableError,
    code,
    headed,
    layout,
    quarter_of,
    refuse,
    settled,
    shown,
)

_NAMES = {"code": ("HCPCS/CPT Code", "CPT/HCPCS Code", "HCPCS Code")}
#: The heading of the units tells the setting.
_UNITS = {
    "practitioner": ("Practitioner Services MUE Values", "Practitioner MUE Values"),
    "hospital": (
        "Outpatient Hospital Services MUE Values",
        "Facility Outpatient Hospital Services MUE Values",
        "Facility Outpatient Services MUE Values",
        "Outpatient Hospital MUE Values",
    ),
    "dme": ("DME Supplier Services MUE Values", "DME Supplier MUE Values", "DME MUE Values"),
    "": ("MUE Values", "MUE Value"),
}
_MAI = ("MUE Adjudication Indicator", "MUE Adjudication Indicator (MAI)", "MAI")
_DATE_NAME = re.compile(r"eff(?:ective)?[-_ ]([0-9]{2})-([0-9]{2})-([0-9]{4})", re.IGNORECASE)


def read(files: Files, setting: str | None, edition: str | None) -> Imported:
    """The table of one setting. Raises `TableError`."""
    columns = Columns(layout("ncci-mue"))
    settings: dict[str, str] = {}
    period: Period | None = None
    for table in headed(files, _NAMES, optional={**_UNITS, "mai": _MAI}):
        name = table.sheet.name
        meant, units = _setting(table, setting)
        settings.setdefault(meant, name)
        if len(settings) > 1:
            other = next(iter(settings))
            raise TableError(f"{name}: is the {meant} table, {settings[other]} the {other} one; import them apart")
        period = _same(name, period, settled(name, _told(name), edition, quarterly=True))
        _read_rows(table, columns, meant, units)
    assert period is not None
    return Imported(period, columns, setting=next(iter(settings)))


def _same(name: str, before: Period | None, now: Period) -> Period:
    if before is not None and before != now:
        raise TableError(f"{name}: is edition {now.edition}, the file before it {before.edition}; import them apart")
    return now


def _told(name: str) -> Period | None:
    """The edition in a file's name, ``…_Eff_07-01-2026.csv``."""
    for part in reversed(PurePath(name).parts[-2:]):
        found = _DATE_NAME.search(part)
        if found:
            try:
                return quarter_of(dt.date(int(found[3]), int(found[1]), int(found[2])))
            except ValueError:
                refuse(name, None, "a date in the file's name", shown(found[0]), "give the file its own name again")
    return None


def _setting(table: Table, asked: str | None) -> tuple[str, int]:
    """The setting by the heading of the units, or by --setting, and the place of the units in a record."""
    name = table.sheet.name
    there = [each for each in _UNITS if table.has(each)]
    if len(there) != 1:
        expected = ", ".join(shown(names[0]) for each, names in _UNITS.items() if each)
        found = "none of them" if not there else f"{len(there)} of them"
        refuse(name, table.header, f"one of the columns {expected}", found)
    told, place = there[0], table.names.index(there[0])
    if asked is None and not told:
        raise TableError(
            f"{name}: does not say which setting it is for; say it with --setting, for example practitioner"
        )
    if asked is not None and told and asked.removeprefix("medicaid-") != told:
        raise TableError(f"{name}: is the {told} table by its header, --setting says {shown(asked)}; leave it out")
    meant = asked or told
    if not table.has("mai") and not meant.startswith("medicaid-"):
        do = f"import it with --setting medicaid-{meant} if it is a Medicaid file"
        refuse(name, table.header, f"a column {shown(_MAI[0])}", "none", do)
    return meant, place


def _read_rows(table: Table, columns: Columns, setting: str, units_place: int) -> None:
    file = table.sheet.name
    code_place, mai_place = table.names.index("code"), table.names.index("mai")
    medicaid = setting.startswith("medicaid-")
    for number, cells in table.records():
        units = cells[units_place]
        code(file, number, cells[code_place])
        if not re.fullmatch("[0-9]{1,7}", units, re.ASCII):
            refuse(file, number, "units as a whole number", shown(units) if units else "nothing")
        mai = "1" if medicaid else _mai(file, number, cells[mai_place])
        columns.add((cells[code_place], str(int(units)), mai))


def _mai(file: str, row: int, text: str) -> str:
    """``2 Date of Service Edit: Policy`` → ``2``."""
    if text[:1] in ("1", "2", "3") and not text[1:2].strip():
        return text[0]
    return refuse(file, row, "an MAI 1, 2 or 3", shown(text) if text else "nothing")
