"""`cpt-rules diff` as one JSON document; its `outcomes` are written as they are found, one a line."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

from attrs import define

from cpt_rules.commands.diff_model import Changed, Tally, Telling, names, reading
from cpt_rules.readers.json_claim import claim_to_json
from cpt_rules.ruleset.compare import Change, Difference, Span
from cpt_rules.ruleset.ruleset import Ruleset
from cpt_rules.testing.outcomes import Because, ConditionSeen, OutcomeChange, Side
from cpt_rules.testing.outcomes.why import truth_word

Record = dict[str, Any]


@define
class JsonPage:
    telling: Telling
    _any: bool = False

    def head(self) -> bytes:
        telling, comparison = self.telling, self.telling.comparison
        record = {
            "old": _ruleset(telling.old, telling.differ.old),
            "new": _ruleset(telling.new, telling.differ.new),
            "as_of": telling.differ.as_of.isoformat(),
            "same_meaning": not comparison.in_meaning,
            "documents": [document_record(each) for each in comparison.changes],
            "impact": {
                "edits": list(comparison.edits),
                "codes": list(comparison.codes),
                "days": list(map(_span, comparison.days)),
            },
        }
        return f'{_dumped(record)[:-1]}, "outcomes": ['.encode()

    def claim(self, changed: Changed) -> bytes:
        parts = []
        for each in changed:
            parts.append((",\n" if self._any else "\n") + _dumped(outcome_record(each)))
            self._any = True
        return "".join(parts).encode()

    def end(self, tally: Tally) -> bytes:
        counts = [
            {"edit": edit, "old": old, "new": new, "because": list(documents), "count": count}
            for (edit, old, new, documents), count in tally.in_order()
        ]
        record = {
            "claims": tally.claims,
            "unreadable": tally.unreadable,
            "generated": tally.generated,
            "seed": tally.seed if tally.generated else None,
            "claims_changed": tally.claims_changed,
            "lines_changed": tally.lines,
            "outcomes_changed": tally.outcomes,
            "by_outcome": counts,
            "lines_by_document": dict(sorted(tally.documents.items())),
        }
        return f'\n], "summary": {_dumped(record)}}}\n'.encode()


def _dumped(record: Record) -> str:
    return json.dumps(record, ensure_ascii=True)


def _ruleset(name: str, ruleset: Ruleset) -> Record:
    return {"name": name, "version": ruleset.version, "hash": ruleset.hash}


def document_record(change: Change) -> Record:
    """A document that differs."""
    return {
        "kind": change.kind,
        "id": change.id,
        "formerly": change.formerly,
        "status": change.status,
        "concern": change.concern,
        "days": list(map(_span, change.days)),
        "codes": list(change.codes),
        "edits": list(change.edits),
        "differences": list(map(difference_record, change.differences)),
    }


def difference_record(each: Difference) -> Record:
    return {
        "part": each.part,
        "concern": each.concern,
        "old": each.old,
        "new": each.new,
        **_span(each.days),
        "joined": list(each.joined),
        "left": list(each.left),
    }


def _span(span: Span) -> Record:
    return {"from": _day(span.first), "to": _day(span.last)}


def _day(day: dt.date | None) -> str | None:
    return None if day is None else day.isoformat()


def outcome_record(change: OutcomeChange) -> Record:
    """An outcome that differs. A claim that was made up stands in it whole."""
    origin = change.claim.origin
    return {
        "n": change.n,
        "claim": change.claim.id,
        "input": origin.input if origin else None,
        "ordinal": origin.ordinal if origin else None,
        "segments": list(origin.segments) if origin and origin.segments else None,
        "line": change.line,
        "index": change.index,
        "with_line": change.with_line,
        "with_index": change.with_index,
        "code": change.code,
        "date": _day(change.date),
        "edit": change.edit,
        "old": _side(change.old),
        "new": _side(change.new),
        "because": list(names(change.because)),
        "by": [_because(each) for each in change.because],
        "conditions": [_condition(each) for each in dict.fromkeys(change.conditions)],
        "notes": list(change.notes),
        **({"given": claim_to_json(change.claim)} if origin is None else {}),
    }


def _side(side: Side) -> Record:
    return {
        "outcome": side.outcome.label,
        "payer": side.payer,
        "missing": list(side.missing),
        "silenced_by": side.silenced_by,
        "has_edit": side.there,
    }


def _because(each: Because) -> Record:
    change = each.change
    differences = list(map(difference_record, each.by))
    return {"kind": change.kind, "id": change.id, "status": change.status, "differences": differences}


def _condition(seen: ConditionSeen) -> Record:
    return {
        "part": seen.part,
        "text": seen.text,
        "only": seen.only,
        "old": truth_word(seen.old),
        "new": truth_word(seen.new),
        "old_holds": reading(seen, seen.old_held),
        "new_holds": reading(seen, seen.new_held),
    }
