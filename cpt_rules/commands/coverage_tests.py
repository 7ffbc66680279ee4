"""`cpt-rules coverage --tests`: what the tests of a ruleset reach of it, as text, as JSON and as HTML."""

from __future__ import annotations

import json
import os
import textwrap
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cpt_rules.commands.common import load
from cpt_rules.commands.output import CannotWrite, Output, complain

if TYPE_CHECKING:
    from cpt_rules.ruleset.ruleset import Ruleset
    from cpt_rules.testing.covered.coverage import Coverage, Measured
    from cpt_rules.testing.scenarios import Scenario

_WIDTH = 100


def tested(rulesets: Sequence[str], scenarios: Sequence[str], target: str, html: str | None) -> int:
    """Measures and writes; 1 where a test failed, for what it reaches it does not hold."""
    from cpt_rules.testing.covered.coverage import measure

    found = _scenarios(scenarios)
    ruleset = load(rulesets)
    coverage = measure(ruleset, found)
    if html is not None:
        _write(ruleset, coverage, html)
    with Output() as output:
        if target == "json":
            output.text(json.dumps(record(ruleset, coverage), ensure_ascii=False))
        else:
            output.text("\n".join(told(ruleset, coverage)))
            if html is not None:
                output.text(f"\nwritten: {os.path.join(html, 'index.html')}")
    return 1 if coverage.failed else 0


def _scenarios(paths: Sequence[str]) -> list[Scenario]:
    """The scenarios; what is wrong with them is said on standard error and the command ends with 2."""
    from cpt_rules.testing.covered.coverage import find_scenarios

    for path in paths:
        if not Path(path).exists():
            raise click.BadParameter(f"no file or folder {path!r}", param_hint="'--scenarios'")
    found, problems = find_scenarios(map(Path, paths))
    if paths and not found and not problems:
        raise click.BadParameter(f"no claim scenario in {', '.join(paths)}", param_hint="'--scenarios'")
    for problem in problems:
        complain(str(problem))
    if problems:
        raise click.exceptions.Exit(2)
    return found


def _write(ruleset: Ruleset, coverage: Coverage, folder: str) -> None:
    from cpt_rules.commands.coverage_html import pages

    try:
        Path(folder).mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise CannotWrite(f"{folder}: {error.strerror}") from None
    for name, text in pages(ruleset, coverage):
        with Output(os.path.join(folder, name)) as output:
            output.text(text)


# ---- for programs --------------------------------------------------------------------------------------------------


def record(ruleset: Ruleset, coverage: Coverage) -> dict[str, Any]:
    """Everything measured as one record."""
    from cpt_rules.testing.covered.points import KINDS

    return {
        "ruleset": {"version": ruleset.version, "hash": ruleset.hash},
        "tests": coverage.tests,
        "scenarios": coverage.scenarios,
        "failed": list(coverage.failed),
        "totals": {KINDS[kind]: {"reached": reached, "of": of} for kind, (reached, of) in coverage.totals().items()},
        "points": [
            {
                "kind": each.point.kind,
                "of": each.point.of,
                "what": each.point.what,
                "file": each.point.mark.path,
                "line": each.point.line,
                "column": each.point.column,
                "reached": each.count,
                **({"alone": each.alone} if each.point.kind == "branch" else {}),
                "tests": list(each.tests),
            }
            for each in coverage.measured
        ],
    }


# ---- for people ----------------------------------------------------------------------------------------------------


def told(ruleset: Ruleset, coverage: Coverage) -> Iterator[str]:
    """The totals, and what no test reaches, by edit, set, fact and overlay."""
    from cpt_rules.testing.covered.points import KINDS

    yield summary(ruleset, coverage)
    if coverage.failed:
        yield f"failing: {len(coverage.failed):,}; what they reach is counted all the same:"
        yield from (f"  {name}" for name in coverage.failed[:10])
        yield from [f"  and {len(coverage.failed) - 10:,} more"] if len(coverage.failed) > 10 else []
    yield ""
    yield f"{'':<24}{'reached':>9}{'of':>8}"
    for kind, (reached, of) in coverage.totals().items():
        yield f"{KINDS[kind]:<24}{reached:>9,}{of:>8,}{percent(reached, of):>8}"
    missed = [each for each in coverage.measured if not each.reached]
    yield ""
    yield "no test reaches" if missed else "everything is reached"
    for subject in dict.fromkeys(each.point.of for each in missed):
        yield ""
        mine = [each for each in missed if each.point.of == subject]
        yield f"{subject}   {mine[0].point.mark.path}:{mine[0].point.line}"
        for each in mine:
            yield from _missed(each)


def summary(ruleset: Ruleset, coverage: Coverage) -> str:
    """What ran, in one line."""
    scenarios = f" and {counted(coverage.scenarios, 'scenario')}" if coverage.scenarios else ""
    return f"{counted(coverage.tests, 'test')}{scenarios}, ruleset {ruleset.version}"


def counted(number: int, what: str) -> str:
    """A number of things, in the plural unless it is one."""
    return f"{number:,} {what}{'' if number == 1 else 's'}"


def percent(reached: int, of: int) -> str:
    """A share in whole percent, rounded down, so that 100 % says that nothing is left; a dash where there is nothing."""
    return f"{100 * reached // of} %" if of else "-"


def _missed(each: Measured) -> list[str]:
    return textwrap.wrap(
        f"{each.point.kind:<10} line {each.point.line}: {each.point.what}",
        _WIDTH,
        initial_indent="  ",
        subsequent_indent=" " * 13,
        break_on_hyphens=False,
        break_long_words=False,
    )
