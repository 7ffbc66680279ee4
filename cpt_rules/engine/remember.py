"""What was worked out once, kept by all that it rests on, and for the days for which it holds."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any, Generic, TypeVar, cast
from weakref import ref

from cpt_rules.claim import Claim, Line
from cpt_rules.reading import Reading, View
from cpt_rules.tables.edition import Span

T = TypeVar("T")
Key = tuple[Reading, ...]
#: The first and last day of a result, and the result.
Kept = tuple[dt.date, dt.date, T]
#: Works a result out: its key and day, the claim, the line (of a pair: line b), the view, line a of a pair.
Compute = Callable[[Key, dt.date | None, Claim, Line | None, View, Line | None], tuple[T, Span]]
#: Reads fields of the claim, the line (of a pair: line b), line a of a pair.
Read = Callable[[Claim, Line | None, View, Line | None], Key]

#: How many results an engine keeps; all are forgotten when there are more.
MAX_KEPT = 100_000


class Remembered(dict[Key, Kept[T]], Generic[T]):
    """The latest result of each key. Whoever looks here checks the day, and asks `fresh` where it is another."""

    def __init__(self, compute: Compute[T], memos: Memos) -> None:
        super().__init__()
        self._compute = compute
        self._memos = memos
        self._earlier: dict[Key, tuple[Kept[T], ...]] = {}

    def fresh(
        self, key: Key, day: dt.date | None, claim: Claim, line: Line | None, view: View, other: Line | None
    ) -> Kept[T]:
        """The result for a key and a day, kept from now on; without a day it is not kept."""
        earlier: tuple[Kept[T], ...] = ()
        if day is not None:
            latest = self.get(key)
            if latest is not None:
                earlier = (latest, *self._earlier.get(key, ()))
                for kept in earlier:
                    if kept[0] <= day <= kept[1]:
                        self._earlier[key] = tuple([each for each in earlier if each is not kept])
                        self[key] = kept
                        return kept
        result, span = self._compute(key, day, claim, line, view, other)
        made = (*span, result)
        if day is not None:
            self._memos.count()
            if earlier:
                self._earlier[key] = earlier
            self[key] = made
        return made

    def forget(self) -> None:
        self.clear()
        self._earlier = {}


class Memos:
    """All that an engine remembers: bounded as a whole, and shared by those that ask the same."""

    def __init__(self) -> None:
        self._by_key: dict[object, Remembered[Any]] = {}
        self._every: list[ref[Remembered[Any]]] = []
        self._count = 0
        self._readers: dict[object, Read] = {}

    def of(self, key: object, make: Callable[[], Compute[T]]) -> Remembered[T]:
        """What is remembered under a key; `make` gives the computation where nothing is yet."""
        found = self._by_key.get(key)
        if found is None:
            if len(self._by_key) > MAX_KEPT:
                self._by_key = {}
            found = self._by_key[key] = self.new(make())
        return found

    def new(self, compute: Compute[T]) -> Remembered[T]:
        """Results of a computation, none yet."""
        made = Remembered(compute, self)
        self._every.append(ref(cast("Remembered[Any]", made)))
        return made

    def reader(
        self, names: tuple[str, ...], unknown: frozenset[str], make: Callable[[tuple[str, ...], frozenset[str]], Read]
    ) -> Read:
        """The function that `make` makes to read these fields, the same for all that ask."""
        key = (names, unknown)
        found = self._readers.get(key)
        if found is None:
            if len(self._readers) > 5000:
                self._readers = {}
            found = self._readers[key] = make(names, unknown)
        return found

    def count(self) -> None:
        """One more result is kept."""
        self._count += 1
        if self._count > MAX_KEPT:
            self._count = 0
            self._every = [each for each in self._every if each() is not None]
            for each in self._every:
                kept = each()
                if kept is not None:
                    kept.forget()
