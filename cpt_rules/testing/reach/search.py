"""The search for a case on which an edit has an outcome: from simple claims, against what stands in the way.

Best first: what is nearest to the outcome, then what is smallest. Of cases that look the same to the edit only a few are
followed, so that a search ends soon also where there is nothing to be found.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from decimal import Decimal
from heapq import heappop, heappush
from itertools import islice

from attrs import define, evolve, field

from cpt_rules.claim import Claim, Line
from cpt_rules.language import documents as doc
from cpt_rules.testing.cases import Case
from cpt_rules.testing.reach.distance import NEVER, Never, Obstacle
from cpt_rules.testing.reach.judge import Also, Goal, Judge
from cpt_rules.testing.reach.moves import Moves
from cpt_rules.testing.reach.pools import Pools
from cpt_rules.testing.reach.seen import Seen
from cpt_rules.testing.reach.smaller import size, smaller
from cpt_rules.testing.reach.suppose import Suppositions
from cpt_rules.testing.reach.values import DAY

_MOST_ASIDE = 4
_MOST_TRIED = 2
#: Cases that look the same to the edit, of which no more are followed.
_MOST_ALIKE = 5


def simplest(edit: doc.Edit, pools: Pools) -> Iterator[Case]:
    """The simplest claims: professional and institutional, as many lines as the edit looks at."""
    code = next((value for value in pools.values(edit, _CODES[edit.each]) if isinstance(value, str)), None)
    count = 2 if edit.each in ("pair", "later-pair") else 1
    line = Line(1, code=code, units=Decimal(1), unit_type="UN", date=pools.today)
    lines = tuple(evolve(line, number=number) for number in range(1, count + 1))
    payer = pools.payers[0]
    yield Case(Claim("test", "professional", lines, payer=payer))
    on_wards = tuple(evolve(line, revenue_code="0300") for line in lines)
    yield Case(Claim("test", "institutional", on_wards, bill_type="131", payer=payer))
    if edit.each in ("pair", "later-pair"):  # lines that do not belong together
        apart = (lines[0], evolve(lines[1], date=pools.today - DAY))
        yield Case(Claim("test", "professional", apart, payer=payer))
    elif edit.each == "day":
        no_code = (evolve(on_wards[0], code=None),)
        yield Case(Claim("test", "institutional", no_code, bill_type="131", payer=payer))


_CODES = {"line": "line.code", "claim": "line.code", "pair": "b.code", "later-pair": "b.code", "day": "day.code"}


@define(eq=False)
class Search:
    """One search. `stuck` are the conditions that no change made as they are wanted, where they were first met;
    `nearest` is the case from which it went on last.

    `steps` are taken at most, `idle` of them without coming nearer; `per_step` cases are looked at against one condition,
    `most_twice` where two things change at once.
    A way that needs what can `never` be is not gone.
    """

    judge: Judge
    moves: Moves | Suppositions
    pools: Pools
    goal: Goal
    also: Also = ()
    steps: int = 60
    idle: int = 15
    per_step: int = 400
    never: Never | None = None
    most_twice: int = 1500
    nearest: Case | None = None
    stuck: dict[object, tuple[Seen, Obstacle]] = field(factory=dict)
    _moved: set[object] = field(factory=set)
    _queue: list[tuple[float, int, int, Case]] = field(factory=list)
    _met: set[Case] = field(factory=set)
    _alike: dict[object, int] = field(factory=dict)
    _tried: dict[object, int] = field(factory=dict)

    def run(self, starts: Iterable[Case]) -> Case | None:
        """The first case found, made as small as it can be; None where none was found."""
        found = self._first(starts)
        return None if found is None else self._smallest(found)

    def _first(self, starts: Iterable[Case]) -> Case | None:
        """From each start apart: where one looks near and leads nowhere, the other may be the way."""
        starts = list(starts)
        for case in starts:
            if self._reached(case):
                return case
        for case in starts:
            found = self._from(case)
            if found is not None:
                return found
        return None

    def _from(self, start: Case) -> Case | None:
        self._queue = [(0.0, 0, 0, start)]
        best, left = float("inf"), self.idle
        for _ in range(self.steps):
            if not self._queue or left < 0:
                return None
            far, _, _, case = heappop(self._queue)
            if far >= NEVER:
                self._note(case)
                return None
            left = self.idle if far < best else left - 1
            if far < best:
                best, self.nearest = far, case
            for moved in self._around(case):
                if moved not in self._met and self._reached(moved):
                    return moved
        return None

    def _note(self, case: Case) -> None:
        """Keeps in mind what stands in the way of a case for good."""
        for at, obstacle in self.judge.obstacles(case, self.goal, self.also):
            part, want = obstacle
            if isinstance(part, doc.Leaf) and self.never is not None and self.never(part, want):
                self.stuck.setdefault((id(part), want), (at, obstacle))

    def _reached(self, case: Case) -> bool:
        """Whether the case has the outcome; if not, it is kept in mind."""
        self._met.add(case)
        far = self.judge.distance(case, self.goal, self.also, self.never)
        if far == 0 and self.judge.outcome(case) == self.goal:
            return True
        look = (self.judge.sight(case), far)
        self._alike[look] = self._alike.get(look, 0) + 1
        if self._alike[look] <= _MOST_ALIKE:
            heappush(self._queue, (far, size(case, self.pools), len(self._met), case))
        return False

    def _around(self, case: Case) -> Iterator[Case]:
        for at, obstacle in list(self.judge.obstacles(case, self.goal, self.also)):
            yield from self._steps(case, at, obstacle)

    def _steps(self, case: Case, at: Seen, obstacle: Obstacle) -> Iterator[Case]:
        """Cases without the obstacle, then a few others: a step aside may be needed before the step ahead."""
        aside: list[Case] = []
        gone = False
        for moved in islice(dict.fromkeys(self.moves.against(case, at, obstacle)), self.per_step):
            if self.judge.removes(moved, at, obstacle):
                gone = True
                yield moved
            elif len(aside) < _MOST_ASIDE:
                aside.append(moved)
        key = (id(obstacle[0]), obstacle[1])
        if gone:
            self._moved.add(key)
            self.stuck.pop(key, None)
        elif key not in self._moved:
            self.stuck.setdefault(key, (at, obstacle))
        if not gone and self._tried.get(key, 0) < _MOST_TRIED:  # two steps at once take time
            self._tried[key] = self._tried.get(key, 0) + 1
            both = islice(self.moves.twice(case, at, obstacle), self.most_twice)
            yield from islice((moved for moved in both if self.judge.removes(moved, at, obstacle)), _MOST_ASIDE)
        yield from aside

    def _smallest(self, case: Case) -> Case:
        """The case without what it does not need."""
        while True:
            less = next((each for each in smaller(case, self.pools) if self._still(each)), None)
            if less is None:
                return case
            case = less

    def _still(self, case: Case) -> bool:
        if self.judge.outcome(case) != self.goal:
            return False
        return not self.also or self.judge.distance(case, self.goal, self.also) == 0
