"""Pairs that laboratories meet every day: each with its indicator, from the starter table, with both outcomes."""

from __future__ import annotations

import datetime as dt

import pytest
from attrs import evolve

from cpt_rules.claim import Claim, Payer
from cpt_rules.finding import Outcome
from tests.engine.test_ncci_laws import engine, line
from tests.kinds import each_engine

#: Column 1, column 2, indicator; what is there for practitioners alone is marked. In force on 2024-07-01.
PAIRS = """
86329 / 86331 80503 80504 80505 80506: 1
86329 / 96523: 0 practitioner
87147 / 86329: 1
80053 / 80048 80069 80076: 0
80053 / 80047 80051 84155: 1
81000 / 81002: 0
81001 / 81002 81003: 1
81003 / 81000 81002: 1
81005 / 81002 81003: 0
81002 81003 / 81007 81015: 0
80305 80306 80307 / 81002 81003 84156: 1
82962 / 82947 82948 82950 82951 82952: 1
83037 / 83036: 0
84155 / 84160: 1
84160 / 84156 84157: 1
85025 / 85013 85014 85018 85027 85041 85048 85049 88738: 1
85025 / 85004 85007 85008 85009 85032 G0306 G0307: 0
87880 / 87650 87651 87652: 0
87430 / 87880: 0
87400 87275 87276 87428 / 87804: 0
87501 87502 87636 87637 / 87804: 1
0077U / 86320 86325 86327 86334 86335: 0
0077U / 84165 84166: 1
36415 / 36591 36592 96523: 0 practitioner
36415 / 99211: 1
G0471 / 36415: 0
99291 / 36415: 1 practitioner
"""
DAY = dt.date(2024, 8, 1)


def listed() -> list[tuple[str, str, str, bool]]:
    found = []
    for text in PAIRS.split("\n")[1:-1]:
        codes, _, said = text.partition(": ")
        firsts, _, seconds = codes.partition(" / ")
        indicator, _, alone = said.partition(" ")
        found += [(one, two, indicator, alone != "") for one in firsts.split() for two in seconds.split()]
    return found


def said(kind: str, one: str, two: str, *modifiers: str, day: dt.date = DAY, hospital: bool = False) -> list[Outcome]:
    """The verdicts of ncci.ptp on the second line; the first has none but where nothing is known of it."""
    lines = (line(one, DAY), evolve(line(two, day, *modifiers), number=2))
    claim = Claim(id="C", type="professional", lines=lines, payer=Payer(id="medicare"))
    if hospital:
        claim = evolve(claim, type="institutional", bill_type="131")
    report = engine(kind, True).scrub(claim)
    return [each.status for each in report.findings if each.edit == "ncci.ptp" and each.index == 1]


@each_engine
@pytest.mark.parametrize(("one", "two", "indicator", "practitioner_alone"), listed())
def test_a_pair_fails_alone_and_passes_with_a_modifier_if_its_indicator_says_so(
    kind: str, one: str, two: str, indicator: str, practitioner_alone: bool
) -> None:
    fail, cured = [Outcome.FAIL], [Outcome.PASS if indicator == "1" else Outcome.FAIL]
    assert said(kind, one, two) == fail
    for modifier in ("59", "XS", "91"):
        assert said(kind, one, two, modifier) == cured
    assert said(kind, one, two, day=DAY + dt.timedelta(days=1)) == []
    if practitioner_alone:
        assert Outcome.FAIL not in said(kind, one, two, hospital=True)
    else:
        assert said(kind, one, two, hospital=True) == fail
        assert said(kind, one, two, "59", hospital=True) == cured
