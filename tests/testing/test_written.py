"""Claims written as the `given` of an inline test, and read again."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
from attrs import evolve
from hypothesis import given

from cpt_rules.claim import Claim, Diagnosis, Line, Patient, Payer, Provider
from cpt_rules.language.parse import parse_text
from cpt_rules.testing.building import build_claim
from cpt_rules.testing.cases import Case
from cpt_rules.testing.written import as_given, inline_test, shown_claim
from tests.strategies import claims

DAY = dt.date(2026, 1, 5)
PAYERS = ("medicare", "aetna")
LINE = Line(1, code="86329", units=Decimal(1), unit_type="UN", date=DAY)
PLAIN = Claim("test", "professional", (LINE,), payer=Payer(id="medicare"))


def _read(text: str) -> Claim:
    """The claim of an inline test whose `given` is this text."""
    document = (
        "edit: a\ntitle: t\nrequire: {line.code: present}\nseverity: warn\ndisposition: deny\nmessage: m\nremedy: r\n"
        f"source: s\ntests:\n  - {{name: n, given: {text}, expect: pass}}\n"
    )
    (edit,), problems = parse_text(document)
    assert problems == []
    return build_claim(edit.tests[0].given)  # type: ignore[union-attr]


@given(claims())
def test_what_is_written_is_read_as_the_same_claim(claim: Claim) -> None:
    """build_claim(parse(as_given(claim))) = claim, where a test can give it at all."""
    text = as_given(Case(claim), ("p0",))
    if text is not None:
        assert _read(text) == evolve(claim, id="test")


def test_a_claim_as_tests_give_it_is_short() -> None:
    assert as_given(Case(PLAIN), PAYERS) == "{line.code: 86329}"
    aetna = evolve(PLAIN, payer=Payer(id="aetna"), unknown=frozenset({"claim.clia"}))
    assert as_given(Case(aetna), PAYERS) == "{claim.payer: aetna, claim.unknown: claim.clia, line.code: 86329}"


def test_a_payer_that_no_document_has_is_given_by_its_identifier_and_none_as_absent() -> None:
    assert as_given(Case(evolve(PLAIN, payer=Payer(id="ZZ999"))), PAYERS) == "{payer.id: ZZ999, line.code: 86329}"
    assert as_given(Case(evolve(PLAIN, payer=Payer())), PAYERS) == "{payer.id: absent, line.code: 86329}"


def test_several_lines_and_what_is_supposed() -> None:
    two = evolve(
        PLAIN, lines=(LINE, Line(2, code="86331", modifiers=("59",), units=Decimal(2), unit_type="UN", date=DAY))
    )
    case = Case(two, (("profile.pos", ("11", "81")),), (("pairs", (("86329", "86331", ""),)),))
    assert as_given(case, PAYERS) == (
        '{rows: {pairs: [[86329, 86331, ""]]}, profile.pos: [11, 81], '
        "lines: [{line.code: 86329}, {line.code: 86331, line.modifiers: 59, line.units: 2}]}"
    )


@pytest.mark.parametrize("text", ["a: b", "x # y", "", "it's", " leading", "[list]", "5%", "ü, ö", "null", "- dash"])
def test_texts_that_yaml_would_read_otherwise_are_quoted(text: str) -> None:
    claim = evolve(PLAIN, original_reference=text or None, referral_number="'" + text)
    written = as_given(Case(claim), PAYERS)
    assert written is not None
    assert _read(written) == claim


@pytest.mark.parametrize(
    "claim",
    [
        evolve(PLAIN, lines=()),
        evolve(PLAIN, lines=(evolve(LINE, unit_type=None),)),
        evolve(PLAIN, lines=(evolve(LINE, number=7),)),
        evolve(PLAIN, diagnoses=(Diagnosis("D80.1", role="admitting"),)),
        evolve(PLAIN, other_payers=(Payer(id="aetna"),)),
    ],
)
def test_what_a_test_cannot_give_is_shown_as_json(claim: Claim) -> None:
    assert as_given(Case(claim), PAYERS) is None
    assert inline_test(Case(claim), "n", "pass") is None
    assert shown_claim(Case(claim)).startswith('{"id": "test", "type": "professional", "payer": {"id": "medicare"}')


def test_a_ready_inline_test_on_one_line_or_on_several() -> None:
    assert inline_test(Case(PLAIN), "nowhere", "fail", payers=PAYERS) == (
        "  - {name: nowhere, given: {line.code: 86329}, expect: fail}"
    )
    long = evolve(PLAIN, patient=Patient(birth_date=DAY), billing=Provider("1234567893"), prior_authorization="A" * 60)
    assert inline_test(Case(long), "many, things", "not checked", payers=PAYERS, on=1, missing=("set.a",)) == (
        "  - name: 'many, things'\n"
        "    given: {patient.birth_date: 2026-01-05, billing.npi: 1234567893, "
        f"claim.prior_authorization: {'A' * 60}, line.code: 86329}}\n"
        "    expect: not checked\n"
        "    missing: [set.a]"
    )
