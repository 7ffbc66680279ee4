"""Names of conditions → readings: fields of a line, of either line of a pair, of the claim, and what look-ups found."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property

from attrs import define, field, frozen

from cpt_rules.claim import Line
from cpt_rules.fields import FIELDS, RESOLVED_FIELDS
from cpt_rules.finding import Asked
from cpt_rules.language import documents as doc
from cpt_rules.reading import UNKNOWN, Field, Open, Reading, Value, View
from cpt_rules.ruleset.knowledge import Knowledge
from cpt_rules.ruleset.members import Truth
from cpt_rules.ruleset.ruleset import Ruleset
from cpt_rules.tables.edition import ALWAYS, Edition, Span, common

MAX_REMEMBERED = 50_000

#: Reads a name: the claim, the line (of a pair: line b), line a of a pair.
Reader = Callable[[View, Line | None, Line | None], Reading]


def is_fact(name: str) -> bool:
    """Whether a name is a fact of a profile or payer."""
    return name.startswith("profile.") or (name.startswith("payer.") and name not in FIELDS)


def catalogued(name: str) -> Field | None:
    """The catalogue field that a name stands for, in any binding."""
    return FIELDS.get(f"line.{name[2:]}" if name.startswith(("a.", "b.")) else name)


def is_list(name: str) -> bool:
    """Whether a catalogue field is a list."""
    known = catalogued(name)
    return known is not None and known.many


def of_line_a(name: str) -> bool:
    return name.startswith("a.")


@frozen
class Found:
    """What a look-up found. `truth` is None where it cannot be told; `missing` then says for want of what.

    `more` says that there may be rows beside those that were found. `span` are the first and last of the days about
    the one asked for which all of this is the same.
    """

    truth: Truth
    edition: Edition | None = None
    rows: tuple[int, ...] = ()
    asked: Asked | None = None
    missing: tuple[str, ...] = ()
    more: bool = False
    span: Span = ALWAYS

    def column(self, name: str, many: bool) -> Reading:
        """What the rows have in a column: a list, or one value."""
        if self.truth is None and not many:
            return UNKNOWN
        cells = [] if self.edition is None else [self.edition.cell(name, row) for row in self.rows]
        if not many:
            return cells[0] if cells else None
        flat: list[Value] = []
        for cell in cells:
            flat += cell if isinstance(cell, tuple) else [] if cell is None else [cell]
        values = tuple(dict.fromkeys(flat))
        return Open(values) if self.truth is None or self.more else values


#: What a table has for a key: the edition that answers, the rows in force, how a finding names it, the days of all this.
_Rows = tuple[Edition | None, tuple[int, ...], Asked | None, Span]


@define(eq=False)
class LookUps:
    """Asks the tables of a ruleset; answers are remembered by table and key, each for the days it holds."""

    ruleset: Ruleset
    _answers: dict[tuple[object, ...], tuple[_Rows, ...]] = field(factory=dict)
    _found: dict[object, dict[tuple[object, ...], Found]] = field(factory=dict)
    _kept: int = 0

    def found_of(self, alike: object) -> dict[tuple[object, ...], Found]:
        """What bindings that are alike have found already, by alias and key."""
        return self._found.setdefault(alike, {})

    def count(self) -> None:
        """One more answer is kept; all are forgotten where there are too many."""
        self._kept += 1
        if self._kept > MAX_REMEMBERED:
            self._kept = 0
            for each in list(self._found.values()):
                each.clear()

    def ask(
        self, lookup: doc.Lookup, readings: Mapping[str, Reading], day: dt.date | None, knowledge: Knowledge
    ) -> Found:
        """The rows for what the key's fields hold. `readings` are by the names of the fields."""
        table = self.ruleset.tables[lookup.table.text]
        items = [lookup.keys[column] for column in table.key]
        if lookup.setting is not None:
            items.insert(0, lookup.setting)
        values = [readings[item.name] if isinstance(item, doc.FieldRef) else item.value for item in items]  # type: ignore[union-attr]
        if UNKNOWN in values:
            unknown = [
                item.name
                for item, value in zip(items, values, strict=True)
                if (value is UNKNOWN or isinstance(value, Open)) and isinstance(item, doc.FieldRef)
            ]
            return Found(None, missing=tuple(dict.fromkeys(unknown)))
        if None in values:
            return Found(False)
        setting = str(values.pop(0)) if lookup.setting is not None else None
        for place, value in enumerate(values):
            if isinstance(value, tuple | Open):
                name = getattr(items[place - len(values)], "name", "")
                return self._each(table, setting, (values, place), name, day, knowledge)
        return self._answer(table, setting, [str(value) for value in values], day, knowledge)

    def _each(
        self,
        table: doc.TableDocument,
        setting: str | None,
        listed: tuple[Sequence[Reading], int],
        name: str,
        day: dt.date | None,
        knowledge: Knowledge,
    ) -> Found:
        """The rows for every value of a list, the field `name`: found where each of its values is."""
        key, place = listed
        held = key[place]
        values = held.known if isinstance(held, Open) else held if isinstance(held, tuple) else ()
        keys = [[str(value if at == place else part) for at, part in enumerate(key)] for value in values]
        answers = [self._answer(table, setting, each, day, knowledge) for each in keys]
        truths = [each.truth for each in answers]
        untold = isinstance(held, Open) or None in truths
        truth: Truth = False if False in truths else None if untold else bool(truths)
        more = untold or any(each.more for each in answers)
        rows = tuple(row for each in answers for row in each.rows)
        missing = (name,) if isinstance(held, Open) else (f"table.{table.table.text}",)
        edition, asked = (answers[0].edition, answers[0].asked) if answers else (None, None)
        return Found(truth, edition, rows, asked, missing, more, common(each.span for each in answers))

    def _answer(
        self,
        table: doc.TableDocument,
        setting: str | None,
        key: Sequence[str],
        day: dt.date | None,
        knowledge: Knowledge,
    ) -> Found:
        id = table.table.text
        if day is None:
            return Found(None, missing=(f"table.{id}",))
        found = self._rows(id, setting, key, day)
        edition, rows, asked, span = found
        if edition is None:
            return Found(None, missing=(f"table.{id}",), span=span)
        if not rows:
            if _complete(table, edition, key, knowledge):
                return Found(False, edition, (), asked, span=span)
            return Found(None, edition, (), asked, (f"table.{id}",), span=span)
        if table.unique == "yes" and len(rows) > 1:
            names = [column.name for column in edition.layout.columns]
            if len({tuple(edition.cell(name, row) for name in names) for row in rows}) > 1:
                return Found(None, edition, (), asked, (f"table.{id}",), span=span)
            rows = rows[:1]
        whole = table.unique == "yes" or _complete(table, edition, key, knowledge)
        missing = () if whole else (f"table.{id}",)
        return Found(True, edition, rows, asked, missing, more=not whole, span=span)

    def _rows(self, id: str, setting: str | None, key: Sequence[str], day: dt.date) -> _Rows:
        memo = (id, setting, *key)
        known = self._answers.get(memo, ())
        for each in known:
            if each[3][0] <= day <= each[3][1]:
                return each
        if len(self._answers) > MAX_REMEMBERED:
            self._answers = {}
        found = self._find(id, setting, key, day)
        self._answers[memo] = (found, *known)
        return found

    def _find(self, id: str, setting: str | None, key: Sequence[str], day: dt.date) -> _Rows:
        series = self.ruleset.store.series(id, setting)
        picked, span = series.edition(day), series.span(day)
        if picked is None:
            return None, (), None, span
        edition, stale = picked
        manifest = edition.manifest
        asked = Asked(id, setting, manifest.edition, manifest.starter, stale)
        return edition, tuple(edition.find(key, day)), asked, common([span, edition.span(key, day)])


def _complete(table: doc.TableDocument, edition: Edition, key: Sequence[str], knowledge: Knowledge) -> bool:
    """Whether a key that an edition does not list is known not to be there."""
    if edition.manifest.complete or not edition.manifest.starter:
        return edition.manifest.complete
    if isinstance(table.complete, doc.SetRef):
        members = knowledge.set(table.complete.id).members
        return any(members.contains(value) is True for value in key)
    return False


@define(eq=False)
class Binding:
    """The readers of one edit in one context."""

    edit: doc.Edit
    knowledge: Knowledge
    look_ups: LookUps
    _keys: dict[str, tuple[Reader, ...]] = field(factory=dict)
    _names: dict[str, tuple[str, ...]] = field(factory=dict)

    @cached_property
    def alike(self) -> object:
        """What bindings have in common that find the same for the same fields and day."""
        tables = self.look_ups.ruleset.tables
        sets = [tables[each.table.text].complete for each in self.edit.lookup.values()]
        known = [self.knowledge.set(each.id).members for each in sets if isinstance(each, doc.SetRef)]
        names = [name for alias in self.edit.lookup for name in self.key_names(alias)]
        if any(is_fact(name) or name in RESOLVED_FIELDS for name in names):
            return self
        return self.edit.edit.text, *known

    def span(self, view: View, line: Line | None, other: Line | None) -> Span:
        """The days about the present one for which every look-up of the edit finds the same."""
        return common(self.found(alias, view, line, other).span for alias in self.edit.lookup)

    def span_of_rows(self, view: View, line: Line | None, other: Line | None) -> Span:
        """As `span`, as far as the days of rows go: the days on which editions change are left out."""
        return common(self.found(alias, view, line, other).span for alias in self.of_dated_rows)

    @cached_property
    def of_dated_rows(self) -> tuple[str, ...]:
        """The look-ups in tables whose rows have days of their own."""
        tables = self.look_ups.ruleset.tables
        return tuple(id for id, each in self.edit.lookup.items() if tables[each.table.text].validity)

    def asked_of(self, alias: str) -> object:
        """What a look-up asks: look-ups of which it is the same find the same rows."""
        lookup = self.edit.lookup[alias]
        items = {**lookup.keys} | ({} if lookup.setting is None else {"": lookup.setting})
        said = [(column, item.name if isinstance(item, doc.FieldRef) else repr(item)) for column, item in items.items()]
        return lookup.table.text, *sorted(said)

    def is_found(self, name: str) -> bool:
        """Whether a look-up of the edit binds a name."""
        return name.partition(".")[0] in self.edit.lookup

    def reader(self, name: str) -> Reader:
        """The reader of a catalogue field or of what a look-up found."""
        if not self.is_found(name):
            return field_reader(name)
        return lambda view, line, other: self.column(name, self.found(name, view, line, other))

    def column(self, name: str, found: Found) -> Reading:
        """What ``ALIAS`` or ``ALIAS.COLUMN`` reads of what the look-up found."""
        alias, _, column = name.partition(".")
        if not column:
            return UNKNOWN if found.truth is None else found.truth
        table = self.look_ups.ruleset.tables[self.edit.lookup[alias].table.text]
        listed = any(is_list(name) for name in self.key_names(alias))
        return found.column(column, listed or table.unique == "no" or table.columns[column].many)

    def key_names(self, name: str) -> tuple[str, ...]:
        """The fields on which a look-up rests, in order, each once."""
        found = self._names.get(name)
        if found is None:
            lookup = self.edit.lookup[name.partition(".")[0]]
            items = [*lookup.keys.values(), *([lookup.setting] if lookup.setting is not None else [])]
            found = tuple(dict.fromkeys(item.name for item in items if isinstance(item, doc.FieldRef)))
            self._names[name] = found
        return found

    def found_by(self, name: str, readings: Sequence[Reading], day: dt.date | None) -> Found:
        """What a look-up finds for what its key fields hold (in the order of `key_names`) on a day."""
        alias = name.partition(".")[0]
        if day is None:
            return self._asked(alias, readings, day)
        key = (alias, *readings)
        found = self._found.get(key)
        if found is None or not found.span[0] <= day <= found.span[1]:
            self.look_ups.count()
            found = self._found[key] = self._asked(alias, readings, day)
        return found

    @cached_property
    def _found(self) -> dict[tuple[object, ...], Found]:
        return self.look_ups.found_of(self.alike)

    def _asked(self, alias: str, readings: Sequence[Reading], day: dt.date | None) -> Found:
        by_name = dict(zip(self.key_names(alias), readings, strict=True))
        return self.look_ups.ask(self.edit.lookup[alias], by_name, day, self.knowledge)

    def found(self, name: str, view: View, line: Line | None, other: Line | None) -> Found:
        """What a look-up of the edit found."""
        alias = name.partition(".")[0]
        keys = self._keys.get(alias)
        if keys is None:
            keys = self._keys[alias] = tuple(self._key_reader(each) for each in self.key_names(alias))
        return self.found_by(alias, [read(view, line, other) for read in keys], day_of_edit(view, line, other))

    def _key_reader(self, name: str) -> Reader:
        match = self.knowledge.match
        answers = {
            "claim.payer": match.payer,
            "payer.line_of_business": match.line_of_business,
            "payer.plan": match.plan,
        }
        if name in answers:
            answer = answers[name]
            return lambda view, line, other: UNKNOWN if answer is None else answer
        if is_fact(name):
            return lambda view, line, other: _scalar(
                self.knowledge.fact(name, None if line is None else line.code).value
            )
        return field_reader(name)


def day_of_edit(view: View, line: Line | None, other: Line | None) -> dt.date | None:
    """The day of an edit; of a pair of which one line's day is unknown, that of the other."""
    if line is None:
        day = FIELDS["claim.first_date"].read(view, None)
        return day if isinstance(day, dt.date) else None
    for each in (line, other):
        if each is not None:
            day = FIELDS["line.date"].read(view, each)
            if isinstance(day, dt.date):
                return day
    return None


def field_reader(name: str) -> Reader:
    """The reader of a catalogue field."""
    known = catalogued(name)
    assert known is not None, name
    if of_line_a(name):
        return lambda view, line, other: known.read(view, other)
    return lambda view, line, other: known.read(view, line)


def _scalar(value: object) -> Reading:
    return value  # type: ignore[return-value]
