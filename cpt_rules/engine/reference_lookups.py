"""Look-ups of the reference engine: the rows of a table that are in force on a day, and what may be said of the rest."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from attrs import frozen

from cpt_rules.engine.reference_knowledge import Knowledge, Trace
from cpt_rules.engine.reference_values import Truth, all_of
from cpt_rules.finding import Asked
from cpt_rules.language import documents as doc
from cpt_rules.reading import UNKNOWN, Open, Reading, Value
from cpt_rules.tables.edition import Cell, Edition

Row = Mapping[str, Cell]


@frozen
class Answer:
    """What a look-up found: the rows in force, and whether there are any (None: nobody can tell).

    `unknown` are the fields of its key that are unknown. `edition` is the one that was asked, `late` says that the day
    is after its period, `complete` that there are no other rows of this key, `listed` that the key has a list, for each
    value of which rows were looked for: found are then all of them.
    """

    table: doc.TableDocument
    found: Truth
    rows: tuple[Row, ...] = ()
    unknown: tuple[str, ...] = ()
    edition: Edition | None = None
    late: bool = False
    complete: bool = True
    listed: bool = False

    @property
    def missing(self) -> list[str]:
        """What would have to be known to answer."""
        return list(self.unknown) or [f"table.{self.table.table.text}"]

    def reading(self, column: str) -> Reading:
        """What stands in a column; of no column: whether a row was found."""
        if not column:
            return UNKNOWN if self.found is None else self.found
        if not self.table.columns[column].many and self.table.unique == "yes" and not self.listed:
            if self.found is None:
                return UNKNOWN
            cell = self.rows[0][column] if self.rows else None
            return None if isinstance(cell, tuple) else cell
        values = tuple(dict.fromkeys(value for row in self.rows for value in _values(row[column])))
        return values if self.complete else Open(values)

    @property
    def asked(self) -> list[Asked]:
        """The edition that was asked, as a finding names it."""
        if self.edition is None:
            return []
        manifest = self.edition.manifest
        return [Asked(manifest.table, manifest.setting, manifest.edition, manifest.starter, self.late)]

    @property
    def traces(self) -> list[Trace]:
        """What the answer rests on."""
        if self.edition is None or self.found is None:
            return []
        manifest = self.edition.manifest
        name = f"table.{self.table.table.text}"
        return [Trace(name, self.table.source.text, edition=manifest.edition, imported=not manifest.starter)]


def ask(lookup: doc.Lookup, knowledge: Knowledge, read: Callable[[str], Reading]) -> Answer:
    """What the look-up finds on the day. `read` reads a field or fact."""
    table = knowledge.ruleset.tables[lookup.table.text]
    items = [] if lookup.setting is None else [lookup.setting]
    items += [lookup.keys[column] for column in table.key]
    readings = [_read(item, read) for item in items]
    listed = any(isinstance(reading, tuple | Open) for reading in readings)
    if UNKNOWN in readings:
        unknown = [_name(item) for item, reading in zip(items, readings, strict=True) if _is_unknown(reading)]
        return Answer(table, None, unknown=tuple(unknown), complete=False, listed=listed)
    if None in readings:
        return Answer(table, False, listed=listed)
    if listed:
        return _each(lookup, knowledge, read)
    setting = readings.pop(0) if lookup.setting is not None else None
    known = knowledge.ruleset.store.series(table.table.text, None if setting is None else str(setting))
    answering = None if knowledge.day is None else known.edition(knowledge.day)
    if answering is None or knowledge.day is None:
        return Answer(table, None, complete=False)
    edition, late = answering
    key: list[Value] = [reading for reading in readings if isinstance(reading, Value)]
    rows = [_row(table, edition, number) for number in _numbers(table, edition, key, knowledge)]
    complete = _complete(table, edition, key, knowledge)
    if table.unique == "yes" and any(row != rows[0] for row in rows):
        return Answer(table, None, (), (), edition, late, complete=False)
    found: Truth = True if rows else False if complete else None
    # Of a unique key one row is all there can be.
    return Answer(table, found, tuple(rows), (), edition, late, complete or (found is True and table.unique == "yes"))


def _each(lookup: doc.Lookup, knowledge: Knowledge, read: Callable[[str], Reading]) -> Answer:
    """What is found for every value of the one list in the key."""
    table = knowledge.ruleset.tables[lookup.table.text]
    name = next(_name(item) for item in lookup.keys.values() if isinstance(_read(item, read), tuple | Open))
    held = read(name)
    values = held.known if isinstance(held, Open) else held if isinstance(held, tuple) else ()

    def one(value: Value) -> Answer:
        return ask(lookup, knowledge, lambda other: value if other == name else read(other))

    answers = [one(value) for value in values]
    closed = not isinstance(held, Open)
    found = all_of([*(each.found for each in answers), True if closed else None]) if answers or not closed else False
    complete = closed and all(each.complete for each in answers)
    rows = tuple(row for each in answers for row in each.rows)
    asked = answers[0] if answers else Answer(table, False)
    return Answer(table, found, rows, () if closed else (name,), asked.edition, asked.late, complete, listed=True)


def _read(item: doc.Item, read: Callable[[str], Reading]) -> Reading:
    if isinstance(item, doc.FieldRef):
        return read(item.name)
    assert isinstance(item, doc.Constant)
    return item.value


def _name(item: doc.Item) -> str:
    return item.name if isinstance(item, doc.FieldRef) else ""


def _numbers(table: doc.TableDocument, edition: Edition, key: Sequence[Value], knowledge: Knowledge) -> list[int]:
    """The rows in force whose cells equal the key, whatever their spelling."""
    assert knowledge.day is not None
    firsts = [key[0]] if isinstance(key[0], str) else list(edition.keys())
    found = [number for first in firsts for number in edition.find([str(first)], knowledge.day)]
    return [
        number
        for number in found
        if all(edition.cell(column, number) == value for column, value in zip(table.key, key, strict=True))
    ]


def _row(table: doc.TableDocument, edition: Edition, number: int) -> Row:
    return {column: edition.cell(column, number) for column in table.columns}


def _complete(table: doc.TableDocument, edition: Edition, key: Sequence[Value], knowledge: Knowledge) -> bool:
    """Whether the edition has every row of the key. A starter may be complete for the codes of a set."""
    if edition.manifest.starter and isinstance(table.complete, doc.SetRef):
        domain = knowledge.set_values(table.complete.id)
        return edition.manifest.complete or any(domain.holds(value) is True for value in key)
    return edition.manifest.complete


def _is_unknown(reading: Reading) -> bool:
    return reading is UNKNOWN or isinstance(reading, Open)


def _values(cell: Cell) -> tuple[Value, ...]:
    if cell is None:
        return ()
    return cell if isinstance(cell, tuple) else (cell,)
