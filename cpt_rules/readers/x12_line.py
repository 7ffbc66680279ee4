"""The service line of the professional claim, 837P: which field comes from which segment.

Reference: ASC X12N 005010X222 with errata A1 and A2, loops 2400 to 2440. Adjudications by other payers (2430) and
forms (2440) are passed over.
"""

from __future__ import annotations

from typing import Any

from cpt_rules.checked import unchecked
from cpt_rules.claim import Line, Provider
from cpt_rules.readers import x12_values as values
from cpt_rules.readers.problem import Fault
from cpt_rules.readers.x12_draft import ADDRESS, Draft, Loop, named, once

# every value has been made here, so none is checked again
_line_of = unchecked(Line)
_provider = unchecked(Provider)
_LINE_REFERENCES = {"6R": "id", "X4": "clia", "F4": "referring_clia"}
_LINE_ROLES = {"82": "rendering", "77": "service_facility", "DK": "ordering", "DN": "referring"}


def begin_line(d: Draft, e: list[str], n: int) -> Loop:
    if d.line is not None:
        end_line(d, d.line)
    number = values.required_count(e[1] if len(e) > 1 else "", "LX01")
    if not number:
        raise Fault("x12.bad-number", "LX01 is 0", "count the lines from 1")
    d.line = {"number": number}
    d.line_at = {"line": n, "line.number": n}
    return LINE


def _service(d: Draft, e: list[str], n: int) -> None:
    line, at = _line(d), d.line_at
    if "code_type" in line:
        raise Fault("x12.repeated-segment", f"line {line['number']} has two SV1", "send an LX before each SV1")
    if len(e) < 8:
        e += [""] * (8 - len(e))
    sent = values.procedure(e[1], d.component)
    line["code_type"] = sent.code_type or "HC"
    if sent.code_type:
        at["line.code_type"] = n
    if sent.code:
        line["code"] = sent.code
        at["line.code"] = n
    if sent.modifiers:
        line["modifiers"] = sent.modifiers
        at["line.modifiers"] = n
    if sent.description:
        line["description"] = sent.description
        at["line.description"] = n
    if e[2]:
        line["charge"] = values.number(e[2]) or values.required_number(e[2], "SV102")
        at["line.charge"] = n
    if e[3]:
        line["unit_type"] = e[3]
        at["line.unit_type"] = n
    if e[4]:
        line["units"] = values.number(e[4]) or values.required_number(e[4], "SV104")
        at["line.units"] = n
    if e[5]:
        line["pos"] = e[5]
        at["line.pos"] = n
    if e[7]:
        pointers = values.pointers(e[7], d.component)
        if pointers is None:
            raise Fault("x12.bad-number", "SV107 has a pointer that is no number", "send 1 to 12 as pointers")
        line["diagnosis_pointers"] = pointers
        at["line.diagnosis_pointers"] = n


def _line_date(d: Draft, e: list[str], n: int) -> None:
    if len(e) > 3 and e[1] == "472":
        line, at = _line(d), d.line_at
        found = values.period(e[2], e[3]) or values.required_period(e[2], e[3], "DTP03")
        once(line, at, "date", "line.date", found.first, n)
        if found.last is not None:
            once(line, at, "date_to", "line.date_to", found.last, n)


def _line_reference(d: Draft, e: list[str], n: int) -> None:
    name = _LINE_REFERENCES.get(e[1]) if len(e) > 2 else None
    if name is not None and e[2]:
        once(_line(d), d.line_at, name, f"line.{name}", e[2], n)


def _purchased(d: Draft, e: list[str], n: int) -> None:
    if len(e) > 1 and e[1]:
        _line(d)["purchased"] = e[1]
        d.line_at["line.purchased"] = n


def _drug(d: Draft, e: list[str], n: int) -> Loop:
    d.role = None
    if len(e) > 3 and e[2] == "N4" and e[3]:
        _line(d)["ndc"] = e[3]
        d.line_at["line.ndc"] = n
    return LINE_PROVIDER


def _line_name(d: Draft, e: list[str], n: int) -> Loop:
    line, role = _line(d), _LINE_ROLES.get(e[1]) if len(e) > 1 else None
    d.role = None
    if role is not None and role not in line:
        d.role = role
        line[role] = found = named(e)
        for name in found:
            d.line_at[f"line.{role}.{name}"] = n
    return LINE_PROVIDER


def _line_city(d: Draft, e: list[str], n: int) -> None:
    if d.role == "service_facility" and len(e) > 2 and e[2]:
        _line(d)["service_facility"]["state"] = e[2]


def _line_taxonomy(d: Draft, e: list[str], n: int) -> None:
    if d.role == "rendering" and len(e) > 3 and e[1] == "PE" and e[3]:
        _line(d)["rendering"]["taxonomy"] = e[3]
        d.line_at["line.rendering.taxonomy"] = n


def _adjudication(d: Draft, e: list[str], n: int) -> Loop:
    return ADJUDICATION


def _form(d: Draft, e: list[str], n: int) -> Loop:
    return FORM


def end_line(d: Draft, line: dict[str, Any]) -> None:
    number, segment = line["number"], d.line_at["line"]
    if "code" not in line:
        raise Fault(
            "x12.line-without-code",
            f"line {number} has no procedure code",
            "send the code in SV101-2",
            segment=segment,
        )
    if "date" not in line:
        raise Fault(
            "x12.line-without-date",
            f"line {number} has no date of service",
            "send DTP*472 for each line",
            segment=segment,
        )
    for role in _LINE_ROLES.values():
        if role in line:
            line[role] = _provider(**line[role])
    d.lines.append(_line_of(**line))
    d.lines_at.append(d.line_at)


def _line(d: Draft) -> dict[str, Any]:
    assert d.line is not None  # the loops of a line are entered through LX alone
    return d.line


LINE = Loop(
    "2400",
    ("PWK", "CR1", "CR3", "CRC", "QTY", "MEA", "CN1", "AMT", "K3", "NTE", "HCP", "SV5"),
    SV1=_service,
    DTP=_line_date,
    REF=_line_reference,
    PS1=_purchased,
    LIN=_drug,
    NM1=_line_name,
    SVD=_adjudication,
    LQ=_form,
    LX=begin_line,
)
LINE_PROVIDER = Loop(
    "2410 or 2420",
    ("CTP", *ADDRESS),
    LIN=_drug,
    NM1=_line_name,
    N4=_line_city,
    PRV=_line_taxonomy,
    SVD=_adjudication,
    LQ=_form,
    LX=begin_line,
)
ADJUDICATION = Loop("2430", ("CAS", "DTP", "AMT", "SVD"), LQ=_form, LX=begin_line)
FORM = Loop("2440", ("FRM", "LQ"), LX=begin_line)
