"""Who stands in a FHIR claim: what references lead to, and providers, payers, the patient and the insured out of it.

Each part comes with the fields it can tell of: what is not among them is unknown.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from attrs import define, field

from cpt_rules.claim import Entity, Patient, Payer, Provider, Subscriber
from cpt_rules.readers import fhir_codes as codes
from cpt_rules.readers.fhir_schema import TYPES, validate
from cpt_rules.readers.fhir_values import (
    Json,
    code_of,
    codings,
    count,
    day_or_none,
    has_code,
    identified,
    identifiers,
    obj,
    objects,
    text,
)

_PEOPLE = frozenset({"Practitioner", "PractitionerRole", "RelatedPerson", "Patient"})
_PLACES = frozenset({"Organization", "Location"})


@define(eq=False)
class References:
    """Resources by what refers to them: ``#id`` for those contained in the claim, full URL and ``Type/id`` in a Bundle."""

    outside: Mapping[str, tuple[Json, str]] = field(factory=dict)
    inside: dict[str, tuple[Json, str]] = field(factory=dict)
    _valid: set[int] = field(factory=set)

    def within(self, claim: Json, path: str) -> References:
        """The references of one claim."""
        inside = {
            f"#{each.get('id')}": (each, f"{path}contained[{place}]")
            for place, each in enumerate(objects(claim.get("contained")))
        }
        return References(self.outside, inside, self._valid)

    def to(self, reference: object) -> Json | None:
        """The resource, None where it is not in this input. Raises `Fault` where it is not valid."""
        target = text(obj(reference).get("reference"))
        if target is None:
            return None
        target = target.partition("/_history/")[0]
        found = (
            self.inside.get(target) or self.outside.get(target) or self.outside.get("/".join(target.split("/")[-2:]))
        )
        if found is None:
            return None
        resource, path = found
        if resource.get("resourceType") not in TYPES:
            return None
        if not target.startswith("#") and id(resource) not in self._valid:
            validate(resource, path)
            self._valid.add(id(resource))
        return resource


def indexed(entries: Iterable[tuple[Json, Json, str]]) -> dict[str, tuple[Json, str]]:
    """Resources of a Bundle by what may refer to them; (entry, resource, path) each."""
    found: dict[str, tuple[Json, str]] = {}
    for entry, resource, path in entries:
        url, kind, ident = text(entry.get("fullUrl")), resource.get("resourceType"), text(resource.get("id"))
        if url:
            found.setdefault(url, (resource, path))
        if isinstance(kind, str) and ident:
            found.setdefault(f"{kind}/{ident}", (resource, path))
    return found


# ---- providers -----------------------------------------------------------------------------------------------------


@define
class Named:
    """A provider as far as the input tells: `known` are the parts it can tell of, whether there is a value or not."""

    provider: Provider | None = None
    known: frozenset[str] = frozenset()
    clia: tuple[str, ...] = ()


NOBODY = Named(None, frozenset({"npi", "entity", "taxonomy", "state"}))


def provider(reference: object, at: References, qualification: object = None) -> Named:
    """The provider that a reference names, by the resource it leads to and by an identifier of its own.

    A taxonomy code that is nowhere is unknown: FHIR does not ask for one.
    """
    sent = obj(reference)
    if not sent:
        return NOBODY
    found = at.to(sent)
    chain = [found] if found is not None else []
    if found is not None and found.get("resourceType") == "PractitionerRole":
        chain += [each for key in ("practitioner", "organization") if (each := at.to(found.get(key))) is not None]
    ids = [identifiers(sent), *map(identifiers, chain)]
    npis = next((npi for each in ids if (npi := identified(each, codes.NPI, codes.NPI_TYPES))), [])
    entity = _entity(sent, found)
    taxonomy = code_of(qualification, codes.TAXONOMY) or next(filter(None, map(_taxonomy, chain)), None)
    state = next((state for each in chain if (state := _state(each))), None)
    known = set()
    if npis or chain:
        known.add("npi")
    if entity is not None:
        known.add("entity")
    if taxonomy is not None:
        known.add("taxonomy")
    if chain:
        known.add("state")
    whole = Provider(npis[0] if npis else None, entity, taxonomy, state)
    clia = identified([each for of in ids for each in of], codes.CLIA, codes.CLIA_TYPES)
    return Named(whole if whole != Provider() else None, frozenset(known), tuple(clia))


def _entity(reference: Json, resource: Json | None) -> Entity | None:
    kind = resource.get("resourceType") if resource is not None else reference.get("type")
    if not isinstance(kind, str):
        target = text(reference.get("reference")) or ""
        kind = target.split("/")[-2] if "/" in target else ""
    return "person" if kind in _PEOPLE else "organisation" if kind in _PLACES else None


def _taxonomy(resource: Json) -> str | None:
    for key in ("specialty", "code", "type"):
        value = resource.get(key)
        for concept in objects(value) or [obj(value)]:
            if found := code_of(concept, codes.TAXONOMY):
                return found
    of_person = (code_of(each.get("code"), codes.TAXONOMY) for each in objects(resource.get("qualification")))
    return next(filter(None, of_person), None)


def _state(resource: Json) -> str | None:
    value = resource.get("address")
    found = objects(value) or [obj(value)]
    return next(filter(None, (text(each.get("state")) for each in found)), None)


# ---- payers --------------------------------------------------------------------------------------------------------


def payer(insurer: object, coverage: Json | None, sequence: object, at: References) -> tuple[Payer, set[str]]:
    """The payer of one insurance and the fields of it that the input tells of."""
    sent = obj(insurer)
    if not sent and coverage is not None:
        sent = next(iter(objects(coverage.get("payor"))), {})
    found = at.to(sent)
    ids = [*identifiers(sent), *identifiers(found or {})]
    stated = identified(ids, frozenset(), codes.PAYER_TYPES)
    others = [each for each in ids if not _of_other_use(each)]
    ident = stated[0] if stated else next(filter(None, (text(each.get("value")) for each in others)), None)
    name = text((found or {}).get("name")) or text(sent.get("display"))
    known = (
        {"payer.sequence"} | ({"payer.id"} if ident or found else set()) | ({"payer.name"} if name or found else set())
    )
    place = count(sequence)
    if coverage is not None:
        known.add("payer.plan")
    if found is not None:
        known.add("payer.state")
    if place not in codes.SEQUENCE:
        known.discard("payer.sequence")
    return (
        Payer(
            id=ident,
            name=name,
            plan=_plan(coverage),
            state=_state(found) if found is not None else None,
            sequence=codes.SEQUENCE.get(place or 0),
        ),
        known,
    )


def _of_other_use(identifier: Json) -> bool:
    system = codes.plain(identifier.get("system"))
    if system in codes.NPI | codes.CLIA | codes.TAX:
        return True
    return has_code(identifier.get("type"), codes.NPI_TYPES | codes.CLIA_TYPES | codes.TAX_TYPES)


def _plan(coverage: Json | None) -> str | None:
    classes = objects((coverage or {}).get("class"))
    plans = (text(each.get("value")) for each in classes if has_code(each.get("type"), codes.PLAN))
    return next(filter(None, plans), None)


# ---- the insured and the patient -----------------------------------------------------------------------------------


def subscriber(coverage: Json | None) -> tuple[Subscriber, set[str]]:
    """The insured, and what the input tells of them. Only `self` has a code of X12 that is known here."""
    if coverage is None:
        return Subscriber(), set()
    known = {"subscriber.id"}
    is_self = any(code == "self" for _, code in codings(coverage.get("relationship")))
    if is_self:
        known.add("subscriber.relationship")
    return Subscriber(text(coverage.get("subscriberId")), codes.SELF if is_self else None), known


def patient(reference: object, coverage: Json | None, at: References) -> tuple[Patient, set[str]]:
    """The patient and what the input tells of them: by the member number if there is one, else as the insured."""
    found = at.to(reference)
    ids = identifiers(found or {}) + identifiers(obj(reference))
    member = identified(ids, frozenset(), codes.MEMBER_TYPES)
    insured, _ = subscriber(coverage)
    ident = member[0] if member else insured.id if insured.relationship == codes.SELF else None
    ident = ident or next(filter(None, (text(each.get("value")) for each in ids)), None)
    known = {"patient.id"} if ident else set()
    if found is None:
        return Patient(ident), known
    gender, dead = text(found.get("gender")), found.get("deceasedBoolean")
    born, died = day_or_none(found.get("birthDate")), day_or_none(found.get("deceasedDateTime"))
    known |= {"patient.id"}
    known |= {"patient.sex"} if gender is None or gender in codes.SEX else set()
    known |= {"patient.birth_date"} if born or not found.get("birthDate") else set()
    known |= {"patient.death_date"} if died or not (dead is True or found.get("deceasedDateTime")) else set()
    return Patient(ident, born, codes.SEX.get(gender or ""), died), known


def coverage_of(insurance: Json, at: References) -> Json | None:
    return at.to(insurance.get("coverage"))


def focal(insurances: list[Json]) -> int | None:
    """The insurance that is to answer this claim: the focal one, else the only one."""
    marked = [place for place, each in enumerate(insurances) if each.get("focal") is True]
    return marked[0] if marked else 0 if len(insurances) == 1 else None
