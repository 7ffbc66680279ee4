"""The claim, whichever guide it follows: which field comes from which segment of loops 2300 to 2330.

What is said of other payers (2320, 2330) describes their claim, not this one: of it only the payer itself is read.
Reference: ASC X12N 005010X222 and 005010X223 with their errata.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from cpt_rules.checked import unchecked
from cpt_rules.claim import Claim, Patient, Payer, Subscriber
from cpt_rules.readers import x12_values as values
from cpt_rules.readers.problem import Fault
from cpt_rules.readers.x12_codes import (
    CERTIFICATIONS,
    CLAIM_DATES,
    CLAIM_NAMES,
    CLAIM_REFERENCES,
    OTHER_NAMES,
    RESPONSIBILITIES,
    UNKNOWN,
    unknown,
)
from cpt_rules.readers.x12_draft import ADDRESS, Action, Draft, Loop, fitted, identifier, named, once, taxonomy_of
from cpt_rules.readers.x12_levels import state_of
from cpt_rules.readers.x12_line import begin_line, end_line
from cpt_rules.readers.x12_values import too_long

# every value has been made here, so none is checked again
_claim_of = unchecked(Claim)
_patient = unchecked(Patient)
_subscriber = unchecked(Subscriber)
_payer = lru_cache(maxsize=4096)(unchecked(Payer))

_LISTS = ("diagnoses", "conditions", "occurrences", "values", "procedures")
_MOST_CODES = 100  # HI segments; the guides allow 20
_MOST_PAYERS = 100  # loops 2320; the guides allow 10


def begin(d: Draft, e: list[str], n: int, type: str) -> dict[str, Any]:
    """A new claim from CLM01 and CLM02; finds the component separator of the claim."""
    claim: dict[str, Any] = {"id": e[1] if len(e) > 1 else "", "type": type}
    d.begin_claim(claim, n)
    if len(e) < 6 or len(e) > 21:
        fitted(e, 6 if len(e) < 6 else 21)
    if not e[1]:
        raise Fault("x12.missing-element", "CLM01 is empty", "send the claim's identifier in CLM01")
    if len(e[1]) > 38:
        claim["id"] = e[1][:38]  # what the problem names
        too_long("CLM01", 38)
    if e[2]:
        claim["charge"] = values.numbers[e[2]] or values.required_number(e[2], "CLM02")
        d.at["claim.charge"] = n
    d.component = values.component_separator(e[5], d.stated_component)
    d.composites = values.composites(d.component)
    return claim


def place_and_frequency(d: Draft, e: list[str], n: int, qualifier: str) -> tuple[str, str]:
    """The parts of CLM05: facility code and claim frequency. `qualifier` is what CLM05-2 is in this guide."""
    place, kind, frequency, *_ = (*e[5].split(d.component), "", "", "")
    if kind and kind != qualifier:
        raise unknown(kind, "CLM05-2", (qualifier,))
    if frequency:
        assert d.claim is not None
        d.claim["frequency"] = frequency if len(frequency) == 1 else too_long("CLM05-3", 1)
        d.at["claim.frequency"] = n
    return place, frequency


def claim_loop(ignored: tuple[str, ...], **actions: Action) -> Loop:
    """Loop 2300 with what both guides have in it, and the `actions` of one of them."""
    return Loop(
        "2300",
        ("PWK", "CN1", "AMT", "K3", "NTE", "HCP", *ignored),
        DTP=_claim_date,
        REF=_claim_reference,
        CRC=_conditions_certified,
        HI=_codes,
        NM1=_claim_name,
        SBR=_other_subscriber,
        LX=begin_line,
        **actions,
    )


def _claim_date(d: Draft, e: list[str], n: int) -> None:
    if len(e) != 4:
        fitted(e, 4)
    name = CLAIM_DATES.get(e[1], UNKNOWN)
    if name is None or not e[3] or e[2] == "TM":  # an hour alone is no day
        return
    if name == UNKNOWN:
        raise unknown(e[1], "DTP01", CLAIM_DATES)
    claim = _claim(d)
    found = values.required_period(e[2], e[3], "DTP03")
    once(claim, d.at, name, f"claim.{name}", found.first, n)
    if name == "statement_from":  # one day: the statement covers it
        once(claim, d.at, "statement_to", "claim.statement_to", found.last or found.first, n)


def _claim_reference(d: Draft, e: list[str], n: int) -> None:
    if len(e) != 3:
        fitted(e, 3)
    name = CLAIM_REFERENCES.get(e[1], UNKNOWN)
    if name == UNKNOWN:
        raise unknown(e[1], "REF01", CLAIM_REFERENCES)
    if name and e[2]:
        once(_claim(d), d.at, name, f"claim.{name}", values.reference(e[2], "REF02"), n)


def _conditions_certified(d: Draft, e: list[str], n: int) -> None:
    if len(e) != 8:
        fitted(e, 8)
    if e[1] not in CERTIFICATIONS:
        raise unknown(e[1], "CRC01", CERTIFICATIONS)
    if e[1] == "75":
        if e[2] not in ("Y", "N"):
            raise unknown(e[2], "CRC02", ("Y", "N"))
        if "IH" not in e[3:]:
            raise unknown(e[3], "CRC03", ("IH",))
        once(_claim(d), d.at, "homebound", "claim.homebound", e[2] == "Y", n)


def _codes(d: Draft, e: list[str], n: int) -> None:
    if len(e) > 13:
        fitted(e, 13)
    d.codes += 1
    if d.codes > _MOST_CODES:
        raise Fault("x12.too-many", f"more than {_MOST_CODES} HI in a claim", "send what the guide allows")
    claim, codes, at = _claim(d), d.composites.codes, d.at
    for composite in e[1:]:
        name, value = codes[composite] if composite else ("", None)
        if not name:
            continue
        if name == "drg":
            once(claim, at, name, "claim.drg", value, n)
        elif name in claim:
            claim[name].append(value)
        else:
            claim[name] = [value]
            at[f"claim.{name}"] = n


def _claim_name(d: Draft, e: list[str], n: int) -> Loop:
    if len(e) != 10:
        fitted(e, 10)
    claim = _claim(d)
    d.role = role = CLAIM_NAMES.get(e[1], UNKNOWN)
    if role == UNKNOWN:
        raise unknown(e[1], "NM101", CLAIM_NAMES)
    if role is not None:
        if role in claim:
            d.role = None  # of several the first counts
        else:
            claim[role] = found = named(e)
            d.providers.append(role)
            for name in found:
                d.at[f"{role}.{name}"] = n
    return CLAIM_PROVIDER


def _claim_city(d: Draft, e: list[str], n: int) -> None:
    state = state_of(e)
    if state and d.role == "service_facility":
        once(_claim(d)["service_facility"], d.at, "state", "service_facility.state", state, n)


def _claim_taxonomy(d: Draft, e: list[str], n: int) -> None:
    role, code = taxonomy_of(e)
    if role is not None and role == d.role:
        once(_claim(d)[role], d.at, "taxonomy", f"{role}.taxonomy", code, n)


def _other_subscriber(d: Draft, e: list[str], n: int) -> Loop:
    if len(e) != 10:
        fitted(e, 10)
    payer = {}
    if e[1]:
        if e[1] not in RESPONSIBILITIES:
            raise unknown(e[1], "SBR01", RESPONSIBILITIES)
        payer["sequence"] = e[1]
    if e[9]:
        payer["filing"] = e[9] if len(e[9]) < 3 else too_long("SBR09", 2)
    if len(d.other_payers) == _MOST_PAYERS:
        raise Fault("x12.too-many", f"more than {_MOST_PAYERS} other payers", "send what the guide allows")
    d.other_payers.append(payer)
    d.role = None
    return OTHER_PAYER


def _other_name(d: Draft, e: list[str], n: int) -> None:
    if len(e) != 10:
        fitted(e, 10)
    d.role = OTHER_NAMES.get(e[1], UNKNOWN)
    if d.role == UNKNOWN:
        raise unknown(e[1], "NM101", OTHER_NAMES)
    if d.role:
        payer = d.other_payers[-1]
        if e[3]:
            payer["name"] = e[3] if len(e[3]) < 61 else too_long("NM103", 60)
        ident = identifier(e)
        if ident:
            payer["id"] = ident


def _other_city(d: Draft, e: list[str], n: int) -> None:
    state = state_of(e)
    if state and d.role:
        d.other_payers[-1]["state"] = state


def end(d: Draft, last: int, format: str) -> Claim:
    """The claim that has been read. Raises `Fault` where it has no line, or its last line is not whole."""
    claim = _claim(d)
    if d.line is None:
        raise Fault(
            "x12.claim-without-lines",
            "the claim has no service line",
            "send LX with its SV1 or SV2 for each service",
            segment=d.at["claim"],
        )
    end_line(d, d.line)
    for role in d.providers:
        claim[role] = values.provider(**claim[role])
    if d.codes:
        for name in _LISTS:
            if name in claim:
                claim[name] = tuple(claim[name])
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
        billing=values.provider(**d.billing) if d.billing else None,
        origin=d.origin(format, last),
    )


def _claim(d: Draft) -> dict[str, Any]:
    assert d.claim is not None  # the loops of a claim are entered through CLM alone
    return d.claim


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
