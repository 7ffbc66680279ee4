"""Nodes → the values of documents: texts, dates, names, dated values, changes, what a test gives."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable
from typing import Any, cast, get_args

from cpt_rules.fields import FIELDS
from cpt_rules.formats import is_date
from cpt_rules.language import documents as doc
from cpt_rules.language.conditions import parse_items
from cpt_rules.language.faults import Faulty, fail, gather
from cpt_rules.language.problems import Mark, Problem, did_you_mean, shown
from cpt_rules.language.read import Map, Node, Scalar, Sequence

NOT_AVAILABLE = "not available"
_DATED = f"{{2026-01-31: …}} or {NOT_AVAILABLE}"
_CHANGE_KEYS = ("values", "source", "since", "until")
GIVEN_KEYS = ("lines", "as_of", "client", "rows")
_KNOWLEDGE = ("profile.", "set.")


def kind_of(node: Node) -> str:
    return "text" if isinstance(node, Scalar) else "a list" if isinstance(node, Sequence) else "a map"


def is_text(node: Node, text: str) -> bool:
    """Whether the node is just this word, without quotes."""
    return isinstance(node, Scalar) and node.text == text and not node.quoted


# ---- one value -----------------------------------------------------------------------------------------------------


def text_of(node: Node) -> str:
    if not isinstance(node, Scalar):
        raise fail(node.mark, f"{kind_of(node)} where text is due; if it is text, quote it")
    if not node.text.strip():
        raise fail(node.mark, "empty text; write something or leave the key out")
    return node.text


def choice(node: Node, cls: Any) -> object:
    """The text itself if it is one of those that the type `cls` (a `Literal`) names."""
    text, choices = text_of(node), get_args(cls)
    if text not in choices:
        known = f"; one of: {', '.join(choices)}" if len(choices) > 1 else f"; write {choices[0]}, or leave the key out"
        raise fail(node.mark, f"{shown(text)} is not possible here{did_you_mean(text, choices, known)}")
    return text


def date_of(node: Node) -> dt.date:
    text = text_of(node)
    if not is_date(text):
        raise fail(node.mark, no_date(text))
    return dt.date.fromisoformat(text)


def no_date(text: str) -> str:
    """What to say of a text that is no date."""
    found = re.fullmatch(r"([0-9]{4})[-/.]([0-9]{1,2})[-/.]([0-9]{1,2})", text)
    american = re.fullmatch(r"([0-9]{1,2})/([0-9]{1,2})/([0-9]{4})", text)
    if re.fullmatch(r"[0-9]{8}", text):
        found = re.fullmatch(r"([0-9]{4})([0-9]{2})([0-9]{2})", text)
    if found or american:
        year, month, day = found.groups() if found else (american[3], american[1], american[2])  # type: ignore[index]
        meant = f"{year}-{month:0>2}-{day:0>2}"
        if is_date(meant):
            return f"{shown(text)} is not written as a date; did you mean `{meant}`?"
        return f"{shown(text)} is no day of the calendar; write year-month-day, such as 2026-01-31"
    return f"{shown(text)} is not a date; write year-month-day, such as 2026-01-31"


def integer(node: Node) -> int:
    text = text_of(node)
    if not (text.isascii() and text.isdigit() and len(text) <= 6):
        raise fail(node.mark, f"{shown(text)} is not a whole number; write digits, such as 2")
    return int(text)


def name_of(node: Node) -> doc.Name:
    text = text_of(node)
    if any(c.isspace() for c in text):
        raise fail(
            node.mark, f"{shown(text)} is not a name; names have no blanks, write {shown('-'.join(text.split()))}"
        )
    return doc.Name(text, mark=node.mark)


def complete(node: Node) -> object:
    text = text_of(node)
    if text.startswith("for $set."):
        return doc.SetRef(text.removeprefix("for $set."), mark=node.mark)
    if text not in ("yes", "no"):
        raise fail(node.mark, f"{shown(text)} is not possible here; one of: yes, no, for $set.ID")
    return text


def fact_type(node: Node) -> doc.FactType:
    text = text_of(node)
    return doc.FactType(text.removeprefix("list of "), text.startswith("list of "), mark=node.mark)


# ---- lists and maps ------------------------------------------------------------------------------------------------


def items_of(node: Node) -> tuple[Node, ...]:
    """The items of a list; a single text stands for a list of one."""
    if isinstance(node, Map):
        raise fail(node.mark, "a map where a list is due; write [one, other]")
    return (node,) if isinstance(node, Scalar) else node.items


def map_of(node: Node) -> Map:
    if not isinstance(node, Map):
        raise fail(node.mark, f"{kind_of(node)} where a map is due; write `key: value`")
    return node


def unknown_key(key: Scalar, known: Iterable[str]) -> Problem:
    listed = f"; known here: {', '.join(known)}"
    return Problem(key.mark, f"unknown key {shown(key.text)}{did_you_mean(key.text, known, listed)}")


def _keys(node: Map, known: tuple[str, ...], required: tuple[str, ...], mark: Mark) -> dict[str, Node]:
    """The values by key, where all keys are known and none of `required` is missing from what starts at `mark`."""
    faults = [unknown_key(key, known) for key, _ in node.entries if key.text not in known]
    found = {key.text: value for key, value in node.entries}
    if not faults:
        faults = [Problem(mark, f"`{key}` is missing here") for key in required if key not in found]
    if faults:
        raise Faulty(faults)
    return found


# ---- dated values --------------------------------------------------------------------------------------------------


def timeline_of(node: Node) -> doc.Timeline:
    """``{2020-01-01: value, …}`` in order of date; ``not available`` is the empty timeline."""
    if is_text(node, NOT_AVAILABLE):
        return ()
    if not isinstance(node, Map):
        example = _DATED.replace("…", node.text[:40]) if isinstance(node, Scalar) else _DATED
        raise fail(node.mark, f"{kind_of(node)} where dated values are due; write {example}")
    if not node.entries:
        raise fail(node.mark, f"no value; write {_DATED}")

    def entry(dated: tuple[Scalar, Node]) -> doc.Dated:
        key, value = dated
        start = date_of(key)
        if is_text(value, NOT_AVAILABLE):
            return doc.Dated(start, None, mark=value.mark)
        return doc.Dated(start, parse_items(value), mark=value.mark)

    return tuple(sorted(gather(entry, node.entries), key=lambda each: each.start))


def fact_value(node: Node) -> doc.FactValue:
    if is_text(node, NOT_AVAILABLE):
        return doc.FactValue((), mark=node.mark)
    values = _keys(_values_map(node), ("values", "source"), ("values", "source"), node.mark)
    return doc.FactValue(timeline_of(values["values"]), name_of(values["source"]), mark=node.mark)


def _values_map(node: Node) -> Map:
    if not isinstance(node, Map):
        what = shown(node.text) if isinstance(node, Scalar) else kind_of(node)
        raise fail(node.mark, f"{what} where dated values are due; write {{values: …, source: …}} or {NOT_AVAILABLE}")
    return node


def changes(node: Node) -> dict[str, tuple[doc.ValueChange, ...]]:
    """The changes of an overlay by the id of a set or fact: ``id`` replaces, ``id+`` adds, ``id-`` takes away."""
    found: dict[str, list[doc.ValueChange]] = {}

    def change(entry: tuple[Scalar, Node]) -> None:
        key, value = entry
        name, sign = (key.text[:-1], key.text[-1]) if key.text[-1:] in ("+", "-") else (key.text, "")
        if is_text(value, NOT_AVAILABLE) and not sign:
            made = doc.ValueChange((), None, mark=key.mark)
        else:
            values = _values_map(value)
            parts = _keys(values, _CHANGE_KEYS, ("values", "source"), key.mark)
            timeline, source = timeline_of(parts["values"]), name_of(parts["source"])
            made = doc.ValueChange(
                timeline,
                source,
                cast(Any, sign),
                date_of(parts["since"]) if "since" in parts else None,
                date_of(parts["until"]) if "until" in parts else None,
                mark=key.mark,
                places={key.text: value.mark for key, value in values.entries},
            )
        found.setdefault(name, []).append(made)

    gather(change, map_of(node).entries)
    return {name: tuple(changes) for name, changes in found.items()}


# ---- tests ---------------------------------------------------------------------------------------------------------


def given(node: Node) -> doc.Given:
    """What a test gives: fields of the claim, facts and sets by name, and `lines`, `rows`, `as_of` and `client`."""
    entries = map_of(node).entries
    special = {key.text: value for key, value in entries if key.text in GIVEN_KEYS}
    others = [(key, value) for key, value in entries if key.text not in GIVEN_KEYS]
    known = [(key, value) for key, value in others if _is_knowledge(key.text)]
    fields = [(key, value) for key, value in others if not _is_knowledge(key.text)]
    lines = [map_of(line).entries for line in items_of(special["lines"])] if "lines" in special else []
    rows = map_of(special["rows"]).entries if "rows" in special else ()
    return doc.Given(
        _given_fields(fields),
        tuple(gather(_given_fields, lines)),
        date_of(special["as_of"]) if "as_of" in special else None,
        text_of(special["client"]) if "client" in special else None,
        _given_fields(known),
        _given_rows(rows),
        mark=node.mark,
        places=(
            {**_places([*fields, *known]), **_places(rows, "rows ")},
            *map(_places, lines),
        ),
    )


def _places(entries: Iterable[tuple[Scalar, Node]], before: str = "") -> dict[str, tuple[Mark, ...]]:
    """Where each name stands, and each of its values."""
    return {before + key.text: (key.mark, *(item.mark for item in items_of(value))) for key, value in entries}


def _is_knowledge(name: str) -> bool:
    """Whether a test gives a fact or a set, not a field of the claim."""
    return name.startswith(_KNOWLEDGE) or (name.startswith("payer.") and name not in FIELDS)


def _given_rows(entries: Iterable[tuple[Scalar, Node]]) -> dict[str, tuple[tuple[str, ...], ...]]:
    def row(each: Node) -> tuple[str, ...]:
        return tuple(gather(_cell, items_of(each)))

    entries = list(entries)
    rows = gather(lambda entry: tuple(gather(row, items_of(entry[1]))), entries)
    return dict(zip((key.text for key, _ in entries), rows, strict=True))


def _cell(node: Node) -> str:
    if not isinstance(node, Scalar):
        raise fail(node.mark, f"{kind_of(node)} where a value of a row is due; a row is a list of texts")
    return node.text


def lookup(node: Node) -> doc.Lookup:
    """``{table: ID, COLUMN: $FIELD, …}``"""
    entries = map_of(node).entries
    names = {key.text: value for key, value in entries}
    if "table" not in names:
        raise fail(node.mark, "`table` is missing here; write {table: ID, COLUMN: $FIELD}")

    def key(entry: tuple[Scalar, Node]) -> doc.Item:
        found = parse_items(entry[1])
        if len(found) != 1 or not isinstance(found[0], doc.Constant | doc.FieldRef):
            raise fail(entry[1].mark, "a list, set or range where one value is due; write a text or $FIELD")
        return found[0]

    others = [(each, value) for each, value in entries if each.text != "table"]
    items = dict(zip((each.text for each, _ in others), gather(key, others), strict=True))
    setting = items.pop("setting", None)
    places = {key.text: key.mark for key, _ in entries}
    return doc.Lookup(name_of(names["table"]), items, setting, mark=node.mark, places=places)


def _given_fields(entries: Iterable[tuple[Scalar, Node]]) -> dict[str, tuple[str, ...]]:
    entries = list(entries)
    texts = gather(lambda entry: tuple(gather(text_of, items_of(entry[1]))), entries)
    return dict(zip((key.text for key, _ in entries), texts, strict=True))
