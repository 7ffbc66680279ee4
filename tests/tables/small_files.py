"""Small invented files in the shapes of the publishers, and the rows that an import makes of them."""

from __future__ import annotations

import csv
import datetime as dt
import io
import warnings
import zipfile
from collections.abc import Sequence
from pathlib import Path

import pytest

from cpt_rules.tables.edition import Cell
from cpt_rules.tables.importing import import_table
from cpt_rules.tables.layout import LAYOUTS
from cpt_rules.tables.store import Tables

Sheet = Sequence[Sequence[object]]

SHARED = Path(__file__).parents[3] / "shared" / "data"

needs_shared = pytest.mark.skipif(not SHARED.is_dir(), reason="the public files are not beside this checkout")


def write_csv(path: Path, rows: Sheet, *, end: str = "\r\n") -> Path:
    path.write_text(csv_text(rows, end=end), encoding="utf-8", newline="")
    return path


def csv_text(rows: Sheet, *, end: str = "\r\n") -> str:
    made = io.StringIO()
    csv.writer(made, lineterminator=end).writerows(rows)
    return made.getvalue()


def write_text(path: Path, *lines: str, end: str = "\r\n") -> Path:
    path.write_text("".join(line + end for line in lines), encoding="utf-8", newline="")
    return path


def write_xlsx(path: Path, **sheets: Sheet) -> Path:
    openpyxl = pytest.importorskip("openpyxl")
    book = openpyxl.Workbook()
    book.remove(book.active)
    for title, rows in sheets.items():
        sheet = book.create_sheet(title)
        for row in rows:
            sheet.append(list(row))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        book.save(path)
    return path


def write_zip(path: Path, **members: str | bytes) -> Path:
    """A zip of members named ``PPRRVU24_JUL_csv`` for ``PPRRVU24_JUL.csv``."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            stem, _, ending = name.rpartition("_")
            archive.writestr(f"{stem}.{ending}", content)
    return path


def hcpcs_line(
    code: str,
    record: str,
    since: str = "",
    until: str = "",
    certificates: Sequence[str] = (),
    *,
    sequence: str = "00100",
) -> str:
    """A record of 320 columns of the HCPCS text, descriptors X."""
    line = f"{code:>5}{sequence}{record}{'X':<80}{'X':<28}"
    line = f"{line:<180}{''.join(certificates):<24}"
    return f"{f'{line:<268}{since:<8}{since:<8}{until:<8}N':<320}"


def imported(
    root: Path, kind: str, *files: Path, edition: str | None = None, day: dt.date | None = None
) -> dict[tuple[str, ...], list[dict[str, Cell]]]:
    """Imports the files and gives what the store answers: rows by key, in force on `day` (default: the first day)."""
    root.mkdir(exist_ok=True)
    manifest, changed = import_table(kind, files, root=root, edition=edition)
    assert changed
    assert manifest.refused == 0
    layout = LAYOUTS[kind]
    day = day or manifest.effective_from
    found = Tables(root).series(layout.table, None).edition(day)
    assert found is not None
    table, _ = found
    seconds = {""} if len(layout.key) > 1 else set[str]()
    if seconds:
        seconds |= {str(table.cell(layout.key[1], row)) for row in range(manifest.rows)}
    firsts = list(table.keys())
    keys = [(first, *rest) for first in firsts for rest in ([(s,) for s in sorted(seconds)] or [()])]
    rows: dict[tuple[str, ...], list[dict[str, Cell]]] = {}
    others = [column.name for column in layout.columns if column.name not in layout.key]
    for key in keys:
        of_key = [{name: table.cell(name, row) for name in others} for row in table.find(key, day)]
        if of_key:
            rows[key] = of_key
    return rows


def all_files(root: Path) -> dict[str, bytes]:
    """Every file of a store and what is in it."""
    return {str(path.relative_to(root)): path.read_bytes() for path in sorted(root.rglob("*")) if path.is_file()}
