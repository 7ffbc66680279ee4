"""Explanations and proposals as data: why an edit did or did not fire, and what change of the claim would make it pass."""

from __future__ import annotations

from typing import Literal

from attrs import field as attribute
from attrs import frozen

from cpt_rules.claim import Claim
from cpt_rules.engine.reference_explain import Reasons
from cpt_rules.finding import Finding, Outcome
from cpt_rules.reading import Reading

#: The field of a change that takes a whole line off the claim.
WHOLE_LINE = "line"

#: What a change rests on: the claim itself, what the sender knows and the claim lacks, or what the record has to bear out.
Support = Literal["claim", "sender", "record"]


@frozen
class Change:
    """One field of a claim with another value, or a line taken off it (`field` is ``line``).

    `field` is a stored field (``line.units``, ``claim.clia``, ``referring.npi`` …), `index` the place of the line and
    `line` its number (None: a field of the claim). `before` and `after` are values as the claim holds them. `stand_in`: the value only stands
    in for one that the sender has to put there; the change was verified with it. `others` are values that do as well:
    nothing on the claim decides between them. `condition` says on what the change depends; empty where on nothing.
    """

    field: str
    index: int | None
    line: int | None
    before: Reading = attribute(repr=False)
    after: Reading = attribute(repr=False)
    support: Support
    stand_in: bool = False
    others: tuple[Reading, ...] = ()
    condition: str = ""


@frozen
class Proposal:
    """A change of the claim after which the edit passes, or no longer applies (`outcome`), verified by scrubbing.

    `changes` are one or two; a line taken off may have the claim's charge with it. `brings` are findings that warn or
    fail on the changed claim and did not before, `clears` those, beside the edit's own, that are gone. `claim` is the
    changed claim.
    """

    edit: str
    outcome: Outcome
    changes: tuple[Change, ...]
    brings: tuple[Finding, ...]
    clears: tuple[Finding, ...]
    claim: Claim = attribute(repr=False)

    @property
    def takes_a_line_off(self) -> bool:
        """Whether a line is taken off the claim, which is no change of a field."""
        return any(each.field == WHOLE_LINE for each in self.changes)

    @property
    def condition(self) -> str:
        """On what the proposal depends, in words; empty where on nothing."""
        return "; ".join(dict.fromkeys(each.condition for each in self.changes if each.condition))

    @property
    def words(self) -> str:
        """The changes in words: ``line 1: line.modifiers 26 → none``."""
        from cpt_rules.explanation.words import said

        return "; ".join(map(said, self.changes))


@frozen
class Advice:
    """What may be done about a finding that warns or fails: proposals, the smallest first.

    Of those that change a field the first is the answer; others change another field. `reason` says why there is no
    change of one field, or none at all; it is empty where there is one.
    """

    proposals: tuple[Proposal, ...]
    reason: str = ""

    @property
    def best(self) -> Proposal | None:
        """The smallest change; None where none is proposed."""
        return self.proposals[0] if self.proposals else None


@frozen
class Explanation:
    """Why one edit did or did not fire on a line, or on the claim itself (`index` None), and what would make it pass.

    `line` and `with_line` are numbers of lines, `index` and `with_index` their places in the claim. `finding`
    and `advice` are there where the edit warned or failed, and are None elsewhere.
    """

    edit: str
    outcome: Outcome
    index: int | None
    line: int | None
    with_index: int | None
    with_line: int | None
    reasons: Reasons
    finding: Finding | None = None
    advice: Advice | None = None

    @property
    def proposals(self) -> tuple[Proposal, ...]:
        """The changes that would make it pass, the smallest first."""
        return () if self.advice is None else self.advice.proposals
