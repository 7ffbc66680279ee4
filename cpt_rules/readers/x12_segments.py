"""Bytes into segments: delimiters from each ISA, blocks of whole segments, flat memory.

Bytes are split as Latin-1, which never fails and keeps every byte; a segment with a byte beyond ASCII is then taken as
UTF-8 where it is valid UTF-8, else as Latin-1. So the decision is made per segment, and does not depend on the rest
of the file. Line ends inside an interchange whose segments end with something else are dropped wherever they stand.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from attrs import frozen

from cpt_rules.readers.problem import Fault
from cpt_rules.readers.source import Read

BLANKS = " \t\r\n"
LONGEST_SEGMENT = 1 << 20
_LONGEST_HEADER = 300  # ISA is 106 characters; some senders do not pad its elements
#: ISA in its fixed form: where reading may begin anew
_WHOLE_HEADER = re.compile(
    r"ISA(.)..\1.{10}\1..\1.{10}\1..\1.{15}\1..\1.{15}\1[0-9]{6}\1[0-9]{4}\1.\1[0-9]{5}\1.{9}\1.\1.\1..", re.DOTALL
)
_TRAILING = BLANKS + "\0\x1a"  # blanks, and what old systems end a file with


@frozen
class Delimiters:
    """What separates elements (the character after ISA), components (ISA16), repetitions (ISA11, "" in old versions)
    and segments (the character after ISA16)."""

    element: str
    component: str
    repetition: str
    segment: str


@frozen
class Block:
    """Whole segments of one interchange; `first` is the number of the first of them in the input, from 1."""

    delimiters: Delimiters
    first: int
    segments: list[str]


def blocks(read: Read, *, raw: bool = False) -> Iterator[Block | Fault]:
    """The segments of an input, block by block; every segment counts, empty ones too.

    A stretch that is no segments comes as a `Fault` in its place, and counts as one: where the input does not begin
    with ISA, where a header gives no usable delimiters, where a segment exceeds a megabyte. It ends where the next whole
    ISA begins. Where the input ends inside a segment the last thing is a `Fault` (a last IEA may lack its terminator).
    `raw` leaves line ends where they stand and bytes beyond ASCII as they are: as Latin-1 the segments of an interchange,
    each with its terminator behind it, are then its bytes. The numbers of the segments are the same.
    """
    text = ""
    number = 1
    delimiters: Delimiters | None = None
    lost = False  # in a stretch that is no segments
    ended = False
    while not ended:
        data = read()
        ended = not data
        text += data.decode("latin-1")
        while True:
            if lost:
                header = _WHOLE_HEADER.search(text)
                if header is None:
                    text = "" if ended else text[-_LONGEST_HEADER:]
                    break
                text = text[header.start() :]
                lost = False
            if delimiters is None:
                text = text.lstrip(BLANKS)
                if (len(text) < _LONGEST_HEADER and not ended) or not text:
                    break
                found = _delimiters(text, number)
                if isinstance(found, Fault):
                    yield found
                    number += 1
                    lost, text = True, text[3:]
                    continue
                delimiters = found
                start = 3
            else:
                start = 0
            border = _next_interchange(text, start, delimiters.segment)
            cut = text.rfind(delimiters.segment) + 1 if border < 0 else border
            segments = _split(text[:cut], delimiters, raw)
            if segments:
                yield Block(delimiters, number, segments)
                number += len(segments)
            text = text[cut:]
            if border < 0:
                break
            delimiters = None
        if delimiters is not None and len(text) > LONGEST_SEGMENT and not ended:
            yield Fault(
                "x12.segment-too-long",
                "a segment exceeds a megabyte",
                "check the segment terminator, the character after ISA16",
                segment=number,
            )
            number += 1
            lost, delimiters = True, None
    rest = text.strip(_TRAILING)
    if delimiters is not None and rest:
        if rest.startswith("IEA" + delimiters.element):
            yield Block(delimiters, number, _split(rest + delimiters.segment, delimiters, raw))
        else:
            yield Fault("x12.truncated", "the input ends inside this segment", "send the whole file", segment=number)


def _delimiters(text: str, number: int) -> Delimiters | Fault:
    if not text.startswith("ISA"):
        if text.startswith(("GS", "ST")):
            return Fault(
                "x12.missing-isa", "the input does not begin with ISA", "send whole interchanges", segment=number
            )
        return Fault("x12.not-x12", "this is no X12: it does not begin with ISA", "send an 837 file", segment=number)
    element = text[3:4]
    header = text[:_LONGEST_HEADER].split(element, 16) if element else []
    if len(header) < 17 or len(header[16]) < 2:
        if len(text) < _LONGEST_HEADER:
            return Fault(
                "x12.truncated", "the input ends inside the ISA segment", "send the whole file", segment=number
            )
        return Fault("x12.bad-delimiters", "ISA has not its sixteen elements", "send ISA as X12 has it", segment=number)
    component, segment = header[16][0], header[16][1]
    used = element + component + segment
    if (
        len(set(used)) < 3
        or not used.isascii()
        or any(each.isalnum() or each == " " for each in used)
        or not {"\r", "\n"}.isdisjoint(element + component)
    ):
        return Fault(
            "x12.bad-delimiters",
            "ISA names delimiters that are letters, digits, blanks or not distinct",
            "send ISA with sixteen elements, then the component separator, then the segment terminator",
            segment=number,
        )
    repetition = header[11]
    usable = len(repetition) == 1 and not repetition.isalnum()
    return Delimiters(element, component, repetition if usable else "", segment)


def _next_interchange(text: str, start: int, terminator: str) -> int:
    """Where the next ISA begins a segment, or -1. `text` begins with a segment. Its delimiters may be other ones."""
    at = text.find("ISA", start)
    while at >= 0:
        before = at - 1
        while before >= 0 and text[before] in BLANKS and text[before] != terminator:
            before -= 1
        begins = before < 0 or text[before] == terminator
        if begins and len(text) > at + 3 and not text[at + 3].isalnum():
            return at
        at = text.find("ISA", at + 3)
    return -1


def _split(text: str, delimiters: Delimiters, raw: bool) -> list[str]:
    if not text:
        return []
    end = delimiters.segment
    for line_end in "\r\n":
        if not raw and line_end != end and line_end in text:
            text = text.replace(line_end, "")
    segments = text.split(end)
    last = segments.pop()
    if last.strip(BLANKS):  # an interchange that the next ISA cuts off
        segments.append(last)
    if not raw and not text.isascii():
        segments = [each if each.isascii() else _recoded(each) for each in segments]
    return segments


def _recoded(segment: str) -> str:
    try:
        return segment.encode("latin-1").decode("utf-8")
    except UnicodeDecodeError:
        return segment
