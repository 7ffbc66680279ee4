"""The professional claim, 837P: what it alone has.

Reference: ASC X12N 005010X222 with errata A1 and A2.
"""

from __future__ import annotations

from typing import Any

from cpt_rules.claim import Claim
from cpt_rules.readers import x12_claim, x12_line
from cpt_rules.readers import x12_values as values
from cpt_rules.readers.x12_codes import UNITS
from cpt_rules.readers.x12_draft import Draft, fitted, once
from cpt_rules.readers.x12_values import too_long


def begin_claim(d: Draft, e: list[str], n: int) -> None:
    claim, at = x12_claim.begin(d, e, n, "professional"), d.at
    place, _ = x12_claim.place_and_frequency(d, e, n, "B")
    if place:
        claim["pos"] = place if len(place) < 49 else too_long("CLM05-1", 48)
        at["claim.pos"] = n
    if len(e) > 11 and e[11]:
        for cause in e[11].split(d.component)[:3]:
            if cause:
                claim["accident"] = cause if len(cause) < 4 else too_long("CLM11", 3)
                at["claim.accident"] = n
                break


def end_claim(d: Draft, last: int) -> Claim:
    return x12_claim.end(d, last, "837P")


def _service(d: Draft, e: list[str], n: int) -> None:
    line = d.line
    if line is None or d.service:
        raise x12_line.second_service(d, "SV1")
    d.service = n
    if len(e) < 8 or len(e) > 22:
        fitted(e, 8 if len(e) < 8 else 22)
    if e[1]:
        line.update(d.composites.sv101[e[1]])
    if e[2]:
        line["charge"] = values.numbers[e[2]] or values.required_number(e[2], "SV102")
    if e[3]:
        line["unit_type"] = e[3] if e[3] in UNITS else x12_line.unit(e[3], "SV103")
    if e[4]:
        line["units"] = values.numbers[e[4]] or values.required_number(e[4], "SV104")
    if e[5]:
        line["pos"] = e[5] if len(e[5]) < 49 else too_long("SV105", 48)
    if e[7]:
        line["diagnosis_pointers"] = d.composites.pointers[e[7]]


def _purchased(d: Draft, e: list[str], n: int) -> None:
    if len(e) != 4:
        fitted(e, 4)
    assert d.line is not None
    if e[1]:
        once(d.line, d.line_at, "purchased", "line.purchased", values.reference(e[1], "PS101"), n)


def incomplete(d: Draft, line: dict[str, Any]) -> None:
    """Raises `Fault` for a line without code or date."""
    if "code" not in line:
        raise x12_line.lacks(d, "code", "no procedure code", "send the code in SV101-2")
    raise x12_line.lacks(d, "date", "no date of service", "send DTP*472 for each line")


CLAIM = x12_claim.claim_loop(("CR1", "CR2", "CR3"))
LINE = x12_line.line_loop(
    ("CR1", "CR3", "CRC", "QTY", "MEA", "CN1", "K3", "SV5"), SV1=_service, PS1=_purchased, LQ=x12_line.form
)
