"""Rows → one Arrow file and its manifest, put in place at once. Only imports use this; it needs pyarrow."""

from __future__ import annotations

import contextlib
import datetime as dt
import hashlib
import json
import os
import zlib
from array import array
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import attrs

from cpt_rules.tables.layout import Layout
from cpt_rules.tables.manifest import Manifest, TableError, manifest_path, read_manifest

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

    def adders(self) -> list[Callable[[Any], None]]:
        """One function a column that takes its next cell: a text, or a day's number. Twice as fast as `add`."""
        return [
            values.append if words is None else _dictionary_adder(values, words)
            for values, words in zip(self.values, self.words, strict=True)
        ]

    @staticmethod
    def number_of_day(day: dt.date) -> int:
        """The days from 1970-01-01 to a day."""
        return day.toordinal() - _DAY_ZERO


def _dictionary_adder(values: array[int], words: dict[str, int]) -> Callable[[Any], None]:
    append, get = values.append, words.get

    def add(cell: str) -> None:
        number = get(cell)
        if number is None:
            number = words[cell] = len(words)
        append(number)

    return add


def write_edition(root: Path, manifest: Manifest, columns: Columns) -> tuple[Manifest, bool]:
    """Puts an edition in place; gives its manifest, and whether anything changed.

    The data file is named by its content and written first; replacing the manifest is the one step that makes it the
    edition in use, so that an interrupted import leaves the old one. What an import that was killed left behind is
    swept up by the next. Raises `TableError` where it cannot be written.
    """
    path = manifest_path(root, manifest.table, manifest.setting, manifest.edition)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with _locked(path.parent) as alone:
            if alone:
                _sweep(path.parent)
            return _write(path, manifest, columns)
    except OSError as error:
        raise TableError(
            f"{path.parent}: cannot be written ({error.strerror or error}); nothing was imported, mend that and import again"
        ) from None


def _write(path: Path, manifest: Manifest, columns: Columns) -> tuple[Manifest, bool]:
    from cpt_rules.tables.arrow import write_arrow

    temporary = path.parent / f".import-{os.urandom(8).hex()}.arrow"
    try:
        rows, places = write_arrow(temporary, columns)
        digest, crc = check_sums(temporary)
        made = attrs.evolve(
            manifest,
            rows=rows,
            folded=len(columns) - rows,
            file=f"{manifest.edition}-{digest[:16]}.arrow",
            size=temporary.stat().st_size,
            crc32=crc,
            sha256=digest,
            places=places,
        )
        data = path.parent / str(made.file)
        if _manifest_there(path) == made and data.exists() and check_sums(data)[0] == digest:
            return made, False
        if not data.exists() or check_sums(data)[0] != digest:
            os.replace(temporary, data)
        _replace_text(path, json.dumps(made.as_json(), ensure_ascii=True))
        for old in path.parent.glob(f"{manifest.edition}-{'[0-9a-f]' * 16}.arrow"):
            if old != data:
                old.unlink(missing_ok=True)
        return made, True
    finally:
        temporary.unlink(missing_ok=True)


def _manifest_there(path: Path) -> Manifest | None:
    try:
        return read_manifest(path)
    except TableError:
        return None


def check_sums(path: Path) -> tuple[str, int]:
    """sha256 and CRC-32 of a file."""
    digest, crc = hashlib.sha256(), 0
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
            crc = zlib.crc32(block, crc)
    return digest.hexdigest(), crc


def _replace_text(path: Path, text: str) -> None:
    temporary = path.parent / f".import-{os.urandom(8).hex()}.json"
    try:
        with temporary.open("x", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


def _sweep(folder: Path) -> None:
    """Removes what imports into this folder left when they were killed: half-written files, data of no manifest."""
    for left in folder.glob(".import-*"):
        left.unlink(missing_ok=True)
    manifests = [_manifest_there(path) for path in folder.glob("*.json")]
    if all(manifests):
        used = {manifest.file for manifest in manifests if manifest}
        for data in folder.glob("*.arrow"):
            if data.name not in used:
                data.unlink(missing_ok=True)


@contextlib.contextmanager
def _locked(folder: Path) -> Iterator[bool]:
    """One import into a folder at a time; False where the system has no file locks and others may be at work."""
    with (folder / ".lock").open("a") as file:
        try:
            import fcntl
        except ImportError:  # pragma: no cover - Windows: the order of writing alone protects
            yield False
            return
        fcntl.flock(file, fcntl.LOCK_EX)
        yield True
