"""The sample claims are sound files of invented people, and give exactly the findings that examples/README.md documents."""

from __future__ import annotations

import datetime as dt
import re
import runpy
from pathlib import Path

import pytest

from cpt_rules import Claim, Engine, Outcome, load_ruleset, read_claims
from cpt_rules.formats import FORMATS

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = ROOT / "examples"
AS_OF = dt.date(2026, 1, 31)


@pytest.fixture(scope="module")
def claims() -> list[Claim]:
    return list(read_claims(EXAMPLES / "claims.837"))


@pytest.fixture(scope="module")
def segments() -> list[list[str]]:
    text = (EXAMPLES / "claims.837").read_text(encoding="ascii")
    return [segment.strip().split("*") for segment in text.split("~") if segment.strip()]


def test_the_envelope_counts_what_it_holds(segments: list[list[str]]):
    names = [segment[0] for segment in segments]
    isa, gs, st = segments[0], segments[1], segments[2]
    se, ge, iea = segments[-3:]
    assert (names[0], names[1], names[2]) == ("ISA", "GS", "ST")
    assert [len(element) for element in isa[1:]] == [2, 10, 2, 10, 2, 15, 2, 15, 6, 4, 1, 5, 9, 1, 1, 1]
    assert st[3] == gs[8] == "005010X222A1"
    assert se == ["SE", str(len(segments) - 4), st[2]]
    assert ge == ["GE", "1", gs[6]]
    assert iea == ["IEA", "1", isa[13]]


def test_levels_are_numbered_and_name_their_parents(segments: list[list[str]]):
    levels = [segment[1:] for segment in segments if segment[0] == "HL"]
    assert [level[0] for level in levels] == [str(number) for number in range(1, len(levels) + 1)]
    parents = {level[0]: level[1] for level in levels}
    kinds = {level[0]: level[2] for level in levels}
    above = {"20": {""}, "22": {"20"}, "23": {"22"}}
    for number, parent in parents.items():
        assert kinds.get(parent, "") in above[kinds[number]]
        assert (number in parents.values()) == (levels[int(number) - 1][3] == "1")


def test_one_claim_for_each_case(claims: list[Claim]):
    assert [claim.id for claim in claims] == [f"PCN-100{number}" for number in range(1, 9)]
    assert [claim.lines[0].code for claim in claims] == ["86329"] * 8
    assert {claim.charge for claim in claims} == {sum(line.charge or 0 for line in claim.lines) for claim in claims}


def test_numbers_are_well_formed(claims: list[Claim]):
    for claim in claims:
        providers = [claim.billing, claim.referring, claim.service_facility]
        for provider in providers:
            assert provider is None or FORMATS["npi"].matches(provider.npi or "")
        assert claim.clia is None or FORMATS["clia number"].matches(claim.clia)
        assert all(FORMATS["icd10cm"].matches(diagnosis.code) for diagnosis in claim.diagnoses)
        assert all(dt.date(2025, 1, 1) <= (line.date or AS_OF) <= AS_OF for line in claim.lines)


def test_the_json_claims_are_the_same_claims(claims: list[Claim]):
    assert list(read_claims(EXAMPLES / "claims.jsonl")) == claims


def test_the_documented_findings_are_those_that_are_found(claims: list[Claim]):
    engine = Engine(load_ruleset(), as_of=AS_OF)
    found = {
        (claim.id, "claim" if finding.line is None else str(finding.line), finding.edit, finding.status.label)
        for claim in claims
        for finding in engine.scrub(claim).findings
        if finding.status >= Outcome.WARN
    }
    rows = re.findall(r"^\| (PCN-\d+) \| (\w+) \| `([\w.-]+)` \| (warn|fail) \|", _readme(), re.MULTILINE)
    assert found == set(rows)
    assert len(rows) == len(found)


@pytest.mark.parametrize(
    ("claim", "edit", "status"),
    [
        ("PCN-1002", "clia.present", "fail"),
        ("PCN-1003", "qw.allowed", "warn"),
        ("PCN-1004", "modifier.professional-component", "fail"),
        ("PCN-1005", "clia.reference-laboratory", "fail"),
        ("PCN-1006", "pos.hospital-laboratory", "fail"),
        ("PCN-1007", "payer.known", "warn"),
        ("PCN-1008", "payer.policy", "warn"),
    ],
)
def test_each_case_is_found_for_what_it_is(claims: list[Claim], claim: str, edit: str, status: str):
    report = Engine(load_ruleset(), as_of=AS_OF).scrub(next(each for each in claims if each.id == claim))
    (finding,) = [each for each in report.findings if each.edit == edit]
    assert finding.status.label == status
    assert finding.sources
    assert finding.remedy


def test_the_clean_claim_has_nothing_but_information(claims: list[Claim]):
    report = Engine(load_ruleset(), as_of=AS_OF).scrub(claims[0])
    spoken = [finding for finding in report.findings if finding.status >= Outcome.WARN]
    assert {finding.rule.disposition for finding in spoken} <= {"inform"}


def test_the_python_example_runs(capsys: pytest.CaptureFixture[str]):
    runpy.run_path(str(EXAMPLES / "scrub_a_claim.py"), run_name="__main__")
    printed = capsys.readouterr().out
    assert "as it came: fail" in printed
    assert "without modifier 26: warn" in printed


def test_the_example_of_a_shared_engine_runs(capsys: pytest.CaptureFixture[str]):
    runpy.run_path(str(EXAMPLES / "share_one_engine.py"), run_name="__main__")
    threads, again, damaged, problem = capsys.readouterr().out.splitlines()
    assert threads.startswith("threads: PCN-1001 warn, PCN-1002 fail, ")
    assert again == "asyncio: the same"
    assert damaged == "damaged: 7 claims read"
    assert problem.startswith("  x12.bad-date: <stream>: segment 29: claim PCN-1001: DTP03: ")


def _readme() -> str:
    return (EXAMPLES / "README.md").read_text(encoding="utf-8")
