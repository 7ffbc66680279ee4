"""What a comparison of two rulesets says, as frozen data."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Final, Literal

from attrs import evolve, frozen

Status = Literal["added", "removed", "changed"]
#: What a difference concerns: what is judged or predicted; what is only said; the tests inside the documents.
Concern = Literal["meaning", "words", "tests"]

#: The kinds of documents in the order in which they are told.
KINDS: Final = ("edit", "overlay", "set", "profile", "payer", "table", "fact", "source")
_TURNED: Final[dict[Status, Status]] = {"added": "removed", "removed": "added", "changed": "changed"}


@frozen(order=True)
class Span:
    """Days from `first` to `last`, both included; None: since ever, for ever."""

    first: dt.date | None = None
    last: dt.date | None = None

    def __str__(self) -> str:
        if self.first is None and self.last is None:
            return "at all times"
        if self.last is None:
            return f"from {self.first}"
        return f"until {self.last}" if self.first is None else f"{self.first} to {self.last}"

    def holds(self, day: dt.date | None) -> bool:
        """Whether a day is among them; a day that nobody knows may be."""
        if day is None:
            return True
        return (self.first is None or self.first <= day) and (self.last is None or day <= self.last)


ALWAYS: Final = Span()


@frozen
class Difference:
    """One thing in which two documents differ.

    `part` is the key it stands under (``severity``, ``values``, ``facts pos``, ``sets lab.tests+``). `old` and `new` are
    what stands there, as text; None: nothing does. Of lists `joined` and `left` are the values that only the new one and
    only the old one has. `days` are the days of service concerned.
    """

    part: str
    old: str | None
    new: str | None
    days: Span = ALWAYS
    joined: tuple[str, ...] = ()
    left: tuple[str, ...] = ()
    concern: Concern = "meaning"

    @property
    def mirrored(self) -> Difference:
        return evolve(self, old=self.new, new=self.old, joined=self.left, left=self.joined)


@frozen
class Change:
    """A document that differs between two rulesets.

    `id` is its id in the new one (of a removed document, in the old one); `formerly` is that in the old one, where an edit
    was renamed. `days` are the days of service concerned, `codes` the procedure codes where not all may be, `edits` the
    edits that may judge otherwise (both in order).
    """

    kind: str
    id: str
    status: Status
    differences: tuple[Difference, ...] = ()
    formerly: str | None = None
    days: tuple[Span, ...] = ()
    codes: tuple[str, ...] = ()
    edits: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        return f"{self.kind} {self.id}"

    @property
    def in_meaning(self) -> bool:
        """Whether it may change what is judged or predicted, not only what is said of it."""
        return any(each.concern == "meaning" for each in self.differences)

    @property
    def concern(self) -> Concern:
        """The weightiest of what its differences concern."""
        found = {each.concern for each in self.differences}
        return "meaning" if "meaning" in found else "words" if "words" in found else "tests"

    @property
    def mirrored(self) -> Change:
        id, formerly = (self.id, None) if self.formerly is None else (self.formerly, self.id)
        return evolve(
            self,
            id=id,
            formerly=formerly,
            status=_TURNED[self.status],
            differences=tuple(each.mirrored for each in self.differences),
        )


@frozen
class Comparison:
    """The documents in which two rulesets differ, edits first, then in order of kind and id."""

    changes: tuple[Change, ...]

    @property
    def in_meaning(self) -> tuple[Change, ...]:
        """The changes that may change what is judged or predicted."""
        return tuple(each for each in self.changes if each.in_meaning)

    @property
    def edits(self) -> tuple[str, ...]:
        """The edits that may judge otherwise, in order of id."""
        return tuple(sorted({edit for change in self.changes for edit in change.edits}))

    @property
    def codes(self) -> tuple[str, ...]:
        """The codes that changes of sets, profiles, tables and overlays concern, in order."""
        return tuple(sorted({code for change in self.in_meaning for code in change.codes}))

    @property
    def days(self) -> tuple[Span, ...]:
        """The days of service concerned, those that touch put together."""
        return merged(span for change in self.in_meaning for span in change.days)


def in_order(changes: Iterable[Change]) -> tuple[Change, ...]:
    return tuple(sorted(changes, key=lambda each: (KINDS.index(each.kind), each.id)))


def merged(spans: Iterable[Span]) -> tuple[Span, ...]:
    """The same days in as few spans as there can be, in order."""
    found: list[Span] = []
    for span in sorted(spans, key=lambda each: each.first or dt.date.min):
        last = found[-1].last if found else None
        if found and (last is None or _touches(last, span.first)):
            ends = (last, span.last)
            found[-1] = Span(found[-1].first, None if None in ends else max(e for e in ends if e is not None))
        else:
            found.append(span)
    return tuple(found)


def _touches(last: dt.date, first: dt.date | None) -> bool:
    return first is None or first <= last or first.toordinal() == last.toordinal() + 1
