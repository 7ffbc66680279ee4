"""Damage stays where it is: of a file with any bytes changed, nothing is lost in silence and nothing undamaged alters."""

from __future__ import annotations

import io
import re

import pytest
from attrs import frozen
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from test_read_837i import SAMPLE
from x12_samples import SEGMENTS, joined, recounted

from cpt_rules.claim import Claim
from cpt_rules.readers import InputProblem, read_claims

# a busy machine must not fail a law
PATIENT = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])


@frozen
class Set:
    """A transaction set of a file: from where to where it stands, the terminator of its SE included, and its claims."""

    start: int
    end: int
    claims: tuple[Claim, ...]


@frozen
class File:
    data: bytes
    sets: tuple[Set, ...]
    claims: tuple[Claim, ...]


def read(data: bytes) -> tuple[list[Claim], list[InputProblem]]:
    problems: list[InputProblem] = []
    return list(read_claims(io.BytesIO(data), format="x12", on_problem=problems.append)), problems


def three_sets(segments: list[str]) -> File:
    """Three transaction sets in one group, whose claims have identifiers of their own."""
    sets = [[re.sub(r"^(CLM\*)(\w)", rf"\g<1>S{number}\2", each) for each in segments[2:-2]] for number in range(3)]
    data = joined(recounted([*segments[:2], *sets[0], *sets[1], *sets[2], *segments[-2:]]))
    claims, problems = read(data)
    assert problems == []
    starts = [each.start() for each in re.finditer(rb"(?m)^ST\*", data)]
    ends = [data.index(b"~", each.start()) + 1 for each in re.finditer(rb"(?m)^SE\*", data)]
    found = [
        Set(start, end, tuple(each for each in claims if each.id.startswith(f"S{number}")))
        for number, (start, end) in enumerate(zip(starts, ends, strict=True))
    ]
    return File(data, tuple(found), tuple(claims))


FILES = {"837P": three_sets(SEGMENTS), "837I": three_sets(SAMPLE)}
KINDS = pytest.mark.parametrize("kind", FILES)


def holds(file: File, at: int, size: int, new: bytes) -> None:
    """What is asked of the reader where `size` bytes from `at` on are replaced by `new`."""
    claims, problems = read(file.data[:at] + new + file.data[at + size :])
    assert problems or len(claims) == len(file.claims)
    for each in file.sets:
        if at + size < each.start or at > each.end:
            known = {claim.id: claim for claim in each.claims}
            assert all(known.get(claim.id, claim) == claim for claim in claims)


@KINDS
def test_the_file_has_three_sets_with_claims(kind):
    assert [len(each.claims) > 0 for each in FILES[kind].sets] == [True] * 3
    assert sum(len(each.claims) for each in FILES[kind].sets) == len(FILES[kind].claims)


@KINDS
@settings(PATIENT, max_examples=300)
@given(data=st.data(), new=st.binary(max_size=3), size=st.integers(0, 3))
def test_a_damaged_file_gives_claims_and_problems(kind, data, new, size):
    """Any bytes anywhere: nothing is raised, no claim is lost without a problem, no claim of another set is altered."""
    file = FILES[kind]
    holds(file, data.draw(st.integers(0, len(file.data))), size, new)


@KINDS
@settings(PATIENT, max_examples=300)
@given(data=st.data())
def test_a_byte_flipped_dropped_or_doubled_alters_no_claim_of_another_set(kind, data):
    """The claims of the sets before and behind are read, whatever happens to a byte of the second."""
    file = FILES[kind]
    first, second, third = file.sets
    at = data.draw(st.integers(second.start, second.end - 2))
    new = data.draw(st.sampled_from([b"", file.data[at : at + 1] * 2]) | st.binary(min_size=1, max_size=1))
    claims, _ = read(file.data[:at] + new + file.data[at + 1 :])
    assert tuple(claims[: len(first.claims)]) == first.claims
    assert tuple(claims[-len(third.claims) :]) == third.claims


@KINDS
@pytest.mark.parametrize("size", [1, 2, 3, 12])
def test_bytes_that_are_lost_near_an_envelope_lose_no_claim_in_silence(kind, size):
    """Every place within some bytes of a header or trailer."""
    file = FILES[kind]
    places = [each.start() for each in re.finditer(rb"(?m)^(ISA|GS|ST|SE|GE|IEA)\*", file.data)]
    for at in sorted({near for place in places for near in range(place - 20, place + 40) if near >= 0}):
        holds(file, at, size, b"")


@KINDS
@settings(PATIENT, max_examples=100)
@given(data=st.data())
def test_a_segment_dropped_doubled_or_moved_is_named_or_alters_nothing(kind, data):
    """A segment more or less is told at the latest by the count of SE01."""
    file = FILES[kind]
    pieces = file.data.split(b"~\n")
    at = data.draw(st.integers(1, len(pieces) - 2))
    changed = data.draw(st.sampled_from([[], [pieces[at]] * 2]))
    claims, problems = read(b"~\n".join([*pieces[:at], *changed, *pieces[at + 1 :]]))
    assert problems
    undamaged = [each for each in file.sets if pieces[at] not in file.data[each.start : each.end].split(b"~\n")]
    for each in undamaged:
        known = {claim.id: claim for claim in each.claims}
        assert all(known.get(claim.id, claim) == claim for claim in claims)
