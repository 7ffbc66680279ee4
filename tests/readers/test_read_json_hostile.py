"""JSON that is made to cost time or memory: a megabyte of it is a few problems, and reading ends."""

from __future__ import annotations

import io

import pytest

from cpt_rules.readers import InputProblem, read_claims

SIZE = 1 << 20
CLAIM = '{"id":"A","type":"professional","lines":[{"number":1,"code":"99213","date":"2026-01-05"}]'


def problems_of(text: str, format: str) -> list[InputProblem]:
    problems: list[InputProblem] = []
    assert list(read_claims(io.BytesIO(text.encode()), format=format, on_problem=problems.append)) == []
    return problems


KEYS = ",".join(f'"k{each}":1' for each in range(SIZE // 11))
RECORDS = [
    (f'{CLAIM},{KEYS}}}', "json.unknown-key", "k0", "is no key of a claim (and at least 95324 more in this record)"),
    (f'{{{KEYS},"x":1,"x":1}}', "json.duplicate-key", "", "the key 'x' stands twice in one object"),
    (f'{CLAIM},"unknown":[{",".join(["0"] * (SIZE // 2))}]}}', "json.wrong-type", "unknown[0]", "is a number (and at least 19 more in this record)"),
    (f'{CLAIM},"unknown":[{",".join(["7"] * 3)}]}}', "json.wrong-type", "unknown[0]", "is a number (and 2 more in this record)"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "code", "path", "message"), RECORDS, ids=["keys", "twice", "array", "few"])
@pytest.mark.parametrize("format", ["json", "jsonl"])
def test_a_record_with_very_many_faults_is_one_problem(text, code, path, message, format):
    assert [(each.code, each.path, each.message) for each in problems_of(text, format)] == [(code, path, message)]


@pytest.mark.parametrize("line", ["(:(", "{}", "1", '{"id":1}'])
def test_lines_that_are_no_claims_end_the_reading_after_a_thousand(line):
    problems = problems_of(f"{line}\n" * 200_000, "jsonl")
    assert len(problems) == 1001
    assert (problems[-1].code, problems[-1].line) == ("json.too-many-problems", 1000)
    assert str(problems[-1]) == (
        "<stream>:line 1000: most of what stands up to here is no claim, the rest is not read; "
        "check that these are claims"
    )


def test_an_array_of_no_claims_ends_the_reading_after_a_thousand():
    problems = problems_of(f"[{','.join(['{}'] * 200_000)}]", "json")
    assert len(problems) == 1001
    assert (problems[-1].code, problems[-1].record) == ("json.too-many-problems", 1000)


def test_claims_that_are_all_faulty_are_each_named():
    record = CLAIM.replace("2026-01-05", "2026-13-05") + "}"
    assert [each.code for each in problems_of(f"{record}\n" * 3000, "jsonl")] == ["json.bad-value"] * 3000
    assert [each.code for each in problems_of(f"[{','.join([record] * 3000)}]", "json")] == ["json.bad-value"] * 3000
