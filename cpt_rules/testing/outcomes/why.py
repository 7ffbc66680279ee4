"""Why an outcome differs between two rulesets: which changed documents, by which conditions and values."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from functools import cached_property

from attrs import define, evolve, field, frozen

from cpt_rules.claim import Claim
from cpt_rules.engine import Engine
from cpt_rules.engine.reference_edits import Judgement, judge, severity_of
from cpt_rules.engine.reference_places import Place, places
from cpt_rules.finding import Outcome, shown
from cpt_rules.language import documents as doc
from cpt_rules.reading import Open, Reading, View
from cpt_rules.ruleset.compare import Change, Comparison, Difference
from cpt_rules.ruleset.compare.clauses import condition_text, meaning
from cpt_rules.ruleset.compare.reads import Reader, touches
from cpt_rules.ruleset.payers import PayerIndex, PayerMatch, chain
from cpt_rules.ruleset.ruleset import Ruleset
from cpt_rules.testing.outcomes.hybrids import INERT, DoesNotFit, Hybrids, Ids
from cpt_rules.testing.outcomes.model import Because, ConditionSeen
from cpt_rules.testing.reach.remembered import Remembered, RememberedSetting

_MOST_KEPT = 400


@frozen
class Asked:
    """An outcome that differs: the edit by its new and its old id, its place in the claim, what it was and is."""

    claim: Claim
    ids: Ids
    index: int | None
    other: int | None
    old: Outcome
    new: Outcome


@frozen
class Answer:
    """The changes that make the difference, the conditions seen differently, and what else differs."""

    date: dt.date | None
    because: tuple[Because, ...]
    conditions: tuple[ConditionSeen, ...]
    notes: tuple[str, ...]


@define(eq=False)
class _Half:
    """One of the two rulesets, and what it knows. `edits` are ids: the second of a pair in the old, the first in the new."""

    ruleset: Ruleset
    reader: Reader
    index: PayerIndex
    as_of: dt.date
    client: str | None
    _known: dict[object, Remembered] = field(factory=dict)

    def judgement(self, asked: Asked) -> Judgement | None:
        """The edit in its place, before anything silences it; None where this ruleset does not have the edit."""
        edit = next((self.ruleset.edits[id] for id in asked.ids if id in self.ruleset.edits), None)
        if edit is None:
            return None
        view = View(asked.claim, self.as_of)
        place = next((each for each in places(view, edit.each) if _is(each, asked)), None)
        if place is None:
            return None
        match = self.index.match(asked.claim.payer)
        links = chain(self.ruleset, match, self.client)
        key = (match, place.date)
        if key not in self._known:
            if len(self._known) >= _MOST_KEPT:
                self._known.clear()
            self._known[key] = Remembered(self.ruleset, links, place.date)
        presumed = frozenset(name.text for name in edit.presume)
        setting = RememberedSetting(self._known[key], view, place.bound(view), match, presumed, edit.lookup)
        return judge(edit, place, setting)


@define(eq=False, slots=False)
class Why:
    """Answers for two rulesets."""

    old: Ruleset
    new: Ruleset
    comparison: Comparison
    as_of: dt.date
    clients: tuple[str | None, str | None]
    _halves: tuple[_Half, _Half] = field(init=False)
    _hybrids: tuple[Hybrids, Hybrids] = field(init=False)

    def __attrs_post_init__(self) -> None:
        old, new = self.old, self.new
        self._halves = (
            _Half(old, Reader(old), PayerIndex.of(old), self.as_of, self.clients[0]),
            _Half(new, Reader(new), PayerIndex.of(new), self.as_of, self.clients[1]),
        )
        self._hybrids = (Hybrids(old, new, self._engine), Hybrids(new, old, self._engine))

    def _engine(self, ruleset: Ruleset, ids: Ids) -> Engine:
        client = next((each for each in self.clients if each is not None), None)
        known = client if any(each.applies.client == client for each in ruleset.overlays) else None
        here = [id for id in dict.fromkeys(ids) if id in ruleset.edits]
        return Engine(ruleset, as_of=self.as_of, client=known, select=here)

    def of(self, asked: Asked) -> Answer:
        """Why an outcome differs."""
        old, new = (half.judgement(asked) for half in self._halves)
        one = new or old
        date = one.place.date if one is not None else None
        candidates = tuple(self._candidates(asked, date))
        chosen = self._deciding(asked, candidates) if len(candidates) > 1 else candidates
        held = {word for each in (old, new) if each is not None for word in _held(each)}
        because = tuple(Because(each, tuple(self._by(each, asked, date, held))) for each in chosen)
        return Answer(date, because, tuple(_conditions(old, new)), tuple(_notes(old, new)))

    # ---- which documents -------------------------------------------------------------------------------------------

    def _candidates(self, asked: Asked, day: dt.date | None) -> Iterator[Change]:
        """The changes of what the edit reads that may concern this place at all."""
        matches = [half.index.match(asked.claim.payer) for half in self._halves]
        chains = [
            {each.overlay.overlay.text for each in chain(half.ruleset, match, half.client)}
            for half, match in zip(self._halves, matches, strict=True)
        ]
        for change in self.comparison.in_meaning:
            if not any(change.id == id or id in change.edits for id in asked.ids):
                continue
            if change.kind in INERT and change.status != "changed":
                continue
            if not any(each.concern == "meaning" and each.days.holds(day) for each in change.differences):
                continue
            if change.kind == "overlay" and not any(change.id in each for each in chains):
                continue
            if change.kind == "profile" and change.id not in self._codes(asked):
                continue
            if change.kind == "payer" and matches[0] == matches[1] and not _is_payer(change, matches[1]):
                continue
            if not self._touches(change, asked, day):
                continue
            yield change

    def _touches(self, change: Change, asked: Asked, day: dt.date | None) -> bool:
        """Whether one of the differences of that day is about what the edit reads."""
        if any(each.part in ("for", "document") for each in change.differences):
            return True
        then = tuple(each for each in change.differences if each.days.holds(day))
        some = evolve(change, differences=then)
        return any(touches(some, id, half.reader.of(id)) for half in self._halves for id in asked.ids)

    def _by(self, change: Change, asked: Asked, day: dt.date | None, held: set[str]) -> Iterator[Difference]:
        """The differences of that day about what the edit reads; of lists the values that the fields held, if any."""
        told = [each for each in change.differences if each.concern == "meaning" and each.part != "document"]
        then = [each for each in told if each.days.holds(day)]
        own = [each for each in then if self._touches(evolve(change, differences=(each,)), asked, day)]
        own = own or (then if change.status == "changed" else [])
        named = []
        for each in own:
            joined, left = (tuple(value for value in found if value in held) for found in (each.joined, each.left))
            if joined or left or not (each.joined or each.left):
                named.append(evolve(each, joined=joined, left=left))
        yield from named or own

    def _codes(self, asked: Asked) -> set[str | None]:
        lines = asked.claim.lines
        places = range(len(lines)) if asked.index is None else (asked.index, asked.other)
        return {lines[place].code for place in places if place is not None}

    @cached_property
    def _retyped(self) -> tuple[Change, ...]:
        return tuple(each for each in self.comparison.in_meaning if each.kind in ("fact", "table"))

    def _deciding(self, asked: Asked, candidates: tuple[Change, ...]) -> tuple[Change, ...]:
        """The changes without any one of which the new outcome would be another; else those that alone make it so.

        All of them where there are none of either, and where one document of the other ruleset would not fit the
        rest: a fact or column of another type, an edit on something else or with other look-ups.
        """
        if any(_unfit(each) for each in (*self._retyped, *candidates)):
            return candidates
        try:
            return self._needed(asked, candidates) or candidates
        except DoesNotFit:
            return candidates

    def _needed(self, asked: Asked, candidates: tuple[Change, ...]) -> tuple[Change, ...]:
        """The changes that are needed for the new outcome, else those that are enough for it. Raises `DoesNotFit`."""
        old, new = self._hybrids
        place = (asked.index, asked.other)
        before = old.outcome(None, asked.ids, asked.claim, place)
        after = new.outcome(None, asked.ids, asked.claim, place)
        needed = tuple(each for each in candidates if new.outcome(each, asked.ids, asked.claim, place) != after)
        if needed or before == after:
            return needed
        return tuple(each for each in candidates if old.outcome(each, asked.ids, asked.claim, place) == after)


def _is(place: Place, asked: Asked) -> bool:
    return asked.index in place.owners and place.other == asked.other


def _is_payer(change: Change, match: PayerMatch) -> bool:
    return match.payer is not None and change.id == match.payer


#: Parts by whose change a document may no longer fit those that name it.
_FORM: Mapping[str, tuple[str, ...]] = {
    "fact": ("type",),
    "table": ("columns", "key", "unique", "settings"),
    "edit": ("each", "lookup"),
}


def _unfit(change: Change) -> bool:
    form = _FORM.get(change.kind, ())
    return change.status == "changed" and any(each.part.partition(" ")[0] in form for each in change.differences)


# ---- by which values -----------------------------------------------------------------------------------------------


def _held(judgement: Judgement) -> Iterator[str]:
    """The values that the fields and facts held which the conditions name, as they are written."""
    seen = dict(judgement.values)
    facts = {leaf.field for _, leaf in judgement.stated} - seen.keys()
    for reading in (*seen.values(), *map(judgement.setting.reading, sorted(facts))):
        if isinstance(reading, tuple | Open):
            yield from map(shown, reading.known if isinstance(reading, Open) else reading)
        else:
            yield shown(reading)


# ---- by which conditions -------------------------------------------------------------------------------------------


def _conditions(old: Judgement | None, new: Judgement | None) -> Iterator[ConditionSeen]:
    """The conditions whose truth differs; those of one side only in parts whose truth differs."""
    if old is None or new is None:
        return
    before, after = _stated(old), _stated(new)
    for part, key in {**before, **after}:
        mine, theirs = before.get((part, key)), after.get((part, key))
        leaf = theirs or mine
        assert leaf is not None
        if mine is not None and theirs is not None:
            truths = (old.setting.truth(mine), new.setting.truth(theirs))
            if truths[0] is truths[1]:
                continue
            readings = (old.setting.reading(mine.field), new.setting.reading(theirs.field))
            yield ConditionSeen(part, condition_text(leaf), *truths, *readings)
        elif _part(old, part) is not _part(new, part):
            side = new if mine is None else old
            truth, reading = side.setting.truth(leaf), side.setting.reading(leaf.field)
            only = "new" if mine is None else "old"
            yield ConditionSeen(part, condition_text(leaf), truth, truth, reading, reading, only)


def _stated(judgement: Judgement) -> dict[tuple[str, object], doc.Leaf]:
    return {(part, meaning(leaf)): leaf for part, leaf in judgement.stated}


def _part(judgement: Judgement, part: str) -> bool | None:
    """The truth of a part of the edit."""
    if part == "fail when":
        clause = judgement.edit.fail_when
        return False if clause is None else judgement.setting.truth(clause)
    truths = {"when": judgement.when, "unless": judgement.unless, "require": judgement.require}
    return truths[part]


def _notes(old: Judgement | None, new: Judgement | None) -> Iterator[str]:
    """What differs beside the conditions, in words."""
    if old is None or new is None:
        if old is not new:
            yield (
                "the old ruleset does not have this edit" if old is None else "the new ruleset does not have this edit"
            )
        return
    if old.in_dates is not new.in_dates:
        yield f"on {new.place.date or 'no day'} {_words('in force', old.in_dates, new.in_dates)}"
    if old.payers is not new.payers:
        yield f"for the payer {_words('a rule', old.payers, new.payers)}"
    payers = [each.setting.match.payer or "unknown" for each in (old, new)]
    if payers[0] != payers[1]:
        yield f"the payer was {payers[0]}, is {payers[1]}"
    severities = [severity_of(each.edit, each.changes) for each in (old, new)]
    if severities[0] != severities[1]:
        yield f"severity was {severities[0]}, is {severities[1]}"
    failing = (old.outcome is Outcome.FAIL, new.outcome is Outcome.FAIL)
    if failing[0] is not failing[1] and severities[0] == severities[1]:
        low = [sorted(_doubtful(each)) for each in (old, new)]
        if low[0] != low[1]:
            told = [", ".join(each) or "none" for each in low]
            yield f"sources of less than high confidence: were {told[0]}, are {told[1]}"


def _doubtful(judgement: Judgement) -> set[str]:
    sources = judgement.setting.knowledge.ruleset.sources
    named = {trace.source for trace in judgement.traces if trace.source is not None}
    return {id for id in named if sources[id].confidence != "high"}


def _words(what: str, old: bool | None, new: bool | None) -> str:
    told = {True: what, False: f"not {what}", None: f"not known to be {what}"}
    return f"was {told[old]}, is {told[new]}"


def truth_word(truth: bool | None) -> str:
    return {True: "true", False: "false", None: "unknown"}[truth]


def reading_text(reading: Reading) -> str:
    """A reading for people, cut where it is long."""
    text = shown(reading)
    return text if len(text) <= 120 else text[:117] + "..."
