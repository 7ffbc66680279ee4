"""What no kind of table takes, on the command line: one line that names file and remedy, exit status 2, no change."""

from __future__ import annotations

import io
import os
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from cpt_rules.cli import main
from cpt_rules.tables.importing import IMPORTERS
from cpt_rules.tables.layout import LAYOUTS
from tests.tables.ncci import MUE, PTP
from tests.tables.small_files import all_files, write_text

#: Kind → the files that it looks for in a zip.
IN_ZIP = {
    **dict.fromkeys(("ncci-ptp", "ncci-mue"), ".txt or .csv or .xlsx"),
    "ncci-add-on": ".xlsx or .csv or .txt",
    **dict.fromkeys(("pos", "clia-laboratories"), ".csv or .xlsx or .txt"),
    **dict.fromkeys(("pfs", "clfs", "taxonomy", "revenue-codes", "lab-ncd"), ".csv or .xlsx"),
    **dict.fromkeys(("clia-waived", "clia-subject", "clia-excluded"), ".csv or .xlsx"),
    "hcpcs": ".xlsx or .csv",
    "icd10cm": ".txt",
}
SHIPPED = "import the file as its publisher ships it"


def run(*args: str | Path) -> Result:
    return CliRunner().invoke(main, ["tables", *map(str, args)])


def zipped(**members: bytes) -> bytes:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as made:
        for name, content in members.items():
            made.writestr(name.replace("_", "."), content)
    return archive.getvalue()


def holding(name: str, content: bytes) -> Callable[[Path], Path]:
    def made(folder: Path) -> Path:
        path = folder / name
        path.write_bytes(content)
        return path

    return made


def nothing(folder: Path) -> Path:
    return folder / "none.csv"


def a_folder(folder: Path) -> Path:
    path = folder / "files"
    path.mkdir()
    return path


def a_pipe(folder: Path) -> Path:
    if not hasattr(os, "mkfifo"):
        pytest.skip("no named pipes here")
    path = folder / "pipe"
    os.mkfifo(path)
    return path


def a_circle(folder: Path) -> Path:
    path = folder / "circle.csv"
    path.symlink_to(path.name)
    return path


CASES: dict[str, tuple[Callable[[Path], Path], str]] = {
    "a web page saved as csv": (
        holding("a.csv", b"\xef\xbb\xbf\r\n<!DOCTYPE html><html><title>Licence</title></html>"),
        "{file}: expected a table, found a web page; download it again, it may need an accepted licence",
    ),
    "a workbook of no bytes": (
        holding("a.xlsx", b""),
        "{file}: expected a table, found an empty file; download it again",
    ),
    "a text of a byte order mark alone": (
        holding("a.txt", b"\xff\xfe"),
        "{file}: expected a table, found a file of blanks; download it again",
    ),
    "an empty zip": (
        holding("a.zip", zipped()),
        "{file}: expected a zip with a {endings} file of this table, found nothing in it; " + SHIPPED,
    ),
    "a zip in a zip": (
        holding("a.zip", zipped(b_zip=zipped(c_csv=b"code\r\n"))),
        "{file}: expected a zip with a {endings} file of this table, found `b.zip`; unpack it and import what is in it",
    ),
    "a zip that is cut off": (
        holding("a.zip", zipped(c_csv=b"code\r\n")[:40]),
        "{file}: expected a whole zip file, found one that is cut off or damaged; download it again",
    ),
    "a text of four bytes a character": (
        holding("a.csv", "code\r\n86329\r\n".encode("utf-32")),
        "{file}: expected a text, csv, xlsx or zip file, found a binary file; " + SHIPPED,
    ),
    "a folder": (a_folder, "{file}: expected a file, found a folder; name the files in it"),
    "a pipe": (a_pipe, "{file}: expected a file, found a pipe or a device; save it as a file first"),
    "a file that is not there": (nothing, "{file}: cannot be read (No such file or directory); check its name"),
    "a link to itself": (a_circle, "{file}: cannot be read (Too many levels of symbolic links); check its name"),
}


@pytest.fixture
def store(tmp_path: Path) -> Path:
    """A store with something in it."""
    root = tmp_path / "store"
    assert run("import", "ncci-ptp", *PTP, "--tables", root).exit_code == 0
    return root


def refused(store: Path, *args: str | Path) -> str:
    """What an import says on standard error; nothing else happens."""
    before = all_files(store)
    result = run("import", *args, "--tables", store)
    assert (result.exit_code, result.stdout) == (2, "")
    assert all_files(store) == before
    return result.stderr


def test_every_kind_is_asked() -> None:
    assert set(IN_ZIP) == set(IMPORTERS)


@pytest.mark.parametrize("case", CASES)
def test_what_no_kind_takes(case: str, store: Path, tmp_path: Path) -> None:
    make, message = CASES[case]
    file = make(tmp_path)
    for kind, endings in IN_ZIP.items():
        setting = ["--setting", "practitioner"] if LAYOUTS[kind].settings else []
        said = refused(store, kind, file, "--edition", "2026Q3", *setting)
        assert said == message.format(file=file, endings=endings) + "\n", kind


@pytest.mark.parametrize("kind", IMPORTERS)
def test_options_that_no_kind_takes(kind: str, store: Path, tmp_path: Path) -> None:
    file = write_text(tmp_path / "a.csv", "code")
    assert refused(store, kind, file, "--edition", "Q3 2026") == (
        "--edition `Q3 2026`: not an edition; write it as 2026Q3, 2026-07 or 2026\n"
    )
    if not LAYOUTS[kind].settings:
        assert refused(store, kind, file, "--setting", "hospital") == (
            f"--setting `hospital`: {kind} is one table for all settings; leave it out\n"
        )


def test_a_kind_that_there_is_not(store: Path) -> None:
    assert refused(store, "ncci-mu", MUE) == "no importer `ncci-mu`; did you mean `ncci-mue`?\n"


def test_a_name_with_a_line_break_stays_on_its_line(store: Path, tmp_path: Path) -> None:
    file = write_text(tmp_path / "a\n\x1b[31m.csv", "nothing of the kind")
    assert refused(store, "ncci-mue", file) == (
        f"{tmp_path}/a\\n\\x1b[31m.csv: expected a header with `HCPCS/CPT Code` in the first 60 rows, found none of "
        f"them; {SHIPPED}\n"
    )


# The folder of the store.


def test_a_store_that_is_a_file(tmp_path: Path) -> None:
    given = write_text(tmp_path / "store", "mine")
    imported = run("import", "ncci-mue", MUE, "--tables", given)
    assert (imported.exit_code, imported.stdout) == (2, "")
    assert imported.stderr == (
        f"{given}/ncci.mue/practitioner: cannot be written (Not a directory); "
        "nothing was imported, mend that and import again\n"
    )
    for command in ("list", "verify"):
        result = run(command, "--tables", given)
        assert (result.exit_code, result.stdout) == (2, "")
        assert result.stderr == f"{given}: expected a folder, found a file; name the folder of the store\n"


@pytest.mark.parametrize("command", [["import", "ncci-mue", str(MUE)], ["list"], ["verify"]])
def test_a_store_without_a_name(command: list[str]) -> None:
    result = run(*command, "--tables", "")
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.splitlines()[-1] == "Error: Invalid value for '--tables': names no folder"


@pytest.fixture
def hidden(store: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[Path], None]:
    """Makes a folder one that the user may not read; the tests may run as one who may."""
    given = os.scandir

    def hide(folder: Path) -> None:
        def scandir(path: Path) -> object:
            if path == folder:
                raise PermissionError(13, "Permission denied")
            return given(path)

        monkeypatch.setattr(os, "scandir", scandir)

    return hide


@pytest.mark.parametrize("below", [".", "ncci.ptp", "ncci.ptp/practitioner"])
def test_a_store_that_may_not_be_read_is_not_an_empty_one(
    below: str, store: Path, hidden: Callable[[Path], None]
) -> None:
    hidden(store / below)
    claims = Path(__file__).parents[2] / "examples" / "claims.jsonl"
    message = f"{store / below}: cannot be read (Permission denied); give this user the right to read it\n"
    for command in (["tables", "list"], ["tables", "verify"], ["scrub", str(claims)]):
        result = CliRunner().invoke(main, [*command, "--tables", str(store)])
        assert (result.exit_code, result.stdout, result.stderr) == (2, "", message)


def test_a_folder_beside_the_tables_need_not_be_read(store: Path, hidden: Callable[[Path], None]) -> None:
    (store / "lost+found").mkdir()
    hidden(store / "lost+found")
    assert run("verify", "--tables", store).exit_code == 0


def test_nothing_is_said_to_be_there_or_not_where_all_manifests_are_damaged(store: Path) -> None:
    damaged = store / "ncci.ptp" / "practitioner" / "2026Q3.json"
    damaged.write_text("{}", encoding="utf-8")
    result = run("list", "--tables", store)
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr == f"{damaged}: not a manifest of this store, or a damaged one; import the table again\n"
