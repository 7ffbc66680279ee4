"""The Python of `docs/testing.md` runs and prints what stands under it; of `docs/engines.md` too. Their names exist."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import cpt_rules.testing
from tests.kinds import RETE

DOCS = Path(__file__).resolve().parents[2] / "docs"
_BLOCK = re.compile(r"```python\n(.*?)```\n(?:\n<!-- prints -->\n```text\n(.*?)```)?", re.DOTALL)
BLOCKS = [
    (page, code, prints)
    for page in ("testing.md", "engines.md")
    for code, prints in _BLOCK.findall((DOCS / page).read_text(encoding="utf-8"))
]


@pytest.mark.parametrize(
    ("page", "code", "prints"), BLOCKS, ids=[f"{page} {number}" for number, (page, *_) in enumerate(BLOCKS, 1)]
)
def test_the_python_of_the_page_prints_what_the_page_says(
    page: str, code: str, prints: str, capsys: pytest.CaptureFixture[str]
) -> None:
    if "rete" in code and not RETE:
        pytest.skip("durable_rules cannot be imported on Python 3.13")
    exec(compile(code, page, "exec"), {"__name__": "page"})
    assert capsys.readouterr().out == prints


def test_the_page_names_all_that_is_public() -> None:
    page = (DOCS / "testing.md").read_text(encoding="utf-8")
    assert [name for name in cpt_rules.testing.__all__ if name not in page] == []
