"""The laws of tables, pairs and days, on generated claims and rows; every engine obeys them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from cpt_rules.claim import Claim, Line, Payer, Provider
from cpt_rules.engine import Engine
from cpt_rules.finding import Outcome, Report
from cpt_rules.ruleset.ruleset import Ruleset
from tests.kinds import each_engine
from tests.strategies import DAYS_OF_RUN, PRELUDE, claims, linked, rulesets

days_of_run = st.sampled_from(DAYS_OF_RUN)
DAY = dt.timedelta(days=1)
FIRST, LAST = dt.date(2026, 1, 1), dt.date(2026, 1, 31)
month = st.dates(FIRST, LAST)

#: Column 1 and column 2, each pair with an indicator; and a limit of units.
TABLES = """\
table: pairs
title: Pairs
columns: {{one: text, two: text, since: date, until: date, indicator: text}}
key: [one, two]
validity: [since, until]
complete: {complete}
source: hi
---
{rows}
"""
PAIR = """\
edit: pair
title: Not together
each: pair
payers: all
lookup: {ptp: {table: pairs, one: $a.code, two: $b.code}}
when: {ptp: found}
require: {ptp.indicator: 1, b.modifiers any of: 59}
severity: fail
disposition: deny
message: "{a.code} {b.code} {ptp.indicator}"
remedy: Look at the record
source: hi
---
"""
LIMITS = """\
edit: units.day
title: Units of a day
each: day
payers: all
require: {day.units at most: 3}
severity: fail
disposition: deny
message: "{day.units} on {day.lines} lines"
remedy: Look at the record
source: hi
---
edit: units.line
title: Units of a line
payers: all
require: {line.units at most: 3}
severity: fail
disposition: deny
message: "{line.units}"
remedy: Look at the record
source: hi
---
"""


def ruleset(*parts: str, rows: Sequence[str] = (), complete: str = "yes") -> Ruleset:
    loaded = [f"# edition pairs E1 {FIRST} {LAST} starter", *(f"# row {row}" for row in rows)] if rows else []
    return linked(PRELUDE + TABLES.format(complete=complete, rows="\n".join(loaded)) + "".join(parts))


def line(number: int, code: str, date: dt.date | None = FIRST, **more: Any) -> Line:
    return Line(number=number, code=code, date=date, units=Decimal(1), unit_type="UN", **more)


def claim(*lines: Line, **more: Any) -> Claim:
    return Claim(id="C", type="professional", lines=lines, payer=Payer(id="I0"), **more)


def run(kind: str, rules: Ruleset, claim: Claim, as_of: dt.date = LAST) -> Report:
    return Engine(rules, kind=kind, as_of=as_of).scrub(claim)  # type: ignore[arg-type]


@each_engine
@given(rulesets(bindings=("pair", "later-pair"), with_overlays=False), claims(), days_of_run, st.integers(0, 3))
def test_a_line_moved_to_another_date_ends_its_pairs(
    kind: str, text: str, claim: Claim, as_of: dt.date, place: int
) -> None:
    """A line whose day no other line has, nor can have, is in no finding of a pair."""
    place %= max(1, len(claim.lines))
    claim = evolve(claim, unknown=claim.unknown - {"line.date", "claim.statement_from"})
    moved = evolve(
        claim,
        lines=tuple(
            evolve(each, date=dt.date(2026, 1, 17)) if number == place else each
            for number, each in enumerate(claim.lines)
        ),
    )
    report = run(kind, linked(text), moved, as_of)
    assert not [each for each in report.findings if place in (each.index, each.with_index)]
    assert not [each for each in report.silenced if place in (each.index, each.with_index)]


@each_engine
@given(month, month, month, st.sampled_from(("0", "1")))
def test_a_row_counts_from_its_first_to_its_last_day(
    kind: str, one: dt.date, other: dt.date, day: dt.date, indicator: str
) -> None:
    """found(day) = since <= day <= until; so nothing is found on the day before the first or after the last one."""
    since, until = min(one, other), max(one, other)
    rows = [f"86329,86331,{since},{until},{indicator}", "0351U,0351U,2025-01-01,,0"]
    rules = ruleset(PAIR, rows=rows)
    for each in {day, since - DAY, since, until, until + DAY}:
        report = run(kind, rules, claim(line(1, "86329", each), line(2, "86331", each)))
        inside = since <= each <= until
        assert [(f.index, f.with_index, f.status) for f in report.findings] == (
            [(1, 0, Outcome.FAIL)] if inside else []
        )


@each_engine
@given(month, st.integers(1, 500))
def test_before_the_oldest_row_nothing_is_known(kind: str, since: dt.date, earlier: int) -> None:
    """On a day of which no edition can speak a pair is not checked, whatever the table claims to hold."""
    rules = ruleset(PAIR, rows=[f"86329,86331,{since},,0"])
    day = since - earlier * DAY
    report = run(kind, rules, claim(line(1, "86329", day), line(2, "86331", day)))
    assert [(f.status, f.missing, f.tables) for f in report.findings] == 2 * [
        (Outcome.NOT_CHECKED, ("table.pairs",), ())
    ]


@each_engine
@given(st.sampled_from(("86330", "0351U", "G0472")), st.sampled_from(("86329", "86330", "86331")), st.booleans())
def test_a_code_that_an_incomplete_table_does_not_list_is_not_checked(
    kind: str, one: str, other: str, complete: bool
) -> None:
    """Not listed is not found only in a complete table; in an incomplete one, as in an empty one, nobody can tell."""
    lines = (line(1, one), line(2, other))
    for rows in (["86329,86331,,,0"], []):
        rules = ruleset(PAIR, rows=rows, complete="yes" if complete else "no")
        found = [(f.status, f.missing) for f in run(kind, rules, claim(*lines)).findings]
        assert found == ([] if complete and rows else 2 * [(Outcome.NOT_CHECKED, ("table.pairs",))])


@each_engine
@given(st.permutations(("59", "90", "26")), st.integers(0, 3), st.sampled_from(("0", "1")))
def test_a_modifier_never_cures_indicator_0(kind: str, modifiers: Sequence[str], count: int, indicator: str) -> None:
    """A pair of indicator 0 fails whatever modifiers stand on its lines; one of indicator 1 passes with the right one."""
    sent = tuple(modifiers[:count])
    rules = ruleset(PAIR, rows=[f"86329,86331,,,{indicator}"])
    report = run(kind, rules, claim(line(1, "86329", modifiers=sent), line(2, "86331", modifiers=sent)))
    cured = indicator == "1" and "59" in sent
    assert [(f.index, f.status) for f in report.findings] == [(1, Outcome.PASS if cured else Outcome.FAIL)]


@each_engine
def test_a_line_without_a_code_has_a_day_of_its_own_beside_edits_on_days(kind: str) -> None:
    """What `day.…` reads on a line that is in no day of `each: day` does not depend on the edits that look at days."""
    of_days = LIMITS.partition("edit: units.line")[0].replace("{day.units at most: 3}", "{day.modifiers none of: 59}")
    of_lines = LIMITS.partition("---\n")[2].replace("line.units at most: 3", "line.code: 86329")
    of_lines = of_lines.replace("{line.units}", "{day.modifiers}")
    lines = (line(1, "86329"), line(2, "", modifiers=("90",)), line(3, "", modifiers=("26",)))
    lines = (lines[0], *(evolve(each, code=None) for each in lines[1:]))
    report = run(kind, ruleset(of_days, of_lines), claim(*lines))
    found = [(f.edit, f.index, dict(f.values)["day.modifiers"]) for f in report.findings]
    assert found == [
        ("units.day", 0, ()),
        ("units.line", 0, ()),
        ("units.line", 1, ("90", "26")),
        ("units.line", 2, ("90", "26")),
    ]


@each_engine
@given(st.lists(st.integers(1, 4), min_size=1, max_size=4), st.sampled_from(("", "1234567893")))
def test_units_split_over_lines_are_the_units_of_the_day(kind: str, units: Sequence[int], npi: str) -> None:
    """Splitting a line changes what its lines have, and not what the day has; every line of the day carries it."""
    rendering = Provider(npi=npi) if npi else None

    def status(units: Sequence[int], edit: str) -> list[Outcome]:
        lines = [evolve(line(n, "86329", rendering=rendering), units=Decimal(u)) for n, u in enumerate(units, 1)]
        return [f.status for f in run(kind, ruleset(LIMITS), claim(*lines)).findings if f.edit == edit]

    verdict = {True: Outcome.FAIL, False: Outcome.PASS}
    assert status([sum(units)], "units.day") == [verdict[sum(units) > 3]]
    assert status(units, "units.day") == [verdict[sum(units) > 3]] * len(units)
    assert status(units, "units.line") == [verdict[each > 3] for each in units]
