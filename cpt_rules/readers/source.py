"""Where bytes come from: a path, standard input or a stream, read in chunks, or whole as a file that can be seeked."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from attrs import frozen

from cpt_rules.readers.problem import Fault

Read = Callable[[], bytes]  # the next bytes, b"" at the end

CHUNK = 1 << 16
LONGEST_RECORD = 1 << 24  # a JSON record or a first line beyond this is refused before it fills the memory
LARGEST_WHOLE = 1 << 28  # a JSON document that is read whole
LARGEST_SPOOLED = 1 << 32  # what may stand on disk of a piped or packed file that has to be read from its end
BLANKS = b" \t\r\n"


@frozen(eq=False)
class Source:
    """One input: `read` gives its bytes in order; `file` is the same as a seekable binary file, where there is one."""

    name: str
    read: Read
    file: IO[bytes] | None = None


def input_name(source: str | Path | IO[Any]) -> str:
    """The name of an input in problems and origins: the path as given, ``-`` for standard input."""
    if isinstance(source, str | Path):
        return str(source)
    name = getattr(source, "name", None)
    return name if isinstance(name, str) else "<stream>"


@contextmanager
def opened(source: str | Path | IO[Any]) -> Iterator[Source]:
    """The bytes of a source. Raises `Fault` where it cannot be opened or read.

    What was opened here is closed here; standard input and a caller's stream stay open.
    """
    name = input_name(source)
    if not isinstance(source, str | Path):
        yield Source(name, reading(source), _seekable(source))
    elif source == "-":
        if sys.stdin is None:  # closed by whoever started the process
            raise Fault("input.not-readable", "cannot be read (it is closed)", "send the claims to standard input")
        yield Source(name, reading(sys.stdin.buffer if hasattr(sys.stdin, "buffer") else sys.stdin))
    else:
        try:
            stream = open(source, "rb")  # noqa: SIM115 - closed below, an error of opening is told apart from later ones
        except IsADirectoryError:
            raise Fault("input.directory", "is a directory", "name the files in it") from None
        except (OSError, ValueError) as error:
            raise _not_readable(error) from None
        with stream:
            yield Source(name, reading(stream), _seekable(stream))


def _seekable(stream: IO[Any]) -> IO[bytes] | None:
    """The stream itself if it gives bytes, stands at its start and can be seeked."""
    try:
        fit = bool(stream.seekable()) and stream.tell() == 0 and isinstance(stream.read(0), bytes)
    except (AttributeError, OSError, TypeError, ValueError):
        return None
    return stream if fit else None


def reading(stream: IO[Any]) -> Read:
    """A function that gives the next bytes of a stream. It raises `Fault` where the stream cannot be read."""
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


def resumed(head: bytes, read: Read) -> Read:
    """A reader that gives `head` first and then what `read` gives."""
    pending = [head] if head else []

    def chunk() -> bytes:
        return pending.pop() if pending else read()

    return chunk


def begun(read: Read, size: int) -> tuple[bytes, Read]:
    """The first `size` bytes or more, fewer at the end of the input, and a reader of everything from the start."""
    head = b""
    while len(head) < size:
        more = read()
        if not more:
            break
        head += more
    return head, resumed(head, read)


@contextmanager
def seekable(source: Source, what: str) -> Iterator[IO[bytes]]:
    """The whole source as a file at its start; without one of its own it stands in an unnamed temporary file.

    Raises `Fault` for more than `LARGEST_SPOOLED` bytes and where the temporary file cannot be written.
    """
    if source.file is not None:
        try:
            source.file.seek(0)
        except (OSError, ValueError) as error:
            raise _not_readable(error) from None
        yield source.file
        return
    try:
        spool = tempfile.TemporaryFile()  # noqa: SIM115 - closed below
    except OSError as error:
        raise _not_spooled(error) from None
    with spool:
        size = 0
        while data := source.read():
            size += len(data)
            if size > LARGEST_SPOOLED:
                raise Fault(
                    "input.too-large",
                    f"{what} that comes from a pipe or an archive exceeds {LARGEST_SPOOLED >> 30} GiB",
                    "name the file itself",
                )
            try:
                spool.write(data)
            except OSError as error:
                raise _not_spooled(error) from None
        spool.seek(0)
        yield spool


def _not_spooled(error: OSError) -> Fault:
    reason = error.strerror or "no reason given"
    remedy = "name the file itself, unpacked, or make room for temporary files"
    return Fault("input.no-room", f"cannot be kept in a temporary file ({reason})", remedy)


def whole(read: Read) -> bytes:
    """Everything. Raises `Fault` for more than `LARGEST_WHOLE` bytes."""
    parts = []
    size = 0
    while data := read():
        parts.append(data)
        size += len(data)
        if size > LARGEST_WHOLE:
            limit = f"{LARGEST_WHOLE >> 20} MiB"
            raise Fault("input.too-large", f"a JSON document exceeds {limit}", "send one record a line")
    return b"".join(parts)
