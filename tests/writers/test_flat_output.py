"""CSV and Parquet: what JSONL says, laid flat; nothing that a spreadsheet would run."""

from __future__ import annotations

import datetime as dt
import io
import json
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from cpt_rules.finding import Outcome, Report
from cpt_rules.writers import Writer
from cpt_rules.writers.csv import CsvWriter, harmless
from cpt_rules.writers.jsonl import JsonlWriter
from cpt_rules.writers.parquet import ROWS, SUMMARY, ParquetWriter
from cpt_rules.writers.records import Entry, entry
from cpt_rules.writers.rows import COLUMNS
from cpt_rules.writers.summary import Summary, summary_record
from tests.small import AS_OF, reports
from tests.writers import bundled
from tests.writers.flat_rows import comparable, finding_of, from_csv

CASES = pytest.mark.parametrize(("everything", "overrides"), [(False, False), (True, False), (True, True)])


def whole(writer: Writer, entries: tuple[Entry, ...], together: int = 1) -> bytes:
    """All that is written of these entries, so many at a time."""
    summary = Summary("v", "sha256:0", AS_OF)
    data = b""
    for at in range(0, len(entries), together):
        some = entries[at : at + together]
        for each in some:
            summary.add(each)
        data += writer.put([writer.claim(each) for each in some])
    return data + writer.end(summary)


def jsonl(entries: tuple[Entry, ...], everything: bool) -> list[dict[str, object]]:
    return comparable([json.loads(line) for line in whole(JsonlWriter(everything), entries).splitlines()])


@CASES
def test_csv_reads_back_as_the_findings_of_jsonl(everything: bool, overrides: bool) -> None:
    entries = bundled.entries(everything=everything, overrides=overrides)
    rows = from_csv(whole(CsvWriter(everything), entries))
    assert [finding_of(each) for each in rows] == jsonl(entries, everything)
    assert len(rows) > 10


@CASES
def test_parquet_reads_back_as_the_findings_of_jsonl(everything: bool, overrides: bool) -> None:
    entries = bundled.entries(everything=everything, overrides=overrides)
    rows = pq.read_table(pa.BufferReader(whole(ParquetWriter(everything), entries))).to_pylist()
    assert [finding_of(each) for each in rows] == jsonl(entries, everything)


@pytest.mark.parametrize("writer", [CsvWriter, ParquetWriter, JsonlWriter])
def test_several_claims_at_once_give_the_bytes_of_one_by_one(writer: type[Writer]) -> None:
    entries = bundled.entries(everything=False)
    assert whole(writer(), entries, 3) == whole(writer(), entries)  # type: ignore[call-arg]


def test_every_row_has_the_verdict_and_the_action_of_its_claim(tmp_path: Path) -> None:
    items = tuple(entry(n, report) for n, report in enumerate(reports(tmp_path), 1))
    rows = from_csv(whole(CsvWriter(), items))
    assert [(each["claim"], each["edit"], each["claim_status"], each["claim_action"]) for each in rows] == [
        ("FAILS", "clia.present", "fail", "hold"),
        ("FAILS", "code.known", "fail", "hold"),
        ("WARNS", "claim.balanced", "warn", "release"),
    ]


def test_csv_without_a_finding_is_its_header() -> None:
    assert whole(CsvWriter(), ()).decode() == ",".join(COLUMNS) + "\n"


def test_parquet_is_typed_and_its_words_are_dictionaries() -> None:
    file = pq.ParquetFile(pa.BufferReader(whole(ParquetWriter(), bundled.entries(everything=False))))
    schema = file.schema_arrow
    assert schema.names == list(COLUMNS)
    assert schema.field("date").type == pa.date32()
    assert schema.field("charge_at_risk").type == pa.decimal128(38, 4)
    assert schema.field("status").type == pa.dictionary(pa.int32(), pa.string())
    assert schema.field("denial_rarc").type == pa.list_(pa.string())
    statuses = file.metadata.row_group(0).column(list(COLUMNS).index("status"))
    assert "RLE_DICTIONARY" in statuses.encodings


def test_parquet_has_the_summary_in_its_metadata() -> None:
    entries = bundled.entries(everything=False)
    summary = Summary("v", "sha256:0", AS_OF)
    for each in entries:
        summary.add(each)
    file = pq.ParquetFile(pa.BufferReader(whole(ParquetWriter(), entries)))
    assert json.loads(file.metadata.metadata[SUMMARY.encode()]) == summary_record(summary)


def test_parquet_without_a_finding_is_a_file_too() -> None:
    assert pq.read_table(pa.BufferReader(whole(ParquetWriter(), ()))).num_rows == 0


def test_parquet_leaves_memory_a_row_group_at_a_time() -> None:
    failing = next(each for each in bundled.entries(everything=True) if len(each.findings) > 10)
    writer = ParquetWriter(everything=True)
    claims = ROWS // len(failing.findings) + 1
    body = writer.claim(failing)
    data = [writer.put([body]) for _ in range(claims)]
    assert [len(each) > 0 for each in data] == [False] * (claims - 1) + [True]
    rest = writer.put([body]) + writer.end(Summary("v", "sha256:0", AS_OF))
    file = pq.ParquetFile(pa.BufferReader(b"".join(data) + rest))
    assert file.num_row_groups == 2
    assert file.metadata.num_rows == (claims + 1) * len(failing.findings)


def test_an_amount_of_parquet_has_four_decimals(tmp_path: Path) -> None:
    report = reports(tmp_path)[0]
    amounts = [Decimal("1.00005"), Decimal("1" * 30), None]
    findings = tuple(evolve(report.raised[0], charge_at_risk=each) for each in amounts)
    item = entry(1, Report(report.claim, report.payer, report.as_of, report.outcomes, lambda least: (findings, ())))
    rows = pq.read_table(pa.BufferReader(whole(ParquetWriter(), (item,)))).to_pylist()
    assert [each["charge_at_risk"] for each in rows] == [Decimal("1.0000"), Decimal("1" * 30), None]


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("=1+1", "'=1+1"),
        ("+1", "'+1"),
        ("-1", "'-1"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\t=1", "'\t=1"),
        ("\r\n=1", "'\r\n=1"),
        ("  =1", "'  =1"),
        ("＝1", "'＝1"),  # a wide form, which some spreadsheets take for the plain one
        ("'quoted'", "''quoted'"),
        ("PCN-1", "PCN-1"),
        ("", ""),
    ],
)
def test_what_a_spreadsheet_would_run_begins_with_an_apostrophe(text: str, written: str) -> None:
    assert harmless(text) == written


@given(st.text(st.sampled_from("'=+-@\t\r\n \"a,;漢"), max_size=6))
def test_no_text_is_a_formula_and_every_text_can_be_had_again(text: str) -> None:
    """Law: harmless(text) begins with nothing that a spreadsheet runs, and less one apostrophe it is the text."""
    written = harmless(text)
    assert not written.lstrip().startswith(("=", "+", "-", "@"))
    assert not written.startswith(("\t", "\r", "\n"))
    assert written.removeprefix("'") == text


def test_a_claim_cannot_put_a_formula_or_a_row_into_csv(tmp_path: Path) -> None:
    report = reports(tmp_path)[0]
    for id in ('=cmd|"/C calc"!A1', 'a"\n2,b,c', "\r\n@x", "-2+3", "'=x"):
        claim = evolve(report.claim, id=id)
        findings = tuple(evolve(each, claim=id) for each in report.raised)
        changed = Report(claim, report.payer, report.as_of, report.outcomes, lambda least, found=findings: (found, ()))
        data = whole(CsvWriter(), (entry(1, changed),))
        rows = from_csv(data)
        assert [each["claim"] for each in rows] == [id] * len(findings)
        for line in io.StringIO(data.decode(), newline="").read().split(","):
            assert not line.lstrip('"').startswith(("=", "+", "@", "-"))


def test_amounts_and_days_of_csv_are_plain(tmp_path: Path) -> None:
    report = reports(tmp_path)[0]
    finding = evolve(report.raised[0], charge_at_risk=Decimal("-25"), date=dt.date(2026, 1, 5))
    item = entry(1, Report(report.claim, report.payer, report.as_of, report.outcomes, lambda least: ((finding,), ())))
    line = whole(CsvWriter(), (item,)).decode().splitlines()[1]
    assert ",-25.00," in line
    assert ",2026-01-05," in line


def test_words_with_blanks_in_them_stand_in_csv_as_a_list(tmp_path: Path) -> None:
    report = reports(tmp_path)[3]
    words = (("a b", "c"), ("[", "x"), ("", "x"), ("\u00a0",))
    findings = tuple(evolve(report.findings[0], missing=each) for each in words)
    assert findings[0].status is Outcome.NOT_CHECKED
    changed = Report(report.claim, report.payer, report.as_of, report.outcomes, lambda least: (findings, ()))
    rows = from_csv(whole(CsvWriter(everything=True), (entry(1, changed, everything=True),)))
    assert [tuple(each["missing"]) for each in rows] == list(words)


def test_every_column_is_named_on_the_page_for_operators() -> None:
    page = (Path(__file__).resolve().parents[2] / "docs" / "pipeline.md").read_text(encoding="utf-8")
    assert [name for name in COLUMNS if f"`{name}`" not in page] == []
