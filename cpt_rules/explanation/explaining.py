"""For one line of a claim, or the claim itself: why each edit did or did not fire, and what would make it pass."""

from __future__ import annotations

from collections.abc import Collection

from cpt_rules.claim import Claim
from cpt_rules.engine import Engine, reference
from cpt_rules.engine.reference_edits import Judged
from cpt_rules.engine.reference_explain import reasons
from cpt_rules.explanation.data import Advice, Explanation
from cpt_rules.explanation.search import advise
from cpt_rules.finding import Finding, Outcome


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
    speaking = any(_speaks(each) for each in judged)
    report = engine.scrub(claim) if speaking else None
    said = {} if report is None else {(each.edit, each.index, each.with_index): each for each in report.raised}
    found: list[Explanation] = []
    earlier: dict[str, Advice] = {}
    for each in judged:
        edit = each.judgement.edit.edit.text
        finding = said.get((edit, index, each.judgement.place.other)) if _speaks(each) else None
        told = None
        if advice and report is not None and _speaks(each):
            told = advise(engine, claim, index, each.judgement, report, earlier.get(edit))
            earlier.setdefault(edit, told)
        found.append(_explained(claim, index, each, finding, told))
    return tuple(found)


def _speaks(judged: Judged) -> bool:
    return judged.outcome in (Outcome.WARN, Outcome.FAIL)


def _explained(
    claim: Claim, index: int | None, judged: Judged, finding: Finding | None, advice: Advice | None
) -> Explanation:
    other = judged.judgement.place.other
    return Explanation(
        edit=judged.judgement.edit.edit.text,
        outcome=judged.outcome,
        index=index,
        line=None if index is None else claim.lines[index].number,
        with_index=other,
        with_line=None if other is None else claim.lines[other].number,
        reasons=reasons(judged),
        finding=finding,
        advice=advice,
    )
