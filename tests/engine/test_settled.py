"""What the day, the payer and the codes alone decide is silenced like everything else."""

from __future__ import annotations

import datetime as dt

import pytest

from cpt_rules import Claim, Engine, Line, Payer
from tests.kinds import COMPILED
from tests.strategies import linked

AS_OF = dt.date(2026, 2, 15)
RULES = """\
{source: manual, title: Manual, publisher: me, edition: first, confidence: high}
---
{fact: flag, title: A flag, type: yes/no}
---
{payer: p0, title: A payer of which the flag is not known, ids: [P0]}
---
edit: cause
title: Not checked, whatever the claim says
payers: all
each: EACH
require: {payer.flag: present}
severity: fail
disposition: deny
message: m
remedy: r
source: manual
---
edit: effect
title: Passed, whatever the claim says
payers: all
each: EACH
require: {claim.type: professional}
severity: fail
disposition: deny
message: m
remedy: r
source: manual
after: [cause]
"""


@pytest.mark.parametrize("kind", ["reference", *COMPILED])
@pytest.mark.parametrize("each", ["line", "claim", "pair", "later-pair", "day"])
def test_a_constant_outcome_silences_another(each: str, kind: str) -> None:
    lines = tuple(Line(number=number, code="86329", date=dt.date(2026, 1, 1)) for number in (1, 2))
    claim = Claim(id="C", type="professional", lines=lines, payer=Payer(id="P0"))
    engine = Engine(linked(RULES.replace("EACH", each)), kind=kind, as_of=AS_OF)  # type: ignore[arg-type]
    report = engine.scrub(claim)
    assert {(found.edit, found.status.label) for found in report.findings} == {("cause", "not checked")}
    assert {silenced.edit for silenced in report.silenced} == {"effect"}


@pytest.mark.parametrize("kind", ["reference", *COMPILED])
@pytest.mark.parametrize("each", ["pair", "later-pair", "day"])
def test_it_does_where_it_is_open_whether_the_lines_are_of_one_day(each: str, kind: str) -> None:
    day = dt.date(2026, 1, 1)
    lines = (
        Line(number=1, code="86329", date=day, date_to=dt.date(2026, 1, 9)),
        Line(number=2, code="86329", date=day),
    )
    claim = Claim(id="C", type="professional", lines=lines, payer=Payer(id="P0"))
    engine = Engine(linked(RULES.replace("EACH", each)), kind=kind, as_of=AS_OF)  # type: ignore[arg-type]
    report = engine.scrub(claim)
    assert {(found.edit, found.status.label) for found in report.findings} == {("cause", "not checked")}
    assert {silenced.edit for silenced in report.silenced} == {"effect"}
