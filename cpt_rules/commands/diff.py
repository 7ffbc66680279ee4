"""`cpt-rules diff`: what changes between two rulesets, and on which claims."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import click
from attrs import frozen

from cpt_rules.commands import signals
from cpt_rules.commands.common import day, folder, known, layout, mapping_option, overridden, tables_option
from cpt_rules.commands.output import Output, complain
from cpt_rules.commands.progress import Progress

if TYPE_CHECKING:
    from cpt_rules.claim import Claim
    from cpt_rules.commands.diff_model import Page, Telling
    from cpt_rules.readers import Layout
    from cpt_rules.readers.problem import InputProblem
    from cpt_rules.ruleset.ruleset import Ruleset
    from cpt_rules.testing.outcomes import Differ


@frozen
class Options:
    """What a run was asked for."""

    old: str
    new: str
    claims: tuple[str, ...]
    rulesets: tuple[str, ...]
    tables: str | None
    generate: int
    seed: int
    payer: str | None
    source: str
    mapping: str | Layout | None
    client: str | None
    as_of: dt.date | None
    target: str
    most: int
    output: str
    progress: bool | None


@click.command("diff", short_help="Say what changes between two rulesets, and on which claims.")
@click.argument("old", type=folder)
@click.argument("new", type=folder)
@click.argument("claims", nargs=-1, metavar="[CLAIMS]...")
@click.option(
    "--rulesets",
    multiple=True,
    metavar="DIR",
    help="Rulesets that both sides have beside their own, such as `bundled` for overlays of your own; repeatable.",
)
@tables_option
@click.option(
    "--generate",
    type=click.IntRange(0, 100_000),
    default=0,
    metavar="N",
    help="Make up N claims that aim at the changes.",
)
@click.option("--seed", type=int, default=1, metavar="N", help="Of the claims that are made up (default 1).")
@click.option("--payer", metavar="ID", help="Judge every claim that is read as one of this payer.")
@click.option(
    "--from",
    "source",
    type=click.Choice(["auto", "x12", "fhir", "json", "jsonl", "csv", "parquet"]),
    default="auto",
    help="What the claims are; auto looks at how each file begins.",
)
@mapping_option
@click.option("--client", metavar="ID", help="Apply the overlays of this client.")
@click.option("--as-of", type=day, metavar="DATE", help="The day called today (default: today).")
@click.option(
    "--format", "target", type=click.Choice(["text", "json", "markdown"]), default="text", help="What to write."
)
@click.option(
    "--most",
    type=click.IntRange(0),
    default=100,
    metavar="N",
    help="The lines that Markdown lists at most, all are counted (default 100); text and JSON list every one.",
)
@click.option("-o", "--output", default="-", metavar="FILE", help="Where to write; - is standard output.")
@click.option("--progress/--no-progress", default=None, help="Say on standard error how far the run is.")
def command(**given: object) -> int:
    """Say which documents of two rulesets differ in meaning, for which days, codes and edits; with CLAIMS, every line
    whose outcome changes, and which changed document makes it so.

    OLD and NEW are folders of rulesets; the word `bundled` stands for the bundled ones. CLAIMS are files as `scrub`
    reads them, or - for standard input. Exit status: 0 no difference in meaning, 1 there are some, 2 faulty rulesets or
    options, 3 some claims could not be read, 4 the output could not be written.

    \b
    Examples:
      cpt-rules diff bundled my/rulesets
      cpt-rules diff old/rulesets new/rulesets december.837 --format markdown -o comment.md
      cpt-rules diff old/overlays new/overlays --rulesets bundled --generate 50
    """
    return diff(Options(**given))  # type: ignore[arg-type]


def diff(options: Options) -> int:
    """Compares, judges, writes; the exit status."""
    _distinct(options)
    mapping = layout(options.mapping, options.source)
    sides = [_loaded((*options.rulesets, each), options.tables) for each in (options.old, options.new)]
    old, new = sides
    if old is None or new is None:
        raise click.exceptions.Exit(2)
    if options.payer is not None:
        from cpt_rules.ruleset.payers import PayerIndex

        ids = {id for ruleset in (old, new) for id in PayerIndex.of(ruleset).ids}
        known([options.payer], ids, "payer", "--payer")
    if options.client is not None:
        overlays = (*old.overlays, *new.overlays)
        clients = {each.applies.client for each in overlays if each.applies.client is not None}
        known([options.client], clients, "client", "--client")
    return _run(options, mapping, old, new)


def _loaded(paths: tuple[str, ...], tables: str | None) -> Ruleset | None:
    """The ruleset; None where it is faulty, after that was said on standard error."""
    from cpt_rules.language.problems import RulesetError
    from cpt_rules.ruleset.load import load_ruleset
    from cpt_rules.tables.manifest import TableError

    try:
        return load_ruleset(*dict.fromkeys(paths), tables=tables)
    except TableError as error:
        complain(str(error))
    except RulesetError as error:
        for problem in error.problems:
            complain(str(problem))
    return None


def _run(options: Options, mapping: Layout | None, old: Ruleset, new: Ruleset) -> int:
    from cpt_rules.commands.diff_model import Tally, Telling
    from cpt_rules.commands.inputs import Inputs
    from cpt_rules.testing.outcomes import Differ

    differ = Differ(old, new, as_of=options.as_of or dt.date.today(), client=options.client)
    tally = Tally(options.seed)

    def problem(found: InputProblem) -> None:
        tally.unreadable += 1
        said.complain(str(found))

    inputs = Inputs(options.claims, options.source, mapping, problem)
    page = _page(options, Telling(options.old, options.new, differ, bool(options.claims or options.generate)))
    output = Output(options.output)
    said = Progress(options.progress, options.output, inputs.fraction)
    with signals.insisting(), output, said:
        output.write(page.head())
        for claim in _claims(options, inputs.claims, differ):
            signals.check()
            tally.claims += 1
            tally.generated += claim.origin is None
            changed = differ.of(tally.claims, claim)
            if changed:
                tally.add(changed)
                output.write(page.claim(changed))
            said.claims(tally.claims)
        output.write(page.end(tally))
    if tally.unreadable:
        return 3
    return 1 if differ.comparison.in_meaning or tally.outcomes else 0


def _claims(options: Options, read: Callable[[], Iterator[Claim]], differ: Differ) -> Iterator[Claim]:
    """The claims of the inputs, then those that are made up."""
    from cpt_rules.testing.outcomes import aimed_claims

    for claim in read():
        yield claim if options.payer is None else overridden(claim, options.payer)
    yield from aimed_claims(differ, options.generate, options.seed)


def _page(options: Options, telling: Telling) -> Page:
    if options.target == "json":
        from cpt_rules.commands.diff_json import JsonPage

        return JsonPage(telling)
    if options.target == "markdown":
        from cpt_rules.commands.diff_markdown import MarkdownPage

        return MarkdownPage(telling, options.most)
    from cpt_rules.commands.diff_text import TextPage

    return TextPage(telling)


def _distinct(options: Options) -> None:
    """An output that is also an input would be replaced; standard input can be read once."""
    if options.claims.count("-") > 1:
        raise click.BadParameter("standard input (-) is named twice; it can be read once", param_hint="'CLAIMS...'")
    for path in options.claims:
        if "-" not in (path, options.output) and _same(options.output, path):
            raise click.BadParameter(f"{options.output!r} is also an input; name another file", param_hint="'-o'")


def _same(one: str, other: str) -> bool:
    try:
        return os.path.samefile(one, other)
    except (OSError, ValueError):
        return False
