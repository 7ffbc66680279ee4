"""The inputs of a run: every claim of every file, every problem to whoever asks, and how much has been read."""

from __future__ import annotations

import io
import os
import stat
from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import IO, TYPE_CHECKING

from attrs import define, field

if TYPE_CHECKING:
    from cpt_rules.claim import Claim
    from cpt_rules.commands.splitting import Splitting
    from cpt_rules.readers import Layout
    from cpt_rules.readers.problem import OnProblem


@define
class Inputs:
    """What is read, file by file. `splitting` is to see every byte of them (None: nobody is)."""

    paths: Sequence[str]
    format: str
    mapping: Layout | None
    on_problem: OnProblem
    splitting: Splitting | None = None
    _sizes: list[int | None] = field(factory=list, init=False)
    _before: int = field(default=0, init=False)
    _open: IO[bytes] | None = field(default=None, init=False)

    def __attrs_post_init__(self) -> None:
        self._sizes = [_size(path) for path in self.paths]

    def claims(self) -> Iterator[Claim]:
        from cpt_rules.readers import read_claims

        for path, size in zip(self.paths, self._sizes, strict=True):
            with _counted(path, size is not None) as stream:
                self._open = stream
                source = path if stream is None else stream
                if self.splitting is not None:
                    yield from self.splitting.claims(source, self.format, self.on_problem)
                else:
                    yield from read_claims(source, format=self.format, mapping=self.mapping, on_problem=self.on_problem)
                self._open = None
            self._before += size or 0

    def fraction(self) -> float | None:
        """How much of all inputs has been read, from 0 to 1; None where the size of one is not known."""
        total = sum(each for each in self._sizes if each is not None)
        if None in self._sizes or not total:
            return None
        here = 0
        with suppress(OSError, ValueError, AttributeError):
            raw = getattr(self._open, "raw", None)
            here = raw.tell() if raw is not None else 0
        return min(1.0, (self._before + here) / total)


class _counted:
    """A context with the file at `path` open for reading; None where it is no plain file, or cannot be opened.

    What cannot be opened the reader of claims says.
    """

    def __init__(self, path: str, plain: bool) -> None:
        self._stream: IO[bytes] | None = None
        if plain:
            with suppress(OSError, ValueError):
                self._stream = io.BufferedReader(io.FileIO(path), 1 << 18)

    def __enter__(self) -> IO[bytes] | None:
        return self._stream

    def __exit__(self, *fault: object) -> None:
        if self._stream is not None:
            self._stream.close()


def _size(path: str) -> int | None:
    """The size of a plain file in bytes; 0 for one that is not there, None for a pipe or a device."""
    if path == "-":
        return None
    try:
        found = os.stat(path)
    except (OSError, ValueError):
        return 0
    return found.st_size if stat.S_ISREG(found.st_mode) else 0 if stat.S_ISDIR(found.st_mode) else None
