"""What a proposal is about: one edit that warned or failed in one place of a claim, and what it compares."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from attrs import frozen

from cpt_rules.claim import Claim
from cpt_rules.engine.reference_conditions import Setting, leaves
from cpt_rules.engine.reference_edits import Judgement
from cpt_rules.engine.reference_places import Place
from cpt_rules.engine.reference_values import Truth, Values
from cpt_rules.explanation.policy import may_change
from cpt_rules.explanation.stored import has_place, held
from cpt_rules.fields import FIELDS
from cpt_rules.language import documents as doc
from cpt_rules.reading import UNKNOWN, Open, Value
from cpt_rules.ruleset.typing import line_field

#: Of what a set lists no more are tried.
_MOST_LISTED = 80
_MOST_LINES = 60
#: Fields beside the code that an edit about the code alone may read.
_BESIDE_THE_CODE = frozenset({"line.code", "line.code_type", "claim.void"})


@frozen
class Unmet:
    """A condition that stands in the way, and the truth that is wanted of it."""

    leaf: doc.Leaf
    want: bool


@frozen
class About:
    """One edit in one place of a claim, as the reference engine judged it."""

    claim: Claim
    judgement: Judgement

    @property
    def edit(self) -> doc.Edit:
        return self.judgement.edit

    @property
    def setting(self) -> Setting:
        return self.judgement.setting

    @property
    def place(self) -> Place:
        return self.judgement.place

    def unmet(self, clause: doc.Clause, want: bool) -> Iterator[Unmet]:
        """The conditions of a clause that are not as it would need them to have this truth."""
        if self.setting.truth(clause) is want:
            return
        if isinstance(clause, doc.Leaf):
            yield Unmet(clause, want)
        elif isinstance(clause, doc.Not):
            yield from self.unmet(clause.clause, not want)
        else:
            for each in clause.clauses:
                yield from self.unmet(each, want)

    def needed(self, clause: doc.Clause) -> Iterator[doc.Leaf]:
        """The conditions of a clause that do not hold and without which it cannot."""
        if isinstance(clause, doc.AllOf):
            for each in clause.clauses:
                yield from self.needed(each)
        elif isinstance(clause, doc.Leaf) and self.setting.truth(clause) is not True:
            yield clause

    def reads(self, leaf: doc.Leaf) -> frozenset[str]:
        """The stored fields on which the truth of a condition rests."""
        return frozenset(path for name in _names(leaf) for path in self._paths(name))

    def _paths(self, name: str) -> Iterator[str]:
        head, lookup = name.partition(".")[0], self.edit.lookup.get(name.partition(".")[0])
        known = FIELDS.get(line_field(name))
        if lookup is not None:
            asked = (*lookup.keys.values(), lookup.setting)
            for item in asked:
                if isinstance(item, doc.FieldRef):
                    yield from self._paths(item.name)
        elif known is not None:
            yield from known.paths
        elif head == "profile":
            yield "line.code"

    # ---- what stands where -----------------------------------------------------------------------------------------

    def lines(self, name: str) -> Sequence[int]:
        """The places of the lines on which a name is read, or that it is worked out from."""
        own = self.place.lines
        if not own:
            return range(min(len(self.claim.lines), _MOST_LINES))
        if name.startswith("a."):
            return own[:1]
        if name.startswith("b."):
            return own[1:]
        if name.startswith("day."):
            return own[:_MOST_LINES]
        return own[:1]

    def spots(self, name: str) -> list[tuple[str, int | None]]:
        """The stored fields that a name is read from, with the lines: first where a value stands, then the claim's own."""
        found: list[tuple[str, int | None]] = []
        for path in FIELDS[line_field(name)].paths:
            if may_change(path) and has_place(self.claim, path):
                found += [(path, index) for index in self.lines(name)] if path.startswith("line.") else [(path, None)]
        empty = (None, ())
        return sorted(
            found, key=lambda spot: (held(self.claim, spot[1], spot[0]) in empty, spot[0].startswith("line."))
        )

    # ---- what it is compared with ----------------------------------------------------------------------------------

    def listed(self, leaf: doc.Leaf) -> list[Value]:
        """The values that an operand surely names: those written out, those that the remedy names, then the others."""
        written = dict.fromkeys(item.value for item in leaf.items if isinstance(item, doc.Constant))
        values = self.setting.operand(leaf.items)
        rest = [each for each in values.listed() if each not in written and values.holds(each) is True]
        rest.sort(key=lambda each: (self._named(each), str(each)))
        return [*written, *rest][:_MOST_LISTED]

    def _named(self, value: Value) -> int:
        """Where the remedy names a value; far behind where it does not."""
        found = re.search(rf"(?<!\w){re.escape(str(value))}(?!\w)", self.edit.remedy)
        return len(self.edit.remedy) if found is None else found.start()

    def in_operand(self, leaf: doc.Leaf, value: Value) -> Truth:
        return self.setting.operand(leaf.items).holds(value)

    def value(self, name: str) -> Value | None:
        """The one value of a name; None where it is absent, unknown or a list."""
        reading = self.setting.reading(name)
        return None if reading is UNKNOWN or isinstance(reading, tuple | Open) else reading

    def known_for(self, type: str) -> list[Value]:
        """What the profile of the code lists of this format, such as places of service."""
        if "line" not in self.setting.bound:
            return []
        found: dict[Value, None] = {}
        for name, fact in self.setting.knowledge.ruleset.facts.items():
            if fact.type.format == type and fact.type.many:
                values = self.setting.seen(f"profile.{name}")
                if isinstance(values, Values):
                    found |= dict.fromkeys(sorted((each for each in values.listed() if values.holds(each)), key=str))
        return list(found)

    # ---- the code --------------------------------------------------------------------------------------------------

    @property
    def of_the_code_alone(self) -> bool:
        """Whether the edit looks at nothing of the claim but the code, so that another code may be what is due."""
        edit, names = self.edit, set[str]()
        for clause in (edit.when, edit.unless, edit.require):
            for leaf in leaves(clause):
                names |= _names(leaf)
        for lookup in edit.lookup.values():
            names |= {item.name for item in lookup.keys.values() if isinstance(item, doc.FieldRef)}
        own = {name for name in names if line_field(name) in FIELDS}
        return own <= _BESIDE_THE_CODE and "line.code" in own


def _names(leaf: doc.Leaf) -> set[str]:
    """The fields, facts and columns that a condition names."""
    return {leaf.field, *(item.name for item in leaf.items if isinstance(item, doc.FieldRef))}
