"""Overrides: findings that somebody has decided to let pass by, why, who, and until when.

JSON Lines, one override a line: ``{"key": "5f0c…", "reason": "…", "by": "…", "until": "2026-03-31"}``, or ``edit`` and
``claim`` in place of ``key``. `until` is the last day it holds, compared with the day called today; without it there is
no end. An override lets warnings and failures pass by, never what passed or was not checked, and never the findings of
an edit that is marked ``override: never``.
"""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from attrs import define, field, frozen

from cpt_rules.finding import Finding, Outcome
from cpt_rules.formats import is_date
from cpt_rules.language.problems import did_you_mean, shown
from cpt_rules.writers.keys import key_of

_KEYS = ("key", "edit", "claim", "reason", "by", "until")
_KEY = re.compile(r"[0-9a-f]{20}").fullmatch
LONGEST = 1 << 20  # characters of a line


@frozen
class Override:
    """One override; `line` is its line in the file. Either `key` is given, or `edit` and `claim`."""

    line: int
    reason: str
    by: str
    until: dt.date | None
    key: str | None = None
    edit: str | None = None
    claim: str | None = None

    def __str__(self) -> str:
        return f"key {self.key}" if self.key is not None else f"edit {self.edit}, claim {self.claim}"


class OverrideError(Exception):
    """A file of overrides that cannot be used; `problems` are (line, message), one for each that is wrong."""

    def __init__(self, problems: Sequence[tuple[int, str]]) -> None:
        super().__init__("; ".join(message for _, message in problems))
        self.problems = tuple(problems)


@define
class Overrides:
    """The overrides of a file: those that hold on a day, by what they match, and those that have expired."""

    name: str = "overrides"
    given: int = 0
    expired: tuple[Override, ...] = ()
    valid: tuple[Override, ...] = ()
    _by_key: dict[str, Override] = field(factory=dict, init=False, repr=False)
    _by_edit: dict[tuple[str, str], Override] = field(factory=dict, init=False, repr=False)

    def __attrs_post_init__(self) -> None:
        for each in self.valid:
            if each.key is not None:
                self._by_key[each.key] = each
            elif each.edit is not None and each.claim is not None:
                self._by_edit[each.edit, each.claim] = each

    def of(self, findings: Sequence[Finding]) -> tuple[Mapping[int, Override], tuple[Override, ...]]:
        """The overrides of these findings by their place, and those that match an edit which allows none."""
        bypassed: dict[int, Override] = {}
        refused: list[Override] = []
        for place, finding in enumerate(findings):
            if finding.status < Outcome.WARN:
                continue
            found = self._by_edit.get((finding.rule.edit, finding.claim))
            if found is None and self._by_key:
                found = self._by_key.get(key_of(finding))
            if found is None:
                continue
            if finding.rule.override:
                bypassed[place] = found
            else:
                refused.append(found)
        return bypassed, tuple(refused)


def read_overrides(name: str, lines: Iterable[str], as_of: dt.date, edits: Mapping[str, str]) -> Overrides:
    """The overrides in the lines of a file of that name. `edits` gives the id of each edit by that id and by its former names.

    Raises `OverrideError` with every line that is wrong.
    """
    problems: list[tuple[int, str]] = []
    found: list[Override] = []
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            found.append(_override(number, line, edits))
        except ValueError as error:
            problems.append((number, str(error)))
    expired = tuple(each for each in found if each.until is not None and as_of > each.until)
    valid = tuple(each for each in found if each.until is None or as_of <= each.until)
    seen: dict[object, int] = {}
    for each in valid:
        first = seen.setdefault((each.key, each.edit, each.claim), each.line)
        if first != each.line:
            problems.append((each.line, f"overrides the same as line {first}; leave one of them out"))
    if problems:
        raise OverrideError(sorted(problems))
    return Overrides(name, len(found), expired, valid)


def _override(number: int, line: str, edits: Mapping[str, str]) -> Override:
    record = _object(line)
    texts = {name: _text(record, name) for name in _KEYS}
    if texts["key"] is not None and (texts["edit"] is not None or texts["claim"] is not None):
        raise ValueError("has both key and edit or claim; give key, or edit and claim")
    if texts["key"] is None and (texts["edit"] is None or texts["claim"] is None):
        raise ValueError("names no finding; give key, or edit and claim")
    if texts["reason"] is None or texts["by"] is None:
        raise ValueError("lacks reason or by; say why it is overridden and who decided it")
    if texts["key"] is not None and not _KEY(texts["key"]):
        raise ValueError(f"{shown(texts['key'])} is no key of a finding; copy the 20 characters of its record")
    edit = texts["edit"]
    if edit is not None and edit not in edits:
        raise ValueError(f"unknown edit {shown(edit)}{did_you_mean(edit, frozenset(edits))}")
    until = texts["until"]
    if until is not None and not is_date(until):
        raise ValueError(f"until is no date: {shown(until)}; write it as 2026-01-31")
    return Override(
        number,
        texts["reason"],
        texts["by"],
        None if until is None else dt.date.fromisoformat(until),
        texts["key"],
        None if edit is None else edits[edit],
        texts["claim"],
    )


def _object(line: str) -> dict[str, Any]:
    if len(line) > LONGEST:
        raise ValueError("is longer than a million characters; write one override a line")
    try:
        record = json.loads(line, object_pairs_hook=_distinct)
    except RecursionError:
        raise ValueError('is nested too deeply; write {"key": …, "reason": …, "by": …, "until": …}') from None
    except json.JSONDecodeError:
        raise ValueError('is no JSON object; write {"key": …, "reason": …, "by": …, "until": …}') from None
    if not isinstance(record, dict):
        raise ValueError('is no JSON object; write {"key": …, "reason": …, "by": …, "until": …}')
    for name in record:
        if name not in _KEYS:
            raise ValueError(f"unknown key {shown(name)}{did_you_mean(name, frozenset(_KEYS))}")
    return record


def _distinct(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    record = dict(pairs)
    if len(record) < len(pairs):
        raise ValueError("has a key twice; leave one of them out")
    return record


def _text(record: dict[str, Any], name: str) -> str | None:
    value = record.get(name)
    if value is None:
        return None
    if not isinstance(value, str) or not value.strip():
        raise ValueError(f"{name} is not text; write it in quotation marks")
    return value
