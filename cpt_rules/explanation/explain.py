"""For one line of a claim, or the claim itself: why each edit did or did not fire, and what would make it pass."""

from __future__ import annotations

from collections.abc import Collection

from cpt_rules.claim import Claim
from cpt_rules.engine import Engine, reference
from cpt_rules.engine.reference_edits import Judged
from cpt_rules.engine.reference_explain import reasons
from cpt_rules.explanation.data import Explanation
from cpt_rules.explanation.search import advise
from cpt_rules.finding import Outcome, Report


def explain(
    engine: Engine,
    claim: Claim,
    index: int | None = None,
    *,
    edits: Collection[str] | None = None,
    advice: bool = True,
) -> tuple[Explanation, ...]:
    """Every edit on the line at place `index` of the claim (None: on the claim itself), in order of id and of the other line.

    `edits`: the ids of those that are asked for; None: all that the engine runs. Without `advice` nothing is searched
    for. Reasons are the reference engine's; proposals are verified with the direct engine. Raises `IndexError` for a
    place that the claim does not have, `ValueError` for an unknown edit.
    """
    if index is not None and not 0 <= index < len(claim.lines):
        raise IndexError(f"the claim has {len(claim.lines)} lines, and none at place {index}")
    unknown = sorted(set(edits or ()) - set(engine.ruleset.edits))
    if unknown:
        raise ValueError(f"unknown edits: {', '.join(unknown)}")
    judged = reference.judge_at(
        engine.ruleset, claim, index, as_of=engine.as_of, client=engine.client, edits=edits, run=engine.edits
    )
    before = engine.scrub(claim) if any(_speaks(each) for each in judged) else None
    return tuple(_explained(engine, claim, index, each, before, advice) for each in judged)


def _speaks(judged: Judged) -> bool:
    return judged.outcome in (Outcome.WARN, Outcome.FAIL)


def _explained(
    engine: Engine, claim: Claim, index: int | None, judged: Judged, before: Report | None, advice: bool
) -> Explanation:
    other, edit = judged.judgement.place.other, judged.judgement.edit.edit.text
    said = before.raised if before and _speaks(judged) else ()
    finding = next((each for each in said if (each.edit, each.index, each.with_index) == (edit, index, other)), None)
    return Explanation(
        edit=edit,
        outcome=judged.outcome,
        index=index,
        line=None if index is None else claim.lines[index].number,
        with_index=other,
        with_line=None if other is None else claim.lines[other].number,
        reasons=reasons(judged),
        finding=finding,
        advice=advise(engine, claim, index, judged.judgement, before)
        if advice and before and _speaks(judged)
        else None,
    )
