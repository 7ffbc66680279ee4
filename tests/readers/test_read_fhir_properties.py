"""Laws of FHIR: a claim written as a resource reads back, in each of the forms; whatever stands where, nothing raises."""

from __future__ import annotations

import io
import json

from attrs import evolve
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from write_fhir import fhir_claims, resource

from cpt_rules.claim import Claim
from cpt_rules.readers import InputProblem, read_claims

PATIENT = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])


def read(data: object, format: str = "auto") -> tuple[list[Claim], list[InputProblem]]:
    problems: list[InputProblem] = []
    content = data if isinstance(data, bytes) else json.dumps(data).encode()
    return list(read_claims(io.BytesIO(content), format=format, on_problem=problems.append)), problems


def told(claim: Claim) -> Claim:
    return evolve(claim, unknown=frozenset())


@settings(PATIENT, max_examples=100)
@given(fhir_claims())
def test_a_claim_written_as_fhir_reads_back_equal(claim):
    """read(fhir(claim)) = claim, but for what is unknown; nothing that has a value is unknown."""
    found, problems = read(resource(claim))
    assert problems == []
    assert [told(each) for each in found] == [claim]
    assert found[0].unknown.isdisjoint(
        name for name in ("claim.charge", "line.charge", "line.code", "line.date", "claim.diagnoses", "patient.id")
    )


@settings(PATIENT, max_examples=30)
@given(st.lists(fhir_claims(), min_size=1, max_size=3), st.booleans())
def test_a_bundle_and_ndjson_give_the_same_claims(claims, pretty):
    """read(bundle) = read(array) = read(ndjson) = claims, contained resources or entries of the bundle."""
    resources = [resource(claim) for claim in claims]
    ndjson = "".join(json.dumps(each) + "\n" for each in resources).encode()
    assert [told(each) for each in read(ndjson)[0]] == claims
    assert [told(each) for each in read(json.dumps(resources, indent=2 if pretty else None).encode())[0]] == claims
    entries = []
    for place, each in enumerate(resources):
        text = json.dumps({key: value for key, value in each.items() if key != "contained"})
        for inner in each["contained"]:
            ident = f"{place}-{inner['id']}"
            text = text.replace(f'"#{inner["id"]}"', f'"{inner["resourceType"]}/{ident}"')
            entries.append({"resource": {**_rewritten(inner, each["contained"], place), "id": ident}})
        entries.append({"resource": json.loads(text)})
    found, problems = read({"resourceType": "Bundle", "type": "collection", "entry": entries})
    assert problems == []
    assert list(map(told, found)) == claims


def _rewritten(resource: dict, contained: list[dict], place: int) -> dict:
    text = json.dumps(resource)
    for each in contained:
        text = text.replace(f'"#{each["id"]}"', f'"{each["resourceType"]}/{place}-{each["id"]}"')
    return json.loads(text)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


@settings(PATIENT, max_examples=200)
@given(fhir_claims(), st.data())
def test_a_resource_with_any_value_in_any_place_is_a_claim_or_a_problem(claim, data):
    """read raises nothing, whatever stands where."""
    sent = resource(claim)
    where: object = sent
    for _ in range(data.draw(st.integers(0, 6))):
        inner = [each for each in _values(where) if isinstance(each, dict | list) and each]
        if not inner:
            break
        where = data.draw(st.sampled_from(inner))
    new = data.draw(JSON)
    if isinstance(where, list):
        where[data.draw(st.integers(0, len(where) - 1))] = new
    else:
        assert isinstance(where, dict)
        where[data.draw(st.sampled_from(sorted(where)) | st.text(max_size=8))] = new
    claims, problems = read(sent, "fhir")
    assert len(claims) + len(problems) == 1


def _values(value: object) -> list[object]:
    return list(value.values()) if isinstance(value, dict) else list(value) if isinstance(value, list) else []


@settings(PATIENT, max_examples=150)
@given(st.lists(JSON, max_size=3) | JSON, st.sampled_from(["Claim", "Bundle", "Patient", "ExplanationOfBenefit", ""]))
def test_any_json_is_claims_and_problems(content, kind):
    """read(any JSON) raises nothing and says something."""
    if isinstance(content, dict):
        content = {**content, "resourceType": kind}
    claims, problems = read({"resourceType": "Bundle", "entry": content}, "fhir")
    assert (claims, bool(problems)) == ([], True)
    claims, problems = read(content, "fhir")
    assert (claims, bool(problems)) == ([], True)
