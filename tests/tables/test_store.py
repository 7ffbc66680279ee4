"""Which edition answers for a day, what replaces what, and what a store says of itself."""

from __future__ import annotations

import datetime as dt
import pickle
from pathlib import Path

import attrs
import pytest

from cpt_rules.tables.edition import Manifest, TableError
from cpt_rules.tables.importing import import_table
from cpt_rules.tables.layout import Column, Layout
from cpt_rules.tables.store import Series, Tables, manifest_paths
from cpt_rules.tables.verify import verify
from tests.tables.ncci import MUE, PTP, opened, parts
from tests.tables.small_files import write_csv
from tests.tables.test_edition import manifest

_HEADER = ["HCPCS/CPT Code", "Practitioner Services MUE Values", "MAI"]


def mue(root: Path, edition: str, units: str) -> None:
    given = write_csv(root.parent / f"{edition}.csv", [_HEADER, ["00001", units, "2"]])
    import_table("ncci-mue", [given], root=root, edition=edition)


def answered(tables: Tables, table: str, setting: str | None, day: str) -> tuple[str, bool] | None:
    found = tables.series(table, setting).edition(dt.date.fromisoformat(day))
    return None if found is None else (found[0].manifest.edition, found[1])


def test_a_snapshot_answers_for_its_own_period_and_the_newest_for_the_days_after(tmp_path: Path) -> None:
    root = tmp_path / "store"
    for edition, units in (("2026Q3", "3"), ("2025Q4", "1"), ("2026Q1", "2")):
        mue(root, edition, units)
    tables = Tables(root)
    days = {
        "2025-09-30": None,
        "2025-10-01": ("2025Q4", False),
        "2025-12-31": ("2025Q4", False),
        "2026-01-01": ("2026Q1", False),
        "2026-03-31": ("2026Q1", False),
        "2026-04-01": None,  # between two editions neither can speak
        "2026-07-01": ("2026Q3", False),
        "2026-09-30": ("2026Q3", False),
        "2026-10-01": ("2026Q3", True),
    }
    assert {day: answered(tables, "ncci.mue", "practitioner", day) for day in days} == days


def test_a_cumulative_table_answers_from_its_newest_edition_for_every_day_of_its_rows(tmp_path: Path) -> None:
    root = tmp_path / "store"
    import_table("ncci-ptp", PTP, root=root)
    old = [("00001", "00002", "", "19950101", "*", "1", "X")]
    import_table("ncci-ptp", parts(tmp_path / "old", old, "ccipra-v300r0"), root=root)
    tables = Tables(root)
    days = {
        "1995-12-31": None,  # the older edition has a row for it, but the newest is the one that counts
        "1996-01-01": ("2026Q3", False),
        "2024-02-01": ("2026Q3", False),
        "2026-09-30": ("2026Q3", False),
        "2026-10-01": ("2026Q3", True),
    }
    assert {day: answered(tables, "ncci.ptp", "practitioner", day) for day in days} == days


def test_of_two_editions_that_begin_together_the_shorter_answers_for_its_days() -> None:
    year = attrs.evolve(
        manifest("ncci-mue"), edition="2026", effective_from=dt.date(2026, 1, 1), effective_to=dt.date(2026, 12, 31)
    )
    quarter = attrs.evolve(year, edition="2026Q1", effective_to=dt.date(2026, 3, 31))
    tables = Tables(None, ((quarter, (("00001", "1", "2"),)), (year, (("00001", "2", "2"),))))
    assert answered(tables, "ncci.mue", None, "2026-03-31") == ("2026Q1", False)
    assert answered(tables, "ncci.mue", None, "2026-04-01") == ("2026", False)


def test_settings_are_tables_of_their_own(tmp_path: Path) -> None:
    import_table("ncci-mue", [MUE], root=tmp_path)
    tables = Tables(tmp_path)
    assert answered(tables, "ncci.mue", "practitioner", "2026-07-01") == ("2026Q3", False)
    assert answered(tables, "ncci.mue", "hospital", "2026-07-01") is None
    assert tables.series("ncci.mue", "hospital").editions == ()


def starter(units: str) -> tuple[Manifest, tuple[tuple[str, ...], ...]]:
    about = attrs.evolve(manifest("ncci-mue"), setting="practitioner", starter=True, edition="2024Q3")
    return about, (("00001", units, "3"),)


def test_an_imported_table_replaces_the_starter(tmp_path: Path) -> None:
    assert [m.edition for m in Tables(None, (starter("9"),)).manifests()] == ["2024Q3"]
    import_table("ncci-mue", [MUE], root=tmp_path)
    tables = Tables(tmp_path, (starter("9"),))
    assert [(m.edition, m.starter) for m in tables.manifests()] == [("2026Q3", False)]
    assert answered(tables, "ncci.mue", "practitioner", "2026-07-01") == ("2026Q3", False)


def test_a_starter_may_bring_its_layout() -> None:
    layout = Layout("own", "own.table", (Column("code"), Column("most", "number")), ("code",), "user")
    about = attrs.evolve(manifest("ncci-mue"), table="own.table", starter=True)
    tables = Tables(None, ((about, (("00001", "1"),), layout),))
    found = tables.series("own.table", None).edition(dt.date(2026, 7, 1))
    assert found is not None
    assert found[0].find(("00001",), dt.date(2026, 7, 1)) == [0]


def test_tables_pickle_and_are_opened_again(tmp_path: Path) -> None:
    import_table("ncci-mue", [MUE], root=tmp_path)
    tables = Tables(tmp_path, (starter("9"),))
    tables.open_all()
    again = pickle.loads(pickle.dumps(tables))
    assert again.manifests() == tables.manifests()
    assert answered(again, "ncci.mue", "practitioner", "2026-07-01") == ("2026Q3", False)


def test_an_edition_that_is_replaced_between_two_looks_is_read_as_it_is_now(tmp_path: Path) -> None:
    root = tmp_path / "store"
    mue(root, "2026Q3", "1")
    tables = Tables(root)  # has read the manifest
    mue(root, "2026Q3", "5")
    found = tables.series("ncci.mue", "practitioner").edition(dt.date(2026, 7, 1))
    assert found is not None
    assert found[0].cell("units", 0) == 5


def test_an_edition_that_is_open_stays_readable_when_it_is_replaced(tmp_path: Path) -> None:
    root = tmp_path / "store"
    mue(root, "2026Q3", "1")
    edition = opened(root, "ncci.mue", "practitioner")
    mue(root, "2026Q3", "5")
    assert edition.cell("units", 0) == 1


def test_damage_is_said_when_everything_is_opened(tmp_path: Path) -> None:
    import_table("ncci-mue", [MUE], root=tmp_path)
    data = next(tmp_path.rglob("*.arrow"))
    data.write_bytes(data.read_bytes()[:-1])
    tables = Tables(tmp_path)
    with pytest.raises(TableError, match="bytes where its manifest says"):
        tables.open_all()


def test_a_folder_that_is_none(tmp_path: Path) -> None:
    with pytest.raises(TableError) as caught:
        Tables(tmp_path / "none")
    assert str(caught.value) == f"{tmp_path}/none: no such folder; import tables into it with `cpt-rules tables import`"


def test_no_store_at_all() -> None:
    assert Tables().manifests() == []
    assert Series("ncci.ptp", None, ()).edition(dt.date(2026, 1, 1)) is None


def test_verify_counts_rows_that_are_in_force_together(tmp_path: Path) -> None:
    rows = [
        ("00001", "00002", "", "20200101", "*", "0", ""),
        ("00001", "00002", "", "20210101", "*", "0", ""),  # says the same
        ("00001", "00003", "", "20200101", "20201231", "0", ""),
        ("00001", "00003", "", "20201231", "*", "1", ""),  # says otherwise on one day
        ("00001", "00004", "", "20200101", "20201231", "0", ""),
        ("00001", "00004", "", "20210101", "*", "1", ""),  # follows
        ("00001", "00005", "", "20210101", "20200101", "1", ""),  # never
    ]
    import_table("ncci-ptp", parts(tmp_path / "given", rows), root=tmp_path / "store")
    (path,) = manifest_paths(tmp_path / "store")
    found = verify(path)
    assert found.problems == ()
    assert found.remarks == (
        "1 row never in force: last day before the first",
        "1 row shadowed: in force together with another of the same key that says the same",
        "1 row contradicting another of the same key that is in force on the same days",
    )
