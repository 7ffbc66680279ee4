"""What each operator says of a reading and an operand, in three-valued truth. Used by the direct engine."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import cast

from cpt_rules.formats import FORMATS
from cpt_rules.reading import UNKNOWN, Open, Reading, Value
from cpt_rules.ruleset.members import Members, Truth, any_of, members_of, not_empty, subset

Seen = Reading | Members


def negated(truth: Truth) -> Truth:
    return None if truth is None else not truth


def state(operator: str, seen: Seen) -> Truth:
    """`present`, `absent`, `available`, and `found` of a look-up, whose reading is yes, no or unknown."""
    if operator == "found":
        return None if seen is UNKNOWN else seen is True
    if operator == "available":
        if isinstance(seen, Members):
            return seen.available
        return seen is not UNKNOWN and not (isinstance(seen, Open) and not seen.known)
    if isinstance(seen, Members | Open | tuple):
        present = not_empty(seen if isinstance(seen, Members) else members_of(seen))
    else:
        present = None if seen is UNKNOWN else seen is not None
    return present if operator == "present" else negated(present)


def membership(seen: Reading, operand: Members) -> Truth:
    """`is` and `in` of a scalar."""
    if seen is None:
        return False
    if seen is UNKNOWN:
        return None if operand.open_ended or operand.possible else False
    return operand.contains(cast(Value, seen))


def comparison(operator: str, seen: Reading, other: Reading) -> Truth:
    """`at least`, `at most` of numbers, `before`, `on or after` of dates."""
    if seen is None or other is None:
        return False
    if seen is UNKNOWN or other is UNKNOWN:
        return None
    left, right = cast(tuple[Decimal, Decimal], (seen, other))
    if operator == "at most":
        return left <= right
    return left < right if operator == "before" else left >= right


def listed(operator: str, seen: Members, operand: Members) -> Truth:
    """The operators of lists."""
    if operator == "any of":
        return any_of(seen, operand)
    if operator == "none of":
        return negated(any_of(seen, operand))
    return subset(seen, operand) if operator == "only" else subset(operand, seen)


def formatted(seen: Seen, name: str) -> Truth:
    """`is a`: of a scalar, or of each element of a list."""
    if isinstance(seen, Members | Open | tuple):
        members = seen if isinstance(seen, Members) else members_of(seen)
        if any(not matches(name, value) for value in members.sure):
            return False
        return True if not members.open_ended and all(matches(name, v) for v in members.possible) else None
    if seen is None:
        return False
    return None if seen is UNKNOWN else matches(name, seen)


def matches(name: str, value: Value) -> bool:
    text = (
        ("yes" if value else "no")
        if isinstance(value, bool)
        else value.isoformat()
        if isinstance(value, dt.date)
        else str(value)
    )
    return FORMATS[name].matches(text)
