"""Values out of validated FHIR JSON: each function gives None for what is not there.

The library that validates takes some values for others (a sequence as text), so nothing here relies on types.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from typing import Any

from cpt_rules.readers.fhir_codes import plain
from cpt_rules.readers.problem import Fault

Json = Mapping[str, Any]

_DAY = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})(T.*)?", re.ASCII | re.DOTALL).fullmatch


def objects(value: object) -> list[Json]:
    """The objects of an array."""
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def obj(value: object) -> Json:
    """An object, an empty one where there is none."""
    return value if isinstance(value, dict) else {}


def text(value: object) -> str | None:
    return value.strip() or None if isinstance(value, str) else None


def number(value: object) -> Decimal | None:
    if isinstance(value, bool) or not isinstance(value, int | Decimal | str):
        return None
    try:
        found = Decimal(value)
    except ArithmeticError:
        return None
    return found if found.is_finite() and abs(found.adjusted()) < 20 else None


def count(value: object) -> int | None:
    """A sequence number."""
    found = number(value)
    return int(found) if found is not None and found == found.to_integral_value() and 0 <= found <= 999_999 else None


def day(value: object, path: str) -> dt.date | None:
    """The day of a date or moment, as it is written. Raises `Fault` for a month or a year alone."""
    sent = text(value)
    if sent is None:
        return None
    found = _DAY(sent)
    try:
        if found is not None:
            return dt.date.fromisoformat(found[1])
    except ValueError:
        pass
    raise Fault("fhir.date", "is no whole day", "send year, month and day", path=path)


def day_or_none(value: object) -> dt.date | None:
    """As `day`, None for what is no whole day."""
    try:
        return day(value, "")
    except Fault:
        return None


# ---- codes ---------------------------------------------------------------------------------------------------------


def codings(concept: object) -> Iterator[tuple[str, str]]:
    """(system, code) of each coding that has a code."""
    for each in objects(obj(concept).get("coding")):
        code = text(each.get("code"))
        if code is not None:
            yield plain(each.get("system")), code


def code_of(concept: object, systems: Iterable[str]) -> str | None:
    """The first code of one of these systems."""
    known = frozenset(systems)
    return next((code for system, code in codings(concept) if system in known), None)


def code_or_only(concept: object, systems: Iterable[str]) -> str | None:
    """The code of one of these systems, else the only code there is, if no system is named for it."""
    found = code_of(concept, systems)
    if found is not None:
        return found
    bare = [code for system, code in codings(concept) if not system]
    return bare[0] if len(bare) == 1 else None


def has_code(concept: object, codes: frozenset[str], systems: frozenset[str] | None = None) -> bool:
    """Whether a concept has one of these codes; in one of these systems, or without a system."""
    return any(code.lower() in codes and (systems is None or not s or s in systems) for s, code in codings(concept))


# ---- identifiers ---------------------------------------------------------------------------------------------------


def identifiers(resource: Json) -> list[Json]:
    """The identifiers of a resource; a reference has one."""
    value = resource.get("identifier")
    return [value] if isinstance(value, dict) else objects(value)


def identified(found: Iterable[Json], systems: frozenset[str], types: frozenset[str]) -> list[str]:
    """The values of the identifiers of a system or type, each once."""
    values: dict[str, None] = {}
    for each in found:
        value = text(each.get("value"))
        if value and (plain(each.get("system")) in systems or has_code(each.get("type"), types)):
            values[value] = None
    return list(values)
