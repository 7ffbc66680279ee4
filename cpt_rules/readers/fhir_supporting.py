"""Supporting information of a claim: what feeds customarily send there, by category or by the system of its code."""

from __future__ import annotations

from typing import Any

from cpt_rules.claim import Occurrence, ValueCode
from cpt_rules.readers import fhir_codes as codes
from cpt_rules.readers.canonical import bill_type
from cpt_rules.readers.fhir_values import Json, code_of, codings, count, day, has_code, number, obj, objects, text


def supporting(sent: Json, path: str) -> dict[str, Any]:
    """What is there, by the names of stored fields. Raises `Fault` for what is no whole day."""
    found: dict[str, Any] = {}
    conditions: list[str] = []
    occurrences: list[Occurrence] = []
    values: list[ValueCode] = []
    for place, info in enumerate(objects(sent.get("supportingInfo"))):
        at = f"{path}supportingInfo[{place}]"
        found |= _of_category(info, at)
        code = info.get("code")
        if (condition := code_of(code, codes.CONDITION_CODES)) is not None:
            conditions.append(condition)
        elif (occurrence := code_of(code, codes.OCCURRENCE_CODES)) is not None:
            occurrences.append(Occurrence(occurrence, *_days(info, at)))
        elif (value := code_of(code, codes.VALUE_CODES)) is not None:
            values.append(ValueCode(value, number(obj(info.get("valueQuantity")).get("value"))))
    found["claim.conditions"] = tuple(conditions)
    found["claim.occurrences"] = tuple(occurrences)
    found["claim.values"] = tuple(values)
    return found


def _of_category(info: Json, at: str) -> dict[str, Any]:
    code = next((code for _, code in codings(info.get("code"))), None)

    def of(names: frozenset[str]) -> bool:
        return has_code(info.get("category"), names, codes.CATEGORIES)

    if of(codes.BILL_TYPES):
        return {"claim.bill_type": bill_type(code)} if code else {}
    if of(codes.DISCHARGE):
        return {"claim.patient_status": code} if code else {}
    if of(codes.DRGS):
        return {"claim.drg": code} if code else {}
    if of(codes.ADMISSION):
        first, last = _days(info, at)
        return {"claim.admission_date": first, "claim.discharge_date": last}
    if of(codes.RECEIVED):
        return {"claim.received_date": day(info.get("timingDate"), f"{at}.timingDate")}
    return {}


def _days(info: Json, at: str) -> tuple[Any, Any]:
    """First and last day of a period, or one day."""
    period = obj(info.get("timingPeriod"))
    first = day(info.get("timingDate"), f"{at}.timingDate") or day(period.get("start"), f"{at}.timingPeriod.start")
    return first, day(period.get("end"), f"{at}.timingPeriod.end")


def clia_numbers(sent: Json) -> dict[int | None, str]:
    """CLIA numbers in supporting information, by its sequence."""
    found: dict[int | None, str] = {}
    for info in objects(sent.get("supportingInfo")):
        own = code_of(info.get("code"), codes.CLIA)
        named = any(has_code(info.get(key), codes.CLIA_TYPES, codes.CLIA_CODES) for key in ("category", "code"))
        value = own or (text(info.get("valueString")) if named else None)
        if value is not None:
            found[count(info.get("sequence"))] = value
    return found
