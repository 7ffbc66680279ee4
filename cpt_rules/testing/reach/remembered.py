"""What the reference engine knows on a day, remembered: the same answers, worked out once.

A search for claims asks the same sets ten thousand times; the meaning stays that of the reference engine.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property, lru_cache

from attrs import field, frozen

from cpt_rules.engine.reference_conditions import Setting
from cpt_rules.engine.reference_knowledge import Knowledge
from cpt_rules.engine.reference_values import Truth, Values, any_of, span_values, union, values_of
from cpt_rules.language import documents as doc
from cpt_rules.language.problems import Mark
from cpt_rules.reading import Value
from cpt_rules.ruleset import knowledge
from cpt_rules.ruleset.knowledge import EditState
from cpt_rules.ruleset.payers import PayerMatch


@frozen(eq=False)
class Remembered(Knowledge):
    """Knowledge that keeps what its sets hold."""

    operands: dict[object, Values] = field(factory=dict)
    _plain: list[knowledge.Knowledge] = field(factory=list)
    _sets: dict[tuple[str, bool], Values] = field(factory=dict)

    def set_values(self, id: str, presumed: bool = False) -> Values:
        key = (id, presumed)
        if key not in self._sets:
            self._sets[key] = Kept.of(super().set_values(id, presumed))
        return self._sets[key]

    def edit_state(self, edit: doc.Edit, match: PayerMatch) -> EditState:
        """What the chain of overlays makes of an edit on the day, for a payer with this chain."""
        if not self._plain:
            self._plain.append(knowledge.Knowledge(self.ruleset, match, self.links, self.day))
        return self._plain[0].edit(edit)

    def listing(self, items: Iterable[doc.Item]) -> Values:
        items = tuple(items)
        written = [item.value for item in items if isinstance(item, doc.Constant)]
        spans = [_span(item.first, item.last) for item in items if isinstance(item, doc.Span)]
        named = [self.set_values(item.id) for item in items if isinstance(item, doc.SetRef)]
        return union([values_of(written), *spans, *named])


@frozen
class RememberedSetting(Setting):
    """A setting whose knowledge keeps the operands that no field of the claim is part of."""

    def operand(self, items: Iterable[doc.Item]) -> Values:
        items = tuple(items)
        if not isinstance(self.knowledge, Remembered) or any(isinstance(item, doc.FieldRef) for item in items):
            return super().operand(items)
        key = (items, self.presumed)
        kept = self.knowledge.operands.get(key)
        if kept is None:
            kept = self.knowledge.operands[key] = Kept.of(super().operand(items))
        return kept


@frozen(eq=False, slots=False)
class Kept(Values):
    """The same set, every answer kept."""

    @classmethod
    def of(cls, values: Values) -> Kept:
        truths: dict[Value, Truth] = {}
        lists: list[frozenset[Value]] = []

        def holds(value: Value) -> Truth:
            if value not in truths:
                truths[value] = values.holds(value)
            return truths[value]

        def listed() -> frozenset[Value]:
            if not lists:
                lists.append(values.listed())
            return lists[0]

        return cls(holds, listed, values.rest)

    @cached_property
    def possible(self) -> Truth:
        return any_of([self.rest, *map(self.holds, self.listed())])


@lru_cache(maxsize=1000)
def _span(first: str, last: str) -> Values:
    return Kept.of(span_values(doc.Span(first, last, mark=Mark("", 1, 1))))
