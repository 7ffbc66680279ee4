"""For an edit and an outcome: cases that have it, one for every branch of `any` that can be met, the simplest first."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from functools import cached_property

from attrs import define, evolve, field, frozen

from cpt_rules.engine.reference_explain import leaf_text
from cpt_rules.language import documents as doc
from cpt_rules.ruleset.ruleset import Ruleset
from cpt_rules.ruleset.satisfiable import any_groups
from cpt_rules.tables.store import Tables
from cpt_rules.testing.cases import Case
from cpt_rules.testing.inline import with_causes
from cpt_rules.testing.reach.closed import Closed
from cpt_rules.testing.reach.judge import Also, Goal, Judge, parts_of
from cpt_rules.testing.reach.moves import Moves
from cpt_rules.testing.reach.pools import Pools, Shelf
from cpt_rules.testing.reach.possible import impossible
from cpt_rules.testing.reach.search import Search, simplest
from cpt_rules.testing.reach.seen import Seen
from cpt_rules.testing.reach.smaller import size
from cpt_rules.testing.reach.suppose import Suppositions

#: A search for a branch starts from a case that has the outcome, and so is short.
_STEPS_TO_A_BRANCH = 6
_IDLE = 2
_PER_STEP = 150
_TWICE = 300


class Unreachable(ValueError):
    """No claim was found on which the edit has the outcome; the message says why, or what stood in the way."""


@frozen(repr=False)
class Plan:
    """Cases on which an edit has an outcome, the simplest first."""

    tools: Tools
    goal: Goal
    cases: tuple[Case, ...]

    def __repr__(self) -> str:
        """Short: Hypothesis writes strategies out, and a ruleset is long."""
        return f"{self.tools.edit.edit.text} {self.goal}"

    def reaches(self, case: Case) -> bool:
        return self.tools.judge.outcome(case) == self.goal


@define(eq=False, slots=False)
class Tools:
    """What is needed to look for claims for one edit."""

    ruleset: Ruleset
    edit: doc.Edit
    judge: Judge
    pools: Pools
    moves: Moves
    _plans: dict[tuple[Goal, bool], Plan | Unreachable] = field(factory=dict)

    @cached_property
    def starts(self) -> tuple[Case, ...]:
        return tuple(simplest(self.edit, self.pools))

    @cached_property
    def leaves(self) -> tuple[doc.Leaf, ...]:
        """The conditions of the edit itself, those that overlays add included."""
        return tuple(leaf for edit, leaf in self.pools.leaves if edit is self.edit)

    @cached_property
    def _closed(self) -> Closed:
        return Closed(self.pools)

    def plan(self, goal: Goal, suppose: bool) -> Plan:
        """The plan for an outcome. Raises `Unreachable`."""
        key = (goal, suppose)
        if key not in self._plans:
            try:
                self._plans[key] = self._planned(goal, suppose)
            except Unreachable as none:
                self._plans[key] = none
            self.judge.forget()
        found = self._plans[key]
        if isinstance(found, Unreachable):
            raise Unreachable(str(found))
        return found

    def _planned(self, goal: Goal, suppose: bool) -> Plan:
        why = impossible(self.ruleset, self.edit, goal)
        if why is not None:
            raise Unreachable(f"{self.edit.edit.text} can never be {_WORDS[goal]}: {why}")
        search = self._search(goal, False)
        first = search.run(self.starts)
        if first is None and suppose:
            search = self._search(goal, True)
            first = search.run(self.starts)
        if first is None:
            raise Unreachable(self._in_the_way(search))
        found = {first: None}
        for branch in self._branches():
            if not any(self.judge.distance(case, goal, branch) == 0 for case in found):
                other = self._search(goal, bool(first.knowledge or first.rows), branch).run(found)
                found |= {} if other is None else {other: None}
        return Plan(self, goal, tuple(sorted(found, key=lambda case: size(case, self.pools))))

    def _search(self, goal: Goal, suppose: bool, also: Also = ()) -> Search:
        moves = Suppositions(self.moves) if suppose else self.moves
        never = None if suppose else self._closed
        if also:
            few = (_STEPS_TO_A_BRANCH, _IDLE, _PER_STEP)
            return Search(self.judge, moves, self.pools, goal, also, *few, never, _TWICE)
        return Search(self.judge, moves, self.pools, goal, never=never)

    def _branches(self) -> Iterator[Also]:
        for part in parts_of(self.edit):
            for group in any_groups(part):
                yield from (((branch, "true"),) for branch in group.clauses)

    def _in_the_way(self, search: Search) -> str:
        """What no change of a claim could make as the outcome needs it."""
        what = f"no claim was found on which {self.edit.edit.text} is {_WORDS[search.goal]}"
        told = dict.fromkeys(
            _told(at, part, want) for at, (part, want) in search.stuck.values() if isinstance(part, doc.Leaf)
        )
        return f"{what}; what no claim made so: {'; '.join(told)}" if told else what


def _told(at: Seen, leaf: doc.Leaf, want: str) -> str:
    missing = at.setting.missing(leaf) if at.truth(leaf) is None else []
    there = f", unknown for want of {', '.join(missing)}" if missing else ""
    return f"`{leaf_text(leaf)}` {want}{there}"


_WORDS: dict[str, str] = {"pass": "passed", "warn": "a warning", "fail": "failed"} | {
    word: word for word in ("not checked", "not applicable", "silenced")
}


@define(eq=False, repr=False)
class Bench:
    """The tools for every edit of a ruleset on one day, made when they are asked for.

    With `starters` no imported table answers, as in inline tests. `of` is the ruleset it was made of.
    """

    of: Ruleset
    as_of: dt.date
    client: str | None
    starters: bool
    ruleset: Ruleset
    shelf: Shelf
    _tools: dict[str, Tools] = field(factory=dict)

    def __repr__(self) -> str:
        """Short, as that of `Plan`."""
        return f"ruleset {self.of.version}"

    def tools(self, id: str) -> Tools:
        if id not in self._tools:
            edit = self.ruleset.edits[id]
            causes = sorted(with_causes(self.ruleset, edit) - {id})
            pools = Pools(self.shelf, (edit, *(self.ruleset.edits[name] for name in causes)))
            judge = Judge(self.ruleset, edit, self.as_of, self.client)
            self._tools[id] = Tools(self.ruleset, edit, judge, pools, Moves(pools))
        return self._tools[id]


_benches: list[Bench] = []
_MOST_BENCHES = 6


def bench(ruleset: Ruleset, as_of: dt.date, client: str | None, *, starters: bool = False) -> Bench:
    """The bench of a ruleset; the last few that were asked for are kept."""
    for each in _benches:
        if each.of is ruleset and (each.as_of, each.client, each.starters) == (as_of, client, starters):
            return each
    used = evolve(ruleset, store=Tables(None, ruleset.store.starters)) if starters else ruleset
    found = Bench(ruleset, as_of, client, starters, used, Shelf(used, as_of))
    _benches.append(found)
    del _benches[:-_MOST_BENCHES]
    return found
