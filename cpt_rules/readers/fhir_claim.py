"""A FHIR R4 Claim as a claim of the model. What the resource cannot carry, and what it refers to outside, is unknown."""

from __future__ import annotations

from typing import Any

from attrs import define, evolve, field

from cpt_rules.checked import unchecked
from cpt_rules.claim import Claim, Line, Origin, Payer
from cpt_rules.fields import STORED_FIELDS
from cpt_rules.readers import fhir_codes as codes
from cpt_rules.readers import fhir_people as people
from cpt_rules.readers.canonical import bill_type
from cpt_rules.readers.fhir_diagnoses import diagnoses, procedures
from cpt_rules.readers.fhir_line import Item, clia_of_extensions, item, money
from cpt_rules.readers.fhir_people import Named, References
from cpt_rules.readers.fhir_supporting import clia_numbers, supporting
from cpt_rules.readers.fhir_team import team
from cpt_rules.readers.fhir_values import (
    Json,
    code_of,
    code_or_only,
    codings,
    count,
    day,
    has_code,
    identifiers,
    obj,
    objects,
    text,
)
from cpt_rules.readers.problem import Fault
from cpt_rules.readers.required import first_missing

_claim = unchecked(Claim)
#: Fields that a Claim has an element for, so that nothing there means absent.
_OF_CLAIM = (
    "type",
    "charge",
    "statement_from",
    "statement_to",
    "accident",
    "diagnoses",
    "procedures",
    "original_reference",
    "prior_authorization",
    "pos",
)
_OF_LINE = (
    "number",
    "code",
    "code_type",
    "modifiers",
    "units",
    "unit_type",
    "charge",
    "date",
    "date_to",
    "pos",
    "diagnosis_pointers",
    "revenue_code",
    "clia",
    "ndc",
)
_ALWAYS = frozenset([*(f"claim.{name}" for name in _OF_CLAIM), *(f"line.{name}" for name in _OF_LINE)])


def claim_of(sent: Json, references: References, origin: Origin, path: str = "") -> Claim:
    """The claim of a valid Claim resource. Raises `Fault` with the path of what cannot be read."""
    return _Reading(sent, references.within(sent, path), path).claim(origin)


@define(eq=False)
class _Reading:
    """One claim while it is read; `known` are the stored fields that the input tells of."""

    sent: Json
    at: References
    path: str
    known: set[str] = field(factory=lambda: set(_ALWAYS))
    values: dict[str, Any] = field(factory=dict)

    def claim(self, origin: Origin) -> Claim:
        sent = self.sent
        kind = self._type()
        self._header()
        for name, value in supporting(sent, self.path).items():
            self._tell(name, value)
        self._insurance()
        found = diagnoses(sent, self.at, self.path)
        self.values |= {"diagnoses": found.codes, "procedures": procedures(sent, self.at, self.path)}
        if "drg" not in self.values:
            self._tell("claim.drg", found.drg)
        self._people()
        items = self._items(found.positions)
        self._site(items)
        lines = self._care_team(items)
        if kind == "professional":
            lines = self._dated(lines)
        if not any(line.revenue_code for line in lines):
            self.known.discard("line.revenue_code")
        claim: Claim = _claim(
            id=self._id(),
            type=kind,
            lines=lines,
            charge=money(sent.get("total"), f"{self.path}total"),
            **self.values,
            unknown=STORED_FIELDS - self.known,
            origin=origin,
        )
        missing = first_missing(claim, claim.unknown)
        if missing is not None:
            raise Fault("fhir.missing", "is missing", missing[1], path=self._path_of(missing[0]))
        return claim

    # ---- what kind of claim it is ----------------------------------------------------------------------------------

    def _type(self) -> str:
        use, status = text(self.sent.get("use")), text(self.sent.get("status"))
        if use != "claim":
            remedy = "only claims (use `claim`) are scrubbed"
            raise Fault(
                "fhir.use",
                "is no claim but a request for an authorisation or an estimate",
                remedy,
                path=f"{self.path}use",
            )
        if status not in ("active", "draft"):
            message = "says that the claim is cancelled or was made in error"
            raise Fault("fhir.status", message, "send claims that are active or drafts", path=f"{self.path}status")
        kind = code_or_only(self.sent.get("type"), codes.CLAIM_TYPES)
        if kind not in ("professional", "institutional"):
            message = "is neither professional nor institutional"
            raise Fault(
                "fhir.type", message, "dental, vision and pharmacy claims are not read", path=f"{self.path}type"
            )
        return kind

    def _id(self) -> str:
        found = (text(each.get("value")) for each in identifiers(self.sent))
        ident = next(filter(None, found), None) or text(self.sent.get("id"))
        if ident is None:
            raise Fault(
                "fhir.missing", "is missing", "a claim has an identifier or an id", path=f"{self.path}identifier"
            )
        return ident

    # ---- single values ---------------------------------------------------------------------------------------------

    def _header(self) -> None:
        sent, path = self.sent, self.path
        period = obj(sent.get("billablePeriod"))
        self.values["statement_from"] = day(period.get("start"), f"{path}billablePeriod.start")
        self.values["statement_to"] = day(period.get("end"), f"{path}billablePeriod.end")
        accident = obj(sent.get("accident"))
        if accident:
            kinds = [code for _, code in codings(accident.get("type"))]
            self.values["accident"] = next((codes.ACCIDENTS[each] for each in kinds if each in codes.ACCIDENTS), "OA")
        kind = code_of(sent.get("subType"), codes.BILL_TYPE)
        self._tell("claim.bill_type", bill_type(kind) if kind else None)
        for each in objects(sent.get("related")):
            if has_code(each.get("relationship"), codes.PRIOR):
                reference = obj(each.get("claim"))
                ids = [*identifiers(reference), obj(each.get("reference"))]
                self.values["original_reference"] = next(filter(None, (text(i.get("value")) for i in ids)), None)
                if self.values["original_reference"] is None:
                    self.known.discard("claim.original_reference")
        self._referral()

    def _referral(self) -> None:
        sent = obj(self.sent.get("referral"))
        found = self.at.to(sent)
        if not sent or found is not None or identifiers(sent):
            self.known.add("claim.referral_number")
        ids = [*identifiers(sent), *identifiers(found or {})]
        self.values["referral_number"] = next(filter(None, (text(each.get("value")) for each in ids)), None)

    def _tell(self, name: str, value: Any) -> None:
        """A value that a feed may send in a customary place: there it is known, nowhere it is unknown."""
        if value is not None and value != ():
            self.values[name.removeprefix("claim.")] = value
            self.known.add(name)

    # ---- insurance -------------------------------------------------------------------------------------------------

    def _insurance(self) -> None:
        insurances = objects(self.sent.get("insurance"))
        at = people.focal(insurances)
        own = insurances[at] if at is not None else {}
        coverage = people.coverage_of(own, self.at) if own else None
        payer, known = people.payer(self.sent.get("insurer"), coverage, own.get("sequence"), self.at)
        subscriber, of_subscriber = people.subscriber(coverage)
        patient, of_patient = people.patient(self.sent.get("patient"), coverage, self.at)
        self.known |= known | of_subscriber | of_patient
        self.values |= {"payer": payer, "subscriber": subscriber, "patient": patient}
        references = own.get("preAuthRef")
        first = next((text(each) for each in references if text(each)), None) if isinstance(references, list) else None
        self.values["prior_authorization"] = first
        others = []
        for place, each in enumerate(insurances):
            if place != at:
                other = people.coverage_of(each, self.at)
                others.append(people.payer(None, other, each.get("sequence"), self.at)[0])
        self.values["other_payers"] = tuple(each for each in others if each != Payer())

    # ---- people ----------------------------------------------------------------------------------------------------

    def _people(self) -> None:
        self._set("billing", people.provider(self.sent.get("provider"), self.at))

    def _set(self, role: str, found: Named) -> None:
        """A provider of the claim."""
        self.values[role] = found.provider
        self.known |= {f"{role}.{part}" for part in found.known}

    def _site(self, items: list[Item]) -> None:
        sent = self.sent.get("facility")
        facility = people.provider(sent, self.at)
        for info in objects(self.sent.get("supportingInfo")):
            if not sent and has_code(info.get("category"), codes.SITE, codes.CATEGORIES):
                facility = people.provider(info.get("valueReference"), self.at)
        self._set("service_facility", facility)
        self.known |= {f"line.service_facility.{part}" for part in facility.known}
        for each in items:
            if each.site is not None:
                self.known -= {f"line.service_facility.{part}" for part in people.NOBODY.known - each.site.known}
        self._clia(facility)

    def _clia(self, facility: Named) -> None:
        """The claim's CLIA number: of its own, else that of the site, else that of the billing provider, if it is one."""
        linked = {count(n) for each in objects(self.sent.get("item")) for n in each.get("informationSequence") or ()}
        own = [value for sequence, value in clia_numbers(self.sent).items() if sequence not in linked]
        value = next(iter(own), None) or clia_of_extensions(self.sent)
        if value is None:
            billing = people.provider(self.sent.get("provider"), self.at)
            numbers = facility.clia or billing.clia
            value = numbers[0] if len(numbers) == 1 else None
        self._tell("claim.clia", value)

    def _items(self, positions: dict[int, int]) -> list[Item]:
        numbers = clia_numbers(self.sent)
        found: list[Item] = []
        seen: set[int] = set()
        for place, sent in enumerate(objects(self.sent.get("item"))):
            path = f"{self.path}item[{place}]"
            linked = sent.get("informationSequence")
            own = [numbers[n] for each in linked or () if (n := count(each)) in numbers]
            each = item(sent, positions, own[0] if own else None, self.at, path)
            if each.line.number in seen:
                raise Fault(
                    "fhir.sequence",
                    "has the number of another item",
                    "number the items from 1",
                    path=f"{path}.sequence",
                )
            seen.add(each.line.number)
            found.append(each)
            self.known -= each.holes - {"line.revenue_code"}
        return found

    def _care_team(self, items: list[Item]) -> tuple[Line, ...]:
        """The lines with the providers of their own."""
        found = team(self.sent, self.at, len(items))
        self.values |= found.of_claim
        self.known |= found.known
        for n, each in enumerate(items):
            if each.site is not None:
                found.of_lines[n]["service_facility"] = each.site.provider
        made = [evolve(each.line, **own) if own else each.line for each, own in zip(items, found.of_lines, strict=True)]
        return tuple(sorted(made, key=lambda line: line.number))

    # ---- the rest --------------------------------------------------------------------------------------------------

    def _dated(self, lines: tuple[Line, ...]) -> tuple[Line, ...]:
        """A professional claim for one day: its items without a date are of that day."""
        first, last = self.values["statement_from"], self.values["statement_to"]
        if first is None or last not in (None, first):
            return lines
        return tuple(line if line.date is not None else evolve(line, date=first) for line in lines)

    def _path_of(self, path: str) -> str:
        names = {"lines": "item", "code": "productOrService", "date": "serviced[x]", "revenue_code": "revenue"}
        head, _, rest = path.partition(".")
        head = head.replace("lines", "item")
        return self.path + (f"{head}.{names.get(rest, rest)}" if rest else names.get(head, head))
