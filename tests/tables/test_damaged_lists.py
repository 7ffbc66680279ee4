"""Files that are damaged or not what was expected: the whole message, and a store that is as it was."""

from __future__ import annotations

import string
from collections.abc import Callable
from pathlib import Path

import pytest
from attrs import frozen

from cpt_rules.tables.importing import import_table
from cpt_rules.tables.manifest import TableError
from tests.tables.small_files import (
    Sheet,
    all_files,
    csv_text,
    hcpcs_line,
    write_csv,
    write_text,
    write_xlsx,
    write_zip,
)

PFS = ["HCPCS", "MOD", "STATUS CODE", "PCTC IND", "BILAT SURG"]
CLFS = ["YEAR", "HCPCS", "MOD", "EFF_DATE", "INDICATOR", "RATE"]
HCPCS = ["HCPC", "SEQNUM", "RECID", *[f"LABCERT{n}" for n in range(1, 9)], "ADD DT", "TERM DT"]
NUCC = ["Code", "Grouping", "Classification"]
CLIA = ["clia", "certificate", "specialities", "since", "until"]
NO_CERTIFICATES = [""] * 8


@frozen
class Case:
    kind: str
    make: Callable[[Path], Path]
    message: str
    edition: str | None = "2026Q3"


def table(name: str, *rows: list[object]) -> Callable[[Path], Path]:
    return lambda folder: write_csv(folder / name, rows)


def text(name: str, *lines: str) -> Callable[[Path], Path]:
    return lambda folder: write_text(folder / name, *lines)


def book(name: str, **sheets: Sheet) -> Callable[[Path], Path]:
    return lambda folder: write_xlsx(folder / name, **sheets)


def packed(name: str, **members: str) -> Callable[[Path], Path]:
    return lambda folder: write_zip(folder / name, **members)


def cut(make: Callable[[Path], Path], keep: int) -> Callable[[Path], Path]:
    def made(folder: Path) -> Path:
        file = make(folder)
        file.write_bytes(file.read_bytes()[:keep])
        return file

    return made


def order(*codes: str) -> tuple[str, ...]:
    return tuple(f"{n:05} {code[:-1]:<7} {code[-1]} X" for n, code in enumerate(codes, 1))


LETTERS = tuple(f"{letter}991" for letter in string.ascii_uppercase)
SHIPPED = "import the file as its publisher ships it"

CASES = {
    "pfs, an error page saved as csv": Case(
        "pfs",
        text("a.csv", "<!DOCTYPE html>", "<html><title>Page not found</title></html>"),
        "{file}: expected a table, found a web page; download it again, it may need an accepted licence",
    ),
    "pfs, an empty file": Case(
        "pfs", text("a.csv"), "{file}: expected a table, found an empty file; download it again"
    ),
    "pfs, a clinical laboratory fee schedule": Case(
        "pfs",
        table("a.csv", CLFS, ["2026", "86329", "", "20260101", "N", "14.05"]),
        "{file}, row 1: expected a header with `HCPCS`, `MOD`, `STATUS CODE`, `PCTC IND`, `BILAT SURG`, found one "
        f"without `STATUS CODE`, `PCTC IND`, `BILAT SURG`; {SHIPPED}",
    ),
    "pfs, a code that lost its leading zero in a workbook": Case(
        "pfs",
        book("a.xlsx", A=[PFS, [86329, "", "X", 9, 9], [100, "", "J", 9, 9]]),
        "{file}, row 3: expected a code of five characters, found `100`; a spreadsheet may have taken its leading "
        f"zeros; {SHIPPED}",
    ),
    "pfs, a code that became a fraction in a workbook": Case(
        "pfs",
        book("a.xlsx", A=[PFS, [86329.5, "", "X", 9, 9]]),
        "{file}, row 2: expected a code of five characters, found `86329.5`; " + SHIPPED,
    ),
    "pfs, an unknown PC/TC indicator": Case(
        "pfs",
        table("a.csv", PFS, ["86329", "", "X", "", "9"]),
        "{file}, row 2: expected a PC/TC indicator, one of 0 1 2 3 4 5 6 7 8 9, found nothing; " + SHIPPED,
    ),
    "pfs, two rows that contradict each other": Case(
        "pfs",
        table("a.csv", PFS, ["84165", "26", "A", "6", "0"], ["84165", "26", "A", "6", "0"], ["84165", "26", "X", "9", "9"]),
        "{file}, row 4: expected one row for `84165 26`, found another that differs in row 2; one of them is wrong, "
        "the file cannot tell which",
    ),
    "pfs, a row that is cut off": Case(
        "pfs",
        text("a.csv", ",".join(PFS), "86329,,X,9,9", "8633"),
        "{file}, row 3: expected 5 columns or more, found 1; download the file again",
    ),
    "pfs, another release than its title says": Case(
        "pfs",
        table("a.csv", ["2026 National Physician Fee Schedule Relative Value File April Release"], PFS, ["86329", "", "X", "9", "9"]),
        "{file}: is edition 2026Q2 by its own name or title, --edition says 2026Q3; leave it out",
    ),
    "pfs, a name and a title of different releases": Case(
        "pfs",
        table("PPRRVU26_JUL.csv", ["2026 National Physician Fee Schedule Relative Value File April Release"], PFS, ["86329", "", "X", "9", "9"]),
        "{file}: its title and its name are of different releases, `2026Q2` and `2026Q3`; rename it",
    ),
    "pfs, a zip with something else in it": Case(
        "pfs",
        packed("RVU26C.zip", GPCI2026_csv="X", OPPSCAP_JUL_csv="X"),
        "{file}: expected a zip with a .csv or .xlsx file of this table, found `GPCI2026.csv`, `OPPSCAP_JUL.csv`; "
        + SHIPPED,
    ),
    "pfs, a zip that is cut off": Case(
        "pfs",
        cut(packed("RVU26C.zip", PPRRVU26_JUL_csv=csv_text([PFS, ["86329", "", "X", "9", "9"]])), 60),
        "{file}: expected a whole zip file, found one that is cut off or damaged; download it again",
    ),
    "clfs, a row of another year": Case(
        "clfs",
        table("a.csv", CLFS, ["2025", "86329", "", "20250101", "N", "14.05"]),
        "{file}, row 2: expected the year of edition 2026Q3, 2026, found `2025`; say the edition of the file with --edition",
    ),
    "clfs, a row of a later quarter": Case(
        "clfs",
        table("a.csv", CLFS, ["2026", "86329", "", "20261001", "N", "14.05"]),
        "{file}, row 2: expected a date in or before edition 2026Q3, found 2026-10-01; say the edition of the file "
        "with --edition",
    ),
    "clfs, letters in a date": Case(
        "clfs",
        table("a.csv", CLFS, ["2026", "86329", "", "2026O101", "N", "14.05"]),
        "{file}, row 2: expected an effective date as YYYYMMDD, found `2026O101`; " + SHIPPED,
    ),
    "clfs, a rate that is none": Case(
        "clfs",
        table("a.csv", CLFS, ["2026", "86329", "", "20260101", "N", "$14.05"]),
        "{file}, row 2: expected a rate in dollars, found `$14.05`; " + SHIPPED,
    ),
    "clfs, without the column of modifiers": Case(
        "clfs",
        table("a.csv", [*CLFS[:2], *CLFS[3:]], ["2026", "86329", "20260101", "N", "14.05"]),
        "{file}, row 1: expected a header with `YEAR`, `HCPCS`, `MOD`, `EFF_DATE`, `INDICATOR`, `RATE`, found one "
        f"without `MOD`; {SHIPPED}",
    ),
    "clfs, a header and nothing below it": Case(
        "clfs",
        table("a.csv", ["A title"], CLFS),
        "{file}, row 2: expected rows below the header, found none; download the file again",
    ),
    "clfs, no edition said": Case(
        "clfs",
        table("a.csv", CLFS, ["2026", "86329", "", "20260101", "N", "14.05"]),
        "{file}: does not say which edition it is; say it with --edition, for example 2026Q3",
        None,
    ),
    "hcpcs, a record that is cut off": Case(
        "hcpcs",
        text("a.txt", hcpcs_line("G0472", "3", "20140602"), hcpcs_line("G0475", "3", "20150413")[:200]),
        "{file}, row 2: expected a record of 293 characters or more, found 200; " + SHIPPED,
    ),
    "hcpcs, a line that is no record": Case(
        "hcpcs",
        text("a.txt", hcpcs_line("G0472", "3", "20140602"), "G0475 was here"),
        "{file}, row 2: expected a code, a sequence number and a record id in columns 1 to 11, found `G0475 was h`; "
        + SHIPPED,
    ),
    "hcpcs, a text without records": Case(
        "hcpcs",
        text("a.txt", "Alpha-Numeric HCPCS", "", "This file has notes."),
        "{file}: expected rows with a code, a sequence number and a record id in columns 1 to 11, found none of them; "
        + SHIPPED,
    ),
    "hcpcs, an unknown record id": Case(
        "hcpcs",
        table("a.csv", HCPCS, ["G0472", "0010", "5", *NO_CERTIFICATES, "20140602", ""]),
        "{file}, row 2: expected a record id, one of 3 4 7 8, found `5`; " + SHIPPED,
    ),
    "hcpcs, a certification code that lost its zero": Case(
        "hcpcs",
        book("a.xlsx", A=[HCPCS, ["G0472", "0010", "3", 10, *NO_CERTIFICATES[1:], "20140602", ""]]),
        "{file}, row 2: expected a LABCERT code (three digits), found `10`; " + SHIPPED,
    ),
    "hcpcs, a last day before the first": Case(
        "hcpcs",
        table("a.csv", HCPCS, ["G0472", "0010", "3", *NO_CERTIFICATES, "20140602", "20140601"]),
        "{file}, row 2: expected a last day not before 2014-06-02, found 2014-06-01; " + SHIPPED,
    ),
    "hcpcs, no date of addition": Case(
        "hcpcs",
        text("a.txt", hcpcs_line("G0472", "3")),
        "{file}, row 1: expected an add date as YYYYMMDD, found nothing; " + SHIPPED,
    ),
    "icd10cm, an order number left out": Case(
        "icd10cm",
        text("a.txt", order("A991", "B991")[0], order("A991", "B991", "C991")[2]),
        "{file}, row 2: expected order number 00002, found `00003`; download it again",
    ),
    "icd10cm, cut off within the codes of a heading": Case(
        "icd10cm",
        text("a.txt", *order(*LETTERS, "Z9A0")),
        "{file}, row 27: expected a code below Z9A, which is flagged a heading, found the end of the file; download it again",
    ),
    "icd10cm, a code below one that is flagged billable": Case(
        "icd10cm",
        text("a.txt", *order("A001", "A0001")),
        "{file}, row 1: expected no code below A00, which is flagged billable, found A000; download it again",
    ),
    "icd10cm, a flag that is none": Case(
        "icd10cm",
        text("a.txt", "00001 A000    2 X"),
        "{file}, row 1: expected an order number, a code from column 7 and 0 or 1 in column 15, found `00001 A000    2 `; "
        + SHIPPED,
    ),
    "icd10cm, half of a list": Case(
        "icd10cm",
        text("a.txt", *[code[:-1] for code in LETTERS[:13]]),
        "{file}: expected codes of every letter from A to Z, found none of N O P Q R S T V W X Y Z; download it again",
    ),
    "icd10cm, a file of something else": Case(
        "icd10cm",
        text("a.txt", "A000", "Cholera, told at length"),
        "{file}, row 2: expected an ICD-10-CM code, or an order number and a code, found `Cholera, told at`; " + SHIPPED,
    ),
    "icd10cm, another year than its name says": Case(
        "icd10cm",
        text("icd10cm_order_2026.txt", *order(*LETTERS)),
        "{file}: is edition 2026 by its own name, in effect from 2025-10-01, --edition says 2025; leave it out",
        "2025",
    ),
    "pos, a code that lost its zero in a workbook": Case(
        "pos",
        book("a.xlsx", A=[["POS", "Name"], [1, "Pharmacy"]]),
        "{file}, row 2: expected a place of service code (two digits), found `1`; " + SHIPPED,
    ),
    "pos, a column of first days with a gap": Case(
        "pos",
        table("a.csv", ["POS", "Name", "Effective Date"], ["81", "X", "19980701"], ["11", "X", ""]),
        "{file}, row 3: expected a first day as YYYYMMDD, found nothing; " + SHIPPED,
    ),
    "taxonomy, a code of nine characters": Case(
        "taxonomy",
        table("a.csv", NUCC, ["291U00000", "X", "X"]),
        "{file}, row 2: expected a taxonomy code (nine capital letters or digits, then X), found `291U00000`; " + SHIPPED,
        "2026-04",
    ),
    "taxonomy, a crosswalk": Case(
        "taxonomy",
        table("a.csv", ["MEDICARE SPECIALTY CODE", "PROVIDER TAXONOMY CODE"], ["69", "291U00000X"]),
        f"{{file}}: expected a header with `code`, `grouping`, `classification` in the first 60 rows, found none of them; {SHIPPED}",
        "2026-04",
    ),
    "revenue codes, a category": Case(
        "revenue-codes",
        table("a.csv", ["Revenue Code"], ["0300"], ["030X"]),
        "{file}, row 3: expected a revenue code (four digits), found `030X`; " + SHIPPED,
    ),
    "revenue codes, a range in a text": Case(
        "revenue-codes",
        text("a.txt", "0300 X", "0310-0319 X"),
        "{file}, row 2: expected a line that begins with a revenue code of four digits, found `0310-0319 X`; " + SHIPPED,
    ),
    "clia list, prose among the codes": Case(
        "clia-excluded",
        text("a.txt", "Excluded from CLIA edits", "80500 X", "and some more"),
        "{file}, row 3: expected a line that begins with a code of five characters, found `and some more`; " + SHIPPED,
    ),
    "clia list, two modifiers for one code": Case(
        "clia-subject",
        table("a.csv", ["HCPCS", "Modifier"], ["88120-TC", "26"]),
        "{file}, row 2: expected one modifier for 88120, found `TC` and `26`; " + SHIPPED,
    ),
    "clia list, a range of codes": Case(
        "clia-waived",
        table("a.csv", ["CPT Code(s)"], ["81002 to 81003"]),
        "{file}, row 2: expected a code of five characters, found `81002 to 81003`; " + SHIPPED,
    ),
    "clia list, an old workbook": Case(
        "clia-waived",
        lambda folder: _written(folder / "a.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)),
        "{file}: expected a text, csv, xlsx or zip file, found an old or password-protected Excel workbook; open it "
        "and save it as .xlsx or .csv",
    ),
    "lab NCD, an NCD that lost its zero in a workbook": Case(
        "lab-ncd",
        book("covered.xlsx", A=[["NCD", "HCPCS", "ICD-10"], [190.2, 82947, "E119"]]),
        "{file}, row 2: expected an NCD such as 190.20, or `all`, found `190.2`; " + SHIPPED,
    ),
    "lab NCD, a list without a name": Case(
        "lab-ncd",
        table("a.csv", ["NCD", "HCPCS", "ICD-10"], ["190.20", "82947", "E119"]),
        "{file}, row 1: expected a column `list`, or covered, non-covered or not supporting in the file's or worksheet's "
        f"name, found neither; {SHIPPED}",
    ),
    "lab NCD, diagnoses without procedure codes": Case(
        "lab-ncd",
        table("covered.csv", ["NCD", "ICD-10"], ["190.20", "E119"]),
        "{file}, row 2: expected procedure codes of NCD 190.20 in a file of this import, found none; import both lists "
        "together",
    ),
    "lab NCD, a diagnosis that is none": Case(
        "lab-ncd",
        table("covered.csv", ["NCD", "HCPCS", "ICD-10"], ["190.20", "82947", "E11.9 - E13.9"]),
        "{file}, row 2: expected an ICD-10-CM code, found `E11.9 - E13.9`; " + SHIPPED,
    ),
    "laboratories, a CLIA number that is none": Case(
        "clia-laboratories",
        table("a.csv", CLIA, ["05D01234", "1", "", "", ""]),
        "{file}, row 2: expected a CLIA number (two digits, D, seven digits), found `05D01234`; " + SHIPPED,
    ),
    "laboratories, an unknown certificate": Case(
        "clia-laboratories",
        table("a.csv", CLIA, ["05D0123456", "5", "", "", ""]),
        "{file}, row 2: expected a certificate, 1 compliance, 2 waiver, 3 accreditation, 4 ppm or 9 registration, "
        "found `5`; mend the list",
    ),
    "laboratories, two certificates on one day": Case(
        "clia-laboratories",
        table("a.csv", CLIA, ["05D0123456", "2", "", "", "2026-06-30"], ["05D0123456", "1", "", "2026-06-30", ""]),
        "{file}, row 3: expected one row for `05D0123456`, found another that differs in row 2; one of them is wrong, "
        "the file cannot tell which",
    ),
}  # fmt: skip


def _written(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_a_file_that_is_not_what_was_expected_changes_nothing(tmp_path: Path, case: Case) -> None:
    root = tmp_path / "store"
    good = write_csv(tmp_path / "PPRRVU26_APR.csv", [PFS, ["86329", "", "X", "9", "9"]])
    import_table("pfs", [good], root=root)
    before = all_files(root)
    (tmp_path / "given").mkdir()
    file = case.make(tmp_path / "given")
    with pytest.raises(TableError) as error:
        import_table(case.kind, [file], root=root, edition=case.edition)
    inside = str(error.value).replace(f"{file}/", "").replace(str(file), "{file}")
    assert inside == case.message
    assert all_files(root) == before


def test_a_kind_of_one_table_for_all_takes_no_setting(tmp_path: Path) -> None:
    file = write_csv(tmp_path / "PPRRVU26_APR.csv", [PFS, ["86329", "", "X", "9", "9"]])
    with pytest.raises(TableError) as error:
        import_table("pfs", [file], root=tmp_path / "store", setting="hospital")
    assert str(error.value) == "--setting `hospital`: pfs is one table for all settings; leave it out"
    assert not (tmp_path / "store").exists()
