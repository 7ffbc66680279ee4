"""The pages list every problem code that a reader gives, and no other."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
READERS = ROOT / "cpt_rules" / "readers"
CODE = re.compile(r"(x12|json|input|csv|flat|fhir|gzip|zip|parquet)\.[a-z0-9-]+").fullmatch
ROW = re.compile(r"^\| `([a-z0-9]+\.[a-z0-9-]+)` \| (.+?) \| (.+?) \|$", re.MULTILINE)


def given() -> set[str]:
    """Every text of the readers' source that is a problem code, and those that are put together."""
    texts = set(_texts())
    source = (READERS / "x12.py").read_text(encoding="utf-8") + (READERS / "x12_line.py").read_text(encoding="utf-8")
    assert {each for each in texts if each.endswith("-")} == {"x12.missing-", "x12.line-without-"}
    lacking = "".join(each.read_text(encoding="utf-8") for each in READERS.glob("x12_*.py"))
    assert 'f"x12.missing-{' in source + lacking
    put_together = {f"x12.missing-{trailer}" for trailer in ("se", "ge", "iea")}
    put_together |= {f"x12.line-without-{what}" for what in re.findall(r'lacks\(d, "([a-z-]+)"', lacking)}
    return {each for each in texts if not each.endswith("-")} | put_together


def _texts() -> Iterator[str]:
    for module in READERS.glob("*.py"):
        for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and CODE(node.value):
                yield node.value


def listed(page: str) -> list[str]:
    return [found[0] for found in ROW.findall((ROOT / "docs" / page).read_text(encoding="utf-8")) if CODE(found[0])]


def test_each_code_is_listed_once_and_none_that_no_reader_gives():
    of_x12, others = listed("x12.md"), listed("claims-in.md")
    assert len(given()) > 90
    assert sorted(of_x12) == sorted(each for each in given() if each.startswith("x12."))
    assert sorted(others) == sorted(each for each in given() if not each.startswith("x12."))
