"""Three-valued sets: what is surely in, surely out, and what nobody can say."""

from __future__ import annotations

from attrs import frozen

from cpt_rules.reading import UNKNOWN, Open, Reading, Value

Truth = bool | None


@frozen(cache_hash=True)
class Members:
    """A set of values, known in part.

    `inside` and `outside` are certain. Of anything else: it is in if one of `parts` says so; unknown if a part says
    unknown, or if one of `gaps` does not exclude it (a gap is None, or the set of values about which there is no
    gap); else out. With `either`, both views must agree, else it is unknown.
    """

    inside: frozenset[Value] = frozenset()
    outside: frozenset[Value] = frozenset()
    gaps: tuple[Members | None, ...] = ()
    parts: tuple[Members, ...] = ()
    either: tuple[Members, Members] | None = None

    def contains(self, value: Value) -> Truth:
        if value in self.inside:
            return True
        if value in self.outside:
            return False
        if self.either is not None:
            one, other = (each.contains(value) for each in self.either)
            return one if one is other else None
        found: Truth = False
        for part in self.parts:
            truth = part.contains(value)
            if truth:
                return True
            if truth is None:
                found = None
        if found is False and any(gap is None or gap.contains(value) is not True for gap in self.gaps):
            return None
        return found

    @property
    def open_ended(self) -> bool:
        """Whether values that nobody listed may be in."""
        if self.either is not None:
            return any(each.open_ended for each in self.either)
        return bool(self.gaps) or any(part.open_ended for part in self.parts)

    @property
    def mentioned(self) -> frozenset[Value]:
        """Every value about which anything is said."""
        found = self.inside | self.outside
        for each in (*self.parts, *(self.either or ())):
            found |= each.mentioned
        return found

    @property
    def sure(self) -> frozenset[Value]:
        if not self.parts and self.either is None:
            return self.inside
        return frozenset(value for value in self.mentioned if self.contains(value))

    @property
    def possible(self) -> frozenset[Value]:
        """The mentioned values that may be in."""
        return frozenset(value for value in self.mentioned if self.contains(value) is not False)

    @property
    def certain(self) -> bool:
        """Whether of every value it is known whether it is in."""
        return not self.open_ended and self.possible == self.sure

    @property
    def available(self) -> bool:
        """Whether anything is known at all."""
        return not self.open_ended or any(self.contains(value) is not None for value in self.mentioned)


NOTHING = Members()
ANYTHING = Members(gaps=(None,))


def members_of(reading: Reading) -> Members:
    """A reading as the set of its values; an absent one is empty."""
    if reading is None:
        return NOTHING
    if reading is UNKNOWN:
        return ANYTHING
    if isinstance(reading, Open):
        return Members(frozenset(reading.known), gaps=(None,))
    if isinstance(reading, tuple):
        return Members(frozenset(reading))
    return Members(frozenset((reading,)))


def union(parts: tuple[Members, ...]) -> Members:
    if len(parts) == 1:
        return parts[0]
    if all(not part.parts and part.either is None and not part.gaps for part in parts):
        return Members(frozenset().union(*(part.inside for part in parts)))
    return Members(parts=parts)


def either(one: Members, other: Members) -> Members:
    return one if one == other else Members(either=(one, other))


def any_of(one: Members, other: Members) -> Truth:
    """Whether a value is in both."""
    mentioned = one.mentioned | other.mentioned
    truths = [(one.contains(value), other.contains(value)) for value in mentioned]
    if (True, True) in truths:
        return True
    if any(a is not False and b is not False for a, b in truths) or (one.open_ended and other.open_ended):
        return None
    return False


def subset(one: Members, other: Members) -> Truth:
    """Whether every value of `one` is in `other`."""
    truths = [(one.contains(value), other.contains(value)) for value in one.mentioned]
    if (True, False) in truths:
        return False
    if not one.open_ended and all(b is True for a, b in truths if a is not False):
        return True
    return None


def not_empty(one: Members) -> Truth:
    if one.sure:
        return True
    return None if one.open_ended or one.possible else False
