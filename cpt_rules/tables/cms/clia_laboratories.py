"""The user's own laboratories: CLIA number, type of certificate, specialities, and the days of both.

Shape: csv or xlsx with the columns clia, certificate and, if known, specialities, since, until. The certificate is its
type or its name: 1 compliance, 2 waiver, 3 accreditation, 4 provider-performed microscopy, 9 registration.
Specialities are laboratory certification codes (three digits) between blanks or semicolons; the row of a laboratory
whose specialities are not known leaves them empty. An empty since or until is open. A laboratory whose certificate
changed has a row for each.
Source of the types: CMS, Medicare Claims Processing Manual (100-04) chapter 16, section 70.
"""

from __future__ import annotations

import re

from cpt_rules.tables.cms.common import Files, Imported, Period, headed, layout, refuse, settled, shown
from cpt_rules.tables.cms.rows import OPEN_START, Rows, any_day, checked, one_period, span

_NAMES = {"clia": ("clia", "clia number", "clia id"), "certificate": ("certificate", "certificate type")}
_OTHERS = {
    "specialities": ("specialities", "specialties", "speciality", "specialty", "lc codes"),
    "since": ("since", "effective date", "start date"),
    "until": ("until", "expiration date", "end date", "termination date"),
}
_CERTIFICATES = {
    "compliance": "1",
    "waiver": "2",
    "accreditation": "3",
    "ppm": "4",
    "provider performed microscopy": "4",
    "provider performed microscopy procedures": "4",
    "registration": "9",
}


def read(files: Files, setting: str | None, edition: str | None) -> Imported:
    """The laboratories of the list; its edition is what --edition says. Raises `TableError`."""
    rows = Rows(layout("clia-laboratories"))
    periods: list[Period] = []
    for table in headed(files, _NAMES, optional=_OTHERS, endings=(".csv", ".xlsx", ".txt")):
        file = table.sheet.name
        periods.append(settled(file, None, edition))
        for number, (clia, certificate, listed, since, until) in table.records():
            first = any_day(file, number, since, "a first day") if since else OPEN_START
            made = (
                checked(file, number, clia, "clia number", "a CLIA number"),
                _certificate(file, number, certificate),
                _specialities(file, number, listed),
                *span(file, number, first, until),
            )
            rows.add(file, number, made)
    return Imported(one_period(str(files.paths[0]), periods), rows.columns)


def _certificate(file: str, number: int, text: str) -> str:
    plain = " ".join(re.sub(r"[\W_]+", " ", text.casefold()).split())
    name = re.sub(r"^certificate (of|for) ", "", plain)
    if name in _CERTIFICATES.values():
        return name
    if name in _CERTIFICATES:
        return _CERTIFICATES[name]
    known = "1 compliance, 2 waiver, 3 accreditation, 4 ppm or 9 registration"
    return refuse(file, number, f"a certificate, {known}", shown(text) if text else "nothing", "mend the list")


def _specialities(file: str, number: int, text: str) -> str:
    codes = [code for code in re.split(r"[\s;|]+", text) if code]
    for code in codes:
        checked(file, number, code, "lab certification code", "a speciality")
    return "|".join(sorted(set(codes)))
