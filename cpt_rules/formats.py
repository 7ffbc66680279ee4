"""Named formats for `is a` and for the types of fields and facts: a shape, sometimes a check digit, never a look-up.

A right format does not prove that a code exists or is active; sets and tables say that.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal, InvalidOperation

from attrs import frozen


@frozen
class Format:
    """A named format. `matches` takes the text as sent; `ranges` says whether ``first-last`` may stand for codes."""

    name: str
    meaning: str
    source: str
    matches: Callable[[str], bool]
    ranges: bool = False
    example: str = ""


def npi_check_digit_holds(npi: str) -> bool:
    """Whether the last of ten digits is the Luhn check digit over ``80840`` and the first nine.

    Source: CMS, NPI check digit; (10 - sum % 10) % 10, the prefix 80840 contributes 24 to the sum.
    """
    total = 24
    for place, digit in enumerate(npi[8::-1]):
        value = int(digit) * (2 if place % 2 == 0 else 1)
        total += value - 9 if value > 9 else value
    return (10 - total % 10) % 10 == int(npi[9])


def is_number(text: str) -> bool:
    return parse_number(text) is not None


def parse_number(text: str) -> Decimal | None:
    """A plain decimal number in ASCII digits, else None: no exponent, no blank, no `NaN`, at most 30 characters."""
    if not _NUMBER(text) or len(text) > 30:
        return None
    try:
        return Decimal(text)
    except InvalidOperation:  # pragma: no cover - the pattern leaves nothing that Decimal refuses
        return None


def is_date(text: str) -> bool:
    from datetime import date

    if not _DATE(text):
        return False
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def _is_npi(text: str) -> bool:
    return _NPI(text) is not None and npi_check_digit_holds(text)


def _pattern(pattern: str) -> Callable[[str], bool]:
    match = re.compile(pattern, re.ASCII).fullmatch
    return lambda text: match(text) is not None


_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?", re.ASCII).fullmatch
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII).fullmatch
_NPI = re.compile(r"[12][0-9]{9}", re.ASCII).fullmatch

_CPT = r"[0-9]{5}|[0-9]{4}[FTUMA]"
_LEVEL_II = r"[A-EGHJ-MP-V][0-9]{4}"  # D codes are the ADA's: their format is accepted, none is shipped

FORMATS: dict[str, Format] = {
    form.name: form
    for form in (
        Format("text", "any text", "", lambda text: True, ranges=True),
        Format("number", "a decimal number", "", is_number, example="3"),
        Format("date", "a day, year-month-day", "ISO 8601", is_date, example="2026-01-05"),
        Format("yes/no", "yes or no", "", lambda text: text in ("yes", "no"), example="yes"),
        Format("npi", "ten digits, the first 1 or 2, the last a check digit", "CMS NPI", _is_npi, example="1234567893"),
        Format(
            "clia number",
            "two digits, D, seven digits",
            "CMS IOM 100-04 ch.16",
            _pattern("[0-9]{2}D[0-9]{7}"),
            example="05D0123456",
        ),
        Format(
            "icd10cm",
            "a letter, a digit (or category QA0), a character, then up to four after a dot",
            "CMS ICD-10-CM",
            _pattern(r"([A-Z][0-9][0-9A-Z]|QA0)(\.[0-9A-Z]{1,4})?"),  # QA0 since 2025-10-01
            ranges=True,
            example="D80.1",
        ),
        Format(
            "icd9cm",
            "three digits (or V and two, or E and three), then up to two after a dot",
            "CMS ICD-9-CM",
            _pattern(r"([0-9]{3}|V[0-9]{2})(\.?[0-9]{1,2})?|E[0-9]{3}(\.?[0-9])?"),
            ranges=True,
            example="279.00",
        ),
        Format(
            "cpt", "five digits, or four and one of F T U M A", "AMA CPT", _pattern(_CPT), ranges=True, example="86329"
        ),
        Format(
            "hcpcs level ii", "a letter and four digits", "CMS HCPCS", _pattern(_LEVEL_II), ranges=True, example="G0472"
        ),
        Format(
            "hcpcs",
            "a CPT code or a HCPCS Level II code",
            "CMS HCPCS",
            _pattern(f"{_CPT}|{_LEVEL_II}"),
            ranges=True,
            example="86329",
        ),
        Format("modifier", "two capital letters or digits", "CMS HCPCS", _pattern("[0-9A-Z]{2}"), example="90"),
        Format("pos", "two digits", "CMS place of service codes", _pattern("[0-9]{2}"), ranges=True, example="81"),
        Format(
            "taxonomy", "nine capital letters or digits, then X", "NUCC", _pattern("[0-9A-Z]{9}X"), example="291U00000X"
        ),
        Format(
            "bill type",
            "facility, classification and frequency, without the leading zero",
            "NUBC type of bill",
            _pattern("[0-9][0-9][0-9A-Z]"),
            ranges=True,
            example="131",
        ),
        Format("revenue code", "four digits", "NUBC revenue codes", _pattern("[0-9]{4}"), ranges=True, example="0302"),
        Format("ndc", "eleven digits", "FDA NDC in 5-4-2", _pattern("[0-9]{11}"), example="00000000000"),
        Format("state", "two capital letters", "USPS", _pattern("[A-Z]{2}"), example="CA"),
        Format(
            "lab certification code",
            "three digits",
            "CMS HCPCS LABCERT",
            _pattern("[0-9]{3}"),
            ranges=True,
            example="220",
        ),
        Format(
            "carc", "a claim adjustment reason code", "X12 CARC", _pattern("[0-9]{1,3}|[A-Z][0-9]{1,2}"), example="16"
        ),
        Format(
            "rarc", "a remittance advice remark code", "X12 RARC", _pattern("[A-Z]{1,2}[0-9]{1,3}"), example="MA120"
        ),
        Format(
            "277 status",
            "category and status code",
            "X12 277CA",
            _pattern("[A-F][0-9]{1,2}:[0-9]{1,3}(:[0-9A-Z]{2,3})?"),
            example="A6:544",
        ),
    )
}
