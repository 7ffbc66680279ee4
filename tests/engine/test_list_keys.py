"""Look-ups whose key is a list: both engines, every reading of the list, tables that are complete and not."""

from __future__ import annotations

from pathlib import Path

from cpt_rules import load_ruleset
from cpt_rules.testing.inline import TestResult, run_tests
from tests.kinds import each_engine

RULES = """\
source: manual
title: Manual
publisher: me
edition: first
confidence: high
---
payer: medicare
title: Medicare
ids: []
names: [MEDICARE]
filing: []
---
table: codes
title: Diagnosis codes
columns: {code: text, billable: yes/no, groups: list of text}
key: [code]
file: codes.csv
edition: first
since: 2025-10-01
until: 2026-09-30
complete: no
source: manual
---
edit: all.found
title: Every code is on the list
payers: all
each: claim
lookup: {listed: {table: codes, code: $claim.icd10}}
require: {listed: found}
severity: fail
disposition: deny
message: "{listed.groups}"
remedy: mend it
source: manual
tests:
TESTS
---
edit: all.billable
title: Every code is billable
payers: all
each: claim
lookup: {listed: {table: codes, code: $claim.icd10}}
require: {listed.billable only: yes}
severity: fail
disposition: deny
message: "{claim.icd10}"
remedy: mend it
source: manual
tests:
TESTS
---
edit: one.of.group
title: One code is of group one
payers: all
lookup: {listed: {table: codes, code: $line.icd10}}
require: {listed.groups any of: [one]}
severity: fail
disposition: deny
message: "{listed}"
remedy: mend it
source: manual
tests:
TESTS
"""
ROWS = 'rows: {codes: [[D80.1, yes, one|two], [D80, no, ""], [D83.9, yes, two]]}'
GIVEN = {
    "both": f"{ROWS}, claim.icd10: [D80.1, D83.9]",
    "a heading": f"{ROWS}, claim.icd10: [D80, D83.9]",
    "one is not there": f"{ROWS}, claim.icd10: [D80.1, D99.9]",
    "no code": ROWS,
    "the starter knows": "claim.icd10: [D80.1]",
    "the starter does not know one": "claim.icd10: [D80.1, D83.9]",
    "the starter knows a heading and not the other": "claim.icd10: [D80, D83.9]",
    "no edition for the day": "claim.icd10: [D80.1], line.date: 2025-09-30",
    "no day": "claim.icd10: [D80.1], claim.unknown: [line.date]",
    "no day and no code": f"{ROWS}, claim.unknown: [line.date]",
    "a feed without codes": f"{ROWS}, claim.unknown: [claim.diagnoses]",
}
#: What comes of each edit: all.billable, all.found, one.of.group.
EXPECTED = {
    "both": ("pass", "pass", "pass"),
    "a heading": ("fail", "pass", "fail"),
    "one is not there": ("pass", "fail", "pass"),
    "no code": ("pass", "fail", "fail"),
    "the starter knows": ("pass", "pass", "pass"),
    "the starter does not know one": ("not checked table.codes", "not checked table.codes", "pass"),
    "the starter knows a heading and not the other": ("fail", "not checked table.codes", "not checked table.codes"),
    "no edition for the day": ("not checked table.codes",) * 3,
    "no day": ("not checked table.codes",) * 3,
    "no day and no code": ("pass", "fail", "fail"),
    "a feed without codes": ("not checked claim.icd10", "not checked claim.icd10", "not checked line.icd10"),
}


def results(folder: Path, kind: str) -> list[TestResult]:
    tests = "\n".join(
        f"  - {{name: {name}, given: {{{given}, line.diagnosis_pointers: [1, 2]}}, expect: pass}}"
        for name, given in GIVEN.items()
    )
    (folder / "rules.yaml").write_text(RULES.replace("TESTS", tests), encoding="utf-8")
    (folder / "codes.csv").write_text("code,billable,groups\nD80,no,\nD80.1,yes,one|two\n", encoding="utf-8")
    return list(run_tests(load_ruleset(folder), kind=kind))  # type: ignore[arg-type]


@each_engine
def test_a_list_in_the_key_is_looked_up_value_by_value(tmp_path: Path, kind: str) -> None:
    found: dict[str, list[str]] = {}
    for each in results(tmp_path, kind):
        assert each.error is None
        found.setdefault(each.name, []).append(" ".join([each.found, *each.found_missing]))
    assert {name: tuple(outcomes) for name, outcomes in found.items()} == EXPECTED
