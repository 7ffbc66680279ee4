"""Whether conditions can hold together. Only what is certain is said: *not satisfiable* is a proof, the rest is doubt.

A clause is spread into alternatives, each a list of conditions that must hold or must not; an alternative is
impossible where two of its conditions on one field exclude each other. Sets are taken with all they ever held, in any
overlay, so that a proof holds for every day and every payer.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from itertools import product

from attrs import define, field, frozen

from cpt_rules.fields import FIELDS
from cpt_rules.language import documents as doc
from cpt_rules.reading import Value
from cpt_rules.ruleset.knowledge import codes
from cpt_rules.ruleset.ruleset import PROFILES_SET, Ruleset

MAX_ALTERNATIVES = 256


@frozen
class Demand:
    """A condition that must hold, or (`holds` false) must not."""

    leaf: doc.Leaf
    holds: bool


Alternative = tuple[Demand, ...]


def alternatives(clause: doc.Clause, holds: bool = True) -> list[Alternative] | None:
    """The alternatives in which a clause holds (or does not); None where there are too many to look at."""
    if isinstance(clause, doc.Leaf):
        return [(Demand(clause, holds),)]
    if isinstance(clause, doc.Not):
        return alternatives(clause.clause, not holds)
    parts = [alternatives(each, holds) for each in clause.clauses]
    found = [part for part in parts if part is not None]
    if len(found) < len(parts):
        return None
    if isinstance(clause, doc.AnyOf) is holds:
        flat = [each for part in found for each in part]
        return flat if len(flat) <= MAX_ALTERNATIVES else None
    return conjunction(found)


def conjunction(parts: list[list[Alternative]]) -> list[Alternative] | None:
    """The alternatives in which all parts hold."""
    count = 1
    for part in parts:
        count *= len(part)
        if count > MAX_ALTERNATIVES:
            return None
    return [tuple(demand for one in chosen for demand in one) for chosen in product(*parts)]


@define(eq=False)
class Prover:
    """Proves alternatives impossible, by the values a ruleset can ever give its sets."""

    ruleset: Ruleset
    _ever: dict[str, frozenset[Value] | None] = field(factory=dict)

    def satisfiable(self, found: list[Alternative] | None) -> bool:
        """False only where every alternative is proven impossible."""
        return found is None or any(self.possible(each) for each in found)

    def possible(self, alternative: Alternative) -> bool:
        by_field: dict[str, list[Demand]] = {}
        for demand in alternative:
            by_field.setdefault(demand.leaf.field, []).append(demand)
        return all(self._possible(name, demands) for name, demands in by_field.items())

    def _possible(self, name: str, demands: list[Demand]) -> bool:
        for place, one in enumerate(demands):
            for other in demands[:place]:
                if _opposed(one, other):
                    return False
        known = FIELDS.get(name)
        many = (
            known.many if known else any(d.leaf.operator in ("any of", "none of", "only", "has all") for d in demands)
        )
        return self._list(demands) if many else self._scalar(demands, known.choices if known else ())

    def _scalar(self, demands: list[Demand], choices: tuple[str, ...]) -> bool:
        allowed: frozenset[Value] | None = frozenset(choices) or None
        refused: frozenset[Value] = frozenset()
        needed = absent = False
        low: Value | None = None
        high: Value | None = None
        for demand in demands:
            leaf = demand.leaf
            operator, holds = leaf.operator, demand.holds
            if operator in ("is not", "not in", "absent"):
                operator = {"is not": "is", "not in": "in", "absent": "present"}[operator]  # type: ignore[assignment]
                holds = not holds
            if operator in ("is", "in"):
                if holds:
                    needed = True
                    values = self.ever(leaf.items)
                    if values is not None:
                        allowed = values if allowed is None else allowed & values
                else:
                    refused |= self.always(leaf.items)
            elif operator == "present":
                needed |= holds
                absent |= not holds
            elif operator in ("at least", "at most", "before", "on or after") and isinstance(
                leaf.items[0], doc.Constant
            ):
                bound = leaf.items[0].value
                needed |= holds
                if not holds:
                    continue
                if operator in ("at least", "on or after"):
                    low = bound if low is None or bound > low else low  # type: ignore[operator]
                else:
                    edge = _day_before(bound) if operator == "before" else bound
                    high = edge if high is None or edge < high else high  # type: ignore[operator]
        if absent and needed:
            return False
        if low is not None and high is not None and low > high:  # type: ignore[operator]
            return False
        if not needed or allowed is None:
            return True
        left = allowed - refused
        return any((low is None or v >= low) and (high is None or v <= high) for v in left)  # type: ignore[operator]

    def _list(self, demands: list[Demand]) -> bool:
        needs: list[frozenset[Value] | None] = []  # one value of each must be there
        refused: frozenset[Value] = frozenset()
        only: frozenset[Value] | None = None
        empty = False
        for demand in demands:
            leaf, holds = demand.leaf, demand.holds
            operator = leaf.operator
            if operator in ("none of", "absent"):
                operator, holds = ("any of" if operator == "none of" else "present"), not holds
            if operator == "present":
                empty |= not holds
                needs += [None] if holds else []
            elif operator == "any of":
                if holds:
                    needs.append(self.ever(leaf.items))
                else:
                    refused |= self.always(leaf.items)
            elif operator == "has all" and holds:
                needs += [frozenset((value,)) for value in self.always(leaf.items)]
            elif operator == "only" and holds:
                values = self.ever(leaf.items)
                if values is not None:
                    only = values if only is None else only & values
        for need in needs:
            if empty or (need is not None and not need - refused):
                return False
            if only is not None and not ((only if need is None else need & only) - refused):
                return False
        return True

    # ---- what a list of items can ever hold ------------------------------------------------------------------------

    def ever(self, items: Iterable[doc.Item]) -> frozenset[Value] | None:
        """Every value that an operand can ever hold for sure; None where that cannot be told."""
        found: list[Value] = []
        for item in items:
            if isinstance(item, doc.Constant):
                found.append(item.value)
            elif isinstance(item, doc.Span):
                found += codes(item)
            elif isinstance(item, doc.SetRef):
                values = self._set(item.id)
                if values is None:
                    return None
                found += values
            else:
                return None
        return frozenset(found)

    def always(self, items: Iterable[doc.Item]) -> frozenset[Value]:
        """The values that an operand holds on every day: those that are written out."""
        found: list[Value] = []
        for item in items:
            if isinstance(item, doc.Constant):
                found.append(item.value)
            elif isinstance(item, doc.Span):
                found += codes(item)
        return frozenset(found)

    def _set(self, id: str) -> frozenset[Value] | None:
        if id not in self._ever:
            self._ever[id] = None
            if id == PROFILES_SET:
                self._ever[id] = frozenset(self.ruleset.profiles)
            else:
                timelines = [self.ruleset.sets[id].values]
                for overlay in self.ruleset.overlays:
                    timelines += [change.values for change in overlay.sets.get(id, ()) if change.sign != "-"]
                listed = [dated.items for timeline in timelines for dated in timeline if dated.items is not None]
                parts = [self.ever(items) for items in listed]
                known = [part for part in parts if part is not None]
                if parts and len(known) == len(parts):  # a placeholder may be filled with anything
                    self._ever[id] = frozenset().union(*known)
        return self._ever[id]


def _opposed(one: Demand, other: Demand) -> bool:
    """Whether one is the plain opposite of the other."""
    if one.leaf.items != other.leaf.items:
        return False
    same = one.leaf.operator == other.leaf.operator
    opposite = _OPPOSITES.get(one.leaf.operator) == other.leaf.operator
    return (same and one.holds is not other.holds) or (opposite and one.holds is other.holds)


_OPPOSITES: Mapping[str, str] = {
    "is": "is not",
    "is not": "is",
    "in": "not in",
    "not in": "in",
    "any of": "none of",
    "none of": "any of",
    "present": "absent",
    "absent": "present",
}


def _day_before(value: Value) -> Value:
    if isinstance(value, dt.date):
        return value - dt.timedelta(days=1) if value > dt.date.min else value
    assert isinstance(value, Decimal | int)
    return value


def any_groups(clause: doc.Clause | None) -> Iterator[doc.AnyOf]:
    """Every `any` of a clause."""
    if isinstance(clause, doc.Not):
        yield from any_groups(clause.clause)
    elif isinstance(clause, doc.AllOf | doc.AnyOf):
        if isinstance(clause, doc.AnyOf):
            yield clause
        for each in clause.clauses:
            yield from any_groups(each)
