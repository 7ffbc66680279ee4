"""JSONL: one record a line; the findings of a claim, the claim, and the summary at the end.

A finding's line is put together from pieces that are the same for every finding of its edit, for this is in the path
of every claim. The bytes are those of `json.dumps(finding_record(…), ensure_ascii=False)`; a test holds them to it.
"""

from __future__ import annotations

import json
from json.encoder import encode_basestring as quoted
from typing import Any

from attrs import define, field, frozen

from cpt_rules.finding import Asked, Citation, Finding, Outcome, Report, Rule, Where, where
from cpt_rules.writers.records import (
    Entry,
    Record,
    asked_record,
    charge_at_risk,
    citation_record,
    claim_record,
    day,
    denial_record,
    money,
    written,
)
from cpt_rules.writers.summary import Summary, summary_record


def dumped(record: Record) -> str:
    """A record as JSON on one line."""
    return json.dumps(record, ensure_ascii=False)


def encoded(text: str) -> bytes:
    """JSON text as UTF-8; half a surrogate pair, which UTF-8 cannot carry, becomes the JSON escape that it came from."""
    return text.encode("utf-8", "backslashreplace")


@define
class JsonlWriter:
    """Writes what CONTRACT.md calls findings as JSONL; `everything` adds passes and what was not checked."""

    everything: bool = False
    _parts: dict[int, _Parts] = field(factory=dict, init=False)
    _sources: dict[tuple[Citation, ...], str] = field(factory=dict, init=False)
    _tables: dict[tuple[Asked, ...], str] = field(factory=dict, init=False)

    def claim(self, item: Entry) -> bytes:
        findings = written(item.findings, everything=self.everything)
        lines = [self.finding(item.n, each, item.report) for each in findings]
        lines.append(dumped(claim_record(item)))
        lines.append("")
        return encoded("\n".join(lines))

    def end(self, summary: Summary) -> bytes:
        return encoded(dumped(summary_record(summary)) + "\n")

    def finding(self, n: int, finding: Finding, report: Report) -> str:
        """`finding_record` as JSON."""
        rule = finding.rule
        parts = self._parts.get(id(rule))
        if parts is None or parts.rule is not rule:
            parts = self._parts[id(rule)] = _Parts.of(rule)
        status = finding.status
        missing = message = remedy = ""
        if status == Outcome.NOT_CHECKED:
            missing = f', "missing": {json.dumps(finding.missing, ensure_ascii=False)}'
        if status >= Outcome.WARN:
            message = parts.message or quoted(finding.message)
            remedy = parts.remedy or quoted(finding.remedy)
        with_line = "" if finding.with_line is None else f', "with_line": {finding.with_line}'
        return (
            f'{{"record": "finding", "n": {n}, "key": "{finding.key}", "claim": {quoted(finding.claim)}, '
            f'"line": {_number(finding.line)}{with_line}, "code": {_text(finding.code)}, '
            f'"date": {_text(day(finding.date))}, "payer": {_text(finding.payer)}, '
            f'"edit": {parts.edit}, "status": "{status.label}"{missing}, "disposition": {parts.disposition}, '
            f'"message": {message or "null"}, "remedy": {remedy or "null"}, {parts.middle}, '
            f'"charge_at_risk": {_text(money(charge_at_risk(finding)))}, '
            f'"where": {_where(where(finding, report.claim))}, '
            f'"denial": {parts.denial if status >= Outcome.WARN else "null"}, '
            f'"sources": {self._cited(finding.sources)}, '
            f'"overlay": {_text(finding.overlay)}, "stale": {"true" if finding.stale else "false"}{self._asked(finding.tables)}}}'
        )

    def _asked(self, tables: tuple[Asked, ...]) -> str:
        if not tables:
            return ""
        text = self._tables.get(tables)
        if text is None:
            text = self._tables[tables] = (
                f', "tables": {json.dumps([asked_record(each) for each in tables], ensure_ascii=False)}'
            )
        return text

    def _cited(self, sources: tuple[Citation, ...]) -> str:
        text = self._sources.get(sources)
        if text is None:
            records: Any = [citation_record(each) for each in sources]
            text = self._sources[sources] = dumped(records)
        return text


@frozen
class _Parts:
    """The pieces of a finding that its edit alone decides; message and remedy only where they name no value."""

    rule: Rule
    edit: str
    disposition: str
    message: str | None
    remedy: str | None
    middle: str
    denial: str

    @classmethod
    def of(cls, rule: Rule) -> _Parts:
        return cls(
            rule,
            quoted(rule.edit),
            quoted(rule.disposition),
            None if "{" in rule.message else quoted(rule.message),
            None if "{" in rule.remedy else quoted(rule.remedy),
            f'"fix": {quoted(rule.fix)}, "field": {quoted(rule.at)}',
            json.dumps(denial_record(rule.denial), ensure_ascii=False),
        )


def _text(value: str | None) -> str:
    return "null" if value is None else quoted(value)


def _number(value: int | None) -> str:
    return "null" if value is None else str(value)


def _where(place: Where | None) -> str:
    if place is None:
        return "null"
    absent = ', "absent": true' if place.absent else ""
    return (
        f'{{"file": {quoted(place.file)}, "segment": {_number(place.segment)}, "loop": {_text(place.loop)}, '
        f'"element": {_text(place.element)}, "qualifier": {_text(place.qualifier)}{absent}}}'
    )
