"""Imports that are repeated, killed, or run at once: the store always has whole editions and nothing is left over."""

from __future__ import annotations

import os
import random
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest

from cpt_rules.tables.edition import TableError
from cpt_rules.tables.importing import import_table
from cpt_rules.tables.store import Tables, manifest_paths
from cpt_rules.tables.verify import verify
from tests.tables.ncci import PTP, opened, parts
from tests.tables.small_files import all_files

ROOT = Path(__file__).parents[2]
OLD = [("00001", "00002", "", "20200101", "*", "0", "X")]
NEW = [("00001", "00002", "", "20200101", "*", "1", "X"), ("00001", "00003", "", "20200101", "*", "1", "X")]

#: Imports, and kills itself where it is about to change the store for the n-th time; n runs through all moments.
DYING = """
import os, signal, sys
from pathlib import Path

moments = int(sys.argv[1])

def dying(function):
    def call(*args, **options):
        global moments
        if moments == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        moments -= 1
        return function(*args, **options)
    return call

os.fsync, os.replace, os.unlink = dying(os.fsync), dying(os.replace), dying(os.unlink)
from cpt_rules.tables.importing import import_table
import_table("ncci-ptp", [Path(name) for name in sys.argv[3:]], root=Path(sys.argv[2]))
"""

needs_posix = pytest.mark.skipif(os.name != "posix", reason="kills as POSIX does")


def run(*args: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, *args], cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)})


def indicators(root: Path) -> list[object]:
    """What the table says of the pairs of 00001: OLD or NEW."""
    Tables(root).open_all()
    edition = opened(root, "ncci.ptp", "practitioner")
    return [edition.cell("indicator", row) for row in edition.find(("00001",), edition.manifest.effective_from)]


def names(root: Path) -> list[str]:
    """The files of the store, digests left out."""
    return sorted(
        path.name if path.suffix != ".arrow" else f"{path.name[:6]}….arrow"
        for path in root.rglob("*")
        if path.is_file()
    )


WHOLE = [".lock", "2026Q3.json", "2026Q3….arrow"]


def test_importing_again_changes_nothing(tmp_path: Path) -> None:
    manifest, _ = import_table("ncci-ptp", PTP, root=tmp_path)
    before = {path: (path.stat().st_mtime_ns, path.stat().st_ino) for path in tmp_path.rglob("*.*")}
    again, changed = import_table("ncci-ptp", PTP[::-1], root=tmp_path)
    assert (again, changed) == (manifest, False)
    after = {path: (path.stat().st_mtime_ns, path.stat().st_ino) for path in tmp_path.rglob("*.*")}
    assert {p: s for p, s in after.items() if p.name != ".lock"} == {
        p: s for p, s in before.items() if p.name != ".lock"
    }


def test_importing_again_mends_a_damaged_edition(tmp_path: Path) -> None:
    import_table("ncci-ptp", PTP, root=tmp_path)
    whole = all_files(tmp_path)
    for damaged in (*tmp_path.rglob("*.arrow"), *tmp_path.rglob("*.json")):
        damaged.write_bytes(damaged.read_bytes()[:50])
        _, changed = import_table("ncci-ptp", PTP, root=tmp_path)
        assert changed
        assert all_files(tmp_path) == whole


def test_files_of_a_store_can_be_read_by_others(tmp_path: Path) -> None:
    before = os.umask(0o022)
    try:
        import_table("ncci-ptp", PTP, root=tmp_path)
    finally:
        os.umask(before)
    assert {stat.S_IMODE(path.stat().st_mode) for path in tmp_path.rglob("*.*") if path.is_file()} == {0o644}


@needs_posix
def test_killed_at_any_moment_the_old_or_the_new_table_is_in_use(tmp_path: Path) -> None:
    old, new = parts(tmp_path / "old", OLD), parts(tmp_path / "new", NEW)
    killed = 0
    while True:
        root = tmp_path / f"store{killed}"
        import_table("ncci-ptp", old, root=root)
        status = run("-c", DYING, str(killed), str(root), *map(str, new)).wait()
        assert indicators(root) in (["0"], ["1", "1"])
        assert all(not verify(path).problems for path in manifest_paths(root))
        if status == 0:
            break
        assert status == -signal.SIGKILL
        killed += 1
        import_table("ncci-ptp", new, root=root)
        assert indicators(root) == ["1", "1"]
        assert names(root) == WHOLE
    assert killed >= 5
    assert names(root) == WHOLE


@needs_posix
def test_killed_after_any_time_the_old_or_the_new_table_is_in_use(tmp_path: Path) -> None:
    many = [(f"{one:05}", f"{two:05}", "", "20200101", "*", "1", "X") for one in range(1, 200) for two in range(1, 200)]
    old, new = parts(tmp_path / "old", OLD), parts(tmp_path / "new", many)
    root = tmp_path / "store"
    import_table("ncci-ptp", old, root=root)
    chance = random.Random(86329)
    for _ in range(8):
        process = run("-m", "cpt_rules", "tables", "import", "ncci-ptp", *map(str, new), "--tables", str(root))
        time.sleep(chance.uniform(0.1, 1.2))
        process.kill()
        process.wait()
        assert len(indicators(root)) in (1, 199)
    import_table("ncci-ptp", new, root=root)
    assert len(indicators(root)) == 199
    assert names(root) == WHOLE


def test_two_imports_at_once_leave_one_of_the_two_whole(tmp_path: Path) -> None:
    old, new = parts(tmp_path / "old", OLD), parts(tmp_path / "new", NEW)
    root = tmp_path / "store"
    import_table("ncci-ptp", old, root=root)
    importer = "import sys\nfrom pathlib import Path\nfrom cpt_rules.tables.importing import import_table\n" + (
        "for _ in range(10):\n    import_table('ncci-ptp', [Path(n) for n in sys.argv[2:]], root=Path(sys.argv[1]))\n"
    )
    running = [run("-c", importer, str(root), *map(str, given)) for given in (old, new, old, new)]
    looks = 0
    while any(process.poll() is None for process in running):
        assert indicators(root) in (["0"], ["1", "1"])
        looks += 1
    assert [process.wait() for process in running] == [0, 0, 0, 0]
    assert looks
    assert names(root) == WHOLE


def test_what_killed_imports_left_is_swept_up_and_nothing_else(tmp_path: Path) -> None:
    import_table("ncci-ptp", PTP, root=tmp_path)
    import_table("ncci-ptp", parts(tmp_path / "old", OLD, "ccipra-v321r0"), root=tmp_path)
    folder = tmp_path / "ncci.ptp" / "practitioner"
    for left in (
        ".import-0011.arrow",
        ".import-0011.json",
        "2026Q3-0123456789abcdef.arrow",
        "2020Q1-0123456789abcdef.arrow",
    ):
        (folder / left).write_bytes(b"left over")
    (folder / "notes.txt").write_text("mine", encoding="utf-8")
    import_table("ncci-ptp", PTP, root=tmp_path)
    assert names(folder) == [".lock", "2026Q2.json", "2026Q2….arrow", "2026Q3.json", "2026Q3….arrow", "notes.txt"]


def test_a_refused_file_makes_no_store(tmp_path: Path) -> None:
    with pytest.raises(TableError):
        import_table("ncci-ptp", PTP[:2], root=tmp_path / "store")
    assert not (tmp_path / "store").exists()


def test_a_store_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "store").write_text("a file", encoding="utf-8")
    with pytest.raises(TableError) as caught:
        import_table("ncci-ptp", PTP, root=tmp_path / "store")
    assert str(caught.value) == (
        f"{tmp_path}/store/ncci.ptp/practitioner: cannot be written (Not a directory); nothing was imported, mend that and import again"
    )


def test_a_full_disk_leaves_the_old_table(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import_table("ncci-ptp", parts(tmp_path / "old", OLD), root=tmp_path / "store")
    before = all_files(tmp_path / "store")

    def full(handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(TableError) as caught:
        import_table("ncci-ptp", parts(tmp_path / "new", NEW), root=tmp_path / "store")
    assert str(caught.value) == (
        f"{tmp_path}/store/ncci.ptp/practitioner: cannot be written (No space left on device); nothing was imported, mend that and import again"
    )
    assert all_files(tmp_path / "store") == before
