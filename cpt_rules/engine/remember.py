"""What was worked out once, kept by all that it rests on, and for the days for which it holds."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Generic, TypeVar

from cpt_rules.claim import Claim, Line
from cpt_rules.reading import Reading, View
from cpt_rules.tables.edition import Span

T = TypeVar("T")
Key = tuple[Reading, ...]
#: The first and last day of a result, and the result.
Kept = tuple[dt.date, dt.date, T]
#: Works a result out: its key and day, the claim, the line (of a pair: line b), the view, line a of a pair.
Compute = Callable[[Key, dt.date | None, Claim, Line | None, View, Line | None], tuple[T, Span]]

MAX_KEPT = 20_000


class Remembered(dict[Key, Kept[T]], Generic[T]):
    """The latest result of each key. Whoever looks here checks the day, and asks `fresh` where it is another."""

    def __init__(self, compute: Compute[T]) -> None:
        super().__init__()
        self._compute = compute
        self._earlier: dict[Key, tuple[Kept[T], ...]] = {}

    def fresh(
        self, key: Key, day: dt.date | None, claim: Claim, line: Line | None, view: View, other: Line | None
    ) -> Kept[T]:
        """The result for a key and a day, kept from now on; without a day it is not kept."""
        if day is not None:
            for kept in self._earlier.get(key, ()):
                if kept[0] <= day <= kept[1]:
                    self[key] = kept
                    return kept
        result, span = self._compute(key, day, claim, line, view, other)
        made = (*span, result)
        if day is not None:
            if len(self) > MAX_KEPT:
                self.clear()
                self._earlier = {}
            self._earlier[key] = (made, *self._earlier.get(key, ()))
            self[key] = made
        return made


class Memos:
    """What is remembered by those that ask the same, so that many functions share it."""

    def __init__(self) -> None:
        self._by_key: dict[object, Remembered[int]] = {}

    def of(self, key: object, make: Callable[[], Compute[int]]) -> Remembered[int]:
        """What is remembered under a key; `make` gives the computation where nothing is yet."""
        found = self._by_key.get(key)
        if found is None:
            if len(self._by_key) > MAX_KEPT:
                self._by_key = {}
            found = self._by_key[key] = Remembered(make())
        return found
