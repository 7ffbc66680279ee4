"""Claims made in Python: a value of the wrong type is refused where it is made, with the name of its field."""

from __future__ import annotations

import datetime as dt
import inspect
import pickle
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from attrs import evolve

from cpt_rules import Claim, Diagnosis, Line, Patient, Payer, Provider
from cpt_rules.checked import unchecked
from cpt_rules.claim import Occurrence, ValueCode, stored_names
from cpt_rules.fields import STORED_FIELDS

DAY = dt.date(2026, 1, 5)


@pytest.mark.parametrize(
    ("make", "field"),
    [
        (lambda: Line(number="1"), "Line.number"),
        (lambda: Line(number=True), "Line.number"),
        (lambda: Line(1, code=86329), "Line.code"),
        (lambda: Line(1, modifiers=(26,)), r"Line.modifiers\[0\]"),
        (lambda: Line(1, modifiers="26"), "Line.modifiers"),
        (lambda: Line(1, modifiers=None), "Line.modifiers"),
        (lambda: Line(1, units="x"), "Line.units"),
        (lambda: Line(1, charge=25.0), "Line.charge"),
        (lambda: Line(1, date="2026-01-05"), "Line.date"),
        (lambda: Line(1, date=dt.datetime(2026, 1, 5)), "Line.date"),
        (lambda: Line(1, diagnosis_pointers=("1",)), r"Line.diagnosis_pointers\[0\]"),
        (lambda: Line(1, rendering="1234567893"), "Line.rendering"),
        (lambda: Diagnosis(None), "Diagnosis.code"),
        (lambda: Payer(id=1182), "Payer.id"),
        (lambda: Patient(birth_date="1979-03-02"), "Patient.birth_date"),
        (lambda: Provider(npi=1234567893), "Provider.npi"),
        (lambda: Occurrence("11", date=20260105), "Occurrence.date"),
        (lambda: ValueCode("80", amount="1"), "ValueCode.amount"),
        (lambda: Claim(1, "professional"), "Claim.id"),
        (lambda: Claim("A", "professional", lines=None), "Claim.lines"),
        (lambda: Claim("A", "professional", lines=({"number": 1},)), r"Claim.lines\[0\]"),
        (lambda: Claim("A", "professional", payer=None), "Claim.payer"),
        (lambda: Claim("A", "professional", diagnoses=("D80.1",)), r"Claim.diagnoses\[0\]"),
        (lambda: Claim("A", "professional", homebound="Y"), "Claim.homebound"),
        (lambda: Claim("A", "professional", unknown="claim.clia"), "Claim.unknown"),
        (lambda: Claim("A", "professional", origin="in.837"), "Claim.origin"),
        (lambda: evolve(Claim("A", "professional"), pos=81), "Claim.pos"),
    ],
)
def test_a_value_of_another_type_is_refused(make: Callable[[], Any], field: str) -> None:
    with pytest.raises(TypeError, match=f"^{field} must be "):
        make()


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Claim("A", "dental"), "Claim.type must be one of: institutional, professional"),
        (lambda: Provider(entity="firm"), "Provider.entity must be one of: organisation, person"),
        (lambda: Payer(line_of_business="medicar"), "Payer.line_of_business must be one of: auto, commercial"),
        (lambda: Line(1, units=Decimal("NaN")), "Line.units must be a finite number"),
        (
            lambda: Claim("A", "professional", unknown={"claim.cliaa"}),
            r"Claim.unknown\[0\] is no known name; did you mean 'claim.clia'\?",
        ),
    ],
)
def test_a_word_or_number_that_means_nothing_is_refused(make: Callable[[], Any], message: str) -> None:
    with pytest.raises(ValueError, match=f"^{message}"):
        make()


def test_no_message_shows_a_value() -> None:
    with pytest.raises(TypeError) as error:
        Patient(birth_date="1979-03-02")  # type: ignore[arg-type]
    assert "1979" not in str(error.value)


def test_what_can_only_mean_one_thing_becomes_it() -> None:
    line: Any = Line(1, modifiers=["26", "59"], units=2)  # type: ignore[arg-type]
    assert (line.modifiers, line.units, type(line.units)) == (("26", "59"), Decimal(2), Decimal)
    claim: Any = Claim("A", "professional", [line], unknown=("claim.clia",))  # type: ignore[arg-type]
    assert (claim.lines, claim.unknown) == ((line,), frozenset({"claim.clia"}))
    assert hash(claim) == hash(evolve(claim))


def test_every_stored_field_may_be_unknown() -> None:
    assert stored_names() >= STORED_FIELDS
    Claim("A", "professional", unknown=STORED_FIELDS)


def test_unchecked_makes_the_same_object() -> None:
    line = unchecked(Line)(1, code="86329", date=DAY)
    assert line == Line(1, code="86329", date=DAY)
    assert pickle.loads(pickle.dumps(line)) == line
    assert unchecked(Payer)("01182") == Payer("01182")
    assert hash(unchecked(Payer)("01182")) == hash(Payer("01182"))


def test_the_signature_is_that_of_the_fields() -> None:
    assert next(iter(inspect.signature(Line).parameters)) == "number"
