"""Claims judged by two rulesets, and every outcome that differs."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Iterator, Mapping
from functools import cached_property

from attrs import define, field, frozen

from cpt_rules.claim import Claim
from cpt_rules.engine import Engine
from cpt_rules.finding import Finding, Outcome, Report
from cpt_rules.ruleset.compare import Comparison, compare_rulesets
from cpt_rules.ruleset.compare.reads import silencers
from cpt_rules.ruleset.ruleset import Ruleset
from cpt_rules.testing.outcomes.hybrids import Ids
from cpt_rules.testing.outcomes.model import Because, OutcomeChange, Side
from cpt_rules.testing.outcomes.why import Asked, Why

#: An edit on a line or on the claim: its id in the new ruleset, the place of the line, that of the other line of a pair.
Key = tuple[str, int | None, int | None]
_PAIRS = frozenset(("pair", "later-pair"))


def changed_outcomes(
    old: Ruleset,
    new: Ruleset,
    claims: Iterable[Claim],
    *,
    as_of: dt.date | None = None,
    client: str | None = None,
) -> Iterator[OutcomeChange]:
    """Every outcome that differs on these claims, claim by claim, with the changes that make it so.

    Claims are looked at one at a time and none is kept. `as_of` is the day called today for both (default: today). A
    client for whom only one of the rulesets has overlays is none to the other; where neither has, raises `ValueError`.
    """
    differ = Differ(old, new, as_of=as_of or dt.date.today(), client=client)
    for n, claim in enumerate(claims, 1):
        yield from differ.of(n, claim)


@frozen
class _Pass:
    """Engines of both rulesets for some edits, `ids` (others run because they may silence those).

    `counts` are how many edits on the claim, on lines and on days run, where both rulesets run the same ones. `pairs`:
    all of `ids` are on pairs, in both.
    """

    engines: tuple[Engine, Engine]
    ids: frozenset[str]
    counts: tuple[int, int, int] | None
    pairs: bool

    def alike(self, old: Report, new: Report) -> bool:
        """Whether nothing differs, where that is seen without asking for findings.

        A line has one code for each edit on lines, and where an edit on days applies one for each of those; with codes of
        pairs it cannot be seen which pairs they are of.
        """
        if self.counts is None or len(old.outcomes) != len(new.outcomes):
            return False
        of_claim, of_lines, of_days = self.counts
        lengths = (of_lines,) if self.pairs else (of_lines, of_lines + of_days)
        for (line, codes), (_, others) in zip(old.outcomes, new.outcomes, strict=True):
            if codes != others or len(codes) not in ((of_claim,) if line is None else lengths):
                return False
        return True


@define(eq=False, slots=False)
class Differ:
    """Judges claims by two rulesets. Only edits that a change may touch are run, with those that may silence them."""

    old: Ruleset
    new: Ruleset
    as_of: dt.date
    client: str | None = None
    comparison: Comparison = field()
    _passes: list[_Pass] = field(init=False)
    _why: Why = field(init=False)

    @comparison.default
    def _compared(self) -> Comparison:
        return compare_rulesets(self.old, self.new)

    def __attrs_post_init__(self) -> None:
        clients = [_client(ruleset, self.client) for ruleset in (self.old, self.new)]
        if self.client is not None and clients == [None, None]:
            Engine(self.new, client=self.client)  # raises, with a did-you-mean
        pairs = frozenset(id for id in self.edits if self._binds(id) & _PAIRS)
        alone = frozenset(id for id in self.edits - pairs if not all(map(self._shared, self._causes({id}))))
        parts = (self.edits - pairs - alone, alone, pairs)
        self._passes = [self._pass(ids, clients) for ids in parts if ids]
        self._why = Why(self.old, self.new, self.comparison, self.as_of, (clients[0], clients[1]))

    @cached_property
    def _former(self) -> Mapping[str, str]:
        """The ids of renamed edits in the old ruleset, by those in the new one."""
        return {each.id: each.formerly for each in self.comparison.changes if each.formerly is not None}

    @cached_property
    def edits(self) -> frozenset[str]:
        """The edits that are run, by their ids in the new ruleset (those it does not have, in the old one)."""
        today = {former: id for id, former in self._former.items()}
        found = set(self.comparison.edits)
        while True:
            more = {*found, *silencers(self.new.edits, found)}
            old = silencers(self.old.edits, {self._former.get(id, id) for id in more})
            more |= {today.get(id, id) for id in old}
            if more == found:
                return frozenset(found)
            found = more

    def _binds(self, id: str) -> set[str]:
        """What an edit is judged on, in either ruleset."""
        both = (self.old.edits.get(self._former.get(id, id)), self.new.edits.get(id))
        return {each.each for each in both if each is not None}

    def _shared(self, id: str) -> bool:
        """Whether both rulesets have an edit, under one id and judged on the same."""
        return id in self.old.edits and id in self.new.edits and len(self._binds(id)) == 1

    def _causes(self, some: Collection[str]) -> frozenset[str]:
        """Some edits, and those that may silence them in either ruleset."""
        found: set[str] = set()
        left = sorted(some)
        while left:
            id = left.pop()
            if id not in found:
                found.add(id)
                both = (self.old.edits.get(self._former.get(id, id)), self.new.edits.get(id))
                left += [self._today(name.text) for each in both if each is not None for name in each.after]
        return frozenset(found)

    def _today(self, former: str) -> str:
        """The id in the new ruleset of an edit by its id in the old one."""
        return next((id for id, name in self._former.items() if name == former), former)

    def _pass(self, ids: frozenset[str], clients: list[str | None]) -> _Pass:
        run = self._causes(ids)
        former = sorted({self._former.get(id, id) for id in run} & {*self.old.edits})
        today = sorted(run & {*self.new.edits})
        engines = (
            Engine(self.old, as_of=self.as_of, client=clients[0], select=former),
            Engine(self.new, as_of=self.as_of, client=clients[1], select=today),
        )
        counts = None
        if former == today and not any(id in self._former for id in today):
            binds = [self.new.edits[id].each for id in today]
            if binds == [self.old.edits[id].each for id in former]:
                counts = (binds.count("claim"), binds.count("line"), binds.count("day"))
        return _Pass(engines, ids, counts, all(self._binds(id) <= _PAIRS for id in ids))

    # ---- one claim -------------------------------------------------------------------------------------------------

    def of(self, n: int, claim: Claim) -> tuple[OutcomeChange, ...]:
        """What differs on claim number `n`: claim level first, then by line, edit and other line."""
        old: dict[Key, Finding | str] = {}
        new: dict[Key, Finding | str] = {}
        payers: tuple[str | None, str | None] = (None, None)
        for each in self._passes:
            if each.pairs and len(claim.lines) < 2:
                continue
            before, after = (engine.scrub(claim) for engine in each.engines)
            payers = (before.payer, after.payer)
            if not each.alike(before, after):
                old |= self._outcomes(before, each.ids, old=True)
                new |= self._outcomes(after, each.ids, old=False)
        changed = [key for key in {**old, **new} if _status(old, key) != _status(new, key)]
        if not changed:
            return ()
        made: dict[Key, OutcomeChange] = {}
        for key in changed:
            self._make(n, claim, key, (old, new), payers, made)
        return tuple(made[key] for key in sorted(changed, key=_order))

    def differs(self, claim: Claim, edit: str) -> bool:
        """Whether the outcome of an edit differs anywhere on a claim."""
        return any(each.edit == edit for each in self.of(1, claim))

    def _outcomes(self, report: Report, ids: frozenset[str], old: bool) -> dict[Key, Finding | str]:
        """Findings, and for silenced edits their cause; those of the old ruleset under the ids of the new one."""
        today = {former: id for id, former in self._former.items()} if old else {}
        found: dict[Key, Finding | str] = {}
        for each in report.findings:
            found[today.get(each.edit, each.edit), each.index, each.with_index] = each
        for silent in report.silenced:
            cause = today.get(silent.cause, silent.cause)
            found[today.get(silent.edit, silent.edit), silent.index, silent.with_index] = cause
        return {key: each for key, each in found.items() if key[0] in ids}

    # ---- one outcome -----------------------------------------------------------------------------------------------

    def _make(
        self,
        n: int,
        claim: Claim,
        key: Key,
        outcomes: tuple[Mapping[Key, Finding | str], Mapping[Key, Finding | str]],
        payers: tuple[str | None, str | None],
        made: dict[Key, OutcomeChange],
    ) -> OutcomeChange:
        """The change of one outcome; those of the edits that silence it, on one side only, are made before it."""
        if key in made:
            return made[key]
        edit, index, other = key
        ids: Ids = (edit, self._former.get(edit, edit))
        found = [each.get(key) for each in outcomes]
        there = (ids[1] in self.old.edits, ids[0] in self.new.edits)
        sides = [_side(each, payer, here) for each, payer, here in zip(found, payers, there, strict=True)]
        asked = Asked(claim, ids, index, other, sides[0].outcome, sides[1].outcome)
        because: tuple[Because, ...] = ()
        for each in found if there[0] and there[1] else ():  # else it is its own coming or going
            if isinstance(each, str):
                because += self._of_cause(n, claim, key, each, outcomes, payers, made)
        why = self._why.of(asked)
        line = None if index is None else claim.lines[index]
        made[key] = OutcomeChange(
            n=n,
            claim=claim,
            line=None if line is None else line.number,
            index=index,
            with_line=None if other is None else claim.lines[other].number,
            with_index=other,
            code=None if line is None else line.code,
            date=why.date,
            edit=edit,
            old=sides[0],
            new=sides[1],
            because=tuple(dict.fromkeys(because)) or why.because,
            conditions=why.conditions,
            notes=why.notes,
        )
        return made[key]

    def _of_cause(
        self,
        n: int,
        claim: Claim,
        key: Key,
        cause: str,
        outcomes: tuple[Mapping[Key, Finding | str], Mapping[Key, Finding | str]],
        payers: tuple[str | None, str | None],
        made: dict[Key, OutcomeChange],
    ) -> tuple[Because, ...]:
        """Why an edit that silences another one, on one side, says something else on the other."""
        old, new = outcomes
        _, index, other = key
        places = [(index, other), (index, None), (other, None), (None, None)]
        for place in dict.fromkeys(places):
            earlier: Key = (cause, *place)
            if (earlier in old or earlier in new) and _status(old, earlier) != _status(new, earlier):
                return self._make(n, claim, earlier, outcomes, payers, made).because
        return ()


def _status(outcomes: Mapping[Key, Finding | str], key: Key) -> Outcome:
    found = outcomes.get(key)
    if found is None:
        return Outcome.NOT_APPLICABLE
    return Outcome.SILENCED if isinstance(found, str) else found.status


def _side(found: Finding | str | None, payer: str | None, there: bool) -> Side:
    if isinstance(found, Finding):
        return Side(found.status, payer, found.missing, there=there)
    if found is None:
        return Side(Outcome.NOT_APPLICABLE, payer, there=there)
    return Side(Outcome.SILENCED, payer, silenced_by=found, there=there)


def _order(key: Key) -> tuple[int, str, int]:
    edit, index, other = key
    return -1 if index is None else index, edit, -1 if other is None else other


def _client(ruleset: Ruleset, client: str | None) -> str | None:
    """The client, where the ruleset has overlays for it."""
    return client if any(each.applies.client == client for each in ruleset.overlays) else None
