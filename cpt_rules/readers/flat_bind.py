"""A layout bound to the columns of one file: how its rows become lines, and the rows of a claim its own values.

A fault names the field and its column, never what the cell says.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from operator import itemgetter
from typing import Any

from attrs import frozen

from cpt_rules.checked import unchecked
from cpt_rules.claim import Diagnosis, Occurrence, Patient, Payer, Procedure, Provider, Subscriber, ValueCode
from cpt_rules.fields import STORED_FIELDS
from cpt_rules.readers.canonical import bill_type, diagnosis_code
from cpt_rules.readers.flat_fields import CLAIM_ROLES, FLAT_FIELDS, OBJECTS, FlatField
from cpt_rules.readers.flat_layout import Layout
from cpt_rules.readers.flat_values import Cell, Parse, parser, several
from cpt_rules.readers.problem import Fault, meant, shown

Row = Sequence[Cell]
Take = Callable[[Row], Any]  # a row → the value of one field, None or () where it is absent


@frozen(eq=False)
class _Column:
    """Where the value of a field stands and how it is taken from there; `at` is None for a constant."""

    at: int | None
    take: Take

    def of(self, row: Row) -> Any:
        """The value, None where the cell is empty or says nothing."""
        return self.take(row) if self.at is None or row[self.at] else None


_Named = tuple[str, str, _Column]  # a field, the attribute it fills, its column

_GROUPS: Mapping[str, Callable[..., Any]] = {
    "payer": unchecked(Payer),
    "subscriber": unchecked(Subscriber),
    "patient": unchecked(Patient),
    **dict.fromkeys(CLAIM_ROLES, unchecked(Provider)),
}
_MADE: Mapping[type, Callable[..., Any]] = {
    Diagnosis: unchecked(Diagnosis),
    Occurrence: unchecked(Occurrence),
    ValueCode: unchecked(ValueCode),
    Procedure: unchecked(Procedure),
}
_provider = unchecked(Provider)
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
        parts = [_plain(row[at]) for at in self.keys]
        ident = parts[0]
        if not ident or ident in self.layout.absent:
            raise Fault("flat.no-id", "the row has no claim identifier", "give each row that of its claim")
        if _SHORTENED(ident):
            remedy = "store the column as text, with all its digits"
            raise Fault("flat.shortened", "the claim identifier is a number that a spreadsheet has shortened", remedy)
        return (ident if len(parts) == 1 else "\x1f".join(parts)), ident

    def columns_of(self, places: Sequence[int]) -> str:
        """Columns by their names, for a message."""
        return ", ".join(shown(self.header[at]) for at in places)


def bind(layout: Layout, header: Sequence[str]) -> Binding:
    """Raises `Fault` for a column that is missing or stands twice, and where no column tells claims apart."""
    places = _Places(layout, header)
    takes: dict[str, list[_Column]] = {}
    columns: dict[str, tuple[int, ...]] = {}
    for name, wanted in layout.columns.items():
        found = tuple(at for at in map(places.of, wanted) if at is not None)
        if found:
            columns[name] = found
            takes[name] = [_Column(at, _take(FLAT_FIELDS[name], layout, at, header[at])) for at in found]
    for name, text in layout.constants.items():
        takes[name] = [_Column(None, _constant(FLAT_FIELDS[name], layout, text))]
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
        _line_maker({name: each for name, each in takes.items() if FLAT_FIELDS[name].of_line}),
        _claim_maker({name: each for name, each in takes.items() if not FLAT_FIELDS[name].of_line}, pointed),
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


# ---- a line --------------------------------------------------------------------------------------------------------


def _line_maker(takes: Mapping[str, list[_Column]]) -> Callable[[Row], tuple[dict[str, Any], list[str]]]:
    plain: list[_Named] = []
    lists: list[tuple[str, str, list[_Column]]] = []
    roles: dict[str, list[_Named]] = {}
    for name, each in takes.items():
        attribute = name.removeprefix("line.")
        role, _, part = attribute.partition(".")
        if part:
            roles.setdefault(role, []).append((name, part, each[0]))
        elif FLAT_FIELDS[name].many:
            lists.append((name, attribute, each))
        else:
            plain.append((name, attribute, each[0]))

    def make(row: Row) -> tuple[dict[str, Any], list[str]]:
        there: list[str] = []
        values = _parts(plain, row, there)
        _fill_lists(lists, row, values, there)
        for role, parts in roles.items():
            provider = _parts(parts, row, there)
            if provider:
                values[role] = _provider(**provider)
        return values, there

    return make


def _parts(parts: list[_Named], row: Row, there: list[str]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, part, column in parts:
        at = column.at  # as `_Column.of`, without a call for each empty cell
        if at is None or row[at]:
            value = column.take(row)
            if value is not None:
                found[part] = value
                there.append(name)
    return found


def _fill_lists(
    lists: list[tuple[str, str, list[_Column]]], row: Row, values: dict[str, Any], there: list[str]
) -> None:
    for name, attribute, columns in lists:
        found = tuple(value for column in columns for value in column.of(row) or ())
        if found:
            values[attribute] = found
            there.append(name)


# ---- what is the claim's own ---------------------------------------------------------------------------------------


def _claim_maker(
    takes: Mapping[str, list[_Column]], pointed: bool
) -> Callable[[Row], tuple[dict[str, Any], list[str]]]:
    plain: list[_Named] = []
    lists: list[tuple[str, str, list[_Column]]] = []
    groups: dict[str, list[_Named]] = {}
    for name, each in takes.items():
        head, _, rest = name.partition(".")
        if head != "claim":
            groups.setdefault(head, []).append((name, rest, each[0]))
        elif FLAT_FIELDS[name].owner:
            continue
        elif FLAT_FIELDS[name].many:
            lists.append((name, rest, each))
        else:
            plain.append((name, rest, each[0]))
    objects = [_Objects(owner, takes, pointed) for owner in OBJECTS if owner in takes]

    def make(row: Row) -> tuple[dict[str, Any], list[str]]:
        there: list[str] = []
        values = _parts(plain, row, there)
        _fill_lists(lists, row, values, there)
        for head, parts in groups.items():
            inner = _parts(parts, row, there)
            if inner:
                values[head] = _GROUPS[head](**inner)
        for each in objects:
            elements = each.read(row)
            if elements:
                values[each.owner.removeprefix("claim.")] = elements
                there.append(each.owner)
        return values, there

    return make


class _Objects:
    """A list of objects: the columns of its codes, and of what belongs to each code."""

    def __init__(self, owner: str, takes: Mapping[str, list[_Column]], pointed: bool) -> None:
        self.owner = owner
        self.codes = takes[owner]
        self.parts = {FLAT_FIELDS[n].part: each for n, each in takes.items() if FLAT_FIELDS[n].owner == owner}
        del self.parts["code"]
        self.places = [column.at for columns in (self.codes, *self.parts.values()) for column in columns]
        self.pointed = pointed and owner == "claim.diagnoses"

    def read(self, row: Row) -> tuple[Any, ...]:
        if not any(row[at] for at in self.places if at is not None):
            return ()
        codes = self._positions(self.codes, row)
        count = max((at + 1 for at, code in enumerate(codes) if code is not None), default=0)
        if self.pointed and None in codes[:count]:
            remedy = "pointers count the columns; fill them without a gap"
            raise Fault("flat.gap", "a diagnosis stands behind an empty column", remedy, path=self.owner)
        parts = {name: self._aligned(name, columns, row, count) for name, columns in self.parts.items()}
        found: list[Any] = []
        for at in range(count):
            own = {name: values[at] for name, values in parts.items() if values[at] is not None}
            if codes[at] is not None:
                found.append(self._element(codes[at], own, not found))
            elif own.keys() - {"system"}:
                raise Fault(
                    "flat.gap", f"{', '.join(sorted(own))} without a code", "fill the code too", path=self.owner
                )
        return tuple(found)

    def _positions(self, columns: list[_Column], row: Row) -> list[Any]:
        if len(columns) == 1:
            return list(columns[0].of(row) or ())
        found: list[Any] = []
        for column in columns:
            value = column.of(row)
            found.append(value[0] if value else None)
        return found

    def _aligned(self, name: str, columns: list[_Column], row: Row, count: int) -> list[Any]:
        values = self._positions(columns, row)
        if name == "system" and len(values) == 1:
            return values * count
        if any(value is not None for value in values[count:]) or (len(columns) == 1 and 0 < len(values) < count):
            raise Fault("flat.gap", f"a value of {name} without a code", "write one for each code", path=self.owner)
        return [*values[:count], *[None] * (count - len(values))]

    def _element(self, code: str, own: dict[str, Any], first: bool) -> Any:
        cls = OBJECTS[self.owner]
        if cls is not Diagnosis:
            return _MADE[cls](code, **own)
        system = own.pop("system", "icd10")
        role = own.pop("role", "principal" if first and "role" not in self.parts else "other")
        return _MADE[cls](diagnosis_code(code, system), system, role, **own)
