"""The lines of one code, day and provider, and what they come to together."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from cpt_rules.claim import Line
from cpt_rules.derived import differ, hole, provider
from cpt_rules.reading import UNKNOWN, Open, Reading, Unknown, Value, View

Key = tuple[Reading, dt.date | Unknown | None, Reading]


def day_of(view: View, line: Line) -> dt.date | Unknown | None:
    """The day of a line, UNKNOWN where the feed cannot carry one and none is there."""
    day = line.date or view.claim.statement_from
    return UNKNOWN if day is None and hole(view, "line.date", "claim.statement_from") else day


def day_key(view: View, line: Line) -> Key:
    """Code, day and provider of a line."""
    code: Reading = line.code
    if code is None and hole(view, "line.code"):
        code = UNKNOWN
    return code, day_of(view, line), provider(view, line)


def same_day(view: View, line: Line) -> tuple[tuple[Line, ...], bool]:
    """The lines that certainly have the code, day and provider of `line` (it among them), and whether others may."""
    if not view.claim.unknown:
        groups = view.remember("day.groups", lambda: _groups(view))
        if id(line) not in groups:  # what an engine remembered leaves out lines without a code or a day
            groups = view.remember("day.groups of all lines", lambda: _groups(view))
        return groups[id(line)], False
    key = day_key(view, line)
    certain: list[Line] = []
    others = False
    for each in view.claim.lines:
        other = day_key(view, each)
        if each is line or (other == key and UNKNOWN not in key):
            certain.append(each)
        elif not any(differ(one, two) for one, two in zip(key, other, strict=True)):
            others = True
    return tuple(certain), others


def _groups(view: View) -> dict[int, tuple[Line, ...]]:
    """The lines that belong together, by the identity of each."""
    groups: dict[Key, list[Line]] = {}
    for line in view.claim.lines:
        groups.setdefault(day_key(view, line), []).append(line)
    return {id(line): lines for lines in map(tuple, groups.values()) for line in lines}


def _lines(view: View, line: Line | None) -> tuple[tuple[Line, ...], bool]:
    if line is None:
        raise ValueError("a field of a day was read without a line")
    return same_day(view, line)


def day_units(view: View, line: Line | None) -> Reading:
    """Service units (UN) of the lines together; other units do not count."""
    lines, others = _lines(view, line)
    if others:
        return UNKNOWN
    total = Decimal(0)
    for each in lines:
        kind = each.unit_type
        if each.units is None and hole(view, "line.units"):
            return UNKNOWN
        if kind is None and each.units is not None and hole(view, "line.unit_type"):
            return UNKNOWN
        if kind == "UN" and each.units is not None:
            total += each.units
    return total


def day_lines(view: View, line: Line | None) -> Reading:
    """How many lines there are."""
    lines, others = _lines(view, line)
    return UNKNOWN if others else len(lines)


def day_modifiers(view: View, line: Line | None) -> Reading:
    """The modifiers of the lines together."""
    lines, others = _lines(view, line)
    found: list[Value] = [modifier for each in lines for modifier in each.modifiers]
    unsaid = hole(view, "line.modifiers") and any(not each.modifiers for each in lines)
    distinct = tuple(dict.fromkeys(found))
    return Open(distinct) if others or unsaid else distinct


def day_code(view: View, line: Line | None) -> Reading:
    """The code of the day."""
    if line is None:
        raise ValueError("a field of a day was read without a line")
    return UNKNOWN if line.code is None and hole(view, "line.code") else line.code
