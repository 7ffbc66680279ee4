"""Envelopes of X12: what is missing, what does not add up, what is no claim; each is named, and the rest is read."""

from __future__ import annotations

import pytest
from test_read_837p import FIRST, SECOND
from x12_samples import ISA, SEGMENTS, changed, joined, number, read, recounted

GS, ST, SE, GE, IEA = SEGMENTS[1], SEGMENTS[2], *SEGMENTS[-3:]
REMEDY = "send claims as 837P (005010X222A1) or 837I (005010X223A2)"

REFUSED = [
    (["ST*837*1*004010X098A1"], "x12.version", "this is version 4010 (004010X098A1), which is not read"),
    (["ST*837*1*005010X298"], "x12.version", "the implementation stated (005010X298) is none that is read"),
    (["ST*837*1*005010X224A2"], "x12.not-read", "dental claims (837D) are not read"),
    (["ST*835*1"], "x12.transaction-set", "transaction set 835 is not a claim (837)"),
    (["ST*270*1*005010X279A1"], "x12.transaction-set", "transaction set 270 is not a claim (837)"),
    (["ST"], "x12.transaction-set", "what stands here is not a claim (837)"),
]


@pytest.mark.parametrize(("opening", "code", "message"), REFUSED)
def test_what_is_no_claim_is_one_problem_and_the_next_set_is_read(opening, code, message):
    refused = [*opening, *SEGMENTS[3:-2]]
    claims, problems = read([*SEGMENTS[:2], *refused, *SEGMENTS[2:]])
    assert claims == [FIRST, SECOND]
    assert [(each.code, str(each)) for each in problems] == [(code, f"in.837: segment 3: {message}; {REMEDY}")]


def test_a_group_of_another_kind_is_one_problem_even_without_a_transaction_set():
    segments = [ISA, "GS*HS*A*B*20260106*1200*1*X*005010X279A1", "HL*1**20*1", "GE*0*1", "IEA*1*000000907"]
    claims, problems = read(segments)
    message = "in.837: segment 2: a group HS holds no claims (HC); "
    assert (claims, [(each.code, str(each)) for each in problems]) == ([], [("x12.transaction-set", message + REMEDY)])
    claims, problems = read([*segments[:2], *segments[3:]])
    assert (claims, [(each.code, each.segment) for each in problems]) == ([], [("x12.transaction-set", 2)])


def test_a_group_and_a_set_that_contradict_each_other_are_named_and_the_set_is_read_as_it_says():
    claims, problems = read(changed(GS, GS.replace("X222A1", "X223A2")))
    assert claims == [FIRST, SECOND]
    assert [str(each) for each in problems] == [
        "in.837: segment 3: GS08 (005010X223A2) and ST03 (005010X222A1) name different guides; send the same in both"
    ]


ONE_MISSING = [
    (IEA, "x12.missing-iea", len(SEGMENTS) - 1, None, "the input ends without IEA"),
    (GE, "x12.missing-ge", len(SEGMENTS) - 1, None, "GE is missing before this IEA"),
    (SE, "x12.missing-se", len(SEGMENTS) - 2, "PCN-1002", "SE is missing before this GE, and the last claim may lack lines"),
    (ST, "x12.missing-st", 3, None, "a segment 'BHT' stands in no transaction set"),
    (GS, "x12.missing-gs", 2, None, "a segment 'ST' stands in no functional group"),
]  # fmt: skip


@pytest.mark.parametrize(("missing", "code", "segment", "claim", "message"), ONE_MISSING)
def test_a_missing_envelope_segment_is_one_problem(missing, code, segment, claim, message):
    claims, problems = read([each for each in SEGMENTS if each != missing])
    assert [(each.code, each.segment, each.claim, each.message) for each in problems] == [
        (code, segment, claim, message)
    ]
    assert claims == {SE: [FIRST], ST: []}.get(missing, [FIRST, SECOND])


def test_a_missing_isa_is_one_problem_and_the_rest_of_the_input_is_read():
    claims, problems = read([*SEGMENTS, *SEGMENTS[1:], *SEGMENTS])
    assert claims == [FIRST, SECOND] * 3
    assert [(each.code, each.segment, each.message) for each in problems] == [
        ("x12.missing-isa", len(SEGMENTS) + 1, "a segment 'GS' stands in no interchange")
    ]
    claims, problems = read(SEGMENTS[1:], format="x12")
    assert (claims, [(each.code, each.segment) for each in problems]) == ([], [("x12.missing-isa", 1)])


def test_missing_trailers_are_named_together():
    claims, problems = read([*SEGMENTS[:-3], *SEGMENTS])
    assert claims == [FIRST, FIRST, SECOND]
    assert [(each.code, each.segment, each.claim, each.message) for each in problems] == [
        (
            "x12.missing-se",
            len(SEGMENTS) - 2,
            "PCN-1002",
            "SE, GE and IEA are missing before this ISA, and the last claim may lack lines",
        )
    ]
    claims, problems = read([*SEGMENTS[:-2], *SEGMENTS[1:]])
    assert claims == [FIRST, SECOND] * 2
    assert [each.code for each in problems] == ["x12.missing-ge", "x12.wrong-count"]


def test_a_missing_st_loses_its_set_and_no_other():
    claims, problems = read([*SEGMENTS[:2], *SEGMENTS[3:-2], *SEGMENTS[2:]])
    assert claims == [FIRST, SECOND]
    assert [(each.code, each.segment) for each in problems] == [("x12.missing-st", 3)]


@pytest.mark.parametrize(("tag", "code"), [("SE", "st"), ("GE", "gs"), ("IEA", "isa")])
def test_a_trailer_without_its_header_is_named(tag, code):
    trailer = {"SE": SE, "GE": GE, "IEA": IEA}[tag]
    at = SEGMENTS.index(trailer) + 1
    claims, problems = read([*SEGMENTS[:at], trailer, *SEGMENTS[at:]])
    assert claims == [FIRST, SECOND]
    assert [(each.code, each.segment) for each in problems] == [(f"x12.missing-{code}", at + 1)]


COUNTS = [
    (SE, "SE*93*0021", "SE01 is '93', but there are 92 segments"),
    (SE, "SE**0021", "SE01 is empty, but there are 92 segments"),
    (SE, "SE*MANY*0021", "SE01 is the value sent, but there are 92 segments"),
    (GE, "GE*2*1", "GE01 is '2', but there are 1 transaction sets"),
    (IEA, "IEA*0*000000907", "IEA01 is '0', but there are 1 functional groups"),
]


@pytest.mark.parametrize(("old", "new", "message"), COUNTS)
def test_a_count_that_is_wrong_is_named_and_the_claims_are_read(old, new, message):
    claims, problems = read([new if each == old else each for each in SEGMENTS])
    assert claims == [FIRST, SECOND]
    assert [(each.code, each.segment, f"{each.message}; {each.remedy}") for each in problems] == [
        ("x12.wrong-count", number(old), f"{message}; send all of them, and their number")
    ]


CONTROL_NUMBERS = [
    (SE, "SE*92*0022", "SE02 is not the control number in ST02 (segment 3)"),
    (GE, "GE*1*2", "GE02 is not the control number in GS06 (segment 2)"),
    (IEA, "IEA*1", "IEA02 is not the control number in ISA13 (segment 1)"),
]


@pytest.mark.parametrize(("old", "new", "message"), CONTROL_NUMBERS)
def test_a_control_number_that_differs_is_named_and_the_claims_are_read(old, new, message):
    claims, problems = read([new if each == old else each for each in SEGMENTS])
    assert claims == [FIRST, SECOND]
    assert [(each.code, each.segment, f"{each.message}; {each.remedy}") for each in problems] == [
        ("x12.wrong-control-number", number(old), f"{message}; send the same number in both")
    ]


def test_leading_zeros_of_a_control_number_do_not_matter():
    assert read([IEA.replace("000000907", "907") if each == IEA else each for each in SEGMENTS])[1] == []


def test_a_terminator_that_is_lost_shows_in_the_count_too():
    data = joined(SEGMENTS).replace(b"1023*CH~\n", b"1023*CH")
    claims, problems = read(data)
    assert claims == [FIRST, SECOND]
    assert [(each.code, each.segment) for each in problems] == [("x12.too-many-elements", 4), ("x12.wrong-count", 93)]


def test_blank_segments_are_no_segments_to_the_count():
    segments = [each for segment in SEGMENTS for each in (segment, "", "  ")]
    assert read(segments) == ([FIRST, SECOND], [])


def test_the_code_of_a_group_is_hc():
    claims, problems = read(changed(GS, GS.replace("HC", "hc")))
    assert claims == [FIRST, SECOND]
    assert [(each.code, each.segment) for each in problems] == [("x12.unknown-qualifier", 2)]


def test_an_envelope_segment_that_has_swallowed_the_next_one_is_named():
    """The group's header has taken the header of the first set: that set is lost, not in silence, and the next is read."""
    both = joined(recounted([*SEGMENTS[:-2], *SEGMENTS[2:]]))
    claims, problems = read(both.replace(b"X222A1~\nST*", b"X222A1T*", 1))
    assert claims == [FIRST, SECOND]
    assert [(each.code, each.segment) for each in problems] == [("x12.too-many-elements", 2), ("x12.version", 2)]


@pytest.mark.parametrize("damaged", [ISA.replace("*", "", 1), ISA[1:], ISA.replace("*T*:", "*T*A")])
def test_a_damaged_isa_loses_its_interchange_and_no_other(damaged):
    claims, problems = read(joined([damaged, *SEGMENTS[1:]]) + joined(SEGMENTS, delimiters="|>`\n"), format="x12")
    assert claims == [FIRST, SECOND]
    assert len(problems) == 1
    assert problems[0].code in ("x12.not-x12", "x12.bad-delimiters")
    claims, problems = read(joined(SEGMENTS) + joined([damaged, *SEGMENTS[1:]]) + joined(SEGMENTS))
    assert claims[:2] == claims[-2:] == [FIRST, SECOND]
    assert problems


def test_text_between_interchanges_is_named():
    claims, problems = read(joined(SEGMENTS) + b"hello~\n" + joined(SEGMENTS))
    assert claims == [FIRST, SECOND] * 2
    assert [(each.code, each.segment) for each in problems] == [("x12.missing-isa", len(SEGMENTS) + 1)]


@pytest.mark.parametrize("cut", [*range(1, 60), *range(-400, -30, 7)])
def test_a_file_that_is_cut_off_gives_its_whole_claims_and_one_problem(cut):
    claims, problems = read(joined(SEGMENTS)[:cut], format="x12")
    assert claims in ([], [FIRST])
    assert len(problems) == 1
    assert problems[0].code in ("x12.truncated", "x12.not-x12", "x12.missing-se")


def test_the_last_iea_may_lack_its_terminator():
    assert read(joined(SEGMENTS)[:-2]) == ([FIRST, SECOND], [])


WHOLE = [
    (b"", "input.empty", "in.837: is empty; name a file that holds claims"),
    (b" \r\n", "input.empty", "in.837: is empty; name a file that holds claims"),
    ("ISA*".encode("utf-16"), "input.encoding", "in.837: is UTF-16 or UTF-32 text; save it as UTF-8"),
    (b"ISA", "x12.truncated", "in.837: segment 1: the input ends inside the ISA segment; send the whole file"),
    (b"ISA*" + b"A" * 500, "x12.bad-delimiters", "in.837: segment 1: ISA has not its sixteen elements; send ISA as X12 has it"),
    (joined(SEGMENTS).replace(b"T*:~", b"T***"), "x12.bad-delimiters", "in.837: segment 1: ISA names delimiters that are letters, digits, blanks or not distinct; send ISA with sixteen elements, then the component separator, then the segment terminator"),
    (joined(SEGMENTS[:1]) + b"X" * (1 << 21), "x12.segment-too-long", "in.837: segment 2: a segment exceeds a megabyte; check the segment terminator, the character after ISA16"),
]  # fmt: skip


@pytest.mark.parametrize(("data", "code", "message"), WHOLE)
def test_what_is_no_x12_at_all_is_one_problem(data, code, message):
    claims, problems = read(data)
    assert (claims, [(each.code, str(each)) for each in problems]) == ([], [(code, message)])


def test_reading_goes_on_with_the_next_interchange_behind_a_segment_without_end():
    claims, problems = read(joined(SEGMENTS[:1]) + b"X" * (1 << 21) + b"\n" + joined(SEGMENTS))
    assert claims == [FIRST, SECOND]
    assert [each.code for each in problems] == ["x12.segment-too-long"]


def test_an_input_of_which_most_is_faulty_is_not_read_to_its_end():
    claims, problems = read([*SEGMENTS[:-1], *["GS"] * 2000, *SEGMENTS])
    assert claims == [FIRST, SECOND]
    assert len(problems) == 1001
    assert str(problems[-1]) == (
        f"in.837: segment {problems[-1].segment}: more than a third of the segments up to here are faulty, the rest is "
        "not read; check that this is an 837 file, and its delimiters"
    )
    assert problems[-1].code == "x12.too-many-problems"


def test_claims_that_are_all_faulty_are_each_named():
    claim = ["CLM*A*1***11:B:1", "LX*1", "SV1*HC:36415*1,00*UN*1", "DTP*472*D8*20260105"]
    end = SEGMENTS.index(SE)
    claims, problems = read(recounted([*SEGMENTS[:end], *(claim * 3000), *SEGMENTS[end:]]))
    assert claims == [FIRST, SECOND]
    assert [each.code for each in problems] == ["x12.bad-number"] * 3000
