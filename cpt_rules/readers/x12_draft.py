"""What the X12 readers of all guides share: a transaction set as far as it has been read, and loops as tables.

A loop is a table from segment identifier to what to do with such a segment there. An action may give the loop that
the segment begins. What a table does not name is a fault, for a damaged identifier would else lose a claim, or mix two,
in silence; for the same reason a segment with more elements than it can have is one: it may have swallowed the next.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, NoReturn, Optional

from attrs import define, field, frozen

from cpt_rules.claim import Claim, Line, Origin
from cpt_rules.readers.problem import Fault
from cpt_rules.readers.x12_codes import (
    ENTITIES,
    NUMBERS,
    PROVIDER_NUMBERS,
    TAXONOMIES,
    TAXONOMY_LISTS,
    UNKNOWN,
    unknown,
)
from cpt_rules.readers.x12_places import ClaimSegments, LineSegments
from cpt_rules.readers.x12_values import Composites, composites, too_long


@define(eq=False)
class Draft:
    """A transaction set while it is read: the values of each level, and the numbers of the segments they came from.

    The values are keyword arguments of the classes in `cpt_rules.claim`. A level is emptied when its HL begins anew.
    `at` maps hold stored fields; `claim` is None outside a claim, `line` outside a service line.
    """

    guide: Guide | None = None
    input: str = ""
    interchange: str | None = None
    transaction_set: str | None = None
    set_segment: int = 0
    ordinal: int = 0
    stated_component: str = ":"  # ISA16
    component: str = ":"  # what this claim separates components with
    composites: Composites = field(factory=lambda: composites(":"))
    level: int = 0  # 0 header, 1 billing provider, 2 subscriber, 3 patient
    hierarchy: dict[int, str] = field(factory=dict)  # HL01 of the open levels
    faults: dict[int, Fault] = field(factory=dict)  # by level: what makes every claim under it unreadable

    billing: dict[str, Any] = field(factory=dict)
    billing_at: dict[str, int] = field(factory=dict)
    payer: dict[str, Any] = field(factory=dict)
    subscriber: dict[str, Any] = field(factory=dict)
    subscriber_at: dict[str, int] = field(factory=dict)
    patient: dict[str, Any] = field(factory=dict)
    patient_at: dict[str, int] = field(factory=dict)
    seen: set[str] = field(factory=set)  # what this level can have once, and has had

    claim: dict[str, Any] | None = None
    at: dict[str, int] = field(factory=dict)
    providers: list[str] = field(factory=list)  # the roles that the claim names
    codes: int = 0  # HI segments of the claim
    other_payers: list[dict[str, Any]] = field(factory=list)
    line: dict[str, Any] | None = None
    line_at: dict[str, int] = field(factory=dict)
    line_providers: list[str] = field(factory=list)
    service: int = 0  # the segment of SV1 or SV2
    lines: list[Line] = field(factory=list)
    lines_at: list[dict[str, int]] = field(factory=list)
    services: list[int] = field(factory=list)  # the segment of SV1 or SV2 of each line
    role: str | None = None  # which provider or payer the segments after an NM1 describe

    def empty_level(self, level: int) -> None:
        """Begin this level: what was known of it and of those below it no longer holds."""
        self.level = level
        self.role = None
        self.seen = set()
        if level <= 1:
            self.billing, self.billing_at = {}, {}
        if level <= 2:
            self.payer, self.subscriber, self.subscriber_at = {}, {}, {}
        self.patient, self.patient_at = {}, {}

    def begin_claim(self, claim: dict[str, Any], segment: int) -> None:
        self.claim = claim
        self.at = {"claim": segment, "claim.type": self.set_segment}
        self.providers, self.line_providers = [], []
        self.other_payers, self.lines, self.lines_at, self.services = [], [], [], []
        self.codes = 0
        self.line = None
        self.role = None

    def origin(self, format: str, last: int) -> Origin:
        """Where the claim was read; `last` is the number of its last segment."""
        return Origin(
            self.input,
            self.ordinal,
            self.interchange,
            self.transaction_set,
            format,
            (self.at["claim"], last),
            ClaimSegments((self.billing_at, self.subscriber_at, self.patient_at, self.at)),
            LineSegments(self.lines, self.services, self.lines_at),
        )


Action = Callable[[Draft, list[str], int], Optional["Loop"]]

#: The most elements of segments from which no field is read.
_MOST = {
    "AMT": 3, "BHT": 6, "CAS": 19, "CL1": 4, "CN1": 6, "CR1": 10, "CR2": 12, "CR3": 5, "CRC": 7, "CTP": 11, "CUR": 21,
    "DMG": 11, "DTP": 3, "FRM": 5, "HCP": 15, "K3": 3, "LQ": 2, "MEA": 12, "MIA": 24, "MOA": 9, "N2": 2, "N3": 2, "N4": 7,
    "NM1": 12, "NTE": 2, "OI": 6, "PER": 9, "PWK": 9, "QTY": 4, "REF": 4, "SV5": 7, "SVD": 6, "TA1": 5,
}  # fmt: skip
#: What follows a name: address, contact, secondary identifiers.
ADDRESS = ("N2", "N3", "N4", "PER", "REF")


def _passing(most: int) -> Action:
    def passed_over(d: Draft, e: list[str], n: int) -> None:
        if len(e) > most:
            fitted(e, most)

    most += 1
    return passed_over


_PASS = {tag: _passing(most) for tag, most in _MOST.items()}


class Loop(dict[str, Action]):
    """A loop of a guide: its name there, and what to do with each segment; those of `ignored` are let go."""

    def __init__(self, name: str, ignored: Iterable[str] = (), **actions: Action) -> None:
        super().__init__({tag: _PASS[tag] for tag in ignored})
        self.update(actions)
        self.name = name

    def unexpected(self, segment: str) -> Fault:
        """The fault of a segment that this loop does not have."""
        if segment in ("SV1", "SV2") and self.name != "2400":
            return Fault("x12.service-without-line", f"{segment} has no LX of its own", "send LX before each service")
        known = segment.isascii() and segment.isalnum() and len(segment) <= 3
        name = repr(segment) if known else "with an unreadable name"
        return Fault(
            "x12.unexpected-segment",
            f"a segment {name} cannot stand here ({self.name})",
            "send the segments in the order of the guide",
        )


@frozen
class Guide:
    """An implementation guide: its loops, how a claim begins (CLM) and what becomes of it at its end.

    `levels` are the loops that HL begins, by level of `Draft`; `line` is the loop that LX begins. `begin` and `end`
    raise `Fault` for an unreadable claim. A line has what it `needs` and a date, or `incomplete` raises `Fault` unless
    it can do without. `known` are the segments that may stand in a claim.
    """

    name: str
    header: Loop
    levels: dict[int, Loop]
    claim: Loop
    line: Loop
    begin: Callable[[Draft, list[str], int], None]
    needs: str
    incomplete: Callable[[Draft, dict[str, Any]], None]
    end: Callable[[Draft, int], Claim]
    known: frozenset[str]


def fitted(e: list[str], size: int) -> None:
    """Make the elements, the segment's name among them, just so many: empty ones are added, or dropped.

    Raises `Fault` where there are values beyond.
    """
    if len(e) < size:
        e += [""] * (size - len(e))
    elif any(e[size:]):
        raise Fault(
            "x12.too-many-elements",
            f"{e[0]} has {len(e) - 1} elements, at most {size - 1} are allowed",
            "send each segment with its terminator, and no delimiter inside a value",
        )


def named(e: list[str]) -> dict[str, Any]:
    """The provider of an NM1 of ten elements: an identifier counts as NPI only where NM108 says so."""
    found: dict[str, Any] = {}
    entity = ENTITIES.get(e[2], UNKNOWN)
    if entity == UNKNOWN:
        raise unknown(e[2], "NM102", ENTITIES)
    if entity:
        found["entity"] = entity
    number = e[9]
    if number:
        if e[8] == "XX":
            found["npi"] = number if len(number) < 81 else too_long("NM109", 80)
        elif e[8] not in PROVIDER_NUMBERS:
            raise unknown(e[8], "NM108", PROVIDER_NUMBERS)
    return found


def taxonomy_of(e: list[str]) -> tuple[str | None, str]:
    """Whose taxonomy code a PRV holds (None: nobody's that a field is read of), and the code."""
    if len(e) != 4:
        fitted(e, 4)
    role, code = TAXONOMIES.get(e[1], UNKNOWN), e[3]
    if role == UNKNOWN:
        raise unknown(e[1], "PRV01", TAXONOMIES)
    if not code:
        return None, ""
    if e[2] not in TAXONOMY_LISTS:
        raise unknown(e[2], "PRV02", TAXONOMY_LISTS)
    return role, code if len(code) < 51 else too_long("PRV03", 50)


def identifier(e: list[str]) -> str:
    """NM109 of a subscriber, patient or payer, whatever kind of number NM108 says it is."""
    ident, kind = e[9], e[8]
    if ident and kind != kind.upper():
        raise unknown(kind, "NM108", NUMBERS)
    return ident if len(ident) < 81 else too_long("NM109", 80)


def repeated(stored: str, first: int | None = None) -> NoReturn:
    where = "" if first is None else f", the first stands in segment {first}"
    raise Fault("x12.repeated-segment", f"a second value for {stored}{where}", "send one of them")


def only_once(d: Draft, what: str) -> None:
    """A segment that a level has once: another one stands there because an HL was lost. Raises `Fault`."""
    if what in d.seen:
        raise Fault(
            "x12.repeated-segment", f"a second {what} at this level", "send HL before each provider and subscriber"
        )
    d.seen.add(what)


def once(target: dict[str, Any], at: dict[str, int], name: str, stored: str, value: object, n: int) -> None:
    """Keep a value that the guide allows once; the same again is harmless, another one leaves none to be right."""
    if name in target:
        if target[name] != value:
            repeated(stored, at.get(stored))
        return
    target[name] = value
    at[stored] = n
