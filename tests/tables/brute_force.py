"""PTP and MUE decisions by plain loops over the raw rows. It shares no code with the package, on purpose.

A claim line is a row of the claims file, a dict of texts. What is decided of the lines of one claim is keyed by their
places in it: for PTP (place of column 1, place of column 2), for MUE (place of the line, ``line`` or ``day``).

Sources: CMS, NCCI policy manual and the notes to its files; CR 11168 for modifiers 59 and X on either column.
"""

from __future__ import annotations

import csv
from decimal import Decimal
from pathlib import Path

Row = dict[str, str]

FAIL, PASS, NOT_LISTED = "fail", "pass", "not listed"

#: Anatomic, global surgery and other NCCI-associated modifiers: they count on the code of column 2.
ASSOCIATED = ["E1", "E2", "E3", "E4", "FA", "F1", "F2", "F3", "F4", "F5", "F6", "F7", "F8", "F9",
              "TA", "T1", "T2", "T3", "T4", "T5", "T6", "T7", "T8", "T9", "LT", "RT", "LC", "LD", "RC", "LM", "RI",
              "24", "25", "27", "57", "58", "59", "78", "79", "91", "XE", "XP", "XS", "XU"]  # fmt: skip
#: Distinct services: since 2019-07-01 they count on either code.
DISTINCT = ["59", "XE", "XP", "XS", "XU"]
#: Types of bill of outpatient institutional claims, to which CMS applies the edits of the hospital tables.
OUTPATIENT = ["12", "13", "14", "22", "23", "72", "74", "76", "85"]


def setting(claim: list[Row]) -> str:
    """Whose tables concern a claim; empty: none."""
    if claim[0]["claim_type"] == "professional":
        return "practitioner"
    return "hospital" if claim[0]["bill_type_code"][:2] in OUTPATIENT else ""


def day(line: Row) -> str:
    return line["claim_line_start_date"] or line["claim_start_date"]


def provider(line: Row) -> str:
    if line["claim_type"] == "professional" and line["rendering_npi"]:
        return line["rendering_npi"]
    return line["billing_npi"]


def modifiers(line: Row) -> list[str]:
    return [line[f"hcpcs_modifier_{place}"] for place in (1, 2, 3, 4, 5) if line[f"hcpcs_modifier_{place}"]]


def units(line: Row) -> Decimal:
    return Decimal(line["service_unit_quantity"] or "0")


def together(claim: list[Row], line: Row) -> Decimal:
    """The units of a line's code, day and provider."""
    total = Decimal(0)
    for other in claim:
        if other["hcpcs_code"] == line["hcpcs_code"] and day(other) == day(line) and provider(other) == provider(line):
            total += units(other)
    return total


# ---- procedure to procedure ------------------------------------------------------------------------------------------

#: (column 1, column 2) → (last day as 2024-06-30 or ``*``, indicator) of each raw row.
Pairs = dict[tuple[str, str], list[tuple[str, int]]]


def raw_pairs(parquet: Path, codes: set[str]) -> Pairs:
    """Every raw row both of whose codes are among `codes`. The file has no effective dates: all rows began long ago."""
    import pyarrow.parquet

    found: Pairs = {}
    for batch in pyarrow.parquet.ParquetFile(parquet).iter_batches():
        rows = batch.to_pydict()
        for place in range(batch.num_rows):
            one, two = rows["column_1"][place], rows["column_2"][place]
            if one in codes and two in codes:
                row = rows["deletion_date"][place], int(rows["modifier_indicator"][place])
                found.setdefault((one, two), []).append(row)
    return found


def indicator(pairs: Pairs, one: str, two: str, on: str) -> int | None:
    """The indicator of the row in force on a day; of several, that of the one deleted last. None: no row."""
    best: tuple[str, int] | None = None
    for until, value in pairs.get((one, two), []):
        if until != "*" and until < on:
            continue
        if best is None or (best[0] != "*" and (until == "*" or until > best[0])):
            best = until, value
    return None if best is None else best[1]


def ptp(claim: list[Row], pairs: Pairs) -> dict[tuple[int, int], str]:
    """Every two lines of a day and provider that are an edit pair in force, except those of indicator 9."""
    found: dict[tuple[int, int], str] = {}
    for a, one in enumerate(claim):
        for b, two in enumerate(claim):
            if a == b or day(one) != day(two) or provider(one) != provider(two):
                continue
            what = indicator(pairs, one["hcpcs_code"], two["hcpcs_code"], day(two))
            if what is None or what == 9:
                continue
            told_apart = False
            for modifier in modifiers(two):
                if modifier in ASSOCIATED:
                    told_apart = True
            for modifier in modifiers(one):
                if modifier in DISTINCT and day(one) >= "2019-07-01":
                    told_apart = True
            found[a, b] = PASS if what == 1 and told_apart else FAIL
    return found


# ---- medically unlikely ----------------------------------------------------------------------------------------------

#: Code → units and adjudication indicator.
Limits = dict[str, tuple[Decimal, str]]


def raw_limits(path: Path) -> Limits:
    found: Limits = {}
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            found[row["hcpcs_code"]] = Decimal(row["mue_units"]), row["mue_mai"]
    return found


def mue(claim: list[Row], limits: Limits) -> dict[tuple[int, str], str]:
    """Every line with a code: against its limit, by itself (MAI 1) or with all of its day and provider (MAI 2, 3).

    A code that is not listed may have a limit that CMS keeps confidential. Where no units are sent nothing is judged.
    """
    found: dict[tuple[int, str], str] = {}
    for place, line in enumerate(claim):
        code = line["hcpcs_code"]
        limit, mai = limits.get(code, (Decimal(0), ""))
        if not code:
            continue
        if line["service_unit_quantity"] and mai in ("1", ""):
            found[place, "line"] = NOT_LISTED if not mai else FAIL if units(line) > limit else PASS
        if together(claim, line) != 0 and mai in ("2", "3", ""):
            found[place, "day"] = NOT_LISTED if not mai else FAIL if together(claim, line) > limit else PASS
    return found
