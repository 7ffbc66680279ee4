"""Import of NCCI PTP edits in every shape they are shipped in."""

from __future__ import annotations

import csv
import datetime as dt
import io
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from cpt_rules.tables.edition import Cell
from cpt_rules.tables.importing import import_table
from tests.tables.ncci import OPEN, PTP, PTP_HEADER, all_rows, opened, parts
from tests.tables.small_files import all_files, write_xlsx

ROWS: list[tuple[Cell, ...]] = [
    ("00001", "00002", dt.date(1996, 1, 1), OPEN, "0"),
    ("00001", "00003", dt.date(2019, 7, 1), dt.date(2023, 12, 31), "1"),
    ("0001A", "00001", dt.date(2022, 1, 1), dt.date(2022, 1, 1), "9"),
    ("10001", "10002", dt.date(2020, 1, 1), OPEN, "1"),
    ("10001", "10003", dt.date(2010, 1, 1), dt.date(2015, 12, 31), "0"),
    ("10001", "10003", dt.date(2016, 1, 1), OPEN, "1"),
    ("G0001", "10002", dt.date(2024, 1, 1), OPEN, "0"),
    ("V9999", "G0001", dt.date(2024, 1, 1), dt.date(2024, 6, 30), "1"),
]


def rows_of(path: Path) -> list[list[str]]:
    """The rows of a part, without what stands over them."""
    lines = path.read_text(encoding="utf-8").splitlines()[6:]
    return [line.split("\t")[:7] for line in lines if line.strip()]


def as_shipped(path: Path, folder: Path) -> Path:
    return path


def with_line_feeds(path: Path, folder: Path) -> Path:
    made = folder / path.name
    made.write_bytes(path.read_bytes().replace(b"\r\n", b"\n"))
    return made


def with_a_mark(path: Path, folder: Path) -> Path:
    made = folder / path.name
    made.write_bytes(b"\xef\xbb\xbf" + path.read_bytes() + b"\x1a")
    return made


def in_utf_16(path: Path, folder: Path) -> Path:
    made = folder / path.name
    made.write_bytes(path.read_text(encoding="utf-8").encode("utf-16"))
    return made


def zipped(path: Path, folder: Path) -> Path:
    """As CMS packs it: the text, and beside it a workbook that is not looked at."""
    made = folder / f"medicare-ncci-2026q3-practitioner-ptp-edits-{path.stem}.zip"
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.write(path, path.name)
        archive.writestr(f"{path.stem}.xlsx", b"no workbook")
    return made


def as_csv(path: Path, folder: Path) -> Path:
    made = folder / f"{path.stem}.csv"
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(["A notice,\r\nin two lines", *[""] * 6])
    writer.writerow([heading.replace(" ", "\r\n", 1) for heading in PTP_HEADER])
    writer.writerows(rows_of(path))
    made.write_text(text.getvalue(), encoding="utf-8", newline="")
    return made


def as_workbook(path: Path, folder: Path) -> Path:
    """Numbers as numbers where they have no leading zero, as a spreadsheet has them."""
    rows: list[list[object]] = [["A notice"], ["Column1/Column2 Edits"], list(PTP_HEADER)]
    for row in rows_of(path):
        rows.append([int(cell) if cell.isdigit() and cell[0] != "0" else cell for cell in row])
    return write_xlsx(folder / f"{path.stem}.xlsx", Notes=[["nothing"]], Edits=rows)


@pytest.mark.parametrize(
    "shape",
    [as_shipped, with_line_feeds, with_a_mark, in_utf_16, zipped, as_csv, as_workbook],
    ids=lambda f: f.__name__,
)
def test_every_shape_gives_the_same_rows(shape: Callable[[Path, Path], Path], tmp_path: Path) -> None:
    folder = tmp_path / "given"
    folder.mkdir()
    manifest, changed = import_table("ncci-ptp", [shape(path, folder) for path in PTP], root=tmp_path / "store")
    assert changed
    assert (manifest.rows, manifest.folded, manifest.refused) == (8, 1, 0)
    assert (manifest.edition, manifest.setting, manifest.publisher, manifest.complete) == (
        "2026Q3",
        "practitioner",
        "CMS",
        True,
    )
    assert (manifest.effective_from, manifest.effective_to) == (dt.date(2026, 7, 1), dt.date(2026, 9, 30))
    assert all_rows(opened(tmp_path / "store", "ncci.ptp", "practitioner")) == ROWS


def test_the_order_of_the_files_does_not_matter(tmp_path: Path) -> None:
    import_table("ncci-ptp", PTP, root=tmp_path / "one")
    import_table("ncci-ptp", PTP[::-1], root=tmp_path / "two")
    assert all_files(tmp_path / "one") == all_files(tmp_path / "two")


def test_no_descriptor_and_no_rationale_reaches_the_store(tmp_path: Path) -> None:
    given = parts(tmp_path / "given", [("00001", "00002", "", "20200101", "*", "0", "A SENTENCE OF THE PUBLISHER")])
    import_table("ncci-ptp", given, root=tmp_path / "store")
    assert not [name for name, content in all_files(tmp_path / "store").items() if b"SENTENCE" in content]


def test_rows_that_contradict_each_other_stay_as_they_are(tmp_path: Path) -> None:
    twice = [("00001", "00002", "", "20200101", "*", "0", ""), ("00001", "00002", "", "20200101", "*", "1", "")]
    manifest, _ = import_table("ncci-ptp", parts(tmp_path / "given", twice), root=tmp_path / "store")
    edition = opened(tmp_path / "store", "ncci.ptp", "practitioner")
    found = edition.find(("00001", "00002"), dt.date(2026, 7, 1))
    assert [edition.cell("indicator", row) for row in found] == ["0", "1"]
    assert (manifest.rows, manifest.folded) == (5, 0)


@pytest.mark.parametrize(
    ("name", "edition", "setting"),
    [
        ("ccipra-v302r0", "2024Q3", "practitioner"),
        ("ccipra-v250r1", "2019Q1", "practitioner"),
        ("CCIOPH-V323R0", "2026Q4", "hospital"),
    ],
)
def test_the_name_tells_edition_and_setting(name: str, edition: str, setting: str, tmp_path: Path) -> None:
    given = parts(tmp_path / "given", [("00001", "00002", "", "20200101", "*", "0", "")], name)
    manifest, _ = import_table("ncci-ptp", given, root=tmp_path / "store")
    assert (manifest.edition, manifest.setting) == (edition, setting)


def test_medicaid_ships_one_file_with_names_of_its_own_and_no_star(tmp_path: Path) -> None:
    given = tmp_path / "medicaid-ncci-q2-2026-ptp-edits-practitioner-services.csv"
    given.write_text(
        "Col1,Col2,EffDt,DelDt,ModifierIndicator_0_not_allowed_1_allowed_9_not_applicable,PTP_Edit_Rationale\n"
        "00001,00002,20220101,,1,X\n00001,00003,20220101,20231231,0,X\n",
        encoding="utf-8",
    )
    manifest, _ = import_table("ncci-ptp", [given], root=tmp_path / "store", setting="medicaid-practitioner")
    assert (manifest.edition, manifest.setting) == ("2026Q2", "medicaid-practitioner")
    assert all_rows(opened(tmp_path / "store", "ncci.ptp", "medicaid-practitioner")) == [
        ("00001", "00002", dt.date(2022, 1, 1), OPEN, "1"),
        ("00001", "00003", dt.date(2022, 1, 1), dt.date(2023, 12, 31), "0"),
    ]


def test_a_file_that_says_nothing_takes_setting_and_edition_from_the_options(tmp_path: Path) -> None:
    given = tmp_path / "edits.txt"
    shutil.copy(PTP[0], given)
    manifest, _ = import_table("ncci-ptp", [given], root=tmp_path / "store", setting="hospital", edition="2026-07")
    assert (manifest.edition, manifest.setting, manifest.rows) == ("2026Q3", "hospital", 3)
