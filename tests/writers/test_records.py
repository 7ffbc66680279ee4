"""Records: every key of the JSONL form, in its order."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest
from attrs import evolve

from cpt_rules.finding import Finding, Outcome
from cpt_rules.writers.records import (
    Entry,
    charge_at_risk,
    claim_record,
    entry,
    finding_record,
    money,
    reaches,
    written,
)
from tests.small import reports


@pytest.fixture
def entries(tmp_path: Path) -> list[Entry]:
    return [entry(n, report, everything=True) for n, report in enumerate(reports(tmp_path), 1)]


def _finding(item: Entry, edit: str) -> Finding:
    return next(each for each in item.findings if each.edit == edit)


def test_a_failure_is_recorded_with_all_that_a_biller_needs(entries: list[Entry]) -> None:
    found = finding_record(1, _finding(entries[0], "clia.present"), entries[0].report)
    key = found.pop("key")
    assert len(key) == 20
    assert set(key) <= set("0123456789abcdef")
    where = found.pop("where")
    assert where["file"] == "in.jsonl"
    assert where["segment"] == 1
    assert found == {
        "record": "finding",
        "n": 1,
        "claim": "FAILS",
        "line": 1,
        "code": "86329",
        "date": "2026-01-05",
        "payer": "medicare",
        "edit": "clia.present",
        "status": "fail",
        "disposition": "return",
        "message": "86329 needs a CLIA number",
        "remedy": "Send it in 2300 REF*X4",
        "fix": "claim data",
        "field": "line.clia",
        "charge_at_risk": "25.00",
        "denial": {"group": "CO", "carc": "16", "rarc": ["MA120"], "status": ["A6:544"]},
        "sources": [{"id": "manual", "edition": "fifth"}],
        "overlay": None,
        "stale": False,
    }


def test_the_keys_of_a_finding_stand_in_their_documented_order(entries: list[Entry]) -> None:
    found = finding_record(1, _finding(entries[0], "clia.present"), entries[0].report)
    assert list(found) == [
        *("record", "n", "key", "claim", "line", "code", "date", "payer", "edit", "status", "disposition", "message"),
        *("remedy", "fix", "field", "charge_at_risk", "where", "denial", "sources", "overlay", "stale"),
    ]


def test_what_is_not_checked_says_what_is_missing_and_predicts_nothing(entries: list[Entry]) -> None:
    found = finding_record(4, _finding(entries[3], "clia.present"), entries[3].report)
    assert found["status"] == "not checked"
    assert found["missing"] == ["payer.policy"]
    assert list(found)[list(found).index("status") + 1] == "missing"
    assert [found[key] for key in ("message", "remedy", "denial")] == [None, None, None]


def test_a_pass_has_no_message_of_what_would_be_wrong(entries: list[Entry]) -> None:
    found = finding_record(3, _finding(entries[2], "clia.present"), entries[2].report)
    assert [found[key] for key in ("status", "message", "remedy", "denial")] == ["pass", None, None, None]


def test_a_pair_finding_names_the_other_line_after_its_own(entries: list[Entry]) -> None:
    pair = evolve(_finding(entries[0], "clia.present"), with_line=2)
    found = finding_record(1, pair, entries[0].report)
    assert found["with_line"] == 2
    assert list(found)[list(found).index("line") + 1] == "with_line"


def test_a_claim_is_recorded_with_its_identity_and_its_lines(entries: list[Entry]) -> None:
    assert claim_record(entries[0]) == {
        "record": "claim",
        "n": 1,
        "claim": "FAILS",
        "input": "in.jsonl",
        "interchange": None,
        "transaction_set": None,
        "ordinal": 1,
        "segments": [1, 1],
        "payer": "medicare",
        "status": "fail",
        "complete": False,
        "action": "hold",
        "charge_at_risk": "25.00",
        "lines": [
            _line(1, "fail", False, passed=1, failed=1, silenced=1),
            _line(2, "warn", True, warned=1),
        ],
    }


def _line(
    line: int, status: str, complete: bool, passed: int = 0, warned: int = 0, failed: int = 0, silenced: int = 0
) -> dict[str, object]:
    return {
        "line": line,
        "status": status,
        "complete": complete,
        "pass": passed,
        "warn": warned,
        "fail": failed,
        "not_checked": 0,
        "bypassed": 0,
        "silenced": silenced,
    }


def test_a_claim_that_only_warns_or_is_unchecked_is_released(entries: list[Entry]) -> None:
    assert [claim_record(each)["action"] for each in entries] == ["hold", "release", "release", "release"]


def test_information_puts_no_charge_at_risk(entries: list[Entry]) -> None:
    told = next(each for each in entries[0].findings if each.edit == "code.known" and each.status is Outcome.WARN)
    assert told.charge_at_risk == Decimal("25.00")
    assert charge_at_risk(told) is None
    assert entries[0].charge_at_risk == Decimal("25.00")


def test_nothing_at_risk_is_zero_and_no_charge_sent_is_unknown(entries: list[Entry]) -> None:
    assert entries[2].charge_at_risk == Decimal("0.00")
    report = entries[0].report
    charged = tuple(evolve(each, charge_at_risk=None) for each in report.findings)
    assert entry(1, _with(entries[0], charged).report).charge_at_risk is None


def test_a_line_with_two_failures_is_at_risk_once(entries: list[Entry]) -> None:
    failure = _finding(entries[0], "clia.present")
    assert _with(entries[0], (failure, failure)).charge_at_risk == Decimal("25.00")
    assert _with(entries[0], (failure, evolve(failure, index=1))).charge_at_risk == Decimal("50.00")
    whole = evolve(failure, index=None, line=None, charge_at_risk=Decimal("60.00"))
    assert _with(entries[0], (failure, whole)).charge_at_risk == Decimal("60.00")


def _with(item: Entry, findings: tuple[Finding, ...]) -> Entry:
    report = item.report
    changed = type(report)(report.claim, report.payer, report.as_of, report.outcomes, lambda least: (findings, ()))
    return entry(item.n, changed)


def test_no_finding_is_built_where_only_passes_are(entries: list[Entry]) -> None:
    report = entries[2].report

    def never() -> tuple[tuple[Finding, ...], tuple[()]]:
        raise AssertionError("findings were built")

    clean = type(report)(report.claim, report.payer, report.as_of, report.outcomes, never)
    assert entry(1, clean).findings == ()


def test_only_warnings_and_failures_are_written_unless_everything_is(entries: list[Entry]) -> None:
    assert [each.status.label for each in written(entries[0].findings)] == ["fail", "warn"]
    assert [each.status.label for each in written(entries[3].findings, everything=True)] == ["not checked", "pass"]


def test_not_checked_reaches_more_than_a_pass_and_less_than_a_warning() -> None:
    reached = {
        fail_on: [each.label for each in Outcome if reaches(each, fail_on)]
        for fail_on in (Outcome.FAIL, Outcome.WARN, Outcome.NOT_CHECKED, None)
    }
    assert reached == {
        Outcome.FAIL: ["fail"],
        Outcome.WARN: ["warn", "fail"],
        Outcome.NOT_CHECKED: ["not checked", "warn", "fail"],
        None: [],
    }


def test_money_is_never_written_in_exponent_form() -> None:
    assert [money(each) for each in (Decimal("1E+3"), Decimal("25.00"), None)] == ["1000.00", "25.00", None]


@pytest.mark.parametrize(
    ("sent", "text"), [("25", "25.00"), ("0", "0.00"), ("-7.5", "-7.50"), ("1.125", "1.125"), ("1E-3", "0.001")]
)
def test_money_has_two_decimals_or_as_many_as_were_sent(sent: str, text: str) -> None:
    assert money(Decimal(sent)) == text
