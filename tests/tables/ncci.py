"""The small NCCI files and what is in a store after their import."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from pathlib import Path

from cpt_rules.tables.edition import Cell, Edition
from cpt_rules.tables.store import Tables

FILES = Path(__file__).parent / "files"
PTP = sorted(FILES.glob("ccipra-*.TXT"))
MUE = FILES / "MCR_MUE_PractitionerServices_Eff_07-01-2026.csv"
ADD_ON = FILES / "AOC_V2026Q3-MCR.txt"

PTP_HEADER = ("Column 1", "Column 2", "*=in existence prior to 1996", "Effective Date", "Deletion Date *=no data",
              "Modifier 0=not allowed 1=allowed 9=not applicable", "PTP Edit Rationale")  # fmt: skip
OPEN = dt.date(9999, 12, 31)


def opened(root: Path, table: str, setting: str | None, day: dt.date = dt.date(2026, 7, 1)) -> Edition:
    """The edition that answers for a day."""
    found = Tables(root).series(table, setting).edition(day)
    assert found is not None
    return found[0]


def all_rows(edition: Edition) -> list[tuple[Cell, ...]]:
    """Every row, its cells in the order of the columns."""
    names = [column.name for column in edition.layout.columns]
    return [tuple(edition.cell(name, row) for name in names) for row in range(edition.manifest.rows)]


def parts(folder: Path, rows: Sequence[Sequence[str]], name: str = "ccipra-v322r0") -> list[Path]:
    """Four parts of a PTP table, all rows in the first but one for each of the others."""
    folder.mkdir(parents=True, exist_ok=True)
    made = []
    for part in range(1, 5):
        own = rows if part == 1 else [(f"9000{part}", "90009", "", "20200101", "*", "0", "X")]
        path = folder / f"{name}-f{part}.txt"
        lines = ["\t".join(row) for row in (PTP_HEADER, *own)]
        path.write_text("".join(f"{line}\r\n" for line in lines), encoding="utf-8", newline="")
        made.append(path)
    return made
