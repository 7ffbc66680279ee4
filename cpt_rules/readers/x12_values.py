"""Values of X12 elements. Each function gives None for what is no such value; the caller knows the element's name.

Real files repeat a few dates, amounts, procedures and diagnoses over and over, so what was read is remembered.
Reference: ASC X12 005010X222A1 and 005010X223A2, appendix B (data types DT, N, R, greatest lengths) and the code list of
data element 1270 (HI).
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from decimal import Decimal
from functools import lru_cache
from typing import Any, NoReturn, TypeVar

from attrs import frozen

from cpt_rules.checked import unchecked
from cpt_rules.claim import Diagnosis, DiagnosisRole, DiagnosisSystem, Occurrence, Procedure, Provider, ValueCode
from cpt_rules.readers.canonical import diagnosis_code
from cpt_rules.readers.problem import Fault
from cpt_rules.readers.x12_codes import HEALTH_CODES, PROCEDURES, UNKNOWN, unknown

_NUMBER = re.compile(r"-?([0-9]+\.?[0-9]*|\.[0-9]+)", re.ASCII).fullmatch
_PLACE_OF_SERVICE = re.compile(r"[0-9A-Z]{1,3}([^0-9A-Za-z ])[A-Z]?\1[0-9A-Z]", re.ASCII).fullmatch
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

HealthCode = Diagnosis | Occurrence | ValueCode | Procedure | str

# every value has been made here, so none is checked again
_diagnosis = unchecked(Diagnosis)
_occurrence = unchecked(Occurrence)
_value_code = unchecked(ValueCode)
_procedure = unchecked(Procedure)

V = TypeVar("V")


class Memo(dict[str, V]):
    """What a function made of a text before; at most `most` of them. None, for what is no such value, is not kept."""

    def __init__(self, make: Callable[[str], V], most: int = 8192) -> None:
        super().__init__()
        self.make = make
        self.most = most

    def __missing__(self, text: str) -> V:
        made = self.make(text)
        if made is not None:
            if len(self) >= self.most:
                self.clear()
            self[text] = made
        return made


#: The provider of these values: npi, entity, taxonomy, state. A file names the same few over and over.
provider = lru_cache(maxsize=8192)(unchecked(Provider))


@frozen
class Period:
    """A day, or the first and last day of a range."""

    first: dt.date
    last: dt.date | None = None


def number(text: str) -> Decimal | None:
    """A decimal of at most 30 characters: digits, one point, a leading minus."""
    return Decimal(text) if len(text) <= 30 and _NUMBER(text) else None


def counting_number(text: str) -> int | None:
    """A whole number of at most six digits; some senders write it as 1.00."""
    return int(text.partition(".")[0]) if _COUNT(text) else None


def day(text: str) -> dt.date | None:
    """A day as CCYYMMDD."""
    if len(text) != 8 or not (text.isascii() and text.isdigit()):
        return None
    try:
        return dt.date(int(text[:4]), int(text[4:6]), int(text[6:]))
    except ValueError:
        return None


def period(qualifier: str, text: str) -> Period | None:
    """A day (D8), the day of a time (DT, CCYYMMDDHHMM) or a range of days (RD8)."""
    if qualifier == "RD8":
        first, _, last = text.partition("-")
        start, end = days[first], days[last]
        return Period(start, end) if start and end else None
    if qualifier == "DT":
        text = text[:8]
    elif qualifier != "D8":
        return None
    start = days[text]
    return Period(start) if start else None


numbers = Memo(number, 32768)
counting_numbers = Memo(counting_number, 1024)
days = Memo(day)


@lru_cache(maxsize=1024)
def component_separator(place_of_service: str, stated: str) -> str:
    """The component separator of a claim: the one ISA16 states, unless CLM05 plainly uses another one.

    CLM05 always has the shape ``11:B:1``. Senders that state ``:`` and write ``11>B>1`` exist.
    """
    found = None if stated in place_of_service else _PLACE_OF_SERVICE(place_of_service)
    return found[1] if found else stated


@lru_cache(maxsize=64)
def composites(component: str) -> Composites:
    """What composites mean that are separated by this character."""
    return Composites(
        Memo(lambda text: procedure(text, component, "SV101")),
        Memo(lambda text: procedure(text, component, "SV202")),
        Memo(lambda text: pointers(text, component)),
        Memo(lambda text: health_code(text, component)),
    )


@frozen
class Composites:
    """What the composites of SV101, SV202, SV107 and HI were found to mean."""

    sv101: Memo[dict[str, Any]]
    sv202: Memo[dict[str, Any]]
    pointers: Memo[tuple[int, ...]]
    codes: Memo[tuple[str, HealthCode | None]]


def pointers(composite: str, component: str) -> tuple[int, ...]:
    """The diagnosis pointers of SV107; empty ones are skipped. Raises `Fault` for what is no number."""
    found = tuple(counting_numbers[each] for each in composite.split(component) if each)
    if None in found:
        raise Fault("x12.bad-number", "SV107 has a pointer that is no number", "send 1 to 12 as pointers")
    return found  # type: ignore[return-value]


def procedure(composite: str, component: str, element: str) -> dict[str, Any]:
    """The values of a line in a composite medical procedure identifier (C003), by field.

    Raises `Fault` for an unknown qualifier.
    """
    kind, code, *rest = (*composite.split(component), "")
    if kind and kind not in PROCEDURES:
        raise unknown(kind, f"{element}-1", PROCEDURES)
    if len(code) > 48:
        too_long(f"{element}-2", 48)
    description = rest[4] if len(rest) > 4 else ""
    if len(description) > 80:
        too_long(f"{element}-7", 80)
    modifiers = tuple(each for each in rest[:4] if each)
    found = {"code_type": kind, "code": code, "modifiers": modifiers, "description": description}
    return {name: value for name, value in found.items() if value}


def health_code(composite: str, component: str) -> tuple[str, HealthCode | None]:
    """The field of a claim and its value in a health care code information composite (C022); ``""`` where it has none.

    Raises `Fault` for an unknown qualifier and for an illegal date or amount.
    """
    kind, code, *rest = (*composite.split(component), "")
    diagnosed = _DIAGNOSES.get(kind)
    field = "diagnoses" if diagnosed else HEALTH_CODES.get(kind, UNKNOWN)
    if field == UNKNOWN:
        raise unknown(kind, "HI, the qualifier of a code", [*HEALTH_CODES, *_DIAGNOSES])
    if field is None or not code:
        return "", None
    if len(code) > 30:
        too_long("HI, a code", 30)
    qualifier, date, amount = (*rest, "", "", "")[:3]
    if diagnosed:
        system, role = diagnosed
        present_on_admission = rest[6] if len(rest) > 6 else ""
        return field, _diagnosis(diagnosis_code(code, system), system, role, present_on_admission or None)
    if field == "values":
        return field, _value_code(code, required_number(amount, "HI, an amount") if amount else None)
    if field in ("conditions", "drg"):
        return field, code
    found = required_period(qualifier, date, "HI, a date") if date else None
    if field == "procedures":
        return field, _procedure(code, found and found.first)
    return "occurrences", _occurrence(code, found and found.first, found and found.last)


def quoted(text: str) -> str:
    """A value in a message: only what looks like a number or a date, so that no name ever gets there."""
    return repr(text) if _HARMLESS(text) else "the value sent"


def too_long(element: str, most: int) -> NoReturn:
    raise Fault("x12.element-too-long", f"{element} has more than {most} characters", "send a shorter value")


def reference(text: str, element: str) -> str:
    """A reference identification: at most 50 characters."""
    return text if len(text) <= 50 else too_long(element, 50)


def required_number(text: str, element: str) -> Decimal:
    found = numbers[text]
    if found is None:
        raise Fault("x12.bad-number", f"{element}: {quoted(text)} is no number", "send digits with a point, as 25.00")
    return found


def required_count(text: str, element: str) -> int:
    found = counting_numbers[text]
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
    found = days[text]
    if found is None:
        raise Fault("x12.bad-date", f"{element} is no date", "send CCYYMMDD")
    return found
