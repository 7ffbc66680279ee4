"""HCPCS Level II: the text of fixed width, the workbook, the csv, the zip."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from cpt_rules.tables.edition import Cell
from cpt_rules.tables.importing import import_table
from tests.tables.small_files import Sheet, csv_text, hcpcs_line, imported, write_csv, write_text, write_xlsx, write_zip

LABCERTS = [f"LABCERT{number}" for number in range(1, 9)]
HEADER = [
    "HCPC",
    "SEQNUM",
    "RECID",
    "LONG DESCRIPTION",
    *LABCERTS,
    "COV",
    "ADD DT",
    "ACT EFF DT",
    "TERM DT",
    "ACTION CD",
]


def row(code: str, record: str, since: str, until: str = "", *certificates: str) -> list[object]:
    listed = [*certificates, *[""] * (8 - len(certificates))]
    return [code, "0010", record, "X", *listed, "C", since, since, until, "N"]


TABLE: Sheet = [
    ["***Disclaimers"],
    [],
    ["*In some instances, brand names may appear."],
    HEADER,
    row("   L1", "7", "20140701", "20161231"),
    row("   QW", "7", "19920101"),
    row("G0472", "3", "20140602", "", "220"),
    ["G0472", "0020", "4", "X", *[""] * 13],
    row("G0475", "3", "20150413", "", "140", "220"),
    row("G0434", "3", "20110101", "20171231", "340"),
]
TEXT = (
    "***Disclaimers" + "\t" * 46,
    "\t" * 46,
    "",
    hcpcs_line("L1", "7", "20140701", "20161231"),
    hcpcs_line("QW", "7", "19920101"),
    hcpcs_line("G0472", "3", "20140602", certificates=["220"]),
    hcpcs_line("G0472", "4", sequence="00200"),
    hcpcs_line("G0475", "3", "20150413", certificates=["140", "220"]),
    hcpcs_line("G0434", "3", "20110101", "20171231", certificates=["340"]),
)
OPEN = dt.date(9999, 12, 31)


def said(since: dt.date, until: dt.date = OPEN, *certificates: str) -> list[dict[str, Cell]]:
    return [{"since": since, "until": until, "labcert": certificates}]


FIRST = dt.date(2016, 12, 31)
IN_2019 = {
    ("QW",): said(FIRST),
    ("G0472",): said(FIRST, OPEN, "220"),
    ("G0475",): said(FIRST, OPEN, "140", "220"),
}


def test_the_text_of_fixed_width(tmp_path: Path) -> None:
    file = write_text(tmp_path / "HCPC2019_CONTR_ANWEB.txt", *TEXT)
    assert imported(tmp_path / "store", "hcpcs", file) == IN_2019


def test_the_text_with_the_byte_that_ends_files_of_dos(tmp_path: Path) -> None:
    file = write_text(tmp_path / "HCPC2019_CONTR_ANWEB.txt", *TEXT, "\x1a", end="\n")
    assert imported(tmp_path / "store", "hcpcs", file) == IN_2019


def test_the_workbook_with_dates_stored_as_numbers(tmp_path: Path) -> None:
    rows = [[int(cell) if len(str(cell)) == 8 and str(cell).isdigit() else cell for cell in row] for row in TABLE]
    file = write_xlsx(tmp_path / "HCPC2019_CONTR_ANWEB.xlsx", A=rows)
    assert imported(tmp_path / "store", "hcpcs", file) == IN_2019


def test_the_csv(tmp_path: Path) -> None:
    file = write_csv(tmp_path / "HCPC2019_ANWEB.csv", [row for row in TABLE if row])
    assert imported(tmp_path / "store", "hcpcs", file) == IN_2019


def test_a_code_that_ended_is_found_on_its_last_day_and_not_after_it(tmp_path: Path) -> None:
    file = write_text(tmp_path / "HCPC2019_CONTR_ANWEB.txt", *TEXT)
    last = imported(tmp_path / "store", "hcpcs", file, day=dt.date(2017, 12, 31))
    assert last[("G0434",)] == said(FIRST, dt.date(2017, 12, 31), "340")
    assert ("G0434",) not in imported(tmp_path / "other", "hcpcs", file, day=dt.date(2018, 1, 1))


def test_no_row_speaks_of_days_before_the_first_end_still_listed(tmp_path: Path) -> None:
    file = write_text(tmp_path / "HCPC2019_CONTR_ANWEB.txt", *TEXT)
    assert ("L1",) in imported(tmp_path / "store", "hcpcs", file, day=FIRST)
    with pytest.raises(AssertionError):  # no edition answers for the day before
        imported(tmp_path / "other", "hcpcs", file, day=FIRST - dt.timedelta(1))


def test_a_zip_is_read_by_its_text_and_not_by_its_transactions(tmp_path: Path) -> None:
    file = write_zip(
        tmp_path / "release.zip",
        HCPC2019_CONTR_ANWEB_txt="\r\n".join(TEXT),
        HCPC2019_CONTR_ANWEB_xlsx=b"never opened",
        HCPC2019_ANWEB_Transactions_txt="X",
        proc_notes_2019_txt="X",
    )
    assert imported(tmp_path / "store", "hcpcs", file) == IN_2019


def test_a_zip_without_a_text_is_read_by_its_csv(tmp_path: Path) -> None:
    file = write_zip(tmp_path / "a.zip", HCPC2019_ANWEB_csv=csv_text([r for r in TABLE if r]), notes_txt="X")
    assert imported(tmp_path / "store", "hcpcs", file) == IN_2019


@pytest.mark.parametrize(
    ("name", "edition", "last"),
    [
        ("HCPC2026_OCT_ANWEB.csv", "2026Q4", dt.date(2026, 12, 31)),
        ("HCPC2024_JAN_ANWEB_v2.csv", "2024Q1", dt.date(2024, 3, 31)),
        ("HCPC2019_CONTR_ANWEB.csv", "2019", dt.date(2019, 12, 31)),
    ],
)
def test_a_release_tells_its_quarter_or_year(tmp_path: Path, name: str, edition: str, last: dt.date) -> None:
    file = write_csv(tmp_path / name, [HEADER, row("G0472", "3", "20140602", "", "220")])
    manifest, _ = import_table("hcpcs", [file], root=tmp_path / "store")
    assert (manifest.edition, manifest.effective_to) == (edition, last)
