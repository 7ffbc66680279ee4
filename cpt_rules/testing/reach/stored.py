"""What a claim stores, changed: a value put at a path, nothing there, something that a feed cannot carry, one more line."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from decimal import Decimal
from typing import Any, Literal, cast

from attrs import evolve

from cpt_rules.claim import (
    Claim,
    Diagnosis,
    Line,
    Occurrence,
    Patient,
    Payer,
    Procedure,
    Provider,
    Subscriber,
    ValueCode,
)
from cpt_rules.fields import FIELDS
from cpt_rules.reading import Unknown, Value

#: Claims in which a field that is worked out reads a wish, on the line at a place.
Derived = Callable[[Claim, int, Any], Iterator[Claim]]
#: What a wish can be: a value, several (a list), None (absent), UNKNOWN.
Wish = Value | tuple[Value, ...] | Unknown | None

MAX_LINES = 5
#: A payer that no document knows.
STRANGER = Payer(id="ZZ999")
ROLES = ("billing", "rendering", "referring", "ordering", "supervising", "attending", "operating", "service_facility")


def stored(claim: Claim, index: int, name: str, wish: Wish) -> Iterator[Claim]:
    """Claims that store `wish` where the field `name` of the catalogue is read from: the line's own place first."""
    paths = FIELDS[name].paths
    if wish is None or wish == ():
        yield without(claim, index, paths)
        return
    bare = known(claim, paths)
    if name == "line.date":  # the lines of a claim usually have one day
        whole = bare
        for place in range(len(claim.lines)):
            whole = store(whole, place, name, wish)
        yield whole
        if len(claim.lines) == 1:
            return
    for path in paths:
        first = paths[: paths.index(path)]
        yield store(without(bare, index, first), index, path, wish)


# ---- stored values -------------------------------------------------------------------------------------------------


def store(claim: Claim, index: int, path: str, value: Wish) -> Claim:
    """The claim with this value at a stored path (``claim.clia``, ``line.rendering.npi`` …). None and () empty it."""
    if isinstance(value, Unknown):
        raise TypeError("what is unknown is not stored")
    head, _, rest = path.partition(".")
    if head != "line":
        return cast(Claim, _evolved(claim, rest if head == "claim" else path, _typed(path, value)))
    lines = list(claim.lines)
    lines[index] = cast(Line, _evolved(lines[index], rest, _typed(path, value)))
    return evolve(claim, lines=tuple(lines))


def _evolved(part: Any, path: str, value: object) -> object:
    head, _, rest = path.partition(".")
    if not rest:
        return evolve(part, **{head: value})
    inner = getattr(part, head)
    empty = {"payer": Payer(), "patient": Patient(), "subscriber": Subscriber()}.get(head, Provider())
    made = _evolved(empty if inner is None else inner, rest, value)
    nobody = head in ROLES and made == Provider()
    return evolve(part, **{head: None if nobody else made})


def _typed(path: str, value: Any) -> Any:
    """A value as the claim model has it."""
    if path in ("claim.diagnoses", "claim.occurrences", "claim.values", "claim.procedures"):
        makers: dict[str, Callable[[str], object]] = {
            "claim.diagnoses": Diagnosis,
            "claim.occurrences": Occurrence,
            "claim.values": ValueCode,
            "claim.procedures": Procedure,
        }
        return tuple(makers[path](str(each)) for each in value or ())
    if path == "line.number":
        return int(value)
    if path == "line.diagnosis_pointers":
        return tuple(map(int, value or ()))
    many = path in FIELDS and FIELDS[path].many
    if many:
        return () if value is None else value
    return value


def without(claim: Claim, index: int, paths: Iterable[str]) -> Claim:
    """The claim with nothing at these paths, nor anything unknown of them."""
    for path in paths:
        claim = store(claim, index, path, None)
    return known(claim, paths)


def known(claim: Claim, paths: Iterable[str]) -> Claim:
    """The claim of a feed that can carry these."""
    left = claim.unknown.difference(paths)
    return claim if left == claim.unknown else evolve(claim, unknown=left)


def unknown(claim: Claim, index: int, name: str) -> Iterator[Claim]:
    """Claims of feeds that cannot carry the field, or something that it is worked out from."""
    if name in ("claim.payer", "payer.line_of_business", "payer.plan"):
        if name == "claim.payer":
            yield evolve(known(claim, ("payer.id",)), payer=evolve(STRANGER, state=claim.payer.state))
        yield evolve(claim, payer=Payer(state=claim.payer.state))
        if name != "claim.payer":
            yield evolve(claim, payer=evolve(claim.payer, **{name[6:]: None}))
        return
    paths = FIELDS[name].paths
    if FIELDS[name].derive is None:
        yield evolve(without(claim, index, paths), unknown=claim.unknown.difference(paths) | {paths[0]})
        return
    for path in paths:
        places = range(len(claim.lines)) if path.startswith("line.") else (0,)
        emptied = claim
        for place in places:
            emptied = without(emptied, place, (path,))
        yield evolve(emptied, unknown=emptied.unknown | {path})
        one = without(claim, index, (path,))
        if path.startswith("line.") and len(claim.lines) > 1:
            yield evolve(one, unknown=one.unknown | {path})


# ---- diagnoses, more lines ----------------------------------------------------------------------------------------------------


def with_line(claim: Claim, like: int, code: str | None) -> Claim:
    """The claim with one more line: of this code, on the day and by the provider of the line at `like`."""
    if len(claim.lines) >= MAX_LINES or like >= len(claim.lines):
        raise ValueError("a claim of so many lines is hard to read")
    model = claim.lines[like]
    added = Line(
        number=max(each.number for each in claim.lines) + 1,
        code=code,
        units=Decimal(1),
        unit_type="UN",
        date=model.date,
        revenue_code=model.revenue_code,
        rendering=model.rendering,
    )
    return evolve(claim, lines=(*claim.lines, added))


def several(wish: Any) -> tuple[Any, ...]:
    """A wish for a list: None is none, one value a list of one."""
    return wish if isinstance(wish, tuple) else () if wish is None else (wish,)


def diagnosed(claim: Claim, system: str, codes: Iterable[Value]) -> Claim:
    """The claim with these diagnoses alone."""
    found = tuple(Diagnosis(str(code), cast(Literal["icd9", "icd10"], system)) for code in codes)
    return evolve(known(claim, ("claim.diagnoses",)), diagnoses=in_order(found))


def in_order(diagnoses: tuple[Diagnosis, ...]) -> tuple[Diagnosis, ...]:
    """The first diagnosis of a claim is its principal one."""
    return tuple(
        evolve(each, role="other" if place else "principal") if each.role in ("principal", "other") else each
        for place, each in enumerate(diagnoses)
    )
