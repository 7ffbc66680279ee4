"""Values of JSON claims: each function gives the value, or raises `Fault` for what it cannot be.

No message quotes a value, for it may be a name or a birth date.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from attrs import frozen

from cpt_rules.formats import is_date, parse_number
from cpt_rules.readers.canonical import bill_type
from cpt_rules.readers.problem import Fault, meant

#: The errors of an array that are looked for: a hostile one could hold a million.
MOST_ERRORS = 20


@frozen
class Inexact:
    """A JSON number that no field takes; `what` says why in a message."""

    what: str


class AtIndex(Exception):
    """The faults of an array, each with its index; at most `MOST_ERRORS`."""

    def __init__(self, errors: list[tuple[int, Exception]]) -> None:
        super().__init__()
        self.errors = errors


def wrong(value: object, due: str) -> Fault:
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


def text(value: object, _: object = None) -> str:
    if not isinstance(value, str):
        remedy = "text in quotes" if isinstance(value, int | float | Inexact) else "text"
        raise wrong(value, remedy)
    if not value:
        raise Fault("json.bad-value", "is empty text", "leave the key out or send null where there is no value")
    if not value.isascii() and any("\ud800" <= each <= "\udfff" for each in value):
        raise Fault("json.bad-value", "has a surrogate, which is no character", "send whole characters")
    return value


def decimal(value: object, _: object = None) -> Decimal:
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) < 10**30:
        return Decimal(value)
    if not isinstance(value, str):
        raise wrong(value, 'a decimal number as text, such as "25.00"')
    number = parse_number(value)
    if number is None:
        raise Fault("json.bad-value", "is no decimal number", 'send digits with a point, such as "25.00"')
    return number


def whole(value: object, _: object = None) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise wrong(value, "a whole number without quotes")
    if not 0 <= value <= 999_999:
        raise Fault("json.bad-value", "is out of range", "send a number from 0 to 999999")
    return value


def line_number(value: object, _: object = None) -> int:
    number = whole(value)
    if number < 1:
        raise Fault("json.bad-value", "is out of range", "lines count from 1")
    return number


def flag(value: object, _: object = None) -> bool:
    if not isinstance(value, bool):
        raise wrong(value, "true or false")
    return value


def day(value: object, _: object = None) -> dt.date:
    if not isinstance(value, str):
        raise wrong(value, "a date as text, such as 2026-01-05")
    if not is_date(value):
        raise Fault("json.bad-value", "is no date", "send it as 2026-01-05")
    return dt.date.fromisoformat(value)


def choice(choices: tuple[str, ...]) -> Callable[[object, object], str]:
    def structure(value: object, _: object) -> str:
        sent = text(value)
        if sent not in choices:
            listed = ", ".join(choices)
            near = meant(sent, list(choices))
            remedy = near if near.startswith("did") else f"it is one of {listed}"
            raise Fault("json.bad-value", "is none of the values known here", remedy)
        return sent

    return structure


def optional(structure: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    return lambda value, cls: None if value is None else structure(value, cls)


def type_of_bill(value: object, _: object) -> str:
    return bill_type(text(value))


def array(value: object) -> list[Any]:
    if not isinstance(value, list | tuple):
        raise wrong(value, "an array")
    return list(value)


def each(values: list[Any], structure: Callable[[int, Any], Any]) -> tuple[Any, ...]:
    found, errors = [], []
    for place, value in enumerate(values):
        try:
            found.append(structure(place, value))
        except Exception as error:
            errors.append((place, error))
            if len(errors) == MOST_ERRORS:
                break
    if errors:
        raise AtIndex(errors)
    return tuple(found)
