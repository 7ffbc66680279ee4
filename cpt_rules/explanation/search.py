"""The search for the smallest change: what may be tried is tried on the claim, and the changed claim scrubbed again."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cached_property
from itertools import combinations, islice

from attrs import define, frozen

from cpt_rules.claim import Claim
from cpt_rules.engine import Engine
from cpt_rules.engine.reference_conditions import leaves
from cpt_rules.engine.reference_edits import Judgement
from cpt_rules.explanation.about import About
from cpt_rules.explanation.data import WHOLE_LINE, Advice, Change, Proposal
from cpt_rules.explanation.policy import tail
from cpt_rules.explanation.stored import Stored, held, without_line
from cpt_rules.explanation.trial import Trial
from cpt_rules.explanation.trials import to_pass, to_rule_out
from cpt_rules.fields import FIELDS
from cpt_rules.finding import Finding, Outcome, Report, shown
from cpt_rules.language import documents as doc
from cpt_rules.ruleset.ruleset import Ruleset
from cpt_rules.ruleset.typing import line_field

#: So many pairs of changes are tried, and of the changes that pass so many are scrubbed with every edit: the least for
#: claims of many lines, and what is divided among the lines of others.
_MOST_PAIRS = (200, 60_000)
_MOST_WHOLE = (6, 240)
_MOST_PROPOSALS = 3

_SUPPORTS = {"claim": 0, "sender": 1, "record": 2}
_PAYER_SETUP = "it is not the claim that lacks something, but the payer documents of the ruleset"
_DIAGNOSES = "it is about diagnoses, which are what the record says, and are never proposed"
_NOT_ONE = "two fields have to change"
_NONE = "no change of one or two fields that may be proposed makes it pass"


def advise(
    engine: Engine,
    claim: Claim,
    index: int | None,
    judgement: Judgement,
    before: Report,
    earlier: Advice | None = None,
) -> Advice:
    """What may be done about a warn or fail on the line at `index`, or on the claim. `before`: the report on the claim.

    `earlier` is the advice on another pair of the same edit and line; what does there is taken where it does here.
    """
    if judgement.edit.fix == "payer setup":
        return Advice((), _PAYER_SETUP)
    return _Search(engine, claim, index, About(claim, judgement), before).advice(earlier)


@frozen
class _Found:
    """Changes that pass, with what they bring and clear on the whole claim."""

    trials: tuple[Trial, ...]
    claim: Claim
    outcome: Outcome
    brings: tuple[Finding, ...]
    clears: tuple[Finding, ...]

    @property
    def fails(self) -> int:
        """How many new failures."""
        return sum(each.status is Outcome.FAIL for each in self.brings)

    @property
    def rank(self) -> tuple[int, ...]:
        """What is better comes first: what was meant, no new failure, a pass, no new warning, what the claim itself says,
        what is small, what clears other findings too."""
        return (
            int(any(each.kind != "spelled" for each in self.trials)),
            self.fails,
            int(self.outcome is not Outcome.PASS),
            len(self.brings) - self.fails,
            max(_SUPPORTS[each.support] for each in self.trials),
            sum(each.cost for each in self.trials),
            -len(self.clears),
        )

    @property
    def kinds(self) -> tuple[object, ...]:
        return tuple((*each.spot, each.kind, each.stand_in, each.support) for each in self.trials)


@define(slots=False, eq=False)
class _Search:
    engine: Engine
    claim: Claim
    index: int | None
    about: About
    before: Report

    def advice(self, earlier: Advice | None) -> Advice:
        if earlier is not None and earlier.proposals and all(map(self._still_passes, earlier.proposals)):
            return earlier
        singles = to_pass(self.about)
        found = self._passing((each,) for each in singles)
        if not any(each.fails == 0 for each in found):
            ruled_out = self._passing((each,) for each in to_rule_out(self.about))
            # an exception that is claimed must hold in every other respect
            found += [each for each in ruled_out if each.trials[0].kind != "added" or not each.brings]
        reason = ""
        if not found:
            pairs = (two for two in combinations(singles, 2) if two[0].spot != two[1].spot)
            found = self._passing(islice(pairs, self._share(_MOST_PAIRS)))
            reason = _NOT_ONE if found else _DIAGNOSES if self._reads_diagnoses else _NONE
        proposals = list(self._proposals(found))
        return Advice((*proposals, *self._without_a_line()), reason)

    def _still_passes(self, proposal: Proposal) -> bool:
        """Whether what was proposed for another pair makes this one pass as well."""
        if proposal.takes_a_line_off:
            return True  # the line is this one
        return self._outcome(proposal.claim, self.index, self.about.place.other) is proposal.outcome

    def _share(self, most: tuple[int, int]) -> int:
        least, divided = most
        return max(least, divided // max(10, len(self.claim.lines)))

    # ---- scrubbing again -------------------------------------------------------------------------------------------

    def _passing(self, trials: Iterable[tuple[Trial, ...]]) -> list[_Found]:
        """Those after which the edit passes or no longer applies."""
        narrow: list[tuple[tuple[Trial, ...], Claim, Outcome]] = []
        for each in trials:
            changed = self.claim
            for trial in each:
                changed = trial.on(changed)
            outcome = self._outcome(changed, self.index, self.about.place.other)
            if outcome is not None:
                narrow.append((each, changed, outcome))
        narrow.sort(key=lambda each: sum(trial.cost for trial in each[0]))
        return [
            _Found(each, changed, outcome, *self._effects(changed))
            for each, changed, outcome in narrow[: self._share(_MOST_WHOLE)]
        ]

    def _outcome(self, claim: Claim, index: int | None, other: int | None) -> Outcome | None:
        """PASS or NOT_APPLICABLE; None where the edit still has something to say, or is kept from saying it."""
        edit, report = self.about.edit.edit.text, self._narrow.scrub(claim)
        spoken = [each for each in report.findings if (each.edit, each.index, each.with_index) == (edit, index, other)]
        if any(each.status is not Outcome.PASS for each in spoken):
            return None
        if any((each.edit, each.index, each.with_index) == (edit, index, other) for each in report.silenced):
            return None
        return Outcome.PASS if spoken else Outcome.NOT_APPLICABLE

    @cached_property
    def _narrow(self) -> Engine:
        """An engine of the edit and of what may silence it."""
        select = closure(self.engine.ruleset, self.about.edit)
        if self.engine.edits is not None:
            select &= self.engine.edits
        return Engine(self.engine.ruleset, client=self.engine.client, as_of=self.engine.as_of, select=select)

    def _effects(
        self, claim: Claim, moved: Callable[[int | None], int | None] = lambda index: index
    ) -> tuple[tuple[Finding, ...], tuple[Finding, ...]]:
        """The findings that a changed claim has and the claim had not, and those that are gone.

        `moved` gives the place on the claim of a line of the changed one.
        """
        own = self.about.edit.edit.text, self.index
        before = {(each.edit, each.index, each.with_index): each for each in self.before.raised}
        after = {
            (each.edit, moved(each.index), moved(each.with_index)): each for each in self._whole.scrub(claim).raised
        }
        brings = [each for key, each in after.items() if key not in before or each.status > before[key].status]
        clears = [each for key, each in before.items() if key not in after and key[:2] != own]
        return tuple(brings), tuple(clears)

    @cached_property
    def _whole(self) -> Engine:
        engine = self.engine
        if engine.kind == "direct":
            return engine
        return Engine(engine.ruleset, client=engine.client, as_of=engine.as_of, select=engine.edits)

    # ---- proposals -------------------------------------------------------------------------------------------------

    def _proposals(self, found: Sequence[_Found]) -> Iterator[Proposal]:
        """The best, then the best that change other fields and bring no failure."""
        if not found:
            return
        ranked = sorted(found, key=lambda each: each.rank)
        seen: set[object] = set()
        for each in ranked:
            tails = tuple(sorted((tail(trial.path), trial.kind) for trial in each.trials))
            if tails in seen or len(seen) >= _MOST_PROPOSALS or (seen and each.rank[:3] != ranked[0].rank[:3]):
                continue
            seen.add(tails)
            yield self._proposal(
                each, [other for other in ranked if (other.rank, other.kinds) == (each.rank, each.kinds)]
            )

    def _proposal(self, found: _Found, alike: Sequence[_Found]) -> Proposal:
        changes = []
        for place, trial in enumerate(found.trials):
            values = [each.trials[place].value for each in alike if _alone(found, each, place)]
            changes.append(self._change(trial, tuple(_different(trial, values))))
        return Proposal(
            self.about.edit.edit.text, found.outcome, tuple(changes), found.brings, found.clears, found.claim
        )

    def _change(self, trial: Trial, others: tuple[Stored, ...]) -> Change:
        number = None if trial.index is None else self.claim.lines[trial.index].number
        condition = trial.condition
        if others and trial.kind == "added":
            condition = "only if the record supports the modifier that is sent"
        stand_in = trial.stand_in or (bool(others) and trial.kind == "value")
        return Change(
            field=trial.path,
            index=trial.index,
            line=number,
            before=held(self.claim, trial.index, trial.path),
            after=trial.value,
            support=trial.support,
            stand_in=stand_in,
            others=() if trial.stand_in and tail(trial.path) != "pos" else others,
            condition=condition,
        )

    def _without_a_line(self) -> Iterator[Proposal]:
        """The claim without the line, for edits on pairs, days and units: verified as any change is."""
        index = self.index
        if index is None or len(self.claim.lines) < 2 or not self._about_amounts:
            return
        left = without_line(self.claim, index)
        line = self.claim.lines[index]
        still = [each for each in self._narrow.scrub(left).raised if self._is_of(each, index)]
        if still:
            return

        def moved(place: int | None) -> int | None:
            return place if place is None or place < index else place + 1

        brings, clears = self._effects(left, moved)
        what = shown("-".join((line.code or "no code", *line.modifiers)))
        condition = "only if the record shows that the service is not to be billed beside the others"
        changes = [Change(WHOLE_LINE, index, line.number, what, None, "record", condition=condition)]
        if left.charge != self.claim.charge:
            total = self.claim.charge, left.charge
            changes.append(Change("claim.charge", None, None, *total, support="claim"))
        edit = self.about.edit.edit.text
        yield Proposal(edit, Outcome.NOT_APPLICABLE, tuple(changes), brings, clears, left)

    def _is_of(self, finding: Finding, gone: int) -> bool:
        """Whether a finding of the edit on the claim without a line is on lines that it was about."""
        left = {place - (place > gone) for place in self.about.place.lines if place != gone}
        return finding.edit == self.about.edit.edit.text and finding.index in left and self.about.edit.each == "day"

    @property
    def _about_amounts(self) -> bool:
        if self.about.edit.each != "line":
            return True
        return any(leaf.field == "line.units" for leaf in leaves(self.about.edit.require))

    @property
    def _reads_diagnoses(self) -> bool:
        """Whether what is not met is read from the claim's diagnoses."""
        for unmet in self.about.unmet(self.about.edit.require, True):
            for name in (unmet.leaf.field, *_keys(self.about.edit, unmet.leaf)):
                known = FIELDS.get(line_field(name))
                if known is not None and "claim.diagnoses" in known.paths:
                    return True
        return False


def _keys(edit: doc.Edit, leaf: doc.Leaf) -> list[str]:
    """The fields that a look-up is asked with, for a condition on what it found."""
    lookup = edit.lookup.get(leaf.field.partition(".")[0])
    return [] if lookup is None else [item.name for item in lookup.keys.values() if isinstance(item, doc.FieldRef)]


def _alone(one: _Found, other: _Found, place: int) -> bool:
    """Whether two of a kind differ at most in this change."""
    return all(a.value == b.value for n, (a, b) in enumerate(zip(one.trials, other.trials, strict=True)) if n != place)


def _different(trial: Trial, values: Iterable[Stored]) -> Iterator[Stored]:
    """The values other than a trial's, each once; the order of modifiers added makes none another."""
    seen = {_sorted(trial, trial.value)}
    for value in values:
        if _sorted(trial, value) not in seen:
            seen.add(_sorted(trial, value))
            yield value


def _sorted(trial: Trial, value: Stored) -> object:
    return tuple(sorted(map(str, value))) if trial.kind == "added" and isinstance(value, tuple) else value


def closure(ruleset: Ruleset, edit: doc.Edit) -> frozenset[str]:
    """The edit, and every edit that may silence it."""
    found: set[str] = set()
    left = [edit.edit.text]
    while left:
        name = left.pop()
        if name not in found:
            found.add(name)
            left += [each.text for each in ruleset.edits[name].after]
    return frozenset(found)
