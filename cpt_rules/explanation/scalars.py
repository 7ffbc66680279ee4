"""What may be tried on fields that hold one value."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from decimal import Decimal

from cpt_rules.explanation.about import About, Unmet
from cpt_rules.explanation.policy import respelled, stand_ins, support_of
from cpt_rules.explanation.stored import held
from cpt_rules.explanation.trial import Trial, respelt, valued
from cpt_rules.fields import FIELDS
from cpt_rules.language import documents as doc
from cpt_rules.reading import Value
from cpt_rules.ruleset.typing import line_field

_DAY = dt.timedelta(days=1)
_ORDERS = ("at least", "at most", "before", "on or after")
_MIRRORED = {"at least": "at most", "at most": "at least", "on or after": "no later than", "before": "later than"}
#: How far from another value the nearest one lies that stands to it so, and the nearest that does not.
_NEAREST = {
    "at least": (0, -1),
    "on or after": (0, -1),
    "at most": (0, 1),
    "no later than": (0, 1),
    "before": (-1, 0),
    "later than": (1, 0),
}


def scalar_trials(about: About, unmet: Unmet) -> Iterator[Trial]:
    """What may be tried on a condition about a field with one value: on the field, then on what it is compared with."""
    leaf = unmet.leaf
    for spot in about.spots(leaf.field):
        if leaf.operator == "is a" and unmet.want:
            yield from (respelt(spot, text) for text in respelled(spot[0], held(about.claim, spot[1], spot[0])))
        for value, stand_in in _values(about, unmet, spot):
            if _may_be(about, spot, value):
                yield valued(spot, value, stand_in=stand_in)
    for item in leaf.items:
        if isinstance(item, doc.FieldRef) and line_field(item.name) in FIELDS and leaf.operator in _ORDERS:
            yield from _other_side(about, unmet, item.name)


def _values(about: About, unmet: Unmet, spot: tuple[str, int | None]) -> Iterator[tuple[Value, bool]]:
    """Values for one stored field, each with whether it only stands in."""
    leaf, want, path = unmet.leaf, unmet.want, spot[0]
    now = held(about.claim, spot[1], path)
    if FIELDS[path].type == "date" and leaf.items and not isinstance(leaf.items[0], doc.FieldRef):
        return  # no service is moved to another day to get round a rule
    strange = ((value, True) for value in stand_ins(about.claim, path) if value != now)
    match leaf.operator, want:
        case ("present", True):
            yield from strange
        case ("is a", True):
            yield from strange
        case ("is" | "in", True) | ("is not" | "not in", False):
            yield from ((value, False) for value in about.listed(leaf))
        case ("is not" | "not in", True) | ("is" | "in", False):
            if support_of(path) == "sender" and not any(isinstance(item, doc.FieldRef) for item in leaf.items):
                return  # nobody is another provider or laboratory because a list names him
            if FIELDS[path].type == "pos":
                yield from ((value, True) for value in about.known_for("pos"))
            yield from strange
        case (operator, _) if operator in _ORDERS:
            for other in about.listed(leaf):
                stand_in = now is None or FIELDS[path].type == "date" or _least_units(path, now)
                yield from ((value, stand_in) for value in beside(operator, want, other))
        case _:  # never a value taken away
            return


def _least_units(path: str, now: object) -> bool:
    return path == "line.units" and (now is None or (isinstance(now, Decimal) and now <= 0))


def beside(operator: str, want: bool, other: Value) -> Iterator[Value]:
    """The value nearest to another one that stands to it as wanted."""
    steps = _NEAREST[operator][0 if want else 1]
    if isinstance(other, dt.date):
        if dt.date.min < other < dt.date.max:
            yield other + steps * _DAY
    elif isinstance(other, Decimal | int) and not isinstance(other, bool):
        yield Decimal(other) + steps


def _other_side(about: About, unmet: Unmet, name: str) -> Iterator[Trial]:
    """What the field is compared with, set to where the field would stand to it as wanted."""
    value = about.value(unmet.leaf.field)
    if value is None:
        return
    for spot in about.spots(name):
        for other in beside(_MIRRORED[unmet.leaf.operator], unmet.want, value):
            if FIELDS[spot[0]].type == FIELDS[line_field(unmet.leaf.field)].type and _may_be(about, spot, other):
                yield valued(spot, other, stand_in=isinstance(other, dt.date), cost=2)


def _may_be(about: About, spot: tuple[str, int | None], value: Value) -> bool:
    """Whether a value may be proposed: no void, and no more units than were billed."""
    path, now = spot[0], held(about.claim, spot[1], spot[0])
    if value == now:
        return False
    if path == "claim.frequency":
        return value != "8"
    if path == "line.units":
        return isinstance(value, Decimal) and value > 0 and (_least_units(path, now) or value < now)  # type: ignore[operator]
    return True
