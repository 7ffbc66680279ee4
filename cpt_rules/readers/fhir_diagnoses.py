"""Diagnoses and procedures of a claim, in place or in the Condition or Procedure they refer to."""

from __future__ import annotations

from attrs import frozen

from cpt_rules.claim import Diagnosis, DiagnosisRole, Procedure
from cpt_rules.readers import fhir_codes as codes
from cpt_rules.readers.canonical import diagnosis_code
from cpt_rules.readers.fhir_people import References
from cpt_rules.readers.fhir_values import Json, code_of, codings, count, day, objects
from cpt_rules.readers.problem import Fault


@frozen
class Diagnoses:
    """The codes in the order of their sequence, the position of each by it, and a DRG that stands with one of them."""

    codes: tuple[Diagnosis, ...]
    positions: dict[int, int]
    drg: str | None


def diagnoses(sent: Json, at: References, path: str) -> Diagnoses:
    """A code without system is ICD-10. Where none is named principal, the first without a type of its own is."""
    ordered = sorted(enumerate(objects(sent.get("diagnosis"))), key=lambda each: count(each[1].get("sequence")) or 0)
    roles: list[DiagnosisRole | None] = [_role(each) for _, each in ordered]
    found: list[Diagnosis] = []
    positions: dict[int, int] = {}
    drg = None
    for (place, each), role in zip(ordered, roles, strict=True):
        code, named = _coded(each, "diagnosis", "Condition", at, f"{path}diagnosis[{place}]")
        system = codes.ICD.get(named, "icd10")
        first: DiagnosisRole = "other" if found or "principal" in roles else "principal"
        found.append(Diagnosis(diagnosis_code(code, system), system, role or first, _on_admission(each)))
        sequence = count(each.get("sequence"))
        if sequence is not None:
            positions.setdefault(sequence, len(found))
        drg = drg or code_of(each.get("packageCode"), codes.DRG)
    return Diagnoses(tuple(found), positions, drg)


def procedures(sent: Json, at: References, path: str) -> tuple[Procedure, ...]:
    found = []
    for place, each in enumerate(objects(sent.get("procedure"))):
        own = f"{path}procedure[{place}]"
        code, _ = _coded(each, "procedure", "Procedure", at, own)
        found.append(Procedure(code, day(each.get("date"), f"{own}.date")))
    return tuple(found)


def _coded(sent: Json, name: str, kind: str, at: References, path: str) -> tuple[str, str]:
    """(code, its system). Raises `Fault` where there is none, and where it stands in a resource that is not at hand."""
    concept: object = sent.get(f"{name}CodeableConcept")
    if concept is None:
        resource = at.to(sent.get(f"{name}Reference"))
        if resource is None:
            message = f"refers to a {kind} that is not in this input"
            raise Fault("fhir.unresolved", message, f"send the code, or the {kind} with the claim", path=path)
        concept = resource.get("code")
    for system, code in codings(concept):
        if name == "procedure" or system in codes.ICD or not system:
            return code, system
    what = "has no ICD code" if name == "diagnosis" else "has no code"
    raise Fault("fhir.no-code", what, "send the code with its system", path=path)


def _role(sent: Json) -> DiagnosisRole | None:
    found = [code.lower() for each in objects(sent.get("type")) for _, code in codings(each)]
    return next((codes.DIAGNOSIS_ROLES[each] for each in found if each in codes.DIAGNOSIS_ROLES), None)


def _on_admission(sent: Json) -> str | None:
    for system, code in codings(sent.get("onAdmission")):
        return code.upper() if system in codes.ON_ADMISSION else code
    return None
