"""Values of X12 elements. Each function gives None for what is no such value; the caller knows the element's name.

Real files repeat a few dates, amounts, procedures and diagnoses over and over, so what was read is remembered.
Reference: ASC X12 005010X222A1, appendix B (data types DT, N, R) and the code list of data element 1270 (HI).
"""

from __future__ import annotations

import datetime as dt
import re
from decimal import Decimal
from functools import lru_cache

from attrs import frozen

from cpt_rules.claim import Diagnosis, DiagnosisRole, DiagnosisSystem
from cpt_rules.readers.canonical import diagnosis_code
from cpt_rules.readers.problem import Fault

_NUMBER = re.compile(r"-?([0-9]+\.?[0-9]*|\.[0-9]+)", re.ASCII).fullmatch
_PLACE_OF_SERVICE = re.compile(r"[0-9A-Z]{1,2}([^0-9A-Za-z ])[A-Z]?\1[0-9A-Z]", re.ASCII).fullmatch
_COUNT = re.compile(r"[0-9]{1,6}(\.0{1,6})?", re.ASCII).fullmatch
_HARMLESS = re.compile(r"[0-9.+:/ -]{1,20}", re.ASCII).fullmatch

_DIAGNOSES: dict[str, tuple[DiagnosisSystem, DiagnosisRole]] = {
    "ABK": ("icd10", "principal"),
    "ABF": ("icd10", "other"),
    "ABJ": ("icd10", "admitting"),
    "APR": ("icd10", "reason"),
    "ABN": ("icd10", "external-cause"),
    "BK": ("icd9", "principal"),
    "BF": ("icd9", "other"),
    "BJ": ("icd9", "admitting"),
    "PR": ("icd9", "reason"),
    "BN": ("icd9", "external-cause"),
}


@frozen
class Period:
    """A day, or the first and last day of a range."""

    first: dt.date
    last: dt.date | None = None


@frozen
class ProcedureCode:
    """What SV101 carries: qualifier, code, modifiers in their order, description."""

    code_type: str | None
    code: str | None
    modifiers: tuple[str, ...]
    description: str | None


@lru_cache(maxsize=8192)
def number(text: str) -> Decimal | None:
    """A decimal of at most 30 characters: digits, one point, a leading minus."""
    return Decimal(text) if len(text) <= 30 and _NUMBER(text) else None


@lru_cache(maxsize=1024)
def counting_number(text: str) -> int | None:
    """A whole number of at most six digits; some senders write it as 1.00."""
    return int(text.partition(".")[0]) if _COUNT(text) else None


@lru_cache(maxsize=8192)
def day(text: str) -> dt.date | None:
    """A day as CCYYMMDD."""
    if len(text) != 8 or not (text.isascii() and text.isdigit()):
        return None
    try:
        return dt.date(int(text[:4]), int(text[4:6]), int(text[6:]))
    except ValueError:
        return None


@lru_cache(maxsize=8192)
def period(qualifier: str, text: str) -> Period | None:
    """A day (D8), the day of a time (DT, CCYYMMDDHHMM) or a range of days (RD8)."""
    if qualifier == "RD8":
        first, _, last = text.partition("-")
        start, end = day(first), day(last)
        return Period(start, end) if start and end else None
    if qualifier == "DT":
        text = text[:8]
    elif qualifier != "D8":
        return None
    start = day(text)
    return Period(start) if start else None


@lru_cache(maxsize=1024)
def component_separator(place_of_service: str, stated: str) -> str:
    """The component separator of a claim: the one ISA16 states, unless CLM05 plainly uses another one.

    CLM05 always has the shape ``11:B:1``. Senders that state ``:`` and write ``11>B>1`` exist.
    """
    found = None if stated in place_of_service else _PLACE_OF_SERVICE(place_of_service)
    return found[1] if found else stated


@lru_cache(maxsize=8192)
def pointers(composite: str, component: str) -> tuple[int, ...] | None:
    """The diagnosis pointers of SV107; empty ones are skipped."""
    found = tuple(counting_number(each) for each in composite.split(component) if each)
    return None if None in found else found  # type: ignore[return-value]


@lru_cache(maxsize=8192)
def procedure(composite: str, component: str) -> ProcedureCode:
    """The parts of a composite medical procedure identifier (C003)."""
    kind, code, *rest = (*composite.split(component), "")
    modifiers = tuple(each for each in rest[:4] if each)
    description = rest[4] if len(rest) > 4 else ""
    return ProcedureCode(kind or None, code or None, modifiers, description or None)


@lru_cache(maxsize=8192)
def diagnosis(composite: str, component: str) -> Diagnosis | None:
    """The diagnosis of a health care code information composite (C022), None where it is something else."""
    parts = composite.split(component)
    kind = _DIAGNOSES.get(parts[0])
    if kind is None or len(parts) < 2 or not parts[1]:
        return None
    system, role = kind
    present_on_admission = parts[8] if len(parts) > 8 else ""
    return Diagnosis(diagnosis_code(parts[1], system), system, role, present_on_admission or None)


def quoted(text: str) -> str:
    """A value in a message: only what looks like a number or a date, so that no name ever gets there."""
    return repr(text) if _HARMLESS(text) else "the value sent"


def required_number(text: str, element: str) -> Decimal:
    found = number(text)
    if found is None:
        raise Fault("x12.bad-number", f"{element}: {quoted(text)} is no number", "send digits with a point, as 25.00")
    return found


def required_count(text: str, element: str) -> int:
    found = counting_number(text)
    if found is None:
        raise Fault("x12.bad-number", f"{element}: {quoted(text)} is no whole number", "send digits only, as 1")
    return found


def required_period(qualifier: str, text: str, element: str) -> Period:
    found = period(qualifier, text)
    if found is None:
        raise Fault(
            "x12.bad-date",
            f"{element}: {quoted(text)} is no date",
            "send CCYYMMDD with the qualifier D8, or CCYYMMDD-CCYYMMDD with RD8",
        )
    return found


def private_day(text: str, element: str) -> dt.date:
    """A day that identifies a patient: it never gets into a message."""
    found = day(text)
    if found is None:
        raise Fault("x12.bad-date", f"{element} is no date", "send CCYYMMDD")
    return found
