"""A claim written as 837P: what the round trip reads back. Only what the format carries is written."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from cpt_rules.claim import Claim, Diagnosis, Line, Payer, Provider

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
Elements = list[str | list[str]]


def interchange(sets: list[list[Claim]], *, delimiters: str = "*:^~", line_end: str = "", as_patient: bool) -> bytes:
    """One interchange; `delimiters` are element, component, repetition, segment. Each claim has its own subscriber,
    who is the patient (`as_patient`) or has the patient as dependent."""
    element, component, repetition, terminator = delimiters
    isa = "ISA,00,          ,00,          ,ZZ,SENDER         ,ZZ,RECEIVER       ,260106,1200"
    head: Elements = [*isa.split(","), repetition, "00501", "000000001", "0", "P"]
    segments: list[Elements] = [["GS", "HC", "S", "R", "20260106", "1200", "1", "X", "005010X222A1"]]
    for place, claims in enumerate(sets, 1):
        segments += transaction_set(claims, place, as_patient)
    segments += [["GE", str(len(sets)), "1"], ["IEA", "1", "000000001"]]
    text = element.join(map(str, head)) + element + component + terminator + line_end
    for segment in segments:
        parts = [component.join(each).rstrip(component) if isinstance(each, list) else each for each in segment]
        while parts and not parts[-1]:
            parts.pop()
        text += element.join(parts) + terminator + line_end
    return text.encode()


def transaction_set(claims: list[Claim], number: int, as_patient: bool) -> list[Elements]:
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
    return [["ST", "837", f"{number:04d}", "005010X222A1"], *body, ["SE", str(len(body) + 2), f"{number:04d}"]]


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
    place = [claim.pos or "", "B", claim.frequency or ""]
    clm: Elements = ["CLM", claim.id, _number(claim.charge), "", "", place, *[""] * 5, [claim.accident or ""]]
    found = [clm]
    for qualifier, day in (("435", claim.admission_date), ("096", claim.discharge_date)):
        if day:
            found.append(["DTP", qualifier, "D8", _day(day)])
    references = {
        "G1": claim.prior_authorization,
        "9F": claim.referral_number,
        "F8": claim.original_reference,
        "X4": claim.clia,
    }
    found += [["REF", qualifier, value] for qualifier, value in references.items() if value]
    if claim.homebound is not None:
        found.append(["CRC", "75", "Y" if claim.homebound else "N", "IH"])
    codes = [_diagnosis(each) for each in claim.diagnoses] + [["BG", each] for each in claim.conditions]
    found += [["HI", *codes[at : at + 12]] for at in range(0, len(codes), 12)]
    roles = {"DN": claim.referring, "82": claim.rendering, "77": claim.service_facility, "DQ": claim.supervising}
    for qualifier, provider in roles.items():
        found += _provider(qualifier, provider)
    for payer in claim.other_payers:
        found += [["SBR", payer.sequence or "", "18", *[""] * 6, payer.filing or ""], *_payer(payer)]
        found.append(["REF", "X4", "OTHER"])
    for line in claim.lines:
        found += _line(line)
    return found


def _line(line: Line) -> list[Elements]:
    modifiers = [*line.modifiers, "", "", "", ""][:4]
    code = [line.code_type or "", line.code or "", *modifiers, line.description or ""]
    pointers = [str(each) for each in line.diagnosis_pointers]
    service: Elements = ["SV1", code, _number(line.charge), line.unit_type or "", _number(line.units)]
    found: list[Elements] = [["LX", str(line.number)], [*service, line.pos or "", "", pointers]]
    assert line.date is not None
    if line.date_to:
        found.append(["DTP", "472", "RD8", f"{_day(line.date)}-{_day(line.date_to)}"])
    else:
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
    if qualifier == "82" and provider.taxonomy:
        found.append(["PRV", "PE", "PXC", provider.taxonomy])
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
