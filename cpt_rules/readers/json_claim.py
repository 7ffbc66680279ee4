"""A claim as the JSON object of CONTRACT.md, and back: `claim_from_json(claim_to_json(claim))` is the claim.

A missing key, `null` and an empty list mean absent; `code_type` alone has a default, HC, where the key is missing.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any, Literal, get_args, get_origin

import attrs
from attrs import frozen
from cattrs import ClassValidationError, Converter, ForbiddenExtraKeysError
from cattrs.errors import AttributeValidationNote
from cattrs.gen import make_dict_structure_fn, make_dict_unstructure_fn, override

from cpt_rules.claim import LINES_OF_BUSINESS, Claim, Diagnosis, Line, Origin, Payer
from cpt_rules.fields import STORED_FIELDS
from cpt_rules.formats import is_date, parse_number
from cpt_rules.readers.canonical import bill_type, diagnosis_code
from cpt_rules.readers.problem import Fault, InputError, InputProblem, meant, shown

# the order of CONTRACT.md: that of the model, but the lines stand after everything that is the claim's own
_OWN = [each.name for each in attrs.fields(Claim) if each.name not in ("lines", "unknown", "origin")]
_ORDER = [*_OWN, "lines", "unknown"]


@frozen
class Inexact:
    """A JSON number that no field takes; `what` says why in a message."""

    what: str


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
        (path, first), *others = _leaves(error, "")
        fault = _fault(first)
        if others:
            fault.message += f" (and {len(others)} more in this record)"
        fault.path = path
        raise fault from None
    _require(claim)
    return claim


# ---- what CONTRACT.md requires -------------------------------------------------------------------------------------


def _require(claim: Claim) -> None:
    if not claim.lines:
        raise _missing("lines", "a claim has one line or more")
    for place, line in enumerate(claim.lines):
        at = f"lines[{place}]"
        if claim.type == "professional":
            if line.code is None:
                raise _missing(f"{at}.code", "a professional line has a procedure code")
            if line.date is None:
                raise _missing(f"{at}.date", "a professional line has a date of service")
        else:
            if line.revenue_code is None:
                raise _missing(f"{at}.revenue_code", "an institutional line has a revenue code")
            if line.date is None and claim.statement_from is None:
                raise _missing(f"{at}.date", "an institutional line has a date, or the claim has statement_from")


def _missing(path: str, remedy: str) -> Fault:
    return Fault("json.missing-key", "is missing", remedy, path=path)


# ---- errors with their paths ---------------------------------------------------------------------------------------


class _AtIndex(Exception):
    def __init__(self, errors: list[tuple[int, Exception]]) -> None:
        super().__init__()
        self.errors = errors


def _leaves(error: BaseException, path: str) -> Iterator[tuple[str, BaseException]]:
    if isinstance(error, ClassValidationError):
        for each in error.exceptions:
            yield from _leaves(each, _attribute_path(each, path))
    elif isinstance(error, _AtIndex):
        for place, inner in error.errors:
            yield from _leaves(inner, f"{path}[{place}]")
    elif isinstance(error, ForbiddenExtraKeysError):
        for name in sorted(map(str, error.extra_fields)):
            yield (f"{path}.{shown(name)}" if path else shown(name)), _unknown_key(name, error.cl)
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


# ---- values --------------------------------------------------------------------------------------------------------


def _wrong(value: object, due: str) -> Fault:
    return Fault("json.wrong-type", f"is {_kind(value)}", f"send {due}")


def _kind(value: object) -> str:
    if isinstance(value, Inexact):
        return value.what
    if isinstance(value, float):
        return "a number with a fraction"
    names = {
        bool: "true or false",
        int: "a number",
        str: "text",
        list: "an array",
        dict: "an object",
        type(None): "null",
    }
    return names.get(type(value), "no JSON value")


def _text(value: object, _: object = None) -> str:
    if not isinstance(value, str):
        remedy = "text in quotes" if isinstance(value, int | float | Inexact) else "text"
        raise _wrong(value, remedy)
    if not value:
        raise Fault("json.bad-value", "is empty text", "leave the key out or send null where there is no value")
    if not value.isascii() and any("\ud800" <= each <= "\udfff" for each in value):
        raise Fault("json.bad-value", "has a surrogate, which is no character", "send whole characters")
    return value


def _decimal(value: object, _: object = None) -> Decimal:
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) < 10**30:
        return Decimal(value)
    if not isinstance(value, str):
        raise _wrong(value, 'a decimal number as text, such as "25.00"')
    number = parse_number(value)
    if number is None:
        raise Fault("json.bad-value", "is no decimal number", 'send digits with a point, such as "25.00"')
    return number


def _whole(value: object, _: object = None) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise _wrong(value, "a whole number without quotes")
    if not 0 <= value <= 999_999:
        raise Fault("json.bad-value", "is out of range", "send a number from 0 to 999999")
    return value


def _line_number(value: object, _: object = None) -> int:
    number = _whole(value)
    if number < 1:
        raise Fault("json.bad-value", "is out of range", "lines count from 1")
    return number


def _flag(value: object, _: object = None) -> bool:
    if not isinstance(value, bool):
        raise _wrong(value, "true or false")
    return value


def _day(value: object, _: object = None) -> dt.date:
    if not isinstance(value, str):
        raise _wrong(value, "a date as text, such as 2026-01-05")
    if not is_date(value):
        raise Fault("json.bad-value", "is no date", "send it as 2026-01-05")
    return dt.date.fromisoformat(value)


def _choice(choices: tuple[str, ...]) -> Callable[[object, object], str]:
    def structure(value: object, _: object) -> str:
        text = _text(value)
        if text not in choices:
            listed = ", ".join(choices)
            near = meant(text, list(choices))
            remedy = near if near.startswith("did") else f"it is one of {listed}"
            raise Fault("json.bad-value", "is none of the values known here", remedy)
        return text

    return structure


def _optional(structure: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    return lambda value, cls: None if value is None else structure(value, cls)


def _bill_type(value: object, _: object) -> str:
    return bill_type(_text(value))


def _array(value: object) -> list[Any]:
    if not isinstance(value, list | tuple):
        raise _wrong(value, "an array")
    return list(value)


def _each(values: list[Any], structure: Callable[[int, Any], Any]) -> tuple[Any, ...]:
    found, errors = [], []
    for place, value in enumerate(values):
        try:
            found.append(structure(place, value))
        except Exception as error:
            errors.append((place, error))
    if errors:
        raise _AtIndex(errors)
    return tuple(found)


def _tuple_of(cls: Any, converter: Converter) -> Callable[[object, object], tuple[Any, ...]]:
    item = get_args(cls)[0]
    return lambda values, _: _each(_array(values), lambda place, value: converter.structure(value, item))


def _diagnoses(values: object, _: object = None) -> tuple[Diagnosis, ...]:
    """Texts are ICD-10 codes; the first of them is principal unless an object is."""
    sent = _array(values)
    taken = any(isinstance(each, dict) and each.get("role") == "principal" for each in sent)
    first = next((place for place, each in enumerate(sent) if isinstance(each, str)), None)

    def structure(place: int, value: Any) -> Diagnosis:
        if isinstance(value, str):
            role: Literal["principal", "other"] = "principal" if place == first and not taken else "other"
            return Diagnosis(diagnosis_code(_text(value), "icd10"), "icd10", role)
        if not isinstance(value, dict):
            raise _wrong(value, "a code as text, or an object with code, system, role and poa")
        found = _CONVERTER.structure(value, Diagnosis)
        return attrs.evolve(found, code=diagnosis_code(found.code, found.system))

    return _each(sent, structure)


def _unknown(values: object, _: object = None) -> frozenset[str]:
    known = sorted(STORED_FIELDS)

    def structure(place: int, value: object) -> str:
        name = _text(value)
        if name not in STORED_FIELDS:
            raise Fault("json.bad-value", f"{shown(name)!r} is no field that a feed carries", meant(name, known))
        return name

    return frozenset(_each(_array(values), structure))


# ---- the converter -------------------------------------------------------------------------------------------------

_STRUCTURE: dict[type, dict[str, Any]] = {
    Claim: {"origin": override(omit=True), "bill_type": override(struct_hook=_optional(_bill_type))},
    Line: {"number": override(struct_hook=_line_number)},
    Payer: {"line_of_business": override(struct_hook=_optional(_choice(LINES_OF_BUSINESS)))},
}


def _object_of(cls: type, converter: Converter) -> Callable[[object, object], Any]:
    structure: Callable[[Any, Any], Any] = make_dict_structure_fn(
        cls,
        converter,
        _cattrs_forbid_extra_keys=True,
        _cattrs_detailed_validation=True,
        **_STRUCTURE.get(cls, {}),
    )
    # null means absent, and absent is not None where the model has an empty object or an empty list
    absent = {
        each.name
        for each in attrs.fields(attrs.resolve_types(cls))
        if each.default is not attrs.NOTHING and each.default is not None and type(None) not in get_args(each.type)
    }

    def build(value: object, _: object) -> Any:
        if not isinstance(value, dict):
            raise _wrong(value, "an object")
        if any(each is None and key in absent for key, each in value.items()):
            value = {key: each for key, each in value.items() if each is not None or key not in absent}
        return structure(value, cls)

    return build


def _is_literal(cls: Any) -> bool:
    return get_origin(cls) is Literal


def _is_tuple(cls: Any) -> bool:
    return get_origin(cls) is tuple


def _converter() -> Converter:
    converter = Converter(forbid_extra_keys=True, detailed_validation=True, unstruct_collection_overrides={tuple: list})
    for cls, structure in ((str, _text), (Decimal, _decimal), (int, _whole), (bool, _flag), (dt.date, _day)):
        converter.register_structure_hook(cls, structure)
    converter.register_structure_hook_factory(_is_literal, lambda cls: _choice(get_args(cls)))
    converter.register_structure_hook_factory(_is_tuple, lambda cls: _tuple_of(cls, converter))
    converter.register_structure_hook_func(lambda cls: cls == tuple[Diagnosis, ...], _diagnoses)
    converter.register_structure_hook_func(lambda cls: cls == frozenset[str], _unknown)
    converter.register_structure_hook_factory(attrs.has, lambda cls: _object_of(cls, converter))
    converter.register_unstructure_hook(Decimal, lambda number: format(number, "f"))
    converter.register_unstructure_hook(dt.date, dt.date.isoformat)
    converter.register_unstructure_hook_func(lambda cls: cls == frozenset[str], sorted)
    converter.register_unstructure_hook(Claim, make_dict_unstructure_fn(Claim, converter, origin=override(omit=True)))
    return converter


_CONVERTER = _converter()
