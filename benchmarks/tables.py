"""What do full reference tables cost? The store beside a dict of tuples and SQLite, and `engine.scrub` with and without.

``python benchmarks/tables.py``. The practitioner PTP and MUE tables are imported into a temporary store: the public ones of
the third quarter of 2024 where they lie beside the checkout (`--source` names the folder), else a generated PTP table
of as many rows. Start-up and memory are measured in a process of their own for each row, look-ups on the same keys, half
of them in the table. All is of one run and, but for the look at the clock where it says so, of processor time: the
ratios are what to look at. Memory is what is resident, from /proc, and left out where there is none.
"""

from __future__ import annotations

import argparse
import csv
import datetime as dt
import gc
import json
import os
import platform
import random
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from attrs import evolve

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT)]  # tests.tables.cms_text writes the public tables out as CMS ships them

import generated  # noqa: E402
from cpt_rules import Claim, Engine, Ruleset, load_ruleset  # noqa: E402
from cpt_rules.tables.importing import import_table  # noqa: E402
from cpt_rules.tables.store import Tables  # noqa: E402
from tests.tables.cms_text import MUE, PTP, SHARED, ptp_rows, write_mue, write_parts  # noqa: E402

MORE_START = 0.3
MORE_MEMORY = 150
LOOK_UP = 2.0
LINES_A_SECOND = 40_000
LONG_CLAIM = 1.0

FIRST, LAST = dt.date(2024, 7, 1), dt.date(2024, 9, 30)
AS_OF = dt.date(2024, 10, 1)
EDITS = ("ncci.ptp", "ncci.mue.line", "ncci.mue.day")

#: (column 1, column 2, last day as YYYYMMDD or ``*``, indicator)
Row = tuple[str, str, str, int]


def main(arguments: Sequence[str] | None = None) -> int:
    options = _options(arguments)
    if options.child:
        print(json.dumps(_CHILDREN[options.child](Path(options.folder))))
        return 0
    load = f", load {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors" if hasattr(os, "getloadavg") else ""
    print(f"Python {platform.python_version()}, {platform.machine()}{load}")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        rows = _prepared(folder, options)
        _compared(folder, options, rows)
        _scrubbed(folder, options)
    return 0


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--source", type=Path, default=SHARED, help="folder of the public tables")
    parser.add_argument("--rows", type=int, default=0, help="take a generated PTP table of so many rows")
    parser.add_argument("--look-ups", type=int, default=100_000, help="how many keys are looked up")
    parser.add_argument("--claims", type=int, default=4000, help="claims of five lines")
    parser.add_argument("--lines", type=int, default=999, help="lines of the long claim")
    parser.add_argument("--rounds", type=int, default=3, help="the best of so many rounds counts")
    parser.add_argument("--child", help=argparse.SUPPRESS)
    parser.add_argument("--folder", help=argparse.SUPPRESS)
    return parser.parse_args(arguments)


# ---- the tables ----------------------------------------------------------------------------------------------------


def _prepared(folder: Path, options: argparse.Namespace) -> list[Row]:
    """Imports the tables, and lays the same rows out for the dict and for SQLite."""
    public = not options.rows and (options.source / PTP).exists()
    rows = list(ptp_rows(source=options.source / PTP) if public else generated_pairs(options.rows or 2_000_000))
    parts = write_parts(folder / "files", rows)
    started, began = time.process_time(), time.perf_counter()
    manifest, _ = import_table("ncci-ptp", parts, root=folder / "store")
    took, clock = time.process_time() - started, time.perf_counter() - began
    kind = "public" if public else "generated"
    print(f"PTP, {kind}: {manifest.rows:,} rows imported in {took:.1f} s ({clock:.1f} s by the clock)")
    if (options.source / MUE).exists():
        limits, _ = import_table(
            "ncci-mue", [write_mue(folder / "files", source=options.source / MUE)], root=folder / "store"
        )
        print(f"MUE, public: {limits.rows:,} rows")
    with (folder / "ptp.csv").open("w", encoding="ascii", newline="") as file:
        csv.writer(file).writerows(_dated(rows))
    with sqlite3.connect(folder / "ptp.sqlite") as base:
        base.execute(
            "create table ptp (one text, two text, since int, until int, indicator text, primary key (one, two)) without rowid"
        )
        base.executemany("insert into ptp values (?, ?, ?, ?, ?)", _dated(rows))
    base.close()
    (folder / "keys.json").write_text(json.dumps(_keys(rows, options.look_ups)), encoding="ascii")
    return rows


def generated_pairs(count: int) -> Iterator[Row]:
    dice = random.Random(86329)
    codes = [f"{number:05d}" for number in range(10_000, 10_000 + max(10, int(count**0.5)))]
    pairs = {(dice.choice(codes), dice.choice(codes)) for _ in range(count)}
    for one, two in sorted(pairs):
        yield one, two, dice.choice(("*", "*", "20231231")), dice.choice((0, 1, 1))


def _dated(rows: Sequence[Row]) -> Iterator[tuple[str, str, int, int, str]]:
    for one, two, until, indicator in rows:
        yield one, two, 19960101, 99991231 if until == "*" else int(until), str(indicator)


def _keys(rows: Sequence[Row], count: int) -> list[tuple[str, str]]:
    """Pairs of codes to look up, each code somewhere in the table, every other pair too."""
    dice = random.Random(86329)
    found = dice.choices(rows, k=-(-count // 2))
    others = zip(dice.choices(rows, k=count // 2), dice.choices(rows, k=count // 2), strict=True)
    keys = [(row[0], row[1]) for row in found] + [(one[0], two[1]) for one, two in others]
    dice.shuffle(keys)
    return keys


# ---- one process each ----------------------------------------------------------------------------------------------


#: Opens a table, and gives a look-up: column 1, column 2 → the indicator on the first day of the quarter.
Opened = Callable[[], Callable[[str, str], object]]


def _measured(folder: Path, opened: Opened) -> dict[str, Any]:
    keys = [(one, two) for one, two in json.loads((folder / "keys.json").read_text(encoding="ascii"))]
    gc.collect()
    before, started, began = _resident(), time.process_time(), time.perf_counter()
    look_up = opened()
    start, clock = time.process_time() - started, time.perf_counter() - began
    answers = [look_up(one, two) for one, two in keys]  # also makes resident what look-ups touch
    after = _resident()
    best = float("inf")
    for _ in range(3):
        started = time.process_time()
        for one, two in keys:
            look_up(one, two)
        best = min(best, time.process_time() - started)
    found = [None if each is None else str(each) for each in answers]
    memory = None if before is None or after is None else (after - before) / 1e6
    return {"start": start, "clock": clock, "memory": memory, "look_up": best / len(keys) * 1e6, "found": found}


def _resident() -> int | None:
    try:
        status = Path("/proc/self/status").read_text(encoding="ascii")
    except OSError:
        return None
    return next(int(line.split()[1]) * 1024 for line in status.splitlines() if line.startswith("VmRSS"))


def _store(folder: Path) -> dict[str, Any]:
    def opened() -> Callable[[str, str], object]:
        series = Tables(folder / "store").series("ncci.ptp", "practitioner")

        def look_up(one: str, two: str) -> object:
            picked = series.edition(FIRST)
            assert picked is not None
            rows = picked[0].find((one, two), FIRST)
            return picked[0].cell("indicator", rows[0]) if rows else None

        return look_up

    return _measured(folder, opened)


def _dict(folder: Path) -> dict[str, Any]:
    def opened() -> Callable[[str, str], object]:
        table: dict[tuple[str, str], tuple[int, int, str]] = {}
        with (folder / "ptp.csv").open(encoding="ascii", newline="") as file:
            for one, two, since, until, indicator in csv.reader(file):
                table[sys.intern(one), sys.intern(two)] = int(since), int(until), sys.intern(indicator)

        def look_up(one: str, two: str) -> object:
            row = table.get((one, two))
            return row[2] if row is not None and row[0] <= 20240701 <= row[1] else None

        return look_up

    return _measured(folder, opened)


def _sqlite(folder: Path) -> dict[str, Any]:
    def opened() -> Callable[[str, str], object]:
        base = sqlite3.connect(folder / "ptp.sqlite")
        query = "select indicator from ptp where one = ? and two = ? and since <= 20240701 and until >= 20240701"

        def look_up(one: str, two: str) -> object:
            row = base.execute(query, (one, two)).fetchone()
            return None if row is None else row[0]

        return look_up

    return _measured(folder, opened)


def _start(tables: bool) -> Callable[[Path], dict[str, Any]]:
    """A start with all tables of the store, or with none: the ruleset, an engine, a first claim."""

    def measured(folder: Path) -> dict[str, Any]:
        claim = next(_claims(load_ruleset(), 1))
        gc.collect()
        before, started, began = _resident(), time.process_time(), time.perf_counter()
        ruleset = load_ruleset(tables=folder / "store" if tables else None)
        found = Engine(ruleset, as_of=AS_OF).scrub(claim).status
        start, clock = time.process_time() - started, time.perf_counter() - began
        after = _resident()
        memory = None if before is None or after is None else (after - before) / 1e6
        return {"start": start, "clock": clock, "memory": memory, "found": found.label}

    return measured


_CHILDREN: dict[str, Callable[[Path], dict[str, Any]]] = {
    "store": _store,
    "dict": _dict,
    "sqlite": _sqlite,
    "start with": _start(True),
    "start without": _start(False),
}


def _child(name: str, folder: Path, rounds: int) -> dict[str, Any]:
    """The best of several processes."""
    command = [sys.executable, str(Path(__file__).resolve()), "--child", name, "--folder", str(folder)]
    found: list[dict[str, Any]] = []
    for _ in range(rounds):
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise SystemExit(done.stderr)
        found.append(json.loads(done.stdout))
    best = dict(found[0])
    for key in ("start", "clock", "look_up", "memory"):
        values = [each[key] for each in found if each.get(key) is not None]
        if values:
            best[key] = min(values)
    return best


def _compared(folder: Path, options: argparse.Namespace, rows: Sequence[Row]) -> None:
    print(f"\n{len(rows):,} pairs, {options.look_ups:,} look-ups")
    print(f"{'':<16}{'opened in s':>12}{'resident MB':>13}{'us a look-up':>14}{'slower by':>11}")
    names = {"store": "the store", "dict": "dict of tuples", "sqlite": "SQLite"}
    found = {name: _child(name, folder, options.rounds) for name in names}
    for name, title in names.items():
        one = found[name]
        ratio = one["look_up"] / found["dict"]["look_up"]
        print(f"{title:<16}{one['start']:>12.3f}{_megabytes(one):>13}{one['look_up']:>14.2f}{ratio:>11.1f}")
    if len({tuple(each["found"]) for each in found.values()}) > 1:
        raise SystemExit("the store, the dict and SQLite do not give the same answers")
    print(f"the same answers from all; {sum(1 for each in found['store']['found'] if each)} of the keys are in force")
    print(f"store: {found['store']['look_up']:.2f} us a look-up; the aim is {LOOK_UP:g}")
    having, without = (_child(name, folder, options.rounds) for name in ("start with", "start without"))
    more = having["start"] - without["start"]
    print(
        f"start with the tables: {more:.2f} s more than the {without['start']:.2f} s without; the aim is {MORE_START}"
    )
    if having["memory"] is not None:
        more = having["memory"] - without["memory"]
        print(f"resident after it: {more:.0f} MB more than without; the aim is {MORE_MEMORY}")


def _megabytes(one: dict[str, Any]) -> str:
    return "?" if one["memory"] is None else f"{one['memory']:.0f}"


# ---- scrubbing -----------------------------------------------------------------------------------------------------


def _scrubbed(folder: Path, options: argparse.Namespace) -> None:
    ruleset = load_ruleset(tables=folder / "store")
    ours = [each for each in EDITS if each in ruleset.edits]
    claims = list(_claims(ruleset, options.claims))
    strange = list(_claims(ruleset, options.claims, _codes_of(ruleset)))
    lines = sum(len(claim.lines) for claim in claims)
    print(f"\n{len(claims):,} claims, {lines:,} lines; NCCI edits: {', '.join(ours)}")
    _hits(ruleset, claims)
    bare, engine = Engine(ruleset, as_of=AS_OF, ignore=ours), Engine(ruleset, as_of=AS_OF)
    starter = Engine(load_ruleset(), as_of=AS_OF)
    for each in (bare, engine, starter):
        _timed(claims, each, 1)
    table = [
        ("without the NCCI edits", _timed(claims, bare, options.rounds)),
        ("with them, starter tables", _timed(claims, starter, options.rounds)),
        ("with them, full tables", _timed(claims, engine, options.rounds)),
        ("with them, first time through", _timed(claims, Engine(ruleset, as_of=AS_OF), 1)),
        ("any codes of the tables", _timed(strange, engine, 2)),
    ]
    base = table[0][1]
    print(f"{'':<32}{'lines/s':>10}{'us a claim':>12}{'slower by':>11}")
    for title, seconds in table:
        print(f"{title:<32}{lines / seconds:>10,.0f}{seconds / len(claims) * 1e6:>12,.0f}{seconds / base:>11.2f}")
    print(f"scrub: {lines / table[2][1]:,.0f} lines/s with the full tables; the aim is {LINES_A_SECOND:,}")
    long = _long(claims, options.lines)
    seconds = min(_timed([long], engine, 1) for _ in range(options.rounds))
    print(f"one claim of {len(long.lines)} lines: {seconds:.2f} s; the aim is {LONG_CLAIM:g}")


def _claims(ruleset: Ruleset, count: int, codes: Sequence[str] = ()) -> Iterator[Claim]:
    """The generated claims, their dates in the quarter of the tables; with `codes` their lines have these."""
    dice = random.Random(86329)
    for claim in generated.claims(ruleset, count):
        lines = tuple(
            evolve(
                line,
                date=FIRST + dt.timedelta(days=line.date.toordinal() % ((LAST - FIRST).days + 1))
                if line.date
                else None,
                code=dice.choice(codes) if codes else line.code,
            )
            for line in claim.lines
        )
        yield evolve(claim, lines=lines)


def _codes_of(ruleset: Ruleset) -> list[str]:
    """Five thousand codes of the first column of the PTP table."""
    picked = ruleset.store.series("ncci.ptp", "practitioner").edition(FIRST)
    assert picked is not None
    codes = list(picked[0].keys())
    return random.Random(86329).sample(codes, min(5000, len(codes)))


def _long(claims: Sequence[Claim], count: int) -> Claim:
    """One claim of many lines, all of a day and provider, with the codes of the others."""
    lines = [line for claim in claims for line in claim.lines]
    chosen = (lines[place % len(lines)] for place in range(count))
    return evolve(claims[0], lines=tuple(evolve(line, number=n, date=FIRST) for n, line in enumerate(chosen, 1)))


def _hits(ruleset: Ruleset, claims: Sequence[Claim]) -> None:
    engine = Engine(ruleset, as_of=AS_OF, select=[each for each in EDITS if each in ruleset.edits])
    count: dict[str, int] = {}
    for claim in claims:
        for finding in engine.scrub(claim).findings:
            key = f"{finding.edit} {finding.status.label}"
            count[key] = count.get(key, 0) + 1
    print("  " + "; ".join(f"{key} {number:,}" for key, number in sorted(count.items())))


def _timed(claims: Sequence[Claim], engine: Engine, rounds: int) -> float:
    best = float("inf")
    for _ in range(rounds):
        gc.collect()
        started = time.process_time()
        for claim in claims:
            _ = engine.scrub(claim).status
        best = min(best, time.process_time() - started)
    return best


if __name__ == "__main__":
    sys.exit(main())
