"""Mutants of conditions: a part left out, negated, `any` for `all`, another operator, another operand."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from decimal import Decimal

from attrs import evolve, frozen

from cpt_rules.engine.reference_explain import leaf_text
from cpt_rules.finding import shown
from cpt_rules.language import documents as doc
from cpt_rules.language.conditions import leaves
from cpt_rules.ruleset.typing import Kind, line_field
from cpt_rules.testing.mutation.mutant import changed
from cpt_rules.testing.reach.values import DAY, beside

#: The type of what a condition asks.
KindOf = Callable[[str], Kind | None]

#: Operators by their neighbours and opposites. What is marked True is exactly the negation.
_SCALAR: dict[str, tuple[tuple[doc.Operator, bool], ...]] = {
    "is": (("is not", True),),
    "is not": (("is", True),),
    "in": (("not in", True),),
    "not in": (("in", True),),
    "at least": (("at most", False),),
    "at most": (("at least", False),),
    "before": (("on or after", False),),
    "on or after": (("before", False),),
    "is a": (("present", False),),
    "present": (("absent", True), ("available", False)),
    "absent": (("present", True),),
    "available": (("present", False),),
}
_LIST: dict[str, tuple[tuple[doc.Operator, bool], ...]] = {
    "any of": (("none of", True), ("only", False), ("has all", False)),
    "none of": (("any of", True),),
    "only": (("any of", False), ("none of", False)),
    "has all": (("any of", False), ("only", False)),
    "is a": (("present", False),),
    "present": (("absent", True), ("available", False)),
    "absent": (("present", True),),
    "available": (("present", False),),
}
_LOOKUP: dict[str, tuple[tuple[doc.Operator, bool], ...]] = {
    "found": (("available", False),),
    "available": (("found", False),),
}


@frozen
class Changed:
    """A clause in which one thing is different: what, and the conditions concerned as they were."""

    what: str
    clause: doc.Clause
    leaves: tuple[doc.Leaf, ...]


def mutated(clause: doc.Clause, kind_of: KindOf, *, operators_only: bool = False) -> Iterator[Changed]:
    """Every mutant of a clause; with `operators_only` those of operators and of `any` and `all`."""
    if isinstance(clause, doc.Leaf):
        yield from _leaf(clause, kind_of, operators_only)
        return
    text, inside = clause_text(clause), tuple(leaves(clause))
    if isinstance(clause, doc.Not):
        yield Changed(f"{text} without `not`", clause.clause, inside)
        for each in mutated(clause.clause, kind_of, operators_only=operators_only):
            if not (isinstance(clause.clause, doc.Leaf) and isinstance(each.clause, doc.Not)):
                yield evolve(each, clause=doc.Not(each.clause))
        return
    parts = clause.clauses
    if not parts:
        return
    if len(parts) > 1:
        other = doc.AnyOf(parts) if isinstance(clause, doc.AllOf) else doc.AllOf(parts)
        yield Changed(f"{text} becomes {'any' if isinstance(clause, doc.AllOf) else 'all'}", other, inside)
    if not operators_only:
        yield Changed(f"{text} negated", doc.Not(clause), inside)
    for place, part in enumerate(parts):
        before, after = parts[:place], parts[place + 1 :]
        if len(parts) > 1 and not operators_only:
            what = f"{clause_text(part)} left out"
            yield Changed(what, evolve(clause, clauses=(*before, *after)), tuple(leaves(part)))
        for each in mutated(part, kind_of, operators_only=operators_only):
            yield evolve(each, clause=evolve(clause, clauses=(*before, each.clause, *after)))


def clause_text(clause: doc.Clause) -> str:
    """A clause for people and for lists: ``any(line.pos: 81; not(claim.void: yes))``."""
    if isinstance(clause, doc.Leaf):
        return f"`{leaf_text(clause)}`"
    return f"`{_text(clause)}`"


def _text(clause: doc.Clause) -> str:
    if isinstance(clause, doc.Leaf):
        return leaf_text(clause)
    if isinstance(clause, doc.Not):
        return f"not({_text(clause.clause)})"
    head = "all" if isinstance(clause, doc.AllOf) else "any"
    return f"{head}({'; '.join(map(_text, clause.clauses))})"


# ---- one condition -------------------------------------------------------------------------------------------------


def _leaf(leaf: doc.Leaf, kind_of: KindOf, operators_only: bool) -> Iterator[Changed]:
    text = clause_text(leaf)
    kind = kind_of(leaf.field)
    negated = False
    for operator, exact in _flips(leaf, kind):
        items = () if operator in doc.STATES else leaf.items
        other = evolve(leaf, operator=operator, items=items)
        negated = negated or exact
        yield Changed(f"{text} becomes {clause_text(other)}", other, (leaf,))
    if not negated:
        yield Changed(f"{text} negated", doc.Not(leaf), (leaf,))
    if operators_only or leaf.operator == "is a":
        return
    for what, items in operands(leaf.items, kind):
        yield Changed(f"{text} {what}", evolve(leaf, items=items), (leaf,))
    for other in _sides(leaf):
        yield Changed(f"{text} becomes {clause_text(other)}", other, (leaf,))


def _flips(leaf: doc.Leaf, kind: Kind | None) -> Iterator[tuple[doc.Operator, bool]]:
    if "." not in leaf.field:
        found = _LOOKUP
    else:
        found = _LIST if kind is not None and kind.many else _SCALAR
    one = len(leaf.items) == 1 and isinstance(leaf.items[0], doc.Constant)
    for operator, exact in found.get(leaf.operator, ()):
        if not (one and {leaf.operator, operator} == {"any of", "has all"}):  # the same for one value
            yield operator, exact


def _sides(leaf: doc.Leaf) -> Iterator[doc.Leaf]:
    """The same asked of the other line of a pair."""
    head, _, rest = leaf.field.partition(".")
    named = {item.name for item in leaf.items if isinstance(item, doc.FieldRef)}
    if head in ("a", "b") and line_field(leaf.field) not in map(line_field, named):
        yield evolve(leaf, field=f"{'b' if head == 'a' else 'a'}.{rest}")


def operands(items: tuple[doc.Item, ...], kind: Kind | None) -> Iterator[tuple[str, tuple[doc.Item, ...]]]:
    """Operands in which one thing is different: an item left out, a number or day beside it, a shorter or longer range."""
    for place, item in enumerate(items):
        before, after = items[:place], items[place + 1 :]
        if len(items) > 1:
            yield f"without `{item_text(item)}`", (*before, *after)
        for other in beside_item(item, kind if len(items) == 1 else None):
            yield f"with `{item_text(other)}` for `{item_text(item)}`", (*before, other, *after)


def beside_item(item: doc.Item, kind: Kind | None) -> Iterator[doc.Item]:
    """What lies beside a value: numbers and days one less and one more, ends of ranges, another of a few choices."""
    if isinstance(item, doc.Span):
        for end in ("first", "last"):
            for near in beside(getattr(item, end)):
                longer = changed(item, **{end: near})
                if longer.first <= longer.last:
                    yield longer
    elif isinstance(item, doc.Constant):
        value = item.value
        if isinstance(value, bool) or (kind is not None and kind.choices):
            if kind is not None and kind.choices and value in kind.choices:
                place = kind.choices.index(str(value))
                choice = kind.choices[(place + 1) % len(kind.choices)]
                if choice != value:
                    yield evolve(item, value=choice)
        elif isinstance(value, Decimal | int | dt.date):
            yield from (evolve(item, value=near) for near in beside(value))


def item_text(item: doc.Item) -> str:
    if isinstance(item, doc.SetRef):
        return f"$set.{item.id}"
    if isinstance(item, doc.FieldRef):
        return f"${item.name}"
    return f"{item.first}-{item.last}" if isinstance(item, doc.Span) else shown(item.value)


def days_beside(day: dt.date) -> Iterator[dt.date]:
    """The day before and the day after."""
    if dt.date.min < day < dt.date.max:
        yield day - DAY
        yield day + DAY
