"""Splitting 837 files: whatever goes where, both files are whole interchanges that hold the claims as they were sent."""

from __future__ import annotations

import io
import re
from collections.abc import Sequence

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cpt_rules.claim import Claim
from cpt_rules.readers import InputProblem, read_claims
from cpt_rules.writers.split import Copy, Original, SplitError
from tests.readers.claim_strategies import institutional_claims, professional_claims
from tests.readers.write_837p import interchange
from tests.readers.x12_samples import ISA, SEGMENTS, joined

PATIENT = settings(suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])


class Memory:
    """A sink."""

    def __init__(self) -> None:
        self.data = bytearray()

    def write(self, data: bytes) -> None:
        self.data += data

    def change(self, at: int, data: bytes) -> None:
        self.data[at : at + len(data)] = data


def read(data: bytes) -> tuple[list[Claim], list[InputProblem]]:
    problems: list[InputProblem] = []
    return list(read_claims(io.BytesIO(data), format="x12", on_problem=problems.append)), problems


def split(inputs: Sequence[bytes], held: Sequence[bool], chunk: int = 1 << 16) -> tuple[bytes, bytes]:
    """What is released and what is held of the claims of all inputs, in their order."""
    sinks = Memory(), Memory()
    copies = Copy(sinks[0]), Copy(sinks[1])
    verdicts = iter(held)
    for number, data in enumerate(inputs):
        stream = io.BytesIO(data)
        original = Original(f"in{number}.837", lambda stream=stream: stream.read(chunk))
        for claim in read(data)[0]:
            assert claim.origin is not None
            assert claim.origin.segments is not None
            copies[next(verdicts)].add(*original.claim(*claim.origin.segments))
    for each in copies:
        each.end()
    return bytes(sinks[0].data), bytes(sinks[1].data)


def own_bytes(data: bytes) -> list[bytes]:
    """The bytes of each claim, from CLM to before the next HL, CLM or SE; for files with ~ and *."""
    return [each.strip() for each in re.findall(rb"CLM\*.*?~(?=\s*(?:HL|CLM|SE)\*)", data, re.DOTALL)]


def whole(data: bytes) -> list[Claim]:
    claims, problems = read(data)
    assert problems == []
    return claims


@settings(PATIENT, max_examples=50)
@given(st.data(), st.booleans(), st.sampled_from(["", "\n", "\r\n", " "]), st.sampled_from([7, 64, 1 << 16]))
def test_both_files_read_back_as_the_claims_that_went_there(data, as_patient, line_end, chunk):  # type: ignore[no-untyped-def]
    """Law: read(released) + read(held) are the claims, each file in their order, without a problem."""
    professional = st.lists(professional_claims(as_patient=as_patient), min_size=1, max_size=3)
    institutional = st.lists(institutional_claims(as_patient=as_patient), min_size=1, max_size=2)
    delimiters = data.draw(st.permutations("*:^~|>!\x1c").map(lambda each: "".join(each[:4])))
    files = data.draw(st.lists(st.lists(professional | institutional, min_size=1, max_size=2), min_size=1, max_size=2))
    inputs = [interchange(sets, delimiters=delimiters, line_end=line_end, as_patient=as_patient) for sets in files]
    claims = [claim for each in inputs for claim in whole(each)]
    held = data.draw(st.lists(st.booleans(), min_size=len(claims), max_size=len(claims)))
    outputs = split(inputs, held, chunk)
    for verdict, output in zip((False, True), outputs, strict=True):
        assert (
            whole(output) == [claim for claim, found in zip(claims, held, strict=True) if found is verdict]
            if (output)
            else verdict not in held
        )


#: Two providers; of the first a subscriber with two claims of his own and two dependents, and a second subscriber.
SHARED = """\
ST*837*0007*005010X222A1
BHT*0019*00*0123*20260106*1023*CH
NM1*41*2*BILLING SERVICE*****46*12EEER
PER*IC*DESK*TE*3055552222
NM1*40*2*RECEIVER*****46*567890
HL*1**20*1
PRV*BI*PXC*291U00000X
NM1*85*2*ACORN LABORATORY*****XX*1234567893
N3*1 OAK STREET
N4*LOS ANGELES*CA*900010000
REF*EI*123456789
HL*2*1*22*1
SBR*P*18*******CI
NM1*IL*1*OAKS*BEN****MI*M-2
N3*3 ELM STREET
N4*LOS ANGELES*CA*90002
DMG*D8*19500101*M
NM1*PR*2*ASPEN HEALTH*****PI*567890
{own-1}
{own-2}
HL*3*2*23*0
PAT*19
NM1*QC*1*OAKS*CIA
N3*3 ELM STREET
N4*LOS ANGELES*CA*90002
DMG*D8*20150501*U
{child-1}
HL*4*2*23*0
PAT*19
NM1*QC*1*OAKS*DAN
N3*3 ELM STREET
N4*LOS ANGELES*CA*90002
DMG*D8*20160501*M
{child-2}
HL*5*1*22*0
SBR*P*18*******MB
NM1*IL*1*QUILL*ADA****MI*1EG4TE5MK73
N3*3 ELM STREET
N4*LOS ANGELES*CA*90002
DMG*D8*19790302*F
NM1*PR*2*MEDICARE PART B*****PI*01182
{other-1}
HL*6**20*1
NM1*85*2*BIRCH LABORATORY*****XX*1003000126
N3*2 OAK STREET
N4*LOS ANGELES*CA*900010000
REF*EI*123456780
HL*7*6*22*0
SBR*P*18*******MB
NM1*IL*1*REED*EVA****MI*1EG4TE5MK74
N3*3 ELM STREET
N4*LOS ANGELES*CA*90002
DMG*D8*19800302*F
NM1*PR*2*MEDICARE PART B*****PI*01182
{last-1}
"""
IDS = ("own-1", "own-2", "child-1", "child-2", "other-1", "last-1")


def claim_segments(id: str) -> str:
    return f"CLM*{id}*25***81:B:1*Y*A*Y*Y\nHI*ABK:D801\nLX*1\nSV1*HC:86329*25*UN*1***1\nDTP*472*D8*20260105"


def shared(line_end: str = "\n") -> bytes:
    """The transaction set in an interchange, with its counts."""
    text = SHARED
    for id in IDS:
        text = text.replace(f"{{{id}}}", claim_segments(id))
    body = text.splitlines()
    head = [ISA, "GS*HC*SENDER*RECEIVER*20260106*1200*11*X*005010X222A1"]
    tail = [f"SE*{len(body) + 1}*0007", "GE*1*11", "IEA*1*000000907"]
    return joined([*head, *body, *tail], line_end=line_end)


@pytest.mark.parametrize("line_end", ["", "\n", "\r\n"])
@given(held=st.lists(st.booleans(), min_size=len(IDS), max_size=len(IDS)))
def test_what_stands_above_claims_goes_along_once_and_levels_are_numbered_anew(line_end: str, held: list[bool]) -> None:
    """Law: HL01 counts from 1, HL02 names the level above, HL04 says truly whether a level is below; claims to the byte."""
    data = shared(line_end)
    originals = dict(zip(IDS, own_bytes(data), strict=True))
    for verdict, output in zip((False, True), split([data], held), strict=True):
        ids = [id for id, found in zip(IDS, held, strict=True) if found is verdict]
        assert [each.id for each in whole(output)] == ids if output else not ids
        assert own_bytes(output) == [originals[id] for id in ids]
        levels = [each.decode().split("*") for each in re.findall(rb"HL\*[^~]*", output)]
        assert [each[1] for each in levels] == [str(number) for number in range(1, len(levels) + 1)]
        for number, (_, own, parent, code, child) in enumerate(levels):
            above = {"20": "", "22": "20", "23": "22"}[code]
            assert parent == next((each[1] for each in reversed(levels[:number]) if each[3] == above), "")
            assert child == str(int(any(each[2] == own for each in levels)))
        loops = re.findall(rb"NM1\*(?:85|IL|QC)\*[^~]*", output)
        assert len(loops) == len(set(loops)) == len(levels)


def test_control_numbers_delimiters_and_line_ends_stay_those_of_the_input() -> None:
    released, held = split([shared("\r\n")], [True, *[False] * 5])
    for output in (released, held):
        lines = output.decode().split("~\r\n")
        assert lines[0] == ISA
        assert lines[1] == "GS*HC*SENDER*RECEIVER*20260106*1200*11*X*005010X222A1"
        assert lines[2] == "ST*837*0007*005010X222A1"
        assert lines[-4].startswith("SE*")
        assert lines[-4].endswith("*0007")
        assert lines[-3:] == ["GE*1*11", "IEA*1*000000907", ""]
    assert held.count(b"~") == int(re.findall(rb"SE\*([0-9]+)", held)[0]) + 4


def test_the_whole_file_released_is_the_file_but_for_what_must_be_written_anew() -> None:
    data = shared()
    assert split([data], [False] * len(IDS)) == (data, b"")


def test_an_envelope_is_only_written_around_claims_that_are_there() -> None:
    data = shared()
    body = data[data.index(b"ST*") : data.index(b"GE*")]
    head = data[: data.index(b"ST*")]
    tail = b"GE*2*11~\nIEA*1*000000907~\n"
    two_sets = head + body + body.replace(b"*0007", b"*0008") + tail
    released, held = split([two_sets, data], [True] * 6 + [False] * 6 + [True] * 6)
    assert re.findall(rb"(?:ST|SE|GE|IEA)\*[^~]*", released) == [
        *(b"ST*837*0008*005010X222A1", b"SE*" + str(body.count(b"~")).encode() + b"*0008"),
        *(b"GE*1*11", b"IEA*1*000000907"),
    ]
    assert held.count(b"ISA*") == held.count(b"IEA*") == 2
    assert len(whole(held)) == 12


def test_a_claim_that_cannot_be_read_stands_in_neither_file() -> None:
    data = shared().replace(b"SV1*HC:86329*25*UN*1***1", b"SV1*HC:86329*TWO*UN*1***1", 2)
    claims, problems = read(data)
    assert ([each.id for each in claims], len(problems)) == (list(IDS[2:]), 2)
    released, held = split([data], [False, True, False, True])
    assert [each.id for each in whole(released)] == ["child-1", "other-1"]
    assert [each.id for each in whole(held)] == ["child-2", "last-1"]


def test_lines_wrapped_in_the_middle_of_segments_and_empty_segments_stay_as_they_were_sent() -> None:
    data = (
        shared("")
        .replace(b"HL*5*1*22*0~", b"H\r\nL*5*1*2\r\n2*0~")
        .replace(b"CLM*other-1*25", b"CL\r\nM*other-1*\r\n25")
    )
    data = data.replace(b"CLM*own-2", b"~CLM*own-2").replace(b"LX*1~", b"LX*1~~", 1)
    assert [each.id for each in whole(data)] == list(IDS)
    released, held = split([data], [True, False, True, False, False, True])
    assert [each.id for each in whole(released)] == ["own-2", "child-2", "other-1"]
    assert [each.id for each in whole(held)] == ["own-1", "child-1", "last-1"]
    assert b"CL\r\nM*other-1*\r\n25***81" in released
    assert b"LX*1~~SV1" in held


def test_bytes_beyond_ascii_stay_whatever_they_mean() -> None:
    data = (
        shared()
        .replace(b"BILLING SERVICE", "Ä漢".encode())
        .replace(b"CIA", b"\xff\xfe")
        .replace(b"\nN3*1", b"\nN3*\xe9")
    )
    released, held = split([data], [False, True] * 3)
    assert "Ä漢".encode() in released
    assert b"OAKS*\xff\xfe~" in released
    assert b"N3*\xe9 OAK" in held


def test_a_file_without_a_group_gets_one() -> None:
    data = re.sub(rb"GS\*[^~]*~\n|GE\*[^~]*~\n", b"", shared())
    claims, problems = read(data)
    assert problems
    released, _ = split([data], [False] * len(claims))
    assert whole(released) == claims
    assert b"\nGS*HC*SENDER*RECEIVER*20260106*1200*1*X*005010X222A1~\n" in released


def test_loops_of_more_than_a_megabyte_above_a_claim_are_refused() -> None:
    long = b"N3*" + b"X" * 55 + b"~\n"
    data = shared().replace(b"REF*EI*123456789~\n", b"REF*EI*123456789~\n" + long * 30_000)
    stream = io.BytesIO(data)
    original = Original("in.837", lambda: stream.read(1 << 16))
    first = data[: data.index(b"CLM*own-1")].count(b"~") + 1
    with pytest.raises(SplitError, match=r"^in.837: segment 30021: what stands above this claim exceeds a megabyte$"):
        original.claim(first, first + 4)


def test_a_claim_that_does_not_stand_where_it_was_read_is_never_written() -> None:
    stream = io.BytesIO(joined(SEGMENTS))
    original = Original("in.837", lambda: stream.read(1 << 16))
    with pytest.raises(
        SplitError, match=r"^in.837: segment 30: the claim does not stand where it was read; try again$"
    ):
        original.claim(30, 31)
    with pytest.raises(SplitError):
        original.claim(5000, 5001)
