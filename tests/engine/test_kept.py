"""What the direct engine keeps of one line holds for another only where all that it rests on is the same."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from attrs import evolve

from cpt_rules import Claim, Engine, Line, Payer, load_ruleset
from tests.kinds import COMPILED

RULES = """\
source: manual
title: Manual
publisher: me
edition: first
confidence: high
---
payer: p0
title: A payer
ids: [P0]
names: [ALPHA]
filing: []
plans: {gold: {ids: [G0]}}
---
payer: p1
title: A payer of which nothing is known
ids: [P1]
names: []
filing: []
---
edit: code.planned
title: The plan is told by the first modifier
payers: [p0]
each: line
require: {line.code: 86329, payer.plan: $line.first_modifier}
severity: fail
disposition: deny
message: m
remedy: r
source: manual
---
edit: code.dated
title: A code has a day
payers: all
each: line
when: {line.code_type: HC}
require: {line.date on or after: 2020-01-01}
severity: fail
disposition: deny
message: m
remedy: r
source: manual
"""
AS_OF = dt.date(2026, 1, 31)
DATED = Line(number=1, code="86329", code_type="HC", date=dt.date(2026, 1, 5))


def claim(*lines: Line) -> Claim:
    numbered = tuple(evolve(line, number=number) for number, line in enumerate(lines, 1))
    return Claim(id="C", type="institutional", lines=numbered, payer=Payer(id="P1"))


def said(folder: Path, kind: str, *claims: Claim) -> list[list[tuple[int | None, str, str, tuple[str, ...]]]]:
    (folder / "rules.yaml").write_text(RULES, encoding="utf-8")
    engine = Engine(load_ruleset(folder), as_of=AS_OF, kind=kind)  # type: ignore[arg-type]
    return [[(f.line, f.edit, f.status.label, f.missing) for f in engine.scrub(each).findings] for each in claims]


def test_a_day_that_no_line_had_before_is_no_absent_day(tmp_path: Path) -> None:
    """A line without a day, then one of the same code with a day that is met for the first time."""
    lines = DATED, evolve(DATED, date=None, code_type="ER"), evolve(DATED, date=dt.date(2026, 1, 6))
    for kind in COMPILED:
        found = said(tmp_path, kind, claim(*lines))
        assert (3, "code.dated", "pass", ()) in found[0]
        assert found == said(tmp_path, "reference", claim(*lines))


def test_what_was_missing_of_one_line_is_not_said_of_another(tmp_path: Path) -> None:
    """The plan is missing where the line has a modifier to compare it with, and only there."""
    with_one = evolve(DATED, modifiers=("90",))
    for kind in COMPILED:
        for lines in ((with_one, DATED), (DATED, with_one)):
            found = said(tmp_path, kind, claim(*lines))
            assert found == said(tmp_path, "reference", claim(*lines))
            missing = {line: names for line, edit, _, names in found[0] if edit == "code.planned"}
            assert missing[1 + lines.index(with_one)] == ("payer.policy", "payer.plan")
            assert missing[1 + lines.index(DATED)] == ("payer.policy",)
