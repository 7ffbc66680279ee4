"""FHIR R4 Claims: a resource, a Bundle (or array) of them, or NDJSON, one resource a line.

NDJSON is the form for many claims: one line is in memory at a time. A Bundle is read whole, for its resources refer to
each other. References lead to contained resources and, in a Bundle, to its other entries; what they name elsewhere is
unknown. Other resources than Claims are passed over, an ExplanationOfBenefit or a ClaimResponse is a problem.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from attrs import define

from cpt_rules.claim import Claim, Origin
from cpt_rules.readers.detect import by_line, without_mark
from cpt_rules.readers.fhir_claim import claim_of
from cpt_rules.readers.fhir_people import References, indexed
from cpt_rules.readers.fhir_schema import required, validate
from cpt_rules.readers.fhir_values import Json, identifiers, text
from cpt_rules.readers.json import lines, parsed
from cpt_rules.readers.problem import Fault, InputProblem, OnProblem, shown
from cpt_rules.readers.source import Read, whole

_ANSWERS = ("ExplanationOfBenefit", "ClaimResponse")


def read_fhir(read: Read, input: str, on_problem: OnProblem) -> Iterator[Claim]:
    """The claims of a FHIR input in their order; what cannot be read goes to `on_problem`.

    Raises `Fault` where fhir.resources is not installed, and for an input without any Claim.
    """
    required()
    reading = _Reading(input, on_problem)
    head, read = without_mark(read)
    several, _, read = by_line(head, read)
    if several:
        yield from reading.of_lines(read)
    else:
        yield from reading.of_document(read)
    if not reading.met:
        raise Fault("fhir.no-claim", "has no Claim in it", "send Claim resources, or a Bundle of them")


@define(eq=False)
class _Reading:
    input: str
    on_problem: OnProblem
    ordinal: int = 0
    met: bool = False  # a Claim, or a problem that stands for one

    def of_lines(self, read: Read) -> Iterator[Claim]:
        for number, line in lines(read):
            if line is not None and not line.strip():
                continue
            try:
                if line is None:
                    raise Fault("json.too-long", "the line exceeds sixteen megabytes", "send one resource a line")
                record = parsed(line, Decimal)
            except Fault as fault:
                self.say(fault, {}, line=number)
            else:
                yield from self.of_record(record, "", line=number)

    def of_document(self, read: Read) -> Iterator[Claim]:
        try:
            content = parsed(whole(read), Decimal)
        except Fault as fault:
            self.say(fault, {})
            return
        if isinstance(content, list):
            for place, record in enumerate(content, 1):
                yield from self.of_record(record, "", record_number=place)
        else:
            yield from self.of_record(content, "")

    def of_record(self, record: object, path: str, **place: int) -> Iterator[Claim]:
        """The claims of one resource."""
        kind = record.get("resourceType") if isinstance(record, dict) else None
        if not isinstance(record, dict) or not isinstance(kind, str):
            self.say(Fault("fhir.no-resource", "is no FHIR resource", "send objects with a resourceType"), {}, **place)
        elif kind == "Claim":
            yield from self.claim(record, References(), path, **place)
        elif kind == "Bundle":
            yield from self.bundle(record, **place)
        elif kind in _ANSWERS:
            self.answer(record, path, **place)

    def bundle(self, bundle: Json, **place: int) -> Iterator[Claim]:
        found: list[tuple[Json, Json, str]] = []
        entries = bundle.get("entry")
        for at, entry in enumerate(entries if isinstance(entries, list) else []):
            resource = entry.get("resource") if isinstance(entry, dict) else None
            if isinstance(resource, dict):
                found.append((entry, resource, f"entry[{at}].resource"))
        references = References(indexed(found))
        for _, resource, path in found:
            if resource.get("resourceType") == "Claim":
                yield from self.claim(resource, references, f"{path}.", **place)
            elif resource.get("resourceType") in _ANSWERS:
                self.answer(resource, f"{path}.", **place)

    def claim(self, resource: Json, references: References, path: str, **place: int) -> Iterator[Claim]:
        self.met = True
        self.ordinal += 1
        number = place.get("line")
        segments = (number, number) if number is not None else None
        try:
            validate(resource, path.removesuffix("."))
            claim = claim_of(
                resource, references, Origin(self.input, self.ordinal, format="fhir", segments=segments), path
            )
        except Fault as fault:
            self.say(fault, resource, **place)
        else:
            yield claim

    def answer(self, resource: Json, path: str, **place: int) -> None:
        message = f"is the answer to a claim ({resource['resourceType']})"
        fault = Fault("fhir.not-a-claim", message, "send the Claim itself", path=path.removesuffix("."))
        self.say(fault, {}, **place)

    def say(self, fault: Fault, resource: Json, *, line: int | None = None, record_number: int | None = None) -> None:
        self.met = True
        values: list[Any] = [*(each.get("value") for each in identifiers(resource)), resource.get("id")]
        ident = next(filter(None, map(text, values)), None)
        self.on_problem(
            InputProblem(
                fault.code,
                fault.message,
                self.input,
                fault.remedy,
                line=line,
                record=record_number,
                path=fault.path,
                claim=shown(ident) if ident else None,
            )
        )
