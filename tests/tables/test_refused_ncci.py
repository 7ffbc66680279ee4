"""NCCI files that are damaged or not as expected: each is refused with its place, and the store is as it was."""

from __future__ import annotations

import gzip
import io
import random
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from cpt_rules.tables.edition import TableError
from cpt_rules.tables.importing import import_table
from tests.tables.ncci import ADD_ON, MUE, PTP, PTP_HEADER, parts
from tests.tables.small_files import all_files, write_csv, write_xlsx

_NAME = "MCR_MUE_PractitionerServices_Eff_07-01-2026"
_SHIPPED = "import the file as its publisher ships it"
_ROW = ("00001", "00002", "", "20200101", "*", "0", "X")


@pytest.fixture
def store(tmp_path: Path) -> Path:
    """A store with something in it."""
    root = tmp_path / "store"
    import_table("ncci-ptp", PTP, root=root)
    import_table("ncci-mue", [MUE], root=root)
    import_table("ncci-add-on", [ADD_ON], root=root)
    return root


def refusal(store: Path, kind: str, *files: Path, setting: str | None = None, edition: str | None = None) -> str:
    """What an import is refused with, its folder left out; the store is as it was."""
    before = all_files(store)
    with pytest.raises(TableError) as caught:
        import_table(kind, files, root=store, setting=setting, edition=edition)
    assert all_files(store) == before
    message = str(caught.value)
    assert "\n" not in message
    return message.replace(f"{files[0].parent}/", "") if files else message


# Files that are no table at all.


def _xlsx_without_end() -> bytes:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as made:
        made.writestr("[Content_Types].xml", "<Types/>")
        made.writestr("xl/workbook.xml", "<workbook")
    return archive.getvalue()


def _zip(method: int = zipfile.ZIP_DEFLATED, **members: bytes) -> bytes:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", method) as made:
        for name, content in members.items():
            made.writestr(name.replace("_", "."), content)
    return archive.getvalue()


def _encrypted() -> bytes:
    made = bytearray(_zip(table_csv=MUE.read_bytes()))
    made[6] |= 1
    made[made.index(b"PK\x01\x02") + 8] |= 1
    return bytes(made)


def _damaged_inside() -> bytes:
    content = MUE.read_bytes() + random.Random(1).randbytes(200_000).hex().encode()
    made = bytearray(_zip(table_csv=content))
    made[150_000] ^= 0xFF
    return bytes(made)


def _office_document() -> bytes:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as made:
        made.writestr("[Content_Types].xml", "<Types/>")
        made.writestr("word/document.xml", "<document/>")
    return archive.getvalue()


@pytest.mark.parametrize(
    ("ending", "content", "message"),
    [
        ("csv", b"", "{}: expected a table, found an empty file; download it again"),
        ("csv", b" \r\n\t\r\n", "{}: expected a table, found a file of blanks; download it again"),
        (
            "csv",
            b"\n<!DOCTYPE html>\n<html><body>Access denied</body></html>",
            "{}: expected a table, found a web page; download it again, it may need an accepted licence",
        ),
        (
            "csv",
            b'<?xml version="1.0"?><Error><Code>AccessDenied</Code></Error>',
            "{}: expected a table, found XML; download it again, it may need an accepted licence",
        ),
        ("csv", b"%PDF-1.7\n%\xe2\xe3", "{}: expected a text, csv, xlsx or zip file, found a PDF; " + _SHIPPED),
        ("csv", b"code\0\1\2\3", "{}: expected a text, csv, xlsx or zip file, found a binary file; " + _SHIPPED),
        (
            "xls",
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 500,
            "{}: expected a text, csv, xlsx or zip file, found an old or password-protected Excel workbook; "
            "open it and save it as .xlsx or .csv",
        ),
        (
            "csv.gz",
            gzip.compress(MUE.read_bytes()),
            "{}: expected a text, csv, xlsx or zip file, found a gzip file; unpack it first",
        ),
        (
            "zip",
            _zip(table_csv=MUE.read_bytes())[:300],
            "{}: expected a whole zip file, found one that is cut off or damaged; download it again",
        ),
        (
            "zip",
            _damaged_inside(),
            "{}/table.csv, row 11: expected a whole file, found one that is cut off or damaged; download it again",
        ),
        (
            "zip",
            _encrypted(),
            "{}/table.csv: expected a zip without a password, found an encrypted one; "
            "unpack it and import the files in it",
        ),
        ("zip", _zip(), "{}: expected a zip with a .txt or .csv or .xlsx file of this table, found nothing in it; " + _SHIPPED),
        (
            "zip",
            _zip(readme_md=b"x", notes_pdf=b"%PDF"),
            "{}: expected a zip with a .txt or .csv or .xlsx file of this table, found `notes.pdf`, `readme.md`; "
            + _SHIPPED,
        ),
        (
            "zip",
            _zip(inner_zip=_zip(table_csv=MUE.read_bytes())),
            "{}: expected a zip with a .txt or .csv or .xlsx file of this table, found `inner.zip`; "
            "unpack it and import what is in it",
        ),
        ("docx", _office_document(), "{}: expected a table, found another kind of office document; " + _SHIPPED),
        (
            "xlsx",
            _xlsx_without_end(),
            "{}: expected a whole workbook, found one that is cut off or damaged; download it again",
        ),
    ],
)  # fmt: skip
def test_what_is_no_table(ending: str, content: bytes, message: str, store: Path, tmp_path: Path) -> None:
    given = tmp_path / f"{_NAME}.{ending}"
    given.write_bytes(content)
    assert refusal(store, "ncci-mue", given) == message.format(given.name)


def test_a_zip_bomb(store: Path, tmp_path: Path) -> None:
    given = tmp_path / f"{_NAME}.zip"
    given.write_bytes(_zip(table_csv=b"\n" * 40_000_000))
    with zipfile.ZipFile(given) as archive:
        packed = archive.getinfo("table.csv").compress_size
    assert refusal(store, "ncci-mue", given) == (
        f"{given.name}/table.csv: expected a table of a plausible size, found 40,000,000 bytes packed into {packed:,}; "
        "unpack it yourself if you trust it"
    )


def test_a_folder(store: Path, tmp_path: Path) -> None:
    given = tmp_path / "files"
    given.mkdir()
    assert refusal(store, "ncci-mue", given) == "files: expected a file, found a folder; name the files in it"


def test_a_file_that_is_not_there(store: Path, tmp_path: Path) -> None:
    assert refusal(store, "ncci-mue", tmp_path / "mue.csv") == (
        "mue.csv: cannot be read (No such file or directory); check its name"
    )


def test_the_same_file_twice(store: Path, tmp_path: Path) -> None:
    given = write_csv(tmp_path / "a.csv", [["x"]])
    again = write_csv(tmp_path / "b.csv", [["x"]])
    assert refusal(store, "ncci-mue", given, again).replace(f"{tmp_path}/", "") == (
        "b.csv: the same file as a.csv; name each file once"
    )


# A table, but not this one, or a row that is not as it should be.


def _part_one(change: Callable[[str], str]) -> Callable[[Path], list[Path]]:
    """Four parts, the text of the first changed."""

    def made(folder: Path) -> list[Path]:
        given = parts(folder, [_ROW, ("00001", "00003", "", "20200101", "20201231", "1", "X")])
        given[0].write_text(change(given[0].read_text(encoding="utf-8")), encoding="utf-8")
        return given

    return made


def _swapped(old: str, new: str) -> Callable[[Path], list[Path]]:
    def change(text: str) -> str:
        assert old in text
        return text.replace(old, new, 1)

    return _part_one(change)


_PTP_COLUMNS = "`Column 1`, `Column 2`, `Effective Date`, `Deletion Date`, `Modifier`"
_F1 = "ccipra-v322r0-f1.txt"


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (
            _swapped("Deletion Date", "Something"),
            f"{_F1}, row 1: expected a header with {_PTP_COLUMNS}, found one without `Deletion Date`; {_SHIPPED}",
        ),
        (
            _swapped(PTP_HEADER[0], "a"),
            f"{_F1}, row 1: expected a header with {_PTP_COLUMNS}, found one without `Column 1`; {_SHIPPED}",
        ),
        (
            _part_one(lambda text: "\n".join(line for line in text.splitlines() if "Column" not in line)),
            f"{_F1}: expected a header with {_PTP_COLUMNS} in the first 60 rows, found none of them; {_SHIPPED}",
        ),
        (
            _swapped("PTP Edit Rationale", "Modifier Indicator"),
            f"{_F1}, row 1: expected one column `modifier`, found 2 of them; {_SHIPPED}",
        ),
        (
            _part_one(lambda text: text.splitlines()[0]),
            f"{_F1}, row 1: expected rows below the header, found none; download the file again",
        ),
        (
            _swapped("\t20200101\t*", "\t2020O101\t*"),
            f"{_F1}, row 2: expected an effective date as YYYYMMDD, found `2020O101`; {_SHIPPED}",
        ),
        (
            _swapped("\t20200101\t*", "\t\t*"),
            f"{_F1}, row 2: expected an effective date as YYYYMMDD, found nothing; {_SHIPPED}",
        ),
        (
            _swapped("\t20200101\t*", "\t20200230\t*"),
            f"{_F1}, row 2: expected an effective date as YYYYMMDD, found `20200230`; {_SHIPPED}",
        ),
        (
            _swapped("\t20201231\t", "\tnone\t"),
            f"{_F1}, row 3: expected a deletion date or `*` as YYYYMMDD, found `none`; {_SHIPPED}",
        ),
        (
            _swapped("\t20201231\t", "\t\t"),
            f"{_F1}, row 3: expected a deletion date or `*` as YYYYMMDD, found nothing; {_SHIPPED}",
        ),
        (
            _swapped("\t*\t0", "\t*\t2"),
            f"{_F1}, row 2: expected a modifier indicator 0, 1 or 9, found `2`; {_SHIPPED}",
        ),
        (
            _swapped("00001\t00003", "1\t00003"),
            f"{_F1}, row 3: expected a code of five characters in column 1, found `1`; "
            f"a spreadsheet may have taken its leading zeros; {_SHIPPED}",
        ),
        (
            _swapped("00001\t00003", "00001\t0000\u00e9"),
            f"{_F1}, row 3: expected a code of five characters in column 2, found `0000\u00e9`; {_SHIPPED}",
        ),
        (
            _part_one(lambda text: text[: text.rindex("20201231") + 3]),
            f"{_F1}, row 3: expected 6 columns or more, found 5; download the file again",
        ),
        (
            _swapped("\t1\tX", "\t1\tX\tY"),
            f"{_F1}, row 3: expected 7 columns as in the header, found 8; {_SHIPPED}",
        ),
        (
            lambda folder: parts(folder, [_ROW])[:3],
            "ccipra-v322r0-f3.txt: expected the parts f1 to f4 in one import, found f1, f2, f3; name all four files",
        ),
        (
            lambda folder: [*parts(folder, [_ROW]), parts(folder, [_ROW, _ROW], "ccioph-v322r0")[0]],
            "ccioph-v322r0-f1.txt: is not of the setting and edition of the file before it; import them apart",
        ),
        (
            lambda folder: [*parts(folder, [_ROW])[:3], parts(folder, [_ROW], "ccipra-v321r0")[3]],
            "ccipra-v321r0-f4.txt: is not of the setting and edition of the file before it; import them apart",
        ),
    ],
)
def test_pairs(given: Callable[[Path], list[Path]], message: str, store: Path, tmp_path: Path) -> None:
    # the order of files on the command line is that of the parts
    assert refusal(store, "ncci-ptp", *given(tmp_path / "given")) == message


def test_a_part_given_twice_under_two_names(store: Path, tmp_path: Path) -> None:
    given = parts(tmp_path, [_ROW])
    again = tmp_path / "old" / given[0].name
    again.parent.mkdir()
    again.write_text(given[0].read_text(encoding="utf-8") + "\n", encoding="utf-8")
    assert refusal(store, "ncci-ptp", *given, again).replace(f"{tmp_path}/", "") == (
        "old/ccipra-v322r0-f1.txt: expected each part once, found part f1 in ccipra-v322r0-f1.txt too; name one of them"
    )


@pytest.mark.parametrize(
    ("setting", "edition", "message"),
    [
        (
            "hospital",
            None,
            f"{_F1}: is the practitioner table by its name, --setting says `hospital`; leave it out",
        ),
        (
            None,
            "2026Q2",
            f"{_F1}: is edition 2026Q3 by its own name or title, --edition says 2026Q2; leave it out",
        ),
        (None, "2026", "--edition `2026`: this table is published by quarter; write it as 2026Q3"),
        (None, "Q3/2026", "--edition `Q3/2026`: not an edition; write it as 2026Q3, 2026-07 or 2026"),
        (
            "dme",
            None,
            "--setting `dme`: ncci-ptp has no such setting; one of: practitioner, hospital, medicaid-practitioner, "
            "medicaid-hospital, medicaid-dme",
        ),
    ],
)
def test_options_against_the_names(
    setting: str | None, edition: str | None, message: str, store: Path, tmp_path: Path
) -> None:
    assert refusal(store, "ncci-ptp", *parts(tmp_path, [_ROW]), setting=setting, edition=edition) == message


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        (
            [["HCPCS/CPT Code", "Practitioner Services MUE Values"], ["00001", "1"]],
            "{}, row 1: expected a column `MUE Adjudication Indicator`, found none; "
            "import it with --setting medicaid-practitioner if it is a Medicaid file",
        ),
        (
            [["HCPCS/CPT Code", "Values", "MAI"], ["00001", "1", "2"]],
            "{}, row 1: expected one of the columns `Practitioner Services MUE Values`, "
            "`Outpatient Hospital Services MUE Values`, `DME Supplier Services MUE Values`, found none of them; "
            + _SHIPPED,
        ),
        (
            [["HCPCS/CPT Code", "MUE Values", "MAI"], ["00001", "1", "2"]],
            "{}: does not say which setting it is for; say it with --setting, for example practitioner",
        ),
        (
            [["HCPCS/CPT Code", "DME MUE Values", "MAI"], ["00001", "1", "4 Something"]],
            "{}, row 2: expected an MAI 1, 2 or 3, found `4 Something`; " + _SHIPPED,
        ),
        (
            [["HCPCS/CPT Code", "DME MUE Values", "MAI"], ["00001", "1.5", "2"]],
            "{}, row 2: expected units as a whole number, found `1.5`; " + _SHIPPED,
        ),
        (
            [["HCPCS/CPT Code", "DME MUE Values", "MAI"], ["00001", "1", "2"], ["Note: see above", "", ""]],
            "{}, row 3: expected a code of five characters, found `Note: see above`; " + _SHIPPED,
        ),
    ],
)  # fmt: skip
def test_units(rows: list[list[str]], message: str, store: Path, tmp_path: Path) -> None:
    given = write_csv(tmp_path / f"{_NAME}.csv", rows)
    assert refusal(store, "ncci-mue", given) == message.format(given.name)


def test_a_quote_that_is_never_closed(store: Path, tmp_path: Path) -> None:
    given = tmp_path / f"{_NAME}.csv"
    given.write_text('HCPCS/CPT Code,DME MUE Values,MAI\n00001,1,"2\n00002,1,2\n', encoding="utf-8")
    assert refusal(store, "ncci-mue", given) == (
        f"{given.name}, row 2: expected csv, found a row that is none (unexpected end of data); {_SHIPPED}"
    )


def test_units_of_another_setting(store: Path, tmp_path: Path) -> None:
    given = write_csv(tmp_path / "values.csv", [["HCPCS/CPT Code", "DME MUE Values", "MAI"], ["00001", "1", "2"]])
    assert refusal(store, "ncci-mue", given, setting="hospital") == (
        "values.csv: is the dme table by its header, --setting says `hospital`; leave it out"
    )


def test_an_edition_that_nobody_says(store: Path, tmp_path: Path) -> None:
    given = write_csv(tmp_path / "values.csv", [["HCPCS/CPT Code", "DME MUE Values", "MAI"], ["00001", "1", "2"]])
    assert refusal(store, "ncci-mue", given) == (
        "values.csv: does not say which edition it is; say it with --edition, for example 2026Q3"
    )


def test_two_settings_at_once(store: Path, tmp_path: Path) -> None:
    one = write_csv(tmp_path / "a.csv", [["HCPCS/CPT Code", "DME MUE Values", "MAI"], ["00001", "1", "2"]])
    two = write_csv(tmp_path / "b.csv", [["HCPCS/CPT Code", "Practitioner MUE Values", "MAI"], ["00001", "1", "2"]])
    assert refusal(store, "ncci-mue", one, two, edition="2026Q3").replace(f"{tmp_path}/", "") == (
        "b.csv: is the practitioner table, a.csv the dme one; import them apart"
    )


def test_a_workbook_without_the_header_on_any_sheet(store: Path, tmp_path: Path) -> None:
    given = write_xlsx(tmp_path / f"{_NAME}.xlsx", One=[["nothing"]], Two=[["HCPC", "MAI"], ["00001", "2"]])
    assert refusal(store, "ncci-mue", given) == (
        f"{given.name}: expected a header with `HCPCS/CPT Code` in the first 60 rows, found none of them; {_SHIPPED}"
    )


_COLUMNS = ["AOC_Edit_Type", "Add-On_Code", "Primary_Code", "AOC_Edit_EffDT", "AOC_Edit_DelDT"]


@pytest.mark.parametrize(
    ("row", "message"),
    [
        (
            ["1", "00002", "00001", "2013366", ""],
            "expected the first day of the edit as YYYYDDD, found `2013366`; " + _SHIPPED,
        ),
        (
            ["1", "00002", "00001", "", ""],
            "expected the first day of the edit as YYYYDDD, found nothing; " + _SHIPPED,
        ),
        (
            ["1", "00002", "00001", "2013091", "April"],
            "expected the last day of the edit as YYYYDDD, found `April`; " + _SHIPPED,
        ),
        (["4", "00002", "00001", "2013091", ""], "expected an add-on type 1, 2 or 3, found `4`; " + _SHIPPED),
        (
            ["1", "00002", "CCC", "2013091", ""],
            "expected a primary code of five characters or CCCCC, found `CCC`; " + _SHIPPED,
        ),
        (
            ["1", "2", "00001", "2013091", ""],
            "expected an add-on code of five characters, found `2`; a spreadsheet may have taken its leading zeros; "
            + _SHIPPED,
        ),
    ],
)  # fmt: skip
def test_add_ons(row: list[str], message: str, store: Path, tmp_path: Path) -> None:
    given = write_csv(tmp_path / "AOC_V2026Q3-MCR.csv", [_COLUMNS, row])
    assert refusal(store, "ncci-add-on", given) == f"{given.name}, row 2: {message}"


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        (
            ["100002       00001       2013091", "100002       00003"],
            "{}, row 2: expected the first day of the edit as YYYYDDD at column 26, found no date; " + _SHIPPED,
        ),
        (
            ["100002       00001       2013091", "100002       00003  2016001"],
            "{}, row 2: expected the first day of the edit as YYYYDDD at column 26, found `2016001`; " + _SHIPPED,
        ),
        (
            ["100002       00001       2013091", "see the manual"],
            "{}, row 2: expected a type 1 to 3 followed by an add-on code, found `see the manual`; " + _SHIPPED,
        ),
    ],
)  # fmt: skip
def test_add_ons_as_text(lines: list[str], message: str, store: Path, tmp_path: Path) -> None:
    given = tmp_path / "AOC_V2026Q3-MCR.txt"
    given.write_text("\r\n".join(lines), encoding="ascii")
    assert refusal(store, "ncci-add-on", given) == message.format(given.name)


def test_the_add_ons_of_medicaid(store: Path, tmp_path: Path) -> None:
    given = tmp_path / "AOC_V2026Q3-MCD.txt"
    given.write_bytes(ADD_ON.read_bytes())
    assert refusal(store, "ncci-add-on", given) == (
        f"{given.name}: expected the add-on codes of Medicare, found those of Medicaid by the file's name; {_SHIPPED}"
    )


def test_a_setting_for_a_table_that_has_none(store: Path) -> None:
    assert refusal(store, "ncci-add-on", ADD_ON, setting="hospital") == (
        "--setting `hospital`: ncci-add-on is one table for all settings; leave it out"
    )


def test_a_kind_that_is_none(store: Path) -> None:
    assert refusal(store, "ncci-ptpp", *PTP) == "no importer `ncci-ptpp`; did you mean `ncci-ptp`?"


def test_no_files(store: Path) -> None:
    assert refusal(store, "ncci-ptp") == "no files to import; name them after the kind"
