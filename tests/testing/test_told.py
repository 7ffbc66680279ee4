"""Inline tests that say what is known: facts, sets and rows of tables, and the worst of several outcomes on a line."""

from __future__ import annotations

from pathlib import Path

import pytest

from cpt_rules import load_ruleset
from cpt_rules.ruleset.ruleset import Ruleset
from cpt_rules.testing.inline import run_tests

RULES = """\
source: manual
title: The laboratory's manual
publisher: the laboratory
edition: fifth
confidence: high
---
source: guess
title: What a colleague believes
publisher: a colleague
edition: oral
confidence: low
---
set: waived
title: Laboratories with a certificate of waiver
values: {2030-01-01: [05D0000001]}
source: guess
---
fact: limit
title: Units
type: number
---
fact: places
title: Places
type: list of pos
---
fact: strict
title: Whether the payer looks closely
type: yes/no
---
payer: medicare
title: Medicare
ids: []
names: [MEDICARE]
filing: []
---
payer: aetna
title: Aetna
ids: []
names: [AETNA]
filing: []
facts: {strict: {values: {2020-01-01: yes}, source: guess}}
---
table: pairs
title: Codes that are not paid together
columns: {one: hcpcs, other: hcpcs, since: date, until: date, indicator: text}
key: [one, other]
settings: [practitioner, hospital]
validity: [since, until]
file: pairs.csv
edition: first
since: 2024-07-01
until: 2024-09-30
source: manual
---
table: limits
title: Units
columns: {code: hcpcs, units: number}
key: [code]
file: limits.csv
edition: first
since: 2024-07-01
until: 2024-09-30
source: manual
"""
EDIT = """\
---
edit: {id}
title: {id}
payers: all
{asks}
severity: fail
disposition: deny
message: "no"
remedy: mend it
source: manual
tests:
{tests}
"""
STARTERS = {
    "pairs.csv": "setting,one,other,since,until,indicator\npractitioner,80053,80048,2024-07-01,,0\n",
    "limits.csv": "code,units\n86329,3\n",
}
PAIR = """\
each: pair
lookup: {pair: {table: pairs, setting: practitioner, one: $a.code, other: $b.code}}
when: {pair: found}
require: {pair.indicator: 1}"""


def load(folder: Path, asks: str, *tests: str) -> Ruleset:
    lines = "\n".join(f"  - {{name: {n}, {test}}}" for n, test in enumerate(tests))
    edit = EDIT.replace("{id}", "asked").replace("{asks}", asks).replace("{tests}", lines)
    (folder / "rules.yaml").write_text(RULES + edit, encoding="utf-8")
    for name, rows in STARTERS.items():
        (folder / name).write_text(rows, encoding="utf-8")
    return load_ruleset(folder)


def found(folder: Path, asks: str, *tests: str) -> list[tuple[str, tuple[str, ...]]]:
    """What came of tests, of which only `given` and the line matter here."""
    ruleset = load(folder, asks, *(f"{test}, expect: pass" for test in tests))
    return [(each.found, each.found_missing) for each in run_tests(ruleset) if each.edit == "asked"]


def outcomes(folder: Path, asks: str, *tests: str) -> list[str]:
    return [status for status, _ in found(folder, asks, *tests)]


def test_a_fact_of_the_code(tmp_path: Path) -> None:
    asks = "require: {line.units at most: $profile.limit}"
    tests = (
        "given: {line.code: 86329, line.units: 2, profile.limit: 2.5}",
        "given: {line.code: 86329, line.units: 3, profile.limit: 2.5}",
        "given: {line.code: 86329, line.units: 3, profile.limit: not available}",
        "given: {line.code: 86329, line.units: 3}",
    )
    unknown = ("not checked", ("profile.limit",))
    assert found(tmp_path, asks, *tests) == [("pass", ()), ("fail", ()), unknown, unknown]


def test_a_fact_of_the_code_is_that_of_every_line(tmp_path: Path) -> None:
    given = (
        "given: {profile.places: [11, 81], lines: [{line.code: 86329, line.pos: 81}, {line.code: 80053, line.pos: 12}]}"
    )
    asks = "require: {line.pos in: $profile.places}"
    assert outcomes(tmp_path, asks, f"{given}, on: 1", f"{given}, on: 2") == ["pass", "fail"]


def test_a_fact_of_the_payer_is_that_of_whatever_payer(tmp_path: Path) -> None:
    tests = (
        "given: {claim.payer: medicare}",
        "given: {claim.payer: medicare, payer.strict: yes}",
        "given: {claim.payer: aetna, payer.strict: no}",
        "given: {claim.payer: aetna, payer.strict: not available}",
        "given: {payer.name: NOBODY, payer.strict: yes}",
    )
    result = outcomes(tmp_path, "require: {payer.strict: yes}", *tests)
    assert result == ["not checked", "pass", "fail", "not checked", "not checked"]


def test_a_set_that_is_given_is_complete_at_all_times_on_the_word_of_the_edit(tmp_path: Path) -> None:
    tests = (
        "given: {line.clia: 05D0000001, line.date: 2031-01-01}",
        "given: {line.clia: 05D0000002, line.date: 2031-01-01}",
        "given: {line.clia: 05D0000001, line.date: 1990-01-01}",
        "given: {line.clia: 05D0000001, set.waived: [05D0000002], line.date: 1990-01-01}",
        "given: {line.clia: 05D0000002, set.waived: [05D0000002], line.date: 1990-01-01}",
        "given: {line.clia: 05D0000001, set.waived: not available, line.date: 2031-01-01}",
    )
    result = outcomes(tmp_path, "require: {line.clia not in: $set.waived}", *tests)
    assert result == ["warn", "not checked", "not checked", "pass", "fail", "not checked"]


def test_a_set_that_is_not_available_is_not(tmp_path: Path) -> None:
    (only,) = found(
        tmp_path, "require: {line.clia in: $set.waived}", "given: {line.clia: X, set.waived: not available}"
    )
    assert only == ("not checked", ("set.waived",))


@pytest.mark.parametrize("day", ["1990-01-01", "2024-08-01", "2031-01-01"])
def test_rows_that_are_given_are_complete_and_those_of_the_starter_are_gone(tmp_path: Path, day: str) -> None:
    tests = (
        f"given: {{line.code: 80053, line.units: 2, line.date: {day}, rows: {{limits: [[80053, 1]]}}}}",
        f"given: {{line.code: 80053, line.units: 1, line.date: {day}, rows: {{limits: [[80053, 1]]}}}}",
        f"given: {{line.code: 86329, line.units: 9, line.date: {day}, rows: {{limits: [[80053, 1]]}}}}",
    )
    asks = "lookup: {limit: {table: limits, code: $line.code}}\nwhen: {limit: found}\nrequire: {line.units at most: $limit.units}"
    assert outcomes(tmp_path, asks, *tests) == ["fail", "pass", "not applicable"]


def test_without_rows_the_starter_answers(tmp_path: Path) -> None:
    tests = (
        "given: {line.code: 86329, line.units: 4}",
        "given: {line.code: 80053, line.units: 4}",
        "given: {line.code: 86329, line.units: 4, line.date: 2024-06-30}",
        "given: {line.code: 86329, line.units: 4, rows: {pairs: [[hospital, 1, 2, 2000-01-01, '', 0]]}}",
        "given: {line.code: 86329, line.units: 4, rows: {limits: []}}",
    )
    asks = "lookup: {limit: {table: limits, code: $line.code}}\nrequire: {line.units at most: $limit.units}"
    unknown = ("not checked", ("table.limits",))
    assert found(tmp_path, asks, *tests) == [("fail", ()), unknown, unknown, ("fail", ()), unknown]


def test_rows_with_settings_and_dates(tmp_path: Path) -> None:
    rows = "rows: {pairs: [[practitioner, 86329, 86331, 2000-01-01, 2020-12-31, 1], [hospital, 86329, 86334, 2000-01-01, '', 0]]}"
    lines = "lines: [{line.code: 86329, line.date: DAY}, {line.code: OTHER, line.date: DAY}]"

    def test(day: str, other: str) -> str:
        return f"given: {{{rows}, {lines}}}, on: 2".replace("DAY", day).replace("OTHER", other)

    tests = (
        test("2020-12-31", "86331"),
        test("2021-01-01", "86331"),
        test("1999-12-31", "86331"),
        test("2020-01-01", "86334"),
    )
    assert outcomes(tmp_path, PAIR, *tests) == ["pass", "not applicable", "not checked", "not applicable"]


def test_of_the_pairs_of_a_line_the_worst_counts(tmp_path: Path) -> None:
    lines = (
        "lines: [{line.code: 80053}, {line.code: 86329}, {line.code: 86331}, {line.code: 80048}, {line.code: 99213}]"
    )
    rows = ", ".join(
        f"[practitioner, {a}, {b}, 2000-01-01, '', {indicator}]"
        for a, b, indicator in (
            ("80053", "86331", 1), ("86329", "86331", 0), ("99213", "86331", 1), ("80053", "80048", 1), ("99213", "80048", 1)
        )
    )  # fmt: skip
    given = f"given: {{rows: {{pairs: [{rows}]}}, {lines}}}"
    result = outcomes(tmp_path, PAIR, *(f"{given}, on: {line}" for line in range(1, 6)))
    assert result == ["not applicable", "not applicable", "fail", "pass", "not applicable"]


def test_what_is_missing_is_that_of_every_pair_with_the_worst_outcome(tmp_path: Path) -> None:
    asks = "each: pair\nrequire: {a.clia: $b.clia}"
    given = "given: {claim.unknown: [line.clia], lines: [{line.clia: X}, {line.clia: absent}, {line.clia: X}]}"
    assert found(tmp_path, asks, f"{given}, on: 1", f"{given}, on: 2", f"{given}, on: 3") == [
        ("pass", ()),
        ("not checked", ("b.clia",)),
        ("pass", ()),
    ]


def test_an_edit_that_another_one_silences_is_silenced_with_what_is_given(tmp_path: Path) -> None:
    def edit(id: str, asks: str, *expected: tuple[str, str]) -> str:
        given = "given: {line.code: 86329, line.pos: PLACE, profile.limit: 1, profile.places: [11]}"
        tests = (f"  - {{name: {pos}, {given.replace('PLACE', pos)}, expect: {what}}}" for pos, what in expected)
        return EDIT.replace("{id}", id).replace("{asks}", asks).replace("{tests}", "\n".join(tests))

    other = edit("other", "require: {line.pos in: $profile.places}", ("11", "pass"), ("12", "fail"))
    asks = "after: [other]\nrequire: {line.units at most: $profile.limit}"
    asked = edit("asked", asks, ("11", "pass"), ("12", "silenced"))
    (tmp_path / "rules.yaml").write_text(RULES + other + asked, encoding="utf-8")
    for name, rows in STARTERS.items():
        (tmp_path / name).write_text(rows, encoding="utf-8")
    assert [each.found for each in run_tests(load_ruleset(tmp_path))] == ["pass", "silenced", "pass", "fail"]
