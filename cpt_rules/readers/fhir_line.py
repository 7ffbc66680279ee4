"""A claim's items: one line each, with what its own supporting information and care team say of it."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from attrs import frozen

from cpt_rules.checked import unchecked
from cpt_rules.claim import Line
from cpt_rules.readers import fhir_codes as codes
from cpt_rules.readers.fhir_people import Named, References, provider
from cpt_rules.readers.fhir_values import (
    Json,
    code_of,
    code_or_only,
    codings,
    count,
    day,
    identified,
    number,
    obj,
    objects,
    text,
)
from cpt_rules.readers.problem import Fault, shown

_line = unchecked(Line)
#: Roles that a line of the model has a place for.
LINE_ROLES = ("rendering", "ordering", "referring", "service_facility")


@frozen(eq=False)
class Item:
    """A line with the fields that the input cannot tell of it, and the people whom it names as its own."""

    line: Line
    holes: frozenset[str]
    site: Named | None


def item(sent: Json, pointers: dict[int, int], clia: str | None, at: References, path: str) -> Item:
    """The line of one item; `pointers` are the positions of diagnoses by their sequence. Raises `Fault`."""
    if sent.get("detail"):
        remedy = "send each service as an item of its own"
        raise Fault("fhir.details", "is a group of details, which the claims of the 837 do not have", remedy, path=path)
    number_ = count(sent.get("sequence"))
    if not number_:
        raise Fault("fhir.sequence", "is no number of a line", "number the items from 1", path=f"{path}.sequence")
    holes: set[str] = set()
    code, code_type, ndc = _service(sent)
    units, unit_type = _quantity(sent, holes)
    first, last = _serviced(sent, path)
    pos, site = _location(sent, at, holes)
    if ndc is None:
        holes.add("line.ndc")
    own_clia = clia_of_extensions(sent) or clia
    if own_clia is None:
        holes.add("line.clia")
    if not sent.get("revenue"):
        holes.add("line.revenue_code")
    line = _line(
        number=number_,
        code=code,
        code_type=code_type,
        modifiers=tuple(_modifiers(sent)),
        units=units,
        unit_type=unit_type,
        charge=_charge(sent, units, path),
        date=first,
        date_to=last,
        pos=pos,
        clia=own_clia,
        diagnosis_pointers=_pointers(sent, pointers),
        revenue_code=code_or_only(sent.get("revenue"), codes.REVENUE),
        ndc=ndc,
    )
    return Item(line, frozenset(holes), site)


def _service(sent: Json) -> tuple[str | None, str, str | None]:
    """(code, its qualifier, NDC). Where CPT and HCPCS codes are among several they are meant."""
    concept = sent.get("productOrService")
    ndc = code_of(concept, codes.NDC)
    code = code_of(concept, codes.PROCEDURES)
    if code is not None:
        return code, "HC", ndc
    rate = code_of(concept, codes.HIPPS)
    if rate is not None:
        return rate, "HP", ndc
    apart = codes.NDC | codes.ABSENT | codes.REVENUE
    rest = [code for system, code in codings(concept) if system not in apart]
    return (rest[0] if rest else None), "HC", ndc


def _modifiers(sent: Json) -> list[str]:
    found = []
    for each in objects(sent.get("modifier")):
        code = code_of(each, codes.PROCEDURES) or next((code for _, code in codings(each)), None)
        if code is not None:
            found.append(code)
    return found


def _quantity(sent: Json, holes: set[str]) -> tuple[Decimal | None, str | None]:
    quantity = obj(sent.get("quantity"))
    units = number(quantity.get("value"))
    if units is None:
        return None, None
    unit = text(quantity.get("code")) or text(quantity.get("unit")) or ""
    kind = codes.UNITS.get(unit.lower())
    if kind is None:
        holes.add("line.unit_type")
    return units, kind


def _charge(sent: Json, units: Decimal | None, path: str) -> Decimal | None:
    """Net, else quantity times unit price times factor, each 1 if absent (FHIR R4, Claim.item.net)."""
    net = money(sent.get("net"), f"{path}.net")
    price = money(sent.get("unitPrice"), f"{path}.unitPrice")
    if net is not None or price is None:
        return net
    factor = number(sent.get("factor"))
    return price * (Decimal(1) if units is None else units) * (Decimal(1) if factor is None else factor)


def money(sent: object, path: str) -> Decimal | None:
    """An amount in US dollars. Raises `Fault` for another currency."""
    currency = text(obj(sent).get("currency"))
    if currency not in (None, "USD"):
        message = f"is an amount in {shown(currency or '', 10)}"
        raise Fault("fhir.currency", message, "amounts are read in US dollars", path=path)
    return number(obj(sent).get("value"))


def _serviced(sent: Json, path: str) -> tuple[Any, Any]:
    if "servicedPeriod" in sent:
        period = obj(sent["servicedPeriod"])
        at = f"{path}.servicedPeriod"
        first, last = day(period.get("start"), f"{at}.start"), day(period.get("end"), f"{at}.end")
        return first, last
    return day(sent.get("servicedDate"), f"{path}.servicedDate"), None


def _location(sent: Json, at: References, holes: set[str]) -> tuple[str | None, Named | None]:
    """Place of service, and the place as a provider where the item refers to one."""
    concept, reference, address = (sent.get(f"location{kind}") for kind in ("CodeableConcept", "Reference", "Address"))
    if concept is not None:
        return code_or_only(concept, codes.POS), None
    pos, site = None, None
    if reference is not None:
        site = provider(reference, at)
        pos = place_of(at.to(reference))
    if pos is None and (reference is not None or address is not None):
        holes.add("line.pos")
    return pos, site


def place_of(resource: Json | None) -> str | None:
    """The place of service of a Location, where one of its types is a code for it."""
    types = objects((resource or {}).get("type"))
    return next(filter(None, (code_of(each, codes.POS) for each in types)), None)


def _pointers(sent: Json, positions: dict[int, int]) -> tuple[int, ...]:
    """Positions of diagnoses; a sequence that no diagnosis has points behind the last of them."""
    value = sent.get("diagnosisSequence")
    found = [count(each) for each in value] if isinstance(value, list) else []
    behind = len(positions) + 1
    return tuple(positions.get(each, max(each, behind)) for each in found if each is not None)


def clia_of_extensions(sent: Json) -> str | None:
    """The CLIA number in an extension: of the CLIA identifier system, or of an extension made for it."""
    for extension in objects(sent.get("extension")):
        identifier = obj(extension.get("valueIdentifier"))
        made_for_it = codes.plain(extension.get("url")) in codes.CLIA_EXTENSIONS
        if made_for_it:
            value = text(identifier.get("value")) or text(extension.get("valueString"))
        else:
            value = next(iter(identified([identifier], codes.CLIA, codes.CLIA_TYPES)), None)
        if value is not None:
            return value
    return None
