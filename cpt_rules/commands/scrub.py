"""`cpt-rules scrub`: claims in, findings out."""

from __future__ import annotations

import datetime as dt
import os
from typing import TYPE_CHECKING

import click
from attrs import evolve, frozen

from cpt_rules.commands.common import (
    day,
    known,
    known_payer,
    layout,
    load,
    mapping_option,
    rulesets_option,
    tables_option,
)
from cpt_rules.commands.output import complain, on_terminal
from cpt_rules.finding import Outcome

if TYPE_CHECKING:
    from cpt_rules.commands.run import Run
    from cpt_rules.engine import Engine
    from cpt_rules.engine.engine import Kind
    from cpt_rules.readers import Layout
    from cpt_rules.ruleset.ruleset import Ruleset
    from cpt_rules.writers import Writer
    from cpt_rules.writers.overrides import Overrides
    from cpt_rules.writers.text import TextWriter

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
    overrides: str | None
    split: str | None
    jobs: int
    stop_after: int | None
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
@click.option(
    "--format",
    "target",
    type=click.Choice(["text", "jsonl", "json", "csv", "parquet"]),
    default="text",
    help="What to write; csv and parquet have a row a finding, and the summary goes to standard error.",
)
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
@click.option("--overrides", metavar="FILE", help="Findings to let pass by, as JSON Lines: see docs/pipeline.md.")
@click.option(
    "--split", metavar="DIR", help="Write the claims to release and to hold as two 837 files, each as it was sent."
)
@click.option(
    "--jobs", type=click.IntRange(1, 256), default=1, metavar="N", help="Judge claims in so many processes (default 1)."
)
@click.option(
    "--stop-after",
    type=click.IntRange(1),
    metavar="N",
    help="End when so many parts could not be read; no file is written then.",
)
@click.option(
    "--progress/--no-progress",
    default=None,
    help="Say on standard error how far the run is (default: on a terminal, elsewhere once a minute).",
)
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
      cpt-rules scrub claims.837 --split out/ --format csv -o findings.csv
      cpt-rules scrub claims.837 --rulesets bundled --rulesets my/overlays --client acme
    """
    return scrub(Options(fail_on=_FAIL_ON[fail_on], **given))  # type: ignore[arg-type]


def scrub(options: Options) -> int:
    """Reads, judges, writes; the exit status."""
    _distinct(options)
    if options.split is not None:
        from cpt_rules.commands.splitting import refuse_what_is_not_x12

        refuse_what_is_not_x12(options.inputs, options.source)
    options = evolve(options, mapping=layout(options.mapping, options.source))
    ruleset = load(options.rulesets, options.tables)
    return _run(_named(options, ruleset), ruleset).run()


def _run(options: Options, ruleset: Ruleset) -> Run:
    from cpt_rules.commands.judge import Judge
    from cpt_rules.commands.run import Run
    from cpt_rules.writers.summary import Summary, left_out

    engine = _engine(options, ruleset)
    ignored = left_out(ruleset.edits, options.select, options.ignore)
    summary = Summary(ruleset.version, ruleset.hash, engine.as_of, ignored, tuple(ruleset.store.manifests()))
    colour = options.output == "-" and on_terminal()
    judge = Judge(
        engine,
        _writer(options, ruleset, colour),
        summary.without_claims(),
        options.everything,
        options.payer,
        _overrides(options, ruleset, engine.as_of),
    )
    splitting = None
    if options.split is not None:
        from cpt_rules.commands.splitting import Splitting

        splitting = Splitting(options.split)
        splitting.made()
    return Run(
        judge,
        summary,
        options.inputs,
        options.source,
        options.mapping,  # type: ignore[arg-type]
        options.output,
        options.fail_on,
        options.jobs,
        colour or "-" in options.inputs,
        options.stop_after,
        options.progress,
        splitting,
        _text_writer(options, ruleset, False).end if options.target in ("csv", "parquet") else None,
    )


def _writer(options: Options, ruleset: Ruleset, colour: bool) -> Writer:
    if options.target == "jsonl":
        from cpt_rules.writers.jsonl import JsonlWriter

        return JsonlWriter(options.everything)
    if options.target == "json":
        from cpt_rules.writers.json import JsonWriter

        return JsonWriter(options.everything)
    if options.target == "csv":
        from cpt_rules.writers.csv import CsvWriter

        return CsvWriter(options.everything)
    if options.target == "parquet":
        from cpt_rules.writers.parquet import ParquetWriter

        return ParquetWriter(options.everything)
    return _text_writer(options, ruleset, colour)


def _text_writer(options: Options, ruleset: Ruleset, colour: bool) -> TextWriter:
    from cpt_rules.commands.paint import painted
    from cpt_rules.writers.text import TextWriter, plain

    payers = {id: payer.title for id, payer in ruleset.payers.items()}
    sources = {id: source.title for id, source in ruleset.sources.items()}
    return TextWriter(options.everything, payers, sources, painted if colour else plain)


def _overrides(options: Options, ruleset: Ruleset, as_of: dt.date) -> Overrides | None:
    """The overrides of a file; where it is faulty it is said on standard error and the command ends with 2."""
    name = options.overrides
    if name is None:
        return None
    from cpt_rules.writers.overrides import OverrideError, read_overrides

    edits = {id: id for id in ruleset.edits} | _former(ruleset)
    try:
        with open(name, encoding="utf-8-sig") as lines:
            return read_overrides(name, lines, as_of, edits)
    except OverrideError as error:
        for line, message in error.problems:
            complain(f"{name}:{line}: {message}")
    except OSError as error:
        complain(f"{name}: cannot be read ({error.strerror}); check the path and its permissions")
    except ValueError:
        complain(f"{name}: is not UTF-8 text; save it as UTF-8, one JSON object a line")
    raise click.exceptions.Exit(2)


def _former(ruleset: Ruleset) -> dict[str, str]:
    """Today's ids of edits by their former names."""
    return {name: id for id, edit in ruleset.edits.items() for name in edit.formerly}


def _named(options: Options, ruleset: Ruleset) -> Options:
    """The options with today's names of edits. Raises a usage error for names that mean nothing."""
    former = _former(ruleset)
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
    if options.target == "parquet" and options.output == "-" and on_terminal():
        raise click.BadParameter("Parquet is not for a terminal; name a file", param_hint="'-o'")
    read = [each for each in (*options.inputs, options.overrides, options.mapping) if each not in (None, "-")]
    written = [("'-o'", options.output)] if options.output != "-" else []
    if options.split is not None:
        names = [os.path.join(options.split, each) for each in ("released.837", "held.837")]
        if written and os.path.realpath(options.output) in map(os.path.realpath, names):
            raise click.BadParameter(f"{options.output!r} is also a file of --split; name another", param_hint="'-o'")
        written += [("'--split'", each) for each in names]
    for option, path in written:
        if any(_same(path, str(each)) for each in read):
            raise click.BadParameter(f"{path!r} is also an input; name another file", param_hint=option)


def _same(one: str, other: str) -> bool:
    try:
        return os.path.samefile(one, other)
    except (OSError, ValueError):
        return False
