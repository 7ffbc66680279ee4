"""Explanations as JSON, and the schema of it. Names are those of findings."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

from cpt_rules.claim import Claim
from cpt_rules.engine.reference_values import Truth
from cpt_rules.explanation.data import Change, Explanation, Proposal
from cpt_rules.finding import Finding, Outcome, shown
from cpt_rules.reading import Open, Reading, Unknown

Record = dict[str, Any]

_TRUTH = {True: "true", False: "false", None: "unknown"}


def record(explanation: Explanation) -> Record:
    """One edit in one place."""
    why, said, advice = explanation.reasons, explanation.finding, explanation.advice
    return {
        "edit": explanation.edit,
        "status": explanation.outcome.label,
        "line": explanation.line,
        "with_line": explanation.with_line,
        "date": None if why.date is None else why.date.isoformat(),
        "alone": why.alone.label,
        "silenced_by": why.silenced_by,
        "decided_by": list(why.decided_by),
        "in_dates": why.in_dates,
        "payers": _truth(why.payers),
        "when": _truth(why.when),
        "unless": _truth(why.unless),
        "require": _truth(why.require),
        "missing": list(why.missing),
        "conditions": [
            {
                "part": each.part,
                "text": each.text,
                "truth": _truth(each.truth),
                "holds": shown(each.reading),
                "compared": {name: shown(reading) for name, reading in each.compared},
                "missing": list(each.missing),
                "decisive": each.decisive,
            }
            for each in why.conditions
        ],
        "changes": [
            {"overlay": each.overlay, "of": each.of, "what": each.what, "undecided": list(each.undecided)}
            for each in why.changes
        ],
        "tables": [
            {
                "id": each.table,
                "setting": each.setting,
                "edition": each.edition,
                "starter": each.starter,
                "stale": each.stale,
            }
            for each in why.tables
        ],
        "message": None if said is None else said.message,
        "remedy": None if said is None else said.remedy,
        "proposals": [_proposal(each) for each in explanation.proposals],
        "reason": "" if advice is None else advice.reason,
    }


def records(
    claim: Claim, ordinal: int, index: int | None, payer: str | None, as_of: dt.date, found: tuple[Explanation, ...]
) -> Record:
    """The explanations of one line, or of the claim itself, with what they are of. `ordinal` is the claim's in its file."""
    line = None if index is None else claim.lines[index]
    return {
        "record": "explanation",
        "n": ordinal,
        "claim": claim.id,
        "line": None if line is None else line.number,
        "code": None if line is None else line.code,
        "payer": payer,
        "as_of": as_of.isoformat(),
        "edits": [record(each) for each in found],
    }


def _truth(truth: Truth) -> str:
    return _TRUTH[truth]


def _proposal(proposal: Proposal) -> Record:
    return {
        "status": proposal.outcome.label,
        "words": proposal.words,
        "condition": proposal.condition,
        "changes": [_change(each) for each in proposal.changes],
        "brings": [_effect(each) for each in proposal.brings],
        "clears": [_effect(each) for each in proposal.clears],
    }


def _change(change: Change) -> Record:
    return {
        "field": change.field,
        "line": change.line,
        "before": value(change.before),
        "after": value(change.after),
        "support": change.support,
        "stand_in": change.stand_in,
        "others": [value(each) for each in change.others],
        "condition": change.condition,
    }


def _effect(finding: Finding) -> Record:
    return {
        "edit": finding.edit,
        "line": finding.line,
        "with_line": finding.with_line,
        "status": finding.status.label,
        "message": finding.message,
    }


def value(reading: Reading) -> Any:
    """A value as claims have it in JSON: numbers and dates as text."""
    if isinstance(reading, tuple):
        return [value(each) for each in reading]
    if isinstance(reading, Unknown | Open):
        return shown(reading)
    if isinstance(reading, Decimal):
        return format(reading, "f")
    return reading.isoformat() if isinstance(reading, dt.date) else reading


# ---- the schema ----------------------------------------------------------------------------------------------------


def explanation_schema() -> Record:
    """The JSON Schema of `records`."""
    text, truth = {"type": "string"}, {"enum": ["true", "false", "unknown"]}
    number, flag = {"type": ["integer", "null"]}, {"type": "boolean"}
    maybe: Record = {"type": ["string", "null"]}
    texts: Record = {"type": "array", "items": text}
    single: Record = {"type": ["string", "integer", "boolean", "null"]}
    held: Record = {"anyOf": [single, {"type": "array", "items": single}]}
    effect = _object(edit=text, line=number, with_line=number, status={"enum": ["warn", "fail"]}, message=text)
    change = _object(
        field=text,
        line=number,
        before=held,
        after=held,
        support={"enum": ["claim", "sender", "record"]},
        stand_in=flag,
        others=_list(held),
        condition=text,
    )
    proposal = _object(
        status={"enum": ["pass", "not applicable"]},
        words=text,
        condition=text,
        changes=_list(change),
        brings=_list(effect),
        clears=_list(effect),
    )
    part: Record = {"enum": ["when", "unless", "require", "fail when"]}
    status: Record = {"enum": [each.label for each in Outcome]}
    edit = _object(
        edit=text,
        status=status,
        line=number,
        with_line=number,
        date=maybe,
        alone=status,
        silenced_by=maybe,
        decided_by=_list({"enum": ["dates", "payers", "lines", "when", "unless", "require"]}),
        in_dates=flag,
        payers=truth,
        when=truth,
        unless=truth,
        require=truth,
        missing=texts,
        conditions=_list(
            _object(
                part=part,
                text=text,
                truth=truth,
                holds=text,
                compared={"type": "object", "additionalProperties": text},
                missing=texts,
                decisive=flag,
            )
        ),
        changes=_list(_object(overlay=text, of=text, what=text, undecided=texts)),
        tables=_list(_object(id=text, setting=maybe, edition=text, starter=flag, stale=flag)),
        message=maybe,
        remedy=maybe,
        proposals=_list(proposal),
        reason=text,
    )
    whole = _object(
        record={"const": "explanation"},
        n={"type": "integer"},
        claim=text,
        line=number,
        code=maybe,
        payer=maybe,
        as_of=text,
        edits=_list(edit),
    )
    return {"title": "The explanation of a line, or of a claim itself", **whole}


def _list(items: Record) -> Record:
    return {"type": "array", "items": items}


def _object(**properties: Record) -> Record:
    return {"type": "object", "properties": properties, "required": list(properties), "additionalProperties": False}
