"""Nodes → documents. cattrs chooses the hook for each type; every hook reports what is wrong with its place.

A document that has any problem is not built; the problems of all its parts are reported together.
"""

from __future__ import annotations

import datetime as dt
import operator
from collections.abc import Callable, Iterable, Mapping
from functools import cache, reduce
from pathlib import Path
from types import UnionType
from typing import Any, Literal, Union, cast, get_args, get_origin

import attrs
from cattrs import Converter

from cpt_rules.formats import is_date
from cpt_rules.language import documents as doc
from cpt_rules.language.conditions import parse_clause, parse_items
from cpt_rules.language.faults import Faulty, fail, gather
from cpt_rules.language.problems import Problem, did_you_mean, shown
from cpt_rules.language.read import Map, Node, Scalar, Sequence, read_file, read_text

NOT_AVAILABLE = "not available"


def parse_files(paths: Iterable[tuple[Path, str]]) -> tuple[list[doc.Document], list[Problem]]:
    """The documents of ruleset files and every problem of reading and parsing. `paths`: where, and its name in messages."""
    found: list[doc.Document] = []
    problems: list[Problem] = []
    for path, name in paths:
        nodes, faults = read_file(path, name)
        problems += faults
        if not faults:
            _parse_nodes(nodes, found, problems)
    return found, problems


def parse_text(text: str, name: str = "ruleset.yaml") -> tuple[list[doc.Document], list[Problem]]:
    """As `parse_files`, of one text."""
    found: list[doc.Document] = []
    nodes, problems = read_text(text, name)
    if not problems:
        _parse_nodes(nodes, found, problems)
    return found, problems


def _parse_nodes(nodes: Iterable[Node], found: list[doc.Document], problems: list[Problem]) -> None:
    for node in nodes:
        try:
            found.append(parse_document(node))
        except Faulty as fault:
            problems += fault.problems


def parse_document(node: Node) -> doc.Document:
    """One document. Raises `Faulty` with every problem in it."""
    if not isinstance(node, Map) or not node.entries:
        raise fail(node.mark, f"not a document; a document starts with its kind: {', '.join(doc.KINDS)}")
    kind = node.entries[0][0]
    if kind.text not in doc.KINDS:
        known = f"; a document starts with its kind: {', '.join(doc.KINDS)}"
        raise fail(kind.mark, f"unknown kind {shown(kind.text)}{did_you_mean(kind.text, doc.KINDS, known)}")
    return _converter().structure(node, doc.KINDS[kind.text])


@cache
def _converter() -> Converter:
    converter = Converter(detailed_validation=False)
    factory = converter.register_structure_hook_factory
    factory(attrs.has, lambda cls: _class_hook(converter, cls))
    factory(_is_tuple, lambda cls: _tuple_hook(converter, cls))
    factory(_is_mapping, lambda cls: _mapping_hook(converter, cls))
    factory(_is_optional, lambda cls: _optional_hook(converter, cls))
    converter.register_structure_hook_func(_is_choice, _choice)
    hooks: dict[object, Callable[[Any, Any], object]] = {
        str: lambda node, _: text_of(node),
        int: _integer,
        dt.date: lambda node, _: date_of(node),
        doc.Name: _name,
        doc.FactType: _fact_type,
        doc.FactValue: _fact_value,
        doc.Given: _given,
    }
    for cls, hook in hooks.items():
        converter.register_structure_hook(cast(Any, cls), hook)
    for union, hook in {
        doc.Clause: lambda node, _: parse_clause(node),
        doc.Timeline: lambda node, _: timeline_of(node),
        Literal["yes", "no"] | doc.SetRef: _complete,
        Mapping[str, tuple[doc.ValueChange, ...]]: lambda node, _: _changes(converter, node),
        tuple[doc.Name, ...]: _names,
    }.items():
        converter.register_structure_hook_func(lambda cls, union=union: cls == union, hook)  # type: ignore[misc]
    return converter


# ---- by type -------------------------------------------------------------------------------------------------------


def _class_hook(converter: Converter, cls: type) -> Callable[[Node, type], object]:
    attrs.resolve_types(cls, doc.__dict__)
    fields = {
        a.metadata.get("key", a.name.replace("_", " ") if a.name != "line_of_business" else a.name): a
        for a in attrs.fields(cls)
        if a.name != "mark"
    }
    required = [key for key, a in fields.items() if a.default is attrs.NOTHING]
    hooks = {key: converter.get_structure_hook(a.type) for key, a in fields.items()}
    what = cls.__name__.lower().removesuffix("document")

    def structure(node: Node, _: type) -> object:
        if not isinstance(node, Map):
            raise fail(node.mark, f"{_kind(node)} where a map with {_some(fields)} is due")
        values: dict[str, object] = {}
        faults: list[Problem] = []
        for key, value in node.entries:
            if key.text not in fields:
                faults.append(_unknown(key, fields))
                continue
            try:
                values[fields[key.text].name] = hooks[key.text](value, fields[key.text].type)
            except Faulty as fault:
                faults += fault.problems
        present = {key.text for key, _ in node.entries}
        faults += [Problem(node.mark, f"this {what} has no `{key}`") for key in required if key not in present]
        if faults:
            raise Faulty(faults)
        return cls(**values, mark=node.mark)

    return structure


def _tuple_hook(converter: Converter, cls: Any) -> Callable[[Node, Any], object]:
    inner = get_args(cls)[0]
    hook = converter.get_structure_hook(inner)
    return lambda node, _: tuple(_each(hook, inner, items_of(node)))


def _each(hook: Callable[[Node, Any], object], inner: object, nodes: Iterable[Node]) -> list[object]:
    return gather(lambda node: hook(node, inner), nodes)


def _mapping_hook(converter: Converter, cls: Any) -> Callable[[Node, Any], object]:
    inner = get_args(cls)[1]
    hook = converter.get_structure_hook(inner)

    def structure(node: Node, _: Any) -> object:
        entries = map_of(node).entries
        return dict(
            zip((key.text for key, _ in entries), _each(hook, inner, (value for _, value in entries)), strict=True)
        )

    return structure


def _optional_hook(converter: Converter, cls: Any) -> Callable[[Node, Any], object]:
    inner = reduce(operator.or_, (each for each in get_args(cls) if each is not type(None)))
    hook = converter.get_structure_hook(inner)
    return lambda node, _: hook(node, inner)


def _is_choice(cls: Any) -> bool:
    return get_origin(cls) is Literal


def _is_tuple(cls: Any) -> bool:
    return get_origin(cls) is tuple and cls != doc.Timeline


def _is_mapping(cls: Any) -> bool:
    return get_origin(cls) is Mapping


def _is_optional(cls: Any) -> bool:
    return get_origin(cls) in (Union, UnionType) and type(None) in get_args(cls)


def _choice(node: Node, cls: Any) -> object:
    text, choices = text_of(node), get_args(cls)
    if text not in choices:
        known = f"; one of: {', '.join(choices)}"
        raise fail(node.mark, f"{shown(text)} is not possible here{did_you_mean(text, choices, known)}")
    return text


def text_of(node: Node) -> str:
    if not isinstance(node, Scalar):
        raise fail(node.mark, f"{_kind(node)} where text is due; if it is text, quote it")
    if not node.text.strip():
        raise fail(node.mark, "empty text; write something or leave the key out")
    return node.text


def date_of(node: Node) -> dt.date:
    text = text_of(node)
    if not is_date(text):
        raise fail(node.mark, f"{shown(text)} is not a date; write it as 2026-01-31")
    return dt.date.fromisoformat(text)


def items_of(node: Node) -> tuple[Node, ...]:
    """The items of a list; a single text stands for a list of one."""
    if isinstance(node, Map):
        raise fail(node.mark, "a map where a list is due; write [one, other]")
    return (node,) if isinstance(node, Scalar) else node.items


def map_of(node: Node) -> Map:
    if not isinstance(node, Map):
        raise fail(node.mark, f"{_kind(node)} where a map is due")
    return node


def _integer(node: Node, _: Any) -> int:
    text = text_of(node)
    if not (text.isascii() and text.isdigit() and len(text) <= 6):
        raise fail(node.mark, f"{shown(text)} is not a whole number")
    return int(text)


def _name(node: Node, _: Any) -> doc.Name:
    return _one_name(node)


def _one_name(node: Node) -> doc.Name:
    text = text_of(node)
    if text != text.strip() or any(c.isspace() for c in text):
        raise fail(node.mark, f"{shown(text)} is not a name; names have no blanks")
    return doc.Name(text, mark=node.mark)


def _names(node: Node, _: Any) -> tuple[doc.Name, ...]:
    """A list of names; ``all`` stands for no restriction and gives the empty tuple."""
    if isinstance(node, Scalar) and node.text == "all":
        return ()
    return tuple(gather(_one_name, items_of(node)))


def _complete(node: Node, _: Any) -> object:
    text = text_of(node)
    if text.startswith("for $set."):
        return doc.SetRef(text.removeprefix("for $set."), mark=node.mark)
    if text not in ("yes", "no"):
        raise fail(node.mark, f"{shown(text)} is not possible here; one of: yes, no, for $set.ID")
    return text


def _fact_type(node: Node, _: Any) -> doc.FactType:
    text = text_of(node)
    return doc.FactType(text.removeprefix("list of "), text.startswith("list of "), mark=node.mark)


def timeline_of(node: Node) -> doc.Timeline:
    """``{2020-01-01: value, …}`` in order of date; ``not available`` is the empty timeline."""
    if isinstance(node, Scalar) and node.text == NOT_AVAILABLE:
        return ()
    if not isinstance(node, Map):
        raise fail(node.mark, f"{_kind(node)} where dated values are due; write {{2026-01-01: …}} or {NOT_AVAILABLE}")

    def entry(dated: tuple[Scalar, Node]) -> doc.Dated:
        key, value = dated
        start = date_of(key)
        if isinstance(value, Scalar) and value.text == NOT_AVAILABLE:
            return doc.Dated(start, None, mark=value.mark)
        return doc.Dated(start, parse_items(value), mark=value.mark)

    return tuple(sorted(gather(entry, node.entries), key=lambda each: each.start))


def _fact_value(node: Node, _: Any) -> doc.FactValue:
    if isinstance(node, Scalar):
        if node.text != NOT_AVAILABLE:
            raise fail(node.mark, f"{shown(node.text)} where {{values: …, source: …}} or {NOT_AVAILABLE} is due")
        return doc.FactValue((), mark=node.mark)
    values = _keys(node, {"values", "source"}, {"values", "source"})
    return doc.FactValue(timeline_of(values["values"]), _name(values["source"], None), mark=node.mark)


def _keys(node: Node, known: set[str], required: set[str]) -> dict[str, Node]:
    entries = map_of(node).entries
    faults = [_unknown(key, sorted(known)) for key, _ in entries if key.text not in known]
    found = {key.text: value for key, value in entries}
    faults += [Problem(node.mark, f"`{key}` is missing here") for key in sorted(required - set(found))]
    if faults:
        raise Faulty(faults)
    return found


def _unknown(key: Scalar, known: Iterable[str]) -> Problem:
    listed = f"; known here: {', '.join(known)}"
    return Problem(key.mark, f"unknown key {shown(key.text)}{did_you_mean(key.text, known, listed)}")


def _changes(converter: Converter, node: Node) -> dict[str, tuple[doc.ValueChange, ...]]:
    found: dict[str, list[doc.ValueChange]] = {}
    known = {"values", "source", "since", "until"}

    def change(entry: tuple[Scalar, Node]) -> None:
        key, value = entry
        name, sign = (key.text[:-1], key.text[-1]) if key.text[-1:] in ("+", "-") else (key.text, "")
        if isinstance(value, Scalar) and value.text == NOT_AVAILABLE and not sign:
            made = doc.ValueChange((), None, mark=key.mark)
        else:
            parts = _keys(value, known, {"values", "source"})
            made = doc.ValueChange(
                timeline_of(parts["values"]),
                _name(parts["source"], None),
                cast(Any, sign),
                date_of(parts["since"]) if "since" in parts else None,
                date_of(parts["until"]) if "until" in parts else None,
                mark=key.mark,
            )
        found.setdefault(name, []).append(made)

    gather(change, map_of(node).entries)
    return {name: tuple(changes) for name, changes in found.items()}


def _given(node: Node, _: Any) -> doc.Given:
    def texts(value: Node) -> tuple[str, ...]:
        return tuple(gather(text_of, items_of(value)))

    def fields(each: Node) -> dict[str, tuple[str, ...]]:
        entries = [
            (key.text, value) for key, value in map_of(each).entries if key.text not in ("lines", "as_of", "client")
        ]
        return dict(zip((k for k, _ in entries), gather(texts, (value for _, value in entries)), strict=True))

    special = {key.text: value for key, value in map_of(node).entries if key.text in ("lines", "as_of", "client")}
    lines = gather(fields, items_of(special["lines"])) if "lines" in special else []
    return doc.Given(
        fields(node),
        tuple(lines),
        date_of(special["as_of"]) if "as_of" in special else None,
        text_of(special["client"]) if "client" in special else None,
        mark=node.mark,
    )


def _kind(node: Node) -> str:
    return "text" if isinstance(node, Scalar) else "a list" if isinstance(node, Sequence) else "a map"


def _some(fields: Mapping[str, object]) -> str:
    return ", ".join(f"`{key}`" for key in list(fields)[:3])
