"""Prints parts of `docs/tables.md`: ``python docs/generate_tables.py kinds|files|asked|days``."""

from __future__ import annotations

import datetime as dt
import sys
from collections.abc import Iterator, Sequence

from attrs import frozen

from cpt_rules import load_ruleset
from cpt_rules.tables.edition import Manifest, in_memory
from cpt_rules.tables.layout import LAYOUTS
from cpt_rules.tables.store import Series


@frozen
class Shipped:
    """How a table is shipped: where it is published, and what is looked for in a zip.

    `example` is the name of a file from which the edition `told` is read; none where --edition must say it. `edition`
    is what --edition says in its place.
    """

    page: str
    in_zip: str
    edition: str
    example: str = ""
    told: str = ""


_QUARTER = "2026Q3"
_ANY = "2026Q3, 2026-07 or 2026"
_CLIA = "a table or text that you make of {}, which CMS publishes as PDF"

SHIPPED: dict[str, Shipped] = {
    "ncci-ptp": Shipped(
        "CMS, Medicare NCCI procedure-to-procedure (PTP) edits; Medicaid NCCI edit files",
        "txt, csv, xlsx", _QUARTER, "ccipra-v322r0-f1.TXT", "2026Q3",
    ),
    "ncci-mue": Shipped(
        "CMS, Medicare NCCI medically unlikely edits (MUE); Medicaid NCCI edit files",
        "txt, csv, xlsx", _QUARTER, "MCR_MUE_PractitionerServices_Eff_07-01-2026.csv", "2026Q3",
    ),
    "ncci-add-on": Shipped(
        "CMS, Medicare NCCI add-on code edits", "xlsx, csv, txt", _QUARTER, "AOC_V2026Q3-MCR.txt", "2026Q3"
    ),
    "pfs": Shipped(
        "CMS, National Physician Fee Schedule Relative Value File; of its zip PPRRVU…",
        "csv, xlsx", _QUARTER, "PPRRVU26_JUL.csv", "2026Q3",
    ),
    "clfs": Shipped("CMS, Clinical Laboratory Fee Schedule Files", "csv, xlsx", _QUARTER, "CLFS 2026 Q3V1.csv", "2026Q3"),
    "hcpcs": Shipped(
        "CMS, HCPCS Level II (alpha-numeric) files; of its zip …ANWEB", "txt, xlsx, csv", _ANY, "HCPC2026_JUL_ANWEB.csv",
        "2026Q3",
    ),
    "icd10cm": Shipped(
        "CMS and NCHS, ICD-10-CM order file, or its list of codes", "txt", "2026 (the fiscal year) or 2026-04 (its update)",
        "icd10cm_order_2026.txt", "2026",
    ),
    "pos": Shipped("CMS, Place of Service Codes for Professional Claims, as a table", "csv, xlsx, txt", _ANY),
    "taxonomy": Shipped(
        "NUCC, Health Care Provider Taxonomy Code Set", "csv, xlsx", "2025-04 (version 25.0) or 2025-10 (25.1)",
        "nucc_taxonomy_251.csv", "2025-10",
    ),
    "revenue-codes": Shipped("NUBC, by licence; or your own list", "txt, csv, xlsx", _ANY),
    "clia-waived": Shipped(_CLIA.format("Tests Granted Waived Status under CLIA"), "txt, csv, xlsx", _ANY),
    "clia-subject": Shipped(_CLIA.format("HCPCS Codes Subject to CLIA Edits"), "txt, csv, xlsx", _ANY),
    "clia-excluded": Shipped(_CLIA.format("HCPCS Codes Excluded from CLIA Edits"), "txt, csv, xlsx", _ANY),
    "lab-ncd": Shipped(
        "CMS, laboratory NCDs, ICD-10 code lists of the quarterly lab edit module; as tables with the columns `NCD`, "
        "`HCPCS`, `ICD-10` and `list`",
        "csv, xlsx", _QUARTER, "covered 2026Q3.csv", "2026Q3",
    ),
    "clia-laboratories": Shipped(
        "your own records, as a table with the columns `clia`, `certificate`, and if known `specialities`, `since`, `until`",
        "csv, xlsx, txt", _ANY,
    ),
}  # fmt: skip


def kinds() -> Iterator[str]:
    """What can be imported, from the layouts."""
    yield "| kind | what it holds | table | key | other columns | editions | what it does not list |"
    yield "|---|---|---|---|---|---|---|"
    for kind, layout in LAYOUTS.items():
        others = [column.name for column in layout.columns if column.name not in layout.key]
        editions = "snapshot" if layout.validity is None else "cumulative"
        absent = "is not there" if layout.complete else "is not known"
        cells = (f"`{kind}`", layout.title, f"`{layout.table}`", _listed(layout.key), _listed(others), editions, absent)
        yield _row(cells)


def files() -> Iterator[str]:
    """Where the files come from, and how the edition is told."""
    yield "| kind | where it is published | in a zip | edition told by | else `--edition` | `--setting` |"
    yield "|---|---|---|---|---|---|"
    for kind, layout in LAYOUTS.items():
        shipped = SHIPPED[kind]
        told = f"`{shipped.example}`: {shipped.told}" if shipped.example else "nothing"
        cells = (f"`{kind}`", shipped.page, shipped.in_zip, told, shipped.edition, ", ".join(layout.settings) or "none")
        yield _row(cells)


def asked() -> Iterator[str]:
    """Which of the bundled edits ask which table."""
    ruleset = load_ruleset()
    asking: dict[str, list[str]] = {}
    for id, edit in ruleset.edits.items():
        for table in dict.fromkeys(lookup.table.text for lookup in edit.lookup.values()):
            asking.setdefault(table, []).append(id)
    yield "| table | starter | edits that ask it |"
    yield "|---|---|---|"
    for layout in LAYOUTS.values():
        starters = [each for each in ruleset.store.manifests() if each.table == layout.table]
        rows = ", ".join(f"{each.rows:,} rows" + (f" {each.setting}" if each.setting else "") for each in starters)
        spoken = f"{starters[0].edition}: {rows}" if starters else "none"
        yield _row((f"`{layout.table}`", spoken, _listed(asking.get(layout.table, [])) or "none"))


#: Days on which the page says which edition answers.
DAYS = ("2019-07-01", "2026-02-02", "2026-05-04", "2026-08-03", "2026-11-02")


def days() -> Iterator[str]:
    """Which edition answers on which day, where a store has those of the first and the third quarter of 2026."""
    pairs = _series("ncci-ptp", ["00001", "00002", "2020-01-01", "", "1"])
    limits = _series("ncci-mue", ["00001", "1", "3"])
    yield "| day of service | `ncci.ptp` (cumulative; the oldest row is of 2020-01-01) | `ncci.mue` (snapshot) |"
    yield "|---|---|---|"
    for day in map(dt.date.fromisoformat, DAYS):
        yield _row((day.isoformat(), _answer(pairs, day), _answer(limits, day)))


def _series(kind: str, row: list[str]) -> Series:
    editions = []
    for name, since, until in (("2026Q1", "2026-01-01", "2026-03-31"), ("2026Q3", "2026-07-01", "2026-09-30")):
        period = dt.date.fromisoformat(since), dt.date.fromisoformat(until)
        manifest = Manifest(kind, LAYOUTS[kind].table, None, name, "CMS", *period, (), 1, 0, True, 1)
        editions.append(in_memory(manifest, [row]))
    return Series(LAYOUTS[kind].table, None, tuple(editions))


def _answer(series: Series, day: dt.date) -> str:
    found = series.edition(day)
    if found is None:
        return "none: not checked"
    edition, stale = found
    return edition.manifest.edition + (", and the finding is marked stale" if stale else "")


def _listed(names: Sequence[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def _row(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


if __name__ == "__main__":
    print("\n".join({"kinds": kinds, "files": files, "asked": asked, "days": days}[sys.argv[1]]()))
