"""Laws of flat files: a claim written as rows reads back, in any order of rows, any dialect and encoding; nothing raises."""

from __future__ import annotations

import gzip
import io
import string
import zipfile

import pytest
from attrs import evolve
from claim_strategies import any_claims
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from write_flat import as_csv, as_parquet, carried, rows

from cpt_rules.claim import Claim
from cpt_rules.readers import InputError, InputProblem, read_claims

PATIENT = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])

#: Text as cells carry it: no blanks around it, whatever else that CSV has a meaning for.
CELLS = st.text(string.ascii_letters + string.digits + " ,;|\t\"'\n.-éÑ漢", min_size=1, max_size=9).map(str.strip)
ENCODINGS = st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])


@st.composite
def tables(draw):
    """Claims of different identifiers and the numbers of their lines apart; their rows in any order."""
    claims = draw(st.lists(any_claims(CELLS.filter(bool)), min_size=1, max_size=3))
    found = []
    for place, claim in enumerate(claims):
        numbers = draw(st.lists(st.integers(1, 999), min_size=len(claim.lines), max_size=len(claim.lines), unique=True))
        lines = tuple(evolve(line, number=number) for line, number in zip(claim.lines, numbers, strict=True))
        found.append(evolve(claim, id=f"{place}{claim.id}", lines=lines))
    table = draw(st.permutations([row for claim in found for row in rows(claim)]))
    return {claim.id: carried(claim) for claim in found}, table


def read(data: bytes, format: str = "auto", **options: object) -> tuple[list[Claim], list[InputProblem]]:
    problems: list[InputProblem] = []
    return list(read_claims(io.BytesIO(data), format=format, on_problem=problems.append, **options)), problems


@settings(PATIENT, max_examples=60)
@given(tables(), st.sampled_from(",;\t|"), st.sampled_from(["\n", "\r\n"]), ENCODINGS)
def test_claims_written_as_csv_read_back_equal(written, delimiter, line_end, encoding):
    """read(csv(claims)) = claims, whatever the order of rows, the delimiter, the line ends and the encoding."""
    claims, table = written
    found, problems = read(as_csv(table, delimiter=delimiter, line_end=line_end, encoding=encoding))
    assert problems == []
    assert {claim.id: claim for claim in found} == claims


@settings(PATIENT, max_examples=30)
@given(tables(), st.booleans(), st.integers(1, 5))
def test_claims_written_as_parquet_read_back_equal(written, typed, rows_in_group):
    """read(parquet(claims)) = claims, with columns of text and with columns of dates, numbers and lists."""
    claims, table = written
    found, problems = read(as_parquet(table, typed=typed, rows_in_group=rows_in_group))
    assert problems == []
    assert {claim.id: claim for claim in found} == claims


@settings(PATIENT, max_examples=10)
@given(tables())
def test_a_packed_file_gives_the_same_claims(written):
    """read(gzip(x)) = read(zip(x)) = read(x)."""
    _, table = written
    for data in (as_csv(table), as_parquet(table, typed=False)):
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("rows", data)
        assert read(gzip.compress(data)) == read(packed.getvalue()) == read(data)


@settings(PATIENT, max_examples=25)
@given(tables(), st.integers(1, 200))
def test_the_size_of_chunks_does_not_matter(written, size):
    """read(chunks) = read(whole)."""
    _, table = written
    data = as_csv(table)

    class Trickle(io.RawIOBase):
        at = 0

        def read(self, _: int = -1) -> bytes:
            self.at += size
            return data[self.at - size : self.at]

    problems: list[InputProblem] = []
    assert list(read_claims(Trickle(), on_problem=problems.append)) == read(data)[0]
    assert problems == []


@settings(PATIENT, max_examples=40)
@given(tables(), st.data())
def test_a_damaged_csv_gives_claims_and_problems_and_never_half_a_claim_in_silence(written, data):
    """read(csv with any bytes anywhere) raises nothing; what is lost has a problem; without one all rows are read."""
    claims, table = written
    whole = as_csv(table)
    at = data.draw(st.integers(0, len(whole)))
    new = data.draw(st.binary(max_size=3))
    found, problems = read(whole[:at] + new + whole[at + data.draw(st.integers(0, 3)) :], "csv")
    assert (
        problems or sum(len(claim.lines) for claim in found) >= sum(len(claim.lines) for claim in claims.values()) - 1
    )


@settings(PATIENT, max_examples=200)
@given(
    st.lists(
        st.binary(max_size=40) | st.sampled_from([b"claim.id,claim.type", b"line.code", b'"', b"PAR1"]), max_size=8
    ),
    st.sampled_from([b"", b",", b"\n", b"\r\n", b"\t"]),
    st.sampled_from(
        [b"", b"claim.id,claim.type,line.code,line.date\n", b"PAR1", b"\x1f\x8b", b"PK\x03\x04", b"\xff\xfe"]
    ),
    st.sampled_from(["auto", "csv", "parquet"]),
)
def test_no_bytes_raise_anything_but_an_input_error(parts, glue, start, format):
    """read(any bytes) gives claims and problems, and without `on_problem` raises the first of these problems."""
    data = start + glue.join(parts)
    _, problems = read(data, format)
    try:
        list(read_claims(io.BytesIO(data), format=format))
        first = None
    except InputError as error:
        first = error.problem
    assert first == (problems[0] if problems else None)


@pytest.mark.parametrize("typed", [False, True])
@settings(PATIENT, max_examples=25)
@given(written=tables(), data=st.data())
def test_a_damaged_parquet_file_gives_claims_and_problems(typed, written, data):
    """read(parquet with any bytes anywhere) raises nothing."""
    whole = as_parquet(written[1], typed=typed)
    at = data.draw(st.integers(0, len(whole) - 1))
    new = data.draw(st.binary(min_size=1, max_size=4))
    read(whole[:at] + new + whole[at + len(new) :], "parquet")
