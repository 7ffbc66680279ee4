"""FHIR R4 Claims: which element fills which field, what stays unknown, and every fault with its path."""

from __future__ import annotations

import copy
import datetime as dt
import io
import json
import sys
from decimal import Decimal
from typing import Any

import pytest

from cpt_rules.claim import Claim, Diagnosis, Line, Patient, Payer, Procedure, Provider, Subscriber
from cpt_rules.readers import InputError, InputProblem, read_claims

CARIN = "http://hl7.org/fhir/us/carin-bb/CodeSystem/"
HL7 = "http://terminology.hl7.org/CodeSystem/"
NPI = "http://hl7.org/fhir/sid/us-npi"
CLIA = "urn:oid:2.16.840.1.113883.4.7"
CPT = "http://www.ama-assn.org/go/cpt"
DAY = dt.date(2026, 1, 5)
Json = dict[str, Any]


def coded(system: str, code: str) -> Json:
    return {"coding": [{"system": system, "code": code}]}


BARE: Json = {
    "resourceType": "Claim",
    "id": "c1",
    "status": "active",
    "use": "claim",
    "type": coded(f"{HL7}claim-type", "professional"),
    "patient": {"reference": "Patient/1"},
    "created": "2026-01-05",
    "provider": {"reference": "Organization/1"},
    "priority": {"coding": [{"code": "normal"}]},
    "insurance": [{"sequence": 1, "focal": True, "coverage": {"reference": "Coverage/1"}}],
    "item": [{"sequence": 1, "productOrService": coded(CPT, "86329"), "servicedDate": "2026-01-05"}],
}
FULL: Json = {
    **BARE,
    "contained": [
        {"resourceType": "Patient", "id": "p", "gender": "female", "birthDate": "1979-03-02"},
        {
            "resourceType": "Organization",
            "id": "lab",
            "identifier": [{"system": NPI, "value": "1234567893"}, {"system": CLIA, "value": "05D0123456"}],
            "type": [coded("http://nucc.org/provider-taxonomy", "291U00000X")],
            "address": [{"state": "CA"}],
        },
        {
            "resourceType": "Organization",
            "id": "payer",
            "identifier": [
                {"type": coded(f"{HL7}v2-0203", "TAX"), "value": "99-9999999"},
                {"type": coded(f"{CARIN}C4BBIdentifierType", "payerid"), "value": "01182"},
            ],
            "name": "MEDICARE PART B",
            "address": [{"state": "CA"}],
        },
        {
            "resourceType": "Coverage",
            "id": "cov",
            "status": "active",
            "beneficiary": {"reference": "#p"},
            "payor": [{"reference": "#payer"}],
            "subscriberId": "1EG4TE5MK73",
            "relationship": coded(f"{HL7}subscriber-relationship", "self"),
        },
        {"resourceType": "Practitioner", "id": "doc", "identifier": [{"system": NPI, "value": "1993999998"}]},
        {
            "resourceType": "PractitionerRole",
            "id": "role",
            "practitioner": {"reference": "#doc"},
            "specialty": [coded("http://nucc.org/provider-taxonomy", "207L00000X")],
        },
    ],
    "identifier": [{"system": "https://example.org/claims", "value": "PCN-1001"}],
    "billablePeriod": {"start": "2026-01-05", "end": "2026-01-05T23:59:59-08:00"},
    "patient": {"reference": "#p"},
    "insurer": {"reference": "#payer"},
    "provider": {"reference": "#lab"},
    "insurance": [{"sequence": 1, "focal": True, "coverage": {"reference": "#cov"}, "preAuthRef": ["AUTH1"]}],
    "careTeam": [
        {
            "sequence": 1,
            "role": coded(f"{CARIN}C4BBClaimCareTeamRole", "referring"),
            "provider": {"reference": "#role"},
        },
        {
            "sequence": 2,
            "role": coded(f"{CARIN}C4BBClaimCareTeamRole", "rendering"),
            "provider": {"identifier": {"system": NPI, "value": "1003000126"}, "type": "Practitioner"},
        },
    ],
    "diagnosis": [
        {"sequence": 7, "diagnosisCodeableConcept": coded("http://hl7.org/fhir/sid/icd-10-cm", "D839")},
        {"sequence": 3, "diagnosisCodeableConcept": coded("http://hl7.org/fhir/sid/icd-10-cm", "D80.1")},
    ],
    "procedure": [
        {
            "sequence": 1,
            "date": "2026-01-05T10:00:00Z",
            "procedureCodeableConcept": coded("http://www.cms.gov/Medicare/Coding/ICD10", "02583ZZ"),
        }
    ],
    "accident": {"date": "2026-01-01", "type": coded(f"{HL7}v3-ActCode", "MVA")},
    "item": [
        {
            "sequence": 1,
            "careTeamSequence": [1, 2],
            "diagnosisSequence": [3, 7, 9],
            "productOrService": {
                "coding": [
                    {"system": "https://example.org/charges", "code": "LAB-1"},
                    {"system": CPT, "code": "86329"},
                ]
            },
            "modifier": [coded(CPT, "90"), coded(CPT, "59")],
            "quantity": {"value": 2},
            "unitPrice": {"value": 12.55, "currency": "USD"},
            "servicedPeriod": {"start": "2026-01-05", "end": "2026-01-06"},
            "locationCodeableConcept": coded(
                "https://www.cms.gov/Medicare/Coding/place-of-service-codes/Place_of_Service_Code_Set", "81"
            ),
        },
        {
            "sequence": 2,
            "productOrService": coded("https://www.cms.gov/Medicare/Coding/HCPCSReleaseCodeSets", "G0472"),
            "net": {"value": 3.00},
            "servicedDate": "2026-01-05",
            "extension": [
                {"url": "https://example.org/lab", "valueIdentifier": {"system": CLIA, "value": "05D7654321"}}
            ],
        },
    ],
    "total": {"value": 28.10, "currency": "USD"},
}


def read(content: object, **options: object) -> tuple[list[Claim], list[str]]:
    stream = io.BytesIO(content if isinstance(content, bytes) else json.dumps(content, indent=1).encode())
    stream.name = "in.json"
    problems: list[InputProblem] = []
    claims = list(read_claims(stream, on_problem=problems.append, **options))
    return claims, [f"{each.code} {each}" for each in problems]


def one(content: Json) -> Claim:
    claims, problems = read(content)
    assert problems == []
    return claims[0]


def changed(*path: str | int, to: object, of: Json = BARE) -> Json:
    """A copy with another value at a path; ... takes the value away."""
    found = copy.deepcopy(of)
    at: Any = found
    for key in path[:-1]:
        at = at[key]
    if to is ...:
        del at[path[-1]]
    else:
        at[path[-1]] = to
    return found


def test_every_element_fills_its_field():
    claim = one(FULL)
    assert claim == Claim(
        id="PCN-1001",
        type="professional",
        charge=Decimal("28.1"),
        statement_from=DAY,
        statement_to=DAY,
        accident="AA",
        procedures=(Procedure("02583ZZ", DAY),),
        payer=Payer(id="01182", name="MEDICARE PART B", state="CA", sequence="P"),
        subscriber=Subscriber("1EG4TE5MK73", "18"),
        patient=Patient("1EG4TE5MK73", dt.date(1979, 3, 2), "F"),
        billing=Provider("1234567893", "organisation", "291U00000X", "CA"),
        clia="05D0123456",
        prior_authorization="AUTH1",
        diagnoses=(Diagnosis("D80.1", role="principal"), Diagnosis("D83.9")),
        lines=(
            Line(
                1,
                code="86329",
                modifiers=("90", "59"),
                units=Decimal(2),
                unit_type="UN",
                charge=Decimal("25.10"),
                date=DAY,
                date_to=dt.date(2026, 1, 6),
                pos="81",
                diagnosis_pointers=(1, 2, 9),
                rendering=Provider("1003000126", "person"),
                referring=Provider("1993999998", "person", "207L00000X"),
            ),
            Line(2, code="G0472", charge=Decimal(3), date=DAY, clia="05D7654321"),
        ),
        unknown=claim.unknown,
    )


def test_what_a_resource_has_no_place_for_is_unknown_and_what_it_leaves_out_is_absent():
    claim = one(FULL)
    assert claim.unknown.isdisjoint(
        {"payer.id", "payer.name", "billing.npi", "patient.birth_date", "line.pos", "claim.original_reference"}
    )
    assert claim.unknown >= {
        "claim.frequency",
        "claim.homebound",
        "payer.filing",
        "payer.line_of_business",
        "line.description",
        "line.id",
        "line.purchased",
        "line.referring_clia",
        "claim.bill_type",
        "ordering.npi",
    }


def test_what_references_lead_out_of_the_input_is_unknown():
    claim = one(BARE)
    assert claim.unknown >= {
        "billing.npi",
        "billing.taxonomy",
        "billing.state",
        "patient.birth_date",
        "patient.sex",
        "payer.id",
        "payer.name",
        "subscriber.id",
        "subscriber.relationship",
        "payer.plan",
        "line.clia",
        "claim.clia",
    }
    assert claim.billing == Provider(entity="organisation")
    assert (claim.id, claim.payer.sequence) == ("c1", "P")


def test_a_bundle_resolves_references_to_its_entries_by_url_and_by_type_and_id():
    patient = {"resourceType": "Patient", "id": "1", "birthDate": "1979-03-02"}
    organization = {"resourceType": "Organization", "id": "x", "identifier": [{"system": NPI, "value": "1234567893"}]}
    for url, reference in (
        ("urn:uuid:5", "urn:uuid:5"),
        ("https://example.org/fhir/Organization/x", "https://example.org/fhir/Organization/x/_history/2"),
        ("https://example.org/fhir/Organization/x", "Organization/x"),
    ):
        entries = [
            {"resource": {**BARE, "provider": {"reference": reference}}},
            {"resource": patient},
            {"fullUrl": url, "resource": organization},
        ]
        claim = one({"resourceType": "Bundle", "type": "collection", "entry": entries})
        assert claim.billing is not None
        assert claim.billing.npi == "1234567893"
        assert claim.patient.birth_date == dt.date(1979, 3, 2)


def test_a_sole_member_of_the_team_without_a_role_performed_the_services():
    member = {"sequence": 1, "provider": {"identifier": {"system": NPI, "value": "1993999998"}}}
    claim = one({**BARE, "careTeam": [member]})
    assert claim.rendering == Provider("1993999998")
    two = one({**BARE, "careTeam": [member, {**member, "sequence": 2}]})
    assert two.rendering is None
    assert "rendering.npi" in two.unknown


def test_two_members_in_one_role_for_the_whole_claim_leave_it_unknown():
    role = coded(f"{CARIN}C4BBClaimCareTeamRole", "rendering")
    team = [
        {"sequence": n, "role": role, "provider": {"identifier": {"system": NPI, "value": npi}}}
        for n, npi in enumerate(("1993999998", "1003000126"), 1)
    ]
    claim = one({**BARE, "careTeam": team})
    assert claim.rendering is None
    assert {"rendering.npi", "line.rendering.npi"} <= claim.unknown
    linked = [{**BARE["item"][0], "sequence": n, "careTeamSequence": [n]} for n in (1, 2)]
    lines = one({**BARE, "careTeam": team, "item": linked}).lines
    assert [line.rendering for line in lines] == [Provider("1993999998"), Provider("1003000126")]


@pytest.mark.parametrize(
    ("system", "code", "role"),
    [
        (f"{CARIN}C4BBClaimCareTeamRole", "rendering", "rendering"),
        (f"{CARIN}C4BBClaimCareTeamRole", "referring", "referring"),
        (f"{CARIN}C4BBClaimCareTeamRole", "attending", "attending"),
        (f"{CARIN}C4BBClaimCareTeamRole", "operating", "operating"),
        ("http://hl7.org/fhir/us/davinci-pct/CodeSystem/PCTCareTeamRole", "referring", "referring"),
        (f"{HL7}claimcareteamrole", "supervisor", "supervising"),
        ("https://codesystem.x12.org/005010/98", "DK", "ordering"),
        ("https://codesystem.x12.org/005010/98", "82", "rendering"),
    ],
)
def test_roles_of_each_code_system(system, code, role):
    member = {"sequence": 1, "role": coded(system, code), "provider": {"identifier": {"system": NPI, "value": "1"}}}
    claim = one({**BARE, "careTeam": [member]})
    assert getattr(claim, role) == Provider("1")
    assert f"{role}.npi" not in claim.unknown


def test_clia_numbers_are_found_in_supporting_information_extensions_and_identifiers():
    code = coded("http://hl7.org/fhir/us/davinci-pdex/CodeSystem/IdentifierTypeCS", "clia")
    info = {"sequence": 4, "category": {"coding": [{"code": "info"}]}, "code": code, "valueString": "05D0000001"}
    assert one({**BARE, "supportingInfo": [info]}).clia == "05D0000001"
    item = {**BARE["item"][0], "informationSequence": [4]}
    linked = one({**BARE, "supportingInfo": [info], "item": [item]})
    assert (linked.clia, linked.lines[0].clia) == (None, "05D0000001")
    extension = {
        "url": "https://bluebutton.cms.gov/resources/variables/carr_line_clia_lab_num",
        "valueIdentifier": {"value": "05D0000002"},
    }
    assert one({**BARE, "item": [{**BARE["item"][0], "extension": [extension]}]}).lines[0].clia == "05D0000002"
    own = {"url": "https://example.org/lab", "valueIdentifier": {"system": CLIA, "value": "05D0000003"}}
    claim = one({**BARE, "extension": [own]})
    assert claim.clia == "05D0000003"
    assert "claim.clia" not in claim.unknown
    assert "line.clia" in claim.unknown
    two = [{"system": CLIA, "value": "05D0000004"}, {"system": CLIA, "value": "05D0000005"}]
    lab = {"resourceType": "Organization", "id": "lab", "identifier": two}
    ambiguous = one({**BARE, "contained": [lab], "provider": {"reference": "#lab"}})
    assert ambiguous.clia is None
    assert "claim.clia" in ambiguous.unknown


def test_institutional_claims_with_bill_type_revenue_codes_and_supporting_information():
    kinds = f"{CARIN}C4BBSupportingInfoType"
    nubc = "https://www.nubc.org/CodeSystem/"
    sent = {
        **BARE,
        "type": coded(f"{HL7}claim-type", "institutional"),
        "supportingInfo": [
            {"sequence": 1, "category": coded(kinds, "typeofbill"), "code": coded(f"{nubc}TypeOfBill", "0131")},
            {"sequence": 2, "category": coded(kinds, "discharge-status"), "code": coded(f"{nubc}PatDischargeStatus", "01")},
            {"sequence": 3, "category": coded(kinds, "admissionperiod"), "timingPeriod": {"start": "2026-01-04", "end": "2026-01-06"}},
            {"sequence": 4, "category": coded(kinds, "clmrecvddate"), "timingDate": "2026-01-09"},
            {"sequence": 5, "category": {"coding": [{"code": "info"}]}, "code": coded(f"{nubc}ConditionCodes", "C5")},
        ],
        "item": [
            {
                "sequence": 1,
                "revenue": coded(f"{nubc}RevenueCodes", "0300"),
                "productOrService": coded(f"{HL7}data-absent-reason", "not-applicable"),
                "servicedDate": "2026-01-05",
            }
        ],
    }  # fmt: skip
    claim = one(sent)
    assert (claim.bill_type, claim.patient_status, claim.conditions) == ("131", "01", ("C5",))
    assert (claim.admission_date, claim.discharge_date) == (dt.date(2026, 1, 4), dt.date(2026, 1, 6))
    assert claim.received_date == dt.date(2026, 1, 9)
    assert (claim.lines[0].revenue_code, claim.lines[0].code) == ("0300", None)
    assert claim.unknown.isdisjoint({"claim.bill_type", "claim.conditions", "line.revenue_code"})
    assert {"claim.occurrences", "claim.values"} <= claim.unknown
    without = one(changed("item", 0, "revenue", to=..., of=sent))
    assert "line.revenue_code" in without.unknown


def test_a_professional_claim_for_one_day_dates_its_items():
    undated = changed("item", 0, "servicedDate", to=...)
    assert one({**undated, "billablePeriod": {"start": "2026-01-05", "end": "2026-01-05"}}).lines[0].date == DAY
    _, problems = read({**undated, "billablePeriod": {"start": "2026-01-05", "end": "2026-01-06"}})
    assert problems == [
        "fhir.missing in.json: claim c1: item[0].serviced[x]: is missing; a professional line has a date of service"
    ]


@pytest.mark.parametrize(
    ("quantity", "units", "kind", "unknown"),
    [
        ({"value": 3}, "3", "UN", False),
        ({"value": 1.5, "unit": "UN"}, "1.5", "UN", False),
        ({"value": 30, "system": "http://unitsofmeasure.org", "code": "min"}, "30", "MJ", False),
        ({"value": 250, "unit": "mg"}, "250", None, True),
    ],
)
def test_quantities_count_services_unless_they_have_another_unit(quantity, units, kind, unknown):
    claim = one(changed("item", 0, "quantity", to=quantity))
    assert (claim.lines[0].units, claim.lines[0].unit_type) == (Decimal(units), kind)
    assert ("line.unit_type" in claim.unknown) is unknown


FAULTS = [
    (("status",), ..., "fhir.invalid in.json: claim c1: status: is not what FHIR R4 allows here; send the claim as FHIR R4 defines it"),
    (("patient",), ..., "fhir.invalid in.json: claim c1: patient: is missing; send the claim as FHIR R4 defines it"),
    (("patien",), {}, "fhir.invalid in.json: claim c1: patien: is no element of this resource in FHIR R4; did you mean 'patient'?"),
    (("item", 0, "productOrServce"), {}, "fhir.invalid in.json: claim c1: item[0].productOrServce: is no element of this resource in FHIR R4; send the claim as FHIR R4 defines it"),
    (("item",), {}, "fhir.invalid in.json: claim c1: item: is no array; send the claim as FHIR R4 defines it"),
    (("item", 0, "servicedDate"), "01/05/2026", "fhir.invalid in.json: claim c1: item[0].servicedDate: is not what FHIR R4 allows here; send the claim as FHIR R4 defines it"),
    (("item", 0, "servicedDate"), "2026-01", "fhir.date in.json: claim c1: item[0].servicedDate: is no whole day; send year, month and day"),
    (("item",), [], "fhir.missing in.json: claim c1: item: is missing; a claim has one line or more"),
    (("item", 0, "productOrService"), {"text": "a test"}, "fhir.missing in.json: claim c1: item[0].productOrService: is missing; a professional line has a procedure code"),
    (("item", 0, "sequence"), 0, "fhir.invalid in.json: claim c1: item[0].sequence: is not what FHIR R4 allows here; send the claim as FHIR R4 defines it"),
    (("item", 0, "detail"), [{"sequence": 1, "productOrService": coded(CPT, "86329")}], "fhir.details in.json: claim c1: item[0]: is a group of details, which the claims of the 837 do not have; send each service as an item of its own"),
    (("item", 0, "net"), {"value": 3, "currency": "CAD"}, "fhir.currency in.json: claim c1: item[0].net: is an amount in CAD; amounts are read in US dollars"),
    (("use",), "preauthorization", "fhir.use in.json: claim c1: use: is no claim but a request for an authorisation or an estimate; only claims (use `claim`) are scrubbed"),
    (("status",), "entered-in-error", "fhir.status in.json: claim c1: status: says that the claim is cancelled or was made in error; send claims that are active or drafts"),
    (("type",), coded(f"{HL7}claim-type", "oral"), "fhir.type in.json: claim c1: type: is neither professional nor institutional; dental, vision and pharmacy claims are not read"),
    (("diagnosis",), [{"sequence": 1, "diagnosisReference": {"reference": "Condition/1"}}], "fhir.unresolved in.json: claim c1: diagnosis[0]: refers to a Condition that is not in this input; send the code, or the Condition with the claim"),
    (("diagnosis",), [{"sequence": 1, "diagnosisCodeableConcept": coded("http://snomed.info/sct", "36070007")}], "fhir.no-code in.json: claim c1: diagnosis[0]: has no ICD code; send the code with its system"),
    (("contained",), [{"resourceType": "Patient", "birthDat": "1979-03-02"}], "fhir.invalid in.json: claim c1: contained[0].birthDat: is no element of this resource in FHIR R4; send the claim as FHIR R4 defines it"),
]  # fmt: skip


@pytest.mark.parametrize(("path", "value", "message"), FAULTS, ids=range(len(FAULTS)))
def test_each_fault_is_one_problem_with_its_path(path, value, message):
    claims, problems = read([changed(*path, to=value), BARE])
    assert problems == [message.replace("in.json:", "in.json: record 1:")]
    assert [claim.id for claim in claims] == ["c1"]


def test_a_problem_in_a_bundle_names_its_entry_and_what_it_refers_to_too():
    patient = {"resourceType": "Patient", "id": "1", "birthDate": "born long ago", "name": [{"family": "QUILL"}]}
    entries = [{"resource": patient}, {"resource": BARE}, {"resource": changed("use", to="claims")}]
    claims, problems = read({"resourceType": "Bundle", "entry": entries})
    assert claims == []
    assert problems == [
        "fhir.invalid in.json: claim c1: entry[0].resource.birthDate: is not what FHIR R4 allows here; send the claim as FHIR R4 defines it",
        "fhir.use in.json: claim c1: entry[2].resource.use: is no claim but a request for an authorisation or an estimate; only claims (use `claim`) are scrubbed",
    ]


def test_ndjson_names_lines_and_goes_on():
    lines = [json.dumps(BARE), "", "{", json.dumps({"a": 1}), json.dumps({"resourceType": "Patient"}), json.dumps(BARE)]
    claims, problems = read("\n".join(lines).encode(), format="fhir")
    assert [(claim.origin.segments, claim.origin.ordinal) for claim in claims if claim.origin] == [
        ((1, 1), 1),
        ((6, 6), 2),
    ]
    assert problems == [
        "json.syntax in.json:line 3: this is no JSON from column 2 on; send one JSON object for each claim",
        "fhir.no-resource in.json:line 4: is no FHIR resource; send objects with a resourceType",
    ]


def test_answers_to_claims_and_inputs_without_claims_are_said():
    assert read({"resourceType": "ExplanationOfBenefit"}) == (
        [],
        ["fhir.not-a-claim in.json: is the answer to a claim (ExplanationOfBenefit); send the Claim itself"],
    )
    none = "fhir.no-claim in.json: has no Claim in it; send Claim resources, or a Bundle of them"
    for content in ({"resourceType": "Patient"}, {"resourceType": "Bundle"}):
        assert read(content) == ([], [none])
    assert read([], format="fhir") == ([], [none])


def test_nesting_without_end_is_a_problem():
    deep: object = "x"
    for _ in range(100):
        deep = [{"url": "u", "extension": deep}] if deep != "x" else [{"url": "u", "valueString": "x"}]
    _, problems = read({**BARE, "extension": deep})
    assert problems == [
        "fhir.too-deep in.json: claim c1: objects are nested deeper than 40 levels; send the claim as FHIR defines it"
    ]


def test_no_message_quotes_what_identifies_a_person():
    names = {"name": [{"family": "QUILL", "given": ["ADA"]}], "birthDate": "SECRET-1979", "id": "SECRET/ID"}
    sent = {**BARE, "contained": [{"resourceType": "Patient", **names}], "patient": {"reference": "#SECRET/ID"}}
    _, problems = read(sent)
    assert len(problems) == 1
    assert not any(word in problems[0] for word in ("QUILL", "ADA", "SECRET"))


def test_without_the_package_one_error_says_what_to_install(monkeypatch):
    for name in [each for each in sys.modules if each == "fhir" or each.startswith("fhir.")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "fhir", None)
    with pytest.raises(InputError) as raised:
        list(read_claims(io.BytesIO(json.dumps(BARE).encode())))
    assert str(raised.value) == (
        "<stream>: FHIR is read with the package fhir.resources, which is not installed; "
        "install it: pip install 'cpt-rules[fhir]'"
    )
    assert raised.value.problem.code == "fhir.not-installed"
