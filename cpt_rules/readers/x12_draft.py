"""What the X12 readers of all guides share: a transaction set as far as it has been read, and loops as tables.

A loop is a table from segment identifier to what to do with such a segment there. An action may give the loop that
the segment begins. `None` in a table means: the guide allows the segment, no field is read from it. What a table does
not name is a fault, for a damaged identifier would else lose a claim, or mix two, in silence.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Optional

from attrs import define, field, frozen

from cpt_rules.claim import Claim, Line, Origin
from cpt_rules.readers.problem import Fault


@define(eq=False)
class Draft:
    """A transaction set while it is read: the values of each level, and the numbers of the segments they came from.

    The values are keyword arguments of the classes in `cpt_rules.claim`. A level is emptied when its HL begins anew.
    `at` maps hold stored fields; `claim` is None outside a claim, `line` outside a service line.
    """

    input: str = ""
    interchange: str | None = None
    transaction_set: str | None = None
    set_segment: int = 0
    ordinal: int = 0
    stated_component: str = ":"  # ISA16
    component: str = ":"  # what this claim separates components with
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

    claim: dict[str, Any] | None = None
    at: dict[str, int] = field(factory=dict)
    other_payers: list[dict[str, Any]] = field(factory=list)
    line: dict[str, Any] | None = None
    line_at: dict[str, int] = field(factory=dict)
    lines: list[Line] = field(factory=list)
    lines_at: list[dict[str, int]] = field(factory=list)
    role: str | None = None  # which provider or payer the segments after an NM1 describe

    def empty_level(self, level: int) -> None:
        """Begin this level: what was known of it and of those below it no longer holds."""
        self.level = level
        self.role = None
        if level <= 1:
            self.billing, self.billing_at = {}, {}
        if level <= 2:
            self.payer, self.subscriber, self.subscriber_at = {}, {}, {}
        self.patient, self.patient_at = {}, {}

    def begin_claim(self, claim: dict[str, Any], segment: int) -> None:
        self.claim = claim
        self.at = {"claim": segment, "claim.type": self.set_segment}
        self.other_payers, self.lines, self.lines_at = [], [], []
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
            {**self.billing_at, **self.subscriber_at, **self.patient_at, **self.at},
            tuple(self.lines_at),
        )


#: What follows a name: address, contact, secondary identifiers.
ADDRESS = ("N2", "N3", "N4", "PER", "REF")

Action = Callable[[Draft, list[str], int], Optional["Loop"]]


class Loop(dict[str, Action | None]):
    """A loop of a guide: its name there, and what to do with each segment."""

    def __init__(self, name: str, ignored: Iterable[str] = (), **actions: Action) -> None:
        super().__init__(dict.fromkeys(ignored))
        self.update(actions)
        self.name = name

    def unexpected(self, segment: str) -> Fault:
        """The fault of a segment that this loop does not have."""
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

    `levels` are the loops that HL begins, by level of `Draft`. `begin` and `end` raise `Fault` for an unreadable claim.
    """

    name: str
    header: Loop
    levels: dict[int, Loop]
    claim: Loop
    begin: Callable[[Draft, list[str], int], None]
    end: Callable[[Draft, int], Claim]


def named(e: list[str]) -> dict[str, Any]:
    """The provider of an NM1: an identifier counts as NPI only where NM108 says so."""
    found: dict[str, Any] = {}
    entity = e[2] if len(e) > 2 else ""
    if entity == "1":
        found["entity"] = "person"
    elif entity == "2":
        found["entity"] = "organisation"
    if len(e) > 9 and e[8] == "XX" and e[9]:
        found["npi"] = e[9]
    return found


def once(target: dict[str, Any], at: dict[str, int], name: str, stored: str, value: object, n: int) -> None:
    """Keep a value that the guide allows once; the same again is harmless, another one leaves none to be right."""
    if name in target and target[name] != value:
        raise Fault(
            "x12.repeated-segment",
            f"a second value for {stored}, the first stands in segment {at[stored]}",
            "send one of them",
        )
    target[name] = value
    at.setdefault(stored, n)
