"""For people: claim by claim and line by line, worst first; then what the run comes to.

A finding is one line with its message (longer ones go on below), then its remedy and its source. Wide as `width`, also
where the output is not a terminal, so that the same input gives the same bytes.
"""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal

from attrs import field, frozen

from cpt_rules.claim import Claim
from cpt_rules.finding import Asked, Denial, Finding, Outcome, Tally, where
from cpt_rules.tables.manifest import Manifest
from cpt_rules.writers.records import Entry, written
from cpt_rules.writers.summary import Summary

#: Paints a text in the colour of a verdict (``"fail"``, ``"clean"`` …) or as ``"dim"`` or ``"bold"``.
Paint = Callable[[str, str], str]

WIDTH = 100
_TOP = 10  # so many kinds of missing knowledge are named in the summary
_VERDICTS = (Outcome.FAIL, Outcome.WARN, Outcome.NOT_CHECKED, Outcome.PASS)
_WORD = 12  # as wide as the longest verdict and a blank
_HANG = 4 + _WORD


def plain(text: str, style: str) -> str:
    """No colour."""
    return text


@frozen
class TextWriter:
    """Writes for people. `payers` and `sources` are titles by id; `everything` adds passes and what was not checked."""

    everything: bool = False
    payers: Mapping[str, str] = field(factory=dict)
    sources: Mapping[str, str] = field(factory=dict)
    paint: Paint = plain
    width: int = WIDTH

    def claim(self, item: Entry) -> bytes:
        findings = written(item.findings, everything=self.everything)
        out = [self._claim_line(item)]
        by_index: dict[int | None, list[Finding]] = {}
        for finding in findings:
            by_index.setdefault(finding.index, []).append(finding)
        if None in by_index:
            out.append("  the claim itself: " + self._counts(item.claim_level))
            out += self._findings(by_index[None], item)
        worst_first = sorted(enumerate(item.lines), key=lambda each: _rank(each[1]), reverse=True)
        for index, line in worst_first:
            if self.everything or index in by_index:
                out.append(self._service_line(item, index, line))
                out += self._findings(by_index.get(index, []), item)
        return ("\n".join(out) + "\n").encode("utf-8", "backslashreplace")

    def end(self, summary: Summary) -> bytes:
        return ("\n".join(self._summary(summary)) + "\n").encode("utf-8", "backslashreplace")

    # ---- a claim ---------------------------------------------------------------------------------------------------

    def _claim_line(self, item: Entry) -> str:
        report = item.report
        claim, origin = report.claim, report.claim.origin
        word = _verdict(report.status, report.clean)
        parts = [self.paint(f"{word:<{_WORD}}", word) + self.paint(clean(claim.id), "bold"), claim.type]
        parts.append(self._payer(report.payer))
        if item.held:
            parts.append("hold" + (f" ({dollars(item.charge_at_risk)} at risk)" if item.charge_at_risk else ""))
        unchecked = sum(each.not_checked for each in item.tallies)
        if unchecked:
            parts.append(self.paint(f"{unchecked} not checked", Outcome.NOT_CHECKED.label))
        if origin is not None:
            place = clean(origin.input)
            if origin.segments is not None:
                first, last = origin.segments
                what = "line" if origin.format == "jsonl" else "segments"
                place += f" {what} {first}" + (f"-{last}" if last != first else "")
            parts.append(self.paint(place, "dim"))
        return " · ".join(parts)

    def _payer(self, payer: str | None) -> str:
        return "payer not recognised" if payer is None else clean(self.payers.get(payer, payer))

    def _service_line(self, item: Entry, index: int, line: Tally) -> str:
        sent = item.report.claim.lines[index]
        code = "-".join(clean(each) for each in (sent.code or sent.revenue_code or "no code", *sent.modifiers))
        date = sent.date or item.report.claim.statement_from
        parts = [self.paint(f"line {line.line}", "bold"), self.paint(code, "bold")]
        parts += [date.isoformat()] if date else []
        parts += [dollars(sent.charge)] if sent.charge is not None else []
        return "  " + "  ".join(parts) + ": " + self._counts(line)

    def _counts(self, line: Tally) -> str:
        counts = (
            (line.failed, "fail"),
            (line.warned, "warn"),
            (line.not_checked, "not checked"),
            (line.passed, "pass"),
            (line.silenced, "silenced"),
        )
        return ", ".join(self.paint(f"{count} {word}", word) for count, word in counts if count) or "nothing applies"

    def _findings(self, findings: list[Finding], item: Entry) -> list[str]:
        out: list[str] = []
        for finding in sorted(findings, key=lambda each: _VERDICTS.index(each.status)):
            out += self._finding(finding, item)
        return out

    def _finding(self, finding: Finding, item: Entry) -> list[str]:
        status = finding.status
        head = f"{finding.edit}: "
        if status == Outcome.NOT_CHECKED:
            return self._wrapped(status.label, head + f"not known: {', '.join(finding.missing)}")
        if status == Outcome.PASS:
            return self._wrapped(status.label, head + finding.rule.title)
        other = f" (with line {finding.with_line})" if finding.with_line is not None else ""
        for_information = " [for information]" if finding.rule.disposition == "inform" else ""
        out = self._wrapped(status.label, head + finding.message + other + for_information)
        out += self._detail("do", finding.remedy)
        out += self._detail("source", self._cited(finding))
        out += self._detail("table", "; ".join(map(_asked, finding.tables)))
        if finding.rule.denial is not None:
            out += self._detail("denial", _denial(finding.rule.denial))
        return out + self._detail("at", _place(finding, item.report.claim))

    def _cited(self, finding: Finding) -> str:
        """The edit's own source in full, the sources of the values it names by id."""
        if not finding.sources:
            return ""
        first, *others = finding.sources
        title = self.sources.get(first.id)
        text = f"{title} ({first.edition}) [{first.id}]" if title else f"{first.id} ({first.edition})"
        also = f"; also {', '.join(each.id for each in others)}" if others else ""
        stale = "; past its review date" if finding.stale else ""
        overlay = f"; changed by overlay {finding.overlay}" if finding.overlay else ""
        return text + also + stale + overlay

    def _wrapped(self, status: str, text: str) -> list[str]:
        lines = textwrap.wrap(clean(text), self.width - _HANG, break_on_hyphens=False) or [""]
        word = f"{status:<{_WORD}}"
        return [f"    {self.paint(word, status)}{lines[0]}", *(" " * _HANG + each for each in lines[1:])]

    def _detail(self, word: str, text: str) -> list[str]:
        if not text:
            return []
        lines = textwrap.wrap(clean(text), self.width - _HANG - 8, break_on_hyphens=False)
        first = " " * _HANG + self.paint(f"{word + ':':<8}", "dim") + lines[0]
        return [first, *(" " * (_HANG + 8) + each for each in lines[1:])]

    # ---- the run ---------------------------------------------------------------------------------------------------

    def _summary(self, summary: Summary) -> list[str]:
        findings = summary.findings_by_status
        unchecked = findings[Outcome.NOT_CHECKED]
        as_of = f"as of {summary.as_of.isoformat()}"
        version = f"ruleset {summary.version} ({summary.hash[:19]})"
        out = [
            "",
            self.paint(f"{_count(summary.claims, 'claim')}, {_count(summary.lines, 'line')}", "bold")
            + f", {as_of}, {version}",
            f"  {'claims':<13}{self._statuses(summary.claims_by_status)}; "
            f"{summary.clean} clean (pass, and nothing unchecked), {summary.held} to hold",
            f"  {'lines':<13}{self._statuses(summary.lines_by_status)}",
            f"  {'findings':<13}{self._statuses(findings)}",
        ]
        if summary.charge_at_risk > Decimal(0):
            out.append(f"  {'at risk':<13}{dollars(summary.charge_at_risk)}")
        if unchecked:
            out += textwrap.wrap(
                f"  {'placeholders':<13}{summary.placeholders} of the {unchecked} not checked wait for knowledge that "
                "the rulesets do not have (cpt-rules coverage lists it)",
                self.width,
                subsequent_indent=" " * 15,
            )
            out.append("  not checked, by what is missing:")
            missing = list(summary.unchecked_by_missing.items())
            out += [f"    {count:>7}  {clean(name)}" for name, count in missing[:_TOP]]
            if len(missing) > _TOP:
                out.append(f"    {'':>7}  and {len(missing) - _TOP} more")
        if summary.silenced:
            causes = ", ".join(f"{count} by {cause}" for cause, count in sorted(summary.silenced.items()))
            out += textwrap.wrap(
                f"  {'silenced':<13}not judged because an earlier edit had spoken: {causes}",
                self.width,
                subsequent_indent=" " * 15,
            )
        out += self._tables(summary.tables)
        if summary.ignored:
            out.append(f"  {'ignored':<13}{_count(len(summary.ignored), 'edit')} left out by --select or --ignore")
        if summary.unreadable:
            out.append(self.paint(f"  {'unreadable':<13}{_count(summary.unreadable, 'part')} of the input", "fail"))
        return out

    def _tables(self, tables: Sequence[Manifest]) -> list[str]:
        """The editions that could be asked, imported ones first."""
        parts = []
        for starter, word in ((False, "imported"), (True, "starter")):
            named = ", ".join(_edition(each) for each in tables if each.starter == starter)
            parts += [f"{word}: {named}"] if named else []
        text = f"  {'tables':<13}{'; '.join(parts)}"
        return textwrap.wrap(clean(text), self.width, subsequent_indent=" " * 15) if parts else []

    def _statuses(self, counts: Mapping[Outcome, int]) -> str:
        found = [(each, counts.get(each, 0)) for each in (*_VERDICTS, Outcome.NOT_APPLICABLE)]
        return ", ".join(self.paint(f"{count} {each.label}", each.label) for each, count in found if count) or "none"


def clean(text: str) -> str:
    """`text` without control characters: what a claim contains must not move the cursor of a terminal."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else c.encode("unicode_escape", "backslashreplace").decode() for c in text)


def dollars(amount: Decimal) -> str:
    return f"${amount:,.2f}"


def _asked(table: Asked) -> str:
    remarks = ["a starter table"] * table.starter + ["its period ended before this day"] * table.stale
    return _edition(table) + (f" ({', '.join(remarks)})" if remarks else "")


def _edition(table: Asked | Manifest) -> str:
    return " ".join(each for each in (table.table, table.setting, table.edition) if each)


def _rank(line: Tally) -> tuple[int, int, int]:
    return line.failed, line.warned, line.not_checked


def _verdict(status: Outcome, is_clean: bool) -> str:
    return "clean" if is_clean else status.label


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def _place(finding: Finding, claim: Claim) -> str:
    """Where an X12 file has the field; elsewhere the claim's own place says enough."""
    place = where(finding, claim)
    if place is None or place.segment is None or claim.origin is None or claim.origin.format == "jsonl":
        return ""
    x12 = " ".join(each for each in (place.loop, place.element, place.qualifier) if each)
    absent = "absent, belongs under " if place.absent else ""
    return f"{finding.rule.at}{f' ({x12})' if x12 else ''}, {absent}segment {place.segment}"


def _denial(denial: Denial) -> str:
    reason = "-".join(each for each in (denial.group, denial.carc) if each)
    remarks = ", ".join(denial.rarc)
    front_end = ", ".join(denial.status)
    parts = (
        reason and f"CARC {reason}",
        remarks and f"RARC {remarks}",
        front_end and f"277CA {front_end}",
    )
    return "; ".join(each for each in parts if each)
