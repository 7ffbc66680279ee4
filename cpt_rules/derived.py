"""Derived fields: what no operator expresses, computed from the stored fields of the claim.

A derived field is unknown, or an open list, where a stored field it needs is one that the feed cannot carry.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from decimal import Decimal
from operator import attrgetter

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
        sent = view.claim.diagnoses
        found: list[Value] = [each.code for each in sent if system is None or each.system == system]
        return _listed(found, not sent and hole(view, "claim.diagnoses"))

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
        return view.derive((system, line.diagnosis_pointers), lambda: pointed(claim, line.diagnosis_pointers))

    def pointed(claim: Claim, pointers: Sequence[int]) -> Reading:
        count = len(claim.diagnoses)
        found = [claim.diagnoses[pointer - 1] for pointer in pointers if 1 <= pointer <= count]
        return _listed([each.code for each in found if each.system == system], False)

    return read


def bad_pointers(view: View, line: Line | None) -> Reading:
    line, count = _line(line), len(view.claim.diagnoses)
    pointers = line.diagnosis_pointers
    if not pointers:
        return Open() if hole(view, "line.diagnosis_pointers") else ()
    if min(pointers) >= 1 and max(pointers) <= count:
        return ()
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
    found = view.claim_fields
    if "claim.first_date" not in found:
        found["claim.first_date"] = _first_date(view)
    return found["claim.first_date"]


def _first_date(view: View) -> Reading:
    claim = view.claim
    first: dt.date | None = None
    for each in claim.lines:
        day = each.date or claim.statement_from
        if day is None:
            if claim.unknown and _date_missing(view, each):
                return UNKNOWN
        elif first is None or day < first:
            first = day
    return first


def last_date(view: View, line: Line | None) -> Reading:
    claim = view.claim
    last: dt.date | None = None
    for each in claim.lines:
        if claim.unknown and each.date_to is None and (hole(view, "line.date_to") or _date_missing(view, each)):
            return UNKNOWN
        day = each.date_to or each.date or claim.statement_from
        if day is not None and (last is None or day > last):
            last = day
    return last


def line_charges(view: View, line: Line | None) -> Reading:
    total: Decimal | None = None
    for each in view.claim.lines:
        charge = each.charge
        if charge is not None:
            total = charge if total is None else total + charge
        elif hole(view, "line.charge"):
            return UNKNOWN
    return total


def clia_numbers(view: View, line: Line | None) -> Reading:
    found = view.claim_fields
    if "claim.clia_numbers" not in found:
        found["claim.clia_numbers"] = _clia_numbers(view)
    return found["claim.clia_numbers"]


def _clia_numbers(view: View) -> Reading:
    claim = view.claim
    of_claim = claim.clia
    numbers: list[Value] = [] if of_claim is None else [of_claim]
    numbers += [number for each in claim.lines if (number := each.clia or of_claim) is not None]
    missing = of_claim is None and (not claim.lines or any(each.clia is None for each in claim.lines))
    return _listed(numbers, missing and hole(view, "claim.clia", "line.clia"))


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
    found = view.claim_fields
    if "claim.npis" not in found:
        found["claim.npis"] = _claim_npis(view)
    return found["claim.npis"]


_OF_CLAIM = (
    "billing",
    "rendering",
    "referring",
    "ordering",
    "supervising",
    "attending",
    "operating",
    "service_facility",
)
_OF_LINE = ("rendering", "ordering", "referring", "service_facility")
_claim_providers = attrgetter(*_OF_CLAIM)
_line_providers = attrgetter(*_OF_LINE)


def _claim_npis(view: View) -> Reading:
    claim = view.claim
    found = [each.npi for each in _claim_providers(claim) if each is not None and each.npi is not None]
    is_open = bool(claim.unknown) and _without(view, claim, _OF_CLAIM, "", "npi")
    for line in claim.lines:
        of_line = _line_providers(line)
        if any(of_line):
            found += [each.npi for each in of_line if each is not None and each.npi is not None]
        is_open = is_open or (bool(claim.unknown) and _without(view, line, _OF_LINE, "line.", "npi"))
    return _listed(found, is_open)


def _without(view: View, holder: Claim | Line, roles: Sequence[str], prefix: str, attribute: str) -> bool:
    """Whether a provider of one of these roles may have what the feed cannot carry."""
    return any(
        getattr(getattr(holder, role), attribute, None) is None and hole(view, f"{prefix}{role}.{attribute}")
        for role in roles
    )


def taxonomies(view: View, line: Line | None) -> Reading:
    found = view.claim_fields
    if "claim.taxonomies" not in found:
        found["claim.taxonomies"] = _taxonomies(view)
    return found["claim.taxonomies"]


_WITH_TAXONOMY = ("billing", "rendering", "attending")


def _taxonomies(view: View) -> Reading:
    claim = view.claim
    sent = [claim.billing, claim.rendering, claim.attending, *[line.rendering for line in claim.lines]]
    found: list[Value] = [each.taxonomy for each in sent if each is not None and each.taxonomy is not None]
    is_open = bool(claim.unknown) and (
        _without(view, claim, _WITH_TAXONOMY, "", "taxonomy")
        or any(_without(view, each, ("rendering",), "line.", "taxonomy") for each in claim.lines)
    )
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
    if view.claim.bill_type is None and not view.claim.unknown:
        return first_date(view, None)
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
