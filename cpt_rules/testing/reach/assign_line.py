"""Fields of lines and days that are worked out from others: what has to be stored so that they read as wanted."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from attrs import evolve

from cpt_rules.claim import Claim
from cpt_rules.fields import FIELDS
from cpt_rules.testing.reach.stored import MAX_LINES, Derived, diagnosed, known, several, store, stored, with_line

#: Modifiers that fill places: of shape, and rarely of meaning to a rule.
_FILLERS = ("KX", "CR", "GC", "SC", "LT", "RT", "KY", "GE")


def _first_modifier(claim: Claim, index: int, wish: Any) -> Iterator[Claim]:
    bare = known(claim, ("line.modifiers",))
    if wish is None:
        yield store(bare, index, "line.modifiers", ())
        return
    others = tuple(each for each in claim.lines[index].modifiers if each != wish)
    for modifiers in ((wish, *others), (wish, *others[1:]), (wish,)):
        yield store(bare, index, "line.modifiers", modifiers)


def _modifier_count(claim: Claim, index: int, wish: Any) -> Iterator[Claim]:
    count = int(wish)
    here = dict.fromkeys(claim.lines[index].modifiers)
    for first in (tuple(here), tuple(each for each in here if each not in _FILLERS)):
        found = dict.fromkeys([*first, *_FILLERS])
        if 0 <= count <= len(found):
            yield store(known(claim, ("line.modifiers",)), index, "line.modifiers", tuple(found)[:count])


def _repeated_modifiers(claim: Claim, index: int, wish: Any) -> Iterator[Claim]:
    bare, here = known(claim, ("line.modifiers",)), claim.lines[index].modifiers
    repeated = several(wish) or ((here[0],) if here else ())
    if wish:
        yield store(bare, index, "line.modifiers", tuple(each for one in repeated for each in (one, one)))
        yield store(bare, index, "line.modifiers", (*here, *repeated))
    else:
        yield store(bare, index, "line.modifiers", tuple(dict.fromkeys(here)))


def _bad_of(path: str) -> Derived:
    def put(claim: Claim, index: int, wish: Any) -> Iterator[Claim]:
        yield store(known(claim, (path,)), index, path, several(wish))

    return put


def _line_diagnoses(system: str) -> Derived:
    def put(claim: Claim, index: int, wish: Any) -> Iterator[Claim]:
        codes = several(wish)
        bare = known(claim, ("line.diagnosis_pointers",))
        if not codes:
            yield store(bare, index, "line.diagnosis_pointers", ())
        found = diagnosed(bare, system, codes)
        pointers = tuple(range(1, len(codes) + 1)) if claim.type == "professional" else ()
        yield store(found, index, "line.diagnosis_pointers", pointers)

    return put


def _bad_pointers(claim: Claim, index: int, wish: Any) -> Iterator[Claim]:
    bare, count = known(claim, ("line.diagnosis_pointers", "claim.diagnoses")), len(claim.diagnoses)
    bad = tuple(int(each) for each in several(wish))
    good = (1,) if count else ()
    for pointers in ((*good, *bad), bad, (*good, count + 1)) if bad else (good,):
        yield store(bare, index, "line.diagnosis_pointers", pointers)


def _provider(claim: Claim, index: int, wish: Any) -> Iterator[Claim]:
    bare = known(claim, FIELDS["line.provider"].paths)
    if claim.type == "professional" and wish is not None:
        yield store(bare, index, "line.rendering.npi", wish)
    for path in FIELDS["line.provider"].paths:
        bare = store(bare, index, path, None)
    yield store(bare, index, "billing.npi", wish)


def _day_code(claim: Claim, index: int, wish: Any) -> Iterator[Claim]:
    yield from stored(claim, index, "line.code", wish)


def _day_modifiers(claim: Claim, index: int, wish: Any) -> Iterator[Claim]:
    yield from stored(claim, index, "line.modifiers", wish)


def _day_units(claim: Claim, index: int, wish: Any) -> Iterator[Claim]:
    line = claim.lines[index]
    same = [n for n, each in enumerate(claim.lines) if (each.code, each.date) == (line.code, line.date) and n != index]
    bare = known(claim, ("line.units", "line.unit_type"))
    for kept in (same, []):
        others = sum((claim.lines[n].units or Decimal(0) for n in kept), Decimal(0))
        yield store(store(bare, index, "line.units", wish - others), index, "line.unit_type", "UN")
    if not same and wish > 1:
        two = store(store(bare, index, "line.units", wish - 1), index, "line.unit_type", "UN")
        yield with_line(two, index, line.code)


def _day_lines(claim: Claim, index: int, wish: Any) -> Iterator[Claim]:
    if not 1 <= wish <= MAX_LINES:
        return
    line = claim.lines[index]
    found = evolve(claim, lines=(line, *(each for each in claim.lines if each.code != line.code)))
    for _ in range(int(wish) - 1):
        found = with_line(found, 0, line.code)
    yield found


def _day_codes(claim: Claim, index: int, wish: Any) -> Iterator[Claim]:
    here = claim.lines[index]
    codes = [str(each) for each in several(wish)]
    alone = evolve(claim, lines=(here,))
    for whole in (claim, alone) if len(claim.lines) > 1 else (claim,):
        found = whole
        for code in codes:
            if code not in {each.code for each in found.lines}:
                found = with_line(found, 0, code)
        yield found
    if len(codes) == 1:
        yield store(alone, 0, "line.code", codes[0])


OF_LINES: Mapping[str, Derived] = {
    "line.first_modifier": _first_modifier,
    "line.modifier_count": _modifier_count,
    "line.repeated_modifiers": _repeated_modifiers,
    "line.bad_modifiers": _bad_of("line.modifiers"),
    "line.bad_pointers": _bad_pointers,
    "line.icd10": _line_diagnoses("icd10"),
    "line.icd9": _line_diagnoses("icd9"),
    "line.provider": _provider,
    "day.code": _day_code,
    "day.modifiers": _day_modifiers,
    "day.units": _day_units,
    "day.lines": _day_lines,
    "day.codes": _day_codes,
}
