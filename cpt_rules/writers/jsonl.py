"""JSONL: one record a line; the findings of a claim, the claim, and the summary at the end.

This is in the path of every claim, so a line is put together from pieces that are kept: what is the same for every
finding of an edit, for every value of a field, for every line with the same outcomes. The bytes are those of
`json.dumps(finding_record(…), ensure_ascii=False)`; a test holds them to it.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Sequence
from json.encoder import encode_basestring as quoted
from typing import TYPE_CHECKING, Any

from attrs import define, field, frozen

from cpt_rules.finding import Asked, Finding, Outcome, Report, Rule
from cpt_rules.writers.keys import key_of
from cpt_rules.writers.places import Places
from cpt_rules.writers.records import (
    Entry,
    Record,
    asked_record,
    charge_at_risk,
    citation_record,
    claim_record,
    denial_record,
    money,
    numbers,
    override_record,
    written,
)
from cpt_rules.writers.summary import Summary, summary_record
from cpt_rules.writers.templates import Template

if TYPE_CHECKING:
    from cpt_rules.writers.overrides import Override

_MOST = 4096  # of anything that is kept


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
    _sources: dict[int, tuple[object, str]] = field(factory=dict, init=False)
    _tables: dict[tuple[Asked, ...], str] = field(factory=dict, init=False)
    _days: dict[dt.date, str] = field(factory=dict, init=False)
    _places: Places = field(factory=Places, init=False)

    def claim(self, item: Entry) -> bytes:
        lines = self.findings(item)
        lines.append(claim_json(item))
        lines.append("")
        return encoded("\n".join(lines))

    def put(self, claims: Sequence[bytes]) -> bytes:
        return b"".join(claims)

    def end(self, summary: Summary) -> bytes:
        return encoded(dumped(summary_record(summary)) + "\n")

    def findings(self, item: Entry) -> list[str]:
        """The findings of a claim that are written, each as JSON."""
        n, report, bypassed = item.n, item.report, item.bypassed
        if bypassed:
            return [
                self.finding(n, each, report, bypassed.get(place))
                for place, each in enumerate(item.findings)
                if self.everything or each.status >= Outcome.WARN
            ]
        return [self.finding(n, each, report) for each in written(item.findings, everything=self.everything)]

    def finding(self, n: int, finding: Finding, report: Report, override: Override | None = None) -> str:
        """`finding_record` as JSON."""
        rule, status = finding.rule, finding.status
        parts = self._parts.get(id(rule))
        if parts is None or parts.rule is not rule:
            parts = self._part(rule)
        line, with_line, code, date, payer = (
            finding.line, finding.with_line, finding.code, finding.date, finding.payer,
        )  # fmt: skip
        if status >= Outcome.WARN:
            verdict = parts.fails if status == Outcome.FAIL else parts.warns
            if override is not None:
                verdict = parts.verdict("bypassed", f', "override": {dumped(override_record(finding, override))}')
            said = f'{parts.message.quoted(finding.values)}, "remedy": {parts.remedy.quoted(finding.values)}'
            denial = parts.denial
        else:
            missing = ""
            if status == Outcome.NOT_CHECKED:
                missing = f', "missing": {json.dumps(finding.missing, ensure_ascii=False)}'
            verdict = parts.verdict(status.label, missing)
            said, denial = 'null, "remedy": null', "null"
        charge = money(charge_at_risk(finding))
        overlay, tables = finding.overlay, finding.tables
        return (
            f'{{"record": "finding", "n": {n}, "key": "{key_of(finding)}", "claim": {quoted(finding.claim)}, "line": '
            f"{'null' if line is None else line}"
            f'{"" if with_line is None else self._with(with_line)}, "code": '
            f'{"null" if code is None else quoted(code)}, "date": '
            f'{"null" if date is None else self._day(date)}, "payer": '
            f"{'null' if payer is None else quoted(payer)}{verdict}{said}{parts.middle}"
            f'{"null" if charge is None else self._amount(charge)}, "where": '
            f'{self._places.place(finding, report.claim)}, "denial": {denial}, "sources": '
            f'{self._cited(finding)}, "overlay": '
            f'{"null" if overlay is None else quoted(overlay)}, "stale": '
            f"{'true' if finding.stale else 'false'}{self._asked(tables) if tables else ''}}}"
        )

    @staticmethod
    def _with(line: int) -> str:
        return f', "with_line": {line}'

    @staticmethod
    def _amount(charge: str) -> str:
        return f'"{charge}"'

    def _day(self, date: dt.date) -> str:
        text = self._days.get(date)
        if text is None:
            _bound(self._days)
            text = self._days[date] = f'"{date.isoformat()}"'
        return text

    def _part(self, rule: Rule) -> _Parts:
        _bound(self._parts)
        found = self._parts[id(rule)] = _Parts.of(rule)
        return found

    def _asked(self, tables: tuple[Asked, ...]) -> str:
        text = self._tables.get(tables)
        if text is None:
            _bound(self._tables)
            text = self._tables[tables] = (
                f', "tables": {json.dumps([asked_record(each) for each in tables], ensure_ascii=False)}'
            )
        return text

    def _cited(self, finding: Finding) -> str:
        """The sources, kept by the tuple that an edit's findings share; its identity is cheaper than its hash."""
        sources = finding.sources
        kept = self._sources.get(id(sources))
        if kept is not None and kept[0] is sources:
            return kept[1]
        records: Any = [citation_record(each) for each in sources]
        text = dumped(records)
        _bound(self._sources)
        self._sources[id(sources)] = sources, text
        return text


def _bound(kept: dict[Any, Any]) -> None:
    if len(kept) >= _MOST:
        kept.clear()


def claim_json(item: Entry) -> str:
    """`claim_record` as JSON."""
    report = item.report
    origin, payer = report.claim.origin, report.payer
    if origin is None:
        return dumped(claim_record(item))
    segments = "null"
    if origin.segments:
        first, last = origin.segments
        segments = f"[{first}, {last}]"
    interchange, transaction_set = origin.interchange, origin.transaction_set
    charge = money(item.charge_at_risk)
    lines = [f'{{"line": {number}, {roll.json}' for number, roll in zip(numbers(item), item.lines, strict=True)]
    return (
        f'{{"record": "claim", "n": {item.n}, "claim": {quoted(report.claim.id)}, "input": {quoted(origin.input)}, '
        f'"interchange": {"null" if interchange is None else quoted(interchange)}, '
        f'"transaction_set": {"null" if transaction_set is None else quoted(transaction_set)}, '
        f'"ordinal": {origin.ordinal}, "segments": {segments}, '
        f'"payer": {"null" if payer is None else quoted(payer)}, "status": "{item.status}", '
        f'"complete": {"true" if item.complete else "false"}, "action": "{"hold" if item.held else "release"}", '
        f'"charge_at_risk": {"null" if charge is None else quoted(charge)}, "lines": [{", ".join(lines)}]}}'
    )


@frozen
class _Parts:
    """The pieces of a finding that its edit alone decides."""

    rule: Rule
    edit: str
    disposition: str
    fails: str
    warns: str
    message: Template
    remedy: Template
    middle: str
    denial: str

    @classmethod
    def of(cls, rule: Rule) -> _Parts:
        edit, disposition = quoted(rule.edit), quoted(rule.disposition)
        return cls(
            rule,
            edit,
            disposition,
            _verdict(edit, "fail", "", disposition),
            _verdict(edit, "warn", "", disposition),
            Template.of(rule.message),
            Template.of(rule.remedy),
            f', "fix": {quoted(rule.fix)}, "field": {quoted(rule.at)}, "charge_at_risk": ',
            json.dumps(denial_record(rule.denial), ensure_ascii=False),
        )

    def verdict(self, status: str, more: str) -> str:
        """From edit to message."""
        return _verdict(self.edit, status, more, self.disposition)


def _verdict(edit: str, status: str, more: str, disposition: str) -> str:
    return f', "edit": {edit}, "status": "{status}"{more}, "disposition": {disposition}, "message": '
