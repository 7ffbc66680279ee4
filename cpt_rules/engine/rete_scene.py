"""What the rete engine reads conditions with: the reference engine's own reading, remembered.

Nothing here means anything. A set is made up once for each way in which documents make it up, a look-up is asked once
in each place; the answers are those of `reference_knowledge`, `reference_lookups` and `reference_conditions`.
"""

from __future__ import annotations

from collections.abc import Iterable

from attrs import define, field, frozen

from cpt_rules.engine.reference_conditions import Setting, field_of
from cpt_rules.engine.reference_knowledge import Knowledge, Trace
from cpt_rules.engine.reference_lookups import Answer
from cpt_rules.engine.reference_values import Truth, Values, union, values_of
from cpt_rules.fields import RESOLVED_FIELDS
from cpt_rules.language import documents as doc
from cpt_rules.reading import Field, Value
from cpt_rules.ruleset.ruleset import PROFILES_SET

#: How many sets, and operands without sets, are kept; and how many truths of conditions.
MAX_KEPT = 4096
MAX_TRUTHS = 20_000


@define(eq=False)
class Memory:
    """What one engine has made up. The keys hold `id`\\ s of parts of its ruleset, which lives as long."""

    sets: dict[object, Values] = field(factory=dict)
    operands: dict[int, Values] = field(factory=dict)
    truths: dict[tuple[object, ...], Truth] = field(factory=dict)
    plain: dict[int, Field | None] = field(factory=dict)
    versions: dict[object, int] = field(factory=dict)


@frozen(eq=False)
class Remembered(Knowledge):
    """`Knowledge` that remembers sets. `told` is shared by all days between which nothing changes."""

    memory: Memory
    told: dict[tuple[object, ...], object]

    def set_values(self, id: str, presumed: bool = False) -> Values:
        key = ("values", id, presumed)
        found = self.told.get(key)
        if found is None:
            parts = (presumed, self._made_of(id))
            found = self.memory.sets.get(parts)
            if found is None:
                if len(self.memory.sets) >= MAX_KEPT:
                    self.memory.sets = {}
                found = self.memory.sets[parts] = kept(super().set_values(id, presumed))
            self.told[key] = found
        assert isinstance(found, Values)
        return found

    def _made_of(self, name: str) -> tuple[object, ...]:
        """What decides of the members of a set: its values and changes in force, and the sets that they name."""
        if name == PROFILES_SET:
            return (name,)
        key = ("made of", name)
        found = self.told.get(key)
        if found is None:
            entry, complete = self._set(name), self.ruleset.sets[name].complete
            items = [entry.items, *(each.items for each in entry.changes)]
            changes = tuple((each.place, bool(each.link.undecided), each.sign) for each in entry.changes)
            named = [item.id for each in items for item in each or () if isinstance(item, doc.SetRef)]
            named += [complete.id] if isinstance(complete, doc.SetRef) else []
            parts = tuple(None if each is None else id(each) for each in items)
            found = self.told[key] = (name, parts, changes, tuple(self._made_of(each) for each in named))
        assert isinstance(found, tuple)
        return found

    def version(self, leaf: doc.Leaf, presumed: frozenset[str]) -> int:
        """A number for what the sets that a condition names are made of; the same sets, the same number."""
        key = ("version", id(leaf), presumed)
        found = self.told.get(key)
        if found is None:
            named = [item.id for item in leaf.items if isinstance(item, doc.SetRef)]
            made_of = tuple((self._made_of(each), each in presumed) for each in named)
            versions = self.memory.versions
            found = self.told[key] = versions.setdefault(made_of, len(versions))
        assert isinstance(found, int)
        return found

    def listing(self, items: Iterable[doc.Item]) -> Values:
        """The values that items name, constants looked for together."""
        held = tuple(items)
        constants = values_of([item.value for item in held if isinstance(item, doc.Constant)])
        return union([constants, *(self._item(item) for item in held if not isinstance(item, doc.Constant))])

    def set_traces(self, id: str) -> list[Trace]:
        key = ("traces", id)
        found = self.told.get(key)
        if found is None:
            found = self.told[key] = super().set_traces(id)
        assert isinstance(found, list)
        return found


def kept(values: Values) -> Values:
    """The same values; what is listed is worked out once, when it is asked for."""
    found: list[frozenset[Value]] = []

    def listed() -> frozenset[Value]:
        if not found:
            found.append(values.listed())
        return found[0]

    return Values(values.holds, listed, values.rest)


@frozen(eq=False)
class Scene(Setting):
    """One edit in one place, as a `Setting` that remembers what its look-ups found; `asked` is shared by a claim's."""

    asked: dict[tuple[object, ...], Answer | None]
    _answers: dict[str, Answer | None] = field(factory=dict)

    def answer(self, name: str) -> Answer | None:
        alias = name.partition(".")[0]
        lookup = self.lookups.get(alias)
        if lookup is None:
            return None
        if alias not in self._answers:
            items = [lookup.setting, *lookup.keys.values()]
            held = [self.reading(item.name) for item in items if isinstance(item, doc.FieldRef)]
            key = (id(lookup), self.knowledge.day, *held)
            if key not in self.asked:
                if len(self.asked) >= MAX_KEPT:
                    self.asked.clear()
                self.asked[key] = super().answer(name)
            self._answers[alias] = self.asked[key]
        return self._answers[alias]

    def truth(self, clause: doc.Clause) -> Truth:
        """As `Setting`; that of a condition on a field alone is remembered by what the field holds."""
        if not isinstance(clause, doc.Leaf):
            return super().truth(clause)
        assert isinstance(self.knowledge, Remembered)
        memory = self.knowledge.memory
        if id(clause) not in memory.plain:
            memory.plain[id(clause)] = self._plain(clause)
        plain = memory.plain[id(clause)]
        if plain is None:
            return super().truth(clause)
        reading = plain.read(self.view, self.bound.get(clause.field.partition(".")[0]))
        key = (id(clause), self.knowledge.version(clause, self.presumed), reading)
        truths = memory.truths
        if key not in truths:
            if len(truths) >= MAX_TRUTHS:
                memory.truths = truths = {}
            truths[key] = super().truth(clause)
        return truths[key]

    def _plain(self, leaf: doc.Leaf) -> Field | None:
        """The field of a condition that names nothing else but sets, and whose values are equal only if written alike."""
        if leaf.field in RESOLVED_FIELDS or any(isinstance(item, doc.FieldRef) for item in leaf.items):
            return None
        if leaf.field.partition(".")[0] in self.lookups:
            return None
        found = field_of(leaf.field)
        return None if found is None or (leaf.operator == "is a" and found.type == "number") else found

    def operand(self, items: Iterable[doc.Item]) -> Values:
        held = tuple(items)
        if len(held) == 1 and isinstance(held[0], doc.SetRef):
            return self.named_set(held[0])
        if any(isinstance(item, doc.SetRef | doc.FieldRef) for item in held):
            return super().operand(held)
        assert isinstance(self.knowledge, Remembered)
        operands = self.knowledge.memory.operands
        key = id(items)
        found = operands.get(key)
        if found is None:
            if len(operands) >= MAX_KEPT:
                operands.clear()
            found = operands[key] = kept(super().operand(held))
        return found
