"""One claim as the reference engine judges it, restricted to some edits: what failures print and coverage counts."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterator

from attrs import evolve

from cpt_rules.claim import Claim
from cpt_rules.engine.reference import Run
from cpt_rules.engine.reference_edits import Judged
from cpt_rules.reading import View
from cpt_rules.ruleset.payers import PayerIndex, chain
from cpt_rules.ruleset.ruleset import Ruleset
from cpt_rules.testing.inline import with_causes


def judged(
    ruleset: Ruleset, claim: Claim, edits: Collection[str], *, as_of: dt.date, client: str | None
) -> dict[str, list[Judged]]:
    """Each of these edits in every place of the claim, with what may silence it taken into account."""
    match = PayerIndex.of(ruleset).match(claim.payer)
    names = {name for edit in edits for name in with_causes(ruleset, ruleset.edits[edit])}
    run = Run(
        ruleset=evolve(ruleset, edits={name: ruleset.edits[name] for name in sorted(names)}),
        claim=claim,
        view=View(claim, as_of),
        match=match,
        links=chain(ruleset, match, client),
        edits={name: ruleset.edits[name] for name in sorted(names)},
    )
    found = run.judged()
    return {edit: found[edit] for edit in edits}


def at(places: Collection[Judged], index: int | None) -> Iterator[Judged]:
    """Those that belong to the line at this place of the claim, or to the claim itself (None)."""
    return (each for each in places if index in each.judgement.place.owners)
