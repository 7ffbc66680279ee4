"""Runs the commands that `docs/tables.md` shows, on small invented files: ``python docs/tables_example.py PART``.

Every part starts with an empty folder; commands that an earlier part has shown are run without being shown again.
"""

from __future__ import annotations

import glob
import json
import os
import shlex
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FILES = ROOT / "tests" / "tables" / "files"

_PAIRS = "cpt-rules tables import ncci-ptp downloads/ccipra-v322r0-f?.TXT --tables tables"
_LIMITS = "cpt-rules tables import ncci-mue downloads/MCR_MUE_PractitionerServices_Eff_07-01-2026.csv --tables tables"

#: Part → (commands to be run before, commands to be shown).
PARTS: dict[str, tuple[list[str], list[str]]] = {
    "import": ([], [_PAIRS, _LIMITS, _PAIRS]),
    "list": ([_PAIRS, _LIMITS], ["cpt-rules tables list --tables tables"]),
    "verify": ([_PAIRS, _LIMITS], ["cpt-rules tables verify --tables tables"]),
    "refuse": (
        [],
        [
            "cpt-rules tables import ncci-ptp downloads/ccipra-v322r0-f1.TXT --tables tables",
            "cpt-rules tables import ncci-mue downloads/page.csv --setting hospital --edition 2026Q3 --tables tables",
            f"{_LIMITS} --edition 2026Q2",
            "cpt-rules tables import pos downloads/pos.csv --tables tables",
        ],
    ),
    "scrub": (
        [_PAIRS, _LIMITS],
        ["cpt-rules scrub claim.jsonl --tables tables --as-of 2026-11-30 --select ncci.mue.line"],
    ),
}
CLAIM = {
    "id": "PCN-2001",
    "type": "professional",
    "payer": {"name": "MEDICARE", "filing": "MB"},
    "lines": [{"number": 1, "code": "10001", "units": "1", "unit_type": "UN", "date": "2026-11-02"}],
}


def transcript(part: str) -> str:
    """What the commands of a part print, each below its own line."""
    before, shown = PARTS[part]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        shutil.copytree(FILES, folder / "downloads")
        (folder / "downloads" / "page.csv").write_text("<!DOCTYPE html><html>Licence</html>", encoding="utf-8")
        (folder / "downloads" / "pos.csv").write_text("POS,Name\n81,X\n", encoding="utf-8")
        (folder / "claim.jsonl").write_text(json.dumps(CLAIM) + "\n", encoding="utf-8")
        for command in before:
            run(command, folder)
        return "\n\n".join(f"$ {command}\n{run(command, folder)}" for command in shown)


def run(command: str, folder: Path) -> str:
    """What a command prints in a folder, names with ``?`` put in as a shell does."""
    program, *arguments = shlex.split(command)
    assert program == "cpt-rules"
    words: list[str] = []
    for argument in arguments:
        found = sorted(glob.glob(argument, root_dir=folder)) if "?" in argument else []
        words += found or [argument]
    done = subprocess.run(
        [sys.executable, "-m", "cpt_rules", *words],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8", "NO_COLOR": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        check=False,
    )
    return done.stdout.strip("\n")


if __name__ == "__main__":
    print(transcript(sys.argv[1]))
