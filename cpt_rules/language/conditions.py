"""Clauses: maps of conditions. A condition is a field, an operator carried in the key, and an operand."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator
from typing import cast

from cpt_rules.language import documents as doc
from cpt_rules.language.faults import Faulty, fail, gather
from cpt_rules.language.problems import Problem, did_you_mean, shown
from cpt_rules.language.read import Map, Node, Scalar, Sequence

_OPERATORS = dict.fromkeys((*doc.SCALAR_OPERATORS, *doc.LIST_OPERATORS))
_GROUPS = ("any", "all", "not")
#: What other languages and everyday speech call an operator.
_MEANT = {
    "=": "is", "==": "is", "equals": "is", "!=": "is not", "<>": "is not", "not": "is not",
    "<=": "at most", ">=": "at least", "<": "before", ">": "on or after", "after": "on or after", "on": "is",
    "one of": "in", "not one of": "not in", "contains": "any of", "includes": "any of", "any": "any of",
    "none": "none of", "all": "has all", "all of": "has all", "has": "any of",
    "matches": "is a", "is an": "is a", "is one of": "in", "is in": "in", "is not in": "not in",
}  # fmt: skip


_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")


def parse_clause(node: Node) -> doc.Clause:
    """A map of conditions, or a group. Raises `Faulty` with every problem in it."""
    if not isinstance(node, Map):
        what = "text" if isinstance(node, Scalar) else "a list"
        more = " (for several of which one must hold: {any: [{…}, {…}]})" if isinstance(node, Sequence) else ""
        raise fail(node.mark, f"{what} where conditions are due; write a map such as {{line.pos in: [11, 81]}}{more}")
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
    if operator and operator not in _OPERATORS:
        known = f"; operators: {', '.join(_OPERATORS)}"
        meant = _MEANT.get(operator.strip().lower())
        hint = f"; did you mean `{meant}`?" if meant else did_you_mean(operator, _OPERATORS, known)
        raise fail(key.mark, f"unknown operator {shown(operator)}{hint}")
    word = value.text if isinstance(value, Scalar) and not value.quoted else ""
    if "." not in field and word.removeprefix("not ") not in ("found", "available"):
        near = difflib.get_close_matches(word, ("found", "available", *doc.STATES), n=1, cutoff=0.7)
        of_lookup = (
            f"; of a look-up write `{field}: {'available' if near == ['available'] else 'found'}`" if near else ""
        )
        hint = of_lookup or did_you_mean(field, _GROUPS, "; a field has a dot, such as line.code")
        raise fail(key.mark, f"{shown(field)} is neither a field nor any, all, not{hint}")
    if isinstance(value, Scalar) and not value.quoted:
        opposite = value.text.removeprefix("not ")
        if opposite != value.text and opposite in doc.STATES:
            raise fail(value.mark, f"{shown(value.text)} is no operand; write `{_negated(field, opposite)}`")
        if value.text in doc.STATES:
            if operator:
                better = _negated(field, value.text) if "not" in operator else f"{field}: {value.text}"
                raise fail(value.mark, f"{shown(value.text)} goes with no operator; write `{better}`")
            return doc.Leaf(field, cast(doc.Operator, value.text), mark=key.mark)
    if isinstance(value, Sequence):
        for item in value.items:
            if isinstance(item, Scalar) and not item.quoted and item.text in doc.STATES:
                raise fail(
                    item.mark, f"{shown(item.text)} in a list; write `{field}: {item.text}`, or quote it if it is text"
                )
    if isinstance(value, Map) and value.entries:
        inside = value.entries[0][0].text
        if inside in _OPERATORS or inside in _MEANT:
            better = inside if inside in _OPERATORS else _MEANT[inside]
            raise fail(
                value.mark,
                f"a map where text or a list is due; write the operator behind the field: `{field} {better}: …`",
            )
    return doc.Leaf(field, cast(doc.Operator, operator or "is"), parse_items(value), mark=key.mark)


def _negated(field: str, state: str) -> str:
    """How to say that a field is not present, absent or available."""
    opposite = {"present": "absent", "absent": "present"}.get(state)
    return f"{field}: {opposite}" if opposite else f"not: {{{field}: {state}}}"


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
    if text != text.strip():
        raise fail(node.mark, f"{shown(text)} starts or ends with a blank; leave the blank out")
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
    return tuple(dict.fromkeys(_PLACEHOLDER.findall(template)))


def stray_brace(template: str) -> bool:
    """Whether a message has a brace that belongs to no name in braces."""
    rest = _PLACEHOLDER.sub("", template)
    return "{" in rest or "}" in rest
