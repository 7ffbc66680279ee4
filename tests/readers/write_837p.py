"""A claim written as 837P or 837I: what the round trip reads back. Only what the format carries is written."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from cpt_rules.claim import Claim, Diagnosis, Line, Occurrence, Payer, Provider

_QUALIFIERS = {
    ("icd10", "principal"): "ABK",
    ("icd10", "other"): "ABF",
    ("icd10", "admitting"): "ABJ",
    ("icd10", "reason"): "APR",
    ("icd10", "external-cause"): "ABN",
    ("icd9", "principal"): "BK",
    ("icd9", "other"): "BF",
    ("icd9", "admitting"): "BJ",
    ("icd9", "reason"): "PR",
    ("icd9", "external-cause"): "BN",
}
_TAXONOMIES = {"82": "PE", "71": "AT"}
VERSIONS = {"professional": "005010X222A1", "institutional": "005010X223A2"}
Elements = list[str | list[str]]


def interchange(sets: list[list[Claim]], *, delimiters: str = "*:^~", line_end: str = "", as_patient: bool) -> bytes:
    """One interchange with a group for each set, whose claims are of one type; `delimiters` are element, component,
    repetition, segment. Each claim has its own subscriber, who is the patient (`as_patient`) or has the patient as
    dependent."""
    element, component, repetition, terminator = delimiters
    isa = "ISA,00,          ,00,          ,ZZ,SENDER         ,ZZ,RECEIVER       ,260106,1200"
    head: Elements = [*isa.split(","), repetition, "00501", "000000001", "0", "P"]
    segments: list[Elements] = []
    for place, claims in enumerate(sets, 1):
        version = VERSIONS[claims[0].type]
        segments.append(["GS", "HC", "S", "R", "20260106", "1200", str(place), "X", version])
        segments += transaction_set(claims, place, as_patient, version)
        segments.append(["GE", "1", str(place)])
    segments.append(["IEA", str(len(sets)), "000000001"])
    text = element.join(map(str, head)) + element + component + terminator + line_end
    for segment in segments:
        parts = [component.join(each).rstrip(component) if isinstance(each, list) else each for each in segment]
        while parts and not parts[-1]:
            parts.pop()
        text += element.join(parts) + terminator + line_end
    return text.encode()


def transaction_set(claims: list[Claim], number: int, as_patient: bool, version: str) -> list[Elements]:
    body: list[Elements] = [["BHT", "0019", "00", "1", "20260106", "1200", "CH"]]
    body.append(["NM1", "41", "2", "SENDER", "", "", "", "", "46", "1"])
    level = 0
    for claim in claims:
        level += 1
        billing = level
        body.append(["HL", str(level), "", "20", "1"])
        if claim.billing is not None:
            if claim.billing.taxonomy:
                body.append(["PRV", "BI", "PXC", claim.billing.taxonomy])
            body += _provider("85", claim.billing)
        level += 1
        body.append(["HL", str(level), str(billing), "22", "0" if as_patient else "1"])
        body += _subscriber(claim, as_patient)
        if not as_patient:
            level += 1
            body.append(["HL", str(level), str(level - 1), "23", "0"])
            body += _dependent(claim)
        body += _claim(claim)
    return [["ST", "837", f"{number:04d}", version], *body, ["SE", str(len(body) + 2), f"{number:04d}"]]


def _subscriber(claim: Claim, as_patient: bool) -> list[Elements]:
    payer = claim.payer
    relationship = claim.subscriber.relationship if as_patient else None
    sbr: Elements = ["SBR", payer.sequence or "", relationship or "", *[""] * 6, payer.filing or ""]
    found = [sbr]
    if as_patient:
        found += _death(claim)
    found.append(["NM1", "IL", "1", "X", "Y", "", "", "", "MI", claim.subscriber.id or ""])
    if as_patient:
        found += _demography(claim)
    return found + _payer(payer)


def _dependent(claim: Claim) -> list[Elements]:
    pat: Elements = ["PAT", claim.subscriber.relationship or ""]
    death = _death(claim)
    if death:
        pat = [*pat, *death[0][2:]]
    own = claim.patient.id if claim.patient.id != claim.subscriber.id else None
    return [pat, ["NM1", "QC", "1", "X", "Y", "", "", "", "MI", own or ""], *_demography(claim)]


def _death(claim: Claim) -> list[Elements]:
    day = claim.patient.death_date
    return [["PAT", "", "", "", "", "D8", _day(day)]] if day else []


def _demography(claim: Claim) -> list[Elements]:
    patient = claim.patient
    born = ["D8", _day(patient.birth_date)] if patient.birth_date else ["", ""]
    return [["DMG", *born, patient.sex or ""]]


def _payer(payer: Payer) -> list[Elements]:
    found: list[Elements] = [["NM1", "PR", "2", payer.name or "", "", "", "", "", "PI", payer.id or ""]]
    return [*found, ["N4", "CITY", payer.state, "1"]] if payer.state else found


def _claim(claim: Claim) -> list[Elements]:
    professional = claim.type == "professional"
    facility = claim.pos if professional else (claim.bill_type or "")[:2]
    place = [facility or "", "B" if professional else "A", claim.frequency or ""]
    clm: Elements = ["CLM", claim.id, _number(claim.charge), "", "", place, *[""] * 5, [claim.accident or ""]]
    found = [clm]
    for qualifier, day in (("435", claim.admission_date), ("096", claim.discharge_date)):
        if day:
            found.append(["DTP", qualifier, "D8", _day(day)])
    if claim.statement_from:
        found.append(["DTP", "434", "RD8", f"{_day(claim.statement_from)}-{_day(claim.statement_to)}"])
    if claim.patient_status:
        found.append(["CL1", "1", "", claim.patient_status])
    references = {
        "G1": claim.prior_authorization,
        "9F": claim.referral_number,
        "F8": claim.original_reference,
        "X4": claim.clia,
    }
    found += [["REF", qualifier, value] for qualifier, value in references.items() if value]
    if claim.homebound is not None:
        found.append(["CRC", "75", "Y" if claim.homebound else "N", "IH"])
    codes = _codes(claim)
    found += [["HI", *codes[at : at + 12]] for at in range(0, len(codes), 12)]
    roles = {
        "71": claim.attending,
        "72": claim.operating,
        "DN": claim.referring,
        "82": claim.rendering,
        "77": claim.service_facility,
        "DQ": claim.supervising,
    }
    for qualifier, provider in roles.items():
        found += _provider(qualifier, provider)
    for payer in claim.other_payers:
        found += [["SBR", payer.sequence or "", "18", *[""] * 6, payer.filing or ""], *_payer(payer)]
        found += [["REF", "X4", "OTHER"], ["NM1", "82", "1", "OTHER", "", "", "", "", "XX", "1"], ["REF", "G2", "1"]]
        found += [["DTP", "573", "D8", "20200101"]]
    for line in claim.lines:
        found += _line(line, professional)
    return found


def _codes(claim: Claim) -> list[str | list[str]]:
    return [
        *([["DR", claim.drg]] if claim.drg else []),
        *(_diagnosis(each) for each in claim.diagnoses),
        *(["BBR", each.code, "D8" if each.date else "", _day(each.date)] for each in claim.procedures),
        *(_occurrence(each) for each in claim.occurrences),
        *(["BE", each.code, "", "", _number(each.amount)] for each in claim.values),
        *(["BG", each] for each in claim.conditions),
    ]


def _occurrence(occurrence: Occurrence) -> list[str]:
    day = _day(occurrence.date)
    if occurrence.date_to:
        return ["BI", occurrence.code, "RD8", f"{day}-{_day(occurrence.date_to)}"]
    return ["BH", occurrence.code, "D8" if day else "", day]


def _line(line: Line, professional: bool) -> list[Elements]:
    modifiers = [*line.modifiers, "", "", "", ""][:4]
    code = [(line.code_type or "") if line.code else "", line.code or "", *modifiers, line.description or ""]
    pointers = [str(each) for each in line.diagnosis_pointers]
    service: Elements = [code, _number(line.charge), line.unit_type or "", _number(line.units)]
    found: list[Elements] = [["LX", str(line.number)]]
    if professional:
        found.append(["SV1", *service, line.pos or "", "", pointers])
    else:
        found.append(["SV2", line.revenue_code or "", *service])
    if line.date and line.date_to:
        found.append(["DTP", "472", "RD8", f"{_day(line.date)}-{_day(line.date_to)}"])
    elif line.date:
        found.append(["DTP", "472", "D8", _day(line.date)])
    references = {"6R": line.id, "X4": line.clia, "F4": line.referring_clia}
    found += [["REF", qualifier, value] for qualifier, value in references.items() if value]
    if line.purchased:
        found.append(["PS1", line.purchased, "1"])
    if line.ndc:
        found.append(["LIN", "", "N4", line.ndc])
    roles = {"82": line.rendering, "77": line.service_facility, "DK": line.ordering, "DN": line.referring}
    for qualifier, provider in roles.items():
        found += _provider(qualifier, provider)
    found += [["SVD", "1", "1", ["HC", "1"], "", "1"], ["DTP", "573", "D8", "20200101"]]
    return found


def _provider(qualifier: str, provider: Provider | None) -> list[Elements]:
    if provider is None:
        return []
    entity = {"person": "1", "organisation": "2", None: ""}[provider.entity]
    name: Elements = ["NM1", qualifier, entity, "X", "", "", "", "", "XX" if provider.npi else "", provider.npi or ""]
    found = [name]
    if provider.taxonomy and qualifier in _TAXONOMIES:
        found.append(["PRV", _TAXONOMIES[qualifier], "PXC", provider.taxonomy])
    if provider.state:
        found.append(["N4", "CITY", provider.state, "1"])
    return found


def _diagnosis(diagnosis: Diagnosis) -> list[str]:
    code = diagnosis.code.replace(".", "")
    return [_QUALIFIERS[diagnosis.system, diagnosis.role], code, *[""] * 6, diagnosis.poa or ""]


def _day(day: dt.date | None) -> str:
    return f"{day.year:04d}{day.month:02d}{day.day:02d}" if day else ""


def _number(number: Decimal | None) -> str:
    return "" if number is None else format(number, "f")
