"""Inline tests: how a claim is built from what a test gives, and what counts as passed."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from pathlib import Path

import pytest

from cpt_rules import Ruleset, load_ruleset
from cpt_rules.claim import Diagnosis, Line, Occurrence, Payer, Procedure, Provider, ValueCode
from cpt_rules.language import documents as doc
from cpt_rules.language.problems import Mark
from cpt_rules.testing.inline import CannotBuild, TestResult, build_claim, run_tests
from tests.small import RULES, small_ruleset, write_rules

_HERE = Mark("rules.yaml", 1, 1)
Texts = str | list[str]


def _given(lines: list[dict[str, Texts]] | None = None, **fields: Texts) -> doc.Given:
    return doc.Given(_texts(fields), tuple(map(_texts, lines or [])), mark=_HERE)


def _texts(fields: dict[str, Texts]) -> dict[str, tuple[str, ...]]:
    return {name: (value,) if isinstance(value, str) else tuple(value) for name, value in fields.items()}


def test_a_test_that_gives_nothing_has_the_documented_defaults() -> None:
    claim = build_claim(_given())
    assert (claim.type, claim.payer) == ("professional", Payer(id="medicare"))
    assert claim.lines == (Line(1, units=Decimal(1), unit_type="UN", date=dt.date(2026, 1, 5)),)


def test_values_are_typed_by_their_field() -> None:
    claim = build_claim(
        _given(
            **{
                "claim.type": "institutional",
                "claim.charge": "25.00",
                "claim.homebound": "yes",
                "claim.statement_from": "2026-01-02",
                "claim.conditions": ["07", "20"],
                "line.units": "2.5",
                "line.diagnosis_pointers": ["1", "2"],
                "line.modifiers": ["26", "TC"],
                "line.clia": "no number at all",
            }
        )
    )
    assert (claim.type, claim.charge, claim.homebound) == ("institutional", Decimal("25.00"), True)
    assert (claim.statement_from, claim.conditions) == (dt.date(2026, 1, 2), ("07", "20"))
    (line,) = claim.lines
    assert (line.units, line.diagnosis_pointers, line.modifiers) == (Decimal("2.5"), (1, 2), ("26", "TC"))
    assert line.clia == "no number at all"


def test_codes_become_diagnoses_occurrences_values_and_procedures() -> None:
    claim = build_claim(
        _given(
            **{
                "claim.icd10": ["D80.1", "D83.9"],
                "claim.icd9": "279.00",
                "claim.occurrences": "11",
                "claim.values": ["80", "81"],
                "claim.procedures": "0W3P8ZZ",
            }
        )
    )
    assert claim.diagnoses == (
        Diagnosis("D80.1", "icd10", "principal"),
        Diagnosis("D83.9", "icd10", "other"),
        Diagnosis("279.00", "icd9", "other"),
    )
    assert claim.occurrences == (Occurrence("11"),)
    assert claim.values == (ValueCode("80"), ValueCode("81"))
    assert claim.procedures == (Procedure("0W3P8ZZ"),)


def test_providers_of_the_claim_and_of_a_line() -> None:
    claim = build_claim(
        _given(**{"billing.npi": "1234567893", "billing.entity": "person", "line.rendering.npi": "1993999998"})
    )
    assert claim.billing == Provider("1234567893", "person")
    assert claim.lines[0].rendering == Provider("1993999998")


def test_several_lines_are_numbered_and_each_has_the_defaults() -> None:
    claim = build_claim(_given([{"line.code": "86329"}, {"line.code": "36415", "line.date": "2026-01-04"}]))
    assert [(line.number, line.code, line.date) for line in claim.lines] == [
        (1, "86329", dt.date(2026, 1, 5)),
        (2, "36415", dt.date(2026, 1, 4)),
    ]


@pytest.mark.parametrize(
    ("fields", "payer"),
    [
        ({"claim.payer": "aetna"}, Payer(id="aetna")),
        ({"payer.name": "MEDICARE"}, Payer(name="MEDICARE")),
        ({"payer.line_of_business": "commercial"}, Payer(id="medicare", line_of_business="commercial")),
        ({"claim.unknown": ["payer.id"]}, Payer()),
    ],
)
def test_the_payer_is_medicare_unless_the_test_tells_another(fields: dict[str, Texts], payer: Payer) -> None:
    assert build_claim(_given(**fields)).payer == payer


def test_a_default_gives_way_to_unknown_and_to_absent() -> None:
    claim = build_claim(_given(**{"claim.unknown": ["line.units"], "line.date": "absent"}))
    assert claim.unknown == {"line.units"}
    assert claim.lines == (Line(1),)


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"line.units": "many"}, "line.units: 'many' is not a number"),
        ({"line.date": "yesterday"}, "line.date: 'yesterday' is not a date"),
        ({"line.code": ["86329", "36415"]}, "line.code takes one value"),
        ({"claim.codes": "86329"}, "claim.codes cannot be given; it is worked out from other fields"),
        ({"nobody.npi": "1"}, "nobody is no part of a claim"),
    ],
)
def test_what_no_claim_can_hold_is_said(fields: dict[str, Texts], message: str) -> None:
    with pytest.raises(CannotBuild) as caught:
        build_claim(_given(**fields))
    assert str(caught.value) == message


def test_all_tests_of_the_small_ruleset_pass_in_order_of_edit_then_overlay(tmp_path: Path) -> None:
    results = list(run_tests(small_ruleset(tmp_path)))
    assert [each for each in results if not each.passed] == []
    edits = [each.edit for each in results if each.overlay is None]
    assert edits == sorted(edits)
    assert [(each.edit, each.overlay, each.name) for each in results][-1] == ("clia.present", "acme", "off")


def test_the_reference_engine_agrees(tmp_path: Path) -> None:
    ruleset = small_ruleset(tmp_path)
    assert list(run_tests(ruleset, kind="reference")) == list(run_tests(ruleset))


def test_a_wrong_expectation_fails_with_its_place_and_what_was_found(tmp_path: Path) -> None:
    wrong = RULES.replace(
        "{name: nowhere, given: {line.code: 86329}, expect: fail}",
        "{name: nowhere, given: {line.code: 86329}, expect: pass}",
    )
    write_rules(tmp_path, wrong)
    (failed,) = [each for each in run_tests(small_ruleset_of(tmp_path)) if not each.passed]
    assert failed == TestResult(failed.mark, "clia.present", "nowhere", "pass", "fail")
    line = wrong.splitlines()[failed.mark.line - 1]
    assert line.strip() == "- {name: nowhere, given: {line.code: 86329}, expect: pass}"
    assert failed.mark.column == line.index("{") + 1


def test_missing_is_compared_exactly_where_it_is_given(tmp_path: Path) -> None:
    wrong = RULES.replace("expect: not checked, missing: [payer.policy]", "expect: not checked, missing: [claim.payer]")
    write_rules(tmp_path, wrong)
    (failed,) = [each for each in run_tests(small_ruleset_of(tmp_path)) if not each.passed]
    assert (failed.expected, failed.found) == ("not checked", "not checked")
    assert (failed.expected_missing, failed.found_missing) == (("claim.payer",), ("payer.policy",))


def test_a_client_that_no_overlay_is_for_is_said(tmp_path: Path) -> None:
    text = RULES.replace("given: {line.code: 86329, client: acme}", "given: {line.code: 86329, client: acmee}")
    rules = load_ruleset(write_rules(tmp_path, text))
    errors = [each.error for each in run_tests(rules) if each.error]
    assert errors == ["no overlay is for the client 'acmee'"]


def small_ruleset_of(folder: Path) -> Ruleset:

    return load_ruleset(folder / "rules")
