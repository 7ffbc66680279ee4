"""Claims out of any input that is read: the one function users call."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from cpt_rules.claim import Claim
from cpt_rules.readers.detect import PARQUET, detected, without_mark
from cpt_rules.readers.problem import Fault, InputProblem, OnProblem, raise_problem
from cpt_rules.readers.source import Read, Source, begun, input_name, opened, seekable
from cpt_rules.readers.unpack import unpacked

if TYPE_CHECKING:
    from cpt_rules.readers.flat_layout import Layout

FORMATS = ("auto", "x12", "fhir", "json", "jsonl", "csv", "parquet")
FLAT = ("auto", "csv", "parquet")


def read_claims(
    path_or_stream: str | Path | IO[Any],
    *,
    format: str = "auto",
    mapping: str | Path | Layout | None = None,
    on_problem: OnProblem | None = None,
) -> Iterator[Claim]:
    """The claims of a file, of standard input (``"-"``) or of a stream, in their order, one in memory at a time.

    `format` is ``auto`` (the content decides), ``x12``, ``fhir`` (Claim, Bundle or NDJSON; needs the extra ``fhir``),
    ``json`` (an object or an array of objects; read whole), ``jsonl``, ``csv`` or ``parquet``. `mapping` is a mapping
    file, or what `load_mapping` made of one: it names the columns of CSV and Parquet. A stream may give bytes or text
    and stays open. What is packed with gzip or zip is unpacked; each member of a zip is an input by the name
    ``archive/member``.

    An unreadable part raises `InputError`; with `on_problem` it is called with an `InputProblem` instead, and reading
    goes on behind that part. Nothing else is raised for what an input contains. ValueError for an unknown format and
    for a mapping where none applies; `MappingError` for a faulty mapping file.
    """
    if format not in FORMATS:
        raise ValueError(f"format {format!r} is not one of {', '.join(FORMATS)}")
    if mapping is not None and format not in FLAT:
        raise ValueError(f"a mapping names columns; {format} has none")
    layout = _load_mapping(mapping) if isinstance(mapping, str | Path) else mapping
    return _read(path_or_stream, format, layout, on_problem or raise_problem)


def _read(source: str | Path | IO[Any], format: str, layout: Layout | None, on_problem: OnProblem) -> Iterator[Claim]:
    name = input_name(source)
    try:
        with opened(source) as packed:
            for each in unpacked(packed, on_problem):
                yield from _claims(each, format, layout, on_problem)
    except Fault as fault:
        on_problem(InputProblem(fault.code, fault.message, name, fault.remedy))


def _claims(source: Source, format: str, layout: Layout | None, on_problem: OnProblem) -> Iterator[Claim]:
    try:
        read = source.read
        if format == "auto":
            format, read = detected(read, lambda line: _is_header(line, layout))
        if format == "parquet":
            yield from _parquet(Source(source.name, read, source.file), layout, on_problem)
        elif format == "csv":
            yield from _csv(Source(source.name, read, source.file), layout, on_problem)
        else:
            _, read = without_mark(read)
            yield from _READERS[format](read, source.name, on_problem)
    except Fault as fault:
        on_problem(InputProblem(fault.code, fault.message, source.name, fault.remedy, path=fault.path))


def _parquet(source: Source, layout: Layout | None, on_problem: OnProblem) -> Iterator[Claim]:
    head, read = begun(source.read, len(PARQUET))
    if not head.startswith(PARQUET):
        raise Fault("parquet.damaged", "is no Parquet file", "check the format")
    from cpt_rules.readers.flat_parquet import read_parquet  # imports pyarrow, which takes a moment

    with seekable(Source(source.name, read, source.file), "a Parquet file") as file:
        yield from read_parquet(file, source.name, on_problem, layout)


# ---- a module for each format, imported when an input has it: it takes longer than to read a claim ------------------


def _load_mapping(path: str | Path) -> Layout:
    from cpt_rules.readers.flat_mapping import load_mapping

    return load_mapping(path)


def _is_header(line: bytes, layout: Layout | None) -> bool:
    from cpt_rules.readers.flat_csv import is_header

    return is_header(line, layout)


def _csv(source: Source, layout: Layout | None, on_problem: OnProblem) -> Iterator[Claim]:
    from cpt_rules.readers.flat_csv import read_csv

    return read_csv(source.read, source.name, on_problem, layout)


def _x12(read: Read, input: str, on_problem: OnProblem) -> Iterator[Claim]:
    from cpt_rules.readers.x12 import read_x12

    return read_x12(read, input, on_problem)


def _json(read: Read, input: str, on_problem: OnProblem) -> Iterator[Claim]:
    from cpt_rules.readers.json import read_json

    return read_json(read, input, on_problem)


def _jsonl(read: Read, input: str, on_problem: OnProblem) -> Iterator[Claim]:
    from cpt_rules.readers.json import read_jsonl

    return read_jsonl(read, input, on_problem)


def _fhir(read: Read, input: str, on_problem: OnProblem) -> Iterator[Claim]:
    from cpt_rules.readers.fhir import read_fhir  # imports fhir.resources, if it is there

    return read_fhir(read, input, on_problem)


_READERS: dict[str, Callable[[Read, str, OnProblem], Iterator[Claim]]] = {
    "x12": _x12,
    "fhir": _fhir,
    "json": _json,
    "jsonl": _jsonl,
}
