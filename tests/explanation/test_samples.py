"""Every failing sample claim gets a proposal, and the changed claim passes the edit when it is scrubbed again."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from pathlib import Path

import pytest

from cpt_rules import Claim, Engine, Outcome, Ruleset, load_ruleset, read_claims
from cpt_rules.explanation import Explanation, explain

ROOT = Path(__file__).resolve().parents[2]
AS_OF = dt.date(2026, 1, 31)
SAMPLES = ("claims.837", "claims.jsonl")
#: Findings about what the rulesets know of a payer; nothing on the claim would change them.
PAYER_SETUP = {"payer.known", "payer.policy"}


@pytest.fixture(scope="module")
def ruleset() -> Ruleset:
    return load_ruleset()


def raised(engine: Engine, claim: Claim) -> list[Explanation]:
    """The explanations of every finding of a claim that warns or fails."""
    said = engine.scrub(claim).raised
    found = [one for each in said for one in explain(engine, claim, each.index, edits=[each.edit])]
    assert [(each.edit, each.index, each.outcome) for each in found] == [
        (each.edit, each.index, each.status) for each in said
    ]
    return found


def outcome_after(engine: Engine, each: Explanation, claim: Claim) -> Outcome:
    """What the edit says of the changed claim, on the line of the explanation."""
    report = engine.scrub(claim)
    key = (each.edit, each.index, each.with_index)
    assert key not in {(one.edit, one.index, one.with_index) for one in report.silenced}
    said = [one.status for one in report.findings if (one.edit, one.index, one.with_index) == key]
    return said[0] if said else Outcome.NOT_APPLICABLE


@pytest.mark.parametrize("name", SAMPLES)
def test_a_change_is_proposed_for_every_failing_sample_claim_and_passes(ruleset: Ruleset, name: str) -> None:
    engine = Engine(ruleset, as_of=AS_OF)
    seen = set()
    for claim in read_claims(ROOT / "examples" / name):
        for each in raised(engine, claim):
            assert each.advice is not None
            if each.edit in PAYER_SETUP:
                assert (each.proposals, each.advice.reason) == (
                    (),
                    "it is not the claim that lacks something, but the payer documents of the ruleset",
                )
                continue
            best = each.advice.best
            assert best is not None, (claim.id, each.edit)
            assert (len(best.changes), each.advice.reason, best.brings) == (1, "", ())
            assert best.outcome is outcome_after(engine, each, best.claim)
            assert best.claim.diagnoses == claim.diagnoses
            seen.add((claim.id, each.edit, best.words, best.outcome.label, best.changes[0].stand_in, best.condition))
    off = "only if the record agrees that {} does not belong on the line"
    assert seen == {
        ("PCN-1002", "clia.present", "claim.clia none → 05D0123456", "pass", True, ""),
        ("PCN-1003", "qw.allowed", "line 1: line.modifiers QW → none", "not applicable", False, off.format("QW")),
        (
            "PCN-1004",
            "modifier.professional-component",
            "line 1: line.modifiers 26 → none",
            "not applicable",
            False,
            off.format("26"),
        ),
        (
            "PCN-1005",
            "clia.reference-laboratory",
            "line 1: line.referring_clia none → 05D7654321",
            "pass",
            True,
            "",
        ),
        (
            "PCN-1006",
            "pos.hospital-laboratory",
            "claim.pos 21 → 81",
            "not applicable",
            True,
            "only if the record shows that place",
        ),
    }


def test_every_edit_of_a_line_is_explained(ruleset: Ruleset) -> None:
    """Of all edits on a line, as many apply, pass and so on as its report counts."""
    engine = Engine(ruleset, as_of=AS_OF)
    claim = next(each for each in read_claims(ROOT / "examples" / "claims.837") if each.id == "PCN-1002")
    found = explain(engine, claim, 0, advice=False)
    counts = Counter(each.outcome for each in found)
    tally = engine.scrub(claim).lines[0]
    assert {each.edit for each in found} == {
        name for name, edit in ruleset.edits.items() if edit.each not in ("claim", "later-pair")
    }  # the first line repeats no earlier one
    assert [
        counts[each] for each in (Outcome.PASS, Outcome.WARN, Outcome.FAIL, Outcome.NOT_CHECKED, Outcome.SILENCED)
    ] == [
        tally.passed,
        tally.warned,
        tally.failed,
        tally.not_checked,
        tally.silenced,
    ]
    assert all(each.advice is None for each in found)


def test_a_rule_of_ones_own_gets_a_proposal_too() -> None:
    """The example of a first edit: a prior authorisation that is missing; nobody is moved to another place to do without."""
    engine = Engine(load_ruleset("bundled", str(ROOT / "examples" / "first_edit")), as_of=AS_OF)
    claim = next(each for each in read_claims(ROOT / "examples" / "claims.837") if each.id == "PCN-1007")
    (found,) = explain(engine, claim, 0, edits=["authorization.present"])
    (best,) = found.proposals
    assert (found.outcome, best.outcome) == (Outcome.FAIL, Outcome.PASS)
    assert best.words == "claim.prior_authorization none → STAND-IN"
    assert outcome_after(engine, found, best.claim) is Outcome.PASS
