"""837I: every field of the model that the format carries, from the segment that carries it, and its own faults."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
from x12_samples import SEGMENTS, read, recounted

from cpt_rules.claim import (
    Claim,
    Diagnosis,
    Line,
    Occurrence,
    Patient,
    Payer,
    Procedure,
    Provider,
    Subscriber,
    ValueCode,
)
from cpt_rules.fields import FIELDS, STORED_FIELDS

CLAIM = "CLM*HCN-1*90***13:A:7*Y*A*Y*Y"
BODY = f"""\
BHT*0019*00*0123*20260106*1023*CH
NM1*41*2*BILLING SERVICE*****46*12EEER
NM1*40*2*RECEIVER*****46*567890
HL*1**20*1
PRV*BI*PXC*282N00000X
NM1*85*2*ELM HOSPITAL*****XX*1234567893
N3*1 OAK STREET
N4*LOS ANGELES*CA*900010000
REF*EI*123456789
HL*2*1*22*0
SBR*P*18*******MA
NM1*IL*1*QUILL*ADA****MI*1EG4TE5MK73
DMG*D8*19790302*F
NM1*PR*2*MEDICARE PART A*****PI*01182
N4*SACRAMENTO*CA*94203
{CLAIM}
DTP*096*TM*1130
DTP*434*RD8*20260101-20260104
DTP*435*DT*202601010800
CL1*1*7*30
PWK*OZ*BM***AC*1
AMT*F3*10
REF*G1*AUTH1
REF*9F*RF1
REF*F8*ICN1
REF*EA*RECORD
NTE*ADD*WALKED IN
HI*ABK:D801:::::::Y
HI*ABJ:R509
HI*APR:R05*APR:R06
HI*ABN:W19XXXA:::::::N
HI*DR:470
HI*ABF:D839:::::::W*ABF:E119
HI*BBR:0DJ08ZZ:D8:20260102
HI*BBQ:0DB68ZX:D8:20260103*BBQ:0DB78ZX
HI*BH:11:D8:20251230*BH:A1
HI*BI:70:RD8:20260101-20260103
HI*BE:80:::3*BE:A2:::15.31
HI*BG:09*BG:C5
HI*TC:A1
NM1*71*1*REED*A****XX*1993999998
PRV*AT*PXC*207R00000X
REF*1G*B99937
NM1*72*1*ROE*B****XX*1003000126
NM1*ZZ*1*OTHER*B****XX*1003000134
NM1*82*1*LANE*C****XX*1003000142
NM1*77*2*BIRCH ANNEX*****XX*1003000118
N3*4 ELM STREET
N4*RENO*NV*89501
NM1*DN*1*FORD*D****XX*1003000159
SBR*S*01*******CI
CAS*PR*1*7.93
AMT*D*11
OI***Y***Y
MIA*1***100
NM1*IL*1*QUILL*ED****MI*OTHER-9
NM1*PR*2*ASPEN HEALTH*****PI*1135
N4*AUSTIN*TX*78701
DTP*573*D8*20260104
REF*F8*OTHER-ICN
NM1*71*1
REF*G2*OTHER-ATTENDING
NM1*82*1
LX*1
SV2*0305*HC:85025:91:59:KX:GA:REPEATED*13.39*UN*1.00**2
DTP*472*RD8*20260102-20260103
REF*6R*L-1
REF*9B*REPRICED
AMT*GT*1
NTE*TPO*TEXT
LIN**N4*00004196501
CTP****1*UN
REF*XZ*RX1
NM1*72*1*LINE*D****XX*1003000167
NM1*82*1*LINE*E****XX*1003000175
NM1*DN*1*LINE*F****XX*1003000183
SVD*1135*40*HC:85025*0305*1
CAS*CO*42*3
DTP*573*D8*20260115
LX*2
SV2*0120**76.61*DA*3""".splitlines()
SAMPLE = recounted(
    [
        SEGMENTS[0],
        "GS*HC*SENDER*RECEIVER*20260106*1200*1*X*005010X223A2",
        "ST*837*0021*005010X223A2",
        *BODY,
        "SE*0*0021",
        *SEGMENTS[-2:],
    ]
)

FIRST = Claim(
    id="HCN-1",
    type="institutional",
    frequency="7",
    bill_type="137",
    original_reference="ICN1",
    charge=Decimal(90),
    statement_from=dt.date(2026, 1, 1),
    statement_to=dt.date(2026, 1, 4),
    admission_date=dt.date(2026, 1, 1),
    patient_status="30",
    drg="470",
    conditions=("09", "C5"),
    occurrences=(
        Occurrence("11", dt.date(2025, 12, 30)),
        Occurrence("A1"),
        Occurrence("70", dt.date(2026, 1, 1), dt.date(2026, 1, 3)),
    ),
    values=(ValueCode("80", Decimal(3)), ValueCode("A2", Decimal("15.31"))),
    procedures=(
        Procedure("0DJ08ZZ", dt.date(2026, 1, 2)),
        Procedure("0DB68ZX", dt.date(2026, 1, 3)),
        Procedure("0DB78ZX"),
    ),
    payer=Payer(id="01182", name="MEDICARE PART A", filing="MA", state="CA", sequence="P"),
    other_payers=(Payer(id="1135", name="ASPEN HEALTH", filing="CI", state="TX", sequence="S"),),
    subscriber=Subscriber("1EG4TE5MK73", "18"),
    patient=Patient("1EG4TE5MK73", dt.date(1979, 3, 2), "F"),
    billing=Provider("1234567893", "organisation", "282N00000X", "CA"),
    attending=Provider("1993999998", "person", "207R00000X"),
    operating=Provider("1003000126", "person"),
    rendering=Provider("1003000142", "person"),
    referring=Provider("1003000159", "person"),
    service_facility=Provider("1003000118", "organisation", state="NV"),
    prior_authorization="AUTH1",
    referral_number="RF1",
    diagnoses=(
        Diagnosis("D80.1", "icd10", "principal", "Y"),
        Diagnosis("R50.9", "icd10", "admitting"),
        Diagnosis("R05", "icd10", "reason"),
        Diagnosis("R06", "icd10", "reason"),
        Diagnosis("W19.XXXA", "icd10", "external-cause", "N"),
        Diagnosis("D83.9", "icd10", "other", "W"),
        Diagnosis("E11.9"),
    ),
    lines=(
        Line(
            number=1,
            id="L-1",
            revenue_code="0305",
            code="85025",
            modifiers=("91", "59", "KX", "GA"),
            description="REPEATED",
            charge=Decimal("13.39"),
            units=Decimal("1.00"),
            unit_type="UN",
            date=dt.date(2026, 1, 2),
            date_to=dt.date(2026, 1, 3),
            ndc="00004196501",
            rendering=Provider("1003000175", "person"),
            referring=Provider("1003000183", "person"),
        ),
        Line(number=2, revenue_code="0120", charge=Decimal("76.61"), units=Decimal(3), unit_type="DA"),
    ),
)


def number(segment: str) -> int:
    return SAMPLE.index(segment) + 1


def with_segment(old: str, *new: str) -> list[str]:
    assert old in SAMPLE
    return recounted([segment for each in SAMPLE for segment in (new if each == old else (each,))])


def test_every_field_is_read_and_other_payers_providers_dates_and_references_are_kept_out():
    assert read(SAMPLE) == ([FIRST], [])


def test_fields_know_the_segments_that_carried_them():
    (claim,) = read(SAMPLE)[0]
    assert claim.origin is not None
    assert (claim.origin.format, claim.origin.segments) == ("837I", (number(CLAIM), len(SAMPLE) - 3))
    at = dict(claim.origin.claim_segments)
    assert set(at) - STORED_FIELDS == {"claim"}
    assert {name: SAMPLE[place - 1] for name, place in at.items() if name.startswith("claim.")} == {
        "claim.type": SAMPLE[2],
        "claim.charge": CLAIM,
        "claim.frequency": CLAIM,
        "claim.bill_type": CLAIM,
        "claim.statement_from": "DTP*434*RD8*20260101-20260104",
        "claim.statement_to": "DTP*434*RD8*20260101-20260104",
        "claim.admission_date": "DTP*435*DT*202601010800",
        "claim.patient_status": "CL1*1*7*30",
        "claim.prior_authorization": "REF*G1*AUTH1",
        "claim.referral_number": "REF*9F*RF1",
        "claim.original_reference": "REF*F8*ICN1",
        "claim.diagnoses": "HI*ABK:D801:::::::Y",
        "claim.drg": "HI*DR:470",
        "claim.procedures": "HI*BBR:0DJ08ZZ:D8:20260102",
        "claim.occurrences": "HI*BH:11:D8:20251230*BH:A1",
        "claim.values": "HI*BE:80:::3*BE:A2:::15.31",
        "claim.conditions": "HI*BG:09*BG:C5",
    }
    for role, segment in {
        "attending": "NM1*71*1*REED*A****XX*1993999998",
        "operating": "NM1*72*1*ROE*B****XX*1003000126",
        "rendering": "NM1*82*1*LANE*C****XX*1003000142",
        "service_facility": "NM1*77*2*BIRCH ANNEX*****XX*1003000118",
        "referring": "NM1*DN*1*FORD*D****XX*1003000159",
    }.items():
        assert (at[f"{role}.npi"], at[f"{role}.entity"]) == (number(segment), number(segment))
    assert at["attending.taxonomy"] == number("PRV*AT*PXC*207R00000X")
    assert at["service_facility.state"] == number("N4*RENO*NV*89501")
    line, other = claim.origin.line_segments
    assert set(line) | set(other) <= STORED_FIELDS | {"line"}
    service = number("SV2*0305*HC:85025:91:59:KX:GA:REPEATED*13.39*UN*1.00**2")
    of_service = ["revenue_code", "code", "code_type", "modifiers", "description", "charge", "unit_type", "units"]
    assert {line[f"line.{each}"] for each in of_service} == {service}
    assert line["line.date"] == number("DTP*472*RD8*20260102-20260103")
    assert line["line.rendering.npi"] == number("NM1*82*1*LINE*E****XX*1003000175")
    assert dict(other) == {
        **dict.fromkeys(["line", "line.number"], number("LX*2")),
        **dict.fromkeys(
            ["line.revenue_code", "line.code_type", "line.charge", "line.unit_type", "line.units"],
            number("SV2*0120**76.61*DA*3"),
        ),
    }


def test_every_stored_field_that_the_catalogue_gives_a_place_in_837i_is_filled_by_the_sample():
    """What the catalogue says of 837I and what the reader reads is the same."""
    (claim,) = read(SAMPLE)[0]
    assert claim.origin is not None
    found = {*claim.origin.claim_segments, *(name for line in claim.origin.line_segments for name in line)}
    placed = {name for name, field in FIELDS.items() if field.x12i and field.derive is None and name in field.paths}
    assert placed <= found


@pytest.mark.parametrize(
    ("sent", "bill_type", "frequency"),
    [("14:A:1", "141", "1"), ("014:A:1", "141", "1"), ("85:A:7", "857", "7"), ("13", "13", None), (":A:1", None, "1")],
)
def test_the_type_of_bill_is_facility_and_frequency_without_a_leading_zero(sent, bill_type, frequency):
    (claim,) = read(with_segment(CLAIM, CLAIM.replace("13:A:7", sent)))[0]
    assert (claim.bill_type, claim.frequency, claim.pos) == (bill_type, frequency, None)


def test_a_statement_of_one_day_begins_and_ends_on_it():
    (claim,) = read(with_segment("DTP*434*RD8*20260101-20260104", "DTP*434*D8*20260103"))[0]
    assert (claim.statement_from, claim.statement_to) == (dt.date(2026, 1, 3), dt.date(2026, 1, 3))


def test_icd_9_codes_of_every_role_and_kind_are_read():
    segments = with_segment("HI*ABK:D801:::::::Y", "HI*BK:3669", "HI*BJ:78060*PR:7862*BN:E8859*BF:79431")
    segments = [each.replace("BBR", "BR").replace("BBQ", "BQ") for each in segments if not each.startswith("HI*A")]
    (claim,) = read(recounted(segments))[0]
    assert claim.diagnoses == (
        Diagnosis("366.9", "icd9", "principal"),
        Diagnosis("780.60", "icd9", "admitting"),
        Diagnosis("786.2", "icd9", "reason"),
        Diagnosis("E885.9", "icd9", "external-cause"),
        Diagnosis("794.31", "icd9", "other"),
    )
    assert claim.procedures == FIRST.procedures


SERVICE = "SV2*0120**76.61*DA*3"
FAULTS = [
    ("x12.line-without-revenue-code", SERVICE, "SV2**HC:85025*1*UN*1", f"segment {number('LX*2')}: claim HCN-1: line 2 has no revenue code; send it in SV201"),
    ("x12.line-without-revenue-code", SERVICE, "NTE*TPO*NOTHING", f"segment {number('LX*2')}: claim HCN-1: line 2 has no revenue code; send it in SV201"),
    ("x12.line-without-date", "DTP*434*RD8*20260101-20260104", "REF*P4*1", f"segment {number('LX*2')}: claim HCN-1: line 2 has no date of service, and its claim no statement dates; send DTP*434 for the claim, or DTP*472 for the line"),
    ("x12.repeated-segment", SERVICE, f"{SERVICE}|{SERVICE}", f"segment {number(SERVICE) + 1}: claim HCN-1: line 2 has two SV2; send an LX before each SV2"),
    ("x12.repeated-segment", "CL1*1*7*30", "CL1*1*7*30|CL1*1*7*01", f"segment {number('CL1*1*7*30') + 1}: claim HCN-1: a second value for claim.patient_status, the first stands in segment {number('CL1*1*7*30')}; send one of them"),
    ("x12.repeated-segment", "HI*DR:470", "HI*DR:470|HI*DR:471", f"segment {number('HI*DR:470') + 1}: claim HCN-1: a second value for claim.drg, the first stands in segment {number('HI*DR:470')}; send one of them"),
    ("x12.bad-number", SERVICE, "SV2*0120**76.6.1*DA*3", f"segment {number(SERVICE)}: claim HCN-1: SV203: '76.6.1' is no number; send digits with a point, as 25.00"),
    ("x12.bad-number", SERVICE, "SV2*0120**76.61*DA*-", f"segment {number(SERVICE)}: claim HCN-1: SV205: '-' is no number; send digits with a point, as 25.00"),
    ("x12.bad-number", "HI*BE:80:::3*BE:A2:::15.31", "HI*BE:80:::3*BE:A2:::15,31", f"segment {number('HI*BE:80:::3*BE:A2:::15.31')}: claim HCN-1: HI, an amount: the value sent is no number; send digits with a point, as 25.00"),
    ("x12.bad-date", "HI*BH:11:D8:20251230*BH:A1", "HI*BH:11:D8:20251330*BH:A1", f"segment {number('HI*BH:11:D8:20251230*BH:A1')}: claim HCN-1: HI, a date: '20251330' is no date; send CCYYMMDD with the qualifier D8, or CCYYMMDD-CCYYMMDD with RD8"),
    ("x12.bad-date", "DTP*434*RD8*20260101-20260104", "DTP*434*rd8*20260101-20260104", f"segment {number('DTP*434*RD8*20260101-20260104')}: claim HCN-1: DTP03: '20260101-20260104' is no date; send CCYYMMDD with the qualifier D8, or CCYYMMDD-CCYYMMDD with RD8"),
    ("x12.unknown-qualifier", "HI*BG:09*BG:C5", "HI*BG:09*bg:C5", f"segment {number('HI*BG:09*BG:C5')}: claim HCN-1: HI, the qualifier of a code: 'bg' is no qualifier; send 'BG', in capital letters"),
    ("x12.unknown-qualifier", SERVICE, "SV2*0120**76.61*da*3", f"segment {number(SERVICE)}: claim HCN-1: SV204: 'da' is no qualifier; send 'DA', in capital letters"),
    ("x12.unknown-qualifier", CLAIM, CLAIM.replace(":A:", ":B:"), f"segment {number(CLAIM)}: claim HCN-1: CLM05-2: the code sent is no qualifier; send a qualifier that the guide has for this loop"),
    ("x12.unknown-qualifier", "NM1*71*1*REED*A****XX*1993999998", "NM1*17*1*REED*A****XX*1993999998", f"segment {number('NM1*71*1*REED*A****XX*1993999998')}: claim HCN-1: NM101: '17' is no qualifier that can stand here; send a qualifier that the guide has for this loop"),
    ("x12.element-too-long", CLAIM, CLAIM.replace("13:A:7", "13:A:77"), f"segment {number(CLAIM)}: claim HCN-1: CLM05-3 has more than 1 characters; send a shorter value"),
    ("x12.element-too-long", "CL1*1*7*30", "CL1*1*7*030", f"segment {number('CL1*1*7*30')}: claim HCN-1: CL103 has more than 2 characters; send a shorter value"),
    ("x12.unexpected-segment", SERVICE, "SV1*HC:85025*1*UN*1", f"segment {number(SERVICE)}: claim HCN-1: a segment 'SV1' cannot stand here (2400); send the segments in the order of the guide"),
    ("x12.service-without-line", "LX*2", "DTP*573*D8*20260116", f"segment {number('LX*2') + 1}: claim HCN-1: SV2 has no LX of its own; send LX before each service"),
]  # fmt: skip


@pytest.mark.parametrize(("code", "old", "new", "message"), FAULTS)
def test_a_fault_loses_its_claim_and_is_named(code, old, new, message):
    claims, problems = read(with_segment(old, *new.split("|")))
    assert [(each.code, str(each)) for each in problems] == [(code, f"in.837: {message}")]
    assert claims == []


def test_claims_of_both_kinds_stand_in_one_interchange():
    professional = SEGMENTS[1:-1]
    claims, problems = read(recounted([*SAMPLE[:-1], *professional, *SAMPLE[1:-1], SAMPLE[-1]]))
    assert problems == []
    assert [each.type for each in claims] == ["institutional", "professional", "professional", "institutional"]
    assert claims[0] == claims[3] == FIRST


@pytest.mark.parametrize("version", ["005010X223", "005010X223A1", "005010X223A2", "005010X223A3"])
def test_the_guide_and_its_errata_are_read_with_or_without_st03(version):
    segments = [each.replace("005010X223A2", version) for each in SAMPLE]
    assert read(segments) == ([FIRST], [])
    segments[2] = "ST*837*0021"
    assert read(segments) == ([FIRST], [])
