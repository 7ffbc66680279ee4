"""Mapping files: what they say is done, and every mistake in them is named with line, column and what would be right."""

from __future__ import annotations

import datetime as dt
import io
from decimal import Decimal

import pytest

from cpt_rules.claim import Claim, Diagnosis, Line, Payer
from cpt_rules.readers import InputProblem, MappingError, load_mapping, read_claims
from cpt_rules.readers.flat_mapping import parse_mapping

ACME = """\
mapping: acme.extract
columns:
  claim.id: CLM_NO
  claim.type: form
  line.code: cpt
  line.modifiers: [mod1, mod2]
  line.date: dos
  line.units: qty
  claim.diagnoses: [dx1, dx2]
  claim.diagnoses.poa: [poa1, poa2]
  line.diagnosis_pointers: ptr
  claim.homebound: home
constants: {line.unit_type: UN, payer.id: "01182"}
words:
  claim.type: {P: professional, I: institutional}
dates: M/D/YYYY
absent: ["NULL"]
group: [batch]
"""
HEADER = "clm_no,batch,form,cpt,mod1,mod2,dos,qty,dx1,poa1,dx2,poa2,ptr,home"


def read(text: str | bytes, mapping: object, **options: object) -> tuple[list[Claim], list[str]]:
    problems: list[InputProblem] = []
    stream = io.BytesIO(text.encode() if isinstance(text, str) else text)
    stream.name = "in.csv"
    return list(read_claims(stream, mapping=mapping, on_problem=problems.append, **options)), list(map(str, problems))


def test_a_mapping_file_names_columns_constants_words_dates_and_what_is_absent(tmp_path):
    path = tmp_path / "acme.yaml"
    path.write_text(ACME)
    for mapping in (path, str(path), load_mapping(path)):
        claims, problems = read(f"{HEADER}\nA,7,P,86329,90,NULL,1/5/2026,1,D801,Y,NULL,,AB,y\n", mapping)
        assert problems == []
        assert claims[0].lines == (
            Line(
                1,
                code="86329",
                modifiers=("90",),
                units=Decimal(1),
                unit_type="UN",
                date=dt.date(2026, 1, 5),
                diagnosis_pointers=(1, 2),
            ),
        )
        assert (claims[0].id, claims[0].type, claims[0].homebound) == ("A", "professional", True)
        assert claims[0].payer == Payer("01182")
        assert claims[0].diagnoses == (Diagnosis("D80.1", role="principal", poa="Y"),)
        assert "line.unit_type" not in claims[0].unknown
        assert "line.pos" in claims[0].unknown


def test_claims_of_one_identifier_in_two_groups_are_two_claims():
    rows = "A,7,P,86329,,,1/5/2026,1,D801,,,,,\nA,8,P,86329,,,1/5/2026,1,D801,,,,,\n"
    claims, problems = read(f"{HEADER}\n{rows}", parse_mapping(ACME))
    assert ([each.id for each in claims], problems) == (["A", "A"], [])


def test_a_fault_names_the_field_and_its_column():
    _, problems = read(f"{HEADER}\nA,7,X,86329,,,1/5/2026,1,D801,,,,,\n", parse_mapping(ACME))
    assert problems == [
        "in.csv:line 2: claim A: claim.type (column 'form'): is none of the words known here; it is one of professional, institutional; a mapping file can translate words"
    ]
    _, problems = read(f"{HEADER}\nA,7,P,86329,,,2026-01-05,1,D801,,,,,\n", parse_mapping(ACME))
    assert problems == [
        "in.csv:line 2: claim A: line.date (column 'dos'): is no date; write it as 1/31/2026, or state in a mapping file how dates are written"
    ]


def test_a_column_that_the_input_lacks_is_named():
    _, problems = read(HEADER.replace("mod2", "mod_2") + "\n", parse_mapping(ACME))
    assert problems == ["in.csv: the column 'mod2' is missing; did you mean 'mod_2'?"]


def test_diagnoses_behind_a_gap_cannot_be_pointed_at():
    _, problems = read(f"{HEADER}\nA,7,P,86329,,,1/5/2026,1,,,D801,,A,\n", parse_mapping(ACME))
    assert problems == [
        "in.csv:line 2: claim A: claim.diagnoses: a diagnosis stands behind an empty column; pointers count the columns; fill them without a gap"
    ]


def test_an_indicator_without_its_code_is_a_problem():
    _, problems = read(f"{HEADER}\nA,7,P,86329,,,1/5/2026,1,D801,Y,,N,,\n", parse_mapping(ACME))
    assert problems == [
        "in.csv:line 2: claim A: claim.diagnoses: a value of poa without a code; write one for each code"
    ]


def test_the_encoding_and_the_delimiter_may_be_stated():
    mapping = parse_mapping(
        "mapping: m\nencoding: cp1252\ndelimiter: tab\n"
        "columns: {claim.id: a, claim.type: b, line.code: c, line.date: d, payer.name: e}\n"
    )
    text = "a\tb\tc\td\te\n1\tprofessional\t86329\t2026-01-05\tCafé, Söhne\n".encode("cp1252")
    claims, problems = read(text, mapping)
    assert ([each.payer.name for each in claims], problems) == (["Café, Söhne"], [])


def test_a_mapping_over_tuva_adds_what_its_table_lacks():
    mapping = parse_mapping('mapping: m\nlike: tuva\ncolumns: {line.clia: lab}\nconstants: {payer.id: "01182"}\n')
    header = "claim_id,claim_line_number,claim_type,hcpcs_code,claim_line_start_date,data_source,lab"
    claims, problems = read(f"{header}\n1,1,professional,86329,2026-01-05,x,05D0123456\n", mapping)
    assert problems == []
    assert (claims[0].payer.id, claims[0].lines[0].clia) == ("01182", "05D0123456")
    _, problems = read(header.removesuffix(",lab") + "\n1,1,professional,86329,2026-01-05,x\n", mapping)
    assert problems == [
        "in.csv: the column 'lab' is missing; the mapping file names it; the first line of the input does not"
    ]


FIELDS = "columns: {claim.id: a, claim.type: b}\n"
FAULTS = [
    ("", ["1:1: empty; a mapping file starts with `mapping:` and its name"]),
    ("- a\n", ["1:1: a map of keys is due here"]),
    (f"mapping: m\n{FIELDS}---\nmapping: n\n", ["4:1: a second document; a mapping file has one"]),
    (FIELDS, ["1:1: no `mapping:`; a mapping file starts with its name"]),
    ("mapping: m\n", ["1:1: no `columns:`; say which column fills which field"]),
    (f"mapping: m\n{FIELDS}colums: {{}}\n", ["3:1: unknown key `colums`; did you mean `columns`?"]),
    ("mapping: m\ncolumns: {claim.id: a, claim.typ: b}\n", ["2:24: unknown field `claim.typ`; did you mean `claim.type`?"]),
    ("mapping: m\ncolumns: {line.code: a}\n", ["1:1: nothing fills claim.id (which tells the rows of a claim); name its column", "1:1: nothing fills claim.type (professional or institutional); name its column"]),
    ("mapping: m\ncolumns: {claim.id: [a, b], claim.type: c}\n", ["2:21: claim.id holds one value; name one column"]),
    ("mapping: m\ncolumns: {claim.id: a, claim.type: b, line.modifiers: [x, x]}\n", ["2:55: the same text stands twice in this list"]),
    ("mapping: m\ncolumns: {claim.id: a, claim.type: b, claim.diagnoses.poa: [x]}\n", ["2:39: claim.diagnoses.poa without claim.diagnoses; name the columns of the codes too"]),
    ("mapping: m\ncolumns: {claim.id: {x: y}, claim.type: b}\n", ["2:21: a text is due here"]),
    (f"mapping: m\n{FIELDS}constants: {{claim.id: 1}}\n", ["3:13: claim.id tells claims apart; name its column"]),
    (f"mapping: m\n{FIELDS}constants: {{claim.type: professional}}\n", ["3:13: claim.type has a column; a field is filled once"]),
    (f"mapping: m\n{FIELDS}constants: {{line.date: 5}}\n", ["3:24: `5` is no date for line.date; write it as 2026-01-31, or state in a mapping file how dates are written"]),
    (f"mapping: m\n{FIELDS}words: {{claim.type: P}}\n", ["3:21: what cells say and what is meant are due, such as {P: professional}"]),
    (f"mapping: m\n{FIELDS}words: {{claim.type: {{P: profesional}}}}\n", ["3:25: `profesional` is none of the words known here for claim.type; did you mean 'professional'?; a mapping file can translate words"]),
    (f"mapping: m\n{FIELDS}dates: DD.MM.YY\n", ["3:8: `DD.MM.YY` is no form of dates; write it with YYYY, MM and DD, as MM/DD/YYYY"]),
    (f"mapping: m\n{FIELDS}dates: MDYYYY\n", ["3:8: `MDYYYY` is no form of dates; write it with YYYY, MM and DD, as MM/DD/YYYY"]),
    (f"mapping: m\n{FIELDS}encoding: klingon\n", ["3:11: unknown encoding `klingon`; write utf-8, utf-16, cp1252, latin-1 or another one of text"]),
    (f"mapping: m\n{FIELDS}encoding: base64\n", ["3:11: unknown encoding `base64`; write utf-8, utf-16, cp1252, latin-1 or another one of text"]),
    (f"mapping: m\n{FIELDS}encoding: utf-7\n", ["3:11: unknown encoding `utf-7`; write utf-8, utf-16, cp1252, latin-1 or another one of text"]),
    (f"mapping: m\n{FIELDS}delimiter: xx\n", ["3:12: one character that is no letter, digit or quote is due here, or tab"]),
    (f"mapping: m\n{FIELDS}window: 0\n", ["3:9: a number of rows from 1 to 10000000 is due here"]),
    (f"mapping: m\n{FIELDS}like: own\n", ["3:7: unknown layout `own`; the built-in layout to change is tuva"]),
    (f"mapping: m\n{FIELDS}absent: NULL\ngroup: {{}}\nwindow: [1]\n", ["4:8: a text is due here", "5:9: a text is due here"]),
    ("mapping: m\ncolumns: {claim.id: a, claim.id: b}\n", ["2:24: `claim.id` stands twice; it stands first in line 2"]),
    ("mapping: &m m\n", ["1:10: an anchor (`&m`); write the value out where it is needed, or quote it if it is text"]),
]  # fmt: skip


@pytest.mark.parametrize(("text", "messages"), FAULTS, ids=range(len(FAULTS)))
def test_every_mistake_is_named_with_its_place(text, messages):
    with pytest.raises(MappingError) as raised:
        parse_mapping(text)
    assert str(raised.value).splitlines() == [f"mapping.yaml:{message}" for message in messages]
    assert len(raised.value.problems) == len(messages)


def test_a_file_that_is_not_there_is_named(tmp_path):
    path = tmp_path / "no.yaml"
    with pytest.raises(MappingError, match=r"no\.yaml:1:1: cannot be read: No such file or directory"):
        load_mapping(path)


def test_a_mapping_where_none_applies_is_an_error_of_the_caller():
    with pytest.raises(ValueError, match="a mapping names columns; x12 has none"):
        read_claims("-", format="x12", mapping=parse_mapping(ACME))
