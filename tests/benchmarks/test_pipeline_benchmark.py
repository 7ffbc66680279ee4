"""The benchmark runs, at sizes that say nothing about speed."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.skipif(os.name == "nt", reason="processor time of children is had from POSIX")
def test_the_benchmark_runs_and_compares_all_that_is_installed():
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [
            sys.executable,
            str(ROOT / "benchmarks" / "pipeline.py"),
            "--sizes",
            "4",
            "12",
            "--rows",
            "500",
            "--jobs",
            "2",
        ],
        capture_output=True,
        text=True,
        env=environment,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "pairs, generated" in done.stdout
    assert "\n12 claims, " in done.stdout
    assert done.stdout.count("cpt-rules scrub to JSONL, --jobs 2") == 2
    assert "claims/s of 12; the aim is 5,000" in done.stdout
    for peer in ("x12sdk", "pyx12"):
        if importlib.util.find_spec(peer):
            assert done.stdout.count(f"{peer} ") >= 2
        else:
            assert f"{peer} is not installed, its rows are left out" in done.stdout
    assert (", of 12; the aim is 8" in done.stdout) is bool(importlib.util.find_spec("x12sdk"))
