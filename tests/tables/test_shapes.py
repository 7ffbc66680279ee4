"""Shapes that publishers change from release to release: the rows are the same in each of them."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from cpt_rules.tables.edition import Cell
from cpt_rules.tables.importing import IMPORTERS, import_table
from cpt_rules.tables.layout import LAYOUTS
from cpt_rules.tables.store import Tables
from tests.tables.ncci import PTP_HEADER, all_rows
from tests.tables.small_files import write_xlsx

Table = Sequence[Sequence[str]]

_NO_LABCERT = [""] * 7

#: Kind → the name of a file, its header and its rows.
TABLES: dict[str, tuple[str, Table]] = {
    "ncci-ptp": (
        "2026q3.csv",
        [
            PTP_HEADER,
            ["00001", "00002", "", "20200101", "*", "0", "X"],
            ["00001", "00003", "*", "19960101", "20201231", "1", "X"],
        ],
    ),
    "ncci-mue": (
        "MUE_Eff_07-01-2026.csv",
        [
            ["HCPCS/\nCPT Code", "Practitioner Services MUE Values", "MUE Adjudication Indicator", "MUE Rationale"],
            ["00001", "3", "2 Date of Service Edit: Policy", "X"],
            ["A0001", "1", "1 Line Edit", "X"],
        ],
    ),
    "ncci-add-on": (
        "AOC_V2026Q3.csv",
        [
            ["Add-On_Code", "Primary_Code", "AOC_Edit_Type", "AOC_Edit_EffDT", "AOC_Edit_DelDT"],
            ["00001", "00002", "1", "2013091", ""],
            ["00003", "CCCCC", "2", "2013091", "2020366"],
        ],
    ),
    "pfs": (
        "PPRRVU26_JUL.csv",
        [
            ["HCPCS", "MOD", "DESCRIPTION", "STATUS CODE", "PCTC IND", "BILAT SURG"],
            ["00001", "", "X", "A", "1", "0"],
            ["00001", "26", "X", "A", "1", "0"],
        ],
    ),
    "clfs": (
        "CLFS 2026 Q3V1.csv",
        [
            ["YEAR", "HCPCS", "MOD", "EFF_DATE", "INDICATOR", "RATE", "SHORTDESC"],
            ["2026", "00001", "", "20260101", "N", "00014.05", "X"],
            ["2026", "00001", "QW", "20260101", "L", "00000.00", "X"],
        ],
    ),
    "hcpcs": (
        "HCPC2026_JUL_ANWEB.csv",
        [
            ["HCPC", "SEQNUM", "RECID", *(f"LABCERT{number}" for number in range(1, 9)), "ADD DT", "TERM DT"],
            ["G0001", "00100", "3", "010", *_NO_LABCERT, "20200101", ""],
            ["G0001", "00200", "4", "", *_NO_LABCERT, "", ""],
            ["G0002", "00100", "3", "", *_NO_LABCERT, "20200101", "20260731"],
        ],
    ),
    "pos": (
        "pos.csv",
        [["Place of Service Code(s)", "Place of Service Name"], ["01", "X"], ["08", "Unassigned"], ["81", "X"]],
    ),
    "taxonomy": (
        "nucc_taxonomy_251.csv",
        [
            ["Code", "Grouping", "Classification", "Specialization"],
            ["291U00000X", "X", "X", ""],
            ["207Q00000X", "X", "X", "X"],
        ],
    ),
    "revenue-codes": ("revenue.csv", [["Revenue Code", "X"], ["0300", "X"], ["0310", "X"]]),
    **{
        f"clia-{list}": ("list.csv", [["CPT Code(s)", "Modifier", "X"], ["00001", "QW", "X"], ["00002", "", "X"]])
        for list in ("waived", "subject", "excluded")
    },
    "lab-ncd": (
        "lists 2026Q3.csv",
        [
            ["NCD", "CPT code", "ICD-10-CM code", "list"],
            ["190.20", "00001", "E119", "covered"],
            ["190.20", "00001", "E15", "non-covered"],
        ],
    ),
    "clia-laboratories": (
        "mine.csv",
        [
            ["CLIA", "Certificate", "Specialities", "Since", "Until"],
            ["05D0123456", "waiver", "", "", "2026-06-30"],
            ["05D0123456", "1", "010 110", "2026-07-01", ""],
        ],
    ),
}

PREAMBLE = [["CPT codes only are copyright of the AMA.\nAll rights\nreserved."], [""], ["A title", "", "of July"]]


def text(table: Table, **more: str) -> str:
    made = io.StringIO()
    csv.writer(made, **{"lineterminator": "\r\n", **more}).writerows(table)  # type: ignore[arg-type]
    return made.getvalue()


def with_column(table: Table, place: int) -> Table:
    return [
        [*row[:place], "A NEW COLUMN" if not number else f"n{number}", *row[place:]] for number, row in enumerate(table)
    ]


#: What a publisher does to a table → the text of its csv.
CSV: dict[str, Callable[[Table], bytes]] = {
    "a byte order mark": lambda table: text(table).encode("utf-8-sig"),
    "line feeds alone": lambda table: text(table, lineterminator="\n").encode(),
    "utf-16": lambda table: text(table).encode("utf-16"),
    "everything in quotes": lambda table: text(table, quoting=csv.QUOTE_ALL).encode(),  # type: ignore[arg-type]
    "tabs": lambda table: text([[cell.replace("\n", " ") for cell in row] for row in table], delimiter="\t").encode(),
    "a preamble": lambda table: text([*PREAMBLE, *table]).encode(),
    "trailing blanks in cells": lambda table: text([[f"{cell}  " for cell in row] for row in table]).encode(),
    "trailing commas": lambda table: text([[*row, "", " "] for row in table]).encode(),
    "blank rows": lambda table: text([row for each in table for row in ([""], each, ["", " "])]).encode(),
    "headings in capitals": lambda table: text([[cell.upper() for cell in table[0]], *table[1:]]).encode(),
    "headings with other punctuation": lambda table: text(
        [[cell.replace(" ", "_").replace("\n", " ") for cell in table[0]], *table[1:]]
    ).encode(),
    "a column more at the end": lambda table: text(with_column(table, len(table[0]))).encode(),
    "a column more at the start": lambda table: text(with_column(table, 0)).encode(),
    "columns the other way round": lambda table: text([row[::-1] for row in table]).encode(),
    "rows the other way round": lambda table: text([table[0], *reversed(table[1:])]).encode(),
    "every row twice": lambda table: text([table[0], *(row for row in table[1:] for _ in (1, 2))]).encode(),
    "the byte that ends files of DOS": lambda table: text(table).encode() + b"\x1a",
    "windows letters in a descriptor": lambda table: text(
        [["“®”" if cell == "X" else cell for cell in row] for row in table]
    ).encode("cp1252"),
}


def rows(root: Path, kind: str, file: Path) -> list[tuple[Cell, ...]]:
    """The rows that an import makes of a file."""
    layout = LAYOUTS[kind]
    setting = "practitioner" if layout.settings else None
    manifest, _ = import_table(kind, [file], root=root, setting=setting, edition=_asked(kind))
    found = Tables(root).series(layout.table, setting).edition(manifest.effective_from)
    assert found is not None
    return all_rows(found[0])


def _asked(kind: str) -> str | None:
    """The edition of the tables whose files do not tell it."""
    tells = {"ncci-ptp", "ncci-mue", "ncci-add-on", "pfs", "clfs", "hcpcs", "taxonomy", "lab-ncd"}
    return None if kind in tells else "2026-07"


def test_every_kind_that_is_a_table_is_asked() -> None:
    assert set(IMPORTERS) - set(TABLES) == {"icd10cm"}


@pytest.mark.parametrize("shape", CSV)
@pytest.mark.parametrize("kind", TABLES)
def test_a_csv_of_another_shape_gives_the_same_rows(kind: str, shape: str, tmp_path: Path) -> None:
    name, table = TABLES[kind]
    made = []
    for number, content in enumerate((text(table).encode(), CSV[shape](table))):
        file = tmp_path / str(number) / name
        file.parent.mkdir()
        file.write_bytes(content)
        made.append(rows(tmp_path / f"store{number}", kind, file))
    assert made[0]
    assert made[1] == made[0]


@pytest.mark.parametrize("kind", TABLES)
def test_a_zip_and_a_workbook_give_the_same_rows(kind: str, tmp_path: Path) -> None:
    name, table = TABLES[kind]
    file = tmp_path / name
    file.write_bytes(text(table).encode())
    packed = tmp_path / f"{name}.zip"
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("__MACOSX/._x.csv", b"\0\0")
        archive.writestr(f"a folder/{name}", file.read_bytes())
    book = write_xlsx(file.with_suffix(".xlsx"), Cover=[["A title"]], Table=[*PREAMBLE, *table])
    expected = rows(tmp_path / "a", kind, file)
    assert expected
    assert rows(tmp_path / "b", kind, packed) == expected
    assert rows(tmp_path / "c", kind, book) == expected


ORDER = [f"{number:05} {code:<7} {flag} X" for number, (code, flag) in enumerate(
    [("A00", 0), ("A000", 1), *((f"{letter}99", 1) for letter in "BCDEFGHIJKLMNOPQRSTUVWXYZ")], 1
)]  # fmt: skip


@pytest.mark.parametrize("shape", ["\n", "\r\n", "blank lines", "a byte order mark", "utf-16", "\x1a", "blanks"])
def test_an_order_file_of_another_shape_gives_the_same_rows(shape: str, tmp_path: Path) -> None:
    end = {"\n": "\n", "blank lines": "\r\n\r\n", "blanks": "   \r\n"}.get(shape, "\r\n")
    content = "".join(line + end for line in ORDER) + ("\x1a" if shape == "\x1a" else "")
    file = tmp_path / "icd10cm_order_2026.txt"
    file.write_bytes(content.encode({"a byte order mark": "utf-8-sig", "utf-16": "utf-16"}.get(shape, "utf-8")))
    manifest, _ = import_table("icd10cm", [file], root=tmp_path)
    found = Tables(tmp_path).series("icd10cm", None).edition(manifest.effective_from)
    assert found is not None
    made = all_rows(found[0])
    assert (len(made), made[:3]) == (27, [("A00", False), ("A00.0", True), ("B99", True)])
