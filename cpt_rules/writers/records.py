"""Reports as plain records: what every writer of machine-readable output says, key by key, in the order users rely on.

Pure functions. Money is text with its decimals, dates are ISO 8601, a missing value is None.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from decimal import Decimal
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from attrs import frozen

from cpt_rules.finding import Asked, Citation, Denial, Finding, Outcome, Report, Silenced, Where, where
from cpt_rules.writers.rollup import BYPASSED, Roll, rolled, weight, without

if TYPE_CHECKING:
    from cpt_rules.writers.overrides import Override, Overrides

Record = dict[str, Any]


@frozen
class Entry:
    """One claim of a run with everything that writers and the summary ask of its report, computed once.

    `n` counts the claims of the run from 1. `findings` is empty where the report has nothing but passes and those were
    not asked for, so that no Finding is built in vain. `bypassed` are the overrides that let findings pass by, by the
    finding's place in `findings`; `refused` the overrides of findings that none may. `status`, `complete` and the
    roll-ups count what is bypassed apart. `worst` is the worst verdict that may hold a claim back: what is bypassed and
    findings with disposition *inform* never do.
    """

    n: int
    report: Report
    claim_level: Roll
    lines: tuple[Roll, ...]
    status: str
    complete: bool
    findings: tuple[Finding, ...]
    bypassed: Mapping[int, Override]
    refused: tuple[Override, ...]
    silenced: tuple[Silenced, ...]
    worst: Outcome
    charge_at_risk: Decimal | None

    @property
    def clean(self) -> bool:
        return self.complete and self.status == "pass"

    @property
    def held(self) -> bool:
        """Whether the claim should be held back: something on it fails, and not for information only."""
        return self.worst == Outcome.FAIL


def entry(n: int, report: Report, *, everything: bool = False, overrides: Overrides | None = None) -> Entry:
    """The entry of claim number `n`; `everything` asks for the passes too, `overrides` say what is let pass by."""
    claim_level = _NOTHING
    rolls: list[Roll] = []
    raised = silent = unchecked = 0
    for line, codes in report.outcomes:
        roll = rolled(codes)
        raised += roll.warned + roll.failed
        silent += roll.silenced
        unchecked += roll.not_checked
        if line is None:
            claim_level = roll
        else:
            rolls.append(roll)
    findings: tuple[Finding, ...] = ()
    if everything:
        findings = report.findings
    elif raised:
        findings = report.raised
    bypassed = _NO_OVERRIDE
    refused: tuple[Override, ...] = ()
    if overrides is not None and raised:
        bypassed, refused = overrides.of(findings)
        if bypassed:
            claim_level, rolls = _without(claim_level, rolls, findings, bypassed)
    counting = _counting(findings, bypassed)
    worst = max((each.status for each in counting), default=Outcome.NOT_APPLICABLE, key=severity)
    if unchecked:
        worst = max(worst, Outcome.NOT_CHECKED, key=severity)
    status = max((each.status for each in (claim_level, *rolls)), key=weight)
    complete = not unchecked and not silent
    silenced = report.silenced if silent else ()
    return Entry(
        n,
        report,
        claim_level,
        tuple(rolls),
        status,
        complete,
        findings,
        bypassed,
        refused,
        silenced,
        worst,
        _total_at_risk(counting),
    )


_NOTHING = rolled(b"")
_NO_OVERRIDE: Mapping[int, Override] = MappingProxyType({})


def _counting(findings: tuple[Finding, ...], bypassed: Mapping[int, Override]) -> list[Finding]:
    """The findings that may hold a claim back."""
    if bypassed:
        findings = tuple(each for place, each in enumerate(findings) if place not in bypassed)
    return [each for each in findings if each.rule.disposition != "inform"]


def _without(
    claim_level: Roll, rolls: list[Roll], findings: tuple[Finding, ...], bypassed: Mapping[int, Override]
) -> tuple[Roll, list[Roll]]:
    """The roll-ups with what is bypassed counted apart."""
    counts: dict[int | None, list[int]] = {}
    for place in bypassed:
        finding = findings[place]
        counts.setdefault(finding.index, [0, 0])[finding.status - Outcome.WARN] += 1
    changed = list(rolls)
    for index, (warned, failed) in counts.items():
        if index is None:
            claim_level = without(claim_level, warned, failed)
        else:
            changed[index] = without(changed[index], warned, failed)
    return claim_level, changed


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


def finding_record(n: int, finding: Finding, report: Report, override: Override | None = None) -> Record:
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
        "status": finding.status.label if override is None else BYPASSED,
    }
    if override is not None:
        record["override"] = override_record(finding, override)
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


def override_record(finding: Finding, override: Override) -> Record:
    """Why a finding is let pass by, and what it would have been."""
    return {
        "was": finding.status.label,
        "reason": override.reason,
        "by": override.by,
        "until": day(override.until),
    }


def claim_record(item: Entry) -> Record:
    """The roll-up of a claim, with what tells it from others of the same id."""
    claim = item.report.claim
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
        "payer": item.report.payer,
        "status": item.status,
        "complete": item.complete,
        "action": "hold" if item.held else "release",
        "charge_at_risk": money(item.charge_at_risk),
        "lines": [line_record(number, roll) for number, roll in zip(numbers(item), item.lines, strict=True)],
    }


def numbers(item: Entry) -> list[int]:
    """The numbers of the claim's lines, in their order."""
    return [line.number for line, _ in item.report.outcomes if line is not None]


def line_record(number: int, line: Roll) -> Record:
    """The roll-up of a line."""
    return {
        "line": number,
        "status": line.status,
        "complete": line.complete,
        "pass": line.passed,
        "warn": line.warned,
        "fail": line.failed,
        "not_checked": line.not_checked,
        "bypassed": line.bypassed,
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
    text = str(amount)
    if text[-3:-2] == ".":
        return text
    text = f"{amount:f}"
    decimals = len(text.partition(".")[2])
    if decimals >= 2:
        return text
    return f"{text}0" if decimals else f"{text}.00"


def day(date: dt.date | None) -> str | None:
    return None if date is None else date.isoformat()
