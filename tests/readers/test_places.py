"""The catalogue says where each field stands, and the readers find it there: a place that is named is read, no other is."""

from __future__ import annotations

import datetime as dt
import json
import runpy
from decimal import Decimal
from io import BytesIO
from pathlib import Path

import pytest
import write_fhir
from attrs import evolve
from test_read_837i import SAMPLE
from x12_samples import SEGMENTS, read

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
from cpt_rules.fields import BESIDE, FIELDS
from cpt_rules.readers import claim_to_json, read_claims
from cpt_rules.readers.flat_bind import bind
from cpt_rules.readers.flat_fields import FLAT_FIELDS
from cpt_rules.readers.flat_layout import TUVA, own
from cpt_rules.reading import stored

CATALOGUE = {**FIELDS, **BESIDE}
DAY, LATER = dt.date(2026, 1, 5), dt.date(2026, 1, 6)
DOCS = Path(__file__).resolve().parents[2] / "docs"


def provider(npi: str, entity: str = "person") -> Provider:
    return Provider(npi, entity, "291U00000X", "CA")  # type: ignore[arg-type]


LINE = Line(
    1,
    id="L1",
    code="86329",
    code_type="HC",
    modifiers=("90",),
    units=Decimal(1),
    unit_type="UN",
    charge=Decimal(25),
    date=DAY,
    date_to=LATER,
    pos="81",
    clia="05D0123456",
    referring_clia="05D7654321",
    diagnosis_pointers=(1,),
    description="gel test",
    revenue_code="0302",
    ndc="00004196501",
    purchased="P1",
    rendering=provider("1"),
    ordering=provider("2"),
    referring=provider("3"),
    service_facility=None,
)
FULL = Claim(
    "C1",
    "institutional",
    # one item of FHIR has a code for its place, or names the place
    lines=(LINE, evolve(LINE, number=2, pos=None, service_facility=provider("4", "organisation"))),
    frequency="1",
    original_reference="ICN1",
    bill_type="131",
    charge=Decimal(50),
    statement_from=DAY,
    statement_to=LATER,
    admission_date=DAY,
    discharge_date=LATER,
    patient_status="01",
    drg="470",
    received_date=LATER,
    accident="AA",
    homebound=True,
    conditions=("A1",),
    occurrences=(Occurrence("11", DAY, LATER),),
    values=(ValueCode("A1", Decimal(3)),),
    procedures=(Procedure("02583ZZ", DAY),),
    payer=Payer("01182", "MEDICARE", "MB", "medicare-ffs", "PLAN", "CA", "P"),
    subscriber=Subscriber("M1", "18"),
    patient=Patient("M1", DAY, "F", LATER),
    billing=provider("5", "organisation"),
    rendering=provider("6"),
    referring=provider("7"),
    ordering=provider("8"),
    supervising=provider("9"),
    attending=provider("10"),
    operating=provider("11"),
    service_facility=provider("12", "organisation"),
    clia="05D0123456",
    pos="81",
    prior_authorization="AUTH1",
    referral_number="RF1",
    diagnoses=(Diagnosis("D80.1", "icd10", "principal", "Y"),),
)


def values(claim: Claim, name: str) -> list[object]:
    """All values of a field that are there, on any line and in any object of a list."""
    flat = FLAT_FIELDS[name]
    path = flat.owner or name
    holders = claim.lines if flat.of_line else [None]
    found = [stored(claim, line, path) for line in holders]
    if flat.owner:
        return [getattr(each, flat.part) for objects in found for each in objects]  # type: ignore[union-attr]
    return [each for each in found if each not in (None, ())]


def test_everything_that_a_claim_stores_is_in_the_catalogue():
    assert set(FLAT_FIELDS) <= set(CATALOGUE)
    assert [name for name in FLAT_FIELDS if not values(FULL, name)] == []


def test_a_field_has_a_place_in_fhir_where_it_is_read_from_there_and_else_none():
    sent = json.dumps(write_fhir.resource(FULL)).encode()
    (claim,) = read_claims(BytesIO(sent), format="fhir")
    for name in FLAT_FIELDS:
        if CATALOGUE[name].fhir:
            assert values(claim, name) == values(FULL, name), name
            assert name not in claim.unknown or name == "line.pos", (
                name
            )  # the place of the second line does not tell it
        else:
            assert values(claim, name) == [], name
            assert name in claim.unknown or name in ("claim.pos", *BESIDE), name


@pytest.mark.parametrize(("segments", "kind"), [(SEGMENTS, "x12p"), (SAMPLE, "x12i")], ids=["837P", "837I"])
def test_a_field_has_a_place_in_the_837_where_it_is_read_from_there_and_else_none(segments, kind):
    claim = read(segments)[0][0]
    there = {name for name in FLAT_FIELDS if any(each is not None for each in values(claim, name))}
    assert there == {name for name in FLAT_FIELDS if getattr(CATALOGUE[name], kind)}


def test_the_page_names_the_path_of_each_value_in_json(monkeypatch):
    monkeypatch.setattr("sys.argv", ["generate"])
    json_path = runpy.run_path(str(DOCS / "generate_claims_in.py"))["json_path"]
    content = json.loads(json.dumps(claim_to_json(FULL)))
    for name, flat in FLAT_FIELDS.items():
        found: list[object] = [content]
        for key in json_path(flat).split("."):
            plain = key.removesuffix("[]")
            found = [each[plain] for each in found if isinstance(each, dict) and plain in each]
            if key != plain:
                found = [inner for each in found for inner in each]  # type: ignore[attr-defined]
        assert [each for each in found if each is not None], name


def test_every_field_is_a_column_of_our_own_layout_and_those_of_tuva_are_what_its_table_has():
    header = tuple(FLAT_FIELDS)
    assert set(own(header).columns) == set(FLAT_FIELDS)
    assert bind(own(header), header).unknown == frozenset()
    bound = bind(TUVA, TUVA.all_columns)
    assert not bound.unknown & set(TUVA.columns)
