"""Facts, sets and rows that a ruleset does not have, supposed as an inline test may give them."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain, islice

from attrs import define

from cpt_rules.fields import FIELDS
from cpt_rules.finding import shown
from cpt_rules.formats import FORMATS
from cpt_rules.language import documents as doc
from cpt_rules.language.values import NOT_AVAILABLE
from cpt_rules.ruleset.typing import line_field
from cpt_rules.testing.cases import Case
from cpt_rules.testing.reach.distance import Given, Obstacle
from cpt_rules.testing.reach.moves import Moves, around, values_of
from cpt_rules.testing.reach.pools import Pools, names_of
from cpt_rules.testing.reach.seen import Seen
from cpt_rules.testing.reach.values import beside

_MOST_VALUES = 12
_MOST_CELLS = 16
_PLAIN = {"number": "1", "yes/no": "yes", "date": "2020-01-01"}


@define(eq=False)
class Suppositions:
    """What may be tried on an edit: changes of the claim first, then what might be known."""

    moves: Moves

    @property
    def pools(self) -> Pools:
        return self.moves.pools

    def against(self, case: Case, seen: Seen, obstacle: Obstacle) -> Iterator[Case]:
        """Cases in which the obstacle may be gone."""
        yield from self.moves.against(case, seen, obstacle)
        if not isinstance(obstacle[0], Given):
            yield from self._supposed(case, seen, obstacle[0])

    def twice(self, case: Case, seen: Seen, obstacle: Obstacle) -> Iterator[Case]:
        return self.moves.twice(case, seen, obstacle)

    def _supposed(self, case: Case, seen: Seen, leaf: doc.Leaf) -> Iterator[Case]:
        for name in names_of(leaf):
            head, _, fact = name.partition(".")
            if head in seen.edit.lookup:
                yield from self._tables(case, seen, seen.edit.lookup[head])
            elif line_field(name) not in FIELDS and fact in self.pools.ruleset.facts:
                yield case.supposing(name, (NOT_AVAILABLE,))
                others = [seen.setting.seen(each) for each in names_of(leaf) if each != name]
                values = dict.fromkeys(chain(*map(around, others), self.pools.values(seen.edit, name)))
                for value in islice(values, _MOST_VALUES):
                    yield case.supposing(name, (shown(value),))
        for item in leaf.items:
            if isinstance(item, doc.SetRef) and item.id in self.pools.ruleset.sets:
                values = dict.fromkeys(
                    chain(values_of(seen.setting.seen(leaf.field)), self.pools.values(seen.edit, leaf.field))
                )
                for value in islice(values, _MOST_VALUES):
                    if isinstance(value, str):
                        yield case.supposing(f"set.{item.id}", (value,))

    # ---- rows ------------------------------------------------------------------------------------------------------

    def _tables(self, case: Case, seen: Seen, lookup: doc.Lookup) -> Iterator[Case]:
        """The case with a row of the key; without one, but for another key; with other values in the row; with one more."""
        table = self.pools.ruleset.tables[lookup.table.text]
        id = table.table.text
        keys = [_texts(seen, lookup.keys[name]) for name in table.key]
        if not all(keys):
            return
        setting = _setting(seen, lookup, table)
        before = dict(case.rows).get(id, ())
        now = before[0][len(setting) :] if before else _plain(table, tuple(key[0] for key in keys))
        yield case.with_rows(id, ((*setting, *now),))
        others = tuple(_other(lookup, table, name, key[0]) for name, key in zip(table.key, keys, strict=True))
        yield case.with_rows(id, ((*setting, *_plain(table, others)),))
        for place in range(len(table.key)):
            yield case.with_rows(id, ((*setting, *now[:place], keys[place][0], *now[place + 1 :]),))
            rows = tuple(dict.fromkeys((*setting, *now[:place], key, *now[place + 1 :]) for key in keys[place]))
            yield case.with_rows(id, rows)
        for place, name in enumerate(table.columns):
            if name in table.key or name in table.validity:
                continue
            for text in self._cells(seen, lookup, name, table.columns[name]):
                row = (*setting, *now[:place], text, *now[place + 1 :])
                yield case.with_rows(id, (row,))
                if before and row not in before:
                    yield case.with_rows(id, (*before, row))

    def _cells(self, seen: Seen, lookup: doc.Lookup, column: str, type: doc.FactType) -> Iterator[str]:
        """What a column might hold: nothing, what conditions compare it with, and what lies beside that."""
        found: dict[str, None] = {"": None}
        same = [alias for alias, each in seen.edit.lookup.items() if each.table.text == lookup.table.text]
        for name in (f"{alias}.{column}" for alias in same):
            for edit, leaf in self.pools.leaves:
                if edit is seen.edit and name in names_of(leaf):
                    others = [seen.setting.seen(each) for each in names_of(leaf) if each != name]
                    values = chain(*map(around, others), islice(self.pools.values(edit, name), _MOST_VALUES))
                    found |= dict.fromkeys(map(shown, values))
        fits = FORMATS[type.format].matches if type.format in _PLAIN else bool
        yield from islice((text for text in found if not text or fits(text)), _MOST_CELLS)


def _setting(seen: Seen, lookup: doc.Lookup, table: doc.TableDocument) -> tuple[str, ...]:
    """The setting of a row, for a table that has settings."""
    if not table.settings:
        return ()
    held = [] if lookup.setting is None else _texts(seen, lookup.setting)
    return (next((each for each in held if each in table.settings), table.settings[0]),)


def _texts(seen: Seen, item: doc.Item) -> list[str]:
    """The values of a key, as texts."""
    if isinstance(item, doc.Constant):
        return [shown(item.value)]
    return [shown(value) for value in values_of(seen.setting.seen(item.name))] if isinstance(item, doc.FieldRef) else []


def _plain(table: doc.TableDocument, keys: tuple[str, ...]) -> tuple[str, ...]:
    """A row of the simplest cells, in force on every day."""
    others = [(name, type) for name, type in table.columns.items() if name not in table.key]
    cells = [
        "" if name in table.validity else _PLAIN.get(type.format) or FORMATS[type.format].example or "1"
        for name, type in others
    ]
    return (*keys, *cells)


def _other(lookup: doc.Lookup, table: doc.TableDocument, column: str, key: str) -> str:
    """A key that differs from this one where the key is a field's."""
    if not isinstance(lookup.keys[column], doc.FieldRef):
        return key
    near = [each for each in beside(key) if isinstance(each, str)]
    return near[0] if near else FORMATS[table.columns[column].format].example or "other"
