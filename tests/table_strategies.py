"""Hypothesis strategies of tables: documents of a few shapes, look-ups in them, and the editions that answer.

Editions stand in the text of a ruleset as comments, which `stocked` reads; so a failing example shows them.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from functools import cache

import attrs
from attrs import frozen
from hypothesis import strategies as st

from cpt_rules.language import documents as doc
from cpt_rules.ruleset.ruleset import Ruleset
from cpt_rules.ruleset.starters import starters_of
from cpt_rules.tables.store import Starter, Tables

_CODES = ("86329", "86330", "86331", "0351U")
_CHANCE = {n: st.sampled_from((False,) * (n - 1) + (True,)) for n in (2, 3, 4, 8)}


@frozen
class Column:
    """A column of a table: its type, as YAML, and the cells that it may hold."""

    name: str
    type: str
    cells: tuple[str, ...]

    @property
    def base(self) -> str:
        type = self.type.removeprefix("list of ")
        return type if type in ("number", "date", "yes/no") else "text"

    @property
    def constants(self) -> tuple[str, ...]:
        """What conditions compare it with."""
        return tuple(cell for cell in self.cells if cell and "|" not in cell)


@frozen
class Shape:
    """What does not change of a generated table, so that conditions may be written before it is drawn."""

    id: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    unique: bool = True
    dated: bool = False
    settings: bool = False

    def many(self, column: Column) -> bool:
        return column.type.startswith("list of ") or not self.unique


_CODE = Column("code", "text", _CODES)
_DATED = (
    Column("since", "date", ("2026-01-01", "2026-02-01", "", "2026-01-02", "2026-03-01")),
    Column("until", "date", ("", "2026-01-31", "2026-02-01", "2026-02-28", "2026-01-01")),
)
SHAPES = (
    Shape(
        "codes",
        (
            _CODE,
            Column("kind", "text", ("a", "b", "")),
            Column("most", "number", ("1", "2", "1.5", "1.0", "")),
            Column("first", "date", ("2026-01-01", "2026-02-01", "")),
            Column("flag", "yes/no", ("yes", "no", "")),
            Column("others", "list of hcpcs", ("", "86329", "86330|86329", "0351U")),
        ),
        ("code",),
    ),
    Shape(
        "pairs",
        (
            Column("one", "text", _CODES),
            Column("two", "text", _CODES),
            *_DATED,
            Column("kind", "text", ("a", "b")),
        ),
        ("one", "two"),
        dated=True,
        settings=True,
    ),
    Shape(
        "places",
        (_CODE, Column("pos", "pos", ("81", "22", "11", "")), *_DATED, Column("most", "number", ("1", "2", ""))),
        ("code",),
        unique=False,
        dated=True,
    ),
    Shape(
        "modifiers",
        (
            _CODE,
            Column("modifier", "text", ("90", "26", "TC", "")),
            Column("kinds", "list of text", ("", "a", "a|b")),
        ),
        ("code", "modifier"),
        unique=False,
        settings=True,
    ),
)
_SETTINGS = ("practitioner", "hospital")


@frozen
class Alias:
    """A look-up as conditions see it. `listed`: a field of its key is a list, so that every column is one."""

    name: str
    shape: Shape
    listed: bool = False


#: The look-ups that an edit may make: none, one, two in one table, two in different ones.
ALIASES = (
    (),
    *((Alias("t", shape),) for shape in SHAPES),
    (Alias("t", SHAPES[0]), Alias("u", SHAPES[0])),
    (Alias("t", SHAPES[1]), Alias("u", SHAPES[1])),
    (Alias("t", SHAPES[1]), Alias("u", SHAPES[2])),
    (Alias("t", SHAPES[3]), Alias("u", SHAPES[0])),
    (Alias("t", SHAPES[0], True),),
    (Alias("t", SHAPES[1], True), Alias("u", SHAPES[0])),
    (Alias("t", SHAPES[2], True),),
    (Alias("t", SHAPES[3], True),),
)


# ---- look-ups ------------------------------------------------------------------------------------------------------

_ANYWHERE = (*_CODES[:2], "$claim.principal_diagnosis", "$claim.payer", "$payer.kind")
_KEYS = {
    "line": ("$line.code", "$line.code", "$line.first_modifier", "$profile.kind", *_ANYWHERE),
    "claim": _ANYWHERE,
    "pair": ("$a.code", "$b.code", "$b.first_modifier", *_ANYWHERE),
    "later-pair": ("$a.code", "$b.code", "$b.first_modifier", *_ANYWHERE),
    "day": ("$day.code", "$day.code", *_ANYWHERE),
}
_SOME_KEYS = {each: st.tuples(st.sampled_from(keys), st.sampled_from(keys)) for each, keys in _KEYS.items()}
_CLAIM_LISTS = ("$claim.codes", "$claim.modifiers", "$claim.icd10")
_LISTS = {
    "line": st.sampled_from(("$line.modifiers", "$line.icd10", *_CLAIM_LISTS)),
    "claim": st.sampled_from(_CLAIM_LISTS),
    "pair": st.sampled_from(("$b.modifiers", *_CLAIM_LISTS)),
    "later-pair": st.sampled_from(("$b.modifiers", *_CLAIM_LISTS)),
    "day": st.sampled_from(("$day.modifiers", "$day.codes", *_CLAIM_LISTS)),
}
_PLACES = st.sampled_from((0, 1))
_FIRST = {"line": "$line.code", "claim": "86329", "pair": "$a.code", "later-pair": "$a.code", "day": "$day.code"}
_SECOND = {"line": "$line.first_modifier", "claim": "90", "pair": "$b.code", "later-pair": "$b.code", "day": "90"}
_CHOSEN_SETTINGS = st.sampled_from((*_SETTINGS, "$claim.ncci_setting", "$claim.ncci_setting", "$payer.kind"))


@cache
@st.composite
def lookups(draw: st.DrawFn, aliases: tuple[Alias, ...], each: str) -> str:
    """The value of the key `lookup` of an edit."""
    found = []
    for alias in aliases:
        parts = [f"table: {alias.shape.id}"]
        usual = not draw(_CHANCE[3])
        keys = (_FIRST[each], _SECOND[each]) if usual else draw(_SOME_KEYS[each])
        if alias.listed:
            place = draw(_PLACES) if len(alias.shape.key) > 1 else 0
            keys = (*keys[:place], draw(_LISTS[each]), *keys[place + 1 :])
        named = [f"{column}: {key}" for column, key in zip(alias.shape.key, keys, strict=False)]
        setting = [f"setting: {draw(_CHOSEN_SETTINGS)}"] if alias.shape.settings else []
        parts += [*named, *setting] if draw(_CHANCE[2]) else [*setting, *named]
        found.append(f"{alias.name}: {{{', '.join(parts)}}}")
    return "{" + ", ".join(found) + "}"


# ---- documents and editions ----------------------------------------------------------------------------------------

_PERIODS = st.sampled_from(
    (
        (("2026-01-01", "2026-12-31"),),
        (("2025-01-01", "2026-01-31"),),
        (("2026-01-01", "2026-01-31"), ("2026-02-01", "2026-02-28")),
        (("2026-02-01", "2026-03-31"),),
        (("2026-01-01", "2026-01-31"), ("2026-03-01", "2026-03-31")),
        (("2026-01-01", "2026-02-28"), ("2026-01-01", "2026-01-31")),
        (),
    )
)


@cache
@st.composite
def tables(draw: st.DrawFn, sources: st.SearchStrategy[str], sets: tuple[str, ...], always_empty: bool = False) -> str:
    """The documents of all shapes, and the editions loaded of each."""
    parts = []
    for shape in SHAPES:
        complete = draw(st.sampled_from(("yes", "no", *(f"for $set.{name}" for name in sets))))
        columns = ", ".join(f"{column.name}: {column.type}" for column in shape.columns)
        keys = {
            "title": "A table",
            "columns": f"{{{columns}}}",
            "key": f"[{', '.join(shape.key)}]",
            "unique": "yes" if shape.unique else "no",
            "settings": f"[{', '.join(_SETTINGS)}]" if shape.settings else "",
            "validity": "[since, until]" if shape.dated else "",
            "complete": complete,
            "source": draw(sources),
        }
        parts.append(f"table: {shape.id}\n" + "".join(f"{key}: {value}\n" for key, value in keys.items() if value))
        parts.append("---\n")
        for number, (since, until) in enumerate(() if always_empty else draw(_PERIODS)):
            imported = draw(_CHANCE[4])
            word = ("complete" if draw(_CHANCE[2]) else "incomplete") if imported else "starter"
            parts.append(f"# edition {shape.id} E{number} {since} {until} {word}\n")
            parts += [f"# row {','.join(row)}\n" for row in draw(_rows(shape))]
    return "".join(parts)


@cache
def _rows(shape: Shape) -> st.SearchStrategy[list[tuple[str, ...]]]:
    cells = [st.sampled_from(column.cells) for column in shape.columns]
    if shape.settings:
        cells.insert(0, st.sampled_from(_SETTINGS))
    return st.lists(st.tuples(*cells), min_size=1, max_size=6)


def stocked(ruleset: Ruleset, text: str) -> Ruleset:
    """The ruleset with the editions that its text speaks of."""
    starters = [starter for made in _editions(text) for starter in _starters(ruleset, made)]
    return attrs.evolve(ruleset, store=Tables(None, tuple(starters)))


@frozen
class _Edition:
    table: str
    name: str
    since: str
    until: str
    word: str
    rows: list[tuple[str, ...]] = attrs.field(factory=list)


def _editions(text: str) -> Iterator[_Edition]:
    now: _Edition | None = None
    for line in text.splitlines():
        if line.startswith("# edition "):
            if now is not None:
                yield now
            now = _Edition(*line.split(" ")[2:])
        elif line.startswith("# row ") and now is not None:
            now.rows.append(tuple(line.removeprefix("# row ").split(",")))
    if now is not None:
        yield now


def _starters(ruleset: Ruleset, made: _Edition) -> Iterator[Starter]:
    since, until = dt.date.fromisoformat(made.since), dt.date.fromisoformat(made.until)
    document: doc.TableDocument = attrs.evolve(ruleset.tables[made.table], edition=made.name, since=since, until=until)
    for manifest, rows, *layout in starters_of(ruleset, document, made.rows):
        if made.word != "starter":
            manifest = attrs.evolve(manifest, starter=False, complete=made.word == "complete")
        yield (manifest, rows, *layout)  # type: ignore[misc]
