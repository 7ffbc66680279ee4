"""An edit on one place of a claim, as the reference engine sees it."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property

from attrs import field, frozen

from cpt_rules.engine.reference_conditions import Setting
from cpt_rules.engine.reference_edits import judge
from cpt_rules.engine.reference_knowledge import in_dates
from cpt_rules.engine.reference_places import Place
from cpt_rules.engine.reference_values import Truth, all_of
from cpt_rules.finding import Outcome
from cpt_rules.language import documents as doc
from cpt_rules.ruleset.knowledge import EditState
from cpt_rules.testing.reach.distance import Given, Part, Together


@frozen(eq=False, slots=False)
class Seen:
    """An edit, where it is looked at, what is known there, and what overlays make of it. Truths are kept."""

    edit: doc.Edit
    place: Place
    setting: Setting
    state: EditState
    _truths: dict[int, Truth] = field(factory=dict)

    def truth(self, leaf: doc.Leaf) -> Truth:
        key = id(leaf)
        if key not in self._truths:
            self._truths[key] = self.setting.truth(leaf)
        return self._truths[key]

    def holds(self, clause: doc.Clause) -> Truth:
        """Whether a clause holds, by the truths that are kept."""
        if isinstance(clause, doc.Leaf):
            return self.truth(clause)
        if isinstance(clause, doc.Not):
            truth = self.holds(clause.clause)
            return None if truth is None else not truth
        truths = {self.holds(each) for each in clause.clauses}
        decisive = isinstance(clause, doc.AnyOf)
        return decisive if decisive in truths else None if None in truths else not decisive

    @cached_property
    def givens(self) -> tuple[Given, ...]:
        """What has to hold beside the conditions."""
        edit, day = self.edit, self.setting.knowledge.day
        return (
            Given("place", None if self.place.doubts else True),
            Given("payers", self.state.runs),
            Given("dates", in_dates(day, edit.since, edit.until)),
        )

    @cached_property
    def applies(self) -> Together:
        """Everything that has to hold for the edit to apply."""
        return Together(tuple(self._applying()))

    def _applying(self) -> Iterator[tuple[Part, bool]]:
        yield from ((each, False) for each in self.givens)
        yield self.edit.when, False
        yield self.edit.unless, True
        for clause, undecided in self.state.unless:
            concerns = Given("overlay", None if undecided else True)
            yield Together(((concerns, False), (clause, False))), True

    @cached_property
    def fails(self) -> bool:
        """Whether a requirement that does not hold is a failure here; a guess where the edit does not come to that."""
        exceptions = [self.holds(self.edit.unless), *(self.holds(clause) for clause, _ in self.state.unless)]
        applies = all_of([*(each.truth for each in self.givens), self.holds(self.edit.when)])
        reached = applies is True and all(each is False for each in exceptions)
        if reached and self.holds(self.edit.require) is False:
            return judge(self.edit, self.place, self.setting).outcome is Outcome.FAIL
        severe = self.state.severity == "fail" and not self.edit.presume
        return severe or (self.edit.fail_when is not None and self.holds(self.edit.fail_when) is True)
