"""ICD-10-CM: the order file, lists without a flag, and the fiscal years that files and users name."""

from __future__ import annotations

import datetime as dt
import string
from pathlib import Path

import pytest

from cpt_rules.tables.importing import import_table
from tests.tables.small_files import imported, write_text, write_zip

CODES = [("D80", 0), ("D801", 1), ("I10", 1), ("T36", 0), ("T360", 0), ("T360X", 0), ("T360X1", 0), ("T360X1A", 1)]
WHOLE = sorted([*CODES, *[(f"{letter}99", 1) for letter in string.ascii_uppercase]])


def order_lines(codes: list[tuple[str, int]] = WHOLE) -> list[str]:
    return [f"{n:05} {code:<7} {flag} {'X':<60} X" for n, (code, flag) in enumerate(codes, 1)]


def billable(rows: dict[tuple[str, ...], list[dict[str, object]]]) -> dict[str, object]:
    return {code: row["billable"] for (code,), (row,) in rows.items() if not code.endswith("99")}


EXPECTED = {
    "D80": False, "D80.1": True, "I10": True, "T36": False, "T36.0": False, "T36.0X": False, "T36.0X1": False,
    "T36.0X1A": True,
}  # fmt: skip


def test_the_order_file_flags_what_is_billable(tmp_path: Path) -> None:
    file = write_text(tmp_path / "icd10cm_order_2026.txt", *order_lines())
    assert billable(imported(tmp_path / "store", "icd10cm", file)) == EXPECTED


def test_a_list_of_codes_with_headings_tells_headings_by_the_longer_codes_below_them(tmp_path: Path) -> None:
    lines = ["1", "A00-A09", *[code for code, _ in WHOLE]]
    file = write_text(tmp_path / "codes.txt", *lines, end="\n")
    assert billable(imported(tmp_path / "store", "icd10cm", file, edition="2026")) == EXPECTED


def test_a_list_of_billable_codes_alone_with_descriptors_and_dots(tmp_path: Path) -> None:
    lines = [f"{code[:3]}.{code[3:]}".rstrip(".").ljust(9) + "X" for code, flag in WHOLE if flag]
    file = write_text(tmp_path / "icd10cm_codes_2026.txt", *lines)
    expected = {code: flag for code, flag in EXPECTED.items() if flag}
    assert billable(imported(tmp_path / "store", "icd10cm", file)) == expected


def test_a_code_with_a_letter_in_second_place_is_read(tmp_path: Path) -> None:
    codes = sorted([*WHOLE, ("QA0", 0), ("QA00101", 1)])
    file = write_text(tmp_path / "icd10cm_order_2026.txt", *order_lines(codes))
    rows = billable(imported(tmp_path / "store", "icd10cm", file))
    assert (rows["QA0"], rows["QA0.0101"]) == (False, True)


def test_the_zip_is_read_by_its_order_file(tmp_path: Path) -> None:
    text = "\r\n".join(order_lines())
    members = {"icd10cm_codes_2026_txt": "A000", "icd10cm_order_addenda_2026_txt": "X", "icd10OrderFiles_pdf": "X"}
    file = write_zip(tmp_path / "a.zip", icd10cm_order_2026_txt=text, **members)
    assert billable(imported(tmp_path / "store", "icd10cm", file)) == EXPECTED


@pytest.mark.parametrize(
    ("name", "asked", "edition", "since"),
    [
        ("icd10cm_order_2026.txt", None, "2026", dt.date(2025, 10, 1)),
        ("icd10cm_order_2026.txt", "2026", "2026", dt.date(2025, 10, 1)),
        ("icd10cm-order-April-2026.txt", None, "2026-04", dt.date(2026, 4, 1)),
        ("icd10cm_codes_2026-04.txt", "2026Q2", "2026-04", dt.date(2026, 4, 1)),
        ("order.txt", "2026", "2026", dt.date(2025, 10, 1)),
        ("order.txt", "2025-10", "2025-10", dt.date(2025, 10, 1)),
    ],
)
def test_an_edition_lasts_to_the_end_of_its_fiscal_year(
    tmp_path: Path, name: str, asked: str | None, edition: str, since: dt.date
) -> None:
    file = write_text(tmp_path / name, *order_lines())
    manifest, _ = import_table("icd10cm", [file], root=tmp_path / "store", edition=asked)
    assert (manifest.edition, manifest.effective_from) == (edition, since)
    assert manifest.effective_to == dt.date(2026, 9, 30)
