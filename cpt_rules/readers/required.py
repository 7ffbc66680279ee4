"""What a claim must have to be scrubbed at all, whatever it was read from."""

from __future__ import annotations

from cpt_rules.claim import Claim


def first_missing(claim: Claim, excused: frozenset[str] = frozenset()) -> tuple[str, str] | None:
    """The path of the first value that is missing, and why it is due; None where nothing is.

    `excused` are stored fields that the feed cannot carry. Source: the JSON form of a claim in the documentation.
    """
    if not claim.lines:
        return "lines", "a claim has one line or more"
    for place, line in enumerate(claim.lines):
        at = f"lines[{place}]"
        if claim.type == "professional":
            if line.code is None and "line.code" not in excused:
                return f"{at}.code", "a professional line has a procedure code"
            if line.date is None and "line.date" not in excused:
                return f"{at}.date", "a professional line has a date of service"
        else:
            if line.revenue_code is None and "line.revenue_code" not in excused:
                return f"{at}.revenue_code", "an institutional line has a revenue code"
            if line.date is None and claim.statement_from is None and "line.date" not in excused:
                return f"{at}.date", "an institutional line has a date, or the claim has statement_from"
    return None
