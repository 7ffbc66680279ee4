"""What a run of `scrub` says and writes around its findings: jobs, progress, overrides, split, the run's report."""

from __future__ import annotations

import io
import json
import os
import re
import signal
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from attrs import evolve

from cpt_rules.claim import Claim
from cpt_rules.commands.jobs import AHEAD, Pool, batches
from cpt_rules.commands.judge import Judge
from cpt_rules.commands.output import CannotWrite
from cpt_rules.commands.progress import Progress, _duration
from cpt_rules.engine import Engine
from cpt_rules.finding import Report
from cpt_rules.readers import read_claims
from cpt_rules.writers.jsonl import JsonlWriter
from cpt_rules.writers.records import entry
from cpt_rules.writers.summary import Summary, summary_record
from tests.commands.place import Place, needs_posix, records, until
from tests.readers.x12_samples import SEGMENTS, joined
from tests.small import AS_OF, claims, record, small_ruleset, write_claims
from tests.writers.flat_rows import comparable, finding_of, from_csv

FORMATS = ("text", "jsonl", "json", "csv", "parquet")


def judge(folder: Path) -> Judge:
    engine = Engine(small_ruleset(folder), as_of=AS_OF)
    return Judge(engine, JsonlWriter(), Summary("v", "sha256:0", AS_OF))


# ---- jobs ----------------------------------------------------------------------------------------------------------


@needs_posix
@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("source", ["in.jsonl", "in.837"])
def test_any_number_of_processes_gives_the_same_bytes(place: Place, form: str, source: str) -> None:
    place.claims(350)
    Path(place.x12()).write_bytes(joined(SEGMENTS) * 120)
    found = set()
    for jobs in ("1", "2", "3"):
        result = place.scrub(source, "--format", form, "--jobs", jobs, "-o", "out", "--all")
        assert result.exit_code == int(source == "in.jsonl")
        found.add((Path("out").read_bytes(), result.stderr))
    assert len(found) == 1


@needs_posix
def test_processes_change_nothing_about_problems_overrides_and_split(place: Place) -> None:
    data = Path(place.x12()).read_bytes()
    Path("in.837").write_bytes((data + data.replace(b"*75.5*", b"*MUCH*")) * 60)
    override = {"edit": "code.known", "claim": "PCN-1001", "reason": "agreed", "by": "J. Doe"}
    Path("overrides.jsonl").write_text(json.dumps(override) + "\n")
    found = set()
    for jobs in ("1", "3"):
        result = place.scrub(
            *("in.837", "--format", "jsonl", "--jobs", jobs),
            *("--split", f"split{jobs}", "--overrides", "overrides.jsonl"),
        )
        assert result.exit_code == 3
        split = [Path(f"split{jobs}", name).read_bytes() for name in ("released.837", "held.837")]
        found.add((result.stdout, result.stderr, *split))
    ((out, err, *_),) = found
    summary = records(out)[-1]
    assert (summary["claims"], summary["unreadable_by_code"]) == (180, {"x12.bad-number": 60})
    assert len(err.splitlines()) == 60


def test_batches_are_full_with_many_claims_or_with_many_lines() -> None:
    def some(count: int, lines: int) -> Iterator[Claim]:
        return (Claim(str(n), "professional", claims()[0].lines[:1] * lines) for n in range(count))

    assert [len(each) for each in batches(some(250, 1))] == [100, 100, 50]
    assert [len(each) for each in batches(some(5, 999))] == [3, 2]
    assert list(batches(())) == []


@pytest.mark.parametrize("start", ["fork", "spawn"])
def test_workers_that_share_nothing_judge_as_forked_ones_do(tmp_path: Path, start: str) -> None:
    if start == "fork" and not hasattr(os, "fork"):
        pytest.skip("no fork here")
    own = judge(tmp_path)
    some = list(claims()) * 60
    plain = own.claims(1, some)
    with Pool(own, 2, start) as pool:
        found = list(pool.done(batches(some)))
    assert [each for one in found for each in one.claims] == plain.claims
    assert [each for one in found for each in one.held] == plain.held
    total = own.empty.without_claims()
    for each in found:
        total.merge(each.summary)
    assert summary_record(total) == summary_record(plain.summary)


class _Broken:
    """An engine that fails on a claim."""

    def scrub(self, claim: Claim) -> None:
        raise KeyError(f"secret of {claim.id}")


@needs_posix
def test_a_worker_that_fails_names_the_place_and_no_value(tmp_path: Path) -> None:
    broken = Judge(_Broken(), JsonlWriter(), Summary("v", "sha256:0", AS_OF))  # type: ignore[arg-type]
    with Pool(broken, 2) as pool, pytest.raises(CannotWrite) as caught:
        list(pool.done([[claims()[0]]]))
    assert re.fullmatch(r"a worker process failed: KeyError at test_pipeline\.py:[0-9]+", str(caught.value))


@needs_posix
def test_no_more_than_a_few_batches_are_read_ahead(tmp_path: Path) -> None:
    given = 0

    def endless() -> Iterator[list[Claim]]:
        nonlocal given
        while True:
            given += 1
            yield [claims()[0]]

    with Pool(judge(tmp_path), 2) as pool:
        done = pool.done(endless())
        for taken in range(1, 40):
            next(done)
            assert given <= taken + 2 * AHEAD


class _Slow:
    """An engine that takes its time over one claim."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    def scrub(self, claim: Claim) -> Report:
        if claim.id == "slow":
            time.sleep(0.5)
        return self.engine.scrub(claim)


@needs_posix
def test_a_worker_that_is_slow_holds_the_others_up_and_nothing_more(tmp_path: Path) -> None:
    """All others are done, and as many held as may be, when the first batch comes: there is nobody left to wait for."""
    plain = judge(tmp_path)
    slow = Judge(_Slow(plain.engine), plain.writer, plain.empty)  # type: ignore[arg-type]
    some = [[evolve(claims()[0], id="slow" if number == 0 else str(number))] for number in range(20)]

    def too_long(*_: object) -> None:
        raise AssertionError("nothing came for a minute")

    before = signal.signal(signal.SIGALRM, too_long)
    signal.alarm(60)
    try:
        with Pool(slow, 2) as pool:
            assert len(list(pool.done(some))) == 20
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


# ---- progress ------------------------------------------------------------------------------------------------------


class _Said(io.StringIO):
    def __init__(self, terminal: bool) -> None:
        super().__init__()
        self.terminal = terminal

    def isatty(self) -> bool:
        return self.terminal


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("FIRST", "STEP", "ASKED"):
        monkeypatch.setattr(f"cpt_rules.commands.progress.{name}", 0.01)


def test_a_long_run_says_how_far_it_is_every_so_often(quick: None, monkeypatch: pytest.MonkeyPatch) -> None:
    said = _Said(terminal=False)
    monkeypatch.setattr(sys, "stderr", said)
    with Progress(True, "out", lambda: 0.25) as progress:
        progress.claims(1234)
        until(lambda: said.getvalue().count("\n") > 2)
    first, *_, last = said.getvalue().splitlines()
    left = r"25% of the input, about [0-9.]+ (s|min) left"
    assert re.fullmatch(rf"cpt-rules: 1,234 claims, [0-9,]+ a second, {left}", first)
    assert re.fullmatch(r"cpt-rules: 1,234 claims in [0-9.]+ s, [0-9,]+ a second", last)


def test_without_a_size_nothing_is_said_of_what_is_left(quick: None, monkeypatch: pytest.MonkeyPatch) -> None:
    said = _Said(terminal=False)
    monkeypatch.setattr(sys, "stderr", said)
    with Progress(True, "out") as progress:
        progress.claims(1)
        until(lambda: "\n" in said.getvalue())
    assert re.fullmatch(r"cpt-rules: 1 claim, [0-9,]+ a second", said.getvalue().splitlines()[0])


def test_on_a_terminal_one_line_changes_and_a_problem_does_not_run_into_it(
    quick: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = _Said(terminal=True)
    monkeypatch.setattr(sys, "stderr", said)
    with Progress(None, "out", lambda: 0.5) as progress:
        progress.claims(7)
        until(lambda: said.getvalue().count("\r\x1b[K") > 1)
        progress.complain("in.837: segment 3: wrong")
    text = said.getvalue()
    assert text.startswith("\r\x1b[Kcpt-rules: ")
    assert "\r\x1b[Kin.837: segment 3: wrong\n" in text
    assert re.search(r"(\A|\n|\r\x1b\[K)cpt-rules: 7 claims in [0-9.]+ s, [0-9,]+ a second\n\Z", text)


@pytest.mark.parametrize(("wanted", "terminal"), [(False, True), (False, False), (None, False)])
def test_a_short_run_and_one_that_is_to_be_quiet_say_nothing(
    quick: None, monkeypatch: pytest.MonkeyPatch, wanted: bool | None, terminal: bool
) -> None:
    said = _Said(terminal)
    monkeypatch.setattr(sys, "stderr", said)
    with Progress(wanted, "out") as progress:
        progress.claims(1)
        threading.Event().wait(0.1)
    assert said.getvalue() == ""


@pytest.mark.parametrize(
    ("seconds", "text"), [(0.04, "0.0 s"), (9.94, "9.9 s"), (9.96, "10 s"), (59.6, "1 min"), (5400, "1 h 30 min")]
)
def test_durations_are_said_as_people_say_them(seconds: float, text: str) -> None:
    assert _duration(seconds) == text


def test_how_much_was_read_is_known_for_files_and_not_for_pipes(tmp_path: Path) -> None:
    from cpt_rules.commands.inputs import Inputs

    one, two = (str(write_claims(tmp_path / name)) for name in ("one.jsonl", "two.jsonl"))
    inputs = Inputs([one, str(tmp_path / "gone"), two], "auto", None, lambda problem: None)
    seen = [(claim.id, inputs.fraction()) for claim in inputs.claims()]
    assert [fraction for _, fraction in seen] == sorted(fraction for _, fraction in seen if fraction is not None)
    assert 0 < (seen[0][1] or 0) <= 0.5 < (seen[-1][1] or 0) <= 1
    assert inputs.fraction() == 1
    assert Inputs([one, "-"], "auto", None, lambda problem: None).fraction() is None


# ---- the report of a run -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_where_the_output_has_no_place_for_the_summary_it_goes_to_standard_error(place: Place, form: str) -> None:
    result = place.scrub(place.claims(), "--format", form, "-o", "out")
    text = place.scrub(place.claims()).stdout
    assert result.stderr == text[text.index("4 claims, 5 lines, as of") :]
    assert result.stdout == ""


def test_the_summary_names_unreadable_parts_by_their_code(place: Place) -> None:
    Path("bad.jsonl").write_text('{"id": 1}\n{\n{\n')
    result = place.scrub("bad.jsonl", "gone", place.claims(), "--format", "jsonl")
    by_code = records(result.stdout)[-1]["unreadable_by_code"]
    assert by_code == {"input.not-readable": 1, "json.syntax": 2, "json.wrong-type": 1}
    page = place.scrub("bad.jsonl", "gone", place.claims()).stdout
    codes = "1 input.not-readable, 2 json.syntax, 1 json.wrong-type"
    assert f"\n  unreadable   4 parts of the input: {codes}\n" in page


def test_csv_has_the_findings_of_jsonl(place: Place) -> None:
    source = place.claims()
    rows = from_csv(place.scrub(source, "--format", "csv", "--all").stdout_bytes)
    plain = place.scrub(source, "--format", "jsonl", "--all").stdout
    assert [finding_of(each) for each in rows] == comparable(records(plain))


def test_nothing_that_identifies_a_patient_goes_to_standard_error(place: Place) -> None:
    secrets = ("QUILL", "ADA", "OAKS", "BEN", "CIA", "1EG4TE5MK73", "M-2", "19790302", "19500101", "20150501", "ELM")
    data = joined(SEGMENTS)
    damaged = [
        data.replace(old, new)
        for old, new in (
            (b"DMG*D8*19790302*F", b"DMG*D8*1979030X*F"),
            (b"NM1*QC*1*OAKS*CIA", b"NM1*QC*1*OAKS*CIA*" + b"X" * 300),
            (b"CLM*PCN-1001*75.5", b"CLM*PCN-1001*QUILL"),
            (b"N3*3 ELM STREET", b"QQQ*3 ELM STREET"),
            (b"HL*4*3*23*0", b"HL*4*OAKS*23*0"),
            (b"SV1*HC:36415*50.5", b"SV1*HC:36415*19790302X"),
            (b"REF*G1*AUTH1", b"REF*1EG4TE5MK73*M-2"),
        )
    ]
    for number, each in enumerate(damaged):
        assert each != data, number
        Path(f"{number}.837").write_bytes(each)
    Path("overrides.jsonl").write_text('{"edit": "code.known", "claim": "PCN-9", "reason": "a", "by": "b"}\n')
    names = [f"{number}.837" for number in range(len(damaged))]
    for options in (["--progress"], ["--jobs", "2", "--split", "split"], ["--format", "csv", "-o", "out"]):
        result = place.scrub(*names, *options, "--overrides", "overrides.jsonl")
        assert result.exit_code == 3
        assert len(result.stderr.splitlines()) >= len(damaged)
        for secret in secrets:
            assert not re.search(rf"\b{secret}\b", result.stderr), secret


# ---- overrides -----------------------------------------------------------------------------------------------------


def overrides(*given: dict[str, object]) -> str:
    Path("overrides.jsonl").write_text("".join(json.dumps(each) + "\n" for each in given))
    return "overrides.jsonl"


def test_overrides_release_a_claim_and_are_counted(place: Place) -> None:
    given = {"edit": "clia.there", "claim": "FAILS", "reason": "agreed", "by": "J. Doe", "until": "2026-03-31"}
    result = place.scrub(place.claims(), "--format", "jsonl", "--overrides", overrides(given))
    assert (result.exit_code, result.stderr) == (0, "")
    found = records(result.stdout)
    assert [each["status"] for each in found if each["record"] == "finding"] == ["bypassed", "warn", "warn"]
    assert found[2]["action"] == "release"
    assert found[-1]["overrides"] == {"given": 1, "used": 1, "expired": 0, "unmatched": 0, "refused": 0}
    page = place.scrub(place.claims(), "--overrides", "overrides.jsonl").stdout
    assert "    bypassed    clia.present: 86329 needs a CLIA number\n" in page
    assert "                passed: agreed (J. Doe, until 2026-03-31); it would fail\n" in page
    assert "\n  overrides    1 given, 1 used\n" in page


def test_overrides_that_do_nothing_are_named(place: Place) -> None:
    common = {"reason": "agreed", "by": "J. Doe"}
    given = (
        {"edit": "clia.present", "claim": "FAILS", "until": "2026-01-05"} | common,
        {"edit": "clia.present", "claim": "NOBODY"} | common,
        {"key": "0123456789abcdef0123", "until": "2026-01-06"} | common,
    )
    result = place.scrub(place.claims(), "--format", "jsonl", "--overrides", overrides(*given))
    assert result.exit_code == 1
    assert result.stderr.splitlines() == [
        "overrides.jsonl: line 1: has expired on 2026-01-05 (edit clia.present, claim FAILS)",
        "overrides.jsonl: line 2: matches no warning or failure of this run (edit clia.present, claim NOBODY)",
        "overrides.jsonl: line 3: matches no warning or failure of this run (key 0123456789abcdef0123)",
    ]
    counts = {"given": 3, "used": 0, "expired": 1, "unmatched": 2, "refused": 0}
    assert records(result.stdout)[-1]["overrides"] == counts


def test_many_overrides_that_do_nothing_are_counted_out(place: Place) -> None:
    common = {"edit": "clia.present", "reason": "agreed", "by": "J. Doe"}
    given = [common | {"claim": f"NOBODY{number}"} for number in range(50)]
    lines = place.scrub(place.claims(), "--overrides", overrides(*given)).stderr.splitlines()
    assert (len(lines), lines[-1]) == (21, "overrides.jsonl: and 30 more")


def test_an_edit_that_allows_no_override_stays_and_that_is_said(place: Place) -> None:
    rules = Path("rules/small.yaml")
    rules.write_text(rules.read_text().replace("formerly: [clia.there]", "formerly: [clia.there]\noverride: never"))
    given = {"edit": "clia.present", "claim": "FAILS", "reason": "agreed", "by": "J. Doe"}
    result = place.scrub(place.claims(), "--format", "jsonl", "--overrides", overrides(given))
    assert result.exit_code == 1
    assert result.stderr == (
        "overrides.jsonl: line 1: 1 of an edit that no override may pass by stays (edit clia.present, claim FAILS)\n"
    )
    assert records(result.stdout)[-1]["overrides"]["refused"] == 1


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b'{"edit": "clia.presnt", "claim": "A", "reason": "a", "by": "b"}\n', ":1: unknown edit `clia.presnt`; did"),
        (b"\n\n{\n", ":3: is no JSON object; write"),
        (b"\xff\xfe", ": is not UTF-8 text; save it as UTF-8"),
        (None, ": cannot be read (No such file or directory); check"),
    ],
)
def test_a_faulty_file_of_overrides_is_an_error_before_anything_is_read(
    place: Place, content: bytes | None, message: str
) -> None:
    if content is not None:
        Path("overrides.jsonl").write_bytes(content)
    result = place.scrub("gone.837", "-o", "out", "--overrides", "overrides.jsonl")
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith("overrides.jsonl" + message)
    assert not Path("out").exists()


# ---- split ---------------------------------------------------------------------------------------------------------


def ids(path: str) -> list[str]:
    return [each.id for each in read_claims(path)]


def test_split_writes_what_is_released_and_what_is_held(place: Place) -> None:
    result = place.scrub(place.x12(), "--split", "new/folder", "-o", "out")
    assert (result.exit_code, result.stderr) == (1, "")
    assert ids("new/folder/released.837") == ["PCN-1002"]
    assert ids("new/folder/held.837") == ["PCN-1001"]
    assert sorted(os.listdir("new/folder")) == ["held.837", "released.837"]


def test_an_override_moves_a_claim_to_the_released(place: Place) -> None:
    given = {"edit": "clia.present", "claim": "PCN-1001", "reason": "agreed", "by": "J. Doe"}
    place.scrub(place.x12(), "--split", "split", "--overrides", overrides(given))
    assert ids("split/released.837") == ["PCN-1001", "PCN-1002"]
    assert os.listdir("split") == ["released.837"]


def test_a_file_without_a_claim_is_not_there_whatever_was_there_before(place: Place) -> None:
    place.scrub(place.x12(), "--split", "split")
    Path("in.837").write_bytes(joined(SEGMENTS))
    place.scrub("in.837", "--split", "split")
    assert os.listdir("split") == ["released.837"]


def test_several_inputs_packed_ones_and_a_pipe_are_split_into_the_same_two_files(place: Place) -> None:
    import gzip

    data = Path(place.x12()).read_bytes()
    Path("packed.837.gz").write_bytes(gzip.compress(b"\xef\xbb\xbf" + data.replace(b"PCN-", b"GZ-")))
    result = place.scrub("in.837", "packed.837.gz", "-", "--split", "split", input=data.replace(b"PCN-", b"PIPE-"))
    assert result.exit_code == 1
    assert ids("split/released.837") == ["PCN-1002", "GZ-1002", "PIPE-1002"]
    assert ids("split/held.837") == ["PCN-1001", "GZ-1001", "PIPE-1001"]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["in.jsonl"], "in.jsonl holds no X12 claims; only 837 files can be split"),
        (["in.837", "in.jsonl"], "in.jsonl holds no X12 claims; only 837 files can be split"),
        (["in.jsonl", "--from", "jsonl"], "jsonl claims have no segments; only 837 files can be split"),
        (["in.837", "-o", "split/held.837"], "'split/held.837' is also a file of --split; name another"),
        (["split/held.837"], "'split/held.837' is also an input; name another file"),
    ],
)
def test_what_cannot_be_split_is_said_before_anything_is_read(place: Place, options: list[str], message: str) -> None:
    place.claims()
    Path("split").mkdir()
    Path("split/held.837").write_bytes(Path(place.x12()).read_bytes())
    before = Path("split/held.837").read_bytes()
    result = place.scrub(*options, "--split", "split")
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.splitlines()[-1].endswith(message)
    assert Path("split/held.837").read_bytes() == before


def test_claims_of_a_pipe_that_cannot_be_split_end_the_run(place: Place) -> None:
    Path("split").mkdir()
    result = place.scrub("-", "--split", "split", input=json.dumps(record("A", "86329")))
    assert result.exit_code == 2
    assert result.stderr.splitlines()[-1].endswith("- holds no X12 claims; only 837 files can be split")
    assert os.listdir("split") == []


def test_a_folder_that_cannot_be_made_is_an_output_that_cannot_be_written(place: Place) -> None:
    Path("file").write_text("")
    result = place.scrub(place.x12(), "--split", "file/split")
    assert (result.exit_code, result.stderr) == (4, "cpt-rules: file/split: cannot be written (Not a directory)\n")


def test_a_file_that_is_no_claim_is_a_problem_of_a_split_too(place: Place) -> None:
    Path("words.txt").write_text("dear colleague")
    result = place.scrub("words.txt", place.x12(), "gone", ".", "--split", "split")
    assert result.exit_code == 3
    assert [line.partition(":")[0] for line in result.stderr.splitlines()] == ["words.txt", "gone", "."]
    assert ids("split/held.837") == ["PCN-1001"]


def test_what_waits_for_a_verdict_stands_on_disk_when_it_is_much(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cpt_rules.commands.splitting._IN_MEMORY", 100)
    Path(place.x12()).write_bytes(Path("in.837").read_bytes() * 200)
    result = place.scrub("in.837", "--split", "split", "--jobs", "2", "-o", "out")
    assert result.exit_code == 1
    assert ids("split/held.837") == ["PCN-1001"] * 200
    assert ids("split/released.837") == ["PCN-1002"] * 200


def test_an_entry_is_held_where_the_summary_counts_it_so(tmp_path: Path) -> None:
    found = judge(tmp_path).claims(1, claims())
    assert found.held == [entry(n, judge(tmp_path).engine.scrub(each)).held for n, each in enumerate(claims(), 1)]
    assert found.summary.held == sum(found.held) == 1
