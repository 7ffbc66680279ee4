"""JSON and JSONL claims: the documented shape, and every mistake with its record, its path and what would be right."""

from __future__ import annotations

import datetime as dt
import io
import json
from decimal import Decimal

import pytest
from attrs import evolve

from cpt_rules.claim import Claim, Diagnosis, Line, Origin, Patient, Payer, Provider
from cpt_rules.readers import InputError, InputProblem, claim_from_json, claim_to_json, read_claims

LINE = {"number": 1, "code": "86329", "date": "2026-01-05"}
RECORD = {"id": "PCN-1001", "type": "professional", "lines": [LINE]}
CLAIM = Claim("PCN-1001", "professional", (Line(1, code="86329", date=dt.date(2026, 1, 5)),))
FULL_LINE = {
    "number": 1, "id": None, "code": "86329", "code_type": "HC", "modifiers": ["90"], "units": "1", "unit_type": "UN",
    "charge": "25.00", "date": "2026-01-05", "date_to": None, "pos": None, "clia": None,
    "referring_clia": "05D7654321", "diagnosis_pointers": [1, 2], "description": None, "revenue_code": None,
    "ndc": None, "purchased": None, "rendering": None, "ordering": None, "referring": None, "service_facility": None,
}  # fmt: skip
FULL = {
    "id": "PCN-1001", "type": "professional", "frequency": "1", "original_reference": None, "bill_type": None,
    "charge": "25.00", "statement_from": None, "statement_to": None, "admission_date": None, "discharge_date": None,
    "patient_status": None, "drg": None, "received_date": None, "accident": None, "homebound": None,
    "conditions": [], "occurrences": [], "values": [], "procedures": [],
    "payer": {"id": "01182", "name": "MEDICARE PART B", "filing": "MB", "line_of_business": None, "plan": None,
              "state": "CA", "sequence": "P"},
    "other_payers": [],
    "subscriber": {"id": "1EG4TE5MK73", "relationship": "18"},
    "patient": {"id": "1EG4TE5MK73", "birth_date": "1979-03-02", "sex": "F", "death_date": None},
    "billing": {"npi": "1234567893", "entity": "organisation", "taxonomy": "291U00000X", "state": "CA"},
    "rendering": None, "referring": {"npi": "1993999998", "entity": None, "taxonomy": None, "state": None},
    "ordering": None, "supervising": None, "attending": None, "operating": None, "service_facility": None,
    "clia": "05D0123456", "pos": "81", "prior_authorization": None, "referral_number": None,
    "diagnoses": [{"code": "D80.1", "system": "icd10", "role": "principal", "poa": None},
                  {"code": "D83.9", "system": "icd10", "role": "other", "poa": None}],
    "lines": [FULL_LINE],
    "unknown": [],
}  # fmt: skip


def read(text: str | bytes, format: str = "auto") -> tuple[list[Claim], list[str]]:
    problems: list[InputProblem] = []
    stream = io.BytesIO(text if isinstance(text, bytes) else text.encode())
    stream.name = "in.jsonl"
    claims = list(read_claims(stream, format=format, on_problem=problems.append))
    return claims, [str(each) for each in problems]


def test_the_documented_record_is_read_and_written_key_by_key():
    claim = claim_from_json(FULL)
    assert claim.billing == Provider("1234567893", "organisation", "291U00000X", "CA")
    assert claim.payer == Payer("01182", "MEDICARE PART B", "MB", state="CA", sequence="P")
    assert claim.patient == Patient("1EG4TE5MK73", dt.date(1979, 3, 2), "F")
    assert claim.lines[0].diagnosis_pointers == (1, 2)
    assert json.dumps(claim_to_json(claim)) == json.dumps(FULL)


def test_a_missing_key_null_and_an_empty_list_all_mean_absent():
    nothing = {key: None for key in FULL if key not in ("id", "type", "lines")}
    assert claim_from_json(RECORD) == CLAIM
    assert claim_from_json({**nothing, **RECORD}) == CLAIM
    assert claim_from_json({**RECORD, "conditions": [], "diagnoses": [], "unknown": []}) == CLAIM
    assert claim_from_json({**RECORD, "lines": [{**dict.fromkeys(FULL_LINE), **LINE}]}) == CLAIM


def test_code_type_is_hc_where_it_is_absent():
    assert claim_from_json(RECORD).lines[0].code_type == "HC"
    sent = claim_from_json({**RECORD, "lines": [{**LINE, "code_type": None}]})
    assert sent.lines[0].code_type == "HC"
    assert evolve(CLAIM.lines[0], code_type=None).code_type == "HC"
    assert claim_from_json(claim_to_json(sent)) == sent
    other = claim_from_json({**RECORD, "lines": [{**LINE, "code_type": "HP"}]})
    assert claim_from_json(claim_to_json(other)).lines[0].code_type == "HP"


def test_canonical_forms():
    claim = claim_from_json(
        {
            **RECORD,
            "bill_type": "0131",
            "pos": "1",
            "charge": 25,
            "diagnoses": ["d801", "D83.9", {"code": "E8859", "system": "icd9"}, {"code": "4779", "system": "icd9"}],
        }
    )
    assert (claim.bill_type, claim.pos, claim.charge) == ("131", "1", Decimal(25))
    assert claim.diagnoses == (
        Diagnosis("d80.1", "icd10", "principal"),
        Diagnosis("D83.9"),
        Diagnosis("E885.9", "icd9"),
        Diagnosis("477.9", "icd9"),
    )


def test_the_first_diagnosis_text_is_principal_unless_an_object_is():
    principal = {"code": "D83.9", "role": "principal"}
    admitting = {"code": "D83.9", "role": "admitting"}
    assert [d.role for d in claim_from_json({**RECORD, "diagnoses": ["D80.1", principal]}).diagnoses] == [
        "other",
        "principal",
    ]
    assert [d.role for d in claim_from_json({**RECORD, "diagnoses": [admitting, "D80.1", "A00"]}).diagnoses] == [
        "admitting",
        "principal",
        "other",
    ]


def test_an_institutional_claim_may_take_its_dates_from_the_statement():
    record = {"id": "1", "type": "institutional", "statement_from": "2026-01-05"}
    claim = claim_from_json({**record, "lines": [{"number": 1, "revenue_code": "0300"}]})
    assert claim.lines == (Line(1, revenue_code="0300"),)


WRONG = [
    ({"chrge": "1"}, "chrge: is no key of a claim; did you mean 'charge'?"),
    ({"lines": [{**LINE, "modifier": ["90"]}]}, "lines[0].modifier: is no key of a claim; did you mean 'modifiers'?"),
    ({"payer": {"nam": "X"}}, "payer.nam: is no key of a claim; did you mean 'name'?"),
    ({"origin": None}, "origin: is no key of a claim"),
    ({"id": None}, "id: is missing; this key is required"),
    ({"id": 1001}, "id: is a number; send text in quotes"),
    ({"id": ""}, "id: is empty text; leave the key out or send null where there is no value"),
    ({"id": "\ud800"}, "id: has a surrogate, which is no character; send whole characters"),
    ({"type": "profesional"}, "type: is none of the values known here; did you mean 'professional'?"),
    ({"type": "837P"}, "type: is none of the values known here; it is one of professional, institutional"),
    ({"lines": []}, "lines: is missing; a claim has one line or more"),
    ({"lines": {}}, "lines: is an object; send an array"),
    ({"lines": [LINE, {**LINE, "number": "2"}]}, "lines[1].number: is text; send a whole number without quotes"),
    ({"lines": [{**LINE, "number": 0}]}, "lines[0].number: is out of range; lines count from 1"),
    ({"lines": [{"number": 1, "date": "2026-01-05"}]}, "lines[0].code: is missing; a professional line has a procedure code"),
    ({"lines": [{"number": 1, "code": "86329"}]}, "lines[0].date: is missing; a professional line has a date of service"),
    ({"lines": [{**LINE, "modifiers": "90"}]}, "lines[0].modifiers: is text; send an array"),
    ({"lines": [{**LINE, "diagnosis_pointers": [True]}]}, "lines[0].diagnosis_pointers[0]: is true or false; send a whole number without quotes"),
    ({"lines": [7]}, "lines[0]: is a number; send an object"),
    ({"type": "institutional"}, "lines[0].revenue_code: is missing; an institutional line has a revenue code"),
    ({"type": "institutional", "lines": [{"number": 1, "revenue_code": "0300"}]}, "lines[0].date: is missing; an institutional line has a date, or the claim has statement_from"),
    ({"charge": 25.0}, 'charge: is a number with a fraction; send a decimal number as text, such as "25.00"'),
    ({"charge": "25,00"}, 'charge: is no decimal number; send digits with a point, such as "25.00"'),
    ({"charge": "NaN"}, 'charge: is no decimal number; send digits with a point, such as "25.00"'),
    ({"charge": True}, 'charge: is true or false; send a decimal number as text, such as "25.00"'),
    ({"statement_from": "2026-02-30"}, "statement_from: is no date; send it as 2026-01-05"),
    ({"statement_from": 20260105}, "statement_from: is a number; send a date as text, such as 2026-01-05"),
    ({"homebound": "Y"}, "homebound: is text; send true or false"),
    ({"patient": "ADA QUILL"}, "patient: is text; send an object"),
    ({"patient": {"birth_date": "1979-13-02"}}, "patient.birth_date: is no date; send it as 2026-01-05"),
    ({"payer": {"line_of_business": "comercial"}}, "payer.line_of_business: is none of the values known here; did you mean 'commercial'?"),
    ({"diagnoses": [80.1]}, "diagnoses[0]: is a number with a fraction; send a code as text, or an object with code, system, role and poa"),
    ({"diagnoses": ["D80.1", {"code": "D83.9", "roll": "other"}]}, "diagnoses[1].roll: is no key of a claim; did you mean 'role'?"),
    ({"unknown": ["claim.cla"]}, "unknown[0]: 'claim.cla' is no field that a feed carries; did you mean 'claim.clia'?"),
    ({"charge": 1.5, "pos": 81}, 'charge: is a number with a fraction (and 1 more in this record); send a decimal number as text, such as "25.00"'),
]  # fmt: skip


@pytest.mark.parametrize(("change", "message"), WRONG)
def test_each_mistake_is_named_with_its_path(change, message):
    with pytest.raises(InputError) as raised:
        claim_from_json({**RECORD, **change})
    assert str(raised.value) == f"record: {message}"


def test_a_bad_record_does_not_stop_the_rest_of_a_jsonl_input():
    good = json.dumps(RECORD)
    text = f'{good}\n\n{{"id": "PCN-2", "typ": "professional", "lines": []}}\n{{"id": \n{good}\r\n[]\n{good}'
    claims, problems = read(text)
    assert claims == [CLAIM] * 3
    assert problems == [
        "in.jsonl:line 3: claim PCN-2: typ: is no key of a claim (and 1 more in this record); did you mean 'type'?",
        "in.jsonl:line 4: this is no JSON from column 8 on; send one JSON object for each claim",
        "in.jsonl:line 6: is an array; send an object",
    ]
    assert [each.origin for each in claims] == [
        Origin("in.jsonl", 1, format="jsonl", segments=(1, 1)),
        Origin("in.jsonl", 4, format="jsonl", segments=(5, 5)),
        Origin("in.jsonl", 6, format="jsonl", segments=(7, 7)),
    ]


def test_a_bad_record_does_not_stop_the_rest_of_a_json_array():
    claims, problems = read(json.dumps([RECORD, {**RECORD, "pos": 81}, RECORD], indent=2))
    assert claims == [CLAIM, CLAIM]
    assert problems == ["in.jsonl: record 2: claim PCN-1001: pos: is a number; send text in quotes"]
    assert [each.origin for each in claims] == [
        Origin("in.jsonl", 1, format="json"),
        Origin("in.jsonl", 3, format="json"),
    ]


BROKEN = [
    (b'{"id": "1", "id": "2"}', "in.jsonl:line 1: the key 'id' stands twice in one object; keep one of them"),
    (b'{"id": NaN}', "in.jsonl:line 1: id: is NaN (and 1 more in this record); send text in quotes"),
    (b'{"id": 1e400}', "in.jsonl:line 1: id: is a number with a fraction (and 1 more in this record); send text in quotes"),
    (b'{"id": ' + b"9" * 9999 + b"}", "in.jsonl:line 1: id: is a number of more than 30 digits (and 1 more in this record); send text in quotes"),
    (b'{"id": "\xff"}', "in.jsonl:line 1: byte 9 is not UTF-8; save the text as UTF-8"),
    (b'{"a": 1} x', "in.jsonl:line 1: this is no JSON from column 10 on; send one JSON object for each claim"),
    (b'{\n"id": "1"\n', "in.jsonl: this is no JSON from line 3, column 1 on; send one JSON object for each claim"),
    (b"[1, 2", "in.jsonl: this is no JSON from column 6 on; send one JSON object for each claim"),
    (b"[" * 100_000, "in.jsonl: arrays or objects are nested too deep; send a claim as documented"),
    (b'{"a":' * 100_000, "in.jsonl:line 1: arrays or objects are nested too deep; send a claim as documented"),
    (b"", "in.jsonl: is empty; name a file that holds claims"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "message"), BROKEN, ids=range(len(BROKEN)))
def test_what_is_no_json_is_one_problem(text, message):
    assert read(text) == ([], [message])


def test_an_array_of_nothing_is_no_claim_and_no_problem():
    assert read("[]") == ([], [])


def test_a_byte_order_mark_is_passed_over_and_text_streams_are_read():
    assert read(b"\xef\xbb\xbf" + json.dumps(RECORD).encode()) == ([CLAIM], [])
    assert list(read_claims(io.StringIO(json.dumps(RECORD)))) == [CLAIM]


def test_a_line_that_would_fill_the_memory_is_refused_and_the_next_is_read(monkeypatch):
    monkeypatch.setattr("cpt_rules.readers.json.LONGEST_RECORD", 1000)
    good = json.dumps(RECORD)
    claims, problems = read(f"{good}\n{'x' * 200_000}\n{good}\n{'y' * 200_000}", "jsonl")
    assert claims == [CLAIM, CLAIM]
    assert problems == [
        "in.jsonl:line 2: the line exceeds sixteen megabytes; send one claim a line",
        "in.jsonl:line 4: the line exceeds sixteen megabytes; send one claim a line",
    ]


def test_a_missing_file_a_directory_and_an_unknown_format_are_named(tmp_path):
    with pytest.raises(InputError, match=r"no\.837: cannot be read \(No such file or directory\); check the path"):
        list(read_claims(tmp_path / "no.837"))
    with pytest.raises(InputError, match=r": is a directory; name the files in it"):
        list(read_claims(tmp_path))
    with pytest.raises(ValueError, match="format '837' is not one of auto, x12, fhir, json, jsonl, csv, parquet"):
        read_claims("-", format="837")
