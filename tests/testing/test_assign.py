"""Claims made so that a field reads as wanted: stored fields, worked-out fields, unknown ones."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cpt_rules.claim import Claim, Diagnosis, Line, Payer, Provider
from cpt_rules.fields import FIELDS
from cpt_rules.reading import UNKNOWN, Open, Reading, View
from cpt_rules.ruleset.payers import LINE_OF_BUSINESS_BY_FILING
from cpt_rules.testing.reach.assign import Wish, assign
from tests.strategies import claims

TODAY = dt.date(2026, 1, 5)
LINE = Line(1, code="86329", units=Decimal(1), unit_type="UN", date=TODAY)
CLAIM = Claim("C", "professional", (LINE,), payer=Payer(id="medicare"))

#: A wish for every field of the catalogue that a claim decides, and whether an institutional claim is needed.
WISHES: dict[str, tuple[Wish, ...]] = {
    "claim.type": ("institutional",),
    "claim.frequency": ("7", None),
    "claim.void": (True, False),
    "claim.facility_type": ("13", None),
    "claim.ncci_setting": ("practitioner", "hospital", None),
    "claim.first_date": (dt.date(2025, 1, 1),),
    "claim.last_date": (dt.date(2026, 1, 9), dt.date(2025, 1, 1)),
    "claim.icd_date": (dt.date(2015, 9, 30),),
    "claim.filing_year_end": (dt.date(2026, 1, 5),),
    "claim.filed": (dt.date(2026, 1, 4),),
    "claim.line_charges": (Decimal("2.50"), None),
    "claim.clia_numbers": ((), ("05D0123456",), ("05D0123456", "05D7654321", "05D1111111")),
    "claim.further_clia_numbers": ((), ("05D7654321",), ("05D7654321", "05D0123456")),
    "claim.codes": (("86329", "86331"), ()),
    "claim.modifiers": (("QW",), ()),
    "claim.npis": (("1234567893",), ("1234567893", "1993999998"), ()),
    "claim.bad_npis": (("123",), ()),
    "claim.taxonomies": (("291U00000X",), ()),
    "claim.bad_taxonomies": (("29",), ()),
    "claim.diagnoses": (("D80.1",), ()),
    "claim.icd10": (("D80.1", "I10"), ()),
    "claim.icd9": (("279.00",), ()),
    "claim.bad_icd10": (("D8",), ()),
    "claim.principal_diagnosis": ("D80.1", None),
    "claim.occurrences": (("11",), ()),
    "claim.values": (("80",), ()),
    "claim.procedures": (("0W3P8ZZ",), ()),
    "line.first_modifier": ("QW", None),
    "line.modifier_count": (Decimal(0), Decimal(5)),
    "line.repeated_modifiers": (("91",), ()),
    "line.bad_modifiers": (("9",), ()),
    "line.bad_pointers": ((Decimal(2),), ()),
    "line.icd10": (("D80.1", "I10"), ()),
    "line.icd9": (("279.00",), ()),
    "line.provider": ("1993999998", None),
    "line.date": (dt.date(2025, 1, 1), None),
    "line.units": (Decimal("2.5"), None),
    "line.diagnosis_pointers": ((Decimal(1), Decimal(2)), ()),
    "day.code": ("86331",),
    "day.units": (Decimal(4), Decimal("0.5")),
    "day.lines": (Decimal(1), Decimal(3)),
    "day.modifiers": (("91",), ()),
    "day.codes": (("86329", "86331"),),
    "payer.line_of_business": ("commercial",),
    "payer.plan": ("nc",),
    "claim.payer": ("aetna",),
    "line.code_type": ("ER",),  # absent it is HC
}
_OF_TYPE: dict[str, Wish] = {"number": Decimal(3), "date": dt.date(2025, 1, 1), "yes/no": True}


def _wishes(name: str) -> tuple[Wish, ...]:
    field = FIELDS[name]
    if name in WISHES:
        return WISHES[name]
    one: Wish = field.choices[0] if field.choices else _OF_TYPE.get(field.type, "X1")
    return ((one,), ()) if field.many else (one, None)  # type: ignore[return-value]


def _read(claim: Claim, name: str) -> Reading:
    if name in ("claim.payer", "payer.line_of_business", "payer.plan"):  # the ruleset decides; this is what it goes by
        return {"claim.payer": claim.payer.id, "payer.plan": claim.payer.plan}.get(name, claim.payer.line_of_business)
    return FIELDS[name].read(View(claim, TODAY), claim.lines[0] if claim.lines else None)


def _plain(reading: object) -> object:
    """A reading with its numbers as they compare."""
    return tuple(map(_plain, reading)) if isinstance(reading, tuple) else reading


CASES = [(name, wish) for name in FIELDS if name not in ("run.as_of", "line.number") for wish in _wishes(name)]


@pytest.mark.parametrize(("name", "wish"), CASES, ids=[f"{name} {wish}" for name, wish in CASES])
def test_one_of_the_claims_proposed_reads_as_wanted(name: str, wish: Wish) -> None:
    busy = Claim(
        "C",
        "professional",
        (
            Line(
                1, code="86329", modifiers=("91", "91"), units=Decimal(1), unit_type="UN", date=TODAY, clia="05D0000001"
            ),
        ),
        billing=Provider("1245319599", taxonomy="207ZP0102X"),
        diagnoses=(Diagnosis("Z00", role="principal"),),
        payer=Payer(id="medicare"),
    )
    for claim in (CLAIM, busy):
        proposed = list(assign(claim, 0, name, wish))
        assert _plain(wish) in [_plain(_read(each, name)) for each in proposed]


@pytest.mark.parametrize(
    "name",
    [
        name
        for name in FIELDS
        if name not in ("claim.type", "run.as_of", "claim.void", "claim.filed", "line.number", "line.id")
    ],
)
def test_what_is_to_be_unknown_is_unknown_in_one_of_the_claims_proposed(name: str) -> None:
    two = Claim("C", "professional", (LINE, Line(2, code="86329", date=TODAY)))
    claims = [
        CLAIM,
        two,
        Claim("C", "institutional", (Line(1, code="86329", revenue_code="0300", date=TODAY),), bill_type="131"),
    ]
    proposed = [each for claim in claims for each in assign(claim, 0, name, UNKNOWN)]
    if name in ("claim.payer", "payer.line_of_business", "payer.plan"):
        ends = {None, "ZZ999"} if name == "claim.payer" else {None}
        assert ends & {_read(each, name) for each in proposed}
        return
    if name == "line.code_type":  # absent it is HC
        assert any("line.code_type" in each.unknown for each in proposed)
        return
    readings = [_read(each, name) for each in proposed]
    assert any(reading is UNKNOWN or isinstance(reading, Open) for reading in readings)


@given(
    claims(), st.sampled_from(sorted(FIELDS)), st.sampled_from((None, (), UNKNOWN, "86329", ("90",), Decimal(2), TODAY))
)
def test_whatever_is_wished_for_no_claim_is_refused_with_an_error(claim: Claim, name: str, wish: Wish) -> None:
    """assign(claim, field, wish) yields claims, and raises for nothing that a claim can hold."""
    for made in assign(claim, 0, name, wish):
        assert isinstance(made, Claim)


def test_a_filing_indicator_does_not_contradict_a_line_of_business_that_is_put() -> None:
    sent = Claim("C", "professional", (LINE,), payer=Payer(id="medicare", filing="MB"))
    (made,) = assign(sent, 0, "payer.line_of_business", "commercial")
    assert made.payer == Payer(id="medicare", line_of_business="commercial")
    assert LINE_OF_BUSINESS_BY_FILING["MB"] != "commercial"
