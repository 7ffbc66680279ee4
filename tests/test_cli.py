"""The command line: what is written where, and the exit status."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from cpt_rules import __version__
from cpt_rules.cli import main
from tests.small import RULES, record, write_claims, write_rules

pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning")
ROOT = Path(__file__).parents[1]


class Place:
    """A folder with the small ruleset and claims; `run` calls the command line in it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.rules = str(write_rules(folder))
        self.claims = str(write_claims(folder / "in.jsonl"))

    def run(self, *args: str, input: str | None = None) -> Result:
        return CliRunner().invoke(main, args, input=input)

    def scrub(self, *args: str, input: str | None = None) -> Result:
        options = ("--rulesets", self.rules, "--as-of", "2026-01-06")
        return self.run("scrub", *options, *(args or (self.claims,)), input=input)

    def records(self, *args: str) -> list[dict[str, Any]]:
        result = self.scrub(*args, "--format", "jsonl")
        return [json.loads(line) for line in result.stdout.splitlines()]

    def process(self, *args: str, **options: Any) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "cpt_rules", *args]
        environment = {**os.environ, "PYTHONPATH": str(ROOT), **options.pop("env", {})}
        return subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, **options)


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Place:
    monkeypatch.chdir(tmp_path)
    return Place(tmp_path)


def usage(result: Result) -> str:
    """The last line of a usage error; its exit status is 2 and nothing is on standard output."""
    assert (result.exit_code, result.stdout) == (2, "")
    return result.stderr.splitlines()[-1]


# ---- scrub: what is written ----------------------------------------------------------------------------------------


def test_scrub_writes_a_page_for_people(place: Place) -> None:
    result = place.scrub()
    assert result.exit_code == 1
    assert result.stderr == ""
    assert result.stdout.startswith("fail        FAILS · professional · Medicare · hold ($25.00 at risk)")
    assert "\x1b" not in result.stdout
    assert "4 claims, 5 lines, as of 2026-01-06, ruleset 2026.1" in result.stdout


def test_scrub_writes_jsonl_and_json(place: Place) -> None:
    kinds = [each["record"] for each in place.records(place.claims)]
    assert kinds == ["finding", "finding", "claim", "finding", "claim", "claim", "claim", "summary"]
    document = json.loads(place.scrub(place.claims, "--format", "json").stdout)
    assert [claim["claim"] for claim in document["claims"]] == ["FAILS", "WARNS", "CLEAN", "UNCHECKED"]
    assert document["summary"]["claims"] == 4


def test_all_adds_passes_and_what_is_not_checked(place: Place) -> None:
    statuses = {each["status"] for each in place.records(place.claims, "--all") if each["record"] == "finding"}
    assert statuses == {"pass", "warn", "fail", "not checked"}


def test_claims_are_counted_through_all_inputs(place: Place) -> None:
    records = place.records(place.claims, place.claims)
    assert [each["n"] for each in records if each["record"] == "claim"] == list(range(1, 9))


def test_a_dash_reads_standard_input(place: Place) -> None:
    result = place.scrub("-", "--format", "jsonl", input=json.dumps(record("PIPED", "86329")) + "\n")
    assert json.loads(result.stdout.splitlines()[1])["input"] == "-"


def test_the_same_input_gives_the_same_bytes_and_a_file_has_what_standard_output_has(place: Place) -> None:
    for form in ("text", "jsonl", "json"):
        first = place.scrub(place.claims, "--format", form).stdout_bytes
        place.scrub(place.claims, "--format", form, "-o", "out")
        assert Path("out").read_bytes() == first


def test_select_and_ignore_take_edits_in_and_out_and_the_summary_names_what_was_left_out(place: Place) -> None:
    summary = place.records(place.claims, "--select", "claim.balanced", "--ignore", "code.known")[-1]
    assert list(summary["by_edit"]) == ["claim.balanced"]
    assert summary["ignored"] == ["clia.present", "code.known", "icd10.supports"]


def test_a_former_name_of_an_edit_selects_it(place: Place) -> None:
    assert place.records(place.claims, "--ignore", "clia.there")[-1]["ignored"] == ["clia.present"]


def test_payer_judges_every_claim_as_one_of_that_payer(place: Place) -> None:
    claims = [each for each in place.records(place.claims, "--payer", "aetna") if each["record"] == "claim"]
    assert {each["payer"] for each in claims} == {"aetna"}
    sent = record("BOTH", "86329", payer="01182")
    sent["payer"] = {"id": "01182", "name": "MEDICARE PART B", "filing": "MB"}
    mixed = str(write_claims(place.folder / "mixed.jsonl", sent))
    assert place.records(mixed, "--payer", "60054")[-2]["payer"] == "aetna"


def test_client_applies_the_overlays_of_that_client(place: Place) -> None:
    assert "clia.present" in place.records(place.claims)[-1]["by_edit"]
    assert "clia.present" not in place.records(place.claims, "--client", "acme")[-1]["by_edit"]


# ---- scrub: exit status --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("records", "fail_on", "status"),
    [
        ([record("A", "86329")], "fail", 1),
        ([record("A", "86329")], "never", 0),
        ([record("A", "80053", clia="05D0123456", charge="1")], "fail", 0),
        ([record("A", "80053", clia="05D0123456", charge="1")], "warn", 1),
        ([record("A", "99213")], "warn", 0),  # disposition inform
        ([record("A", "86329", payer="60054")], "warn", 0),
        ([record("A", "86329", payer="60054")], "not-checked", 1),
        ([record("A", "80053", clia="05D0123456")], "not-checked", 0),
    ],
)
def test_fail_on_is_the_mildest_verdict_that_counts(
    place: Place, records: list[dict[str, Any]], fail_on: str, status: int
) -> None:
    path = str(write_claims(place.folder / "some.jsonl", *records))
    assert place.scrub(path, "--fail-on", fail_on).exit_code == status


def test_unreadable_input_is_named_on_standard_error_and_the_rest_is_scrubbed(place: Place) -> None:
    Path("binary").write_bytes(bytes(range(256)) * 8)
    Path("empty").write_bytes(b"")
    result = place.scrub("nowhere.837", place.claims, ".", "binary", "empty", "--format", "jsonl")
    assert result.exit_code == 3
    assert [line.partition(";")[0] for line in result.stderr.splitlines()] == [
        "nowhere.837: cannot be read (No such file or directory)",
        ".: is a directory",
        "binary: is neither X12, JSON, FHIR, CSV nor Parquet",
        "empty: is empty",
    ]
    summary = json.loads(result.stdout.splitlines()[-1])
    assert (summary["claims"], summary["unreadable"]) == (4, 4)


def test_a_bad_record_does_not_stop_the_file_and_its_message_has_no_patient_in_it(place: Place) -> None:
    broken = record("BROKEN", "86329", patient={"id": "SECRET1", "birth_date": "born long ago"})
    path = str(write_claims(place.folder / "some.jsonl", broken, record("WHOLE", "80053", clia="05D0123456")))
    result = place.scrub(path, "--format", "jsonl")
    assert result.exit_code == 3
    assert "BROKEN" in result.stderr
    assert "SECRET1" not in result.stderr
    assert "long ago" not in result.stderr
    assert json.loads(result.stdout.splitlines()[0])["claim"] == "WHOLE"


def test_unreadable_input_wins_over_findings_and_faulty_rulesets_over_both(place: Place) -> None:
    assert place.scrub("nowhere.837", place.claims).exit_code == 3
    Path(place.rules, "bad.yaml").write_text("edit: x\nrequires: 1\n")
    result = place.scrub("nowhere.837", place.claims)
    assert result.exit_code == 2
    assert result.stdout == ""
    places = [line.partition(": ")[0] for line in result.stderr.splitlines()]
    assert places
    assert all(each.startswith("rules/bad.yaml:") for each in places)


def test_standard_input_is_read_once(place: Place) -> None:
    message = usage(place.scrub("-", "-", input=json.dumps(record("ONE", "86329"))))
    assert message.endswith("standard input (-) is named twice; it can be read once")


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (["--select", "clia.presnt"], "unknown edit `clia.presnt`; did you mean `clia.present`?"),
        (["--ignore", "zzz"], "unknown edit `zzz`"),
        (["--payer", "medicar"], "unknown payer `medicar`; did you mean `medicare`?"),
        (["--client", "acmee"], "unknown client `acmee`; did you mean `acme`?"),
        (["--as-of", "2026-02-30"], "'2026-02-30' is not a date; write it as 2026-01-31"),
        (["--engine", "forward"], "'forward' is not one of 'direct', 'rete'."),
        (["-o", "in.jsonl"], "'in.jsonl' is also an input; name another file"),
        (["--fail-on", "sometimes"], "'sometimes' is not one of 'fail', 'warn', 'not-checked', 'never'."),
    ],
)
def test_a_faulty_option_is_said_with_what_would_be_right(place: Place, args: list[str], message: str) -> None:
    assert usage(place.scrub("in.jsonl", *args)).endswith(message)


def test_a_misspelt_command_and_a_missing_input(place: Place) -> None:
    assert usage(place.run("srub")) == "Error: no such command 'srub'; did you mean 'scrub'?"
    assert usage(place.run("scrub")) == "Error: Missing argument 'INPUT...'."


@pytest.mark.parametrize("command", ["scrub", "check", "test", "explain", "show", "coverage", "schema"])
def test_the_help_of_every_command_has_examples(place: Place, command: str) -> None:
    result = place.run(command, "--help")
    assert result.exit_code == 0
    assert f"cpt-rules {command}" in result.stdout.partition("Examples:")[2]
    assert command in place.run("--help").stdout
    assert max(map(len, result.stdout.splitlines())) <= 100


def test_the_version(place: Place) -> None:
    assert place.run("--version").stdout == f"cpt-rules {__version__}\n"


# ---- scrub: output that goes wrong ---------------------------------------------------------------------------------


def test_a_faulty_output_leaves_what_was_there_and_ends_with_4(place: Place) -> None:
    result = place.scrub(place.claims, "-o", "no/such/folder/out")
    assert (result.exit_code, result.stderr) == (
        4,
        "cpt-rules: no/such/folder/out: cannot be written (No such file or directory)\n",
    )
    assert place.scrub(place.claims, "-o", ".").exit_code == 4


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full on this system")
def test_a_full_disk_ends_with_4(place: Place) -> None:
    result = place.scrub(place.claims, "-o", "/dev/full")
    assert result.exit_code == 4
    assert result.stderr == "cpt-rules: /dev/full: cannot be written (No space left on device)\n"
    assert Path("/dev/full").is_char_device()
    with open("/dev/full", "wb") as full:
        process = place.process("scrub", place.claims, "--rulesets", place.rules, stdout=full)
        assert process.wait() == 4
        assert process.stderr is not None
        assert process.stderr.read() == b"cpt-rules: standard output: cannot be written (No space left on device)\n"


def test_an_error_while_writing_removes_the_temporary_file_and_keeps_the_old_one(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    Path("out").write_text("before")

    def fail(*args: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("cpt_rules.commands.output.os.replace", fail)
    assert place.scrub(place.claims, "-o", "out").exit_code == 4
    assert Path("out").read_text() == "before"
    assert sorted(os.listdir()) == ["in.jsonl", "out", "rules"]


def test_the_output_keeps_the_mode_of_the_file_it_replaces_and_follows_a_link(place: Place) -> None:
    Path("real").write_text("before")
    os.chmod("real", 0o640)
    os.symlink("real", "link")
    assert place.scrub(place.claims, "-o", "link").exit_code == 1
    assert Path("link").is_symlink()
    assert Path("real").read_text().startswith("fail")
    assert os.stat("real").st_mode & 0o777 == 0o640


def _many(place: Place, count: int = 4000) -> str:
    return str(write_claims(place.folder / "many.jsonl", *(record(f"C{n}", "86329", "80053") for n in range(count))))


def test_a_closed_pipe_ends_quietly(place: Place) -> None:
    process = place.process(
        "scrub", _many(place), "--rulesets", place.rules, "--format", "jsonl", stdout=subprocess.PIPE
    )
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.readline()
    process.stdout.close()
    assert process.wait(60) == 1  # what had been found until then
    assert process.stderr.read() == b""


@pytest.mark.skipif(os.name == "nt", reason="signals are POSIX")
@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_ends_with_its_status_and_leaves_no_file(place: Place, number: signal.Signals, status: int) -> None:
    os.mkfifo("endless")
    process = place.process("scrub", "endless", "--rulesets", place.rules, "-o", "out", "--from", "jsonl")
    with open("endless", "w") as feed:  # opens when the reader does, and keeps it waiting
        feed.write(json.dumps(record("ONE", "86329")) + "\n")
        feed.flush()
        deadline = time.monotonic() + 30
        while not any(each.endswith(".part") for each in os.listdir()) and time.monotonic() < deadline:
            time.sleep(0.01)
        process.send_signal(number)
        assert process.wait(30) == status
    assert process.stderr is not None
    assert b"Traceback" not in process.stderr.read()
    assert sorted(os.listdir()) == ["endless", "in.jsonl", "rules"]


def test_the_output_is_utf_8_whatever_the_locale_says(place: Place) -> None:
    process = place.process(
        *("scrub", place.claims, "--rulesets", place.rules),
        stdout=subprocess.PIPE,
        env={"LC_ALL": "C", "LANG": "C", "PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"},
    )
    out, err = process.communicate()
    assert (process.returncode, err) == (1, b"")
    assert "FAILS · professional".encode() in out


def test_progress_is_said_on_standard_error_where_it_is_asked_for(place: Place) -> None:
    result = place.scrub(place.claims, "--progress")
    assert re.fullmatch(r"cpt-rules: 4 claims in [0-9.]+ s, [0-9,]+ a second\n", result.stderr)
    assert place.scrub(place.claims).stderr == ""


def test_a_cold_start_imports_neither_rich_nor_a_data_frame(place: Place) -> None:
    code = (
        "import sys, runpy; sys.argv = ['cpt-rules', 'scrub', 'in.jsonl', '--rulesets', 'rules']\n"
        "try: runpy.run_module('cpt_rules', run_name='__main__')\n"
        "except SystemExit: print(sorted({'rich', 'polars', 'numpy', 'durable'} & set(sys.modules)))"
    )
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, env=environment, check=True).stdout
    assert out.splitlines()[-1] == b"[]"


# ---- check and test ------------------------------------------------------------------------------------------------


def test_check_says_that_there_is_no_problem(place: Place) -> None:
    result = place.run("check", place.rules)
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout == (
        "13 documents, 4 edits, 2 profiles, 1 set, 1 fact, 2 payers, 1 overlay, 2 sources: no problems\n"
    )


def test_check_names_every_problem_with_its_place(place: Place) -> None:
    Path(place.rules, "bad.yaml").write_text("source: x\ntitel: X\n---\nsoruce: y\n")
    result = place.run("check", "rules")
    assert result.exit_code == 2
    *problems, total = result.stdout.splitlines()
    assert {problem.partition(": ")[0].rpartition(":")[0] for problem in problems} == {
        "rules/bad.yaml:1",
        "rules/bad.yaml:2",
        "rules/bad.yaml:4",
    }
    assert total == f"{len(problems)} problems"


def test_check_names_what_lint_finds(place: Place) -> None:
    Path(place.rules, "small.yaml").write_text(
        RULES.replace("  - {name: nowhere, given: {line.code: 86329}, expect: fail}\n", "")
    )
    result = place.run("check", "rules")
    assert result.exit_code == 2
    assert "rules/small.yaml:" in result.stdout
    assert result.stdout.splitlines()[-1].endswith(" sources: 1 problem")


def test_test_counts_the_tests(place: Place) -> None:
    result = place.run("test", place.rules)
    assert (result.exit_code, result.stdout) == (0, "12 tests of 4 edits: all passed\n")


def test_test_names_what_fails_with_what_was_expected_and_found(place: Place) -> None:
    wrong = RULES.replace("expect: not checked, missing: [payer.policy]", "expect: not checked, missing: [claim.payer]")
    Path(place.rules, "small.yaml").write_text(wrong)
    result = place.run("test", "rules")
    assert result.exit_code == 1
    head, expected, found, total = result.stdout.splitlines()
    assert head.startswith("rules/small.yaml:")
    assert head.endswith(": clia.present: another payer")
    assert expected == "    expected: not checked, missing [claim.payer]"
    assert found == "    found:    not checked, missing [payer.policy]"
    assert total == "12 tests of 4 edits: 1 failed, 11 passed"


@pytest.mark.parametrize("command", ["check", "test"])
def test_a_folder_that_is_not_there(place: Place, command: str) -> None:
    result = place.run(command, "nowhere")
    assert result.exit_code == 2
    assert "nowhere:1:1: no such file or folder" in result.stdout + result.stderr


# ---- explain -------------------------------------------------------------------------------------------------------


def _explain(place: Place, *args: str) -> Result:
    return place.run("explain", "in.jsonl", "--rulesets", place.rules, "--as-of", "2026-01-06", *args)


def test_explain_says_what_every_condition_met(place: Place) -> None:
    result = _explain(place, "--claim", "FAILS", "--line", "1", "--edit", "clia.present")
    assert (result.exit_code, result.stdout) == (
        0,
        "claim FAILS, line 1, 86329\n"
        "\n"
        "fail: clia.present\n"
        "  when: true\n"
        "    true     line.code in: $set.tests   (found: 86329)\n"
        "  require: false\n"
        "  * false    line.clia: present   (found: none)\n"
        "  proposal: claim.clia none → 05D0123456: the edit passes\n"
        "    05D0123456 only stands in; put there what is true: CLIA number of the claim as a whole\n",
    )


def test_explain_names_what_does_not_apply_in_one_line_and_what_is_silenced(place: Place) -> None:
    out = _explain(place, "--claim", "FAILS", "--line", "2").stdout
    assert out.splitlines()[-3:] == [
        "not applicable:",
        "  clia.present: line.code in: $set.tests is false (found: 99213)",
        "  icd10.supports: line.code in: $set.tests is false (found: 99213)",
    ]
    assert (
        "silenced: icd10.supports, silenced by clia.present (alone: not checked)"
        in _explain(place, "--claim", "FAILS", "--line", "1").stdout
    )


def test_explain_without_a_line_is_about_the_claim_itself(place: Place) -> None:
    out = _explain(place, "--claim", "WARNS").stdout
    assert out.startswith("claim WARNS, the claim itself\n\nwarn: claim.balanced\n")


def test_explain_as_json(place: Place) -> None:
    whole = json.loads(
        _explain(place, "--claim", "FAILS", "--line", "1", "--edit", "clia.present", "--format", "json").stdout
    )
    assert [whole[name] for name in ("record", "claim", "line", "code", "as_of")] == [
        "explanation",
        "FAILS",
        1,
        "86329",
        "2026-01-06",
    ]
    (found,) = whole["edits"]
    assert (found["edit"], found["status"], found["require"]) == ("clia.present", "fail", "false")
    assert found["conditions"][1] == {
        "part": "require",
        "text": "line.clia: present",
        "truth": "false",
        "holds": "none",
        "compared": {},
        "missing": [],
        "decisive": True,
    }
    assert found["proposals"] == [
        {
            "status": "pass",
            "words": "claim.clia none → 05D0123456",
            "condition": "",
            "changes": [
                {
                    "field": "claim.clia",
                    "line": None,
                    "before": None,
                    "after": "05D0123456",
                    "support": "sender",
                    "stand_in": True,
                    "others": [],
                    "condition": "",
                }
            ],
            "brings": [],
            "clears": [],
        }
    ]


def test_explain_of_an_id_that_several_claims_have(place: Place) -> None:
    path = Path(place.claims)
    lines = path.read_text(encoding="utf-8").splitlines()
    path.write_text("\n".join([*lines, next(each for each in lines if '"WARNS"' in each)]), encoding="utf-8")
    first = _explain(place, "--claim", "WARNS", "--format", "json")
    assert first.stderr == "2 claims have the id 'WARNS'; this is the first, --nth 2 shows the next\n"
    second = _explain(place, "--claim", "WARNS", "--nth", "2", "--format", "json")
    assert (second.stderr, json.loads(second.stdout)["n"]) == ("", len(lines) + 1)
    assert json.loads(first.stdout)["edits"] == json.loads(second.stdout)["edits"]
    third = _explain(place, "--claim", "WARNS", "--nth", "3")
    assert usage(third).endswith("has 2 claims 'WARNS', so there is no --nth 3")
    assert json.loads(_explain(place, "--nth", "1", "--format", "json").stdout)["n"] == 1


def test_explain_says_where_an_edit_has_no_other_line_and_where_nothing_is_proposed(place: Place) -> None:
    def explain(claim: str, line: str, edit: str) -> list[str]:
        given = ("--claim", claim, *(("--line", line) if line else ()), "--edit", edit, "--as-of", "2026-01-31")
        return place.run("explain", str(ROOT / "examples" / "claims.837"), *given).stdout.splitlines()

    assert explain("PCN-1002", "1", "line.unduplicated")[1:] == [
        "",
        "line.unduplicated is not judged on this line: it lacks the other line, or the code and day, that the edit is about",
    ]
    assert explain("PCN-1007", "", "payer.known")[-3:] == [
        "  no proposal: it is not the claim that lacks something, but the payer documents of the ruleset",
        "  remedy: Add the identifier to a payer document, or correct the payer on the claim; rules of payers",
        "    were not checked",
    ]


def test_explain_of_a_line_number_that_repeats(place: Place) -> None:
    path = Path(place.claims)
    path.write_text(path.read_text(encoding="utf-8").replace('"number": 2', '"number": 1'), encoding="utf-8")
    result = _explain(place, "--claim", "FAILS", "--line", "1", "--edit", "clia.present")
    assert result.stderr == "2 lines of claim FAILS have the number 1; this is the first of them\n"


@pytest.mark.parametrize(
    ("args", "message"),
    [
        ([], "the file has several claims; say which one with --claim ID"),
        (["--claim", "FAIL"], "no claim 'FAIL' in in.jsonl; did you mean `FAILS`?"),
        (["--claim", "FAILS", "--line", "9"], "claim FAILS has no line 9; its lines: 1, 2"),
        (
            ["--claim", "FAILS", "--line", "1", "--edit", "claim.balanced"],
            "claim.balanced is not judged there: it is judged on the claim; leave --line out",
        ),
        (
            ["--claim", "FAILS", "--edit", "clia.present"],
            "clia.present is not judged there: it is judged on each line; give --line N",
        ),
        (["--claim", "FAILS", "--edit", "clia"], "unknown edit `clia`"),
    ],
)
def test_explain_says_what_is_wrong_with_the_question(place: Place, args: list[str], message: str) -> None:
    assert usage(_explain(place, *args)).endswith(message)


def test_explain_of_a_file_that_cannot_be_read(place: Place) -> None:
    result = place.run("explain", "nowhere.837", "--rulesets", place.rules, "--line", "1")
    assert (result.exit_code, result.stdout) == (3, "")
    assert result.stderr.startswith("nowhere.837: cannot be read")


# ---- show, coverage, schema ----------------------------------------------------------------------------------------


def _show(place: Place, *args: str) -> Result:
    return place.run("show", *args, "--rulesets", place.rules, "--date", "2026-01-05")


def test_show_an_edit(place: Place) -> None:
    assert _show(place, "clia.present").stdout == (
        "edit clia.present: A test carries a CLIA number\n"
        "  payers       medicare\n"
        "  judged on    each line\n"
        "  applies when\n"
        "    line.code in: $set.tests\n"
        "  requires\n"
        "    line.clia: present\n"
        "  severity     fail\n"
        "  disposition  return: unprocessable; mend it and send it as new\n"
        "  message      {line.code} needs a CLIA number\n"
        "  remedy       Send it in 2300 REF*X4\n"
        "  to mend      claim data\n"
        "  denial       CARC CO-16; RARC MA120; 277CA A6:544\n"
        "  source       the laboratory: The laboratory's manual (fifth) [manual], high confidence\n"
        "  set          tests: Laboratory tests\n"
        "  overlay      acme, for client acme: turns it off (they asked for it) [guess]\n"
    )


@pytest.mark.parametrize(
    ("args", "last"),
    [
        (["--payer", "medicare"], "  for medicare on 2026-01-05: runs, severity fail"),
        (["--payer", "medicare", "--client", "acme"], "  for medicare on 2026-01-05: off; by overlay acme"),
    ],
)
def test_show_an_edit_as_it_stands_for_a_payer(place: Place, args: list[str], last: str) -> None:
    assert _show(place, "clia.present", *args).stdout.splitlines()[-1] == last


def test_show_an_edit_whose_policy_is_not_known(place: Place) -> None:
    out = _show(place, "clia.there", "--payer", "aetna").stdout
    assert "  formerly     clia.there\n" in out
    assert "not known whether it is this payer's rule: not checked, missing payer.policy" in " ".join(out.split())


def test_show_a_profile_says_what_is_not_available(place: Place) -> None:
    assert _show(place, "86329").stdout == (
        "profile 86329: gel immunodiffusion, on 2026-01-05\n"
        "  icd10: Diagnosis codes that support the code\n"
        "               not available\n"
    )
    assert _show(place, "80053").stdout.splitlines()[-1] == "               D80.1 [manual]"
    before = place.run("show", "80053", "--rulesets", place.rules, "--date", "2019-12-31").stdout
    assert before.splitlines()[-1] == "               not available"


def test_show_a_set_a_source_a_payer_an_overlay_and_a_fact(place: Place) -> None:
    out = _show(place, "tests").stdout
    assert "  values       86329, 80047-80053 (since 2020-01-01)\n" in out
    assert "  count        8\n" in out
    out = _show(place, "guess").stdout
    assert out.startswith("source guess: What a colleague believes\n  publisher    a colleague\n")
    assert "  edits        code.known\n  overlays     acme\n" in out
    out = _show(place, "aetna").stdout
    assert "  identifiers  60054\n" in out
    assert "  edits        3 run, 0 off, 1 policy unknown\n  unknown      clia.present\n" in out
    assert _show(place, "acme").stdout == (
        "overlay acme, for client acme\n  edit         clia.present: turns it off (they asked for it) [guess]\n"
    )
    assert _show(place, "icd10").stdout.endswith("  known of     80053\n  placeholder  86329\n")


def test_show_nothing_of_that_name(place: Place) -> None:
    assert usage(_show(place, "clia.presnt")) == (
        "Error: nothing is called `clia.presnt`; did you mean `clia.present`?"
    )
    assert usage(_show(place, "86329", "--plan", "nc")).endswith("give --payer too")


def _coverage(place: Place, *args: str) -> Result:
    return place.run("coverage", *args, "--rulesets", place.rules, "--date", "2026-01-05")


def test_coverage_shows_what_is_known_and_what_is_a_placeholder(place: Place) -> None:
    assert _coverage(place).stdout == (
        "On 2026-01-05, ruleset 2026.1.\n"
        "known: has a value; placeholder: named, but not available; missing: not named in the profile.\n"
        "(+) an overlay says it for this payer; (*) one says it for a plan or line of business only.\n"
        "\n"
        "80053\n"
        "                          medicare      aetna\n"
        "  icd10                   known         known\n"
        "  source manual: icd10\n"
        "\n"
        "86329  gel immunodiffusion\n"
        "                          medicare      aetna\n"
        "  icd10                   placeholder   placeholder\n"
        "\n"
        "in all\n"
        "                          medicare      aetna\n"
        "  facts known             1             1\n"
        "  facts placeholder       1             1\n"
        "  facts missing           0             0\n"
        "  edits that run          4             3\n"
        "  edits off               0             0\n"
        "  edits: policy unknown   0             1\n"
    )


def test_coverage_as_json(place: Place) -> None:
    found = json.loads(_coverage(place, "80053", "--payer", "aetna", "--format", "json").stdout)
    assert found["codes"] == [
        {
            "code": "80053",
            "label": None,
            "facts": {
                "icd10": {
                    "aetna": {
                        "status": "known",
                        "value": "D80.1",
                        "sources": ["manual"],
                        "overlays": [],
                        "undecided": [],
                    }
                }
            },
        }
    ]
    assert found["edits"] == {
        "aetna": {"run": ["claim.balanced", "code.known", "icd10.supports"], "off": [], "unknown": ["clia.present"]}
    }


def test_coverage_of_an_unknown_code(place: Place) -> None:
    assert usage(_coverage(place, "86330")).endswith("unknown code `86330`; no profile is about it")


@pytest.mark.parametrize("what", ["all", "rules", "claim", "findings", "explanation"])
def test_schema_prints_a_schema(place: Place, what: str) -> None:
    found = json.loads(place.run("schema", what).stdout)
    assert found["$schema"] == "https://json-schema.org/draft/2020-12/schema"


# ---- the bundled rulesets ------------------------------------------------------------------------------------------


def test_coverage_of_86329_for_the_five_payers(place: Place) -> None:
    found = json.loads(place.run("coverage", "86329", "--format", "json").stdout)
    (code,) = found["codes"]
    assert set(found["edits"]) >= {"aetna", "bcbs", "cigna", "medicare", "uhc"}
    assert {cell["status"] for cell in code["facts"]["icd10"].values()} == {"placeholder"}
    assert {cell["status"] for cell in code["facts"]["modifiers.denied"].values()} == {"known"}


def test_the_examples_are_scrubbed(place: Place) -> None:
    result = place.run("scrub", str(ROOT / "examples" / "claims.837"), "--as-of", "2026-01-31", "--format", "jsonl")
    assert result.exit_code == 1
    assert json.loads(result.stdout.splitlines()[-1])["claims"] == 8
