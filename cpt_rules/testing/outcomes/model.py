"""An outcome that differs between two rulesets, and why, as frozen data."""

from __future__ import annotations

import datetime as dt

from attrs import frozen

from cpt_rules.claim import Claim
from cpt_rules.engine.reference_values import Truth
from cpt_rules.finding import Outcome
from cpt_rules.reading import Reading
from cpt_rules.ruleset.compare import Change, Difference


@frozen
class Side:
    """What one ruleset says. `silenced_by` is the edit that had spoken before; `there`: the ruleset has the edit."""

    outcome: Outcome
    payer: str | None
    missing: tuple[str, ...] = ()
    silenced_by: str | None = None
    there: bool = True


@frozen
class Because:
    """A change that makes the difference, and those of its differences that concern this line."""

    change: Change
    by: tuple[Difference, ...]


@frozen
class ConditionSeen:
    """A condition that the two rulesets see differently, or that only one of them has.

    `part` is ``when``, ``unless``, ``require`` or ``fail when``. `held` is what its field held, on each side. Where one
    side does not have the condition its truth and reading are those of the other, and `only` says which side has it.
    """

    part: str
    text: str
    old: Truth
    new: Truth
    old_held: Reading
    new_held: Reading
    only: str | None = None


@frozen
class OutcomeChange:
    """One edit that says something else of a line, or of the claim itself (`line` is None).

    `n` is the ordinal of the claim in the run, from 1: ids of claims repeat. `index` is the place of the line in the
    claim, from 0, `with_line` and `with_index` are of the other line of a pair. `edit` is the id in the new ruleset, else
    that in the old one. `because` names the changes that make the difference; several where they do it together. `notes`
    say what differs beside conditions: dates, payers, severity, confidence.
    """

    n: int
    claim: Claim
    line: int | None
    index: int | None
    with_line: int | None
    with_index: int | None
    code: str | None
    date: dt.date | None
    edit: str
    old: Side
    new: Side
    because: tuple[Because, ...]
    conditions: tuple[ConditionSeen, ...] = ()
    notes: tuple[str, ...] = ()
