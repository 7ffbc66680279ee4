"""Public files, read where they are at hand: HL7's example Claims and the demo table of the Tuva project."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from cpt_rules.readers import read_claims

FOLDER = Path(__file__).parents[3] / "shared" / "data"
TUVA = FOLDER / "claims" / "tuva_demo_medical_claim.csv"
CLAIMS = sorted((FOLDER / "fhir").glob("Claim-*.json")) if (FOLDER / "fhir").is_dir() else []
if not TUVA.is_file() or not CLAIMS:
    pytest.skip("the public files are not beside the project (../shared/data)", allow_module_level=True)


def test_every_claim_and_line_of_the_tuva_table_is_read_once():
    with TUVA.open(newline="") as file:
        rows = list(csv.DictReader(file))
    problems: list[object] = []
    claims = list(read_claims(TUVA, on_problem=problems.append))
    assert problems == []
    assert {claim.id for claim in claims} == {row["claim_id"] for row in rows}
    assert len(claims) == len({row["claim_id"] for row in rows})
    found = {(claim.id, line.number): (claim, line) for claim in claims for line in claim.lines}
    assert len(found) == len(rows)
    for row in rows:
        claim, line = found[row["claim_id"], int(row["claim_line_number"])]
        assert claim.type == row["claim_type"]
        assert (line.code or "", line.revenue_code or "") == (row["hcpcs_code"], row["revenue_center_code"])
        assert line.modifiers == tuple(row[f"hcpcs_modifier_{n}"] for n in range(1, 6) if row[f"hcpcs_modifier_{n}"])
        assert format(line.charge, "f") == row["charge_amount"]
        assert line.pos == (row["place_of_service_code"] or None)
        assert claim.bill_type == (row["bill_type_code"] or None)
        assert [each.code.replace(".", "") for each in claim.diagnoses] == [
            row[f"diagnosis_code_{n}"] for n in range(1, 26) if row[f"diagnosis_code_{n}"]
        ]
        assert {"line.clia", "claim.clia", "payer.id", "line.diagnosis_pointers"} <= claim.unknown


@pytest.mark.parametrize("path", CLAIMS, ids=lambda path: path.name)
def test_every_example_claim_of_hl7_is_a_claim_or_one_clear_problem(path):
    sent = json.loads(path.read_text(encoding="utf-8"))
    kind = sent["type"]["coding"][0]["code"]
    problems = []
    claims = list(read_claims(path, on_problem=problems.append))
    if sent["use"] != "claim":
        assert [each.code for each in problems] == ["fhir.use"]
    elif kind not in ("professional", "institutional"):
        assert [each.code for each in problems] == ["fhir.type"]
    else:
        assert problems == []
        (claim,) = claims
        assert (claim.id, claim.type) == (sent["identifier"][0]["value"], kind)
        assert len(claim.lines) == len(sent["item"])
        assert len(claim.diagnoses) == len(sent["diagnosis"])
        assert [str(line.date) for line in claim.lines] == [each["servicedDate"] for each in sent["item"]]
