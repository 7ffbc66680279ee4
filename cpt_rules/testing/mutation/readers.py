"""Which edits a set, a fact or an edit concerns: those that name it, those that follow them, and through what."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from attrs import define, field

from cpt_rules.language import documents as doc
from cpt_rules.language.conditions import leaves
from cpt_rules.ruleset.ruleset import Ruleset
from cpt_rules.testing.reach.pools import names_of

#: Whether a condition of an edit reads something.
Reads = Callable[[doc.Edit, doc.Leaf], bool]


@define(eq=False)
class Readers:
    """Who reads what in a ruleset."""

    ruleset: Ruleset
    _leaves: dict[str, tuple[doc.Leaf, ...]] = field(factory=dict)

    def leaves(self, edit: str) -> tuple[doc.Leaf, ...]:
        """The conditions of an edit, those that overlays add included."""
        if edit not in self._leaves:
            self._leaves[edit] = tuple(self._all(edit))
        return self._leaves[edit]

    def _all(self, edit: str) -> Iterator[doc.Leaf]:
        own = self.ruleset.edits[edit]
        for part in (own.when, own.unless, own.require, own.fail_when):
            yield from leaves(part)
        for overlay in self.ruleset.overlays:
            if edit in overlay.edits:
                yield from leaves(overlay.edits[edit].unless)

    def following(self, edits: Iterable[str]) -> tuple[str, ...]:
        """These edits, then those that one of them may silence, at once or through others."""
        found = dict.fromkeys(edits)
        while True:
            more = [
                id
                for id, edit in self.ruleset.edits.items()
                if id not in found and any(name.text in found for name in edit.after)
            ]
            if not more:
                return tuple(found)
            found |= dict.fromkeys(more)

    def of_set(self, id: str) -> tuple[tuple[str, ...], tuple[doc.Leaf, ...]]:
        """The edits that read a set, itself or through other sets and tables, and the conditions that do."""
        sets = self._holding(id)
        tables = {
            name
            for name, table in self.ruleset.tables.items()
            if isinstance(table.complete, doc.SetRef) and table.complete.id in sets
        }
        return self._where(lambda edit, leaf: _names_set(leaf, sets) or _asks_table(edit, leaf, tables))

    def of_fact(self, name: str) -> tuple[tuple[str, ...], tuple[doc.Leaf, ...]]:
        """The edits that read ``profile.FACT`` or ``payer.FACT``, and the conditions that do."""
        return self._where(lambda edit, leaf: name in names_of(leaf) or _keyed_by(edit, leaf, name))

    def _where(self, reads: Reads) -> tuple[tuple[str, ...], tuple[doc.Leaf, ...]]:
        found = {id: [leaf for leaf in self.leaves(id) if reads(edit, leaf)] for id, edit in self.ruleset.edits.items()}
        edits = [id for id, some in found.items() if some]
        return tuple(edits), tuple(leaf for id in edits for leaf in found[id])

    def _holding(self, id: str) -> set[str]:
        """The set, and those that name it."""
        found = {id}
        while True:
            more = {name for name, each in self.ruleset.sets.items() if name not in found and _named(each) & found}
            if not more:
                return found
            found |= more


def _named(each: doc.SetDocument) -> set[str]:
    named = {item.id for dated in each.values for item in dated.items or () if isinstance(item, doc.SetRef)}
    return named | ({each.complete.id} if isinstance(each.complete, doc.SetRef) else set())


def _names_set(leaf: doc.Leaf, sets: set[str]) -> bool:
    return any(isinstance(item, doc.SetRef) and item.id in sets for item in leaf.items)


def _asks_table(edit: doc.Edit, leaf: doc.Leaf, tables: set[str]) -> bool:
    heads = {name.partition(".")[0] for name in names_of(leaf)}
    return any(head in edit.lookup and edit.lookup[head].table.text in tables for head in heads)


def _keyed_by(edit: doc.Edit, leaf: doc.Leaf, name: str) -> bool:
    for head in {each.partition(".")[0] for each in names_of(leaf)} & set(edit.lookup):
        lookup = edit.lookup[head]
        items = [*lookup.keys.values(), *([] if lookup.setting is None else [lookup.setting])]
        if any(isinstance(item, doc.FieldRef) and item.name == name for item in items):
            return True
    return False
