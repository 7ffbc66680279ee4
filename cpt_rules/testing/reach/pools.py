"""The values worth trying on an edit: what it names, what lies beside that, and what looks different to it.

Of a long list two values of each kind suffice: those that are in the same sets at the same times, have rows in the same
tables and the same facts, are all the same to the edit.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Hashable, Iterable, Iterator
from decimal import Decimal
from functools import cached_property
from itertools import islice

from attrs import define, field

from cpt_rules.claim import Payer
from cpt_rules.fields import FIELDS
from cpt_rules.language import documents as doc
from cpt_rules.language.conditions import leaves
from cpt_rules.reading import Value
from cpt_rules.ruleset.knowledge import codes
from cpt_rules.ruleset.ruleset import PROFILES_SET, Ruleset
from cpt_rules.ruleset.typing import line_field
from cpt_rules.testing.reach import days
from cpt_rules.testing.reach.assign import STRANGER
from cpt_rules.testing.reach.rows import Rows
from cpt_rules.testing.reach.values import DAY, beside, of_format

_PER_KIND = 2
_MOST = 90
_NEIGHBOURS_OF = 20
_FAR = (dt.date(2000, 1, 1), dt.date(1970, 1, 1))
#: Fields of plain text that hold the same thing.
_SAME = dict.fromkeys(
    ("line.clia", "claim.clia", "line.referring_clia", "claim.clia_numbers", "claim.further_clia_numbers"), "clia"
)
#: What fields of plain text hold.
_FORMATS_OF = {
    "text of clia": "clia number",
    **dict.fromkeys(("text of claim.npis", "text of claim.bad_npis"), "npi"),
    **dict.fromkeys(("text of claim.taxonomies", "text of claim.bad_taxonomies"), "taxonomy"),
    **dict.fromkeys(("text of claim.diagnoses", "text of claim.principal_diagnosis"), "icd10cm"),
}


@define(eq=False, slots=False)
class Shelf:
    """What the pools of all edits of a ruleset share."""

    ruleset: Ruleset
    today: dt.date
    _listed: dict[str, tuple[tuple[Value, Hashable], ...]] = field(factory=dict)

    @cached_property
    def rows(self) -> Rows:
        return Rows(self.ruleset, self.today)

    def listed(self, id: str) -> tuple[tuple[Value, Hashable], ...]:
        """What a set lists at any time, in any overlay, and where."""
        if id not in self._listed:
            self._listed[id] = tuple(self._list(id))
        return self._listed[id]

    def _list(self, id: str) -> Iterator[tuple[Value, Hashable]]:
        if id == PROFILES_SET:
            yield from ((code, PROFILES_SET) for code in self.ruleset.profiles)
            return
        document = self.ruleset.sets[id]
        timelines = [("", document.values)]
        for overlay in self.ruleset.overlays:
            timelines += [(overlay.overlay.text + each.sign, each.values) for each in overlay.sets.get(id, ())]
        for whose, timeline in timelines:
            for dated in timeline:
                token = (id, whose, dated.start)
                for item in dated.items or ():
                    if isinstance(item, doc.Constant):
                        yield item.value, token
                    elif isinstance(item, doc.Span):
                        # the last code of a range is worth trying as the first one is
                        yield from ((code, (token, "last") if code == item.last else token) for code in codes(item))
                    elif isinstance(item, doc.SetRef):
                        yield from ((value, (token, inner)) for value, inner in self.listed(item.id))
        if isinstance(document.complete, doc.SetRef):
            yield from ((value, ("domain", id, inner)) for value, inner in self.listed(document.complete.id))


@define(eq=False, slots=False)
class Pools:
    """What is worth trying on some edits of a ruleset, the simplest first; the first edit is the one that matters."""

    shelf: Shelf
    edits: tuple[doc.Edit, ...]
    _universes: dict[str, tuple[Value, ...]] = field(factory=dict)

    @property
    def ruleset(self) -> Ruleset:
        return self.shelf.ruleset

    @property
    def today(self) -> dt.date:
        return self.shelf.today

    @cached_property
    def leaves(self) -> tuple[tuple[doc.Edit, doc.Leaf], ...]:
        """Every condition of the edits, those that overlays add included."""
        found: list[tuple[doc.Edit, doc.Leaf]] = []
        for edit in self.edits:
            changes = [each.edits[edit.edit.text] for each in self.ruleset.overlays if edit.edit.text in each.edits]
            for clause in (edit.when, edit.unless, edit.require, edit.fail_when, *(each.unless for each in changes)):
                found += [(edit, leaf) for leaf in leaves(clause)]
        return tuple(found)

    # ---- values ----------------------------------------------------------------------------------------------------

    def values(self, edit: doc.Edit, name: str) -> tuple[Value, ...]:
        """Values for a field, fact or column of this name."""
        group = self._group(edit, name)
        if group not in self._universes:
            found = dict.fromkeys(self._universe(group, self._type(edit, name)))
            known = FIELDS.get(line_field(name))
            self._universes[group] = tuple(known.choices if known is not None and known.choices else found)
        return self._universes[group]

    def _type(self, edit: doc.Edit, name: str) -> str:
        """The format of what a name stands for in an edit."""
        known = FIELDS.get(line_field(name))
        if known is not None:
            return known.type
        head, _, rest = name.partition(".")
        if head in edit.lookup:
            return self.ruleset.tables[edit.lookup[head].table.text].columns[rest].format if rest else "yes/no"
        return self.ruleset.facts[rest].type.format

    def _group(self, edit: doc.Edit, name: str) -> str:
        """Names of one group are tried with each other's values: a format, or of plain text the field itself."""
        type, own = self._type(edit, name), line_field(name)
        return f"text of {_SAME.get(own, own)}" if type == "text" else type

    def _universe(self, group: str, type: str) -> Iterator[Value]:
        found: dict[Value, None] = {}
        sets: dict[str, None] = {}
        for edit, leaf in self.leaves:
            names = names_of(leaf)
            if group not in {self._group(edit, each) for each in names}:
                continue
            for item in leaf.items:
                if leaf.operator == "is a" and isinstance(item, doc.Constant):
                    found |= dict.fromkeys(of_format(str(item.value)))
                elif isinstance(item, doc.Constant):
                    found |= dict.fromkeys((item.value, *beside(item.value)))
                elif isinstance(item, doc.Span):
                    found |= dict.fromkeys((item.first, item.last, *beside(item.first), *beside(item.last)))
                elif isinstance(item, doc.SetRef):
                    sets[item.id] = None
            for name in names:
                head, _, fact = name.partition(".")
                if line_field(name) not in FIELDS and head in ("profile", "payer"):
                    found |= dict.fromkeys(islice(self._fact_values(head, fact), 40))
        yield from self._of_each_kind(type, sets, found)
        yield from self._plain(_FORMATS_OF.get(group, type))

    def _plain(self, type: str) -> Iterator[Value]:
        if type == "number":
            yield from (Decimal(1), Decimal(0), Decimal(2), Decimal("0.5"))
        elif type == "yes/no":
            yield from (True, False)
        elif type == "date":
            yield from self.dates
        elif type == "text":
            yield from ("1", "2")
        else:
            yield from of_format(type)

    def loaded(self, table: str) -> bool:
        """Whether any edition of a table is loaded."""
        settings = self.ruleset.tables[table].settings or (None,)
        return any(self.ruleset.store.series(table, setting).editions for setting in settings)

    def stated(self, head: str, fact: str) -> bool:
        """Whether any profile or payer, by `head`, states a value of a fact, on whatever day."""
        return next(self._fact_values(head, fact), None) is not None

    def _fact_values(self, head: str, fact: str) -> Iterator[Value]:
        """What profiles, payers and overlays say of a fact."""
        holders = self.ruleset.profiles if head == "profile" else self.ruleset.payers
        timelines = [each.facts[fact].values for each in holders.values() if fact in each.facts]
        for overlay in self.ruleset.overlays:
            tables = overlay.profiles.values() if head == "profile" else (overlay.facts,)
            timelines += [change.values for facts in tables for change in facts.get(fact, ())]
        for timeline in timelines:
            for dated in timeline:
                yield from (item.value for item in dated.items or () if isinstance(item, doc.Constant))

    def _of_each_kind(self, type: str, sets: Iterable[str], written: Iterable[Value]) -> Iterator[Value]:
        """What is written out, and of every kind of what sets list and tables have a few, with their neighbours."""
        tokens: dict[Value, set[Hashable]] = {value: {value} for value in written}
        profiles = self.ruleset.profiles if type == "hcpcs" else {}
        for code in profiles:
            tokens.setdefault(code, set()).add(self._known_of(code))
        for id in sets:
            for value, token in self.shelf.listed(id):
                tokens.setdefault(value, set()).add(token)
        for table, column in self._keyed(type):
            for row in self.shelf.rows.of(table):
                cell = row.cells[column]
                if isinstance(cell, str):
                    tokens.setdefault(cell, set()).add((table, row.setting, column))
        kinds: dict[frozenset[Hashable], list[Value]] = {}
        for value in sorted(tokens, key=lambda value: (value not in profiles, str(value))):
            kinds.setdefault(frozenset(tokens[value]), []).append(value)
        chosen = [value for kind in kinds.values() for value in kind[:_PER_KIND]]
        order = {value: place for place, value in enumerate(tokens)}
        chosen.sort(key=lambda value: (value not in profiles, order[value]))
        yield from chosen[:_MOST]
        for value in chosen[:_NEIGHBOURS_OF]:
            yield from (near for near in beside(value) if near not in tokens)

    def _known_of(self, code: str) -> Hashable:
        """What profiles and overlays say of a code, so far as the edits read it."""
        facts = self.ruleset.profiles[code].facts
        own = [(name, facts[name].values if name in facts else None) for name in self._facts_read]
        changed = [each.overlay.text for each in self.ruleset.overlays if code in each.profiles]
        return repr(own), tuple(changed)

    @cached_property
    def _facts_read(self) -> tuple[str, ...]:
        names = {name for _, leaf in self.leaves for name in names_of(leaf) if name.startswith("profile.")}
        return tuple(sorted(name.partition(".")[2] for name in names))

    def _keyed(self, type: str) -> Iterator[tuple[str, str]]:
        """The tables and key columns that the edits look up by values of this format."""
        found: dict[tuple[str, str], None] = {}
        for edit in self.edits:
            for lookup in edit.lookup.values():
                for column, item in lookup.keys.items():
                    if isinstance(item, doc.FieldRef) and self._type(edit, item.name) == type:
                        found[lookup.table.text, column] = None
        yield from found

    # ---- days and payers -------------------------------------------------------------------------------------------

    @cached_property
    def dates(self) -> tuple[dt.date, ...]:
        """Today; every day on which something of the edits changes, the latest first, and its neighbours; far days."""
        near = [day for epoch in sorted(set(self._epochs()), reverse=True) for day in (epoch, *beside(epoch))]
        found = [day for day in near if isinstance(day, dt.date)]
        return tuple(dict.fromkeys((self.today, *found, self.today + DAY, self.today - DAY, *_FAR)))

    def _epochs(self) -> Iterator[dt.date]:
        for edit in self.edits:
            yield from days.of_edit(self.ruleset, edit)
            for lookup in edit.lookup.values():
                yield from days.of_table(self.ruleset, self.shelf.rows, self.ruleset.tables[lookup.table.text])
        for edit, leaf in self.leaves:
            for item in leaf.items:
                if isinstance(item, doc.SetRef):
                    yield from days.of_set(self.ruleset, item.id)
                elif isinstance(item, doc.Constant) and isinstance(item.value, dt.date):
                    yield item.value
            for name in names_of(leaf):
                head, _, fact = name.partition(".")
                if line_field(name) not in FIELDS and head not in edit.lookup:
                    yield from days.of_fact(self.ruleset, head, fact)

    @cached_property
    def payers(self) -> tuple[Payer, ...]:
        """Those the first edit is for, the other documents, whom overlays are for, one that nobody knows, and none."""
        own = [name.text for name in self.edits[0].payers]
        ids = sorted(self.ruleset.payers, key=lambda id: (id not in own, id != "medicare", id))
        found = [Payer(id=id) for id in ids]
        for overlay in self.ruleset.overlays:
            a = overlay.applies
            for id in [a.payer.text] if a.payer else [None, *ids[:1]]:
                found.append(Payer(id=id, line_of_business=a.line_of_business, plan=a.plan, state=a.state))
        return tuple(dict.fromkeys((*found, STRANGER, Payer())))


def names_of(leaf: doc.Leaf) -> list[str]:
    """The fields, facts and columns that a condition names."""
    return [leaf.field, *(item.name for item in leaf.items if isinstance(item, doc.FieldRef))]
