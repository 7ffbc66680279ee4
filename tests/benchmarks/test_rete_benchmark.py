"""The benchmark of the rete engine runs, at sizes that say nothing about speed."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from tests.kinds import needs_rete

ROOT = Path(__file__).resolve().parents[2]
pytestmark = needs_rete


def test_the_benchmark_runs_and_both_engines_agree() -> None:
    sizes = ["--claims", "10", "--rounds", "1", "--memory-claims", "40", "--first", "20"]
    done = subprocess.run(
        [sys.executable, str(ROOT / "benchmarks" / "rete.py"), *sizes],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "both engines say the same of all 10 claims" in done.stdout
    for row in ("direct, every finding built", "rete, every finding built", "memory: "):
        assert row in done.stdout
