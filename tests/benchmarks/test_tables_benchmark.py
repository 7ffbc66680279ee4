"""The benchmark of tables runs, at sizes that say nothing about speed, on a generated table."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_the_benchmark_compares_the_store_with_a_dict_and_sqlite_and_scrubs() -> None:
    sizes = ["--rows", "3000", "--look-ups", "500", "--claims", "8", "--lines", "20", "--rounds", "1"]
    done = subprocess.run(
        [sys.executable, str(ROOT / "benchmarks" / "tables.py"), *sizes],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "PTP, generated: " in done.stdout
    for row in ("the store", "dict of tuples", "SQLite", "with them, full tables", "without the NCCI edits"):
        assert row in done.stdout
    assert "the same answers from all" in done.stdout
    assert "one claim of 20 lines" in done.stdout
