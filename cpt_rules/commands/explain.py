"""`cpt-rules explain`: why each edit did or did not fire."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import click
from attrs import frozen

from cpt_rules.commands.common import day, known, known_payer, load, overridden, rulesets_option, tables_option
from cpt_rules.commands.output import Output, complain

if TYPE_CHECKING:
    from cpt_rules.claim import Claim
    from cpt_rules.readers.problem import InputProblem


@click.command("explain", short_help="Say why each edit did or did not fire on a line.")
@click.argument("file", metavar="CLAIM-FILE")
@click.option("--claim", "claim_id", metavar="ID", help="The claim; not needed where the file has one.")
@click.option(
    "--nth",
    type=click.IntRange(1),
    metavar="K",
    help="Of several claims of this id the K-th; without --claim the K-th of the file.",
)
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
    nth: int | None,
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
    """Say why each edit did or did not fire, and what change of the claim would make it pass.

    Every condition with what it met (* marks those that decided), what is missing, what an overlay changed, what
    silenced an edit. Edits that do not apply stand at the end with what rules them out, unless --edit asks for them. Of
    what warns or fails the smallest change of the claim that would make it pass, verified by scrubbing it again. A
    proposal never changes a diagnosis, and says where the record has to support it.

    \b
    Examples:
      cpt-rules explain claims.837 --claim PCN-1001 --line 1
      cpt-rules explain claims.837 --claim PCN-1001 --line 1 --edit clia.present
      cpt-rules explain claims.837 --claim PCN-1001
    """
    from cpt_rules.commands.explain_text import told
    from cpt_rules.engine import Engine
    from cpt_rules.explanation import explain
    from cpt_rules.explanation.records import records
    from cpt_rules.ruleset.payers import PayerIndex

    ruleset = load(rulesets, tables)
    former = {name: id for id, edit in ruleset.edits.items() for name in edit.formerly}
    wanted = [former.get(each, each) for each in edits]
    known(wanted, ruleset.edits, "edit", "--edit")
    if payer is not None:
        known_payer(payer, ruleset)
    found = _found(file, source, claim_id, nth)
    if found.claim is None:
        if found.unreadable:
            return 3
        raise click.UsageError(_no_claim(file, claim_id, nth, found.ids))
    claim = found.claim if payer is None else overridden(found.claim, payer)
    index = None if number is None else _index(claim, number)
    try:
        engine = Engine(ruleset, as_of=as_of, client=client)
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="'--client'") from None
    if wanted:
        _level(wanted, {id: edit.each == "claim" for id, edit in ruleset.edits.items()}, number)
    explanations = explain(engine, claim, index, edits=wanted or None)
    with Output() as output:
        if target == "json":
            match = PayerIndex.of(ruleset).match(claim.payer)
            whole = records(claim, found.ordinal, index, match.payer, engine.as_of, explanations)
            output.text(json.dumps(whole, ensure_ascii=False))
        else:
            line = None if index is None else claim.lines[index]
            output.text("\n".join(told(claim, line, explanations, wanted=wanted)))
    return 0


# ---- which claim and line ------------------------------------------------------------------------------------------


@frozen
class _Found:
    """The claim asked for, its ordinal in the file, the ids that were read."""

    claim: Claim | None
    ordinal: int
    ids: tuple[str, ...]
    unreadable: bool


def _found(file: str, source: str, claim_id: str | None, nth: int | None) -> _Found:
    """The `nth` claim of the id, or of the file; without `nth` the first, and it is said where the id has several."""
    from cpt_rules.readers import read_claims

    problems: list[InputProblem] = []
    ids: list[str] = []
    found: tuple[Claim, int] | None = None
    alike = 0
    for ordinal, claim in enumerate(read_claims(file, format=source, on_problem=problems.append), start=1):
        ids.append(claim.id)
        if claim_id is not None and claim.id != claim_id:
            continue
        alike += 1
        if claim_id is None and nth is None and alike > 1:
            raise click.UsageError("the file has several claims; say which one with --claim ID")
        if alike == (nth or 1):
            found = (claim, ordinal)
            if nth is not None:
                break
    if found is None:
        for problem in problems:
            complain(str(problem))
        return _Found(None, 0, tuple(ids), bool(problems) and (claim_id is None or not ids))
    if nth is None and alike > 1:
        complain(f"{alike} claims have the id {claim_id!r}; this is the first, --nth 2 shows the next")
    return _Found(*found, tuple(ids), bool(problems))


def _no_claim(file: str, claim_id: str | None, nth: int | None, ids: Sequence[str]) -> str:
    from cpt_rules.language.problems import did_you_mean

    if not ids:
        return f"{file} has no claim"
    if claim_id is None:
        return f"{file} has {len(ids)} claims, so there is no --nth {nth}"
    if claim_id in ids:
        return f"{file} has {ids.count(claim_id)} claims {claim_id!r}, so there is no --nth {nth}"
    return f"no claim {claim_id!r} in {file}{did_you_mean(claim_id, ids)}"


def _index(claim: Claim, number: int) -> int:
    """The place of the line with this number; the first, and it is said, where several have it."""
    places = [index for index, line in enumerate(claim.lines) if line.number == number]
    if not places:
        numbers = ", ".join(str(line.number) for line in claim.lines)
        raise click.UsageError(f"claim {claim.id} has no line {number}; its lines: {numbers}")
    if len(places) > 1:
        complain(f"{len(places)} lines of claim {claim.id} have the number {number}; this is the first of them")
    return places[0]


def _level(wanted: Sequence[str], of_claim: Mapping[str, bool], number: int | None) -> None:
    """Raises a usage error for an edit that is not judged where it was asked for."""
    for edit in wanted:
        if of_claim[edit] and number is not None:
            raise click.UsageError(f"{edit} is not judged there: it is judged on the claim; leave --line out")
        if not of_claim[edit] and number is None:
            raise click.UsageError(f"{edit} is not judged there: it is judged on each line; give --line N")
