"""What a ruleset knows on one day under one chain of overlays: sets, facts, and the sources they rest on.

Written for the reference engine: every answer is worked out from the documents each time it is asked for.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import groupby

from attrs import field, frozen

from cpt_rules.engine.reference_values import (
    EMPTY,
    NOTHING_KNOWN,
    Values,
    agreed,
    certain,
    span_values,
    union,
    values_of,
    without,
)
from cpt_rules.language import documents as doc
from cpt_rules.reading import UNKNOWN, Reading
from cpt_rules.ruleset.payers import Link
from cpt_rules.ruleset.ruleset import PROFILES_SET, Ruleset


def in_dates(day: dt.date | None, since: dt.date | None, until: dt.date | None) -> bool:
    """Whether the day lies between the two, both included. Without a day only what has no dates holds."""
    if day is None:
        return since is None and until is None
    return (since is None or since <= day) and (until is None or day <= until)


def at_day(timeline: doc.Timeline, day: dt.date | None) -> tuple[doc.Item, ...] | None:
    """The value that holds on the day: that of the last start not after it. None: not available."""
    if day is None:
        return None
    begun = [each for each in timeline if each.start <= day]
    return max(begun, key=lambda each: each.start).items if begun else None


@frozen
class Change:
    """A change of a set or fact by the overlay at `place` in the chain. `items` is None where it is *not available*."""

    place: int
    link: Link
    sign: str
    items: tuple[doc.Item, ...] | None
    source: str | None


@frozen
class Entry:
    """What the documents say of one set or fact on the day: the base (None: not available) and the changes in force."""

    name: str
    items: tuple[doc.Item, ...] | None
    source: str | None
    changes: tuple[Change, ...]

    def by_link(self) -> Iterator[tuple[bool, list[Change]]]:
        """The changes of each link in chain order, within one: replace, add, take away. First whether it is decided."""
        ordered = sorted(self.changes, key=lambda each: (each.place, ["", "+", "-"].index(each.sign)))
        for _, group in groupby(ordered, key=lambda each: each.place):
            changes = list(group)
            yield not changes[0].link.undecided, changes


@frozen
class Trace:
    """Something in force that an edit rests on: a base value (`place` None) or the change made at `place` in the chain.

    Of rows of a table `edition` is the one that answered, and `imported` says that it is none of the ruleset's own.
    """

    name: str
    source: str | None
    place: int | None = None
    edition: str | None = None
    imported: bool = False


@frozen
class Knowledge:
    """What the ruleset says on one day under one chain. The day is None where nobody tells it; then nothing holds."""

    ruleset: Ruleset
    links: tuple[Link, ...]
    day: dt.date | None
    _sets: dict[tuple[str, bool], Values] = field(factory=dict, init=False, eq=False, repr=False)

    # ---- sets

    def set_values(self, id: str, presumed: bool = False) -> Values:
        """The set on the day. A presumed one is taken as complete: what its lists do not surely name is not in it."""
        if (id, presumed) not in self._sets:
            self._sets[id, presumed] = self._set_values(id, presumed)
        return self._sets[id, presumed]

    def _set_values(self, id: str, presumed: bool) -> Values:
        if id == PROFILES_SET:
            return values_of(self.ruleset.profiles)
        listing = self._presumed if presumed else self.listing
        others = EMPTY if presumed else self._unlisted(self.ruleset.sets[id].complete)
        return self._values(self._set(id), lambda items: union([listing(items), others]), listing)

    def _set(self, id: str) -> Entry:
        document = self.ruleset.sets[id]
        changes = self._changes(lambda overlay: overlay.sets.get(id, ()))
        return Entry(f"set.{id}", at_day(document.values, self.day), document.source.text, changes)

    def _unlisted(self, complete: str | doc.SetRef) -> Values:
        """What completeness says of a value that is not listed: out, unknown, or out for the codes of another set."""
        if isinstance(complete, doc.SetRef):
            domain = self.set_values(complete.id)
            return Values(lambda x: False if domain.holds(x) else None, domain.listed, None)
        return EMPTY if complete == "yes" else NOTHING_KNOWN

    def listing(self, items: Iterable[doc.Item]) -> Values:
        """The values that items of a set or fact name."""
        return union([self._item(item) for item in items])

    def _presumed(self, items: Iterable[doc.Item]) -> Values:
        return certain(self.listing(items))

    def _item(self, item: doc.Item) -> Values:
        if isinstance(item, doc.Constant):
            return values_of([item.value])
        if isinstance(item, doc.Span):
            return span_values(item)
        return self.set_values(item.id) if isinstance(item, doc.SetRef) else NOTHING_KNOWN

    # ---- facts

    def profile_fact(self, code: str, fact: str) -> Entry:
        profile = self.ruleset.profiles.get(code)
        base = profile.facts.get(fact) if profile else None
        return self._fact(f"profile.{fact}", base, lambda overlay: overlay.profiles.get(code, {}).get(fact, ()))

    def payer_fact(self, payer: str | None, fact: str) -> Entry:
        """Of an unknown payer nothing is published; what the overlays of the chain say holds all the same."""
        base = None if payer is None else self.ruleset.payers[payer].facts.get(fact)
        return self._fact(f"payer.{fact}", base, lambda overlay: overlay.facts.get(fact, ()))

    def _fact(
        self, name: str, base: doc.FactValue | None, of: Callable[[doc.Overlay], Sequence[doc.ValueChange]]
    ) -> Entry:
        items = at_day(base.values, self.day) if base else None
        return Entry(name, items, base.source.text if base and base.source else None, self._changes(of))

    def list_fact(self, entry: Entry) -> Values:
        """The members of a list fact on the day; where nothing is known, anything may be one."""
        return self._values(entry, self.listing, self.listing)

    def scalar_fact(self, entry: Entry) -> Reading:
        """The value of a fact on the day, else UNKNOWN."""

        def value(items: tuple[doc.Item, ...] | None) -> Reading:
            return items[0].value if items and isinstance(items[0], doc.Constant) else UNKNOWN

        now = value(entry.items)
        for decided, changes in entry.by_link():
            new = value(changes[-1].items)
            now = new if decided or new == now else UNKNOWN
        return now

    # ---- changes

    def _changes(self, of: Callable[[doc.Overlay], Sequence[doc.ValueChange]]) -> tuple[Change, ...]:
        found: list[Change] = []
        for place, link in enumerate(self.links):
            for change in of(link.overlay):
                items = at_day(change.values, self.day)
                # Without values on the day a change does not exist, but for the one that says "not available" outright.
                ignorance = self.day is not None and change.source is None
                if in_dates(self.day, change.since, change.until) and (items is not None or ignorance):
                    source = change.source.text if change.source else None
                    found.append(Change(place, link, change.sign, items, source))
        return tuple(found)

    def _values(
        self,
        entry: Entry,
        whole: Callable[[tuple[doc.Item, ...]], Values],
        part: Callable[[tuple[doc.Item, ...]], Values],
    ) -> Values:
        """Base and changes in chain order. `whole` reads a full list of values, `part` what is added or taken away."""

        def changed(old: Values, change: Change) -> Values:
            if change.items is None:
                return NOTHING_KNOWN
            if change.sign == "":
                return whole(change.items)
            listed = part(change.items)
            return union([old, listed]) if change.sign == "+" else without(old, listed)

        now = NOTHING_KNOWN if entry.items is None else whole(entry.items)
        for decided, changes in entry.by_link():
            new = now
            for change in changes:
                new = changed(new, change)
            now = new if decided else agreed(now, new)
        return now

    # ---- what a value rests on

    def set_traces(self, id: str) -> list[Trace]:
        """What the value of the set on the day rests on: its source, nested sets, the domain of `complete`, changes."""
        if id == PROFILES_SET:
            return []
        complete = self.ruleset.sets[id].complete
        return self._traces(self._set(id), complete.id if isinstance(complete, doc.SetRef) else None)

    def fact_traces(self, entry: Entry) -> list[Trace]:
        return self._traces(entry, None)

    def _traces(self, entry: Entry, domain: str | None) -> list[Trace]:
        base: list[Trace] = []
        if entry.items is not None:
            base = [Trace(entry.name, entry.source), *self._nested(entry.items)]
        changed: list[Trace] = []
        whole = entry.items is not None  # whether a full list is left, so that completeness says something
        for decided, changes in entry.by_link():
            for change in changes:
                if change.sign == "":
                    if decided:  # nothing of the earlier value is left
                        base, changed, whole = [], [], False
                    whole = whole or change.items is not None
                changed.append(Trace(entry.name + change.sign, change.source, change.place))
                changed += self._nested(change.items or ())
        return [*base, *(self.set_traces(domain) if domain is not None and whole else []), *changed]

    def _nested(self, items: Iterable[doc.Item]) -> list[Trace]:
        return [trace for item in items if isinstance(item, doc.SetRef) for trace in self.set_traces(item.id)]
