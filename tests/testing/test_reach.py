"""`claims_at` reaches pass and the failing outcome of every bundled edit, within 200 examples and with a fixed seed.

Every example has the outcome, so an ordinary run draws a few for each edit but three (`SLOW`), whose many branches take
half a minute to look through. The profile ``nightly`` of Hypothesis draws 200 for every edit, and then for all six
outcomes. What the bundled rulesets cannot know (`bundled_reach.TOLD`) they are told.
"""

from __future__ import annotations

from typing import get_args

import pytest
from hypothesis import Phase, given, seed, settings
from hypothesis import strategies as st

from cpt_rules import Claim, Engine
from cpt_rules.testing import Unreachable, claims_at, failing_outcome
from cpt_rules.testing.inline import TODAY
from cpt_rules.testing.reach.judge import Goal
from cpt_rules.testing.reach.possible import impossible
from tests.conftest import nightly
from tests.testing.bundled_reach import TOLD, bundled, outcome_on, ruleset_for

NIGHTLY = nightly()
EXAMPLES = 200 if NIGHTLY else 3
EDITS = sorted(bundled().edits)
SLOW = ("clia.certificate", "clia.speciality", "qw.required")
OUTCOMES: tuple[Goal, ...] = get_args(Goal)
#: What no claim does on the bundled rulesets, though no rule says so. What leaves the first four open leaves an edit
#: before them open, which silences them; the last one judges whether the payer is known, and that is never open.
OUT_OF_REACH = {
    *((edit, "not checked") for edit in ("modifier.compatible", "modifier.count", "modifier.unrepeated", "pos.active")),
    *(("payer.known", outcome) for outcome in ("not checked", "not applicable")),
}

AIMED = [
    (edit, outcome)
    for edit in EDITS
    for outcome in ("pass", failing_outcome(bundled(), edit))
    if NIGHTLY or edit not in SLOW
]

in_order = settings(
    max_examples=EXAMPLES, derandomize=False, database=None, phases=[Phase.generate], report_multiple_bugs=False
)


def _drawn(edit: str, outcome: str, claims: st.SearchStrategy[Claim]) -> int:
    """Draws claims; each has to have the outcome. How many different ones there were."""
    engine = Engine(ruleset_for(edit, outcome), as_of=TODAY)
    seen: set[Claim] = set()

    @seed(20260105)
    @in_order
    @given(claims)
    def hits(claim: Claim) -> None:
        seen.add(claim)
        assert outcome_on(engine.scrub(claim), edit) == outcome

    hits()
    return len(seen)


@pytest.mark.parametrize(("edit", "outcome"), AIMED, ids=[f"{edit} {outcome}" for edit, outcome in AIMED])
def test_claims_at_reaches_pass_and_failure_of_every_bundled_edit(edit: str, outcome: str) -> None:
    """Every claim of claims_at(edit, outcome) has the outcome, told by an engine that runs all edits."""
    drawn = _drawn(edit, outcome, claims_at(ruleset_for(edit, outcome), edit, outcome))
    assert drawn > (10 if NIGHTLY else 0)


def test_nothing_is_told_that_the_bundled_rulesets_know() -> None:
    """Without what they are told these outcomes are out of reach, and the message names what is missing."""
    for edit, outcome in (each for each in TOLD if NIGHTLY or each[0] in ("taxonomy.allowed", "icd10.active")):
        with pytest.raises(Unreachable, match=rf"^no claim was found on which {edit} is "):
            claims_at(bundled(), edit, outcome)


@pytest.mark.skipif(not NIGHTLY, reason="takes minutes; --hypothesis-profile=nightly runs it")
@pytest.mark.parametrize("edit", EDITS if NIGHTLY else EDITS[:1])
def test_every_outcome_is_reached_or_can_never_be(edit: str) -> None:
    """claims_at finds claims for each of the six outcomes, unless the edit says that it never has it."""
    for outcome in OUTCOMES:
        ruleset = ruleset_for(edit, outcome)
        never = impossible(ruleset, ruleset.edits[edit], outcome)
        if never is None and (edit, outcome) not in OUT_OF_REACH:
            assert _drawn(edit, outcome, claims_at(ruleset, edit, outcome)) > 0
        else:
            with pytest.raises(Unreachable):
                claims_at(ruleset, edit, outcome)
