"""How fast is reading alone, without rulesets? ``python benchmarks/reading.py [FILE …]``: X12 files, else a generated one.

One process, one core. Prints for each file claims, lines and segments, and processor time of the best of several rounds and
of the first, in which nothing has been remembered yet: microseconds a claim, claims and megabytes a second; then the peak
memory. The budget of the pipeline leaves sixty microseconds for reading a claim of five lines.
"""

from __future__ import annotations

import argparse
import platform
import resource
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from attrs import frozen

import generated
import professional
from cpt_rules import load_ruleset, read_claims

BUDGET = 60  # microseconds a claim of five lines


@frozen
class Measured:
    """One round: processor time in seconds."""

    claims: int
    lines: int
    problems: int
    seconds: float


def main(arguments: Sequence[str] | None = None) -> int:
    options = _options(arguments)
    print(f"Python {platform.python_version()}, {platform.machine()}")
    if options.files:
        for each in options.files:
            _report(each, options.rounds)
    else:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / f"generated-{options.claims}.837"
            with path.open("wb") as stream:
                stream.writelines(professional.interchange(generated.claims(load_ruleset(), options.claims)))
            _report(path, options.rounds)
    print(f"peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB")
    return 0


def _report(path: Path, rounds: int) -> None:
    data = path.read_bytes()
    measured = [_round(path) for _ in range(rounds)]
    first, best = measured[0], min(measured, key=lambda each: each.seconds)
    segments = data.count(data[105:106])
    print(
        f"{path.name}: {first.claims:,} claims, {first.lines:,} lines, {segments:,} segments, {first.problems:,} problems"
    )
    for name, each in (("first round", first), (f"best of {rounds}", best)):
        claims = max(each.claims, 1)
        print(
            f"  {name:<12}{each.seconds / claims * 1e6:7.1f} µs a claim {claims / each.seconds:9,.0f} claims/s "
            f"{len(data) / each.seconds / 1e6:6.1f} MB/s"
        )
    if best.claims and best.lines == 5 * best.claims:
        print(f"  budget      {BUDGET:7.1f} µs a claim of five lines")


def _round(path: Path) -> Measured:
    problems: list[object] = []
    claims = lines = 0
    started = time.process_time()
    for claim in read_claims(path, on_problem=problems.append):
        claims += 1
        lines += len(claim.lines)
    return Measured(claims, lines, len(problems), time.process_time() - started)


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("files", nargs="*", type=Path)
    parser.add_argument("--claims", type=int, default=20_000, help="how many claims to generate")
    parser.add_argument("--rounds", type=int, default=5)
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
