"""The rules in examples and documentation: those that are right are right, those that are wrong have their one mistake."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from cpt_rules import Engine, Outcome, RulesetError, load_ruleset, read_claims
from cpt_rules.ruleset.lint import lint
from cpt_rules.testing.inline import run_tests

ROOT = Path(__file__).resolve().parents[2]
AS_OF = dt.date(2026, 1, 31)


@pytest.mark.parametrize("folder", ["add_a_payer", "first_edit"])
def test_example_rules_have_no_problem_and_pass_their_tests(folder: str):
    ruleset = load_ruleset("bundled", ROOT / "examples" / folder)
    assert lint(ruleset) == []
    failed = [result for result in run_tests(ruleset) if folder in result.mark.path and not result.passed]
    assert failed == []


def test_adding_the_payer_makes_it_known():
    claim = next(claim for claim in read_claims(ROOT / "examples" / "claims.837") if claim.id == "PCN-1007")
    before = Engine(load_ruleset(), as_of=AS_OF).scrub(claim)
    after = Engine(load_ruleset("bundled", ROOT / "examples" / "add_a_payer"), as_of=AS_OF).scrub(claim)
    assert (before.payer, after.payer) == (None, "evergreen")
    found = {finding.edit: finding.status for finding in after.findings}
    assert found["payer.known"] is found["clia.present"] is found["payer.policy"] is Outcome.PASS


@pytest.mark.parametrize("path", sorted((ROOT / "docs" / "mistakes").glob("*.yaml")), ids=lambda path: path.stem)
def test_each_mistake_is_one_mistake(path: Path):
    if path.stem == "expectation":
        (wrong,) = [result for result in run_tests(load_ruleset("bundled", path)) if not result.passed]
        assert (wrong.expected, wrong.found) == ("fail", "warn")
        return
    try:
        problems = lint(load_ruleset("bundled", path))
    except RulesetError as error:
        problems = list(error.problems)
    (problem,) = problems
    assert problem.mark.path.endswith(path.name)
