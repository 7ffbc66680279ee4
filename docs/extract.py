"""Prints one document of a rulesets file, without its tests: ``python docs/extract.py FILE ID``; without ID the whole file."""

from __future__ import annotations

import sys
from pathlib import Path


def extract(text: str, id: str) -> str:
    """The document whose first key names `id`, without the comment before it and the tests at its end."""
    for document in text.split("\n---\n"):
        lines = [line for line in document.splitlines() if not line.startswith("#")]
        if lines and lines[0].partition(": ")[2] == id:
            tests = next((n for n, line in enumerate(lines) if line.startswith("tests:")), len(lines))
            return "\n".join(lines[:tests])
    raise LookupError(f"no document {id!r}")


if __name__ == "__main__":
    text = Path(sys.argv[1]).read_text(encoding="utf-8")
    print(extract(text, sys.argv[2]) if len(sys.argv) > 2 else text)
