"""The claim of an inline test, built from what the test gives.

What a test does not give has a default: today and the day of service 2026-01-05, a professional claim, payer medicare,
one unit (UN). A default gives way where the test lists the field in `claim.unknown`, or gives it as `absent`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from attrs import evolve

from cpt_rules.claim import (
    Claim,
    Diagnosis,
    Line,
    Occurrence,
    Patient,
    Payer,
    Procedure,
    Provider,
    Subscriber,
    ValueCode,
)
from cpt_rules.fields import FIELDS
from cpt_rules.formats import is_date, parse_number
from cpt_rules.language import documents as doc

TODAY = dt.date(2026, 1, 5)
ABSENT = ("absent",)
_DEFAULTS: Mapping[str, tuple[str, ...]] = {"line.date": ("2026-01-05",), "line.units": ("1",)}
_PAYER_FIELDS = ("claim.payer", "payer.id", "payer.name", "payer.filing")

Texts = tuple[str, ...]


class CannotBuild(ValueError):
    """A test gives what no claim can hold; the message says what."""


def build_claim(given: doc.Given) -> Claim:
    """The claim of a test. Raises `CannotBuild` for a field that cannot be given and for a value that does not parse."""
    unknown = frozenset(given.fields.get("claim.unknown", ()))
    fields = {name: texts for name, texts in given.fields.items() if name != "claim.unknown"}
    common = {name: fields.pop(name) for name in list(fields) if name.startswith("line.")}
    defaults = {name: texts for name, texts in _DEFAULTS.items() if name not in unknown}
    lines = tuple(_line(number, {**defaults, **common, **each}) for number, each in enumerate(given.lines or ({},), 1))
    if not unknown.intersection(_PAYER_FIELDS) and not any(name in fields for name in _PAYER_FIELDS):
        fields["claim.payer"] = ("medicare",)
    parts: dict[str, dict[str, Any]] = {}
    for name, texts in fields.items():
        head, _, rest = name.partition(".")
        if texts == ABSENT:
            continue
        if name == "claim.payer":
            parts.setdefault("payer", {})["id"] = _one(name, texts)
        elif name in _CODED:
            _add_codes(parts.setdefault("claim", {}), name, texts)
        else:
            parts.setdefault(head, {})[rest] = _value(name, texts)
    attributes: dict[str, Any] = {"id": "test", "type": "professional", **parts.pop("claim", {})}
    for head, values in parts.items():
        attributes[head] = _made(_PARTS.get(head), head, values)
    return _made(Claim, "claim", {**attributes, "lines": lines, "unknown": unknown})  # type: ignore[no-any-return]


def _line(number: int, fields: Mapping[str, Texts]) -> Line:
    values: dict[str, Any] = {"number": number}
    providers: dict[str, dict[str, Any]] = {}
    for name, texts in fields.items():
        head, _, rest = name.removeprefix("line.").partition(".")
        if not name.startswith("line."):
            raise CannotBuild(f"{name} is not a field of a line")
        if texts == ABSENT:
            continue
        if rest:
            providers.setdefault(head, {})[rest] = _value(name, texts)
        else:
            values[head] = _value(name, texts)
    if "units" in values:
        values.setdefault("unit_type", "UN")
    values |= {head: _made(Provider, head, parts) for head, parts in providers.items()}
    return _made(Line, "line", values)  # type: ignore[no-any-return]


_PARTS: Mapping[str, type] = {
    "payer": Payer,
    "patient": Patient,
    "subscriber": Subscriber,
    **dict.fromkeys(
        ("billing", "rendering", "referring", "ordering", "supervising", "attending", "operating", "service_facility"),
        Provider,
    ),
}
_SYSTEMS = {"claim.diagnoses": "icd10", "claim.icd10": "icd10", "claim.icd9": "icd9"}
_RECORDS: Mapping[str, Callable[[str], object]] = {
    "claim.occurrences": Occurrence,
    "claim.values": ValueCode,
    "claim.procedures": Procedure,
}
_CODED = frozenset((*_SYSTEMS, *_RECORDS))


def _add_codes(claim: dict[str, Any], name: str, codes: Iterable[str]) -> None:
    """Lists of codes that a claim keeps as records. The first diagnosis of the claim is its principal one."""
    if name in _RECORDS:
        claim[name.partition(".")[2]] = tuple(map(_RECORDS[name], codes))
        return
    before: tuple[Diagnosis, ...] = claim.get("diagnoses", ())
    added = [Diagnosis(code, _SYSTEMS[name]) for code in codes]  # type: ignore[arg-type]
    found = (*before, *added)
    claim["diagnoses"] = (evolve(found[0], role="principal"), *found[1:]) if found else ()


def _made(cls: Any, head: str, values: Mapping[str, Any]) -> Any:
    """An instance of a class of the claim model from values by attribute name."""
    if cls is None:
        raise CannotBuild(f"{head} is no part of a claim")
    try:
        return cls(**values)
    except TypeError:
        known = {each.name for each in cls.__attrs_attrs__}
        names = ", ".join(f"{head}.{name}" for name in sorted(set(values) - known))
        raise CannotBuild(f"{names} cannot be given; it is worked out from other fields") from None


def _one(name: str, texts: Texts) -> str:
    if len(texts) != 1:
        raise CannotBuild(f"{name} takes one value")
    return texts[0]


def _value(name: str, texts: Texts) -> object:
    """What the claim holds for a field given as text: typed by the catalogue; formats may be wrong, that is the test."""
    field = FIELDS.get(name)
    kind, many = (field.type, field.many) if field is not None else ("text", False)
    values = tuple(typed(name, kind, text) for text in texts)
    return values if many else typed(name, kind, _one(name, texts))


def typed(name: str, kind: str, text: str) -> object:
    """A text as a value of its type. Raises `CannotBuild`."""
    if kind == "number":
        number = parse_number(text)
        if number is None:
            raise CannotBuild(f"{name}: {text!r} is not a number")
        whole = name in ("line.number", "line.diagnosis_pointers")
        return int(number) if whole else number
    if kind == "date":
        if not is_date(text):
            raise CannotBuild(f"{name}: {text!r} is not a date")
        return dt.date.fromisoformat(text)
    if kind == "yes/no":
        return text == "yes"
    return text
