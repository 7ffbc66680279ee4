"""Kleene's three truth values, and sets of values of which some may be unknown, for the reference engine."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Final

from attrs import frozen

from cpt_rules.language import documents as doc
from cpt_rules.reading import Open, Reading, Value

#: True, False, or None: nobody can tell.
Truth = bool | None


def all_of(truths: Iterable[Truth]) -> Truth:
    """Kleene's and: false if one is false, else unknown if one is unknown, else true."""
    seen = set(truths)
    return False if False in seen else None if None in seen else True


def any_of(truths: Iterable[Truth]) -> Truth:
    """Kleene's or: true if one is true, else unknown if one is unknown, else false."""
    seen = set(truths)
    return True if True in seen else None if None in seen else False


def negated(truth: Truth) -> Truth:
    return None if truth is None else not truth


@frozen
class Values:
    """A set of values of which some may be unknown.

    `holds` says of any value whether it is in the set. `listed` gives every value that is spoken of; all others have
    the one answer `rest`: False where the set is closed, None where it is open-ended.
    """

    holds: Callable[[Value], Truth]
    listed: Callable[[], frozenset[Value]]
    rest: Truth

    @property
    def uncertain(self) -> bool:
        """Whether it has an unknown part."""
        return self.rest is None or any(self.holds(x) is None for x in self.listed())

    @property
    def possible(self) -> Truth:
        """Whether anything is in it."""
        return any_of([self.rest, *(self.holds(x) for x in self.listed())])

    @property
    def shown(self) -> Reading:
        """What is surely in it, in order; `Open` where there may be more."""
        held: Sequence[Value] = sorted(x for x in self.listed() if self.holds(x))
        return Open(tuple(held)) if self.uncertain else tuple(held)


EMPTY: Final = Values(lambda x: False, frozenset, False)
NOTHING_KNOWN: Final = Values(lambda x: None, frozenset, None)


def values_of(found: Iterable[Value], rest: Truth = False) -> Values:
    """The values found; `rest` is None where there may be others."""
    members = frozenset(found)
    return Values(lambda x: True if x in members else rest, lambda: members, rest)


def span_values(span: doc.Span) -> Values:
    """Every text of the shape of `first`, digits where it has digits, from `first` to `last`."""

    def shape(text: str) -> str:
        return "".join("0" if "0" <= c <= "9" else c for c in text)

    def holds(x: Value) -> Truth:
        return isinstance(x, str) and shape(x) == shape(span.first) and span.first <= x <= span.last

    def number(text: str) -> int:
        return int("".join(c for c in text if "0" <= c <= "9"))

    def text(value: int) -> str:
        digits = iter(str(value).zfill(shape(span.first).count("0")))
        return "".join(next(digits) if c == "0" else c for c in shape(span.first))

    def listed() -> frozenset[Value]:
        return frozenset(text(each) for each in range(number(span.first), number(span.last) + 1))

    return Values(holds, listed, False)


def union(parts: Sequence[Values]) -> Values:
    """In one of the parts, by Kleene's or."""
    return Values(
        lambda x: any_of(part.holds(x) for part in parts),
        lambda: frozenset().union(*(part.listed() for part in parts)),
        any_of(part.rest for part in parts),
    )


def without(one: Values, other: Values) -> Values:
    """In the one and not in the other."""
    return Values(
        lambda x: all_of([one.holds(x), negated(other.holds(x))]),
        lambda: one.listed() | other.listed(),
        all_of([one.rest, negated(other.rest)]),
    )


def agreed(one: Values, other: Values) -> Values:
    """What both say; unknown where they differ."""

    def same(a: Truth, b: Truth) -> Truth:
        return a if a is b else None

    return Values(
        lambda x: same(one.holds(x), other.holds(x)),
        lambda: one.listed() | other.listed(),
        same(one.rest, other.rest),
    )


def certain(one: Values) -> Values:
    """What is surely in it, taken as all that is in it."""
    return Values(lambda x: one.holds(x) is True, one.listed, False)
