"""An edit as the rete engine hands it to the Rete: its clauses as gates over conditions, `not` moved to the conditions.

Kleene's truth values need no arithmetic so: in a gate of which all must hold, one false term decides it, else one
unknown term makes it unknown, else it is true; in one of which any may hold, the same with true and false exchanged.
So only what is not *neutral* is ever said of a gate: false and unknown of an `all`, true and unknown of an `any`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Literal

from attrs import frozen

from cpt_rules.engine.reference_edits import EditChangeInForce
from cpt_rules.engine.reference_values import Truth, negated
from cpt_rules.language import documents as doc

Operator = Literal["all", "any"]
NEUTRAL: dict[Operator, bool] = {"all": True, "any": False}


@frozen
class Condition:
    """A condition, or its opposite. `of_claim`: on every line of a claim, of one day, it holds alike."""

    leaf: doc.Leaf
    opposite: bool = False
    of_claim: bool = False


@frozen
class Fixed:
    """A truth that needs no condition: whether an edit is the payer's, whether an overlay concerns the claim."""

    truth: Truth


@frozen
class Gate:
    """Terms of which all must hold, or any. `height` is 1 where no term is a gate, else one more than the highest."""

    operator: Operator
    terms: tuple[Term, ...]
    height: int


Term = Condition | Fixed | Gate


@frozen
class Shape:
    """An edit under the changes in force. It applies if all of `applies` hold, is met if all of `require` hold.

    Where it is not met it fails if its severity says so or any of `fails` holds, else it warns.
    """

    applies: tuple[Term, ...]
    require: tuple[Term, ...]
    fails: tuple[Term, ...]


def shape_of(edit: doc.Edit, changes: Sequence[EditChangeInForce], payers: Truth) -> Shape:
    """The shape of an edit. `payers`: whether it is the payer's edit."""
    applies: list[Term] = [] if payers is True else [Fixed(payers)]
    applies += _flat("all", [_term(edit.when, False, edit), _term(edit.unless, True, edit)])
    for each in changes:
        if each.change.unless is not None:
            applies += _exception(each.change.unless, bool(each.link.undecided), edit)
    fails = [] if edit.fail_when is None else [_term(edit.fail_when, False, edit)]
    require = _flat("all", [_term(edit.require, False, edit)])
    return Shape(tuple(applies), tuple(require), tuple(_flat("any", fails)))


def terms_of(edit: doc.Edit, exceptions: Iterable[doc.Clause]) -> list[Term]:
    """All terms of an edit, with those of the exceptions that overlays may add."""
    shape = shape_of(edit, (), True)
    added = [term for each in exceptions for term in _exception(each, True, edit)]
    return [*shape.applies, *shape.require, *shape.fails, *added]


def gates(terms: Iterable[Term]) -> Iterator[Gate]:
    """All gates in the terms."""
    for term in terms:
        if isinstance(term, Gate):
            yield term
            yield from gates(term.terms)


def _exception(unless: doc.Clause, undecided: bool, edit: doc.Edit) -> list[Term]:
    """That an exception of an overlay does not hold; where it is open whether the overlay counts, unknown at best."""
    term = _term(unless, True, edit)
    return _flat("all", [_gate("any", [Fixed(None), term]) if undecided else term])


def _term(clause: doc.Clause, opposite: bool, edit: doc.Edit) -> Term:
    if isinstance(clause, doc.Leaf):
        return Condition(clause, opposite, _of_claim(clause, edit))
    if isinstance(clause, doc.Not):
        return _term(clause.clause, not opposite, edit)
    operator: Operator = "all" if isinstance(clause, doc.AllOf) is not opposite else "any"
    return _gate(operator, [_term(each, opposite, edit) for each in clause.clauses])


def _gate(operator: Operator, terms: Iterable[Term]) -> Term:
    found = _flat(operator, terms)
    if len(found) == 1:
        return found[0]
    height = 1 + max((term.height for term in found if isinstance(term, Gate)), default=0)
    return Gate(operator, tuple(found), height)


def _flat(operator: Operator, terms: Iterable[Term]) -> list[Term]:
    """The terms of one gate; a gate of the same kind gives its own terms instead, so that no two of a kind touch."""
    found: list[Term] = []
    for term in terms:
        found += term.terms if isinstance(term, Gate) and term.operator == operator else [term]
    return found


def held(condition: Condition, truth: Truth) -> Truth:
    """The truth of a condition, from that of its leaf."""
    return negated(truth) if condition.opposite else truth


#: First words of names that differ from line to line.
_OF_LINES = ("line", "a", "b", "day", "profile")


def _of_claim(leaf: doc.Leaf, edit: doc.Edit) -> bool:
    names = [leaf.field, *refs(leaf)]
    for lookup in (edit.lookup.get(name.partition(".")[0]) for name in list(names)):
        if lookup is not None:
            items = [*lookup.keys.values(), lookup.setting]
            names += [item.name for item in items if isinstance(item, doc.FieldRef)]
    return all(name.partition(".")[0] not in _OF_LINES for name in names)


def refs(leaf: doc.Leaf) -> list[str]:
    """The names of the fields, facts and look-ups in the operand of a condition."""
    return [item.name for item in leaf.items if isinstance(item, doc.FieldRef)]
