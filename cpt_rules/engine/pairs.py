"""Which lines of a claim edits for pairs and days look at, and what leaves that open."""

from __future__ import annotations

from collections.abc import Iterator

from attrs import frozen

from cpt_rules.claim import Line
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


def groups_of(view: View) -> list[list[int]]:
    """The places of the lines of each day and provider, where the feed leaves nothing open."""
    groups: dict[object, list[int]] = {}
    for place, line in enumerate(view.claim.lines):
        day = line.date or view.claim.statement_from
        if day is not None:
            groups.setdefault((day, provider(view, line)), []).append(place)
    return list(groups.values())


def pairs_of(view: View) -> Iterator[Pair]:
    """Every ordered pair of lines that are, or may be, of one day and provider."""
    lines = view.claim.lines
    if not view.claim.unknown:
        for group in groups_of(view):
            for b in group:
                for a in group:
                    if a != b:
                        yield Pair(a, b, _spans(lines[a], lines[b]))
        return
    keys = [(day_of(view, line), provider(view, line)) for line in lines]
    for b, (day_b, whose_b) in enumerate(keys):
        for a, (day_a, whose_a) in enumerate(keys):
            if a == b or None in (day_a, day_b) or differ(day_a, day_b) or differ(whose_a, whose_b):
                continue
            readings = (("a.date", day_a), ("b.date", day_b), ("a.provider", whose_a), ("b.provider", whose_b))
            doubt = tuple(name for name, reading in readings if reading is UNKNOWN)
            yield Pair(a, b, doubt + _spans(lines[a], lines[b]))


def _spans(a: Line, b: Line) -> tuple[str, ...]:
    if a.date_to is None and b.date_to is None:
        return ()
    return tuple(name for name, line in (("a.date_to", a), ("b.date_to", b)) if spans(line))


def spans(line: Line) -> bool:
    """Whether a line is for more than one day."""
    return line.date is not None and line.date_to is not None and line.date_to > line.date


def days_of(view: View) -> Iterator[Day]:
    """The lines of each code, day and provider; a line of which one of the three is unknown stands alone."""
    lines = view.claim.lines
    groups: dict[object, list[int]] = {}
    alone: list[tuple[int, tuple[str, ...]]] = []
    for place, line in enumerate(lines):
        key = day_key(view, line)
        if key[0] is None or key[1] is None:
            continue
        doubt = tuple(name for name, reading in zip(_OF_A_DAY, key, strict=True) if reading is UNKNOWN)
        if doubt:
            alone.append((place, doubt))
        else:
            groups.setdefault(key, []).append(place)
    for places in groups.values():
        yield Day(tuple(places), ("line.date_to",) if any(spans(lines[place]) for place in places) else ())
    for place, doubt in alone:
        yield Day((place,), doubt + (("line.date_to",) if spans(lines[place]) else ()))


_OF_A_DAY = ("line.code", "line.date", "line.provider")
