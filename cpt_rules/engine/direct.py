"""The direct engine: what knowledge alone decides is decided once and kept; a line runs the few conditions left.

For (code, payer chain, claim type, day epoch, what the feed cannot carry) a `Program` holds the outcomes that no claim
can change and a compiled function for each of the others. Programs are kept up to a bound. Threads may share an
engine: what it keeps is only ever added to, or replaced whole.
"""

from __future__ import annotations

import datetime as dt
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from typing import get_args

from attrs import define, field

from cpt_rules.claim import Claim, Payer
from cpt_rules.engine.binding import LookUps, day_of_edit
from cpt_rules.engine.compile import Compiler, is_common
from cpt_rules.engine.epochs import boundaries
from cpt_rules.engine.expressions import Judge
from cpt_rules.engine.pairs import (
    by_code,
    doubtful_days,
    doubtful_pairs,
    groups_of,
    spanning,
    spanning_day,
    units_of,
)
from cpt_rules.engine.prepare import Code, Context, Plan, Prepared
from cpt_rules.engine.program import Decided, Decision, Program, afters
from cpt_rules.engine.scopes import Scopes
from cpt_rules.engine.shape import After, PartsKept, Shape, settled
from cpt_rules.fields import FIELDS
from cpt_rules.finding import Report
from cpt_rules.language import documents as doc
from cpt_rules.reading import UNKNOWN, Reading, Unknown, View
from cpt_rules.ruleset.knowledge import Knowledge
from cpt_rules.ruleset.payers import PayerIndex, PayerMatch, chain
from cpt_rules.ruleset.ruleset import Ruleset
from cpt_rules.tables.edition import ALWAYS, Span, common

MAX_PROGRAMS = 20_000
_NOT_MET = -1  # of a day whose epoch was not asked for yet; no epoch
Day = dt.date | Unknown | None
Epoch = int | Day
#: What all lines of a claim share: type, whether it is a void, payer, what the feed cannot carry.
Kind = tuple[str, Reading, PayerMatch, frozenset[str]]


@define(eq=False)
class _Side:
    """The edits of one binding, in order of id."""

    edits: tuple[doc.Edit, ...]
    each: str
    after: tuple[After, ...]
    date_field: str
    parts: PartsKept
    programs: int = 0
    shapes: dict[object, Shape] = field(factory=dict)
    kept: dict[object, dict[tuple[object, ...], Decided]] = field(factory=dict)


#: The programs of one side for one kind of claim, by code and epoch.
_Programs = dict[tuple[Code, Epoch], Program]


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
    _epochs: dict[Day, Epoch] = field(init=False)
    _periods: dict[tuple[frozenset[str], int], Span] = field(init=False)
    _sides: dict[str, _Side] = field(init=False)
    _kinds: dict[Kind, dict[str, _Programs]] = field(init=False)
    _prepared: dict[object, Prepared] = field(init=False)
    _written_out: dict[int, frozenset[object]] = field(init=False)

    def __attrs_post_init__(self) -> None:
        self._payers = PayerIndex.of(self.ruleset)
        self._matches = {}
        self._knowledge = {}
        self._compiler = Compiler()
        self._look_ups = LookUps(self.ruleset)
        self._epochs = {}
        self._periods = {}
        self._kinds = {}
        self._prepared = {}
        self._written_out = {}
        self._boundaries = sorted(set(boundaries(self.ruleset)))
        chosen = [edit for id, edit in self.ruleset.edits.items() if self.edits is None or id in self.edits]
        by_binding = {each: [edit for edit in chosen if edit.each == each] for each in get_args(doc.Binding)}
        claims, lines = by_binding["claim"], by_binding["line"]
        self._sides = {}
        parts = PartsKept(self._compiler.memos)
        for each, edits in by_binding.items():
            above = [] if each == "claim" else [claims] if each == "line" else [claims, lines]
            date_field = "claim.first_date" if each == "claim" else "line.date"
            self._sides[each] = _Side(tuple(edits), each, afters(edits, above), date_field, parts)

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
        programs = self._kinds.get(kind)
        if programs is None:
            if len(self._kinds) > MAX_PROGRAMS:
                self._kinds = {}
            programs = self._kinds[kind] = {each: {} for each in self._sides}
        first_date: Day = FIELDS["claim.first_date"].read(view, None)  # type: ignore[assignment]
        program = self._program(self._sides["claim"], programs["claim"], None, kind, first_date)
        on_claim = program.shape.on_claim_outcomes(claim, view)
        on_lines = self._on_lines(view, kind, programs["line"], on_claim)
        groups = {} if claim.unknown else groups_of(claim)
        long = any([line.date_to is not None for line in claim.lines])  # noqa: C419 - half the time of a generator
        scopes = Scopes(view, match, (program, on_claim), on_lines, groups, long)
        if len(claim.lines) > 1 and (self._sides["pair"].edits or self._sides["later-pair"].edits):
            self._on_pairs(scopes, kind, programs)
        if self._sides["day"].edits:
            self._on_days(scopes, kind, programs["day"])
        return Report(claim, match.payer, self.as_of, scopes.outcomes(), build=scopes.details, lacking=scopes.lacking)

    # ---- one scope -------------------------------------------------------------------------------------------------

    def _on_lines(self, view: View, kind: Kind, programs: _Programs, above: bytes) -> list[tuple[Program, bytes]]:
        claim = view.claim
        side = self._sides["line"]
        epochs = self._epochs
        found = []
        for line in claim.lines:
            day: Day = line.date or claim.statement_from
            code: Code = line.code
            if claim.unknown:
                if day is None:
                    day = FIELDS["line.date"].read(view, line)  # type: ignore[assignment]
                if code is None and "line.code" in claim.unknown:
                    code = UNKNOWN
            program = programs.get((code, epochs.get(day, _NOT_MET)))
            if program is None:
                program = self._program(side, programs, code, kind, day)
            found.append((program, program.shape.on_line_outcomes(claim, line, view, day, program.period[0], above)))
        return found

    def _on_pairs(self, scopes: Scopes, kind: Kind, programs: Mapping[str, _Programs]) -> None:
        view = scopes.view
        claim, lines = view.claim, view.claim.lines
        sides = [(each, self._sides[each]) for each in ("pair", "later-pair") if self._sides[each].edits]
        if claim.unknown:
            for pair in doubtful_pairs(view):
                day: Day = day_of_edit(view, lines[pair.b], lines[pair.a]) or UNKNOWN
                for each, side in sides:
                    if each == "pair" or pair.a < pair.b:
                        program = self._program(side, programs[each], None, kind, day)
                        scopes.judge(program, pair.b, pair.a, pair.doubt)
            return
        for (day, _), places in scopes.groups.items():
            if day is None or len(places) == 1:
                continue
            here = [(place, lines[place].code) for place in places]
            codes = {code for _, code in here}
            alone = len(codes) == len(here)
            for each, side in sides:
                program = self._program(side, programs[each], None, kind, day)
                if alone and program.same_code:
                    continue
                decided = program.decided(view)
                quiet: bool | None = None
                for at, (b, code) in enumerate(here):
                    row = decided[code]
                    if (row.idle_but_itself if alone else row.idle).issuperset(codes):
                        continue
                    if quiet is None:
                        quiet = not scopes.long and scopes.quiet(program)
                    idle = row.idle
                    for a, other in here if each == "pair" else here[:at]:
                        if other in idle or a == b:
                            continue
                        decision = row.get(other)
                        if decision.__class__ is tuple:
                            decision = _on(day, decision)
                        if decision is None:
                            decision = program.decide(row, other, claim, lines[b], view, lines[a])
                        if decision is True or (decision and not quiet):
                            scopes.judge(program, b, a, spanning(claim, lines[a], lines[b]) if scopes.long else ())
                        elif decision:
                            scopes.pairs.append((program, decision, b, a, ()))  # type: ignore[arg-type]

    def _on_days(self, scopes: Scopes, kind: Kind, programs: _Programs) -> None:
        view = scopes.view
        claim, lines = view.claim, view.claim.lines
        side = self._sides["day"]
        if claim.unknown:
            for place, places, doubt in doubtful_days(view):
                date: Day = FIELDS["line.date"].read(view, lines[place])  # type: ignore[assignment]
                scopes.judge_day(self._program(side, programs, None, kind, date), places, doubt)
            return
        for (day, _), group in scopes.groups.items():
            if day is None:
                continue
            program = self._program(side, programs, None, kind, day)
            decided = program.decided(view)
            quiet: bool | None = None
            for code, places in by_code(lines, group):
                row, line = decided[code], lines[places[0]]
                units = units_of(lines, places)
                decision = row.get(units)
                if decision.__class__ is tuple:
                    decision = _on(day, decision)
                if decision is None:
                    decision = program.decide(row, units, claim, line, view, None)
                if not decision:
                    continue
                if quiet is None:
                    quiet = not scopes.long and scopes.quiet(program)
                if decision is True or not quiet:
                    scopes.judge_day(program, places, spanning_day(claim, places))
                else:
                    scopes.days.append((program, decision, places, ()))  # type: ignore[arg-type]

    def _match(self, payer: Payer) -> PayerMatch:
        match = self._matches.get(payer)
        if match is None:
            if len(self._matches) > MAX_PROGRAMS:
                self._matches = {}
            match = self._matches[payer] = self._payers.match(payer)
        return match

    # ---- compiling -------------------------------------------------------------------------------------------------

    def _program(self, side: _Side, programs: _Programs, code: Code, kind: Kind, day: Day) -> Program:
        epoch = self._epochs.get(day)
        if epoch is None:
            if len(self._epochs) > MAX_PROGRAMS:
                self._epochs = {}
            epoch = bisect_right(self._boundaries, day) if isinstance(day, dt.date) else day
            self._epochs[day] = epoch
        program = programs.get((code, epoch))
        if program is None:
            if side.programs >= MAX_PROGRAMS:
                side.programs, side.kept = 0, {}
                for each in list(self._kinds.values()):
                    each[side.each].clear()
            side.programs += 1
            program = programs[code, epoch] = self._compiled(side, code, kind, epoch)
        return program

    def _compiled(self, side: _Side, code: Code, kind: Kind, epoch: Epoch) -> Program:
        day = self._day(epoch)
        plans = tuple(self._prepare(edit, kind, epoch, day, side.date_field).plan(code) for edit in side.edits)
        codes = bytearray(len(plans))
        judged: list[tuple[int, Judge, Plan]] = []
        for place, plan in enumerate(plans):
            constant = plan.constant
            if constant is None:
                judged.append((place, self._compiler.judge(plan, kind[3]), plan))
            else:
                codes[place] = constant
        possible = {place for place, _, _ in judged} | {place for place, found in enumerate(codes) if found}
        after = tuple(each for each in side.after if each.place in possible)
        program = Program(plans, self._shape(side, codes, judged, kind[3], after), after, self._period(plans, epoch))
        if side.each in ("pair", "later-pair", "day"):
            decisions = [self._compiler.decided(plan) for plan in plans]
            if None not in decisions:
                program.decisions = tuple(each for each in decisions if each is not None)
                program.decided_by = tuple(sorted(set().union(*(self._compiler.decided_by(plan) for plan in plans))))
                program.same_code = side.each != "day" and all(self._compiler.same_code(plan) for plan in plans)
                # Programs that judge alike on the same days share what is decided.
                program.kept = side.kept.setdefault((program.shape, program.decisions, program.period), program.kept)
        return program

    def _shape(
        self,
        side: _Side,
        codes: bytearray,
        judged: list[tuple[int, Judge, Plan]],
        unknown: frozenset[str],
        after: tuple[After, ...],
    ) -> Shape:
        key = (bytes(codes), tuple([(place, judge) for place, judge, _ in judged]), unknown, after)
        found = side.shapes.get(key)
        if found is None:
            if len(side.shapes) >= MAX_PROGRAMS:
                side.shapes = {}
            shared = side.each == "line" and not unknown
            joint = frozenset(place for place, _, plan in judged if shared and is_common(plan))
            gates: dict[int, Judge] = {}
            for place, _, plan in judged if joint else ():
                gate = None if place in joint else self._compiler.gate(plan)
                if gate is not None:
                    gates[place] = gate
            doomed, live = settled(codes, judged, after)
            found = Shape(bytes(codes), tuple(judged), joint, gates, unknown, doomed, live, side.parts)
            side.shapes[key] = found
        return found

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

    def _period(self, plans: Sequence[Plan], epoch: Epoch) -> Span:
        """The days of an epoch, with those about it on which the tables that plans ask have the same editions."""
        if not isinstance(epoch, int):
            return ALWAYS
        asked = frozenset(
            each.table.text for plan in plans if plan.constant is None for each in plan.prepared.edit.lookup.values()
        )
        found = self._periods.get((asked, epoch))
        if found is None:
            if len(self._periods) > 5 * MAX_PROGRAMS:
                self._periods = {}
            day = self._day(epoch)
            assert isinstance(day, dt.date)
            tables, store = self.ruleset.tables, self.ruleset.store
            series = (store.series(id, setting) for id in asked for setting in tables[id].settings or (None,))
            first, last = common([each.span(day) for each in series])
            days = self._span(
                epoch
            )  # within which a cumulative table may begin: what rests on that has days of its own
            found = self._periods[asked, epoch] = min(first, days[0]), max(last, days[1])
        return found

    def _span(self, epoch: int) -> Span:
        """The days of an epoch."""
        first = self._boundaries[epoch - 1] if epoch else dt.date.min
        return first, self._boundaries[epoch] - dt.timedelta(days=1) if epoch < len(self._boundaries) else dt.date.max

    def _day(self, epoch: Epoch) -> Day:
        """A day that stands for all of its epoch."""
        if not isinstance(epoch, int):
            return epoch
        if not self._boundaries:
            return dt.date.min
        return self._boundaries[epoch - 1] if epoch else self._boundaries[0] - dt.timedelta(days=1)


def _on(day: dt.date, decision: tuple[dt.date, dt.date, Decision]) -> Decision | None:
    """A decision, where it holds on a day."""
    return decision[2] if decision[0] <= day <= decision[1] else None
