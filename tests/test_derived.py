"""Derived fields that name the culprit of a format."""

from __future__ import annotations

import datetime as dt

import pytest
from attrs import evolve

from cpt_rules.claim import Claim, Diagnosis, Line, Provider
from cpt_rules.fields import FIELDS
from cpt_rules.reading import Open, Reading, View


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
