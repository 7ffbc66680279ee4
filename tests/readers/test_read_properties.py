"""Laws that hold for every input: nothing but `InputError` is raised, what is whole is read, damage stays where it is."""

from __future__ import annotations

import io
import json

import pytest
from claim_strategies import any_claims, institutional_claims, professional_claims
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from write_837p import interchange
from x12_samples import ISA, SEGMENTS, joined

from cpt_rules.claim import Claim
from cpt_rules.readers import InputError, InputProblem, claim_from_json, claim_to_json, read_claims

# a busy machine must not fail a law
PATIENT = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])

FORMATS = ["auto", "x12", "json", "jsonl"]
DELIMITERS = "*|~^:>!<;+=&%$#@{}[]\\'\"?/_,\x1c\x1d\x1e\x1f\x07\t"


def read(data: bytes, format: str = "auto") -> tuple[list[Claim], list[InputProblem]]:
    problems: list[InputProblem] = []
    return list(read_claims(io.BytesIO(data), format=format, on_problem=problems.append)), problems


def first_problem(data: bytes, format: str) -> InputProblem | None:
    """The problem that is raised where nobody takes problems."""
    try:
        list(read_claims(io.BytesIO(data), format=format))
    except InputError as error:
        return error.problem
    return None


class Trickle(io.RawIOBase):
    """A stream that gives a few bytes at a time."""

    def __init__(self, data: bytes, size: int) -> None:
        self.data, self.size, self.at = data, size, 0

    def read(self, size: int = -1) -> bytes:
        self.at += self.size
        return self.data[self.at - self.size : self.at]


@settings(PATIENT)
@given(
    st.lists(st.binary(max_size=60) | st.sampled_from([*SEGMENTS, ISA + "~"]).map(str.encode), max_size=30),
    st.sampled_from([b"", b"~", b"\n", b"~\r\n"]),
    st.sampled_from([b"", b"{", b"[", b"ISA", (ISA + "~").encode()]),
    st.sampled_from(FORMATS),
)
def test_no_bytes_raise_anything_but_an_input_error(parts, glue, start, format):
    """read(any bytes) gives claims and problems, and without `on_problem` raises the first of these problems."""
    data = start + glue.join(parts)
    _, problems = read(data, format)
    assert first_problem(data, format) == (problems[0] if problems else None)


@settings(PATIENT, max_examples=60)
@given(st.integers(1, 400), st.sampled_from(["*:^~", "*:^\n", "|>!\r"]), st.sampled_from(["", "\n", "\r\n"]))
def test_the_size_of_chunks_does_not_matter(size, delimiters, line_end):
    """read(chunks) = read(whole), origins included."""
    content = joined(SEGMENTS, delimiters=delimiters, line_end=line_end) * 2
    whole = list(read_claims(io.BytesIO(content)))
    trickled = list(read_claims(Trickle(content, size)))
    assert whole == trickled
    assert [each.origin for each in whole] == [each.origin for each in trickled]
    assert len(whole) == 4


@settings(PATIENT, max_examples=120)
@given(st.data(), st.booleans(), st.sampled_from(["", "\n", "\r\n", " "]))
def test_a_claim_written_as_837_reads_back_equal(data, as_patient, line_end):
    """read(write(claims)) = claims, in any legal delimiters and with the patient in either branch, 837P and 837I mixed."""
    professional = st.lists(professional_claims(as_patient=as_patient), min_size=1, max_size=2)
    institutional = st.lists(institutional_claims(as_patient=as_patient), min_size=1, max_size=2)
    sets = data.draw(st.lists(professional | institutional, min_size=1, max_size=2))
    delimiters = data.draw(st.permutations(DELIMITERS).map(lambda each: "".join(each[:4])))
    written = interchange(sets, delimiters=delimiters, line_end=line_end, as_patient=as_patient)
    found, problems = read(written)
    assert problems == []
    assert found == [each for each_set in sets for each in each_set]
    formats = {"professional": "837P", "institutional": "837I"}
    assert [each.origin.format for each in found if each.origin] == [formats[each.type] for each in found]


@settings(PATIENT, max_examples=60)
@given(any_claims())
def test_a_claim_written_as_json_reads_back_equal(claim):
    """from_json(to_json(claim)) = claim, also through text, and to_json is the same again."""
    record = claim_to_json(claim)
    assert claim_from_json(record) == claim
    text = json.dumps(record)
    assert claim_from_json(json.loads(text)) == claim
    assert json.dumps(claim_to_json(claim_from_json(record))) == text


@settings(PATIENT, max_examples=60)
@given(any_claims(), any_claims())
def test_jsonl_and_a_json_array_give_the_same_claims(one, other):
    """read(jsonl) = read(json array) = claims."""
    records = [claim_to_json(one), claim_to_json(other)]
    jsonl = "".join(json.dumps(each) + "\n" for each in records).encode()
    assert read(jsonl) == ([one, other], [])
    assert read(json.dumps(records, indent=1, ensure_ascii=False).encode()) == ([one, other], [])
    assert read(json.dumps(records[0], indent=1).encode()) == ([one], [])


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


@settings(PATIENT, max_examples=60)
@given(any_claims(), st.data())
def test_a_record_with_any_value_in_any_place_is_a_claim_or_an_input_error(claim, data):
    """from_json raises InputError alone, whatever stands where."""
    record = claim_to_json(claim)
    where = data.draw(st.sampled_from([record, *record["lines"], record["payer"], record["patient"]]))
    key = data.draw(st.sampled_from(sorted(where)) | st.text(max_size=8))
    where[key] = data.draw(JSON)
    claims, problems = read(json.dumps(record).encode())
    assert len(claims) + len(problems) == 1
    try:
        found = claim_from_json(record)
    except InputError:
        found = None
    assert claims == ([] if found is None else [found])


@pytest.mark.parametrize("bracket", [b"[", b'{"a":', b'[{"a":'])
@pytest.mark.parametrize("format", ["auto", "json", "jsonl"])
def test_deep_nesting_is_a_problem(bracket, format):
    claims, problems = read(bracket * 100_000, format)
    assert (claims, [each.code for each in problems]) == ([], ["json.too-deep"])
