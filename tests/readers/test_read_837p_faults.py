"""837P that is faulty: each fault has its code, names its segment and claim, and costs no other claim."""

from __future__ import annotations

import pytest
from test_read_837p import FIRST, SECOND
from x12_samples import SEGMENTS, changed, number, read, recounted

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
    ("x12.service-without-line", "LX*2", "REF*9B*1", f"segment {number('LX*2') + 1}: claim PCN-1001: SV1 has no LX of its own; send LX before each service"),
    ("x12.unexpected-segment", SV1, "SV2*0300*HC:36415*1*UN*1", f"segment {number(SV1)}: claim PCN-1001: a segment 'SV2' cannot stand here (2400); send the segments in the order of the guide"),
    ("x12.line-numbers", "LX*2", "LX*3|SV1*HC:1*1*UN*1|DTP*472*D8*20260105|LX*1", f"segment {number('LX*2') + 3}: claim PCN-1001: LX01 begins at 1 again after line 3; number the lines of a claim upwards, and send CLM before those of the next"),
    ("x12.element-too-long", "REF*6R*L-1", f"REF*6R*{'9' * 51}", f"segment {number('REF*6R*L-1')}: claim PCN-1001: REF02 has more than 50 characters; send a shorter value"),
    ("x12.element-too-long", CLM1, CLM1.replace("PCN-1001", "PCN-1001" + 31 * "9"), f"segment 26: claim PCN-1001{30 * '9'}: CLM01 has more than 38 characters; send a shorter value"),
    ("x12.element-too-long", "DMG*D8*19790302*F", "DMG*D8*19790302*FEMALE", "segment 23: claim PCN-1001: DMG03 has more than 1 characters; send a shorter value"),
    ("x12.element-too-long", "SBR*P*18*******MB", "SBR*P*18*******MBX", "segment 18: claim PCN-1001: SBR09 has more than 2 characters; send a shorter value"),
    ("x12.too-many-elements", "DTP*435*D8*20260101", "DTP*435*D8*20260101DTP*096*D8*20260104", "segment 27: claim PCN-1001: DTP has 6 elements, at most 3 are allowed; send each segment with its terminator, and no delimiter inside a value"),
    ("x12.too-many-elements", "N3*4 ELM STREET", "N3*4 ELM STREETN4*RENO*NV", f"segment {number('N3*4 ELM STREET')}: claim PCN-1001: N3 has 3 elements, at most 2 are allowed; send each segment with its terminator, and no delimiter inside a value"),
    ("x12.too-many-elements", "REF*9F*RF1", "REF*9F*RF1REF*F8*ICN1", "segment 30: claim PCN-1001: REF has 4 elements, at most 2 are allowed; send each segment with its terminator, and no delimiter inside a value"),
    ("x12.unknown-qualifier", "REF*X4*05D0123456", "REF*x4*05D0123456", "segment 32: claim PCN-1001: REF01: 'x4' is no qualifier; send 'X4', in capital letters"),
    ("x12.unknown-qualifier", "REF*X4*05D0123456", "REF*Y5*05D0123456", "segment 32: claim PCN-1001: REF01: 'Y5' is no qualifier that can stand here; send a qualifier that the guide has for this loop"),
    ("x12.unknown-qualifier", "REF*X4*05D0123456", "REF*ADA*05D0123456", "segment 32: claim PCN-1001: REF01: the code sent is no qualifier; send a qualifier that the guide has for this loop"),
    ("x12.unknown-qualifier", "REF*X4*05D0123456", "REF**05D0123456", "segment 32: claim PCN-1001: REF01 is empty; send the qualifier of the guide"),
    ("x12.unknown-qualifier", "DTP*435*D8*20260101", "DTP*345*D8*20260101", "segment 27: claim PCN-1001: DTP01: '345' is no qualifier that can stand here; send a qualifier that the guide has for this loop"),
    ("x12.unknown-qualifier", "HI*ABK:D801*ABF:D839", "HI*abk:D801*ABF:D839", "segment 34: claim PCN-1001: HI, the qualifier of a code: 'abk' is no qualifier; send 'ABK', in capital letters"),
    ("x12.unknown-qualifier", "HI*BG:A1*BG:A2", "HI*BG:A1*B7:A2", "segment 35: claim PCN-1001: HI, the qualifier of a code: 'B7' is no qualifier that can stand here; send a qualifier that the guide has for this loop"),
    ("x12.unknown-qualifier", "NM1*DQ*1*SUPER*C****XX*1003000134", "NM1*D1*1*SUPER*C****XX*1003000134", f"segment {number('NM1*DQ*1*SUPER*C****XX*1003000134')}: claim PCN-1001: NM101: 'D1' is no qualifier that can stand here; send a qualifier that the guide has for this loop"),
    ("x12.unknown-qualifier", "NM1*DQ*1*SUPER*C****XX*1003000134", "NM1*DQ*1*SUPER*C****xx*1003000134", f"segment {number('NM1*DQ*1*SUPER*C****XX*1003000134')}: claim PCN-1001: NM108: 'xx' is no qualifier; send 'XX', in capital letters"),
    ("x12.unknown-qualifier", "NM1*DQ*1*SUPER*C****XX*1003000134", "NM1*DQ*9*SUPER*C****XX*1003000134", f"segment {number('NM1*DQ*1*SUPER*C****XX*1003000134')}: claim PCN-1001: NM102: '9' is no qualifier that can stand here; send a qualifier that the guide has for this loop"),
    ("x12.unknown-qualifier", "PRV*PE*PXC*207L00000X", "PRV*pe*PXC*207L00000X", f"segment {number('PRV*PE*PXC*207L00000X')}: claim PCN-1001: PRV01: 'pe' is no qualifier; send 'PE', in capital letters"),
    ("x12.unknown-qualifier", "CRC*75*Y*IH", "CRC*76*Y*IH", "segment 33: claim PCN-1001: CRC01: '76' is no qualifier that can stand here; send a qualifier that the guide has for this loop"),
    ("x12.unknown-qualifier", CLM1, CLM1.replace(":B:", ":A:"), "segment 26: claim PCN-1001: CLM05-2: the code sent is no qualifier; send a qualifier that the guide has for this loop"),
    ("x12.unknown-qualifier", SV1, SV1.replace("HC", "hc"), f"segment {number(SV1)}: claim PCN-1001: SV101-1: 'hc' is no qualifier; send 'HC', in capital letters"),
    ("x12.unknown-qualifier", SV1, SV1.replace("*UN*", "*un*"), f"segment {number(SV1)}: claim PCN-1001: SV103: 'un' is no qualifier; send 'UN', in capital letters"),
    ("x12.unknown-qualifier", "LIN**N4*00004196501", "LIN**n4*00004196501", f"segment {number('LIN**N4*00004196501')}: claim PCN-1001: LIN02: 'n4' is no qualifier; send 'N4', in capital letters"),
    ("x12.unknown-qualifier", "NM1*IL*1*QUILL*ADA****MI*1EG4TE5MK73", "NM1*IL*1*QUILL*ADA****mi*1EG4TE5MK73", "segment 20: claim PCN-1001: NM108: 'mi' is no qualifier; send 'MI', in capital letters"),
    ("x12.unknown-qualifier", "NM1*IL*1*QUILL*ADA****MI*1EG4TE5MK73", "NM1*IL*1*QUILL*ADA****Quill*1EG4TE5MK73", "segment 20: claim PCN-1001: NM108: the code sent is no qualifier; send a qualifier that the guide has for this loop"),
    ("x12.unknown-qualifier", "NM1*PR*2*MEDICARE PART B*****PI*01182", "NM1*PR*2*MEDICARE PART B*****\u017fv*01182", "segment 24: claim PCN-1001: NM108: the code sent is no qualifier; send a qualifier that the guide has for this loop"),
    ("x12.unknown-qualifier", "PRV*PE*PXC*207L00000X", "PRV*PE*pxc*207L00000X", f"segment {number('PRV*PE*PXC*207L00000X')}: claim PCN-1001: PRV02: 'pxc' is no qualifier; send 'PXC', in capital letters"),
    ("x12.unknown-qualifier", "CRC*75*Y*IH", "CRC*75*y*IH", "segment 33: claim PCN-1001: CRC02: 'y' is no qualifier; send 'Y', in capital letters"),
    ("x12.unknown-qualifier", "CRC*75*Y*IH", "CRC*75*Y*ih", "segment 33: claim PCN-1001: CRC03: 'ih' is no qualifier; send 'IH', in capital letters"),
    ("x12.unknown-qualifier", "SBR*P*18*******MB", "SBR*p*18*******MB", "segment 18: claim PCN-1001: SBR01: 'p' is no qualifier; send 'P', in capital letters"),
    ("x12.unknown-qualifier", "NM1*PR*2*MEDICARE PART B*****PI*01182", "NM1*P9*2*MEDICARE PART B*****PI*01182", "segment 24: claim PCN-1001: NM101: 'P9' is no qualifier that can stand here; send a qualifier that the guide has for this loop"),
    ("x12.repeated-segment", "DMG*D8*19790302*F", "DMG*D8*19790302*F|SBR*S*18*******CI", "segment 24: claim PCN-1001: a second SBR at this level; send HL before each provider and subscriber"),
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


def test_a_qualifier_that_the_guide_has_in_another_loop_only_does_no_harm():
    old = "DTP*435*D8*20260101"
    assert read(changed(old, old, "DTP*472*D8*20250101", "REF*6R*OTHER")) == ([FIRST, SECOND], [])
    name = "NM1*DQ*1*SUPER*C****XX*1003000134"
    assert read(changed(name, name, "NM1*DK*1*OTHER")) == ([FIRST, SECOND], [])
    last = "DTP*472*RD8*20260105-20260106"
    assert read(changed(last, last, "DTP*435*D8*20250101", "REF*F8*OTHER", "NM1*71*1*OTHER")) == ([FIRST, SECOND], [])


def test_a_claim_without_lines_is_named_at_its_clm():
    claims, problems = read(recounted([*SEGMENTS[:26], *SEGMENTS[number("HL*3*1*22*1") - 1 :]]))
    assert [str(each) for each in problems] == [
        "in.837: segment 26: claim PCN-1001: the claim has no service line; "
        "send LX with its SV1 or SV2 for each service"
    ]
    assert claims == [SECOND]


def test_a_clm_whose_name_is_damaged_does_not_give_its_lines_to_the_claim_before():
    clm = "CLM*PCN-0*1***11:B:1"
    line = ["LX*1", "SV1*HC:36415*1*UN*1", "DTP*472*D8*20260105"]
    end = number("HL*3*1*22*1") - 1
    claims, problems = read(recounted([*SEGMENTS[:end], clm.replace("CLM", "CLN"), *line, *SEGMENTS[end:]]))
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


def test_a_damaged_hl_behind_a_faulty_claim_does_not_give_claims_to_the_subscriber_before():
    segments = changed("LX*2", "LX*B")
    segments[segments.index("HL*3*1*22*1")] = "HX*3*1*22*1"
    segments[segments.index("HL*4*3*23*0")] = "HX*4*3*23*0"
    claims, problems = read(segments)
    assert claims == []
    assert [(each.code, each.segment, each.claim) for each in problems] == [
        ("x12.bad-number", number("LX*2"), "PCN-1001"),
        ("x12.unexpected-segment", number("HL*3*1*22*1"), "PCN-1002"),
    ]


def test_a_fault_above_claims_is_named_for_each_claim_it_costs():
    claims, problems = read(changed("PRV*BI*PXC*291U00000X", "QQQ*1"))
    assert claims == []
    assert [(each.code, each.segment, each.claim) for each in problems] == [
        ("x12.unexpected-segment", 9, "PCN-1001"),
        ("x12.unexpected-segment", 9, "PCN-1002"),
    ]


def test_a_fault_above_no_claim_is_named_once():
    claim = number("CLM*PCN-1002*12***11:B:1*Y*A*Y*Y") - 1
    segments = [*SEGMENTS[:claim], *SEGMENTS[-3:]]
    segments[segments.index("DMG*D8*20150501*U")] = "DMG*D8*20151501*U"
    claims, problems = read(recounted(segments))
    assert claims == [FIRST]
    assert [str(each) for each in problems] == ["in.837: segment 72: DMG02 is no date; send CCYYMMDD"]


def test_a_fault_in_the_header_costs_no_claim_but_is_named():
    claims, problems = read(changed("PER*IC*DESK*TE*3055552222", "PEX*IC"))
    assert claims == [FIRST, SECOND]
    assert [(each.code, each.segment, each.claim) for each in problems] == [("x12.unexpected-segment", 6, None)]


def test_a_claim_under_no_subscriber_is_refused():
    segments = [each for each in SEGMENTS if each not in SEGMENTS[16:25]]
    claims, problems = read(recounted(segments))
    assert claims == [SECOND]
    assert [str(each) for each in problems] == [
        "in.837: segment 17: claim PCN-1001: the claim stands under no subscriber; "
        "send HL with 22 and the subscriber before CLM"
    ]


MANY = [
    ("DTP*472*RD8*20260105-20260106", "DTP*472*D8*20260105", ["LX*{}", "SV1*HC:1*1*UN*1", "DTP*472*D8*20260105"], 998, "more than 999 lines in a claim; split the claim"),
    ("HI*BG:A1*BG:A2", "HI*BG:A1", ["HI*BG:A2"], 99, "more than 100 HI in a claim; send what the guide allows"),
    ("LX*1", "SBR*S", ["SBR*S"], 100, "more than 100 other payers; send what the guide allows"),
]  # fmt: skip


@pytest.mark.parametrize(("old", "first", "more", "count", "message"), MANY)
def test_a_claim_without_end_is_refused_before_it_fills_the_memory(old, first, more, count, message):
    further = [each.format(place + 3) for place in range(count) for each in more]
    place = number(old)
    _, problems = read(recounted([*SEGMENTS[: place - 1], first, *further, *SEGMENTS[place:]]))
    assert [(each.code, f"{each.message}; {each.remedy}") for each in problems] == [("x12.too-many", message)]


@pytest.mark.parametrize("count", [50, 999])
def test_a_claim_may_have_many_lines(count):
    lines = [each for at in range(1, count + 1) for each in (f"LX*{at}", f"SV1*HC:{at:05d}*1*UN*{at}", SEGMENTS[46])]
    at, end = number("LX*1"), number("HL*3*1*22*1")
    claims, problems = read(recounted([*SEGMENTS[: at - 1], *lines, *SEGMENTS[end - 1 :]]))
    assert problems == []
    assert [(each.number, each.code, each.units) for each in claims[0].lines] == [
        (each, f"{each:05d}", each) for each in range(1, count + 1)
    ]
    assert claims[1] == SECOND


def test_no_message_carries_a_name_a_birth_date_or_a_member_identifier():
    private = ("QUILL", "ADA", "19790302", "1979", "1EG4TE5MK73", "OAKS", "BEN", "M-2", "OTHER-9")
    for segment in SEGMENTS:
        for damaged in (segment[1:], segment.replace("*", "", 2), segment.replace("D8", "D9"), segment + "*", ""):
            _, problems = read(changed(segment, damaged))
            text = "\n".join(str(each) for each in problems)
            assert not [each for each in private if each in text]


def test_names_that_slip_into_the_place_of_a_qualifier_are_not_told():
    private = ("QUILL", "Ada", "oaks", "CIA")
    for segment in SEGMENTS:
        elements = segment.split("*")
        for place in range(1, len(elements)):
            for name in private:
                _, problems = read(changed(segment, "*".join([*elements[:place], name, *elements[place + 1 :]])))
                text = "\n".join(str(each) for each in problems)
                assert name.upper() not in text.replace(f"claim {name}", "").upper()
