"""The direct engine: what knowledge alone decides is decided once and kept; a line runs the few conditions left.

For (code, payer chain, claim type, day epoch, what the feed cannot carry) a `Program` holds the outcomes that no claim
can change and a compiled function for each of the others. Programs are kept up to a bound. Threads may share an
engine: what it keeps is only ever added to, or replaced whole.
"""

from __future__ import annotations

import datetime as dt
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from typing import get_args

from attrs import define, field

from cpt_rules.claim import Claim, Line, Payer
from cpt_rules.engine.binding import LookUps, day_of_edit
from cpt_rules.engine.compile import Compiler, Judge
from cpt_rules.engine.epochs import boundaries
from cpt_rules.engine.pairs import Pair, days_of, doubtful_pairs, groups_of, keys_of, spanning
from cpt_rules.engine.prepare import Code, Context, Prepared
from cpt_rules.engine.program import After, Judged, Program, afters, details, judge_doubtful, lacking, settle, silence
from cpt_rules.fields import FIELDS
from cpt_rules.finding import Report
from cpt_rules.language import documents as doc
from cpt_rules.reading import UNKNOWN, Reading, Unknown, View
from cpt_rules.ruleset.knowledge import Knowledge
from cpt_rules.ruleset.payers import PayerIndex, PayerMatch, chain
from cpt_rules.ruleset.ruleset import Ruleset

MAX_PROGRAMS = 20_000
Day = dt.date | Unknown | None
Epoch = int | Day
#: What all lines of a claim share: type, whether it is a void, payer, what the feed cannot carry.
Kind = tuple[str, Reading, PayerMatch, frozenset[str]]


@define(eq=False)
class _Side:
    """The edits of one binding, in order of id."""

    edits: tuple[doc.Edit, ...]
    after: tuple[After, ...]
    date_field: str
    programs: dict[object, Program] = field(factory=dict)


@define(eq=False)
class DirectEngine:
    """See the module. `edits` are the ids that run; None: all."""

    ruleset: Ruleset
    as_of: dt.date
    client: str | None = None
    edits: frozenset[str] | None = None
    _payers: PayerIndex = field(init=False)
    _matches: dict[Payer, PayerMatch] = field(init=False)
    _knowledge: dict[tuple[PayerMatch, Epoch], Knowledge] = field(init=False)
    _compiler: Compiler = field(init=False)
    _look_ups: LookUps = field(init=False)
    _boundaries: list[dt.date] = field(init=False)
    _sides: dict[str, _Side] = field(init=False)
    _prepared: dict[object, Prepared] = field(init=False)
    _written_out: dict[int, frozenset[object]] = field(init=False)

    def __attrs_post_init__(self) -> None:
        self._payers = PayerIndex.of(self.ruleset)
        self._matches = {}
        self._knowledge = {}
        self._compiler = Compiler()
        self._look_ups = LookUps(self.ruleset)
        self._prepared = {}
        self._written_out = {}
        self._boundaries = sorted(set(boundaries(self.ruleset)))
        chosen = [edit for id, edit in self.ruleset.edits.items() if self.edits is None or id in self.edits]
        by_binding = {each: [edit for edit in chosen if edit.each == each] for each in get_args(doc.Binding)}
        claims, lines = by_binding["claim"], by_binding["line"]
        self._sides = {}
        for each, edits in by_binding.items():
            above = [] if each == "claim" else [claims] if each == "line" else [claims, lines]
            date_field = "claim.first_date" if each == "claim" else "line.date"
            self._sides[each] = _Side(tuple(edits), afters(edits, above), date_field)

    def __getstate__(self) -> tuple[object, ...]:
        return self.ruleset, self.as_of, self.client, self.edits

    def __setstate__(self, state: tuple[Ruleset, dt.date, str | None, frozenset[str] | None]) -> None:
        self.ruleset, self.as_of, self.client, self.edits = state
        self.__attrs_post_init__()

    def scrub(self, claim: Claim) -> Report:
        """The report on a claim. Never raises for what the claim contains."""
        view = View(claim, self.as_of)
        match = self._match(claim.payer)
        kind = (claim.type, FIELDS["claim.void"].read(view, None), match, claim.unknown)
        on_claim = self._on_claim(view, kind)
        judged = [on_claim]
        outcomes: list[tuple[Line | None, list[int]]] = [(None, on_claim.codes)]
        for place, line in enumerate(claim.lines):
            on_line = self._on_line(view, kind, line, place, on_claim.codes)
            judged.append(on_line)
            outcomes.append((line, on_line.codes.copy()))
        if len(claim.lines) > 1 and (self._sides["pair"].edits or self._sides["later-pair"].edits):
            judged += self._on_pairs(view, kind, judged)
        if self._sides["day"].edits:
            judged += self._on_days(view, kind, judged)
        for each in judged[len(outcomes) :]:
            outcomes[(each.line or 0) + 1][1].extend(each.codes)
        return Report(
            claim,
            match.payer,
            self.as_of,
            tuple(outcomes),
            build=lambda least: details(view, match, judged, least),
            lacking=lambda: lacking(view, match, judged),
        )

    # ---- one scope -------------------------------------------------------------------------------------------------

    def _on_claim(self, view: View, kind: Kind) -> Judged:
        side = self._sides["claim"]
        program = self._program(side, None, kind, FIELDS["claim.first_date"].read(view, None))  # type: ignore[arg-type]
        codes = program.codes.copy()
        for place, judge in program.judges:
            codes[place] = judge(view.claim, None, view, None)
        if program.after:
            silence(program, codes, ())
        return Judged(program, codes)

    def _on_line(self, view: View, kind: Kind, line: Line, place: int, above: Sequence[int]) -> Judged:
        claim = view.claim
        day: Day = line.date or claim.statement_from
        code: Code = line.code
        if claim.unknown:
            if day is None:
                day = FIELDS["line.date"].read(view, line)  # type: ignore[assignment]
            if code is None and "line.code" in claim.unknown:
                code = UNKNOWN
        program = self._program(self._sides["line"], code, kind, day)
        codes = program.begun(claim, line, view)
        for number, judge in program.judges:
            codes[number] = judge(claim, line, view, None)
        if program.after:
            silence(program, codes, (above,))
        return Judged(program, codes, place, above=(above,))

    def _on_pairs(self, view: View, kind: Kind, judged: list[Judged]) -> Iterator[Judged]:
        claim, lines = view.claim, view.claim.lines
        sides = [(each, self._sides[each]) for each in ("pair", "later-pair") if self._sides[each].edits]
        if claim.unknown:
            for pair in doubtful_pairs(view):
                day: Day = day_of_edit(view, lines[pair.b], lines[pair.a]) or UNKNOWN
                for each, side in sides:
                    if each == "pair" or pair.a < pair.b:
                        yield from _on_pair(self._program(side, None, kind, day), view, pair, judged)
            return
        for day, places in groups_of(keys_of(claim)):
            for each, side in sides:
                program = self._program(side, None, kind, day)
                known = program.screened_for(view, day)
                for at, b in enumerate(places):
                    line, code = lines[b], lines[b].code
                    for a in places if each == "pair" else places[:at]:
                        if a == b:
                            continue
                        key = (lines[a].code, code)
                        possible = known.get(key)
                        if possible is None:
                            possible = known[key] = _possible(program, claim, lines[a], line, view)
                        if possible:
                            yield from _on_pair(program, view, Pair(a, b, spanning(claim, lines[a], line)), judged)

    def _on_days(self, view: View, kind: Kind, judged: list[Judged]) -> Iterator[Judged]:
        claim = view.claim
        for day in days_of(view):
            line = claim.lines[day.lines[0]]
            date: Day = FIELDS["line.date"].read(view, line)  # type: ignore[assignment]
            program = self._program(self._sides["day"], None, kind, date)
            above = (judged[0].codes, *(judged[place + 1].codes for place in day.lines))
            codes = judge_doubtful(program, claim, line, view, None, day.doubt, above)
            if any(codes):
                for place in day.lines:
                    yield Judged(program, codes, place, None, day.doubt, above)

    def _match(self, payer: Payer) -> PayerMatch:
        match = self._matches.get(payer)
        if match is None:
            if len(self._matches) > MAX_PROGRAMS:
                self._matches = {}
            match = self._matches[payer] = self._payers.match(payer)
        return match

    # ---- compiling -------------------------------------------------------------------------------------------------

    def _program(self, side: _Side, code: Code, kind: Kind, day: Day) -> Program:
        epoch: Epoch = day if day is None or day is UNKNOWN else bisect_right(self._boundaries, day)
        key = (code, epoch, kind)
        program = side.programs.get(key)
        if program is None:
            if len(side.programs) >= MAX_PROGRAMS:
                side.programs = {}
            program = side.programs[key] = self._compiled(side, code, kind, epoch)
        return program

    def _compiled(self, side: _Side, code: Code, kind: Kind, epoch: Epoch) -> Program:
        day = self._day(epoch)
        plans = tuple(self._prepare(edit, kind, epoch, day, side.date_field).plan(code) for edit in side.edits)
        codes: list[int] = []
        judges: list[tuple[int, Judge]] = []
        for place, plan in enumerate(plans):
            constant = plan.constant
            codes.append(0 if constant is None else constant)
            if constant is None:
                judges.append((place, self._compiler.judge(plan, kind[3])))
                if not kind[3] and plan.rests_on is None:
                    plan.rests_on = self._compiler.rests_on(plan)
        possible = {place for place, _ in judges} | {place for place, found in enumerate(codes) if found}
        after = tuple(each for each in side.after if each.place in possible)
        program = Program(plans, codes, tuple(judges), after)
        if not kind[3]:
            program.share()
        program = settle(program)
        if plans and plans[0].is_pair:
            program.screens = tuple(self._compiler.screen(plan) for plan in plans)
            program.screened_by = tuple(sorted(set().union(*(self._compiler.screened_by(plan) for plan in plans))))
        return program

    def _prepare(self, edit: doc.Edit, kind: Kind, epoch: Epoch, day: Day, date_field: str) -> Prepared:
        claim_type, void, match, _ = kind
        key = (edit.edit.text, claim_type, void, match, epoch)
        found = self._prepared.get(key)
        if found is None:
            if len(self._prepared) > 5 * MAX_PROGRAMS:
                self._prepared = {}
            knowledge = self._known(match, epoch, day)
            found = self._prepared[key] = Prepared.of(
                edit, Context(knowledge, claim_type, void, day, self.as_of, date_field, self._look_ups)
            )
        return found

    def _known(self, match: PayerMatch, epoch: Epoch, day: Day) -> Knowledge:
        key = (match, epoch)
        found = self._knowledge.get(key)
        if found is None:
            if len(self._knowledge) > 2000:
                self._knowledge = {}
            links = chain(self.ruleset, match, self.client)
            date = day if isinstance(day, dt.date) else None
            found = self._knowledge[key] = Knowledge(self.ruleset, match, links, date, self._written_out)  # type: ignore[arg-type]
        return found

    def _day(self, epoch: Epoch) -> Day:
        """A day that stands for all of its epoch."""
        if not isinstance(epoch, int):
            return epoch
        if not self._boundaries:
            return dt.date.min
        return self._boundaries[epoch - 1] if epoch else self._boundaries[0] - dt.timedelta(days=1)


def _on_pair(program: Program, view: View, pair: Pair, judged: list[Judged]) -> Iterator[Judged]:
    lines = view.claim.lines
    above = (judged[0].codes, judged[pair.a + 1].codes, judged[pair.b + 1].codes)
    codes = judge_doubtful(program, view.claim, lines[pair.b], view, lines[pair.a], pair.doubt, above)
    if any(codes):
        yield Judged(program, codes, pair.b, pair.a, pair.doubt, above)


def _possible(program: Program, claim: Claim, a: Line, b: Line, view: View) -> bool:
    """Whether any edit for pairs may apply to two lines with these codes."""
    return any(screen is None or screen(claim, b, view, a) for screen in program.screens)
