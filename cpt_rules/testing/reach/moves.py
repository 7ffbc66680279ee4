"""Changes of a claim that may give a condition another truth: other values for what it names, other days, other payers."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from decimal import Decimal
from itertools import chain, islice

from attrs import define, evolve

from cpt_rules.claim import Claim, Payer
from cpt_rules.engine.reference_values import Values
from cpt_rules.fields import FIELDS
from cpt_rules.language import documents as doc
from cpt_rules.reading import UNKNOWN, Open, Reading, Value
from cpt_rules.ruleset.typing import line_field
from cpt_rules.testing.cases import Case
from cpt_rules.testing.reach.assign import Wish, assign
from cpt_rules.testing.reach.distance import Given, Obstacle
from cpt_rules.testing.reach.pools import Pools, names_of
from cpt_rules.testing.reach.rows import Row
from cpt_rules.testing.reach.seen import Seen
from cpt_rules.testing.reach.values import DAY, beside

#: A change of a case, in the ways in which it can be made, the simplest first; no way where it cannot.
Option = Callable[[Case], Iterator[Case]]

_MOST_VALUES = 60
_MOST_ROWS = 40


@define(eq=False)
class Moves:
    """What may be tried on an edit."""

    pools: Pools

    def against(self, case: Case, seen: Seen, obstacle: Obstacle) -> Iterator[Case]:
        """Cases in which the obstacle may be gone, the simplest first, each perhaps several times."""
        part, _ = obstacle
        for option in self.beside(seen, part) if isinstance(part, Given) else self.options(seen, part):
            yield from option(case)

    def twice(self, case: Case, seen: Seen, obstacle: Obstacle) -> Iterator[Case]:
        """As `against`, on each other day and for each other payer: what is known differs there."""
        part, _ = obstacle
        if not isinstance(part, Given) and _rests_on_knowledge(part):
            for outer in chain(self.days(), self.payers()):
                for first in islice(outer(case), 1):
                    for option in self._named(seen, part):
                        yield from islice(option(first), 1)

    def options(self, seen: Seen, leaf: doc.Leaf) -> Iterator[Option]:
        """What may be tried on one condition: first of what it names, then of the day and the payer."""
        yield from self._named(seen, leaf)
        if _rests_on_knowledge(leaf):
            yield from self.days()
            yield from self.payers()

    def beside(self, seen: Seen, part: Given) -> Iterator[Option]:
        """What may be tried on what an edit needs beside its conditions."""
        if part.what in ("payers", "overlay", "severity"):
            yield from self.payers()
        if part.what in ("dates", "payers", "severity"):
            yield from self.days()
        if part.what == "severity":
            yield from self._codes(seen)
        if part.what == "place":
            yield _put(0, "line.date_to", self.pools.today + DAY)
            for name in ("line.date_to", "line.date", "line.provider", "line.code"):
                yield from (_put(index, name, UNKNOWN) for index in seen.place.lines)
            yield from (_put(index, "line.date_to", None) for index in seen.place.lines)

    def days(self) -> Iterator[Option]:
        return (_on(day) for day in self.pools.dates)

    def payers(self) -> Iterator[Option]:
        return (_paid_by(payer) for payer in self.pools.payers)

    # ---- what a condition names ------------------------------------------------------------------------------------

    def _named(self, seen: Seen, leaf: doc.Leaf) -> Iterator[Option]:
        for name in dict.fromkeys(names_of(leaf)):
            head = name.partition(".")[0]
            if line_field(name) in FIELDS:
                yield from (
                    _put(line_of(seen, name), line_field(name), wish) for wish in self._wishes(seen, leaf, name)
                )
            elif head in seen.edit.lookup:
                yield from self._rows(seen, seen.edit.lookup[head])
            elif head == "profile":
                yield from self._codes(seen)
            else:
                yield from self.payers()

    def _codes(self, seen: Seen) -> Iterator[Option]:
        for code in islice(self.pools.values(seen.edit, "line.code"), _MOST_VALUES):
            yield _put(line_of(seen, "line.code"), "line.code", code)

    def _wishes(self, seen: Seen, leaf: doc.Leaf, name: str) -> Iterator[Wish]:
        """What a field might read so that the condition has another truth."""
        now = seen.setting.reading(name)
        others = [seen.setting.seen(each) for each in names_of(leaf) if each != name]
        values = list(dict.fromkeys(chain(*map(around, others), self.pools.values(seen.edit, name))))[:_MOST_VALUES]
        if not FIELDS[line_field(name)].many:
            yield from (*values, None, UNKNOWN)
            return
        here = now if isinstance(now, tuple) else ()
        yield ()
        yield from ((value,) for value in values)
        written = tuple(item.value for item in leaf.items if isinstance(item, doc.Constant))
        yield from (written, written[:2], (*here, *written), (*written[:1], *here))
        yield from (tuple(values_of(other))[:4] for other in others)
        if here:
            yield from ((*here, value) for value in values[:20])
            yield from ((value, *here) for value in values[:8])
            yield from (tuple(each for each in here if each != gone) for gone in here)
        yield UNKNOWN

    # ---- rows ------------------------------------------------------------------------------------------------------

    def _rows(self, seen: Seen, lookup: doc.Lookup) -> Iterator[Option]:
        """The keys of rows that are loaded, today and on a day on which they are in force; then other keys."""
        rows = [row for row in self.pools.shelf.rows.of(lookup.table.text) if _fits(lookup, row)]
        for row in rows[:_MOST_ROWS]:
            yield _keyed(seen, lookup, row, on_its_day=False)
            yield _keyed(seen, lookup, row, on_its_day=True)
        for item in lookup.keys.values():
            if isinstance(item, doc.FieldRef) and line_field(item.name) in FIELDS:
                name, many = line_field(item.name), FIELDS[line_field(item.name)].many
                for value in islice(self.pools.values(seen.edit, item.name), _MOST_ROWS):
                    yield _put(line_of(seen, item.name), name, (value,) if many else value)
                yield from (_put(line_of(seen, item.name), name, wish) for wish in (None, UNKNOWN))
        if isinstance(lookup.setting, doc.FieldRef) and line_field(lookup.setting.name) in FIELDS:
            settings = self.pools.ruleset.tables[lookup.table.text].settings[:2]
            yield from (_put(0, line_field(lookup.setting.name), wish) for wish in (*settings, None, UNKNOWN))


def _fits(lookup: doc.Lookup, row: Row) -> bool:
    """Whether a row has what the key of a look-up writes out."""
    wanted = [(item, row.cells[name]) for name, item in lookup.keys.items()]
    if lookup.setting is not None:
        wanted.append((lookup.setting, row.setting))
    return all(item.value == cell for item, cell in wanted if isinstance(item, doc.Constant))


# ---- options -------------------------------------------------------------------------------------------------------


def _put(index: int, name: str, wish: Wish) -> Option:
    return lambda case: map(case.of, assign(case.claim, index, name, wish))


def _on(day: Value) -> Option:
    """The lines on another day."""
    return lambda case: map(case.of, islice(assign(case.claim, 0, "line.date", day), 1))


def _paid_by(payer: Payer) -> Option:
    return lambda case: iter((case.of(evolve(case.claim, payer=payer)),))


def _keyed(seen: Seen, lookup: doc.Lookup, row: Row, on_its_day: bool) -> Option:
    """The fields of a key as a row has them."""
    wanted: list[tuple[doc.Item, object]] = [(item, row.cells[name]) for name, item in lookup.keys.items()]
    if lookup.setting is not None:
        wanted.insert(0, (lookup.setting, row.setting))

    def changed(case: Case) -> Iterator[Case]:
        found = [case]
        for item, value in wanted:
            if isinstance(item, doc.FieldRef) and line_field(item.name) in FIELDS:
                name, index = line_field(item.name), line_of(seen, item.name)
                wish: Wish = (value,) if FIELDS[name].many else value  # type: ignore[assignment]
                found = [each.of(claim) for each in found for claim in islice(assign(each.claim, index, name, wish), 2)]
        return chain(*(map(each.of, _dated(each, row)) for each in found)) if on_its_day else iter(found)

    return changed


def _dated(case: Case, row: Row) -> Iterator[Claim]:
    return islice(assign(case.claim, 0, "line.date", row.day), 1)


def line_of(seen: Seen, name: str) -> int:
    """The line on which a name is read."""
    lines = seen.place.lines
    if not lines:
        return 0
    return lines[-1] if name.startswith("b.") else lines[0]


def _rests_on_knowledge(leaf: doc.Leaf) -> bool:
    """Whether a condition asks something that the ruleset knows, so that the day and the payer may matter."""
    named = any(isinstance(item, doc.SetRef) for item in leaf.items)
    return named or any(line_field(name) not in FIELDS for name in names_of(leaf))


def values_of(seen: Reading | Values) -> Iterable[Value]:
    """The values that a reading surely has."""
    if isinstance(seen, Values):
        return sorted((value for value in seen.listed() if seen.holds(value)), key=str)
    if isinstance(seen, Open):
        return seen.known
    if isinstance(seen, tuple):
        return seen
    return () if seen is None or seen is UNKNOWN else (seen,)


def around(seen: Reading | Values) -> Iterator[Value]:
    """The values of a reading, and those beside them."""
    for value in islice(values_of(seen), 12):
        yield Decimal(value) if isinstance(value, int) and not isinstance(value, bool) else value
        yield from beside(value)
