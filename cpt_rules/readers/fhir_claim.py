"""A FHIR R4 Claim as a claim of the model. What the resource cannot carry, and what it refers to outside, is unknown."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from attrs import define, evolve, field

from cpt_rules.checked import unchecked
from cpt_rules.claim import Claim, Diagnosis, DiagnosisRole, Line, Occurrence, Origin, Payer, Procedure, ValueCode
from cpt_rules.fields import STORED_FIELDS
from cpt_rules.readers import fhir_codes as codes
from cpt_rules.readers import fhir_people as people
from cpt_rules.readers.canonical import bill_type, diagnosis_code
from cpt_rules.readers.fhir_line import LINE_ROLES, Item, clia_of_extensions, item, money
from cpt_rules.readers.fhir_people import Named, References
from cpt_rules.readers.fhir_values import (
    Json,
    code_of,
    code_or_only,
    codings,
    count,
    day,
    has_code,
    identifiers,
    number,
    obj,
    objects,
    text,
)
from cpt_rules.readers.problem import Fault
from cpt_rules.readers.required import first_missing

_claim = unchecked(Claim)
_ROLES = ("rendering", "referring", "ordering", "supervising", "attending", "operating")
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
        self._supporting()
        self._insurance()
        positions = self._diagnoses()
        self._procedures()
        self._people()
        items = self._items(positions)
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
        self._tell("claim.bill_type", _bill_type(code_of(sent.get("subType"), codes.BILL_TYPE)))
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

    # ---- supporting information ------------------------------------------------------------------------------------

    def _supporting(self) -> None:
        conditions: list[str] = []
        occurrences: list[Occurrence] = []
        values: list[ValueCode] = []
        for place, info in enumerate(objects(self.sent.get("supportingInfo"))):
            path = f"{self.path}supportingInfo[{place}]"
            code = next((code for _, code in codings(info.get("code"))), None)

            def of(names: frozenset[str], info: Json = info) -> bool:
                return has_code(info.get("category"), names, codes.CATEGORIES)

            if of(codes.BILL_TYPES):
                self._tell("claim.bill_type", _bill_type(code))
            elif of(codes.DISCHARGE):
                self._tell("claim.patient_status", code)
            elif of(codes.DRGS):
                self._tell("claim.drg", code)
            elif of(codes.ADMISSION):
                period = obj(info.get("timingPeriod"))
                first = period.get("start") or info.get("timingDate")
                self._tell("claim.admission_date", day(first, f"{path}.timing"))
                self._tell("claim.discharge_date", day(period.get("end"), f"{path}.timingPeriod.end"))
            elif of(codes.RECEIVED):
                self._tell("claim.received_date", day(info.get("timingDate"), f"{path}.timingDate"))
            elif (found := code_of(info.get("code"), codes.CONDITION_CODES)) is not None:
                conditions.append(found)
            elif (found := code_of(info.get("code"), codes.OCCURRENCE_CODES)) is not None:
                period = obj(info.get("timingPeriod"))
                first = day(info.get("timingDate") or period.get("start"), f"{path}.timing")
                occurrences.append(Occurrence(found, first, day(period.get("end"), f"{path}.timingPeriod.end")))
            elif (found := code_of(info.get("code"), codes.VALUE_CODES)) is not None:
                values.append(ValueCode(found, number(obj(info.get("valueQuantity")).get("value"))))
        self._tell("claim.conditions", tuple(conditions))
        self._tell("claim.occurrences", tuple(occurrences))
        self._tell("claim.values", tuple(values))

    def _clia_numbers(self) -> dict[int | None, str]:
        """CLIA numbers in supporting information, by its sequence."""
        found: dict[int | None, str] = {}
        for info in objects(self.sent.get("supportingInfo")):
            own = code_of(info.get("code"), codes.CLIA)
            named = any(has_code(info.get(key), codes.CLIA_TYPES, codes.CLIA_CODES) for key in ("category", "code"))
            value = own or (text(info.get("valueString")) if named else None)
            if value is not None:
                found[count(info.get("sequence"))] = value
        return found

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

    # ---- diagnoses and procedures ----------------------------------------------------------------------------------

    def _diagnoses(self) -> dict[int, int]:
        """Reads the diagnoses in the order of their sequence; gives their positions by it."""
        sent = list(enumerate(objects(self.sent.get("diagnosis"))))
        sent.sort(key=lambda each: count(each[1].get("sequence")) or 0)
        found: list[Diagnosis] = []
        positions: dict[int, int] = {}
        roles: list[DiagnosisRole | None] = [_role(each) for _, each in sent]
        for (place, each), role in zip(sent, roles, strict=True):
            path = f"{self.path}diagnosis[{place}]"
            code, system = self._coded(each, "diagnosis", "Condition", path)
            first = not found and "principal" not in roles
            given: DiagnosisRole = role or ("principal" if first else "other")
            sequence = count(each.get("sequence"))
            if sequence is not None:
                positions.setdefault(sequence, len(found) + 1)
            canonical = diagnosis_code(code, codes.ICD[system] if system else "icd10")
            found.append(Diagnosis(canonical, codes.ICD[system] if system else "icd10", given, _on_admission(each)))
            if not self.values.get("drg"):
                self._tell("claim.drg", code_of(each.get("packageCode"), codes.DRG))
        self.values["diagnoses"] = tuple(found)
        return positions

    def _procedures(self) -> None:
        found = []
        for place, each in enumerate(objects(self.sent.get("procedure"))):
            path = f"{self.path}procedure[{place}]"
            code, _ = self._coded(each, "procedure", "Procedure", path)
            found.append(Procedure(code, day(each.get("date"), f"{path}.date")))
        self.values["procedures"] = tuple(found)

    def _coded(self, sent: Json, name: str, kind: str, path: str) -> tuple[str, str]:
        """(code, system) of a diagnosis or procedure, in place or in the resource referred to; no system is empty."""
        concept: object = sent.get(f"{name}CodeableConcept")
        if concept is None:
            resource = self.at.to(sent.get(f"{name}Reference"))
            if resource is None:
                message = f"refers to a {kind} that is not in this input"
                raise Fault("fhir.unresolved", message, f"send the code, or the {kind} with the claim", path=path)
            concept = resource.get("code")
        for system, code in codings(concept):
            if name == "procedure" or system in codes.ICD or not system:
                return code, system if system in codes.ICD else ""
        what = "has no ICD code" if name == "diagnosis" else "has no code"
        raise Fault("fhir.no-code", what, "send the code with its system", path=path)

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
        own = [value for sequence, value in self._clia_numbers().items() if sequence not in linked]
        value = next(iter(own), None) or clia_of_extensions(self.sent)
        if value is None:
            billing = people.provider(self.sent.get("provider"), self.at)
            numbers = facility.clia or billing.clia
            value = numbers[0] if len(numbers) == 1 else None
        self._tell("claim.clia", value)

    def _items(self, positions: dict[int, int]) -> list[Item]:
        numbers = self._clia_numbers()
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
        """The lines with the providers of their own; whoever is linked to all items or none is the claim's."""
        members = objects(self.sent.get("careTeam"))
        roles = [_roles(each, len(members)) for each in members]
        found = [people.provider(m.get("provider"), self.at, m.get("qualification")) for m in members]
        sent = objects(self.sent.get("item"))
        of_item = [{count(n) for n in each.get("careTeamSequence") or ()} for each in sent]
        lines: list[dict[str, Any]] = [{} for _ in items]
        for role in _ROLES:
            mine = [at for at, names in enumerate(roles) if role in names]
            told = self._told(role, roles, mine)
            for at in mine:
                sequence = count(members[at].get("sequence"))
                where = [n for n, linked in enumerate(of_item) if sequence in linked]
                if role in LINE_ROLES and 0 < len(where) < len(items):
                    for n in where:
                        lines[n][role] = found[at].provider
                    told &= found[at].known
                elif self.values.get(role) in (None, found[at].provider):
                    self.values[role] = found[at].provider
                    told &= found[at].known
                else:  # two of one role for all lines: nobody can say who
                    self.values[role], told = None, frozenset()
            self.known |= {f"{role}.{part}" for part in told}
            if role in LINE_ROLES:
                self.known |= {f"line.{role}.{part}" for part in told}
        for n, each in enumerate(items):
            if each.site is not None:
                lines[n]["service_facility"] = each.site.provider
        made = [evolve(each.line, **own) if own else each.line for each, own in zip(items, lines, strict=True)]
        return tuple(sorted(made, key=lambda line: line.number))

    def _told(self, role: str, roles: list[frozenset[str]], mine: list[int]) -> frozenset[str]:
        """The parts of a role that the input tells of: none where it may stand with a member whose role is not known."""
        if mine:
            return people.NOBODY.known
        if not roles:
            return people.NOBODY.known if role == "rendering" else frozenset()
        speaks = all(roles) and role in {"rendering", "supervising"} | _vocabulary(self.sent)
        return people.NOBODY.known if speaks else frozenset()

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


def _bill_type(code: str | None) -> str | None:
    return bill_type(code) if code is not None else None


def _role(sent: Json) -> DiagnosisRole | None:
    found = [code.lower() for each in objects(sent.get("type")) for _, code in codings(each)]
    return next((codes.DIAGNOSIS_ROLES[each] for each in found if each in codes.DIAGNOSIS_ROLES), None)


def _on_admission(sent: Json) -> str | None:
    for system, code in codings(sent.get("onAdmission")):
        return code.upper() if system in codes.ON_ADMISSION else code
    return None


def _roles(member: Json, members: int) -> frozenset[str]:
    """The roles of a care team member; empty where they are not known. A member alone needs none (FHIR R4)."""
    found: set[str] = set()
    for system, code in codings(member.get("role")):
        known: Mapping[str, str] = codes.ROLES.get(system, {})
        if code in known or code.lower() in known:
            found.add(known.get(code) or known[code.lower()])
        elif code.lower() in codes.OTHER_ROLES:
            found.add("other")
    if not found and members == 1 and not member.get("role"):
        found.add("rendering")
    return frozenset(found)


def _vocabulary(sent: Json) -> set[str]:
    """The roles that the code systems in use have words for."""
    systems = {system for each in objects(sent.get("careTeam")) for system, _ in codings(each.get("role"))}
    return {role for system in systems for role in codes.ROLES.get(system, {}).values()}
