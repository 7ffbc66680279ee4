"""837P: every field of the model that the format carries, from the segment that carries it."""

from __future__ import annotations

import datetime as dt
import io
from decimal import Decimal

import pytest
from x12_samples import ISA, SEGMENTS, changed, joined, number, read, recounted

from cpt_rules.claim import Claim, Diagnosis, Line, Patient, Payer, Provider, Subscriber
from cpt_rules.fields import STORED_FIELDS
from cpt_rules.readers import InputError, read_claims

DAY = dt.date(2026, 1, 5)

FIRST = Claim(
    id="PCN-1001",
    type="professional",
    frequency="7",
    original_reference="ICN1",
    charge=Decimal("75.5"),
    admission_date=dt.date(2026, 1, 1),
    discharge_date=dt.date(2026, 1, 4),
    accident="AA",
    homebound=True,
    conditions=("A1", "A2"),
    payer=Payer(id="01182", name="MEDICARE PART B", filing="MB", state="CA", sequence="P"),
    subscriber=Subscriber(id="1EG4TE5MK73", relationship="18"),
    patient=Patient("1EG4TE5MK73", dt.date(1979, 3, 2), "F", dt.date(2026, 1, 3)),
    billing=Provider("1234567893", "organisation", "291U00000X", "CA"),
    rendering=Provider("1003000126", "person", "207L00000X"),
    referring=Provider("1993999998", "person"),
    supervising=Provider("1003000134", "person"),
    service_facility=Provider("1003000118", "organisation", state="NV"),
    clia="05D0123456",
    pos="81",
    prior_authorization="AUTH1",
    referral_number="RF1",
    diagnoses=(Diagnosis("D80.1", "icd10", "principal"), Diagnosis("D83.9")),
    lines=(
        Line(
            number=1,
            id="L-1",
            code="86329",
            modifiers=("90", "59", "KX", "GA"),
            units=Decimal(2),
            unit_type="UN",
            charge=Decimal("25.00"),
            date=DAY,
            clia="05D1111111",
            referring_clia="05D7654321",
            diagnosis_pointers=(1, 2),
            description="SEMI-QUANTITATIVE",
            ndc="00004196501",
            purchased="PUR1",
            rendering=Provider("1003000142", "person", "208D00000X"),
            ordering=Provider("1003000167", "person"),
            referring=Provider("1003000175", "person"),
            service_facility=Provider("1003000159", "organisation", state="NV"),
        ),
        Line(
            number=2,
            code="36415",
            units=Decimal(1),
            unit_type="UN",
            charge=Decimal("50.5"),
            date=DAY,
            date_to=dt.date(2026, 1, 6),
            pos="11",
            diagnosis_pointers=(1,),
        ),
    ),
)

SECOND = Claim(
    id="PCN-1002",
    type="professional",
    frequency="1",
    charge=Decimal(12),
    payer=Payer(id="567890", name="ASPEN HEALTH", filing="CI", sequence="S"),
    other_payers=(Payer(id="999996666", name="BIRCH INSURANCE", filing="12", state="TX", sequence="P"),),
    subscriber=Subscriber(id="M-2", relationship="19"),
    patient=Patient("M-2", dt.date(2015, 5, 1), "U"),
    billing=FIRST.billing,
    pos="11",
    diagnoses=(Diagnosis("477.9", "icd9", "principal"), Diagnosis("E885.9", "icd9")),
    lines=(
        Line(
            number=1,
            code="99213",
            units=Decimal(1),
            unit_type="UN",
            charge=Decimal(12),
            date=DAY,
            diagnosis_pointers=(1,),
        ),
    ),
)


def test_every_field_is_read_and_other_payers_providers_dates_and_references_are_kept_out():
    assert read(SEGMENTS) == ([FIRST, SECOND], [])


def test_a_claim_knows_where_it_stands():
    first, second = read(SEGMENTS)[0]
    assert first.origin is not None
    assert second.origin is not None
    assert (first.origin.input, first.origin.format) == ("in.837", "837P")
    assert (first.origin.interchange, first.origin.transaction_set) == ("000000907", "0021")
    assert (first.origin.ordinal, second.origin.ordinal) == (1, 2)
    assert first.origin.segments == (number(SEGMENTS[25]), number("DTP*472*RD8*20260105-20260106"))
    assert second.origin.segments == (number("CLM*PCN-1002*12***11:B:1*Y*A*Y*Y"), number("FRM*1*Y"))


def test_fields_know_the_segments_that_carried_them():
    first, second = read(SEGMENTS)[0]
    assert first.origin is not None
    assert second.origin is not None
    claim = dict(first.origin.claim_segments)
    assert set(claim) - STORED_FIELDS == {"claim"}
    assert {name: SEGMENTS[at - 1] for name, at in claim.items()} == {
        "claim": SEGMENTS[25],
        "claim.type": "ST*837*0021*005010X222A1",
        "claim.charge": SEGMENTS[25],
        "claim.pos": SEGMENTS[25],
        "claim.frequency": SEGMENTS[25],
        "claim.accident": SEGMENTS[25],
        "claim.admission_date": "DTP*435*D8*20260101",
        "claim.discharge_date": "DTP*096*D8*20260104",
        "claim.prior_authorization": "REF*G1*AUTH1",
        "claim.referral_number": "REF*9F*RF1",
        "claim.original_reference": "REF*F8*ICN1",
        "claim.clia": "REF*X4*05D0123456",
        "claim.homebound": "CRC*75*Y*IH",
        "claim.diagnoses": "HI*ABK:D801*ABF:D839",
        "claim.conditions": "HI*BG:A1*BG:A2",
        "billing.taxonomy": "PRV*BI*PXC*291U00000X",
        "billing.npi": "NM1*85*2*ACORN LABORATORY*****XX*1234567893",
        "billing.entity": "NM1*85*2*ACORN LABORATORY*****XX*1234567893",
        "billing.state": "N4*LOS ANGELES*CA*900010000",
        "payer.sequence": "SBR*P*18*******MB",
        "payer.filing": "SBR*P*18*******MB",
        "payer.id": "NM1*PR*2*MEDICARE PART B*****PI*01182",
        "payer.name": "NM1*PR*2*MEDICARE PART B*****PI*01182",
        "payer.state": "N4*SACRAMENTO*CA*94203",
        "subscriber.relationship": "SBR*P*18*******MB",
        "subscriber.id": "NM1*IL*1*QUILL*ADA****MI*1EG4TE5MK73",
        "patient.id": "NM1*IL*1*QUILL*ADA****MI*1EG4TE5MK73",
        "patient.death_date": "PAT*****D8*20260103",
        "patient.birth_date": "DMG*D8*19790302*F",
        "patient.sex": "DMG*D8*19790302*F",
        "referring.npi": "NM1*DN*1*REED*A****XX*1993999998",
        "referring.entity": "NM1*DN*1*REED*A****XX*1993999998",
        "rendering.npi": "NM1*82*1*ROE*B****XX*1003000126",
        "rendering.entity": "NM1*82*1*ROE*B****XX*1003000126",
        "rendering.taxonomy": "PRV*PE*PXC*207L00000X",
        "service_facility.npi": "NM1*77*2*ELM HOSPITAL*****XX*1003000118",
        "service_facility.entity": "NM1*77*2*ELM HOSPITAL*****XX*1003000118",
        "service_facility.state": "N4*RENO*NV*89501",
        "supervising.npi": "NM1*DQ*1*SUPER*C****XX*1003000134",
        "supervising.entity": "NM1*DQ*1*SUPER*C****XX*1003000134",
    }
    assert second.origin.claim_segments["subscriber.relationship"] == number("PAT*19")
    assert second.origin.claim_segments["patient.birth_date"] == number("DMG*D8*20150501*U")
    assert "claim.prior_authorization" not in second.origin.claim_segments
    line, other = first.origin.line_segments
    assert set(line) | set(other) <= STORED_FIELDS | {"line"}
    assert (line["line"], line["line.clia"]) == (number("LX*1"), number("REF*X4*05D1111111"))
    assert line["line.modifiers"] == number(SEGMENTS[45])
    assert (other["line.pos"], other["line.date_to"]) == (
        number("SV1*HC:36415*50.5*UN*1*11**1"),
        number("DTP*472*RD8*20260105-20260106"),
    )
    assert "line.modifiers" not in other


@pytest.mark.parametrize("line_end", ["", "\n", "\r\n", "  \r\n", "\r", " "])
@pytest.mark.parametrize("delimiters", ["*:^~", "|>`'", "\x1d\x1f\x1e\x1c", "*:U~", "!;+?"])
def test_delimiters_come_from_isa_and_line_ends_do_not_matter(delimiters, line_end):
    assert read(joined(SEGMENTS, delimiters=delimiters, line_end=line_end)) == ([FIRST, SECOND], [])


@pytest.mark.parametrize("delimiters", ["*:^\n", "*:^\r"])
@pytest.mark.parametrize("line_end", ["", "\n", "\r"])
def test_a_line_end_may_be_the_segment_terminator(delimiters, line_end):
    claims, problems = read(joined(SEGMENTS, delimiters=delimiters, line_end=line_end))
    assert (claims, problems) == ([FIRST, SECOND], [])


def test_a_byte_order_mark_blanks_before_isa_and_a_control_z_at_the_end_are_tolerated():
    assert read(b"\xef\xbb\xbf \r\n" + joined(SEGMENTS) + b"\x1a\0\r\n") == ([FIRST, SECOND], [])


def test_interchanges_may_change_their_delimiters_within_one_file():
    data = joined(SEGMENTS) + joined(SEGMENTS, delimiters="|>`\n", line_end="") + joined(SEGMENTS, line_end="")
    claims, problems = read(data)
    assert (claims, problems) == ([FIRST, SECOND] * 3, [])
    assert [claim.origin.ordinal for claim in claims if claim.origin] == [1, 2, 3, 4, 5, 6]
    assert [claim.origin.segments[0] for claim in claims[::2] if claim.origin and claim.origin.segments] == [
        26,
        26 + len(SEGMENTS),
        26 + 2 * len(SEGMENTS),
    ]


def test_several_groups_and_transaction_sets_of_one_interchange_are_read():
    group = SEGMENTS[1:-1]
    assert read(recounted([ISA, *group[:-1], *group[1:], *group, SEGMENTS[-1]])) == ([FIRST, SECOND] * 3, [])


@pytest.mark.parametrize("version", ["005010X222", "005010X222A1", "005010X222A2"])
def test_the_guide_and_its_errata_are_read_with_or_without_st03(version):
    segments = [each.replace("005010X222A1", version) for each in SEGMENTS]
    assert read(segments) == ([FIRST, SECOND], [])
    segments[2] = "ST*837*0021"
    assert read(segments) == ([FIRST, SECOND], [])


def test_text_beyond_ascii_is_utf_8_where_it_can_be_else_latin_1_segment_by_segment():
    segments = changed("REF*G1*AUTH1", "REF*G1*AÑO")
    utf8 = joined(segments)
    latin1 = utf8.replace("Ñ".encode(), b"\xd1")
    mixed = utf8.replace(b"REF*9F*RF1", b"REF*9F*\xd1")
    assert read(utf8)[0][0].prior_authorization == "AÑO"
    assert read(latin1)[0][0].prior_authorization == "AÑO"
    assert [read(mixed)[0][0].prior_authorization, read(mixed)[0][0].referral_number] == ["AÑO", "Ñ"]


def test_claims_of_one_subscriber_and_of_several_dependents_keep_their_own_patient():
    claim = ["CLM*B*1***11:B:1", "LX*1", "SV1*HC:36415*1*UN*1", "DTP*472*D8*20260105"]
    dependent = ["HL*5*3*23*0", "PAT*01", "NM1*QC*1*OAKS*EVE****MI*OWN", "DMG*D8*19510101*F"]
    end = SEGMENTS.index("SE*92*0021")
    claims, problems = read(recounted([*SEGMENTS[:end], *claim, *dependent, *claim, *SEGMENTS[end:]]))
    assert problems == []
    assert [(each.patient, each.subscriber) for each in claims[2:]] == [
        (SECOND.patient, SECOND.subscriber),
        (Patient("OWN", dt.date(1951, 1, 1), "F"), Subscriber("M-2", "01")),
    ]


def test_empty_elements_and_identifiers_that_are_no_npi_are_absent():
    segments = changed("NM1*82*1*ROE*B****XX*1003000126", "NM1*82*1*ROE*B****24*123456789")
    segments[segments.index("SBR*P*18*******MB")] = "SBR"
    segments[segments.index(SEGMENTS[25])] = "CLM*PCN-1001"
    first = read(segments)[0][0]
    assert first.rendering == Provider(entity="person", taxonomy="207L00000X")
    assert (first.payer.filing, first.payer.sequence, first.subscriber.relationship) == (None, None, None)
    assert (first.charge, first.pos, first.frequency, first.accident) == (None, None, None, None)


def test_a_component_separator_that_clm05_contradicts_is_taken_from_clm05():
    """Some senders state ':' in ISA16 and write '>'."""
    segments = [each if each is SEGMENTS[0] else each.replace(":", ">") for each in SEGMENTS]
    assert read(segments) == ([FIRST, SECOND], [])


def test_a_claim_is_yielded_before_the_problem_of_the_next_one_is_raised():
    segments = changed("CLM*PCN-1002*12***11:B:1*Y*A*Y*Y", "CLM*PCN-1002*x***11:B:1*Y*A*Y*Y")
    claims = read_claims(io.BytesIO(joined(segments)))
    assert next(claims) == FIRST
    with pytest.raises(InputError) as raised:
        next(claims)
    assert (raised.value.problem.code, raised.value.problem.claim) == ("x12.bad-number", "PCN-1002")


def test_text_streams_paths_and_standard_input_are_read(tmp_path, monkeypatch):
    path = tmp_path / "in.837"
    path.write_bytes(joined(SEGMENTS))
    assert list(read_claims(path)) == [FIRST, SECOND]
    assert list(read_claims(str(path), format="x12")) == [FIRST, SECOND]
    assert list(read_claims(io.StringIO(joined(SEGMENTS).decode()))) == [FIRST, SECOND]
    with path.open("rb") as stream:
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(stream))
        claims = list(read_claims("-"))
    assert claims == [FIRST, SECOND]
    assert claims[0].origin is not None
    assert claims[0].origin.input == "-"
