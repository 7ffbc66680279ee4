"""For people: claim by claim and line by line, worst first; then what the run comes to.

A finding is one line with its message (longer ones go on below), then its remedy and its source. Wide as `width`, also
where the output is not a terminal, so that the same input gives the same bytes.
"""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING

from attrs import field, frozen

from cpt_rules.claim import Claim
from cpt_rules.finding import Asked, Denial, Finding, Outcome, where
from cpt_rules.tables.manifest import Manifest
from cpt_rules.writers.records import Entry, numbers
from cpt_rules.writers.rollup import BYPASSED, Roll
from cpt_rules.writers.summary import Summary

if TYPE_CHECKING:
    from cpt_rules.writers.overrides import Override

#: Paints a text in the colour of a verdict (``"fail"``, ``"clean"`` …) or as ``"dim"`` or ``"bold"``.
Paint = Callable[[str, str], str]

WIDTH = 100
_TOP = 10  # so many kinds of missing knowledge are named in the summary
_VERDICTS = ("fail", "warn", BYPASSED, "not checked", "pass")
_WORD = 12  # as wide as the longest verdict and a blank
_HANG = 4 + _WORD


@frozen
class _Told:
    """A finding that is written, and the override that lets it pass by."""

    finding: Finding
    override: Override | None

    @property
    def status(self) -> str:
        return self.finding.status.label if self.override is None else BYPASSED


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
        out = [self._claim_line(item)]
        by_index: dict[int | None, list[_Told]] = {}
        for place, finding in enumerate(item.findings):
            if self.everything or finding.status >= Outcome.WARN:
                by_index.setdefault(finding.index, []).append(_Told(finding, item.bypassed.get(place)))
        if None in by_index:
            out.append("  the claim itself: " + self._counts(item.claim_level))
            out += self._findings(by_index[None], item)
        worst_first = sorted(enumerate(zip(numbers(item), item.lines, strict=True)), key=_rank, reverse=True)
        for index, (number, line) in worst_first:
            if self.everything or index in by_index:
                out.append(self._service_line(item, index, number, line))
                out += self._findings(by_index.get(index, []), item)
        return ("\n".join(out) + "\n").encode("utf-8", "backslashreplace")

    def put(self, claims: Sequence[bytes]) -> bytes:
        return b"".join(claims)

    def end(self, summary: Summary) -> bytes:
        return ("\n".join(self._summary(summary)) + "\n").encode("utf-8", "backslashreplace")

    # ---- a claim ---------------------------------------------------------------------------------------------------

    def _claim_line(self, item: Entry) -> str:
        report = item.report
        claim, origin = report.claim, report.claim.origin
        word = "clean" if item.clean else item.status
        parts = [self.paint(f"{word:<{_WORD}}", word) + self.paint(clean(claim.id), "bold"), claim.type]
        parts.append(self._payer(report.payer))
        if item.held:
            parts.append("hold" + (f" ({dollars(item.charge_at_risk)} at risk)" if item.charge_at_risk else ""))
        unchecked = sum(each.not_checked for each in (item.claim_level, *item.lines))
        if unchecked:
            parts.append(self.paint(f"{unchecked} not checked", "not checked"))
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

    def _service_line(self, item: Entry, index: int, number: int, line: Roll) -> str:
        sent = item.report.claim.lines[index]
        code = "-".join(clean(each) for each in (sent.code or sent.revenue_code or "no code", *sent.modifiers))
        date = sent.date or item.report.claim.statement_from
        parts = [self.paint(f"line {number}", "bold"), self.paint(code, "bold")]
        parts += [date.isoformat()] if date else []
        parts += [dollars(sent.charge)] if sent.charge is not None else []
        return "  " + "  ".join(parts) + ": " + self._counts(line)

    def _counts(self, line: Roll) -> str:
        counts = (
            (line.failed, "fail"),
            (line.warned, "warn"),
            (line.bypassed, BYPASSED),
            (line.not_checked, "not checked"),
            (line.passed, "pass"),
            (line.silenced, "silenced"),
        )
        return ", ".join(self.paint(f"{count} {word}", word) for count, word in counts if count) or "nothing applies"

    def _findings(self, findings: list[_Told], item: Entry) -> list[str]:
        out: list[str] = []
        for told in sorted(findings, key=lambda each: _VERDICTS.index(each.status)):
            out += self._finding(told, item)
        return out

    def _finding(self, told: _Told, item: Entry) -> list[str]:
        finding, override = told.finding, told.override
        status = finding.status
        head = f"{finding.edit}: "
        if status == Outcome.NOT_CHECKED:
            return self._wrapped(status.label, head + f"not known: {', '.join(finding.missing)}")
        if status == Outcome.PASS:
            return self._wrapped(status.label, head + finding.rule.title)
        other = f" (with line {finding.with_line})" if finding.with_line is not None else ""
        for_information = " [for information]" if finding.rule.disposition == "inform" else ""
        out = self._wrapped(told.status, head + finding.message + other + for_information)
        if override is not None:
            until = "" if override.until is None else f", until {override.until.isoformat()}"
            return out + self._detail("passed", f"{override.reason} ({override.by}{until}); it would {status.label}")
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
        unchecked = findings.get("not checked", 0)
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
            out += self._item(
                "placeholders",
                f"{summary.placeholders} of the {unchecked} not checked wait for knowledge that the rulesets do not "
                "have (cpt-rules coverage lists it)",
            )
            out.append("  not checked, by what is missing:")
            missing = list(summary.unchecked_by_missing.items())
            out += [f"    {count:>7}  {clean(name)}" for name, count in missing[:_TOP]]
            if len(missing) > _TOP:
                out.append(f"    {'':>7}  and {len(missing) - _TOP} more")
        if summary.silenced:
            causes = ", ".join(f"{count} by {cause}" for cause, count in sorted(summary.silenced.items()))
            out += self._item("silenced", f"not judged because an earlier edit had spoken: {causes}")
        if summary.overrides is not None:
            counts = ", ".join(f"{count} {word}" for word, count in summary.overrides.items() if count)
            out += self._item("overrides", counts or "none")
        out += self._tables(summary.tables)
        if summary.ignored:
            out.append(f"  {'ignored':<13}{_count(len(summary.ignored), 'edit')} left out by --select or --ignore")
        if summary.unreadable:
            codes = ", ".join(f"{count} {code}" for code, count in sorted(summary.unreadable_by_code.items()))
            first, *more = self._item("unreadable", f"{_count(summary.unreadable, 'part')} of the input: {codes}")
            out += [self.paint(first, "fail"), *more]
        if summary.stopped:
            out.append(self.paint("  stopped      early, because so much could not be read: --stop-after", "fail"))
        return out

    def _item(self, word: str, text: str) -> list[str]:
        return textwrap.wrap(
            f"  {word:<13}{clean(text)}", self.width, subsequent_indent=" " * 15, break_on_hyphens=False
        )

    def _tables(self, tables: Sequence[Manifest]) -> list[str]:
        """The editions that could be asked, imported ones first."""
        parts = []
        for starter, word in ((False, "imported"), (True, "starter")):
            named = ", ".join(_edition(each) for each in tables if each.starter == starter)
            parts += [f"{word}: {named}"] if named else []
        return self._item("tables", "; ".join(parts)) if parts else []

    def _statuses(self, counts: Mapping[str, int]) -> str:
        found = [(each, counts.get(each, 0)) for each in (*_VERDICTS, "not applicable")]
        return ", ".join(self.paint(f"{count} {each}", each) for each, count in found if count) or "none"


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


def _rank(placed: tuple[int, tuple[int, Roll]]) -> tuple[int, int, int]:
    line = placed[1][1]
    return line.failed, line.warned, line.not_checked


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
