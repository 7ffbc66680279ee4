"""Every failing inline test of the bundled rulesets: which get a proposal, which do not, and why not."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from attrs import evolve, frozen
from hypothesis import given, settings
from hypothesis import strategies as st

from cpt_rules import Claim, Engine, Line, Outcome, load_ruleset
from cpt_rules.explanation import Explanation, explain
from cpt_rules.explanation.search import closure
from cpt_rules.testing.inline import InlineTests, Situation
from tests.explanation.test_property import facts_stay, outcome_of


@frozen
class Failing:
    """An inline test that expects a warning or a failure."""

    name: str
    edit: str
    index: int | None
    on: Situation

    def explained(self, claim: Claim, engine: Engine) -> list[Explanation]:
        return [each for each in explain(engine, claim, self.index, edits=[self.edit]) if each.advice is not None]

    def whole_engine(self, engines: dict[object, Engine]) -> Engine:
        """An engine of every edit; those of the bundled rulesets as they are serve many tests."""
        key = (id(self.on.ruleset), self.on.as_of, self.on.client)
        if key not in engines:
            engines[key] = self.engine(whole=True)
        return engines[key]

    def engine(self, *, whole: bool, kind: str = "direct") -> Engine:
        select = None if whole else closure(self.on.ruleset, self.on.ruleset.edits[self.edit])
        return Engine(self.on.ruleset, kind=kind, as_of=self.on.as_of, client=self.on.client, select=select)  # type: ignore[arg-type]


def _failing() -> Iterator[Failing]:
    tests = InlineTests(load_ruleset())
    for each in tests:
        if each.test.expect in ("warn", "fail"):
            edit = each.edit.edit.text
            yield Failing(f"{edit}::{each.test.name}", edit, tests.place(each), tests.situation(each))


FAILING = tuple(_failing())
NONE = "no change of one or two fields that may be proposed makes it pass"
DIAGNOSES = "it is about diagnoses, which are what the record says, and are never proposed"
PAYER_SETUP = "it is not the claim that lacks something, but the payer documents of the ruleset"


def test_what_gets_a_proposal() -> None:
    """Every failing test of every edit gets a change of one field, but for those that docs/explain.md argues."""
    none: set[tuple[str, str]] = set()
    line_off: set[str] = set()
    engines: dict[object, Engine] = {}
    for each in FAILING:
        (found, *_) = each.explained(each.on.claim, each.whole_engine(engines))
        assert found.advice is not None
        best = found.advice.best
        if best is None:
            none.add((each.edit, found.advice.reason))
        elif best.takes_a_line_off:
            line_off.add(each.edit)
        else:
            assert (len(best.changes), found.advice.reason) == (1, ""), each.name
    assert line_off == {"ncci.add-on", "ncci.ptp"}
    assert none == {
        ("clia.speciality", NONE),  # another certificate, or a laboratory that is certified for it
        ("code.active", NONE),  # on a day for which no table of codes is loaded
        ("icd.version-by-date", DIAGNOSES),
        ("icd10.active", DIAGNOSES),
        ("icd10.format", DIAGNOSES),
        ("icd10.present", DIAGNOSES),
        ("ncci.add-on", NONE),  # the primary service is a line that is not there, and the add-on stands alone
        ("ncci.mue.day", NONE),  # a limit of none, and one line
        ("payer.known", PAYER_SETUP),
        ("payer.policy", PAYER_SETUP),
        ("taxonomy.format", NONE),  # the only taxonomy on the list has ended
    }


@pytest.mark.parametrize("edit", sorted({each.edit for each in FAILING}))
def test_a_proposal_of_each_edit_passes_with_the_reference_engine(edit: str) -> None:
    each = next(each for each in FAILING if each.edit == edit)
    for found in each.explained(each.on.claim, each.engine(whole=False)):
        for proposal in found.proposals:
            facts_stay(each.on.claim, proposal)
            if not proposal.takes_a_line_off:
                after = each.engine(whole=False, kind="reference").scrub(proposal.claim)
                assert outcome_of(after, edit, each.index, found.with_index) is proposal.outcome


@settings(max_examples=25, deadline=None)
@given(
    st.sampled_from(FAILING),
    st.lists(st.sampled_from(["59", "91", "26", "GA", "QW", "90", "qw"]), max_size=3),
    st.sampled_from([None, "36415", "86331", "99213", "80053"]),
    st.integers(0, 4),
)
def test_a_proposal_on_a_claim_like_those_of_the_tests_passes(
    each: Failing, modifiers: list[str], code: str | None, units: int
) -> None:
    """Law: a proposal, applied, makes the edit pass or no longer apply, and changes no fact that the record decides alone."""
    claim = each.on.claim
    first = claim.lines[0]
    lines = (
        evolve(first, modifiers=(*first.modifiers, *modifiers), units=first.units + units if first.units else None),
    )
    added = () if code is None else (Line(90, code=code, units=1, unit_type="UN", date=first.date),)  # type: ignore[arg-type]
    claim = evolve(claim, lines=(*lines, *claim.lines[1:], *added))
    engine = each.engine(whole=False)
    for found in each.explained(claim, engine):
        for proposal in found.proposals:
            facts_stay(claim, proposal)
            after = engine.scrub(proposal.claim)
            if not proposal.takes_a_line_off:
                assert outcome_of(after, each.edit, each.index, found.with_index) is proposal.outcome
                assert proposal.outcome in (Outcome.PASS, Outcome.NOT_APPLICABLE)
