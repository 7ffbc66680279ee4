"""Claim scenarios: what may be said in them, what is told of a mistake, and what a failure prints."""

from __future__ import annotations

import re
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cpt_rules import claim_from_json, claim_to_json
from cpt_rules.claim import Claim
from cpt_rules.language.problems import Problem
from cpt_rules.language.read import read_text
from cpt_rules.testing.failures import claim_text
from cpt_rules.testing.scenario_claims import claims_of
from cpt_rules.testing.scenario_run import Scenarios
from cpt_rules.testing.scenarios import read_scenarios
from tests.readers.claim_strategies import any_claims
from tests.small import write_claims, write_rules

pytest_plugins = "pytester"

_HEAD = "claim scenario: one\nrulesets: rules\n"
_CLAIM = """\
given:
  id: PCN-1
  payer: {id: "01182"}
  lines:
    - {code: 86329, units: 1, charge: 25.00, date: 2026-01-05}
    - {code: 99213, charge: 80.00, date: 2026-01-05}
"""


def _told(folder: Path, text: str) -> list[str]:
    """What is wrong with a scenario, or what came out otherwise; empty where all is well."""
    if not (folder / "rules").is_dir():
        write_rules(folder)
    path = folder / "scenarios.yaml"
    path.write_text(text, encoding="utf-8")
    found, problems = read_scenarios(path)
    runner = Scenarios()
    problems = problems or [problem for each in found for problem in runner.problems(each)]
    if problems:
        return [str(each).removeprefix(f"{folder}/") for each in problems]
    return [line for each in found for line in runner.told(each)]


_MET = {
    "a finding": "expect: {edit: clia.present, status: fail}",
    "on its line": "expect: {edit: clia.present, line: 1, status: fail}",
    "of its claim": "expect: {claim: PCN-1, edit: clia.present, status: fail}",
    "several": "expect: [{edit: clia.present, status: fail}, {edit: code.known, line: 2, status: warn}]",
    "all of a record": (
        "expect: {edit: clia.present, status: fail, claim: PCN-1, line: 1, code: 86329, date: 2026-01-05,\n"
        "  payer: medicare, disposition: return, message: 86329 needs a CLIA number,\n"
        "  remedy: Send it in 2300 REF*X4, fix: claim data, field: line.clia, charge_at_risk: 25.00, overlay: null,\n"
        "  stale: no}"
    ),
    "not applicable": "expect: {edit: clia.present, line: 2, status: not applicable}",
    "silenced": "expect: {edit: icd10.supports, line: 1, status: silenced}",
    "of the claim itself": "expect: {edit: claim.balanced, line: null, status: not applicable}",
    "the only failure": "expect: {edit: clia.present, status: fail}\nnothing else fails: yes",
    "for a client": "client: acme\nexpect: {edit: clia.present, status: not applicable}\nnothing fails: yes",
    "on the last day of a source": "as of: 2025-06-30\nexpect: {edit: code.known, line: 1, status: pass, stale: no}",
    "on the day after": "as of: 2025-07-01\nexpect: {edit: code.known, line: 1, status: pass, stale: yes}",
}


@pytest.mark.parametrize("name", _MET)
def test_what_is_expected_is_found(name: str, tmp_path: Path) -> None:
    assert _told(tmp_path, f"{_HEAD}{_CLAIM}{_MET[name]}\n") == []


_UNMET = {
    "another status": (
        "expect: {edit: clia.present, line: 1, status: warn}",
        "expected: {edit: clia.present, line: 1, status: warn}   (line 9)",
        "found:    claim PCN-1, line 1: status: fail",
    ),
    "another message": (
        "expect: {edit: clia.present, status: fail, message: no}",
        "expected: {edit: clia.present, status: fail, message: no}   (line 9)",
        "found:    claim PCN-1, line 1: message: 86329 needs a CLIA number",
    ),
    "nothing found": (
        "expect: {edit: clia.present, line: 2, status: fail}",
        "expected: {edit: clia.present, line: 2, status: fail}   (line 9)",
        "found:    not applicable: no finding of clia.present there",
    ),
    "something found": (
        "expect: {edit: clia.present, status: not applicable}",
        "expected: {edit: clia.present, status: not applicable}   (line 9)",
        "found:    claim PCN-1, line 1: status: fail",
    ),
    "a failure": (
        "nothing fails: yes",
        "expected: nothing fails",
        "found:    claim PCN-1, line 1: clia.present fails: 86329 needs a CLIA number",
    ),
    "another failure": (
        "expect: {edit: code.known, line: 2, status: warn}\nnothing else fails: yes",
        "expected: nothing else fails",
        "found:    claim PCN-1, line 1: clia.present fails: 86329 needs a CLIA number",
    ),
}


@pytest.mark.parametrize("name", _UNMET)
def test_what_is_not_found_is_told_with_what_was(name: str, tmp_path: Path) -> None:
    expect, expected, found = _UNMET[name]
    told = _told(tmp_path, f"{_HEAD}{_CLAIM}{expect}\n")
    assert told[0].endswith("scenarios.yaml:1:1: one")
    assert [line.strip() for line in told[2:4]] == [expected, found]


def test_findings_that_are_not_checked_name_what_is_missing(tmp_path: Path) -> None:
    text = _HEAD + _CLAIM.replace("01182", "60054")
    assert (
        _told(tmp_path, f"{text}expect: {{edit: clia.present, status: not checked, missing: [payer.policy]}}\n") == []
    )
    told = _told(tmp_path, f"{text}expect: {{edit: clia.present, status: not checked, missing: [claim.payer]}}\n")
    assert told[3].strip() == "found:    claim PCN-1, line 1: missing: ['payer.policy']"


_MISTAKES = {
    "a key of the claim": (
        "given: {payr: {id: x}, lines: [{code: 86329, date: 2026-01-05}]}\nnothing fails: yes",
        ["3:9: unknown key `payr` of a claim; did you mean `payer`?"],
    ),
    "several at once": (
        "given:\n  lines: [{code: 86329, units: one, dat: 2026-01-05}]\n  typ: professional\nnothing fails: no",
        [
            "4:32: `one` is not a number; write digits and a point only, such as 12 or 14.05",
            "4:37: unknown key `dat` of a line; did you mean `date`?",
            "5:3: unknown key `typ` of a claim; did you mean `type`?",
            "6:16: `no` is not possible here; write yes, or leave the key out",
        ],
    ),
    "a name of the rules": (
        "given: {claim.clia: x, lines: [{line.code: 86329}], billing.npi: x}\nnothing fails: yes",
        [
            "3:9: unknown key `claim.clia`; a claim is written as in JSON: write it beside `lines`, as `clia`",
            "3:33: unknown key `line.code`; a claim is written as in JSON: write it into a line, as `code`",
            "3:53: unknown key `billing.npi`; a claim is written as in JSON: write `billing: {npi: …}`",
        ],
    ),
    "a key of a line": (
        "given: {modifiers: [26], lines: [{code: 86329, date: 2026-01-05}]}\nnothing fails: yes",
        ["3:9: unknown key `modifiers` of a claim; it belongs into a line"],
    ),
    "a line without a date": (
        "given: {lines: [{code: 86329}]}\nnothing fails: yes",
        ["3:17: `lines[0].date` is missing; a professional line has a date of service"],
    ),
    "a field that no feed carries": (
        "given: {unknown: [claim.cliaa], lines: [{code: 86329, date: 2026-01-05}]}\nnothing fails: yes",
        ["3:19: `claim.cliaa` is no field that a feed could lack; did you mean `claim.clia`?"],
    ),
    "an edit": (
        f"{_CLAIM}expect: {{edit: clia.presnt, status: fail}}",
        ["9:16: unknown edit `clia.presnt`; did you mean `clia.present`?"],
    ),
    "a status": (
        f"{_CLAIM}expect: {{edit: clia.present, status: failed}}",
        ["9:38: `failed` is not possible here; did you mean `fail`?"],
    ),
    "a key of a finding": (
        f"{_CLAIM}expect: {{edit: clia.present, staus: fail}}",
        ["9:30: unknown key `staus`; did you mean `status`?"],
    ),
    "a finding without a status": (
        f"{_CLAIM}expect: {{edit: clia.present}}",
        ["9:9: this finding has no `status`"],
    ),
    "a line that is not there": (
        f"{_CLAIM}expect: {{edit: clia.present, line: 3, status: fail}}",
        ["9:36: there is no line 3; the lines given are 1, 2. For the claim itself write `line: null`"],
    ),
    "a claim that is not there": (
        f"{_CLAIM}expect: {{edit: clia.present, claim: PCN-2, status: fail}}",
        ["9:37: no claim `PCN-2` is given; there is PCN-1"],
    ),
    "a message where there is no finding": (
        f"{_CLAIM}expect: {{edit: clia.present, status: silenced, message: x}}",
        [
            "9:48: `message`: where an edit is silenced there is no finding; only edit, status, claim, line can be said",
        ],
    ),
    "nothing expected": (_CLAIM, ["1:1: nothing is expected; write `expect` or `nothing fails: yes`"]),
    "no claims": ("nothing fails: yes", ["1:1: no claims; write `given` or `file`"]),
    "two sources of claims": (
        f"{_CLAIM}file: x\nnothing fails: yes",
        ["1:1: `given` and `file`; write one of them"],
    ),
    "a file that is not there": ("file: nowhere.837\nnothing fails: yes", ["3:7: no file `nowhere.837` beside this one; give its path from here"]),
    "a client": (
        f"{_CLAIM}client: acmee\nnothing fails: yes",
        ["9:9: no overlay is for the client `acmee`; did you mean `acme`?"],
    ),
    "a key": (f"{_CLAIM}nothing fails: yes\nas_of: 2026-01-05", ["10:1: unknown key `as_of`; did you mean `as of`?"]),
    "a date": (f"{_CLAIM}nothing fails: yes\nas of: 1/31/2026", ["10:8: `1/31/2026` is not written as a date; did you mean `2026-01-31`?"]),
    "two of one name": (
        f"{_CLAIM}nothing fails: yes\n---\n{_HEAD}{_CLAIM}nothing fails: yes",
        ["11:1: two scenarios are called `one`; the first stands in line 1; give each its own name"],
    ),
    "another document": (
        f"{_CLAIM}nothing fails: yes\n---\nedit: x\n",
        ["11:1: a scenario starts with its name: `claim scenario: …`"],
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", _MISTAKES)
def test_a_mistake_is_told_with_its_place_and_what_would_be_right(name: str, tmp_path: Path) -> None:
    text, expected = _MISTAKES[name]
    told = _told(tmp_path, f"{_HEAD}{text}\n")
    assert [line.removeprefix("scenarios.yaml:") for line in told] == expected


def test_rulesets_that_cannot_be_used_are_told_where_they_are_named(tmp_path: Path) -> None:
    told = _told(tmp_path, f"claim scenario: one\nrulesets: [bundled, nowhere]\n{_CLAIM}nothing fails: yes\n")
    assert told[0] == "scenarios.yaml:2:11: these rulesets cannot be used; problems: 1, the first below"
    assert re.fullmatch(r".*nowhere:1:1: no such file or folder; give a folder of rulesets", told[1])


def test_claims_may_come_from_a_file(tmp_path: Path) -> None:
    write_claims(tmp_path / "claims.jsonl")
    text = f"{_HEAD}file: claims.jsonl\nexpect: [{{claim: FAILS, edit: clia.present, line: 1, status: fail}}]\n"
    assert _told(tmp_path, text + "nothing else fails: yes\n") == []
    (tmp_path / "claims.jsonl").write_text('{"id": 1}\n', encoding="utf-8")
    (problem,) = _told(tmp_path, text)
    assert problem.startswith("scenarios.yaml:3:7: cannot be read: ")


def test_a_scenario_speaks_of_the_bundled_rulesets_unless_it_names_others(tmp_path: Path) -> None:
    text = "claim scenario: one\ngiven: {lines: [{code: 86329, date: 2026-01-05}], payer: {id: medicare}}\n"
    assert _told(tmp_path, text + "expect: {edit: clia.present, line: 1, status: fail}\n") == []


_TEXT = st.text(st.characters(min_codepoint=32, max_codepoint=126), min_size=1, max_size=8).filter(str.strip)


@given(any_claims(_TEXT))
@settings(max_examples=50)
def test_a_printed_claim_is_read_as_the_same_claim(claim: Claim) -> None:
    """What a failure prints may be pasted into a scenario: it is the claim again, whatever characters it has."""
    sent = claim_from_json(claim_to_json(claim))
    problems: list[Problem] = []
    (node,) = read_text("\n".join(claim_text(sent)), "printed", problems)
    assert problems == []
    assert claims_of(node) == (sent,)


_WHOLE = f"{_HEAD}{_CLAIM}expect: [{{edit: clia.present, line: 1, status: fail, missing: [x], stale: no}}]\nas of: 2026-01-31\n"


@given(
    st.lists(
        st.tuples(
            st.integers(0, len(_WHOLE)),
            st.integers(0, 12),
            st.sampled_from(["", " ", "{", "]", ": ", "\n", "- ", "x", "{}", "null"]),
        ),
        min_size=1,
        max_size=4,
    )
)
@settings(max_examples=150)
def test_whatever_stands_in_a_scenario_is_read_or_told(changes: list[tuple[int, int, str]]) -> None:
    """Law: reading a scenario gives it, or problems with places in it; it never raises."""
    text = _WHOLE
    for start, length, put in changes:
        text = text[:start] + put + text[start + length :]
    with TemporaryDirectory() as folder:
        path = Path(folder, "some.yaml")
        path.write_text(text, encoding="utf-8")
        found, problems = read_scenarios(path)
    assert problems or all(each.claims and (each.expect or each.nothing) for each in found)
    assert all(1 <= each.mark.line <= text.count("\n") + 1 for each in problems)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("claim scenario:\ngiven: {}\n", "1:1: `claim scenario` has no value; write one, or leave the key out"),
        ("claim scenario: [a]\nnothing fails: yes\n", "1:17: a list where text is due; if it is text, quote it"),
        (
            f"{_HEAD}{_CLAIM}nothing fails: yes\n---\n{{}}\n",
            "11:1: a scenario starts with its name: `claim scenario: …`",
        ),
        (f"{_HEAD}given: some\nnothing fails: yes\n", "3:8: text where a claim is due; write a map of its keys"),
        (f"{_HEAD}given: []\nnothing fails: yes\n", "3:8: an empty list; give a claim"),
        (
            f"{_HEAD}given: {{lines: some}}\nnothing fails: yes\n",
            "3:16: text where a line is due; write a map of its keys",
        ),
        (f"{_HEAD}{_CLAIM}expect: some\n", "9:9: text where a finding is due; write {edit: ID, line: 1, status: fail}"),
        (
            f"{_HEAD}file: {'x' * 300}\nnothing fails: yes\n",
            f"3:7: no file `{'x' * 57}...` beside this one; give its path from here",
        ),
    ],
)
def test_what_is_of_another_shape_is_told(text: str, expected: str, tmp_path: Path) -> None:
    assert expected in [line.removeprefix("scenarios.yaml:") for line in _told(tmp_path, text)]


# ---- under pytest ----------------------------------------------------------------------------------------------------


def test_scenarios_are_items_of_pytest(pytester: pytest.Pytester) -> None:
    write_rules(pytester.path)
    text = f"{_HEAD}{_CLAIM}expect: {{edit: clia.present, status: fail}}\n---\n"
    text += f"claim scenario: two\nrulesets: rules\n{_CLAIM}nothing fails: yes\n"
    (pytester.path / "clia.yaml").write_text(text, encoding="utf-8")
    result = pytester.runpytest("clia.yaml")
    result.assert_outcomes(passed=1, failed=1)
    start = result.outlines.index("clia.yaml:11:1: two")
    assert result.outlines[start : start + 17] == [
        "clia.yaml:11:1: two",
        "",
        "  expected: nothing fails",
        "  found:    claim PCN-1, line 1: clia.present fails: 86329 needs a CLIA number",
        "    fail: clia.present",
        "      when: true",
        "        true     line.code in: $set.tests   (found: 86329)",
        "      require: false",
        "      * false    line.clia: present   (found: none)",
        "",
        "  the claim:",
        "    - id: PCN-1",
        "      type: professional",
        "      payer: {id: 01182}",
        "      lines:",
        "        - {number: 1, code: 86329, code_type: HC, units: 1, charge: 25.00, date: 2026-01-05}",
        "        - {number: 2, code: 99213, code_type: HC, charge: 80.00, date: 2026-01-05}",
    ]
    assert "Traceback" not in result.stdout.str()
    pytester.runpytest("clia.yaml::one").assert_outcomes(passed=1)


def test_a_mistake_in_a_scenario_is_an_error_of_collection(pytester: pytest.Pytester) -> None:
    (pytester.path / "clia.yaml").write_text("claim scenario: one\ngivn: {}\n", encoding="utf-8")
    result = pytester.runpytest("clia.yaml")
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["clia.yaml:2:1: unknown key `givn`; did you mean `given`?"])
    assert "Traceback" not in result.stdout.str()
