"""`cpt-rules test`: do the rulesets do what their own tests say?"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import click

from cpt_rules.commands.common import load
from cpt_rules.commands.output import Output

if TYPE_CHECKING:
    from cpt_rules.testing.inline import TestResult


@click.command("test", short_help="Run the tests inside the rulesets.")
@click.argument("directories", nargs=-1, metavar="[DIR]...")
def command(directories: tuple[str, ...]) -> int:
    """Run the tests that stand inside the rulesets, and name every one that fails with what it found.

    Without DIR the tests of the bundled rulesets are run. The word `bundled` stands for the bundled rulesets, so that
    own overlays can be tested on top of them. Exit status: 0 all passed, 1 some failed, 2 the rulesets are faulty.

    \b
    Examples:
      cpt-rules test
      cpt-rules test my/rulesets
      cpt-rules test bundled my/overlays
    """
    from cpt_rules.testing.inline import run_tests

    ruleset = load(directories)
    with Output() as output:
        passed = failed = 0
        for result in run_tests(ruleset):
            passed += result.passed
            failed += not result.passed
            if not result.passed:
                output.text("\n".join(told(result)))
        edits = sum(bool(edit.tests) for edit in ruleset.edits.values())
        total = f"{passed + failed:,} tests of {edits} edits"
        output.text(f"{total}: all passed" if not failed else f"{total}: {failed:,} failed, {passed:,} passed")
    return 1 if failed else 0


def told(result: TestResult) -> Iterable[str]:
    """A failed test, for people: its place, what was expected, what was found."""
    mark = result.mark
    overlay = f" (overlay {result.overlay})" if result.overlay else ""
    yield f"{mark.path}:{mark.line}:{mark.column}: {result.edit}{overlay}: {result.name}"
    if result.error is not None:
        yield f"    cannot run: {result.error}"
        return
    yield f"    expected: {_outcome(result.expected, result.expected_missing)}"
    missing = result.found_missing if result.found_missing or result.expected_missing is not None else None
    yield f"    found:    {_outcome(result.found, missing)}"


def _outcome(status: str, missing: tuple[str, ...] | None) -> str:
    return status if missing is None else f"{status}, missing [{', '.join(missing)}]"
