"""Which fields of a claim a proposal may change, what such a change rests on, and what only stands in for a value.

Never proposed: another diagnosis, payer, patient, insured or type of claim, a void, a charge of a line, more units than
were billed, a value taken away that the claim has (a modifier apart, which is taken off where it does not belong).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from decimal import Decimal

from cpt_rules.claim import Claim
from cpt_rules.explanation.data import Support
from cpt_rules.fields import FIELDS
from cpt_rules.formats import FORMATS
from cpt_rules.reading import Value

_NEVER = ("payer.", "patient.", "subscriber.")
_NEVER_THESE = frozenset(
    {
        "claim.type", "claim.diagnoses", "claim.occurrences", "claim.values", "claim.procedures", "claim.homebound",
        "claim.drg", "claim.patient_status", "line.number", "line.id", "line.code_type", "line.unit_type",
        "line.charge", "line.purchased",
    }
)  # fmt: skip
#: What the sender knows, and a claim may lack; the record has no say in it.
_OF_THE_SENDER = ("npi", "clia", "referring_clia", "taxonomy", "original_reference", "prior_authorization",
                  "referral_number", "description", "ndc", "state")  # fmt: skip

_CONDITIONS = {
    "claim.charge": "only if no line was dropped or changed",
    "claim.frequency": "only if that is how the claim is sent",
    "claim.bill_type": "only if the record shows that setting",
    "line.code": "only if the record shows that service",
    "line.revenue_code": "only if that department performed the service",
    "line.diagnosis_pointers": "only if the record says that the service was ordered for that diagnosis",
    "line.units": "only if the record shows that many",
    "pos": "only if the record shows that place",
    "taxonomy": "only if the provider is enrolled under it",
    "entity": "only if it is so",
    "date": "only if the record shows that day",
}


def may_change(path: str) -> bool:
    """Whether a proposal may change a stored field at all."""
    return path in FIELDS and path not in _NEVER_THESE and not path.startswith(_NEVER)


def tail(path: str) -> str:
    """What a path holds, on the claim or a line of it: ``clia``, ``service_facility.npi``."""
    return path.partition(".")[2] if path.startswith(("claim.", "line.")) else path


def last(path: str) -> str:
    return path.rpartition(".")[2]


def support_of(path: str) -> Support:
    """What another value at a path rests on."""
    if path == "claim.charge":
        return "claim"
    return "sender" if last(path) in _OF_THE_SENDER else "record"


def condition_of(path: str) -> str:
    """On what another value at a path depends, in words."""
    if FIELDS[path].type == "date":
        return _CONDITIONS["date"]
    return _CONDITIONS.get(path) or _CONDITIONS.get(last(path)) or "only if the record supports it"


def stand_ins(claim: Claim, path: str) -> Iterator[Value]:
    """Values that may stand in for one that nobody here can know: sound in shape, and of nobody."""
    known = FIELDS[path]
    if known.choices:
        yield from known.choices
    elif last(path) in ("clia", "referring_clia"):
        yield from ("05D0123456", "05D7654321")
    elif known.type == "npi":
        yield from ("1234567893", "1993999998", "1999000015")
    elif known.type == "text":
        yield "STAND-IN"
    elif known.type == "number":
        yield Decimal(1)
    elif known.type == "yes/no":
        yield True
    elif known.type == "date":
        days = [each.date for each in claim.lines if each.date is not None]
        yield min(days) if days else claim.statement_from or dt.date(2026, 1, 5)
    elif FORMATS[known.type].example:
        yield FORMATS[known.type].example


def respelled(path: str, value: object) -> Iterator[str]:
    """The value without blanks and hyphens, in capital letters, where that has the format and it had not."""
    if not isinstance(value, str):
        return
    name = "clia number" if last(path) in ("clia", "referring_clia") else FIELDS[path].type
    for text in dict.fromkeys((value.strip(), value.strip().upper(), "".join(c for c in value if c.isalnum()).upper())):
        if text != value and text and FORMATS[name].matches(text):
            yield text
