"""Mutants of an overlay: whom it is for, each change left out, its days, severity, exceptions and values."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from attrs import define, evolve, fields

from cpt_rules.language import documents as doc
from cpt_rules.language.conditions import leaves
from cpt_rules.ruleset.overlap import overlaps
from cpt_rules.ruleset.ruleset import Ruleset, specificity
from cpt_rules.testing.mutation.clauses import mutated
from cpt_rules.testing.mutation.edits import changed_days, kinds
from cpt_rules.testing.mutation.knowledge import Knowledge
from cpt_rules.testing.mutation.mutant import Mutant, changed, told_apart
from cpt_rules.testing.mutation.readers import Readers

Changes = tuple[doc.ValueChange, ...]
_OTHER = {"+": "-", "-": "+"}


def mutants(ruleset: Ruleset, overlay: doc.Overlay, readers: Readers, knowledge: Knowledge) -> Iterator[Mutant]:
    """The mutants of an overlay; none that would not link."""
    return told_apart(_Mutants(ruleset, overlay, readers, knowledge).all())


@define(eq=False)
class _Mutants:
    ruleset: Ruleset
    overlay: doc.Overlay
    readers: Readers
    knowledge: Knowledge

    def all(self) -> Iterator[Mutant]:
        yield from self.applies()
        yield from self.edits()
        for id, changes in self.overlay.sets.items():
            edits, found = self.readers.of_set(id)
            for what, other in self.values(changes):
                yield from self.mutant(f"set {id}{what}", edits, found, sets=_with(self.overlay.sets, id, other))
        for code, facts in self.overlay.profiles.items():
            for fact, changes in facts.items():
                edits, found = self.readers.of_fact(f"profile.{fact}")
                for what, other in self.values(changes):
                    profiles = {**self.overlay.profiles, code: _with(facts, fact, other)}
                    yield from self.mutant(f"{code} {fact}{what}", edits, found, profiles=profiles)
        for fact, changes in self.overlay.facts.items():
            edits, found = self.readers.of_fact(f"payer.{fact}")
            for what, other in self.values(changes):
                yield from self.mutant(f"fact {fact}{what}", edits, found, facts=_with(self.overlay.facts, fact, other))

    def applies(self) -> Iterator[Mutant]:
        """For more claims than it is for."""
        told = [each.name for each in fields(doc.For) if each.name not in doc.PLACES]
        told = [name for name in told if getattr(self.overlay.applies, name) is not None]
        reached: dict[str, None] = dict.fromkeys(self.overlay.edits)
        for id in self.overlay.sets:
            reached |= dict.fromkeys(self.readers.of_set(id)[0])
        for fact in {fact for facts in self.overlay.profiles.values() for fact in facts}:
            reached |= dict.fromkeys(self.readers.of_fact(f"profile.{fact}")[0])
        for fact in self.overlay.facts:
            reached |= dict.fromkeys(self.readers.of_fact(f"payer.{fact}")[0])
        for name in told if len(told) > 1 else ():
            applies = changed(self.overlay.applies, **{name: None})
            yield from self.mutant(f"for: `{name}` left out", tuple(reached), (), applies=applies)

    def edits(self) -> Iterator[Mutant]:
        for id, change in self.overlay.edits.items():
            for what, found, other in self.changes(id, change):
                edits = {key: each for key, each in self.overlay.edits.items() if key != id}
                if other is not None:
                    edits[id] = other
                yield from self.mutant(f"{id}: {what}", (id,), found, edits=edits)

    def changes(
        self, id: str, change: doc.EditChange
    ) -> Iterator[tuple[str, tuple[doc.Leaf, ...], doc.EditChange | None]]:
        inside = tuple(leaves(change.unless))
        yield "left out", inside, None
        parts = [change.adopt or change.off, change.severity, change.unless]
        several = sum(part is not None for part in parts) > 1
        if change.adopt or change.off:
            adopt = None if change.adopt else "yes"
            word = "off" if change.adopt else "adopt"
            yield f"`{word}`", (), changed(change, adopt=adopt, off=None if adopt else "yes")
        if change.severity is not None:
            presumes = bool(self.ruleset.edits[id].presume)
            sure = self.ruleset.sources[change.source.text].confidence == "high"
            if change.severity == "fail" or (sure and not presumes):
                severity: doc.Severity = "warn" if change.severity == "fail" else "fail"
                yield f"severity: `{severity}` for `{change.severity}`", (), evolve(change, severity=severity)
            if several:
                yield "severity left out", (), evolve(change, severity=None)
        if change.unless is not None:
            if several:
                yield "unless: left out", inside, evolve(change, unless=None)
            for each in mutated(change.unless, kinds(self.ruleset, self.ruleset.edits[id])):
                yield f"unless: {each.what}", each.leaves, evolve(change, unless=each.clause)
        for what, key, day in changed_days(change.since, change.until):
            yield f"{key}: {what}", (), changed(change, **{key: day})

    def values(self, changes: Changes) -> Iterator[tuple[str, Changes]]:
        for place, change in enumerate(changes):
            before, after = changes[:place], changes[place + 1 :]
            head = f"{change.sign}:"
            yield f"{head} left out", (*before, *after)
            if change.sign and not any(each.sign == _OTHER[change.sign] for each in changes):
                opposite = changed(change, sign=_OTHER[change.sign])
                yield f"{head} `{_OTHER[change.sign]}` for `{change.sign}`", (*before, opposite, *after)
            for what, key, day in changed_days(change.since, change.until):
                yield f"{head} {key}: {what}", (*before, changed(change, **{key: day}), *after)
            for what, timeline, _ in self.knowledge.timelines(change.values):
                if timeline:
                    yield f"{head} {what}", (*before, evolve(change, values=timeline), *after)

    def mutant(
        self, mutation: str, reached: tuple[str, ...], found: tuple[doc.Leaf, ...], **changes: object
    ) -> Iterator[Mutant]:
        if not reached:
            return
        other = changed(self.overlay, **changes)
        all_ = [other if each is self.overlay else each for each in self.ruleset.overlays]
        overlays = tuple(sorted(all_, key=lambda each: (specificity(each.applies), each.overlay.text)))
        if not overlaps(overlays):
            ruleset = evolve(self.ruleset, overlays=overlays)
            concerned = self.readers.following(reached)
            yield Mutant(f"overlay {self.overlay.overlay.text}", mutation, ruleset, concerned, found)


def _with(changes: Mapping[str, Changes], id: str, other: Changes) -> dict[str, Changes]:
    """The changes with other ones of one thing; none of it where there are none."""
    kept = {key: each for key, each in changes.items() if key != id}
    return {**kept, id: other} if other else kept
