"""The laws that users call: they hold on generated rulesets and claims, and say what is wrong where something is."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path

import pytest
from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st

from cpt_rules.claim import Claim, Diagnosis
from cpt_rules.engine import Engine
from cpt_rules.finding import Outcome, Report
from cpt_rules.testing import (
    assert_empty_overlay_is_identity,
    assert_engines_agree,
    assert_line_order_irrelevant,
    assert_round_trip,
    assert_unknown_is_never_passed,
    claims,
    laws,
    maskable_fields,
)
from tests import strategies
from tests.small import AS_OF, small_ruleset
from tests.small import claims as small_claims
from tests.strategies import DAYS_OF_RUN, linked, rulesets

LAWS = (
    assert_engines_agree,
    assert_line_order_irrelevant,
    assert_empty_overlay_is_identity,
    assert_round_trip,
    assert_unknown_is_never_passed,
)
each_law = pytest.mark.parametrize("law", LAWS, ids=lambda law: law.__name__)


@each_law
@settings(max_examples=80)
@given(rulesets(), strategies.claims(), st.sampled_from(DAYS_OF_RUN))
def test_the_laws_hold_on_generated_rulesets(law: Callable[..., None], text: str, claim: Claim, as_of: dt.date) -> None:
    """Every law, for every ruleset that links and every claim."""
    law(linked(text), claim, as_of=as_of)


@each_law
def test_the_laws_hold_on_claims_made_for_a_ruleset(law: Callable[..., None], tmp_path: Path) -> None:
    rules = small_ruleset(tmp_path)

    @settings(max_examples=40)
    @given(claims(rules))
    def holds(claim: Claim) -> None:
        law(rules, claim)

    holds()


# ---- what is said where a law does not hold ------------------------------------------------------------------------


def _lying(monkeypatch: pytest.MonkeyPatch, change: Callable[[Engine, Claim, Report], Report]) -> None:
    """Engines whose reports are changed before anybody sees them."""
    honest = Engine.scrub

    def scrub(self: Engine, claim: Claim) -> Report:
        return change(self, claim, honest(self, claim))

    monkeypatch.setattr(Engine, "scrub", scrub)
    monkeypatch.setattr(laws, "_engines", [])


def _without_failures(report: Report) -> Report:
    """The report as if nothing had failed."""
    kept = tuple(each for each in report.findings if each.status is not Outcome.FAIL)
    codes = tuple((line, [code for code in codes if code != Outcome.FAIL]) for line, codes in report.outcomes)
    return Report(report.claim, report.payer, report.as_of, codes, build=None, built=(kept, report.silenced))


def test_engines_that_disagree_are_shown_with_the_claim_and_the_finding(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rules, claim = small_ruleset(tmp_path), evolve(small_claims()[0], origin=None)
    _lying(monkeypatch, lambda engine, _, report: _without_failures(report) if engine.kind == "direct" else report)
    with pytest.raises(AssertionError) as caught:
        assert_engines_agree(rules, claim, as_of=AS_OF)
    law, given, *difference = str(caught.value).splitlines()
    assert law == "the engines disagree"
    assert given == (
        "  given: {payer.id: 01182, claim.icd10: D80.1, lines: [{line.code: 86329, line.charge: 25.00, "
        "line.diagnosis_pointers: 1}, {line.code: 99213, line.charge: 25.00, line.diagnosis_pointers: 1}]}"
    )
    assert difference[0].startswith("  only direct: the claim: warn, complete: False, payer medicare")
    (finding,) = [line for line in difference if "clia.present" in line and line.startswith("  only reference: clia")]
    assert finding.startswith("  only reference: clia.present on line 1: fail: Finding(")
    assert "86329 needs a CLIA number" in finding


def test_an_engine_that_looks_at_the_order_of_lines_is_found_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rules, claim = small_ruleset(tmp_path), small_claims()[0]

    def first_line_only(_: Engine, claim: Claim, report: Report) -> Report:
        kept = tuple(each for each in report.findings if each.index in (None, 0))
        return Report(claim, report.payer, report.as_of, report.outcomes, build=None, built=(kept, report.silenced))

    _lying(monkeypatch, first_line_only)
    with pytest.raises(
        AssertionError, match=r"^the order of lines matters\n  given: .*\n  only as it stands: line 1, "
    ) as caught:
        assert_line_order_irrelevant(rules, claim)
    assert "  only lines in the order 2, 1: line 2, code.known, with None: warn" in str(caught.value)


def test_who_passes_what_is_unknown_is_found_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rules, claim = small_ruleset(tmp_path), small_claims()[0]

    def unknown_is_fine(_: Engine, claim: Claim, report: Report) -> Report:
        fine = tuple(
            evolve(each, status=Outcome.PASS) if each.status is Outcome.NOT_CHECKED and claim.unknown else each
            for each in report.findings
        )
        return Report(claim, report.payer, report.as_of, report.outcomes, build=None, built=(fine, report.silenced))

    _lying(monkeypatch, unknown_is_fine)
    with pytest.raises(AssertionError) as caught:
        assert_unknown_is_never_passed(rules, claim, fields=["line.clia"])
    law, _, *difference = str(caught.value).splitlines()
    assert law == "with line.clia unknown an edit says what it did not say before"
    assert difference == ["  clia.present on line 1: fail became pass"]


def test_an_overlay_that_is_not_empty_is_found_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rules, claim = small_ruleset(tmp_path), small_claims()[0]
    _lying(
        monkeypatch,
        lambda engine, _, report: _without_failures(report) if len(engine.ruleset.overlays) > 1 else report,
    )
    with pytest.raises(AssertionError, match=r"^an empty overlay changes something\n"):
        assert_empty_overlay_is_identity(rules, claim)


def test_what_is_lost_when_a_claim_is_written_is_found_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    honest = laws.claim_to_json
    monkeypatch.setattr(laws, "claim_to_json", lambda claim: {**honest(claim), "diagnoses": []})
    with pytest.raises(AssertionError, match=r"^the claim changes when it is written and read\n  given: \{payer.id"):
        assert_round_trip(small_ruleset(tmp_path), small_claims()[0])


def test_a_claim_that_no_reader_accepts_is_not_asked_to_survive_writing(tmp_path: Path) -> None:
    claim = small_claims()[0]
    assert_round_trip(small_ruleset(tmp_path), evolve(claim, lines=(evolve(claim.lines[0], code=None),)))


def test_a_claim_that_json_refuses_for_another_reason_breaks_the_law(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    honest = laws.claim_to_json
    monkeypatch.setattr(laws, "claim_to_json", lambda claim: {**honest(claim), "charge": "many"})
    with pytest.raises(AssertionError, match=r"^what was written cannot be read\n"):
        assert_round_trip(small_ruleset(tmp_path), small_claims()[0])


# ---- what may become unknown ---------------------------------------------------------------------------------------


def test_a_field_that_cannot_become_unknown_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"^`line.date` cannot be made unknown; one of: claim.original_reference, "):
        assert_unknown_is_never_passed(small_ruleset(tmp_path), small_claims()[0], fields=["line.date"])


def test_the_day_and_what_is_worked_out_cannot_become_unknown() -> None:
    fields = maskable_fields()
    assert {
        "line.clia",
        "line.modifiers",
        "line.code",
        "claim.diagnoses",
        "billing.npi",
        "claim.payer",
        "payer.state",
    } <= set(fields)
    assert not {"line.date", "claim.statement_from", "claim.type", "claim.void", "payer.id", "day.units"} & set(fields)


def test_claims_with_diagnoses_in_any_order_survive_writing(tmp_path: Path) -> None:
    claim = small_claims()[0]
    mixed = (Diagnosis("279.00", "icd9", "principal"), Diagnosis("D80.1", "icd10", "admitting", "Y"))
    assert_round_trip(small_ruleset(tmp_path), evolve(claim, diagnoses=mixed))
