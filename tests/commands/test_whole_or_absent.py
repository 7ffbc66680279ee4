"""Outputs are whole or not there: killed at any moment, on a full disk, with a reader that closes early."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from types import FrameType

import pytest

from cpt_rules.commands import signals
from tests.commands.place import Place, children, needs_posix, needs_proc, records, until

pytestmark = needs_posix
FORMATS = ("text", "jsonl", "json", "csv", "parquet")
#: A signal, and what the process may end with: as documented; by the signal itself where Python had only begun to
#: start; or as if nothing had happened, where it came too late.
SIGNALS = {signal.SIGTERM: {143, -15}, signal.SIGINT: {130, -2}, signal.SIGKILL: {-9}}
JOBS = pytest.mark.parametrize("jobs", ["1", "3"])


@pytest.mark.parametrize("number", SIGNALS, ids=lambda number: number.name)
@JOBS
def test_killed_at_any_moment_a_file_is_whole_or_as_it_was(place: Place, number: signal.Signals, jobs: str) -> None:
    source = place.x12()
    Path(source).write_bytes(Path(source).read_bytes() * 400)
    options = ("in.837", "--format", "jsonl", "--split", "split", "-o", "out", "--jobs", jobs)
    started = time.monotonic()
    done = place.process(*options)
    assert (done.communicate()[1], done.returncode) == (b"", 1)
    took = time.monotonic() - started
    whole = {name: Path(name).read_bytes() for name in ("split/released.837", "split/held.837", "out")}
    moments = random.Random(int(jobs) * number)
    ended = []
    for before in (b"", b"before", b"", b"before", b"", b"before"):
        for name in whole:
            Path(name).write_bytes(before)
            if not before:
                os.unlink(name)
        process = place.process(*options)
        time.sleep(moments.uniform(0.1, took))
        workers = children(process.pid)
        process.send_signal(number)
        error = process.communicate(timeout=60)[1]
        ended.append(process.returncode)
        assert process.returncode in SIGNALS[number] | {1}
        assert b"Traceback" not in error or process.returncode == -2
        found = {name: Path(name).read_bytes() if Path(name).exists() else b"" for name in whole}
        assert all(found[name] in {before, whole[name]} for name in whole)
        assert found == whole or process.returncode != 1
        left = [*Path().glob("**/.*.part")]
        assert left == [] or number == signal.SIGKILL
        for each in left:
            each.unlink()
        if workers and Path("/proc").is_dir():
            until(lambda gone=workers: not any(Path(f"/proc/{each}").exists() for each in gone))
    assert set(ended) & SIGNALS[number]


@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
@JOBS
def test_a_signal_while_input_is_awaited_ends_with_its_status(
    place: Place, number: signal.Signals, status: int, jobs: str
) -> None:
    os.mkfifo("endless")
    process = place.process("endless", "--from", "jsonl", "--format", "csv", "-o", "out", "--jobs", jobs)
    with open(place.claims(), "rb") as some, open("endless", "wb") as feed:  # the reader has come: a part is open
        feed.write(some.read())
        feed.flush()
        until(lambda: list(Path().glob(".out.*.part")))
        process.send_signal(number)
        error = process.communicate(timeout=60)[1]
    assert (process.returncode, error.strip()) == (status, b"")
    assert place.files() == ["endless", "in.jsonl"]


#: The command line, where a signal is noted by another thread than the one that waits: as if it had come just before
#: the wait began.
NOTED_BEFORE = """
import os, signal, sys, threading, time
NUMBER = int(sys.argv[1])
def note():
    while not os.path.exists("now"):
        time.sleep(0.01)
    signal.pthread_kill(threading.get_ident(), NUMBER)
threading.Thread(target=note, daemon=True).start()
from cpt_rules.cli import main
main(sys.argv[3:])
"""


@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
@pytest.mark.parametrize("command", ["scrub", "diff"])
def test_a_signal_that_comes_just_before_a_wait_is_not_lost(
    place: Place, number: signal.Signals, status: int, command: str
) -> None:
    os.mkfifo("endless")
    given = place.options if command == "scrub" else ["rules", "rules"]
    arguments = [sys.executable, "-c", NOTED_BEFORE, str(int(number)), "--", command, *given]
    process = subprocess.Popen([*arguments, "endless", "--from", "jsonl", "-o", "out"], stderr=subprocess.PIPE)
    with open("endless", "wb"):
        until(lambda: list(Path().glob(".out.*.part")))
        time.sleep(0.2)  # it waits
        Path("now").touch()
        error = process.communicate(timeout=60)[1]
    assert (process.returncode, error.strip()) == (status, b"")
    assert place.files() == ["endless", "now"]


def test_a_signal_while_a_module_is_compiled_is_not_lost() -> None:
    def comes(number: int, frame: FrameType | None) -> None:
        signals._end(signal.SIGTERM, frame)

    def compiles(seconds: float) -> None:
        end = time.monotonic() + 0.2
        with signals.unwinding():
            signal.setitimer(signal.ITIMER_REAL, seconds)
            while time.monotonic() < end:
                compile("x = (" + "10**30, " * 1000 + ")", "folded", "exec")

    before = signal.signal(signal.SIGALRM, comes)
    try:
        for n in range(20):
            with pytest.raises(signals.Terminated):
                compiles(0.002 + n * 0.0001)
    finally:
        signal.signal(signal.SIGALRM, before)


def test_signals_that_come_again_do_not_stop_the_clearing_away(place: Place) -> None:
    os.mkfifo("endless")
    process = place.process("endless", "--from", "jsonl", "-o", "out", "--jobs", "2")
    with open("endless", "wb"):
        until(lambda: list(Path().glob(".out.*.part")))
        for _ in range(20):
            process.send_signal(signal.SIGINT)
            process.send_signal(signal.SIGTERM)
        error = process.communicate(timeout=60)[1]
    assert (process.returncode in {130, 143}, error.strip()) == (True, b"")
    assert place.files() == ["endless"]


def _limit_files(size: int) -> None:
    import resource

    resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))


@pytest.mark.parametrize("form", FORMATS)
@JOBS
def test_a_file_that_cannot_grow_ends_with_4_and_leaves_nothing(place: Place, form: str, jobs: str) -> None:
    source = place.claims(400)
    Path("out").write_text("before")
    process = place.process(
        *(source, "--format", form, "--jobs", jobs, "-o", "out", "--all"), preexec_fn=lambda: _limit_files(8_000)
    )
    error = process.communicate(timeout=120)[1]
    assert process.returncode == 4
    assert error == b"cpt-rules: out: cannot be written (File too large)\n"
    assert Path("out").read_text() == "before"
    assert place.files() == ["in.jsonl", "out"]


def test_where_one_file_of_a_split_cannot_grow_none_is_written(place: Place) -> None:
    source = place.x12()
    Path(source).write_bytes(Path(source).read_bytes() * 20)
    process = place.process("in.837", "--split", "split", preexec_fn=lambda: _limit_files(20_000))
    error = process.communicate(timeout=120)[1]
    assert process.returncode == 4
    assert error.startswith(b"cpt-rules: split/")
    assert error.endswith(b".837: cannot be written (File too large)\n")
    assert os.listdir("split") == []


@pytest.fixture
def small_disk(tmp_path: Path):  # type: ignore[no-untyped-def]
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(folder)], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip("no small disk can be mounted here")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


@pytest.mark.parametrize("form", FORMATS)
def test_a_full_disk_ends_with_4_and_leaves_nothing_on_it(place: Place, small_disk: Path, form: str) -> None:
    source = place.claims(2000)
    (small_disk / "out").write_text("before")
    process = place.process(source, "--format", form, "--all", "-o", str(small_disk / "out"))
    error = process.communicate(timeout=120)[1]
    assert process.returncode == 4
    assert error == f"cpt-rules: {small_disk / 'out'}: cannot be written (No space left on device)\n".encode()
    assert os.listdir(small_disk) == ["out"]
    assert (small_disk / "out").read_text() == "before"


@pytest.mark.parametrize("form", FORMATS)
@JOBS
def test_a_reader_that_closes_early_ends_the_run_quietly(place: Place, form: str, jobs: str) -> None:
    process = place.process(place.claims(8000), "--format", form, "--all", "--jobs", jobs)
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.read(10)
    process.stdout.close()
    assert process.wait(120) == 1
    assert process.stderr.read() == b""


def test_a_split_is_not_half_done_where_the_reader_of_the_findings_closes_early(place: Place) -> None:
    source = place.x12()
    Path(source).write_bytes(Path(source).read_bytes() * 400)
    process = place.process("in.837", "--split", "split")
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.read(10)
    process.stdout.close()
    assert process.wait(120) == 4
    error = process.stderr.read()
    assert error == b"cpt-rules: standard output was closed before the end; no claim is released or held\n"
    assert os.listdir("split") == []


# ---- workers -------------------------------------------------------------------------------------------------------


@needs_proc
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSEGV])
def test_a_worker_that_is_killed_is_an_error(place: Place, number: signal.Signals) -> None:
    os.mkfifo("feed")
    claims = Path(place.claims(2000)).read_bytes()
    process = place.process("feed", "--from", "jsonl", "--jobs", "2", "-o", "out")
    with suppress(BrokenPipeError), open("feed", "wb") as feed:
        feed.write(claims)
        feed.flush()
        first, _ = until(lambda: len(found := children(process.pid)) == 2 and found)
        os.kill(first, number)
        feed.write(claims)
    error = process.communicate(timeout=120)[1].decode()
    assert process.returncode == 4
    assert error == (
        f"cpt-rules: a worker process was ended by signal {int(number)} before its work was done; "
        "the output is not whole\n"
    )
    assert place.files() == ["feed", "in.jsonl"]


@needs_proc
def test_workers_end_with_the_process_that_started_them(place: Place) -> None:
    os.mkfifo("feed")
    process = place.process("feed", "--from", "jsonl", "--jobs", "3")
    with open("feed", "wb"):
        workers = until(lambda: len(found := children(process.pid)) == 3 and found)
        process.kill()
        process.communicate(timeout=60)
        until(lambda: not any(Path(f"/proc/{each}").exists() for each in workers))


# ---- stopping early ------------------------------------------------------------------------------------------------


@JOBS
def test_stop_after_ends_the_run_and_writes_no_file(place: Place, jobs: str) -> None:
    good = Path(place.claims(300)).read_text().splitlines()
    Path("mixed.jsonl").write_text("\n".join([*good[:150], "{", "{", *good[150:], "{"]) + "\n")
    result = place.scrub("mixed.jsonl", "--stop-after", "2", "--format", "jsonl", "--jobs", jobs)
    assert result.exit_code == 3
    *_, summary = records(result.stdout)
    assert (summary["claims"], summary["unreadable"], summary["stopped"]) == (150, 2, True)
    assert len(result.stderr.splitlines()) == 2
    result = place.scrub("mixed.jsonl", "--stop-after", "2", "-o", "out", "--jobs", jobs)
    assert result.exit_code == 3
    assert result.stderr.splitlines()[-1] == "cpt-rules: stopped after 2 problems; nothing is written to out"
    first = place.scrub("mixed.jsonl", "--stop-after", "1", "-o", "out")
    assert first.stderr.splitlines()[-1] == "cpt-rules: stopped after 1 problem; nothing is written to out"
    assert place.files() == ["in.jsonl", "mixed.jsonl"]
    whole = place.scrub("mixed.jsonl", "--stop-after", "4", "--format", "jsonl", "--jobs", jobs)
    assert whole.exit_code == 3
    assert "stopped" not in records(whole.stdout)[-1]
    assert records(whole.stdout)[-1]["unreadable_by_code"] == {"json.syntax": 3}
