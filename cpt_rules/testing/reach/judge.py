"""One edit of a ruleset and the outcome wanted of it: how far a case is from it, and what stands in the way.

The place that counts is the first line, of a pair the second of the first two, of an edit on the claim the claim.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Any, Literal

from attrs import define, field

from cpt_rules.engine import Engine
from cpt_rules.engine.reference_places import Place, places
from cpt_rules.finding import Outcome, Report
from cpt_rules.language import documents as doc
from cpt_rules.language.conditions import leaves
from cpt_rules.reading import View
from cpt_rules.ruleset.payers import PayerIndex, chain
from cpt_rules.ruleset.ruleset import Ruleset
from cpt_rules.testing.cases import Case
from cpt_rules.testing.inline import outcome, supposed, with_causes
from cpt_rules.testing.reach.distance import NEVER, Given, Never, Obstacle, Part, Want, distance, meets, obstacles
from cpt_rules.testing.reach.remembered import Remembered, RememberedSetting
from cpt_rules.testing.reach.seen import Seen

Goal = Literal["pass", "warn", "fail", "not checked", "not applicable", "silenced"]
#: Further parts of the edit with the truth that is wanted of each, such as one branch of `any`.
Also = tuple[tuple[Part, Want], ...]

_SPEAKING = (Outcome.WARN, Outcome.FAIL, Outcome.NOT_CHECKED)
_MOST_KEPT = 2000
#: The weight of what an edit that comes before says: first the edit's own conditions, then quiet before it.
_CAUSE = 0.3


@define(eq=False, slots=False)
class Judge:
    """The judge of one edit."""

    ruleset: Ruleset
    edit: doc.Edit
    as_of: dt.date
    client: str | None
    _engines: dict[object, Engine] = field(factory=dict)
    _rulesets: dict[object, Ruleset] = field(factory=dict)
    _known: dict[object, Remembered] = field(factory=dict)
    _seen: dict[Case, Seen | None] = field(factory=dict)

    @property
    def place(self) -> int | None:
        """The line whose outcome counts, by its place in the claim; None: the claim itself."""
        return {"claim": None, "pair": 1, "later-pair": 1}.get(self.edit.each, 0)

    def outcome(self, case: Case) -> str:
        """The outcome of the edit on the place that counts, as the direct engine finds it."""
        if self.place is not None and self.place >= len(case.claim.lines):
            return Outcome.NOT_APPLICABLE.label
        return outcome(self._scrub(case, None), self.edit.edit.text, self.place)[0]

    def told(self, case: Case) -> Ruleset:
        """The ruleset with what the case supposes."""
        if not case.knowledge and not case.rows:
            return self.ruleset
        key = _supposition(case)
        if key not in self._rulesets:
            _make_room(self._rulesets)
            known, rows = case.supposed, dict(case.rows)
            self._rulesets[key] = supposed(self.ruleset, known, rows, case.claim, self.edit.source, self.edit.mark)
        return self._rulesets[key]

    def _scrub(self, case: Case, only: str | None) -> Report:
        """The report of this edit with those that may silence it, or of one edit alone."""
        key = (_supposition(case), only)
        if key not in self._engines:
            _make_room(self._engines)
            ruleset = self.told(case)
            select = with_causes(ruleset, self.edit) if only is None else {only}
            self._engines[key] = Engine(ruleset, as_of=self.as_of, client=self.client, select=select)
        return self._engines[key].scrub(case.claim)

    def forget(self) -> None:
        """Lets go of what was kept for a search."""
        self._seen.clear()
        self._known.clear()
        self._rulesets.clear()
        self._engines.clear()

    # ---- how far, and what stands in the way -----------------------------------------------------------------------

    def distance(self, case: Case, goal: Goal, also: Also = (), never: Never | None = None) -> float:
        """0 where the conditions of the edit, and of those that may silence it, are as the outcome needs them.

        At least `NEVER` where that needs a condition to have a truth that it can `never` have.
        """
        seen = self.seen(case)
        if seen is None:
            return 0.0 if goal == "not applicable" and not also else NEVER
        total = min(_far(seen, way, never) for way in _WAYS[goal])
        total += sum(distance(part, want, seen.truth, never) for part, want in also)
        if goal == "silenced":
            total += min((self._voice(case, name.text, _SPEAKS, never) for name in self.edit.after), default=NEVER)
        elif goal != "not applicable":
            total += sum(_CAUSE * (1 + self._voice(case, cause, _QUIET, never)) for cause in self._speaking(case))
        return total

    def obstacles(self, case: Case, goal: Goal, also: Also = ()) -> Iterator[tuple[Seen, Obstacle]]:
        """The conditions that are not as the outcome needs them, each once."""
        seen = self.seen(case)
        if seen is None:
            return
        asked = [(seen, part, want) for way in _WAYS[goal] for part, want in _parts(seen, way)]
        asked += [(seen, part, want) for part, want in also]
        if goal == "silenced":
            asked += [each for name in self.edit.after for each in self._asked(case, name.text, _SPEAKS)]
        elif goal != "not applicable":
            asked += [each for cause in self._speaking(case) for each in self._asked(case, cause, _QUIET)]
        found: dict[object, tuple[Seen, Obstacle]] = {}
        for at, part, want in asked:
            for obstacle in obstacles(part, want, at.truth):
                found.setdefault((id(obstacle[0]), obstacle[1]), (at, obstacle))
        yield from found.values()

    def removes(self, case: Case, seen: Seen, obstacle: Obstacle) -> bool:
        """Whether what stood in the way, as it was seen in another case, is as wanted in this one."""
        here = self.seen(case)
        if here is None:
            return False
        part, want = obstacle
        if seen.edit is not self.edit:
            same = (each for each in places(here.setting.view, seen.edit.each) if each.lines == seen.place.lines)
            place = next(same, None)
            if place is None:
                return True
            here = self._look(case, seen.edit, place, here.setting.view)
        if isinstance(part, doc.Leaf):
            return meets(here.truth(part), want)
        if part.what == "severity":
            return here.fails is not seen.fails
        return any(meets(each.truth, want) for each in here.givens if each.what == part.what)

    def sight(self, case: Case) -> object:
        """How the case looks to the edit: cases that look the same are as good as each other."""
        seen = self.seen(case)
        if seen is None:
            return None
        truths = tuple(seen.truth(leaf) for leaf in self._leaves)
        return truths, tuple(each.truth for each in seen.givens), seen.fails, tuple(self._speaking(case))

    @cached_property
    def _leaves(self) -> tuple[doc.Leaf, ...]:
        edit = self.edit
        changes = [each.edits[edit.edit.text].unless for each in self.ruleset.overlays if edit.edit.text in each.edits]
        return tuple(leaf for part in (*parts_of(edit), *changes) for leaf in leaves(part))

    # ---- edits that come before ------------------------------------------------------------------------------------

    def _speaking(self, case: Case) -> list[str]:
        """The edits that silence this one: those that have spoken, not those that were silenced in their turn."""
        seen = self.seen(case)
        if seen is None:
            return []
        found = [root for name in self.edit.after for root in self._roots(case, name.text, seen.place.lines)]
        return list(dict.fromkeys(found))

    def _roots(self, case: Case, edit: str, lines: tuple[int, ...]) -> list[str]:
        """The edit itself if it speaks on the claim or one of these lines, else what silences it there."""
        codes = self._codes(case, edit, lines)
        if not codes:
            return []
        earlier = [root for name in self.ruleset.edits[edit].after for root in self._roots(case, name.text, lines)]
        return earlier or ([edit] if any(code in _SPEAKING for code in codes) else [])

    def _codes(self, case: Case, edit: str, lines: tuple[int, ...]) -> list[int]:
        """The outcomes of an edit alone on the claim and on these lines, where it applies."""
        outcomes = self._scrub(case, edit).outcomes
        whole = self.ruleset.edits[edit].each == "claim"
        numbers = [0] if whole else [line + 1 for line in lines] or range(1, len(outcomes))
        return [code for number in numbers for code in outcomes[number][1] if code != Outcome.NOT_APPLICABLE]

    def _voice(self, case: Case, edit: str, ways: tuple[Way, ...], never: Never | None) -> float:
        """How far an edit that comes before is from one of the ways, where it concerns this one."""
        found = [min(_far(each, way, never) for way in ways) for each in self._of(case, edit)]
        return sum(found) if ways is _QUIET else min(found, default=NEVER)

    def _asked(self, case: Case, edit: str, ways: tuple[Way, ...]) -> Iterator[tuple[Seen, Part, Want]]:
        for each in self._of(case, edit):
            yield from ((each, part, want) for way in ways for part, want in _parts(each, way))

    def _of(self, case: Case, edit: str) -> Iterator[Seen]:
        """An edit that comes before, in the places that concern this one."""
        seen = self.seen(case)
        if seen is not None:
            other, lines = self.ruleset.edits[edit], seen.place.lines
            for place in places(seen.setting.view, other.each):
                if place.each == "claim" or not lines or set(place.owners) & set(lines):
                    yield self._look(case, other, place, seen.setting.view)

    # ---- the reference engine's view -------------------------------------------------------------------------------

    def seen(self, case: Case) -> Seen | None:
        """The edit on the place that counts; None where there is no such place."""
        if case not in self._seen:
            _make_room(self._seen)
            view = View(case.claim, self.as_of)
            first = next((each for each in places(view, self.edit.each) if self._counts(each)), None)
            self._seen[case] = None if first is None else self._look(case, self.edit, first, view)
        return self._seen[case]

    def _counts(self, place: Place) -> bool:
        if place.each in ("pair", "later-pair"):
            return place.lines == (0, 1)
        return place.lines[:1] in ((), (0,))

    def _look(self, case: Case, edit: doc.Edit, place: Place, view: View) -> Seen:
        ruleset = self.told(case)
        match = self._index.match(case.claim.payer)  # suppositions change nothing of how payers are recognised
        links = chain(ruleset, match, self.client)
        chained = tuple((each.overlay.overlay.text, each.undecided) for each in links)
        key = (id(ruleset), match, chained, place.date)
        if key not in self._known:
            _make_room(self._known)
            self._known[key] = Remembered(ruleset, links, place.date)
        known = self._known[key]
        presumed = frozenset(name.text for name in edit.presume)
        setting = RememberedSetting(known, view, place.bound(view), match, presumed, edit.lookup)
        return Seen(edit, place, setting, known.edit_state(edit, match))

    @cached_property
    def _index(self) -> PayerIndex:
        return PayerIndex.of(self.ruleset)


def parts_of(edit: doc.Edit) -> tuple[doc.Clause, ...]:
    """The clauses of an edit."""
    own = (edit.when, edit.unless, edit.require)
    return own if edit.fail_when is None else (*own, edit.fail_when)


def _supposition(case: Case) -> object:
    profiled = any(name.startswith("profile.") for name, _ in case.knowledge)
    codes = tuple(line.code for line in case.claim.lines) if profiled else ()
    return case.knowledge, case.rows, codes


def _make_room(kept: dict[Any, Any]) -> None:
    if len(kept) >= _MOST_KEPT:
        kept.clear()


# ---- what an outcome needs -----------------------------------------------------------------------------------------

#: What is wanted of `applies`, of `require`, and whether it has to fail; None: it does not matter.
Way = tuple[Want | None, Want | None, bool | None]

_WAYS: Mapping[Goal, tuple[Way, ...]] = {
    "pass": (("true", "true", None),),
    "warn": (("true", "false", False),),
    "fail": (("true", "false", True),),
    "not checked": (("unknown", None, None), ("true", "unknown", None)),
    "not applicable": (("false", None, None),),
    "silenced": (("not false", None, None),),
}
_QUIET: tuple[Way, ...] = (("false", None, None), ("true", "true", None))
_SPEAKS: tuple[Way, ...] = (("true", "false", None), ("unknown", None, None), ("true", "unknown", None))


def _parts(seen: Seen, way: Way) -> Iterator[tuple[Part, Want]]:
    applies, require, fails = way
    if applies is not None:
        yield seen.applies, applies
    if require is not None:
        yield seen.edit.require, require
    if fails is not None and fails is not seen.fails:
        if seen.edit.fail_when is not None:
            yield seen.edit.fail_when, "true" if fails else "not true"
        yield Given("severity", None), "true"


def _far(seen: Seen, way: Way, never: Never | None) -> float:
    applies, require, fails = way
    total = 0.0
    if applies is not None:
        total += distance(seen.applies, applies, seen.truth, never)
    if require is not None:
        total += distance(seen.edit.require, require, seen.truth, never)
    if fails is not None and fails is not seen.fails:
        clause = seen.edit.fail_when
        far = NEVER if clause is None else distance(clause, "true" if fails else "not true", seen.truth, never)
        total += 1.0 + (min(far, 3.0) if far < NEVER else 0.0)
    return total
