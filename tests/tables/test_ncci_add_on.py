"""Import of NCCI add-on code edits: the fixed-width text, the workbook, csv."""

from __future__ import annotations

import datetime as dt
import zipfile
from pathlib import Path

import pytest

from cpt_rules.tables.edition import Cell
from cpt_rules.tables.importing import import_table
from tests.tables.ncci import ADD_ON, OPEN, all_rows, opened
from tests.tables.small_files import write_csv, write_xlsx

ROWS: list[tuple[Cell, ...]] = [
    ("00002", "00001", "1", dt.date(2013, 4, 1), OPEN),
    ("00002", "00003", "1", dt.date(2016, 1, 1), dt.date(2020, 12, 31)),
    ("00004", "00005", "3", dt.date(2021, 1, 1), dt.date(2023, 12, 31)),
    ("00004", "00001", "3", dt.date(2021, 1, 1), OPEN),
    ("0001T", "CCCCC", "2", dt.date(2013, 4, 1), OPEN),
]
SHEET: list[list[object]] = [
    ["AOC_Edit_Type", "Add-On_Code", "AOC_DelDT (Julian)", "Primary_Code", "Primary_Code_DelDT (Julian)",
     "AOC_Edit_EffDT (Julian)", "AOC_Edit_DelDT (Julian)", "Special_Instruction_Notes"],
    [2, "0001T", None, "CCCCC", None, 2013091, None, "X"],
    [1, "00002", None, "00001", None, 2013091, None, None],
    [1, "00002", None, "00003", 2020366, 2016001, 2020366, None],
    [3, "00004", 2024366, "00001", None, 2021001, None, None],
    [3, "00004", 2024366, "00005", 2023365, 2021001, 2023365, "X"],
]  # fmt: skip


def test_the_fixed_width_text(tmp_path: Path) -> None:
    manifest, _ = import_table("ncci-add-on", [ADD_ON], root=tmp_path)
    assert (manifest.edition, manifest.setting, manifest.rows) == ("2026Q3", None, 5)
    assert all_rows(opened(tmp_path, "ncci.add-on", None)) == ROWS


def test_other_widths_between_the_columns_of_the_text(tmp_path: Path) -> None:
    given = tmp_path / "AOC_V2026Q3_01-MCR.txt"
    given.write_text("A notice\n\n20001T   CCCCC   2013091   X\n100002   00001   2016001\n", encoding="ascii")
    import_table("ncci-add-on", [given], root=tmp_path / "store")
    assert all_rows(opened(tmp_path / "store", "ncci.add-on", None)) == [
        ("00002", "00001", "1", dt.date(2016, 1, 1), OPEN),
        ("0001T", "CCCCC", "2", dt.date(2013, 4, 1), OPEN),
    ]


def test_the_workbook(tmp_path: Path) -> None:
    given = write_xlsx(tmp_path / "AOC_V2026Q3-MCR.xlsx", AOC=[["A notice"], *SHEET])
    import_table("ncci-add-on", [given], root=tmp_path / "store")
    assert all_rows(opened(tmp_path / "store", "ncci.add-on", None)) == ROWS


def test_of_the_zip_the_workbook_for_its_columns_have_headings(tmp_path: Path) -> None:
    book = write_xlsx(tmp_path / "AOC_V2026Q3-MCR.xlsx", AOC=[["A notice"], *SHEET])
    given = tmp_path / "add-code-edits-medicare-effective-07012026.zip"
    with zipfile.ZipFile(given, "w") as archive:
        archive.write(book, "aoc.xlsx")
        archive.writestr("aoc.txt", b"not looked at")
    manifest, _ = import_table("ncci-add-on", [given], root=tmp_path / "store")
    assert (manifest.edition, all_rows(opened(tmp_path / "store", "ncci.add-on", None))) == ("2026Q3", ROWS)


def test_csv_without_the_dates_of_the_codes(tmp_path: Path) -> None:
    columns = (0, 1, 3, 5, 6)
    rows = [["" if row[place] is None else str(row[place]) for place in columns] for row in SHEET]
    given = write_csv(tmp_path / "aoc.csv", rows)
    import_table("ncci-add-on", [given], root=tmp_path / "store", edition="2026Q3")
    assert all_rows(opened(tmp_path / "store", "ncci.add-on", None)) == ROWS


@pytest.mark.parametrize(
    ("day", "primaries"),
    [
        (dt.date(2013, 3, 31), []),
        (dt.date(2013, 4, 1), ["00001"]),
        (dt.date(2016, 1, 1), ["00001", "00003"]),
        (dt.date(2020, 12, 31), ["00001", "00003"]),
        (dt.date(2021, 1, 1), ["00001"]),
    ],
)
def test_the_day_of_service_picks_the_primaries(day: dt.date, primaries: list[str], tmp_path: Path) -> None:
    import_table("ncci-add-on", [ADD_ON], root=tmp_path)
    edition = opened(tmp_path, "ncci.add-on", None)
    assert [edition.cell("primary", row) for row in edition.find(("00002",), day)] == primaries
