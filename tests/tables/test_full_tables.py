"""The whole public tables through the importers, against a plain reading of the same files."""

from __future__ import annotations

import csv
import datetime as dt
import os
import subprocess
import sys
import time
from decimal import Decimal
from pathlib import Path

import pytest

from cpt_rules.tables.edition import Edition
from cpt_rules.tables.importing import import_table
from cpt_rules.tables.store import manifest_paths
from cpt_rules.tables.verify import verify
from tests.tables.cms_text import ADD_ON, MUE, PTP, SHARED, ptp_rows, write_add_on, write_mue, write_ptp
from tests.tables.ncci import OPEN, opened

pytestmark = pytest.mark.skipif(not (SHARED / PTP).exists(), reason="the public files are not beside this checkout")
DAY = dt.date(2024, 7, 1)


#: The command line, and afterwards the most memory that was resident on standard error, where Linux tells it.
_MEASURED = """
import sys
from pathlib import Path
from cpt_rules.cli import main
try:
    main()
finally:
    status = Path("/proc/self/status")
    if status.exists():
        peak = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
        print(int(peak.split()[1]) * 1024, file=sys.stderr)
"""


@pytest.fixture(scope="module")
def given(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    return write_ptp(tmp_path_factory.mktemp("ptp"), kept="all")


@pytest.fixture(scope="module")
def store(given: list[Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("store")
    import_table("ncci-ptp", given, root=root)
    return root


@pytest.fixture(scope="module")
def pairs(store: Path) -> Edition:
    return opened(store, "ncci.ptp", "practitioner", DAY)


def test_every_pair_is_there_with_its_days_and_indicator(pairs: Edition) -> None:
    find, cell = pairs.find, pairs.cell
    read = 0
    for one, two, until, indicator in ptp_rows(kept="all"):
        read += 1
        last = OPEN if until == "*" else dt.date.fromisoformat(until)
        found = [(cell("until", row), cell("indicator", row)) for row in find((one, two), last)]
        assert (last, str(indicator)) in found, (one, two, until)
    assert read == pairs.manifest.rows + pairs.manifest.folded == 2_546_017


def test_pairs_of_the_laboratory(pairs: Edition) -> None:
    """Source: CMS, practitioner PTP edits, 2024 third quarter."""

    def indicator(one: str, two: str) -> object:
        return {pairs.cell("indicator", row) for row in pairs.find((one, two), DAY)}

    assert indicator("80053", "80048") == {"0"}
    assert indicator("81003", "81002") == {"1"}
    assert indicator("85025", "85007") == {"0"}
    assert indicator("83037", "83036") == {"0"}
    assert indicator("82962", "82947") == {"1"}
    assert indicator("86329", "86331") == {"1"}
    assert indicator("86331", "86329") == set()
    assert indicator("86329", "86334") == set()


def test_verify_counts_them_anew(store: Path) -> None:
    (path,) = manifest_paths(store)
    found = verify(path)
    assert found.problems == ()
    assert found.manifest is not None
    assert found.manifest.rows == 2_546_016


def test_the_import_keeps_its_promises(given: list[Path], store: Path, tmp_path: Path) -> None:
    """Under a minute and a gigabyte; and importing again changes nothing."""
    command = [sys.executable, "-c", _MEASURED, "tables", "import", "ncci-ptp", *map(str, given), "--tables"]
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    started = time.monotonic()
    made = subprocess.run([*command, str(tmp_path)], env=environment, capture_output=True, text=True, check=True)
    assert time.monotonic() - started < 60
    assert made.stdout.startswith("ncci.ptp practitioner 2024Q3: 2,546,016 rows imported, 1 repeated and folded")
    assert int(made.stderr or 0) < 1_000_000_000
    again = subprocess.run([*command, str(store)], env=environment, capture_output=True, text=True, check=True)
    assert again.stdout == "ncci.ptp practitioner 2024Q3: nothing changed, 2,546,016 rows\n"


def test_every_mue_is_there(tmp_path: Path) -> None:
    import_table("ncci-mue", [write_mue(tmp_path / "given")], root=tmp_path / "store")
    edition = opened(tmp_path / "store", "ncci.mue", "practitioner", DAY)
    with (SHARED / MUE).open(encoding="utf-8", newline="") as file:
        read = {row["hcpcs_code"]: (Decimal(row["mue_units"]), row["mue_mai"]) for row in csv.DictReader(file)}
    stored = {code: edition.find((code,), DAY) for code in edition.keys()}  # noqa: SIM118
    assert {
        code: [(edition.cell("units", r), edition.cell("mai", r)) for r in rows] for code, rows in stored.items()
    } == {code: [value] for code, value in read.items()}


def test_every_add_on_code_is_there(tmp_path: Path) -> None:
    import_table("ncci-add-on", [write_add_on(tmp_path / "given")], root=tmp_path / "store")
    edition = opened(tmp_path / "store", "ncci.add-on", None, DAY)
    with (SHARED / ADD_ON).open(encoding="utf-8", newline="") as file:
        read = {(row["add_on_code"], row["primary_code"], row["aoc_edit_type"]) for row in csv.DictReader(file)}
    names = ("add_on", "primary", "type")
    assert {tuple(edition.cell(name, row) for name in names) for row in range(edition.manifest.rows)} == read
    assert {edition.cell("since", row) for row in range(edition.manifest.rows)} == {dt.date(2013, 4, 1)}
