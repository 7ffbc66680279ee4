"""What the programs of many codes, payers and days have in common: how their edits are judged and silenced."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from attrs import define, field

from cpt_rules.claim import Claim, Line
from cpt_rules.engine.compile import Run, run_of
from cpt_rules.engine.expressions import Judge
from cpt_rules.engine.prepare import Plan
from cpt_rules.engine.remember import Key, Remembered
from cpt_rules.finding import Outcome
from cpt_rules.reading import View
from cpt_rules.tables.edition import ALWAYS, Span, common

QUIET = frozenset({0, 3})  # Outcome.NOT_APPLICABLE, Outcome.PASS
#: How often a shape is run edit by edit before all of it is put into one function.
_COLD = 32
_MOST = 100_000


@define(eq=False)
class After:
    """An edit and the edits that silence it: its place, and of each cause the id, the place and the level.

    Level 0 are the edits of the same binding; 1 those on the claim, 2 those on its lines.
    """

    place: int
    causes: tuple[tuple[str, int, int], ...]


#: The place of an edit, and the places of what may silence it: here, on the claim, on the lines.
Live = tuple[int, tuple[int, ...], tuple[int, ...], tuple[int, ...]]


@define(eq=False)
class Shape:
    """How the edits of one binding are judged: `codes` has an outcome for each, 0 where a function is due.

    `judged` are the places of those, each with its function and a plan that it is the function of; `joint` the places
    among them whose outcomes are kept for all lines alike. `on_claim` and `on_lines` are the places there that may
    silence. `doomed` are silenced wherever they apply, `live` where one
    of their causes has spoken.
    """

    codes: bytes
    judged: tuple[tuple[int, Judge, Plan], ...]
    joint: frozenset[int]
    unknown: frozenset[str]
    doomed: tuple[int, ...]
    live: tuple[Live, ...]
    on_claim: tuple[int, ...] = field(init=False)
    on_lines: tuple[int, ...] = field(init=False)
    _shared: Remembered[bytes] | None = field(init=False)
    _runs: int = field(init=False, default=0)
    _run: Run | None = field(init=False, default=None)
    _silenced: dict[tuple[bytes, bytes], bytes] = field(init=False, factory=dict)

    def __attrs_post_init__(self) -> None:
        self._shared = Remembered(self._jointly) if self.joint else None
        self.on_claim = tuple(sorted({place for each in self.live for place in each[2]}))
        self.on_lines = tuple(sorted({place for each in self.live for place in each[3]}))

    def outcomes(self, claim: Claim, line: Line | None, view: View, above: bytes) -> bytes:
        """The outcomes on a line, or on the claim; `above` are those of the claim."""
        if self._run is not None:
            codes = self._run(claim, line, view)
        elif self._runs < _COLD:
            self._runs += 1
            codes = self.judge(claim, line, view, None)
        else:
            own = [(place, plan) for place, _, plan in self.judged if place not in self.joint]
            self._run = run_of(self.codes, own, self._shared, self.unknown)
            codes = self._run(claim, line, view)
        if not self.live and not self.doomed:
            return codes
        key = (codes, above if self.on_claim else b"")
        found = self._silenced.get(key)
        if found is None:
            if len(self._silenced) > _MOST:
                self._silenced = {}
            found = self._silenced[key] = self.silence(codes, (above,))
        return found

    def judge(self, claim: Claim, line: Line | None, view: View, other: Line | None) -> bytes:
        """The outcomes, edit by edit, before anything is silenced."""
        codes = bytearray(self.codes)
        for place, judge, _ in self.judged:
            codes[place] = judge(claim, line, view, other)
        return bytes(codes)

    def silence(self, before: bytes, above: Sequence[bytes] = ()) -> bytes:
        """The outcomes with every edit silenced after one that was anything but passed or not applicable.

        `above` are those of the claim, then those of its lines; without it nothing there has spoken.
        """
        codes = bytearray(before)
        for place in self.doomed:
            if codes[place]:
                codes[place] = Outcome.SILENCED
        for place, here, there, elsewhere in self.live:
            if codes[place] and (
                any(codes[cause] not in QUIET for cause in here)
                or any(on_claim[cause] not in QUIET for cause in there for on_claim in above[:1])
                or any(on_line[cause] not in QUIET for cause in elsewhere for on_line in above[1:])
            ):
                codes[place] = Outcome.SILENCED
        return bytes(codes)

    def _jointly(
        self, key: Key, day: dt.date | None, claim: Claim, line: Line | None, view: View, other: Line | None
    ) -> tuple[bytes, Span]:
        codes = bytearray(self.codes)
        spans = [ALWAYS]
        for place, judge, plan in self.judged:
            if place in self.joint:
                codes[place] = judge(claim, line, view, other)
                if plan.prepared.edit.lookup:
                    spans.append(plan.prepared.binding.span(view, line, other))
        return bytes(codes), common(spans)


def shape_of(
    codes: bytearray,
    judged: tuple[tuple[int, Judge, Plan], ...],
    joint: frozenset[int],
    unknown: frozenset[str],
    after: Sequence[After],
) -> Shape:
    """A shape, with all silencing decided that constant outcomes decide."""
    dynamic = {place for place, _, _ in judged}
    bad = {place for place, code in enumerate(codes) if code not in QUIET}
    doomed: list[int] = []
    live: list[Live] = []
    for each in after:
        causes = [[p for _, p, at in each.causes if at == level] for level in range(3)]
        if bad.intersection(causes[0]):
            if each.place in dynamic:
                doomed.append(each.place)
            elif codes[each.place]:
                codes[each.place] = Outcome.SILENCED
                bad.add(each.place)
        elif each.place in dynamic or codes[each.place]:
            here = tuple(p for p in causes[0] if p in dynamic or codes[p])
            if here or causes[1] or causes[2]:
                live.append((each.place, here, tuple(causes[1]), tuple(causes[2])))
    return Shape(bytes(codes), judged, joint, unknown, tuple(doomed), tuple(live))
