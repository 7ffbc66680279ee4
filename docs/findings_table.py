"""Prints what is found on a file of claims, as of 2026-01-31: ``python docs/findings_table.py found|unchecked FILE``.

Rulesets may follow; without any the bundled ones are used.
"""

from __future__ import annotations

import datetime as dt
import sys
from collections.abc import Iterator

from cpt_rules import Engine, Finding, Outcome, Report, load_ruleset, read_claims
from cpt_rules.finding import where

AS_OF = dt.date(2026, 1, 31)


def reports(path: str, rulesets: list[str]) -> list[Report]:
    engine = Engine(load_ruleset(*rulesets), as_of=AS_OF)
    return [engine.scrub(claim) for claim in read_claims(path)]


def found(every: list[Report]) -> Iterator[str]:
    """Warnings and failures, each with the sources of the edit and the place it points to."""
    yield "| claim | line | edit | status | sources | place in the file |"
    yield "|---|---|---|---|---|---|"
    for report in every:
        for finding in report.findings:
            if finding.status >= Outcome.WARN:
                sources = ", ".join(f"`{each.id}`" for each in finding.sources)
                cells = (report.claim.id, on(finding), f"`{finding.edit}`", finding.status.label, sources)
                yield "| " + " | ".join([*cells, place(finding, report)]) + " |"


def unchecked(every: list[Report]) -> Iterator[str]:
    """What was not checked, with what was missing, and what was silenced, with its cause."""
    yield "| claim | line | not checked, and what is missing | silenced |"
    yield "|---|---|---|---|"
    for report in every:
        for index, line in ((None, None), *enumerate(report.claim.lines)):
            missing = "; ".join(
                f"`{finding.edit}`: {', '.join(finding.missing)}"
                for finding in report.findings
                if finding.index == index and finding.status == Outcome.NOT_CHECKED
            )
            silenced = "; ".join(f"`{each.edit}` by `{each.cause}`" for each in report.silenced if each.index == index)
            if missing or silenced:
                yield f"| {report.claim.id} | {'claim' if line is None else line.number} | {missing} | {silenced} |"


def on(finding: Finding) -> str:
    return "claim" if finding.line is None else str(finding.line)


def place(finding: Finding, report: Report) -> str:
    """``segment 28: 2400 SV101-2``; of something absent the segment it belongs under."""
    at = where(finding, report.claim)
    if at is None or at.element is None:
        return ""
    segment = f"{at.element.partition('-')[0][:-2]}*{at.qualifier} " if at.qualifier else ""
    element = f"{at.loop} {segment}{at.element}"
    return f"{element} is absent, under segment {at.segment}" if at.absent else f"segment {at.segment}: {element}"


if __name__ == "__main__":
    table = {"found": found, "unchecked": unchecked}[sys.argv[1]]
    print("\n".join(table(reports(sys.argv[2], sys.argv[3:]))))
