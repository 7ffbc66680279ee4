"""What is wrong with a ruleset: every problem with its place, and what would be right."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable
from functools import lru_cache
from typing import NamedTuple

from attrs import frozen

#: Problems of one part of a file after which the rest of it is not looked at: nobody reads on.
MANY = 200


class Mark(NamedTuple):
    """A place in a ruleset file; line and column count from 1."""

    path: str
    line: int
    column: int


@frozen(order=True)
class Problem:
    """One thing wrong. `str()` gives ``path:line:column: what is wrong; what would be right``."""

    mark: Mark
    message: str

    def __str__(self) -> str:
        return f"{self.mark.path}:{self.mark.line}:{self.mark.column}: {self.message}"


class RulesetError(Exception):
    """Rulesets that cannot be used. `problems` holds every problem that was found, in order of path and place."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems: tuple[Problem, ...] = tuple(sorted(set(problems)))
        super().__init__("\n".join(map(str, self.problems)))


def did_you_mean(word: str, known: Iterable[str], otherwise: str = "") -> str:
    """``"; did you mean `x`?"`` for the nearest of `known`, else `otherwise` (given with its own semicolon)."""
    near = _nearest(word[:80], tuple(sorted(known)))
    return f"; did you mean `{near}`?" if near else otherwise


_CODE = re.compile(r"[A-Z]?[0-9]{2,}[A-Z]?").fullmatch


@lru_cache(maxsize=1000)
def _nearest(word: str, known: tuple[str, ...]) -> str | None:
    """The known word that someone who wrote `word` may have meant. Codes that differ are not each other's typos."""
    if _CODE(word):
        return None
    for each in known:
        if each.casefold() == word.casefold():
            return each
    for near in difflib.get_close_matches(word, known, n=3, cutoff=0.6):
        head, _, rest = word.partition(".")
        near_head, _, near_rest = near.partition(".")
        if head != near_head or not rest or difflib.SequenceMatcher(None, rest, near_rest).ratio() >= 0.5:
            return near
    return None


def shown(text: str) -> str:
    """`text` for a message: in back quotes, made printable, cut at 60 characters."""
    cut = text if len(text) <= 60 else text[:57] + "..."
    return "`" + "".join(c if c.isprintable() else f"\\x{ord(c):02x}" for c in cut) + "`"
