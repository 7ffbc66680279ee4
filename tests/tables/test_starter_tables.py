"""The starter tables of laboratory codes: what they hold, in which form, and what they answer."""

from __future__ import annotations

import csv
import datetime as dt
import gzip
from collections.abc import Sequence
from typing import Any

import pytest

from cpt_rules import load_ruleset
from cpt_rules.formats import FORMATS
from cpt_rules.ruleset.knowledge import Knowledge
from cpt_rules.ruleset.load import bundled_path
from cpt_rules.ruleset.members import Members
from cpt_rules.tables.edition import Cell
from cpt_rules.tables.layout import BY_TABLE, LAYOUTS
from tests.tables.small_files import SHARED, needs_shared

FOLDER = bundled_path() / "tables"
RULESET = load_ruleset()
SUMMER = dt.date(2024, 8, 1)

ROWS = {
    ("clfs", None): 2_105,
    ("hcpcs", None): 72,
    ("ncci.add-on", None): 97,
    ("ncci.mue", "hospital"): 2_123,
    ("ncci.mue", "practitioner"): 2_124,
    ("ncci.ptp", "hospital"): 222,
    ("ncci.ptp", "practitioner"): 261,
    ("pfs", None): 1_835,
}


def asked(
    table: str, setting: str | None, key: Sequence[str], day: dt.date, *names: str
) -> list[tuple[Cell, ...]] | None:
    found = RULESET.store.series(table, setting).edition(day)
    if found is None:
        return None
    edition, _ = found
    return [tuple(edition.cell(name, row) for name in names) for row in edition.find(key, day)]


def test_every_importable_table_has_a_document() -> None:
    assert set(RULESET.tables) == set(BY_TABLE)


def test_rows_of_each_starter() -> None:
    assert {(m.table, m.setting): m.rows for m in RULESET.store.manifests()} == ROWS


def test_starters_are_small() -> None:
    assert sum(path.stat().st_size for path in FOLDER.glob("*.csv")) < 400_000


@pytest.mark.parametrize("kind", ["clfs", "hcpcs", "ncci-add-on", "ncci-mue", "ncci-ptp", "pfs"])
def test_every_cell_has_its_columns_format_and_rows_are_in_order(kind: str) -> None:
    layout = LAYOUTS[kind]
    columns = RULESET.tables[layout.table].columns
    with (FOLDER / f"{kind}.csv").open(encoding="utf-8", newline="") as file:
        header, *rows = csv.reader(file)
    assert header == [*(["setting"] if layout.settings else []), *columns]
    assert rows == sorted(rows)
    assert len({tuple(row) for row in rows}) == len(rows)
    short = {"status", "pctc", "bilateral", "indicator", "mai", "type"}
    for row in rows:
        for name, cell in zip(header, row, strict=True):
            type = columns.get(name)
            parts = cell.split("|") if type is not None and type.many else [cell]
            if type is not None and cell:
                assert all(FORMATS[type.format].matches(part) for part in parts), (kind, name, cell)
            assert len(cell) == 1 if name in short else " " not in cell, (kind, name, cell)


@pytest.mark.parametrize("setting", ["practitioner", "hospital"])
def test_86329_has_its_pairs_and_its_limit(setting: str) -> None:
    assert asked("ncci.ptp", setting, ("86329", "86331"), SUMMER, "indicator") == [("1",)]
    assert asked("ncci.ptp", setting, ("87147", "86329"), SUMMER, "indicator") == [("1",)]
    assert asked("ncci.ptp", setting, ("80053", "80048"), SUMMER, "indicator") == [("0",)]
    assert asked("ncci.ptp", setting, ("86329", "86334"), SUMMER, "indicator") == []
    assert asked("ncci.mue", setting, ("86329",), SUMMER, "units", "mai") == [(3, "3")]


def test_a_pair_of_the_practitioner_table_alone() -> None:
    assert asked("ncci.ptp", "practitioner", ("86329", "96523"), SUMMER, "indicator") == [("0",)]
    assert asked("ncci.ptp", "hospital", ("86329", "96523"), SUMMER, "indicator") == []


def test_pairs_say_nothing_of_days_before_their_source() -> None:
    assert asked("ncci.ptp", "practitioner", ("86329", "86331"), dt.date(2024, 6, 30), "indicator") is None
    assert asked("ncci.ptp", "practitioner", ("86329", "86331"), dt.date(2024, 7, 1), "indicator") == [("1",)]


def test_fee_schedules_know_26_and_qw() -> None:
    assert asked("pfs", None, ("86329", ""), SUMMER, "pctc") == [("9",)]
    assert asked("pfs", None, ("86329", "26"), SUMMER, "pctc") == []
    assert asked("pfs", None, ("86334", "26"), SUMMER, "pctc") == [("6",)]
    spring = dt.date(2025, 4, 1)
    assert asked("clfs", None, ("81003", "QW"), spring, "indicator") == [("N",)]
    assert asked("clfs", None, ("86329", "QW"), spring, "indicator") == []
    assert asked("clfs", None, ("86329", "QW"), dt.date(2025, 3, 31), "indicator") is None


def test_certification_codes_and_add_ons() -> None:
    assert asked("hcpcs", None, ("G0472",), SUMMER, "labcert") == [(("220",),)]
    assert asked("hcpcs", None, ("G0417",), SUMMER, "labcert") == []
    assert asked("ncci.add-on", None, ("82952",), SUMMER, "primary", "type") == [("82951", "1")]


def test_what_the_starters_are_complete_for() -> None:
    assert {name: str(getattr(table.complete, "id", table.complete)) for name, table in RULESET.tables.items()} == {
        "clfs": "yes", "clia.excluded": "no", "clia.laboratories": "no", "clia.subject": "no", "clia.waived": "no",
        "hcpcs": "hcpcs.starter-codes", "icd10cm": "no", "lab.ncd": "no", "ncci.add-on": "lab.range", "ncci.mue": "no",
        "ncci.ptp": "ncci.ptp.starter-codes", "pfs": "pfs.codes", "pos": "no", "revenue-codes": "no", "taxonomy": "no",
    }  # fmt: skip


def members(id: str, day: dt.date) -> Members:
    nobody: Any = None
    return Knowledge(RULESET, nobody, (), day).set(id).members


def first_column(kind: str, place: int = 0) -> set[str]:
    with (FOLDER / f"{kind}.csv").open(encoding="utf-8", newline="") as file:
        return {row[place] for row in list(csv.reader(file))[1:]}


def test_the_fee_schedule_starter_has_the_codes_it_is_complete_for() -> None:
    assert first_column("pfs") >= members("pfs.codes", SUMMER).sure


@needs_shared
@pytest.mark.parametrize("release", ["rvu24a_jan", "rvu24c_jul"])
def test_the_fee_schedule_starter_has_every_row_of_its_codes_in_both_releases(release: str) -> None:
    codes = first_column("pfs")
    names = ("hcpcs", "mod", "status_code", "pctc_ind", "bilat_surg")
    with gzip.open(SHARED / "pfs" / f"PPRRVU_{release}_no_descriptors.csv.gz", "rt", encoding="utf-8") as file:
        source = {tuple(row[name] for name in names) for row in csv.DictReader(file) if row["hcpcs"] in codes}
    with (FOLDER / "pfs.csv").open(encoding="utf-8", newline="") as file:
        assert {tuple(row) for row in list(csv.reader(file))[1:]} == source


@needs_shared
def test_the_pair_starter_has_every_practitioner_pair_it_is_complete_for() -> None:
    parquet: Any = pytest.importorskip("pyarrow.parquet")
    codes = members("ncci.ptp.starter-codes", SUMMER).sure
    table = parquet.read_table(
        SHARED / "ncci" / "ptp_practitioner_2024Q3.parquet",
        columns=["column_1", "column_2", "modifier_indicator"],
        filters=[("deletion_date", "==", "*")],
    )
    source = {
        (one, two, str(indicator))
        for one, two, indicator in zip(*(column.to_pylist() for column in table.columns), strict=True)
        if one in codes or two in codes
    }
    with (FOLDER / "ncci-ptp.csv").open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.reader(file) if row[0] == "practitioner"]
    assert {(one, two, indicator) for _, one, two, _, _, indicator in rows} == source


@needs_shared
def test_the_add_on_starter_has_every_row_it_is_complete_for() -> None:
    codes = members("lab.range", SUMMER)
    with (SHARED / "ncci" / "aoc_2024-06.csv").open(encoding="utf-8", newline="") as file:
        source = {(row["add_on_code"], row["primary_code"], row["aoc_edit_type"]) for row in csv.DictReader(file)}
    with (FOLDER / "ncci-add-on.csv").open(encoding="utf-8", newline="") as file:
        rows = {(row["add_on"], row["primary"], row["type"]) for row in csv.DictReader(file)}
    assert rows == {row for row in source if codes.contains(row[0])}
