"""Collecting problems: one part of a document may be wrong in several places, and all of them are said."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeVar

from cpt_rules.language.problems import MANY, Mark, Problem

S = TypeVar("S")
T = TypeVar("T")


class Faulty(Exception):
    """A part of a document that could not be built, with every problem in it."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        super().__init__()
        self.problems = list(problems)


def fail(mark: Mark, message: str) -> Faulty:
    """The fault of one problem, to be raised."""
    return Faulty([Problem(mark, message)])


def gather(function: Callable[[S], T], things: Iterable[S]) -> list[T]:
    """`function` of each thing. Raises `Faulty` with the problems of every thing that failed."""
    found: list[T] = []
    problems: list[Problem] = []
    for thing in things:
        try:
            found.append(function(thing))
        except Faulty as fault:
            problems += fault.problems
            if len(problems) >= MANY:
                break
    if problems:
        raise Faulty(problems)
    return found
