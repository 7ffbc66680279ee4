"""JSONL and JSON: the same records, and the same bytes as the plain encoder would give."""

from __future__ import annotations

import datetime as dt
import json
from decimal import Decimal
from pathlib import Path

from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from cpt_rules.claim import Claim
from cpt_rules.finding import Citation, Denial, Finding, Outcome, Report, Rule
from cpt_rules.writers.json import JsonWriter
from cpt_rules.writers.jsonl import JsonlWriter
from cpt_rules.writers.records import claim_record, entry, finding_record, written
from cpt_rules.writers.schema import findings_schema
from cpt_rules.writers.summary import Summary, summary_record
from tests.small import AS_OF, reports

_texts = st.text(max_size=12)
_maybe = st.none() | _texts
_rules = st.builds(
    Rule,
    edit=_texts,
    title=_texts,
    disposition=st.sampled_from(["reject", "inform"]),
    fix=st.just("format"),
    message=_texts | st.just("{line.code} and {"),
    remedy=_texts,
    at=st.sampled_from(["line.code", "claim.charge", "profile.pos"]),
    denial=st.none() | st.builds(Denial, _maybe, _maybe, st.lists(_texts, max_size=2).map(tuple)),
    override=st.booleans(),
)
_findings = st.builds(
    Finding,
    rule=_rules,
    status=st.sampled_from([Outcome.PASS, Outcome.WARN, Outcome.FAIL, Outcome.NOT_CHECKED]),
    claim=_texts,
    line=st.none() | st.integers(1, 999),
    index=st.just(None),
    code=_maybe,
    date=st.none() | st.dates(),
    payer=_maybe,
    values=st.lists(st.tuples(st.just("line.code"), _texts), max_size=1).map(tuple),
    missing=st.lists(_texts, max_size=2).map(tuple),
    sources=st.lists(st.builds(Citation, _texts, _texts), max_size=2).map(tuple),
    stale=st.booleans(),
    overlay=_maybe,
    charge_at_risk=st.none() | st.decimals(0, 10**6, places=2),
    with_line=st.none() | st.integers(1, 9),
)


@given(st.lists(_findings, max_size=4))
def test_a_finding_put_together_from_pieces_is_the_encoded_record(findings: list[Finding]) -> None:
    """Law: the fast form is `json.dumps` of the record, for any text."""
    report = Report(Claim("c", "professional"), None, dt.date(2026, 1, 6), (), None)
    writer = JsonlWriter()
    for finding in findings:
        plain = json.dumps(finding_record(3, finding, report), ensure_ascii=False)
        assert writer.finding(3, finding, report) == plain


def test_jsonl_has_the_findings_of_a_claim_then_the_claim_then_the_summary(tmp_path: Path) -> None:
    writer, summary = JsonlWriter(), Summary("v", "sha256:0", AS_OF)
    data = b""
    expected = []
    for n, report in enumerate(reports(tmp_path), 1):
        item = entry(n, report)
        summary.add(item)
        data += writer.claim(item)
        expected += [finding_record(n, each, report) for each in written(report.findings)] + [claim_record(item)]
    data += writer.end(summary)
    expected.append(summary_record(summary))
    assert [json.loads(line) for line in data.decode().splitlines()] == expected
    assert data.endswith(b"}\n")


def test_json_is_one_document_with_the_findings_inside_their_claims(tmp_path: Path) -> None:
    writer, summary = JsonWriter(), Summary("v", "sha256:0", AS_OF)
    data = b""
    expected = []
    for n, report in enumerate(reports(tmp_path), 1):
        item = entry(n, report)
        summary.add(item)
        data += writer.put([writer.claim(item)])
        findings = [finding_record(n, each, report) for each in written(report.findings)]
        expected.append({**claim_record(item), "findings": findings})
    data += writer.end(summary)
    assert json.loads(data) == {"claims": expected, "summary": summary_record(summary)}


def test_json_of_no_claim_is_a_document_too() -> None:
    assert json.loads(JsonWriter().end(Summary("v", "sha256:0", AS_OF)))["claims"] == []


def test_every_record_satisfies_the_published_schema(tmp_path: Path) -> None:
    schema = findings_schema()
    Draft202012Validator.check_schema(schema)
    check = Draft202012Validator(schema)
    summary = Summary("2026.1", "sha256:" + "0" * 64, AS_OF, ("npi.format",))
    records = []
    for n, report in enumerate(reports(tmp_path), 1):
        item = entry(n, report, everything=True)
        summary.add(item)
        records += [finding_record(n, each, report) for each in report.findings] + [claim_record(item)]
    for record in [*records, summary_record(summary)]:
        assert [error.message for error in check.iter_errors(record)] == []
    assert not check.is_valid({**records[0], "status": "bypassed"})


def test_half_a_surrogate_pair_is_written_as_its_escape(tmp_path: Path) -> None:
    report = reports(tmp_path)[0]
    claim = evolve(report.claim, id="a\ud800b")
    odd = Report(claim, report.payer, report.as_of, report.outcomes, lambda least: ((), ()))
    line = JsonlWriter().claim(entry(1, odd))
    assert b'"claim": "a\\ud800b"' in line
    assert json.loads(line)["claim"] == "a\ud800b"


def test_the_summary_counts_claims_lines_and_findings(tmp_path: Path) -> None:
    summary = Summary("2026.1", "sha256:0", AS_OF, ("npi.format",))
    for n, report in enumerate(reports(tmp_path), 1):
        summary.add(entry(n, report))
    summary.unreadable_by_code["x12.bad-date"] += 1
    assert summary_record(summary) == {
        "record": "summary",
        "as_of": "2026-01-06",
        "claims": 4,
        "lines": 5,
        "clean": 1,
        "unreadable": 1,
        "unreadable_by_code": {"x12.bad-date": 1},
        "claims_by_status": {"pass": 2, "warn": 1, "fail": 1},
        "lines_by_status": {"pass": 3, "warn": 1, "fail": 1},
        "findings_by_status": {"pass": 8, "warn": 2, "fail": 1, "not checked": 1},
        "by_edit": {
            "claim.balanced": {"warn": 1, "charge_at_risk": "24.00"},
            "clia.present": {"fail": 1, "charge_at_risk": "25.00"},
            "code.known": {"warn": 1, "charge_at_risk": None},
        },
        "unchecked_by_missing": {"payer.policy": 1},
        "ruleset": {"version": "2026.1", "hash": "sha256:0"},
        "tables": [],
        "silenced": {"clia.present": 2},
        "placeholders": 1,
        "ignored": ["npi.format"],
    }
    assert summary.charge_at_risk == Decimal("49.00")
