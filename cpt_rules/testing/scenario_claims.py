"""Nodes → claims: a claim in YAML with the keys of the JSON form, each mistake with its place.

The types come from the classes of the claim itself. Three keys may be left out that JSON requires: `id` and the
`number` of a line, which are then counted, and `type`, which is then professional. `null` is absent, as in JSON.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable
from decimal import Decimal
from functools import cache
from typing import Any, Literal, get_args, get_origin, get_type_hints

import attrs

from cpt_rules.claim import LINES_OF_BUSINESS, Claim, Diagnosis, Line, Payer
from cpt_rules.fields import STORED_FIELDS
from cpt_rules.formats import parse_number
from cpt_rules.language import values
from cpt_rules.language.faults import Faulty, fail, gather
from cpt_rules.language.problems import Mark, Problem, did_you_mean, shown
from cpt_rules.language.read import Map, Node, Scalar
from cpt_rules.readers.json_claim import claim_from_json
from cpt_rules.readers.problem import InputError

_MOST = 999_999
_STEP = re.compile(r"[^.\[\]]+|\[\d+\]")


def claims_of(node: Node) -> tuple[Claim, ...]:
    """One claim, or a list of them. Raises `Faulty` with every problem."""
    nodes = values.items_of(node) if not isinstance(node, Map) else (node,)
    if not nodes:
        raise fail(node.mark, "an empty list; give a claim")
    return tuple(gather(lambda numbered: _claim(*numbered), enumerate(nodes, 1)))


def _claim(number: int, node: Node) -> Claim:
    record = _object(node, Claim)
    record.setdefault("id", str(number))
    record.setdefault("type", "professional")
    for place, line in enumerate(record.get("lines", ()), 1):
        line.setdefault("number", place)
    try:
        return claim_from_json(record)
    except InputError as error:
        problem = error.problem
        what = f"`{problem.path}` {problem.message}" if problem.path else problem.message
        raise fail(_at(node, problem.path), what + (f"; {problem.remedy}" if problem.remedy else "")) from None


def _at(node: Node, path: str) -> Mark:
    """The place of a path such as ``lines[0].code``, or of what it would stand in."""
    for step in _STEP.findall(path):
        inner: Node | None = None
        if isinstance(node, Map):
            inner = next((value for key, value in node.entries if key.text == step), None)
        elif step.startswith("[") and not isinstance(node, Scalar) and int(step[1:-1]) < len(node.items):
            inner = node.items[int(step[1:-1])]
        if inner is None:
            break
        node = inner
    return node.mark


# ---- by type -------------------------------------------------------------------------------------------------------


@cache
def _types(cls: type) -> dict[str, Any]:
    hints = get_type_hints(cls)
    return {each.name: hints[each.name] for each in attrs.fields(cls) if each.name != "origin"}


def _object(node: Node, cls: type) -> dict[str, Any]:
    """The JSON object of a map: texts, whole numbers, booleans and what they are put together to."""
    if not isinstance(node, Map):
        raise fail(node.mark, f"{values.kind_of(node)} where a {cls.__name__.lower()} is due; write a map of its keys")
    types = _types(cls)
    faults: list[Problem] = []
    record: dict[str, Any] = {}
    for key, value in node.entries:
        if key.text not in types:
            faults.append(_unknown_key(key, cls, types))
            continue
        if values.is_text(value, "null"):
            continue
        try:
            record[key.text] = _value(value, types[key.text], cls, key.text)
        except Faulty as fault:
            faults += fault.problems
    if faults:
        raise Faulty(faults)
    return record


def _unknown_key(key: Scalar, cls: type, types: Iterable[str]) -> Problem:
    """With a hint where a name of the rules was written for one of the claim."""
    head, _, rest = key.text.partition(".")
    if rest:
        inside = {"line": "write it into a line, as", "claim": "write it beside `lines`, as"}.get(head)
        name = rest if inside else key.text
        nested = f"{name.partition('.')[0]}: {{{name.partition('.')[2]}: …}}" if "." in name else name
        return Problem(
            key.mark, f"unknown key {shown(key.text)}; a claim is written as in JSON: {inside or 'write'} `{nested}`"
        )
    if cls is Claim and key.text in _types(Line):
        return Problem(key.mark, f"unknown key {shown(key.text)} of a claim; it belongs into a line")
    listed = f"; known here: {', '.join(types)}"
    what = f"unknown key {shown(key.text)} of a {cls.__name__.lower()}"
    return Problem(key.mark, what + did_you_mean(key.text, types, listed))


def _value(node: Node, kind: Any, cls: type, name: str) -> Any:
    if kind == frozenset[str]:
        return gather(_stored, values.items_of(node))
    if get_origin(kind) is tuple:
        inner = get_args(kind)[0]
        return gather(lambda item: _value(item, inner, cls, name), values.items_of(node))
    options = [each for each in get_args(kind) if each is not type(None)] if _is_union(kind) else [kind]
    (one,) = options
    if one is Diagnosis and isinstance(node, Scalar):
        return values.text_of(node)
    if attrs.has(one):
        return _object(node, one)
    if cls is Payer and name == "line_of_business":
        return values.choice(node, Literal[LINES_OF_BUSINESS])
    return _scalar(node, one)


def _is_union(kind: Any) -> bool:
    return type(None) in get_args(kind)


def _scalar(node: Node, kind: Any) -> Any:
    if get_origin(kind) is Literal:
        return values.choice(node, kind)
    if kind is dt.date:
        return values.date_of(node).isoformat()
    text = values.text_of(node)
    if kind is bool:
        if text not in ("yes", "no", "true", "false"):
            raise fail(node.mark, f"{shown(text)} is not possible here; one of: yes, no")
        return text in ("yes", "true")
    if kind is int:
        if not (text.isascii() and text.isdigit() and len(text) <= len(str(_MOST))):
            raise fail(node.mark, f"{shown(text)} is not a whole number; write digits, such as 2")
        return int(text)
    if kind is Decimal and parse_number(text) is None:
        raise fail(node.mark, f"{shown(text)} is not a number; write digits and a point only, such as 12 or 14.05")
    return text


def _stored(node: Node) -> str:
    text = values.text_of(node)
    if text not in STORED_FIELDS:
        hint = did_you_mean(text, STORED_FIELDS, "; name fields that a feed carries")
        raise fail(node.mark, f"{shown(text)} is no field that a feed could lack{hint}")
    return text
