"""Public interchanges, read where they are at hand: every claim and line of them, and one problem for what is none."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from cpt_rules.readers import read_claims

FOLDER = Path(__file__).parents[3] / "shared" / "data" / "x12"
if not FOLDER.is_dir():
    pytest.skip("the public X12 files are not beside the project (../shared/data/x12)", allow_module_level=True)

PROFESSIONAL = sorted(each for each in (FOLDER / "837p").iterdir() if each.suffix in (".837", ".edi"))
REFUSED = {
    "4010": "x12.version",
    "837i": "x12.not-read-yet",
    "bad_file.edi": "input.unknown-format",
    "error_validation.edi": "x12.transaction-set",
    "segment_terminator.edi": "x12.truncated",
    "unknown_segment_error.edi": "x12.transaction-set",
}


@pytest.mark.parametrize("path", PROFESSIONAL, ids=lambda path: path.name)
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
    [each for folder in ("malformed", "4010", "837i") for each in sorted((FOLDER / folder).iterdir())],
    ids=lambda path: path.name,
)
def test_what_is_not_read_is_exactly_one_problem(path):
    problems = []
    assert list(read_claims(path, on_problem=problems.append)) == []
    assert [each.code for each in problems] == [REFUSED.get(path.name) or REFUSED[path.parent.name]]
    assert str(problems[0]).startswith(f"{path}: ")
