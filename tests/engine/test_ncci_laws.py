"""The laws of the bundled NCCI edits, on generated claims and given rows; every engine obeys them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from functools import cache

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from cpt_rules import load_ruleset
from cpt_rules.claim import Claim, Line, Payer, Provider
from cpt_rules.engine import Engine
from cpt_rules.finding import Finding, Outcome, Report
from cpt_rules.ruleset.ruleset import Ruleset
from cpt_rules.ruleset.starters import starters_of
from cpt_rules.tables.store import Tables
from tests.kinds import COMPILED, each_engine

DAY = dt.timedelta(days=1)
EDITS = ("ncci.ptp", "ncci.mue.line", "ncci.mue.day", "ncci.add-on")
CAUSES = ("code.format", "modifier.format", "units.positive")

#: Setting, column 1, column 2, first day, last day, indicator.
PAIRS = (
    ("practitioner", "86329", "86331", "2016-03-01", "2024-02-29", "1"),
    ("practitioner", "80053", "85025", "2016-03-01", "", "0"),
    ("practitioner", "86331", "80053", "2016-01-01", "2019-12-31", "1"),
    ("practitioner", "86331", "80053", "2020-01-01", "2024-02-29", "0"),
    ("practitioner", "85025", "0351U", "2016-03-01", "", "9"),
)
#: Setting, code, units, MAI.
LIMITS = (
    ("practitioner", "86329", "3", "3"),
    ("practitioner", "86331", "2", "2"),
    ("practitioner", "80053", "1", "1"),
    ("practitioner", "85025", "2", "1"),
)
#: Code, primary, type, first day, last day.
ADD_ONS = (("0351U", "86329", "1", "2016-03-01", ""), ("0351U", "80053", "1", "2016-03-01", "2019-12-31"))
CODES = ("86329", "86331", "80053", "85025", "0351U", "99213")
MODIFIERS = ("59", "XE", "XP", "XS", "XU", "91", "25", "LT", "E1", "TA", "90", "26")
DAYS = tuple(
    map(
        dt.date.fromisoformat,
        (
            "2016-02-29",
            "2016-03-01",
            "2019-06-30",
            "2019-07-01",
            "2019-12-31",
            "2020-01-01",
            "2024-02-29",
            "2024-03-01",
        ),
    )
)
NPIS = ("", "1234567893", "1993999998")


@cache
def bundled() -> Ruleset:
    return load_ruleset()


@cache
def with_rows() -> Ruleset:
    """The bundled rules with the rows above in the place of the starter tables."""
    ruleset = bundled()
    given: Mapping[str, tuple[tuple[str, ...], ...]] = {
        "ncci.ptp": PAIRS, "ncci.mue": LIMITS, "ncci.add-on": ADD_ONS,
    }  # fmt: skip
    starters = [each for each in ruleset.store.starters if each[0].table not in given]
    for id, rows in given.items():
        table = evolve(ruleset.tables[id], edition=None, since=None, until=None, complete="yes")
        starters += starters_of(ruleset, table, rows)
    return evolve(ruleset, store=Tables(None, tuple(starters)))


@cache
def engine(kind: str, starter: bool = False) -> Engine:
    ruleset = bundled() if starter else with_rows()
    return Engine(ruleset, kind=kind, as_of=dt.date(2026, 1, 5), select=(*EDITS, *CAUSES))  # type: ignore[arg-type]


def run(kind: str, lines: Iterable[Line], *, starter: bool = False) -> Report:
    made = tuple(evolve(line, number=number) for number, line in enumerate(lines, 1))
    claim = Claim(id="C", type="professional", lines=made, payer=Payer(id="medicare"))
    return engine(kind, starter).scrub(claim)


def line(code: str, day: dt.date, *modifiers: str, units: int | Decimal = 1, npi: str = "") -> Line:
    rendering = Provider(npi=npi) if npi else None
    units = Decimal(units)
    return Line(1, code=code, date=day, modifiers=modifiers, units=units, unit_type="UN", rendering=rendering)


def of(report: Report, edit: str) -> list[tuple[int | None, int | None, Outcome]]:
    """(line, other line, status) of the findings of an edit."""
    return [(f.index, f.with_index, f.status) for f in report.findings if f.edit == edit]


lines = st.builds(
    lambda code, day, modifiers, units, npi: line(code, day, *modifiers, units=units, npi=npi),
    st.sampled_from(CODES),
    st.sampled_from(DAYS),
    st.lists(st.sampled_from(MODIFIERS), max_size=2, unique=True),
    st.sampled_from((1, 2, 3, 4, Decimal("0.5"), Decimal("2.5"))),
    st.sampled_from(NPIS),
)
some = st.lists(lines, min_size=1, max_size=5)
modifiers = st.lists(st.sampled_from(MODIFIERS), max_size=4, unique=True)


@given(some, st.booleans())
def test_all_engines_say_the_same(some: Sequence[Line], starter: bool) -> None:
    """engine(claim) = reference(claim), with the rows given and with the starter tables."""
    reference = run("reference", some, starter=starter)
    for kind in COMPILED:
        report = run(kind, some, starter=starter)
        assert report.findings == reference.findings
        assert report.silenced == reference.silenced


@each_engine
@given(some, st.randoms(use_true_random=False))
def test_the_order_of_lines_does_not_matter(kind: str, some: Sequence[Line], random: object) -> None:
    """scrub(permuted claim) = permuted scrub(claim); lines keep the numbers they are named by."""
    order = list(range(len(some)))
    random.shuffle(order)  # type: ignore[attr-defined]
    numbered = [evolve(each, number=number) for number, each in enumerate(some, 1)]

    def said(lines: Sequence[Line]) -> list[str]:
        claim = Claim(id="C", type="professional", lines=tuple(lines), payer=Payer(id="medicare"))
        report = engine(kind).scrub(claim)
        other = {index: each.number for index, each in enumerate(lines)}
        return sorted(repr(_said(each, other)) for each in report.findings)

    assert said([numbered[place] for place in order]) == said(numbered)


def _said(finding: Finding, numbers: Mapping[int, int]) -> tuple[object, ...]:
    on = None if finding.index is None else numbers[finding.index]
    beside = None if finding.with_index is None else numbers[finding.with_index]
    values = sorted((name, sorted(map(str, v)) if isinstance(v, tuple) else str(v)) for name, v in finding.values)
    return on, beside, finding.edit, finding.status, finding.missing, values


@each_engine
@given(some, st.integers(0, 4))
def test_a_line_moved_to_another_date_ends_its_pairs(kind: str, some: Sequence[Line], place: int) -> None:
    """A line that is alone on its day is in no pair, and the pairs of the others are those of a claim without it."""
    place %= len(some)
    moved = [evolve(each, date=dt.date(2022, 2, 2)) if n == place else each for n, each in enumerate(some)]
    found = of(run(kind, moved), "ncci.ptp")
    assert not [each for each in found if place in each[:2]]
    others = [each for n, each in enumerate(some) if n != place]
    back = [n for n in range(len(some)) if n != place]
    alone = of(run(kind, others), "ncci.ptp") if others else []
    assert found == [(back[index], back[beside], status) for index, beside, status in alone]  # type: ignore[index]


@each_engine
@given(some, st.integers(0, 4), st.integers(1, 9))
def test_units_split_over_lines_change_a_limit_by_line_and_none_by_day(
    kind: str, some: Sequence[Line], place: int, tenths: int
) -> None:
    """Splitting a line: MAI 2 and 3 say of both halves what they said of the whole; MAI 1 judges each by itself."""
    place %= len(some)
    whole = some[place]
    assert whole.units is not None
    part = whole.units * tenths / 10
    halves = [evolve(whole, units=part), evolve(whole, units=whole.units - part)]
    before = run(kind, some)
    after = run(kind, [*some[:place], *halves, *some[place + 1 :]])

    def by_line(report: Report, edit: str) -> dict[int | None, Outcome]:
        found = of(report, edit)
        assert len({index for index, _, _ in found}) == len(found)
        return {index: status for index, _, status in found}

    def moved(index: int | None) -> list[int]:
        """Where a line stands after the split."""
        assert index is not None
        return [place, place + 1] if index == place else [index + (index > place)]

    days = by_line(before, "ncci.mue.day")
    assert by_line(after, "ncci.mue.day") == {to: status for index, status in days.items() for to in moved(index)}
    limits = {code: Decimal(units) for _, code, units, mai in LIMITS if mai == "1"}
    expected = by_line(before, "ncci.mue.line")
    expected = {to: status for index, status in expected.items() for to in moved(index)}
    if whole.code in limits:
        for to, half in zip(moved(place), halves, strict=True):
            assert half.units is not None
            expected[to] = Outcome.FAIL if half.units > limits[whole.code] else Outcome.PASS
    assert by_line(after, "ncci.mue.line") == expected


@each_engine
@given(st.sampled_from(("86329", "86331", "80053", "85025")), st.integers(1, 9), st.integers(1, 9))
def test_a_split_turns_a_limit_by_line_and_only_that(kind: str, code: str, one: int, other: int) -> None:
    """Units that are too many on one line are too many on two where they count by day, and may not be by line."""
    _, _, text, mai = next(row for row in LIMITS if row[1] == code)
    limit = int(text)
    edit, silent = ("ncci.mue.line", "ncci.mue.day") if mai == "1" else ("ncci.mue.day", "ncci.mue.line")

    def verdicts(*units: int) -> list[Outcome]:
        report = run(kind, [line(code, DAYS[4], units=each) for each in units])
        assert of(report, silent) == []
        return [status for _, _, status in of(report, edit)]

    def judged(units: int) -> Outcome:
        return Outcome.FAIL if units > limit else Outcome.PASS

    assert verdicts(one + other) == [judged(one + other)]
    assert verdicts(one, other) == (
        [judged(one), judged(other)] if mai == "1" else [judged(one + other), judged(one + other)]
    )


@each_engine
@given(modifiers, modifiers, st.sampled_from(DAYS[1:]))
def test_no_modifier_cures_indicator_0(kind: str, first: Sequence[str], second: Sequence[str], day: dt.date) -> None:
    """A pair of indicator 0 in force fails, whatever modifiers stand on either line."""
    report = run(kind, [line("80053", day, *first), line("85025", day, *second)])
    assert of(report, "ncci.ptp") == [(1, 0, Outcome.FAIL)]


@each_engine
@given(modifiers, modifiers, st.sampled_from([day for day in DAYS[1:] if day <= DAYS[6]]))
def test_the_right_modifier_cures_indicator_1(
    kind: str, first: Sequence[str], second: Sequence[str], day: dt.date
) -> None:
    """Any NCCI-associated modifier on column 2; on column 1 only 59, XE, XP, XS and XU, from 2019-07-01."""
    associated = set(MODIFIERS) - {"90", "26"}
    either = {"59", "XE", "XP", "XS", "XU"} if day >= dt.date(2019, 7, 1) else set()
    cured = bool(associated & set(second) or either & set(first))
    report = run(kind, [line("86329", day, *first), line("86331", day, *second)])
    assert of(report, "ncci.ptp") == [(1, 0, Outcome.PASS if cured else Outcome.FAIL)]


@each_engine
@given(st.sampled_from(PAIRS), st.sampled_from(DAYS), modifiers)
def test_a_pair_is_found_from_its_first_day_to_its_last(
    kind: str, row: tuple[str, ...], day: dt.date, second: Sequence[str]
) -> None:
    """A finding where a row of indicator 0 or 1 is in force, none on the day before its first or after its last day."""
    _, one, other, *_ = row
    in_force = [
        indicator
        for _, first, later, since, until, indicator in PAIRS
        if (first, later) == (one, other) and since <= day.isoformat() <= (until or "9999")
    ]
    report = run(kind, [line(one, day), line(other, day, *second)])
    assert [(index, beside) for index, beside, _ in of(report, "ncci.ptp")] == (
        [(1, 0)] if in_force in (["0"], ["1"]) else []
    )


@each_engine
@given(modifiers)
def test_before_the_first_day_that_the_table_speaks_of_nothing_is_known(kind: str, second: Sequence[str]) -> None:
    """A pair is not checked, neither passed nor failed, on a day before the oldest row."""
    day = dt.date(2015, 12, 31)
    report = run(kind, [line("86331", day), line("80053", day, *second)])
    assert {status for _, _, status in of(report, "ncci.ptp")} == {Outcome.NOT_CHECKED}
    assert {f.missing for f in report.findings if f.edit == "ncci.ptp"} == {("table.ncci.ptp",)}


unlisted = st.integers(99202, 99499).map(str) | st.from_regex(r"[0-9]{4}F", fullmatch=True)


@each_engine
@given(unlisted, st.integers(1, 99), modifiers)
def test_a_limit_of_a_code_that_is_not_listed_is_not_checked(
    kind: str, code: str, units: int, sent: Sequence[str]
) -> None:
    """The starter table of limits lists no such code and is not complete: neither edit passes or fails."""
    day = dt.date(2024, 8, 1)
    report = run(kind, [line(code, day, *sent, units=units)], starter=True)
    for edit in ("ncci.mue.line", "ncci.mue.day"):
        assert [(f.status, f.missing) for f in report.findings if f.edit == edit] == [
            (Outcome.NOT_CHECKED, ("table.ncci.mue",))
        ]


@each_engine
@given(unlisted, unlisted, modifiers)
def test_a_pair_of_codes_that_are_not_listed_is_not_checked(
    kind: str, one: str, other: str, sent: Sequence[str]
) -> None:
    """Of codes for which the starter table is not complete, no pair passes; beside one that it knows, none is there."""
    day = dt.date(2024, 8, 1)
    report = run(kind, [line(one, day), line(other, day, *sent)], starter=True)
    found = [(f.index, f.with_index, f.status, f.missing) for f in report.findings if f.edit == "ncci.ptp"]
    assert found == [
        (0, 1, Outcome.NOT_CHECKED, ("table.ncci.ptp",)),
        (1, 0, Outcome.NOT_CHECKED, ("table.ncci.ptp",)),
    ]


@pytest.mark.parametrize("kind", COMPILED)
def test_a_day_before_a_table_begins_says_nothing_of_those_after(kind: str) -> None:
    """Nothing changes on the first day of the add-on table but what the table says."""
    engine = Engine(with_rows(), kind=kind, as_of=dt.date(2026, 1, 5), select=["ncci.add-on"])  # type: ignore[arg-type]
    payer = Payer(id="medicare")
    said = []
    for day in ("2015-01-01", "2016-03-01"):
        claim = Claim(id="C", type="professional", lines=(line("86329", dt.date.fromisoformat(day)),), payer=payer)
        said.append([finding.status for finding in engine.scrub(claim).findings])
    assert said == [[Outcome.NOT_CHECKED], []]
