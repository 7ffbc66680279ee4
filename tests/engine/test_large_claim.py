"""A claim of 999 lines is scrubbed like any other."""

from __future__ import annotations

import datetime as dt
import time
from collections import defaultdict
from decimal import Decimal

from attrs import evolve

from cpt_rules import Engine, load_ruleset
from cpt_rules.claim import Claim, Diagnosis, Line, Payer, Provider
from cpt_rules.finding import Outcome, Report

LINES, DAYS = 999, 31
CODES = [
    *("86329", "86331", "80053", "80048", "85025", "85027", "81002", "81003", "82962", "82947"),
    *("36415", "84165", "86334", "99213", "87880", "82784", "G0306", "80506", "88305"),
]


def claim() -> Claim:
    lines = tuple(
        Line(
            number,
            code=CODES[number % len(CODES)],
            date=dt.date(2025, 12, 1) + dt.timedelta(days=number % DAYS),
            modifiers=("59",) if number % 7 == 0 else ("91",) if number % 5 == 0 else (),
            units=Decimal(1 + number % 3),
            unit_type="UN",
            charge=Decimal(25),
            diagnosis_pointers=(1,),
        )
        for number in range(1, LINES + 1)
    )
    return Claim(
        id="BIG",
        type="professional",
        frequency="1",
        charge=Decimal(25 * LINES),
        payer=Payer(id="medicare"),
        billing=Provider("1234567893"),
        clia="05D0123456",
        pos="81",
        diagnoses=(Diagnosis("D80.1", "icd10", "principal"),),
        lines=lines,
    )


Said = set[tuple[object, ...]]


def said(report: Report) -> dict[dt.date | None, Said]:
    """Everything that is said of lines, by the day of the line; lines by their numbers."""
    lines = report.claim.lines
    found: dict[dt.date | None, Said] = defaultdict(set)
    for each in report.findings:
        if each.index is not None:
            other = None if each.with_index is None else lines[each.with_index].number
            line = lines[each.index]
            found[line.date].add((line.number, other, each.edit, each.status, each.message, each.missing))
    return found


def test_every_line_is_judged_and_each_day_as_if_it_were_a_claim_of_its_own() -> None:
    """The NCCI edits and those on duplicates look no further than a day, whatever else is on the claim."""
    engine = Engine(load_ruleset(), as_of=dt.date(2026, 1, 5))
    whole = claim()
    start = time.process_time()
    report = engine.scrub(whole)
    assert time.process_time() - start < 30
    assert len(report.lines) == LINES
    assert min(each.status for each in report.lines) >= Outcome.PASS
    found = said(report)
    assert len(found) == DAYS
    for day in (whole.lines[0].date, whole.lines[15].date, whole.lines[30].date):
        own = tuple(line for line in whole.lines if line.date == day)
        assert len(own) >= 32
        alone = said(engine.scrub(evolve(whole, lines=own)))
        assert alone == {day: found[day]}
        edits = {(each[2], each[3]) for each in found[day]}
        for edit in ("ncci.ptp", "ncci.mue.day", "line.unduplicated"):
            assert (edit, Outcome.FAIL) in edits
