"""NCCI procedure-to-procedure edits: pairs of codes with the days they are in force and the modifier indicator.

As CMS ships them: four parts a setting (``ccipra-v322r0-f1`` … ``f4`` practitioner, ``ccioph-…`` hospital), tabs, a
line of the AMA, a title, a header wrapped over four rows, dates YYYYMMDD, ``*`` for no deletion. Medicaid: one file a
setting, an empty deletion date for none. Cumulative: deleted pairs stay in the file with their dates.
Source: CMS, Medicare NCCI PTP edits and Medicaid NCCI edit files, quarterly.
"""

from __future__ import annotations

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
    day,
    headed,
    layout,
    quarter,
    refuse,
    settled,
    shown,
)
from cpt_rules.tables.layout import OPEN_END

_NAMES = {
    "column_1": ("Column 1", "Column1", "Col1"),
    "column_2": ("Column 2", "Column2", "Col2"),
    "since": ("Effective Date*", "EffDt"),
    "until": ("Deletion Date*", "DelDt"),
    "indicator": ("Modifier*",),
}
_INDICATORS = {"0": "0", "1": "1", "9": "9"}
_PARTS = {1, 2, 3, 4}
_PART_NAME = re.compile(r"cci(pra|oph)-v([0-9]{2})([0-3])r[0-9]+-f([0-9])", re.IGNORECASE)
_QUARTER_NAME = re.compile(r"(20[0-9]{2})[-_ ]?q([1-4])|q([1-4])[-_ ]?(20[0-9]{2})", re.IGNORECASE)


def read(files: Files, setting: str | None, edition: str | None) -> Imported:
    """All parts of one setting. Raises `TableError`."""
    columns = Columns(layout("ncci-ptp"))
    parts: dict[int, str] = {}
    told: tuple[str, Period | None] | None = None
    period: Period | None = None
    name = meant = ""
    for table in headed(files, _NAMES, stacked=4):
        name = table.sheet.name
        said, part = _said(name)
        if told is not None and said != told:
            raise TableError(f"{name}: is not of the setting and edition of the file before it; import them apart")
        if part is not None and parts.setdefault(part, name) != name:
            refuse(name, None, "each part once", f"part f{part} in {parts[part]} too", "name one of them")
        told = said
        meant, period = _setting(name, said[0], setting), settled(name, said[1], edition, quarterly=True)
        _read_rows(table, columns, open_end={"*"} if not meant.startswith("medicaid") else {"*", ""})
    if parts and not parts.keys() >= _PARTS:
        there = ", ".join(f"f{part}" for part in sorted(parts))
        refuse(name, None, "the parts f1 to f4 in one import", there, "name all four files")
    assert period is not None
    return Imported(period, columns, setting=meant)


def _said(name: str) -> tuple[tuple[str, Period | None], int | None]:
    """What a file's name says: ((setting or "", edition), part). v322: 32 years after 1994, third quarter."""
    found = _PART_NAME.search(PurePath(name).name)
    if found:
        setting = "practitioner" if found[1].lower() == "pra" else "hospital"
        return (setting, quarter(1994 + int(found[2]), int(found[3]) + 1)), int(found[4])
    for part in reversed(PurePath(name).parts[-2:]):
        spelt = _QUARTER_NAME.search(part)
        if spelt:
            return ("", quarter(int(spelt[1] or spelt[4]), int(spelt[2] or spelt[3]))), None
    return ("", None), None


def _setting(name: str, told: str, asked: str | None) -> str:
    if told and asked not in (None, told):
        raise TableError(f"{name}: is the {told} table by its name, --setting says {shown(str(asked))}; leave it out")
    if not told and asked is None:
        raise TableError(
            f"{name}: does not say which setting it is for; say it with --setting, for example practitioner"
        )
    return told or str(asked)


def _read_rows(table: Table, columns: Columns, open_end: set[str]) -> None:
    file = table.sheet.name
    codes: dict[str, str] = {}
    starts: dict[str, int] = {}
    ends = dict.fromkeys(open_end, columns.number_of_day(OPEN_END))
    one, two, since, until, indicator = columns.adders()
    for number, (first, second, start, end, indicated) in table.records():
        if first not in codes:
            codes[first] = code(file, number, first, "a code of five characters in column 1")
        if second not in codes:
            codes[second] = code(file, number, second, "a code of five characters in column 2")
        if start not in starts:
            starts[start] = columns.number_of_day(day(file, number, start, what="an effective date"))
        if end not in ends:
            what = "a deletion date or `*`" if "" not in open_end else "a deletion date, `*` or nothing"
            ends[end] = columns.number_of_day(day(file, number, end, what=what))
        if indicated not in _INDICATORS:
            refuse(file, number, "a modifier indicator 0, 1 or 9", shown(indicated) if indicated else "nothing")
        one(first)
        two(second)
        since(starts[start])
        until(ends[end])
        indicator(indicated)
