"""The benchmark of reading runs, at sizes that say nothing about speed, and reads all that it has generated."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def _printed(*arguments: str) -> str:
    program = [sys.executable, str(ROOT / "benchmarks" / "reading.py"), "--rounds", "2", *arguments]
    return subprocess.run(program, capture_output=True, text=True, check=True).stdout


def test_the_generated_file_is_read_whole():
    printed = _printed("--claims", "30")
    assert "generated-30.837: 30 claims, 150 lines, " in printed
    assert ", 0 problems\n" in printed
    assert printed.count("µs a claim ") == 3
    assert "peak memory " in printed


def test_files_may_be_named():
    assert "claims.837: " in _printed(str(ROOT / "examples" / "claims.837"))
