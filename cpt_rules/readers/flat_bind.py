"""A layout bound to the columns of one file: how its rows become lines, and the rows of a claim its own values.

A fault names the field and its column, never what the cell says.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from operator import itemgetter
from typing import Any

from attrs import frozen

from cpt_rules.fields import STORED_FIELDS
from cpt_rules.readers.canonical import bill_type
from cpt_rules.readers.flat_fields import FLAT_FIELDS, FlatField
from cpt_rules.readers.flat_layout import Layout
from cpt_rules.readers.flat_make import Column, Row, Take, claim_maker, line_maker
from cpt_rules.readers.flat_values import Cell, Parse, parser, several
from cpt_rules.readers.problem import Fault, meant, shown

_ALWAYS = frozenset({"claim.type", "line.number"})  # never unknown: read from every row, or counted
_SHORTENED = re.compile(r"[0-9](\.[0-9]+)?E\+[0-9]+", re.ASCII).fullmatch


@frozen(eq=False)
class Binding:
    """`keys` and `own` are the columns of the claim's identity and of what is the same in all its rows.

    `line` and `claim` make keyword arguments of a row, with the stored names of what is there; `line_of` and `own_of`
    pick the cells they are made of.
    """

    layout: Layout
    header: tuple[str, ...]
    keys: tuple[int, ...]
    own: tuple[int, ...]
    used: tuple[int, ...]
    own_of: Callable[[Row], tuple[Cell, ...]]
    line_of: Callable[[Row], tuple[Cell, ...]]
    unknown: frozenset[str]
    numbered: bool
    line: Callable[[Row], tuple[dict[str, Any], list[str]]]
    claim: Callable[[Row], tuple[dict[str, Any], list[str]]]

    def key(self, row: Row) -> tuple[str, str]:
        """What tells the row's claim from others, and its identifier. Raises `Fault` where the row has none."""
        cell = row[self.keys[0]]
        ident = cell.strip() if isinstance(cell, str) else " ".join(cell)
        if not ident or ident in self.layout.absent:
            raise Fault("flat.no-id", "the row has no claim identifier", "give each row that of its claim")
        if _SHORTENED(ident):
            remedy = "store the column as text, with all its digits"
            raise Fault("flat.shortened", "the claim identifier is a number that a spreadsheet has shortened", remedy)
        if len(self.keys) == 1:
            return ident, ident
        return "\x1f".join([ident, *(_plain(row[at]) for at in self.keys[1:])]), ident

    def columns_of(self, places: Sequence[int]) -> str:
        """Columns by their names, for a message."""
        return ", ".join(shown(self.header[at]) for at in places)


def bind(layout: Layout, header: Sequence[str]) -> Binding:
    """Raises `Fault` for a column that is missing or stands twice, and where no column tells claims apart."""
    places = _Places(layout, header)
    takes: dict[str, list[Column]] = {}
    columns: dict[str, tuple[int, ...]] = {}
    for name, wanted in layout.columns.items():
        found = tuple(at for at in map(places.of, wanted) if at is not None)
        if found:
            columns[name] = found
            takes[name] = [Column(at, _take(FLAT_FIELDS[name], layout, at, header[at])) for at in found]
    for name, text in layout.constants.items():
        takes[name] = [Column(None, _constant(FLAT_FIELDS[name], layout, text))]
    for name in ("claim.id", "claim.type"):
        if name not in takes:
            raise Fault("flat.column", f"no column holds {name}", f"name one {name}, or state it in a mapping file")
    group = tuple(at for at in map(places.of, layout.group) if at is not None)
    of_claim = tuple(sorted({at for name, at_ in columns.items() if not FLAT_FIELDS[name].of_line for at in at_}))
    keys = (*columns["claim.id"], *group)
    pointed = "line.diagnosis_pointers" in takes
    return Binding(
        layout,
        tuple(header),
        keys,
        of_claim,
        tuple(sorted({*(at for at_ in columns.values() for at in at_), *group})),
        _picked(of_claim),
        _picked(tuple(sorted({at for name, at_ in columns.items() if FLAT_FIELDS[name].of_line for at in at_}))),
        _unknown(takes),
        "line.number" in columns,
        line_maker({name: each for name, each in takes.items() if FLAT_FIELDS[name].of_line}),
        claim_maker({name: each for name, each in takes.items() if not FLAT_FIELDS[name].of_line}, pointed),
    )


def _picked(places: tuple[int, ...]) -> Callable[[Row], tuple[Cell, ...]]:
    if len(places) > 1:
        return itemgetter(*places)
    return lambda row: tuple(row[at] for at in places)


def _unknown(takes: Mapping[str, object]) -> frozenset[str]:
    """The stored fields that these columns cannot carry. A procedure code without qualifier is HC."""
    carried = {*takes, *_ALWAYS}
    if "line.code" in takes:
        carried.add("line.code_type")
    return STORED_FIELDS - carried


# ---- columns -------------------------------------------------------------------------------------------------------


class _Places:
    """Where columns stand: by their name as written, else by a name that differs in capital letters only."""

    def __init__(self, layout: Layout, header: Sequence[str]) -> None:
        self.layout = layout
        self.header = header
        self.exact: dict[str, list[int]] = {}
        self.folded: dict[str, list[int]] = {}
        for at, name in enumerate(header):
            self.exact.setdefault(name, []).append(at)
            self.folded.setdefault(name.casefold(), []).append(at)

    def of(self, name: str) -> int | None:
        found = self._found(name) or self._found(self.layout.renamed.get(name, name))
        if len(found) > 1:
            raise Fault("flat.column", f"the column {shown(name)!r} stands twice", "keep one of them")
        if found:
            return found[0]
        if name in self.layout.optional:
            return None
        near = meant(name, list(dict.fromkeys(self.header)))
        remedy = near if near.startswith("did") else "the mapping file names it; the first line of the input does not"
        raise Fault("flat.column", f"the column {shown(name)!r} is missing", remedy)

    def _found(self, name: str) -> list[int]:
        return self.exact.get(name) or self.folded.get(name.casefold(), [])


def _plain(cell: Cell) -> str:
    return cell.strip() if isinstance(cell, str) else " ".join(cell)


def _take(field: FlatField, layout: Layout, at: int, column: str) -> Take:
    parse, absent, words = _canonical(field, layout), layout.absent, layout.words.get(field.name)
    label = field.name if column == field.name else f"{field.name} (column {shown(column)!r})"

    def value(text: str) -> Any:
        text = text.strip()
        if not text or text in absent:
            return None
        if words is not None:
            text = words.get(text, text)
        return parse(text)

    if field.many:
        listed = field.name in layout.lists

        def read(row: Row) -> Any:
            cell = row[at]
            if not listed and isinstance(cell, str):
                found = value(cell)
                return () if found is None else (found,)
            return tuple(each for each in map(value, several(cell, field)) if each is not None)
    else:

        def read(row: Row) -> Any:
            cell = row[at]
            if not cell:
                return None
            if not isinstance(cell, str):
                raise Fault("flat.list", "holds a list where one value is due", "write one value")
            return value(cell)

    def take(row: Row) -> Any:
        try:
            return read(row)
        except Fault as fault:
            # faults of remembered values are shared, so the place goes into a new one
            raise Fault(fault.code, fault.message, fault.remedy, path=label) from None

    return take


def _constant(field: FlatField, layout: Layout, text: str) -> Take:
    value = _canonical(field, layout)(text)
    found = (value,) if field.many else value
    return lambda row: found


def _canonical(field: FlatField, layout: Layout) -> Parse:
    parse = parser(field, layout.dates)
    return (lambda text: bill_type(parse(text))) if field.name == "claim.bill_type" else parse
