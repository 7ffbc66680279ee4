"""The pytest plugin: what it collects, what it leaves alone, and what a failure prints."""

from __future__ import annotations

from pathlib import Path

import pytest

from cpt_rules.language.documents import KINDS
from cpt_rules.testing import recognise
from tests.small import RULES, write_rules

pytest_plugins = "pytester"
ROOT = Path(__file__).resolve().parents[2]

_FAILURE = """\
rules/small.yaml:70:5: clia.present: nowhere
  expected: pass
  found:    fail

  the claim, judged on line 1:
    id: test
    type: professional
    payer: {id: medicare}
    lines:
      - {number: 1, code: 86329, code_type: HC, units: 1, unit_type: UN, date: 2026-01-05}

  why:
    fail: clia.present
      when: true
        true     line.code in: $set.tests   (found: 86329)
      require: false
      * false    line.clia: present   (found: none)
"""


def _ids(result: pytest.RunResult) -> list[str]:
    return [line for line in result.outlines if "::" in line]


def test_the_tests_of_a_folder_are_items_named_by_edit_and_test(pytester: pytest.Pytester) -> None:
    write_rules(pytester.path)
    result = pytester.runpytest("rules/", "--collect-only", "-q", "-k", "clia")
    assert _ids(result) == [
        "rules/small.yaml::clia.present::on the claim",
        "rules/small.yaml::clia.present::nowhere",
        "rules/small.yaml::clia.present::no test",
        "rules/small.yaml::clia.present::another payer",
        "rules/small.yaml::acme::clia.present::off",
    ]


def test_all_of_them_run_and_one_can_be_named(pytester: pytest.Pytester) -> None:
    write_rules(pytester.path)
    pytester.runpytest("rules/").assert_outcomes(passed=12)
    pytester.runpytest("rules/small.yaml::clia.present::nowhere").assert_outcomes(passed=1)
    pytester.runpytest("rules/small.yaml::acme::clia.present::off").assert_outcomes(passed=1)


def test_a_failure_prints_the_claim_expected_found_and_why_and_no_traceback(pytester: pytest.Pytester) -> None:
    write_rules(
        pytester.path,
        RULES.replace(
            "{name: nowhere, given: {line.code: 86329}, expect: fail}",
            "{name: nowhere, given: {line.code: 86329}, expect: pass}",
        ),
    )
    result = pytester.runpytest("rules/")
    result.assert_outcomes(passed=11, failed=1)
    assert _FAILURE in result.stdout.str()
    assert "__ clia.present::nowhere __" in result.stdout.str()
    assert "Traceback" not in result.stdout.str()
    assert ".py:" not in result.stdout.str()


def test_what_no_claim_can_hold_is_a_failure_with_its_reason(pytester: pytest.Pytester) -> None:
    text = RULES.replace("given: {line.code: 86329, client: acme}", "given: {line.code: 86329, client: acmee}")
    write_rules(pytester.path, text)
    result = pytester.runpytest("rules/")
    result.assert_outcomes(passed=11, failed=1)
    result.stdout.fnmatch_lines(["*clia.present (overlay acme): off", "  cannot run: no overlay is for*'acmee'"])


def test_a_broken_file_is_an_error_of_collection_with_every_mistake(pytester: pytest.Pytester) -> None:
    write_rules(pytester.path, RULES.replace("severity: fail", "severty: fail").replace("after:", "afterwards:"))
    result = pytester.runpytest("rules/")
    assert result.ret == pytest.ExitCode.INTERRUPTED
    result.assert_outcomes(errors=1)
    start = result.outlines.index("the ruleset rules cannot be used")
    assert result.outlines[start + 1 : start + 3] == [
        "rules/small.yaml:61:1: unknown key `severty`; did you mean `severity`?",
        "rules/small.yaml:83:1: unknown key `afterwards`; did you mean `after`?",
    ]
    assert "Traceback" not in result.stdout.str()


def test_a_file_beside_a_broken_one_says_that_the_mistake_is_elsewhere(pytester: pytest.Pytester) -> None:
    rules = write_rules(pytester.path)
    (rules / "sets.yaml").write_text("set: waived\ntitel: Waived tests\n", encoding="utf-8")
    result = pytester.runpytest("rules/")
    result.assert_outcomes(errors=1)
    start = result.outlines.index("the ruleset rules cannot be used")
    first = "rules/sets.yaml:1:1: this set has no `source`"
    assert result.outlines[start + 1] == f"problems in other files: 3; the first: {first}"


# ---- what is left alone ---------------------------------------------------------------------------------------------

_FOREIGN = {
    "compose": "version: '3'\nservices:\n  web:\n    image: nginx\n",
    "molecule": "scenario:\n  name: default\n  test_sequence: [lint]\n",
    "told-in-words": "scenario: a user logs in\ngiven: a user\nexpect: a page\n",
    "a-source": "source: stdin\nsink: stdout\n",
    "a-profile": "profile: dev\nregion: us-east-1\n",
    "a-table": "table: users\ncolumns: [id, name]\n",
    "an-edit": "edit: true\ntitle: A form\n",
    "an-overlay": "overlay: fuse\nfor: linux\n",
    "a-map-behind-it": "edit: {require: x, severity: y}\nrequire: z\nseverity: fail\n",
    "a-list": "- edit: a\n  require: b\n  severity: fail\n",
    "json": '{"edit": "a", "require": "b"}\n',
    "empty": "",
    "broken": "key: [unclosed\n  edit: x\n",
    "template": "{{ range .Values }}\nedit: a\n{{ end }}\n",
}


@pytest.mark.parametrize("name", _FOREIGN)
def test_the_yaml_of_other_people_is_left_alone(name: str, pytester: pytest.Pytester) -> None:
    (pytester.path / f"{name}.yaml").write_text(_FOREIGN[name], encoding="utf-8")
    pytester.makepyfile("def test_it():\n    pass\n")
    result = pytester.runpytest(pytester.path)
    result.assert_outcomes(passed=1)
    assert result.ret == pytest.ExitCode.OK


def test_what_is_no_text_is_left_alone(pytester: pytest.Pytester) -> None:
    (pytester.path / "binary.yaml").write_bytes(bytes(range(256)) * 40)
    (pytester.path / "latin.yml").write_bytes(b"name: Andr\xe9\n")
    (pytester.path / "folder.yaml").mkdir()
    assert pytester.runpytest(pytester.path).ret == pytest.ExitCode.NO_TESTS_COLLECTED


def test_foreign_yaml_beside_rules_does_not_break_them(pytester: pytest.Pytester) -> None:
    rules = write_rules(pytester.path)
    (rules / "version.txt").unlink()
    (rules / "compose.yaml").write_text(_FOREIGN["compose"], encoding="utf-8")
    pytester.runpytest("rules").assert_outcomes(passed=12)


def test_pytest_elsewhere_imports_nothing_of_this_package_but_the_plugin(pytester: pytest.Pytester) -> None:
    (pytester.path / "compose.yaml").write_text(_FOREIGN["compose"], encoding="utf-8")
    pytester.makepyfile(
        """
        import sys

        def test_what_is_imported():
            ours = {name for name in sys.modules if name.split(".")[0] == "cpt_rules"}
            package = {"cpt_rules", "cpt_rules.lazily", "cpt_rules.testing"}
            assert ours == package | {"cpt_rules.testing.plugin", "cpt_rules.testing.recognise"}
            assert "yaml" not in sys.modules
            assert "cattrs" not in sys.modules
        """
    )
    pytester.runpytest_subprocess("-p", "no:hypothesispytest", pytester.path).assert_outcomes(passed=1)


def test_the_kinds_that_are_recognised_are_those_of_the_language() -> None:
    assert tuple(KINDS) == recognise.KINDS


def test_every_bundled_file_with_tests_is_recognised() -> None:
    files = sorted((ROOT / "rulesets").rglob("*.yaml"))
    assert all(map(recognise.of_a_ruleset, files))
    found = {path.name for path in files if recognise.recognised(path) == "ruleset"}
    assert found >= {path.name for path in files if "\ntests:\n" in path.read_text(encoding="utf-8")} > {"clia.yaml"}


# ---- which ruleset a file belongs to ---------------------------------------------------------------------------------

_OVERLAY = """\
overlay: zenith
for: {client: zenith}
edits:
  clia.present: {off: yes, reason: they asked for it, source: manual}
tests:
  - {name: off, edit: clia.present, given: {line.code: 86329, client: zenith}, expect: not applicable}
"""


def test_a_file_in_a_folder_of_a_ruleset_with_a_version_belongs_to_all_of_it(pytester: pytest.Pytester) -> None:
    rules = write_rules(pytester.path)
    (rules / "clients").mkdir()
    (rules / "clients" / "zenith.yaml").write_text(_OVERLAY, encoding="utf-8")
    result = pytester.runpytest("rules/clients/zenith.yaml")
    result.assert_outcomes(passed=1)


def test_without_a_version_the_folder_given_to_pytest_is_the_ruleset(pytester: pytest.Pytester) -> None:
    rules = write_rules(pytester.path)
    (rules / "version.txt").unlink()
    (rules / "clients").mkdir()
    (rules / "clients" / "zenith.yaml").write_text(_OVERLAY, encoding="utf-8")
    pytester.runpytest("rules").assert_outcomes(passed=13)
    alone = pytester.runpytest("rules/clients/zenith.yaml")
    alone.assert_outcomes(errors=1)
    alone.stdout.fnmatch_lines(
        [
            "the ruleset rules/clients cannot be used",
            "rules/clients/zenith.yaml:4:*: unknown source `manual`*",
            "If other folders belong to this ruleset, name them together in the setting `cpt_rulesets` of pytest",
        ]
    )


def test_rules_that_need_the_bundled_ones_are_read_on_top_of_them(pytester: pytest.Pytester) -> None:
    pytester.copy_example(str(ROOT / "examples" / "add_a_payer"))
    result = pytester.runpytest("evergreen.yaml")
    assert result.ret == pytest.ExitCode.OK
    assert result.parseoutcomes()["passed"] > 3


def test_the_setting_names_what_makes_one_ruleset_and_leaves_the_rest_alone(pytester: pytest.Pytester) -> None:
    write_rules(pytester.path)
    for folder, text in (("clients", _OVERLAY), ("fixtures", RULES.replace("severity: fail", "severty: fail"))):
        (pytester.path / folder).mkdir()
        (pytester.path / folder / "some.yaml").write_text(text, encoding="utf-8")
    pytester.makeini("[pytest]\ncpt_rulesets =\n    rules clients\n")
    pytester.runpytest(pytester.path).assert_outcomes(passed=13)
    pytester.runpytest("clients").assert_outcomes(passed=1)
    assert pytester.runpytest("fixtures").ret == pytest.ExitCode.NO_TESTS_COLLECTED


def test_a_folder_named_in_the_setting_that_is_not_there_is_said(pytester: pytest.Pytester) -> None:
    write_rules(pytester.path)
    pytester.makeini("[pytest]\ncpt_rulesets =\n    rules nowhere\n")
    result = pytester.runpytest("rules")
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*problem*: *nowhere:1:1: no such file or folder; give a folder of rulesets"])


# ---- the project itself ----------------------------------------------------------------------------------------------


def test_the_tests_of_the_bundled_rulesets_on_clia_are_selected_and_pass(pytester: pytest.Pytester) -> None:
    result = pytester.runpytest_inprocess(str(ROOT / "rulesets"), "-c", str(ROOT / "pyproject.toml"), "-k", "clia")
    assert result.ret == pytest.ExitCode.OK
    assert result.parseoutcomes()["passed"] > 100
