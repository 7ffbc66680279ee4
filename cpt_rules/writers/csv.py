"""CSV: a header, then a row a finding (see `cpt_rules.writers.rows`); UTF-8, commas, a line feed at the end of a row.

A cell that a spreadsheet would take for a formula gets an apostrophe in front, as does one that begins with an
apostrophe itself: who reads the file with a program takes one leading apostrophe away and has what was written. That is
every text whose first character but blanks is ``= + - @``, one of their wide forms, or which begins with a tab or a line
break. Numbers are left alone. Reference: OWASP, CSV Injection; RFC 4180.

An empty cell is absent. Several words stand in one cell with blanks between them, as a JSON list where a word has a blank
itself; the editions of sources and the tables that were asked are always JSON.
"""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Callable, Sequence
from decimal import Decimal

from attrs import define, field

from cpt_rules.writers.records import Entry, money
from cpt_rules.writers.rows import COLUMNS, Row, rows
from cpt_rules.writers.summary import Summary

_FORMULA = re.compile(r"'|\s*[=+\-@\uff1d\uff0b\uff0d\uff20]|[\t\r\n]").match
_SEPARATED = re.compile(r"\s").search
_QUOTED = re.compile('[",\r\n]').search


@define
class CsvWriter:
    """Writes findings as CSV. What the run comes to does not stand in the file; nothing tells it from a row."""

    everything: bool = False
    _begun: bool = field(default=False, init=False)

    def claim(self, item: Entry) -> bytes:
        lines = [_line(each) for each in rows(item, everything=self.everything)]
        return "".join(lines).encode("utf-8", "backslashreplace")

    def put(self, claims: Sequence[bytes]) -> bytes:
        return self._header() + b"".join(claims)

    def end(self, summary: Summary) -> bytes:
        return self._header()

    def _header(self) -> bytes:
        if self._begun:
            return b""
        self._begun = True
        return (",".join(COLUMNS) + "\n").encode()


def harmless(text: str) -> str:
    """A text that no spreadsheet takes for a formula; one leading apostrophe taken away gives `text` again."""
    return f"'{text}" if _FORMULA(text) else text


def _line(row: Row) -> str:
    return ",".join([cell(value) for cell, value in zip(_CELLS, row, strict=True)]) + "\n"


def _text(value: object) -> str:
    if not value:
        return ""
    text = harmless(str(value))
    return '"' + text.replace('"', '""') + '"' if _QUOTED(text) else text


def _plain(value: object) -> str:
    return "" if value is None else str(value)


def _day(value: object) -> str:
    return value.isoformat() if isinstance(value, dt.date) else ""


def _amount(value: object) -> str:
    return money(value) or "" if isinstance(value, Decimal) else ""


def _flag(value: object) -> str:
    return "" if value is None else "true" if value else "false"


def _words(value: object) -> str:
    if not isinstance(value, tuple) or not value:
        return ""
    plain = all(each and not _SEPARATED(each) for each in value)
    return _text(" ".join(value)) if plain and not value[0].startswith("[") else _json(value)


def _json(value: object) -> str:
    return _text(json.dumps(value, ensure_ascii=False)) if value else ""


_BY_TYPE: dict[str, Callable[[object], str]] = {
    "text": _text,
    "word": _text,
    "whole": _plain,
    "day": _day,
    "amount": _amount,
    "flag": _flag,
    "words": _words,
    "records": _json,
}
_CELLS = [_json if name == "source_editions" else _BY_TYPE[kind] for name, kind in COLUMNS.items()]
