"""The claim model: frozen classes that hold what was sent, exactly as it was sent.

Nothing here judges. A missing value is ``None`` or an empty tuple and means *absent*; a field that the feed cannot
carry is named in ``Claim.unknown`` and is then *unknown* wherever it has no value. Codes, modifiers and identifiers
keep the spelling of the sender. Money and units are `decimal.Decimal`, dates are `datetime.date`. A value of another
type is refused where the object is made (see `cpt_rules.checked`), so that whatever scrubs a claim can rely on them.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from functools import cache
from types import MappingProxyType
from typing import Any, Literal, get_args, get_origin, get_type_hints

from attrs import field, fields, frozen, has

from cpt_rules.checked import checked

ClaimType = Literal["professional", "institutional"]
Entity = Literal["person", "organisation"]
DiagnosisSystem = Literal["icd9", "icd10"]
DiagnosisRole = Literal["principal", "other", "admitting", "reason", "external-cause"]

LINES_OF_BUSINESS = (
    "medicare-ffs",
    "medicare-advantage",
    "medicaid",
    "commercial",
    "tricare",
    "workers-comp",
    "auto",
)

_NOWHERE: Mapping[str, int] = MappingProxyType({})


@checked
@frozen
class Provider:
    """A provider as the claim names it. `entity` tells a person (NM102 = 1) from an organisation (NM102 = 2)."""

    npi: str | None = None
    entity: Entity | None = None
    taxonomy: str | None = None
    state: str | None = None


@checked
@frozen(cache_hash=True)
class Payer:
    """A payer as the claim names it; which payer document that is, the ruleset decides.

    `filing` is the claim filing indicator (SBR09), `sequence` the payer responsibility (SBR01: P, S, T …).
    `line_of_business` is one of `LINES_OF_BUSINESS`, or None where the feed does not tell.
    """

    id: str | None = None
    name: str | None = None
    filing: str | None = None
    line_of_business: str | None = field(default=None, metadata={"among": lambda: frozenset(LINES_OF_BUSINESS)})
    plan: str | None = None
    state: str | None = None
    sequence: str | None = None


@checked
@frozen
class Subscriber:
    """The insured. `relationship` is the patient's relationship to the insured (SBR02 or PAT01; 18 is self)."""

    id: str | None = field(default=None, repr=False)
    relationship: str | None = None


@checked
@frozen
class Patient:
    """The patient. What identifies a person stays out of `repr`, which ends up in logs."""

    id: str | None = field(default=None, repr=False)
    birth_date: dt.date | None = field(default=None, repr=False)
    sex: str | None = None
    death_date: dt.date | None = field(default=None, repr=False)


@checked
@frozen
class Diagnosis:
    """A diagnosis code in canonical form (ICD-10-CM with its dot). `poa` is the present-on-admission indicator."""

    code: str
    system: DiagnosisSystem = "icd10"
    role: DiagnosisRole = "other"
    poa: str | None = None


@checked
@frozen
class Occurrence:
    """An occurrence code with its day (HI*BH); a span has `date_to` (HI*BI)."""

    code: str
    date: dt.date | None = None
    date_to: dt.date | None = None


@checked
@frozen
class ValueCode:
    """A value code with its amount (HI*BE)."""

    code: str
    amount: Decimal | None = None


@checked
@frozen
class Procedure:
    """An institutional procedure code with its day (HI*BBR, BBQ)."""

    code: str
    date: dt.date | None = None


@checked
@frozen
class Line:
    """One service line. `number` counts from 1; `units` are in `unit_type` (UN service units, MJ minutes).

    `code_type` is HC where none is sent.
    """

    number: int
    id: str | None = None
    code: str | None = None
    code_type: str | None = field(default="HC", metadata={"absent": "HC"})
    modifiers: tuple[str, ...] = ()
    units: Decimal | None = None
    unit_type: str | None = None
    charge: Decimal | None = None
    date: dt.date | None = None
    date_to: dt.date | None = None
    pos: str | None = None
    clia: str | None = None
    referring_clia: str | None = None
    diagnosis_pointers: tuple[int, ...] = ()
    description: str | None = None
    revenue_code: str | None = None
    ndc: str | None = None
    purchased: str | None = None
    rendering: Provider | None = None
    ordering: Provider | None = None
    referring: Provider | None = None
    service_facility: Provider | None = None


@frozen
class Origin:
    """Where a claim was read: enough to name it among others with the same id, and to point into its file.

    `segments` are the first and last segment number of the claim in its input, counted from 1 (for JSONL: the line
    number twice). `claim_segments` and `line_segments` map a stored field (`claim.clia`, `line.pos` …) to the number
    of the segment that carried it; the keys ``"claim"`` and ``"line"`` are the CLM and LX segments themselves.
    """

    input: str
    ordinal: int
    interchange: str | None = None
    transaction_set: str | None = None
    format: str | None = None
    segments: tuple[int, int] | None = None
    claim_segments: Mapping[str, int] = _NOWHERE
    line_segments: Sequence[Mapping[str, int]] = ()


@cache
def stored_names() -> frozenset[str]:
    """What a claim stores, by name: ``claim.clia``, ``patient.sex``, ``line.code``, ``line.rendering.npi`` …

    All of `cpt_rules.fields.STORED_FIELDS` is among them.
    """
    of_claim = [name for name in _names(Claim) if name not in ("lines", "unknown", "origin", "other_payers")]
    of_lines = [f"line.{name}" for name in _names(Line)]
    return frozenset([*(name if "." in name else f"claim.{name}" for name in of_claim), *of_lines])


def _names(cls: type[Any]) -> Iterator[str]:
    """The fields of a class; those of an object in it stand for it."""
    types = get_type_hints(cls)
    for each in fields(cls):
        kind = types[each.name]
        inner = next((part for part in (kind, *get_args(kind)) if has(part)), None)
        if inner is None or inner is Origin or get_origin(kind) is tuple:
            yield each.name
        else:
            yield from (f"{each.name}.{name}" for name in _names(inner))


@checked
@frozen
class Claim:
    """One claim. `unknown` names the stored fields that this feed cannot carry (see `cpt_rules.fields`)."""

    id: str
    type: ClaimType
    lines: tuple[Line, ...] = ()
    frequency: str | None = None
    original_reference: str | None = None
    bill_type: str | None = None
    charge: Decimal | None = None
    statement_from: dt.date | None = None
    statement_to: dt.date | None = None
    admission_date: dt.date | None = None
    discharge_date: dt.date | None = None
    patient_status: str | None = None
    drg: str | None = None
    received_date: dt.date | None = None
    accident: str | None = None
    homebound: bool | None = None
    conditions: tuple[str, ...] = ()
    occurrences: tuple[Occurrence, ...] = ()
    values: tuple[ValueCode, ...] = ()
    procedures: tuple[Procedure, ...] = ()
    payer: Payer = Payer()
    other_payers: tuple[Payer, ...] = ()
    subscriber: Subscriber = Subscriber()
    patient: Patient = Patient()
    billing: Provider | None = None
    rendering: Provider | None = None
    referring: Provider | None = None
    ordering: Provider | None = None
    supervising: Provider | None = None
    attending: Provider | None = None
    operating: Provider | None = None
    service_facility: Provider | None = None
    clia: str | None = None
    pos: str | None = None
    prior_authorization: str | None = None
    referral_number: str | None = None
    diagnoses: tuple[Diagnosis, ...] = ()
    unknown: frozenset[str] = field(default=frozenset(), metadata={"among": stored_names})
    origin: Origin | None = field(default=None, eq=False, repr=False)
