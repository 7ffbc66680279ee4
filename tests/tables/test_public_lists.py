"""The public files of fee schedules and code lists, whole: row counts and facts known from elsewhere."""

from __future__ import annotations

import gzip
import warnings
import zipfile
from decimal import Decimal
from pathlib import Path

import pytest

from cpt_rules.tables.cms import hcpcs
from cpt_rules.tables.cms.common import Files
from cpt_rules.tables.importing import import_table
from cpt_rules.tables.manifest import TableError
from tests.tables.small_files import SHARED, imported, needs_shared

pytestmark = needs_shared

RELEASE = SHARED / "hcpcs" / "2019-Alpha-Numeric-HCPCS-File.zip"


@pytest.mark.parametrize(
    ("name", "edition", "rows"), [("rvu24a_jan", "2024Q1", 18_499), ("rvu24c_jul", "2024Q3", 18_664)]
)
def test_pfs_of_2024(tmp_path: Path, name: str, edition: str, rows: int) -> None:
    file = tmp_path / f"PPRRVU_{name}.csv"
    file.write_bytes(gzip.decompress((SHARED / "pfs" / f"PPRRVU_{name}_no_descriptors.csv.gz").read_bytes()))
    found = imported(tmp_path / "store", "pfs", file)
    assert len(found) == rows
    assert found[("86329", "")] == [{"status": "X", "pctc": "9", "bilateral": "9"}]
    assert ("86329", "26") not in found
    assert found[("86334", "26")] == [{"status": "A", "pctc": "6", "bilateral": "0"}]
    manifest, changed = import_table("pfs", [file], root=tmp_path / "store")
    assert (manifest.edition, changed) == (edition, False)


def test_pfs_of_2026(tmp_path: Path) -> None:
    found = imported(tmp_path / "store", "pfs", SHARED / "pfs" / "PPRRVU2026_Jul_nonQPP.excerpt.redacted.csv")
    assert found == {
        ("0001F", ""): [{"status": "I", "pctc": "9", "bilateral": "9"}],
        ("0005F", ""): [{"status": "I", "pctc": "9", "bilateral": "9"}],
        ("00100", ""): [{"status": "J", "pctc": "9", "bilateral": "9"}],
    }


def test_clfs_of_2025(tmp_path: Path) -> None:
    found = imported(tmp_path / "store", "clfs", SHARED / "clfs" / "clfs_2025Q2_no_descriptors.csv")
    assert len(found) == 2_105
    assert sum(modifier == "QW" for _, modifier in found) == 118
    assert found[("86329", "")] == [{"indicator": "N", "rate": Decimal("14.05")}]
    assert ("86329", "QW") not in found
    assert ("81003", "QW") in found


def test_hcpcs_of_2019_from_its_zip(tmp_path: Path) -> None:
    found = imported(tmp_path / "store", "hcpcs", RELEASE)
    assert found[("G0472",)][0]["labcert"] == ("220",)
    assert found[("G0475",)][0]["labcert"] == ("140", "220")
    assert ("QW",) in found
    assert ("G0434",) not in found  # ended 2015-12-31
    manifest, _ = import_table("hcpcs", [RELEASE], root=tmp_path / "store")
    assert (manifest.edition, manifest.rows) == ("2019", 6_800)


def test_hcpcs_text_and_workbook_of_2019_say_the_same(tmp_path: Path) -> None:
    pytest.importorskip("openpyxl")
    with zipfile.ZipFile(RELEASE) as archive:
        book = Path(archive.extract("HCPC2019_CONTR_ANWEB.xlsx", tmp_path))
        text = Path(archive.extract("HCPC2019_CONTR_ANWEB.txt", tmp_path))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        one, other = (hcpcs.read(Files((path,)), None, None).columns for path in (book, text))
    assert one.words == other.words
    assert one.values == other.values


def test_hcpcs_of_october_2026(tmp_path: Path) -> None:
    found = imported(tmp_path / "store", "hcpcs", SHARED / "hcpcs" / "HCPC2026_OCT_ANWEB.excerpt.csv")
    assert sorted(found) == [("A1",), ("AA",), ("AS",)]  # CP, GD and L1 have ended


def test_icd10cm_of_april_2026(tmp_path: Path) -> None:
    found = imported(tmp_path / "store", "icd10cm", SHARED / "icd10cm" / "icd10cm_codes_2026-04.txt")
    assert len(found) == 98_186
    assert found[("D80",)] == [{"billable": False}]
    assert found[("D80.1",)] == [{"billable": True}]
    assert found[("I10",)] == [{"billable": True}]
    assert sum(row["billable"] is True for (row,) in found.values()) == 74_719


def test_pos_of_2024(tmp_path: Path) -> None:
    found = imported(tmp_path / "store", "pos", SHARED / "codesets" / "place_of_service_2024.csv", edition="2024")
    assert len(found) == 52
    assert ("81",) in found
    assert ("82",) not in found


def test_a_data_dictionary_is_no_list_of_pos_codes(tmp_path: Path) -> None:
    file = SHARED / "codesets" / "CLM-POS-CD.csv"
    with pytest.raises(TableError) as error:
        import_table("pos", [file], root=tmp_path / "store", edition="2024")
    assert str(error.value) == (
        f"{file}, row 102: expected a place of service code (two digits), found `~`; "
        "import the file as its publisher ships it"
    )


def test_revenue_codes(tmp_path: Path) -> None:
    file = SHARED / "codesets" / "CLM-REV-CNTR-CD.csv"
    found = imported(tmp_path / "store", "revenue-codes", file, edition="2025")
    assert len(found) == 539
    assert ("0302",) in found


def test_waived_codes_that_never_take_qw(tmp_path: Path) -> None:
    file = SHARED / "clia" / "waived_codes_not_requiring_qw.csv"
    found = imported(tmp_path / "store", "clia-waived", file, edition="2020")
    assert len(found) == 9
    assert found[("81002",)] == [{"modifier": ""}]
