"""Brings the output that stands in the documentation up to date: ``python docs/generate.py``; ``--check`` only looks.

A block is made by the command in its first line and ends with ``<!-- end -->``:

    <!-- output: cpt-rules check | from: TEXT | before: TEXT | until: TEXT | language: yaml -->

`from` is the first line shown (the first that holds TEXT), `before` the first no longer shown, `until` the last shown.
Output stands in a fenced block; with ``| plain`` it is Markdown itself. Commands are ``cpt-rules …`` and ``python …``,
run in the root of the project; whatever their exit status, what they print is the output.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BLOCK = re.compile(r"(<!-- output: (?P<command>.*?) -->\n).*?(?P<end><!-- end -->)", re.DOTALL)


def main(arguments: list[str]) -> int:
    stale = []
    for page in pages():
        old = page.read_text(encoding="utf-8")
        new = renewed(old)
        if new != old:
            stale.append(page.relative_to(ROOT))
            if "--check" not in arguments:
                page.write_text(new, encoding="utf-8")
    for page in stale:
        print(f"{page}: {'out of date' if '--check' in arguments else 'renewed'}")
    return int(bool(stale) and "--check" in arguments)


def pages() -> Iterator[Path]:
    """The pages that may hold output."""
    yield ROOT / "README.md"
    for folder in ("docs", "examples"):
        yield from sorted((ROOT / folder).rglob("*.md"))


def renewed(text: str) -> str:
    """A page with the output of every block as it is today."""
    return BLOCK.sub(lambda found: found[1] + block(found["command"]) + found["end"], text)


def block(description: str) -> str:
    command, *options = description.split(" | ")
    wanted = dict(option.partition(": ")[::2] for option in options)
    lines = part(output(command).splitlines(), wanted)
    body = "\n".join(line.rstrip() for line in lines).strip("\n")
    if "plain" in wanted:
        return f"\n{body}\n\n"
    return f"```{wanted.get('language', 'text')}\n{body}\n```\n"


def part(lines: list[str], wanted: dict[str, str]) -> list[str]:
    """The lines asked for. Raises LookupError where a text that is named does not occur."""

    def place(key: str, start: int, otherwise: int) -> int:
        if key not in wanted:
            return otherwise
        found = next((n for n in range(start, len(lines)) if wanted[key] in lines[n]), None)
        if found is None:
            raise LookupError(f"no line with {wanted[key]!r} in the output:\n" + "\n".join(lines))
        return found

    first = place("from", 0, 0)
    return lines[first : min(place("before", first + 1, len(lines)), place("until", first, len(lines) - 1) + 1)]


@cache
def output(command: str) -> str:
    """What a command prints."""
    program, *arguments = shlex.split(command)
    words = {"cpt-rules": [sys.executable, "-m", "cpt_rules"], "python": [sys.executable]}[program]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8", "NO_COLOR": "1"}
    done = subprocess.run(
        [*words, *arguments],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        check=False,
    )
    if "Traceback" in done.stdout:
        raise RuntimeError(f"{command}:\n{done.stdout}")
    return done.stdout


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
