"""Clauses by meaning: two that are equal here hold on the same claims, however they are written.

The order of conditions, groups within groups of the same kind, lists of one, ranges written out and double negations
make no difference.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from attrs import frozen

from cpt_rules.finding import shown
from cpt_rules.language import documents as doc
from cpt_rules.reading import Value
from cpt_rules.ruleset.knowledge import codes

#: Operators that say the same of one value and of several.
_SAME: dict[str, str] = {"in": "is", "not in": "is not"}
_OPPOSITE: dict[str, str] = {
    "is": "is not", "is not": "is", "any of": "none of", "none of": "any of", "present": "absent", "absent": "present",
}  # fmt: skip


@frozen(cache_hash=True)
class Condition:
    """One condition. `operand` are the values it names, ranges written out, and the sets and fields; without an order."""

    field: str
    operator: str
    operand: frozenset[tuple[str, str, Value]] = frozenset()


@frozen(cache_hash=True)
class Group:
    """``all``, ``any``, or ``not`` of one part; without an order."""

    word: str
    parts: frozenset[Meaning]


Meaning = Condition | Group

TRUE = Group("all", frozenset())
FALSE = Group("any", frozenset())


def meaning(clause: doc.Clause | None) -> Meaning:
    """What a clause says. None, as of a part that is not there, is never true."""
    return FALSE if clause is None else _meaning(clause, negated=False)


def _meaning(clause: doc.Clause, negated: bool) -> Meaning:
    if isinstance(clause, doc.Not):
        return _meaning(clause.clause, not negated)
    if isinstance(clause, doc.Leaf):
        return _condition(clause, negated)
    word = "any" if isinstance(clause, doc.AnyOf) is not negated else "all"
    found: set[Meaning] = set()
    for each in clause.clauses:
        part = _meaning(each, negated)
        if isinstance(part, Group) and part.word == word:
            found |= part.parts
        else:
            found.add(part)
    return next(iter(found)) if len(found) == 1 else Group(word, frozenset(found))


def _condition(leaf: doc.Leaf, negated: bool) -> Meaning:
    operator = _SAME.get(leaf.operator, leaf.operator)
    operand = frozenset(_operand(leaf))
    if not negated:
        return Condition(leaf.field, operator, operand)
    if operator in _OPPOSITE:
        return Condition(leaf.field, _OPPOSITE[operator], operand)
    return Group("not", frozenset((Condition(leaf.field, operator, operand),)))


def _operand(leaf: doc.Leaf) -> Iterator[tuple[str, str, Value]]:
    for item in leaf.items:
        yield from tokens(item)


def tokens(item: doc.Item) -> Iterator[tuple[str, str, Value]]:
    """The values that an item names, each with its kind and type so that no two that differ are equal."""
    if isinstance(item, doc.Constant):
        yield "value", type(item.value).__name__, item.value
    elif isinstance(item, doc.Span):
        yield from (("value", "str", code) for code in codes(item))
    elif isinstance(item, doc.SetRef):
        yield "set", "", item.id
    else:
        yield "field", "", item.name


# ---- in words ------------------------------------------------------------------------------------------------------


def clause_text(clause: doc.Clause | None) -> str:
    """A clause as it is written, on one line: ``line.pos: 81; any: [{claim.clia: absent}, {…}]``."""
    if clause is None or clause == doc.NEVER:
        return "never"
    if clause == doc.ALWAYS:
        return "always"
    return _text(clause)


def _text(clause: doc.Clause) -> str:
    if isinstance(clause, doc.Leaf):
        return condition_text(clause)
    if isinstance(clause, doc.Not):
        return f"not: {{{_text(clause.clause)}}}"
    if isinstance(clause, doc.AllOf):
        return "; ".join(map(_text, clause.clauses))
    return f"any: [{', '.join('{' + _text(each) + '}' for each in clause.clauses)}]"


def condition_text(leaf: doc.Leaf) -> str:
    """One condition as it is written: ``line.code in: $set.lab.tests``."""
    if leaf.operator in doc.STATES:
        return f"{leaf.field}: {leaf.operator}"
    items = items_text(leaf.items)
    operand = items if len(leaf.items) == 1 else f"[{items}]"
    return f"{leaf.field}: {operand}" if leaf.operator == "is" else f"{leaf.field} {leaf.operator}: {operand}"


def items_text(items: Iterable[doc.Item]) -> str:
    """Items as they are written, commas between them."""
    return ", ".join(map(item_text, items))


def item_text(item: doc.Item) -> str:
    if isinstance(item, doc.SetRef):
        return f"$set.{item.id}"
    if isinstance(item, doc.FieldRef):
        return f"${item.name}"
    return f"{item.first}-{item.last}" if isinstance(item, doc.Span) else shown(item.value)
