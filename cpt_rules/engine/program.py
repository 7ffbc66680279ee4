"""The edits of one binding under one context, ready to run, and what becomes of their outcomes."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from graphlib import TopologicalSorter

from attrs import define, field, frozen

from cpt_rules.claim import Claim, Line
from cpt_rules.engine.compile import Judge
from cpt_rules.engine.detail import Scene, finding_of, missing
from cpt_rules.engine.prepare import Plan
from cpt_rules.fields import FIELDS
from cpt_rules.finding import Finding, Outcome, Silenced
from cpt_rules.language import documents as doc
from cpt_rules.reading import View
from cpt_rules.ruleset.payers import PayerMatch

_QUIET = frozenset({0, 3})  # Outcome.NOT_APPLICABLE, Outcome.PASS


@frozen
class After:
    """An edit and the edits that silence it: its place, and of each cause the id, the place and the level.

    Level 0 are the edits of the same binding; 1 those on the claim, 2 those on its lines.
    """

    place: int
    causes: tuple[tuple[str, int, int], ...]


#: The place of an edit, and the places of what may silence it: here, on the claim, on the lines.
Live = tuple[int, tuple[int, ...], tuple[int, ...], tuple[int, ...]]


@define(eq=False)
class Program:
    """All edits of one binding for one context. `codes` has an outcome for each, 0 where a function is due.

    `doomed` are silenced wherever they apply, `live` where one of their causes has spoken: here, on the claim, on its
    lines; `watched` are the places of all those causes. `screens` tell, for edits on pairs, whether two lines with
    these codes can concern them at all (None: always).
    """

    plans: tuple[Plan, ...]
    codes: list[int]
    judges: tuple[tuple[int, Judge], ...]
    after: tuple[After, ...]
    doomed: tuple[int, ...] = ()
    live: tuple[Live, ...] = ()
    watched: tuple[tuple[int, ...], tuple[int, ...], tuple[int, ...]] = ((), (), ())
    joint: tuple[tuple[int, Judge], ...] = ()
    _kept: dict[tuple[object, ...], list[int]] = field(factory=dict)
    screens: tuple[Judge | None, ...] = ()
    screened_by: tuple[str, ...] = ()
    _screened: dict[tuple[object, ...], dict[tuple[str | None, str | None], bool]] = field(factory=dict)

    def share(self) -> None:
        """Moves the edits that rest on what many lines have in common (`COMMON`) where their outcomes are kept together."""
        if self.plans and self.plans[0].prepared.edit.each == "line":
            shared = {place for place, _ in self.judges if _is_common(self.plans[place])}
            self.joint = tuple(each for each in self.judges if each[0] in shared)
            self.judges = tuple(each for each in self.judges if each[0] not in shared)

    def begun(self, claim: Claim, line: Line, view: View) -> list[int]:
        """The outcomes so far: those that nothing can change, and those kept for lines like this one."""
        if not self.joint:
            return self.codes.copy()
        key = (
            line.modifiers, line.pos, claim.pos, line.units, line.unit_type, line.code_type, line.revenue_code,
            claim.frequency, claim.bill_type,
        )  # fmt: skip
        codes = self._kept.get(key)
        if codes is None:
            if len(self._kept) > 10_000:
                self._kept = {}
            codes = self.codes.copy()
            for place, judge in self.joint:
                codes[place] = judge(claim, line, view, None)
            self._kept[key] = codes
        return codes.copy()

    def screened_for(self, view: View, day: dt.date) -> dict[tuple[str | None, str | None], bool]:
        """What the screens said of two codes, for claims like this one and a day; to be added to."""
        key = (day, *(FIELDS[name].read(view, None) for name in self.screened_by))
        found = self._screened.get(key)
        if found is None:
            if len(self._screened) > 2000:
                self._screened = {}
            found = self._screened[key] = {}
        elif len(found) > 100_000:
            found.clear()
        return found


#: The stored fields that many lines have in common; `Program.begun` has them in its key.
COMMON = frozenset(
    {
        "line.modifiers", "line.pos", "claim.pos", "line.units", "line.unit_type", "line.code_type",
        "line.revenue_code", "claim.frequency", "claim.bill_type",
    }
)  # fmt: skip


def _is_common(plan: Plan) -> bool:
    rests_on = plan.rests_on
    return rests_on is not None and rests_on <= COMMON


@define(eq=False)
class Judged:
    """One scope of a report: what was judged, with which program, and how it came out."""

    program: Program
    codes: list[int]
    line: int | None = None
    other: int | None = None
    doubt: tuple[str, ...] = ()
    above: tuple[Sequence[int], ...] = ()  # what may have silenced: the claim's own edits, then those of the lines


def judge_doubtful(
    program: Program,
    claim: Claim,
    line: Line,
    view: View,
    other: Line | None,
    doubt: tuple[str, ...],
    above: tuple[Sequence[int], ...],
) -> list[int]:
    """The outcomes on a pair or day; with a doubt whether it is one, all that could apply is not checked."""
    codes = program.codes.copy()
    for place, judge in program.judges:
        codes[place] = judge(claim, line, view, other)
    if doubt:
        codes = [Outcome.NOT_CHECKED if code else 0 for code in codes]
    if program.after:
        silence(program, codes, above)
    return codes


def silence(program: Program, codes: list[int], above: tuple[Sequence[int], ...]) -> None:
    """Silences, in order of dependence, every edit after one that was anything but passed or not applicable."""
    for place in program.doomed:
        if codes[place]:
            codes[place] = Outcome.SILENCED
    if not _spoken(program, codes, above):
        return
    on_claim, on_lines = (above[0], above[1:]) if above else ((), ())
    for place, here, there, elsewhere in program.live:
        if not codes[place]:
            continue
        for cause in here:
            if codes[cause] not in _QUIET:
                codes[place] = Outcome.SILENCED
        for cause in there:
            if on_claim[cause] not in _QUIET:
                codes[place] = Outcome.SILENCED
        for cause in elsewhere:
            for on_line in on_lines:
                if on_line[cause] not in _QUIET:
                    codes[place] = Outcome.SILENCED


def _spoken(program: Program, codes: list[int], above: tuple[Sequence[int], ...]) -> bool:
    """Whether anything that may silence was other than passed or not applicable."""
    for place in program.watched[0]:
        if codes[place] not in _QUIET:
            return True
    for place in program.watched[1]:
        if above[0][place] not in _QUIET:
            return True
    for on_line in above[1:] if program.watched[2] else ():
        for place in program.watched[2]:
            if on_line[place] not in _QUIET:
                return True
    return False


def settle(program: Program) -> Program:
    """The program with all silencing decided that its constant outcomes decide."""
    dynamic = {place for place, _ in (*program.judges, *program.joint)}
    bad = {place for place, code in enumerate(program.codes) if code not in _QUIET}
    doomed: list[int] = []
    live: list[Live] = []
    for each in program.after:
        causes = [[p for _, p, at in each.causes if at == level] for level in range(3)]
        if bad.intersection(causes[0]):
            if each.place in dynamic:
                doomed.append(each.place)
            elif program.codes[each.place]:
                program.codes[each.place] = Outcome.SILENCED
                bad.add(each.place)
        elif each.place in dynamic or program.codes[each.place]:
            here = tuple(p for p in causes[0] if p in dynamic or program.codes[p])
            live.append((each.place, here, tuple(causes[1]), tuple(causes[2])))
    program.doomed = tuple(doomed)
    program.live = tuple(each for each in live if any(each[1:]))
    program.watched = tuple(tuple(sorted({p for each in program.live for p in each[level]})) for level in (1, 2, 3))  # type: ignore[assignment,union-attr]
    return program


def any_spoken(place: int, level: int, codes: Sequence[int], above: tuple[Sequence[int], ...]) -> bool:
    """Whether a cause has spoken: here, on the claim, or on one of the lines."""
    if level == 0:
        return codes[place] not in _QUIET
    if level == 1:
        return above[0][place] not in _QUIET
    return any(on_line[place] not in _QUIET for on_line in above[1:])


def afters(edits: list[doc.Edit], above: list[list[doc.Edit]]) -> tuple[After, ...]:
    """What each edit comes after, in an order in which causes come first. `above`: the claim's edits, the lines'."""
    places = {edit.edit.text: (place, 0) for place, edit in enumerate(edits)}
    for level, others in enumerate(above, 1):
        places |= {edit.edit.text: (place, level) for place, edit in enumerate(others)}
    graph = {edit.edit.text: [name.text for name in edit.after] for edit in edits}
    own = {edit.edit.text: edit for edit in edits}
    return tuple(
        After(places[id][0], tuple((n.text, *places[n.text]) for n in own[id].after if n.text in places))
        for id in TopologicalSorter(graph).static_order()
        if id in own and own[id].after
    )


def details(
    view: View, match: PayerMatch, judged: Sequence[Judged], least: Outcome
) -> tuple[tuple[Finding, ...], tuple[Silenced, ...]]:
    """The findings of at least that outcome and all that was silenced: the claim's own first, then by line and edit."""
    found: list[tuple[tuple[int, str, int], Finding | Silenced]] = []
    for each in judged:
        scene: Scene | None = None
        for place, code in enumerate(each.codes):
            if not code or (code < least and code != Outcome.SILENCED):
                continue
            plan = each.program.plans[place]
            id = plan.prepared.edit.edit.text
            order = (-1 if each.line is None else each.line, id, -1 if each.other is None else each.other)
            if code == Outcome.SILENCED:
                found.append((order, Silenced(id, each.line, _cause(each, place), each.other)))
            else:
                scene = scene or _scene(view, match, each)
                found.append((order, finding_of(plan, Outcome(code), scene)))
    found.sort(key=lambda one: one[0])
    findings = tuple(one for _, one in found if isinstance(one, Finding))
    return findings, tuple(one for _, one in found if isinstance(one, Silenced))


def lacking(view: View, match: PayerMatch, judged: Sequence[Judged]) -> tuple[tuple[str, ...], ...]:
    """What was missing for each outcome that is not checked."""
    found: list[tuple[str, ...]] = []
    for each in judged:
        if Outcome.NOT_CHECKED not in each.codes:
            continue
        scene = _scene(view, match, each)
        for place, code in enumerate(each.codes):
            if code == Outcome.NOT_CHECKED:
                found.append(missing(each.program.plans[place], scene))
    return tuple(found)


def _scene(view: View, match: PayerMatch, judged: Judged) -> Scene:
    lines = view.claim.lines
    line = None if judged.line is None else lines[judged.line]
    other = None if judged.other is None else lines[judged.other]
    return Scene(view, match, line, judged.line, other, judged.other, judged.doubt)


def _cause(judged: Judged, place: int) -> str:
    """The first edit, in the order of `after`, that silenced the one at `place`."""
    causes = next(each.causes for each in judged.program.after if each.place == place)
    return next(id for id, at, level in causes if any_spoken(at, level, judged.codes, judged.above))
