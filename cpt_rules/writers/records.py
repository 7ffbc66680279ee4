"""Reports as plain records: what every writer of machine-readable output says, key by key, in the order users rely on.

Pure functions. Money is text with its decimals, dates are ISO 8601, a missing value is None.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from attrs import frozen

from cpt_rules.finding import Asked, Citation, Denial, Finding, Outcome, Report, Silenced, Tally, Where, where

Record = dict[str, Any]


@frozen
class Entry:
    """One claim of a run with everything that writers and the summary ask of its report, computed once.

    `n` counts the claims of the run from 1. `findings` is empty where the report has nothing but passes and those were
    not asked for, so that no Finding is built in vain. `worst` is the worst verdict that may hold a claim back:
    findings with disposition *inform* never do.
    """

    n: int
    report: Report
    lines: tuple[Tally, ...]
    claim_level: Tally
    findings: tuple[Finding, ...]
    silenced: tuple[Silenced, ...]
    worst: Outcome
    charge_at_risk: Decimal | None

    @property
    def tallies(self) -> tuple[Tally, ...]:
        return self.claim_level, *self.lines

    @property
    def held(self) -> bool:
        """Whether the claim should be held back: something on it fails, and not for information only."""
        return self.worst == Outcome.FAIL


def entry(n: int, report: Report, *, everything: bool = False) -> Entry:
    """The entry of claim number `n`; `everything` asks for the passes too."""
    lines, claim_level = report.lines, report.claim_level
    tallies = (claim_level, *lines)
    findings: tuple[Finding, ...] = ()
    if everything:
        findings = report.findings
    elif any(each.warned or each.failed for each in tallies):
        findings = report.raised
    silenced = report.silenced if any(each.silenced for each in tallies) else ()
    counting = [each for each in findings if each.rule.disposition != "inform"]
    worst = max((each.status for each in counting), default=Outcome.NOT_APPLICABLE, key=severity)
    if any(each.not_checked for each in tallies):
        worst = max(worst, Outcome.NOT_CHECKED, key=severity)
    return Entry(n, report, lines, claim_level, findings, silenced, worst, _total_at_risk(counting))


_MILD_TO_SEVERE = (
    Outcome.NOT_APPLICABLE,
    Outcome.SILENCED,
    Outcome.PASS,
    Outcome.NOT_CHECKED,
    Outcome.WARN,
    Outcome.FAIL,
)
#: How much an outcome weighs in `--fail-on`: not checked is more than a pass there.
severity = dict(zip(_MILD_TO_SEVERE, range(6), strict=True)).__getitem__


def reaches(worst: Outcome, fail_on: Outcome | None) -> bool:
    """Whether a verdict is at least as bad as `fail_on`; None is never reached."""
    return fail_on is not None and severity(worst) >= severity(fail_on)


def _total_at_risk(findings: Iterable[Finding]) -> Decimal | None:
    """The charges that warnings and failures put at risk, each line's once, the claim's own instead of its lines'.

    Zero where nothing is at risk, None where something is but no charge was sent.
    """
    at_risk: dict[int | None, Decimal | None] = {}
    for finding in findings:
        if finding.status >= Outcome.WARN:
            charges = (at_risk.get(finding.index), charge_at_risk(finding))
            at_risk[finding.index] = max((each for each in charges if each is not None), default=None)
    if not at_risk:
        return Decimal("0.00")
    whole = at_risk.pop(None, None)
    of_lines = [each for each in at_risk.values() if each is not None]
    total = sum(of_lines, Decimal(0)) if of_lines else None
    return max((each for each in (whole, total) if each is not None), default=None)


def charge_at_risk(finding: Finding) -> Decimal | None:
    """The charge that a finding puts at risk: none where it only informs."""
    return None if finding.rule.disposition == "inform" else finding.charge_at_risk


def written(findings: Iterable[Finding], *, everything: bool = False) -> list[Finding]:
    """The findings that are written: warnings and failures, with `everything` also passes and what was not checked."""
    return [each for each in findings if everything or each.status >= Outcome.WARN]


def finding_record(n: int, finding: Finding, report: Report) -> Record:
    """A finding. Message, remedy and denial speak of what is wrong: where nothing is, they are None."""
    rule = finding.rule
    wrong = finding.status >= Outcome.WARN
    record: Record = {"record": "finding", "n": n, "key": finding.key, "claim": finding.claim, "line": finding.line}
    if finding.with_line is not None:
        record["with_line"] = finding.with_line
    record |= {
        "code": finding.code,
        "date": day(finding.date),
        "payer": finding.payer,
        "edit": rule.edit,
        "status": finding.status.label,
    }
    if finding.status == Outcome.NOT_CHECKED:
        record["missing"] = list(finding.missing)
    return record | {
        "disposition": rule.disposition,
        "message": finding.message if wrong else None,
        "remedy": finding.remedy if wrong else None,
        "fix": rule.fix,
        "field": rule.at,
        "charge_at_risk": money(charge_at_risk(finding)),
        "where": where_record(where(finding, report.claim)),
        "denial": denial_record(rule.denial) if wrong else None,
        "sources": [citation_record(each) for each in finding.sources],
        "overlay": finding.overlay,
        "stale": finding.stale,
        **({"tables": [asked_record(each) for each in finding.tables]} if finding.tables else {}),
    }


def claim_record(item: Entry) -> Record:
    """The roll-up of a claim, with what tells it from others of the same id."""
    claim, report = item.report.claim, item.report
    origin = claim.origin
    return {
        "record": "claim",
        "n": item.n,
        "claim": claim.id,
        "input": origin.input if origin else None,
        "interchange": origin.interchange if origin else None,
        "transaction_set": origin.transaction_set if origin else None,
        "ordinal": origin.ordinal if origin else None,
        "segments": list(origin.segments) if origin and origin.segments else None,
        "payer": report.payer,
        "status": report.status.label,
        "complete": report.complete,
        "action": "hold" if item.held else "release",
        "charge_at_risk": money(item.charge_at_risk),
        "lines": [line_record(each) for each in item.lines],
    }


def line_record(line: Tally) -> Record:
    """The roll-up of a line. Nothing is bypassed before overrides can be given."""
    return {
        "line": line.line,
        "status": line.status.label,
        "complete": line.complete,
        "pass": line.passed,
        "warn": line.warned,
        "fail": line.failed,
        "not_checked": line.not_checked,
        "bypassed": 0,
        "silenced": line.silenced,
    }


def where_record(place: Where | None) -> Record | None:
    if place is None:
        return None
    record: Record = {
        "file": place.file,
        "segment": place.segment,
        "loop": place.loop,
        "element": place.element,
        "qualifier": place.qualifier,
    }
    if place.absent:
        record["absent"] = True
    return record


def denial_record(denial: Denial | None) -> Record | None:
    if denial is None:
        return None
    return {"group": denial.group, "carc": denial.carc, "rarc": list(denial.rarc), "status": list(denial.status)}


def citation_record(source: Citation) -> Record:
    return {"id": source.id, "edition": source.edition}


def asked_record(asked: Asked) -> Record:
    """An edition of a reference table that was asked."""
    return {
        "id": asked.table,
        "setting": asked.setting,
        "edition": asked.edition,
        "starter": asked.starter,
        "stale": asked.stale,
    }


def money(amount: Decimal | None) -> str | None:
    """An amount with two decimals, or more where more were sent; never in exponent form."""
    if amount is None:
        return None
    text = f"{amount:f}"
    decimals = len(text.partition(".")[2])
    if decimals >= 2:
        return text
    return f"{text}0" if decimals else f"{text}.00"


def day(date: dt.date | None) -> str | None:
    return None if date is None else date.isoformat()
