"""Scrub one claim from a program, mend it step by step, and watch the findings go.

Run it: ``python examples/scrub_a_claim.py``. It needs nothing but the installed package.
"""

from __future__ import annotations

import datetime as dt

from attrs import evolve

from cpt_rules import Claim, Engine, Outcome, claim_from_json, load_ruleset

# A claim as a program would have it: a plain dict, or `Claim(...)`. A key that is missing means absent.
RECORD = {
    "id": "PCN-2001",
    "type": "professional",
    "frequency": "1",
    "charge": "25.00",
    "payer": {"id": "01182", "name": "MEDICARE PART B", "filing": "MB", "state": "CA"},
    "subscriber": {"id": "1EG4TE5MK09", "relationship": "18"},
    "patient": {"id": "1EG4TE5MK09", "birth_date": "1979-03-02", "sex": "F"},
    "billing": {"npi": "1999000015", "entity": "organisation", "taxonomy": "291U00000X", "state": "CA"},
    "referring": {"npi": "1999000023", "entity": "person"},
    "pos": "81",
    "diagnoses": ["D80.1"],
    "lines": [
        {
            "number": 1,
            "code": "86329",
            "modifiers": ["26"],
            "units": "1",
            "unit_type": "UN",
            "charge": "25.00",
            "date": "2026-01-05",
            "diagnosis_pointers": [1],
        }
    ],
}


def main() -> None:
    # Loading takes a moment and is done once; the engine may then be shared by every thread.
    engine = Engine(load_ruleset(), as_of=dt.date(2026, 1, 31))

    claim = claim_from_json(RECORD)
    show("as it came", engine, claim)

    claim = evolve(claim, clia="05D0123456")  # the laboratory's number, from its certificate
    show("with a CLIA number", engine, claim)

    line = evolve(claim.lines[0], modifiers=())  # no physician's interpretation was documented
    claim = evolve(claim, lines=(line,))
    show("without modifier 26", engine, claim)


def show(step: str, engine: Engine, claim: Claim) -> None:
    """Prints what an engine finds on a claim: the verdict, then each warning and failure with its remedy."""
    report = engine.scrub(claim)
    print(f"{claim.id} {step}: {report.status.label}")
    for finding in report.findings:
        if finding.status >= Outcome.WARN:
            print(f"  {finding.status.label} {finding.edit}: {finding.message}")
            print(f"    do: {finding.remedy}")
    unchecked = sorted({name for finding in report.findings for name in finding.missing})
    print(f"  not checked for want of: {', '.join(unchecked) or 'nothing'}")


if __name__ == "__main__":
    main()
