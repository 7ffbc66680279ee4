"""Mutants of an edit: its conditions, severity, days, payers, what it presumes, what it comes after, what it looks up."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

from attrs import define, evolve

from cpt_rules.language import documents as doc
from cpt_rules.ruleset.ruleset import Ruleset
from cpt_rules.ruleset.typing import Kind, Scope, Vocabulary
from cpt_rules.testing.mutation.clauses import KindOf, days_beside, item_text, mutated
from cpt_rules.testing.mutation.mutant import Mutant, changed, told_apart
from cpt_rules.testing.mutation.readers import Readers

#: The name of a part as it is written, and as the attribute of an edit.
PARTS = (("when", "when"), ("unless", "unless"), ("require", "require"), ("fail when", "fail_when"))
_EMPTY = {"when": doc.ALWAYS, "unless": doc.NEVER, "fail_when": None}


def mutants(ruleset: Ruleset, id: str, readers: Readers, *, operators_only: bool = False) -> Iterator[Mutant]:
    """The mutants of an edit; with `operators_only` those of operators and of `any` and `all`."""
    return told_apart(_Mutants(ruleset, ruleset.edits[id], readers).all(operators_only))


def kinds(ruleset: Ruleset, edit: doc.Edit) -> KindOf:
    """The types of what the conditions of an edit may ask."""
    words = Vocabulary(ruleset.facts, ruleset.sets, ruleset.payers, [], ruleset.tables)
    scope = Scope(edit.each, edit.lookup)

    def kind(name: str) -> Kind | None:
        return words.kind(name, scope)

    return kind


@define(eq=False)
class _Mutants:
    ruleset: Ruleset
    edit: doc.Edit
    readers: Readers

    def all(self, operators_only: bool) -> Iterator[Mutant]:
        yield from self.conditions(operators_only)
        if not operators_only:
            yield from self.severity()
            yield from self.days()
            yield from self.names()
            yield from self.binding()

    def conditions(self, operators_only: bool) -> Iterator[Mutant]:
        kind_of = kinds(self.ruleset, self.edit)
        for part, name in PARTS:
            clause: doc.Clause | None = getattr(self.edit, name)
            if clause is None or clause in (doc.ALWAYS, doc.NEVER):
                continue
            for each in mutated(clause, kind_of, operators_only=operators_only):
                yield self.mutant(f"{part}: {each.what}", each.leaves, **{name: each.clause})
            alone = isinstance(clause, doc.Leaf | doc.Not) or len(clause.clauses) == 1 or name == "fail_when"
            if name in _EMPTY and alone and not operators_only:
                yield self.mutant(f"{part}: left out", **{name: _EMPTY[name]})

    def severity(self) -> Iterator[Mutant]:
        edit = self.edit
        if edit.severity == "fail":
            yield self.mutant("severity: `warn` for `fail`", severity="warn")
        elif not edit.presume and self.ruleset.sources[edit.source.text].confidence == "high":
            yield self.mutant("severity: `fail` for `warn`", severity="fail")

    def days(self) -> Iterator[Mutant]:
        for what, key, other in changed_days(self.edit.since, self.edit.until):
            yield self.mutant(f"{key}: {what}", **{key: other})

    def names(self) -> Iterator[Mutant]:
        edit = self.edit
        for key, names in (("presume", edit.presume), ("after", edit.after)):
            for name in names:
                kept = tuple(each for each in names if each != name)
                yield self.mutant(f"{key}: `{name.text}` left out", **{key: kept})
        if edit.payers:
            yield self.mutant("payers: `all`", payers=())
        for name in edit.payers if len(edit.payers) > 1 else ():
            yield self.mutant(
                f"payers: `{name.text}` left out", payers=tuple(each for each in edit.payers if each != name)
            )

    def binding(self) -> Iterator[Mutant]:
        edit = self.edit
        if edit.each in ("pair", "later-pair"):
            each = "later-pair" if edit.each == "pair" else "pair"
            if edit.each == "later-pair" or not any(
                self.ruleset.edits[id].each == "pair" for id in (name.text for name in edit.after)
            ):
                yield self.mutant(f"each: `{each}` for `{edit.each}`", each=each)
        for alias, lookup in edit.lookup.items():
            for what, other in _lookups(lookup):
                yield self.mutant(f"lookup {alias}: {what}", lookup={**edit.lookup, alias: other})

    def mutant(self, mutation: str, inside: tuple[doc.Leaf, ...] = (), /, **changes: Any) -> Mutant:
        id = self.edit.edit.text
        other = changed(self.edit, **changes)
        ruleset = evolve(self.ruleset, edits={**self.ruleset.edits, id: other})
        return Mutant(f"edit {id}", mutation, ruleset, self.readers.following([id]), inside)


def changed_days(since: dt.date | None, until: dt.date | None) -> Iterator[tuple[str, str, dt.date | None]]:
    """First and last days a day earlier and later, and left out: what, the key, and the other day."""
    for key, day in (("since", since), ("until", until)):
        if day is None:
            continue
        yield "left out", key, None
        for other in days_beside(day):
            if key != "since" or until is None or other <= until:
                yield f"{other} for {day}", key, other


def _lookups(lookup: doc.Lookup) -> Iterator[tuple[str, doc.Lookup]]:
    """A look-up with two keys changed round, or with a key read on the other line of a pair."""
    if len(lookup.keys) == 2:
        (one, first), (two, second) = lookup.keys.items()
        if first != second:
            yield f"`{one}` and `{two}` changed round", evolve(lookup, keys={one: second, two: first})
    for name, item in lookup.keys.items():
        if isinstance(item, doc.FieldRef) and item.name.startswith(("a.", "b.")):
            other = evolve(item, name=("b" if item.name[0] == "a" else "a") + item.name[1:])
            what = f"`{name}` with `{item_text(other)}` for `{item_text(item)}`"
            yield what, evolve(lookup, keys={**lookup.keys, name: other})
