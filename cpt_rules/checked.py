"""Classes whose values are checked where they are made, and a way round for those who have checked already.

`checked` makes a class of attrs refuse values that are not of the annotated types: `TypeError` for another type,
`ValueError` for a word that is not among those allowed. Lists become tuples, sets become frozen, whole numbers become
`Decimal` where one is due. No message shows a value, for it may be a name or a birth date.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from decimal import Decimal
from difflib import get_close_matches
from functools import cache, wraps
from typing import Any, Literal, TypeVar, get_args, get_origin, get_type_hints

from attrs import NOTHING, fields, has

C = TypeVar("C")
#: Gives the value, or what is meant by it; raises `TypeError` or `ValueError` with what is due.
Check = Callable[[Any], Any]


def checked(cls: type[C]) -> type[C]:
    """The same class, whose `__init__` checks every field."""
    fixed: Any = cls
    plain: Callable[..., None] = fixed.__init__

    @wraps(plain)
    def __init__(self: Any, *args: Any, **values: Any) -> None:
        plain(self, *args, **values)
        for name, check in _checks(fixed):
            value = getattr(self, name)
            try:
                meant = check(value)
            except (TypeError, ValueError) as error:
                gap = "" if str(error).startswith("[") else " "
                raise type(error)(f"{cls.__name__}.{name}{gap}{error}") from None
            if meant is not value:
                object.__setattr__(self, name, meant)

    fixed.__init__ = __init__
    return cls


def unchecked(cls: type[C]) -> Callable[..., C]:
    """Makes what a `checked` class makes, from values that are known to be right; no check, no conversion.

    For readers, which have made every value themselves and make millions of them: a function that sets the slots of a
    new object one by one, as the class's own `__init__` would, takes half the time.
    """
    names: dict[str, Any] = {"new": object.__new__, "cls": cls}
    parameters, body = [], ["made = new(cls)"]
    attributes: Any = fields(cls)  # type: ignore[arg-type]
    for place, each in enumerate(attributes):
        if each.converter or each.validator or not each.init or hasattr(each.default, "takes_self"):
            raise TypeError(f"{cls.__name__}.{each.name} is not plainly set")
        names[f"set_{place}"], names[f"default_{place}"] = getattr(cls, each.name).__set__, each.default
        parameters.append(each.name if each.default is NOTHING else f"{each.name}=default_{place}")
        body.append(f"set_{place}(made, {each.name})")
    cached_hash = getattr(cls, "_attrs_cached_hash", None)
    if cached_hash is not None:
        names["set_hash"] = cached_hash.__set__
        body.append("set_hash(made, None)")
    exec(f"def make({', '.join(parameters)}):\n    " + "\n    ".join([*body, "return made"]), names)
    made: Callable[..., C] = names["make"]
    return made


@cache
def _checks(cls: type) -> tuple[tuple[str, Check], ...]:
    types = get_type_hints(cls)
    checks = []
    for each in fields(cls):
        among = each.metadata.get("among")
        checks.append((each.name, _check(types[each.name], among, each.metadata.get("absent"))))
    return tuple(checks)


def _check(kind: Any, among: Callable[[], frozenset[str]] | None, absent: object = None) -> Check:
    """The check of an annotated type; `among` gives the words that texts are to be of, `absent` what None means."""
    parts = get_args(kind)
    if type(None) in parts:
        (sure,) = (each for each in parts if each is not type(None))
        return _or_none(_check(sure, among), absent)
    origin = get_origin(kind)
    if origin is Literal:
        return _one_of(lambda: frozenset(parts))
    if origin is tuple:
        return _several(tuple, (list,), _check(parts[0], among))
    if origin is frozenset:
        return _several(frozenset, (set, tuple, list), _check(parts[0], among))
    if kind is Decimal:
        return _number
    if kind is dt.date:
        return _day
    if kind is int:
        return _whole
    if kind is str and among is not None:
        return _one_of(among)
    return _an(kind)


def _or_none(check: Check, absent: object) -> Check:
    return lambda value: absent if value is None else check(value)


def _an(kind: type) -> Check:
    names = {str: "text (str)", bool: "True or False"}
    due = names.get(kind, f"a {kind.__name__}" if has(kind) else kind.__name__)

    def check(value: Any) -> Any:
        if not isinstance(value, kind):
            raise _wrong(value, due)
        return value

    return check


def _whole(value: Any) -> Any:
    if not isinstance(value, int) or isinstance(value, bool):
        raise _wrong(value, "a whole number (int)")
    return value


def _number(value: Any) -> Any:
    if isinstance(value, int) and not isinstance(value, bool):
        return Decimal(value)
    if not isinstance(value, Decimal):
        raise _wrong(value, 'a Decimal, such as Decimal("25.00")')
    if not value.is_finite():
        raise ValueError("must be a finite number")
    return value


def _day(value: Any) -> Any:
    if not isinstance(value, dt.date) or isinstance(value, dt.datetime):
        raise _wrong(value, "a datetime.date")
    return value


def _one_of(words: Callable[[], frozenset[str]]) -> Check:
    def check(value: Any) -> Any:
        if not isinstance(value, str):
            raise _wrong(value, "text (str)")
        if value not in words():
            known = sorted(words())
            due = (
                f"must be one of: {', '.join(known)}" if len(known) < 10 else f"is no known name{_meant(value, known)}"
            )
            raise ValueError(due)
        return value

    return check


def _several(kind: Any, others: tuple[Any, ...], check: Check) -> Check:
    """A collection of one kind; the others are taken too, and become one."""

    def several(values: Any) -> Any:
        if not any(isinstance(values, each) for each in (kind, *others)):
            raise _wrong(values, f"a {kind.__name__}")
        found = []
        for place, value in enumerate(values):
            try:
                found.append(check(value))
            except (TypeError, ValueError) as error:
                raise type(error)(f"[{place}] {error}") from None
        same = isinstance(values, kind) and all(a is b for a, b in zip(values, found, strict=True))
        return values if same else kind(found)

    return several


def _meant(name: str, known: Sequence[str]) -> str:
    near = get_close_matches(name, known, 1)
    return f"; did you mean {near[0]!r}?" if near else ""


def _wrong(value: object, due: str) -> TypeError:
    return TypeError(f"must be {due}, not {type(value).__name__}")
