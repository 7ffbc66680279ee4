"""Derived fields: those that name the culprit of a format, and what leaves a field unknown."""

from __future__ import annotations

import datetime as dt

import pytest
from attrs import evolve
from hypothesis import example, given
from hypothesis import strategies as st

from cpt_rules.claim import Claim, Diagnosis, Line, Provider
from cpt_rules.fields import FIELDS, STORED_FIELDS
from cpt_rules.reading import UNKNOWN, Open, Reading, View
from tests.strategies import claims


def read(name: str, claim: Claim) -> Reading:
    derive = FIELDS[name].derive
    assert derive is not None
    return derive(View(claim, dt.date(2026, 1, 6)), claim.lines[0])


CLAIM = Claim(
    id="1",
    type="professional",
    billing=Provider(npi="1234567893", taxonomy="291U00000X"),
    referring=Provider(npi="1234567890"),
    diagnoses=(
        Diagnosis(code="D80.1", system="icd10", role="principal"),
        Diagnosis(code="D8", system="icd10", role="other"),
    ),
    lines=(Line(number=1, code="86329", modifiers=("90", "9"), rendering=Provider(taxonomy="207ZP0102")),),
)


@pytest.mark.parametrize(
    ("name", "bad"),
    [
        ("claim.bad_npis", ("1234567890",)),
        ("claim.bad_taxonomies", ("207ZP0102",)),
        ("claim.bad_icd10", ("D8",)),
        ("line.bad_modifiers", ("9",)),
    ],
)
def test_only_what_has_not_the_shape_is_named(name: str, bad: tuple[str, ...]) -> None:
    assert read(name, CLAIM) == bad


@pytest.mark.parametrize(
    ("name", "stored", "bad"),
    [
        ("claim.bad_npis", "ordering.npi", ("1234567890",)),
        ("claim.bad_taxonomies", "attending.taxonomy", ("207ZP0102",)),
    ],
)
def test_a_list_with_a_part_that_the_feed_cannot_carry_stays_open(name: str, stored: str, bad: tuple[str, ...]) -> None:
    assert read(name, evolve(CLAIM, unknown=frozenset({stored}))) == Open(bad)


def test_what_the_feed_cannot_carry_at_all_is_open() -> None:
    claim = Claim(
        id="1",
        type="professional",
        lines=(Line(number=1),),
        unknown=frozenset({"line.modifiers", "claim.diagnoses"}),
    )
    assert (read("line.bad_modifiers", claim), read("claim.bad_icd10", claim)) == (Open(), Open())


@given(claims(), st.sampled_from(sorted(STORED_FIELDS)))
@example(
    Claim(
        id="C",
        type="institutional",
        bill_type="111",
        lines=(Line(number=1, code="36415", date=dt.date(2025, 1, 5)),),
    ),
    "line.date_to",
)
def test_a_field_is_unknown_only_for_what_the_catalogue_says_it_is_read_from(claim: Claim, unknown: str) -> None:
    """An engine that knows the paths of a field knows whether it can be unknown."""
    sent = evolve(claim, unknown=frozenset({unknown}))
    view = View(sent, dt.date(2026, 2, 15))
    for name, known in FIELDS.items():
        for line in sent.lines if known.binding == "line" else (None,):
            reading = known.read(view, line)
            assert not (reading is UNKNOWN or isinstance(reading, Open)) or unknown in known.paths, name
