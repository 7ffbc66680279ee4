"""What is known for one chain of overlays on one day: sets, facts and edits with every overlay applied."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import cast

from attrs import define, field, frozen

from cpt_rules.language import documents as doc
from cpt_rules.reading import UNKNOWN, Reading, Value
from cpt_rules.ruleset.members import ANYTHING, Members, Truth, either
from cpt_rules.ruleset.payers import Link, PayerMatch
from cpt_rules.ruleset.ruleset import PROFILES_SET, Ruleset


@frozen
class Known:
    """A set, or the value of a fact. `link` is the place in the chain of the last overlay that changed it, or -1."""

    value: Members | Reading
    sources: tuple[str, ...] = ()
    link: int = -1

    @property
    def members(self) -> Members:
        return cast(Members, self.value)


@frozen
class EditState:
    """An edit as the chain leaves it: whether it runs, how severe it is, further exceptions, and on whose word.

    `unless` pairs each added clause with what would have to be known to say whether it is added (empty: it is).
    """

    runs: Truth
    missing: tuple[str, ...]
    severity: doc.Severity
    unless: tuple[tuple[doc.Clause, tuple[str, ...]], ...]
    sources: tuple[str, ...]
    link: int


def in_force(change: doc.EditChange | doc.ValueChange, day: dt.date | None) -> bool:
    """Whether a change exists on a day; where no day is known, only one without dates does."""
    if day is None:
        return change.since is None and change.until is None
    return (change.since is None or change.since <= day) and (change.until is None or day <= change.until)


def at(timeline: doc.Timeline, day: dt.date | None) -> tuple[doc.Item, ...] | None:
    """The items in force on a day; None where nothing is known."""
    found: tuple[doc.Item, ...] | None = None
    if day is not None:
        for dated in timeline:
            if dated.start > day:
                break
            found = dated.items
    return found


@define(eq=False)
class Knowledge:
    """The answers are kept; one object serves every claim with this chain and a day in the same epoch."""

    ruleset: Ruleset
    match: PayerMatch
    links: tuple[Link, ...]
    day: dt.date | None
    _written_out: dict[int, frozenset[Value]] = field(factory=dict)
    _sets: dict[tuple[str, bool], Known] = field(factory=dict)
    _facts: dict[tuple[str, str | None, str], Known] = field(factory=dict)

    def set(self, id: str, presumed: bool = False) -> Known:
        """A set; a presumed one in force is taken as complete: what its list does not surely name is not in it."""
        key = (id, presumed)
        if key not in self._sets:
            self._sets[key] = self._set(id, presumed)
        return self._sets[key]

    def fact(self, name: str, code: str | None) -> Known:
        """The value of ``profile.FACT`` for a code, or of ``payer.FACT`` for the payer of this chain."""
        head, _, id = name.partition(".")
        key = (head, code if head == "profile" else None, id)
        if key not in self._facts:
            self._facts[key] = self._fact(head, code, id)
        return self._facts[key]

    def edit(self, edit: doc.Edit) -> EditState:
        runs, missing = self._runs(edit)
        severity: doc.Severity = edit.severity
        unless: list[tuple[doc.Clause, tuple[str, ...]]] = []
        sources = [edit.source.text]
        last = -1
        for place, link in enumerate(self.links):
            change = link.overlay.edits.get(edit.edit.text)
            if change is None or not in_force(change, self.day):
                continue
            last = place
            sources.append(change.source.text)
            if change.adopt or change.off:
                wanted = change.adopt is not None
                if not link.undecided:
                    runs, missing = wanted, ()
                elif runs is not wanted:
                    runs, missing = None, (*missing, *(name for name in link.undecided if name not in missing))
            if change.severity is not None:
                severity = change.severity if not link.undecided or change.severity == severity else "warn"
            if change.unless is not None:
                unless.append((change.unless, link.undecided))
        return EditState(runs, missing, severity, tuple(unless), tuple(dict.fromkeys(sources)), last)

    # ---- sets ------------------------------------------------------------------------------------------------------

    def _set(self, id: str, presumed: bool) -> Known:
        if id == PROFILES_SET:
            return Known(Members(frozenset(self.ruleset.profiles)))
        document = self.ruleset.sets[id]
        items = at(document.values, self.day)
        domain = self.set(document.complete.id) if isinstance(document.complete, doc.SetRef) else None
        gap: tuple[Members | None, ...] = () if document.complete == "yes" or presumed else (None,)
        if domain is not None and not presumed:
            gap = (domain.members,)
        current, rests = ANYTHING, Rests()
        if items is not None:
            inside, nested = self._split(items)
            parts = [self.set(ref.id) for ref in nested]
            current = Members(inside, gaps=gap, parts=tuple(part.members for part in parts))
            current = Members(current.sure) if presumed else current
            base = [document.source.text, *(source for part in parts for source in part.sources)]
            rests = Rests(base, max((part.link for part in parts), default=-1), whole=True)
        for place, link, changes in self._changes(link.overlay.sets.get(id, ()) for link in self.links):
            new = current
            for change in changes:
                changed = self._changed(new, change, gap)
                if changed is not None:
                    new = changed
                    rests = rests.after(change, place, link, self.day)
            current = either(current, new) if link.undecided else new
        return Known(current, *rests.told(domain))

    def _changes(
        self, tables: Iterable[tuple[doc.ValueChange, ...]]
    ) -> Iterator[tuple[int, Link, list[doc.ValueChange]]]:
        for place, (link, changes) in enumerate(zip(self.links, tables, strict=True)):
            found = [change for change in changes if in_force(change, self.day)]
            if found:
                yield place, link, found

    # ---- facts -----------------------------------------------------------------------------------------------------

    def _fact(self, head: str, code: str | None, id: str) -> Known:
        many = self.ruleset.facts[id].type.many
        unknown: Members | Reading = ANYTHING if many else UNKNOWN
        if head == "profile":
            profile = self.ruleset.profiles.get(code) if code is not None else None
            base = profile.facts.get(id) if profile is not None else None
            tables = [link.overlay.profiles.get(code or "", {}).get(id, ()) for link in self.links]
        else:
            payer = self.ruleset.payers.get(self.match.payer) if self.match.payer is not None else None
            base = payer.facts.get(id) if payer is not None else None
            tables = [link.overlay.facts.get(id, ()) for link in self.links]
        items = at(base.values, self.day) if base is not None else None
        current = unknown if items is None else self._value(items, many)
        rests = Rests([base.source.text] if items is not None and base is not None and base.source is not None else [])
        for place, link, changes in self._changes(tables):
            new = current
            for change in changes:
                if many:
                    changed: Members | Reading = self._changed(cast(Members, new), change, ())
                else:
                    changed = _replacement(change, self.day)
                if changed is not None:
                    new = changed
                    rests = rests.after(change, place, link, self.day)
            if not link.undecided:
                current = new
            elif many:
                current = either(cast(Members, current), cast(Members, new))
            else:
                current = current if current == new else UNKNOWN
        return Known(current, *rests.told(None))

    def _runs(self, edit: doc.Edit) -> tuple[Truth, tuple[str, ...]]:
        if not edit.payers:
            return True, ()
        if self.match.payer is None:
            return None, ("claim.payer",)
        if any(name.text == self.match.payer for name in edit.payers):
            return True, ()
        return None, ("payer.policy",)

    # ---- written-out lists -----------------------------------------------------------------------------------------

    def _value(self, items: tuple[doc.Item, ...], many: bool) -> Members | Reading:
        return Members(self._split(items)[0]) if many else cast(doc.Constant, items[0]).value

    def _changed(self, current: Members, change: doc.ValueChange, gap: tuple[Members | None, ...]) -> Members | None:
        """A set after a change; None where the change does not exist on this day. `gap`: what a replacement leaves open."""
        if not change.values and change.source is None:
            return ANYTHING if self.day is not None else None
        items = at(change.values, self.day)
        if items is None:
            return None
        listed = self._split(items)[0]
        if change.sign == "+":
            return Members(listed, parts=(current,))
        if change.sign == "-":
            return Members(outside=listed, parts=(current,))
        return Members(listed, gaps=gap)

    def written_out(self, items: tuple[doc.Item, ...]) -> frozenset[Value]:
        """The values of a list, ranges written out. Kept by the identity of the list, which the ruleset keeps alive."""
        values = self._written_out.get(id(items))
        if values is None:
            values = self._written_out[id(items)] = frozenset(_write_out(items))
        return values

    def _split(self, items: tuple[doc.Item, ...]) -> tuple[frozenset[Value], tuple[doc.SetRef, ...]]:
        """The values of a list and the sets it names."""
        return self.written_out(items), tuple(item for item in items if isinstance(item, doc.SetRef))


def _replacement(change: doc.ValueChange, day: dt.date | None) -> Reading:
    """The new value of a scalar fact; None where the change does not exist on this day."""
    if not change.values and change.source is None:
        return UNKNOWN if day is not None else None
    items = at(change.values, day)
    return None if items is None else cast(doc.Constant, items[0]).value


@frozen
class Rests:
    """What a value rests on: the sources of its base and of what changed it, and the last overlay of each.

    `whole`: a full list is left of it, so that what the set says of values it does not list counts too.
    """

    base: list[str] = field(factory=list)
    base_link: int = -1
    changed: list[str] = field(factory=list)
    changed_link: int = -1
    whole: bool = False

    def after(self, change: doc.ValueChange, place: int, link: Link, day: dt.date | None) -> Rests:
        """What it rests on after a change; of what a decided replacement replaces nothing is left."""
        own = [] if change.source is None else [change.source.text]
        listed = at(change.values, day) is not None
        if change.sign == "" and not link.undecided:
            return Rests([], -1, own, place, listed)
        whole = self.whole or (change.sign == "" and listed)
        return Rests(self.base, self.base_link, [*self.changed, *own], place, whole)

    def told(self, domain: Known | None) -> tuple[tuple[str, ...], int]:
        """Sources, each once, and the place of the last overlay; `domain` is of the set about which a set is complete."""
        if domain is None or not self.whole:
            return tuple(dict.fromkeys([*self.base, *self.changed])), max(self.base_link, self.changed_link)
        sources = dict.fromkeys([*self.base, *domain.sources, *self.changed])
        return tuple(sources), max(self.base_link, domain.link, self.changed_link)


def _write_out(items: tuple[doc.Item, ...]) -> Iterator[Value]:
    for item in items:
        if isinstance(item, doc.Constant):
            yield item.value
        elif isinstance(item, doc.Span):
            yield from codes(item)


def codes(span: doc.Span) -> list[str]:
    """Every code of a range: the digits count up, everything else stays."""
    return list(_counted_up(span.first, span.last))


@lru_cache(maxsize=16)
def _counted_up(low: str, high: str) -> tuple[str, ...]:
    places = [place for place, character in enumerate(low) if "0" <= character <= "9"]
    first, last = (int("".join(end[place] for place in places)) for end in (low, high))
    if places[-1] - places[0] == len(places) - 1:  # the digits stand together
        before, after, width = low[: places[0]], low[places[-1] + 1 :], len(places)
        return tuple([f"{before}{number:0{width}d}{after}" for number in range(first, last + 1)])
    found: list[str] = []
    for number in range(first, last + 1):
        code = list(low)
        for place, digit in zip(places, f"{number:0{len(places)}d}", strict=True):
            code[place] = digit
        found.append("".join(code))
    return tuple(found)
