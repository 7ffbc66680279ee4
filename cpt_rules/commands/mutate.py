"""`cpt-rules mutate`: would the inline tests notice if a rule were a little different?"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import click

from cpt_rules.commands.common import known, load, rulesets_option
from cpt_rules.commands.output import Output, complain
from cpt_rules.commands.progress import Progress

if TYPE_CHECKING:
    from cpt_rules.ruleset.ruleset import Ruleset
    from cpt_rules.testing.mutation.argued import Argument
    from cpt_rules.testing.mutation.report import Report, Result, Survey


@click.command("mutate", short_help="Say which small changes of the rules no inline test would notice.")
@rulesets_option
@click.option("--edit", "edits", multiple=True, metavar="EDIT", help="This edit and its tests only; repeatable.")
@click.option("--argued", metavar="FILE", help="A list of survivors that no test can tell, each with the reason.")
@click.option("--jobs", type=click.IntRange(1, 256), default=1, show_default=True, metavar="N", help="Processes.")
@click.option("--format", "target", type=click.Choice(["text", "json"]), default="text", help="What to write.")
@click.option("--progress/--no-progress", default=None, help="Say how far it is (default: on a terminal).")
def command(
    rulesets: tuple[str, ...],
    edits: tuple[str, ...],
    argued: str | None,
    jobs: int,
    target: Literal["text", "json"],
    progress: bool | None,
) -> int:
    """Change the rules one thing at a time, and name every change that no inline test notices.

    For each change that survives, a claim is looked for on which it makes a difference, and written as an inline test
    with the outcome of the rules as they are: if that outcome is right, add the test. Exit status: 0 every change is
    noticed or argued in the list, 1 one is not or an argument does not hold, 2 rulesets, options or list are faulty, or
    their tests fail already.

    \b
    Examples:
      cpt-rules mutate --edit clia.present
      cpt-rules mutate --jobs 4 --argued argued.yaml
      cpt-rules mutate --rulesets bundled --rulesets my/rulesets --edit my.edit --format json
    """
    from cpt_rules.testing.mutation.report import Survey, report

    ruleset = load(rulesets)
    known(edits, ruleset.edits, "edit", "--edit")
    arguments = _arguments(argued)
    _passing(ruleset)
    survey = Survey(ruleset)
    documents = [f"{kind} {id}" for kind in ("edit", "tests") for id in dict.fromkeys(edits)] or survey.documents()
    found: list[Result] = []
    with Output() as output:
        with Progress(progress, "-", noun="mutant") as told:
            for results in _results(survey, rulesets, documents, jobs):
                found += results
                told.claims(len(found))
        whole = report(found, arguments, documents)
        if target == "json":
            output.text(json.dumps(record(whole), ensure_ascii=False))
        else:
            for line in text(whole):
                output.text(line)
    return 1 if whole.missed or whole.untrue else 0


def _arguments(path: str | None) -> tuple[Argument, ...]:
    from cpt_rules.language.problems import RulesetError
    from cpt_rules.testing.mutation.argued import read_arguments

    try:
        return () if path is None else read_arguments(Path(path))
    except RulesetError as error:
        for problem in error.problems:
            complain(str(problem))
        raise click.exceptions.Exit(2) from None


def _passing(ruleset: Ruleset) -> None:
    """Ends the command where a test fails on the rules as they are."""
    from cpt_rules.testing.mutation.report import failing

    first = next(failing(ruleset), None)
    if first is not None:
        complain(f"{first.mark.path}:{first.mark.line}: {first.edit}: {first.name}: this test fails already")
        complain("cpt-rules: mutants are judged by tests that pass; see `cpt-rules test`")
        raise click.exceptions.Exit(2)


# ---- processes -----------------------------------------------------------------------------------------------------

_workers: list[Survey] = []


def _results(
    survey: Survey, rulesets: Sequence[str], documents: Sequence[str], jobs: int
) -> Iterator[tuple[Result, ...]]:
    """The results of each document, in their order."""
    if jobs == 1:
        yield from (tuple(survey.of(each)) for each in documents)
        return
    folder = os.getcwd()
    context = get_context("spawn")  # a forked process may have the lock of a thread that it does not have
    with ProcessPoolExecutor(jobs, context, _start, (tuple(rulesets), folder)) as pool:
        try:
            yield from pool.map(_of, documents)
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def _start(rulesets: tuple[str, ...], folder: str) -> None:
    from cpt_rules.ruleset.load import load_ruleset
    from cpt_rules.testing.mutation.report import Survey

    os.chdir(folder)
    _workers.append(Survey(load_ruleset(*rulesets)))


def _of(document: str) -> tuple[Result, ...]:
    return tuple(_workers[0].of(document))


# ---- what is written -----------------------------------------------------------------------------------------------


def record(found: Report) -> dict[str, Any]:
    """The report as JSON: the score, every survivor, arguments that do not hold."""
    return {
        "rules": _counts(found.rules),
        "tests": _counts(found.tests),
        "survivors": [_survivor(each) for each in found.results if each.survived],
        "untrue": [
            {"of": each.argument.of, "mutation": each.argument.mutation, "problem": each.problem}
            for each in found.untrue
        ],
    }


def _counts(results: Sequence[Result]) -> dict[str, Any]:
    killed = sum(not each.survived for each in results)
    argued = sum(each.survived and each.argued is not None for each in results)
    score = round(killed / (len(results) - argued), 4) if len(results) > argued else None
    return {"mutants": len(results), "killed": killed, "argued": argued, "score": score}


def _survivor(result: Result) -> dict[str, Any]:
    return {
        "of": result.of,
        "mutation": result.mutation,
        "argued": result.argued,
        "edit": result.edit,
        "outcome": result.outcome,
        "mutated": result.mutated,
        "claim": result.claim,
        "test": result.test,
    }


def text(found: Report) -> Iterator[str]:
    """The report for people: what nobody argued for, arguments that do not hold, the score."""
    for each in found.missed:
        yield f"{each.of}: {each.mutation}"
        yield from _difference(each)
    for untrue in found.untrue:
        mark = untrue.argument.mark
        yield f"{mark.path}:{mark.line}:{mark.column}: {untrue.argument.of}: {untrue.argument.mutation}"
        yield f"    argued, but {untrue.problem}"
    yield _score("mutants of rules", found.rules)
    if found.tests:
        yield _score("expectations of tests deleted", found.tests)
    if found.untrue:
        yield f"{len(found.untrue)} of the arguments do not hold"


def _difference(result: Result) -> Iterable[str]:
    if result.of.startswith("tests "):
        return
    if result.claim is None:
        yield "    no difference found"
        return
    yield f"    {result.edit}: {result.outcome}, and {result.mutated} on the mutant; if that is right, add the test:"
    yield result.test or f"    (no test can give it) {result.claim}"


def _score(what: str, results: Sequence[Result]) -> str:
    counts = _counts(results)
    survived = counts["mutants"] - counts["killed"]
    told = f"{counts['mutants']:,} {what}: {counts['killed']:,} noticed, {survived:,} not"
    if counts["argued"]:
        told += f", {counts['argued']:,} of them argued"
    return told if counts["score"] is None else f"{told}; score {counts['score']:.1%}"
