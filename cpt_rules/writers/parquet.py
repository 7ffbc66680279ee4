"""Parquet: a row a finding (see `cpt_rules.writers.rows`), typed, words dictionary-encoded, a row group at a time.

The summary of the run stands in the metadata of the file, as JSON under ``cpt_rules.summary``. pyarrow is needed here.
"""

from __future__ import annotations

import decimal
import json
import pickle
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from attrs import define, field

from cpt_rules.writers.records import Entry
from cpt_rules.writers.rows import COLUMNS, Row, rows
from cpt_rules.writers.summary import Summary, summary_record

SUMMARY = "cpt_rules.summary"
ROWS = 20_000  # in a row group: what is held in memory
_DECIMALS = Decimal("0.0001")
_ROUNDING = decimal.Context(prec=38, rounding=decimal.ROUND_HALF_EVEN)
_ASKED = pa.struct(
    [
        pa.field("id", pa.string(), nullable=False),
        pa.field("setting", pa.string()),
        pa.field("edition", pa.string(), nullable=False),
        pa.field("starter", pa.bool_(), nullable=False),
        pa.field("stale", pa.bool_(), nullable=False),
    ]
)
_WORD = pa.dictionary(pa.int32(), pa.string())
_TYPES = {
    "text": pa.string(),
    "word": _WORD,
    "whole": pa.int64(),
    "day": pa.date32(),
    "amount": pa.decimal128(38, 4),
    "flag": pa.bool_(),
    "words": pa.list_(pa.string()),
    "records": pa.list_(_ASKED),
}
SCHEMA = pa.schema([pa.field(name, _TYPES[kind]) for name, kind in COLUMNS.items()])


@define
class ParquetWriter:
    """Writes findings as Parquet. Amounts have four decimals; one that was sent with more is rounded to them."""

    everything: bool = False
    _rows: list[Row] = field(factory=list, init=False)
    _sink: _Sink = field(init=False, factory=lambda: _Sink())
    _writer: Any = field(default=None, init=False)

    def claim(self, item: Entry) -> bytes:
        found = list(rows(item, everything=self.everything))
        return pickle.dumps(found, pickle.HIGHEST_PROTOCOL) if found else b""

    def put(self, claims: Sequence[bytes]) -> bytes:
        out = b""
        for each in claims:
            if each:
                self._rows += pickle.loads(each)
                if len(self._rows) >= ROWS:
                    out += self._group()
        return out

    def end(self, summary: Summary) -> bytes:
        writer = self._opened()
        out = self._group() if self._rows else b""
        record = json.dumps(summary_record(summary), ensure_ascii=False)
        writer.add_key_value_metadata({SUMMARY: record.encode("utf-8", "backslashreplace")})
        writer.close()
        return out + self._sink.taken()

    def _opened(self) -> Any:
        if self._writer is None:
            sink: Any = self._sink
            self._writer = pq.ParquetWriter(sink, SCHEMA, compression="zstd", store_schema=True)
        return self._writer

    def _group(self) -> bytes:
        """The rows so far as a row group."""
        writer = self._opened()
        columns = list(zip(*self._rows, strict=True))
        self._rows = []
        arrays = [_array(column, kind) for column, kind in zip(columns, COLUMNS.values(), strict=True)]
        writer.write_table(pa.Table.from_arrays(arrays, schema=SCHEMA))
        return self._sink.taken()


def _array(column: tuple[Any, ...], kind: str) -> Any:
    if kind == "amount":
        column = tuple(_rounded(each) for each in column)
    if kind == "word":
        words = pa.array([_whole(each) for each in column], pa.string())
        return words.dictionary_encode().cast(_WORD)
    if kind == "text":
        column = tuple(_whole(each) for each in column)
    return pa.array(column, _TYPES[kind])


def _rounded(amount: Decimal | None) -> Decimal | None:
    return None if amount is None else amount.quantize(_DECIMALS, context=_ROUNDING)


def _whole(text: str | None) -> str | None:
    """A text that UTF-8 can carry: half a surrogate pair becomes its escape."""
    if text is None or text.isascii():
        return text
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


@define(eq=False)
class _Sink:
    """A file that pyarrow writes to: what was written since is taken away piece by piece."""

    closed: bool = False
    _parts: list[bytes] = field(factory=list)
    _length: int = 0

    def write(self, data: Any) -> int:
        self._parts.append(bytes(data))
        self._length += len(self._parts[-1])
        return len(self._parts[-1])

    def tell(self) -> int:
        return self._length

    def flush(self) -> None:
        """Nothing is held back."""

    def close(self) -> None:
        self.closed = True

    def taken(self) -> bytes:
        parts, self._parts = self._parts, []
        return b"".join(parts)
