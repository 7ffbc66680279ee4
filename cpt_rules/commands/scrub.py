"""`cpt-rules scrub`: claims in, findings out."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Iterator
from typing import TYPE_CHECKING

import click
from attrs import define, evolve, field, frozen

from cpt_rules.commands.common import (
    day,
    known,
    known_payer,
    layout,
    load,
    mapping_option,
    overridden,
    rulesets_option,
    tables_option,
)
from cpt_rules.commands.output import Output, PipeClosed, complain, on_terminal
from cpt_rules.commands.progress import Progress
from cpt_rules.finding import Outcome

if TYPE_CHECKING:
    from cpt_rules.claim import Claim
    from cpt_rules.engine import Engine
    from cpt_rules.engine.engine import Kind
    from cpt_rules.readers import Layout
    from cpt_rules.readers.problem import InputProblem
    from cpt_rules.ruleset.ruleset import Ruleset
    from cpt_rules.writers import Writer
    from cpt_rules.writers.summary import Summary

_FAIL_ON = {"fail": Outcome.FAIL, "warn": Outcome.WARN, "not-checked": Outcome.NOT_CHECKED, "never": None}


@frozen
class Options:
    """What a run was asked for."""

    inputs: tuple[str, ...]
    rulesets: tuple[str, ...]
    tables: str | None
    payer: str | None
    source: str
    mapping: str | Layout | None
    target: str
    output: str
    everything: bool
    fail_on: Outcome | None
    engine: Kind
    client: str | None
    select: tuple[str, ...]
    ignore: tuple[str, ...]
    as_of: dt.date | None
    progress: bool | None


@click.command("scrub", short_help="Read claims, report findings.")
@click.argument("inputs", nargs=-1, required=True, metavar="INPUT...")
@rulesets_option
@tables_option
@click.option("--payer", metavar="ID", help="Judge every claim as one of this payer.")
@click.option(
    "--from",
    "source",
    type=click.Choice(["auto", "x12", "fhir", "json", "jsonl", "csv", "parquet"]),
    default="auto",
    help="What the input is; auto looks at how it begins.",
)
@mapping_option
@click.option("--format", "target", type=click.Choice(["text", "jsonl", "json"]), default="text", help="What to write.")
@click.option("-o", "--output", default="-", metavar="FILE", help="Where to write; - is standard output.")
@click.option("--all", "everything", is_flag=True, help="Write passes too, and what was not checked.")
@click.option(
    "--fail-on",
    type=click.Choice(list(_FAIL_ON)),
    default="fail",
    help="The mildest verdict that makes the exit status 1; findings for information never do.",
)
@click.option(
    "--engine",
    type=click.Choice(["direct", "rete"]),
    default="direct",
    help="What judges; rete is a slower second opinion.",
)
@click.option("--client", metavar="ID", help="Apply the overlays of this client.")
@click.option("--select", multiple=True, metavar="EDIT", help="Look at this edit only; repeatable.")
@click.option("--ignore", multiple=True, metavar="EDIT", help="Do not look at this edit; repeatable, and counted.")
@click.option("--as-of", type=day, metavar="DATE", help="The day called today (default: today).")
@click.option("--progress/--no-progress", default=None, help="Count claims on standard error (default: on a terminal).")
def command(fail_on: str, **given: object) -> int:
    """Read claims (837, FHIR, JSON, CSV, Parquet) and report for each line what passes, warns and fails, and what to do.

    INPUT is a file, or - for standard input. Exit status: 0 nothing reached --fail-on, 1 something did, 2 faulty
    rulesets or options, 3 some input could not be read, 4 the output could not be written.

    \b
    Examples:
      cpt-rules scrub claims.837
      cpt-rules scrub claims.837 --all
      cpt-rules scrub monday.837 tuesday.837 --format jsonl -o findings.jsonl
      cat claims.jsonl | cpt-rules scrub - --fail-on warn
      cpt-rules scrub claims.837 --tables tables/
      cpt-rules scrub claims.837 --rulesets bundled --rulesets my/overlays --client acme
    """
    return scrub(Options(fail_on=_FAIL_ON[fail_on], **given))  # type: ignore[arg-type]


def scrub(options: Options) -> int:
    """Reads, judges, writes; the exit status."""
    _distinct(options)
    options = evolve(options, mapping=layout(options.mapping, options.source))
    ruleset = load(options.rulesets, options.tables)
    options = _named(options, ruleset)
    engine = _engine(options, ruleset)
    run = _run(options, ruleset, engine)
    try:
        with Output(options.output) as output, Progress(options.progress, options.output) as progress:
            for claim in run.read():
                output.write(run.claim(claim), flush=run.live)
                progress.claims(run.summary.claims)
            output.write(run.end())
    except PipeClosed as closed:
        closed.status = run.status
        raise
    return run.status


@define
class Run:
    """The claims of one run: read, judged, written and added up one by one."""

    options: Options
    engine: Engine
    writer: Writer
    summary: Summary
    live: bool
    _reached: bool = field(default=False, init=False)

    def read(self) -> Iterator[Claim]:
        """The claims of all inputs; every part that cannot be read is named on standard error."""
        from cpt_rules.readers import read_claims

        for path in self.options.inputs:
            options = self.options
            yield from read_claims(path, format=options.source, mapping=options.mapping, on_problem=self.problem)

    def problem(self, problem: InputProblem) -> None:
        self.summary.unreadable += 1
        complain(str(problem))

    def claim(self, claim: Claim) -> bytes:
        """The claim's part of the output."""
        from cpt_rules.writers.records import entry, reaches

        if self.options.payer is not None:
            claim = overridden(claim, self.options.payer)
        report = self.engine.scrub(claim)
        item = entry(self.summary.claims + 1, report, everything=self.options.everything)
        self.summary.add(item)
        self._reached = self._reached or reaches(item.worst, self.options.fail_on)
        return self.writer.claim(item)

    def end(self) -> bytes:
        return self.writer.end(self.summary)

    @property
    def status(self) -> int:
        return 3 if self.summary.unreadable else int(self._reached)


def _run(options: Options, ruleset: Ruleset, engine: Engine) -> Run:
    from cpt_rules.writers.summary import Summary, left_out

    ignored = left_out(ruleset.edits, options.select, options.ignore)
    summary = Summary(ruleset.version, ruleset.hash, engine.as_of, ignored, tuple(ruleset.store.manifests()))
    colour = options.output == "-" and on_terminal()
    return Run(options, engine, _writer(options, ruleset, colour), summary, colour or "-" in options.inputs)


def _writer(options: Options, ruleset: Ruleset, colour: bool) -> Writer:
    if options.target == "jsonl":
        from cpt_rules.writers.jsonl import JsonlWriter

        return JsonlWriter(options.everything)
    if options.target == "json":
        from cpt_rules.writers.json import JsonWriter

        return JsonWriter(options.everything)
    from cpt_rules.commands.paint import painted
    from cpt_rules.writers.text import TextWriter, plain

    payers = {id: payer.title for id, payer in ruleset.payers.items()}
    sources = {id: source.title for id, source in ruleset.sources.items()}
    return TextWriter(options.everything, payers, sources, painted if colour else plain)


def _named(options: Options, ruleset: Ruleset) -> Options:
    """The options with today's names of edits. Raises a usage error for names that mean nothing."""
    former = {name: id for id, edit in ruleset.edits.items() for name in edit.formerly}
    select, ignore = (tuple(former.get(each, each) for each in names) for names in (options.select, options.ignore))
    known(select, ruleset.edits, "edit", "--select")
    known(ignore, ruleset.edits, "edit", "--ignore")
    if options.payer is not None:
        known_payer(options.payer, ruleset)
    if options.client is not None:
        clients = {overlay.applies.client for overlay in ruleset.overlays}
        known([options.client], {each for each in clients if each is not None}, "client", "--client")
    return evolve(options, select=select, ignore=ignore)


def _engine(options: Options, ruleset: Ruleset) -> Engine:
    from cpt_rules.engine import Engine

    try:
        return Engine(
            ruleset,
            kind=options.engine,
            client=options.client,
            as_of=options.as_of,
            select=options.select or None,
            ignore=options.ignore or None,
        )
    except (ImportError, ValueError) as error:  # names were looked at before: what is left is the engine's own
        raise click.BadParameter(str(error), param_hint="'--engine'") from None


def _distinct(options: Options) -> None:
    """An output that is also an input would be replaced by its own findings; standard input can be read once."""
    if options.inputs.count("-") > 1:
        raise click.BadParameter("standard input (-) is named twice; it can be read once", param_hint="'INPUT...'")
    if options.output != "-" and any(_same(options.output, each) for each in options.inputs if each != "-"):
        raise click.BadParameter(f"{options.output!r} is also an input; name another file", param_hint="'-o'")


def _same(one: str, other: str) -> bool:
    try:
        return os.path.samefile(one, other)
    except (OSError, ValueError):
        return False
