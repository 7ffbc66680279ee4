"""Nodes → documents. cattrs chooses the hook for each type; every hook reports what is wrong with its place.

A document that has any problem is not built; the problems of all its parts are reported together.
"""

from __future__ import annotations

import datetime as dt
import operator
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache, reduce
from pathlib import Path
from types import UnionType
from typing import Any, Literal, Union, cast, get_args, get_origin

import attrs
from cattrs import Converter

from cpt_rules.language import documents as doc
from cpt_rules.language import values
from cpt_rules.language.conditions import parse_clause
from cpt_rules.language.faults import Faulty, fail, gather
from cpt_rules.language.problems import MANY, Mark, Problem, did_you_mean, shown
from cpt_rules.language.read import Map, Node, read_file, read_text

_STARTS = f"a document starts with its kind: {', '.join(doc.KINDS)}"
#: What an overlay might be thought to change.
_OF_AN_EDIT = {
    key: f"an overlay cannot change `{key}` of an edit; add `unless`, or write an edit of your own"
    for key in ("when", "require", "fail when", "presume", "message", "remedy", "disposition", "after", "at", "fix")
}


def parse_files(paths: Iterable[tuple[Path, str]]) -> tuple[list[doc.Document], list[Problem]]:
    """The documents of ruleset files and every problem of reading and parsing. `paths`: where, and its name in messages."""
    found: list[doc.Document] = []
    problems: list[Problem] = []
    for path, name in paths:
        of_file: list[Problem] = []
        _parse_nodes(read_file(path, name, of_file), of_file, name, found)
        problems += of_file
    return found, problems


def parse_text(text: str, name: str = "ruleset.yaml") -> tuple[list[doc.Document], list[Problem]]:
    """As `parse_files`, of one text."""
    found: list[doc.Document] = []
    problems: list[Problem] = []
    _parse_nodes(read_text(text, name, problems), problems, name, found)
    return found, problems


def _parse_nodes(nodes: Iterator[Node], problems: list[Problem], name: str, found: list[doc.Document]) -> None:
    """Adds the documents of one file to `found`. Where reading met `problems`, no others are looked for.

    Each document is parsed before the next is read, so that the nodes of a big file need not be kept.
    """
    faults: list[Problem] = []
    empty = True
    for node in nodes:
        empty = False
        try:
            found.append(parse_document(node))
        except Faulty as fault:
            faults += fault.problems
    if empty:
        faults.append(Problem(Mark(name, 1, 1), f"no document in this file; {_STARTS}"))
    if not problems:
        problems += faults


def parse_document(node: Node) -> doc.Document:
    """One document. Raises `Faulty` with every problem in it."""
    if not isinstance(node, Map) or not node.entries:
        raise fail(node.mark, f"{values.kind_of(node)} where a document is due; {_STARTS}")
    kind = node.entries[0][0]
    if kind.text not in doc.KINDS:
        later = next((key for key, _ in node.entries if key.text in doc.KINDS), None)
        if later is not None:
            raise fail(later.mark, f"{shown(later.text)} is the kind of this document; write it in the first line")
        raise fail(kind.mark, f"unknown kind {shown(kind.text)}{did_you_mean(kind.text, doc.KINDS, '; ' + _STARTS)}")
    return _converter().structure(node, doc.KINDS[kind.text])


@cache
def _converter() -> Converter:
    converter = Converter(detailed_validation=False)
    factory = converter.register_structure_hook_factory
    factory(attrs.has, lambda cls: _class_hook(converter, cls))
    factory(_is_tuple, lambda cls: _tuple_hook(converter, cls))
    factory(_is_mapping, lambda cls: _mapping_hook(converter, cls))
    factory(_is_optional, lambda cls: _optional_hook(converter, cls))
    converter.register_structure_hook_func(_is_choice, values.choice)
    hooks: dict[object, Callable[[Any, Any], object]] = {
        str: lambda node, _: values.text_of(node),
        int: lambda node, _: values.integer(node),
        dt.date: lambda node, _: values.date_of(node),
        doc.Name: lambda node, _: values.name_of(node),
        doc.FactType: lambda node, _: values.fact_type(node),
        doc.FactValue: lambda node, _: values.fact_value(node),
        doc.Given: lambda node, _: values.given(node),
        doc.Lookup: lambda node, _: values.lookup(node),
    }
    for cls, hook in hooks.items():
        converter.register_structure_hook(cast(Any, cls), hook)
    for union, hook in {
        doc.Clause: lambda node, _: parse_clause(node),
        doc.Timeline: lambda node, _: values.timeline_of(node),
        Literal["yes", "no"] | doc.SetRef: lambda node, _: values.complete(node),
        Mapping[str, tuple[doc.ValueChange, ...]]: lambda node, _: values.changes(node),
    }.items():
        converter.register_structure_hook_func(lambda cls, union=union: cls == union, hook)  # type: ignore[misc]
    return converter


# ---- by type -------------------------------------------------------------------------------------------------------


def _class_hook(converter: Converter, cls: type) -> Callable[[Node, type], object]:
    attrs.resolve_types(cls, doc.__dict__)
    fields = {
        a.metadata.get("key", a.name.replace("_", " ") if a.name != "line_of_business" else a.name): a
        for a in attrs.fields(cls)
        if a.name not in doc.PLACES
    }
    required = [key for key, a in fields.items() if a.default is attrs.NOTHING]
    hooks = {
        key: _names_or_all if a.metadata.get("all") else converter.get_structure_hook(a.type)
        for key, a in fields.items()
    }
    what = {"for": "`for`", "editchange": "change"}.get(name := cls.__name__.lower(), name.removesuffix("document"))
    placed = any(a.name == "places" for a in attrs.fields(cls))

    def structure(node: Node, _: type) -> object:
        if not isinstance(node, Map):
            raise fail(node.mark, f"{values.kind_of(node)} where a map with {_some(fields)} is due")
        made: dict[str, Any] = {}
        faults: list[Problem] = []
        for key, value in node.entries:
            if key.text in fields:
                try:
                    made[fields[key.text].name] = hooks[key.text](value, fields[key.text].type)
                except Faulty as fault:
                    faults += fault.problems
            elif len(faults) < MANY:
                instead = _OF_AN_EDIT.get(key.text) if cls is doc.EditChange else None
                faults.append(Problem(key.mark, instead) if instead else values.unknown_key(key, fields))
        present = {key.text for key, _ in node.entries}
        said = {word.message for word in faults}
        for key in required:
            if key not in present and not any(f"did you mean `{key}`" in message for message in said):
                faults.append(Problem(node.mark, f"this {what} has no `{key}`"))
        if faults:
            raise Faulty(faults)
        if placed:
            made["places"] = dict(_places(node))
        return cls(**made, mark=node.mark)

    return structure


def _places(node: Map) -> Iterator[tuple[str, Mark]]:
    """The place of the value of each key; in `profiles` of an overlay also that of each code."""
    for key, value in node.entries:
        yield key.text, value.mark
        if key.text == "profiles" and isinstance(value, Map):
            yield from ((f"profiles {code.text}", code.mark) for code, _ in value.entries)


def _names_or_all(node: Node, _: Any) -> tuple[doc.Name, ...]:
    """A list of names; ``all`` stands for no restriction and gives the empty tuple."""
    if values.is_text(node, "all"):
        return ()
    names = tuple(gather(values.name_of, values.items_of(node)))
    if not names:
        raise fail(node.mark, "an empty list; write `all`, or the payers whose rule it is")
    return names


def _tuple_hook(converter: Converter, cls: Any) -> Callable[[Node, Any], object]:
    inner = get_args(cls)[0]
    hook = converter.get_structure_hook(inner)
    return lambda node, _: tuple(_each(hook, inner, values.items_of(node)))


def _each(hook: Callable[[Node, Any], object], inner: object, nodes: Iterable[Node]) -> list[object]:
    return gather(lambda node: hook(node, inner), nodes)


def _mapping_hook(converter: Converter, cls: Any) -> Callable[[Node, Any], object]:
    inner = get_args(cls)[1]
    hook = converter.get_structure_hook(inner)

    def structure(node: Node, _: Any) -> object:
        entries = values.map_of(node).entries
        made = _each(hook, inner, (value for _, value in entries))
        if attrs.has(inner):  # its place is that of its name
            made = [attrs.evolve(cast(Any, each), mark=key.mark) for (key, _), each in zip(entries, made, strict=True)]
        return dict(zip((key.text for key, _ in entries), made, strict=True))

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


def _some(fields: Mapping[str, object]) -> str:
    return ", ".join(f"`{key}`" for key in list(fields)[:3])
