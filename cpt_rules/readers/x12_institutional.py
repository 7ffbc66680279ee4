"""The institutional claim, 837I: what it alone has.

Reference: ASC X12N 005010X223 with errata A1, A2 and A3.
"""

from __future__ import annotations

from typing import Any

from cpt_rules.claim import Claim
from cpt_rules.readers import x12_claim, x12_line
from cpt_rules.readers import x12_values as values
from cpt_rules.readers.canonical import bill_type
from cpt_rules.readers.x12_codes import UNITS
from cpt_rules.readers.x12_draft import Draft, fitted, once
from cpt_rules.readers.x12_values import too_long


def begin_claim(d: Draft, e: list[str], n: int) -> None:
    claim = x12_claim.begin(d, e, n, "institutional")
    facility, frequency = x12_claim.place_and_frequency(d, e, n, "A")
    if facility:
        claim["bill_type"] = bill_type(facility + frequency if len(facility) < 4 else too_long("CLM05-1", 3))
        d.at["claim.bill_type"] = n


def _institutional(d: Draft, e: list[str], n: int) -> None:
    if len(e) != 5:
        fitted(e, 5)
    assert d.claim is not None
    if e[3]:
        status = e[3] if len(e[3]) < 3 else too_long("CL103", 2)
        once(d.claim, d.at, "patient_status", "claim.patient_status", status, n)


def end_claim(d: Draft, last: int) -> Claim:
    return x12_claim.end(d, last, "837I")


def _service(d: Draft, e: list[str], n: int) -> None:
    line = d.line
    if line is None or d.service:
        raise x12_line.second_service(d, "SV2")
    d.service = n
    if len(e) < 6 or len(e) > 11:
        fitted(e, 6 if len(e) < 6 else 11)
    if e[1]:
        line["revenue_code"] = e[1] if len(e[1]) < 49 else too_long("SV201", 48)
    if e[2]:
        line.update(d.composites.sv202[e[2]])
    if e[3]:
        line["charge"] = values.numbers[e[3]] or values.required_number(e[3], "SV203")
    if e[4]:
        line["unit_type"] = e[4] if e[4] in UNITS else x12_line.unit(e[4], "SV204")
    if e[5]:
        line["units"] = values.numbers[e[5]] or values.required_number(e[5], "SV205")


def incomplete(d: Draft, line: dict[str, Any]) -> None:
    """Raises `Fault` for a line without revenue code, and for one without a day that its claim has none for either."""
    if "revenue_code" not in line:
        raise x12_line.lacks(d, "revenue-code", "no revenue code", "send it in SV201")
    if "statement_from" not in (d.claim or {}):
        message = "no date of service, and its claim no statement dates"
        raise x12_line.lacks(d, "date", message, "send DTP*434 for the claim, or DTP*472 for the line")


CLAIM = x12_claim.claim_loop((), CL1=_institutional)
LINE = x12_line.line_loop((), SV2=_service)
