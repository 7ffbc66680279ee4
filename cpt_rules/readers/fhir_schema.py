"""Validation by fhir.resources: the only module that knows it. R4 and R4B have the same Claim and what it refers to.

Source: HL7, "About the R4B version of FHIR": without functional difference outside the modules listed there, of which
Claim is none.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

from cpt_rules.readers.problem import Fault, meant, shown

#: The resources that are validated: claims and what they are read together with.
TYPES = frozenset(
    {
        "Claim",
        "Condition",
        "Coverage",
        "Location",
        "Organization",
        "Patient",
        "Practitioner",
        "PractitionerRole",
        "Procedure",
        "RelatedPerson",
        "ServiceRequest",
    }
)
DEPTH = 40  # of objects and arrays in each other

_WHAT = {
    "missing": "is missing",
    "extra_forbidden": "is no element of this resource in FHIR R4",
    "list_type": "is no array",
    "model_type": "is no object",
    "dict_type": "is no object",
    "string_type": "is no text",
    "bool_type": "is neither true nor false",
}


def required() -> None:
    """Raises `Fault` where fhir.resources is not installed."""
    try:
        importlib.import_module("fhir.resources.R4B.claim")
    except ImportError:
        raise Fault(
            "fhir.not-installed",
            "FHIR is read with the package fhir.resources, which is not installed",
            "install it: pip install 'cpt-rules[fhir]'",
        ) from None


def validate(resource: Mapping[str, Any], path: str) -> None:
    """Raises `Fault` with the path of the first thing that FHIR R4 does not allow, and how many more there are."""
    _deep(resource, path)
    model = _model(resource["resourceType"])
    try:
        model(dict(resource))
    except RecursionError:
        raise _too_deep(path) from None
    except Exception as error:
        raise _fault(error, model, path) from None


@cache
def _model(name: str) -> Callable[[Any], Any]:
    module = importlib.import_module(f"fhir.resources.R4B.{name.lower()}")
    validate_: Callable[[Any], Any] = getattr(module, name).model_validate
    return validate_


def _deep(value: object, path: str) -> None:
    level = [value]
    for _ in range(DEPTH):
        level = [inner for each in level for inner in _inner(each)]
        if not level:
            return
    raise _too_deep(path)


def _inner(value: object) -> list[Any]:
    values = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return [each for each in values if isinstance(each, dict | list)]


def _too_deep(path: str) -> Fault:
    return Fault(
        "fhir.too-deep",
        f"objects are nested deeper than {DEPTH} levels",
        "send the claim as FHIR defines it",
        path=path,
    )


def _fault(error: Exception, model: Callable[[Any], Any], path: str) -> Fault:
    """What the library says, without the values it quotes."""
    details = getattr(error, "errors", None)
    found = details(include_url=False, include_context=False, include_input=False) if callable(details) else []
    if not found:
        return Fault("fhir.invalid", "is not valid in FHIR R4", "send the claim as FHIR defines it", path=path)
    first = min(found, key=lambda each: each["type"] != "extra_forbidden")  # a misspelt name explains a missing one
    what = _WHAT.get(first["type"], "is not what FHIR R4 allows here")
    more = f" (and {len(found) - 1} more in this resource)" if len(found) > 1 else ""
    loc = [part for part in first["loc"] if part != "root"]  # what the library calls an object that is none
    place = "".join(f"[{part}]" if isinstance(part, int) else f".{shown(str(part))}" for part in loc)
    remedy = "send the claim as FHIR R4 defines it"
    if first["type"] == "extra_forbidden" and len(first["loc"]) == 1:
        fields = getattr(getattr(model, "__self__", None), "model_fields", {})
        near = meant(str(first["loc"][0]), [each.alias or name for name, each in fields.items()])
        remedy = near if near.startswith("did") else remedy
    return Fault("fhir.invalid", what + more, remedy, path=f"{path}{place}".removeprefix("."))
