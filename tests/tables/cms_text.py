"""Writes the full public tables out in the text layout of CMS, so that importing them can be tested and measured.

The Parquet of practitioner PTP edits lacks the effective date: 19960101 stands in for it. Where that leaves a pair
with several rows, the one that is active, or deleted last, is kept.

    python -m tests.tables.cms_text FOLDER
"""

from __future__ import annotations

import csv
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

SHARED = Path(__file__).parents[3] / "shared" / "data" / "ncci"
PTP, MUE, ADD_ON = "ptp_practitioner_2024Q3.parquet", "mue_practitioner_2024Q3.csv", "aoc_2024-06.csv"

_PTP_HEADER = (
    "CPT only copyright 2024 American Medical Association.  All rights reserved.\t\t\t\t\t\t",
    "Column1/Column2 Edits\t\t\t\t\t\t",
    "Column 1\tColumn 2\t*=in existence\tEffective\tDeletion\tModifier\tPTP Edit Rationale\t",
    "\t\tprior to 1996\tDate\tDate\t0=not allowed\t\t",
    "\t\t\t\t*=no data\t1=allowed\t\t",
    "\t\t\t\t\t9=not applicable\t\t",
)
_MAI = {"1": "1 Line Edit", "2": "2 Date of Service Edit: Policy", "3": "3 Date of Service Edit: Clinical"}


def write_ptp(folder: Path, *, kept: str = "last", source: Path = SHARED / PTP) -> list[Path]:
    """The four parts of the public table. `kept`: the ``last`` row of a pair, or ``all``."""
    return write_parts(folder, list(ptp_rows(kept=kept, source=source)))


def write_parts(folder: Path, rows: Sequence[tuple[str, str, str, int]]) -> list[Path]:
    """Four parts, ``ccipra-v302r0-f1.TXT`` and on, of rows as `ptp_rows` gives them."""
    folder.mkdir(parents=True, exist_ok=True)
    size = -(-len(rows) // 4)
    paths = []
    for part in range(4):
        path = folder / f"ccipra-v302r0-f{part + 1}.TXT"
        with path.open("w", encoding="cp1252", newline="") as file:
            file.writelines(f"{line}\r\n" for line in _PTP_HEADER)
            for first, second, until, indicator in rows[part * size : (part + 1) * size]:
                file.write(f"{first}\t{second}\t\t19960101\t{until}\t{indicator}\tX\t\r\n")
        paths.append(path)
    return paths


def ptp_rows(*, kept: str = "last", source: Path = SHARED / PTP) -> Iterator[tuple[str, str, str, int]]:
    """(column 1, column 2, deletion date as YYYYMMDD or ``*``, indicator), in the order of the source."""
    import pyarrow.parquet as pq

    best: dict[tuple[str, str], tuple[str, int]] = {}
    for batch in pq.ParquetFile(source).iter_batches(
        columns=["column_1", "column_2", "deletion_date", "modifier_indicator"]
    ):
        for first, second, deleted, indicator in zip(*(column.to_pylist() for column in batch.columns), strict=True):
            until = "*" if deleted is None else deleted.replace("-", "")
            if kept == "all":
                yield first, second, until, indicator
                continue
            before = best.get((first, second))
            if before is None or _later(until, before[0]):
                best[first, second] = until, indicator
    for (first, second), (until, indicator) in best.items():
        yield first, second, until, indicator


def _later(until: str, before: str) -> bool:
    return before != "*" and (until == "*" or until > before)


def write_mue(folder: Path, *, source: Path = SHARED / MUE) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "MCR_MUE_PractitionerServices_Eff_07-01-2024.csv"
    with path.open("w", encoding="utf-8", newline="") as file, source.open(encoding="utf-8", newline="") as given:
        out = csv.writer(file)
        out.writerow(["A notice of the AMA.\n\nIn several lines.", "", "", ""])
        out.writerow(
            ["HCPCS/\nCPT Code", "Practitioner Services MUE Values", "MUE Adjudication Indicator", "MUE Rationale"]
        )
        for row in csv.DictReader(given):
            out.writerow([row["hcpcs_code"], row["mue_units"], _MAI[row["mue_mai"]], "X"])
    return path


def write_add_on(folder: Path, *, source: Path = SHARED / ADD_ON) -> Path:
    """As fixed-width text; all edits start on the same day, which the source lacks."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "AOC_V2024Q2-MCR.txt"
    with path.open("w", encoding="ascii", newline="") as file, source.open(encoding="utf-8", newline="") as given:
        for row in csv.DictReader(given):
            file.write(f"{row['aoc_edit_type']}{row['add_on_code']}{'':7}{row['primary_code']}{'':7}2013091{'':7}\r\n")
    return path


if __name__ == "__main__":
    target = Path(sys.argv[1])
    for made in (*write_ptp(target), write_mue(target), write_add_on(target)):
        print(made)
