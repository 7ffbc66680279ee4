"""Starter tables: the CSV files beside table documents, read once and kept with the ruleset."""

from __future__ import annotations

import csv
import datetime as dt
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from cpt_rules.formats import is_date, parse_number
from cpt_rules.language import documents as doc
from cpt_rules.language.problems import Mark, Problem, shown
from cpt_rules.ruleset.lookups import layout_of
from cpt_rules.ruleset.ruleset import Ruleset
from cpt_rules.tables.layout import Layout
from cpt_rules.tables.manifest import Manifest
from cpt_rules.tables.store import Starter

MAX_BYTES = 16 * 1024 * 1024


def read_starters(ruleset: Ruleset, folders: Mapping[str, Path]) -> tuple[tuple[Starter, ...], list[Problem]]:
    """The starter of every table and setting, and every problem met. `folders`: where a ruleset file of a name lies."""
    found: list[Starter] = []
    problems: list[Problem] = []
    for table in ruleset.tables.values():
        if table.file != "none":
            rows = _read(table, folders.get(table.mark.path, Path()), problems)
            found += starters_of(ruleset, table, rows)
    return tuple(found), problems


def starters_of(ruleset: Ruleset, table: doc.TableDocument, rows: Iterable[tuple[str, ...]]) -> list[Starter]:
    """Rows of a table, with their setting first where it has settings, as one starter a setting."""
    by_setting: dict[str | None, list[tuple[str, ...]]] = {setting: [] for setting in table.settings or (None,)}
    for row in rows:
        if table.settings:
            by_setting[row[0]].append(row[1:])
        else:
            by_setting[None].append(row)
    return [
        (_manifest(ruleset, table, setting, len(each)), tuple(sorted(each)), layout_of(table))
        for setting, each in by_setting.items()
        if each
    ]


def _manifest(ruleset: Ruleset, table: doc.TableDocument, setting: str | None, rows: int) -> Manifest:
    return Manifest(
        kind=table.table.text,
        table=table.table.text,
        setting=setting,
        edition=table.edition or "test",
        publisher=ruleset.sources[table.source.text].publisher,
        effective_from=table.since or dt.date.min,
        effective_to=table.until or dt.date.max,
        inputs=(),
        rows=rows,
        refused=0,
        complete=table.complete == "yes",
        importer=0,
        starter=True,
    )


def _read(table: doc.TableDocument, folder: Path, problems: list[Problem]) -> list[tuple[str, ...]]:
    path, place = folder / table.file, doc.place_of(table, "file")
    if Path(table.file).name != table.file:
        problems.append(Problem(place, f"{shown(table.file)} is not the name of a file beside this document"))
        return []
    try:
        if path.stat().st_size > MAX_BYTES:
            problems.append(
                Problem(place, f"{shown(table.file)} is larger than {MAX_BYTES >> 20} MiB; import it instead")
            )
            return []
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        problems.append(Problem(place, f"{shown(table.file)} cannot be read: {error.strerror}"))
        return []
    except UnicodeDecodeError:
        problems.append(Problem(place, f"{shown(table.file)} is not UTF-8 text; save it as UTF-8"))
        return []
    return _rows(table, text, Mark(table.mark.path, 1, 1), problems)


def _rows(table: doc.TableDocument, text: str, mark: Mark, problems: list[Problem]) -> list[tuple[str, ...]]:
    names = [*(["setting"] if table.settings else []), *table.columns]
    name = str(Path(mark.path).with_name(table.file))
    layout = layout_of(table)
    found: list[tuple[str, ...]] = []
    sound: set[tuple[str, str]] = set()
    try:
        for number, row in enumerate(csv.reader(text.splitlines(), strict=True), 1):
            if number == 1:
                if row != names:
                    what = f"the header is {','.join(row)[:80]}; it should be {','.join(names)}"
                    problems.append(Problem(Mark(name, 1, 1), what))
                    return []
                continue
            wrong = _wrong(table, layout, names, row, sound)
            if wrong:
                problems.append(Problem(Mark(name, number, 1), wrong))
            else:
                found.append(tuple(row))
    except csv.Error as error:
        problems.append(Problem(Mark(name, 1, 1), f"not CSV: {error}; quote cells that hold commas or quotes"))
    return found


def _wrong(
    table: doc.TableDocument, layout: Layout, names: list[str], row: list[str], sound: set[tuple[str, str]]
) -> str | None:
    """What is wrong with a row. `sound` are the cells, by type of column, that were right before; it is added to."""
    if len(row) != len(names):
        return f"{len(row)} cells where {len(names)} are due: {', '.join(names)}"
    if table.settings and row[0] not in table.settings:
        return f"{shown(row[0])} is no setting of this table; one of: {', '.join(table.settings)}"
    for cell, column in zip(row[-len(layout.columns) :], layout.columns, strict=True):
        if not cell:
            if column.name in layout.key[:1]:
                return f"`{column.name}` is empty, and it is the key"
        elif column.type in _TYPED and (column.type, cell) not in sound:
            right, what = _TYPED[column.type]
            if not right(cell):
                return f"{shown(cell)} in `{column.name}` is {what}"
            sound.add((column.type, cell))
    return None


#: By type of column: whether a cell is right, and what to say of one that is not.
_TYPED: Mapping[str, tuple[Callable[[str], bool], str]] = {
    "date": (is_date, "not a date; write year-month-day, such as 2026-01-31"),
    "number": (lambda cell: parse_number(cell) is not None, "not a number; write digits and a point only"),
    "yes/no": (lambda cell: cell in ("yes", "no"), "neither yes nor no"),
}
