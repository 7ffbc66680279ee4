"""What a cell says: text is text, and becomes a day, a number or a word of the model only where its field is one.

A cell is a text, or a tuple of texts where a column holds lists. Real files repeat a few values over and over, so what
was read is remembered.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from decimal import Decimal
from functools import lru_cache
from typing import Any

from attrs import frozen

from cpt_rules.readers.flat_fields import FlatField
from cpt_rules.readers.problem import Fault, meant

Cell = str | tuple[str, ...]
#: A text that is not empty → the value. Raises `Fault`, without the value in it.
Parse = Callable[[str], Any]

_NUMBER = re.compile(r"-?([0-9]+\.?[0-9]*|\.[0-9]+)", re.ASCII).fullmatch
_WHOLE = re.compile(r"[0-9]{1,6}(\.0{1,6})?", re.ASCII).fullmatch
_ISO = re.compile(r"([0-9]{4})-?([0-9]{2})-?([0-9]{2})", re.ASCII).fullmatch
_TIME = re.compile(r"[T ][0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]+)?)?", re.ASCII)
_YES = {"yes": True, "y": True, "true": True, "1": True, "no": False, "n": False, "false": False, "0": False}
_SEVERAL = re.compile(r"[\s,;|:]+")
_LETTERS = frozenset("ABCDEFGHIJKL")
_SURROGATE = re.compile("[\ud800-\udfff]")


@frozen
class DateForm:
    """How dates are written, such as MM/DD/YYYY; None of it where they are 2026-01-31 or 20260131."""

    pattern: str
    order: tuple[str, ...]
    matches: Callable[[str], re.Match[str] | None]


_FORM = re.compile(r"YYYY|MM?|DD?|[-/. ]")


def date_form(pattern: str) -> DateForm | None:
    """A form made of YYYY, MM (or M) and DD (or D), each once, with - / . or a blank between; None where it is none."""
    parts = _FORM.findall(pattern)
    letters = [part[0] for part in parts if part[0] in "YMD"]
    if "".join(parts) != pattern or sorted(letters) != ["D", "M", "Y"]:
        return None
    shapes = {"YYYY": "([0-9]{4})", "MM": "([0-9]{2})", "DD": "([0-9]{2})", "M": "([0-9]{1,2})", "D": "([0-9]{1,2})"}
    if any(len(part) == 1 and part in "MD" for part in parts) and len(parts) < 5:
        return None  # 1112026 could be read in two ways
    expression = "".join(shapes.get(part, re.escape(part)) for part in parts)
    return DateForm(pattern, tuple(letters), re.compile(expression, re.ASCII).fullmatch)


ISO = DateForm("YYYY-MM-DD", ("Y", "M", "D"), _ISO)


def parser(field: FlatField, dates: DateForm) -> Parse:
    """How one value of a field is read."""
    if field.kind == "date":
        return lambda text: _day(text, dates)
    if field.kind == "choice":
        return lambda text: _choice(text, field.choices)
    if field.name == "line.number":
        return _line_number
    if field.name == "line.diagnosis_pointers":
        return _pointer
    return _PARSERS[field.kind]


def several(cell: Cell, field: FlatField) -> tuple[str, ...]:
    """The values of a cell that holds a list: apart by blanks, commas, semicolons, colons or bars; letters that point
    at diagnoses stand close together too."""
    if isinstance(cell, tuple):
        return cell
    parts = (part for part in _SEVERAL.split(cell) if part)
    if field.name == "line.diagnosis_pointers":
        return tuple(each for part in parts for each in (part if _LETTERS.issuperset(part) else (part,)))
    return tuple(parts)


def _text(text: str) -> str:
    if not text.isascii() and _SURROGATE.search(text):
        raise Fault(
            "flat.encoding", "is not text in the encoding of this file", "save the file as UTF-8, or state its encoding"
        )
    return text


@lru_cache(maxsize=8192)
def _number(text: str) -> Decimal:
    if len(text) > 30 or not _NUMBER(text):
        raise Fault("flat.number", "is no decimal number", "write digits with a point, such as 25.00")
    return Decimal(text)


@lru_cache(maxsize=1024)
def _whole(text: str) -> int:
    if not _WHOLE(text):
        raise Fault("flat.number", "is no whole number from 0 to 999999", "write digits, such as 1")
    return int(text.partition(".")[0])


def _line_number(text: str) -> int:
    number = _whole(text)
    if number < 1:
        raise Fault("flat.number", "is 0", "lines count from 1")
    return number


def _pointer(text: str) -> int:
    """A number, or a letter from A to L: item 24E of form CMS-1500 (02/12), CMS Claims Processing Manual, chapter 26."""
    return ord(text) - ord("A") + 1 if text in _LETTERS else _whole(text)


def _flag(text: str) -> bool:
    found = _YES.get(text.lower())
    if found is None:
        raise Fault("flat.yes-no", "is neither yes nor no", "write yes or no, Y or N, true or false, 1 or 0")
    return found


def _choice(text: str, choices: tuple[str, ...]) -> str:
    if text not in choices:
        near = meant(text, list(choices))
        remedy = near if near.startswith("did") else f"it is one of {', '.join(choices)}"
        raise Fault("flat.word", "is none of the words known here", f"{remedy}; a mapping file can translate words")
    return text


@lru_cache(maxsize=8192)
def _day(text: str, form: DateForm) -> dt.date:
    day = text
    if len(text) > len(form.pattern):  # a time of day may follow
        at = text.find(":") - 3
        if at > 0 and _TIME.fullmatch(text, at):
            day = text[:at]
    found = form.matches(day)
    if found is not None:
        parts = dict(zip(form.order, map(int, found.groups()), strict=True))
        try:
            return dt.date(parts["Y"], parts["M"], parts["D"])
        except ValueError:
            pass
    like = {"YYYY": "2026", "MM": "01", "DD": "31", "M": "1", "D": "31"}
    example = "".join(like.get(part, part) for part in _FORM.findall(form.pattern))
    raise Fault("flat.date", "is no date", f"write it as {example}, or state in a mapping file how dates are written")


_PARSERS: dict[str, Parse] = {"text": _text, "number": _number, "whole": _whole, "yes/no": _flag}
