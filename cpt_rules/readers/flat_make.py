"""Makes what a claim and its lines are built of from the cells of rows."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from attrs import frozen

from cpt_rules.checked import unchecked
from cpt_rules.claim import Diagnosis, Occurrence, Patient, Payer, Procedure, Provider, Subscriber, ValueCode
from cpt_rules.readers.canonical import diagnosis_code
from cpt_rules.readers.flat_fields import CLAIM_ROLES, FLAT_FIELDS, OBJECTS
from cpt_rules.readers.flat_values import Cell
from cpt_rules.readers.problem import Fault

Row = Sequence[Cell]
Take = Callable[[Row], Any]  # a row → the value of one field, None or () where it is absent
Made = tuple[dict[str, Any], list[str]]  # keyword arguments, and the stored names of what is there


@frozen(eq=False)
class Column:
    """Where the value of a field stands and how it is taken from there; `at` is None for a constant."""

    at: int | None
    take: Take

    def of(self, row: Row) -> Any:
        """The value, None where the cell is empty or says nothing."""
        return self.take(row) if self.at is None or row[self.at] else None


_Named = tuple[str, str, Column]  # a field, the attribute it fills, its column

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

# ---- a line --------------------------------------------------------------------------------------------------------


def line_maker(takes: Mapping[str, list[Column]]) -> Callable[[Row], Made]:
    plain: list[_Named] = []
    lists: list[tuple[str, str, list[Column]]] = []
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

    def make(row: Row) -> Made:
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
        at = column.at  # as `Column.of`, without a call for each empty cell
        if at is None or row[at]:
            value = column.take(row)
            if value is not None:
                found[part] = value
                there.append(name)
    return found


def _fill_lists(lists: list[tuple[str, str, list[Column]]], row: Row, values: dict[str, Any], there: list[str]) -> None:
    for name, attribute, columns in lists:
        found = tuple(value for column in columns for value in column.of(row) or ())
        if found:
            values[attribute] = found
            there.append(name)


# ---- what is the claim's own ---------------------------------------------------------------------------------------


def claim_maker(takes: Mapping[str, list[Column]], pointed: bool) -> Callable[[Row], Made]:
    plain: list[_Named] = []
    lists: list[tuple[str, str, list[Column]]] = []
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

    def make(row: Row) -> Made:
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

    def __init__(self, owner: str, takes: Mapping[str, list[Column]], pointed: bool) -> None:
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

    def _positions(self, columns: list[Column], row: Row) -> list[Any]:
        if len(columns) == 1:
            return list(columns[0].of(row) or ())
        found: list[Any] = []
        for column in columns:
            value = column.of(row)
            found.append(value[0] if value else None)
        return found

    def _aligned(self, name: str, columns: list[Column], row: Row, count: int) -> list[Any]:
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
