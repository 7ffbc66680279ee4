"""The codes of qualifiers that the guides have, and the field of the claim that each one leads to in a loop.

None means: known, no field is read from it there. A code that is not here is a fault of the claim, for a damaged one would
else lose a value in silence. A code that the guides have in another loop only, or for the other kind of claim, does no harm.

Reference: ASC X12N 005010X222 (837P) and 005010X223 (837I) with their errata.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from cpt_rules.readers.problem import Fault

#: What a look-up gives for a code that the table does not have.
UNKNOWN: Final = "?"


def _table(known: str, **read: str) -> dict[str, str | None]:
    """The codes that are known; those of `read`, whose names have an underscore in front, lead to a field."""
    return {**dict.fromkeys(known.split()), **{code[1:]: name for code, name in read.items()}}


# DTP01
_DATES = (
    "011 050 090 091 096 296 297 304 314 360 361 431 434 435 439 444 453 454 455 461 463 471 472 484 573 607 738 739"
)
CLAIM_DATES = _table(_DATES, _434="statement_from", _435="admission_date", _096="discharge_date")
LINE_DATES = _table(_DATES, _472="date")

# REF01
_REFERENCES = "0B 1G 1J 1W 2U 4N 6R 9A 9B 9C 9D 9F BT D9 EA EI EW F4 F5 F8 FY G1 G2 G4 LU LX NF P4 SY T4 VY X4 XZ Y4"
CLAIM_REFERENCES = _table(
    _REFERENCES, _X4="clia", _G1="prior_authorization", _9F="referral_number", _F8="original_reference"
)
LINE_REFERENCES = _table(_REFERENCES, _6R="id", _X4="clia", _F4="referring_clia")

# NM101: here the loop decides, for a name that stands elsewhere is another level's
BILLING_NAMES = _table("87 PE", _85="billing")
SUBSCRIBER_NAMES = _table("", _IL="subscriber", _PR="payer")
PATIENT_NAMES = _table("", _QC="patient")
_PROVIDERS = "45 71 72 77 82 DK DN DQ P3 PW QB ZZ"
CLAIM_NAMES = _table(
    _PROVIDERS,
    _71="attending",
    _72="operating",
    _77="service_facility",
    _82="rendering",
    _DN="referring",
    _DQ="supervising",
)
LINE_NAMES = _table(_PROVIDERS, _77="service_facility", _82="rendering", _DK="ordering", _DN="referring")
OTHER_NAMES = _table(f"{_PROVIDERS} 85 IL", _PR="payer")

# PRV01: whose taxonomy code it is; the old guides have more of them
TAXONOMIES = _table("OP OT PT RF RP SU", _BI="billing", _PE="rendering", _AT="attending")

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

#: PRV02: the code list of taxonomy codes, as 5010 and as 4010 call it
TAXONOMY_LISTS = frozenset(["PXC", "ZZ"])
#: CRC01
CERTIFICATIONS = frozenset(["07", "09", "70", "75", "E1", "E2", "E3", "ZZ"])
#: NM108 of a provider: the old kinds of numbers beside the NPI
PROVIDER_NUMBERS = frozenset(["24", "34", "46", "FI", "PI", "SV", "XV", "XX"])
#: NM108 of subscribers, patients and payers
NUMBERS = PROVIDER_NUMBERS | {"II", "MI"}
#: SV101-1, SV202-1
PROCEDURES = frozenset(["ER", "HC", "HP", "IV", "WK"])
#: SV103, SV204
UNITS = frozenset(["DA", "F2", "MJ", "UN"])
#: LIN02
DRUGS = frozenset(["EN", "EO", "HI", "N4", "ON", "UK", "UP"])
#: SBR01
RESPONSIBILITIES = frozenset("ABCDEFGHPSTU")
#: NM102: nothing sent is a value that is absent
ENTITIES = {"": None, "1": "person", "2": "organisation"}


def unknown(code: str, element: str, known: Collection[str]) -> Fault:
    """The fault of a code that is none of those known; what was sent is shown only where it cannot be a name."""
    if not code:
        return Fault("x12.unknown-qualifier", f"{element} is empty", "send the qualifier of the guide")
    if code.isascii() and code.upper() in known:
        what, remedy = f"{code!r} is no qualifier", f"send {code.upper()!r}, in capital letters"
    else:
        harmless = code.isascii() and code.isalnum() and len(code) <= 3 and not code.isalpha()
        what = f"{code!r} is no qualifier that can stand here" if harmless else "the code sent is no qualifier"
        remedy = "send a qualifier that the guide has for this loop"
    return Fault("x12.unknown-qualifier", f"{element}: {what}", remedy)
