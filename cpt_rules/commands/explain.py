"""`cpt-rules explain`: why each edit did or did not fire."""

from __future__ import annotations

import datetime as dt
import json
import textwrap
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import click
from attrs import frozen

from cpt_rules.commands.common import day, known, known_payer, load, overridden, rulesets_option, tables_option
from cpt_rules.commands.output import Output, complain
from cpt_rules.finding import Outcome, shown

if TYPE_CHECKING:
    from cpt_rules.claim import Claim, Line
    from cpt_rules.engine.reference_explain import Explanation
    from cpt_rules.readers.problem import InputProblem

_TRUTH = {True: "true", False: "false", None: "unknown"}


@click.command("explain", short_help="Say why each edit did or did not fire on a line.")
@click.argument("file", metavar="CLAIM-FILE")
@click.option("--claim", "claim_id", metavar="ID", help="The claim; not needed where the file has one.")
@click.option(
    "--line", "number", type=int, metavar="N", help="The line by its number; without it the claim's own edits."
)
@click.option("--edit", "edits", multiple=True, metavar="ID", help="This edit only; repeatable.")
@rulesets_option
@tables_option
@click.option("--payer", metavar="ID", help="Judge the claim as one of this payer.")
@click.option(
    "--from",
    "source",
    type=click.Choice(["auto", "x12", "fhir", "json", "jsonl", "csv", "parquet"]),
    default="auto",
    help="What the file is; auto looks at how it begins.",
)
@click.option("--client", metavar="ID", help="Apply the overlays of this client.")
@click.option("--as-of", type=day, metavar="DATE", help="The day called today (default: today).")
@click.option("--format", "target", type=click.Choice(["text", "json"]), default="text", help="What to write.")
def command(
    file: str,
    claim_id: str | None,
    number: int | None,
    edits: tuple[str, ...],
    rulesets: tuple[str, ...],
    tables: str | None,
    payer: str | None,
    source: str,
    client: str | None,
    as_of: dt.date | None,
    target: str,
) -> int:
    """Say why each edit did or did not fire: every condition with what it met, what is unknown, what an overlay changed.

    Edits that do not apply are named in one line, unless --edit asks for them.

    \b
    Examples:
      cpt-rules explain claims.837 --claim PCN-1001 --line 1
      cpt-rules explain claims.837 --claim PCN-1001 --line 1 --edit clia.present
      cpt-rules explain claims.837 --claim PCN-1001
    """
    from cpt_rules.engine.reference import explain

    ruleset = load(rulesets, tables)
    former = {name: id for id, edit in ruleset.edits.items() for name in edit.formerly}
    wanted = [former.get(each, each) for each in edits]
    known(wanted, ruleset.edits, "edit", "--edit")
    if payer is not None:
        known_payer(payer, ruleset)
    found = _found(file, source, claim_id)
    if found.claim is None:
        if found.unreadable:
            return 3
        raise click.UsageError(_no_claim(file, claim_id, found.ids))
    claim = found.claim if payer is None else overridden(found.claim, payer)
    index = None if number is None else _index(claim, number)
    explanations = explain(ruleset, claim, index, as_of=as_of or dt.date.today(), client=client)
    if wanted:
        there = [each for each in explanations if each.edit in wanted]
        _level(wanted, [each.edit for each in there], number)
        explanations = tuple(there)
    with Output() as output:
        if target == "json":
            output.text(json.dumps([_record(each) for each in explanations], ensure_ascii=False))
        else:
            line = None if index is None else claim.lines[index]
            output.text("\n".join(told(claim, line, explanations, whole=bool(wanted))))
    return 0


# ---- which claim and line ------------------------------------------------------------------------------------------


@frozen
class _Found:
    claim: Claim | None
    ids: tuple[str, ...]
    unreadable: bool


def _found(file: str, source: str, claim_id: str | None) -> _Found:
    """The claim asked for: the first of its id, or the only one of the file."""
    from cpt_rules.readers import read_claims

    problems: list[InputProblem] = []
    ids: list[str] = []
    found: Claim | None = None
    for claim in read_claims(file, format=source, on_problem=problems.append):
        ids.append(claim.id)
        if claim_id is None or claim.id == claim_id:
            if claim_id is None and found is not None:
                raise click.UsageError("the file has several claims; say which one with --claim ID")
            found = found or claim
            if claim_id is not None:
                break
    if found is None:
        for problem in problems:
            complain(str(problem))
    return _Found(found, tuple(ids), bool(problems))


def _no_claim(file: str, claim_id: str | None, ids: Sequence[str]) -> str:
    from cpt_rules.language.problems import did_you_mean

    if claim_id is None or not ids:
        return f"{file} has no claim"
    return f"no claim {claim_id!r} in {file}{did_you_mean(claim_id, ids)}"


def _index(claim: Claim, number: int) -> int:
    for index, line in enumerate(claim.lines):
        if line.number == number:
            return index
    numbers = ", ".join(str(line.number) for line in claim.lines)
    raise click.UsageError(f"claim {claim.id} has no line {number}; its lines: {numbers}")


def _level(wanted: Sequence[str], there: Sequence[str], number: int | None) -> None:
    for edit in wanted:
        if edit not in there:
            hint = (
                "it is judged on the claim; leave --line out"
                if number is not None
                else "it is judged on each line; give --line N"
            )
            raise click.UsageError(f"{edit} is not judged there: {hint}")


# ---- in words ------------------------------------------------------------------------------------------------------


def told(claim: Claim, line: Line | None, explanations: Sequence[Explanation], *, whole: bool) -> Iterator[str]:
    """The explanations, worst first; those that do not apply in one line at the end, unless `whole`."""
    what = (
        "the claim itself"
        if line is None
        else f"line {line.number}, {'-'.join((line.code or 'no code', *line.modifiers))}"
    )
    yield f"claim {claim.id}, {what}"
    from cpt_rules.writers.records import severity

    quiet = [] if whole else [each.edit for each in explanations if each.outcome is Outcome.NOT_APPLICABLE]
    for each in sorted(explanations, key=lambda each: severity(each.outcome), reverse=True):
        if each.edit not in quiet:
            yield from _told(each)
    if quiet:
        yield ""
        yield from textwrap.wrap(f"not applicable: {', '.join(quiet)}", 100, subsequent_indent="    ")


def _told(each: Explanation) -> Iterator[str]:
    yield ""
    silenced = f", silenced by {each.silenced_by}" if each.silenced_by else ""
    yield f"{each.outcome.label}: {each.edit}{silenced}"
    if not each.in_dates:
        yield "  the edit is not in force on the day"
    if each.payers is not True:
        yield "  " + (
            "it is off for this payer" if each.payers is False else "whether it is this payer's rule is not known"
        )
    truths = {"when": each.when, "unless": each.unless, "require": each.require}
    part = ""
    for condition in each.conditions:
        if condition.part != part:
            part = condition.part
            yield f"  {part}" + (f": {_TRUTH[truths[part]]}" if part in truths else "")
        yield from _condition(condition.truth, condition.text, _held(condition.reading))
    if each.missing:
        yield from textwrap.wrap(
            f"missing: {', '.join(each.missing)}", 100, initial_indent="  ", subsequent_indent="    "
        )
    for change in each.changes:
        perhaps = f", perhaps (unknown: {', '.join(change.undecided)})" if change.undecided else ""
        yield f"  overlay {change.overlay} changes {change.of}{perhaps}"


def _condition(truth: bool | None, text: str, held: str) -> Iterator[str]:
    head = f"    {_TRUTH[truth]:<9}"
    yield from textwrap.wrap(
        f"{text}   (found: {held})", 100, initial_indent=head, subsequent_indent=" " * 17, break_on_hyphens=False
    )


def _held(reading: Any) -> str:
    text = shown(reading)
    return text if len(text) <= 120 else text[:117] + "..."


def _record(each: Explanation) -> dict[str, Any]:
    return {
        "edit": each.edit,
        "outcome": each.outcome.label,
        "in_dates": each.in_dates,
        "payers": _TRUTH[each.payers],
        "when": _TRUTH[each.when],
        "unless": _TRUTH[each.unless],
        "require": _TRUTH[each.require],
        "missing": list(each.missing),
        "conditions": [
            {
                "part": condition.part,
                "text": condition.text,
                "truth": _TRUTH[condition.truth],
                "holds": shown(condition.reading),
                "missing": list(condition.missing),
            }
            for condition in each.conditions
        ],
        "changes": [
            {"overlay": change.overlay, "of": change.of, "undecided": list(change.undecided)} for change in each.changes
        ],
        "silenced_by": each.silenced_by,
    }
