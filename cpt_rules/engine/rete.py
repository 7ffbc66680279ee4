"""The rete engine: conditions are read here, and durable_rules combines their truths, binds lines and silences.

For every edit that may apply in a place Python reads the conditions, sets, facts and tables included, and states their
truths as facts; the Rete does the rest by its rules (`rete_rules`). What a finding says beside its outcome is what the
reference engine says of the same edit in the same place.

Threads may share an engine, and all engines of a process share the compiled Rete: claims go through it one at a time,
behind a lock. Memory does not grow with claims: what is remembered of a ruleset has bounds, and every session of the
Rete is deleted when it ends.
"""

from __future__ import annotations

import datetime as dt
import os
from bisect import bisect_right
from collections.abc import Callable, Iterable, Mapping
from graphlib import TopologicalSorter

from attrs import define, evolve, field

from cpt_rules.claim import Claim, Line
from cpt_rules.engine import rete_rules
from cpt_rules.engine.epochs import boundaries
from cpt_rules.engine.reference import Run
from cpt_rules.engine.reference_conditions import Setting
from cpt_rules.engine.reference_edits import (
    EditChangeInForce,
    Judgement,
    changes_of,
    fails_by_severity,
    missing_of,
    payers_of,
    stated_of,
    traces_of,
    trusted,
)
from cpt_rules.engine.reference_knowledge import in_dates
from cpt_rules.engine.reference_lookups import Answer
from cpt_rules.engine.reference_places import Place
from cpt_rules.engine.rete_bind import days, pair_place, pairs, stands_of
from cpt_rules.engine.rete_judge import Case, Judging, Standing
from cpt_rules.engine.rete_network import library
from cpt_rules.engine.rete_scene import Memory, Remembered, Scene
from cpt_rules.engine.rete_shape import gates, refs, shape_of, terms_of
from cpt_rules.fields import FIELDS
from cpt_rules.finding import Details, Outcome, Report, Silenced
from cpt_rules.language import documents as doc
from cpt_rules.reading import Reading, View
from cpt_rules.ruleset.payers import Link, PayerIndex, PayerMatch, chain
from cpt_rules.ruleset.ruleset import Ruleset

#: Days and chains of overlays of which the standing of all edits is kept.
MAX_CONTEXTS = 128
#: Codes of which is kept whether the sources of an edit bear a failure.
MAX_CODES = 64

if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=rete_rules.forget)


@define(eq=False)
class Context:
    """All that is decided before a claim is looked at: a day's knowledge under a chain, and the edits in force."""

    knowledge: Remembered
    standings: Mapping[str, tuple[Standing, ...]]


@define(eq=False)
class ReteEngine:
    """See the module. `edits` are the ids that run; None: all.

    Raises `ImportError` where durable_rules cannot be imported, and `ValueError` for a ruleset beyond the limits of the
    engine, each with what to do.
    """

    ruleset: Ruleset
    as_of: dt.date
    client: str | None = None
    edits: frozenset[str] | None = None
    _payers: PayerIndex = field(init=False)
    _running: Mapping[str, doc.Edit] = field(init=False)
    _boundaries: list[dt.date] = field(init=False)
    _memory: Memory = field(init=False)
    _contexts: dict[object, Context] = field(init=False)
    _limits: tuple[int, int] = field(init=False)

    def __attrs_post_init__(self) -> None:
        library()
        chosen = {id: edit for id, edit in self.ruleset.edits.items() if self.edits is None or id in self.edits}
        self._running = {id: chosen[id] for id in _causes_first(chosen)}
        self._limits = _within_limits(self.ruleset, self._running)
        self._payers = PayerIndex.of(self.ruleset)
        self._boundaries = sorted(set(boundaries(self.ruleset)))
        self._memory = Memory()
        self._contexts = {}

    def __getstate__(self) -> tuple[object, ...]:
        return self.ruleset, self.as_of, self.client, self.edits

    def __setstate__(self, state: tuple[Ruleset, dt.date, str | None, frozenset[str] | None]) -> None:
        self.ruleset, self.as_of, self.client, self.edits = state
        self.__attrs_post_init__()

    def scrub(self, claim: Claim) -> Report:
        """The report on a claim. Never raises for what the claim contains."""
        view = View(claim, self.as_of)
        match = self._payers.match(claim.payer)
        links = chain(self.ruleset, match, self.client)
        judging = Judging(rete_rules.judging(*self._limits), frozenset(self._running))
        asked: dict[tuple[object, ...], Answer | None] = {}
        for place in self._places(view):
            context = self._context(match, links, place.date)
            standings = context.standings[place.each]
            if standings:
                judging.judge(standings, place, self._setting(context.knowledge, view, match, place, asked))
        cases = judging.finish()
        run = Run(self.ruleset, claim, view, match, links, self._running)
        return Report(
            claim,
            match.payer,
            self.as_of,
            _outcomes(claim, cases),
            build=lambda least: _details(run, cases, least),
            lacking=lambda: tuple(_missing(case) for _, case in _placed(cases) if case.shown is Outcome.NOT_CHECKED),
        )

    # ---- places ----------------------------------------------------------------------------------------------------

    def _places(self, view: View) -> Iterable[Place]:
        """Everything that an edit is judged on: the claim, its lines, pairs and days, causes before what they silence."""
        bindings = {edit.each for edit in self._running.values()}
        first = FIELDS["claim.first_date"].read(view, None)
        yield Place("claim", (), first if isinstance(first, dt.date) else None)
        for place, line in enumerate(view.claim.lines):
            day = FIELDS["line.date"].read(view, line)
            yield Place("line", (place,), day if isinstance(day, dt.date) else None)
        if not bindings.isdisjoint(("pair", "later-pair", "day")):
            network, stands = rete_rules.binding(), stands_of(view)
            if not bindings.isdisjoint(("pair", "later-pair")):
                for a, b in pairs(network, stands):
                    yield pair_place("pair", a, b)
                    if a.place < b.place:
                        yield pair_place("later-pair", a, b)
            if "day" in bindings:
                yield from days(network, stands)

    def _setting(
        self,
        knowledge: Remembered,
        view: View,
        match: PayerMatch,
        place: Place,
        asked: dict[tuple[object, ...], Answer | None],
    ) -> Callable[[doc.Edit], Setting]:
        made: list[tuple[Mapping[str, Line], Remembered]] = []  # once, and only if a condition is read

        def setting(edit: doc.Edit) -> Setting:
            if not made:
                made.append((place.bound(view), evolve(knowledge, day=place.date)))
            bound, dated = made[0]
            return Scene(dated, view, bound, match, frozenset(name.text for name in edit.presume), edit.lookup, asked)

        return setting

    # ---- what is decided before ------------------------------------------------------------------------------------

    def _context(self, match: PayerMatch, links: tuple[Link, ...], day: dt.date | None) -> Context:
        epoch = None if day is None else bisect_right(self._boundaries, day)
        key = (match, epoch)
        found = self._contexts.get(key)
        if found is None:
            if len(self._contexts) >= MAX_CONTEXTS:
                self._contexts = {}
            found = self._contexts[key] = self._decided(match, links, day)
        return found

    def _decided(self, match: PayerMatch, links: tuple[Link, ...], day: dt.date | None) -> Context:
        knowledge = Remembered(self.ruleset, links, day, self._memory, {})
        # No condition is read with this one, so it needs no claim.
        setting = Setting(knowledge, None, {}, match, frozenset(), {})  # type: ignore[arg-type]
        standings: dict[str, list[Standing]] = {each: [] for each in ("claim", "line", "pair", "later-pair", "day")}
        for edit in self._running.values():
            changes = tuple(changes_of(edit, setting))
            payers, _ = payers_of(edit, setting, changes)
            if payers is not False and in_dates(day, edit.since, edit.until):
                shape = shape_of(edit, changes, payers)
                standings[edit.each].append(Standing(edit, changes, shape, _trust(edit, changes)))
        return Context(knowledge, {each: tuple(found) for each, found in standings.items()})


def _trust(edit: doc.Edit, changes: tuple[EditChangeInForce, ...]) -> Callable[[Setting], tuple[bool, bool]]:
    """Whether the sources bear a failure by severity, and one by `fail when`; remembered by code where that matters."""
    names = [name for _, leaf in stated_of(edit, changes) for name in (leaf.field, *refs(leaf))]
    by_code = any(name.startswith("profile.") for name in names)
    known: dict[Reading, tuple[bool, bool]] = {}

    def trust(setting: Setting) -> tuple[bool, bool]:
        code = setting.reading("line.code") if by_code else None
        if code not in known:
            if len(known) >= MAX_CODES:
                known.clear()
            by_severity = fails_by_severity(edit, setting, changes)
            grave = edit.fail_when is not None and trusted(edit, setting, changes, edit.fail_when, edit.require)
            known[code] = by_severity, grave
        return known[code]

    return trust


def _causes_first(edits: Mapping[str, doc.Edit]) -> list[str]:
    """The ids in an order in which every edit stands behind those it comes after."""
    graph = {id: [name.text for name in edit.after if name.text in edits] for id, edit in sorted(edits.items())}
    return list(TopologicalSorter(graph).static_order())


# ---- limits --------------------------------------------------------------------------------------------------------


def _within_limits(ruleset: Ruleset, edits: Mapping[str, doc.Edit]) -> tuple[int, int]:
    """The height of the highest gate and the length of the longest `after`. Raises `ValueError` beyond the limits."""
    height = ranks = 0
    for id, edit in edits.items():
        changes = [overlay.edits[id].unless for overlay in ruleset.overlays if id in overlay.edits]
        exceptions = [unless for unless in changes if unless is not None]
        terms = terms_of(edit, exceptions)
        levels = max((gate.height for gate in gates(terms)), default=0)
        _limit(id, "nests conditions", levels, rete_rules.MAX_HEIGHT, "levels deep")
        _limit(id, "has", sum(1 for _ in gates(terms)), rete_rules.MAX_GATES, "groups of conditions")
        _limit(id, "comes after", len(edit.after), rete_rules.MAX_AFTER, "edits")
        height, ranks = max(height, levels), max(ranks, len(edit.after))
    return height, ranks


def _limit(id: str, what: str, found: int, most: int, of: str) -> None:
    if found > most:
        raise ValueError(f"edit {id} {what} {found} {of}; the rete engine takes {most}: use the direct engine")


# ---- reports -------------------------------------------------------------------------------------------------------


def _placed(cases: Iterable[Case]) -> list[tuple[int | None, Case]]:
    """Every case by the line it belongs to: the claim's own first, then by line, edit and other line."""
    found = [(index, case) for case in cases for index in case.place.owners]
    return sorted(found, key=lambda one: (-1 if one[0] is None else one[0], one[1].edit, one[1].place.other or 0))


def _outcomes(claim: Claim, cases: Iterable[Case]) -> tuple[tuple[Line | None, list[int]], ...]:
    outcomes: list[tuple[Line | None, list[int]]] = [(None, []), *((line, []) for line in claim.lines)]
    for index, case in _placed(cases):
        outcomes[0 if index is None else index + 1][1].append(case.shown)
    return tuple(outcomes)


def _details(run: Run, cases: Iterable[Case], least: Outcome) -> Details:
    findings, silenced = [], []
    for index, case in _placed(cases):
        if case.cause is not None:
            silenced.append(Silenced(case.edit, index, case.cause, case.place.other))
        elif case.outcome >= least:
            findings.append(run.finding(_judgement(case), index))
    return tuple(findings), tuple(silenced)


def _judgement(case: Case) -> Judgement:
    """The outcome with what it rests on, for a finding; the truths of the parts, which the Rete kept, are left out."""
    edit, changes, setting = case.standing.edit, case.standing.changes, case.setting
    return Judgement(
        edit=edit,
        place=case.place,
        setting=setting,
        outcome=case.outcome,
        in_dates=True,
        payers=None,
        when=None,
        unless=None,
        require=None,
        missing=_missing(case),
        changes=changes,
        traces=tuple(traces_of(edit, setting, changes)),
        stated=tuple(stated_of(edit, changes)),
    )


def _missing(case: Case) -> tuple[str, ...]:
    if case.outcome is not Outcome.NOT_CHECKED:
        return ()
    edit, changes, setting = case.standing.edit, case.standing.changes, case.setting
    _, payers = payers_of(edit, setting, changes)
    return tuple(dict.fromkeys([*case.place.doubts, *payers, *missing_of(edit, setting, changes)]))
