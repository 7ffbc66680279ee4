"""Hypothesis strategies: claims as readers can give them, whole (JSON) or as far as 837P carries them."""

from __future__ import annotations

import datetime as dt
import string
from decimal import Decimal

from hypothesis import strategies as st

from cpt_rules.claim import (
    LINES_OF_BUSINESS,
    Claim,
    Diagnosis,
    Line,
    Occurrence,
    Patient,
    Payer,
    Procedure,
    Provider,
    Subscriber,
    ValueCode,
)
from cpt_rules.fields import STORED_FIELDS

#: Letters that no delimiter of the round trip is, and some beyond ASCII.
X12_TEXT = st.text(string.ascii_letters + string.digits + " .éÑ漢", min_size=1, max_size=12)
ANY_TEXT = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=12)
NUMBERS = st.decimals(-9999999, 9999999, places=2) | st.integers(0, 99999).map(Decimal)
DATES = st.dates(dt.date(1900, 1, 1), dt.date(2100, 12, 31))
SYSTEMS = st.sampled_from(["icd9", "icd10"])
ROLES = st.sampled_from(["principal", "other", "admitting", "reason", "external-cause"])
STATES = st.sampled_from(["CA", "NV", "TX"])


def maybe(strategy):
    return st.none() | strategy


@st.composite
def diagnoses(draw, text=X12_TEXT):
    system = draw(SYSTEMS)
    body = draw(st.text(string.digits + "ABC", min_size=3, max_size=6))
    code = body if len(body) == 3 else f"{body[:3]}.{body[3:]}"
    if system == "icd9" and draw(st.booleans()):
        code = "E" + body[:3] + ("." + body[3:] if len(body) > 3 else "")
    return Diagnosis(code, system, draw(ROLES), draw(maybe(st.sampled_from("YNUW"))))


def providers(text=X12_TEXT, *, taxonomy=False, state=False):
    return st.builds(
        Provider,
        npi=maybe(text),
        entity=maybe(st.sampled_from(["person", "organisation"])),
        taxonomy=maybe(text) if taxonomy else st.none(),
        state=maybe(STATES) if state else st.none(),
    )


#: Codes that X12 gives a length or a list: filing indicator, payer responsibility, relationship to the insured
FILINGS = st.sampled_from(["MB", "CI", "12", "zz"])
SEQUENCES = st.sampled_from("PSTABU")
RELATIONSHIPS = st.sampled_from(["18", "01", "19", "G8"])


@st.composite
def professional_claims(draw, *, as_patient: bool):
    """What 837P carries, and nothing else."""
    text = X12_TEXT
    member = draw(maybe(text))
    own = member if as_patient else draw(st.just(member) | text)
    lines = draw(st.integers(1, 4))
    return Claim(
        id=draw(text),
        type="professional",
        frequency=draw(maybe(st.sampled_from("178"))),
        original_reference=draw(maybe(text)),
        charge=draw(maybe(NUMBERS)),
        admission_date=draw(maybe(DATES)),
        discharge_date=draw(maybe(DATES)),
        accident=draw(maybe(st.sampled_from(["AA", "EM", "OA"]))),
        homebound=draw(maybe(st.booleans())),
        conditions=tuple(draw(st.lists(text, max_size=3))),
        payer=draw(payers()),
        other_payers=tuple(draw(st.lists(payers(), max_size=2))),
        subscriber=Subscriber(member, draw(maybe(RELATIONSHIPS))),
        patient=Patient(own, draw(maybe(DATES)), draw(maybe(st.sampled_from("FMU"))), draw(maybe(DATES))),
        billing=draw(billing_providers()),
        rendering=draw(maybe(providers(taxonomy=True))),
        referring=draw(maybe(providers())),
        supervising=draw(maybe(providers())),
        service_facility=draw(maybe(providers(state=True))),
        clia=draw(maybe(text)),
        pos=draw(maybe(st.sampled_from(["11", "81", "1"]))),
        prior_authorization=draw(maybe(text)),
        referral_number=draw(maybe(text)),
        diagnoses=tuple(draw(st.lists(diagnoses(), max_size=14))),
        lines=tuple(draw(professional_lines(number)) for number in range(1, lines + 1)),
    )


@st.composite
def institutional_claims(draw, *, as_patient: bool):
    """What 837I carries, and nothing else."""
    text = X12_TEXT
    member = draw(maybe(text))
    own = member if as_patient else draw(st.just(member) | text)
    lines = draw(st.integers(1, 4))
    facility, frequency = draw(maybe(st.sampled_from(["13", "14", "85"]))), draw(maybe(st.sampled_from("178A")))
    statement = draw(maybe(st.tuples(DATES, DATES)))
    return Claim(
        id=draw(text),
        type="institutional",
        frequency=frequency,
        bill_type=facility and facility + (frequency or ""),
        original_reference=draw(maybe(text)),
        charge=draw(maybe(NUMBERS)),
        statement_from=statement and statement[0],
        statement_to=statement and statement[1],
        admission_date=draw(maybe(DATES)),
        patient_status=draw(maybe(st.sampled_from(["01", "30"]))),
        drg=draw(maybe(text)),
        conditions=tuple(draw(st.lists(text, max_size=3))),
        occurrences=tuple(draw(st.lists(occurrences(), max_size=3))),
        values=tuple(draw(st.lists(st.builds(ValueCode, text, maybe(NUMBERS)), max_size=3))),
        procedures=tuple(draw(st.lists(st.builds(Procedure, text, maybe(DATES)), max_size=3))),
        payer=draw(payers()),
        other_payers=tuple(draw(st.lists(payers(), max_size=2))),
        subscriber=Subscriber(member, draw(maybe(RELATIONSHIPS))),
        patient=Patient(own, draw(maybe(DATES)), draw(maybe(st.sampled_from("FMU")))),
        billing=draw(billing_providers()),
        attending=draw(maybe(providers(taxonomy=True))),
        operating=draw(maybe(providers())),
        rendering=draw(maybe(providers())),
        referring=draw(maybe(providers())),
        service_facility=draw(maybe(providers(state=True))),
        prior_authorization=draw(maybe(text)),
        referral_number=draw(maybe(text)),
        diagnoses=tuple(draw(st.lists(diagnoses(), max_size=14))),
        lines=tuple(draw(institutional_lines(number, dated=statement is None)) for number in range(1, lines + 1)),
    )


def billing_providers():
    return st.none() | providers(taxonomy=True, state=True).filter(lambda found: found != Provider())


def occurrences():
    """A day or a span; a span without a first day cannot be written."""
    spans = st.builds(Occurrence, X12_TEXT, DATES, DATES)
    return st.builds(Occurrence, X12_TEXT, maybe(DATES)) | spans


def payers():
    return st.builds(
        Payer,
        id=maybe(X12_TEXT),
        name=maybe(X12_TEXT),
        filing=maybe(FILINGS),
        state=maybe(STATES),
        sequence=maybe(SEQUENCES),
    )


def institutional_lines(number: int, *, dated: bool):
    text = X12_TEXT

    def line(code, date, date_to, **values):
        coded = {} if code is None else code
        return Line(number=number, date=date, date_to=date_to if date else None, **coded, **values)

    coded = st.fixed_dictionaries(
        {
            "code": text,
            "code_type": maybe(st.sampled_from(["HC", "HP"])),
            "modifiers": st.lists(text, max_size=4).map(tuple),
            "description": maybe(text),
        }
    )
    return st.builds(
        line,
        code=maybe(coded),
        date=DATES if dated else maybe(DATES),
        date_to=maybe(DATES),
        id=maybe(text),
        revenue_code=text,
        units=maybe(NUMBERS),
        unit_type=maybe(st.sampled_from(["UN", "DA"])),
        charge=maybe(NUMBERS),
        ndc=maybe(text),
        rendering=maybe(providers()),
        referring=maybe(providers()),
    )


def professional_lines(number: int):
    text = X12_TEXT
    return st.builds(
        Line,
        number=st.just(number),
        id=maybe(text),
        code=text,
        code_type=maybe(st.just("HC")),
        modifiers=st.lists(text, max_size=4).map(tuple),
        units=maybe(NUMBERS),
        unit_type=maybe(st.sampled_from(["UN", "MJ"])),
        charge=maybe(NUMBERS),
        date=DATES,
        date_to=maybe(DATES),
        pos=maybe(text),
        clia=maybe(text),
        referring_clia=maybe(text),
        diagnosis_pointers=st.lists(st.integers(0, 99), max_size=4).map(tuple),
        description=maybe(text),
        ndc=maybe(text),
        purchased=maybe(text),
        rendering=maybe(providers(taxonomy=True)),
        ordering=maybe(providers()),
        referring=maybe(providers()),
        service_facility=maybe(providers(state=True)),
    )


@st.composite
def any_claims(draw, text=ANY_TEXT):
    """Every field of the model, both claim types."""
    optional = maybe(text)
    type = draw(st.sampled_from(["professional", "institutional"]))
    institutional = type == "institutional"
    provider = maybe(providers(text, taxonomy=True, state=True))
    line = st.builds(
        Line,
        number=st.integers(1, 999),
        id=optional,
        code=optional if institutional else text,
        code_type=maybe(st.sampled_from(["HC", "IV"])),
        modifiers=st.lists(text, max_size=6).map(tuple),
        units=maybe(NUMBERS),
        unit_type=optional,
        charge=maybe(NUMBERS),
        date=DATES,
        date_to=maybe(DATES),
        pos=optional,
        clia=optional,
        referring_clia=optional,
        diagnosis_pointers=st.lists(st.integers(0, 99), max_size=4).map(tuple),
        description=optional,
        revenue_code=text if institutional else optional,
        ndc=optional,
        purchased=optional,
        rendering=provider,
        ordering=provider,
        referring=provider,
        service_facility=provider,
    )
    payer = st.builds(
        Payer,
        id=optional,
        name=optional,
        filing=optional,
        line_of_business=maybe(st.sampled_from(LINES_OF_BUSINESS)),
        plan=optional,
        state=optional,
        sequence=optional,
    )
    few = {"max_size": 2}
    roles = [
        "billing",
        "rendering",
        "referring",
        "ordering",
        "supervising",
        "attending",
        "operating",
        "service_facility",
    ]
    texts = [
        "frequency",
        "original_reference",
        "patient_status",
        "drg",
        "accident",
        "clia",
        "pos",
        "prior_authorization",
    ]
    dates = ["statement_from", "statement_to", "admission_date", "discharge_date", "received_date"]
    return Claim(
        id=draw(text),
        type=type,
        lines=tuple(draw(st.lists(line, min_size=1, max_size=3))),
        bill_type=draw(maybe(st.sampled_from(["131", "14", "01X", "13"]))),
        charge=draw(maybe(NUMBERS)),
        homebound=draw(maybe(st.booleans())),
        conditions=tuple(draw(st.lists(text, **few))),
        occurrences=tuple(draw(st.lists(st.builds(Occurrence, text, maybe(DATES), maybe(DATES)), **few))),
        values=tuple(draw(st.lists(st.builds(ValueCode, text, maybe(NUMBERS)), **few))),
        procedures=tuple(draw(st.lists(st.builds(Procedure, text, maybe(DATES)), **few))),
        payer=draw(payer),
        other_payers=tuple(draw(st.lists(payer, **few))),
        subscriber=draw(st.builds(Subscriber, optional, optional)),
        patient=draw(st.builds(Patient, optional, maybe(DATES), optional, maybe(DATES))),
        referral_number=draw(optional),
        diagnoses=tuple(draw(st.lists(diagnoses(), max_size=3))),
        unknown=frozenset(draw(st.lists(st.sampled_from(sorted(STORED_FIELDS)), max_size=4))),
        **{name: draw(provider) for name in roles},
        **{name: draw(optional) for name in texts},
        **{name: draw(maybe(DATES)) for name in dates},
    )
