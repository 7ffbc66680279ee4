"""`cpt-rules diff`: what it names, in every format, and its exit status."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from cpt_rules.cli import main
from cpt_rules.ruleset.load import bundled_path
from tests.commands.place import ROOT, Place
from tests.small import RULES, record, write_claims, write_rules

SEVERITY = ("severity: fail\ndisposition: return", "severity: warn\ndisposition: return")


def diff(*args: str, input: str | None = None) -> Result:
    return CliRunner().invoke(main, ("diff", *args, "--as-of", "2026-01-06"), input=input)


def other_rules(folder: Path, *replacements: tuple[str, str]) -> str:
    """A folder with the small ruleset in which texts are replaced."""
    text = RULES
    for old, new in replacements:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    folder.mkdir()
    return str(write_rules(folder, text))


@pytest.fixture
def old(place: Place) -> str:
    return str(place.folder / "rules")


@pytest.fixture
def new(place: Place) -> str:
    return other_rules(place.folder / "other", SEVERITY)


# ---- the bundled rulesets with five planted changes ----------------------------------------------------------------


def planted(folder: Path) -> str:
    """A copy of the bundled rulesets: a code leaves a set, a value starts later, a severity, an overlay, no date.order."""
    copy = folder / "planted"
    shutil.copytree(bundled_path(), copy)

    def change(name: str, old: str, new: str) -> None:
        path = copy / name
        text = path.read_text(encoding="utf-8")
        assert text.count(old) == 1, (name, old)
        path.write_text(text.replace(old, new), encoding="utf-8")

    change("sets/clinical-laboratory.yaml", "[36415, 36416, G0471", "[36416, G0471")
    change("sets/place-of-service.yaml", "  2024-08-01: [", "  2024-09-01: [")
    text = (copy / "edits/clia.yaml").read_text(encoding="utf-8")
    at = text.index("severity: fail", text.index("edit: clia.format"))
    (copy / "edits/clia.yaml").write_text(text[:at] + "severity: warn" + text[at + 14 :], encoding="utf-8")
    adopted = "qw.required: {adopt: yes, since: 2021-06-16,"
    change("payers/uhc.yaml", adopted, "qw.required: {off: yes, reason: planted, since: 2021-06-16,")
    text = (copy / "edits/units-dates.yaml").read_text(encoding="utf-8")
    start = text.index("edit: date.order")
    (copy / "edits/units-dates.yaml").write_text(
        text[:start] + text[text.index("---\n", start) + 4 :], encoding="utf-8"
    )
    return str(copy)


def a_claim(line: dict[str, Any], **more: Any) -> dict[str, Any]:
    """A claim whose id repeats in the file, with what its first line has beside code and charge."""
    codes = more.pop("codes", ("86329",))
    found = record("SAME", *codes, **{"clia": "05D0123456", "pos": "81", **more})
    found["lines"][0] |= line
    return found


CLAIMS = (
    a_claim({}),
    a_claim({"modifiers": ["90"], "referring_clia": "05D7654321"}, codes=("36415",)),
    a_claim({"date": "2024-08-15"}, pos="66"),
    a_claim({"date": "2024-09-01"}, pos="66"),
    a_claim({}, clia="05D012345"),
    {
        **a_claim({"modifiers": ["QW"]}, codes=("80053", "85025")),
        "payer": {"id": "87726", "line_of_business": "commercial"},
    },
    a_claim({"date_to": "2026-01-04"}),
)


def test_five_planted_changes_are_named_exactly_and_the_claims_they_change(place: Place) -> None:
    claims = str(write_claims(place.folder / "in.jsonl", *CLAIMS))
    result = diff("bundled", planted(place.folder), claims, "--format", "json")
    assert (result.exit_code, result.stderr) == (1, "")
    found = json.loads(result.stdout)
    documents = {
        f"{each['kind']} {each['id']}": [
            (one["part"], one["from"], one["to"], one["joined"], one["left"])
            for one in each["differences"]
            if one["concern"] == "meaning"
        ]
        for each in found["documents"]
    }
    assert documents == {
        "edit clia.format": [("severity", None, None, [], [])],
        "edit date.order": [("document", None, None, [], [])],
        "overlay uhc.qw": [("edits qw.required", None, None, [], [])],
        "set lab.collection": [("values", "2020-01-01", None, [], ["36415"])],
        "set pos.active": [("values", "2024-08-01", "2024-08-31", [], ["66"])],
    }
    assert [each["status"] for each in found["documents"]] == ["changed", "removed", "changed", "changed", "changed"]
    outcomes = [
        (each["n"], each["segments"], each["line"], each["edit"], each["old"]["outcome"], each["new"]["outcome"])
        for each in found["outcomes"]
    ]
    assert {each["claim"] for each in found["outcomes"]} == {"SAME"}
    assert outcomes == [
        (2, [2, 2], 1, "clia.reference-laboratory", "not applicable", "not checked"),
        (2, [2, 2], 1, "modifier.reference-laboratory", "not checked", "not applicable"),
        (2, [2, 2], 1, "service-facility.present", "not applicable", "not checked"),
        (3, [3, 3], 1, "pos.active", "pass", "warn"),
        (3, [3, 3], 1, "pos.allowed", "not checked", "silenced"),
        (5, [5, 5], 1, "clia.format", "fail", "warn"),
        (6, [6, 6], 1, "qw.required", "pass", "not applicable"),
        (6, [6, 6], 2, "clia.certificate", "silenced", "not checked"),
        (6, [6, 6], 2, "qw.required", "warn", "not applicable"),
        (7, [7, 7], 1, "date.order", "fail", "not applicable"),
    ]
    because = {(each["n"], *each["because"]) for each in found["outcomes"]}
    assert because == {
        (2, "set lab.collection"),
        (3, "set pos.active"),
        (5, "edit clia.format"),
        (6, "overlay uhc.qw"),
        (7, "edit date.order"),
    }


# ---- the formats ---------------------------------------------------------------------------------------------------

TEXT = """\
old  rules (2026.1, {old})
new  other/rules (2026.1, {new})
1 document differs in meaning (1 changed)

edit clia.present: changed
  severity: fail → warn

in all
  edits: clia.present
  days:  at all times

claim 1 (FAILS) of in.jsonl, line 1
  line 1, 86329, 2026-01-05
    clia.present: fail → warn
      by edit clia.present (severity: fail → warn)
      severity was fail, is warn

4 claims judged as of 2026-01-06: 1 outcome on 1 line of 1 claim changes
        1  clia.present: fail → warn, by edit clia.present
"""

MARKDOWN = """\
## Rulesets: 1 document differs in meaning (1 changed)

rules (2026.1) → other/rules (2026.1)

| document | what changed | days | codes | edits |
|---|---|---|---|---|
| `edit clia.present` | severity: fail → warn |  |  | clia.present |

### 4 claims judged as of 2026-01-06: 1 outcome on 1 line of 1 claim changes

| edit | old | new | by | outcomes |
|---|---|---|---|---|
| `clia.present` | fail | warn | `edit clia.present` | 1 |

<details>
<summary>1 outcome</summary>

| claim | line | edit | old → new | because |
|---|---|---|---|---|
| claim 1 (FAILS) of in.jsonl, line 1 | line 1, 86329, 2026-01-05 | `clia.present` | fail → warn \
| by edit clia.present (severity: fail → warn)<br>severity was fail, is warn |

</details>
"""


@pytest.fixture
def short(place: Place, old: str, new: str) -> tuple[str, str, str]:
    """The two rulesets and the claims, as paths from the folder."""
    place.claims()
    return "rules", "other/rules", "in.jsonl"


def test_the_page_for_people(short: tuple[str, str, str]) -> None:
    result = diff(*short)
    hashes = re.findall(r"sha256:[0-9a-f]{12}", result.stdout)
    assert result.stdout == TEXT.format(old=hashes[0], new=hashes[1])
    assert (result.exit_code, result.stderr, len(set(hashes))) == (1, "", 2)


def test_the_page_for_a_pull_request(short: tuple[str, str, str]) -> None:
    result = diff(*short, "--format", "markdown")
    assert (result.exit_code, result.stdout) == (1, MARKDOWN)


def test_markdown_lists_the_first_outcomes_and_counts_all(place: Place, old: str, new: str) -> None:
    result = diff(old, new, place.claims(300), "--format", "markdown", "--most", "2")
    assert "<summary>The first 2 of 300 outcomes</summary>" in result.stdout
    assert "| `clia.present` | fail | warn | `edit clia.present` | 300 |" in result.stdout
    assert result.stdout.count("| claim 1 (C0) of ") == 1
    assert "claim 3 (C2)" not in result.stdout
    none = diff(old, new, place.claims(3), "--format", "markdown", "--most", "0").stdout
    assert "<details>" not in none
    assert "| 3 |" in none


def test_what_a_claim_says_is_no_markup(place: Place, old: str, new: str) -> None:
    claims = str(write_claims(place.folder / "in.jsonl", record("a|b<i>`\\n", "86329")))
    page = diff(old, new, claims, "--format", "markdown").stdout
    assert "claim 1 (a\\|b\\<i\\>\\`" in page
    assert page.count("\n| claim 1 ") == 1


def test_json_has_every_outcome_with_both_sides_and_the_reason(place: Place, old: str) -> None:
    other = other_rules(
        place.folder / "other", ("{2020-01-01: [86329, 80047-80053]}", "{2020-01-01: [86329], 2026-01-01: [80053]}")
    )
    found = json.loads(diff(old, other, place.claims(), "--format", "json").stdout)
    first = found["outcomes"][0]
    assert first == {
        "n": 1,
        "claim": "FAILS",
        "input": str(place.folder / "in.jsonl"),
        "ordinal": 1,
        "segments": [1, 1],
        "line": 1,
        "index": 0,
        "with_line": None,
        "with_index": None,
        "code": "86329",
        "date": "2026-01-05",
        "edit": "clia.present",
        "old": {"outcome": "fail", "payer": "medicare", "missing": [], "silenced_by": None, "has_edit": True},
        "new": {"outcome": "not applicable", "payer": "medicare", "missing": [], "silenced_by": None, "has_edit": True},
        "because": ["set tests"],
        "by": [
            {
                "kind": "set",
                "id": "tests",
                "status": "changed",
                "differences": [
                    {
                        "part": "values",
                        "concern": "meaning",
                        "old": "80047, 80048, 80049, 80050, 80051, 80052, 80053, 86329",
                        "new": "80053",
                        "from": "2026-01-01",
                        "to": None,
                        "joined": [],
                        "left": ["86329"],
                    }
                ],
            }
        ],
        "conditions": [
            {
                "part": "when",
                "text": "line.code in: $set.tests",
                "only": None,
                "old": "true",
                "new": "false",
                "old_holds": "86329",
                "new_holds": "86329",
            }
        ],
        "notes": [],
    }
    assert found["impact"] == {
        "edits": ["clia.present", "icd10.supports"],
        "codes": ["80047", "80048", "80049", "80050", "80051", "80052", "80053", "86329"],
        "days": [{"from": "2020-01-01", "to": None}],
    }
    assert found["summary"]["lines_by_document"] == {"set tests": 2}


def test_nothing_that_identifies_a_patient_is_shown(place: Place) -> None:
    born = (
        "when: {line.code in: $set.tests}\nrequire: {line.clia",
        "when: {line.code in: $set.tests, patient.birth_date before: 1990-01-01}\nrequire: {line.clia",
    )
    later = (born[0], born[1].replace("1990", "1970"))
    one, other = other_rules(place.folder / "one", born), other_rules(place.folder / "other", later)
    patient = {"id": "1EG4TE5MK73", "birth_date": "1979-03-02", "sex": "F"}
    claims = str(write_claims(place.folder / "in.jsonl", record("A", "86329", patient=patient)))
    for form in ("text", "json", "markdown"):
        result = diff(one, other, claims, "--format", form)
        assert result.exit_code == 1
        assert "patient.birth" in result.stdout
        assert "1979" not in result.stdout
        assert "1EG4TE5MK73" not in result.stdout


@pytest.mark.parametrize("form", ["text", "json"])
def test_the_same_input_gives_the_same_bytes(short: tuple[str, str, str], place: Place, form: str) -> None:
    found = set()
    for seed in ("1", "2"):
        command = [sys.executable, "-m", "cpt_rules", "diff", *short, "--format", form, "--generate", "4"]
        environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONHASHSEED": seed, "PYTHONIOENCODING": "utf-8"}
        done = subprocess.run([*command, "--as-of", "2026-01-06"], env=environment, capture_output=True, check=False)
        assert (done.returncode, done.stderr) == (1, b"")
        found.add(done.stdout)
    assert len(found) == 1


# ---- the exit status -----------------------------------------------------------------------------------------------


def test_without_a_difference_in_meaning_the_status_is_0(place: Place, old: str) -> None:
    words = other_rules(place.folder / "words", ("remedy: Correct CLM02", "remedy: Mend CLM02"))
    result = diff(old, words, place.claims())
    assert result.exit_code == 0
    assert "no difference in meaning; 1 in words only\n\nedit claim.balanced: words only\n" in result.stdout
    assert result.stdout.endswith("4 claims judged as of 2026-01-06: no outcome changes\n")
    same = diff(old, old, "--format", "json")
    assert (same.exit_code, json.loads(same.stdout)["documents"]) == (0, [])


def test_every_fault_of_both_rulesets_is_named_and_the_status_is_2(place: Place) -> None:
    faulty = other_rules(place.folder / "faulty", ("severity: fail", "severity: grave"))
    worse = other_rules(place.folder / "worse", ("payers: [medicare]", "payers: [nobody]"))
    result = diff(faulty, worse)
    checked = [CliRunner().invoke(main, ("check", each)).stdout.splitlines()[0] for each in (faulty, worse)]
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.splitlines() == checked


def test_what_cannot_be_read_is_named_and_the_rest_is_judged(place: Place, old: str, new: str) -> None:
    (place.folder / "bad.jsonl").write_text("{\n", encoding="utf-8")
    result = diff(old, new, "bad.jsonl", place.claims(), "--format", "json")
    assert result.exit_code == 3
    assert result.stderr.startswith("bad.jsonl:line 1: ")
    summary = json.loads(result.stdout)["summary"]
    assert (summary["claims"], summary["unreadable"], summary["outcomes_changed"]) == (4, 1, 1)


def test_an_output_that_cannot_be_written_is_4_and_an_input_is_never_overwritten(
    place: Place, old: str, new: str
) -> None:
    claims = place.claims()
    assert diff(old, new, "-o", "nowhere/out.txt").exit_code == 4
    result = diff(old, new, claims, "-o", claims)
    assert result.exit_code == 2
    assert "is also an input; name another file" in result.stderr
    assert diff(old, new, claims, "-o", "out.txt").exit_code == 1
    assert Path("out.txt").read_text(encoding="utf-8").startswith("old  ")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--client", "acm"), "unknown client `acm`; did you mean `acme`?"),
        (("--payer", "medicar"), "unknown payer `medicar`; did you mean `medicare`?"),
        (("-", "-"), "standard input (-) is named twice; it can be read once"),
        (("--mapping", "m.yaml", "--from", "x12"), "a mapping names columns; x12 has none"),
    ],
)
def test_options_that_make_no_sense_are_refused(old: str, new: str, options: tuple[str, ...], message: str) -> None:
    result = diff(old, new, *options)
    assert (result.exit_code, result.stdout) == (2, "")
    assert message in " ".join(result.stderr.split())


# ---- claims and rulesets -------------------------------------------------------------------------------------------


def test_claims_come_from_standard_input_too_and_from_any_format(place: Place, old: str, new: str) -> None:
    lines = Path(place.claims()).read_text(encoding="utf-8")
    assert "claim 1 (FAILS) of -, line 1" in diff(old, new, "-", input=lines).stdout
    x12 = diff(old, new, place.x12(), "--payer", "medicare", "--format", "json")
    assert [each["claim"] for each in json.loads(x12.stdout)["outcomes"]] == ["PCN-1001"]
    assert re.search(r"claim 1 \(PCN-1001\) of .*in\.837, segments \d+-\d+\n", diff(old, new, place.x12()).stdout)


def test_rulesets_of_both_sides_are_read_beside_each(place: Place, old: str) -> None:
    head, _, overlay = RULES.rpartition("---\n")
    (place.folder / "base.yaml").write_text(head, encoding="utf-8")
    for name, text in (("a.yaml", overlay), ("b.yaml", overlay.replace("client: acme", "client: acne"))):
        (place.folder / name).write_text(text, encoding="utf-8")
    result = diff("a.yaml", "b.yaml", "--rulesets", "base.yaml", "--format", "json")
    assert [(each["kind"], each["id"]) for each in json.loads(result.stdout)["documents"]] == [("overlay", "acme")]


def test_claims_that_are_made_up_are_shown_as_an_inline_test_would_give_them(old: str, new: str) -> None:
    result = diff(old, new, "--generate", "3", "--seed", "7")
    assert result.exit_code == 1
    assert re.search(r"\nclaim 1 \(generated-1\)\n  given: \{.*line\.code: ", result.stdout)
    assert "3 claims judged as of 2026-01-06 (3 of them made up, seed 7): " in result.stdout
    made = json.loads(diff(old, new, "--generate", "3", "--seed", "7", "--format", "json").stdout)
    assert made["outcomes"][0]["given"]["id"] == "generated-1"
    assert (made["summary"]["generated"], made["summary"]["seed"]) == (3, 7)


def test_memory_does_not_grow_with_the_claims(place: Place, old: str, new: str) -> None:
    """Eight times the claims, every one changed, take no more than 2 MB more."""
    import tracemalloc

    peaks = []
    for count in (100, 800):
        claims = place.claims(count, f"{count}.jsonl")
        tracemalloc.start()
        assert diff(old, new, claims, "-o", "out.json", "--format", "json").exit_code == 1
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] - peaks[0] < 2 << 20
