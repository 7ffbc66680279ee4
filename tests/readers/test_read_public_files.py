"""Public interchanges, read where they are at hand: every claim and line of them, and one problem for what is none."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from click.testing import CliRunner

from cpt_rules.cli import main
from cpt_rules.readers import read_claims

FOLDER = Path(__file__).parents[3] / "shared" / "data" / "x12"
if not FOLDER.is_dir():
    pytest.skip("the public X12 files are not beside the project (../shared/data/x12)", allow_module_level=True)

CLAIMS = sorted(each for folder in ("837p", "837i") for each in (FOLDER / folder).iterdir())
REFUSED = {
    "4010": "x12.version",
    "bad_file.edi": "input.unknown-format",
    "error_validation.edi": "x12.transaction-set",
    "segment_terminator.edi": "x12.missing-iea",
    "unknown_segment_error.edi": "x12.transaction-set",
}


@pytest.mark.parametrize("path", CLAIMS, ids=lambda path: path.name)
def test_every_claim_and_line_is_read_whatever_the_line_ends(path):
    data = path.read_bytes()
    segments = [each.strip() for each in data.split(data[105:106])]
    element = data[3:4]
    claims = list(read_claims(path))
    assert len(claims) == sum(each.startswith(b"CLM" + element) for each in segments) > 0
    lines = [line for claim in claims for line in claim.lines]
    assert len(lines) == sum(each.startswith(b"LX" + element) for each in segments) > 0
    for claim in claims:
        assert claim.payer.id
        assert claim.billing
        assert claim.billing.npi
        assert claim.diagnoses
        assert claim.origin
        assert claim.origin.format == ("837I" if path.parent.name == "837i" else "837P")
        assert all(line.date for line in claim.lines)
        assert all(line.charge is not None and line.units is not None for line in claim.lines)
        if claim.type == "institutional":
            assert claim.bill_type
            assert claim.statement_from
            assert claim.attending
            assert all(line.revenue_code for line in claim.lines)
        assert all(pointer <= len(claim.diagnoses) for line in claim.lines for pointer in line.diagnosis_pointers)
    unified = data.replace(b"\r\n", b"\n")
    for line_end in (b"\r\n", b"\n", b""):
        again = list(read_claims(io.BytesIO(unified.replace(b"\n", line_end))))
        assert again == claims
        assert [each.origin.segments for each in again if each.origin] == [
            each.origin.segments for each in claims if each.origin
        ]


@pytest.mark.parametrize(
    "path",
    [each for folder in ("malformed", "4010") for each in sorted((FOLDER / folder).iterdir())],
    ids=lambda path: path.name,
)
def test_what_is_not_read_is_exactly_one_problem(path):
    problems = []
    assert list(read_claims(path, on_problem=problems.append)) == []
    assert [each.code for each in problems] == [REFUSED.get(path.name) or REFUSED[path.parent.name]]
    assert str(problems[0]).startswith(f"{path}: ")


@pytest.mark.parametrize(
    "path",
    [each for folder in ("malformed", "4010") for each in sorted((FOLDER / folder).iterdir())],
    ids=lambda path: path.name,
)
def test_what_is_not_read_ends_with_status_3_and_one_line_that_names_it(path):
    ended = CliRunner().invoke(main, ["scrub", str(path), "--as-of", "2026-01-31", "--format", "jsonl"])
    assert ended.exit_code == 3
    assert len([line for line in ended.stderr.splitlines() if path.name in line]) == 1
