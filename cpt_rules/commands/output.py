"""Where a command writes: standard output, or a file that is there in whole or not at all."""

from __future__ import annotations

import errno
import os
import stat
import sys
from contextlib import suppress
from types import TracebackType
from typing import IO, Any


class CannotWrite(Exception):
    """The output could not be written; the text says why."""


class PipeClosed(Exception):
    """Nobody reads the output any more. `status` is what the command would have ended with so far."""

    status = 0


def complain(message: str) -> None:
    """A line on standard error; nothing more can be done where that is closed."""
    with suppress(OSError, ValueError):
        print(printable(message), file=sys.stderr, flush=True)


def printable(text: str) -> str:
    """`text` without control characters: a file's name must not move the cursor of a terminal."""
    return "".join(c if c.isprintable() or c == "\n" else c.encode("unicode_escape").decode() for c in text)


class Output:
    """A context in which bytes are written to `path`, ``-`` for standard output.

    A file is written beside its place and takes that place at the end, if the context is left without an exception;
    otherwise what was there before is untouched. Devices and pipes are written directly. Raises `CannotWrite` and
    `PipeClosed`.
    """

    def __init__(self, path: str = "-") -> None:
        self._path = path
        self._temporary: str | None = None
        self._stream: IO[bytes] | None = None

    def __enter__(self) -> Output:
        if self._path == "-":
            self._stream = _standard_output()
            return self
        target = os.path.realpath(self._path)
        try:
            if os.path.isdir(target):
                raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
            if os.path.exists(target) and not stat.S_ISREG(os.stat(target).st_mode):
                self._stream = open(target, "wb")
            else:
                if os.path.exists(target) and not os.access(target, os.W_OK):
                    raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
                folder, name = os.path.split(target)
                self._temporary = os.path.join(folder, f".{name}.{os.urandom(4).hex()}.part")
                self._stream = open(self._temporary, "xb")
        except (OSError, ValueError) as error:
            raise self._fault(error) from None
        return self

    def write(self, data: bytes, *, flush: bool = False) -> None:
        stream = self._open_stream()
        try:
            stream.write(data)
            if flush:
                stream.flush()
        except (OSError, ValueError) as error:
            raise self._fault(error) from None

    def text(self, text: str) -> None:
        """A line of text, as UTF-8 whatever the locale says."""
        self.write((text + "\n").encode("utf-8", "backslashreplace"))

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        stream, self._stream = self._open_stream(), None
        if self._path == "-":
            if kind is None or not issubclass(kind, PipeClosed | CannotWrite):
                self._flush(stream)
            return
        try:
            if kind is None:
                self._keep(stream)
            else:
                self._abandon(stream)
        except (OSError, ValueError) as fault:
            self._abandon(stream)
            raise self._fault(fault) from None
        except BaseException:
            self._abandon(stream)
            raise

    def _keep(self, stream: IO[bytes]) -> None:
        target = os.path.realpath(self._path)
        stream.flush()
        if self._temporary is not None:
            os.fsync(stream.fileno())
            if os.path.exists(target):
                os.chmod(self._temporary, stat.S_IMODE(os.stat(target).st_mode))
        stream.close()
        if self._temporary is not None:
            os.replace(self._temporary, target)
            self._temporary = None

    def _abandon(self, stream: IO[bytes]) -> None:
        with suppress(OSError):  # the disk may be full, and what was buffered is to be lost anyway
            stream.close()
        if self._temporary is not None:
            temporary, self._temporary = self._temporary, None
            with suppress(FileNotFoundError):
                os.unlink(temporary)

    def _flush(self, stream: IO[bytes]) -> None:
        try:
            stream.flush()
        except (OSError, ValueError) as error:
            raise self._fault(error) from None

    def _open_stream(self) -> IO[bytes]:
        if self._stream is None:
            raise RuntimeError("an output is written to inside its context")
        return self._stream

    def _fault(self, error: OSError | ValueError) -> Exception:
        if self._path == "-":
            _silence_standard_output()
            if isinstance(error, BrokenPipeError):
                return PipeClosed()
        reason = error.strerror if isinstance(error, OSError) and error.strerror else "its name is no path"
        name = "standard output" if self._path == "-" else self._path
        return CannotWrite(f"{name}: cannot be written ({reason})")


def _standard_output() -> IO[bytes]:
    stream: Any = sys.stdout
    if stream is None:  # the caller closed it
        raise CannotWrite("standard output: cannot be written (it is closed)")
    stream.flush()
    return getattr(stream, "buffer", stream)  # type: ignore[no-any-return]


def _silence_standard_output() -> None:
    """Points standard output to nowhere: the interpreter flushes it once more at its end, and would complain."""
    with suppress(OSError, ValueError, AttributeError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)


def on_terminal() -> bool:
    """Whether standard output is a terminal that wants colour."""
    try:
        terminal = sys.stdout.isatty()
    except (AttributeError, ValueError):
        return False
    return terminal and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
