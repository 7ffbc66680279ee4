"""FHIR that is not R4, and FHIR without end: each is a problem with its path, and the next resource is read."""

from __future__ import annotations

import json

import pytest
from test_read_fhir import BARE, CPT, FULL, changed, coded, read

from cpt_rules.readers import source

NO_ELEMENT = "is no element of this resource in FHIR R4; "
R5 = [
    (("traceNumber",), [{"value": "1"}], f"traceNumber: {NO_ELEMENT}send the claim as FHIR R4 defines it"),
    (("diagnosisRelatedGroup",), coded("x", "470"), f"diagnosisRelatedGroup: {NO_ELEMENT}did you mean 'diagnosis'?"),
    (("item", 0, "productOrServiceEnd"), coded(CPT, "86330"), f"item[0].productOrServiceEnd: {NO_ELEMENT}send the claim as FHIR R4 defines it"),
    (("item", 0, "request"), [{"reference": "ServiceRequest/1"}], f"item[0].request: {NO_ELEMENT}send the claim as FHIR R4 defines it"),
    (("item", 0, "bodySite"), [{"site": [{"concept": coded("x", "LA")}]}], "item[0].bodySite: is not what FHIR R4 allows here; send the claim as FHIR R4 defines it"),
]  # fmt: skip


@pytest.mark.parametrize(("path", "value", "message"), R5, ids=[str(path[-1]) for path, _, _ in R5])
def test_shapes_of_r5_are_named(path, value, message):
    claims, problems = read([changed(*path, to=value), BARE])
    assert problems == [f"fhir.invalid in.json: record 1: claim c1: {message}"]
    assert [claim.id for claim in claims] == ["c1"]


def test_a_coverage_of_r5_that_the_claim_refers_to_is_named():
    sent = json.loads(json.dumps(FULL))
    coverage = next(each for each in sent["contained"] if each["resourceType"] == "Coverage")
    coverage["insurer"] = coverage.pop("payor")[0]
    claims, problems = read(sent)
    assert claims == []
    assert len(problems) == 1
    assert problems[0].startswith("fhir.invalid in.json: claim PCN-1001: contained[3].insurer: is no element of this")


@pytest.mark.parametrize(
    "deep", ["[" * 200_000, '{"a":' * 200_000, '{"resourceType": "Claim", "item": ' + "[" * 200_000]
)
def test_brackets_without_end_are_one_problem_and_the_next_line_is_read(deep):
    claims, problems = read(f"{deep}\n{json.dumps(BARE)}\n".encode(), format="fhir")
    assert [claim.id for claim in claims] == (["c1"] if deep[0] == "{" else [])  # an array is one document
    assert [each.split(":")[0] for each in problems] in (["json.too-deep in.json"], ["json.syntax in.json"])


def test_a_line_and_a_document_that_would_fill_the_memory_are_refused(monkeypatch):
    monkeypatch.setattr(source, "LONGEST_RECORD", 5_000)
    monkeypatch.setattr("cpt_rules.readers.json.LONGEST_RECORD", 5_000)
    long = json.dumps({**BARE, "id": "x" * 6_000})
    claims, problems = read(f"{json.dumps(BARE)}\n{long}\n{json.dumps(BARE)}\n".encode())
    assert [claim.id for claim in claims] == ["c1", "c1"]
    assert problems == [
        "json.too-long in.json:line 2: the line exceeds sixteen megabytes; send one resource a line",
    ]
    monkeypatch.setattr(source, "LARGEST_WHOLE", 5_000)
    claims, problems = read([BARE] * 100)
    assert claims == []
    assert [each.split()[0] for each in problems] == ["input.too-large"]
