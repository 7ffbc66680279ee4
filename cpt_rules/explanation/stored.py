"""What a claim stores, read and written by name."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, cast

from attrs import evolve

from cpt_rules.claim import Claim, Line, Provider
from cpt_rules.fields import FIELDS
from cpt_rules.reading import Value, stored

Stored = Value | tuple[Value, ...] | None


def held(claim: Claim, index: int | None, path: str) -> Stored:
    """What stands at a stored path (``claim.clia``, ``billing.npi``, ``line.rendering.npi`` …)."""
    return stored(claim, None if index is None else claim.lines[index], path)


def store(claim: Claim, index: int | None, path: str, value: Stored) -> Claim:
    """The claim with this value at a stored path."""
    head, _, rest = path.partition(".")
    if head == "line":
        if index is None:
            raise ValueError(f"{path} stands on a line")
        lines = list(claim.lines)
        lines[index] = cast(Line, _evolved(lines[index], rest, value))
        return evolve(claim, lines=tuple(lines))
    return cast(Claim, _evolved(claim, rest if head == "claim" else path, value))


def _evolved(part: Any, path: str, value: Stored) -> object:
    head, _, rest = path.partition(".")
    if not rest:
        return evolve(part, **{head: value})
    inner = getattr(part, head)
    return evolve(part, **{head: _evolved(Provider() if inner is None else inner, rest, value)})


def without_line(claim: Claim, index: int) -> Claim:
    """The claim without a line, and without the line's charge where the claim's charge is the sum of its lines'."""
    lines = claim.lines[:index] + claim.lines[index + 1 :]
    left = evolve(claim, lines=lines)
    charges = [each.charge or Decimal(0) for each in claim.lines]
    if claim.charge is None or claim.charge != sum(charges, Decimal(0)):
        return left
    return evolve(left, charge=claim.charge - charges[index])


def has_place(claim: Claim, path: str) -> bool:
    """Whether a claim of this type and format can carry a stored field."""
    known = FIELDS.get(path)
    if known is None:
        return False
    if known.x12i if claim.type == "institutional" else known.x12p:
        return True
    nowhere = not known.x12i and not known.x12p
    return nowhere and (claim.origin is None or not (claim.origin.format or "").startswith("837"))
