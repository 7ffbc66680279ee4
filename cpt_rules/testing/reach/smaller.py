"""How much there is to read in a case, and cases with less in them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from decimal import Decimal
from typing import Any, TypeVar

from attrs import evolve, fields

from cpt_rules.claim import Claim, Line, Patient, Payer, Subscriber
from cpt_rules.testing.cases import Case
from cpt_rules.testing.reach.pools import Pools

#: What a test gives where it says nothing.
_PLAIN_LINE: dict[str, Any] = {"units": Decimal(1), "unit_type": "UN"}
_SUPPOSED = 6


def size(case: Case, pools: Pools) -> int:
    """How much is not as in the simplest claim; what no reader accepts weighs most."""
    claim = case.claim
    told = sum(1 for each in fields(Claim) for _ in _told(claim, each.name))
    payer = 2 * (claim.payer != pools.payers[0]) + sum(
        getattr(claim.payer, each.name) is not None for each in fields(Payer)[1:]
    )
    lines = sum(_line_size(claim, line, pools.today) for line in claim.lines)
    supposed = len(case.knowledge) + sum(len(rows) for _, rows in case.rows)
    return told + payer + lines + _SUPPOSED * supposed + (claim.type == "institutional")


def _told(claim: Claim, name: str) -> Iterator[object]:
    """What a claim says in a field of its own."""
    value = getattr(claim, name)
    if name in ("id", "type", "lines", "origin", "payer") or value is None:
        return
    if isinstance(value, Patient | Subscriber):
        yield from (part for each in fields(type(value)) if (part := getattr(value, each.name)) is not None)
    elif isinstance(value, tuple | frozenset):
        yield from value
    else:
        yield value


def _line_size(claim: Claim, line: Line, today: dt.date) -> int:
    told = 3 + (line.date != today)
    told += 4 * (line.date is None) + 4 * (line.code is None and claim.type == "professional")
    for each in fields(Line):
        value = getattr(line, each.name)
        if each.name not in _KEPT and value != _PLAIN_LINE.get(each.name, each.default):
            told += len(value) if isinstance(value, tuple) else 1
    return told


def smaller(case: Case, pools: Pools) -> Iterator[Case]:
    """Cases with one thing less, or one thing simpler."""
    for name, _ in case.knowledge:
        yield evolve(case, knowledge=tuple(each for each in case.knowledge if each[0] != name))
    for table, rows in case.rows:
        yield case.with_rows(table, ())
        if len(rows) > 1:
            yield from (case.with_rows(table, tuple(each for each in rows if each != row)) for row in rows)
    yield from map(case.of, _smaller_claims(case.claim, pools))


def _smaller_claims(claim: Claim, pools: Pools) -> Iterator[Claim]:
    for place in reversed(range(1, len(claim.lines))):
        yield evolve(claim, lines=claim.lines[:place] + claim.lines[place + 1 :])
    for name in sorted(claim.unknown):
        yield evolve(claim, unknown=claim.unknown - {name})
    for each in fields(Claim):
        value = getattr(claim, each.name)
        if each.name in ("id", "type", "lines", "unknown", "origin", "payer") or value == each.default:
            continue
        yield _with(claim, each.name, each.default)
        if isinstance(value, tuple):
            yield from (_with(claim, each.name, shorter) for shorter in _shorter(value))
    yield from _simpler_payers(claim, pools)
    if any(line.date not in (None, pools.today) for line in claim.lines):
        yield evolve(claim, lines=tuple(evolve(line, date=pools.today) for line in claim.lines))
    for place, line in enumerate(claim.lines):
        if line.revenue_code is not None and claim.type == "professional":
            yield evolve(
                claim, lines=(*claim.lines[:place], _with(line, "revenue_code", None), *claim.lines[place + 1 :])
            )
        for changed in _smaller_lines(line):
            yield evolve(claim, lines=(*claim.lines[:place], changed, *claim.lines[place + 1 :]))


def _simpler_payers(claim: Claim, pools: Pools) -> Iterator[Claim]:
    if claim.payer != pools.payers[0]:
        yield evolve(claim, payer=pools.payers[0])
        told = [each.name for each in fields(Payer) if getattr(claim.payer, each.name) is not None]
        yield from (evolve(claim, payer=_with(claim.payer, name, None)) for name in told if len(told) > 1)


_KEPT = ("number", "code_type", "code", "date", "revenue_code")


def _smaller_lines(line: Line) -> Iterator[Line]:
    for each in fields(Line):
        value: Any = getattr(line, each.name)
        plain = _PLAIN_LINE.get(each.name, each.default)
        if each.name in _KEPT or value == plain:
            continue
        yield _with(line, each.name, plain)
        if isinstance(value, tuple):
            yield from (_with(line, each.name, shorter) for shorter in _shorter(value))


def _shorter(values: tuple[Any, ...]) -> Iterator[tuple[Any, ...]]:
    if len(values) > 1:
        yield from (values[:place] + values[place + 1 :] for place in range(len(values)))


P = TypeVar("P", Claim, Line, Payer)


def _with(part: P, name: str, value: Any) -> P:
    """The part with another value for an attribute."""
    return evolve(part, **{name: value})
