"""Claims made up for a comparison: aimed at the edits that a change may touch, its days, codes and payers.

The same rulesets, day, client and seed give the same claims. Hypothesis is not needed: the searches of
`cpt_rules.testing.reach` and a seeded generator of numbers are all.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from itertools import islice
from random import Random

from attrs import define, evolve, field

from cpt_rules.claim import Claim, Payer
from cpt_rules.readers.required import first_missing
from cpt_rules.ruleset.compare import Change
from cpt_rules.ruleset.ruleset import Ruleset
from cpt_rules.testing.cases import Case
from cpt_rules.testing.outcomes.differ import Differ
from cpt_rules.testing.reach.judge import Goal
from cpt_rules.testing.reach.plans import Tools, Unreachable, bench
from cpt_rules.testing.reach.values import DAY

_TRIES = 60
_MOVES = (0, 0, 0, 1, 2, 4)
_NEAR = 12
#: The outcomes from whose simplest claims changes are tried.
_GOALS: tuple[Goal, ...] = ("fail", "warn", "pass")


def aimed_claims(differ: Differ, count: int, seed: int) -> Iterator[Claim]:
    """`count` claims, each aimed at one of the edits in turn that a change may touch; none where there is no such edit.

    Of some tries the first claim is taken on which the edit's outcome differs, else the last. For each edit the simplest
    claims that reach its outcomes are searched first, which takes up to some seconds an edit.
    """
    aims = [(edit, change) for change in differ.comparison.in_meaning for edit in change.edits]
    made: dict[str, _Aim] = {}
    for number in range(count if aims else 0):
        edit, change = aims[number % len(aims)]
        if edit not in made:
            made[edit] = _Aim(differ, edit)
        random = Random(f"{seed} {number}")
        yield evolve(made[edit].claim(change, random), id=f"generated-{number + 1}")


@define(eq=False)
class _Aim:
    """What claims for one edit are made of."""

    differ: Differ
    edit: str
    _tools: Tools = field(init=False)
    _starts: tuple[Case, ...] = field(init=False)

    def __attrs_post_init__(self) -> None:
        ruleset = self.differ.new if self.edit in self.differ.new.edits else self.differ.old
        client = self.differ.client
        known = client if any(each.applies.client == client for each in ruleset.overlays) else None
        self._tools = bench(ruleset, self.differ.as_of, known).tools(self.edit)
        self._starts = (*self._found(), *self._tools.starts)

    def _found(self) -> Iterator[Case]:
        """The simplest claims of each outcome that can be reached without supposing anything."""
        for goal in _GOALS:
            try:
                yield from self._tools.plan(goal, suppose=False).cases[:4]
            except Unreachable:
                continue

    def claim(self, change: Change, random: Random) -> Claim:
        last = self._starts[0].claim
        for _ in range(_TRIES):
            case = self._aimed(random.choice(self._starts), change, random)
            for _ in range(random.choice(_MOVES)):
                case = self._moved(case, random)
            if first_missing(case.claim, case.claim.unknown) is not None:
                continue
            last = case.claim
            if self.differ.differs(last, self.edit):
                break
        return last

    def _aimed(self, case: Case, change: Change, random: Random) -> Case:
        """The case on a day, with a code and for a payer that the change concerns; each of them only sometimes."""
        claim = case.claim
        if random.random() < 0.7:
            day = random.choice(_days(change, claim, self.differ.as_of))
            claim = evolve(claim, lines=tuple(evolve(line, date=day) for line in claim.lines))
        if change.codes and claim.lines and random.random() < 0.7:
            first = evolve(claim.lines[0], code=random.choice(change.codes))
            claim = evolve(claim, lines=(first, *claim.lines[1:]))
        payers = _payers(change, (self.differ.new, self.differ.old))
        if payers and random.random() < 0.8:
            claim = evolve(claim, payer=random.choice(payers))
        return case.of(claim)

    def _moved(self, case: Case, random: Random) -> Case:
        """The case with one thing changed that a condition of the edit asks; the same where nothing is."""
        seen = self._tools.judge.seen(case)
        if seen is None or not self._tools.leaves:
            return case
        options = list(self._tools.moves.options(seen, random.choice(self._tools.leaves)))
        if not options:
            return case
        near = options[:_NEAR] if random.random() < 0.5 else options
        return next(islice(random.choice(near)(case), 1), case)


def _days(change: Change, claim: Claim, today: dt.date) -> Sequence[dt.date]:
    """The first and last days concerned and those beside them; the claim's own."""
    found = {line.date or today for line in claim.lines}
    for span in change.days:
        for end in (span.first, span.last):
            if end is not None:
                found |= {end, end - DAY if end > dt.date.min else end, end + DAY if end < dt.date.max else end}
    return sorted(found)


def _payers(change: Change, rulesets: Sequence[Ruleset]) -> Sequence[Payer]:
    """The payers whom a changed overlay or payer document is about, with what other overlays tell of them further."""
    overlays = [overlay for ruleset in rulesets for overlay in ruleset.overlays]
    mine = [each for each in overlays if change.kind == "overlay" and each.overlay.text == change.id]
    ids = {each.applies.payer.text for each in mine if each.applies.payer is not None}
    found: dict[Payer, None] = {}
    if change.kind == "payer":
        ids.add(change.id)
        found[Payer(id=change.id)] = None
    mine += [each for each in overlays if each.applies.payer is not None and each.applies.payer.text in ids]
    for each in mine:
        a = each.applies
        id = None if a.payer is None else a.payer.text
        found[Payer(id=id, line_of_business=a.line_of_business, plan=a.plan, state=a.state)] = None
    return tuple(found)
