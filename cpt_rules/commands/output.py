"""Where a command writes: standard output, or a file that is there in whole or not at all."""

from __future__ import annotations

import errno
import os
import stat
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
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
    """Bytes are written to `path`, ``-`` for standard output.

    A file is written beside its place, as ``.NAME.XXXXXXXX.part``, and takes that place at the end; until then what was
    there before is untouched. Devices and pipes are written directly. As a context it takes its place if the context is
    left without an exception; see `together` for several. With `absent_if_empty` a file to which nothing was written is
    not there at the end, whatever was there before. Raises `CannotWrite` and `PipeClosed`.
    """

    def __init__(self, path: str = "-", *, absent_if_empty: bool = False) -> None:
        self._path = path
        self._absent_if_empty = absent_if_empty
        self._empty = True
        self._target = path
        self._temporary: str | None = None
        self._stream: IO[bytes] | None = None

    def __enter__(self) -> Output:
        self.open()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is not None:
            self.abandon(error)
            return
        try:
            self.settle()
            self.place()
        except BaseException as fault:
            self.abandon(fault)
            raise

    def open(self) -> None:
        """Nothing is seen of the output yet, unless it is a device or a pipe."""
        try:
            if self._path == "-":
                self._stream = _standard_output()
            else:
                self._open_file()
        except (OSError, ValueError) as error:
            raise self._fault(error) from None
        except BaseException as error:
            self.abandon(error)
            raise

    def _open_file(self) -> None:
        target = self._target = os.path.realpath(self._path)
        if os.path.isdir(target):
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
        if os.path.exists(target) and not stat.S_ISREG(os.stat(target).st_mode):
            self._stream = open(target, "wb")  # noqa: SIM115 - closed when it is settled or abandoned
            return
        if os.path.exists(target) and not os.access(target, os.W_OK):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
        folder, name = os.path.split(target)
        self._temporary = os.path.join(folder, f".{name[:50]}.{os.urandom(4).hex()}.part")
        self._stream = open(self._temporary, "xb", buffering=1 << 16)  # noqa: SIM115

    def write(self, data: bytes, *, flush: bool = False) -> None:
        stream = self._open_stream()
        try:
            stream.write(data)
            self._empty = False
            if flush:
                stream.flush()
        except (OSError, ValueError) as error:
            raise self._fault(error) from None

    def text(self, text: str) -> None:
        """A line of text, as UTF-8 whatever the locale says."""
        self.write((text + "\n").encode("utf-8", "backslashreplace"))

    def change(self, at: int, data: bytes) -> None:
        """Writes over bytes that were written before; only where the output is a file of its own."""
        stream = self._open_stream()
        try:
            stream.seek(at)
            stream.write(data)
            stream.seek(0, os.SEEK_END)
        except (OSError, ValueError) as error:
            raise self._fault(error) from None

    def settle(self) -> None:
        """All that was written is on the disk, or with whoever reads it; nothing more can be written to a file."""
        stream = self._open_stream()
        try:
            stream.flush()
            if self._temporary is not None:
                os.fsync(stream.fileno())
                if os.path.exists(self._target):
                    os.chmod(self._temporary, stat.S_IMODE(os.stat(self._target).st_mode))
            if self._path != "-":
                stream.close()
        except (OSError, ValueError) as error:
            raise self._fault(error) from None

    def place(self) -> None:
        """What was settled takes its place."""
        if self._temporary is None:
            return
        try:
            if self._empty and self._absent_if_empty:
                with suppress(FileNotFoundError):
                    os.unlink(self._target)
                os.unlink(self._temporary)
            else:
                os.replace(self._temporary, self._target)
        except OSError as error:
            raise self._fault(error) from None
        self._temporary = None
        _sync_folder(self._target)

    def abandon(self, error: BaseException) -> None:
        """Nothing of a file is left; what was written to standard output goes out if that is possible at once."""
        stream, self._stream = self._stream, None
        if self._path == "-":
            if stream is not None and not isinstance(error, PipeClosed | CannotWrite):
                _flush_or_drop(stream)
            return
        with suppress(OSError, ValueError):  # the disk may be full, and what was buffered is to be lost anyway
            if stream is not None:
                stream.close()
        if self._temporary is not None:
            with suppress(OSError):
                os.unlink(self._temporary)
            self._temporary = None

    def _open_stream(self) -> IO[bytes]:
        if self._stream is None:
            raise RuntimeError("an output is written to inside its context")
        return self._stream

    def _fault(self, error: OSError | ValueError) -> Exception:
        if self._path == "-":
            _silence_standard_output()
            if isinstance(error, BrokenPipeError):
                return PipeClosed()
        return cannot_write("standard output" if self._path == "-" else self._path, error)


@contextmanager
def together(outputs: Sequence[Output]) -> Iterator[None]:
    """Several outputs: none takes its place before all are settled, in this order; on an exception none does."""
    try:
        for each in outputs:
            each.open()
        yield
        for each in outputs:
            each.settle()
        for each in outputs:
            each.place()
    except BaseException as error:
        for each in outputs:
            each.abandon(error)
        raise


def cannot_write(name: str, error: OSError | ValueError) -> CannotWrite:
    """What is said of an output that fails."""
    reason = error.strerror if isinstance(error, OSError) and error.strerror else "its name is no path"
    return CannotWrite(f"{name}: cannot be written ({reason})")


def _sync_folder(path: str) -> None:
    """A new name is on the disk too, where the system can promise it."""
    with suppress(OSError):
        folder = os.open(os.path.dirname(path), os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def _standard_output() -> IO[bytes]:
    stream: Any = sys.stdout
    if stream is None:  # the caller closed it
        raise CannotWrite("standard output: cannot be written (it is closed)")
    stream.flush()
    return getattr(stream, "buffer", stream)  # type: ignore[no-any-return]


def _flush_or_drop(stream: IO[bytes]) -> None:
    """Flushes without waiting for a reader that does not read; what it would not take is dropped."""
    try:
        number = stream.fileno()
    except (OSError, ValueError):
        return
    waits = os.get_blocking(number)
    dropped = False
    try:
        os.set_blocking(number, False)
        stream.flush()
    except (OSError, ValueError):
        dropped = True
    finally:
        os.set_blocking(number, waits)
    if dropped:
        _silence_standard_output()


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
