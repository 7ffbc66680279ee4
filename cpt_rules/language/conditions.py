"""Clauses: maps of conditions. A condition is a field, an operator carried in the key, and an operand."""

from __future__ import annotations

from collections.abc import Iterator
from typing import cast

from cpt_rules.language import documents as doc
from cpt_rules.language.faults import Faulty, fail, gather
from cpt_rules.language.problems import Problem, did_you_mean, shown
from cpt_rules.language.read import Map, Node, Scalar, Sequence

_OPERATORS = dict.fromkeys((*doc.SCALAR_OPERATORS, *doc.LIST_OPERATORS))
_GROUPS = ("any", "all", "not")


def parse_clause(node: Node) -> doc.Clause:
    """A map of conditions, or a group. Raises `Faulty` with every problem in it."""
    if not isinstance(node, Map):
        raise fail(node.mark, "a clause is a map of conditions, such as {line.code in: $set.clfs.codes}")
    if not node.entries:
        raise fail(node.mark, "an empty clause; write a condition or leave it out")
    parts = gather(_part, node.entries)
    return parts[0] if len(parts) == 1 else doc.AllOf(tuple(parts))


def _part(entry: tuple[Scalar, Node]) -> doc.Clause:
    key, value = entry
    if key.text == "not":
        return doc.Not(parse_clause(value))
    if key.text in ("any", "all"):
        if not isinstance(value, Sequence) or not value.items:
            raise fail(value.mark, f"`{key.text}` takes a list of clauses: [{{…}}, {{…}}]")
        clauses = tuple(gather(parse_clause, value.items))
        return doc.AnyOf(clauses) if key.text == "any" else doc.AllOf(clauses)
    return _condition(key, value)


def _condition(key: Scalar, value: Node) -> doc.Leaf:
    field, _, operator = key.text.partition(" ")
    operator = operator or "is"
    if operator not in _OPERATORS:
        known = f"; operators: {', '.join(_OPERATORS)}"
        raise fail(key.mark, f"unknown operator {shown(operator)}{did_you_mean(operator, _OPERATORS, known)}")
    if "." not in field:
        hint = did_you_mean(field, _GROUPS, "; a field has a dot, such as line.code")
        raise fail(key.mark, f"{shown(field)} is neither a field nor any, all, not{hint}")
    if isinstance(value, Scalar) and value.text in doc.STATES and not value.quoted:
        if operator != "is":
            better = {"present": "absent", "absent": "present"}.get(value.text, "")
            hint = (
                f"; write `{field}: {better}`"
                if operator == "is not" and better
                else f"; write `{field}: {value.text}`"
            )
            raise fail(value.mark, f"`{value.text}` goes with no operator{hint}")
        return doc.Leaf(field, cast(doc.Operator, value.text), mark=key.mark)
    return doc.Leaf(field, cast(doc.Operator, operator), parse_items(value), mark=key.mark)


def parse_items(node: Node) -> tuple[doc.Item, ...]:
    """The items of an operand or of a dated value: texts, ``first-last``, ``$set.ID``, ``$FIELD``."""
    if isinstance(node, Map):
        raise fail(node.mark, "a map where text or a list is due; if it is text, quote it")
    nodes = (node,) if isinstance(node, Scalar) else node.items
    return tuple(gather(_item, nodes))


def _item(node: Node) -> doc.Item:
    if not isinstance(node, Scalar):
        raise fail(node.mark, "a list or map inside a list; write texts, first-last, $set.ID or $FIELD")
    text = node.text
    if not text.strip():
        raise fail(node.mark, "empty text; write something or leave it out")
    if node.quoted or not (text[0] == "$" or "-" in text):
        return doc.Constant(text, mark=node.mark)
    if text.startswith("$set."):
        return doc.SetRef(text[5:], mark=node.mark)
    if text[0] == "$":
        return doc.FieldRef(text[1:], mark=node.mark)
    first, _, last = text.partition("-")
    if first and last and _shape(first) == _shape(last) and "0" in _shape(first) and "-" not in last:
        if first > last:
            raise Faulty([Problem(node.mark, f"the range {shown(text)} runs backwards; write {last}-{first}")])
        return doc.Span(first, last, mark=node.mark)
    return doc.Constant(text, mark=node.mark)


def _shape(code: str) -> str:
    return "".join("0" if "0" <= c <= "9" else c for c in code)


def leaves(clause: doc.Clause | None) -> Iterator[doc.Leaf]:
    """The conditions of a clause in document order."""
    if isinstance(clause, doc.Leaf):
        yield clause
    elif isinstance(clause, doc.Not):
        yield from leaves(clause.clause)
    elif clause is not None:
        for each in clause.clauses:
            yield from leaves(each)


def placeholders(template: str) -> tuple[str, ...]:
    """The names in braces of a message, in order, each once."""
    return tuple(dict.fromkeys(part.partition("}")[0] for part in template.split("{")[1:]))
