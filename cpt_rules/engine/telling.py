"""What findings of a plan say, kept by what it rests on: what was seen, what was missing, on whose word."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Generic, TypeVar, cast

from attrs import frozen

from cpt_rules.claim import Claim, Line
from cpt_rules.engine.binding import catalogued, is_fact
from cpt_rules.engine.detail import Scene, named, rest_of, seen_of, unknown_of
from cpt_rules.engine.expressions import reader_of, truths_of
from cpt_rules.engine.prepare import Bound, Plan
from cpt_rules.engine.remember import Key, Memos, Read, Remembered
from cpt_rules.fields import RESOLVED_FIELDS
from cpt_rules.finding import Asked, Citation
from cpt_rules.language import documents as doc
from cpt_rules.reading import Reading, View
from cpt_rules.tables.edition import ALWAYS, Span

T = TypeVar("T")
Values = tuple[tuple[str, Reading], ...]
#: The values of what is no stored or derived field, the sources, whether one is past its review, the editions asked.
Rest = tuple[Values, tuple[Citation, ...], bool, tuple[Asked, ...]]


@frozen(eq=False)
class Told(Generic[T]):
    """Something about a plan that is the same wherever certain fields, and the day if `dated`, are the same."""

    read: Read
    dated: bool
    kept: Remembered[T]

    def of(self, claim: Claim, line: Line | None, view: View, other: Line | None, day: dt.date | None) -> T:
        key = self.read(claim, line, view, other)
        found = self.kept.get(key)
        if not self.dated:
            return (found or self.kept.fresh(key, ALWAYS[0], claim, line, view, other))[2]
        if found is None or day is None or not found[0] <= day <= found[1]:
            found = self.kept.fresh(key, day, claim, line, view, other)
        return found[2]


@frozen(eq=False)
class Telling:
    """How the findings of a plan are put together, for claims whose feed cannot carry the same fields."""

    names: tuple[str, ...]
    read: Read
    rest: Told[Rest] | None
    plain: tuple[bool, ...]

    @classmethod
    def of(cls, plan: Plan, unknown: frozenset[str], memos: Memos) -> Telling:
        names = named(plan)
        binding = plan.prepared.binding
        plain = tuple(
            not binding.is_found(name) and not is_fact(name) and name not in RESOLVED_FIELDS for name in names
        )
        looked_up = bool(plan.prepared.edit.lookup)
        rest = None
        if looked_up or not all(plain):
            others = tuple(name for name, easy in zip(names, plain, strict=True) if not easy)
            keys = [*("line.code" for name in others if is_fact(name)), *_keys(plan, plan.prepared.edit.lookup)]

            def compute(
                key: Key, day: dt.date | None, claim: Claim, line: Line | None, view: View, other: Line | None
            ) -> tuple[Rest, Span]:
                scene = Scene(view, plan.prepared.context.knowledge.match, line, other)
                seen = tuple((name, seen_of(plan, name, scene)) for name in others)
                return (seen, *rest_of(plan, scene)), binding.span(view, line, other) if looked_up else ALWAYS

            rest = Told(_reading(keys, plan, unknown, memos), looked_up, memos.new(compute))
        easy = [name for name, each in zip(names, plain, strict=True) if each]
        return cls(names, _reading(easy, plan, unknown, memos), rest, plain)

    def told(
        self, plan: Plan, claim: Claim, line: Line | None, view: View, other: Line | None, day: dt.date | None
    ) -> Rest:
        """Everything seen, the sources, whether one is past its review, the editions asked."""
        key = self.read(claim, line, view, other)
        if self.rest is None:
            return tuple(zip(self.names, key, strict=True)), plan.sources, plan.stale, ()
        others, sources, stale, asked = self.rest.of(claim, line, view, other, day)
        if not others:
            return tuple(zip(self.names, key, strict=True)), sources, stale, asked
        if not key:
            return others, sources, stale, asked
        plain, rest = iter(key), iter(others)
        values = tuple(
            [(name, next(plain)) if e else next(rest) for name, e in zip(self.names, self.plain, strict=True)]
        )
        return values, sources, stale, asked


def missing_of(plan: Plan, unknown: frozenset[str], memos: Memos) -> Told[tuple[str, ...]]:
    """What was missing of an edit that is not checked.

    Where the truth of each condition tells what is missing, it is kept by that; else by what the conditions read.
    """
    doubtful = [(bound, bound.fold(plan.code)) for bound in _doubtful(plan, unknown)]
    plain = all(not bound.by_claim or _says(bound, plan, unknown) for bound, _ in doubtful)
    names: list[str] = []
    dated = False
    for bound, _ in doubtful:
        if bound.by_code and not (plain and bound.by_claim):
            names.append("line.code")
        for name in (bound.leaf.field, *bound.refs) if bound.by_claim and not plain else ():
            if plan.prepared.binding.is_found(name):
                dated = True
                names += _keys(plan, [name])
            elif not is_fact(name) and name not in RESOLVED_FIELDS:
                names.append(name)

    def compute(
        key: Key, day: dt.date | None, claim: Claim, line: Line | None, view: View, other: Line | None
    ) -> tuple[tuple[str, ...], Span]:
        scene = Scene(view, plan.prepared.context.knowledge.match, line, other)
        span = plan.prepared.binding.span(view, line, other) if dated else ALWAYS
        return unknown_of(plan, scene), span

    if plain and doubtful:
        trees = tuple([tree for bound, tree in doubtful if bound.by_claim])
        read = truths_of(trees, tuple(dict.fromkeys(names)), plan.prepared.binding, unknown, memos)
        return Told(read, False, memos.new(compute))
    return Told(_reading(names, plan, unknown, memos), dated, memos.new(compute))


def _says(bound: Bound, plan: Plan, unknown: frozenset[str]) -> bool:
    """Whether the truth of a condition on the claim tells what makes it unknown: there is but one thing that can."""
    binding = plan.prepared.binding
    named = {f"set.{item.id}" for item in bound.leaf.items if isinstance(item, doc.SetRef)}
    for name in (bound.leaf.field, *bound.refs):
        known = catalogued(name)
        if binding.is_found(name):
            keys = [catalogued(each) for each in binding.key_names(name)]
            if not all(each is not None and unknown.isdisjoint(each.paths) for each in keys):
                return False
            named.add(f"table.{plan.prepared.edit.lookup[name.partition('.')[0]].table.text}")
        elif known is None or name in RESOLVED_FIELDS or not unknown.isdisjoint(known.paths):
            named.add(name)
    return len(named) <= 1


def _doubtful(plan: Plan, unknown: frozenset[str]) -> Iterator[Bound]:
    """The conditions of which it may depend on the claim, or on its code, what makes them unknown."""
    state = plan.prepared.state
    for part, bounds in plan.prepared.parts.items():
        if part == "fail when":
            continue
        every = part.startswith("extra ") and bool(state.unless[int(part.removeprefix("extra "))][1])
        for bound in bounds:
            names = (bound.leaf.field, *bound.refs)
            fields = [None if name in RESOLVED_FIELDS else catalogued(name) for name in names]
            known = all(each is not None and unknown.isdisjoint(each.paths) for each in fields)
            if (
                every
                or (bound.by_claim and not (bound.fixed.certain and known))
                or (bound.by_code and (bound.refs or len(bound.sets) > 1 or "line.code" in unknown))
            ):
                yield bound


def _keys(plan: Plan, names: object) -> list[str]:
    """The fields on which look-ups rest; for facts of a code the code stands."""
    found: list[str] = []
    for alias in cast("list[str]", names):
        for name in plan.prepared.binding.key_names(alias):
            if is_fact(name):
                found.append("line.code")
            elif name not in RESOLVED_FIELDS:
                found.append(name)
    return found


def _reading(names: list[str], plan: Plan, unknown: frozenset[str], memos: Memos) -> Read:
    """A function that reads fields, each once or as often as named, from a claim whose feed cannot carry `unknown`."""
    on_claim = plan.prepared.edit.each == "claim"  # where nothing rests on a code
    asked = tuple([name for name in names if not (on_claim and name == "line.code")])
    return memos.reader(asked, unknown, reader_of)
