"""The service line, whichever guide it follows: which field comes from which segment of loops 2400 to 2440.

Adjudications by other payers (2430) and forms (2440) are passed over.
Reference: ASC X12N 005010X222 and 005010X223 with their errata.
"""

from __future__ import annotations

from typing import Any

from cpt_rules.checked import unchecked
from cpt_rules.claim import Line
from cpt_rules.readers import x12_values as values
from cpt_rules.readers.problem import Fault
from cpt_rules.readers.x12_codes import (
    DRUGS,
    LINE_DATES,
    LINE_NAMES,
    LINE_REFERENCES,
    UNITS,
    UNKNOWN,
    unknown,
)
from cpt_rules.readers.x12_draft import ADDRESS, Action, Draft, Loop, fitted, named, once, taxonomy_of
from cpt_rules.readers.x12_levels import state_of
from cpt_rules.readers.x12_values import too_long

# every value has been made here, so none is checked again
_line_of = unchecked(Line)
_STORED = {name: f"line.{name}" for name in LINE_REFERENCES.values() if name}
_MOST_LINES = 999  # that many a claim has in the guides at most


def begin_line(d: Draft, e: list[str], n: int) -> Loop:
    guide = d.guide
    assert guide is not None
    if len(e) != 2:
        fitted(e, 2)
    number = values.counting_numbers[e[1]] or values.required_count(e[1], "LX01")
    line = d.line
    if line is not None:
        end_line(d, line)
        if number == 1 and line["number"] > 1:
            raise Fault(
                "x12.line-numbers",
                f"LX01 begins at 1 again after line {line['number']}",
                "number the lines of a claim upwards, and send CLM before those of the next",
            )
        if len(d.lines) == _MOST_LINES:
            raise Fault("x12.too-many", f"more than {_MOST_LINES} lines in a claim", "split the claim")
    if not number:
        raise Fault("x12.bad-number", "LX01 is 0", "count the lines from 1")
    d.line = {"number": number}
    d.line_at = {"line": n}
    d.service = 0
    return guide.line


def second_service(d: Draft, segment: str) -> Fault:
    """The fault of a second SV1 or SV2 in one line."""
    number = _line(d)["number"]
    message = f"line {number} has two {segment}"
    return Fault("x12.repeated-segment", message, f"send an LX before each {segment}")


def lacks(d: Draft, what: str, message: str, remedy: str) -> Fault:
    """The fault of a line that lacks what a line must have."""
    number = _line(d)["number"]
    return Fault(f"x12.line-without-{what}", f"line {number} has {message}", remedy, segment=d.line_at["line"])


def unit(code: str, element: str) -> str:
    """The unit of a quantity. Raises `Fault` for an unknown one."""
    if code not in UNITS:
        raise unknown(code, element, UNITS)
    return code


def line_loop(ignored: tuple[str, ...], **actions: Action) -> Loop:
    """Loop 2400 with what both guides have in it, and the `actions` of one of them."""
    return Loop(
        "2400",
        ("PWK", "AMT", "NTE", "HCP", *ignored),
        DTP=_line_date,
        REF=_line_reference,
        LIN=_drug,
        NM1=_line_name,
        SVD=_adjudication,
        LX=begin_line,
        **actions,
    )


def end_line(d: Draft, line: dict[str, Any]) -> None:
    """Make the line of what was read of it. Raises `Fault` where it is not whole."""
    guide = d.guide
    assert guide is not None
    if guide.needs not in line or "date" not in line:
        guide.incomplete(d, line)
    if d.line_providers:
        for role in d.line_providers:
            line[role] = values.provider(**line[role])
        d.line_providers = []
    d.lines.append(_line_of(**line))
    d.lines_at.append(d.line_at)
    d.services.append(d.service)


def _line_date(d: Draft, e: list[str], n: int) -> None:
    if len(e) != 4:
        fitted(e, 4)
    if e[1] != "472":
        if e[1] not in LINE_DATES:
            raise unknown(e[1], "DTP01", LINE_DATES)
        return
    line, text = d.line, e[3]
    if line is None or not text:
        return
    found = (values.days[text] if e[2] == "D8" else None) or values.required_period(e[2], text, "DTP03")
    first, last = (found.first, found.last) if isinstance(found, values.Period) else (found, None)
    if "date" not in line:
        line["date"] = first
        d.line_at["line.date"] = n
        if last is not None:
            line["date_to"] = last
            d.line_at["line.date_to"] = n
    else:
        once(line, d.line_at, "date", "line.date", first, n)
        if line.get("date_to") != last:
            once(line, d.line_at, "date_to", "line.date_to", last, n)


def _line_reference(d: Draft, e: list[str], n: int) -> None:
    if len(e) != 3:
        _with_payer(e)
    name = LINE_REFERENCES.get(e[1], UNKNOWN)
    if name == UNKNOWN:
        raise unknown(e[1], "REF01", LINE_REFERENCES)
    line, value = d.line, e[2]
    if name is None or line is None or not value:
        return
    if len(value) > 50:
        too_long("REF02", 50)
    if name in line:
        once(line, d.line_at, name, f"line.{name}", value, n)
    else:
        line[name] = value
        d.line_at[_STORED[name]] = n


def _with_payer(e: list[str]) -> None:
    """REF04 may name the payer that the reference is of; REF03 is not used."""
    if len(e) == 5 and not e[3]:
        del e[3:]
    fitted(e, 3)


def _drug(d: Draft, e: list[str], n: int) -> Loop:
    if len(e) != 4:
        fitted(e, 4)
    d.role = None
    if e[2] not in DRUGS:
        raise unknown(e[2], "LIN02", DRUGS)
    if e[2] == "N4" and e[3]:
        once(_line(d), d.line_at, "ndc", "line.ndc", values.reference(e[3], "LIN03"), n)
    return LINE_PROVIDER


def _line_name(d: Draft, e: list[str], n: int) -> Loop:
    if len(e) != 10:
        fitted(e, 10)
    line = _line(d)
    d.role = role = LINE_NAMES.get(e[1], UNKNOWN)
    if role == UNKNOWN:
        raise unknown(e[1], "NM101", LINE_NAMES)
    if role is not None:
        if role in line:
            d.role = None  # of several the first counts
        else:
            line[role] = found = named(e)
            d.line_providers.append(role)
            for name in found:
                d.line_at[f"line.{role}.{name}"] = n
    return LINE_PROVIDER


def _line_city(d: Draft, e: list[str], n: int) -> None:
    state = state_of(e)
    if state and d.role == "service_facility":
        _line(d)["service_facility"]["state"] = state


def _line_taxonomy(d: Draft, e: list[str], n: int) -> None:
    role, code = taxonomy_of(e)
    if role == "rendering" == d.role:
        once(_line(d)[role], d.line_at, "taxonomy", "line.rendering.taxonomy", code, n)


def _adjudication(d: Draft, e: list[str], n: int) -> Loop:
    if len(e) > 7:
        fitted(e, 7)
    return ADJUDICATION


def form(d: Draft, e: list[str], n: int) -> Loop:
    if len(e) > 3:
        fitted(e, 3)
    return FORM


def _line(d: Draft) -> dict[str, Any]:
    assert d.line is not None  # the loops of a line are entered through LX alone
    return d.line


LINE_PROVIDER = Loop(
    "2410 or 2420",
    ("CTP", *ADDRESS),
    LIN=_drug,
    NM1=_line_name,
    N4=_line_city,
    PRV=_line_taxonomy,
    SVD=_adjudication,
    LQ=form,
    LX=begin_line,
)
ADJUDICATION = Loop("2430", ("CAS", "DTP", "AMT", "SVD"), LQ=form, LX=begin_line)
FORM = Loop("2440", ("FRM", "LQ"), LX=begin_line)
