"""What writers put together from pieces that they keep is what the plain way gives."""

from __future__ import annotations

import datetime as dt
import json
import pickle
from pathlib import Path

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from cpt_rules.claim import Claim, Line, Origin
from cpt_rules.fields import FIELDS
from cpt_rules.finding import Finding, Outcome, Report, Rule, render, tally, where
from cpt_rules.reading import UNKNOWN, Open
from cpt_rules.writers.jsonl import JsonlWriter, claim_json
from cpt_rules.writers.keys import key_of
from cpt_rules.writers.places import Places
from cpt_rules.writers.records import claim_record, entry, finding_record, where_record
from cpt_rules.writers.rollup import rolled, without
from cpt_rules.writers.summary import Summary, summary_record
from cpt_rules.writers.templates import Template
from tests.small import AS_OF, reports
from tests.writers import bundled

_names = st.sampled_from(
    ["line.code", "claim.codes", "day.units", "patient.birth_date", "subscriber.id", "run.as_of", "a.code", "payer.id"]
)
_plain = st.text(max_size=6) | st.integers() | st.booleans() | st.dates() | st.decimals(allow_nan=False, places=2)
_lists = st.lists(_plain, max_size=3).map(tuple)
_readings = st.none() | _plain | _lists | _lists.map(Open) | st.just(UNKNOWN)
_values = st.lists(st.tuples(_names, _readings), max_size=4, unique_by=lambda each: each[0]).map(tuple)
_texts = st.text(max_size=8)
_rule = Rule("edit.id", "title", "return", "claim data", "message", "remedy", "line.code", None, True)
_findings = st.builds(
    Finding,
    rule=_texts.map(lambda id: evolve(_rule, edit=id)),
    status=st.just(Outcome.FAIL),
    claim=_texts,
    line=st.none() | st.integers(1, 999),
    index=st.none() | st.integers(0, 3),
    code=st.just("86329"),
    date=st.none(),
    payer=st.none(),
    values=_values,
    missing=st.just(()),
    sources=st.just(()),
    stale=st.just(False),
    overlay=st.none(),
    charge_at_risk=st.none(),
    with_line=st.none() | st.integers(1, 999),
    line_id=st.none() | _texts,
)


@given(_findings)
def test_a_key_is_the_key_of_the_finding(finding: Finding) -> None:
    """Law: key_of(finding) is finding.key, whatever was seen."""
    assert key_of(finding) == finding.key


@given(
    st.lists(st.sampled_from(["{line.code}", "{payer.id}", "{gone}", "{", "}", "{}", "é\ud800", "plain "]), max_size=5),
    _values,
)
def test_a_template_renders_as_the_message_does(parts: list[str], values: tuple[tuple[str, object], ...]) -> None:
    """Law: a template is `render`, encoded as JSON."""
    text = "".join(parts)
    made = Template.of(text).quoted(values)  # type: ignore[arg-type]
    assert json.loads(made) == render(text, dict(values))  # type: ignore[arg-type]


_paths = sorted({path for field in FIELDS.values() for path in field.paths} | {"claim", "line"})
_segments = st.dictionaries(st.sampled_from(_paths), st.integers(1, 99), max_size=8)


@given(
    st.sampled_from([*FIELDS, "a.code", "b.modifiers", "profile.pos", "ptp.indicator"]),
    st.sampled_from(["professional", "institutional"]),
    st.sampled_from(["837P", "837I", "jsonl", "csv", "fhir", None]),
    st.none() | st.integers(0, 2),
    _segments,
    st.lists(_segments, max_size=2),
    st.none() | st.just((7, 9)),
)
def test_a_place_is_where_the_finding_points(at, kind, form, index, of_claim, of_lines, segments) -> None:  # type: ignore[no-untyped-def]
    """Law: the place put together is the record of `where`, for any field and whatever the reader has noted."""
    origin = Origin("in.837", 1, format=form, segments=segments, claim_segments=of_claim, line_segments=tuple(of_lines))
    claim = Claim("c", kind, (Line(1, code="1"),), origin=origin)
    finding = Finding(
        evolve(_rule, at=at), Outcome.FAIL, "c", 1, index, None, None, None, (), (), (), False, None, None
    )
    places = Places()
    expected = where_record(where(finding, claim))
    for _ in range(2):  # the second time from what was kept
        assert json.loads(places.place(finding, claim)) == expected


@pytest.mark.parametrize("overrides", [False, True])
def test_the_lines_of_jsonl_are_the_encoded_records(overrides: bool) -> None:
    writer = JsonlWriter(everything=True)
    entries = bundled.entries(everything=True, overrides=overrides)
    for item in entries:
        records = [
            finding_record(item.n, each, item.report, item.bypassed.get(place))
            for place, each in enumerate(item.findings)
        ]
        plain = [json.dumps(each, ensure_ascii=False) for each in [*records, claim_record(item)]]
        assert writer.claim(item).decode().splitlines() == plain
    assert any(item.bypassed for item in entries) is overrides
    assert any(finding.tables for item in entries for finding in item.findings)


def test_a_claim_that_was_read_from_nowhere_is_written_too(tmp_path: Path) -> None:
    report = reports(tmp_path)[0]
    lost = Report(evolve(report.claim, origin=None), report.payer, report.as_of, report.outcomes, None)
    item = entry(1, lost)
    assert json.loads(claim_json(item)) == claim_record(item)
    assert claim_record(item)["input"] is None


@given(st.lists(st.integers(0, 5), max_size=12))
def test_a_roll_up_is_the_tally_of_its_outcomes(codes: list[int]) -> None:
    """Law: status, counts and completeness are those of `tally`, in words."""
    roll, plain = rolled(codes), tally(1, codes)
    counts = (roll.passed, roll.warned, roll.failed, roll.not_checked, roll.silenced, roll.complete)
    assert counts == (plain.passed, plain.warned, plain.failed, plain.not_checked, plain.silenced, plain.complete)
    assert roll.status == plain.status.label
    assert roll.bypassed == 0


def test_what_is_bypassed_is_counted_apart_and_is_no_pass() -> None:
    roll = without(rolled([3, 4, 5, 5]), 1, 1)
    assert (roll.status, roll.passed, roll.warned, roll.failed, roll.bypassed) == ("fail", 1, 0, 1, 2)
    roll = without(roll, 0, 1)
    assert (roll.status, roll.passed, roll.bypassed, roll.complete) == ("bypassed", 1, 3, True)


def test_summaries_of_parts_add_up_to_the_summary_of_the_whole() -> None:
    entries = bundled.entries(everything=False, overrides=True)
    whole = Summary("v", "sha256:0", AS_OF, ("npi.format",))
    for each in entries:
        whole.add(each)
    for size in (1, 3, 7):
        added = Summary("v", "sha256:0", AS_OF, ("npi.format",))
        for at in range(0, len(entries), size):
            part = added.without_claims()
            for each in entries[at : at + size]:
                part.add(each)
            added.merge(pickle.loads(pickle.dumps(part)))
        assert summary_record(added) == summary_record(whole)
        assert (added.charge_at_risk, added.worst, added.held) == (whole.charge_at_risk, whole.worst, whole.held)
        assert added.overridden == whole.overridden
    assert whole.claims == len(entries)


def test_amounts_add_up_to_the_last_cent_in_any_order(tmp_path: Path) -> None:
    report = reports(tmp_path)[0]
    finding = report.raised[0]
    sums = set()
    for order in ((0, 1, 2), (2, 1, 0), (1, 2, 0)):
        summary = Summary("v", "sha256:0", dt.date(2026, 1, 6))
        for each in order:
            charge = (finding.charge_at_risk or 0) * 10 ** (28 * each)  # type: ignore[operator]
            found = (evolve(finding, charge_at_risk=charge),)
            changed = Report(
                report.claim, report.payer, report.as_of, report.outcomes, lambda least, found=found: (found, ())
            )
            summary.add(entry(1, changed))
        sums.add(str(summary.charge_at_risk))
    assert len(sums) == 1
