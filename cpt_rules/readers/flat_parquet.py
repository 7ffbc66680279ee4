"""Parquet: batches of a file into rows of cells. Only the columns of a layout are read.

Codes, identifiers and dates must be stored as what they are: a code that is stored as a number has lost its zeros.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import IO, Any

import pyarrow as pa
import pyarrow.parquet as pq

from cpt_rules.claim import Claim
from cpt_rules.readers.flat import Numbered, claims_of
from cpt_rules.readers.flat_bind import Binding, bind
from cpt_rules.readers.flat_fields import FLAT_FIELDS, Kind
from cpt_rules.readers.flat_layout import Layout, built_in
from cpt_rules.readers.flat_values import Cell
from cpt_rules.readers.problem import Fault, OnProblem, shown

ROWS = 4096  # of one batch
GROWTH = 500  # unpacked bytes for each packed byte; repeated values are stored once before anything is packed
FREE = 1 << 28  # up to here growth is not looked at

#: Arrow types that a kind of value is read from, by the start of their names.
_TEXTS = ("string", "large_string", "string_view")
_NUMBERS = ("int", "uint", "float", "double", "halffloat", "decimal")
_TYPES: dict[Kind, tuple[str, ...]] = {
    "text": _TEXTS,
    "choice": _TEXTS,
    "number": (*_TEXTS, *_NUMBERS),
    "whole": (*_TEXTS, *_NUMBERS),
    "date": (*_TEXTS, "date32", "date64", "timestamp"),
    "yes/no": (*_TEXTS, "bool"),
}


def read_parquet(file: IO[bytes], input: str, on_problem: OnProblem, layout: Layout | None = None) -> Iterator[Claim]:
    """The claims of a Parquet file; what cannot be read goes to `on_problem`.

    Raises `Fault` for a damaged file and for columns of a type that their field is not read from.
    """
    try:
        source = pq.ParquetFile(file, buffer_size=1 << 20)
        schema = source.schema_arrow
    except Exception:  # whatever the library raises for a damaged file; it may quote what it read
        raise _damaged() from None
    names = list(schema.names)
    binding = bind(layout or built_in(names), names)
    _refuse(source, schema, binding, file)
    yield from claims_of(_rows(source, binding), binding, input, "parquet", on_problem)


def _refuse(source: Any, schema: Any, binding: Binding, file: IO[bytes]) -> None:
    kinds = {name: FLAT_FIELDS[field].kind for field, columns in binding.layout.columns.items() for name in columns}
    folded = {name.casefold(): kind for name, kind in kinds.items()}
    for at in binding.used:
        column = schema.field(at)
        kind = kinds.get(column.name, folded.get(column.name.casefold(), "text"))
        _fitting(column.name, column.type, kind)
    file.seek(0, 2)
    size = file.tell()
    # of all that the library says of a row group this alone is safe to ask of a damaged file: the rest may abort
    unpacked = [source.metadata.row_group(n).total_byte_size for n in range(source.metadata.num_row_groups)]
    if sum(unpacked) > FREE and sum(unpacked) > GROWTH * size:
        message = f"unpacks to more than {GROWTH} times its size"
        raise Fault("input.bomb", message, "write it anew, if you trust where it comes from")


def _fitting(name: str, kind: Any, due: Kind) -> None:
    """Raises `Fault` where a column's type would have changed what was sent, or is not read."""
    inner = kind.value_type if pa.types.is_dictionary(kind) else kind
    if pa.types.is_list(inner) or pa.types.is_large_list(inner):
        inner = inner.value_type
    if pa.types.is_null(inner):
        return
    if pa.types.is_timestamp(inner) and inner.tz is not None:
        remedy = "store the day itself as a date"
        raise Fault("parquet.type", f"the column {shown(name)!r} holds moments with a time zone", remedy)
    if str(inner).startswith(_TYPES[due]):
        return
    if due in ("text", "choice") and str(inner).startswith(_NUMBERS):
        message = f"the column {shown(name)!r} holds numbers where text is due, and numbers have lost leading zeros"
        raise Fault("parquet.type", message, "write the column as text (string) from where it is still text")
    remedy = {"date": "store days as date or as text", "yes/no": "store it as yes and no"}.get(due, "store it as text")
    raise Fault("parquet.type", f"the column {shown(name)!r} is of type {inner}, which is not read here", remedy)


def _rows(source: Any, binding: Binding) -> Iterator[Numbered]:
    names = [binding.header[at] for at in binding.used]
    width = len(binding.header)
    number = 0
    try:
        for batch in source.iter_batches(batch_size=ROWS, columns=names):
            there = [at for at, name in enumerate(batch.schema.names) if name in names]
            columns = [_cells(batch.column(at)) for at in there]
            places = [binding.header.index(batch.schema.names[at]) for at in there]
            for row in zip(*columns, strict=True):
                number += 1
                cells: list[Cell] = [""] * width
                for at, cell in zip(places, row, strict=True):
                    cells[at] = cell
                yield Numbered(number, cells)
    except Exception:  # whatever the library raises for a damaged file; it may quote what it read
        raise _damaged() from None


def _cells(column: Any) -> list[Cell]:
    """Every value as text; a list as a tuple of texts; no value as an empty text."""
    kind = column.type
    if pa.types.is_list(kind) or pa.types.is_large_list(kind):
        return [tuple(_text(each) for each in value or () if each is not None) for value in column.to_pylist()]
    if pa.types.is_null(kind):
        return [""] * len(column)
    return ["" if value is None else value for value in column.cast(pa.string()).to_pylist()]


def _text(value: object) -> str:
    return value if isinstance(value, str) else str(value)


def _damaged() -> Fault:
    return Fault("parquet.damaged", "cannot be read as Parquet", "write the file anew")
