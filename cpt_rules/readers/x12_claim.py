"""The professional claim, 837P: which field of the claim comes from which segment.

Reference: ASC X12N 005010X222 with errata A1 and A2, loops 2300 to 2330. What is said of other payers (2320, 2330)
describes their claim, not this one: of it only the payer itself is read.
"""

from __future__ import annotations

from typing import Any

from cpt_rules.checked import unchecked
from cpt_rules.claim import Claim, Patient, Payer, Provider, Subscriber
from cpt_rules.readers import x12_values as values
from cpt_rules.readers.problem import Fault
from cpt_rules.readers.x12_draft import ADDRESS, Draft, Loop, named, once
from cpt_rules.readers.x12_line import begin_line, end_line

# every value has been made here, so none is checked again
_claim_of = unchecked(Claim)
_patient = unchecked(Patient)
_payer = unchecked(Payer)
_provider = unchecked(Provider)
_subscriber = unchecked(Subscriber)
_CLAIM_REFERENCES = {"X4": "clia", "G1": "prior_authorization", "9F": "referral_number", "F8": "original_reference"}
_CLAIM_DATES = {"435": "admission_date", "096": "discharge_date"}
_CLAIM_ROLES = {"DN": "referring", "82": "rendering", "77": "service_facility", "DQ": "supervising"}


def begin_claim(d: Draft, e: list[str], n: int) -> None:
    e += [""] * (12 - len(e))
    claim: dict[str, Any] = {"id": e[1], "type": "professional"}
    d.begin_claim(claim, n)
    at = d.at
    if not e[1]:
        raise Fault("x12.missing-element", "CLM01 is empty", "send the claim's identifier in CLM01")
    if e[2]:
        claim["charge"] = values.required_number(e[2], "CLM02")
        at["claim.charge"] = n
    d.component = values.component_separator(e[5], d.stated_component)
    place, _, frequency, *_ = (*e[5].split(d.component), "", "", "")
    if place:
        claim["pos"] = place
        at["claim.pos"] = n
    if frequency:
        claim["frequency"] = frequency
        at["claim.frequency"] = n
    if e[11]:
        for cause in e[11].split(d.component)[:3]:
            if cause:
                claim["accident"] = cause
                at["claim.accident"] = n
                break


def _claim_date(d: Draft, e: list[str], n: int) -> None:
    name = _CLAIM_DATES.get(e[1]) if len(e) > 3 else None
    if name is not None and e[3] and e[2] != "TM":  # an hour alone is no day
        once(_claim(d), d.at, name, f"claim.{name}", values.required_period(e[2], e[3], "DTP03").first, n)


def _claim_reference(d: Draft, e: list[str], n: int) -> None:
    name = _CLAIM_REFERENCES.get(e[1]) if len(e) > 2 else None
    if name is not None and e[2]:
        once(_claim(d), d.at, name, f"claim.{name}", e[2], n)


def _conditions_certified(d: Draft, e: list[str], n: int) -> None:
    if len(e) > 3 and e[1] == "75" and "IH" in e[3:] and e[2] in ("Y", "N"):
        _claim(d)["homebound"] = e[2] == "Y"
        d.at["claim.homebound"] = n


def _codes(d: Draft, e: list[str], n: int) -> None:
    claim, component = _claim(d), d.component
    for composite in e[1:]:
        found = values.diagnosis(composite, component)
        if found is not None:
            claim.setdefault("diagnoses", []).append(found)
            d.at.setdefault("claim.diagnoses", n)
        elif composite.startswith("BG" + component):
            code = composite.split(component)[1]
            if code:
                claim.setdefault("conditions", []).append(code)
                d.at.setdefault("claim.conditions", n)


def _claim_name(d: Draft, e: list[str], n: int) -> Loop:
    claim, role = _claim(d), _CLAIM_ROLES.get(e[1]) if len(e) > 1 else None
    d.role = None
    if role is not None and role not in claim:
        d.role = role
        claim[role] = found = named(e)
        for name in found:
            d.at[f"{role}.{name}"] = n
    return CLAIM_PROVIDER


def _claim_city(d: Draft, e: list[str], n: int) -> None:
    if d.role == "service_facility" and len(e) > 2 and e[2]:
        _claim(d)["service_facility"]["state"] = e[2]
        d.at["service_facility.state"] = n


def _claim_taxonomy(d: Draft, e: list[str], n: int) -> None:
    if d.role == "rendering" and len(e) > 3 and e[1] == "PE" and e[3]:
        _claim(d)["rendering"]["taxonomy"] = e[3]
        d.at["rendering.taxonomy"] = n


def _other_subscriber(d: Draft, e: list[str], n: int) -> Loop:
    payer = {}
    if len(e) > 1 and e[1]:
        payer["sequence"] = e[1]
    if len(e) > 9 and e[9]:
        payer["filing"] = e[9]
    d.other_payers.append(payer)
    d.role = None
    return OTHER_PAYER


def _other_name(d: Draft, e: list[str], n: int) -> None:
    d.role = e[1] if len(e) > 1 else None
    if d.role == "PR":
        if len(e) > 3 and e[3]:
            d.other_payers[-1]["name"] = e[3]
        if len(e) > 9 and e[9]:
            d.other_payers[-1]["id"] = e[9]


def _other_city(d: Draft, e: list[str], n: int) -> None:
    if d.role == "PR" and len(e) > 2 and e[2]:
        d.other_payers[-1]["state"] = e[2]


def end_claim(d: Draft, last: int) -> Claim:
    claim = _claim(d)
    if d.line is None:
        raise Fault(
            "x12.claim-without-lines",
            "the claim has no service line",
            "send LX, SV1 and DTP*472 for each service",
            segment=d.at["claim"],
        )
    end_line(d, d.line)
    for role in _CLAIM_ROLES.values():
        if role in claim:
            claim[role] = _provider(**claim[role])
    if "diagnoses" in claim:
        claim["diagnoses"] = tuple(claim["diagnoses"])
    if "conditions" in claim:
        claim["conditions"] = tuple(claim["conditions"])
    if d.other_payers:
        claim["other_payers"] = tuple(_payer(**each) for each in d.other_payers)
    member = d.subscriber.get("id")
    patient = d.patient
    return _claim_of(
        **claim,
        lines=tuple(d.lines),
        payer=_payer(**d.payer),
        subscriber=_subscriber(member, patient.get("relationship")),
        patient=_patient(
            patient.get("id", member), patient.get("birth_date"), patient.get("sex"), patient.get("death_date")
        ),
        billing=_provider(**d.billing) if d.billing else None,
        origin=d.origin("837P", last),
    )


def _claim(d: Draft) -> dict[str, Any]:
    assert d.claim is not None  # the loops of a claim are entered through CLM alone
    return d.claim


CLAIM = Loop(
    "2300",
    ("PWK", "CN1", "AMT", "K3", "NTE", "CR1", "CR2", "CR3", "HCP"),
    DTP=_claim_date,
    REF=_claim_reference,
    CRC=_conditions_certified,
    HI=_codes,
    NM1=_claim_name,
    SBR=_other_subscriber,
    LX=begin_line,
)
CLAIM_PROVIDER = Loop(
    "2310",
    ADDRESS,
    NM1=_claim_name,
    N4=_claim_city,
    PRV=_claim_taxonomy,
    SBR=_other_subscriber,
    LX=begin_line,
)
OTHER_PAYER = Loop(
    "2320",
    ("CAS", "AMT", "DMG", "OI", "MIA", "MOA", "DTP", *ADDRESS),
    SBR=_other_subscriber,
    NM1=_other_name,
    N4=_other_city,
    LX=begin_line,
)
