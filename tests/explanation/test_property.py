"""Laws of explanations and proposals, on generated rulesets and claims."""

from __future__ import annotations

import datetime as dt

from hypothesis import given, settings
from hypothesis import strategies as st

from cpt_rules.claim import Claim
from cpt_rules.engine import Engine
from cpt_rules.explanation import Proposal, explain
from cpt_rules.finding import Outcome, Report
from tests.strategies import CLIENTS, claims, linked, rulesets

AS_OF = dt.date(2026, 3, 1)


@settings(max_examples=40, deadline=None)
@given(rulesets(), claims(), st.data())
def test_a_proposal_applied_makes_the_edit_pass_and_changes_no_diagnosis(
    text: str, claim: Claim, data: st.DataObject
) -> None:
    """Law: what a proposal says of the changed claim is what the reference engine says of it; facts stay as they are."""
    ruleset = linked(text)
    client = data.draw(st.sampled_from([each for each in CLIENTS if each in _clients(ruleset)]), "client")
    engine = Engine(ruleset, as_of=AS_OF, client=client)
    oracle = Engine(ruleset, kind="reference", as_of=AS_OF, client=client)
    index = data.draw(st.sampled_from([None, *range(len(claim.lines))]), "line")
    before = oracle.scrub(claim)
    for each in explain(engine, claim, index):
        assert outcome_of(before, each.edit, index, each.with_index) is each.outcome
        for proposal in each.proposals:
            facts_stay(claim, proposal)
            if not proposal.takes_a_line_off:
                after = oracle.scrub(proposal.claim)
                assert outcome_of(after, each.edit, index, each.with_index) is proposal.outcome
                assert proposal.outcome in (Outcome.PASS, Outcome.NOT_APPLICABLE)
                brought = {(one.edit, one.index, one.with_index) for one in proposal.brings}
                raised = {(one.edit, one.index, one.with_index): one.status for one in before.raised}
                worse = {
                    (one.edit, one.index, one.with_index)
                    for one in after.raised
                    if one.status > raised.get((one.edit, one.index, one.with_index), Outcome.PASS)
                }
                assert brought == worse


def facts_stay(claim: Claim, proposal: Proposal) -> None:
    """No proposal changes a diagnosis, whom the claim is for, who pays, what type it is, or adds to what is billed."""
    changed = proposal.claim
    for name in ("diagnoses", "patient", "subscriber", "payer", "type", "id", "unknown", "procedures", "occurrences"):
        assert getattr(changed, name) == getattr(claim, name), name
    if proposal.takes_a_line_off:
        assert len(changed.lines) == len(claim.lines) - 1
        return
    assert [each.charge for each in changed.lines] == [each.charge for each in claim.lines]
    for one, other in zip(claim.lines, changed.lines, strict=True):
        if one.units is not None and one.units > 0:
            assert other.units is not None
            assert 0 < other.units <= one.units
    for change in proposal.changes:
        if change.field == "line.modifiers" and change.support == "record":
            assert change.condition.startswith("only if ")
        assert change.field == "line.modifiers" or change.after not in (None, ())


def _clients(ruleset: object) -> set[str | None]:
    overlays = getattr(ruleset, "overlays", ())
    return {None, *(each.applies.client for each in overlays)}


def outcome_of(report: Report, edit: str, index: int | None, other: int | None) -> Outcome:
    key = (edit, index, other)
    if key in {(each.edit, each.index, each.with_index) for each in report.silenced}:
        return Outcome.SILENCED
    said = [each.status for each in report.findings if (each.edit, each.index, each.with_index) == key]
    return said[0] if said else Outcome.NOT_APPLICABLE
