"""Claims written as FHIR R4: what the round trip reads back, and strategies for what the resource carries."""

from __future__ import annotations

import datetime as dt
import string
from decimal import Decimal
from typing import Any

from claim_strategies import DATES, NUMBERS, STATES, any_claims, maybe
from hypothesis import strategies as st

from cpt_rules.claim import Claim, Diagnosis, Line, Patient, Payer, Provider, Subscriber

Json = dict[str, Any]

TEXT = st.text(string.ascii_letters + string.digits + "-.", min_size=1, max_size=9)
CARIN = "http://hl7.org/fhir/us/carin-bb/CodeSystem/"
HL7 = "http://terminology.hl7.org/CodeSystem/"
CPT = "http://www.ama-assn.org/go/cpt"
NPI = "http://hl7.org/fhir/sid/us-npi"
CLIA = "urn:oid:2.16.840.1.113883.4.7"
NUCC = "http://nucc.org/provider-taxonomy"
POS = "https://www.cms.gov/Medicare/Coding/place-of-service-codes/Place_of_Service_Code_Set"
_ROLES = {
    "rendering": (f"{CARIN}C4BBClaimCareTeamRole", "rendering"),
    "referring": (f"{CARIN}C4BBClaimCareTeamRole", "referring"),
    "attending": (f"{CARIN}C4BBClaimCareTeamRole", "attending"),
    "operating": (f"{CARIN}C4BBClaimCareTeamRole", "operating"),
    "supervising": (f"{HL7}claimcareteamrole", "supervisor"),
    "ordering": ("https://codesystem.x12.org/005010/98", "DK"),
}
_ACCIDENTS = {"AA": "MVA", "EM": "WPA", "OA": "SPT"}
_DIAGNOSIS_TYPES = {
    "principal": "principal",
    "other": "other",
    "admitting": "admitting",
    "reason": "patientreasonforvisit",
    "external-cause": "externalcauseofinjury",
}


# ---- what the resource carries ---------------------------------------------------------------------------------------


@st.composite
def fhir_claims(draw):
    """Claims as a FHIR Claim carries them, with all it refers to at hand."""
    from attrs import evolve

    claim = draw(any_claims(TEXT))
    several = len(claim.lines) > 1
    dx = claim.diagnoses
    lines = [draw(_lines(line, number, several, len(dx))) for number, line in enumerate(claim.lines, 1)]
    number = draw(maybe(TEXT))
    subscriber = Subscriber(number, draw(st.sampled_from(["18", None])))
    payer = _payers()
    return evolve(
        claim,
        frequency=None,
        homebound=None,
        pos=None,
        accident=draw(maybe(st.sampled_from(sorted(_ACCIDENTS)))),
        payer=draw(payer),
        other_payers=tuple(draw(st.lists(payer, max_size=2))),
        subscriber=subscriber,
        patient=Patient(draw(TEXT), draw(maybe(DATES)), draw(maybe(st.sampled_from("MFU"))), draw(maybe(DATES))),
        billing=draw(providers()),
        service_facility=draw(maybe(providers("organisation"))),
        lines=tuple(lines),
        unknown=frozenset(),
        **{role: draw(maybe(providers())) for role in _ROLES},
    )


def _payers():
    return st.builds(
        Payer,
        id=maybe(TEXT),
        name=maybe(TEXT),
        plan=maybe(TEXT),
        state=maybe(STATES),
        sequence=st.sampled_from("PST"),
    )


def providers(*entities: str):
    return st.builds(
        Provider,
        npi=maybe(TEXT),
        entity=st.sampled_from(entities or ("person", "organisation")),
        taxonomy=maybe(TEXT),
        state=maybe(STATES),
    )


@st.composite
def _lines(draw, line: Line, number: int, several: bool, diagnoses: int):
    from attrs import evolve

    pos = draw(maybe(st.sampled_from(["11", "81"])))
    roles = ("rendering", "ordering", "referring")
    own = {role: draw(maybe(providers())) if several else None for role in roles}
    units = draw(maybe(NUMBERS))
    return evolve(
        line,
        number=number,
        id=None,
        code=draw(TEXT),
        code_type="HC",
        units=units,
        unit_type=draw(st.sampled_from(["UN", "MJ", "DA"])) if units is not None else None,
        pos=pos,
        referring_clia=None,
        diagnosis_pointers=tuple(draw(st.lists(st.integers(1, diagnoses), max_size=3))) if diagnoses else (),
        description=None,
        purchased=None,
        service_facility=draw(maybe(providers("organisation"))) if pos is None else None,
        **own,
    )


# ---- writing ---------------------------------------------------------------------------------------------------------


def resource(claim: Claim) -> Json:
    """The Claim with all it refers to contained in it."""
    writer = _Writer()
    found = writer.claim(claim)
    found["contained"] = writer.contained
    return _without_nothing(found)


def _without_nothing(value: Any) -> Any:
    if isinstance(value, dict):
        kept = {key: _without_nothing(each) for key, each in value.items()}
        return {key: each for key, each in kept.items() if each not in (None, {}, [])}
    if isinstance(value, list):
        return [each for each in map(_without_nothing, value) if each not in (None, {}, [])]
    return value


class _Writer:
    def __init__(self) -> None:
        self.contained: list[Json] = []

    def refer(self, kind: str, **content: Any) -> Json:
        ident = f"r{len(self.contained)}"
        self.contained.append({"resourceType": kind, "id": ident, **content})
        return {"reference": f"#{ident}"}

    def claim(self, claim: Claim) -> Json:
        return {
            "resourceType": "Claim",
            "identifier": [{"value": claim.id}],
            "status": "active",
            "use": "claim",
            "type": coded(f"{HL7}claim-type", claim.type),
            "created": "2026-01-05",
            "priority": {"coding": [{"code": "normal"}]},
            "patient": self.patient(claim),
            "billablePeriod": {"start": day(claim.statement_from), "end": day(claim.statement_to)},
            "insurer": self.payer(claim.payer),
            "provider": self.provider(claim.billing),
            "facility": self.site(claim.service_facility),
            "insurance": self.insurance(claim),
            "related": self.related(claim),
            "referral": {"identifier": {"value": claim.referral_number}},
            "accident": self.accident(claim),
            "total": money(claim.charge),
            "careTeam": self.care_team(claim),
            "supportingInfo": supporting(claim),
            "diagnosis": [diagnosis(each, place) for place, each in enumerate(claim.diagnoses, 1)],
            "procedure": [
                {
                    "sequence": place,
                    "date": day(each.date),
                    "procedureCodeableConcept": coded("http://www.cms.gov/Medicare/Coding/ICD10", each.code),
                }
                for place, each in enumerate(claim.procedures, 1)
            ],
            "item": [self.item(claim, line) for line in claim.lines],
        }

    def patient(self, claim: Claim) -> Json:
        patient = claim.patient
        return self.refer(
            "Patient",
            identifier=[{"type": coded(f"{HL7}v2-0203", "MB"), "value": patient.id}],
            birthDate=day(patient.birth_date),
            gender={"M": "male", "F": "female", "U": "unknown", None: None}[patient.sex],
            deceasedDateTime=day(patient.death_date),
        )

    def payer(self, payer: Payer) -> Json:
        type_ = coded(f"{CARIN}C4BBIdentifierType", "payerid")
        ids = [{"type": type_, "value": payer.id}] if payer.id else []
        return self.refer("Organization", identifier=ids, name=payer.name, address=[{"state": payer.state}])

    def insurance(self, claim: Claim) -> list[Json]:
        found = []
        for payer in (claim.payer, *claim.other_payers):
            own = payer is claim.payer
            coverage = self.refer(
                "Coverage",
                status="active",
                beneficiary={"display": "x"},
                payor=[self.payer(payer)],
                subscriberId=claim.subscriber.id if own else None,
                relationship=coded(f"{HL7}subscriber-relationship", "self")
                if own and claim.subscriber.relationship
                else None,
                **{
                    "class": [{"type": coded(f"{HL7}coverage-class", "plan"), "value": payer.plan}]
                    if payer.plan
                    else None
                },
            )
            found.append(
                {
                    "sequence": " PST".index(payer.sequence or "P"),
                    "focal": own,
                    "coverage": coverage,
                    "preAuthRef": [claim.prior_authorization] if own and claim.prior_authorization else None,
                }
            )
        return found

    def related(self, claim: Claim) -> list[Json]:
        if claim.original_reference is None:
            return []
        reference = {"identifier": {"value": claim.original_reference}}
        return [{"claim": reference, "relationship": coded(f"{HL7}ex-relatedclaimrelationship", "prior")}]

    def accident(self, claim: Claim) -> Json | None:
        if claim.accident is None:
            return None
        return {"date": "2026-01-01", "type": coded(f"{HL7}v3-ActCode", _ACCIDENTS[claim.accident])}

    def provider(self, provider: Provider | None) -> Json | None:
        if provider is None:
            return None
        taxonomy = coded(NUCC, provider.taxonomy) if provider.taxonomy else None
        person = provider.entity == "person"
        return self.refer(
            "Practitioner" if person else "Organization",
            identifier=[{"system": NPI, "value": provider.npi}] if provider.npi else None,
            address=[{"state": provider.state}],
            **({"qualification": [{"code": taxonomy}] if taxonomy else None} if person else {"type": [taxonomy]}),
        )

    def site(self, provider: Provider | None) -> Json | None:
        if provider is None:
            return None
        return self.refer(
            "Location",
            identifier=[{"system": NPI, "value": provider.npi}] if provider.npi else None,
            address={"state": provider.state},
            type=[coded(NUCC, provider.taxonomy)] if provider.taxonomy else None,
        )

    def care_team(self, claim: Claim) -> list[Json]:
        found = []
        for holder, base in ((claim, 0), *((line, line.number) for line in claim.lines)):
            for place, (role, (system, code)) in enumerate(_ROLES.items(), 1):
                member = getattr(holder, role, None)
                if member is not None:
                    found.append(
                        {
                            "sequence": base * 10 + place,
                            "role": coded(system, code),
                            "provider": self.provider(member),
                        }
                    )
        return found

    def item(self, claim: Claim, line: Line) -> Json:
        own = [n for n, role in enumerate(_ROLES, 1) if getattr(line, role, None) is not None]
        ndc = {"system": "http://hl7.org/fhir/sid/ndc", "code": line.ndc} if line.ndc else None
        unit = {"UN": None, "MJ": "min", "DA": "d", None: None}[line.unit_type]
        return {
            "sequence": line.number,
            "careTeamSequence": [line.number * 10 + n for n in own],
            "diagnosisSequence": list(line.diagnosis_pointers),
            "revenue": coded("https://www.nubc.org/CodeSystem/RevenueCodes", line.revenue_code),
            "productOrService": {"coding": [each for each in (ndc, {"system": CPT, "code": line.code}) if each]},
            "modifier": [coded(CPT, each) for each in line.modifiers],
            "quantity": {
                "value": plain(line.units),
                "code": unit,
                "system": "http://unitsofmeasure.org" if unit else None,
            },
            "net": money(line.charge),
            **serviced(line),
            "locationCodeableConcept": coded(POS, line.pos),
            "locationReference": self.site(line.service_facility),
            "extension": [{"url": "https://example.org/lab", "valueIdentifier": {"system": CLIA, "value": line.clia}}]
            if line.clia
            else None,
        }


def serviced(line: Line) -> Json:
    if line.date_to is None:
        return {"servicedDate": day(line.date)}
    return {"servicedPeriod": {"start": day(line.date), "end": day(line.date_to)}}


def supporting(claim: Claim) -> list[Json]:
    kinds = f"{CARIN}C4BBSupportingInfoType"
    info = coded(f"{HL7}claiminformationcategory", "info")
    nubc = "https://www.nubc.org/CodeSystem/"
    found: list[Json] = []
    if claim.bill_type:
        found.append({"category": coded(kinds, "typeofbill"), "code": coded(f"{nubc}TypeOfBill", claim.bill_type)})
    if claim.patient_status:
        status = coded(f"{nubc}PatDischargeStatus", claim.patient_status)
        found.append({"category": coded(kinds, "discharge-status"), "code": status})
    if claim.drg:
        found.append({"category": coded(kinds, "drg"), "code": coded("http://uri.hddaccess.com/cs/apdrg", claim.drg)})
    if claim.admission_date or claim.discharge_date:
        period = {"start": day(claim.admission_date), "end": day(claim.discharge_date)}
        found.append({"category": coded(kinds, "admissionperiod"), "timingPeriod": period})
    if claim.received_date:
        found.append({"category": coded(kinds, "clmrecvddate"), "timingDate": day(claim.received_date)})
    if claim.clia:
        clia = coded("http://hl7.org/fhir/us/davinci-pdex/CodeSystem/IdentifierTypeCS", "clia")
        found.append({"category": info, "code": clia, "valueString": claim.clia})
    found += [{"category": info, "code": coded(f"{nubc}ConditionCodes", each)} for each in claim.conditions]
    for each in claim.occurrences:
        period = {"start": day(each.date), "end": day(each.date_to)}
        found.append({"category": info, "code": coded(f"{HL7}v2-0350", each.code), "timingPeriod": period})
    for value in claim.values:
        code = coded(f"{nubc}ValueCodesAndAmounts", value.code)
        found.append({"category": info, "code": code, "valueQuantity": {"value": plain(value.amount)}})
    return [{"sequence": place, **each} for place, each in enumerate(found, 1)]


def diagnosis(sent: Diagnosis, place: int) -> Json:
    system = {"icd10": "http://hl7.org/fhir/sid/icd-10-cm", "icd9": "http://hl7.org/fhir/sid/icd-9-cm"}[sent.system]
    code = sent.code if place % 2 else sent.code.replace(".", "")
    return {
        "sequence": place,
        "diagnosisCodeableConcept": coded(system, code),
        "type": [coded(f"{CARIN}C4BBClaimDiagnosisType", _DIAGNOSIS_TYPES[sent.role])],
        "onAdmission": coded("urn:oid:2.16.840.1.113883.6.301.11", sent.poa),
    }


def coded(system: str, code: str | None) -> Json | None:
    return {"coding": [{"system": system, "code": code}]} if code else None


def day(value: dt.date | None) -> str | None:
    return value.isoformat() if value else None


def money(amount: Decimal | None) -> Json | None:
    return None if amount is None else {"value": plain(amount), "currency": "USD"}


def plain(number: Decimal | None) -> float | int | None:
    if number is None:
        return None
    return int(number) if number == number.to_integral_value() else float(number)
