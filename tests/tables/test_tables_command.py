"""`cpt-rules tables`: what is written where, and the exit status."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from cpt_rules.cli import main
from cpt_rules.commands import tables
from cpt_rules.tables.importing import IMPORTERS
from tests.tables.ncci import ADD_ON, MUE, PTP


def run(*args: str | Path) -> Result:
    return CliRunner().invoke(main, ["tables", *map(str, args)])


@pytest.fixture
def store(tmp_path: Path) -> Path:
    assert run("import", "ncci-ptp", *PTP, "--tables", tmp_path).exit_code == 0
    assert run("import", "ncci-add-on", ADD_ON, "--tables", tmp_path).exit_code == 0
    return tmp_path


def test_import_says_what_it_did_and_when_nothing_changed(tmp_path: Path) -> None:
    first = run("import", "ncci-ptp", *PTP, "--tables", tmp_path)
    assert (first.exit_code, first.stderr, first.stdout) == (
        0,
        "",
        "ncci.ptp practitioner 2026Q3: 8 rows imported, 1 repeated and folded; in effect 2026-07-01 to 2026-09-30\n",
    )
    again = run("import", "ncci-ptp", *PTP, "--tables", tmp_path)
    assert (again.exit_code, again.stdout) == (0, "ncci.ptp practitioner 2026Q3: nothing changed, 8 rows\n")


def test_a_refused_file_is_exit_status_2_and_one_line(tmp_path: Path) -> None:
    result = run("import", "ncci-ptp", *PTP[:2], "--tables", tmp_path)
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr == (
        f"{PTP[1]}: expected the parts f1 to f4 in one import, found f1, f2; name all four files\n"
    )


def test_an_unknown_setting_names_those_there_are(tmp_path: Path) -> None:
    result = run("import", "ncci-mue", MUE, "--setting", "home", "--tables", tmp_path)
    assert (result.exit_code, result.stdout) == (2, "")
    assert "'home' is not one of 'practitioner', 'hospital', 'dme'" in result.stderr


def test_list(store: Path) -> None:
    result = run("list", "--tables", store)
    assert (result.exit_code, result.stderr) == (0, "")
    files = ", ".join(f"ccipra-v322r0-f{part}.TXT" for part in range(1, 5))
    assert result.stdout.splitlines() == [
        "table        setting       edition  from        to          rows  refused  publisher  files",
        "ncci.add-on  -             2026Q3   2026-07-01  2026-09-30     5        0  CMS        AOC_V2026Q3-MCR.txt",
        f"ncci.ptp     practitioner  2026Q3   2026-07-01  2026-09-30     8        0  CMS        {files}",
    ]


def test_list_as_json(store: Path) -> None:
    records = json.loads(run("list", "--tables", store, "--format", "json").stdout)
    assert [(each["table"], each["rows"], each["effective_to"]) for each in records] == [
        ("ncci.add-on", 5, "2026-09-30"),
        ("ncci.ptp", 8, "2026-09-30"),
    ]


def test_list_shows_the_others_where_a_manifest_is_damaged(store: Path) -> None:
    damaged = store / "ncci.add-on" / "all" / "2026Q3.json"
    damaged.write_text("{", encoding="utf-8")
    result = run("list", "--tables", store)
    assert result.exit_code == 2
    assert result.stderr == f"{damaged}: not a manifest of this store, or a damaged one; import the table again\n"
    assert [line.split()[0] for line in result.stdout.splitlines()] == ["table", "ncci.ptp"]


@pytest.mark.parametrize("command", ["list", "verify"])
def test_an_empty_store_and_none(command: str, tmp_path: Path) -> None:
    empty = run(command, "--tables", tmp_path)
    assert (empty.exit_code, empty.stdout) == (0, f"no tables in {tmp_path}\n")
    none = run(command, "--tables", tmp_path / "none")
    assert (none.exit_code, none.stdout) == (2, "")
    assert none.stderr == f"{tmp_path}/none: no such folder; import tables into it with `cpt-rules tables import`\n"


def test_verify(store: Path) -> None:
    result = run("verify", "--tables", store)
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout.splitlines() == [
        "ncci.add-on 2026Q3: 5 rows, sound",
        "ncci.ptp practitioner 2026Q3: 8 rows, sound",
        "  1 more in its files, each the same as another in every column",
    ]


def test_verify_names_what_is_damaged_and_goes_on(store: Path) -> None:
    data = next((store / "ncci.add-on").rglob("*.arrow"))
    data.write_bytes(bytes(data.stat().st_size))
    result = run("verify", "--tables", store)
    assert result.exit_code == 2
    assert result.stdout.splitlines()[:2] == [
        f"{data}: damaged, its check sum is not the one in its manifest; import the table again",
        "ncci.ptp practitioner 2026Q3: 8 rows, sound",
    ]


def test_every_kind_is_in_the_help() -> None:
    help = run("import", "--help").stdout
    assert [kind for kind in IMPORTERS if kind not in help] == []


def test_rows_are_counted_on_a_terminal_over_all_files(monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[str] = []
    monkeypatch.setattr(tables.time, "monotonic", iter(range(100)).__next__)
    rows = tables._Rows()
    monkeypatch.setattr(rows, "_say", said.append)
    for count in (0, 65_536, 131_072, 0, 65_536):
        rows.read(count)
    rows.end()
    assert said == ["\r0 rows read ", "\r65,536 rows read ", "\r131,072 rows read ", "\r131,072 rows read ",
                    "\r196,608 rows read ", "\n"]  # fmt: skip


def test_a_short_import_shows_no_progress_and_none_where_there_is_no_terminal(tmp_path: Path) -> None:
    assert run("import", "ncci-mue", MUE, "--tables", tmp_path).stderr == ""
    rows = tables._Rows()
    assert not rows.wanted
    rows.read(5)
    rows.end()
