"""What `docs/pytest.md` says of scenarios and of coverage is so; what it shows is renewed by `docs/generate.py`."""

from __future__ import annotations

import re

from cpt_rules.testing.covered.points import KINDS
from cpt_rules.testing.plugin import SETTING
from cpt_rules.testing.scenario_run import Scenarios
from cpt_rules.testing.scenarios import KEYS, OF_NO_FINDING, read_scenarios
from tests.docs.test_documentation import ROOT

PAGE = (ROOT / "docs" / "pytest.md").read_text(encoding="utf-8")
QA = ROOT / "docs" / "qa"


def test_the_page_names_every_key_of_a_scenario_and_no_other() -> None:
    table = PAGE.partition("| key | meaning |")[2].partition("\n\n")[0]
    assert sorted(re.findall(r"^\| `([a-z ]+)` \|", table, re.MULTILINE)) == sorted(KEYS)


def test_the_page_names_everything_that_is_counted() -> None:
    table = PAGE.partition("| counted | reached where |")[2].partition("\n\n")[0]
    assert re.findall(r"^\| ([a-z, ]+) \|", table, re.MULTILINE) == list(KINDS.values())


def test_the_page_names_the_keys_that_there_are_without_a_finding_and_the_setting() -> None:
    assert f"only {', '.join(f'`{key}`' for key in OF_NO_FINDING[:-1])} and `{OF_NO_FINDING[-1]}` can be said" in PAGE
    assert f"{SETTING} = [" in PAGE


def test_the_scenarios_of_the_page_pass() -> None:
    found, problems = read_scenarios(QA / "scenarios.yaml")
    runner = Scenarios()
    assert len(found) == 2
    assert problems == []
    assert [line for each in found for line in runner.told(each)] == []
