"""Reading of files as shipped: rows and their numbers, headers by name, editions; and no exception but `TableError`."""

from __future__ import annotations

import builtins
import contextlib
import datetime as dt
import io
import tracemalloc
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cpt_rules.tables.cms.common import Files, Table, TableError, headed, period_of, settled
from cpt_rules.tables.importing import IMPORTERS, import_table
from tests.tables.ncci import ADD_ON, MUE, PTP
from tests.tables.small_files import write_csv, write_xlsx

_NAMES = {"code": ("HCPCS Code", "Code"), "units": ("Units*",)}


def tables(path: Path, **options: Any) -> list[tuple[Table, list[tuple[int, tuple[str, ...]]]]]:
    return [(table, list(table.records())) for table in headed(Files((path,)), _NAMES, **options)]


def test_rows_are_numbered_by_the_line_where_they_begin(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text('"one\ntwo"\n\nCode,Units,X\n1,2,"a\nb"\n,,\n\n 3 ,4 ,\n', encoding="utf-8")
    ((table, records),) = tables(path)
    assert (table.header, table.above[0]) == (4, (1, ["one\ntwo"]))
    assert records == [(5, ("1", "2")), (9, ("3", "4"))]


def test_a_header_over_several_rows(tmp_path: Path) -> None:
    path = write_csv(tmp_path / "a.csv", [["A title", "", ""], ["", "units", ""], ["HCPCS", "OF", ""], ["CODE", "SERVICE", "X"],
                                          ["00001", "2", ""]])  # fmt: skip
    ((_, records),) = tables(path, stacked=3)
    assert records == [(5, ("00001", "2"))]
    with pytest.raises(TableError):
        tables(path, stacked=1)


def test_what_is_left_of_a_stacked_header_is_taken_in_but_no_row_with_a_number(tmp_path: Path) -> None:
    path = write_csv(tmp_path / "a.csv", [["code", "units"], ["", "(of service)"], ["", "5"], ["00001", "2"]])
    ((table, records),) = tables(path, stacked=4)
    assert (table.header, records) == (2, [(3, ("", "5")), (4, ("00001", "2"))])


def test_an_optional_column_and_the_first_of_several_accepted_names(tmp_path: Path) -> None:
    path = write_csv(tmp_path / "a.csv", [["CODE", "hcpcs_code", "units per day"], ["no", "00001", "2"]])
    ((table, records),) = tables(path, optional={"mai": ("MAI",)})
    assert not table.has("mai")
    assert records == [(2, ("00001", "2", ""))]


def test_worksheets_without_the_header_are_passed_over_hidden_ones_not_looked_at(tmp_path: Path) -> None:
    path = write_xlsx(
        tmp_path / "a.xlsx", Notes=[["x"]], One=[["Code", "Units"], ["00001", 1]], Two=[["Code", "Units"], [2, 2.0]]
    )
    openpyxl = pytest.importorskip("openpyxl")
    book = openpyxl.load_workbook(path)
    book["One"].sheet_state = "hidden"
    book.save(path)
    assert [(table.sheet.title, records) for table, records in tables(path)] == [("Two", [(2, ("2", "2"))])]


def test_a_worksheet_gives_cells_as_a_csv_has_them(tmp_path: Path) -> None:
    cells = ["00001", 5, 5.0, 5.25, dt.date(2026, 1, 31), dt.datetime(2026, 1, 31, 12), None, " x "]
    path = write_xlsx(tmp_path / "a.xlsx", One=[cells])
    rows = [list(sheet.rows) for sheet in Files((path,)).sheets()]
    assert rows == [[(1, ["00001", "5", "5", "5.25", "2026-01-31", "2026-01-31", "", " x "])]]


def test_without_openpyxl_the_message_says_how_to_get_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write_xlsx(tmp_path / "a.xlsx", One=[["Code", "Units"]])
    present = builtins.__import__

    def absent(name: str, *rest: Any) -> Any:
        if name == "openpyxl":
            raise ImportError
        return present(name, *rest)

    monkeypatch.setattr(builtins, "__import__", absent)
    with pytest.raises(TableError) as caught:
        tables(path)
    assert str(caught.value) == (
        f"{path}: reading .xlsx needs openpyxl; `pip install 'cpt-rules[excel]'`, or save the sheet as .csv"
    )


def test_windows_letters_are_read_where_utf_8_fails(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes("Code,Units,CPT®\n00001,1,é\n".encode("cp1252") + "00002,2,é\n".encode())
    (sheet,) = Files((path,)).sheets()
    assert [cells[2] for _, cells in sheet.rows] == ["CPT®", "é", "é"]


def test_a_long_text_is_never_in_memory_as_a_whole(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    line = "00001,1," + "x" * 80 + "\n"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive, archive.open("a.csv", "w") as file:
        file.write(b"Code,Units,X\n")
        for number in range(200_000):
            file.write(line.replace("00001", f"{number:05}").encode())
    tracemalloc.start()
    ((table),) = headed(Files((path,)), _NAMES)
    count = sum(1 for _ in table.records())
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert count == 200_000
    assert peak < 2_000_000


@pytest.mark.parametrize(
    ("name", "since", "until"),
    [
        ("2026Q3", dt.date(2026, 7, 1), dt.date(2026, 9, 30)),
        ("2026q4", dt.date(2026, 10, 1), dt.date(2026, 12, 31)),
        ("2024-02", dt.date(2024, 2, 1), dt.date(2024, 2, 29)),
        ("2025-12", dt.date(2025, 12, 1), dt.date(2025, 12, 31)),
        ("2026", dt.date(2026, 1, 1), dt.date(2026, 12, 31)),
    ],
)
def test_editions(name: str, since: dt.date, until: dt.date) -> None:
    made = period_of(name)
    assert (made.edition, made.since, made.until) == (name.upper(), since, until)
    assert settled("f", None, name) == settled("f", made, None) == settled("f", made, name) == made


@pytest.mark.parametrize("name", ["", "Q3", "2026Q5", "2026-13", "26Q3", "2026Q3 r1", "１０26", "2026/07"])
def test_no_editions(name: str) -> None:
    with pytest.raises(TableError):
        period_of(name)


# Whatever the bytes, an import gives a table or a `TableError`.

_GIVEN = {"ncci-ptp": PTP[0], "ncci-mue": MUE, "ncci-add-on": ADD_ON}


def _zipped(content: bytes) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("inside.txt", content)
    return made.getvalue()


@pytest.fixture(scope="module")
def workbook(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    rows: Sequence[Sequence[object]] = [["HCPCS/CPT Code", "Practitioner MUE Values", "MAI"], ["00001", 1, "2"]]
    return write_xlsx(tmp_path_factory.mktemp("book") / "a.xlsx", One=rows).read_bytes()


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(
    kind=st.sampled_from(sorted(_GIVEN)),
    wrapped=st.sampled_from(["plain", "zip", "book"]),
    where=st.floats(0, 1),
    what=st.binary(max_size=12),
    cut=st.booleans(),
)
def test_no_bytes_end_in_another_exception(
    kind: str, wrapped: str, where: float, what: bytes, cut: bool, workbook: bytes, tmp_path: Path
) -> None:
    content = _GIVEN[kind].read_bytes()
    content = {"plain": content, "zip": _zipped(content), "book": workbook}[wrapped]
    place = int(where * len(content))
    path = tmp_path / "given.any"
    path.write_bytes(content[:place] + what + (b"" if cut else content[place + len(what) :]))
    setting = None if kind == "ncci-add-on" else "practitioner"
    with contextlib.suppress(TableError):
        import_table(kind, [path], root=tmp_path / "store", edition="2026Q3", setting=setting)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(
    kind=st.sampled_from(sorted(IMPORTERS)),
    content=st.one_of(st.binary(max_size=300), st.text(max_size=300).map(str.encode)),
)
def test_no_importer_ends_in_another_exception(kind: str, content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "given.any"
    path.write_bytes(content)
    with pytest.raises(TableError):
        import_table(kind, [path], root=tmp_path / "store", edition="2026Q3")
