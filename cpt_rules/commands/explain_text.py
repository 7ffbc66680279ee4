"""Explanations as text."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from cpt_rules.finding import Outcome, shown

if TYPE_CHECKING:
    from cpt_rules.claim import Claim, Line
    from cpt_rules.explanation import Change, Condition, Explanation, Proposal
    from cpt_rules.finding import Finding
    from cpt_rules.reading import Reading

_TRUTH = {True: "true", False: "false", None: "unknown"}
_WIDTH = 100


def told(
    claim: Claim, line: Line | None, explanations: Sequence[Explanation], *, wanted: Sequence[str] = ()
) -> Iterator[str]:
    """The explanations, worst first; those that do not apply one on a line at the end, unless they were `wanted`."""
    from cpt_rules.writers.records import severity

    what = (
        "the claim itself"
        if line is None
        else f"line {line.number}, {'-'.join((line.code or 'no code', *line.modifiers))}"
    )
    yield f"claim {claim.id}, {what}"
    quiet = [] if wanted else [each for each in explanations if each.outcome is Outcome.NOT_APPLICABLE]
    for each in sorted(explanations, key=lambda each: severity(each.outcome), reverse=True):
        if each not in quiet:
            yield from _told(each)
    for edit in dict.fromkeys(wanted):
        if all(each.edit != edit for each in explanations):
            yield ""
            yield f"{edit} is not judged on this line: it lacks the other line, or the code and day, that the edit is about"
    if quiet:
        yield ""
        yield "not applicable:"
        for each in quiet:
            yield from _ruled_out(each)


def _ruled_out(each: Explanation) -> Iterator[str]:
    """An edit that does not apply, on one line, with what rules it out."""
    why = each.reasons
    beside = "" if each.with_line is None else f" with line {each.with_line}"
    said = []
    if "dates" in why.decided_by:
        said.append("not in force on the day")
    if "payers" in why.decided_by:
        said.append("off for this payer")
    for part in ("when", "unless"):
        if part in why.decided_by:
            held = [c for c in why.conditions if c.decisive and c.part == part]
            more = f", and {len(held) - 1} more" if len(held) > 1 else ""
            word = "" if part == "when" else "unless "
            said += [f"{word}{c.text} is {_TRUTH[c.truth]} (found: {_held(c.reading)}{more})" for c in held[:1]]
    yield from _wrapped(f"{each.edit}{beside}: {'; '.join(said[:2])}", "  ", "      ")


def _told(each: Explanation) -> Iterator[str]:
    why = each.reasons
    yield ""
    beside = "" if each.with_line is None else f", with line {each.with_line}"
    silenced = f", silenced by {why.silenced_by} (alone: {why.alone.label})" if why.silenced_by else ""
    yield f"{each.outcome.label}: {each.edit}{beside}{silenced}"
    if not why.in_dates:
        yield "  the edit is not in force on the day"
    if why.payers is not True:
        yield "  " + (
            "it is off for this payer" if why.payers is False else "whether it is this payer's rule is not known"
        )
    if "lines" in why.decided_by:
        yield "  whether these lines belong together is not known"
    truths = {"when": why.when, "unless": why.unless, "require": why.require}
    part = ""
    for condition in why.conditions:
        if condition.part != part:
            part = condition.part
            yield f"  {part}" + (f": {_TRUTH[truths[part]]}" if part in truths else "")
        yield from _condition(condition)
    if why.missing:
        yield from _wrapped(f"missing: {', '.join(why.missing)}", "  ", "    ")
    for change in why.changes:
        perhaps = f", perhaps (unknown: {', '.join(change.undecided)})" if change.undecided else ""
        what = f": {change.what}" if change.what else ""
        yield from _wrapped(f"overlay {change.overlay} changes {change.of}{perhaps}{what}", "  ", "    ")
    for table in why.tables:
        stale = ", past its period" if table.stale else ""
        yield f"  asked: {table.table}{f' ({table.setting})' if table.setting else ''}, edition {table.edition}{stale}"
    yield from _advice(each)


def _condition(condition: Condition) -> Iterator[str]:
    mark = "*" if condition.decisive else " "
    head = f"  {mark} {_TRUTH[condition.truth]:<9}"
    found = [
        f"found: {_held(condition.reading)}",
        *(f"{name}: {_held(reading)}" for name, reading in condition.compared),
    ]
    yield from _wrapped(f"{condition.text}   ({'; '.join(found)})", head, " " * 17)


def _held(reading: Reading) -> str:
    text = shown(reading)
    return text if len(text) <= 120 else text[:117] + "..."


def _wrapped(text: str, head: str, others: str) -> Iterator[str]:
    yield from textwrap.wrap(text, _WIDTH, initial_indent=head, subsequent_indent=others, break_on_hyphens=False)


# ---- what would make it pass ---------------------------------------------------------------------------------------


def _advice(each: Explanation) -> Iterator[str]:
    if each.advice is None:
        return
    if each.advice.reason:
        none = (
            "no proposal" if not each.proposals else "no change of one field" if _two(each) else "no change of a field"
        )
        yield from _wrapped(each.advice.reason, f"  {none}: ", "    ")
    word = "what would do" if each.advice.reason else "proposal"
    for proposal in each.proposals:
        yield from _proposal(proposal, word)
        word = "or"
    if not each.proposals and each.finding is not None and each.finding.remedy:
        yield from _wrapped(each.finding.remedy, "  remedy: ", "    ")


def _two(each: Explanation) -> bool:
    return not each.proposals[0].takes_a_line_off


def _proposal(proposal: Proposal, word: str) -> Iterator[str]:
    then = "the edit passes" if proposal.outcome is Outcome.PASS else "the edit no longer applies"
    yield from _wrapped(f"{proposal.words}: {then}", f"  {word}: ", "    ")
    if proposal.condition:
        yield f"    {proposal.condition}"
    for change in proposal.changes:
        yield from _beside(change)
    for what, findings in (("it brings", proposal.brings), ("it also clears", proposal.clears)):
        if findings:
            yield from _wrapped(f"{what}: {', '.join(map(_named, findings))}", "    ", "      ")


def _beside(change: Change) -> Iterator[str]:
    from cpt_rules.explanation.words import meant, others

    for text in (meant(change), others(change)):
        if text:
            yield from _wrapped(text, "    ", "      ")


def _named(finding: Finding) -> str:
    where = "the claim" if finding.line is None else f"line {finding.line}"
    return f"{finding.status.label} {finding.edit} on {where}"
