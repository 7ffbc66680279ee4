"""The benchmark runs, at sizes that say nothing about speed."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_the_benchmark_runs_and_compares_all_that_is_installed():
    sizes = ["--claims", "20", "--reference-claims", "2", "--peer-claims", "5", "--rounds", "1", "--starts", "1"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, str(ROOT / "benchmarks" / "direct.py"), *sizes],
        capture_output=True,
        text=True,
        env=environment,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "20 claims, 100 lines" in done.stdout
    for row in ("scrub, first time through", "scrub, every finding built", "reference engine", "cold start"):
        assert row in done.stdout
    if importlib.util.find_spec("rule_engine"):
        assert "where two truth values are enough" in done.stdout
    else:
        assert "rule-engine is not installed" in done.stdout
