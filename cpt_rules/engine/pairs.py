"""Which lines of a claim edits for pairs and days look at, and what leaves that open."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from decimal import Decimal

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


#: Day and provider of a line, where the feed leaves neither open; no day: it is in no pair and no day.
Key = tuple[dt.date | None, str | None]


def groups_of(claim: Claim) -> dict[Key, list[int]]:
    """The places of the lines of each day and provider of a claim whose feed leaves nothing open.

    They are what `line.date` and `line.provider` read.
    """
    of_line = claim.type == "professional"
    other = (of_line and _npi(claim.rendering)) or _npi(claim.billing)
    day = claim.statement_from
    groups: dict[Key, list[int]] = {}
    for place, line in enumerate(claim.lines):
        rendering = line.rendering
        key = line.date or day, (of_line and rendering is not None and rendering.npi) or other
        found = groups.get(key)
        if found is None:
            groups[key] = [place]
        else:
            found.append(place)
    return groups


def _npi(whose: Provider | None) -> str | None:
    return None if whose is None else whose.npi


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


def by_code(lines: Sequence[Line], places: Sequence[int]) -> Iterator[tuple[str, list[int]]]:
    """Those of some lines that have a code: each code, and the places of its lines."""
    groups: dict[str, list[int]] = {}
    for place in places:
        code = lines[place].code
        if code is not None:
            groups.setdefault(code, []).append(place)
    return iter(groups.items())


def units_of(lines: Sequence[Line], places: Sequence[int]) -> Decimal:
    """The service units of the lines of a day together, as `day.units` reads them where the feed leaves nothing open."""
    if len(places) == 1:
        line = lines[places[0]]
        return line.units if line.units is not None and line.unit_type == "UN" else _NONE
    return sum([each.units for place in places if (each := lines[place]).units and each.unit_type == "UN"], _NONE)


_NONE = Decimal(0)


def spanning_day(claim: Claim, places: Sequence[int]) -> tuple[str, ...]:
    """The name of the last day, where a line of a day is, or may be, for more than one day."""
    return ("line.date_to",) if any(spans(claim, claim.lines[place]) for place in places) else ()


def doubtful_days(view: View) -> Iterator[tuple[int, list[int], tuple[str, ...]]]:
    """The first line of each day, all its lines, and what leaves the day open, where the feed leaves something open.

    A line of which code, day or provider is unknown stands alone.
    """
    groups: dict[object, list[int]] = {}
    for place, line in enumerate(view.claim.lines):
        key = day_key(view, line)
        if key[0] is None or key[1] is None:
            continue
        doubt = tuple(name for name, reading in zip(_OF_A_DAY, key, strict=True) if reading is UNKNOWN)
        if doubt:
            yield place, [place], doubt + spanning_day(view.claim, [place])
        else:
            groups.setdefault(key, []).append(place)
    for places in groups.values():
        yield places[0], places, spanning_day(view.claim, places)


_OF_A_DAY = ("line.code", "line.date", "line.provider")
