"""A finding: its key, its texts, and what it must not show."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest

from cpt_rules import Claim, Diagnosis, Engine, Line, Patient, Payer, Subscriber, load_ruleset
from cpt_rules.finding import Outcome, Report
from tests.small import AS_OF, RULES, claims, small_ruleset, write_rules

KINDS = ("direct", "reference")
each_engine = pytest.mark.parametrize("kind", KINDS)

PERSON = """\
---
edit: patient.born
title: The patient is born
payers: all
each: claim
require: {patient.birth_date before: 2000-01-01}
severity: warn
disposition: reject
message: "{patient.birth_date} of {subscriber.id}, lines {claim.codes}"
remedy: Check
source: manual
tests:
  - {name: early, given: {patient.birth_date: 1999-01-01}, expect: pass}
  - {name: late, given: {patient.birth_date: 2001-01-01}, expect: warn}
"""


def report(folder: Path, kind: Any, *lines: Line, **more: Any) -> Report:
    ruleset = load_ruleset(write_rules(folder, RULES + PERSON))
    patient, subscriber = Patient("MEMBER7", dt.date(2003, 4, 17)), Subscriber("MEMBER7")
    claim = Claim("PCN", "professional", lines, payer=Payer("01182"), patient=patient, subscriber=subscriber, **more)
    return Engine(ruleset, kind=kind, as_of=AS_OF).scrub(claim)


def line(number: int, code: str = "86329", id: str | None = None) -> Line:
    return Line(number, id, code, date=dt.date(2026, 1, 5))


def keys(found: Report) -> set[tuple[str, str]]:
    return {(each.edit, each.key) for each in found.findings}


@each_engine
def test_a_key_does_not_depend_on_the_order_of_lines(tmp_path: Path, kind: str) -> None:
    lines = (line(1), line(2, "99213"), line(3, id="L3"))
    assert keys(report(tmp_path, kind, *lines)) == keys(report(tmp_path, kind, *reversed(lines)))


@each_engine
def test_a_key_names_the_line_by_its_identifier_else_by_its_number(tmp_path: Path, kind: str) -> None:
    def key(sent: Line) -> str:
        return next(each.key for each in report(tmp_path, kind, sent).findings if each.edit == "clia.present")

    assert key(line(1, id="L1")) == key(line(9, id="L1"))
    assert key(line(1, id="L1")) != key(line(1, id="L2"))
    assert key(line(1)) != key(line(2))
    assert key(line(1, id="1")) != key(line(1))


@each_engine
def test_lines_of_one_number_have_keys_of_their_own_by_what_was_seen(tmp_path: Path, kind: str) -> None:
    found = report(tmp_path, kind, line(1), line(1, "99213"))
    known = [each.key for each in found.findings if each.edit == "code.known"]
    assert len(set(known)) == 2


def test_repr_shows_nothing_that_identifies_a_person(tmp_path: Path) -> None:
    found = report(tmp_path, "direct", line(1), diagnoses=(Diagnosis("D80.1"),))
    late = next(each for each in found.findings if each.edit == "patient.born")
    assert "MEMBER7" in late.message
    assert "2003-04-17" in late.message
    for text in map(repr, (found, late, found.claim, found.findings, found.claim.patient, found.claim.subscriber)):
        assert "MEMBER7" not in text
        assert "2003" not in text
    assert "86329" in repr(late)


def test_message_and_remedy_speak_of_what_is_wrong_alone(tmp_path: Path) -> None:
    engine = Engine(small_ruleset(tmp_path), as_of=AS_OF)
    found = [each for claim in claims() for each in engine.scrub(claim).findings]
    assert {each.status for each in found} == {Outcome.PASS, Outcome.WARN, Outcome.FAIL, Outcome.NOT_CHECKED}
    for each in found:
        assert bool(each.message) == bool(each.remedy) == (each.status >= Outcome.WARN)
