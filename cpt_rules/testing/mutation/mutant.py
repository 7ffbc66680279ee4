"""One mutant: a linked ruleset in which one thing is different, and whom that may concern."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, TypeVar

from attrs import evolve, field, frozen

from cpt_rules.language import documents as doc
from cpt_rules.reading import Value
from cpt_rules.ruleset.ruleset import Ruleset


@frozen
class Mutant:
    """A mutant of a document.

    `of` names the document as ``KIND ID``, `mutation` says what is different. `edits` are those whose outcome may change,
    the nearest first. `leaves` are the conditions, as they stand in the ruleset, by which that would be seen, `values`
    what their fields may have to hold; both only say where to look first.
    """

    of: str
    mutation: str
    ruleset: Ruleset = field(repr=False)
    edits: tuple[str, ...]
    leaves: tuple[doc.Leaf, ...] = ()
    values: tuple[Value, ...] = ()


T = TypeVar("T", bound=doc.Edit | doc.EditChange | doc.ValueChange | doc.Overlay | doc.For | doc.Span)


def changed(part: T, **changes: Any) -> T:
    """The part with other values of some attributes."""
    return evolve(part, **changes)


def told_apart(mutants: Iterable[Mutant]) -> Iterator[Mutant]:
    """The same mutants; where several are called alike, the later ones have a number."""
    seen: dict[tuple[str, str], int] = {}
    for each in mutants:
        key = (each.of, each.mutation)
        seen[key] = seen.get(key, 0) + 1
        yield each if seen[key] == 1 else evolve(each, mutation=f"{each.mutation} ({seen[key]})")
