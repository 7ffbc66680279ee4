"""How fast is `engine.scrub`, beside the reference engine and the package rule-engine with the same conditions?

``python benchmarks/direct.py``. One process, one core, the bundled rulesets, generated claims of five lines. Prints lines
a second, microseconds a claim, and ratios, all of one run and of processor time, so that what else the machine does
counts little; then the cold start of the command line, by the clock. rule-engine comes with the extra ``benchmark``;
without it that row is left out and the output says so.
"""

from __future__ import annotations

import argparse
import datetime as dt
import gc
import importlib.util
import os
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from attrs import fields, frozen, has

import generated
from cpt_rules import Claim, Engine, Outcome, Report, Ruleset, load_ruleset

LINES_A_SECOND = 50_000
TIMES_RULE_ENGINE = 15
COLD_START = 0.6
EXAMPLE = Path(__file__).resolve().parent.parent / "examples" / "claims.jsonl"


@frozen
class Measured:
    """The best of several rounds over the same claims."""

    name: str
    claims: int
    lines: int
    seconds: float

    @property
    def rate(self) -> float:
        return self.lines / self.seconds


def main(arguments: Sequence[str] | None = None) -> int:
    options = _options(arguments)
    started = time.perf_counter()
    ruleset = load_ruleset()
    loaded = time.perf_counter() - started
    claims = list(generated.claims(ruleset, options.claims))
    lines = sum(len(claim.lines) for claim in claims)
    print(f"Python {platform.python_version()}, {platform.machine()}, ruleset {ruleset.version} ({ruleset.hash[:19]})")
    print(f"{len(ruleset.edits)} edits, loaded in {loaded:.2f} s; {len(claims):,} claims, {lines:,} lines")
    print()
    rows = _engines(ruleset, claims, options)
    same = _peer(ruleset, claims, options)
    _table([*rows, *same])
    print(f"\nscrub: {rows[1].rate:,.0f} lines/s; the aim is {LINES_A_SECOND:,}")
    if same:
        ours, theirs = same
        print(f"scrub: {ours.rate / theirs.rate:.1f} times rule-engine, same edits; the aim is {TIMES_RULE_ENGINE}")
    if options.starts:
        _cold_start(options.starts)
    return 0


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--claims", type=int, default=6000, help="claims of five lines for the direct engine")
    parser.add_argument("--reference-claims", type=int, default=10, help="how many of them for the reference engine")
    parser.add_argument("--peer-claims", type=int, default=300, help="how many of them for rule-engine")
    parser.add_argument("--rounds", type=int, default=3, help="the best of so many rounds counts")
    parser.add_argument("--starts", type=int, default=5, help="cold starts of the command line; 0: none")
    return parser.parse_args(arguments)


def _engines(ruleset: Ruleset, claims: list[Claim], options: argparse.Namespace) -> list[Measured]:
    engine = Engine(ruleset, as_of=generated.AS_OF)
    reference = Engine(ruleset, as_of=generated.AS_OF, kind="reference")
    some = claims[: options.reference_claims]
    differ = [claim.id for claim in some if not _equal(engine.scrub(claim), reference.scrub(claim))]
    if differ:
        raise SystemExit(f"direct and reference engine differ on {', '.join(differ[:5])}")
    fresh = Engine(ruleset, as_of=generated.AS_OF)
    return [
        _measured("scrub, first time through", claims, lambda each: fresh.scrub(each).status, 1),
        _measured("scrub", claims, lambda each: engine.scrub(each).status, options.rounds),
        _measured("scrub, every finding built", claims[:300], lambda each: engine.scrub(each).findings, 1),
        _measured("reference engine", some, lambda each: reference.scrub(each).findings, 1),
    ]


def _equal(one: Report, other: Report) -> bool:
    return one.findings == other.findings and one.silenced == other.silenced


def _measured(name: str, claims: list[Claim], run: Callable[[Claim], object], rounds: int) -> Measured:
    best = float("inf")
    for _ in range(rounds):
        gc.collect()
        started = time.process_time()
        for claim in claims:
            run(claim)
        best = min(best, time.process_time() - started)
    return Measured(name, len(claims), sum(len(claim.lines) for claim in claims), best)


# ---- rule-engine ---------------------------------------------------------------------------------------------------


def _peer(ruleset: Ruleset, claims: list[Claim], options: argparse.Namespace) -> list[Measured]:
    """`scrub` and rule-engine with the edits that both can judge; nothing where rule-engine is not installed."""
    if importlib.util.find_spec("rule_engine") is None:
        print('rule-engine is not installed, its row is left out: pip install ".[benchmark]"\n')
        return []
    from peer import Peer, comparable

    edits = comparable(ruleset)
    engine = Engine(ruleset, as_of=generated.AS_OF, select=edits)
    peer = Peer(ruleset, generated.AS_OF, _days_of_change(ruleset))
    some = claims[: options.peer_claims]
    cases = {claim.id: peer.case(claim) for claim in some}
    _agree(engine, list(cases.values()))
    name = f"the {len(edits)} edits that both judge"
    return [
        _measured(f"scrub, {name}", claims, lambda each: engine.scrub(each).status, options.rounds),
        _measured(f"rule-engine, {name}", some, lambda each: cases[each.id].judge(), options.rounds),
    ]


def _agree(engine: Engine, cases: Sequence[object]) -> None:
    """Both find the same wherever two truth values are enough; raises SystemExit with the first differences."""
    from peer import NOT_APPLICABLE, PASS, VIOLATED, Case

    words = {Outcome.PASS: PASS, Outcome.WARN: VIOLATED, Outcome.FAIL: VIOLATED}
    compared, differ = 0, []
    for case in cases:
        assert isinstance(case, Case)
        report = engine.scrub(case.claim)
        found = {(finding.index, finding.edit): finding.status for finding in report.findings}
        silenced = {(each.index, each.edit) for each in report.silenced}
        places = [None, *range(len(case.claim.lines))]
        rules = [each[0] for each in (case.on_claim, *case.on_lines)]
        for index, edits, outcomes in zip(places, rules, case.judge(), strict=True):
            for edit, outcome in zip(edits, outcomes, strict=True):
                status = found.get((index, edit.id))
                if status is Outcome.NOT_CHECKED or (index, edit.id) in silenced:
                    continue
                compared += 1
                if outcome != (NOT_APPLICABLE if status is None else words[status]):
                    differ.append(f"{case.claim.id} line {index} {edit.id}: {outcome}, but {status}")
    if differ:
        raise SystemExit("\n".join([f"{len(differ)} differences from rule-engine", *differ[:10]]))
    print(f"same outcome as rule-engine in all of {compared:,} cases where two truth values are enough\n")


def _days_of_change(ruleset: Ruleset) -> list[dt.date]:
    """Every day that the ruleset names and the day after it: between two of them nothing changes."""
    found: set[dt.date] = set()

    def collect(part: object) -> None:
        if isinstance(part, dt.date):
            found.add(part)
            if part < dt.date.max:
                found.add(part + dt.timedelta(days=1))
        elif isinstance(part, Mapping):
            for each in part.values():
                collect(each)
        elif isinstance(part, tuple | list):
            for each in part:
                collect(each)
        elif has(type(part)):
            for attribute in fields(type(part)):
                collect(getattr(part, attribute.name))

    for documents in (ruleset.sets, ruleset.profiles, ruleset.payers, ruleset.edits, ruleset.overlays):
        collect(documents)
    return sorted(found)


# ---- output --------------------------------------------------------------------------------------------------------


def _table(rows: Sequence[Measured]) -> None:
    direct = rows[1]
    print(f"{'':<44}{'lines/s':>12}{'us a claim':>14}{'scrub is faster by':>22}")
    for row in rows:
        ratio = direct.rate / row.rate
        print(f"{row.name:<44}{row.rate:>12,.0f}{row.seconds / row.claims * 1e6:>14,.0f}{ratio:>22.1f}")


def _cold_start(starts: int) -> None:
    """Process start to exit of `cpt-rules scrub` on a file of one claim."""
    with tempfile.TemporaryDirectory() as folder:
        one = Path(folder) / "one.jsonl"
        one.write_text(EXAMPLE.read_text(encoding="utf-8").splitlines()[0] + "\n", encoding="utf-8")
        command = [sys.executable, "-m", "cpt_rules", "scrub", str(one), "--format", "jsonl"]
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
        times = []
        for _ in range(starts + 1):
            started = time.perf_counter()
            done = subprocess.run(command, env=environment, capture_output=True, check=False)
            times.append(time.perf_counter() - started)
            if done.returncode != 0:
                raise SystemExit(done.stderr.decode())
        warm = sorted(times[1:])  # the first one may compile modules
        median = warm[len(warm) // 2]
        print(
            f"cold start of cpt-rules scrub on one claim: {median:.2f} s (best {warm[0]:.2f}); the aim is {COLD_START}"
        )


if __name__ == "__main__":
    sys.exit(main())
