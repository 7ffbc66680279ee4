"""Lint on conditions that name a set of which nothing is known yet."""

from __future__ import annotations

from pathlib import Path

import pytest

from cpt_rules import load_ruleset
from cpt_rules.ruleset.lint import lint

RULES = """\
source: manual
title: Manual
publisher: me
edition: first
confidence: high
---
set: mine
title: Codes
values: VALUES
source: manual
---
edit: code.mine
title: A code of mine, or a test with QW
payers: all
require:
  any:
    - line.modifiers any of: [QW]
    - line.code: 86329
      line.code in: $set.mine
severity: fail
disposition: deny
message: "no"
remedy: mend it
source: manual
tests:
  - {name: one, given: {line.code: 86329, line.modifiers: [QW]}, expect: pass}
  - {name: other, given: {line.code: 99213}, expect: fail}
"""


@pytest.mark.parametrize(
    ("values", "says"),
    [
        ("not available", []),
        ("{2020-01-01: not available}", []),
        ("{2020-01-01: [86329]}", []),
        ("{2020-01-01: not available, 2021-01-01: [86331]}", ["branch 2 of this `any` can never hold; mend it or leave it out"]),
        ("{2020-01-01: []}", ["branch 2 of this `any` can never hold; mend it or leave it out"]),
    ],
)  # fmt: skip
def test_what_nobody_has_filled_in_yet_may_hold_anything(tmp_path: Path, values: str, says: list[str]) -> None:
    (tmp_path / "rules.yaml").write_text(RULES.replace("VALUES", values), encoding="utf-8")
    problems = [each.message for each in lint(load_ruleset(tmp_path))]
    assert [message for message in problems if "branch" in message] == says
