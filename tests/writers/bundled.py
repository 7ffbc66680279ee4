"""Entries of the bundled example claims, read as 837P and as JSONL: pairs, days, look-ups, absent fields, several payers."""

from __future__ import annotations

import datetime as dt
from functools import cache
from pathlib import Path

from cpt_rules import Engine, load_ruleset, read_claims
from cpt_rules.writers.overrides import Override, Overrides
from cpt_rules.writers.records import Entry, entry

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
OVERRIDES = Overrides(
    "overrides.jsonl",
    1,
    valid=(
        Override(1, "=agreed, with the payer", "+J. Doe", dt.date(2026, 3, 31), edit="clia.present", claim="PCN-1002"),
    ),
)


@cache
def entries(*, everything: bool, overrides: bool = False) -> tuple[Entry, ...]:
    engine = Engine(load_ruleset(), as_of=dt.date(2026, 1, 31))
    claims = [claim for name in ("claims.837", "claims.jsonl") for claim in read_claims(EXAMPLES / name)]
    given = OVERRIDES if overrides else None
    return tuple(
        entry(n, engine.scrub(claim), everything=everything, overrides=given) for n, claim in enumerate(claims, 1)
    )
