"""Mutants of rulesets: what is changed, which tests notice, which claim tells a survivor, and the list of arguments."""

from __future__ import annotations

from pathlib import Path

import pytest
from attrs import evolve

from cpt_rules import Ruleset, load_ruleset
from cpt_rules.language.problems import RulesetError
from cpt_rules.testing.inline import run_tests
from cpt_rules.testing.mutation.argued import read_arguments
from cpt_rules.testing.mutation.expectations import expectations
from cpt_rules.testing.mutation.make import Mutants
from cpt_rules.testing.mutation.report import Result, Survey, report
from tests.small import RULES, write_rules

#: An edit with most of what can be mutated, and tests that notice little of it.
UNITS = """\
---
edit: units.few
title: Few units of a test
payers: [medicare]
since: 2024-01-01
when:
  any: [{claim.type: professional}, {line.pos in: [11, 81]}]
  line.code in: $set.tests
unless: {line.modifiers any of: [76, 91]}
require: {line.units at most: 3}
severity: fail
disposition: deny
message: "{line.units} units"
remedy: Check the units
after: [clia.present]
source: manual
tests:
  - {name: three, given: {line.code: 86329, line.units: 3, claim.clia: 05D0123456}, expect: pass}
  - {name: five, given: {line.code: 86329, line.units: 5, claim.clia: 05D0123456}, expect: fail}
"""
MORE = """\
  - {name: four, given: {line.code: 86329, line.units: 4, claim.clia: 05D0123456}, expect: fail}
"""


@pytest.fixture
def ruleset(tmp_path: Path) -> Ruleset:
    return load_ruleset(write_rules(tmp_path, RULES + UNITS))


def test_the_mutants_of_an_edit(ruleset: Ruleset) -> None:
    assert [each.mutation for each in Mutants(ruleset).of("edit units.few")] == [
        "when: `all(any(claim.type: professional; line.pos in: [11, 81]); line.code in: $set.tests)` becomes any",
        "when: `all(any(claim.type: professional; line.pos in: [11, 81]); line.code in: $set.tests)` negated",
        "when: `any(claim.type: professional; line.pos in: [11, 81])` left out",
        "when: `any(claim.type: professional; line.pos in: [11, 81])` becomes all",
        "when: `any(claim.type: professional; line.pos in: [11, 81])` negated",
        "when: `claim.type: professional` left out",
        "when: `claim.type: professional` becomes `claim.type is not: professional`",
        "when: `claim.type: professional` with `institutional` for `professional`",
        "when: `line.pos in: [11, 81]` left out",
        "when: `line.pos in: [11, 81]` becomes `line.pos not in: [11, 81]`",
        "when: `line.pos in: [11, 81]` without `11`",
        "when: `line.pos in: [11, 81]` without `81`",
        "when: `line.code in: $set.tests` left out",
        "when: `line.code in: $set.tests` becomes `line.code not in: $set.tests`",
        "unless: `line.modifiers any of: [76, 91]` becomes `line.modifiers none of: [76, 91]`",
        "unless: `line.modifiers any of: [76, 91]` becomes `line.modifiers only: [76, 91]`",
        "unless: `line.modifiers any of: [76, 91]` becomes `line.modifiers has all: [76, 91]`",
        "unless: `line.modifiers any of: [76, 91]` without `76`",
        "unless: `line.modifiers any of: [76, 91]` without `91`",
        "unless: left out",
        "require: `line.units at most: 3` becomes `line.units at least: 3`",
        "require: `line.units at most: 3` negated",
        "require: `line.units at most: 3` with `2` for `3`",
        "require: `line.units at most: 3` with `4` for `3`",
        "severity: `warn` for `fail`",
        "since: left out",
        "since: 2023-12-31 for 2024-01-01",
        "since: 2024-01-02 for 2024-01-01",
        "after: `clia.present` left out",
        "payers: `all`",
    ]


def test_the_mutants_of_a_set_a_fact_and_an_overlay(ruleset: Ruleset) -> None:
    mutants = Mutants(ruleset)
    assert [each.mutation for each in mutants.of("set tests")] == [
        "values from 2020-01-01 left out",
        "values from 2019-12-31 for 2020-01-01",
        "values from 2020-01-02 for 2020-01-01",
        "values from 2020-01-01 without `86329`",
        "values from 2020-01-01 without `80047-80053`",
        "values from 2020-01-01 with `80046-80053` for `80047-80053`",
        "values from 2020-01-01 with `80048-80053` for `80047-80053`",
        "values from 2020-01-01 with `80047-80052` for `80047-80053`",
        "values from 2020-01-01 with `80047-80054` for `80047-80053`",
        "complete: `no`",
    ]
    assert [each.mutation for each in mutants.of("fact icd10")] == [
        "80053: values from 2020-01-01 left out",
        "80053: values from 2019-12-31 for 2020-01-01",
        "80053: values from 2020-01-02 for 2020-01-01",
    ]
    assert [each.mutation for each in mutants.of("overlay acme")] == ["clia.present: left out", "clia.present: `adopt`"]


def test_a_mutant_concerns_the_edits_that_read_it_and_those_that_follow(ruleset: Ruleset) -> None:
    mutants = Mutants(ruleset)
    concerned = {each.edits for each in mutants.of("edit clia.present")}
    assert concerned == {("clia.present", "icd10.supports", "units.few")}
    assert {each.edits for each in mutants.of("set tests")} == {("clia.present", "icd10.supports", "units.few")}


def test_a_survivor_comes_with_a_test_that_notices_it(tmp_path: Path, ruleset: Ruleset) -> None:
    limit = "require: `line.units at most: 3` with `4` for `3`"
    survey = Survey(ruleset)
    found = {each.mutation: each for each in survey.of("edit units.few")}
    assert found["require: `line.units at most: 3` with `2` for `3`"].killed_by == "units.few: three"
    assert found[limit] == Result(
        "edit units.few",
        limit,
        edit="units.few",
        outcome="fail",
        mutated="pass",
        claim="{claim.clia: 05D0123456, line.code: 86329, line.units: 4}",
        test="  - {name: say what this shows, "
        "given: {claim.clia: 05D0123456, line.code: 86329, line.units: 4}, expect: fail}",
    )
    ready = [each.test for each in found.values() if each.survived and each.edit == "units.few"]
    assert len(ready) > 10
    assert None not in ready
    tests = "\n".join(str(test).replace("say what this shows", f"t{n}") for n, test in enumerate(ready))
    better = load_ruleset(write_rules(tmp_path, RULES + UNITS + tests + "\n"))
    assert [each for each in run_tests(better) if not each.passed] == []
    left = [each.mutation for each in Survey(better).of("edit units.few") if each.survived]
    assert left == [each.mutation for each in found.values() if each.survived and each.edit != "units.few"]


def test_a_mutant_that_no_claim_tells_is_listed_without_one(tmp_path: Path) -> None:
    rules = RULES.replace(
        "require: {claim.charge: $claim.line_charges}",
        "require: {claim.charge: $claim.line_charges, any: [{claim.charge: present}, {claim.charge: absent}]}",
    )
    survey = Survey(load_ruleset(write_rules(tmp_path, rules)))
    found = {each.mutation: each for each in survey.of("edit claim.balanced") if each.survived}
    same = found["require: `any(claim.charge: present; claim.charge: absent)` left out"]
    assert (same.edit, same.claim, same.test) == (None, None, None)


def test_what_is_missing_is_part_of_what_a_test_expects(ruleset: Ruleset) -> None:
    (result,) = (each for each in run_tests(ruleset) if each.name == "another payer")
    assert [(what, less.passed) for what, less in expectations(result)] == [
        ("`another payer`: expects no finding", False),
        ("`another payer`: without `payer.policy` in `missing`", False),
    ]
    silent = evolve(result, expected_missing=None)
    assert [(what, less.passed) for what, less in expectations(silent)] == [
        ("`another payer`: expects no finding", False),
        ("`another payer`: does not say what is missing", True),
    ]


# ---- arguments -----------------------------------------------------------------------------------------------------

ARGUED = """\
edit: units.few
mutation:
  - "after: `clia.present` left out"
  - "require: `line.units at most: 3` with `2` for `3`"
why: they say so
---
edit: units.few
mutation: "require: something else"
why: once it was there
---
edit: other
mutation: "not looked at"
why: another document
"""


def test_arguments_are_checked_for_being_still_true(tmp_path: Path) -> None:
    (tmp_path / "argued.yaml").write_text(ARGUED, encoding="utf-8")
    arguments = read_arguments(tmp_path / "argued.yaml")
    results = [
        Result("edit units.few", "after: `clia.present` left out"),
        Result("edit units.few", "require: `line.units at most: 3` with `2` for `3`", "units.few: three"),
        Result("edit units.few", "since: left out", edit="units.few", outcome="fail", mutated="pass", claim="{}"),
    ]
    found = report(results, arguments, ["edit units.few"])
    assert [each.argued for each in found.results] == ["they say so", None, None]
    assert [each.mutation for each in found.missed] == ["since: left out"]
    assert [(each.argument.mutation, each.problem) for each in found.untrue] == [
        ("require: `line.units at most: 3` with `2` for `3`", "a test tells it: units.few: three"),
        ("require: something else", "there is no such mutation any more"),
    ]


def test_a_survivor_that_a_claim_tells_is_not_argued_away(tmp_path: Path) -> None:
    (tmp_path / "argued.yaml").write_text(ARGUED, encoding="utf-8")
    told = Result("edit units.few", "after: `clia.present` left out", None, "units.few", "silenced", "pass", "{a: b}")
    found = report([told], read_arguments(tmp_path / "argued.yaml")[:1], ["edit units.few"])
    assert found.missed == (told,)
    assert [each.problem for each in found.untrue] == ["a claim tells it: {a: b}"]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("edit: a\nmutation: b\n", "1:1: `why` is missing"),
        ("mutation: b\nwhy: c\n", "1:1: whose mutation is it? Write one of edit, set, fact, overlay, tests"),
        ("edit: a\nmutations: b\nwhy: c\n", "2:1: unknown key `mutations`; did you mean `mutation`?"),
        ("- a\n", "1:1: no map where one is due; write edit (or set, fact, overlay, tests), mutation and why"),
        ("edit: a\nmutation: [b, b]\nwhy: c\n", "2:15: argued already in line 2; leave one of them out"),
        ("edit: [a]\nmutation: b\nwhy: c\n", "1:7: text is due here"),
    ],
)
def test_a_faulty_list_is_said_with_its_place(tmp_path: Path, text: str, problem: str) -> None:
    path = tmp_path / "argued.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(RulesetError) as caught:
        read_arguments(path)
    assert str(caught.value) == f"{path}:{problem}"
