"""The published schemas: every bundled document and every sample satisfies them, and mistakes do not."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from cpt_rules.fields import FIELDS
from cpt_rules.language.documents import KINDS
from cpt_rules.language.problems import Problem
from cpt_rules.language.read import Map, Node, Scalar, read_file, read_text
from cpt_rules.language.schema import rule_schema
from cpt_rules.ruleset.load import bundled_path
from cpt_rules.writers.schema import claim_schema
from tests.small import RULES, record

ROOT = Path(__file__).parents[1]


def plain(node: Node) -> Any:
    """A document as an editor's YAML reader has it, every scalar as text."""
    if isinstance(node, Scalar):
        return node.text
    if isinstance(node, Map):
        return {key.text: plain(value) for key, value in node.entries}
    return [plain(each) for each in node.items]


@pytest.fixture(scope="module")
def rules() -> Draft202012Validator:
    schema = rule_schema()
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema)


@pytest.fixture(scope="module")
def claims() -> Draft202012Validator:
    schema = claim_schema()
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema)


@pytest.mark.parametrize(
    "path", sorted(bundled_path().rglob("*.yaml")), ids=lambda path: str(path.relative_to(bundled_path()))
)
def test_every_bundled_document_satisfies_the_schema(rules: Draft202012Validator, path: Path) -> None:
    problems: list[Problem] = []
    assert [node.mark for node in read_file(path, path.name, problems) if not rules.is_valid(plain(node))] == []
    assert problems == []


def _document(kind: str) -> dict[str, Any]:
    nodes = read_text(RULES, "small.yaml", [])
    found: dict[str, Any] = next(each for each in map(plain, nodes) if next(iter(each)) == kind)
    return found


def test_the_schema_knows_every_kind(rules: Draft202012Validator) -> None:
    assert {reference["$ref"] for reference in rules.schema["oneOf"]} == {f"#/$defs/{kind}" for kind in KINDS}


@pytest.mark.parametrize(
    ("kind", "change"),
    [
        ("edit", {"titel": "X"}),
        ("edit", {"severity": "terrible"}),
        ("edit", {"require": {}}),
        ("edit", {"require": {"line.code": {"is": "86329"}}}),
        ("edit", {"require": {"line.colour": "red"}}),
        ("edit", {"require": {"line.code amongst": "86329"}}),
        ("edit", {"since": "January"}),
        ("edit", {"tests": [{"name": "x", "given": {"line.cod": "1"}, "expect": "pass"}]}),
        ("edit", {"tests": [{"name": "x", "given": {}, "expect": "perhaps"}]}),
        ("set", {"complete": "mostly"}),
        ("set", {"values": {"2020": ["86329"]}}),
        ("source", {"confidence": "total"}),
        ("profile", {"facts": {"icd10": "unknown"}}),
        ("overlay", {"edits": {"clia.present": {"off": "no", "source": "manual"}}}),
    ],
)
def test_the_schema_refuses_mistakes(rules: Draft202012Validator, kind: str, change: dict[str, Any]) -> None:
    document = _document(kind)
    assert rules.is_valid(document)
    assert not rules.is_valid({**document, **change})


def test_the_schema_takes_what_yaml_makes_of_numbers_and_of_yes(rules: Draft202012Validator) -> None:
    document = _document("edit")
    assert rules.is_valid({**document, "require": {"line.code in": [86329, 80053], "claim.homebound": True}})


@pytest.mark.parametrize("field", sorted(FIELDS))
def test_a_condition_may_name_every_field(rules: Draft202012Validator, field: str) -> None:
    assert rules.is_valid({**_document("edit"), "when": {field: "x", f"{field} is not": "y"}})


# ---- claims --------------------------------------------------------------------------------------------------------


def test_the_sample_claims_satisfy_the_schema(claims: Draft202012Validator) -> None:
    lines = (ROOT / "examples" / "claims.jsonl").read_text(encoding="utf-8").splitlines()
    assert lines
    assert [error.message for line in lines for error in claims.iter_errors(json.loads(line))] == []


def test_what_the_model_writes_satisfies_the_schema(claims: Draft202012Validator) -> None:
    from cpt_rules import claim_from_json, claim_to_json

    full = claim_to_json(claim_from_json(record("A", "86329", clia="05D0123456", unknown=["line.ndc"])))
    assert [error.message for error in claims.iter_errors(full)] == []


def _without(record: dict[str, Any], *keys: str) -> dict[str, Any]:
    return {key: value for key, value in record.items() if key not in keys}


_CLAIM = record("A", "86329")
_INPATIENT = {
    **_CLAIM,
    "type": "institutional",
    "bill_type": "131",
    "statement_from": "2026-01-05",
    "lines": [{"number": 1, "revenue_code": "0302", "code": "86329"}],
}


@pytest.mark.parametrize(
    "claim",
    [_CLAIM, _INPATIENT, {**_CLAIM, "clia": None, "conditions": None}, {**_CLAIM, "diagnoses": [{"code": "D80.1"}]}],
)
def test_a_claim_with_what_is_required(claims: Draft202012Validator, claim: dict[str, Any]) -> None:
    from cpt_rules import claim_from_json

    assert [error.message for error in claims.iter_errors(claim)] == []
    claim_from_json(claim)


@pytest.mark.parametrize(
    "claim",
    [
        _without(_CLAIM, "id"),
        _without(_CLAIM, "lines"),
        {**_CLAIM, "lines": []},
        {**_CLAIM, "lines": [_without(_CLAIM["lines"][0], "number")]},
        {**_CLAIM, "lines": [_without(_CLAIM["lines"][0], "code")]},
        {**_CLAIM, "lines": [{**_CLAIM["lines"][0], "date": None}]},
        {**_CLAIM, "type": "dental"},
        {**_CLAIM, "chargee": "1"},
        {**_CLAIM, "charge": 25.5},
        {**_CLAIM, "charge": "$25"},
        {**_CLAIM, "unknown": ["line.colour"]},
        {**_CLAIM, "payer": {"line_of_business": "casino"}},
        _without(_INPATIENT, "statement_from"),
        {**_INPATIENT, "lines": [{"number": 1, "code": "86329"}]},
    ],
)
def test_what_the_reader_refuses_the_schema_refuses(claims: Draft202012Validator, claim: dict[str, Any]) -> None:
    from cpt_rules import InputError, claim_from_json

    assert not claims.is_valid(claim)
    with pytest.raises(InputError):
        claim_from_json(claim)
