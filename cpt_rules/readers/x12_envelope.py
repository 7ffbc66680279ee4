"""Envelopes: what an interchange, a functional group and a transaction set say of themselves, and whether it holds.

Each has a header that opens it and a trailer that counts what was in it and repeats its control number. A group or an
interchange of which a part could not be read is not counted: the problem that says so says it all.

Reference: ASC X12.5 (ISA, IEA), X12.6 (GS, GE, ST, SE).
"""

from __future__ import annotations

from attrs import define

from cpt_rules.readers.problem import Fault
from cpt_rules.readers.x12_draft import fitted
from cpt_rules.readers.x12_values import counting_number, quoted

#: The most elements of the segments that open and close an envelope.
_MOST = {"ISA": 16, "IEA": 2, "GS": 8, "GE": 2, "ST": 3, "SE": 2}
#: The trailers that must have come before a segment, innermost first; "" is the end of the input.
_DUE = {
    "ISA": ("SE", "GE", "IEA"),
    "GS": ("SE", "GE"),
    "ST": ("SE",),
    "SE": (),
    "GE": ("SE",),
    "IEA": ("SE", "GE"),
    "": ("SE", "GE", "IEA"),
}
ENVELOPES = frozenset(_MOST)


@define
class Envelope:
    """One that is open: its header's control number (None where the header is missing) and segment, and its `parts`.

    `counted` is False where its trailer cannot be held to it: the header is missing, or a part was refused.
    `version` and `refusal` are of a group: GS08, and why no transaction set that says nothing else can be read.
    """

    control: str | None = None
    segment: int = 0
    parts: int = 0
    counted: bool = True
    version: str = ""
    refusal: Fault | None = None


@define
class Envelopes:
    """What is open at a place in the input."""

    interchange: Envelope | None = None
    group: Envelope | None = None
    set: Envelope | None = None

    def missing(self, segment: str) -> tuple[str, ...]:
        """The trailers that should have come before this segment, innermost first."""
        held = {"SE": self.set, "GE": self.group, "IEA": self.interchange}
        due = [(trailer, held[trailer]) for trailer in _DUE[segment]]
        return tuple(trailer for trailer, found in due if found is not None and found.control is not None)

    def open(self, e: list[str], n: int) -> list[Fault]:
        """Open the envelope of ISA, GS or ST; gives the fault of one that stands in none that should hold it."""
        faults = _sized(e, n)
        if e[0] == "ISA":
            self.interchange = Envelope(e[13].strip(), n)
            self.group = self.set = None
        elif e[0] == "GS":
            if self.interchange is None:
                faults.append(self.stray("GS", n))
            if self.interchange is not None:
                self.interchange.parts += 1
            self.group = Envelope(e[6].strip(), n, version=e[8].strip())
            self.set = None
        else:
            if self.group is None:
                faults.append(self.stray("ST", n))
            if self.group is not None:
                self.group.parts += 1
            self.set = Envelope(e[2].strip(), n)
        return faults

    def close(self, e: list[str], n: int, blank: int) -> list[Fault]:
        """Close the envelope of SE, GE or IEA; gives what its count and its control number contradict.

        `blank` segments of a transaction set do not count.
        """
        faults = _sized(e, n)
        if e[0] == "SE":
            found, header, what = self.set, "ST02", "segments"
            parts = n - found.segment + 1 - blank if found else 0
        elif e[0] == "GE":
            found, header, what = self.group, "GS06", "transaction sets"
            parts = found.parts if found else 0
        else:
            found, header, what = self.interchange, "ISA13", "functional groups"
            parts = found.parts if found else 0
        if found is None:
            faults.append(self.stray(e[0], n))
        elif found.counted:
            if counting_number(e[1]) != parts:
                stated = quoted(e[1]) if e[1] else "empty"
                message = f"{e[0]}01 is {stated}, but there are {parts} {what}"
                faults.append(Fault("x12.wrong-count", message, "send all of them, and their number", segment=n))
            if _number(e[2]) != _number(found.control or ""):
                message = f"{e[0]}02 is not the control number in {header} (segment {found.segment})"
                remedy = "send the same number in both"
                faults.append(Fault("x12.wrong-control-number", message, remedy, segment=n))
        self._forget(e[0])
        return faults

    def stray(self, segment: str, n: int) -> Fault:
        """The fault of a segment outside the envelope it belongs in; the one that is missing counts as open from here."""
        known = segment.isascii() and segment.isalnum() and len(segment) <= 3
        what = f"a segment {segment!r}" if known else "a segment with an unreadable name"
        if self.interchange is None:
            self.interchange = Envelope(segment=n, counted=False)
            code, place, remedy = "x12.missing-isa", "interchange", "send ISA before it"
        elif self.group is None:
            self.group = Envelope(segment=n, counted=False)
            code, place, remedy = "x12.missing-gs", "functional group", "send GS before it"
        else:
            code, place, remedy = "x12.missing-st", "transaction set", "send ST before it"
        self.refused()
        return Fault(code, f"{what} stands in no {place}", remedy, segment=n)

    def refused(self) -> None:
        """Something cannot be read: what holds it is not counted."""
        for each in (self.set, self.group, self.interchange):
            if each is not None:
                each.counted = False

    def _forget(self, trailer: str) -> None:
        self.set = None
        if trailer != "SE":
            self.group = None
        if trailer == "IEA":
            self.interchange = None


def _sized(e: list[str], n: int) -> list[Fault]:
    try:
        fitted(e, _MOST[e[0]] + 1)
    except Fault as fault:
        fault.segment = n
        return [fault]
    return []


def _number(control: str) -> str:
    return control.strip().lstrip("0")
