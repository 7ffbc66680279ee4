"""Rows → one Arrow file and its manifest, put in place at once. Only imports use this; pyarrow is needed here alone."""

from __future__ import annotations

import contextlib
import datetime as dt
import hashlib
import json
import os
import tempfile
import zlib
from array import array
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import attrs

from cpt_rules.tables.edition import Manifest, TableError, read_manifest
from cpt_rules.tables.layout import BY_TABLE, Layout

_DAY_ZERO = dt.date(1970, 1, 1).toordinal()


class Columns:
    """Rows as they come, kept small: texts as numbers of a dictionary, dates as days since 1970."""

    def __init__(self, layout: Layout) -> None:
        self.layout = layout
        self.values: list[array[int]] = [array("i") for _ in layout.columns]
        self.words: list[dict[str, int] | None] = [None if c.type == "date" else {} for c in layout.columns]

    def __len__(self) -> int:
        return len(self.values[0])

    def add(self, row: Sequence[str | dt.date]) -> None:
        """One row, in the order of the layout's columns."""
        for values, words, cell in zip(self.values, self.words, row, strict=True):
            if words is None:
                values.append(cell.toordinal() - _DAY_ZERO)  # type: ignore[union-attr]
            else:
                values.append(words.setdefault(cell, len(words)))  # type: ignore[arg-type]


def store_path(root: Path, table: str, setting: str | None, edition: str) -> Path:
    """The manifest of an edition in a store."""
    return root / table / (setting or "all") / f"{edition}.json"


def write_edition(root: Path, manifest: Manifest, columns: Columns) -> tuple[Manifest, bool]:
    """Puts an edition in place; gives its manifest, and whether anything changed.

    The data file is named by its content and written first; replacing the manifest is the one step that makes it the
    edition in use, so that an interrupted import leaves the old one. Raises `TableError` where it cannot be written.
    """
    path = store_path(root, manifest.table, manifest.setting, manifest.edition)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with _locked(path.parent):
            return _write(path, manifest, columns)
    except OSError as error:
        raise TableError(f"{path.parent}: cannot be written ({error.strerror}); the store is as it was") from None


def _write(path: Path, manifest: Manifest, columns: Columns) -> tuple[Manifest, bool]:
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".import-", suffix=".arrow")
    os.close(handle)
    temporary = Path(name)
    try:
        places = _arrow(temporary, columns)
        digest, crc = _check_sums(temporary)
        file = f"{manifest.edition}-{digest[:16]}.arrow"
        made = attrs.evolve(
            manifest,
            rows=len(columns),
            file=file,
            size=temporary.stat().st_size,
            crc32=crc,
            sha256=digest,
            places=places,
        )
        old: Manifest | None = None
        with contextlib.suppress(TableError):
            old = read_manifest(path)
        if old == made and (path.parent / file).exists() and _check_sums(path.parent / file)[0] == digest:
            return made, False
        os.replace(temporary, path.parent / file)
        _replace_text(path, json.dumps(made.as_json(), ensure_ascii=True))
        if old is not None and old.file and old.file != file:
            (path.parent / old.file).unlink(missing_ok=True)
        return made, True
    finally:
        temporary.unlink(missing_ok=True)


def _arrow(path: Path, columns: Columns) -> dict[str, Any]:
    """Writes the rows in order of key and gives the places of the buffers and of each run of the first key column."""
    import pyarrow as pa
    import pyarrow.compute as pc

    layout = columns.layout
    arrays: list[Any] = []
    for values, words in zip(columns.values, columns.words, strict=True):
        numbers = pa.Array.from_buffers(pa.int32(), len(values), [None, pa.py_buffer(values)])
        if words is None:
            arrays.append(numbers.cast(pa.date32()))
            continue
        alphabet = sorted(words)
        rank = [0] * len(alphabet)
        for new, word in enumerate(alphabet):
            rank[words[word]] = new
        ranked = pc.take(pa.array(rank, pa.int32()), numbers)
        arrays.append(pa.DictionaryArray.from_arrays(ranked, pa.array(alphabet, pa.string())))
    names = [column.name for column in layout.columns]
    plain = pa.table([a.indices if pa.types.is_dictionary(a.type) else a for a in arrays], names)
    order = dict.fromkeys([*layout.key, *(layout.validity or ()), *names])
    places = pc.sort_indices(plain, sort_keys=[(name, "ascending") for name in order])
    batch = pa.record_batch(
        [pc.take(a.indices, places) if pa.types.is_dictionary(a.type) else pc.take(a, places) for a in arrays], names
    )
    full = [
        pa.DictionaryArray.from_arrays(column, original.dictionary) if pa.types.is_dictionary(original.type) else column
        for column, original in zip(batch.columns, arrays, strict=True)
    ]
    schema = pa.schema([pa.field(name, each.type, nullable=False) for name, each in zip(names, full, strict=True)])
    with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_file(sink, schema) as writer:
        writer.write_batch(pa.record_batch(full, schema=schema))
    with open(path, "rb") as written:
        os.fsync(written.fileno())
    return _buffer_places(path, layout)


def _buffer_places(path: Path, layout: Layout) -> dict[str, Any]:
    import pyarrow as pa

    data = pa.memory_map(str(path)).read_buffer()
    batch: Any = pa.ipc.open_file(pa.BufferReader(data)).get_batch(0)
    found: dict[str, Any] = {}
    for column, each in zip(layout.columns, batch.columns, strict=True):
        if column.type == "date":
            found[column.name] = {"values": each.buffers()[1].address - data.address}
            continue
        _, offsets, text = each.dictionary.buffers()
        found[column.name] = {
            "values": each.indices.buffers()[1].address - data.address,
            "offsets": offsets.address - data.address,
            "text": text.address - data.address if text is not None else 0,
            "words": len(each.dictionary),
        }
    return {"columns": found, "starts": _starts(batch.column(0).indices.to_pylist(), found[layout.key[0]]["words"])}


def _starts(numbers: list[int], words: int) -> list[int]:
    """Where the rows of each word of the first key column begin, and the end of the last."""
    counts = [0] * (words + 1)
    for number in numbers:
        counts[number + 1] += 1
    for place in range(words):
        counts[place + 1] += counts[place]
    return counts


def _check_sums(path: Path) -> tuple[str, int]:
    digest, crc = hashlib.sha256(), 0
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
            crc = zlib.crc32(block, crc)
    return digest.hexdigest(), crc


def _replace_text(path: Path, text: str) -> None:
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".import-", suffix=".json")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        os.replace(name, path)
    finally:
        Path(name).unlink(missing_ok=True)


@contextlib.contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """One import into a folder at a time, where the system has file locks."""
    with (folder / ".lock").open("a") as file:
        try:
            import fcntl
        except ImportError:  # pragma: no cover - Windows: the order of writing alone protects
            yield
            return
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def verify(root: Path, path: Path) -> list[str]:
    """What is wrong with an edition: file, check sums, rows recounted, rows in force twice under a unique key."""
    try:
        manifest = read_manifest(path)
        data = path.parent / str(manifest.file)
        digest, _ = _check_sums(data)
    except TableError as error:
        return [str(error)]
    except OSError as error:
        return [f"{path}: its data file cannot be read ({error.strerror}); import the table again"]
    if digest != manifest.sha256:
        return [f"{data}: damaged, its sha256 is not the one in the manifest; import the table again"]
    import pyarrow as pa

    batch = pa.ipc.open_file(pa.memory_map(str(data))).get_batch(0)
    if batch.num_rows != manifest.rows:
        return [f"{data}: {batch.num_rows} rows where the manifest says {manifest.rows}; import the table again"]
    return []


def layout_of(manifest: Manifest) -> Layout:
    return BY_TABLE[manifest.table]
