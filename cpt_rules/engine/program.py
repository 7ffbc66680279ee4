"""The edits of one binding under one context, ready to run, and what becomes of their outcomes."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from functools import cached_property
from graphlib import TopologicalSorter
from operator import itemgetter

from attrs import define, field, frozen

from cpt_rules.claim import Claim, Line
from cpt_rules.engine.binding import day_of_edit
from cpt_rules.engine.compile import UNDECIDED
from cpt_rules.engine.detail import rule_of
from cpt_rules.engine.expressions import Judge, reader_of
from cpt_rules.engine.prepare import Plan
from cpt_rules.engine.remember import Memos, Read
from cpt_rules.engine.shape import QUIET, After, Shape
from cpt_rules.engine.telling import Telling, missing_of
from cpt_rules.finding import Finding, Outcome, Silenced
from cpt_rules.language import documents as doc
from cpt_rules.reading import View
from cpt_rules.ruleset.payers import PayerMatch
from cpt_rules.tables.edition import ALWAYS, Span, common


@define(eq=False)
class Program:
    """All edits of one binding for one context: what is said of each, and the shape in which they are judged.

    `period` are the days on which the tables that they ask have the same editions; it is not shorter than the epoch.
    `decisions` tell, for edits on pairs and days, what codes alone decide, and `decided_by` the fields of the claim as
    a whole on which that rests; None: there are edits of which codes decide nothing. `kept` has what is decided already.
    `same_code`: no edit applies to two lines of different codes.
    """

    plans: tuple[Plan, ...]
    shape: Shape
    after: tuple[After, ...]
    period: Span
    decisions: tuple[Judge, ...] | None = None
    decided_by: tuple[str, ...] = ()
    kept: dict[tuple[object, ...], Decided] = field(factory=dict)
    same_code: bool = False

    @cached_property
    def _deciding(self) -> Read:
        return self.shape.kept.memos.reader(self.decided_by, self.shape.unknown, reader_of)

    def decided(self, view: View) -> Decided:
        """What is decided already, for claims like this one; to be added to."""
        key = self._deciding(view.claim, None, view, None)
        found = self.kept.get(key)
        if found is None:
            if len(self.kept) > 2000:
                self.kept.clear()
            found = self.kept[key] = Decided()
        return found

    def decide(self, row: Row, key: object, claim: Claim, line: Line, view: View, other: Line | None) -> Decision:
        """What `key` and the code of the row alone decide on the day of the lines; it is put into the row."""
        found: Decision = True
        span = ALWAYS
        if self.decisions is not None:
            every = zip(self.plans, self.shape.codes, self.decisions, strict=True)
            codes = [  # what is constant may be silenced by what is constant: that is settled in the shape
                settled if plan.constant is not None else decide(claim, line, view, other)
                for plan, settled, decide in every
            ]
            if UNDECIDED not in codes:
                found = self.shape.silence(bytes(codes)) if any(codes) else b""
            spans = (
                plan.prepared.binding.span_of_rows(view, line, other)
                for plan in self.plans
                if plan.prepared.edit.lookup
            )
            span = common(spans)
        if len(row) > 20_000:
            row.clear()
            row.idle.clear()
            row.idle_but_itself = {row.code}
        always = span[0] <= self.period[0] and self.period[1] <= span[1]
        row[key] = found if always else (*span, found)
        if always and found == b"":
            row.idle.add(key)
            row.idle_but_itself.add(key)
        return found


#: The outcomes that codes alone decide, where nothing on the claim or its lines silences any of them: empty where no
#: edit applies; True where they do not decide.
Decision = bytes | bool


class Row(dict[object, Decision | tuple[dt.date, dt.date, Decision]]):
    """Decisions of one code by another code (of a day: by its units); a tuple where it holds from a day to a day only.

    `idle` are the keys with which no edit ever applies, `idle_but_itself` those and the code of the row.
    """

    __slots__ = ("code", "idle", "idle_but_itself")

    def __init__(self, code: str | None) -> None:
        super().__init__()
        self.code = code
        self.idle: set[object] = set()
        self.idle_but_itself: set[object] = {code}


class Decided(dict[str | None, Row]):
    """Rows of decisions by code."""

    def __missing__(self, code: str | None) -> Row:
        if len(self) > 20_000:
            self.clear()
        row = self[code] = Row(code)
        return row


@define(eq=False)
class Judged:
    """One scope of a report: what was judged, with which program, and how it came out."""

    program: Program
    codes: bytes
    line: int | None = None
    other: int | None = None
    doubt: tuple[str, ...] = ()
    above: tuple[bytes, ...] = ()  # what may have silenced: the claim's own edits, then those of the lines


def any_spoken(place: int, level: int, codes: bytes, above: tuple[bytes, ...]) -> bool:
    """Whether a cause has spoken: here, on the claim, or on one of the lines."""
    if level == 0:
        return codes[place] not in QUIET
    if level == 1:
        return above[0][place] not in QUIET
    return any(on_line[place] not in QUIET for on_line in above[1:])


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
    view: View, match: PayerMatch, judged: Iterable[Judged], least: Outcome
) -> tuple[tuple[Finding, ...], tuple[Silenced, ...]]:
    """The findings of at least that outcome and all that was silenced: the claim's own first, then by line and edit."""
    found: list[tuple[tuple[int, str, int], Finding | Silenced]] = []
    for each in judged:
        said: _Saying | None = None
        for place, code in enumerate(each.codes):
            if not code or (code < least and code != Outcome.SILENCED):
                continue
            plan = each.program.plans[place]
            id = plan.prepared.edit.edit.text
            order = (-1 if each.line is None else each.line, id, -1 if each.other is None else each.other)
            if code == Outcome.SILENCED:
                found.append((order, Silenced(id, each.line, _cause(each, place), each.other)))
            else:
                said = said or _Saying.of(view, match, each)
                found.append((order, said.finding(plan, _OUTCOMES[code])))
    found.sort(key=_first)
    findings = tuple([one for _, one in found if isinstance(one, Finding)])
    return findings, tuple([one for _, one in found if isinstance(one, Silenced)])


def lacking(view: View, match: PayerMatch, judged: Iterable[Judged]) -> tuple[tuple[str, ...], ...]:
    """What was missing for each outcome that is not checked."""
    found: list[tuple[str, ...]] = []
    for each in judged:
        codes, plans = each.codes, each.program.plans
        place = codes.find(_NOT_CHECKED)
        if place >= 0:
            said = _Saying.of(view, match, each)
            while place >= 0:
                found.append(said.missing(plans[place]))
                place = codes.find(_NOT_CHECKED, place + 1)
    return tuple(found)


_OUTCOMES = tuple(Outcome)
_NOT_CHECKED = int(Outcome.NOT_CHECKED)
_first = itemgetter(0)


@frozen(eq=False)
class _Saying:
    """What the findings of one scope have in common."""

    view: View
    match: PayerMatch
    judged: Judged
    line: Line | None
    other: Line | None
    day: dt.date | None
    memos: Memos

    @classmethod
    def of(cls, view: View, match: PayerMatch, judged: Judged) -> _Saying:
        lines = view.claim.lines
        line = None if judged.line is None else lines[judged.line]
        other = None if judged.other is None else lines[judged.other]
        return cls(view, match, judged, line, other, day_of_edit(view, line, other), judged.program.shape.kept.memos)

    def missing(self, plan: Plan) -> tuple[str, ...]:
        """What was missing of an edit that is not checked."""
        claim = self.view.claim
        told = plan.missing.get(claim.unknown)
        if told is None:
            told = plan.missing[claim.unknown] = missing_of(plan, claim.unknown, self.memos)
        found = told.of(claim, self.line, self.view, self.other, self.day)
        doubt = self.judged.doubt
        return tuple(dict.fromkeys((*doubt, *found))) if doubt else found

    def finding(self, plan: Plan, status: Outcome) -> Finding:
        """The finding of a plan."""
        claim, line, other = self.view.claim, self.line, self.other
        telling = plan.tellings.get(claim.unknown)
        if telling is None:
            telling = plan.tellings[claim.unknown] = Telling.of(plan, claim.unknown, self.memos)
        values, sources, stale, asked = telling.told(plan, claim, line, self.view, other, self.day)
        charge = claim.charge if line is None else line.charge
        return Finding(
            rule_of(plan.prepared.edit),
            status,
            claim.id,
            None if line is None else line.number,
            self.judged.line,
            None if line is None else line.code,
            self.day,
            self.match.payer,
            values,
            self.missing(plan) if status is Outcome.NOT_CHECKED else (),
            sources,
            stale,
            plan.overlay,
            charge if status >= Outcome.WARN else None,
            None if other is None else other.number,
            self.judged.other,
            asked,
            None if line is None else line.id,
        )


def _cause(judged: Judged, place: int) -> str:
    """The first edit, in the order of `after`, that silenced the one at `place`."""
    causes = next(each.causes for each in judged.program.after if each.place == place)
    return next(id for id, at, level in causes if any_spoken(at, level, judged.codes, judged.above))
