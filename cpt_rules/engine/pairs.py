"""Which lines of a claim edits for pairs and days look at, and what leaves that open."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from attrs import frozen

from cpt_rules.claim import Claim, Line, Provider
from cpt_rules.days import day_key, day_of
from cpt_rules.derived import differ, provider
from cpt_rules.reading import UNKNOWN, View


@frozen
class Pair:
    """Two lines by their places, and the names of what leaves open whether they are of one day and provider."""

    a: int
    b: int
    doubt: tuple[str, ...] = ()


@frozen
class Day:
    """The lines of one code, day and provider by their places, and what leaves that open."""

    lines: tuple[int, ...]
    doubt: tuple[str, ...] = ()


#: Day and provider of a line, where the feed leaves neither open; no day: it is in no pair and no day.
Key = tuple[dt.date | None, str | None]


def keys_of(claim: Claim) -> list[Key]:
    """Day and provider of each line of a claim whose feed leaves nothing open: what `line.date` and `line.provider` read."""
    billing = _npi(claim.billing)
    other = (_npi(claim.rendering) or billing) if claim.type == "professional" else billing
    if claim.type == "professional":
        return [(line.date or claim.statement_from, _npi(line.rendering) or other) for line in claim.lines]
    return [(line.date or claim.statement_from, other) for line in claim.lines]


def _npi(whose: Provider | None) -> str | None:
    return None if whose is None else whose.npi


def groups_of(keys: list[Key]) -> Iterator[tuple[dt.date, list[int]]]:
    """The places of the lines of each day and provider that has several."""
    groups: dict[Key, list[int]] = {}
    for place, key in enumerate(keys):
        groups.setdefault(key, []).append(place)
    for (day, _), places in groups.items():
        if day is not None and len(places) > 1:
            yield day, places


def doubtful_pairs(view: View) -> Iterator[Pair]:
    """Every ordered pair of lines that are, or may be, of one day and provider, where the feed leaves something open."""
    lines = view.claim.lines
    keys = [(day_of(view, line), provider(view, line)) for line in lines]
    for b, (day_b, whose_b) in enumerate(keys):
        for a, (day_a, whose_a) in enumerate(keys):
            if a == b or None in (day_a, day_b) or differ(day_a, day_b) or differ(whose_a, whose_b):
                continue
            readings = (("a.date", day_a), ("b.date", day_b), ("a.provider", whose_a), ("b.provider", whose_b))
            doubt = tuple(name for name, reading in readings if reading is UNKNOWN)
            yield Pair(a, b, doubt + spanning(view.claim, lines[a], lines[b]))


def spanning(claim: Claim, a: Line, b: Line) -> tuple[str, ...]:
    """The names of the last days of those lines of a pair that are, or may be, for more than one day."""
    if a.date_to is None and b.date_to is None and not claim.unknown:
        return ()
    return tuple(name for name, line in (("a.date_to", a), ("b.date_to", b)) if spans(claim, line))


def spans(claim: Claim, line: Line) -> bool:
    """Whether a line is, or may be, for more than one day."""
    if line.date_to is None:
        return "line.date_to" in claim.unknown
    day = line.date or claim.statement_from
    return day is not None and line.date_to > day


def days_of(view: View) -> Iterator[Day]:
    """The lines of each code, day and provider; a line of which one of the three is unknown stands alone."""
    lines = view.claim.lines
    groups: dict[object, list[int]] = {}
    if not view.claim.unknown:
        for place, (line, key) in enumerate(zip(lines, keys_of(view.claim), strict=True)):
            if line.code is not None and key[0] is not None:
                groups.setdefault((line.code, key), []).append(place)
    else:
        yield from _doubtful_days(view, groups)
    for places in groups.values():
        yield Day(tuple(places), ("line.date_to",) if any(spans(view.claim, lines[place]) for place in places) else ())


def _doubtful_days(view: View, groups: dict[object, list[int]]) -> Iterator[Day]:
    """The lines that stand alone; the others are put into `groups`."""
    for place, line in enumerate(view.claim.lines):
        key = day_key(view, line)
        if key[0] is None or key[1] is None:
            continue
        doubt = tuple(name for name, reading in zip(_OF_A_DAY, key, strict=True) if reading is UNKNOWN)
        if doubt:
            yield Day((place,), doubt + (("line.date_to",) if spans(view.claim, line) else ()))
        else:
            groups.setdefault(key, []).append(place)


_OF_A_DAY = ("line.code", "line.date", "line.provider")
