"""`--split DIR`: released and held claims as two 837 files, each claim as it stood in its input."""

from __future__ import annotations

import os
import tempfile
from collections import deque
from collections.abc import Iterator
from pathlib import Path
from typing import IO, TYPE_CHECKING

import click
from attrs import define, field

from cpt_rules.commands.output import CannotWrite, Output, cannot_write
from cpt_rules.writers.split import Copy, Original, SplitError

if TYPE_CHECKING:
    from cpt_rules.claim import Claim
    from cpt_rules.readers.problem import OnProblem
    from cpt_rules.readers.source import Source

RELEASED, HELD = "released.837", "held.837"
_IN_MEMORY = 1 << 24  # bytes of an input that wait for the verdict on their claims; more stand on disk


@define
class Splitting:
    """The two files of a run. Claims are copied in their order, once it is known which file they go to."""

    folder: str
    released: Output = field(init=False)
    held: Output = field(init=False)
    _copies: tuple[Copy, Copy] = field(init=False)
    _waiting: deque[tuple[Original, int, int]] = field(factory=deque, init=False)

    def __attrs_post_init__(self) -> None:
        self.released, self.held = (
            Output(os.path.join(self.folder, name), absent_if_empty=True) for name in (RELEASED, HELD)
        )
        self._copies = Copy(self.released), Copy(self.held)

    def made(self) -> None:
        """Makes the folder, if it is not there. Raises `CannotWrite`."""
        try:
            os.makedirs(self.folder, exist_ok=True)
        except (OSError, ValueError) as error:
            raise cannot_write(self.folder, error) from None

    def claims(self, source: str | IO[bytes], format: str, on_problem: OnProblem) -> Iterator[Claim]:
        """The claims of an input that is X12. Raises a usage error for claims that are none."""
        from cpt_rules.readers.problem import Fault, InputProblem
        from cpt_rules.readers.source import input_name, opened
        from cpt_rules.readers.unpack import unpacked

        name = input_name(source)
        try:
            with opened(source) as packed:
                for each in unpacked(packed, on_problem):
                    yield from self._claims(each, format, on_problem)
        except Fault as fault:
            on_problem(InputProblem(fault.code, fault.message, name, fault.remedy))

    def _claims(self, source: Source, format: str, on_problem: OnProblem) -> Iterator[Claim]:
        from cpt_rules.readers import read_claims

        heard = _Heard(source)
        original = Original(source.name, heard.again)
        for claim in read_claims(heard, format=format, on_problem=on_problem):  # type: ignore[arg-type]
            origin = claim.origin
            if origin is None or origin.segments is None or origin.transaction_set is None:
                raise not_x12(source.name)
            self._waiting.append((original, *origin.segments))
            yield claim

    def decided(self, held: bool) -> None:
        """Copies the next claim, in the order in which they were read."""
        original, first, last = self._waiting.popleft()
        try:
            self._copies[held].add(*original.claim(first, last))
        except SplitError as error:
            raise CannotWrite(f"{self.folder}: {error}") from None

    def end(self) -> None:
        for each in self._copies:
            each.end()


class _Heard:
    """A stream that gives what a source gives, and keeps it until it is read again, piece by piece."""

    def __init__(self, source: Source) -> None:
        self.name = source.name
        self._read = source.read
        self._kept: IO[bytes] = tempfile.SpooledTemporaryFile(_IN_MEMORY)  # noqa: SIM115 - it goes with this object
        self._sizes: deque[int] = deque()
        self._at = 0
        self._begun = False

    def read1(self, size: int = -1) -> bytes:
        data = self._read()
        if data:
            try:
                self._kept.seek(0, os.SEEK_END)
                self._kept.write(data)
            except OSError as error:
                raise cannot_write("a temporary file", error) from None
            self._sizes.append(len(data))
        return data

    def again(self) -> bytes:
        """The next piece of what was given; a byte-order mark is left out, as the reader does."""
        if not self._sizes:
            return b""
        self._kept.seek(self._at)
        data = self._kept.read(self._sizes.popleft())
        self._at += len(data)
        if not self._sizes:
            self._kept.seek(0)
            self._kept.truncate()
            self._at = 0
        if not self._begun:
            self._begun = True
            data = data.removeprefix(b"\xef\xbb\xbf")
        return data


def refuse_what_is_not_x12(paths: tuple[str, ...], format: str) -> None:
    """Raises a usage error before anything is read, where a file plainly holds no X12."""
    if format not in ("auto", "x12"):
        raise click.BadParameter(
            f"{format} claims have no segments; only 837 files can be split", param_hint="'--split'"
        )
    for path in paths:
        try:
            if path == "-" or not Path(path).is_file():
                continue
            with open(path, "rb") as stream:
                head = stream.read(64).removeprefix(b"\xef\xbb\xbf").lstrip()
        except (OSError, ValueError):
            continue
        if head.startswith((b"{", b"[", b"PAR1")):
            raise not_x12(path)


def not_x12(name: str) -> click.BadParameter:
    return click.BadParameter(f"{name} holds no X12 claims; only 837 files can be split", param_hint="'--split'")
