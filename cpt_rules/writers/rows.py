"""Findings as rows: the columns that CSV and Parquet have in common.

A row holds what the finding's record holds (see `cpt_rules.writers.records`), laid flat, and the verdict and action of its
claim. A claim without a finding that is written has no row.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from cpt_rules.finding import Finding, Outcome, where
from cpt_rules.writers.keys import key_of
from cpt_rules.writers.records import Entry, asked_record, charge_at_risk
from cpt_rules.writers.rollup import BYPASSED

if TYPE_CHECKING:
    from cpt_rules.writers.overrides import Override

#: Column → what it holds: text, word (a text that comes again and again), whole, day, amount, flag, a list of words, records.
COLUMNS: dict[str, str] = {
    "n": "whole",
    "key": "text",
    "claim": "text",
    "line": "whole",
    "with_line": "whole",
    "code": "word",
    "date": "day",
    "payer": "word",
    "edit": "word",
    "status": "word",
    "override_was": "word",
    "override_reason": "word",
    "override_by": "word",
    "override_until": "day",
    "missing": "words",
    "disposition": "word",
    "message": "word",
    "remedy": "word",
    "fix": "word",
    "field": "word",
    "charge_at_risk": "amount",
    "where_file": "word",
    "where_segment": "whole",
    "where_loop": "word",
    "where_element": "word",
    "where_qualifier": "word",
    "where_absent": "flag",
    "denial_group": "word",
    "denial_carc": "word",
    "denial_rarc": "words",
    "denial_status": "words",
    "sources": "words",
    "source_editions": "words",
    "overlay": "word",
    "stale": "flag",
    "tables": "records",
    "claim_status": "word",
    "claim_action": "word",
}

Row = tuple[object, ...]


def rows(item: Entry, *, everything: bool = False) -> Iterator[Row]:
    """The rows of a claim: values in the order of `COLUMNS`, texts as tuples where there are several."""
    action = "hold" if item.held else "release"
    for place, finding in enumerate(item.findings):
        if everything or finding.status >= Outcome.WARN:
            yield (*_row(item, finding, item.bypassed.get(place)), item.status, action)


def _row(item: Entry, finding: Finding, override: Override | None) -> Row:
    rule, status = finding.rule, finding.status
    wrong = status >= Outcome.WARN
    place = where(finding, item.report.claim)
    denial = rule.denial if wrong else None
    return (
        item.n,
        key_of(finding),
        finding.claim,
        finding.line,
        finding.with_line,
        finding.code,
        finding.date,
        finding.payer,
        rule.edit,
        status.label if override is None else BYPASSED,
        *(4 * (None,) if override is None else (status.label, override.reason, override.by, override.until)),
        finding.missing if status == Outcome.NOT_CHECKED else (),
        rule.disposition,
        finding.message if wrong else None,
        finding.remedy if wrong else None,
        rule.fix,
        rule.at,
        charge_at_risk(finding),
        *(
            6 * (None,)
            if place is None
            else (place.file, place.segment, place.loop, place.element, place.qualifier, place.absent)
        ),
        *((None, None, (), ()) if denial is None else (denial.group, denial.carc, denial.rarc, denial.status)),
        tuple(each.id for each in finding.sources),
        tuple(each.edition for each in finding.sources),
        finding.overlay,
        finding.stale,
        tuple(asked_record(each) for each in finding.tables),
    )
