"""What reading a field means: the field's description, the stored paths behind it, and the reading itself.

A rule sees *effective* values: a line's own place of service, CLIA number, date and providers override the claim's.

Reading a field gives its value, ``None`` (absent), `UNKNOWN` (this feed cannot carry it and nothing is there), for a
list a tuple, or `Open` (some elements are known, there may be more).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from enum import Enum
from typing import TypeVar, cast

from attrs import define, frozen
from attrs import field as attr_field

from cpt_rules.claim import Claim, Line


class Unknown(Enum):
    """The one value that says: there may be something here, nobody can tell."""

    UNKNOWN = "unknown"

    def __repr__(self) -> str:
        return "UNKNOWN"


UNKNOWN = Unknown.UNKNOWN

T = TypeVar("T")

Value = str | Decimal | int | bool | dt.date


@frozen
class Open:
    """A list of which some elements are known and others may exist."""

    known: tuple[Value, ...] = ()


Reading = Value | tuple[Value, ...] | Open | Unknown | None


@define(eq=False)
class View:
    """One claim while it is scrubbed: the claim, the day called today, and what was derived from them so far.

    `claim_fields` keeps derived fields of the claim by name. Not shared between threads; an engine makes one per call.
    """

    claim: Claim
    as_of: dt.date
    claim_fields: dict[str, Reading] = attr_field(factory=dict)
    _derived: dict[object, Reading] | None = None
    _remembered: dict[object, object] | None = None

    def derive(self, key: object, compute: Callable[[], Reading]) -> Reading:
        """The value of `compute`, computed once per claim."""
        if self._derived is None:
            self._derived = {}
        if key not in self._derived:
            self._derived[key] = compute()
        return self._derived[key]

    def remember(self, key: object, compute: Callable[[], T]) -> T:
        """As `derive`, for anything that fields are derived from."""
        if self._remembered is None:
            self._remembered = {}
        if key not in self._remembered:
            self._remembered[key] = compute()
        return cast(T, self._remembered[key])


@frozen
class Field:
    """One field of the catalogue.

    `type` is a name of `cpt_rules.formats.FORMATS`; `many` makes it a list of that. `binding` is ``"line"`` where a
    line is needed to read it, else ``"claim"``. `paths` are the stored fields it is read from, the first that has a
    value wins; `derive` is set instead for a derived field, and `paths` then names all that it is computed from.
    `x12p`, `x12i` and `fhir` say where it stands: for X12 the loop, the segment with its qualifier, the element.
    """

    name: str
    type: str
    meaning: str
    paths: tuple[str, ...]
    many: bool = False
    binding: str = "claim"
    unit: str = ""
    choices: tuple[str, ...] = ()
    x12p: str = ""
    x12i: str = ""
    fhir: str = ""
    derive: Callable[[View, Line | None], Reading] | None = None

    def read(self, view: View, line: Line | None) -> Reading:
        """The reading of this field on `view.claim` and, for a line field, `line`."""
        if self.derive is not None:
            return self.derive(view, line)
        claim = view.claim
        for path in self.paths:
            found = stored(claim, line, path)
            if found is not None and found != ():
                return found
        if claim.unknown and not claim.unknown.isdisjoint(self.paths):
            return Open() if self.many else UNKNOWN
        return () if self.many else None


def stored(claim: Claim, line: Line | None, path: str) -> Value | tuple[Value, ...] | None:
    """The value at a stored path such as ``claim.clia``, ``line.pos``, ``billing.npi``, ``line.rendering.npi``."""
    head, _, rest = path.partition(".")
    at: object = claim
    if head == "line":
        at = line
    elif head != "claim":
        rest = path
    for name in rest.split("."):
        if at is None:
            return None
        at = getattr(at, name)
    return at  # type: ignore[return-value]
