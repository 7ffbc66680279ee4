"""The levels above a claim: billing provider, subscriber with the payer, and patient. Both kinds of claim share them.

What a level has once is a fault the second time: an HL between was lost, and the claims below are another's.

Reference: ASC X12N 005010X222 and 005010X223, loops 2000A to 2010CA.
"""

from __future__ import annotations

from cpt_rules.readers import x12_values as values
from cpt_rules.readers.problem import Fault
from cpt_rules.readers.x12_codes import (
    BILLING_NAMES,
    PATIENT_NAMES,
    RESPONSIBILITIES,
    SUBSCRIBER_NAMES,
    UNKNOWN,
    unknown,
)
from cpt_rules.readers.x12_draft import ADDRESS, Draft, Loop, fitted, identifier, named, only_once, taxonomy_of
from cpt_rules.readers.x12_values import too_long

_LEVELS = {"20": 1, "22": 2, "23": 3}
_NAMES = {1: "billing provider", 2: "subscriber", 3: "dependent"}


def hierarchy_level(e: list[str]) -> int | None:
    """The level that an HL begins, None for a code in HL03 that is none of a claim's."""
    if len(e) != 5:
        fitted(e, 5)
    return _LEVELS.get(e[3])


def begin_level(d: Draft, level: int, e: list[str]) -> None:
    """Begin the level of an HL. Raises `Fault` where its parent is not the one that stands above.

    A level that hangs elsewhere would give its claims another's provider or subscriber.
    """
    above = d.hierarchy.get(level - 1) if d.level >= level - 1 else None
    d.empty_level(level)
    d.hierarchy[level] = e[1]
    if level > 1 and (not above or e[2] != above):
        raise Fault(
            "x12.bad-hierarchy",
            f"HL02 does not name the {_NAMES[level - 1]} that stands above",
            f"send each {_NAMES[level]} after its {_NAMES[level - 1]}, with that HL01 in HL02",
        )


def fault_above(d: Draft, segment: int) -> Fault | None:
    """What makes a claim that begins in this segment unreadable before it is read: a level above it, or none."""
    if d.faults:
        return d.faults[min(d.faults)]
    if d.level < 2:
        remedy = "send HL with 22 and the subscriber before CLM"
        return Fault("x12.claim-without-subscriber", "the claim stands under no subscriber", remedy, segment=segment)
    return None


def _billing_taxonomy(d: Draft, e: list[str], n: int) -> None:
    role, code = taxonomy_of(e)
    if role == "billing":
        only_once(d, "PRV*BI")
        d.billing["taxonomy"] = code
        d.billing_at["billing.taxonomy"] = n


def _billing_name(d: Draft, e: list[str], n: int) -> None:
    if len(e) != 10:
        fitted(e, 10)
    d.role = BILLING_NAMES.get(e[1], UNKNOWN)
    if d.role == UNKNOWN:
        raise unknown(e[1], "NM101", BILLING_NAMES)
    if d.role:
        only_once(d, "NM1*85")
        for name, value in named(e).items():
            d.billing[name] = value
            d.billing_at[f"billing.{name}"] = n


def _billing_city(d: Draft, e: list[str], n: int) -> None:
    state = state_of(e)
    if state and d.role:
        only_once(d, "N4 of NM1*85")
        d.billing["state"] = state
        d.billing_at["billing.state"] = n


def _subscriber(d: Draft, e: list[str], n: int) -> None:
    if len(e) != 10:
        fitted(e, 10)
    only_once(d, "SBR")
    at, (_, sequence, relationship, *_, filing) = d.subscriber_at, e
    if sequence:
        if sequence not in RESPONSIBILITIES:
            raise unknown(sequence, "SBR01", RESPONSIBILITIES)
        d.payer["sequence"] = sequence
        at["payer.sequence"] = n
    if relationship:
        # kept with the patient, so that a dependent's HL clears it: there PAT01 says it
        d.patient["relationship"] = relationship if len(relationship) < 3 else too_long("SBR02", 2)
        d.patient_at["subscriber.relationship"] = n
    if filing:
        d.payer["filing"] = filing if len(filing) < 3 else too_long("SBR09", 2)
        at["payer.filing"] = n


def _subscriber_name(d: Draft, e: list[str], n: int) -> None:
    if len(e) != 10:
        fitted(e, 10)
    d.role = SUBSCRIBER_NAMES.get(e[1], UNKNOWN)
    at, ident = d.subscriber_at, identifier(e)
    if d.role == "subscriber":
        only_once(d, "NM1*IL")
        if ident:
            d.subscriber["id"] = ident
            at["subscriber.id"] = at["patient.id"] = n
    elif d.role == "payer":
        only_once(d, "NM1*PR")
        if ident:
            d.payer["id"] = ident
            at["payer.id"] = n
        if e[3]:
            d.payer["name"] = e[3] if len(e[3]) < 61 else too_long("NM103", 60)
            at["payer.name"] = n
    else:
        raise unknown(e[1], "NM101", SUBSCRIBER_NAMES)


def _subscriber_city(d: Draft, e: list[str], n: int) -> None:
    state = state_of(e)
    if state and d.role == "payer":
        only_once(d, "N4 of NM1*PR")
        d.payer["state"] = state
        d.subscriber_at["payer.state"] = n


def _patient(d: Draft, e: list[str], n: int) -> None:
    if len(e) != 10:
        fitted(e, 10)
    only_once(d, "PAT")
    if d.level == 3 and e[1]:
        d.patient["relationship"] = e[1] if len(e[1]) < 3 else too_long("PAT01", 2)
        d.patient_at["subscriber.relationship"] = n
    if e[6]:
        if e[5] != "D8":
            raise Fault("x12.bad-date", "PAT05 is not D8", "send the day of death as CCYYMMDD with the qualifier D8")
        d.patient["death_date"] = values.private_day(e[6], "PAT06")
        d.patient_at["patient.death_date"] = n


def _patient_name(d: Draft, e: list[str], n: int) -> None:
    if len(e) != 10:
        fitted(e, 10)
    if e[1] not in PATIENT_NAMES:
        raise unknown(e[1], "NM101", PATIENT_NAMES)
    only_once(d, "NM1*QC")
    ident = identifier(e)
    if ident:
        d.patient["id"] = ident
        d.patient_at["patient.id"] = n


def _demography(d: Draft, e: list[str], n: int) -> None:
    if len(e) < 4 or len(e) > 12:
        fitted(e, 4 if len(e) < 4 else 12)
    only_once(d, "DMG")
    if e[2]:
        if e[1] != "D8":
            raise Fault("x12.bad-date", "DMG01 is not D8", "send the birth date as CCYYMMDD with the qualifier D8")
        d.patient["birth_date"] = values.private_day(e[2], "DMG02")
        d.patient_at["patient.birth_date"] = n
    if e[3]:
        d.patient["sex"] = e[3] if len(e[3]) < 2 else too_long("DMG03", 1)
        d.patient_at["patient.sex"] = n


def state_of(e: list[str]) -> str:
    """N402, empty where the address has no state."""
    if len(e) > 8:
        fitted(e, 8)
    state = e[2] if len(e) > 2 else ""
    return state if len(state) < 3 else too_long("N402", 2)


HEADER = Loop("header", ("BHT", "NM1", *ADDRESS))
BILLING = Loop("2000A", ("CUR", *ADDRESS), PRV=_billing_taxonomy, NM1=_billing_name, N4=_billing_city)
SUBSCRIBER = Loop(
    "2000B",
    ADDRESS,
    SBR=_subscriber,
    PAT=_patient,
    NM1=_subscriber_name,
    N4=_subscriber_city,
    DMG=_demography,
)
PATIENT = Loop("2000C", ADDRESS, PAT=_patient, NM1=_patient_name, DMG=_demography)
LEVELS = {1: BILLING, 2: SUBSCRIBER, 3: PATIENT}
