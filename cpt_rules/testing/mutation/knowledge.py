"""Mutants of what is known: sets and facts, their days and members, whether a list is complete.

Members that look the same to every rule (they stand in the same other sets and have a profile or not) are one class: a
class is left out in whole, so that a test of any of them tells. The same holds of the profiles that say the same of a fact.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping

from attrs import define, evolve, field

from cpt_rules.language import documents as doc
from cpt_rules.reading import Value
from cpt_rules.ruleset.ruleset import Ruleset
from cpt_rules.testing.mutation.clauses import beside_item, days_beside, item_text
from cpt_rules.testing.mutation.mutant import Mutant, told_apart
from cpt_rules.testing.mutation.readers import Readers

Timelines = Iterator[tuple[str, doc.Timeline, tuple[Value, ...]]]


@define(eq=False)
class Knowledge:
    """The mutants of sets and facts of a ruleset."""

    ruleset: Ruleset
    readers: Readers
    _named: dict[Value, tuple[Hashable, ...]] = field(factory=dict)

    def of_set(self, id: str) -> Iterator[Mutant]:
        return told_apart(self._set(self.ruleset.sets[id]))

    def of_fact(self, id: str) -> Iterator[Mutant]:
        """The mutants of what profiles and payers say of a fact; none where no edit reads it."""
        return told_apart(self._fact(id))

    def _set(self, document: doc.SetDocument) -> Iterator[Mutant]:
        id = document.set.text
        edits, leaves = self.readers.of_set(id)
        if not edits:
            return
        concerned = self.readers.following(edits)

        def mutant(what: str, changed: doc.SetDocument, values: tuple[Value, ...] = ()) -> Mutant:
            ruleset = evolve(self.ruleset, sets={**self.ruleset.sets, id: changed})
            return Mutant(f"set {id}", what, ruleset, concerned, leaves, values)

        for what, values, hints in self.timelines(document.values):
            yield mutant(what, evolve(document, values=values), hints)
        if document.complete != "no":
            yield mutant("complete: `no`", evolve(document, complete="no"))
        if document.complete != "yes":
            yield mutant("complete: `yes`", evolve(document, complete="yes"))

    def _fact(self, id: str) -> Iterator[Mutant]:
        edits, leaves = self.readers.of_fact(f"profile.{id}")
        if edits:
            concerned = self.readers.following(edits)
            for codes, values in _alike(self.ruleset.profiles, id).items():
                of = f"{codes[0]}{f' and {len(codes) - 1} more' if len(codes) > 1 else ''}"
                for what, changed, _ in self.timelines(values):
                    profiles = {code: with_fact(self.ruleset.profiles[code], id, changed) for code in codes}
                    ruleset = evolve(self.ruleset, profiles={**self.ruleset.profiles, **profiles})
                    yield Mutant(f"fact {id}", f"{of}: {what}", ruleset, concerned, leaves, codes)
        edits, leaves = self.readers.of_fact(f"payer.{id}")
        if edits:
            concerned = self.readers.following(edits)
            for name, payer in self.ruleset.payers.items():
                if id in payer.facts:
                    for what, changed, _ in self.timelines(payer.facts[id].values):
                        payers = {**self.ruleset.payers, name: with_payer_fact(payer, id, changed)}
                        yield Mutant(
                            f"fact {id}", f"{name}: {what}", evolve(self.ruleset, payers=payers), concerned, leaves
                        )

    # ---- dated values ----------------------------------------------------------------------------------------------

    def timelines(self, timeline: doc.Timeline) -> Timelines:
        """Timelines in which one thing is different: what, and values to look at because of it."""
        for place, dated in enumerate(timeline):
            before, after = timeline[:place], timeline[place + 1 :]
            listed = tuple(item.value for item in dated.items or () if isinstance(item, doc.Constant))
            yield f"values from {dated.start} left out", (*before, *after), listed[:3]
            for day in days_beside(dated.start):
                if all(day != other.start for other in (*before, *after)):
                    moved = sorted((*before, evolve(dated, start=day), *after), key=lambda each: each.start)
                    yield f"values from {day} for {dated.start}", tuple(moved), listed[:3]
            for what, items, hints in self._lists(dated.items or ()):
                changed = (*before, evolve(dated, items=items), *after)
                yield f"values from {dated.start} {what}", changed, hints

    def _lists(self, items: tuple[doc.Item, ...]) -> Iterator[tuple[str, tuple[doc.Item, ...], tuple[Value, ...]]]:
        if len(items) == 1:
            for other in beside_item(items[0], None):
                yield f"with `{item_text(other)}` for `{item_text(items[0])}`", (other,), _ends(items[0], other)
            return
        classes: dict[Hashable, list[doc.Item]] = {}
        for item in items:
            key = self.looks(item.value) if isinstance(item, doc.Constant) else item
            classes.setdefault(key, []).append(item)
        for some in classes.values():
            gone = set(some)
            kept = tuple(item for item in items if item not in gone)
            more = f" and {len(some) - 1} like it" if len(some) > 1 else ""
            hints = tuple(value for item in some[:3] for value in _held(item))
            yield f"without `{item_text(some[0])}`{more}", kept, hints
            for item in some if isinstance(some[0], doc.Span) else ():
                for other in beside_item(item, None):
                    changed = tuple(other if each == item else each for each in items)
                    yield f"with `{item_text(other)}` for `{item_text(item)}`", changed, _ends(item, other)

    def looks(self, value: Value) -> Hashable:
        """Which lists name a value, and whether it has a profile."""
        if not self._named:
            for id, document in self.ruleset.sets.items():
                for dated in document.values:
                    for item in dated.items or ():
                        if isinstance(item, doc.Constant):
                            self._named[item.value] = (*self._named.get(item.value, ()), (id, dated.start))
        return self._named.get(value, ()), value in self.ruleset.profiles


def _held(item: doc.Item) -> tuple[Value, ...]:
    if isinstance(item, doc.Constant):
        return (item.value,)
    return (item.first, item.last) if isinstance(item, doc.Span) else ()


def _ends(*items: doc.Item) -> tuple[Value, ...]:
    return tuple(dict.fromkeys(value for item in items for value in _held(item)))


def _alike(profiles: Mapping[str, doc.Profile], fact: str) -> dict[tuple[str, ...], doc.Timeline]:
    """The codes whose profiles say the same of a fact, with what they say."""
    found: dict[doc.Timeline, list[str]] = {}
    for code, profile in profiles.items():
        if fact in profile.facts and profile.facts[fact].values:
            found.setdefault(profile.facts[fact].values, []).append(code)
    return {tuple(codes): values for values, codes in found.items()}


def with_fact(profile: doc.Profile, fact: str, values: doc.Timeline) -> doc.Profile:
    """The profile with other values of a fact."""
    return evolve(profile, facts={**profile.facts, fact: evolve(profile.facts[fact], values=values)})


def with_payer_fact(payer: doc.PayerDocument, fact: str, values: doc.Timeline) -> doc.PayerDocument:
    """The payer with other values of a fact."""
    return evolve(payer, facts={**payer.facts, fact: evolve(payer.facts[fact], values=values)})
