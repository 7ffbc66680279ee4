"""837P that is faulty: each fault has its code, names its segment and claim, and costs no other claim."""

from __future__ import annotations

import pytest
from test_read_837p import FIRST, SECOND
from x12_samples import ISA, SEGMENTS, changed, joined, number, read

CLM1, CLM2 = SEGMENTS[25], "CLM*PCN-1002*12***11:B:1*Y*A*Y*Y"
SV1 = SEGMENTS[45]
WITHOUT_DATE = changed("DTP*472*RD8*20260105-20260106")
LINE_FAULTS = [
    ("x12.bad-number", SV1, SV1.replace("25.00", "25,00"), f"segment {number(SV1)}: claim PCN-1001: SV102: the value sent is no number; send digits with a point, as 25.00"),
    ("x12.bad-number", SV1, SV1.replace("*2*", "*1E3*"), f"segment {number(SV1)}: claim PCN-1001: SV104: the value sent is no number; send digits with a point, as 25.00"),
    ("x12.bad-number", SV1, SV1.replace("1:2", "1:A"), f"segment {number(SV1)}: claim PCN-1001: SV107 has a pointer that is no number; send 1 to 12 as pointers"),
    ("x12.bad-number", "LX*2", "LX*B", f"segment {number('LX*2')}: claim PCN-1001: LX01: the value sent is no whole number; send digits only, as 1"),
    ("x12.bad-number", "LX*2", "LX*0", f"segment {number('LX*2')}: claim PCN-1001: LX01 is 0; count the lines from 1"),
    ("x12.bad-number", CLM1, CLM1.replace("75.5", "7-5"), "segment 26: claim PCN-1001: CLM02: '7-5' is no number; send digits with a point, as 25.00"),
    ("x12.bad-date", "DTP*435*D8*20260101", "DTP*435*D8*20260230", "segment 27: claim PCN-1001: DTP03: '20260230' is no date; send CCYYMMDD with the qualifier D8, or CCYYMMDD-CCYYMMDD with RD8"),
    ("x12.bad-date", "DTP*472*RD8*20260105-20260106", "DTP*472*RD8*20260105", f"segment {number('DTP*472*RD8*20260105-20260106')}: claim PCN-1001: DTP03: '20260105' is no date; send CCYYMMDD with the qualifier D8, or CCYYMMDD-CCYYMMDD with RD8"),
    ("x12.repeated-segment", "REF*X4*05D0123456", "REF*X4*05D0123456|REF*X4*05D2222222", "segment 33: claim PCN-1001: a second value for claim.clia, the first stands in segment 32; send one of them"),
    ("x12.repeated-segment", SV1, f"{SV1}|{SV1}", f"segment {number(SV1) + 1}: claim PCN-1001: line 1 has two SV1; send an LX before each SV1"),
    ("x12.line-without-code", SV1, SV1.replace("86329", ""), f"segment {number('LX*1')}: claim PCN-1001: line 1 has no procedure code; send the code in SV101-2"),
    ("x12.line-without-code", SV1, "NTE*ADD*NO SERVICE", f"segment {number('LX*1')}: claim PCN-1001: line 1 has no procedure code; send the code in SV101-2"),
    ("x12.line-without-date", "DTP*472*RD8*20260105-20260106", "DTP*471*D8*20260105", f"segment {number('LX*2')}: claim PCN-1001: line 2 has no date of service; send DTP*472 for each line"),
    ("x12.unexpected-segment", "LX*2", "SV2*0300*HC:36415*1*UN*1", f"segment {number('LX*2')}: claim PCN-1001: a segment 'SV2' cannot stand here (2410 or 2420); send the segments in the order of the guide"),
    ("x12.unexpected-segment", "DTP*435*D8*20260101", "ZZ9*1", "segment 27: claim PCN-1001: a segment 'ZZ9' cannot stand here (2300); send the segments in the order of the guide"),
    ("x12.unexpected-segment", "DTP*435*D8*20260101", "n m1*1", "segment 27: claim PCN-1001: a segment with an unreadable name cannot stand here (2300); send the segments in the order of the guide"),
    ("x12.missing-element", CLM1, "CLM", "segment 26: CLM01 is empty; send the claim's identifier in CLM01"),
    ("x12.bad-date", "DMG*D8*19790302*F", "DMG*D8*19791302*F", "segment 23: claim PCN-1001: DMG02 is no date; send CCYYMMDD"),
    ("x12.bad-date", "DMG*D8*19790302*F", "DMG*D9*19790302*F", "segment 23: claim PCN-1001: DMG01 is not D8; send the birth date as CCYYMMDD with the qualifier D8"),
    ("x12.bad-date", "PAT*****D8*20260103", "PAT*****D8*1", "segment 19: claim PCN-1001: PAT06 is no date; send CCYYMMDD"),
    ("x12.bad-hierarchy", "HL*2*1*22*0", "HL*2*9*22*0", "segment 17: claim PCN-1001: HL02 does not name the billing provider that stands above; send each subscriber after its billing provider, with that HL01 in HL02"),
    ("x12.bad-hierarchy", "HL*2*1*22*0", "HL*2*1*2X*0", "segment 17: claim PCN-1001: HL03 is no level of a claim; send 20, 22 or 23 in HL03"),
]  # fmt: skip


@pytest.mark.parametrize(("code", "old", "new", "message"), LINE_FAULTS)
def test_a_fault_loses_its_claim_alone(code, old, new, message):
    claims, problems = read(changed(old, *new.split("|")))
    assert [(each.code, str(each)) for each in problems] == [(code, f"in.837: {message}")]
    assert claims == [SECOND]


def test_a_claim_without_lines_is_named_at_its_clm():
    claims, problems = read([*SEGMENTS[:26], *SEGMENTS[number("HL*3*1*22*1") - 1 :]])
    assert [str(each) for each in problems] == [
        "in.837: segment 26: claim PCN-1001: the claim has no service line; send LX, SV1 and DTP*472 for each service"
    ]
    assert claims == [SECOND]


def test_a_clm_whose_name_is_damaged_does_not_give_its_lines_to_the_claim_before():
    clm = "CLM*PCN-0*1***11:B:1"
    line = ["LX*1", "SV1*HC:36415*1*UN*1", "DTP*472*D8*20260105"]
    end = number("HL*3*1*22*1") - 1
    claims, problems = read([*SEGMENTS[:end], clm.replace("CLM", "CLN"), *line, *SEGMENTS[end:]])
    assert claims == [SECOND]
    assert [(each.code, each.segment, each.claim) for each in problems] == [
        ("x12.unexpected-segment", end + 1, "PCN-1001")
    ]


def test_a_damaged_hl_does_not_give_claims_to_the_subscriber_before():
    claims, problems = read(changed("HL*3*1*22*1", "HX*3*1*22*1"))
    assert claims == []
    assert [(each.code, each.segment, each.claim) for each in problems] == [
        ("x12.unexpected-segment", number("HL*3*1*22*1"), "PCN-1001"),
        ("x12.unexpected-segment", number("HL*3*1*22*1"), "PCN-1002"),
    ]


def test_a_fault_above_claims_is_named_for_each_claim_it_costs():
    claims, problems = read(changed("PRV*BI*PXC*291U00000X", "QQQ*1"))
    assert claims == []
    assert [(each.code, each.segment, each.claim) for each in problems] == [
        ("x12.unexpected-segment", 9, "PCN-1001"),
        ("x12.unexpected-segment", 9, "PCN-1002"),
    ]


def test_a_fault_in_the_header_costs_no_claim_but_is_named():
    claims, problems = read(changed("PER*IC*DESK*TE*3055552222", "PEX*IC"))
    assert claims == [FIRST, SECOND]
    assert [(each.code, each.segment, each.claim) for each in problems] == [("x12.unexpected-segment", 6, None)]


def test_a_claim_under_no_subscriber_is_refused():
    segments = [each for each in SEGMENTS if each not in SEGMENTS[16:25]]
    claims, problems = read(segments)
    assert claims == [SECOND]
    assert [str(each) for each in problems] == [
        "in.837: segment 17: claim PCN-1001: the claim stands under no subscriber; "
        "send HL with 22 and the subscriber before CLM"
    ]


REFUSED = [
    (["ST*837*1*004010X098A1"], "x12.version", "this is version 4010 (004010X098A1), which is not read"),
    (["ST*837*1*005010X298"], "x12.version", "the implementation stated (005010X298) is none that is read"),
    (["ST*837*1*005010X223A2"], "x12.not-read-yet", "institutional claims (837I) are not read yet"),
    (["ST*837*1*005010X224A2"], "x12.not-read-yet", "dental claims (837D) are not read"),
    (["ST*835*1"], "x12.transaction-set", "transaction set 835 is not a claim (837)"),
    (["ST*270*1*005010X279A1"], "x12.transaction-set", "transaction set 270 is not a claim (837)"),
    (["ST"], "x12.transaction-set", "what stands here is not a claim (837)"),
]


@pytest.mark.parametrize(("opening", "code", "message"), REFUSED)
def test_what_is_no_professional_claim_is_one_problem_and_the_next_set_is_read(opening, code, message):
    refused = [*opening, *SEGMENTS[3:-2]]
    claims, problems = read([*SEGMENTS[:2], *refused, *SEGMENTS[2:]])
    assert claims == [FIRST, SECOND]
    remedy = "send professional claims as 005010X222A1"
    assert [(each.code, str(each)) for each in problems] == [(code, f"in.837: segment 3: {message}; {remedy}")]


def test_a_group_of_another_kind_is_one_problem_even_without_a_transaction_set():
    segments = [ISA, "GS*HS*A*B*20260106*1200*1*X*005010X279A1", "HL*1**20*1", "GE*0*1", "IEA*1*000000907"]
    claims, problems = read(segments)
    assert (claims, [(each.code, each.segment) for each in problems]) == ([], [("x12.transaction-set", 2)])


ENVELOPES = [
    ("SE*93*0021", [("x12.truncated", number("GE*1*1") - 1, "PCN-1002")], [FIRST]),
    ("IEA*1*000000907", [("x12.truncated", len(SEGMENTS) - 1, None)], [FIRST, SECOND]),
    (SEGMENTS[1], [("x12.missing-segment", 2, None)], [FIRST, SECOND]),
]


@pytest.mark.parametrize(("missing", "named", "left"), ENVELOPES)
def test_a_missing_envelope_segment_is_named(missing, named, left):
    claims, problems = read(changed(missing))
    assert [(each.code, each.segment, each.claim) for each in problems] == named
    assert claims == left


def test_a_missing_st_loses_its_set_and_no_other():
    claims, problems = read([*SEGMENTS[:2], *SEGMENTS[3:-2], *SEGMENTS[2:]])
    assert claims == [FIRST, SECOND]
    assert [(each.code, each.segment) for each in problems] == [("x12.unexpected-segment", 3)]


@pytest.mark.parametrize("cut", [*range(1, 60), *range(-400, -30, 7)])
def test_a_file_that_is_cut_off_gives_its_whole_claims_and_one_problem(cut):
    claims, problems = read(joined(SEGMENTS)[:cut], format="x12")
    assert claims in ([], [FIRST])
    assert len(problems) == 1
    assert problems[0].code in ("x12.truncated", "x12.not-x12")


def test_the_last_iea_may_lack_its_terminator():
    assert read(joined(SEGMENTS)[:-2]) == ([FIRST, SECOND], [])


WHOLE = [
    (b"", "input.empty", "in.837: is empty; name a file that holds claims"),
    (b" \r\n", "input.empty", "in.837: is empty; name a file that holds claims"),
    (b"bad_file\n", "input.unknown-format", "in.837: is neither X12, JSON, FHIR, CSV nor Parquet; X12 begins with ISA, JSON and FHIR with { or [, Parquet with PAR1, CSV with a header line; or state the format"),
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


def test_no_message_carries_a_name_a_birth_date_or_a_member_identifier():
    private = ("QUILL", "ADA", "19790302", "1979", "1EG4TE5MK73", "OAKS", "BEN", "M-2", "OTHER-9")
    for segment in SEGMENTS:
        for damaged in (segment[1:], segment.replace("*", "", 2), segment.replace("D8", "D9"), segment + "*", ""):
            _, problems = read(changed(segment, damaged))
            text = "\n".join(str(each) for each in problems)
            assert not [each for each in private if each in text]
