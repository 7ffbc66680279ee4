"""The bundled rulesets: no operator flipped and no expectation deleted that no test would notice, but for what is argued."""

from __future__ import annotations

from pathlib import Path

from cpt_rules import load_ruleset
from cpt_rules.testing.inline import run_tests
from cpt_rules.testing.mutation.argued import read_arguments
from cpt_rules.testing.mutation.expectations import expectations
from cpt_rules.testing.mutation.kill import Tests
from cpt_rules.testing.mutation.make import Mutants

#: Edits whose tests take long, because what they look up is supposed. All of them: `cpt-rules mutate`.
_LONG = ("clia.certificate", "clia.present", "clia.speciality", "qw.required")
LIST = Path(__file__).with_name("argued.yaml")


def test_an_expected_finding_that_is_deleted_makes_its_test_fail() -> None:
    weak = [
        f"{result.edit}: {what}"
        for result in run_tests(load_ruleset())
        for what, less in expectations(result)
        if less.passed
    ]
    assert weak == []


def test_every_operator_of_the_bundled_edits_that_is_flipped_is_noticed_or_argued() -> None:
    ruleset = load_ruleset()
    mutants, tests = Mutants(ruleset), Tests(ruleset)
    survivors = [
        (mutant.of, mutant.mutation)
        for id in ruleset.edits
        if id not in _LONG
        for mutant in mutants.of(f"edit {id}", operators_only=True)
        if tests.killer(mutant) is None
    ]
    argued = {(each.of, each.mutation) for each in read_arguments(LIST)}
    assert [each for each in survivors if each not in argued] == []
