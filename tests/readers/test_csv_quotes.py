"""Quoted cells that go on in further lines: told as by reading each record anew from its first line, in time that the
length of the input alone decides."""

from __future__ import annotations

import csv
import io
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cpt_rules.readers import InputProblem, flat_csv, read_claims
from cpt_rules.readers.flat_csv import LONGEST_QUOTE, _Header, _Records

MEGABYTE = 1 << 20


def told(lines: list[str]) -> list[tuple[int, list[str] | None]]:
    """The number and the cells of each row, None where its quotes are not in order."""
    records = _Records(enumerate(lines, 1), _Header(("a", "b"), ","))
    return [
        (row.number, None if row.fault is not None and row.fault.code == "csv.quotes" else list(row.cells))
        for row in records.rows()
    ]


def plainly(lines: list[str], longest: int) -> list[tuple[int, list[str] | None]]:
    """The same, told by taking one line more until the quotes are in order, or can never be."""
    found: list[tuple[int, list[str] | None]] = []
    at = 0
    while at < len(lines):
        size = 1
        cells: list[str] | None = None
        if '"' not in lines[at]:
            cells = lines[at].split(",")
        else:
            while at + size <= len(lines) and size <= longest + 1:
                try:
                    cells = next(csv.reader(["\n".join(lines[at : at + size])], strict=True))
                    break
                except csv.Error as error:
                    if "unexpected end" not in str(error):
                        break
                    size += 1
        if cells is None:
            size = 1
        if cells is None or lines[at].strip(', \t"') or '"' in lines[at]:
            found.append((at + 1, cells if cells is None or len(cells) <= 2 or any(cells[2:]) else cells[:2]))
        at += size
    return found


@settings(max_examples=200, deadline=None)
@given(st.lists(st.text('",ab', max_size=6), max_size=12), st.sampled_from([1, 2, 200]))
def test_rows_are_those_of_reading_each_record_anew(lines, longest):
    """Law: what was looked at before changes nothing."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(flat_csv, "LONGEST_QUOTE", longest)
        assert told(lines) == plainly(lines, longest)


def test_a_cell_may_reach_over_so_many_lines_and_no_further():
    inside = ["x"] * (LONGEST_QUOTE - 1)
    assert told(['1,"', *inside, 'y"', "2,b"]) == [(1, ["1", "\n" + "x\n" * len(inside) + "y"]), (202, ["2", "b"])]
    assert told(['1,"', *inside, "x", 'y"'])[0] == (1, None)


@pytest.mark.parametrize("unit", ['x","y\n', 'A,",\n', 'x","y\n1,professional\n1,professional\n', '"99""9,\n"8"",9\n'])
def test_quotes_without_order_take_no_more_time_than_other_text(unit):
    body = "claim.id,claim.type,line.code,line.date\n" + unit * (MEGABYTE // len(unit))
    problems: list[InputProblem] = []
    started = time.process_time()
    claims = list(read_claims(io.BytesIO(body.encode()), format="csv", on_problem=problems.append))
    assert time.process_time() - started < 30  # each record read anew it would be minutes
    assert claims == []
    assert problems
