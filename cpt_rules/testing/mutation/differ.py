"""A claim that tells a mutant apart: one on which an edit has another outcome than in the ruleset as it is.

Looked for around the claims of the inline tests: each of them with one thing changed that a condition of the edit asks, on
the days and for the payers where something changes, then some of these with one more change of what was mutated.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain, islice, zip_longest

from attrs import define, evolve, field, frozen

from cpt_rules.engine import Engine
from cpt_rules.fields import FIELDS
from cpt_rules.language import documents as doc
from cpt_rules.ruleset.ruleset import Ruleset
from cpt_rules.ruleset.typing import line_field
from cpt_rules.testing.building import TODAY, CannotBuild, build_claim
from cpt_rules.testing.cases import Case
from cpt_rules.testing.inline import outcome, supposed, with_causes
from cpt_rules.testing.mutation.kill import Tests
from cpt_rules.testing.mutation.mutant import Mutant
from cpt_rules.testing.reach.assign import assign
from cpt_rules.testing.reach.distance import Obstacle
from cpt_rules.testing.reach.moves import Moves, line_of
from cpt_rules.testing.reach.plans import Tools, bench
from cpt_rules.testing.reach.seen import Seen
from cpt_rules.testing.reach.smaller import smaller
from cpt_rules.testing.reach.suppose import Suppositions
from cpt_rules.testing.written import as_given

#: The stated effort for one edit: claims with one change, claims with two, different suppositions; and edits looked at.
ONE_CHANGE, TWO_CHANGES, SUPPOSITIONS, EDITS = 1000, 1200, 24, 3
_PER_LEAF = 60
_SUPPOSED = 8
_STARTS = 30
_FROM = 60
_DAYS = 12
_TRIES = 3
_MOST_KEPT = 20_000


@frozen
class Witness:
    """A claim on which an edit has one outcome, and another on a mutant. `on` is the number of the line; 1 for a claim."""

    edit: str
    case: Case
    on: int
    outcome: str
    mutated: str


@define(eq=False)
class Scrubbed:
    """The outcomes of one edit in a ruleset, on every place of a case. Engines are kept while there is room."""

    ruleset: Ruleset
    edit: doc.Edit
    _engines: dict[object, Engine] = field(factory=dict)

    def outcomes(self, case: Case) -> tuple[str, ...]:
        """The outcome on each line, or on the claim alone."""
        report = self._engine(case).scrub(case.claim)
        places = (None,) if self.edit.each == "claim" else range(len(case.claim.lines))
        return tuple(outcome(report, self.edit.edit.text, place)[0] for place in places)

    def look(self, case: Case) -> tuple[bytes, ...]:
        """What there is to see of the edit and of those that may silence it; where it is the same, so are the outcomes."""
        outcomes = self._engine(case).scrub(case.claim).outcomes
        return tuple(bytes(code for code in codes if code) for _, codes in outcomes)

    def _engine(self, case: Case) -> Engine:
        key = supposition(case)
        if key not in self._engines:
            if len(self._engines) > 2 * SUPPOSITIONS:
                self._engines.clear()
            ruleset = self.ruleset
            if case.knowledge or case.rows:
                own = self.edit.source
                ruleset = supposed(ruleset, case.supposed, dict(case.rows), case.claim, own, self.edit.mark)
            select = with_causes(ruleset, self.edit)
            self._engines[key] = Engine(ruleset, as_of=TODAY, select=select)
        return self._engines[key]


def supposition(case: Case) -> object:
    """What of a case the ruleset depends on."""
    profiled = any(name.startswith("profile.") for name, _ in case.knowledge)
    codes = tuple(line.code for line in case.claim.lines) if profiled else ()
    return case.knowledge, case.rows, codes


@define(eq=False)
class Around:
    """Claims around the tests of one edit. They are made when they are asked for, and kept with how they look."""

    tools: Tools
    starts: tuple[Case, ...]
    before: Scrubbed
    _made: list[Case] = field(factory=list)
    _making: Iterator[Case] | None = None
    _looks: dict[Case, tuple[bytes, ...]] = field(factory=dict)

    def look(self, case: Case) -> tuple[bytes, ...]:
        if case not in self._looks:
            if len(self._looks) > _MOST_KEPT:
                self._looks.clear()
            self._looks[case] = self.before.look(case)
        return self._looks[case]

    def all(self, mutant: Mutant) -> Iterator[Case]:
        """The tests' own claims, then what was mutated changed in each, then anything, then what was mutated once more."""
        leaves = self._own(mutant)
        yield from self.starts
        yield from chain(*(self._hinted(start, leaves, mutant) for start in self.starts[:_STARTS]))
        ways = (self._against(start, leaf) for start in self.starts for leaf in leaves)
        yield from islice(self._few(chain(*zip_longest(*ways))), ONE_CHANGE)
        yield from self._kept()
        step = max(1, len(self._made) // _FROM)
        nearer = (self._against(start, leaf) for start in self._made[::step] for leaf in leaves)
        yield from islice(self._few(chain(*zip_longest(*nearer))), TWO_CHANGES)

    def _kept(self) -> Iterator[Case]:
        """In turn what each condition leads to from each test."""
        place = 0
        while place < ONE_CHANGE:
            if place == len(self._made):
                if self._making is None:
                    ways = (self.changed(start, self.tools.leaves) for start in self.starts)
                    self._making = self._few(chain(*zip_longest(*ways)))
                case = next(self._making, None)
                if case is None:
                    return
                self._made.append(case)
            yield self._made[place]
            place += 1

    def _few(self, cases: Iterable[Case | None]) -> Iterator[Case]:
        """Each case once, those that suppose something as long as they do not suppose too many different things."""
        seen: set[Case] = set()
        suppositions: set[object] = set()
        for case in cases:
            if case is None or case in seen:
                continue
            seen.add(case)
            if case.knowledge or case.rows:
                key = supposition(case)
                if key not in suppositions and len(suppositions) >= SUPPOSITIONS:
                    continue
                suppositions.add(key)
            yield case

    def _own(self, mutant: Mutant) -> tuple[doc.Leaf, ...]:
        """The conditions of the mutant that are this edit's."""
        own = {id(leaf) for leaf in self.tools.leaves}
        return tuple(leaf for leaf in mutant.leaves if id(leaf) in own)

    def changed(self, start: Case, leaves: tuple[doc.Leaf, ...]) -> Iterator[Case]:
        """The case with one thing changed, that one of these conditions asks; then on other days, for other payers."""
        ways = [self._against(start, leaf) for leaf in leaves]
        rest = (case for option in chain(self.tools.moves.days(), self.tools.moves.payers()) for case in option(start))
        yield from (case for case in chain(*zip_longest(*ways, rest)) if case is not None)

    def _against(self, start: Case, leaf: doc.Leaf) -> Iterator[Case]:
        """The case with something changed that a condition asks: of the claim, or of what is supposed to be known."""
        seen = self.tools.judge.seen(start)
        if seen is None:
            return
        obstacle: Obstacle = (leaf, "true")
        yield from islice(self.tools.moves.against(start, seen, obstacle), _PER_LEAF)
        yield from islice(Suppositions(_Still(self.tools.pools)).against(start, seen, obstacle), _SUPPOSED)

    def _hinted(self, start: Case, leaves: tuple[doc.Leaf, ...], mutant: Mutant) -> Iterator[Case]:
        """Cases in which a field holds what the mutant is about, today and on other days."""
        seen = self.tools.judge.seen(start)
        named = dict.fromkeys(leaf.field for leaf in leaves if line_field(leaf.field) in FIELDS)
        names = list(named) or (["line.code"] if self.tools.edit.each != "claim" else [])
        for name in names if seen is not None and mutant.values else ():
            own = line_field(name)
            for value in mutant.values:
                wish = (value,) if FIELDS[own].many else value
                index = line_of(seen, name) if seen is not None else 0
                for claim in islice(assign(start.claim, index, own, wish), 1):
                    case = start.of(claim)
                    yield case
                    for option in islice(self.tools.moves.days(), _DAYS):
                        yield from islice(option(case), 1)


class _Still(Moves):
    """No change of the claim itself."""

    def against(self, case: Case, seen: Seen, obstacle: Obstacle) -> Iterator[Case]:
        return iter(())


@define(eq=False)
class Finder:
    """Looks for claims that tell mutants of a ruleset apart, on starter tables alone."""

    ruleset: Ruleset
    tests: Tests
    _around: dict[str, Around] = field(factory=dict)

    def find(self, mutant: Mutant) -> Witness | None:
        """The smallest claim found with the stated effort; None where there was none."""
        for edit in mutant.edits[:EDITS]:
            found = self._of(edit, mutant)
            if found is not None:
                return found
        return None

    def _of(self, id: str, mutant: Mutant) -> Witness | None:
        around = self._claims(id)
        after = Scrubbed(evolve(mutant.ruleset, store=around.before.ruleset.store), mutant.ruleset.edits[id])
        telling = (case for case in around.all(mutant) if self._tells(case, around, after))
        written = None
        for case in islice(telling, _TRIES):
            less = self._smallest(case, around, after)
            witness = _witness(id, less, around, after)
            if as_given(less, self.ruleset.payers) is not None:
                return witness
            written = written or witness
        return written

    def _smallest(self, case: Case, around: Around, after: Scrubbed) -> Case:
        """The case without what it does not need to tell."""
        while True:
            shorter = smaller(case, around.tools.pools)
            less = next((each for each in shorter if self._tells(each, around, after)), None)
            if less is None:
                return case
            case = less

    def _tells(self, case: Case, around: Around, after: Scrubbed) -> bool:
        if not case.claim.lines or around.look(case) == after.look(case):
            return False
        return around.before.outcomes(case) != after.outcomes(case)

    def _claims(self, id: str) -> Around:
        if id not in self._around:
            if len(self._around) > 2 * EDITS:
                self._around.clear()
            base = bench(self.ruleset, TODAY, None, starters=True)
            tools = base.tools(id)
            starts = dict.fromkeys(chain(self._given(id), tools.starts))
            self._around[id] = Around(tools, tuple(starts), Scrubbed(base.ruleset, self.ruleset.edits[id]))
        return self._around[id]

    def _given(self, id: str) -> Iterator[Case]:
        """What the tests of an edit give, those of today and of no client."""
        for each in self.tests.of(id):
            given = each.test.given
            if given.as_of in (None, TODAY) and given.client is None:
                try:
                    yield Case(build_claim(given), tuple(given.knowledge.items()), tuple(given.rows.items()))
                except CannotBuild:
                    continue


def _witness(id: str, case: Case, around: Around, after: Scrubbed) -> Witness:
    pairs = zip(around.before.outcomes(case), after.outcomes(case), strict=True)
    on, (before, now) = next((place, each) for place, each in enumerate(pairs, 1) if each[0] != each[1])
    return Witness(id, case, on, before, now)
