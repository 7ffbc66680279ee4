"""Overrides: what a file of them may say, what they match, and what becomes of it."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

import pytest
from attrs import evolve

from cpt_rules.finding import Report
from cpt_rules.writers.overrides import LONGEST, Override, OverrideError, Overrides, read_overrides
from cpt_rules.writers.records import Entry, claim_record, entry, finding_record
from cpt_rules.writers.summary import Summary, summary_record
from tests.small import AS_OF, reports

EDITS = {"clia.present": "clia.present", "clia.there": "clia.present", "code.known": "code.known"}
KEY = "0123456789abcdef0123"


def given(*records: object) -> Overrides:
    lines = [each if isinstance(each, str) else json.dumps(each) for each in records]
    return read_overrides("overrides.jsonl", lines, AS_OF, EDITS)


def problems(*records: object) -> list[tuple[int, str]]:
    with pytest.raises(OverrideError) as caught:
        given(*records)
    return list(caught.value.problems)


def override(**more: object) -> dict[str, object]:
    return {"edit": "clia.present", "claim": "FAILS", "reason": "agreed", "by": "J. Doe", "until": "2026-03-31"} | more


def judged(folder: Path, overrides: Overrides, place: int = 0) -> Entry:
    return entry(place + 1, reports(folder)[place], overrides=overrides)


def test_an_override_by_edit_and_claim_lets_a_failure_pass_by(tmp_path: Path) -> None:
    item = judged(tmp_path, given(override()))
    (place, found), *others = item.bypassed.items()
    assert others == []
    assert found == Override(1, "agreed", "J. Doe", dt.date(2026, 3, 31), None, "clia.present", "FAILS")
    record = finding_record(1, item.findings[place], item.report, found)
    assert record["status"] == "bypassed"
    assert record["override"] == {"was": "fail", "reason": "agreed", "by": "J. Doe", "until": "2026-03-31"}
    assert list(record)[list(record).index("status") + 1] == "override"
    assert record["message"] == "86329 needs a CLIA number"
    claim = claim_record(item)
    assert (claim["status"], claim["action"], claim["charge_at_risk"]) == ("warn", "release", "0.00")
    line = claim["lines"][0]
    assert (line["status"], line["fail"], line["pass"], line["bypassed"]) == ("bypassed", 0, 1, 1)


def test_an_override_by_key_is_of_one_finding(tmp_path: Path) -> None:
    findings = reports(tmp_path)[0].raised
    key = findings[0].key
    item = judged(tmp_path, given({"key": key, "reason": "agreed", "by": "J. Doe"}))
    assert list(item.bypassed) == [0]
    assert item.bypassed[0].until is None


def test_a_former_name_of_an_edit_counts(tmp_path: Path) -> None:
    assert judged(tmp_path, given(override(edit="clia.there"))).bypassed


def test_an_override_of_another_claim_or_of_a_pass_does_nothing(tmp_path: Path) -> None:
    assert not judged(tmp_path, given(override(claim="OTHER"))).bypassed
    assert not judged(tmp_path, given(override(claim="CLEAN")), 2).bypassed
    unchecked = given(override(claim="UNCHECKED"))
    assert entry(4, reports(tmp_path)[3], everything=True, overrides=unchecked).bypassed == {}


def test_an_edit_that_allows_no_override_stays(tmp_path: Path) -> None:
    report = reports(tmp_path)[0]
    strict = tuple(evolve(each, rule=evolve(each.rule, override=False)) for each in report.raised)
    changed = Report(report.claim, report.payer, report.as_of, report.outcomes, lambda least: (strict, ()))
    item = entry(1, changed, overrides=given(override()))
    assert item.bypassed == {}
    assert [each.line for each in item.refused] == [1]
    assert item.held


@pytest.mark.parametrize(("until", "holds"), [("2026-01-06", True), ("2026-01-05", False)])
def test_the_last_day_is_included(tmp_path: Path, until: str, holds: bool) -> None:
    overrides = given(override(until=until))
    assert bool(judged(tmp_path, overrides).bypassed) is holds
    assert len(overrides.expired) == (not holds)


def test_one_that_has_expired_may_be_given_anew(tmp_path: Path) -> None:
    overrides = given(override(until="2025-12-31"), override())
    assert (overrides.given, len(overrides.expired), len(overrides.valid)) == (2, 1, 1)
    assert judged(tmp_path, overrides).bypassed


def test_what_is_bypassed_is_counted_apart_in_the_summary(tmp_path: Path) -> None:
    summary = Summary("v", "sha256:0", AS_OF)
    overrides = given(override())
    for place in range(4):
        summary.add(judged(tmp_path, overrides, place))
    record = summary_record(summary)
    assert record["findings_by_status"] == {"pass": 8, "warn": 2, "bypassed": 1, "not checked": 1}
    assert record["by_edit"]["clia.present"] == {"bypassed": 1, "charge_at_risk": None}
    assert record["lines_by_status"] == {"pass": 3, "warn": 1, "bypassed": 1}
    assert record["clean"] == 1


def test_a_claim_of_which_all_that_failed_is_bypassed_is_not_clean(tmp_path: Path) -> None:
    report = reports(tmp_path)[1]
    complete = evolve(report.claim, id="FAILS")
    finding = evolve(report.raised[0], claim="FAILS", rule=evolve(report.raised[0].rule, edit="clia.present"))
    changed = Report(complete, report.payer, report.as_of, report.outcomes, lambda least: ((finding,), ()))
    item = entry(1, changed, overrides=given(override()))
    assert (item.status, item.complete, item.clean) == ("bypassed", True, False)


@pytest.mark.parametrize(
    ("record", "message"),
    [
        ("nonsense", 'is no JSON object; write {"key": …, "reason": …, "by": …, "until": …}'),
        ("[1]", 'is no JSON object; write {"key": …, "reason": …, "by": …, "until": …}'),
        ("[" * 100_000, 'is nested too deeply; write {"key": …, "reason": …, "by": …, "until": …}'),
        ("{" + " " * LONGEST + "}", "is longer than a million characters; write one override a line"),
        (override(edti="x"), "unknown key `edti`; did you mean `edit`?"),
        ('{"by": "a", "by": "b"}', "has a key twice; leave one of them out"),
        (override(edit="clia.presnt"), "unknown edit `clia.presnt`; did you mean `clia.present`?"),
        (override(key=KEY), "has both key and edit or claim; give key, or edit and claim"),
        (override(claim=None), "names no finding; give key, or edit and claim"),
        (override(reason=None), "lacks reason or by; say why it is overridden and who decided it"),
        (override(by=" "), "by is not text; write it in quotation marks"),
        (override(by=7), "by is not text; write it in quotation marks"),
        (override(until="31.3.2026"), "until is no date: `31.3.2026`; write it as 2026-01-31"),
        (
            {"key": "1.23E+19", "reason": "a", "by": "b"},
            "`1.23E+19` is no key of a finding; copy the 20 characters of its record",
        ),
    ],
)
def test_a_faulty_line_is_named_with_what_would_be_right(record: object, message: str) -> None:
    assert problems(override(), "", record) == [(3, message)]


def test_two_overrides_of_one_thing_are_a_mistake() -> None:
    assert problems(override(), override(edit="clia.there")) == [
        (2, "overrides the same as line 1; leave one of them out")
    ]


def test_every_faulty_line_is_named() -> None:
    assert [line for line, _ in problems("x", override(), "y")] == [1, 3]
