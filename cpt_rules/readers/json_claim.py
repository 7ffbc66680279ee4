"""A claim as the JSON object of CONTRACT.md, and back: `claim_from_json(claim_to_json(claim))` is the claim.

A missing key, `null` and an empty list mean absent; `code_type` is HC where it is absent.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any, Literal, get_args, get_origin

import attrs
from cattrs import ClassValidationError, Converter, ForbiddenExtraKeysError
from cattrs.errors import AttributeValidationNote
from cattrs.gen import make_dict_structure_fn, make_dict_unstructure_fn, override

from cpt_rules.claim import LINES_OF_BUSINESS, Claim, Diagnosis, Line, Origin, Payer
from cpt_rules.fields import STORED_FIELDS
from cpt_rules.readers import json_values as values
from cpt_rules.readers.canonical import diagnosis_code
from cpt_rules.readers.problem import Fault, InputError, InputProblem, meant, shown
from cpt_rules.readers.required import first_missing

# the order of CONTRACT.md: that of the model, but the lines stand after everything that is the claim's own
_OWN = [each.name for each in attrs.fields(Claim) if each.name not in ("lines", "unknown", "origin")]
_ORDER = [*_OWN, "lines", "unknown"]


def claim_from_json(record: object, *, input: str = "record", origin: Origin | None = None) -> Claim:
    """The claim of a parsed JSON object (dicts, lists, texts, whole numbers, booleans, None).

    Raises `InputError` for an unknown key, a wrong type or a missing key, with the path to it.
    """
    try:
        claim = structured(record)
    except Fault as fault:
        raise InputError(InputProblem(fault.code, fault.message, input, fault.remedy, path=fault.path)) from None
    return claim if origin is None else attrs.evolve(claim, origin=origin)


def claim_to_json(claim: Claim) -> dict[str, Any]:
    """The JSON object of a claim with all documented keys, in their documented order; the origin is left out."""
    found: dict[str, Any] = _CONVERTER.unstructure(claim)
    return {key: found[key] for key in _ORDER}


def structured(record: object) -> Claim:
    """As `claim_from_json`, but raises `Fault`."""
    try:
        claim = _CONVERTER.structure(record, Claim)
    except (ClassValidationError, Fault) as error:
        # a misspelt key explains the missing one, so it is named first
        leaves = sorted(_leaves(error, ""), key=lambda leaf: getattr(leaf[1], "code", "") != "json.unknown-key")
        (path, first), *others = leaves
        fault = _fault(first)
        if others:
            least = "at least " if len(others) >= values.MOST_ERRORS - 1 else ""
            fault.message += f" (and {least}{len(others)} more in this record)"
        fault.path = path
        raise fault from None
    _require(claim)
    return claim


# ---- what CONTRACT.md requires -------------------------------------------------------------------------------------


def _require(claim: Claim) -> None:
    missing = first_missing(claim)
    if missing is not None:
        raise _missing(*missing)


def _missing(path: str, remedy: str) -> Fault:
    return Fault("json.missing-key", "is missing", remedy, path=path)


# ---- errors with their paths ---------------------------------------------------------------------------------------


def _leaves(error: BaseException, path: str) -> Iterator[tuple[str, BaseException]]:
    if isinstance(error, ClassValidationError):
        for each in error.exceptions:
            yield from _leaves(each, _attribute_path(each, path))
    elif isinstance(error, values.AtIndex):
        for place, inner in error.errors:
            yield from _leaves(inner, f"{path}[{place}]")
    elif isinstance(error, ForbiddenExtraKeysError):
        first, *others = sorted(map(str, error.extra_fields))
        yield (f"{path}.{shown(first)}" if path else shown(first)), _unknown_key(first, error.cl)
        yield from ((path, Fault("json.unknown-key", "")) for _ in others)  # they are counted, not told
    else:
        yield path, error


def _attribute_path(error: BaseException, path: str) -> str:
    for note in getattr(error, "__notes__", ()):
        if isinstance(note, AttributeValidationNote):
            return f"{path}.{note.name}" if path else note.name
    return path


def _unknown_key(name: str, cls: type) -> Fault:
    known = [each.name for each in attrs.fields(cls) if each.name != "origin"]
    return Fault("json.unknown-key", "is no key of a claim", meant(name, known))


def _fault(error: BaseException) -> Fault:
    if isinstance(error, Fault):
        return error
    if isinstance(error, KeyError):
        return _missing("", "this key is required")
    return Fault("json.wrong-type", "is not what belongs here", "see the JSON form of a claim")


def _tuple_of(cls: Any, converter: Converter) -> Callable[[object, object], tuple[Any, ...]]:
    item = get_args(cls)[0]
    return lambda array, _: values.each(values.array(array), lambda place, value: converter.structure(value, item))


def _diagnoses(array: object, _: object = None) -> tuple[Diagnosis, ...]:
    """Texts are ICD-10 codes; the first of them is principal unless an object is."""
    sent = values.array(array)
    taken = any(isinstance(each, dict) and each.get("role") == "principal" for each in sent)
    first = next((place for place, each in enumerate(sent) if isinstance(each, str)), None)

    def structure(place: int, value: Any) -> Diagnosis:
        if isinstance(value, str):
            role: Literal["principal", "other"] = "principal" if place == first and not taken else "other"
            return Diagnosis(diagnosis_code(values.text(value), "icd10"), "icd10", role)
        if not isinstance(value, dict):
            raise values.wrong(value, "a code as text, or an object with code, system, role and poa")
        found = _CONVERTER.structure(value, Diagnosis)
        code = diagnosis_code(found.code, found.system)
        return found if code == found.code else attrs.evolve(found, code=code)

    return values.each(sent, structure)


def _unknown(array: object, _: object = None) -> frozenset[str]:
    known = sorted(STORED_FIELDS)

    def structure(place: int, value: object) -> str:
        name = values.text(value)
        if name not in STORED_FIELDS:
            raise Fault("json.bad-value", f"{shown(name)!r} is no field that a feed carries", meant(name, known))
        return name

    return frozenset(values.each(values.array(array), structure))


# ---- the converter -------------------------------------------------------------------------------------------------

_STRUCTURE: dict[type, dict[str, Any]] = {
    Claim: {"origin": override(omit=True), "bill_type": override(struct_hook=values.optional(values.type_of_bill))},
    Line: {"number": override(struct_hook=values.line_number)},
    Payer: {"line_of_business": override(struct_hook=values.optional(values.choice(LINES_OF_BUSINESS)))},
}


def _object_of(cls: type, converter: Converter) -> Callable[[object, object], Any]:
    structure: Callable[[Any, Any], Any] = make_dict_structure_fn(
        cls,
        converter,
        _cattrs_forbid_extra_keys=True,
        _cattrs_detailed_validation=True,
        **_STRUCTURE.get(cls, {}),
    )
    # null means absent
    known = {each.name for each in attrs.fields(cls)} - {"origin"}

    def build(value: object, _: object) -> Any:
        if not isinstance(value, dict):
            raise values.wrong(value, "an object")
        return structure({key: each for key, each in value.items() if each is not None or key not in known}, cls)

    return build


def _is_literal(cls: Any) -> bool:
    return get_origin(cls) is Literal


def _is_tuple(cls: Any) -> bool:
    return get_origin(cls) is tuple


def _converter() -> Converter:
    converter = Converter(forbid_extra_keys=True, detailed_validation=True, unstruct_collection_overrides={tuple: list})
    for cls, structure in (
        (str, values.text),
        (Decimal, values.decimal),
        (int, values.whole),
        (bool, values.flag),
        (dt.date, values.day),
    ):
        converter.register_structure_hook(cls, structure)
    converter.register_structure_hook_factory(_is_literal, lambda cls: values.choice(get_args(cls)))
    converter.register_structure_hook_factory(_is_tuple, lambda cls: _tuple_of(cls, converter))
    converter.register_structure_hook_func(lambda cls: cls == tuple[Diagnosis, ...], _diagnoses)
    converter.register_structure_hook_func(lambda cls: cls == frozenset[str], _unknown)
    converter.register_structure_hook_factory(attrs.has, lambda cls: _object_of(cls, converter))
    converter.register_unstructure_hook(Decimal, lambda number: format(number, "f"))
    converter.register_unstructure_hook(dt.date, dt.date.isoformat)
    converter.register_unstructure_hook_func(lambda cls: cls == frozenset[str], sorted)
    converter.register_unstructure_hook_factory(
        lambda cls: cls is Claim, lambda cls: make_dict_unstructure_fn(cls, converter, origin=override(omit=True))
    )
    return converter


_CONVERTER = _converter()
