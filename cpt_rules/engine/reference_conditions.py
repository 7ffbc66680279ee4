"""Conditions of the reference engine: what a field reads on a line, and whether a condition on it holds."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from typing import cast

from attrs import frozen

from cpt_rules import finding
from cpt_rules.claim import Line
from cpt_rules.engine.reference_knowledge import Entry, Knowledge, Trace
from cpt_rules.engine.reference_lookups import Answer, ask
from cpt_rules.engine.reference_values import (
    EMPTY,
    NOTHING_KNOWN,
    Truth,
    Values,
    all_of,
    any_of,
    negated,
    union,
    values_of,
)
from cpt_rules.fields import FIELDS
from cpt_rules.formats import FORMATS
from cpt_rules.language import documents as doc
from cpt_rules.reading import UNKNOWN, Field, Open, Reading, Value, View
from cpt_rules.ruleset.payers import PayerMatch


@frozen
class Setting:
    """One edit's view of what it is judged on. `bound` has the lines by the first word of the fields read on them."""

    knowledge: Knowledge
    view: View
    bound: Mapping[str, Line]
    match: PayerMatch
    presumed: frozenset[str]
    lookups: Mapping[str, doc.Lookup]

    # ---- fields

    def reading(self, name: str) -> Reading:
        """What a field, a fact or what a look-up found holds, as a finding shows it."""
        answer = self.answer(name)
        if answer is not None:
            return answer.reading(_fact(name))
        if field_of(name) is not None:
            return self._catalogue(name)
        if name == "profile.label":
            profile = self.knowledge.ruleset.profiles.get(self._code() or "")
            return profile.label if profile else None
        seen = self._fact_seen(name)
        return seen.shown if isinstance(seen, Values) else seen

    def seen(self, name: str) -> Reading | Values:
        """What a condition sees: a scalar's reading, or the members of a list."""
        if field_of(name) is None and self.answer(name) is None:
            return self._fact_seen(name)
        reading = self.reading(name)
        return _members(reading) if isinstance(reading, tuple | Open) else reading

    def _fact_seen(self, name: str) -> Reading | Values:
        entry, many = self.entry(name), self.knowledge.ruleset.facts[_fact(name)].type.many
        if many:
            return NOTHING_KNOWN if entry is None else self.knowledge.list_fact(entry)
        return UNKNOWN if entry is None else self.knowledge.scalar_fact(entry)

    def _catalogue(self, name: str) -> Reading:
        resolved = {
            "claim.payer": self.match.payer,
            "payer.line_of_business": self.match.line_of_business,
            "payer.plan": self.match.plan,
        }
        if name in resolved:
            found = resolved[name]
            return UNKNOWN if found is None else found
        field, bound = field_of(name), self.bound.get(name.partition(".")[0])
        assert field is not None
        return field.read(self.view, bound)

    def _code(self) -> str | None:
        code = self._catalogue("line.code") if "line" in self.bound else None
        return code if isinstance(code, str) else None

    def entry(self, name: str) -> Entry | None:
        """The documents' word on a fact; None for a field, and for the profile of a code that is not known."""
        if field_of(name) is not None:
            return None
        if name.startswith("profile."):
            code = self._code()
            return None if code is None else self.knowledge.profile_fact(code, _fact(name))
        return self.knowledge.payer_fact(self.match.payer, _fact(name))

    def answer(self, name: str) -> Answer | None:
        """What the look-up found that a name speaks of: its alias, or ``ALIAS.COLUMN``; None for other names."""
        lookup = self.lookups.get(name.partition(".")[0])
        return None if lookup is None else ask(lookup, self.knowledge, self.reading)

    # ---- operands

    def named_set(self, ref: doc.SetRef) -> Values:
        return self.knowledge.set_values(ref.id, ref.id in self.presumed)

    def operand(self, items: Iterable[doc.Item]) -> Values:
        """The values that the items of an operand name. An absent field names none."""
        return union([self._item(item) for item in items])

    def _item(self, item: doc.Item) -> Values:
        if isinstance(item, doc.SetRef):
            return self.named_set(item)
        if isinstance(item, doc.FieldRef):
            seen = self.seen(item.name)
            return seen if isinstance(seen, Values) else _members(seen)
        return self.knowledge.listing([item])

    # ---- truth

    def truth(self, clause: doc.Clause) -> Truth:
        """Whether the clause holds."""
        if isinstance(clause, doc.AllOf):
            return all_of(self.truth(each) for each in clause.clauses)
        if isinstance(clause, doc.AnyOf):
            return any_of(self.truth(each) for each in clause.clauses)
        if isinstance(clause, doc.Not):
            return negated(self.truth(clause.clause))
        seen = self.seen(clause.field)
        return self._list_truth(clause, seen) if isinstance(seen, Values) else self._scalar_truth(clause, seen)

    def _scalar_truth(self, leaf: doc.Leaf, seen: Reading) -> Truth:
        match leaf.operator:
            case "available":
                return seen is not UNKNOWN
            case "found":
                return None if seen is UNKNOWN else seen is True
            case "present":
                return None if seen is UNKNOWN else seen is not None
            case "absent":
                return None if seen is UNKNOWN else seen is None
            case "is a":
                return None if seen is UNKNOWN else seen is not None and _has_format(leaf, cast(Value, seen))
            case "is" | "in":
                return _among(seen, self.operand(leaf.items))
            case "is not" | "not in":
                return negated(_among(seen, self.operand(leaf.items)))
            case _:
                (item,) = leaf.items
                other = self.seen(item.name) if isinstance(item, doc.FieldRef) else cast(doc.Constant, item).value
                return _compared(leaf.operator, seen, cast(Reading, other))

    def _list_truth(self, leaf: doc.Leaf, seen: Values) -> Truth:
        match leaf.operator:
            case "available":
                told = any(seen.holds(x) is not None for x in seen.listed())
                return told or seen.rest is False
            case "present":
                return seen.possible
            case "absent":
                return negated(seen.possible)
            case "is a":
                matching = Values(lambda x: _has_format(leaf, x), frozenset, None)
                return _within(seen, matching)
            case "any of":
                return _meet(seen, self.operand(leaf.items))
            case "none of":
                return negated(_meet(seen, self.operand(leaf.items)))
            case "only":
                return _within(seen, self.operand(leaf.items))
            case _:
                return _within(self.operand(leaf.items), seen)

    # ---- what is missing, what it rests on

    def missing(self, leaf: doc.Leaf) -> list[str]:
        """What would have to be known to decide an unknown condition; at least the field."""
        seen = self.seen(leaf.field)
        names = self._unknown(leaf.field) if _uncertain(seen) else []
        for item in leaf.items:
            if isinstance(item, doc.SetRef) and self._set_is_missing(leaf, seen, self.named_set(item)):
                names.append(f"set.{item.id}")
            elif isinstance(item, doc.FieldRef) and _uncertain(self.seen(item.name)):
                names += self._unknown(item.name)
        return names or self._unknown(leaf.field)

    def _unknown(self, name: str) -> list[str]:
        answer = self.answer(name)
        return [name] if answer is None else answer.missing

    def _set_is_missing(self, leaf: doc.Leaf, seen: Reading | Values, named: Values) -> bool:
        if leaf.operator == "has all":
            return named.uncertain
        members = seen if isinstance(seen, Values) else EMPTY if seen is UNKNOWN else _members(seen)
        return any(named.holds(x) is None for x in members.listed() if members.holds(x) is not False)

    def traces(self, leaf: doc.Leaf) -> list[Trace]:
        """The values in force that a condition names, in order: its field, then its operand."""
        found = self._traces(leaf.field)
        for item in leaf.items:
            if isinstance(item, doc.SetRef):
                found += self.knowledge.set_traces(item.id)
            elif isinstance(item, doc.FieldRef):
                found += self._traces(item.name)
        return found

    def answers(self, leaf: doc.Leaf) -> list[Answer]:
        """What the look-ups found that a condition names."""
        found = [
            self.answer(name) for name in (leaf.field, *(i.name for i in leaf.items if isinstance(i, doc.FieldRef)))
        ]
        return [answer for answer in found if answer is not None]

    def _traces(self, name: str) -> list[Trace]:
        answer = self.answer(name)
        if answer is not None:
            return answer.traces
        entry = self.entry(name)
        return [] if entry is None else self.knowledge.fact_traces(entry)


def leaves(clause: doc.Clause | None) -> Iterator[doc.Leaf]:
    """The conditions of a clause in document order."""
    if isinstance(clause, doc.Leaf):
        yield clause
    elif isinstance(clause, doc.Not):
        yield from leaves(clause.clause)
    elif clause is not None:
        for each in clause.clauses:
            yield from leaves(each)


def field_of(name: str) -> Field | None:
    """The field of the catalogue that a name stands for; ``a.X`` and ``b.X`` are ``line.X`` of the lines of a pair."""
    return FIELDS.get(f"line.{name[2:]}" if name.startswith(("a.", "b.")) else name)


def _fact(name: str) -> str:
    return name.partition(".")[2]


def _members(reading: Reading) -> Values:
    """The values of a field as a set: none where it is absent, anything where it is unknown."""
    if reading is UNKNOWN:
        return NOTHING_KNOWN
    if isinstance(reading, Open):
        return values_of(reading.known, rest=None)
    if reading is None:
        return EMPTY
    return values_of(reading if isinstance(reading, tuple) else [reading])


def _uncertain(seen: Reading | Values) -> bool:
    return seen.uncertain if isinstance(seen, Values) else seen is UNKNOWN


def _among(seen: Reading, operand: Values) -> Truth:
    if seen is None:
        return False
    if seen is UNKNOWN:  # false only where nothing at all can be in the operand
        return None if operand.possible is not False else False
    return operand.holds(cast(Value, seen))


def _compared(operator: str, one: Reading, other: Reading) -> Truth:
    """An absent side equals and precedes nothing, whatever the other side would be."""
    if one is None or other is None:
        return False
    if one is UNKNOWN or other is UNKNOWN:
        return None
    a, b = cast(Decimal, one), cast(Decimal, other)
    match operator:
        case "at least" | "on or after":
            return a >= b
        case "at most":
            return a <= b
        case _:
            return a < b


def _meet(one: Values, other: Values) -> Truth:
    """Whether some value is in both."""
    # Beyond what a closed set lists nothing is in it, and so in both.
    worth = one.listed() if one.rest is False else one.listed() | other.listed()
    return any_of([all_of([one.rest, other.rest]), *(all_of([one.holds(x), other.holds(x)]) for x in worth)])


def _within(one: Values, other: Values) -> Truth:
    """Whether every value of the one is in the other. Nothing lists all values, so an open-ended one is never surely within."""
    listed = all_of(any_of([negated(one.holds(x)), other.holds(x)]) for x in one.listed())
    return all_of([listed, any_of([negated(one.rest), other.rest])])


def _has_format(leaf: doc.Leaf, value: Value) -> bool:
    (item,) = leaf.items
    name = cast(doc.Constant, item).value
    return FORMATS[cast(str, name)].matches(finding.shown(value))
