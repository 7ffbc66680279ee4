"""What could not be read: one problem names the input, the place, what is wrong and what would be right.

A message never carries a name, a birth date or a member identifier; a claim's own identifier it may carry.
"""

from __future__ import annotations

from collections.abc import Callable
from difflib import get_close_matches
from typing import NoReturn

from attrs import frozen


@frozen
class InputProblem:
    """One unreadable part of an input.

    `code` is stable (``x12.bad-date``); `segment` counts the segments of an X12 input from 1, `line` the lines of a
    text input from 1, `record` the records of a JSON array from 1; `path` leads to the value inside a JSON record
    (``lines[0].code``), `claim` is the identifier of the claim that is lost, where one is known. As text: ``in.837: segment 31: message; remedy`` or
    ``in.jsonl:line 12: lines[0].code: message; remedy``.
    """

    code: str
    message: str
    input: str
    remedy: str = ""
    segment: int | None = None
    line: int | None = None
    record: int | None = None
    path: str = ""
    claim: str | None = None

    def __str__(self) -> str:
        place = _in_a_line(self.input)
        if self.line is not None:
            place += f":line {self.line}"
        if self.segment is not None:
            place += f": segment {self.segment}"
        if self.record is not None:
            place += f": record {self.record}"
        if self.claim:
            place += f": claim {self.claim}"
        if self.path:
            place += f": {self.path}"
        return f"{place}: {self.message}{f'; {self.remedy}' if self.remedy else ''}"


def _in_a_line(name: str) -> str:
    """The name of an input as it can stand in a line; without one it is shown as empty."""
    if not name:
        return "''"
    return name if name.isprintable() else "".join(c if c.isprintable() else ascii(c)[1:-1] for c in name)


class InputError(Exception):
    """An input that could not be read; `problem` says which part and why."""

    def __init__(self, problem: InputProblem) -> None:
        super().__init__(problem)
        self.problem = problem

    def __str__(self) -> str:
        return str(self.problem)


OnProblem = Callable[[InputProblem], object]


def raise_problem(problem: InputProblem) -> NoReturn:
    """What happens to a problem where the caller gave no `on_problem`."""
    raise InputError(problem) from None


class Fault(Exception):
    """A problem as the code that finds it sees it; the reader around it knows the input, the place and the claim."""

    def __init__(
        self, code: str, message: str, remedy: str = "", *, segment: int | None = None, path: str = ""
    ) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.remedy = remedy
        self.segment = segment
        self.path = path
        self.reported = False


def shown(text: str, limit: int = 50) -> str:
    """A short text for a message: printable ASCII, the rest escaped, cut at `limit` characters."""
    clean = text[: limit + 1].encode("ascii", "backslashreplace").decode("ascii")
    clean = "".join(each if each.isprintable() else f"\\x{ord(each):02x}" for each in clean)
    return clean if len(clean) <= limit else clean[: limit - 1] + "…"


def meant(name: str, known: list[str]) -> str:
    """``did you mean 'x'?`` for a misspelt name, or a list of what there is where nothing is near it."""
    near = get_close_matches(name[:100], known, n=1)
    if near:
        return f"did you mean {near[0]!r}?"
    return f"it is one of {', '.join(known)}" if len(known) <= 8 else ""
