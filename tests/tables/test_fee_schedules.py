"""The physician fee schedule and the clinical laboratory fee schedule, in every shape of their files."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from pathlib import Path

import pytest

from cpt_rules.tables.importing import import_table
from cpt_rules.tables.manifest import TableError
from tests.tables.small_files import Sheet, csv_text, imported, write_csv, write_xlsx, write_zip

PLAIN: Sheet = [
    ["hcpcs", "mod", "status_code", "work_rvu", "pctc_ind", "glob_days", "bilat_surg"],
    ["86329", "", "X", "0", "9", "XXX", "9"],
    ["84165", "", "X", "0", "9", "XXX", "9"],
    ["84165", "26", "A", "0.37", "6", "XXX", "0"],
]
STACKED: Sheet = [
    ["", "", "2026 National Physician Fee Schedule Relative Value File July Release", "", "", "", "", "", ""],
    ["", "", "CPT codes and descriptions only are copyright of the AMA.", "", "", "", "", "", ""],
    ["", "", "", "", "", "", "", "", ""],
    ["", "", "", "", "NOT USED", "", "", "", ""],
    ["", "", "", "", "FOR", "", "", "", ""],
    ["", "", "", "STATUS", "MEDICARE", "PCTC", "BILAT", "PRIC", "CONV"],
    ["HCPCS", "MOD", "DESCRIPTION", "CODE", "PAYMENT", "IND", "SURG", "IND", "FACTOR"],
    ["86329", "", "X", "X", "", "9", "9", "9", "33.4009"],
    ["84165", "26", "X", "A", "", "6", "0", "9", "33.4009"],
]
SCHEDULE = {
    ("86329", ""): [{"status": "X", "pctc": "9", "bilateral": "9"}],
    ("84165", "26"): [{"status": "A", "pctc": "6", "bilateral": "0"}],
}

LABORATORY: Sheet = [
    ["A title", "", "", "", "", "", "", "", ""],
    ["CPT codes are copyright of the AMA,", "", "", "", "", "", "", "", ""],
    ["Applicable FARS/DFARS apply", "", "", "", "", "", "", "", ""],
    ["", "", "", "", "", "", "", "", ""],
    ["YEAR", "HCPCS", "MOD", "EFF_DATE", "INDICATOR", "RATE", "SHORTDESC", "LONGDESC", "EXTENDEDLONGDESC"],
    ["2025", "80053", "", "20250101", "N", "00010.56", "X", "X", "X"],
    ["2025", "80053", "QW", "20250101", "N", "00010.56", "X", "X", "X"],
    ["2025", "0020M", "", "20250401", "L", "00000.00", "X", "X", "X"],
]
RATES = {
    ("80053", ""): [{"indicator": "N", "rate": Decimal("10.56")}],
    ("80053", "QW"): [{"indicator": "N", "rate": Decimal("10.56")}],
    ("0020M", ""): [{"indicator": "L", "rate": Decimal("0.00")}],
}


def test_pfs_with_a_plain_header(tmp_path: Path) -> None:
    file = write_csv(tmp_path / "pprrvu.csv", PLAIN)
    rows = imported(tmp_path / "store", "pfs", file, edition="2024Q3")
    assert rows == SCHEDULE | {("84165", ""): [{"status": "X", "pctc": "9", "bilateral": "9"}]}


def test_pfs_with_a_stacked_header_tells_its_release(tmp_path: Path) -> None:
    file = write_csv(tmp_path / "a.csv", STACKED)
    assert imported(tmp_path / "store", "pfs", file, day=dt.date(2026, 9, 30)) == SCHEDULE


def test_pfs_as_a_workbook_with_codes_stored_as_numbers(tmp_path: Path) -> None:
    rows = [[int(cell) if str(cell).isdigit() else cell for cell in row] for row in STACKED]
    assert imported(tmp_path / "store", "pfs", write_xlsx(tmp_path / "a.xlsx", July=rows)) == SCHEDULE


def test_pfs_zip_reads_the_relative_values_alone(tmp_path: Path) -> None:
    file = write_zip(tmp_path / "RVU24C.zip", GPCI2024_csv="X", PPRRVU24_JUL_csv=csv_text(PLAIN), PPRRVU24_JUL_txt="X")
    manifest, _ = import_table("pfs", [file], root=tmp_path / "store")
    assert (manifest.edition, manifest.rows) == ("2024Q3", 3)
    assert (manifest.effective_from, manifest.effective_to) == (dt.date(2024, 7, 1), dt.date(2024, 9, 30))


def test_pfs_qpp_and_non_qpp_files_are_one_table(tmp_path: Path) -> None:
    one = write_csv(tmp_path / "PPRRVU2026_Jul_nonQPP.csv", STACKED)
    other = write_csv(
        tmp_path / "PPRRVU2026_Jul_QPP.csv", [[*row[:8], "33.5675"] for row in STACKED[:3]] + [*STACKED[3:]]
    )
    assert imported(tmp_path / "store", "pfs", one, other) == SCHEDULE


@pytest.mark.parametrize(
    ("name", "edition"),
    [
        ("PPRRVU24_JAN.csv", "2024Q1"),
        ("PPRRVU2026_Apr_QPP.csv", "2026Q2"),
        ("pprrvu25_oct.csv", "2025Q4"),
        ("PPRRVU_rvu24d.csv", "2024Q4"),
    ],
)
def test_pfs_tells_its_release_by_its_name(tmp_path: Path, name: str, edition: str) -> None:
    manifest, _ = import_table("pfs", [write_csv(tmp_path / name, PLAIN)], root=tmp_path / "store")
    assert manifest.edition == edition


def test_pfs_of_two_releases_at_once_is_refused(tmp_path: Path) -> None:
    one = write_csv(tmp_path / "PPRRVU24_JAN.csv", PLAIN)
    other = write_csv(tmp_path / "PPRRVU24_JUL.csv", [*PLAIN, ["80053", "", "X", "0", "9", "XXX", "9"]])
    with pytest.raises(TableError) as error:
        import_table("pfs", [one, other], root=tmp_path / "store")
    assert str(error.value) == (
        f"{one}: is edition 2024Q3, another file of this import is 2024Q1; import each edition by itself"
    )


@pytest.mark.parametrize("name", ["clfs.csv", "CLFS 2025 Q2V1.csv", "PUF_CLFS_CY2025_Q2V1.csv"])
def test_clfs_below_its_four_lines(tmp_path: Path, name: str) -> None:
    file = write_csv(tmp_path / name, LABORATORY)
    assert imported(tmp_path / "store", "clfs", file, edition="2025Q2" if name == "clfs.csv" else None) == RATES


def test_clfs_as_a_workbook_with_numbers_for_codes_dates_and_rates(tmp_path: Path) -> None:
    rows = [
        [float(cell) if "." in str(cell) else int(cell) if str(cell).isdigit() else cell for cell in row]
        for row in LABORATORY
    ]
    assert imported(tmp_path / "store", "clfs", write_xlsx(tmp_path / "25CLABQ2.xlsx", CLFS=rows)) == RATES


def test_clfs_zip_tells_its_quarter(tmp_path: Path) -> None:
    file = write_zip(tmp_path / "25CLABQ2.zip", CLAB_csv=csv_text(LABORATORY), README_txt="X")
    manifest, _ = import_table("clfs", [file], root=tmp_path / "store")
    assert (manifest.edition, manifest.publisher) == ("2025Q2", "CMS")
    assert (manifest.effective_from, manifest.effective_to) == (dt.date(2025, 4, 1), dt.date(2025, 6, 30))
