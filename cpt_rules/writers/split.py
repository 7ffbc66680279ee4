"""An 837 file taken apart into two: each claim as its own segments stand, under envelopes and loops made for it.

What stands above a claim (its transaction set's header, its billing provider, subscriber and patient) goes along, once
for all claims of a file that share it. HL segments are numbered anew from 1 in each transaction set, HL02 and HL04
follow; SE, GE and IEA count what is there. Control numbers, delimiters and line ends stay those of the input. A loop
that leads to no claim of a file is not in it.

Reference: ASC X12.5 and X12.6 (envelopes), 005010X222 and 005010X223, HL segments.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

from attrs import define, field, frozen

from cpt_rules.readers.problem import Fault
from cpt_rules.readers.source import Read
from cpt_rules.readers.x12_segments import BLANKS, LONGEST_SEGMENT, Delimiters, blocks

_LEVELS = {"20": 1, "22": 2, "23": 3}
_LINE_ENDS = "\r\n"


class SplitError(Exception):
    """A claim cannot be written as it stands; the text says where and why."""


class Sink(Protocol):
    """Where a file is written."""

    def write(self, data: bytes) -> None: ...

    def change(self, at: int, data: bytes) -> None:
        """Writes over bytes that were written before."""


@define(eq=False)
class Part:
    """A stretch of an input that goes along with claims: an ISA, a GS, a header, or a loop above a claim.

    `segments` are as they stand, without their terminator but with the line end before them; `elements` are of the
    first. `line_end` is what stands between the segments of an interchange.
    """

    delimiters: Delimiters
    segments: list[str]
    elements: list[str]
    line_end: str = ""
    too_long: bool = False
    _size: int = 0

    def add(self, segment: str) -> None:
        self._size += len(segment)
        if self._size > LONGEST_SEGMENT:
            self.too_long = True
        else:
            self.segments.append(segment)

    def element(self, place: int) -> str:
        return self.elements[place] if len(self.elements) > place else ""


@frozen(eq=False)
class Above:
    """All that stands above a claim."""

    interchange: Part
    group: Part
    set: Part
    levels: tuple[Part, ...]  # billing provider, subscriber, and the patient where there is one


@define(eq=False)
class Original:
    """One input while its claims are copied. `read` gives its bytes again, in pieces as they were read before."""

    name: str
    read: Read
    _segments: Iterator[tuple[int, str, Delimiters | None]] = field(init=False)
    _interchange: Part | None = field(default=None, init=False)
    _unended: bool = field(default=False, init=False)  # the line end of this interchange is not known yet
    _group: Part | None = field(default=None, init=False)
    _set: Part | None = field(default=None, init=False)
    _levels: dict[int, Part] = field(factory=dict, init=False)
    _in_claim: bool = field(default=False, init=False)

    def __attrs_post_init__(self) -> None:
        self._segments = _numbered(self.read)

    def claim(self, first: int, last: int) -> tuple[Above, list[str]]:
        """What stands above the claim in these segments, and its segments; claims are asked for in their order."""
        own: list[str] = []
        for number, segment, delimiters in self._segments:
            if number < first:
                self._pass(segment, delimiters)
                continue
            own.append(segment)
            if number == last:
                break
        self._in_claim = True
        interchange, group, set = self._interchange, self._group, self._set
        levels = tuple(self._levels[each] for each in sorted(self._levels))
        if interchange is None or group is None or set is None or len(levels) < 2 or len(own) != last - first + 1:
            raise SplitError(f"{self.name}: segment {first}: the claim does not stand where it was read; try again")
        if _elements(own[0], interchange.delimiters)[0] != "CLM":
            raise SplitError(f"{self.name}: segment {first}: the claim does not stand where it was read; try again")
        if any(each.too_long for each in (set, *levels)):
            raise SplitError(f"{self.name}: segment {first}: what stands above this claim exceeds a megabyte")
        return Above(interchange, group, set, levels), own

    def _pass(self, segment: str, delimiters: Delimiters | None) -> None:
        """A segment that is none of a claim that is asked for."""
        if delimiters is None:  # a stretch that is no segments
            self._interchange = self._group = self._set = None
            return
        elements = _elements(segment, delimiters)
        tag = elements[0]
        if self._unended and self._interchange is not None:
            self._interchange.line_end = segment[: len(segment) - len(segment.lstrip(BLANKS))]
            self._unended = False
        if tag in ("ISA", "GS", "ST", "SE", "GE", "IEA"):
            self._envelope(tag, Part(delimiters, [segment], elements))
        elif self._set is None:
            return
        elif tag == "HL":
            level = _LEVELS.get(elements[3] if len(elements) > 3 else "", 3)
            self._levels = {each: part for each, part in self._levels.items() if each < level}
            self._levels[level] = Part(delimiters, [segment], elements)
            self._in_claim = False
        elif tag == "CLM":
            self._in_claim = True
        elif not self._in_claim:
            part = self._levels[max(self._levels)] if self._levels else self._set
            part.add(segment)

    def _envelope(self, tag: str, part: Part) -> None:
        self._set = None
        self._levels = {}
        self._in_claim = False
        if tag == "ST":
            self._set = part
            if self._group is None and self._interchange is not None:
                self._group = _made_group(self._interchange, part)
        elif tag == "GS":
            self._group = part
        elif tag == "ISA":
            self._interchange, self._group, self._unended = part, None, True
        elif tag in ("GE", "IEA"):
            self._group = None


def _numbered(read: Read) -> Iterator[tuple[int, str, Delimiters | None]]:
    """The segments of an input with their numbers; a stretch that is none has no delimiters."""
    for block in blocks(read, raw=True):
        if isinstance(block, Fault):
            yield block.segment or 0, "", None
        else:
            for number, segment in enumerate(block.segments, block.first):
                yield number, segment, block.delimiters


def _elements(segment: str, delimiters: Delimiters) -> list[str]:
    """The elements of a segment, without the line ends that stand somewhere in it."""
    for line_end in _LINE_ENDS:
        if line_end in segment and line_end != delimiters.segment:
            segment = segment.replace(line_end, "")
    return segment.lstrip(BLANKS).split(delimiters.element)


@define
class _Level:
    """A loop that was written: its HL01, and where its HL04 stands as long as that says that nothing is below."""

    part: Part
    number: int
    childless_at: int | None


@define(eq=False)
class Copy:
    """One of the files that claims are copied to; `claims` counts them."""

    sink: Sink
    claims: int = 0
    _at: int = 0  # bytes written
    _interchange: Part | None = None
    _groups: int = 0
    _group: Part | None = None
    _sets: int = 0
    _set: Part | None = None
    _segments: int = 0
    _numbers: int = 0  # HL segments of this transaction set
    _levels: list[_Level] = field(factory=list)

    def add(self, above: Above, claim: list[str]) -> None:
        """Writes a claim, and of what stands above it all that does not stand there yet."""
        if self._interchange is not above.interchange:
            self._end_interchange()
            self._interchange = above.interchange
            self._write(above.interchange.segments)
        if self._group is not above.group:
            self._end_group()
            self._group = above.group
            self._groups += 1
            self._write(above.group.segments)
        if self._set is not above.set:
            self._end_set()
            self._set = above.set
            self._sets += 1
            self._count(above.set.segments)
        self._add_levels(above)
        self._count(claim)
        self.claims += 1

    def end(self) -> None:
        """Ends the file."""
        self._end_interchange()

    def _add_levels(self, above: Above) -> None:
        shared = 0
        for written, part in zip(self._levels, above.levels, strict=False):
            if written.part is not part:
                break
            shared += 1
        del self._levels[shared:]
        for place in range(shared, len(above.levels)):
            part = above.levels[place]
            parent = self._levels[-1] if self._levels else None
            if parent is not None and parent.childless_at is not None:
                self.sink.change(parent.childless_at, b"1")
                parent.childless_at = None
            self._numbers += 1
            below = place + 1 < len(above.levels)
            separator = part.delimiters.element
            elements = [
                "HL",
                str(self._numbers),
                str(parent.number) if parent else "",
                part.element(3),
                str(int(below)),
            ]
            first = part.segments[0]
            line_end = first[: len(first) - len(first.lstrip(BLANKS))]
            self._count([line_end + separator.join(elements)])
            self._levels.append(_Level(part, self._numbers, None if below else self._at - 2))
            self._count(part.segments[1:])

    def _end_set(self) -> None:
        if self._set is not None:
            self._trailer("SE", self._segments + 1, self._set.element(2))
        self._set = None
        self._segments = self._numbers = 0
        self._levels = []

    def _end_group(self) -> None:
        self._end_set()
        if self._group is not None:
            self._trailer("GE", self._sets, self._group.element(6))
        self._group = None
        self._sets = 0

    def _end_interchange(self) -> None:
        self._end_group()
        last = self._interchange
        if last is not None:
            self._trailer("IEA", self._groups, last.element(13))
            self._put(last.line_end)
        self._interchange = None
        self._groups = 0

    def _trailer(self, tag: str, count: int, control: str) -> None:
        assert self._interchange is not None
        separator, line_end = self._interchange.delimiters.element, self._interchange.line_end
        self._write([line_end + separator.join((tag, str(count), control))])

    def _count(self, segments: list[str]) -> None:
        """Writes segments of a transaction set; empty ones do not count."""
        self._segments += sum(1 for each in segments if each.strip(BLANKS))
        self._write(segments)

    def _write(self, segments: list[str]) -> None:
        assert self._interchange is not None
        end = self._interchange.delimiters.segment
        self._put("".join([each + end for each in segments]))

    def _put(self, text: str) -> None:
        self.sink.write(text.encode("latin-1"))
        self._at += len(text)


def _made_group(interchange: Part, set: Part) -> Part:
    """A functional group for an input that has none, from what its interchange and transaction set say."""
    e = [each.strip() for each in interchange.elements]
    elements = ["GS", "HC", e[6], e[8], f"20{e[9]}", e[10], "1", "X", set.element(3).strip()]
    segment = interchange.line_end + interchange.delimiters.element.join(elements)
    return Part(interchange.delimiters, [segment], elements)
