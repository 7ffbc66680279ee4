"""Claims out of any input that is read: the one function users call."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

from cpt_rules.claim import Claim
from cpt_rules.readers.detect import detected, without_mark
from cpt_rules.readers.json import read_json, read_jsonl
from cpt_rules.readers.problem import Fault, InputProblem, OnProblem, raise_problem
from cpt_rules.readers.source import Source, input_name, opened
from cpt_rules.readers.unpack import unpacked
from cpt_rules.readers.x12 import read_x12

FORMATS = ("auto", "x12", "json", "jsonl")


def read_claims(
    path_or_stream: str | Path | IO[Any], *, format: str = "auto", on_problem: OnProblem | None = None
) -> Iterator[Claim]:
    """The claims of a file, of standard input (``"-"``) or of a stream, in their order, one in memory at a time.

    `format` is ``auto`` (the content decides: ISA is X12, ``{`` and ``[`` are JSON or JSONL), ``x12``, ``json`` (an
    object or an array of objects; read whole) or ``jsonl``. A stream may give bytes or text and stays open. What is
    packed with gzip or zip is unpacked; each member of a zip is an input by the name ``archive/member``.

    An unreadable part raises `InputError`; with `on_problem` it is called with an `InputProblem` instead, and reading
    goes on behind that part. Nothing else is raised for what an input contains. ValueError for an unknown format.
    """
    if format not in FORMATS:
        raise ValueError(f"format {format!r} is not one of {', '.join(FORMATS)}")
    return _read(path_or_stream, format, on_problem or raise_problem)


def _read(source: str | Path | IO[Any], format: str, on_problem: OnProblem) -> Iterator[Claim]:
    name = input_name(source)
    try:
        with opened(source) as packed:
            for each in unpacked(packed, on_problem):
                yield from _claims(each, format, on_problem)
    except Fault as fault:
        on_problem(InputProblem(fault.code, fault.message, name, fault.remedy))


def _claims(source: Source, format: str, on_problem: OnProblem) -> Iterator[Claim]:
    try:
        read = source.read
        if format == "auto":
            format, read = detected(read, lambda line: False)
        _, read = without_mark(read)
        yield from _READERS[format](read, source.name, on_problem)
    except Fault as fault:
        on_problem(InputProblem(fault.code, fault.message, source.name, fault.remedy))


_READERS = {"x12": read_x12, "json": read_json, "jsonl": read_jsonl}
