"""The levels above a claim: billing provider, subscriber with the payer, and patient. Both kinds of claim share them.

Reference: ASC X12N 005010X222 and 005010X223, loops 2000A to 2010CA.
"""

from __future__ import annotations

from cpt_rules.readers import x12_values as values
from cpt_rules.readers.problem import Fault
from cpt_rules.readers.x12_draft import ADDRESS, Draft, Loop, named

_LEVELS = {"20": 1, "22": 2, "23": 3}
_NAMES = {1: "billing provider", 2: "subscriber", 3: "dependent"}


def hierarchy_level(e: list[str]) -> int | None:
    """The level that an HL begins, None for a code in HL03 that is none of a claim's."""
    e += [""] * (4 - len(e))
    return _LEVELS.get(e[3])


def begin_level(d: Draft, level: int, e: list[str]) -> None:
    """Begin the level of an HL. Raises `Fault` where its parent is not the one that stands above.

    A level that hangs elsewhere would give its claims another's provider or subscriber.
    """
    above = d.hierarchy.get(level - 1) if d.level >= level - 1 else None
    d.empty_level(level)
    d.hierarchy[level] = e[1]
    if level > 1 and (above is None or e[2] != above):
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
    if len(e) > 3 and e[1] == "BI" and e[3]:
        d.billing["taxonomy"] = e[3]
        d.billing_at["billing.taxonomy"] = n


def _billing_name(d: Draft, e: list[str], n: int) -> None:
    d.role = None
    if len(e) > 1 and e[1] == "85":
        d.role = "billing"
        for name, value in named(e).items():
            d.billing[name] = value
            d.billing_at[f"billing.{name}"] = n


def _billing_city(d: Draft, e: list[str], n: int) -> None:
    if d.role == "billing" and len(e) > 2 and e[2]:
        d.billing["state"] = e[2]
        d.billing_at["billing.state"] = n


def _subscriber(d: Draft, e: list[str], n: int) -> None:
    at = d.subscriber_at
    if len(e) > 1 and e[1]:
        d.payer["sequence"] = e[1]
        at["payer.sequence"] = n
    if len(e) > 2 and e[2]:
        # kept with the patient, so that a dependent's HL clears it: there PAT01 says it
        d.patient["relationship"] = e[2]
        d.patient_at["subscriber.relationship"] = n
    if len(e) > 9 and e[9]:
        d.payer["filing"] = e[9]
        at["payer.filing"] = n


def _subscriber_name(d: Draft, e: list[str], n: int) -> None:
    d.role = who = e[1] if len(e) > 1 else ""
    ident = e[9] if len(e) > 9 else ""
    if who == "IL":
        if ident:
            d.subscriber["id"] = ident
            d.subscriber_at["subscriber.id"] = d.subscriber_at["patient.id"] = n
    elif who == "PR":
        if ident:
            d.payer["id"] = ident
            d.subscriber_at["payer.id"] = n
        if len(e) > 3 and e[3]:
            d.payer["name"] = e[3]
            d.subscriber_at["payer.name"] = n


def _subscriber_city(d: Draft, e: list[str], n: int) -> None:
    if d.role == "PR" and len(e) > 2 and e[2]:
        d.payer["state"] = e[2]
        d.subscriber_at["payer.state"] = n


def _patient(d: Draft, e: list[str], n: int) -> None:
    if d.level == 3 and len(e) > 1 and e[1]:
        d.patient["relationship"] = e[1]
        d.patient_at["subscriber.relationship"] = n
    if len(e) > 6 and e[6]:
        if e[5] != "D8":
            raise Fault("x12.bad-date", "PAT05 is not D8", "send the day of death as CCYYMMDD with the qualifier D8")
        d.patient["death_date"] = values.private_day(e[6], "PAT06")
        d.patient_at["patient.death_date"] = n


def _patient_name(d: Draft, e: list[str], n: int) -> None:
    if len(e) > 9 and e[1] == "QC" and e[9]:
        d.patient["id"] = e[9]
        d.patient_at["patient.id"] = n


def _demography(d: Draft, e: list[str], n: int) -> None:
    if len(e) > 2 and e[2]:
        if e[1] != "D8":
            raise Fault("x12.bad-date", "DMG01 is not D8", "send the birth date as CCYYMMDD with the qualifier D8")
        d.patient["birth_date"] = values.private_day(e[2], "DMG02")
        d.patient_at["patient.birth_date"] = n
    if len(e) > 3 and e[3]:
        d.patient["sex"] = e[3]
        d.patient_at["patient.sex"] = n


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
