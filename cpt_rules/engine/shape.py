"""What the programs of many codes, payers and days have in common: how their edits are judged and silenced."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence

from attrs import define, field

from cpt_rules.claim import Claim, Line
from cpt_rules.engine.binding import Binding
from cpt_rules.engine.compile import COMMON_FIELDS, Run, Together, common_key, jointly_of, run_of
from cpt_rules.engine.expressions import Judge, reader_of
from cpt_rules.engine.prepare import Plan
from cpt_rules.engine.remember import Key, Memos, Read, Remembered
from cpt_rules.finding import Outcome
from cpt_rules.reading import Reading, View
from cpt_rules.tables.edition import Span, common

QUIET = frozenset({0, 3})  # Outcome.NOT_APPLICABLE, Outcome.PASS
#: How often edits are judged one by one before they are put into one function: making it costs as much as it saves then.
_COLD = 256
_MOST = 20_000


@define(eq=False)
class After:
    """An edit and the edits that silence it: its place, and of each cause the id, the place and the level.

    Level 0 are the edits of the same binding; 1 those on the claim, 2 those on its lines.
    """

    place: int
    causes: tuple[tuple[str, int, int], ...]


#: The place of an edit, and the places of what may silence it: here, on the claim, on the lines.
Live = tuple[int, tuple[int, ...], tuple[int, ...], tuple[int, ...]]


#: The place of an edit, its function, and a plan that it is the function of.
Part = tuple[int, Judge, Plan]


@define(eq=False)
class Parts:
    """Edits that `run` judges together: one by one at first, in one function when that has often been done."""

    each: tuple[Part, ...]
    unknown: frozenset[str]
    memos: Memos
    run: Run = field(init=False)
    _uses: int = field(init=False, default=0)

    def __attrs_post_init__(self) -> None:
        self.run = self._one_by_one

    def _one_by_one(self, claim: Claim, line: Line | None, view: View) -> tuple[int, ...]:
        self._uses += 1
        if self._uses > _COLD:
            self.run = run_of([plan for _, _, plan in self.each], self.unknown, self.memos)
        return tuple([judge(claim, line, view, None) for _, judge, _ in self.each])

    def into(self, before: bytes, found: tuple[int, ...]) -> bytes:
        """The outcomes `before` with those that these edits gave."""
        codes = bytearray(before)
        for (place, _, _), code in zip(self.each, found, strict=True):
            codes[place] = code
        return bytes(codes)


@define(eq=False)
class PartsKept:
    """The same object for the same edits and functions, whatever their plans."""

    memos: Memos
    _by_key: dict[object, Parts] = field(factory=dict)

    def of(self, parts: tuple[Part, ...], unknown: frozenset[str]) -> Parts:
        key = (tuple([(place, judge) for place, judge, _ in parts]), unknown)
        found = self._by_key.get(key)
        if found is None:
            if len(self._by_key) > _MOST:
                self._by_key = {}
            found = self._by_key[key] = Parts(parts, unknown, self.memos)
        return found


@define(eq=False)
class Shape:
    """How the edits of one binding are judged: `codes` has an outcome for each, 0 where a function is due.

    `parts` are the edits with a function. Of them `joint` rest on what many lines have in common alone and are kept
    with it, as is which of the others it rules out (`gates`). `on_claim` and `on_lines` are the places there that may
    silence. `doomed` are silenced wherever they apply, `live` where one of their causes has spoken.
    """

    codes: bytes
    parts: tuple[Part, ...]
    joint: frozenset[int]
    gates: Mapping[int, Judge]
    unknown: frozenset[str]
    doomed: tuple[int, ...]
    live: tuple[Live, ...]
    kept: PartsKept
    dated: tuple[tuple[Binding, str, Read], ...] = field(init=False)
    on_claim: tuple[int, ...] = field(init=False)
    on_lines: tuple[int, ...] = field(init=False)
    _all: Parts = field(init=False)
    _shared: Remembered[tuple[bytes, Parts]] | None = field(init=False)
    _together: Together | None = field(init=False, default=None)
    _uses: int = field(init=False, default=0)
    _results: dict[tuple[bytes, bytes], tuple[bytes, Parts]] = field(init=False, factory=dict)
    _after: dict[tuple[bytes, Parts, tuple[int, ...], bytes], bytes] = field(init=False, factory=dict)
    _spoken: dict[bytes, bool] = field(init=False, factory=dict)

    def __attrs_post_init__(self) -> None:
        self._all = self.kept.of(() if self.joint else self.parts, self.unknown)
        self.dated = tuple(self._dated()) if self.joint else ()
        self._shared = self.kept.memos.new(self._jointly) if self.joint else None
        self.on_claim = tuple(sorted({place for each in self.live for place in each[2]}))
        self.on_lines = tuple(sorted({place for each in self.live for place in each[3]}))

    def _dated(self) -> Iterator[tuple[Binding, str, Read]]:
        """The look-ups, each once, on which what is kept jointly rests and whose rows have days of their own."""
        met = set()
        for place, _, plan in self.parts:
            if place in self.joint or place in self.gates:
                binding = plan.prepared.binding
                for alias in binding.of_dated_rows:
                    names, asked = binding.key_names(alias), binding.asked_of(alias)
                    if asked not in met and set(names) <= COMMON_FIELDS:
                        met.add(asked)
                        yield binding, alias, self.kept.memos.reader(names, self.unknown, reader_of)

    def on_claim_outcomes(self, claim: Claim, view: View) -> bytes:
        """The outcomes on the claim itself."""
        return self._silenced(self.codes, self._all, self._all.run(claim, None, view), b"")

    def on_line_outcomes(
        self, claim: Claim, line: Line, view: View, day: Reading, period: dt.date, above: bytes
    ) -> bytes:
        """The outcomes on a line whose day is `day`, in the period that begins at `period`; `above` are those of the claim."""
        if self._shared is None:
            return self._silenced(self.codes, self._all, self._all.run(claim, line, view), above)
        key = common_key(claim, line, period)
        found = self._shared.get(key)
        if found is None or day is None or not found[0] <= day <= found[1]:  # type: ignore[operator]
            found = self._shared.fresh(key, day, claim, line, view, None)  # type: ignore[arg-type]
        codes, rest = found[2]
        return self._silenced(codes, rest, rest.run(claim, line, view), above)

    def _silenced(self, before: bytes, parts: Parts, found: tuple[int, ...], above: bytes) -> bytes:
        """The outcomes `before` with those that `parts` gave, each silenced edit marked; worked out once."""
        key = (before, parts, found, above if self.on_claim else b"")
        kept = self._after.get(key)
        if kept is None:
            if len(self._after) > _MOST:
                self._after = {}
            kept = self._after[key] = self.silence(parts.into(before, found), (above,))
        return kept

    def line_has_spoken(self, codes: bytes) -> bool:
        """Whether the outcomes on a line may silence an edit of this shape."""
        found = self._spoken.get(codes)
        if found is None:
            if len(self._spoken) > _MOST:
                self._spoken = {}
            found = self._spoken[codes] = any(codes[place] not in QUIET for place in self.on_lines)
        return found

    def judge(self, claim: Claim, line: Line | None, view: View, other: Line | None) -> bytes:
        """The outcomes on a pair or day, edit by edit, before anything is silenced."""
        codes = bytearray(self.codes)
        for place, judge, _ in self.parts:
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
    ) -> tuple[tuple[bytes, Parts], Span]:
        if self._together is not None:
            found = self._together(claim, line, view, self.codes)
        else:
            found = self._one_by_one(claim, line, view)
            self._uses += 1
            if self._uses > _COLD:
                joint = [(place, plan) for place, _, plan in self.parts if place in self.joint]
                gated = [(place, plan) for place, _, plan in self.parts if place in self.gates]
                self._together = jointly_of(joint, gated, self.kept.memos)
        result = self._results.get(found)
        if result is None:
            codes, kept_out = found
            out = {place for place, shut in zip(self.gates, kept_out, strict=True) if shut}
            rest = tuple([part for part in self.parts if part[0] not in self.joint and part[0] not in out])
            result = self._results[found] = codes, self.kept.of(rest, self.unknown)
        spans = [
            binding.found_by(alias, read(claim, line, view, other), day).span for binding, alias, read in self.dated
        ]
        return result, common(spans)

    def _one_by_one(self, claim: Claim, line: Line | None, view: View) -> tuple[bytes, bytes]:
        codes = bytearray(self.codes)
        for place, judge, _ in self.parts:
            if place in self.joint:
                codes[place] = judge(claim, line, view, None)
        return bytes(codes), bytes([not gate(claim, line, view, None) for gate in self.gates.values()])


def settled(
    codes: bytearray, parts: Sequence[Part], after: Sequence[After]
) -> tuple[tuple[int, ...], tuple[Live, ...]]:
    """What is doomed and what is live, with all silencing done in `codes` that constant outcomes decide."""
    dynamic = {place for place, _, _ in parts}
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
    return tuple(doomed), tuple(live)
