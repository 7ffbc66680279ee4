"""Codes that are waived under CLIA, subject to CLIA edits, or excluded from them, with their modifier.

Shapes: csv or xlsx with a column of codes and perhaps one of modifiers, or a text in which each line begins with a
code. CMS publishes these lists as PDF and in change requests, so that the table or the text is one that a user made of
them. A code may carry its modifier (81003QW, 88120 26) and a cell of a table may list several codes (82374QW,
82435QW). In a text only QW, 26 and TC are taken for modifiers, the ones that these lists use: what follows a code is
otherwise its descriptor, which is dropped. A code said for many test systems counts once.
Source: CMS, Tests Granted Waived Status under CLIA; HCPCS Codes Subject to, and Excluded from, CLIA Edits.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from cpt_rules.tables.cms.common import Files, Imported, Period, headed, layout, refuse, settled, shown
from cpt_rules.tables.cms.rows import Rows, apart, beginning, has_text, one_period, optional_modifier, procedure

_NAMES = {
    "code": (
        "HCPCS", "HCPCS code", "HCPCS codes", "CPT code", "CPT codes", "CPT code s", "CPT HCPCS code", "HCPCS CPT code",
        "CPT", "code",
    )
}  # fmt: skip
_OTHERS = {"modifier": ("modifier", "mod", "modifiers")}
_CODE = r"([0-9]{5}|[0-9]{4}[A-Z]|[A-Z][0-9]{4})"
_BEGINNING = re.compile(_CODE + r"(?:[ \t,-]*(QW|26|TC))?(?=$|[\s,;:-])", re.ASCII).match
_ONE = re.compile(_CODE + r"[ -]?([0-9A-Z]{2})?", re.ASCII).fullmatch
_BETWEEN = re.compile(r"\s*(?:[,;]|\band\b|\n)\s*")


def read_waived(files: Files, setting: str | None, edition: str | None) -> Imported:
    """Tests that are waived; QW where it must be sent. The edition is what --edition says. Raises `TableError`."""
    return _read("clia-waived", files, edition)


def read_subject(files: Files, setting: str | None, edition: str | None) -> Imported:
    """Codes that need a certificate of compliance, accreditation or registration. Raises `TableError`."""
    return _read("clia-subject", files, edition)


def read_excluded(files: Files, setting: str | None, edition: str | None) -> Imported:
    """Codes of the laboratory section that need no certificate. Raises `TableError`."""
    return _read("clia-excluded", files, edition)


def _read(kind: str, files: Files, edition: str | None) -> Imported:
    rows = Rows(layout(kind))
    periods: list[Period] = []
    for each in apart(files):
        if has_text(each):
            for sheet in each.lines((".txt",)):
                periods.append(settled(sheet.name, None, edition))
                for number, found in beginning(sheet, _BEGINNING, "a code of five characters"):
                    rows.add(sheet.name, number, (procedure(sheet.name, number, found[1]), found[2] or ""))
            continue
        for table in headed(each, _NAMES, optional=_OTHERS, endings=(".csv", ".xlsx")):
            file = table.sheet.name
            periods.append(settled(file, None, edition))
            for number, (cell, modifier) in table.records():
                for code, own in _coded(file, number, cell, optional_modifier(file, number, modifier)):
                    rows.add(file, number, (code, own))
    return Imported(one_period(str(files.paths[0]), periods), rows.columns)


def _coded(file: str, number: int, cell: str, modifier: str) -> Iterator[tuple[str, str]]:
    """The codes of a cell, each with its modifier or with that of the row."""
    for part in _BETWEEN.split(cell):
        found = _ONE(part)
        code = procedure(file, number, found[1] if found else part)
        own = (found[2] or "") if found else ""
        if own and modifier and own != modifier:
            refuse(file, number, f"one modifier for {code}", f"{shown(own)} and {shown(modifier)}")
        yield code, own or modifier
