"""Lists of codes: place of service, taxonomy, revenue codes, CLIA lists, laboratory NCDs, the user's laboratories."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from cpt_rules.tables.importing import import_table
from tests.tables.small_files import Sheet, imported, write_csv, write_text, write_xlsx

OPEN = dt.date(9999, 12, 31)
NEW_YEAR = dt.date(2026, 1, 1)

POS: Sheet = [
    ["Place of Service Code(s)", "Place of Service Name", "Place of Service Description"],
    ["01", "Pharmacy", "X (Effective October 1, 2005)"],
    ["27-30", "Unassigned", "N/A"],
    ["81", "Independent Laboratory", "X"],
]


def test_pos_leaves_out_unassigned_codes_and_reads_no_day_in_a_description(tmp_path: Path) -> None:
    rows = imported(tmp_path / "store", "pos", write_csv(tmp_path / "a.csv", POS), edition="2026")
    assert rows == {(code,): [{"since": NEW_YEAR, "until": OPEN}] for code in ("01", "81")}


def test_pos_with_days(tmp_path: Path) -> None:
    table = [["code", "since", "until"], ["27", "10/1/2023", ""], ["35", "19980701", "2003-06-30"]]
    rows = imported(
        tmp_path / "store", "pos", write_csv(tmp_path / "a.csv", table), edition="2026", day=dt.date(2003, 6, 30)
    )
    assert rows == {("35",): [{"since": dt.date(1998, 7, 1), "until": dt.date(2003, 6, 30)}]}


NUCC = ["Code", "Grouping", "Classification", "Specialization", "Definition", "Notes", "Display Name", "Section"]


def test_taxonomy_in_the_shape_of_nucc_with_blank_rows_and_notes(tmp_path: Path) -> None:
    table = [
        NUCC,
        ["", "", "", "", "", "", "", ""],
        ["291U00000X", "Laboratories", "Clinical Medical Laboratory", "", "X", "X\nX", "X", "Non-Individual"],
        ["Version 25.1", "", "", "", "", "", "", ""],
        ["", "", "", "", "", "Copyright", "", ""],
    ]
    file = write_csv(tmp_path / "nucc_taxonomy_251.csv", table)
    file.write_bytes(b"\xef\xbb\xbf" + file.read_bytes())
    rows = imported(tmp_path / "store", "taxonomy", file)
    assert rows == {("291U00000X",): [{"since": dt.date(2025, 10, 1), "until": OPEN}]}


def test_taxonomy_with_days(tmp_path: Path) -> None:
    header = [*NUCC[:5], "Effective Date", "Deactivation Date"]
    table = [
        header,
        ["291U00000X", "X", "X", "", "X", "4/1/2002", ""],
        ["2080P0209X", "X", "X", "X", "X", "20020401", "20051231"],
    ]
    file = write_xlsx(tmp_path / "a.xlsx", Codes=table)
    ended = imported(tmp_path / "store", "taxonomy", file, edition="2026-04", day=dt.date(2005, 12, 31))
    assert ended[("2080P0209X",)] == [{"since": dt.date(2002, 4, 1), "until": dt.date(2005, 12, 31)}]
    later = imported(tmp_path / "other", "taxonomy", file, edition="2026-04", day=dt.date(2006, 1, 1))
    assert later == {("291U00000X",): [{"since": dt.date(2002, 4, 1), "until": OPEN}]}


@pytest.mark.parametrize(
    ("name", "edition", "since", "until"),
    [
        ("nucc_taxonomy_250.csv", "2025-04", dt.date(2025, 4, 1), dt.date(2025, 9, 30)),
        ("nucc_taxonomy_251.csv", "2025-10", dt.date(2025, 10, 1), dt.date(2026, 3, 31)),
    ],
)
def test_taxonomy_tells_its_version(tmp_path: Path, name: str, edition: str, since: dt.date, until: dt.date) -> None:
    file = write_csv(tmp_path / name, [NUCC, ["291U00000X", "X", "X", "", "", "", "", ""]])
    manifest, _ = import_table("taxonomy", [file], root=tmp_path / "store")
    assert (manifest.edition, manifest.effective_from, manifest.effective_to) == (edition, since, until)
    assert manifest.publisher == "NUCC"


def test_revenue_codes_as_csv_and_as_text(tmp_path: Path) -> None:
    table = write_csv(tmp_path / "a.csv", [["code", "display"], ["0300", "X"], ["0302", "X, and X"]])
    text = write_text(tmp_path / "a.txt", "Revenue codes", "", "0300 X", "0302", "0302")
    expected: dict[tuple[str, ...], list[dict[str, object]]] = {("0300",): [{}], ("0302",): [{}]}
    assert imported(tmp_path / "one", "revenue-codes", table, edition="2026") == expected
    assert imported(tmp_path / "two", "revenue-codes", text, edition="2026") == expected


WAIVED = {("81002",): [{"modifier": ""}], ("81003",): [{"modifier": "QW"}], ("82374",): [{"modifier": "QW"}]}


@pytest.mark.parametrize("kind", ["clia-waived", "clia-subject", "clia-excluded"])
def test_clia_lists_as_a_table_with_modifiers_and_repeated_codes(tmp_path: Path, kind: str) -> None:
    table = [["HCPCS", "Modifier", "Descriptor"], ["81002", "", "X"], ["81003", "QW", "X"], ["82374", "QW", "X"]]
    file = write_csv(tmp_path / "a.csv", [*table, ["81003", "QW", "another test system"]])
    assert imported(tmp_path / "store", kind, file, edition="2026Q1") == WAIVED


def test_clia_lists_with_several_codes_and_their_modifiers_in_a_cell(tmp_path: Path) -> None:
    table = [
        ["CPT Code(s)", "Test Name", "Manufacturer", "Use"],
        ["81002", "X", "X", "X"],
        ["81003QW, 82374-QW", "", "", ""],
    ]
    assert imported(tmp_path / "one", "clia-waived", write_csv(tmp_path / "a.csv", table), edition="2026") == WAIVED
    table[1][0] = 81002  # type: ignore[call-overload]
    assert imported(tmp_path / "two", "clia-waived", write_xlsx(tmp_path / "a.xlsx", A=table), edition="2026") == WAIVED


def test_clia_lists_as_text_take_a_descriptor_for_no_modifier(tmp_path: Path) -> None:
    lines = ("TESTS GRANTED WAIVED STATUS", "", "81002 UR dip X", "81003QW", "  82374 QW X", "81003QW,X")
    file = write_text(tmp_path / "a.txt", *lines)
    assert imported(tmp_path / "store", "clia-waived", file, edition="2026") == WAIVED


def test_clia_subject_codes_keep_26_and_tc_apart(tmp_path: Path) -> None:
    file = write_text(tmp_path / "a.txt", "88120", "88120 26", "88120-TC X")
    rows = imported(tmp_path / "store", "clia-subject", file, edition="2026")
    assert sorted(str(row["modifier"]) for row in rows[("88120",)]) == ["", "26", "TC"]


def ncd_rows(rows: dict[tuple[str, ...], list[dict[str, object]]]) -> set[tuple[object, ...]]:
    return {(*key, row["icd10"], row["ncd"]) for key, of_key in rows.items() for row in of_key}


def test_lab_ncd_as_one_table(tmp_path: Path) -> None:
    table = [
        ["NCD", "HCPCS", "List", "ICD-10-CM Code", "Description"],
        ["190.15", "85025", "Does not support medical necessity", "Z0000", "X"],
        ["NCD 190.23A", "80061", "Covered", "E78.5", "X"],
        ["190.23A", "80061", "Non-covered", "Z12.11", "X"],
    ]
    rows = imported(tmp_path / "store", "lab-ncd", write_csv(tmp_path / "lab_2026Q3.csv", table))
    assert ncd_rows(rows) == {
        ("85025", "not-supporting", "Z00.00", "190.15"),
        ("80061", "covered", "E78.5", "190.23A"),
        ("80061", "non-covered", "Z12.11", "190.23A"),
    }


def test_lab_ncd_as_lists_of_their_own_beside_the_codes_of_each_ncd(tmp_path: Path) -> None:
    book = write_xlsx(
        tmp_path / "lab.xlsx",
        Codes=[["NCD", "HCPCS"], ["190.15", 85025], ["190.15", 85027], ["190.23", 80061]],
        NCD_covered=[["NCD", "ICD-10"], ["190.23", "E785"]],
        Notes=[["whatever stands here"]],
    )
    same = write_csv(tmp_path / "non-covered.csv", [["NCD", "ICD-10"], ["all", "Z1211"]])
    rows = imported(tmp_path / "store", "lab-ncd", book, same, edition="2026Q3")
    assert ncd_rows(rows) == {
        ("80061", "covered", "E78.5", "190.23"),
        ("80061", "non-covered", "Z12.11", "190.23"),
        ("85025", "non-covered", "Z12.11", "190.15"),
        ("85027", "non-covered", "Z12.11", "190.15"),
    }


def test_clia_laboratories_by_type_and_by_name(tmp_path: Path) -> None:
    table = [
        ["CLIA", "Certificate", "Specialities", "Since", "Until"],
        ["05D0123456", "2", "", "2020-01-01", "2024-06-30"],
        ["05D0123456", "Certificate of Accreditation", "400; 220 310", "2024-07-01", ""],
        ["05D0000001", "PPM", "", "", ""],
        ["05D0000002", "certificate for provider-performed microscopy", "", "", ""],
    ]
    file = write_csv(tmp_path / "a.csv", table)
    rows = imported(tmp_path / "store", "clia-laboratories", file, edition="2026")
    ours = {clia: (row["certificate"], row["specialities"], row["until"]) for (clia,), (row,) in rows.items()}
    assert ours == {
        "05D0123456": ("3", ("220", "310", "400"), OPEN),
        "05D0000001": ("4", (), OPEN),
        "05D0000002": ("4", (), OPEN),
    }


def test_clia_laboratories_need_no_more_than_two_columns(tmp_path: Path) -> None:
    file = write_csv(tmp_path / "a.csv", [["clia", "certificate"], ["05D0123456", "9"]])
    manifest, _ = import_table("clia-laboratories", [file], root=tmp_path / "store", edition="2026")
    assert (manifest.rows, manifest.publisher, manifest.complete) == (1, "user", False)
