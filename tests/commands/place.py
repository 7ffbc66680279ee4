"""A folder with the small ruleset, to run the command line in: in this process, or in one of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from cpt_rules.cli import main
from tests.readers.x12_samples import SEGMENTS, joined, recounted
from tests.small import record, write_claims, write_rules

ROOT = Path(__file__).parents[2]
needs_posix = pytest.mark.skipif(os.name == "nt", reason="signals, pipes and limits of POSIX")
needs_proc = pytest.mark.skipif(not Path("/proc/self/task").is_dir(), reason="children are found through /proc")


class Place:
    """Every run is as of 2026-01-06 and against the small ruleset."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.options = ("--rulesets", str(write_rules(folder)), "--as-of", "2026-01-06")

    def claims(self, count: int = 4, name: str = "in.jsonl") -> str:
        """A file of claims with one failure and one warning each; four: one of each verdict."""
        if count == 4:
            return str(write_claims(self.folder / name))
        records = (record(f"C{n}", "86329", "99213") for n in range(count))
        return str(write_claims(self.folder / name, *records))

    def x12(self, name: str = "in.837") -> str:
        """An 837P file of two claims: PCN-1001 is to be held, for its CLIA numbers are left out, PCN-1002 released."""
        path = self.folder / name
        path.write_bytes(joined(recounted([each for each in SEGMENTS if not each.startswith("REF*X4*05D")])))
        return str(path)

    def scrub(self, *args: str, input: str | bytes | None = None) -> Result:
        return CliRunner().invoke(main, ("scrub", *self.options, *args), input=input)

    def process(self, *args: str, **options: Any) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "cpt_rules", "scrub", *self.options, *args]
        environment = {**os.environ, "PYTHONPATH": str(ROOT), **options.pop("env", {})}
        options = {"stderr": subprocess.PIPE, "stdout": subprocess.PIPE} | options
        return subprocess.Popen(command, env=environment, cwd=self.folder, **options)

    def files(self) -> list[str]:
        """What is in the folder besides the rules."""
        return sorted(set(os.listdir(self.folder)) - {"rules"})


def records(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines()]


def until(happened: Callable[[], Any], seconds: float = 60) -> Any:
    """What `happened` gives as soon as it gives anything; fails after some time."""
    deadline = time.monotonic() + seconds
    while not (found := happened()):
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.01)
    return found


def children(process: int) -> list[int]:
    """The processes that a process has started."""
    try:
        return [int(each) for each in Path(f"/proc/{process}/task/{process}/children").read_text().split()]
    except OSError:
        return []


def alive(process: int) -> bool:
    """Whether a process is there and has not ended (one that nobody waits for yet has)."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False
