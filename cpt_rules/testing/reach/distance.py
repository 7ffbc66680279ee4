"""How far a clause is from a truth that is wanted, and which of its conditions stand in the way.

The distance of a condition is 0 where it has the truth, else 1; of `all` and `any` the sum or the least of their
parts', so that a search sees when it comes nearer.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Literal

from attrs import frozen

from cpt_rules.engine.reference_values import Truth
from cpt_rules.language import documents as doc

Want = Literal["true", "false", "unknown", "not false", "not true"]
NEVER = 1000.0

_MEETS: dict[Want, tuple[Truth, ...]] = {
    "true": (True,),
    "false": (False,),
    "unknown": (None,),
    "not false": (True, None),
    "not true": (False, None),
}
_OPPOSITE: dict[Want, Want] = {
    "true": "false",
    "false": "true",
    "unknown": "unknown",
    "not false": "not true",
    "not true": "not false",
}


@frozen
class Given:
    """Something beside the conditions.

    Whether the edit is in force (`dates`), whether it is the payer's rule, whether the lines belong together (`place`),
    whether an overlay concerns the claim, whether a requirement that does not hold is a failure (`severity`).
    """

    what: Literal["dates", "payers", "place", "overlay", "severity"]
    truth: Truth


@frozen
class Together:
    """All of these parts have to hold; a part marked True is negated."""

    parts: tuple[tuple[Part, bool], ...]


Part = doc.Clause | Given | Together
TruthOf = Callable[[doc.Leaf], Truth]
#: Whether a condition can never have the truth that is wanted of it.
Never = Callable[[doc.Leaf, Want], bool]
#: A condition or circumstance that has not the truth that is wanted of it.
Obstacle = tuple[doc.Leaf | Given, Want]


def meets(truth: Truth, want: Want) -> bool:
    return truth in _MEETS[want]


def distance(part: Part, want: Want, truth: TruthOf, never: Never | None = None) -> float:
    """How many conditions have to change so that the part has the truth wanted; at least `NEVER` where none can."""
    if isinstance(part, doc.Leaf):
        if meets(truth(part), want):
            return 0.0
        return 1.0 if never is None or not never(part, want) else NEVER
    if isinstance(part, Given):
        return 0.0 if meets(part.truth, want) else 1.0
    if isinstance(part, doc.Not):
        return distance(part.clause, _OPPOSITE[want], truth, never)
    parts, want = _conjunction(part, want)
    return _all(parts, want, truth, never)


def _conjunction(part: doc.AllOf | doc.AnyOf | Together, want: Want) -> tuple[Sequence[tuple[Part, bool]], Want]:
    """The parts that have to hold together, each with whether it is negated, and what is wanted of all of them.

    `any` is the opposite of `all` of the opposites.
    """
    if isinstance(part, Together):
        return part.parts, want
    if isinstance(part, doc.AllOf):
        return [(each, False) for each in part.clauses], want
    return [(each, True) for each in part.clauses], _OPPOSITE[want]


def _of(part: tuple[Part, bool], want: Want, truth: TruthOf, never: Never | None) -> float:
    return distance(part[0], _OPPOSITE[want] if part[1] else want, truth, never)


def _all(parts: Sequence[tuple[Part, bool]], want: Want, truth: TruthOf, never: Never | None = None) -> float:
    if want in ("true", "not false"):
        return sum(_of(each, want, truth, never) for each in parts)
    if want in ("false", "not true"):
        return min((_of(each, want, truth, never) for each in parts), default=NEVER)
    open_ = [_of(each, "not false", truth, never) for each in parts]
    total = sum(open_)
    return min((_of(each, want, truth, never) + total - open_[n] for n, each in enumerate(parts)), default=NEVER)


def obstacles(part: Part, want: Want, truth: TruthOf) -> Iterator[Obstacle]:
    """What stands in the way; where one of several parts would do, that of each of them."""
    if isinstance(part, doc.Leaf | Given):
        if not meets(truth(part) if isinstance(part, doc.Leaf) else part.truth, want):
            yield part, want
        return
    if isinstance(part, doc.Not):
        yield from obstacles(part.clause, _OPPOSITE[want], truth)
        return
    parts, want = _conjunction(part, want)
    if want == "unknown":
        for inner, negated in parts:
            for each in ("unknown", "not false"):
                yield from obstacles(inner, _OPPOSITE[each] if negated else each, truth)
        return
    if want in ("false", "not true") and _all(parts, want, truth) == 0:
        return
    for inner, negated in parts:
        yield from obstacles(inner, _OPPOSITE[want] if negated else want, truth)
