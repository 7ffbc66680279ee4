"""docs/x12.md lists every problem code of the X12 reader, and no other."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_the_page_lists_the_codes_that_the_reader_gives():
    source = "".join(each.read_text(encoding="utf-8") for each in (ROOT / "cpt_rules" / "readers").glob("x12*.py"))
    given = set(re.findall(r'"(x12\.[a-z0-9-]+)"', source))
    made = set(re.findall(r'f"(x12\.[a-z-]+)\{', source))
    assert made == {"x12.missing-", "x12.line-without-"}
    given |= {f"x12.missing-{trailer}" for trailer in ("se", "ge", "iea")}
    given |= {f"x12.line-without-{what}" for what in re.findall(r'lacks\(d, "([a-z-]+)"', source)}
    page = (ROOT / "docs" / "x12.md").read_text(encoding="utf-8")
    assert set(re.findall(r"^\| `(x12\.[a-z0-9-]+)` \|", page, re.MULTILINE)) == given
