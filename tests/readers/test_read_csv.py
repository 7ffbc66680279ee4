"""CSV: every fault with its row, its field and what would be right; dialects, encodings, and rows that belong together."""

from __future__ import annotations

import datetime as dt
import io
from decimal import Decimal

import pytest

from cpt_rules.claim import Claim, Diagnosis, Line, Provider
from cpt_rules.fields import STORED_FIELDS
from cpt_rules.readers import InputProblem, read_claims

HEADER = "claim.id,claim.type,line.number,line.code,line.date,line.charge,line.units"
ROW = "1,professional,1,86329,2026-01-05,25.00,1"
SECOND = "1,professional,2,36415,2026-01-05,3,1"
OTHER = "2,professional,1,80053,2026-01-06,12,1"
DAY = dt.date(2026, 1, 5)


def line(number: int, code: str, charge: str, date: dt.date = DAY) -> Line:
    return Line(number, code=code, date=date, charge=Decimal(charge), units=Decimal(1))


def read(*lines: str | bytes, **options: object) -> tuple[list[Claim], list[str]]:
    text = b"\n".join(each if isinstance(each, bytes) else each.encode() for each in lines)
    problems: list[InputProblem] = []
    stream = io.BytesIO(text)
    stream.name = "in.csv"
    claims = list(read_claims(stream, on_problem=problems.append, **options))
    return claims, [f"{each.code} {each}" for each in problems]


def ids(claims: list[Claim]) -> list[tuple[str, int]]:
    return [(claim.id, len(claim.lines)) for claim in claims]


def test_rows_become_claims_and_what_has_no_column_is_unknown():
    claims, problems = read(HEADER, ROW, OTHER, SECOND)
    unknown = STORED_FIELDS - {*HEADER.split(","), "line.code_type"}
    first = (line(1, "86329", "25.00"), line(2, "36415", "3"))
    second = (line(1, "80053", "12", dt.date(2026, 1, 6)),)
    assert problems == []
    assert claims == [
        Claim("2", "professional", second, unknown=unknown),
        Claim("1", "professional", first, unknown=unknown),
    ]
    assert "line.clia" in unknown


def test_a_claim_knows_its_rows_and_its_fields_theirs():
    claims, _ = read(HEADER, ROW, OTHER, SECOND)
    origin = claims[1].origin
    assert origin is not None
    assert (origin.input, origin.ordinal, origin.format, origin.segments) == ("in.csv", 2, "csv", (2, 4))
    assert origin.claim_segments == {"claim": 2, "claim.id": 2, "claim.type": 2}
    assert [each["line.code"] for each in origin.line_segments] == [2, 4]
    assert [each["line"] for each in origin.line_segments] == [2, 4]


def test_lists_stand_in_one_column_or_in_numbered_ones():
    header = f"{HEADER},line.modifiers,claim.diagnoses.1,claim.diagnoses.2,line.diagnosis_pointers"
    claims, problems = read(header, f'{ROW},"90, 59",D801,D83.9,AB', f"{SECOND},,D801,D83.9,1 2")
    assert problems == []
    assert claims[0].diagnoses == (Diagnosis("D80.1", role="principal"), Diagnosis("D83.9"))
    assert [each.modifiers for each in claims[0].lines] == [("90", "59"), ()]
    assert [each.diagnosis_pointers for each in claims[0].lines] == [(1, 2), (1, 2)]


def test_providers_of_the_claim_and_of_a_line_are_kept_apart():
    header = f"{HEADER},billing.npi,billing.state,line.rendering.npi,rendering.npi"
    claims, _ = read(header, f"{ROW},1234567893,CA,1993999998,", f"{SECOND},1234567893,CA,,")
    assert claims[0].billing == Provider("1234567893", state="CA")
    assert claims[0].rendering is None
    assert [each.rendering for each in claims[0].lines] == [Provider("1993999998"), None]


def test_a_professional_claim_for_one_day_dates_its_lines():
    header = "claim.id,claim.type,line.code,claim.statement_from,claim.statement_to"
    claims, problems = read(
        header, "1,professional,86329,2026-01-05,2026-01-05", "2,professional,86329,2026-01-05,2026-01-06"
    )
    assert ([each.date for each in claims[0].lines], len(claims), problems) == ([DAY], 2, [])
    assert claims[1].lines[0].date is None  # the feed has no column for it


WRONG = [
    ([ROW.replace("2026-01-05", "2026-02-30")], "flat.date in.csv:line 2: claim 1: line.date: is no date; write it as 2026-01-31, or state in a mapping file how dates are written"),
    ([ROW.replace("2026-01-05", "")], "flat.missing in.csv:line 2: claim 1: line.date: is missing in row 2; a professional line has a date of service"),
    ([ROW.replace("86329", "")], "flat.missing in.csv:line 2: claim 1: line.code: is missing in row 2; a professional line has a procedure code"),
    ([ROW.replace("25.00", "$25")], "flat.number in.csv:line 2: claim 1: line.charge: is no decimal number; write digits with a point, such as 25.00"),
    ([ROW.replace("25.00", '"1,025.00"')], "flat.number in.csv:line 2: claim 1: line.charge: is no decimal number; write digits with a point, such as 25.00"),
    ([ROW.replace("25.00", "2.5E+1")], "flat.number in.csv:line 2: claim 1: line.charge: is no decimal number; write digits with a point, such as 25.00"),
    ([ROW.replace(",1,86329", ",0,86329")], "flat.number in.csv:line 2: claim 1: line.number: is 0; lines count from 1"),
    ([ROW.replace(",1,86329", ",,86329")], "flat.number in.csv:line 2: claim 1: the row has no line number; number the lines of a claim from 1"),
    ([ROW.replace("professional", "profesional")], "flat.word in.csv:line 2: claim 1: claim.type: is none of the words known here; did you mean 'professional'?; a mapping file can translate words"),
    ([ROW.replace("professional", "")], "flat.missing in.csv:line 2: claim 1: claim.type: is missing; a claim is professional or institutional"),
    ([ROW.removeprefix("1")], "flat.no-id in.csv:line 2: the row has no claim identifier; give each row that of its claim"),
    ([ROW.replace("1,p", "1.23E+11,p")], "flat.shortened in.csv:line 2: the claim identifier is a number that a spreadsheet has shortened; store the column as text, with all its digits"),
    ([ROW, ROW], "flat.duplicate-line in.csv:line 2: claim 1: the rows 2 and 3 have the same line number (the 2 rows of the claim are lost); number the lines of a claim, and tell claims apart by a further column (group) if they are two"),
    ([ROW, SECOND.replace("professional", "institutional")], "flat.disagreement in.csv:line 3: claim 1: differs from row 2 of the same claim in claim.type (the 2 rows of the claim are lost); write what belongs to the claim in each of its rows, or tell claims apart by a further column (group)"),
    ([ROW, SECOND.removesuffix(",1")], "csv.cells in.csv:line 3: claim 1: the row has 6 cells, the header 7 (the 2 rows of the claim are lost); quote cells that hold the delimiter, and write empty cells out"),
    ([ROW + ",x"], "csv.cells in.csv:line 2: the row has 8 cells, the header 7; quote cells that hold the delimiter, and write empty cells out"),
    ([ROW, SECOND.replace("36415", "36\x00415")], "csv.nul in.csv:line 3: claim 1: the row has a zero byte (the 2 rows of the claim are lost); save the file as text"),
    ([ROW, SECOND.replace("36415", '"36415')], "csv.quotes in.csv:line 3: claim 1: a quoted cell has no end, or goes on behind it (the 2 rows of the claim are lost); double each quote inside quotes"),
    ([ROW.replace("86329", '"86"329"')], "csv.quotes in.csv:line 2: a quoted cell has no end, or goes on behind it; double each quote inside quotes"),
    ([ROW, SECOND.replace("36415", "3" * 1_100_000)], "csv.too-long in.csv:line 3: the row exceeds a million characters; end each row with a line end"),
    ([ROW.replace("25.00", "x"), SECOND.replace("3,1", "y,1"), "1"], "flat.number in.csv:line 2: claim 1: line.charge: is no decimal number (the 3 rows of the claim are lost); write digits with a point, such as 25.00"),
]  # fmt: skip


@pytest.mark.parametrize(("rows", "message"), WRONG, ids=range(len(WRONG)))
def test_each_fault_is_one_problem_and_other_claims_are_read(rows, message):
    claims, problems = read(HEADER, *rows, OTHER)
    assert problems == [message]
    assert [each for each in ids(claims) if each[0] != "1"] == [("2", 1)]


def test_a_faulty_row_loses_its_claim_whole():
    claims, problems = read(HEADER, ROW, OTHER, SECOND.replace("36415", ""))
    assert ids(claims) == [("2", 1)]
    assert len(problems) == 1


def test_a_row_whose_cells_are_shifted_names_no_claim_by_what_stands_first():
    _, problems = read(HEADER, "ADA QUILL,1,professional")
    assert problems == [
        "csv.cells in.csv:line 2: the row has 3 cells, the header 7; quote cells that hold the delimiter, and write empty cells out"
    ]


HEADERS = [
    (HEADER.replace("line.code", "line.cod"), "flat.column in.csv: the column 'line.cod' is no field of a claim; did you mean 'line.code'?"),
    (HEADER.replace("claim.id,", ""), "flat.column in.csv: no column holds claim.id; name one claim.id, or state it in a mapping file"),
    (HEADER.replace("claim.type,", ""), "flat.column in.csv: no column holds claim.type; name one claim.type, or state it in a mapping file"),
    (f"{HEADER},line.code", "flat.column in.csv: the column 'line.code' stands twice; keep one of them"),
    (f"{HEADER},line.modifiers,line.modifiers.1", "flat.column in.csv: line.modifiers has a column of its own and numbered ones; keep one of the two forms"),
    (f"{HEADER},line.modifiers.2", "flat.column in.csv: the columns of line.modifiers do not count from 1 without a gap; number them on"),
    ("a,b", "flat.layout in.csv: the columns belong to no layout known here; call them as the fields are called (claim.id, line.code), or state a mapping file"),
    ("", "input.empty in.csv: is empty; start with a line that names the columns"),
    ("claim.id\0,claim.type", "csv.nul in.csv: the first line has zero bytes; save the file as text, in UTF-8"),
    ("claim.id," + "x" * 1_100_000, "csv.too-long in.csv: the first line exceeds a million characters; start with a line of columns"),
]  # fmt: skip


@pytest.mark.parametrize(("header", "message"), HEADERS, ids=range(len(HEADERS)))
def test_a_faulty_header_is_one_problem(header, message):
    assert read(header, *([ROW] if header else []), format="csv") == ([], [message])


def test_further_columns_and_empty_rows_are_passed_over():
    claims, problems = read(f"{HEADER},notes", f"{ROW},see file", ",,,,,,,", "", "  ", f"{SECOND},,,")
    assert (ids(claims), problems) == ([("1", 2)], [])


# ---- dialects and encodings ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
def test_the_delimiter_and_the_line_ends_are_found(delimiter, line_end):
    text = line_end.join([HEADER, ROW, SECOND]).replace(",", delimiter)
    claims, problems = read(text)
    assert (ids(claims), problems) == ([("1", 2)], [])
    assert [each.code for each in claims[0].lines] == ["86329", "36415"]


@pytest.mark.parametrize(
    ("encoding", "mark"),
    [
        ("utf-8", b""),
        ("utf-8", b"\xef\xbb\xbf"),
        ("utf-16-le", b"\xff\xfe"),
        ("utf-16-be", b"\xfe\xff"),
        ("utf-16-le", b""),
        ("utf-16-be", b""),
    ],
)
def test_the_encoding_is_found_by_its_mark_or_its_zeros(encoding, mark):
    text = mark + f"{HEADER},payer.name\n{ROW},Żółw\n".encode(encoding)
    claims, problems = read(text)
    assert ([each.payer.name for each in claims], problems) == (["Żółw"], [])


def test_what_is_not_utf_8_is_a_problem_where_it_is_read_and_none_elsewhere():
    row = ROW.encode() + ",Caf\xe9".encode("cp1252")
    assert read(f"{HEADER},payer.name", row) == (
        [],
        [
            "flat.encoding in.csv:line 2: claim 1: payer.name: is not text in the encoding of this file; save the file as UTF-8, or state its encoding"
        ],
    )
    assert ids(read(f"{HEADER},notes", row)[0]) == [("1", 1)]


def test_a_quoted_cell_may_hold_delimiters_quotes_and_line_ends():
    claims, problems = read(f"{HEADER},line.description", f'{ROW},"one, ""two""', 'three"', f"{SECOND},")
    assert (ids(claims), problems) == ([("1", 2)], [])
    assert claims[0].lines[0].description == 'one, "two"\nthree'
    assert claims[0].origin is not None
    assert claims[0].origin.segments == (2, 4)


def test_a_quote_without_end_loses_its_row_alone():
    rows = [f"{n},professional,1,80053,2026-01-06,12,1" for n in range(2, 500)]
    claims, problems = read(HEADER, ROW.replace("86329", '"86329'), *rows)
    assert len(claims) == 498
    assert [each.split()[0] for each in problems] == ["csv.quotes"]


# ---- windows ---------------------------------------------------------------------------------------------------------


def rows_of(*claims: int) -> list[str]:
    return [f"{n},professional,{place},80053,2026-01-06,12,1" for place, n in enumerate(claims, 1)]


def test_rows_of_a_claim_need_not_be_neighbours_within_the_window(monkeypatch):
    monkeypatch.setattr("cpt_rules.readers.flat_layout.WINDOW", 3)
    claims, problems = read(HEADER, *rows_of(1, 2, 3, 1, 2, 3))
    assert (ids(claims), problems) == ([("1", 2), ("2", 2), ("3", 2)], [])


def test_a_claim_that_comes_back_behind_its_window_is_a_problem(small_window):
    claims, problems = read(HEADER, *rows_of(1, 2, 3, 4, 1, 1), mapping=small_window)
    assert ids(claims) == [("1", 1), ("2", 1), ("3", 1), ("4", 1)]
    assert problems == [
        "flat.split in.csv:line 6: claim 1: the claim goes on after other rows, and was taken for whole (the 2 rows of the claim are lost); sort the file by claim, or widen the window (it is 2 rows) in a mapping file"
    ]


def test_neighbours_are_one_claim_however_many_they_are(small_window):
    claims, problems = read(HEADER, *rows_of(*[1] * 50, *[2] * 50), mapping=small_window)
    assert (ids(claims), problems) == ([("1", 50), ("2", 50)], [])


def test_claims_that_would_fill_the_memory_are_closed_early(monkeypatch):
    monkeypatch.setattr("cpt_rules.readers.flat_group.HELD", 200)
    claims, problems = read(HEADER, *rows_of(*range(100), 0))
    assert len(claims) == 100
    assert [each.split()[0] for each in problems] == ["flat.split"]


def test_a_claim_of_too_many_rows_is_a_problem(monkeypatch):
    monkeypatch.setattr("cpt_rules.readers.flat.LINES", 10)
    claims, problems = read(HEADER, *rows_of(*[1] * 20, 2))
    assert ids(claims) == [("2", 1)]
    assert problems == [
        "flat.too-many-rows in.csv:line 12: claim 1: the claim has more than 10 rows (the 20 rows of the claim are lost); send each claim once"
    ]


@pytest.fixture
def small_window(tmp_path):
    path = tmp_path / "small.yaml"
    columns = "".join(f"  {name}: {name}\n" for name in HEADER.split(","))
    path.write_text(f"mapping: small\nwindow: 2\ncolumns:\n{columns}")
    return path


def test_an_input_of_which_most_rows_are_faulty_is_not_read_to_its_end():
    rows = [f"{n},professional,1,,2026-01-06,12,1" for n in range(100_000)]
    claims, problems = read(HEADER, *rows)
    assert claims == []
    assert len(problems) < 15_000
    assert problems[-1] == (
        "flat.too-many-problems in.csv: most rows are faulty; the rest of them is not read; "
        "mend the file, or say in a mapping file what its columns hold"
    )


def test_a_thousand_problems_among_many_rows_do_not_end_the_reading():
    rows = [
        f"{n},professional,{place},{'' if place == 4 else 1},2026-01-06,12,1"
        for n in range(1200)
        for place in range(1, 5)
    ]
    claims, problems = read(HEADER, *rows, OTHER.replace("2,p", "last,p"))
    assert [claim.id for claim in claims] == ["last"]
    assert len(problems) == 1200
