"""Conditions that no change of a claim makes true, because nobody has told the ruleset what they ask.

A table that is not loaded has no row, and a fact that no profile or payer states has no value: a search that waits for
one need not begin.
"""

from __future__ import annotations

from functools import cached_property

from attrs import define

from cpt_rules.fields import FIELDS
from cpt_rules.language import documents as doc
from cpt_rules.ruleset.typing import line_field
from cpt_rules.testing.reach.distance import Want
from cpt_rules.testing.reach.pools import Pools

#: Operators that hold only of a value that is there, and those that fail only for one.
_OF_SOMETHING = ("found", "is", "in", "at least", "at most", "before", "on or after", "present", "any of")
_OF_NOTHING = ("is not", "not in", "none of", "absent")


@define(eq=False, slots=False)
class Closed:
    """Says of a condition of these edits whether it can never have the truth that is wanted of it."""

    pools: Pools

    def __call__(self, leaf: doc.Leaf, want: Want) -> bool:
        operators = {"true": _OF_SOMETHING, "false": _OF_NOTHING}.get(want, ())
        return leaf.operator in operators and id(leaf) in self._empty

    @cached_property
    def _empty(self) -> frozenset[int]:
        """The conditions that ask of nothing but what nobody has told."""
        found = set()
        for edit, leaf in self.pools.leaves:
            compared = leaf.items[0] if len(leaf.items) == 1 else None
            names = [leaf.field, *([compared.name] if isinstance(compared, doc.FieldRef) else [])]
            if any(self._untold(edit, name) for name in names):
                found.add(id(leaf))
        return frozenset(found)

    def _untold(self, edit: doc.Edit, name: str) -> bool:
        head, _, fact = name.partition(".")
        if head in edit.lookup:
            return not self.pools.loaded(edit.lookup[head].table.text)
        if line_field(name) in FIELDS or head not in ("profile", "payer"):
            return False
        return fact in self.pools.ruleset.facts and not self.pools.stated(head, fact)
