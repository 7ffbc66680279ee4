"""JSON and JSONL claims: texts into records, each with its place; a bad record does not stop the rest.

JSON is read strictly: keys stand once, numbers are whole (money and units are decimal strings), texts are UTF-8.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator

from attrs import evolve

from cpt_rules.claim import Claim, Origin
from cpt_rules.readers.json_claim import structured
from cpt_rules.readers.json_values import Inexact
from cpt_rules.readers.problem import Fault, InputProblem, OnProblem, shown
from cpt_rules.readers.source import LONGEST_RECORD, Read, whole

_BLANKS = b" \t\r\n"


def read_jsonl(read: Read, input: str, on_problem: OnProblem) -> Iterator[Claim]:
    """One claim a line; empty lines are passed over and count as lines, not as records."""
    ordinal = faults = size = 0
    for number, line in lines(read):
        size += LONGEST_RECORD if line is None else len(line)
        if line is not None and not line.strip(_BLANKS):
            continue
        ordinal += 1
        record: object = None
        try:
            if line is None:
                raise Fault("json.too-long", "the line exceeds sixteen megabytes", "send one claim a line")
            record = parsed(line)
            claim = structured(record)
        except Fault as fault:
            on_problem(_problem(fault, input, record, line=number))
            faults += 1
            if _enough(faults, size):
                on_problem(_problem(_too_many(), input, None, line=number))
                return
        else:
            yield evolve(claim, origin=Origin(input, ordinal, format="jsonl", segments=(number, number)))


def read_json(read: Read, input: str, on_problem: OnProblem) -> Iterator[Claim]:
    """One claim, or an array of claims. The text is held in memory whole: JSONL is the form for many claims."""
    faults = 0
    try:
        text = whole(read)
        content = parsed(text)
    except Fault as fault:
        on_problem(_problem(fault, input, None))
        return
    several = isinstance(content, list)
    records = content if isinstance(content, list) else [content]
    for ordinal, record in enumerate(records, 1):
        try:
            claim = structured(record)
        except Fault as fault:
            on_problem(_problem(fault, input, record, record_number=ordinal if several else None))
            faults += 1
            if _enough(faults, len(text) * ordinal // len(records)):
                on_problem(_problem(_too_many(), input, None, record_number=ordinal))
                return
        else:
            yield evolve(claim, origin=Origin(input, ordinal, format="json"))


def lines(read: Read) -> Iterator[tuple[int, bytes | None]]:
    """The lines with their numbers; None instead of a line that is too long to be held."""
    number = 1
    pending: list[bytes] = []
    size = 0
    while data := read():
        *whole, rest = data.split(b"\n")
        for line in whole:
            yield number, (b"".join([*pending, line]) if size + len(line) <= LONGEST_RECORD else None)
            pending, size = [], 0
            number += 1
        size += len(rest)
        if size <= LONGEST_RECORD:
            pending.append(rest)
        else:
            pending = []
    if size:
        yield number, (b"".join(pending) if size <= LONGEST_RECORD else None)


def parsed(data: bytes, fraction: Callable[[str], object] | None = None) -> object:
    """The value of a JSON text; `fraction` makes something of a number with one. Raises `Fault`."""
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise Fault("json.encoding", f"byte {error.start + 1} is not UTF-8", "save the text as UTF-8") from None
    try:
        return json.loads(
            text,
            object_pairs_hook=_object,
            parse_float=fraction or (lambda text: Inexact("a number with a fraction")),
            parse_int=lambda text: int(text) if len(text) <= 30 else Inexact("a number of more than 30 digits"),
            parse_constant=lambda text: Inexact(text),
        )
    except json.JSONDecodeError as error:
        place = f"line {error.lineno}, column {error.colno}" if error.lineno > 1 else f"column {error.colno}"
        raise Fault("json.syntax", f"this is no JSON from {place} on", "send one JSON object for each claim") from None
    except RecursionError:
        raise Fault("json.too-deep", "arrays or objects are nested too deep", "send a claim as documented") from None


def _object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) < len(pairs):
        seen: set[str] = set()
        twice = next(name for name, _ in pairs if name in seen or seen.add(name))  # type: ignore[func-returns-value]
        raise Fault("json.duplicate-key", f"the key {shown(twice)!r} stands twice in one object", "keep one of them")
    return found


def _enough(faults: int, size: int) -> bool:
    """Whether reading on makes no sense: a thousand faults in fewer bytes than records of claims would have."""
    return faults >= 1000 and size < 40 * faults


def _too_many() -> Fault:
    message = "most of what stands up to here is no claim, the rest is not read"
    return Fault("json.too-many-problems", message, "check that these are claims")


def _problem(
    fault: Fault, input: str, record: object, *, line: int | None = None, record_number: int | None = None
) -> InputProblem:
    ident = record.get("id") if isinstance(record, dict) else None
    return InputProblem(
        fault.code,
        fault.message,
        input,
        fault.remedy,
        line=line,
        record=record_number,
        path=fault.path,
        claim=shown(ident) if isinstance(ident, str) and ident else None,
    )
