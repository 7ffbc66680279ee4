"""Invented claims as a laboratory's billing office would have them: mixed codes, payers, dates, modifiers and mistakes."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from decimal import Decimal
from random import Random
from typing import TypeVar

from cpt_rules import Claim, Diagnosis, Line, Patient, Payer, Provider, Ruleset, Subscriber
from cpt_rules.language.documents import Constant

T = TypeVar("T")

LINES = 5
FIRST_DAY = dt.date(2025, 1, 1)
DAYS = 380
AS_OF = dt.date(2026, 1, 31)

_PAYERS = (
    (40, Payer(id="01182", name="MEDICARE PART B", filing="MB", state="CA", sequence="P")),
    (8, Payer(name="MEDICARE", filing="MB", state="TX", sequence="P")),
    (12, Payer(id="87726", name="UNITEDHEALTHCARE", filing="CI", sequence="P")),
    (6, Payer(id="87726", name="UNITEDHEALTHCARE", filing="16", sequence="P")),
    (8, Payer(id="60054", name="AETNA", filing="CI", sequence="P")),
    (8, Payer(id="62308", name="CIGNA", filing="CI", sequence="P")),
    (6, Payer(name="BLUE CROSS NC", filing="BL", line_of_business="commercial", sequence="P")),
    (6, Payer(name="BCBSTX", filing="BL", sequence="P")),
    (6, Payer(id="SAMPLE77", name="EVERGREEN SAMPLE HEALTH PLAN", filing="CI", sequence="P")),
)
_MODIFIERS: tuple[tuple[int, tuple[str, ...]], ...] = (
    (72, ()),
    (6, ("91",)),
    (5, ("59",)),
    (3, ("90",)),
    (4, ("QW",)),
    (3, ("26",)),
    (2, ("GA",)),
    (1, ("GA", "GZ")),
    (2, ("XS",)),
    (1, ("91", "QW")),
    (1, ("TC",)),
)
_POS: tuple[tuple[int, str | None], ...] = ((60, "81"), (22, "11"), (10, "22"), (5, "21"), (2, "19"), (1, None))
_DIAGNOSES = ("D80.1", "D83.9", "D47.2", "R77.1", "D89.2", "C90.00", "R76.8", "E85.4", "D80.4", "R77.9")
_OTHER_CODES = ("99213", "36415", "J1885", "G0471")


def claims(ruleset: Ruleset, count: int, seed: int = 86329) -> Iterator[Claim]:
    """`count` claims of five lines each; the same ones for the same seed and ruleset."""
    random = Random(seed)
    codes = _codes(ruleset, random)
    npis = [_npi(f"1999{number:05d}") for number in range(60)]
    cliae = [f"05D{number:07d}" for number in random.sample(range(10_000_000), 40)]
    payers, weights = [payer for _, payer in _PAYERS], [weight for weight, _ in _PAYERS]
    for number in range(count):
        day = FIRST_DAY + dt.timedelta(days=random.randrange(DAYS))
        diagnoses = random.sample(_DIAGNOSES, random.randint(1, 4))
        lines = tuple(_line(random, place, codes, day, len(diagnoses), cliae) for place in range(1, LINES + 1))
        total = sum((line.charge or Decimal(0) for line in lines), Decimal(0))
        yield Claim(
            id=f"GEN-{number:06d}",
            type="professional",
            lines=lines,
            frequency="1",
            charge=total + (1 if random.random() < 0.02 else 0),
            payer=random.choices(payers, weights)[0],
            subscriber=Subscriber(f"GEN{number:08d}", "18"),
            patient=Patient(
                f"GEN{number:08d}", dt.date(1930 + number % 80, 1 + number % 12, 1 + number % 28), "FM"[number % 2]
            ),
            billing=Provider(npis[number % 20], "organisation", "291U00000X", "CA"),
            rendering=Provider(random.choice(npis), "person", "207ZP0102X") if random.random() < 0.2 else None,
            referring=Provider(random.choice(npis), "person") if random.random() < 0.95 else None,
            clia=random.choice(cliae) if random.random() < 0.95 else None,
            pos=_pick(random, _POS),
            diagnoses=tuple(
                Diagnosis(code, "icd10", "other" if place else "principal") for place, code in enumerate(diagnoses)
            ),
        )


def _line(random: Random, number: int, codes: list[str], day: dt.date, diagnoses: int, cliae: list[str]) -> Line:
    return Line(
        number=number,
        code=random.choice(codes),
        modifiers=_pick(random, _MODIFIERS),
        units=Decimal(random.choices((1, 2, 3), (90, 7, 3))[0]),
        unit_type="UN",
        charge=Decimal(random.randint(500, 30_000)) / 100,
        date=day,
        clia=random.choice(cliae) if random.random() < 0.03 else None,
        referring_clia=random.choice(cliae) if random.random() < 0.02 else None,
        diagnosis_pointers=tuple(range(1, random.randint(1, diagnoses) + 1)),
    )


def _codes(ruleset: Ruleset, random: Random) -> list[str]:
    """Codes with a profile twice, eighty further laboratory tests, a few services that are no test."""
    profiled = sorted(ruleset.profiles)
    tests = sorted(_members(ruleset, "clfs.tests"))
    return [*profiled, *profiled, *random.sample(tests, min(80, len(tests))), *_OTHER_CODES]


def _members(ruleset: Ruleset, id: str) -> set[str]:
    """The codes in the latest values of a set and of the sets that it names."""
    found: set[str] = set()
    for item in ruleset.sets[id].values[-1].items or ():
        found |= {str(item.value)} if isinstance(item, Constant) else _members(ruleset, item.id)
    return found


def _pick(random: Random, table: tuple[tuple[int, T], ...]) -> T:
    return random.choices([value for _, value in table], [weight for weight, _ in table])[0]


def _npi(first: str) -> str:
    """Nine digits with their check digit. Source: 45 CFR 162.406, Luhn over 80840 and the number."""
    total = 24
    for digit in (int(each) * (2 - place % 2) for place, each in enumerate(reversed(first))):
        total += digit - 9 if digit > 9 else digit
    return first + str(-total % 10)
