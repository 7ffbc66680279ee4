"""Rows by key and day: in memory, from the file of an import, and after damage."""

from __future__ import annotations

import datetime as dt
import json
import random
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cpt_rules.tables.edition import Edition, Manifest, TableError, in_memory, open_edition
from cpt_rules.tables.layout import LAYOUTS, Column, Layout
from cpt_rules.tables.manifest import manifest_path, read_manifest
from cpt_rules.tables.verify import verify
from cpt_rules.tables.write import Columns, write_edition

DAY = dt.date(2026, 7, 1)


def manifest(kind: str, **more: object) -> Manifest:
    layout = LAYOUTS[kind]
    made = Manifest(
        kind=kind, table=layout.table, setting=None, edition="2026Q3", publisher=layout.publisher,
        effective_from=DAY, effective_to=dt.date(2026, 9, 30), inputs=(("given.txt", "0" * 64),), rows=0, refused=0,
        complete=layout.complete, importer=1,
    )  # fmt: skip
    return attrs.evolve(made, **more)


def written(root: Path, kind: str, rows: Sequence[Sequence[str]]) -> Edition:
    layout = LAYOUTS[kind]
    columns = Columns(layout)
    for row in rows:
        cells = zip(row, layout.columns, strict=True)
        columns.add([dt.date.fromisoformat(cell) if c.type == "date" else cell for cell, c in cells])
    made, _ = write_edition(root, manifest(kind), columns)
    return open_edition(root / made.table / "all", made)


_codes = st.sampled_from(["00001", "00002", "0001A", "G0001", "ü", "00002X"])
_days = st.dates(dt.date(2024, 1, 1), dt.date(2024, 1, 20))
_pairs = st.lists(st.tuples(_codes, _codes, _days, _days, st.sampled_from("019")), max_size=40)


@given(rows=_pairs, key=st.tuples(_codes, _codes), day=_days)
def test_find_is_a_plain_search(tmp_path_factory: pytest.TempPathFactory, rows, key, day) -> None:  # type: ignore[no-untyped-def]
    """`find` gives exactly the rows whose key and days match, from memory and from a file, each once, oldest first."""
    texts = [(one, two, since.isoformat(), until.isoformat(), indicator) for one, two, since, until, indicator in rows]
    names = ("column_1", "column_2", "since", "until", "indicator")
    stored = written(tmp_path_factory.mktemp("store"), "ncci-ptp", texts)
    for edition, given_rows in ((in_memory(manifest("ncci-ptp"), texts), rows), (stored, set(rows))):
        found = [tuple(edition.cell(name, row) for name in names) for row in edition.find(key, day)]
        expected = [row for row in given_rows if row[:2] == key and row[2] <= day <= row[3]]
        assert sorted(found) == sorted(expected)
        assert [row[2] for row in found] == sorted(row[2] for row in expected)
        begun = [row for row in given_rows if row[0] == key[0] and row[2] <= day <= row[3]]
        assert len(edition.find(key[:1], day)) == len(begun)


@given(rows=_pairs)
def test_the_same_rows_in_any_order_are_the_same_file(tmp_path_factory: pytest.TempPathFactory, rows) -> None:  # type: ignore[no-untyped-def]
    """Importing is blind to the order of rows and to rows that are repeated."""
    texts = [(one, two, since.isoformat(), until.isoformat(), indicator) for one, two, since, until, indicator in rows]
    shuffled = [*texts, *texts[:3]]
    random.Random(len(rows)).shuffle(shuffled)
    one = written(tmp_path_factory.mktemp("store"), "ncci-ptp", texts).manifest
    two = written(tmp_path_factory.mktemp("store"), "ncci-ptp", shuffled).manifest
    assert (one.sha256, one.rows, one.places) == (two.sha256, two.rows, two.places)


def test_cells_have_the_types_of_their_columns(tmp_path: Path) -> None:
    edition = written(
        tmp_path, "hcpcs", [("G0001", "2020-01-01", "9999-12-31", "310|400"), ("G0002", *["2020-01-01"] * 2, "")]
    )
    assert edition.cell("labcert", 0) == ("310", "400")
    assert edition.cell("labcert", 1) == ()
    assert edition.cell("until", 0) == dt.date(9999, 12, 31)
    assert list(edition.keys()) == ["G0001", "G0002"]
    units = written(tmp_path, "ncci-mue", [("00001", "12", "2")])
    assert units.cell("units", 0) == Decimal(12)
    billable = written(tmp_path, "icd10cm", [("A00.0", "yes"), ("A00", "no")])
    assert [billable.cell("billable", row) for row in (0, 1)] == [False, True]


def test_many_words_need_wider_numbers(tmp_path: Path) -> None:
    for count in (127, 128, 40_000):
        edition = written(tmp_path, "revenue-codes", [(f"{number:05}",) for number in range(count)])
        assert [edition.find((code,), DAY) for code in ("00000", f"{count - 1:05}", f"{count:05}")] == [
            [0],
            [count - 1],
            [],
        ]


def test_a_table_that_only_a_ruleset_knows_brings_its_layout() -> None:
    layout = Layout("own", "own.limits", (Column("code"), Column("since", "date"), Column("until", "date"), Column("most", "number")),
                    ("code",), "user", validity=("since", "until"))  # fmt: skip
    about = attrs.evolve(manifest("ncci-mue"), kind="own", table="own.limits", starter=True)
    edition = in_memory(about, [("00002", "2024-01-01", "", "3"), ("00001", "", "2023-12-31", "")], layout)
    assert edition.layout is layout
    assert edition.find(("00002",), dt.date(2023, 12, 31)) == []
    assert [edition.cell("most", row) for row in edition.find(("00002",), DAY)] == [Decimal(3)]
    assert [edition.cell("most", row) for row in edition.find(("00001",), dt.date(2000, 1, 1))] == [None]
    assert edition.oldest == dt.date.min


def test_a_key_may_follow_the_days(tmp_path: Path) -> None:
    layout = Layout("own", "own.table", (Column("since", "date"), Column("until", "date"), Column("code")), ("code",),
                    "user", validity=("since", "until"))  # fmt: skip
    rows = [("2025-01-01", "", "00002"), ("2024-01-01", "", "00001")]
    edition = in_memory(attrs.evolve(manifest("ncci-mue"), table="own.table"), rows, layout)
    assert [edition.cell("since", row) for row in edition.find(("00002",), DAY)] == [dt.date(2025, 1, 1)]


@pytest.fixture
def stored(tmp_path: Path) -> Manifest:
    rows = [("00001", "00002", "2020-01-01", "9999-12-31", "0"), ("00001", "00003", "2020-01-01", "9999-12-31", "1")]
    return written(tmp_path, "ncci-ptp", rows).manifest


def told(tmp_path: Path, about: Manifest) -> str:
    with pytest.raises(TableError) as caught:
        open_edition(tmp_path / "ncci.ptp" / "all", about)
    path = manifest_path(tmp_path, about.table, None, about.edition)
    assert verify(path).problems == (str(caught.value),)
    return str(caught.value).replace(f"{tmp_path}/ncci.ptp/all/", "")


def test_a_missing_file_is_named(stored: Manifest, tmp_path: Path) -> None:
    (tmp_path / "ncci.ptp" / "all" / str(stored.file)).unlink()
    assert (
        told(tmp_path, stored) == f"{stored.file}: cannot be read (No such file or directory); import the table again"
    )


@pytest.mark.parametrize("size", [0, 1, 100])
def test_a_truncated_file_is_named(size: int, stored: Manifest, tmp_path: Path) -> None:
    path = tmp_path / "ncci.ptp" / "all" / str(stored.file)
    path.write_bytes(path.read_bytes()[:size])
    assert told(tmp_path, stored) == (
        f"{stored.file}: {size} bytes where its manifest says {stored.size:,}; import the table again"
    )


def test_any_flipped_byte_is_found(stored: Manifest, tmp_path: Path) -> None:
    path = tmp_path / "ncci.ptp" / "all" / str(stored.file)
    whole = path.read_bytes()
    for place in range(0, len(whole), 97):
        damaged = bytearray(whole)
        damaged[place] ^= 0x10
        path.write_bytes(bytes(damaged))
        assert told(tmp_path, stored) == (
            f"{stored.file}: damaged, its check sum is not the one in its manifest; import the table again"
        )


@pytest.mark.parametrize(
    "change",
    [
        {"rows": 3},
        {"places": {}},
        {"places": {"columns": {}, "starts": [0], "oldest": None}},
    ],
)
def test_a_manifest_that_does_not_fit_is_found(change: dict[str, object], stored: Manifest, tmp_path: Path) -> None:
    path = manifest_path(tmp_path, stored.table, None, stored.edition)
    path.write_text(json.dumps(stored.as_json() | change), encoding="utf-8")
    assert "not laid out as its manifest says" in told(tmp_path, read_manifest(path))


@pytest.mark.parametrize(
    "change",
    [
        "{",
        "[" * 100_000,
        "null",
        "{}",
        {"rows": "3"},
        {"table": "no.such.table"},
        {"effective_to": "2026-13-01"},
        {"edition": "2026Q4"},
        {"setting": "hospital"},
        {"file": "../../elsewhere.arrow"},
        {"more": 1},
        b"\xff\xfe",
    ],
)
def test_a_damaged_manifest_is_named(change: object, stored: Manifest, tmp_path: Path) -> None:
    path = manifest_path(tmp_path, stored.table, None, stored.edition)
    if isinstance(change, dict):
        change = json.dumps(stored.as_json() | change)
    path.write_bytes(change if isinstance(change, bytes) else str(change).encode())
    with pytest.raises(TableError) as caught:
        read_manifest(path)
    assert str(caught.value) == f"{path}: not a manifest of this store, or a damaged one; import the table again"


def test_a_manifest_reads_back_as_it_was_written(stored: Manifest, tmp_path: Path) -> None:
    assert read_manifest(manifest_path(tmp_path, stored.table, None, stored.edition)) == stored
