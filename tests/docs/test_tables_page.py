"""What `docs/tables.md` says of kinds, files, editions and tables of your own is so."""

from __future__ import annotations

import re
import zipfile
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from cpt_rules.cli import main
from cpt_rules.tables.edition import TableError
from cpt_rules.tables.importing import IMPORTERS, import_table
from cpt_rules.tables.layout import LAYOUTS, SETTINGS
from tests.docs.test_documentation import ROOT, _script
from tests.tables.ncci import MUE
from tests.tables.test_shapes import ORDER, TABLES, text

PAGE = (ROOT / "docs" / "tables.md").read_text(encoding="utf-8")
tables = _script("generate_tables")


def run(*args: str | Path) -> Result:
    return CliRunner().invoke(main, list(map(str, args)))


def rows(part: str) -> dict[str, list[str]]:
    """The rows of a table of the page by their first cell, as they stand below its command."""
    block = PAGE.partition(f"generate_tables.py {part} ")[2].partition("<!-- end -->")[0]
    cells = [
        [cell.strip() for cell in line.strip("|").split(" | ")] for line in block.splitlines() if line[:3] == "| `"
    ]
    return {row[0].strip("`"): row[1:] for row in cells}


def content(kind: str) -> bytes:
    """A small file of a kind."""
    if kind == "icd10cm":
        return "".join(f"{line}\r\n" for line in ORDER).encode()
    return text(TABLES[kind][1]).encode()


def test_every_kind_stands_in_both_tables_of_kinds() -> None:
    assert list(rows("kinds")) == list(rows("files")) == list(LAYOUTS)
    assert set(LAYOUTS) == set(IMPORTERS) == set(tables.SHIPPED)


@pytest.mark.parametrize("kind", LAYOUTS)
def test_a_kind_is_told_as_its_layout_has_it(kind: str) -> None:
    layout = LAYOUTS[kind]
    title, table, key, others, editions, absent = rows("kinds")[kind]
    assert (title, table.strip("`")) == (layout.title, layout.table)
    assert tuple(re.findall(r"`(\w+)`", key)) == layout.key
    assert re.findall(r"`(\w+)`", f"{key} {others}") == [column.name for column in layout.columns]
    assert editions == ("cumulative" if layout.validity else "snapshot")
    assert absent == ("is not there" if layout.complete else "is not known")
    settings = rows("files")[kind][-1]
    assert [each for each in SETTINGS if each in settings.split(", ")] == list(layout.settings)


@pytest.mark.parametrize("kind", LAYOUTS)
def test_of_a_zip_the_members_that_the_page_names_are_looked_at_and_no_others(kind: str, tmp_path: Path) -> None:
    named = rows("files")[kind][1].split(", ")
    for ending in ("txt", "csv", "xlsx"):
        path = tmp_path / f"{ending}.zip"
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr(f"PPRRVU_order_ANWEB.{ending}", "nothing of the kind")
        with pytest.raises(TableError) as caught:
            import_table(kind, [path], root=tmp_path / "store", setting=_setting(kind), edition="2026Q3")
        assert ("expected a zip with a" in str(caught.value)) is (ending not in named), str(caught.value)


@pytest.mark.parametrize("kind", LAYOUTS)
def test_the_edition_is_told_as_the_page_says(kind: str, tmp_path: Path) -> None:
    shipped = tables.SHIPPED[kind]
    path = tmp_path / (shipped.example or "list.csv")
    path.write_bytes(content(kind))
    if shipped.example:
        part = {"f1.TXT": ["f2.TXT", "f3.TXT", "f4.TXT"]}.get(path.name.rpartition("-")[2], [])
        others = [path.with_name(path.name.replace("f1.TXT", other)) for other in part]
        for number, other in enumerate(others):
            other.write_bytes(content(kind) + b"\r\n" * (number + 1))
        manifest, _ = import_table(kind, [path, *others], root=tmp_path / "store")
        assert manifest.edition == shipped.told
        return
    with pytest.raises(TableError, match="does not say which edition it is; say it with --edition"):
        import_table(kind, [path], root=tmp_path / "store")


@pytest.mark.parametrize("kind", LAYOUTS)
def test_the_edition_may_be_said_as_the_page_says(kind: str, tmp_path: Path) -> None:
    path = tmp_path / ("list.txt" if kind == "icd10cm" else "lists.csv")
    path.write_bytes(content(kind))
    said = re.findall(r"2026Q3|2026-07|2026-04|2025-04|2025-10|2026\b", tables.SHIPPED[kind].edition)
    assert said
    for edition in said:
        manifest, _ = import_table(kind, [path], root=tmp_path / edition, setting=_setting(kind), edition=edition)
        assert manifest.edition == edition
        assert manifest.effective_from <= manifest.effective_to
    if said == ["2026Q3"]:
        with pytest.raises(TableError, match="this table is published by quarter; write it as 2026Q3"):
            import_table(kind, [path], root=tmp_path / "store", setting=_setting(kind), edition="2026")


def _setting(kind: str) -> str | None:
    return "practitioner" if LAYOUTS[kind].settings else None


def test_an_edition_whose_json_is_deleted_is_gone_and_its_data_with_the_next_import(tmp_path: Path) -> None:
    older = tmp_path / "MUE_Eff_04-01-2026.csv"
    older.write_bytes(MUE.read_bytes())
    for file in (older, MUE):
        assert run("tables", "import", "ncci-mue", file, "--tables", tmp_path / "tables").exit_code == 0
    folder = tmp_path / "tables" / "ncci.mue" / "practitioner"
    (folder / "2026Q2.json").unlink()
    assert "2026Q2" not in run("tables", "list", "--tables", tmp_path / "tables").stdout
    assert run("tables", "import", "ncci-mue", MUE, "--tables", tmp_path / "tables").exit_code == 0
    assert not list(folder.glob("2026Q2*"))
    assert len(list(folder.glob("2026Q3*"))) == 2


def test_the_table_of_ones_own_on_the_page_works(tmp_path: Path) -> None:
    (rules,) = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
    (rows,) = re.findall(r"```csv\n(.*?)```", PAGE, re.DOTALL)
    (tmp_path / "prices.yaml").write_text(rules, encoding="utf-8")
    (tmp_path / "our-prices.csv").write_text(rows, encoding="utf-8")
    checked = run("check", "bundled", tmp_path)
    assert (checked.exit_code, checked.stderr) == (0, "")
    assert checked.stdout.endswith("no problems\n")
    assert run("test", tmp_path).stdout == "3 tests of 1 edits: all passed\n"
