"""Rows of the tables that are loaded: a few of each kind."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from itertools import islice

from attrs import define, field, frozen

from cpt_rules.language import documents as doc
from cpt_rules.ruleset.ruleset import Ruleset
from cpt_rules.tables.edition import Cell, Edition

_PER_KIND = 2
_MOST_KINDS = 90
#: Of a table of millions of rows this many are looked at, and so many of its keys.
_ROWS_READ = 4000
_KEYS_READ = 400
_ROWS_OF_A_KEY = 40


@frozen
class Row:
    """A row of a table: its setting, its cells by column, and a day on which it is in force."""

    setting: str | None
    cells: Mapping[str, Cell] = field(eq=False)
    day: dt.date


@define(eq=False)
class Rows:
    """Rows of each table of a ruleset, read once."""

    ruleset: Ruleset
    today: dt.date
    _rows: dict[str, tuple[Row, ...]] = field(factory=dict)

    def of(self, table: str) -> tuple[Row, ...]:
        """A few rows of each kind, those of profiled codes first.

        Of one kind are rows of one setting with the same values beside their key, open or not at either end.
        """
        if table not in self._rows:
            rows = sorted(self._some(self.ruleset.tables[table]), key=lambda row: not self._profiled(table, row))
            self._rows[table] = tuple(rows)
        return self._rows[table]

    def _profiled(self, table: str, row: Row) -> bool:
        return any(row.cells[name] in self.ruleset.profiles for name in self.ruleset.tables[table].key)

    def _some(self, table: doc.TableDocument) -> Iterator[Row]:
        kinds: dict[object, int] = {}
        beside_key = [name for name in table.columns if name not in table.key and name not in table.validity]
        constants = self._constants(table)
        for row in self._read(table):
            words = tuple(str(row.cells[name]) for name in beside_key)
            kept = words if sum(map(len, words)) < 40 else ()  # long words tell rows apart, not kinds
            named = tuple(row.cells[name] if row.cells[name] in constants[name] else None for name in table.key)
            ends = tuple(row.cells[name] in (dt.date.min, dt.date.max) for name in table.validity)
            kind = (row.setting, kept, named, ends, self._profiled(table.table.text, row))
            kinds[kind] = kinds.get(kind, 0) + 1
            if kinds[kind] <= _PER_KIND and len(kinds) <= _MOST_KINDS:
                yield row

    def _constants(self, table: doc.TableDocument) -> Mapping[str, set[object]]:
        """The values that look-ups write out, by key column."""
        found: dict[str, set[object]] = {name: set() for name in table.key}
        for edit in self.ruleset.edits.values():
            for lookup in edit.lookup.values():
                if lookup.table.text == table.table.text:
                    for name, item in lookup.keys.items():
                        if isinstance(item, doc.Constant):
                            found[name].add(item.value)
        return found

    def _read(self, table: doc.TableDocument) -> Iterator[Row]:
        for setting in table.settings or (None,):
            for edition in reversed(self.ruleset.store.series(table.table.text, setting).editions):
                yield from islice(self._of_edition(table, setting, edition), _ROWS_READ)

    def _of_edition(self, table: doc.TableDocument, setting: str | None, edition: Edition) -> Iterator[Row]:
        keys, manifest = list(edition.keys()), edition.manifest
        known = [key for key in keys if key in self.ruleset.profiles]
        last = manifest.effective_to if self.today < manifest.effective_from else min(manifest.effective_to, self.today)
        days = dict.fromkeys((self.today, last, max(manifest.effective_from, edition.oldest)))
        for key in dict.fromkeys((*known, *keys[:: max(1, len(keys) // _KEYS_READ)], *keys[-1:])):
            numbers: dict[int, dt.date] = {}
            for day in days:
                for number in edition.find([key], day):
                    numbers.setdefault(number, day)
            for number, day in islice(numbers.items(), _ROWS_OF_A_KEY):
                yield Row(setting, {name: edition.cell(name, number) for name in table.columns}, day)
