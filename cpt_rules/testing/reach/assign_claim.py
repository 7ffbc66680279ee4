"""Fields of the claim that are worked out from others: what has to be stored so that they read as wanted."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from typing import Any

from attrs import evolve

from cpt_rules.claim import LINES_OF_BUSINESS, Claim, Payer
from cpt_rules.fields import FIELDS
from cpt_rules.testing.reach.stored import (
    ROLES,
    Derived,
    diagnosed,
    in_order,
    known,
    several,
    store,
    stored,
    with_line,
)

_CLIAS = ("05D0123456", "05D7654321", "05D1111111")


def _frequency(claim: Claim, index: int, wish: Any) -> Iterator[Claim]:
    bare = known(claim, ("claim.frequency", "claim.bill_type"))
    if claim.type == "institutional" and claim.bill_type is not None and wish is not None and len(str(wish)) == 1:
        yield evolve(bare, bill_type=claim.bill_type[:2] + str(wish), frequency=None)
    yield evolve(bare, frequency=wish)
    if wish is None:
        yield evolve(bare, frequency=None, bill_type=None)


def _void(claim: Claim, index: int, wish: Any) -> Iterator[Claim]:
    yield from _frequency(claim, index, "8" if wish else None)
    if wish is False:
        yield from _frequency(claim, index, "1")


def _facility_type(claim: Claim, index: int, wish: Any) -> Iterator[Claim]:
    bare = known(claim, ("claim.bill_type",))
    bill_type = None if wish is None else f"{wish}1"
    yield evolve(bare, bill_type=bill_type, type="institutional")
    yield evolve(bare, bill_type=bill_type)


def _ncci_setting(claim: Claim, index: int, wish: Any) -> Iterator[Claim]:
    bare = known(claim, ("claim.bill_type",))
    if wish == "practitioner":
        yield evolve(bare, type="professional", bill_type=None)
    elif wish == "hospital":
        yield evolve(bare, type="institutional", bill_type="131")
    else:
        yield evolve(bare, type="institutional", bill_type="111")


def _codes(name: str) -> Derived:
    def put(claim: Claim, index: int, wish: Any) -> Iterator[Claim]:
        yield store(known(claim, (name,)), index, name, several(wish))

    return put


def _diagnoses(system: str | None) -> Derived:
    def put(claim: Claim, index: int, wish: Any) -> Iterator[Claim]:
        yield diagnosed(claim, system or "icd10", several(wish))
        if system is not None and any(each.system != system for each in claim.diagnoses):
            others = tuple(each for each in claim.diagnoses if each.system != system)
            added = diagnosed(claim, system, several(wish)).diagnoses
            yield evolve(known(claim, ("claim.diagnoses",)), diagnoses=in_order((*others, *added)))

    return put


def _principal(claim: Claim, index: int, wish: Any) -> Iterator[Claim]:
    yield diagnosed(claim, "icd10", () if wish is None else (wish,))


def _dates(claim: Claim, index: int, wish: Any) -> Iterator[Claim]:
    yield from stored(claim, index, "line.date", wish)


def _last_date(claim: Claim, index: int, wish: Any) -> Iterator[Claim]:
    bare = known(claim, FIELDS["claim.last_date"].paths)
    if wish is not None:
        yield store(bare, index, "line.date_to", wish)
    yield from stored(bare, index, "line.date", wish)


def _icd_date(claim: Claim, index: int, wish: Any) -> Iterator[Claim]:
    yield from stored(claim, index, "line.date", wish)
    if claim.type == "institutional":
        yield store(known(claim, ("claim.discharge_date",)), index, "claim.discharge_date", wish)


def _filing_end(claim: Claim, index: int, wish: Any) -> Iterator[Claim]:
    for days in (365, 366) if isinstance(wish, dt.date) else ():
        yield from stored(claim, index, "line.date", wish - dt.timedelta(days=days))


def _filed(claim: Claim, index: int, wish: Any) -> Iterator[Claim]:
    yield store(known(claim, ("claim.received_date",)), index, "claim.received_date", wish)


def _line_charges(claim: Claim, index: int, wish: Any) -> Iterator[Claim]:
    bare = known(claim, ("line.charge",))
    for place in range(len(claim.lines)):
        bare = store(bare, place, "line.charge", wish if place == 0 else None)
    yield bare


def _clia_numbers(claim: Claim, index: int, wish: Any) -> Iterator[Claim]:
    numbers = several(wish)
    bare = known(claim, ("claim.clia", "line.clia"))
    for place in range(len(claim.lines)):
        bare = store(bare, place, "line.clia", None)
    bare = store(bare, 0, "claim.clia", numbers[0] if numbers else None)
    for place, number in enumerate(numbers[1:]):
        while place >= len(bare.lines):
            bare = with_line(bare, 0, bare.lines[0].code)
        bare = store(bare, place, "line.clia", number)
    yield bare


def _further_clia_numbers(claim: Claim, index: int, wish: Any) -> Iterator[Claim]:
    further = several(wish)
    first = next((each for each in (claim.clia, *_CLIAS) if each is not None and each not in further), None)
    if first is None:
        return
    yield from _clia_numbers(claim, index, (first, *further) if further else ())
    if not further:
        yield from _clia_numbers(claim, index, (first,))


def _claim_codes(claim: Claim, index: int, wish: Any) -> Iterator[Claim]:
    codes = several(wish)
    if not codes:
        for each in (claim, evolve(claim, type="institutional")):
            bare = known(each, ("line.code",))
            for place in range(len(bare.lines)):
                bare = store(bare, place, "line.code", None)
            yield bare
        return
    whole = store(known(claim, ("line.code",)), 0, "line.code", codes[0])
    if len(claim.lines) > 1:
        yield whole
    for code in codes[1:]:
        whole = with_line(whole, 0, str(code))
    yield evolve(whole, lines=(*whole.lines[:1], *whole.lines[len(claim.lines) :]))
    for code in codes:
        if code not in {each.code for each in claim.lines}:
            yield with_line(claim, index, str(code))


def _claim_modifiers(claim: Claim, index: int, wish: Any) -> Iterator[Claim]:
    bare, modifiers = known(claim, ("line.modifiers",)), several(wish)
    if not modifiers:
        for place in range(len(claim.lines)):
            bare = store(bare, place, "line.modifiers", ())
        yield bare
        return
    yield store(bare, 0, "line.modifiers", modifiers)
    other = bare if len(claim.lines) > 1 else with_line(bare, 0, claim.lines[0].code)
    yield store(other, len(other.lines) - 1, "line.modifiers", modifiers)


def _providers(part: str) -> Derived:
    """Of all providers the billing one, for the others are rarely there."""

    def put(claim: Claim, index: int, wish: Any) -> Iterator[Claim]:
        values = several(wish)
        bare = claim
        if not values:
            for role in ROLES:
                bare = store(bare, index, f"{role}.{part}", None)
            yield bare
            return
        for role, value in zip(("billing", "rendering", "referring"), values, strict=False):
            bare = store(bare, index, f"{role}.{part}", value)
        yield evolve(bare, unknown=frozenset(each for each in bare.unknown if not each.endswith(part)))

    return put


def _payer(claim: Claim, index: int, wish: Any) -> Iterator[Claim]:
    """A payer is given by the id of its document."""
    if isinstance(wish, str):
        yield evolve(claim, payer=Payer(id=wish, state=claim.payer.state), unknown=claim.unknown - {"payer.id"})
        yield evolve(claim, payer=evolve(claim.payer, id=wish, name=None, filing=None))


def _line_of_business(claim: Claim, index: int, wish: Any) -> Iterator[Claim]:
    if wish in LINES_OF_BUSINESS:
        yield evolve(claim, payer=evolve(claim.payer, line_of_business=wish, filing=None))


def _plan(claim: Claim, index: int, wish: Any) -> Iterator[Claim]:
    yield evolve(claim, payer=evolve(claim.payer, plan=wish))


OF_CLAIMS: Mapping[str, Derived] = {
    "claim.frequency": _frequency,
    "claim.void": _void,
    "claim.facility_type": _facility_type,
    "claim.ncci_setting": _ncci_setting,
    "claim.occurrences": _codes("claim.occurrences"),
    "claim.values": _codes("claim.values"),
    "claim.procedures": _codes("claim.procedures"),
    "claim.diagnoses": _diagnoses(None),
    "claim.icd10": _diagnoses("icd10"),
    "claim.icd9": _diagnoses("icd9"),
    "claim.bad_icd10": _diagnoses("icd10"),
    "claim.principal_diagnosis": _principal,
    "claim.first_date": _dates,
    "claim.last_date": _last_date,
    "claim.icd_date": _icd_date,
    "claim.filing_year_end": _filing_end,
    "claim.filed": _filed,
    "claim.line_charges": _line_charges,
    "claim.clia_numbers": _clia_numbers,
    "claim.further_clia_numbers": _further_clia_numbers,
    "claim.codes": _claim_codes,
    "claim.modifiers": _claim_modifiers,
    "claim.npis": _providers("npi"),
    "claim.bad_npis": _providers("npi"),
    "claim.taxonomies": _providers("taxonomy"),
    "claim.bad_taxonomies": _providers("taxonomy"),
    "claim.payer": _payer,
    "payer.line_of_business": _line_of_business,
    "payer.plan": _plan,
}
