"""What may be tried on fields that are worked out from others: days, bills, numbers of several providers, pointers."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal

from cpt_rules.explanation.about import About, Unmet
from cpt_rules.explanation.policy import respelled, stand_ins
from cpt_rules.explanation.scalars import scalar_trials
from cpt_rules.explanation.stored import held
from cpt_rules.explanation.trial import Trial, respelt, valued
from cpt_rules.ruleset.typing import line_field

Derived = Callable[[About, Unmet], Iterator[Trial]]


def _charge(about: About, unmet: Unmet) -> Iterator[Trial]:
    """The charge of the claim is the sum; a charge of a line is never changed for it."""
    total = about.value("claim.line_charges")
    if isinstance(total, Decimal):
        yield valued(("claim.charge", None), total)


def _frequency(about: About, unmet: Unmet) -> Iterator[Trial]:
    values = [str(value) for value in about.listed(unmet.leaf)] if unmet.leaf.operator in ("is", "in") else []
    bill = about.claim.bill_type
    for value in values:
        if value != "8" and unmet.want:
            if about.claim.frequency is not None or bill is None:
                yield valued(("claim.frequency", None), value)
            elif len(bill) == 3:
                yield valued(("claim.bill_type", None), bill[:2] + value)


def _facility(about: About, unmet: Unmet) -> Iterator[Trial]:
    bill = about.claim.bill_type
    if unmet.want and unmet.leaf.operator in ("is", "in") and bill is not None:
        for value in about.listed(unmet.leaf):
            yield valued(("claim.bill_type", None), f"{value}{bill[2:] or '1'}")


def _filing(about: About, unmet: Unmet) -> Iterator[Trial]:
    """Filed in time: received on the last day, or served on the first day that leaves a year."""
    last, filed = about.value("claim.filing_year_end"), about.value("claim.filed")
    if not isinstance(last, dt.date) or not isinstance(filed, dt.date) or filed.year == dt.MINYEAR:
        return
    if about.claim.received_date is not None:
        yield valued(("claim.received_date", None), last, stand_in=True)
    first = dt.date(filed.year - 1, filed.month, filed.day - (filed.month == 2 and filed.day == 29))
    for spot in about.spots("claim.first_date"):
        now = held(about.claim, spot[1], spot[0])
        if isinstance(now, dt.date) and now < first:
            yield valued(spot, first, stand_in=True)


def _numbers(about: About, unmet: Unmet) -> Iterator[Trial]:
    """Numbers of providers and laboratories that stand on the claim: as they may have been meant, else the true one."""
    if not (unmet.want and unmet.leaf.operator in ("is a", "absent")):
        return
    for spot in about.spots(unmet.leaf.field):
        now = held(about.claim, spot[1], spot[0])
        if isinstance(now, str):
            for text in respelled(spot[0], now):
                yield respelt(spot, text)
            for value in stand_ins(about.claim, spot[0]):
                yield valued(spot, value, stand_in=True, cost=2)


def _one_laboratory(about: About, unmet: Unmet) -> Iterator[Trial]:
    """One CLIA number for all: the claim's own on each line, or a line's on the claim."""
    there = dict.fromkeys(
        each for each in (about.claim.clia, *(line.clia for line in about.claim.lines)) if each is not None
    )
    if unmet.want and unmet.leaf.operator == "absent":
        for spot in about.spots(unmet.leaf.field):
            now = held(about.claim, spot[1], spot[0])
            for value in there if now is not None else ():
                if value != now:
                    condition = "only if the record shows that this laboratory performed it"
                    yield Trial(*spot, value, "record", condition, cost=2 if spot[1] is None else 1)


def _day_units(about: About, unmet: Unmet) -> Iterator[Trial]:
    """Fewer units on one line of the day, never none."""
    if not (unmet.want and unmet.leaf.operator == "at most"):
        return
    lines = {index: about.claim.lines[index] for index in about.place.lines}
    units = {i: line.units for i, line in lines.items() if line.unit_type == "UN" and line.units is not None}
    for limit in about.listed(unmet.leaf):
        for index, now in units.items():
            left = Decimal(limit) - (sum(units.values(), Decimal(0)) - now) if isinstance(limit, Decimal | int) else now
            for value, cost in {Decimal(1): 5, left: 1}.items():  # one unit: beside another line with fewer
                if 0 < value < now:
                    yield valued(("line.units", index), value, cost=cost)


def _pointers(about: About, unmet: Unmet) -> Iterator[Trial]:
    """Pointers at diagnoses that the claim has: those of the line that are right, else any. No diagnosis is changed."""
    if not (unmet.want and unmet.leaf.operator in ("present", "absent")):
        return
    there = range(1, len(about.claim.diagnoses) + 1)
    for index in about.lines(unmet.leaf.field):
        spot = ("line.diagnosis_pointers", index)
        now = about.claim.lines[index].diagnosis_pointers
        right = tuple(each for each in now if each in there)
        if right and right != now:
            yield valued(spot, right)
        elif not right:
            yield from (valued(spot, (each,), stand_in=True) for each in there)


def _conditions(about: About, unmet: Unmet) -> Iterator[Trial]:
    """Condition codes that are missing."""
    now = about.claim.conditions
    if unmet.want and unmet.leaf.operator in ("any of", "has all"):
        listed = [str(each) for each in about.listed(unmet.leaf)]
        groups = [listed] if unmet.leaf.operator == "has all" else [[each] for each in listed]
        for group in groups:
            yield valued(("claim.conditions", None), (*now, *(each for each in group if each not in now)), cost=2)


def _nothing(about: About, unmet: Unmet) -> Iterator[Trial]:
    """Diagnoses, the codes and lines of the claim, who it is for: facts that no proposal changes."""
    return iter(())


DERIVED: Mapping[str, Derived] = {
    "claim.charge": _charge,
    "claim.frequency": _frequency,
    "claim.facility_type": _facility,
    "claim.filing_year_end": _filing,
    "claim.clia_numbers": _numbers,
    "claim.npis": _numbers,
    "claim.bad_npis": _numbers,
    "claim.taxonomies": _numbers,
    "claim.bad_taxonomies": _numbers,
    "claim.further_clia_numbers": _one_laboratory,
    "claim.conditions": _conditions,
    "day.units": _day_units,
    "line.diagnosis_pointers": _pointers,
    "line.bad_pointers": _pointers,
    **dict.fromkeys(
        (
            "claim.void", "claim.line_charges", "claim.first_date", "claim.last_date", "claim.icd_date", "claim.filed",
            "claim.codes", "claim.diagnoses", "claim.icd10", "claim.bad_icd10", "claim.icd9", "claim.ncci_setting",
            "claim.principal_diagnosis", "claim.payer", "claim.occurrences", "claim.values", "claim.procedures",
            "payer.line_of_business", "payer.plan", "line.icd10", "line.icd9", "line.provider",
            "line.code", "day.code", "day.codes", "day.lines",
        ),
        _nothing,
    ),
}  # fmt: skip


def field_trials(about: About, unmet: Unmet) -> Iterator[Trial]:
    """What may be tried on a condition about a field that is not read from modifiers."""
    yield from DERIVED.get(line_field(unmet.leaf.field), scalar_trials)(about, unmet)
