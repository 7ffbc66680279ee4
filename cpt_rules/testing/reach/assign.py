"""Claims in which a field reads as wanted, also for fields that are worked out from others.

`assign` proposes; whoever asks looks whether the field reads so. Several proposals are in order of simplicity.
"""

from __future__ import annotations

from collections.abc import Iterator

from cpt_rules.claim import Claim
from cpt_rules.fields import FIELDS
from cpt_rules.reading import UNKNOWN
from cpt_rules.testing.reach.assign_claim import OF_CLAIMS
from cpt_rules.testing.reach.assign_line import OF_LINES
from cpt_rules.testing.reach.stored import STRANGER, Wish, stored, unknown

__all__ = ["STRANGER", "Wish", "assign"]

_WORKED_OUT = {**OF_CLAIMS, **OF_LINES}


def assign(claim: Claim, index: int, name: str, wish: Wish) -> Iterator[Claim]:
    """Claims like this one in which the field `name` of the catalogue, on the line at `index`, reads `wish`, or may do so."""
    if name not in FIELDS or (name.startswith(("line.", "day.")) and index >= len(claim.lines)):
        return
    try:
        yield from _assign(claim, index, name, wish)
    except (TypeError, ValueError, IndexError, OverflowError):  # no claim can hold this, or this one has no line
        return


def _assign(claim: Claim, index: int, name: str, wish: Wish) -> Iterator[Claim]:
    if wish is UNKNOWN:
        yield from unknown(claim, index, name)
    elif name in _WORKED_OUT:
        yield from _WORKED_OUT[name](claim, index, wish)
    elif FIELDS[name].derive is None:
        yield from stored(claim, index, name, wish)
