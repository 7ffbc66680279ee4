"""Dated values compared day by day: what joined, what left, from when until when."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from itertools import pairwise

from attrs import evolve, frozen

from cpt_rules.finding import shown
from cpt_rules.language import documents as doc
from cpt_rules.reading import Value
from cpt_rules.ruleset.compare.clauses import tokens
from cpt_rules.ruleset.compare.model import Difference, Span

_DAY = dt.timedelta(days=1)
_MOST_TOLD = 12
Token = tuple[str, str, Value]


@frozen
class Dates:
    """Dated values, and the days on which they count at all (the `since` and `until` of a change by an overlay)."""

    values: doc.Timeline
    since: dt.date | None = None
    until: dt.date | None = None


@frozen
class Held:
    """What a list holds on a day, without an order."""

    tokens: frozenset[Token]


#: What holds on some day: a list, `None` (not available), or nothing said at all.
Holding = Held | None | str
_UNSAID = "unsaid"


def compared(part: str, old: Dates | None, new: Dates | None) -> Iterator[Difference]:
    """How two timelines differ, in order of date; neighbouring days with the same difference are told once."""
    starts = sorted({dt.date.min, *_starts(old), *_starts(new)})
    found: list[Difference] = []
    for first, following in pairwise((*starts, None)):
        assert first is not None
        before, after = _at(old, first), _at(new, first)
        if before == after:
            continue
        span = Span(None if first == dt.date.min else first, None if following is None else following - _DAY)
        made = _difference(part, before, after, span)
        last = found[-1] if found else None
        if last is not None and last.days.last == first - _DAY and evolve(last, days=span) == made:
            found[-1] = evolve(last, days=Span(last.days.first, span.last))
        else:
            found.append(made)
    yield from found


def _starts(dates: Dates | None) -> Iterator[dt.date]:
    if dates is not None:
        yield from (each.start for each in dates.values)
        if dates.since is not None:
            yield dates.since
        if dates.until is not None and dates.until < dt.date.max:
            yield dates.until + _DAY


def _at(dates: Dates | None, day: dt.date) -> Holding:
    if dates is None or (dates.since is not None and day < dates.since):
        return _UNSAID
    if dates.until is not None and day > dates.until:
        return _UNSAID
    begun = [each for each in dates.values if each.start <= day]
    if not begun:  # before the first value nothing is known; without values that is said outright
        return _UNSAID if dates.values else None
    items = begun[-1].items
    return None if items is None else Held(frozenset(token for item in items for token in tokens(item)))


def _difference(part: str, old: Holding, new: Holding, days: Span) -> Difference:
    joined = sorted(_of(new) - _of(old), key=_order)
    left = sorted(_of(old) - _of(new), key=_order)
    return Difference(part, _told(old), _told(new), days, tuple(map(word, joined)), tuple(map(word, left)))


def _of(holding: Holding) -> frozenset[Token]:
    return holding.tokens if isinstance(holding, Held) else frozenset()


def _told(holding: Holding) -> str | None:
    if not isinstance(holding, Held):
        return "not available" if holding is None else None
    words = list(map(word, sorted(holding.tokens, key=_order)))
    if len(words) > _MOST_TOLD:
        return f"{', '.join(words[:_MOST_TOLD])} and {len(words) - _MOST_TOLD} more"
    return ", ".join(words) or "none"


def _order(token: Token) -> tuple[str, str]:
    return token[0], str(token[2])


def word(token: Token) -> str:
    """A value as it is written."""
    kind, _, value = token
    return shown(value) if kind == "value" else f"$set.{value}" if kind == "set" else f"${value}"
