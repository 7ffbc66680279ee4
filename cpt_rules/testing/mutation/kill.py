"""Whether an inline test fails on a mutant."""

from __future__ import annotations

from collections.abc import Iterator

from attrs import define, evolve, field

from cpt_rules.ruleset.ruleset import Ruleset
from cpt_rules.testing.inline import InlineTest, InlineTests
from cpt_rules.testing.mutation.mutant import Mutant


@define(eq=False)
class Tests:
    """The inline tests of a ruleset by the edit they are about."""

    __test__ = False

    ruleset: Ruleset
    _of: dict[str, list[InlineTest]] = field(factory=dict)

    def __attrs_post_init__(self) -> None:
        for each in InlineTests(self.ruleset):
            self._of.setdefault(each.edit.edit.text, []).append(each)
        for some in self._of.values():  # those that suppose something take longer
            some.sort(key=lambda each: bool(each.test.given.knowledge or each.test.given.rows))

    def of(self, edit: str) -> tuple[InlineTest, ...]:
        return tuple(self._of.get(edit, ()))

    def killer(self, mutant: Mutant) -> InlineTest | None:
        """The first test that fails on the mutant, of the edits that it concerns; None: it survives."""
        tests = InlineTests(mutant.ruleset)
        for each in self._concerned(mutant):
            if not tests.run(evolve(each, edit=tests.ruleset.edits[each.edit.edit.text])).passed:
                self._first(each)
                return each
        return None

    def _concerned(self, mutant: Mutant) -> Iterator[InlineTest]:
        for edit in mutant.edits:
            yield from self.of(edit)

    def _first(self, test: InlineTest) -> None:
        """What told one mutant may tell the next: it is asked earlier."""
        own = self._of[test.edit.edit.text]
        own.remove(test)
        own.insert(0, test)
