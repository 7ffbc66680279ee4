"""The direct engine: what knowledge alone decides is decided once and kept; a line runs the few conditions left.

For (code, payer chain, claim type, day epoch, what the feed cannot carry) a `Program` holds the outcomes that no claim
can change and a compiled function for each of the others. Programs are kept up to a bound. Threads may share an
engine: what it keeps is only ever added to, or replaced whole.
"""

from __future__ import annotations

import datetime as dt
from bisect import bisect_right
from collections.abc import Collection, Iterator, Sequence
from graphlib import TopologicalSorter

from attrs import define, field, frozen

from cpt_rules.claim import Claim, Line, Payer
from cpt_rules.engine.compile import Compiler, Judge
from cpt_rules.engine.detail import finding_of
from cpt_rules.engine.prepare import Code, Context, Plan, Prepared
from cpt_rules.fields import FIELDS
from cpt_rules.finding import Finding, Outcome, Report, Silenced
from cpt_rules.language import documents as doc
from cpt_rules.language.conditions import leaves
from cpt_rules.reading import UNKNOWN, Reading, Unknown, View
from cpt_rules.ruleset.knowledge import Knowledge
from cpt_rules.ruleset.payers import PayerIndex, PayerMatch, chain
from cpt_rules.ruleset.ruleset import Ruleset

MAX_PROGRAMS = 20_000
_QUIET = frozenset({0, 3})  # Outcome.NOT_APPLICABLE, Outcome.PASS
Day = dt.date | Unknown | None
Epoch = int | Day
#: What all lines of a claim share: type, whether it is a void, payer, what the feed cannot carry.
Kind = tuple[str, Reading, PayerMatch, frozenset[str]]


@frozen
class _After:
    """An edit and the edits that silence it: its place, those on the same line, those on the claim."""

    place: int
    causes: tuple[tuple[str, int, bool], ...]  # id, place, on the claim


@define(eq=False)
class Program:
    """All edits of one binding for one code and context. `codes` has an outcome for each, 0 where a function is due."""

    plans: tuple[Plan, ...]
    codes: list[int]
    judges: tuple[tuple[int, Judge], ...]
    after: tuple[_After, ...]
    watched: tuple[int, ...]
    watched_above: tuple[int, ...]


@define(eq=False)
class _Side:
    """The edits of one binding (line or claim), in order of id."""

    edits: tuple[doc.Edit, ...]
    after: tuple[_After, ...]
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
    _boundaries: list[dt.date] = field(init=False)
    _lines: _Side = field(init=False)
    _claims: _Side = field(init=False)
    _prepared: dict[object, Prepared] = field(init=False)
    _written_out: dict[int, frozenset[object]] = field(init=False)

    def __attrs_post_init__(self) -> None:
        self._payers = PayerIndex.of(self.ruleset)
        self._matches = {}
        self._knowledge = {}
        self._compiler = Compiler()
        self._prepared = {}
        self._written_out = {}
        self._boundaries = sorted(set(_boundaries(self.ruleset)))
        chosen = [edit for id, edit in self.ruleset.edits.items() if self.edits is None or id in self.edits]
        claims = [edit for edit in chosen if edit.each == "claim"]
        lines = [edit for edit in chosen if edit.each == "line"]
        self._claims = _Side(tuple(claims), _afters(claims, []), "claim.first_date")
        self._lines = _Side(tuple(lines), _afters(lines, claims), "line.date")

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
        on_claim, codes = self._run(self._claims, claim, None, view, kind, [])
        outcomes: list[tuple[Line | None, Sequence[int]]] = [(None, codes)]
        programs = [on_claim]
        for line in claim.lines:
            program, found = self._run(self._lines, claim, line, view, kind, codes)
            programs.append(program)
            outcomes.append((line, found))
        results = tuple(outcomes)

        def build() -> tuple[tuple[Finding, ...], tuple[Silenced, ...]]:
            return _details(view, match, programs, results)

        return Report(claim, match.payer, self.as_of, results, build)

    # ---- one line, or the claim itself -----------------------------------------------------------------------------

    def _run(
        self, side: _Side, claim: Claim, line: Line | None, view: View, kind: Kind, above: Sequence[int]
    ) -> tuple[Program, list[int]]:
        if line is None:
            day: Day = FIELDS["claim.first_date"].read(view, None)  # type: ignore[assignment]
            code: Code = None
        else:
            day = line.date or claim.statement_from
            code = line.code
            if claim.unknown:
                if day is None:
                    day = FIELDS["line.date"].read(view, line)  # type: ignore[assignment]
                if code is None and "line.code" in claim.unknown:
                    code = UNKNOWN
        epoch: Epoch = day if day is None or day is UNKNOWN else bisect_right(self._boundaries, day)
        key = (code, epoch, kind)
        program = side.programs.get(key)
        if program is None:
            program = self._program(side, key, code, kind, epoch)
        codes = program.codes.copy()
        for place, judge in program.judges:
            codes[place] = judge(claim, line, view)
        if program.after and _spoken(program, codes, above):
            _silence(program.after, codes, above)
        return program, codes

    def _match(self, payer: Payer) -> PayerMatch:
        match = self._matches.get(payer)
        if match is None:
            if len(self._matches) > MAX_PROGRAMS:
                self._matches = {}
            match = self._matches[payer] = self._payers.match(payer)
        return match

    # ---- compiling -------------------------------------------------------------------------------------------------

    def _program(self, side: _Side, key: object, code: Code, kind: Kind, epoch: Epoch) -> Program:
        day = self._day(epoch)
        plans = tuple(self._prepare(edit, kind, epoch, day, side.date_field).plan(code) for edit in side.edits)
        codes: list[int] = []
        judges: list[tuple[int, Judge]] = []
        for place, plan in enumerate(plans):
            constant = plan.constant
            codes.append(0 if constant is None else constant)
            if constant is None:
                judges.append((place, self._compiler.judge(plan, kind[3])))
        possible = {place for place, _ in judges} | {place for place, found in enumerate(codes) if found}
        after = tuple(each for each in side.after if each.place in possible)
        watched = {p for each in after for _, p, on_claim in each.causes if not on_claim and p in possible}
        watched_above = {p for each in after for _, p, on_claim in each.causes if on_claim}
        program = Program(plans, codes, tuple(judges), after, tuple(sorted(watched)), tuple(sorted(watched_above)))
        if len(side.programs) >= MAX_PROGRAMS:
            side.programs = {}
        side.programs[key] = program
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
                edit, Context(knowledge, claim_type, void, day, self.as_of, date_field)
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


def _spoken(program: Program, codes: Sequence[int], above: Sequence[int]) -> bool:
    """Whether an edit that may silence another was anything but passed or not applicable."""
    spoken = False
    for place in program.watched:
        spoken |= codes[place] not in _QUIET
    for place in program.watched_above:
        spoken |= above[place] not in _QUIET
    return spoken


def _silence(after: tuple[_After, ...], codes: list[int], above: Sequence[int]) -> None:
    """Silences, in order of dependence, every edit after one that has spoken."""
    for each in after:
        if codes[each.place]:
            for _, place, on_claim in each.causes:
                if (above if on_claim else codes)[place] not in _QUIET:
                    codes[each.place] = Outcome.SILENCED
                    break


def _afters(edits: list[doc.Edit], claims: list[doc.Edit]) -> tuple[_After, ...]:
    places = {edit.edit.text: (place, False) for place, edit in enumerate(edits)}
    places |= {edit.edit.text: (place, True) for place, edit in enumerate(claims)}
    graph = {edit.edit.text: [name.text for name in edit.after] for edit in edits}
    own = {edit.edit.text: edit for edit in edits}
    return tuple(
        _After(places[id][0], tuple((n.text, *places[n.text]) for n in own[id].after if n.text in places))
        for id in TopologicalSorter(graph).static_order()
        if id in own and own[id].after
    )


def _details(
    view: View, match: PayerMatch, programs: list[Program], results: Sequence[tuple[Line | None, Sequence[int]]]
) -> tuple[tuple[Finding, ...], tuple[Silenced, ...]]:
    findings: list[Finding] = []
    silenced: list[Silenced] = []
    above = results[0][1]
    for scope, (program, (line, codes)) in enumerate(zip(programs, results, strict=True)):
        index = None if line is None else scope - 1
        causes = {each.place: each.causes for each in program.after}
        for place, found in enumerate(codes):
            if found == Outcome.SILENCED:
                spoke = (id for id, p, on_claim in causes[place] if (above if on_claim else codes)[p] not in _QUIET)
                silenced.append(Silenced(program.plans[place].prepared.edit.edit.text, index, next(spoke)))
            elif found:
                findings.append(finding_of(program.plans[place], Outcome(found), view, match, line, index))
    return tuple(findings), tuple(silenced)


def _boundaries(ruleset: Ruleset) -> Iterator[dt.date]:
    """Every day on which anything may change."""

    def span(since: dt.date | None, until: dt.date | None) -> Iterator[dt.date]:
        if since is not None:
            yield since
        if until is not None and until < dt.date.max:
            yield until + dt.timedelta(days=1)

    def starts(timelines: Collection[doc.Timeline]) -> Iterator[dt.date]:
        for timeline in timelines:
            yield from (dated.start for dated in timeline)

    yield from starts([each.values for each in ruleset.sets.values()])
    for profile in ruleset.profiles.values():
        yield from starts([each.values for each in profile.facts.values()])
    for payer in ruleset.payers.values():
        yield from starts([each.values for each in payer.facts.values()])
    for edit in ruleset.edits.values():
        yield from span(edit.since, edit.until)
        for clause in (edit.when, edit.unless, edit.require, edit.fail_when):
            yield from _written(clause)
    for overlay in ruleset.overlays:
        for change in overlay.edits.values():
            yield from span(change.since, change.until)
            yield from _written(change.unless)
        tables = [*overlay.sets.values(), *overlay.facts.values()]
        tables += [changes for facts in overlay.profiles.values() for changes in facts.values()]
        for changes in tables:
            for value in changes:
                yield from span(value.since, value.until)
                yield from starts([value.values])


def _written(clause: doc.Clause | None) -> Iterator[dt.date]:
    """The dates that conditions on the day of service name, and the days after them."""
    for leaf in leaves(clause):
        for item in leaf.items:
            if isinstance(item, doc.Constant) and isinstance(item.value, dt.date):
                yield item.value
                if item.value < dt.date.max:
                    yield item.value + dt.timedelta(days=1)
