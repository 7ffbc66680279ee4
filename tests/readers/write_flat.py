"""Claims written as flat files, one row a line, in our own layout: what the round trip reads back."""

from __future__ import annotations

import csv
import datetime as dt
import io
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from cpt_rules.claim import Claim, Line, Provider

_ROLES = (
    "billing",
    "rendering",
    "referring",
    "ordering",
    "supervising",
    "attending",
    "operating",
    "service_facility",
)
_LINE_ROLES = ("rendering", "ordering", "referring", "service_facility")
_OBJECTS = {
    "diagnoses": ("system", "role", "poa"),
    "occurrences": ("date", "date_to"),
    "values": ("amount",),
    "procedures": ("date",),
}
Row = dict[str, Any]


def carried(claim: Claim) -> Claim:
    """The claim as far as rows carry it: without other payers, in the order of its line numbers, nobody for a provider
    of whom nothing is said."""
    from attrs import evolve

    some = {role: _somebody(getattr(claim, role)) for role in _ROLES}
    lines = [
        evolve(line, **{role: _somebody(getattr(line, role)) for role in _LINE_ROLES})
        for line in sorted(claim.lines, key=lambda line: line.number)
    ]
    return evolve(claim, lines=tuple(lines), other_payers=(), unknown=frozenset(), **some)


def _somebody(provider: Provider | None) -> Provider | None:
    return None if provider == Provider() else provider


def rows(claim: Claim) -> list[Row]:
    """A row for each line, with every field of the claim in each."""
    return [{**_claim(claim), **_line(line)} for line in claim.lines]


def _claim(claim: Claim) -> Row:
    row: Row = {}
    for name in ("id", "type", "frequency", "original_reference", "bill_type", "charge", "statement_from"):
        row[f"claim.{name}"] = getattr(claim, name)
    for name in ("statement_to", "admission_date", "discharge_date", "patient_status", "drg", "received_date"):
        row[f"claim.{name}"] = getattr(claim, name)
    for name in ("accident", "homebound", "clia", "pos", "prior_authorization", "referral_number"):
        row[f"claim.{name}"] = getattr(claim, name)
    for place, condition in enumerate(claim.conditions, 1):
        row[f"claim.conditions.{place}"] = condition
    for name, parts in _OBJECTS.items():
        for place, each in enumerate(getattr(claim, name), 1):
            row[f"claim.{name}.{place}"] = each.code
            for part in parts:
                row[f"claim.{name}.{place}.{part}"] = getattr(each, part)
    for name in ("id", "name", "filing", "line_of_business", "plan", "state", "sequence"):
        row[f"payer.{name}"] = getattr(claim.payer, name)
    row |= {"subscriber.id": claim.subscriber.id, "subscriber.relationship": claim.subscriber.relationship}
    for name in ("id", "birth_date", "sex", "death_date"):
        row[f"patient.{name}"] = getattr(claim.patient, name)
    for role in _ROLES:
        row |= _provider(role, getattr(claim, role))
    return row


def _line(line: Line) -> Row:
    row: Row = {}
    for name in ("number", "id", "code", "code_type", "units", "unit_type", "charge", "date", "date_to", "pos"):
        row[f"line.{name}"] = getattr(line, name)
    for name in ("clia", "referring_clia", "description", "revenue_code", "ndc", "purchased"):
        row[f"line.{name}"] = getattr(line, name)
    for place, modifier in enumerate(line.modifiers, 1):
        row[f"line.modifiers.{place}"] = modifier
    for place, pointer in enumerate(line.diagnosis_pointers, 1):
        row[f"line.diagnosis_pointers.{place}"] = pointer
    for role in _LINE_ROLES:
        row |= _provider(f"line.{role}", getattr(line, role))
    return row


def _provider(role: str, provider: Provider | None) -> Row:
    sent = provider or Provider()
    return {f"{role}.{part}": getattr(sent, part) for part in ("npi", "entity", "taxonomy", "state")}


def columns(table: list[Row]) -> list[str]:
    """Every column of all rows; numbered ones up to the longest list, those of empty lists too."""
    found = dict.fromkeys(name for row in table for name in row)
    for name in ("claim.conditions", "line.modifiers", "line.diagnosis_pointers"):
        found.setdefault(f"{name}.1", None)
    for name, parts in _OBJECTS.items():
        found.setdefault(f"claim.{name}.1", None)
        for part in parts:
            found.setdefault(f"claim.{name}.1.{part}", None)
    return list(found)


def as_text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Decimal):
        return format(value, "f")
    return value.isoformat() if isinstance(value, dt.date) else str(value)


def as_csv(table: list[Row], *, delimiter: str = ",", line_end: str = "\n", encoding: str = "utf-8") -> bytes:
    header = columns(table)
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=delimiter, lineterminator=line_end)
    writer.writerow(header)
    writer.writerows([[as_text(row.get(name)) for name in header] for row in table])
    return out.getvalue().encode(encoding)


_DATES = ("date", "date_to", "birth_date", "death_date", "statement_from", "statement_to")
_DATES += ("admission_date", "discharge_date", "received_date")


def as_parquet(table: list[Row], *, typed: bool, rows_in_group: int = 3) -> bytes:
    """All columns as text, or dates, amounts, numbers and lists as the types that Parquet has for them."""
    header = columns(table)
    if typed:
        table = [_with_lists(row) for row in table]
        header = [*(name for name in header if name.rpartition(".")[0] not in _LISTS), *_LISTS]
    arrays = {name: _array(name, [row.get(name) for row in table], typed) for name in header}
    out = io.BytesIO()
    pq.write_table(pa.table(arrays), out, row_group_size=rows_in_group)
    return out.getvalue()


_LISTS = ("line.modifiers", "line.diagnosis_pointers", "claim.conditions")


def _with_lists(row: Row) -> Row:
    """The numbered columns of simple lists as one column of lists."""
    found = {name: value for name, value in row.items() if name.rpartition(".")[0] not in _LISTS}
    for name in _LISTS:
        found[name] = [value for key, value in row.items() if key.rpartition(".")[0] == name]
    return found


def _array(name: str, values: list[Any], typed: bool) -> Any:
    if not typed:
        return pa.array([None if value is None else as_text(value) for value in values], pa.string())
    if name in _LISTS:
        kind = pa.int16() if name == "line.diagnosis_pointers" else pa.string()
        return pa.array([value or [] for value in values], pa.list_(kind))
    last = name.rpartition(".")[2]
    if last in _DATES:
        return pa.array(values, pa.date32())
    if last in ("charge", "units", "amount"):
        return pa.array(values, pa.decimal128(12, 2))
    if name == "line.number":
        return pa.array(values, pa.int32())
    if name == "claim.homebound":
        return pa.array(values, pa.bool_())
    return pa.array(values, pa.string()).dictionary_encode()
