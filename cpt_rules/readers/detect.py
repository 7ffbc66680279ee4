"""What an input is, told by how its content begins."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Literal

from cpt_rules.readers.problem import Fault
from cpt_rules.readers.source import BLANKS, CHUNK, LONGEST_RECORD, Read, begun, resumed

Format = Literal["x12", "json", "jsonl", "fhir", "csv", "parquet"]

PARQUET = b"PAR1"
_MARK = b"\xef\xbb\xbf"
_RESOURCE = re.compile(rb'"resourceType"\s*:')  # within a text its quotes would be escaped
_END = re.compile(rb"[\r\n]")
_KNOWN = "X12 begins with ISA, JSON and FHIR with { or [, Parquet with PAR1, CSV with a header line"


def detected(read: Read, is_header: Callable[[bytes], bool]) -> tuple[Format, Read]:
    """The format that the content begins like, and a reader of everything from the start.

    `is_header` says whether a first line names columns of claims. Raises `Fault` for what is no format, and for XML.
    """
    head, read = begun(read, 4)
    if head.startswith(PARQUET):
        return "parquet", read
    if wide(head):
        line, read = first_line(read)
        if is_header(line):
            return "csv", read
        raise _xml() if b"<" in line[:6] else _wide()
    head, read = without_mark(read)
    if head.startswith(b"ISA"):
        return "x12", read
    if head.startswith((b"{", b"[")):
        return _json(head, read)
    line, read = first_line(read)
    if is_header(line):
        return "csv", read
    raise Fault("input.unknown-format", "is neither X12, JSON, FHIR, CSV nor Parquet", f"{_KNOWN}; or state the format")


def wide(head: bytes) -> str | None:
    """The encoding of text whose characters take more than a byte: by its mark, or by the zeros in plain letters."""
    if head.startswith((b"\xff\xfe\0\0", b"\0\0\xfe\xff")):
        return "utf-32"
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    if len(head) >= 4 and head[1] == head[3] == 0 and head[0] and head[2]:
        return "utf-16-le"
    if len(head) >= 4 and head[0] == head[2] == 0 and head[1] and head[3]:
        return "utf-16-be"
    return None


def without_mark(read: Read) -> tuple[bytes, Read]:
    """The first bytes that are not blank, and a reader of everything from the start, less a UTF-8 byte-order mark.

    Raises `Fault` for an empty input, for UTF-16 and UTF-32 text and for XML.
    """
    head = b""
    while len(head.lstrip(BLANKS)) < 8 and len(head) < CHUNK:
        more = read()
        if not more:
            break
        head += more
    if wide(head):
        raise _xml() if b"<" in head[:6] else _wide()
    head = head.removeprefix(_MARK)
    if not head.strip(BLANKS):
        raise Fault("input.empty", "is empty", "name a file that holds claims")
    if head.lstrip(BLANKS).startswith(b"<"):
        raise _xml()
    return head.lstrip(BLANKS), resumed(head, read)


def _wide() -> Fault:
    return Fault("input.encoding", "is UTF-16 or UTF-32 text", "save it as UTF-8")


def _xml() -> Fault:
    return Fault("input.xml", "is XML, which is not read", "send FHIR as JSON, other claims as 837, JSON or CSV")


def first_line(read: Read) -> tuple[bytes, Read]:
    """The first line that is not blank, as far as `CHUNK` bytes hold it, and a reader of everything from the start."""
    head, read = _until(read, lambda start: _END.search(start, _blank(start)) is not None, CHUNK)
    line = _END.split(head[_blank(head) :], 1)[0]
    return bytes(line), read


def _blank(start: bytearray) -> int:
    """How many bytes stand before the first that is not blank."""
    return len(start) - len(start.lstrip())


def _until(read: Read, enough: Callable[[bytearray], bool], limit: int) -> tuple[bytearray, Read]:
    """Bytes from the start until there are enough of them or the limit is reached, and a reader of everything."""
    head = bytearray()
    while len(head) < limit and not enough(head):
        more = read()
        if not more:
            break
        head += more
    return head, resumed(bytes(head), read)


def _json(head: bytes, read: Read) -> tuple[Format, Read]:
    lines, start, read = by_line(head, read)
    if _RESOURCE.search(start):
        return "fhir", read
    return ("jsonl" if lines else "json"), read


def by_line(head: bytes, read: Read) -> tuple[bool, bytearray, Read]:
    """Whether JSON stands one record a line, what was looked at, and a reader of everything from the start.

    Both may begin with ``{``: there is a record a line where the first line is whole by itself, or is wrong before its
    end; it is one document where the first line just goes on in the next.
    """
    if head.startswith(b"["):
        start, read = _until(read, lambda start: len(start) > len(head), CHUNK)
        return False, start, read
    looked = 0

    def has_line(start: bytearray) -> bool:
        nonlocal looked
        begin = looked or len(start) - len(start.lstrip(BLANKS))
        looked = len(start)
        return start.find(b"\n", begin) >= 0

    start, read = _until(read, has_line, LONGEST_RECORD)
    line, _, rest = start.lstrip(BLANKS).partition(b"\n")
    return (not rest.strip(BLANKS) or _ends_by_itself(line)), start, read


def _ends_by_itself(line: bytearray) -> bool:
    text = line.decode("latin-1").rstrip(" \t\r")  # the structure of JSON is ASCII, whatever the texts in it are
    try:
        json.loads(text, parse_int=str)
    except json.JSONDecodeError as error:
        return error.pos < len(text) and not error.msg.startswith("Unterminated")
    except RecursionError:
        return True
    return True
