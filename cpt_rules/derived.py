"""Derived fields: what no operator expresses, computed from the stored fields of the claim.

A derived field is unknown, or an open list, where a stored field it needs is one that the feed cannot carry.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from decimal import Decimal

from cpt_rules.claim import Claim, Line, Provider
from cpt_rules.formats import FORMATS
from cpt_rules.reading import UNKNOWN, Open, Reading, Unknown, Value, View

Derive = Callable[[View, Line | None], Reading]


def hole(view: View, *paths: str) -> bool:
    """Whether one of these stored fields is one that the feed cannot carry."""
    return bool(view.claim.unknown) and not view.claim.unknown.isdisjoint(paths)


def _listed(values: list[Value], is_open: bool) -> Reading:
    distinct = tuple(dict.fromkeys(values))
    return Open(distinct) if is_open else distinct


def _provider_npi(provider: Provider | None) -> str | None:
    return None if provider is None else provider.npi


def _line(line: Line | None) -> Line:
    if line is None:
        raise ValueError("a line field was read without a line")
    return line


def diagnoses(system: str | None) -> Callable[[View, Line | None], Reading]:
    def read(view: View, line: Line | None) -> Reading:
        found: list[Value] = [d.code for d in view.claim.diagnoses if system is None or d.system == system]
        return _listed(found, not view.claim.diagnoses and hole(view, "claim.diagnoses"))

    return read


def principal(view: View, line: Line | None) -> Reading:
    for diagnosis in view.claim.diagnoses:
        if diagnosis.role == "principal":
            return diagnosis.code
    return UNKNOWN if not view.claim.diagnoses and hole(view, "claim.diagnoses") else None


def line_diagnoses(system: str) -> Callable[[View, Line | None], Reading]:
    def read(view: View, line: Line | None) -> Reading:
        claim, line = view.claim, _line(line)
        if not claim.diagnoses and hole(view, "claim.diagnoses"):
            return Open()
        if claim.type == "institutional":
            billed = [d for d in claim.diagnoses if d.role in ("principal", "other")]
            return _listed([d.code for d in billed if d.system == system], False)
        if not line.diagnosis_pointers and hole(view, "line.diagnosis_pointers"):
            return Open() if any(d.system == system for d in claim.diagnoses) else ()
        count = len(claim.diagnoses)
        pointed = [claim.diagnoses[p - 1] for p in line.diagnosis_pointers if 1 <= p <= count]
        return _listed([d.code for d in pointed if d.system == system], False)

    return read


def bad_pointers(view: View, line: Line | None) -> Reading:
    line, count = _line(line), len(view.claim.diagnoses)
    if not line.diagnosis_pointers:
        return Open() if hole(view, "line.diagnosis_pointers") else ()
    if not count and hole(view, "claim.diagnoses"):
        return _listed([p for p in line.diagnosis_pointers if not 1 <= p <= 12], True)
    return _listed([p for p in line.diagnosis_pointers if not 1 <= p <= count], False)


def modifiers(view: View, line: Line | None) -> Reading:
    line = _line(line)
    return Open() if not line.modifiers and hole(view, "line.modifiers") else line.modifiers


def misshapen(read: Derive, kind: str) -> Derive:
    """Those of a list that have not the shape of a format."""
    matches = FORMATS[kind].matches

    def found(view: View, line: Line | None) -> Reading:
        all_ = read(view, line)
        values = all_.known if isinstance(all_, Open) else all_ if isinstance(all_, tuple) else ()
        return _listed([value for value in values if not matches(str(value))], isinstance(all_, Open))

    return found


def first_modifier(view: View, line: Line | None) -> Reading:
    line = _line(line)
    if line.modifiers:
        return line.modifiers[0]
    return UNKNOWN if hole(view, "line.modifiers") else None


def modifier_count(view: View, line: Line | None) -> Reading:
    line = _line(line)
    return UNKNOWN if not line.modifiers and hole(view, "line.modifiers") else len(line.modifiers)


def repeated_modifiers(view: View, line: Line | None) -> Reading:
    line = _line(line)
    if not line.modifiers:
        return Open() if hole(view, "line.modifiers") else ()
    return _listed([m for m in line.modifiers if line.modifiers.count(m) > 1], False)


def provider(view: View, line: Line | None) -> Reading:
    claim, line = view.claim, _line(line)
    if not claim.unknown:
        if claim.type == "professional" and line.rendering is not None and line.rendering.npi:
            return line.rendering.npi
        found = view.claim_fields
        if "line.provider" not in found:
            found["line.provider"] = _claim_provider(view)
        return found["line.provider"]
    if claim.type == "professional":
        rendering = _provider_npi(line.rendering) or _provider_npi(claim.rendering)
        if rendering is not None:
            return rendering
        if hole(view, "rendering.npi", "line.rendering.npi"):
            return UNKNOWN
    billing = _provider_npi(claim.billing)
    return UNKNOWN if billing is None and hole(view, "billing.npi") else billing


def _claim_provider(view: View) -> Reading:
    """Whose service a line without a rendering provider of its own is, where the feed leaves nothing open."""
    claim = view.claim
    rendering = _provider_npi(claim.rendering) if claim.type == "professional" else None
    return rendering or _provider_npi(claim.billing)


def effective_date(claim: Claim, line: Line) -> dt.date | None:
    """The day of a line: its own, else the first day of the statement."""
    return line.date or claim.statement_from


def _date_missing(view: View, line: Line) -> bool:
    return effective_date(view.claim, line) is None and hole(view, "line.date", "claim.statement_from")


def first_date(view: View, line: Line | None) -> Reading:
    return view.derive("first_date", lambda: _first_date(view))


def _first_date(view: View) -> Reading:
    lines = view.claim.lines
    if any(_date_missing(view, each) for each in lines):
        return UNKNOWN
    days = [day for each in lines if (day := effective_date(view.claim, each)) is not None]
    return min(days) if days else None


def last_date(view: View, line: Line | None) -> Reading:
    lines = view.claim.lines
    if any(each.date_to is None and (hole(view, "line.date_to") or _date_missing(view, each)) for each in lines):
        return UNKNOWN
    days = [day for each in lines if (day := each.date_to or effective_date(view.claim, each)) is not None]
    return max(days) if days else None


def line_charges(view: View, line: Line | None) -> Reading:
    charges = [each.charge for each in view.claim.lines]
    if None in charges and hole(view, "line.charge"):
        return UNKNOWN
    sent = [charge for charge in charges if charge is not None]
    return sum(sent, Decimal(0)) if sent else None


def clia_numbers(view: View, line: Line | None) -> Reading:
    claim = view.claim

    def compute() -> Reading:
        found: list[Value] = [number for each in claim.lines if (number := each.clia or claim.clia) is not None]
        if claim.clia is not None:
            found.insert(0, claim.clia)
        missing = claim.clia is None and (not claim.lines or any(each.clia is None for each in claim.lines))
        return _listed(found, missing and hole(view, "claim.clia", "line.clia"))

    return view.derive("claim.clia_numbers", compute)


def further_clia_numbers(view: View, line: Line | None) -> Reading:
    numbers = clia_numbers(view, line)
    if isinstance(numbers, Open):
        return Open(numbers.known[1:])
    return numbers[1:] if isinstance(numbers, tuple) else numbers


def claim_codes(view: View, line: Line | None) -> Reading:
    def compute() -> Reading:
        found: list[Value] = [each.code for each in view.claim.lines if each.code is not None]
        return _listed(found, len(found) < len(view.claim.lines) and hole(view, "line.code"))

    return view.derive("claim.codes", compute)


def claim_modifiers(view: View, line: Line | None) -> Reading:
    def compute() -> Reading:
        found: list[Value] = [m for each in view.claim.lines for m in each.modifiers]
        return _listed(found, hole(view, "line.modifiers") and any(not each.modifiers for each in view.claim.lines))

    return view.derive("claim.modifiers", compute)


def _day_key(view: View, line: Line) -> tuple[dt.date | Unknown | None, Reading]:
    day = effective_date(view.claim, line)
    return UNKNOWN if day is None and _date_missing(view, line) else day, provider(view, line)


def day_codes(view: View, line: Line | None) -> Reading:
    claim, line = view.claim, _line(line)
    day, whose = _day_key(view, line)

    def of_known_day() -> Reading:
        found = [each.code for each in claim.lines if each.code is not None and _day_key(view, each) == (day, whose)]
        return _listed([*found], False)

    if not claim.unknown:
        return view.derive(("day.codes", day, whose), of_known_day)
    found: list[Value] = []
    is_open = False
    for each in claim.lines:
        other_day, other = _day_key(view, each)
        certain = UNKNOWN not in (day, whose, other_day, other)
        if each is line or (certain and (day, whose) == (other_day, other)):
            if each.code is not None:
                found.append(each.code)
            else:
                is_open |= hole(view, "line.code")
        elif not differ(day, other_day) and not differ(whose, other):
            is_open = True
    return _listed(found, is_open)


def differ(one: object, other: object) -> bool:
    """Whether two readings are certainly not the same."""
    return one is not UNKNOWN and other is not UNKNOWN and one != other


def claim_npis(view: View, line: Line | None) -> Reading:
    return view.derive("claim_npis", lambda: _claim_npis(view))


def _claim_npis(view: View) -> Reading:
    claim = view.claim
    found: list[Value] = []
    is_open = False
    for whose, path in (
        (claim.billing, "billing.npi"),
        (claim.rendering, "rendering.npi"),
        (claim.referring, "referring.npi"),
        (claim.ordering, "ordering.npi"),
        (claim.supervising, "supervising.npi"),
        (claim.attending, "attending.npi"),
        (claim.operating, "operating.npi"),
        (claim.service_facility, "service_facility.npi"),
    ):
        if whose is not None and whose.npi is not None:
            found.append(whose.npi)
        elif claim.unknown:
            is_open |= hole(view, path)
    for each in claim.lines:
        for whose, path in (
            (each.rendering, "line.rendering.npi"),
            (each.ordering, "line.ordering.npi"),
            (each.referring, "line.referring.npi"),
            (each.service_facility, "line.service_facility.npi"),
        ):
            if whose is not None and whose.npi is not None:
                found.append(whose.npi)
            elif claim.unknown:
                is_open |= hole(view, path)
    return _listed(found, is_open)


def taxonomies(view: View, line: Line | None) -> Reading:
    return view.derive("taxonomies", lambda: _taxonomies(view))


def _taxonomies(view: View) -> Reading:
    claim = view.claim
    found: list[Value] = []
    is_open = False
    for role in ("billing", "rendering", "attending"):
        provider: Provider | None = getattr(claim, role)
        if provider is not None and provider.taxonomy is not None:
            found.append(provider.taxonomy)
        else:
            is_open |= hole(view, f"{role}.taxonomy")
    for each in claim.lines:
        if each.rendering is not None and each.rendering.taxonomy is not None:
            found.append(each.rendering.taxonomy)
        else:
            is_open |= hole(view, "line.rendering.taxonomy")
    return _listed(found, is_open)


def as_of(view: View, line: Line | None) -> Reading:
    return view.as_of


def filed(view: View, line: Line | None) -> Reading:
    if view.claim.received_date is not None:
        return view.claim.received_date
    return view.as_of


def filing_end(view: View, line: Line | None) -> Reading:
    claim = view.claim
    last: Reading
    if claim.type == "institutional":
        last = claim.statement_to
        if last is None:
            last = UNKNOWN if hole(view, "claim.statement_to") else last_date(view, None)
    else:
        last = first_date(view, None)
    if not isinstance(last, dt.date):
        return last
    if last.year >= dt.MAXYEAR:
        return dt.date.max
    try:
        return last.replace(year=last.year + 1)
    except ValueError:  # 29 February
        return dt.date(last.year + 1, 2, 28)


def bill_frequency(view: View, line: Line | None) -> Reading:
    if view.claim.frequency is not None:
        return view.claim.frequency
    if view.claim.bill_type is not None and len(view.claim.bill_type) == 3:
        return view.claim.bill_type[2]
    return UNKNOWN if hole(view, "claim.frequency", "claim.bill_type") else None


def void(view: View, line: Line | None) -> Reading:
    """Whether the claim is known to void another one. Like `available` never unknown: a feed without the frequency
    is scrubbed as what it nearly always is, a claim for services."""
    return bill_frequency(view, line) == "8"


#: First two digits of the types of bill of inpatient stays: hospital, swing bed, skilled nursing, religious nonmedical.
_INPATIENT = frozenset({"11", "18", "21", "41"})


#: First two digits of the types of bill on which Medicare applies the hospital's NCCI edits.
#: Source: Noridian, OPPS and Non-OPPS Providers: Implemented Billing Requirements (I/OCE of July and October 2018).
_OUTPATIENT = frozenset({"12", "13", "14", "22", "23", "72", "74", "76", "85"})


def ncci_setting(view: View, line: Line | None) -> Reading:
    """Which NCCI tables concern the claim: practitioner, or hospital for an outpatient bill; else none."""
    claim = view.claim
    if claim.type == "professional":
        return "practitioner"
    if claim.bill_type is None:
        return UNKNOWN if hole(view, "claim.bill_type") else None
    return "hospital" if claim.bill_type[:2] in _OUTPATIENT else None


def icd_date(view: View, line: Line | None) -> Reading:
    """The day that decides between ICD-9 and ICD-10: inpatient the discharge, everywhere else the first day of service.

    Source: CMS, ICD-10 transition (45 CFR 162.1002; MLN Matters SE1408).
    """
    facility = facility_type(view, line)
    if facility is UNKNOWN and view.claim.type == "institutional":
        return UNKNOWN
    if facility not in _INPATIENT:
        return first_date(view, None)
    last = view.claim.discharge_date or view.claim.statement_to
    if last is None:
        return UNKNOWN if hole(view, "claim.discharge_date", "claim.statement_to") else last_date(view, None)
    return last


def facility_type(view: View, line: Line | None) -> Reading:
    if view.claim.bill_type is not None:
        return view.claim.bill_type[:2]
    return UNKNOWN if hole(view, "claim.bill_type") else None


def codes_of(attribute: str) -> Callable[[View, Line | None], Reading]:
    def read(view: View, line: Line | None) -> Reading:
        found: list[Value] = [each.code for each in getattr(view.claim, attribute)]
        return _listed(found, not found and hole(view, f"claim.{attribute}"))

    return read
