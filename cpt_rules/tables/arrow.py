"""The Arrow file of an edition: rows in order of key, and where their buffers begin. pyarrow is needed here alone."""

from __future__ import annotations

import os
from functools import reduce
from itertools import accumulate
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from cpt_rules.tables.layout import Layout
from cpt_rules.tables.write import Columns


def write_arrow(path: Path, columns: Columns) -> tuple[int, dict[str, Any]]:
    """Writes the rows, those that are the same in every column once; gives their number and the places of all buffers.

    The order is that of the key, then of the first and last day, then of the other columns: the same rows give the
    same bytes. Texts are dictionaries in order of the alphabet, their indices as narrow as they can be.
    """
    layout = columns.layout
    names = [column.name for column in layout.columns]
    numbers: list[Any] = []
    alphabets: list[list[str] | None] = []
    for values, words in zip(columns.values, columns.words, strict=True):
        plain = pa.Array.from_buffers(pa.int32(), len(values), [None, pa.py_buffer(values)])
        alphabet = None if words is None else sorted(words)
        alphabets.append(alphabet)
        numbers.append(plain if words is None else _ranked(plain, words, alphabet or []))
    table = _folded(_ordered(pa.table(numbers, names), layout))
    arrays = [_typed(table.column(n), alphabet) for n, alphabet in enumerate(alphabets)]
    schema = pa.schema([pa.field(name, each.type, nullable=False) for name, each in zip(names, arrays, strict=True)])
    with path.open("xb") as file:
        with pa.ipc.new_file(file, schema) as writer:
            writer.write_batch(pa.record_batch(arrays, schema=schema))
        file.flush()
        os.fsync(file.fileno())
    return table.num_rows, _places(path, layout)


def _ranked(plain: Any, words: dict[str, int], alphabet: list[str]) -> Any:
    """The numbers of words as they came → their places in the alphabet."""
    rank = [0] * len(alphabet)
    for place, word in enumerate(alphabet):
        rank[words[word]] = place
    return pc.take(pa.array(rank, _index_type(len(rank))), plain)


def _index_type(words: int) -> Any:
    return pa.int8() if words < 1 << 7 else pa.int16() if words < 1 << 15 else pa.int32()


def _ordered(table: Any, layout: Layout) -> Any:
    order = dict.fromkeys([*layout.key, *(layout.validity or ()), *table.column_names])
    places = pc.sort_indices(table, sort_keys=[(name, "ascending") for name in order])
    return table.take(places).combine_chunks()


def _folded(table: Any) -> Any:
    """Without rows that repeat the row before them in every column."""
    count = table.num_rows
    if count < 2:
        return table
    pairs = ((column.slice(1), column.slice(0, count - 1)) for column in table.columns)
    differs = reduce(pc.or_, (pc.not_equal(*pair) for pair in pairs))
    kept = pa.chunked_array([pa.array([True]), *differs.chunks])
    return table if pc.all(differs).as_py() else table.filter(kept).combine_chunks()


def _typed(numbers: Any, alphabet: list[str] | None) -> Any:
    whole = numbers.combine_chunks()
    plain = whole.chunk(0) if isinstance(whole, pa.ChunkedArray) else whole
    if alphabet is None:
        return plain.cast(pa.date32())
    return pa.DictionaryArray.from_arrays(plain, pa.array(alphabet, pa.string()))


def read_batch(path: Path) -> Any:
    """The one record batch of an edition's file, memory-mapped. Raises what pyarrow raises."""
    return pa.ipc.open_file(pa.memory_map(str(path))).get_batch(0)


def _places(path: Path, layout: Layout) -> dict[str, Any]:
    data = pa.memory_map(str(path)).read_buffer()
    batch: Any = pa.ipc.open_file(pa.BufferReader(data)).get_batch(0)
    found: dict[str, Any] = {}
    for column, each in zip(layout.columns, batch.columns, strict=True):
        if column.type == "date":
            found[column.name] = {"values": each.buffers()[1].address - data.address, "width": 4}
            continue
        _, offsets, text = each.dictionary.buffers()
        found[column.name] = {
            "values": each.indices.buffers()[1].address - data.address,
            "width": each.indices.type.bit_width // 8,
            "offsets": offsets.address - data.address,
            "text": text.address - data.address if text is not None else 0,
            "words": len(each.dictionary),
        }
    first = batch.column(layout.key[0])
    oldest = None
    if layout.validity is not None and batch.num_rows:
        oldest = pc.min(batch.column(layout.validity[0])).as_py().isoformat()
    return {"columns": found, "starts": _starts(first.indices, len(first.dictionary)), "oldest": oldest}


def _starts(numbers: Any, words: int) -> list[int]:
    """Where the rows of each word of the first key column begin, and the end of the last."""
    counts = [0] * words
    for each in pc.value_counts(numbers).to_pylist():
        counts[each["values"]] = each["counts"]
    return list(accumulate(counts, initial=0))


def overlaps(batch: Any, layout: Layout) -> tuple[int, int, int]:
    """(rows never in force, rows in force together with the row before them and saying the same, … saying otherwise).

    Rows of one key are in order of their first day, so two that are ever in force together imply two neighbours.
    """
    names = [column.name for column in layout.columns]
    table = pa.table([c.indices if pa.types.is_dictionary(c.type) else c for c in batch.columns], names)
    never = 0
    if layout.validity is not None:
        since, until = layout.validity
        alive = pc.less_equal(table.column(since), table.column(until))
        never = table.num_rows - _count(alive)
        table = table.filter(alive) if never else table
    count = table.num_rows
    if count < 2:
        return never, 0, 0
    later = {name: table.column(name).slice(1) for name in names}
    earlier = {name: table.column(name).slice(0, count - 1) for name in names}
    together = reduce(pc.and_, (pc.equal(later[name], earlier[name]) for name in layout.key))
    if layout.validity is not None:
        together = pc.and_(together, pc.less_equal(later[layout.validity[0]], earlier[layout.validity[1]]))
    rest = [name for name in names if name not in layout.key and name not in (layout.validity or ())]
    same = reduce(pc.and_, (pc.equal(later[name], earlier[name]) for name in rest), together)
    return never, _count(same), _count(together) - _count(same)


def _count(mask: Any) -> int:
    counted: Any = pc.sum(mask.cast(pa.int64()))
    return counted.as_py() or 0
