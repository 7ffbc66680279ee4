"""What each edit is judged on, for the reference engine: the claim, its lines, pairs of them, the lines of one day."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping

from attrs import frozen

from cpt_rules.claim import Line
from cpt_rules.fields import FIELDS
from cpt_rules.language import documents as doc
from cpt_rules.reading import UNKNOWN, Reading, View


@frozen
class Place:
    """The claim (no lines), a line, the lines `a` and `b` of a pair, or the lines of one code, day and provider.

    `lines` are places in the claim. `doubts` names what would have to be known to say that these lines belong together;
    an edit is not checked there.
    """

    each: doc.Binding
    lines: tuple[int, ...]
    date: dt.date | None
    doubts: tuple[str, ...] = ()

    @property
    def owners(self) -> tuple[int | None, ...]:
        """The lines that a finding belongs to; None: the claim itself."""
        if self.each == "claim":
            return (None,)
        return self.lines[1:] if self.each in ("pair", "later-pair") else self.lines

    @property
    def other(self) -> int | None:
        """The line `a` of a pair."""
        return self.lines[0] if self.each in ("pair", "later-pair") else None

    def bound(self, view: View) -> Mapping[str, Line]:
        """The lines that fields are read on, by the first word of a field's name; those of a day are read on the first."""
        lines = [view.claim.lines[each] for each in self.lines]
        if self.each in ("pair", "later-pair"):
            return {"a": lines[0], "b": lines[1]}
        return {"line": lines[0], "day": lines[0]} if lines else {}


def places(view: View, each: doc.Binding) -> Iterator[Place]:
    """Everything that an edit of this binding is judged on, in the claim's order."""
    if each == "claim":
        yield Place(each, (), _known_day(FIELDS["claim.first_date"].read(view, None)))
    elif each == "line":
        for place in range(len(view.claim.lines)):
            yield Place(each, (place,), _known_day(_read(view, place, "date")))
    elif each == "day":
        yield from _days(view)
    else:
        yield from _pairs(view, each)


def _pairs(view: View, each: doc.Binding) -> Iterator[Place]:
    count = len(view.claim.lines)
    for b in range(count):
        for a in range(count):
            if a != b and (a < b or each == "pair"):
                yield from _pair(view, each, a, b)


def _pair(view: View, each: doc.Binding, a: int, b: int) -> Iterator[Place]:
    """The two lines, unless they certainly have different days or providers, or one has no day."""
    doubts: list[str] = []
    for name in ("date", "provider"):
        one, other = _read(view, a, name), _read(view, b, name)
        if name == "date" and None in (one, other):
            return
        if UNKNOWN not in (one, other) and one != other:
            return
        doubts += [f"{end}.{name}" for end, reading in (("a", one), ("b", other)) if reading is UNKNOWN]
    doubts += [f"{end}.date_to" for end, place in (("a", a), ("b", b)) if _spans(view, place)]
    days = [day for place in (a, b) if (day := _known_day(_read(view, place, "date"))) is not None]
    yield Place(each, (a, b), days[0] if days else None, tuple(doubts))


def _days(view: View) -> Iterator[Place]:
    """Lines whose code, day and provider are known to be the same; a line of which one is unknown stands alone."""
    names = ("code", "date", "provider")
    groups: dict[tuple[Reading, ...], list[int]] = {}
    for place in range(len(view.claim.lines)):
        code, date, _ = key = tuple(_read(view, place, name) for name in names)
        if code is None or date is None:
            continue
        if UNKNOWN in key:
            doubts = [f"line.{name}" for name, reading in zip(names, key, strict=True) if reading is UNKNOWN]
            doubts += ["line.date_to"] if _spans(view, place) else []
            yield Place("day", (place,), _known_day(date), tuple(doubts))
        else:
            groups.setdefault(key, []).append(place)
    for (_, date, _), lines in groups.items():
        spans = any(_spans(view, place) for place in lines)
        yield Place("day", tuple(lines), _known_day(date), ("line.date_to",) if spans else ())


def _spans(view: View, place: int) -> bool:
    """Whether the line is, or may be, for more than its first day."""
    first, last = _read(view, place, "date"), _read(view, place, "date_to")
    if last is UNKNOWN:
        return True
    return isinstance(first, dt.date) and isinstance(last, dt.date) and last > first


def _read(view: View, place: int, name: str) -> Reading:
    return FIELDS[f"line.{name}"].read(view, view.claim.lines[place])


def _known_day(date: Reading) -> dt.date | None:
    return date if isinstance(date, dt.date) else None
