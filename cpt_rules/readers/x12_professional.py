"""The loops of the professional claim, 837P: which field of the claim comes from which segment.

Reference: ASC X12N 005010X222 with errata A1 and A2. Segments of the coordination of benefits (2320, 2330, 2430)
describe other payers: of them only the payer itself is read.
"""

from __future__ import annotations

from typing import Any

from cpt_rules.claim import Claim, Line, Patient, Payer, Provider, Subscriber
from cpt_rules.readers import x12_values as values
from cpt_rules.readers.problem import Fault
from cpt_rules.readers.x12_draft import Draft, Guide, Loop

_CLAIM_REFERENCES = {"X4": "clia", "G1": "prior_authorization", "9F": "referral_number", "F8": "original_reference"}
_CLAIM_DATES = {"435": "admission_date", "096": "discharge_date"}
_CLAIM_ROLES = {"DN": "referring", "82": "rendering", "77": "service_facility", "DQ": "supervising"}
_LINE_REFERENCES = {"6R": "id", "X4": "clia", "F4": "referring_clia"}
_LINE_ROLES = {"82": "rendering", "77": "service_facility", "DK": "ordering", "DN": "referring"}


# ---- the levels above the claim ------------------------------------------------------------------------------------


def _billing_taxonomy(d: Draft, e: list[str], n: int) -> None:
    if len(e) > 3 and e[1] == "BI" and e[3]:
        d.billing["taxonomy"] = e[3]
        d.billing_at["billing.taxonomy"] = n


def _billing_name(d: Draft, e: list[str], n: int) -> None:
    d.role = None
    if len(e) > 1 and e[1] == "85":
        d.role = "billing"
        for name, value in _name(e).items():
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


# ---- the claim -----------------------------------------------------------------------------------------------------


def _begin_claim(d: Draft, e: list[str], n: int) -> None:
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
        _once(_claim(d), d.at, name, f"claim.{name}", values.required_period(e[2], e[3], "DTP03").first, n)


def _claim_reference(d: Draft, e: list[str], n: int) -> None:
    name = _CLAIM_REFERENCES.get(e[1]) if len(e) > 2 else None
    if name is not None and e[2]:
        _once(_claim(d), d.at, name, f"claim.{name}", e[2], n)


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
        claim[role] = found = _name(e)
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


# ---- the service line ----------------------------------------------------------------------------------------------


def _begin_line(d: Draft, e: list[str], n: int) -> Loop:
    if d.line is not None:
        _end_line(d, d.line)
    d.line = {"number": values.required_count(e[1] if len(e) > 1 else "", "LX01")}
    d.line_at = {"line": n, "line.number": n}
    return LINE


def _service(d: Draft, e: list[str], n: int) -> None:
    line, at = _line(d), d.line_at
    if "code_type" in line:
        raise Fault("x12.repeated-segment", f"line {line['number']} has two SV1", "send an LX before each SV1")
    if len(e) < 8:
        e += [""] * (8 - len(e))
    sent = values.procedure(e[1], d.component)
    line["code_type"] = sent.code_type
    if sent.code_type:
        at["line.code_type"] = n
    if sent.code:
        line["code"] = sent.code
        at["line.code"] = n
    if sent.modifiers:
        line["modifiers"] = sent.modifiers
        at["line.modifiers"] = n
    if sent.description:
        line["description"] = sent.description
        at["line.description"] = n
    if e[2]:
        line["charge"] = values.number(e[2]) or values.required_number(e[2], "SV102")
        at["line.charge"] = n
    if e[3]:
        line["unit_type"] = e[3]
        at["line.unit_type"] = n
    if e[4]:
        line["units"] = values.number(e[4]) or values.required_number(e[4], "SV104")
        at["line.units"] = n
    if e[5]:
        line["pos"] = e[5]
        at["line.pos"] = n
    if e[7]:
        pointers = values.pointers(e[7], d.component)
        if pointers is None:
            raise Fault("x12.bad-number", "SV107 has a pointer that is no number", "send 1 to 12 as pointers")
        line["diagnosis_pointers"] = pointers
        at["line.diagnosis_pointers"] = n


def _line_date(d: Draft, e: list[str], n: int) -> None:
    if len(e) > 3 and e[1] == "472":
        line, at = _line(d), d.line_at
        found = values.period(e[2], e[3]) or values.required_period(e[2], e[3], "DTP03")
        _once(line, at, "date", "line.date", found.first, n)
        if found.last is not None:
            _once(line, at, "date_to", "line.date_to", found.last, n)


def _line_reference(d: Draft, e: list[str], n: int) -> None:
    name = _LINE_REFERENCES.get(e[1]) if len(e) > 2 else None
    if name is not None and e[2]:
        _once(_line(d), d.line_at, name, f"line.{name}", e[2], n)


def _purchased(d: Draft, e: list[str], n: int) -> None:
    if len(e) > 1 and e[1]:
        _line(d)["purchased"] = e[1]
        d.line_at["line.purchased"] = n


def _drug(d: Draft, e: list[str], n: int) -> Loop:
    d.role = None
    if len(e) > 3 and e[2] == "N4" and e[3]:
        _line(d)["ndc"] = e[3]
        d.line_at["line.ndc"] = n
    return LINE_PROVIDER


def _line_name(d: Draft, e: list[str], n: int) -> Loop:
    line, role = _line(d), _LINE_ROLES.get(e[1]) if len(e) > 1 else None
    d.role = None
    if role is not None and role not in line:
        d.role = role
        line[role] = found = _name(e)
        for name in found:
            d.line_at[f"line.{role}.{name}"] = n
    return LINE_PROVIDER


def _line_city(d: Draft, e: list[str], n: int) -> None:
    if d.role == "service_facility" and len(e) > 2 and e[2]:
        _line(d)["service_facility"]["state"] = e[2]


def _line_taxonomy(d: Draft, e: list[str], n: int) -> None:
    if d.role == "rendering" and len(e) > 3 and e[1] == "PE" and e[3]:
        _line(d)["rendering"]["taxonomy"] = e[3]
        d.line_at["line.rendering.taxonomy"] = n


def _adjudication(d: Draft, e: list[str], n: int) -> Loop:
    return ADJUDICATION


def _form(d: Draft, e: list[str], n: int) -> Loop:
    return FORM


# ---- ends ----------------------------------------------------------------------------------------------------------


def _end_line(d: Draft, line: dict[str, Any]) -> None:
    number, segment = line["number"], d.line_at["line"]
    if "code" not in line:
        raise Fault(
            "x12.line-without-code",
            f"line {number} has no procedure code",
            "send the code in SV101-2",
            segment=segment,
        )
    if "date" not in line:
        raise Fault(
            "x12.line-without-date",
            f"line {number} has no date of service",
            "send DTP*472 for each line",
            segment=segment,
        )
    for role in _LINE_ROLES.values():
        if role in line:
            line[role] = Provider(**line[role])
    d.lines.append(Line(**line))
    d.lines_at.append(d.line_at)


def _end_claim(d: Draft, last: int) -> Claim:
    claim = _claim(d)
    if d.line is None:
        raise Fault(
            "x12.claim-without-lines",
            "the claim has no service line",
            "send LX, SV1 and DTP*472 for each service",
            segment=d.at["claim"],
        )
    _end_line(d, d.line)
    for role in _CLAIM_ROLES.values():
        if role in claim:
            claim[role] = Provider(**claim[role])
    if "diagnoses" in claim:
        claim["diagnoses"] = tuple(claim["diagnoses"])
    if "conditions" in claim:
        claim["conditions"] = tuple(claim["conditions"])
    if d.other_payers:
        claim["other_payers"] = tuple(Payer(**each) for each in d.other_payers)
    member = d.subscriber.get("id")
    patient = d.patient
    return Claim(
        **claim,
        lines=tuple(d.lines),
        payer=Payer(**d.payer),
        subscriber=Subscriber(member, patient.get("relationship")),
        patient=Patient(
            patient.get("id", member), patient.get("birth_date"), patient.get("sex"), patient.get("death_date")
        ),
        billing=Provider(**d.billing) if d.billing else None,
        origin=d.origin("837P", last),
    )


# ---- shared --------------------------------------------------------------------------------------------------------


def _name(e: list[str]) -> dict[str, Any]:
    """The provider of an NM1: an identifier counts as NPI only where NM108 says so."""
    found: dict[str, Any] = {}
    entity = e[2] if len(e) > 2 else ""
    if entity == "1":
        found["entity"] = "person"
    elif entity == "2":
        found["entity"] = "organisation"
    if len(e) > 9 and e[8] == "XX" and e[9]:
        found["npi"] = e[9]
    return found


def _once(target: dict[str, Any], at: dict[str, int], name: str, stored: str, value: object, n: int) -> None:
    """Keep a value that the guide allows once; the same again is harmless, another one leaves none to be right."""
    if name in target and target[name] != value:
        raise Fault(
            "x12.repeated-segment",
            f"a second value for {stored}, the first stands in segment {at[stored]}",
            "send one of them",
        )
    target[name] = value
    at.setdefault(stored, n)


def _claim(d: Draft) -> dict[str, Any]:
    assert d.claim is not None  # the loops of a claim are entered through CLM alone
    return d.claim


def _line(d: Draft) -> dict[str, Any]:
    assert d.line is not None  # the loops of a line are entered through LX alone
    return d.line


# ---- the loops -----------------------------------------------------------------------------------------------------

_ADDRESS = ("N2", "N3", "N4", "PER", "REF")

HEADER = Loop("header", ("BHT", "NM1", *_ADDRESS))
BILLING = Loop("2000A", ("CUR", *_ADDRESS), PRV=_billing_taxonomy, NM1=_billing_name, N4=_billing_city)
SUBSCRIBER = Loop(
    "2000B",
    _ADDRESS,
    SBR=_subscriber,
    PAT=_patient,
    NM1=_subscriber_name,
    N4=_subscriber_city,
    DMG=_demography,
)
PATIENT = Loop("2000C", _ADDRESS, PAT=_patient, NM1=_patient_name, DMG=_demography)
CLAIM = Loop(
    "2300",
    ("PWK", "CN1", "AMT", "K3", "NTE", "CR1", "CR2", "CR3", "HCP"),
    DTP=_claim_date,
    REF=_claim_reference,
    CRC=_conditions_certified,
    HI=_codes,
    NM1=_claim_name,
    SBR=_other_subscriber,
    LX=_begin_line,
)
CLAIM_PROVIDER = Loop(
    "2310",
    _ADDRESS,
    NM1=_claim_name,
    N4=_claim_city,
    PRV=_claim_taxonomy,
    SBR=_other_subscriber,
    LX=_begin_line,
)
OTHER_PAYER = Loop(
    "2320",
    ("CAS", "AMT", "DMG", "OI", "MIA", "MOA", "DTP", *_ADDRESS),
    SBR=_other_subscriber,
    NM1=_other_name,
    N4=_other_city,
    LX=_begin_line,
)
LINE = Loop(
    "2400",
    ("PWK", "CR1", "CR3", "CRC", "QTY", "MEA", "CN1", "AMT", "K3", "NTE", "HCP", "SV5"),
    SV1=_service,
    DTP=_line_date,
    REF=_line_reference,
    PS1=_purchased,
    LIN=_drug,
    NM1=_line_name,
    SVD=_adjudication,
    LQ=_form,
    LX=_begin_line,
)
LINE_PROVIDER = Loop(
    "2410 or 2420",
    ("CTP", *_ADDRESS),
    LIN=_drug,
    NM1=_line_name,
    N4=_line_city,
    PRV=_line_taxonomy,
    SVD=_adjudication,
    LQ=_form,
    LX=_begin_line,
)
ADJUDICATION = Loop("2430", ("CAS", "DTP", "AMT", "SVD"), LQ=_form, LX=_begin_line)
FORM = Loop("2440", ("FRM", "LQ"), LX=_begin_line)

PROFESSIONAL = Guide("837P", HEADER, {1: BILLING, 2: SUBSCRIBER, 3: PATIENT}, CLAIM, _begin_claim, _end_claim)
