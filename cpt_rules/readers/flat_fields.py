"""The fields that a row may fill: those a claim stores, by name, and what kind of value each takes.

A list of objects has further fields beside that of its codes: ``claim.diagnoses.poa`` beside ``claim.diagnoses``.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Literal, get_args, get_origin, get_type_hints

import attrs
from attrs import frozen

from cpt_rules.claim import (
    LINES_OF_BUSINESS,
    Claim,
    Diagnosis,
    Line,
    Occurrence,
    Procedure,
    Provider,
    ValueCode,
    stored_names,
)

Kind = Literal["text", "number", "date", "whole", "yes/no", "choice"]

#: Lists of objects: the class of an element and the field of its code.
OBJECTS: Mapping[str, type] = {
    "claim.diagnoses": Diagnosis,
    "claim.occurrences": Occurrence,
    "claim.values": ValueCode,
    "claim.procedures": Procedure,
}
#: All but the code of an element, by the name of the field.
_PARTS = {
    f"{name}.{each.name}": (name, each.name)
    for name, cls in OBJECTS.items()
    for each in attrs.fields(cls)
    if each.name != "code"
}


@frozen
class FlatField:
    """One field of a row. `owner` is the list of objects it belongs to, `part` the attribute of an element."""

    name: str
    kind: Kind
    many: bool
    choices: tuple[str, ...] = ()
    owner: str = ""
    part: str = ""

    @property
    def of_line(self) -> bool:
        return self.name.startswith("line.")


def _kinds(cls: type[Any], prefix: str) -> dict[str, Any]:
    """The annotated type of each stored value under a name."""
    found: dict[str, Any] = {}
    for name, kind in get_type_hints(cls).items():
        inner = next((part for part in (kind, *get_args(kind)) if attrs.has(part)), None)
        if inner is not None and get_origin(kind) is not tuple:
            found |= _kinds(inner, f"{prefix}.{name}")
        else:
            found[f"{prefix}.{name}"] = kind
    return found


def _field(name: str, annotation: Any) -> FlatField:
    if name == "payer.line_of_business":
        return FlatField(name, "choice", False, LINES_OF_BUSINESS)
    many = get_origin(annotation) is tuple
    inner = get_args(annotation)[0] if many else annotation
    parts = [each for each in (inner, *get_args(inner)) if each is not type(None)]
    if many and name in OBJECTS:
        return FlatField(name, "text", True, owner=name, part="code")
    literal = next((each for each in parts if get_origin(each) is Literal), None)
    if literal is not None:
        return FlatField(name, "choice", many, get_args(literal))
    simple: dict[Any, Kind] = {Decimal: "number", dt.date: "date", int: "whole", bool: "yes/no", str: "text"}
    return FlatField(name, next(simple[each] for each in parts if each in simple), many)


def _all() -> dict[str, FlatField]:
    found: dict[str, FlatField] = {}
    kinds = {**_kinds(Claim, "claim"), **_kinds(Line, "line")}
    for name in sorted(stored_names()):
        # a provider or payer of the claim is named without it: payer.id, billing.npi
        annotation = kinds.get(name, kinds.get(f"claim.{name}"))
        found[name] = _field(name, annotation)
    for name, (owner, part) in _PARTS.items():
        cls = OBJECTS[owner]
        single = _field(name, get_type_hints(cls)[part])
        found[name] = attrs.evolve(single, many=True, owner=owner, part=part)
    return found


#: Every field by name, in the order of the alphabet.
FLAT_FIELDS: Mapping[str, FlatField] = dict(sorted(_all().items()))

#: The roles of providers, of the claim and of a line.
CLAIM_ROLES = frozenset(name.partition(".")[0] for name in FLAT_FIELDS if name.endswith(".npi")) - {"line"}
PROVIDER_PARTS = tuple(each.name for each in attrs.fields(Provider))
