"""Parquet: what is stored as it was sent is read, and a column that has lost something is refused with a remedy."""

from __future__ import annotations

import datetime as dt
import io
from decimal import Decimal

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from cpt_rules.claim import Claim, Line
from cpt_rules.readers import InputProblem, read_claims

COLUMNS = {
    "claim.id": ["A", "A", "B"],
    "claim.type": ["professional"] * 3,
    "line.number": [1, 2, 1],
    "line.code": ["86329", "36415", "00103"],
    "line.date": [dt.date(2026, 1, 5)] * 3,
    "line.charge": [25.1, 3.0, 100.0],
    "line.modifiers": [["90", "59"], None, []],
}


def read(columns: dict[str, object], **options: object) -> tuple[list[Claim], list[str]]:
    stream = io.BytesIO()
    pq.write_table(pa.table(columns), stream)
    return read_bytes(stream.getvalue(), **options)


def read_bytes(data: bytes, **options: object) -> tuple[list[Claim], list[str]]:
    stream = io.BytesIO(data)
    stream.name = "in.parquet"
    problems: list[InputProblem] = []
    claims = list(read_claims(stream, on_problem=problems.append, **options))
    return claims, [f"{each.code} {each}" for each in problems]


def test_typed_columns_become_what_they_are():
    claims, problems = read(COLUMNS)
    day = dt.date(2026, 1, 5)
    assert problems == []
    assert [claim.lines for claim in claims] == [
        (
            Line(1, code="86329", date=day, charge=Decimal("25.1"), modifiers=("90", "59")),
            Line(2, code="36415", date=day, charge=Decimal(3)),
        ),
        (Line(1, code="00103", date=day, charge=Decimal(100)),),
    ]
    assert [claim.origin.segments for claim in claims if claim.origin] == [(1, 2), (3, 3)]
    assert claims[0].origin is not None
    assert claims[0].origin.format == "parquet"


@pytest.mark.parametrize(
    ("name", "values", "message"),
    [
        ("line.code", pa.array([86329, 36415, 103]), "the column 'line.code' holds numbers where text is due, and numbers have lost leading zeros; write the column as text (string) from where it is still text"),
        ("line.code", pa.array([86329.0, None, 103.0]), "the column 'line.code' holds numbers where text is due, and numbers have lost leading zeros; write the column as text (string) from where it is still text"),
        ("claim.id", pa.array([1, 1, 2]), "the column 'claim.id' holds numbers where text is due, and numbers have lost leading zeros; write the column as text (string) from where it is still text"),
        ("line.code", pa.array([b"86329", b"1", b"2"]), "the column 'line.code' is of type binary, which is not read here; store it as text"),
        ("line.date", pa.array([20260105] * 3), "the column 'line.date' is of type int64, which is not read here; store days as date or as text"),
        ("line.date", pa.array([dt.datetime(2026, 1, 5)] * 3, pa.timestamp("us", "UTC")), "the column 'line.date' holds moments with a time zone; store the day itself as a date"),
        ("line.charge", pa.array([True, False, None]), "the column 'line.charge' is of type bool, which is not read here; store it as text"),
    ],
)  # fmt: skip
def test_a_column_of_another_type_is_refused_with_a_remedy(name, values, message):
    assert read({**COLUMNS, name: values}) == ([], [f"parquet.type in.parquet: {message}"])


@pytest.mark.parametrize(
    "dates",
    [
        ["2026-01-05", "20260105", "2026-01-05 00:00:00"],
        pa.array([dt.datetime(2026, 1, 5)] * 3, pa.timestamp("ns")),
        pa.array([dt.date(2026, 1, 5)] * 3, pa.date64()),
    ],
)
def test_days_may_be_stored_as_text_and_as_moments(dates):
    claims, problems = read({**COLUMNS, "line.date": dates})
    assert problems == []
    assert {line.date for claim in claims for line in claim.lines} == {dt.date(2026, 1, 5)}


def test_a_fault_names_the_row():
    claims, problems = read({**COLUMNS, "line.charge": ["25.1", "3", "x"]})
    assert [claim.id for claim in claims] == ["A"]
    assert problems == [
        "flat.number in.parquet: record 3: claim B: line.charge: is no decimal number; write digits with a point, such as 25.00"
    ]


def test_columns_that_are_not_of_the_layout_may_hold_anything():
    claims, problems = read({**COLUMNS, "notes": [{"a": 1}, None, {"a": 2}], "line_total": [1, 2, 3]})
    assert ([claim.id for claim in claims], problems) == (["A", "B"], [])


def test_a_list_where_one_value_is_due_is_a_problem():
    _, problems = read({**COLUMNS, "line.code": [["86329"], ["1"], ["2"]]})
    assert [each.split(";")[0] for each in problems] == [
        "flat.list in.parquet: record 1: claim A: line.code: holds a list where one value is due (the 2 rows of the claim are lost)",
        "flat.list in.parquet: record 3: claim B: line.code: holds a list where one value is due",
    ]


def test_what_is_no_parquet_file_is_one_problem():
    damaged = "in.parquet: cannot be read as Parquet; write the file anew"
    assert read_bytes(b"PAR1 and so on") == ([], [f"parquet.damaged {damaged}"])
    assert read_bytes(b"claim.id\n", format="parquet") == (
        [],
        ["parquet.damaged in.parquet: is no Parquet file; check the format"],
    )


def test_a_file_that_grows_too_much_is_refused(monkeypatch):
    monkeypatch.setattr("cpt_rules.readers.flat_parquet.FREE", 1000)
    monkeypatch.setattr("cpt_rules.readers.flat_parquet.GROWTH", 10)
    message = (
        "input.bomb in.parquet: unpacks to more than 10 times its size; write it anew, if you trust where it comes from"
    )
    stream = io.BytesIO()
    columns = {**COLUMNS, "line.description": ["x" * 1_000_000] * 3}
    pq.write_table(pa.table(columns), stream, compression="zstd")
    assert read_bytes(stream.getvalue()) == ([], [message])


def test_a_file_that_comes_through_a_pipe_is_kept_in_a_temporary_file():
    stream = io.BytesIO()
    pq.write_table(pa.table(COLUMNS), stream)

    class Pipe(io.RawIOBase):
        data = io.BytesIO(stream.getvalue())

        def read(self, size: int = -1) -> bytes:
            return self.data.read(size)

    assert [claim.id for claim in read_claims(Pipe())] == ["A", "B"]
