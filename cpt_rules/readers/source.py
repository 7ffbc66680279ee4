"""Where bytes come from: a path, standard input or a stream, read in chunks, and what format they begin like."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, Literal

from cpt_rules.readers.problem import Fault

Read = Callable[[], bytes]  # the next bytes, b"" at the end
Format = Literal["x12", "json", "jsonl"]

CHUNK = 1 << 16
LONGEST_RECORD = 1 << 24  # a JSON record or a first line beyond this is refused before it fills the memory
_BLANKS = b" \t\r\n"
_FORMATS = "X12 begins with ISA, JSON with { or ["


def input_name(source: str | Path | IO[Any]) -> str:
    """The name of an input in problems and origins: the path as given, ``-`` for standard input."""
    if isinstance(source, str | Path):
        return str(source)
    name = getattr(source, "name", None)
    return name if isinstance(name, str) else "<stream>"


@contextmanager
def opened(source: str | Path | IO[Any]) -> Iterator[Read]:
    """A function that gives the next bytes of the source. Raises `Fault` where it cannot be opened or read.

    What was opened here is closed here; standard input and a caller's stream stay open.
    """
    if not isinstance(source, str | Path):
        yield _reading(source)
    elif source == "-":
        yield _reading(sys.stdin.buffer if hasattr(sys.stdin, "buffer") else sys.stdin)
    else:
        try:
            stream = open(source, "rb")  # noqa: SIM115 - closed below, an error of opening is told apart from later ones
        except IsADirectoryError:
            raise Fault("input.directory", "is a directory", "name the files in it") from None
        except (OSError, ValueError) as error:
            raise _not_readable(error) from None
        with stream:
            yield _reading(stream)


def _reading(stream: IO[Any]) -> Read:
    # read1 gives what a pipe holds already, so that a claim is scrubbed before the next chunk is full
    read = getattr(stream, "read1", None) or stream.read

    def chunk() -> bytes:
        try:
            data = read(CHUNK)
        except UnicodeDecodeError:
            raise Fault(
                "input.encoding", "the stream does not decode as text", "open the file in binary mode"
            ) from None
        except (OSError, ValueError) as error:
            raise _not_readable(error) from None
        if isinstance(data, str):
            return data.encode("utf-8", "surrogatepass")
        return bytes(data or b"")

    return chunk


def _not_readable(error: OSError | ValueError) -> Fault:
    reason = error.strerror if isinstance(error, OSError) and error.strerror else "it is closed, or its name is no path"
    return Fault("input.not-readable", f"cannot be read ({reason})", "check the path and its permissions")


def without_mark(read: Read) -> tuple[bytes, Read]:
    """The first bytes that are not blank, and a reader of everything from the start, less a UTF-8 byte-order mark.

    Raises `Fault` for an empty input and for UTF-16 and UTF-32 text.
    """
    head = b""
    while len(head.lstrip(_BLANKS)) < 8 and len(head) < CHUNK:
        more = read()
        if not more:
            break
        head += more
    if head.startswith((b"\xff\xfe", b"\xfe\xff", b"\0\0\xfe\xff")):
        raise Fault("input.encoding", "is UTF-16 or UTF-32 text", "save it as UTF-8")
    head = head.removeprefix(b"\xef\xbb\xbf")
    if not head.strip(_BLANKS):
        raise Fault("input.empty", "is empty", "name a file that holds claims")
    return head.lstrip(_BLANKS), resumed(head, read)


def resumed(head: bytes, read: Read) -> Read:
    """A reader that gives `head` first and then what `read` gives."""
    pending = [head]

    def chunk() -> bytes:
        return pending.pop() if pending else read()

    return chunk


def detected(head: bytes, read: Read) -> tuple[Format, Read]:
    """The format that the content begins like, and a reader of everything from the start.

    JSON and JSONL both may begin with ``{``: it is JSONL where the first line is whole by itself, or is wrong before
    its end; it is one JSON object where the first line just goes on in the next.
    """
    if head.startswith(b"ISA"):
        return "x12", read
    if head.startswith(b"["):
        return "json", read
    if not head.startswith(b"{"):
        raise Fault("input.unknown-format", "is neither X12 nor JSON", f"{_FORMATS}; or state the format")
    start = b""
    while b"\n" not in start.lstrip(_BLANKS) and len(start) < LONGEST_RECORD:
        more = read()
        if not more:
            break
        start += more
    line, _, rest = start.lstrip(_BLANKS).partition(b"\n")
    one_line = not rest.strip(_BLANKS) or _ends_by_itself(line)
    return ("jsonl" if one_line else "json"), resumed(start, read)


def _ends_by_itself(line: bytes) -> bool:
    text = line.decode("latin-1").rstrip(" \t\r")  # the structure of JSON is ASCII, whatever the texts in it are
    try:
        json.loads(text, parse_int=str)
    except json.JSONDecodeError as error:
        return error.pos < len(text) and not error.msg.startswith("Unterminated")
    except RecursionError:
        return True
    return True
