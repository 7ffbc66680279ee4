"""How fast is the rete engine beside the direct one, and does its memory stay flat?

``python benchmarks/rete.py``. One process, one core, the bundled rulesets with their starter tables, generated claims of
five lines each. Prints lines a second of both engines on the same claims, in one run and in processor time; then, in a process
of its own, what is resident after a thousand claims and after all of `--memory-claims`, from /proc; where there is none,
that part is left out and the output says so. Needs durable_rules, so Python 3.11 or 3.12.

With 100,000 claims of five lines it takes about half an hour; ``--lines 1`` leaves each its first line.
"""

from __future__ import annotations

import argparse
import gc
import platform
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from attrs import evolve, frozen

import generated
from cpt_rules import Claim, Engine, Report, Ruleset, load_ruleset

MEGABYTES = 16
STATUS = Path("/proc/self/status")


@frozen
class Measured:
    """The best of several rounds over the same claims."""

    name: str
    lines: int
    seconds: float

    @property
    def rate(self) -> float:
        return self.lines / self.seconds


def main(arguments: Sequence[str] | None = None) -> int:
    options = _options(arguments)
    if options.child:
        _scrub_all(options.memory_claims, options.first, options.lines)
        return 0
    ruleset = load_ruleset()
    claims = list(_claims(ruleset, options.claims, options.lines))
    lines = sum(len(claim.lines) for claim in claims)
    print(f"Python {platform.python_version()}, {platform.machine()}, ruleset {ruleset.version} ({ruleset.hash[:19]})")
    print(f"{len(ruleset.edits)} edits; {len(claims):,} claims, {lines:,} lines\n")
    direct, rete = (Engine(ruleset, kind=kind, as_of=generated.AS_OF) for kind in ("direct", "rete"))  # type: ignore[arg-type]
    _agree(direct, rete, claims)
    rows = [
        _measured("direct", claims, lambda each: direct.scrub(each).status, options.rounds),
        _measured("direct, every finding built", claims, lambda each: direct.scrub(each).findings, options.rounds),
        _measured("rete", claims, lambda each: rete.scrub(each).status, options.rounds),
        _measured("rete, every finding built", claims, lambda each: rete.scrub(each).findings, options.rounds),
    ]
    print(f"{'':<32}{'lines/s':>12}{'direct is faster by':>24}")
    for row in rows:
        print(f"{row.name:<32}{row.rate:>12,.0f}{rows[0].rate / row.rate:>24.1f}")
    return _memory(options) if options.memory_claims else 0


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--claims", type=int, default=400, help="claims that are timed")
    parser.add_argument("--lines", type=int, default=generated.LINES, help="lines of each claim, five at most")
    parser.add_argument("--rounds", type=int, default=3, help="the best of so many rounds counts")
    parser.add_argument(
        "--memory-claims", type=int, default=100_000, help="claims over which memory is watched; 0: none"
    )
    parser.add_argument("--first", type=int, default=1000, help="after how many of them it is first looked at")
    parser.add_argument("--child", action="store_true", help=argparse.SUPPRESS)
    return parser.parse_args(arguments)


def _claims(ruleset: Ruleset, count: int, lines: int) -> Iterator[Claim]:
    return (evolve(claim, lines=claim.lines[:lines]) for claim in generated.claims(ruleset, count))


def _measured(name: str, claims: list[Claim], run: Callable[[Claim], object], rounds: int) -> Measured:
    best = float("inf")
    for _ in range(rounds):
        gc.collect()
        started = time.process_time()
        for claim in claims:
            run(claim)
        best = min(best, time.process_time() - started)
    return Measured(name, sum(len(claim.lines) for claim in claims), best)


def _agree(direct: Engine, rete: Engine, claims: Sequence[Claim]) -> None:
    """Both say the same of every claim; this warms both up. Raises SystemExit with the claims on which they differ."""

    def said(report: Report) -> object:
        return report.findings, report.silenced, report.status

    differ = [claim.id for claim in claims if said(direct.scrub(claim)) != said(rete.scrub(claim))]
    if differ:
        raise SystemExit(f"direct and rete engine differ on {', '.join(differ[:5])}")
    print(f"both engines say the same of all {len(claims):,} claims, findings in full\n")


# ---- memory --------------------------------------------------------------------------------------------------------


def _memory(options: argparse.Namespace) -> int:
    """What is resident after the first claims and after all; 1 where it grew by more than the aim."""
    if not STATUS.exists():
        print("\nmemory: not told by this system")
        return 0
    command = [
        sys.executable,
        __file__,
        "--child",
        f"--memory-claims={options.memory_claims}",
        f"--first={options.first}",
        f"--lines={options.lines}",
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(done.stderr)
    first, last, most = map(float, done.stdout.split())
    print(
        f"\nmemory: {first:.1f} MB after {options.first:,} claims, {last:.1f} after {options.memory_claims:,}, ", end=""
    )
    print(f"never more than {most:.1f}; grown by {last - first:.1f} MB, the aim is {MEGABYTES}")
    return int(last - first > MEGABYTES)


def _scrub_all(count: int, first: int, lines: int) -> None:
    ruleset = load_ruleset()
    engine = Engine(ruleset, kind="rete", as_of=generated.AS_OF)
    seen = [_resident() for _ in _scrubbed(engine, _claims(ruleset, count, lines), first)]
    print(seen[0], seen[-1], max(seen))


def _scrubbed(engine: Engine, claims: Iterator[Claim], step: int) -> Iterator[None]:
    """Scrubs, findings included; stops after every `step` claims and at the end."""
    for number, claim in enumerate(claims, 1):
        assert engine.scrub(claim).raised is not None
        if number % step == 0:
            yield
    yield


def _resident() -> float:
    """Megabytes."""
    line = next(each for each in STATUS.read_text().splitlines() if each.startswith("VmRSS"))
    return int(line.split()[1]) / 1024


if __name__ == "__main__":
    sys.exit(main())
