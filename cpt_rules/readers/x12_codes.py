"""The codes of qualifiers that the guides allow in each loop, and the field of the claim that each one leads to.

None means: allowed, no field is read from it. A code that is not here is a fault of the claim, for a damaged one would
else lose a value in silence. Both kinds of claim share each table: a code that only the other kind has does no harm.

Reference: ASC X12N 005010X222 (837P) and 005010X223 (837I) with their errata.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from cpt_rules.readers.problem import Fault

#: What a look-up gives for a code that the table does not have.
UNKNOWN: Final = "?"


def _table(ignored: str, **read: str) -> dict[str, str | None]:
    """The codes of `read`, whose names have an underscore in front, and those of `ignored`, which lead to no field."""
    return {**dict.fromkeys(ignored.split()), **{code[1:]: name for code, name in read.items()}}


# DTP01
CLAIM_DATES = _table(
    "050 090 091 296 297 304 314 360 361 431 439 444 453 454 455 471 484",
    _434="statement_from",
    _435="admission_date",
    _096="discharge_date",
)
LINE_DATES = _table("011 304 454 455 461 463 471 607 738 739", _472="date")

# REF01
CLAIM_REFERENCES = _table(
    "1J 4N 9A 9C D9 EA EW F5 G4 LU LX P4",
    _X4="clia",
    _G1="prior_authorization",
    _9F="referral_number",
    _F8="original_reference",
)
LINE_REFERENCES = _table("9B 9D 9F BT EW G1", _6R="id", _X4="clia", _F4="referring_clia")

# NM101
BILLING_NAMES = _table("87 PE", _85="billing")
SUBSCRIBER_NAMES = _table("", _IL="subscriber", _PR="payer")
PATIENT_NAMES = _table("", _QC="patient")
CLAIM_NAMES = _table(
    "45 P3 PW ZZ",
    _71="attending",
    _72="operating",
    _77="service_facility",
    _82="rendering",
    _DN="referring",
    _DQ="supervising",
)
LINE_NAMES = _table("45 72 DQ P3 PW QB ZZ", _77="service_facility", _82="rendering", _DK="ordering", _DN="referring")
OTHER_NAMES = _table("71 72 77 82 85 DN DQ IL P3 ZZ", _PR="payer")

# PRV01: whose taxonomy code it is
TAXONOMIES = _table("PT RF", _BI="billing", _PE="rendering", _AT="attending")

# HI01-1 to HI12-1, but for those of diagnoses, which stand in x12_values
HEALTH_CODES = _table(
    "BO BP CAH TC",
    _BG="conditions",
    _BH="occurrences",
    _BI="spans",
    _BE="values",
    _DR="drg",
    _BR="procedures",
    _BBR="procedures",
    _BQ="procedures",
    _BBQ="procedures",
)

#: CRC01
CERTIFICATIONS = frozenset(["07", "09", "70", "75", "E1", "E2", "E3", "ZZ"])
#: NM108 of a provider: the old kinds of numbers beside the NPI
PROVIDER_NUMBERS = frozenset(["24", "34", "46", "FI", "PI", "SV", "XV", "XX"])
#: SV101-1, SV202-1
PROCEDURES = frozenset(["ER", "HC", "HP", "IV", "WK"])
#: SV103, SV204
UNITS = frozenset(["DA", "F2", "MJ", "UN"])
#: LIN02
DRUGS = frozenset(["EN", "EO", "HI", "N4", "ON", "UK", "UP"])
#: SBR01
RESPONSIBILITIES = frozenset("ABCDEFGHPSTU")
#: SBR01 and NM102: nothing sent is a value that is absent
ENTITIES = {"": None, "1": "person", "2": "organisation"}


def unknown(code: str, element: str, known: Collection[str]) -> Fault:
    """The fault of a code that is none of those known; what was sent is shown only where it cannot be a name."""
    if not code:
        return Fault("x12.unknown-qualifier", f"{element} is empty", "send the qualifier of the guide")
    if code.upper() in known:
        what, remedy = f"{code!r} is no qualifier", f"send {code.upper()!r}, in capital letters"
    else:
        harmless = code.isascii() and code.isalnum() and len(code) <= 3 and not code.isalpha()
        what = f"{code!r} is no qualifier that can stand here" if harmless else "the code sent is no qualifier"
        remedy = "send a qualifier that the guide has for this loop"
    return Fault("x12.unknown-qualifier", f"{element}: {what}", remedy)
