"""Import of NCCI medically unlikely edits in every shape they are shipped in."""

from __future__ import annotations

import datetime as dt
import zipfile
from decimal import Decimal
from pathlib import Path

import pytest

from cpt_rules.tables.importing import import_table
from tests.tables.ncci import MUE, all_rows, opened
from tests.tables.small_files import write_csv, write_xlsx

ROWS = [("00001", Decimal(1), "2"), ("0001A", Decimal(3), "3"), ("10001", Decimal(0), "1")]
_MAI = "MUE Adjudication Indicator"


def test_the_csv_of_cms(tmp_path: Path) -> None:
    manifest, changed = import_table("ncci-mue", [MUE], root=tmp_path)
    assert changed
    assert (manifest.setting, manifest.edition, manifest.rows, manifest.complete) == (
        "practitioner",
        "2026Q3",
        3,
        False,
    )
    assert (manifest.effective_from, manifest.effective_to) == (dt.date(2026, 7, 1), dt.date(2026, 9, 30))
    assert all_rows(opened(tmp_path, "ncci.mue", "practitioner")) == ROWS


def test_the_zip_of_cms(tmp_path: Path) -> None:
    given = tmp_path / "medicare-ncci-2026-q3-practitioner-services-mue-table.zip"
    with zipfile.ZipFile(given, "w") as archive:
        archive.write(MUE, f"folder/{MUE.name}")
        archive.writestr("__MACOSX/folder/._other.csv", b"\0")
    import_table("ncci-mue", [given], root=tmp_path / "store")
    assert all_rows(opened(tmp_path / "store", "ncci.mue", "practitioner")) == ROWS


def test_the_workbook_of_cms(tmp_path: Path) -> None:
    rows = [["A notice"], [], ["HCPCS/\nCPT Code", "Practitioner Services MUE Values", _MAI, "MUE Rationale"],
            ["00001", 1, "2 Date of Service Edit: Policy", "X"], ["0001A", 3.0, "3 Date of Service Edit: Clinical"],
            [10001, 0, "1 Line Edit", "X"], [None, None]]  # fmt: skip
    given = write_xlsx(tmp_path / "MCR_MUE_PractitionerServices_Eff_07-01-2026.xlsx", Sheet1=rows)
    import_table("ncci-mue", [given], root=tmp_path / "store")
    assert all_rows(opened(tmp_path / "store", "ncci.mue", "practitioner")) == ROWS


@pytest.mark.parametrize(
    ("heading", "setting"),
    [
        ("Practitioner Services MUE Values", "practitioner"),
        ("Outpatient Hospital Services MUE Values", "hospital"),
        ("Facility Outpatient Hospital Services MUE Values", "hospital"),
        ("DME Supplier Services MUE Values", "dme"),
    ],
)
def test_the_heading_tells_the_setting(heading: str, setting: str, tmp_path: Path) -> None:
    given = write_csv(tmp_path / "values.csv", [["CPT/HCPCS Code", heading, _MAI], ["00001", "7", "3"]])
    manifest, _ = import_table("ncci-mue", [given], root=tmp_path / "store", edition="2026Q3")
    assert manifest.setting == setting
    assert all_rows(opened(tmp_path / "store", "ncci.mue", setting)) == [("00001", Decimal(7), "3")]


def test_a_medicaid_value_holds_for_a_line(tmp_path: Path) -> None:
    """Medicaid has no MAI: its MUEs are judged per claim line, as MAI 1 says."""
    given = write_csv(tmp_path / "values.csv", [["HCPCS/CPT Code", "DME Supplier Services MUE Values"], ["E0001", "2"]])
    import_table("ncci-mue", [given], root=tmp_path / "store", edition="2026Q3", setting="medicaid-dme")
    assert all_rows(opened(tmp_path / "store", "ncci.mue", "medicaid-dme")) == [("E0001", Decimal(2), "1")]


def test_a_column_more_and_another_order_change_nothing(tmp_path: Path) -> None:
    header = ["New Column", _MAI, "DESCRIPTION", "practitioner services  MUE values ", "HCPCS / CPT code"]
    given = write_csv(tmp_path / "values.csv", [header, ["", "2", "X", "1", "00001"]])
    import_table("ncci-mue", [given], root=tmp_path / "store", edition="2026Q3")
    assert all_rows(opened(tmp_path / "store", "ncci.mue", "practitioner")) == [("00001", Decimal(1), "2")]
