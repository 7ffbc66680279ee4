"""Generated claims as an 837P file: whole interchanges with invented people, legal to the letter of 005010X222A1."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from itertools import groupby, islice

from cpt_rules import Claim, Line

CLAIMS_IN_A_SET = 1000
CLAIMS_OF_A_PROVIDER = 20

_ISA = "ISA*00*          *00*          *ZZ*SENDER         *ZZ*RECEIVER       *260131*1200*^*00501*000000001*0*T*:"
_SUBMITTER = (
    "NM1*41*2*GENERATED CLAIMS*****46*SENDER",
    "PER*IC*BILLING OFFICE*TE*5555550100",
    "NM1*40*2*RECEIVER*****46*RECEIVER",
)


def interchange(claims: Iterable[Claim]) -> Iterator[bytes]:
    """The file, piece by piece: one interchange, a transaction set for every thousand claims."""
    yield f"{_ISA}~\nGS*HC*SENDER*RECEIVER*20260131*1200*1*X*005010X222A1~\n".encode()
    sets = 0
    remaining = iter(claims)
    while batch := list(islice(remaining, CLAIMS_IN_A_SET)):
        sets += 1
        yield "".join(f"{segment}~\n" for segment in _transaction_set(batch, sets)).encode()
    yield f"GE*{sets}*1~\nIEA*1*000000001~\n".encode()


def _transaction_set(claims: list[Claim], number: int) -> list[str]:
    out = [f"ST*837*{number:04d}*005010X222A1", f"BHT*0019*00*{number}*20260131*1200*CH", *_SUBMITTER]
    levels = 0
    by_provider = sorted(claims, key=lambda claim: str(claim.billing and claim.billing.npi))
    for npi, group in groupby(by_provider, key=lambda claim: str(claim.billing and claim.billing.npi)):
        under = list(group)
        for at in range(0, len(under), CLAIMS_OF_A_PROVIDER):
            levels += 1
            provider = levels
            out += [
                f"HL*{levels}**20*1",
                "PRV*BI*PXC*291U00000X",
                f"NM1*85*2*ACORN LABORATORY*****XX*{npi}",
                "N3*1 OAK STREET",
                "N4*LOS ANGELES*CA*900010000",
                "REF*EI*123456789",
            ]
            for claim in under[at : at + CLAIMS_OF_A_PROVIDER]:
                levels += 1
                out += _claim(claim, levels, provider)
    return [*out, f"SE*{len(out) + 1}*{number:04d}"]


def _claim(claim: Claim, level: int, provider: int) -> Iterator[str]:
    payer, patient = claim.payer, claim.patient
    yield f"HL*{level}*{provider}*22*0"
    yield f"SBR*{payer.sequence}*18*******{payer.filing or 'CI'}"
    yield f"NM1*IL*1*SAMPLE*PAT****MI*{claim.subscriber.id}"
    yield "N3*3 ELM STREET"
    yield "N4*LOS ANGELES*CA*900020000"
    yield f"DMG*D8*{_day(patient.birth_date)}*{patient.sex}"
    yield f"NM1*PR*2*{payer.name}*****PI*{payer.id or 'UNKNOWN'}"
    yield f"CLM*{claim.id}*{claim.charge:f}***{claim.pos or '81'}:B:{claim.frequency}*Y*A*Y*Y"
    if claim.clia:
        yield f"REF*X4*{claim.clia}"
    codes = [f"{'ABF' if place else 'ABK'}:{each.code.replace('.', '')}" for place, each in enumerate(claim.diagnoses)]
    yield "*".join(["HI", *codes])
    if claim.referring:
        yield f"NM1*DN*1*REED*ANN****XX*{claim.referring.npi}"
    if claim.rendering:
        yield f"NM1*82*1*ROE*BO****XX*{claim.rendering.npi}"
        yield f"PRV*PE*PXC*{claim.rendering.taxonomy}"
    for line in claim.lines:
        yield from _line(line)


def _line(line: Line) -> Iterator[str]:
    pointers = ":".join(map(str, line.diagnosis_pointers))
    code = ":".join(["HC", str(line.code), *line.modifiers])
    yield f"LX*{line.number}"
    yield f"SV1*{code}*{line.charge:f}*UN*{line.units:f}***{pointers}"
    yield f"DTP*472*D8*{_day(line.date)}"
    if line.clia:
        yield f"REF*X4*{line.clia}"
    if line.referring_clia:
        yield f"REF*F4*{line.referring_clia}"


def _day(day: dt.date | None) -> str:
    return day.strftime("%Y%m%d") if day else "19500101"
