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


@define(eq=False)
class Program:
    """All edits of one binding for one context. `codes` has an outcome for each, 0 where a function is due.

    `watched`, `watched_claim` and `watched_lines` are the places of what may silence, here, on the claim and on its
    lines. `screens` tell, for edits on pairs, whether two lines with
    these codes can concern them at all (None: always).
    """

    plans: tuple[Plan, ...]
    codes: list[int]
    judges: tuple[tuple[int, Judge], ...]
    after: tuple[After, ...]
    watched: tuple[int, ...]
    watched_claim: tuple[int, ...] = ()
    watched_lines: tuple[int, ...] = ()
    screens: tuple[Judge | None, ...] = ()
    screened_by: tuple[str, ...] = ()
    _screened: dict[tuple[object, ...], dict[tuple[str | None, str | None], bool]] = field(factory=dict)

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
    if not _spoken(program, codes, above):
        return
    for each in program.after:
        if codes[each.place]:
            for _, place, level in each.causes:
                if any_spoken(place, level, codes, above):
                    codes[each.place] = Outcome.SILENCED
                    break


def _spoken(program: Program, codes: list[int], above: tuple[Sequence[int], ...]) -> bool:
    """Whether anything that may silence was other than passed or not applicable."""
    for place in program.watched:
        if codes[place] not in _QUIET:
            return True
    for place in program.watched_claim:
        if above[0][place] not in _QUIET:
            return True
    for on_line in above[1:] if program.watched_lines else ():
        for place in program.watched_lines:
            if on_line[place] not in _QUIET:
                return True
    return False


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
