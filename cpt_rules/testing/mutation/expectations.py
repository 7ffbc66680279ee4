"""Mutants of the inline tests themselves: an expected finding deleted, or a part of what it says is missing."""

from __future__ import annotations

from collections.abc import Iterator

from attrs import evolve

from cpt_rules.finding import Outcome
from cpt_rules.testing.inline import TestResult

NOTHING = Outcome.NOT_APPLICABLE.label
_UNKNOWN = Outcome.NOT_CHECKED.label


def expectations(result: TestResult) -> Iterator[tuple[str, TestResult]]:
    """A test that has passed, with less expected of it: what is different, and what comes of it then.

    One that expects no finding has none to delete.
    """
    name = f"`{result.name}`"
    if result.expected != NOTHING:
        yield f"{name}: expects no finding", evolve(result, expected=NOTHING, expected_missing=None)
    if result.expected == _UNKNOWN and result.expected_missing is None:
        yield f"{name}: does not say what is missing", result
    for gone in result.expected_missing or ():
        kept = tuple(each for each in result.expected_missing or () if each != gone)
        yield f"{name}: without `{gone}` in `missing`", evolve(result, expected_missing=kept)
