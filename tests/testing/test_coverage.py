"""`coverage --tests`: what is counted as reached, and how it is told."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from cpt_rules.cli import main
from cpt_rules.commands.coverage_html import page_names
from cpt_rules.ruleset.load import load_ruleset
from cpt_rules.testing.covered.coverage import Coverage, Measured, measure
from cpt_rules.testing.covered.points import points
from tests.small import write_rules

_RULES = """\
source: manual
title: The laboratory's manual
publisher: the laboratory
edition: fifth
confidence: high
---
set: tests
title: Laboratory tests
complete: yes
values: {2020-01-01: [86329], 2025-01-01: [86329, 80053], 2027-01-01: [86329]}
source: manual
---
set: spare
title: Named by nothing
values: {2020-01-01: [86329]}
source: manual
---
fact: panels
title: Panels of which the code is part
type: list of hcpcs
---
profile: 86329
facts:
  panels: {values: {2020-01-01: [80053]}, source: manual}
---
payer: medicare
title: Medicare
---
payer: aetna
title: Aetna
---
edit: clia.present
title: A test carries a CLIA number
payers: [medicare]
since: 2024-01-01
when:
  line.code in: $set.tests
unless:
  any:
    - line.modifiers any of: [90]
    - line.pos: 12
    - {line.pos: 31, line.modifiers any of: [26]}
require: {line.clia: present}
severity: fail
disposition: return
message: "{line.code} needs a CLIA number"
remedy: Send it in 2300 REF*X4
source: manual
tests:
  - {name: on the claim, given: {line.code: 86329, claim.clia: 05D0123456}, expect: pass}
  - {name: nowhere, given: {line.code: 86329}, expect: fail}
  - {name: another laboratory, given: {line.code: 86329, line.modifiers: [90], line.pos: 12}, expect: not applicable}
  - {name: at home, given: {line.code: 86329, line.pos: 12}, expect: not applicable}
  - {name: before, given: {line.code: 86329, line.date: 2023-12-31}, expect: not applicable}
---
edit: panel.whole
title: A part of a panel
payers: all
require: {profile.panels none of: $claim.codes}
severity: warn
disposition: inform
message: "{line.code} is part of a panel"
remedy: Bill the panel
after: [clia.present]
source: manual
tests:
  - {name: alone, given: {line.code: 86329, claim.clia: 05D0123456, profile.panels: [80053]}, expect: pass}
---
overlay: aetna.all
for: {payer: aetna}
edits:
  clia.present: {adopt: yes, since: 2025-01-01, source: manual}
  panel.whole: {off: yes, reason: not in the policy, source: manual}
sets:
  tests+: {values: {2025-06-01: [36415]}, source: manual}
tests:
  - {name: a draw, edit: clia.present, given: {line.code: 36415, claim.payer: aetna}, expect: fail}
"""


@pytest.fixture(scope="module")
def coverage(tmp_path_factory: pytest.TempPathFactory) -> Coverage:
    return measure(load_ruleset(write_rules(tmp_path_factory.mktemp("small"), _RULES)))


def _of(coverage: Coverage, kind: str, of: str) -> dict[str, Measured]:
    return {each.point.what: each for each in coverage.measured if (each.point.kind, each.point.of) == (kind, of)}


def _counts(coverage: Coverage, kind: str, of: str) -> dict[str, int]:
    return {what: each.count for what, each in _of(coverage, kind, of).items()}


def test_the_outcomes_that_an_edit_can_have_are_counted(coverage: Coverage) -> None:
    assert _counts(coverage, "outcome", "clia.present") == {
        "pass": 1,
        "fail": 2,
        "not checked": 0,
        "not applicable": 3,
    }
    assert _counts(coverage, "outcome", "panel.whole") == {
        "pass": 1,
        "warn": 0,
        "not checked": 0,
        "not applicable": 0,
        "silenced": 0,
    }


def test_a_branch_is_reached_where_it_holds_and_it_is_said_how_often_it_alone_did(coverage: Coverage) -> None:
    found = _of(coverage, "branch", "clia.present")
    assert {what: (each.count, each.alone) for what, each in found.items()} == {
        "unless, any 1 of 3: line.modifiers any of: 90": (1, 0),
        "unless, any 2 of 3: line.pos: 12": (2, 1),
        "unless, any 3 of 3: line.pos: 31 (and 1 more)": (0, 0),
    }
    assert found["unless, any 2 of 3: line.pos: 12"].tests == (
        "clia.present::another laboratory",
        "clia.present::at home",
    )


def test_a_condition_counts_only_where_its_part_mattered(coverage: Coverage) -> None:
    assert _counts(coverage, "condition", "clia.present") == {
        "when: line.code in: $set.tests (true)": 5,
        "when: line.code in: $set.tests (false)": 0,
        "unless: line.modifiers any of: 90 (true)": 1,
        "unless: line.modifiers any of: 90 (false)": 4,
        "unless: line.pos: 12 (true)": 2,
        "unless: line.pos: 12 (false)": 3,
        "unless: line.pos: 31 (true)": 0,
        "unless: line.pos: 31 (false)": 5,
        "unless: line.modifiers any of: 26 (true)": 0,
        "unless: line.modifiers any of: 26 (false)": 5,
        "require: line.clia: present (true)": 1,
        "require: line.clia: present (false)": 2,
    }


def test_epochs_are_those_of_edits_sets_and_facts_that_the_day_picks(coverage: Coverage) -> None:
    assert _counts(coverage, "epoch", "clia.present") == {"before 2024-01-01": 1, "in force, from 2024-01-01": 5}
    assert _counts(coverage, "epoch", "set.tests") == {
        "from 2020-01-01": 0,  # the test of that time has a day before the edit
        "from 2025-01-01": 5,
        "from 2027-01-01": 0,
    }
    assert _counts(coverage, "epoch", "set.spare") == {"from 2020-01-01": 0}


def test_what_a_test_supposes_is_not_reached_in_the_ruleset(coverage: Coverage) -> None:
    assert _counts(coverage, "epoch", "profile.86329.panels") == {"from 2020-01-01": 0}


def test_changes_of_overlays_are_reached_where_they_are_in_force_for_the_claim(coverage: Coverage) -> None:
    assert _counts(coverage, "change", "aetna.all") == {
        "clia.present: adopt": 1,
        "panel.whole: off": 0,
        "set.tests+ from 2025-06-01": 1,
    }


def test_no_test_reaches_anything_that_is_not_there_to_reach(tmp_path: Path) -> None:
    """Without tests nothing is reached, and of the bundled rulesets every test reaches known points only."""
    text = "\n".join(line for line in _RULES.splitlines() if not line.startswith(("tests:", "  - {name:")))
    bare = measure(load_ruleset(write_rules(tmp_path, text)))
    assert bare.tests == 0
    assert not any(each.reached for each in bare.measured)
    assert len(points(load_ruleset(write_rules(tmp_path, _RULES)))) == len(bare.measured)


# ---- the command -----------------------------------------------------------------------------------------------------


def _run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(main, ["coverage", *map(str, arguments)])


def test_the_totals_and_what_is_missing_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_rules(tmp_path, _RULES)
    monkeypatch.chdir(tmp_path)
    result = _run("--tests", "--rulesets", "rules")
    assert (result.exit_code, result.stderr) == (0, "")
    lines = result.stdout.splitlines()
    assert lines[:9] == [
        "7 tests, ruleset 2026.1",
        "",
        "                          reached      of",
        "edits                           2       2   100 %",
        "outcomes                        4       9    44 %",
        "branches of any                 2       3    66 %",
        "conditions, both ways          10      14    71 %",
        "epochs                          3       7    42 %",
        "overlay changes                 2       3    66 %",
    ]
    start = lines.index("set.tests   rules/small.yaml:10")
    assert lines[start : start + 3] == [
        "set.tests   rules/small.yaml:10",
        "  epoch      line 10: from 2020-01-01",
        "  epoch      line 10: from 2027-01-01",
    ]
    assert lines[-2:] == ["aetna.all   rules/small.yaml:73", "  change     line 73: panel.whole: off"]
    assert all(len(line) <= 100 for line in lines)


def test_json_has_every_point_with_its_place_and_tests(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_rules(tmp_path, _RULES)
    monkeypatch.chdir(tmp_path)
    found = json.loads(_run("--tests", "--rulesets", "rules", "--format", "json").stdout)
    assert found["totals"]["outcomes"] == {"reached": 4, "of": 9}
    assert (found["tests"], found["scenarios"], found["failed"]) == (7, 0, [])
    (branch,) = [each for each in found["points"] if each["what"].startswith("unless, any 2")]
    assert branch == {
        "kind": "branch",
        "of": "clia.present",
        "what": "unless, any 2 of 3: line.pos: 12",
        "file": "rules/small.yaml",
        "line": 41,
        "column": 7,
        "reached": 2,
        "alone": 1,
        "tests": ["clia.present::another laboratory", "clia.present::at home"],
    }


_SCENARIO = """\
claim scenario: a skilled nursing facility reads the result
rulesets: ../rules
given: {payer: {id: medicare}, lines: [{code: 86329, date: 2024-06-01, pos: 31, modifiers: [26]}]}
expect: {edit: clia.present, status: not applicable}
"""


def test_scenarios_count_where_they_expect_something(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_rules(tmp_path, _RULES)
    (tmp_path / "scenarios").mkdir()
    (tmp_path / "scenarios" / "pos.yaml").write_text(_SCENARIO, encoding="utf-8")
    (tmp_path / "scenarios" / "other.yaml").write_text("version: 3\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    arguments = ("--tests", "--rulesets", "rules", "--scenarios", "scenarios", "--format", "json")
    found = json.loads(_run(*arguments).stdout)
    assert (found["scenarios"], found["failed"]) == (1, [])
    assert found["totals"]["branches of any"] == {"reached": 3, "of": 3}
    reached = {(each["of"], each["what"]): each["tests"] for each in found["points"]}
    name = "scenarios/pos.yaml::a skilled nursing facility reads the result"
    assert reached["clia.present", "unless, any 3 of 3: line.pos: 31 (and 1 more)"] == [name]
    assert reached["set.tests", "from 2020-01-01"] == [name]
    assert reached["panel.whole", "warn"] == []


def test_tests_that_fail_are_named_and_the_status_is_1(tmp_path: Path) -> None:
    rules = write_rules(
        tmp_path, _RULES.replace("given: {line.code: 86329}, expect: fail", "given: {line.code: 86329}, expect: pass")
    )
    result = _run("--tests", "--rulesets", rules)
    assert result.exit_code == 1
    assert result.stdout.splitlines()[1:3] == [
        "failing: 1; what they reach is counted all the same:",
        "  clia.present::nowhere",
    ]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["86329", "--tests"], "leave them out with --tests"),
        (["--tests", "--payer", "medicare"], "leave them out with --tests"),
        (["--html", "x"], "--scenarios and --html go with --tests"),
        (["--scenarios", "x"], "--scenarios and --html go with --tests"),
        (["--tests", "--scenarios", "nowhere"], "no file or folder 'nowhere'"),
        (["--tests", "--scenarios", "docs"], "no claim scenario in docs"),
    ],
)
def test_options_that_do_not_go_together_are_said(
    arguments: list[str], message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "docs").mkdir()
    monkeypatch.chdir(tmp_path)
    result = _run(*arguments)
    assert (result.exit_code, result.stdout) == (2, "")
    assert message in result.stderr


def test_a_faulty_scenario_is_told_with_its_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "pos.yaml").write_text(_SCENARIO.replace("expect:", "expct:"), encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    result = _run("--tests", "--scenarios", "pos.yaml")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "pos.yaml:4:1: unknown key `expct`; did you mean `expect`?" in result.stderr.splitlines()


# ---- HTML ------------------------------------------------------------------------------------------------------------


class _Page(HTMLParser):
    """The tags of a page, what they load, and its text; whatever is opened is closed."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.links: list[str] = []
        self.words: list[str] = []
        self.open: list[str] = []
        self.lines: dict[str, str] = {}
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        self.tags.add(tag)
        self.links += [str(found[key]) for key in ("href", "src") if key in found]
        if tag == "tr" and "id" in found:
            self.lines[str(found["id"])] = str(found["class"])
        if tag != "meta":
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words.append(data)


@pytest.fixture(scope="module")
def html(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("html")
    text = _RULES.replace("title: A part of a panel", "title: \"<script>alert('x')</script> & more\"")
    rules = write_rules(folder, text.replace("name: nowhere", "name: <b>nowhere"))
    assert _run("--tests", "--rulesets", rules, "--html", folder / "html").exit_code == 0
    return folder / "html"


def test_pages_stand_alone_and_are_well_formed(html: Path) -> None:
    assert sorted(path.name for path in html.iterdir()) == ["index.html", "small.html"]
    for path in html.iterdir():
        page = _Page(path.read_text(encoding="utf-8"))
        assert page.open == []
        assert not page.tags & {"script", "link", "img", "iframe"}
        assert all((html / link).is_file() for link in page.links)


def test_what_rulesets_hold_is_text_and_never_markup(html: Path) -> None:
    text = (html / "small.html").read_text(encoding="utf-8")
    assert "<script>" not in text
    assert "<b>" not in text
    page = _Page(text)
    words = "".join(page.words)
    assert "title: \"<script>alert('x')</script> & more\"" in words
    assert "clia.present::<b>nowhere" in words


def test_every_line_of_a_file_is_there_and_marked_by_what_is_reached(html: Path) -> None:
    text = (html / "small.html").read_text(encoding="utf-8")
    page = _Page(text)
    assert text.count('<td class="no">') == len(_RULES.split("\n"))
    assert page.lines["L41"] == "all"  # line.pos: 12
    assert page.lines["L10"] == "some"  # one of three epochs
    assert page.lines["L15"] == "none"  # a set that nothing names
    assert "L2" not in page.lines  # a title


def test_pages_have_names_of_their_own_wherever_the_files_stand(tmp_path: Path) -> None:
    """Bundled rules have absolute paths, those of a user often none; a name is never used twice."""
    absolute = str(tmp_path / "rulesets" / "edits" / "clia.yaml")
    names = page_names([absolute, "my/edits/clia.yaml", "my/edits-clia.yaml", "my/index.yaml", "my/<b>.yaml"])
    assert len(set(names.values())) == 5
    assert all(re.fullmatch(r"[a-z0-9-]+\.html", name) for name in names.values())
    assert page_names(["rules/index.yaml"]) == {"rules/index.yaml": "index-1.html"}
    assert page_names([]) == {}
