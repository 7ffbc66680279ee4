"""What fuzzing holds the readers to, and how it changes inputs. Nothing here needs a fuzzer; the tests run it too.

The promises: no exception but through `on_problem`; every claim of the input is read or a problem is told; a claim read
is one that the model takes, and knows its place; a problem is one line of printable ASCII; no input of a megabyte takes
longer than a second of processor time to read.
"""

from __future__ import annotations

import io
import json
import random
import time
from collections.abc import Callable
from pathlib import Path

from attrs import evolve, frozen

from cpt_rules.claim import Claim
from cpt_rules.fields import STORED_FIELDS
from cpt_rules.readers import InputProblem, claim_from_json, claim_to_json, read_claims
from cpt_rules.readers.x12_segments import Block, blocks

LONGEST_SECONDS = 1.0  # of processor time, for a megabyte
MEGABYTE = 1 << 20
_HERE = Path(__file__).resolve().parent


class TooSlow(AssertionError):
    """Reading took longer than it may."""


@frozen
class Target:
    """A reader under test. `check` raises where a promise is broken, and gives the processor time that reading took.

    `words` are what inputs of its kind are made of.
    """

    seeds: Path
    words: tuple[bytes, ...]
    check: Callable[[bytes], float]

    def run(self, data: bytes) -> float:
        """The processor time of reading. Raises `AssertionError` (`TooSlow` among them), or what the reader raised."""
        seconds = self.check(data)
        if seconds > LONGEST_SECONDS * max(1, len(data) / MEGABYTE):
            raise TooSlow(f"{len(data):,} bytes took {seconds:.2f} s")
        return seconds


def _x12(data: bytes) -> float:
    claims, problems, seconds = _read(data, "x12")
    if not problems:
        assert len(claims) == _segments(data, "CLM")
        assert sum(len(each.lines) for each in claims) == _segments(data, "LX")
    at = 0
    for claim in claims:
        origin = claim.origin
        assert origin is not None
        assert origin.segments is not None
        first, last = origin.segments
        assert at < first <= last
        at = last
        assert len(origin.line_segments) == len(claim.lines)
        named = {*origin.claim_segments, *(name for line in origin.line_segments for name in line)}
        assert named <= STORED_FIELDS | {"claim", "line"}
    return seconds


def _segments(data: bytes, name: str) -> int:
    found = [each for each in blocks(io.BytesIO(data).read) if isinstance(each, Block)]
    return sum(
        segment.lstrip(" \t\r\n").startswith(name + each.delimiters.element)
        for each in found
        for segment in each.segments
    )


def _json(data: bytes) -> float:
    longest = 0.0
    for format in ("json", "jsonl"):
        claims, problems, seconds = _read(data, format)
        longest = max(longest, seconds)
        if format == "jsonl":
            records = [line for line in data.removeprefix(b"\xef\xbb\xbf").split(b"\n") if line.strip(b" \t\r")]
            assert len(claims) + len(problems) >= min(len(records), 1)
        for claim in claims[:20]:
            again = claim_from_json(json.loads(json.dumps(claim_to_json(claim))))
            assert again == claim
    return longest


def _csv(data: bytes) -> float:
    """No row belongs to two claims; claims come out in the order of their last row, their lines in that of their numbers."""
    claims, _, seconds = _read(data, "csv")
    seen: set[int] = set()
    for claim in claims:
        origin = claim.origin
        assert origin is not None
        assert origin.segments is not None
        assert origin.segments[0] <= origin.segments[1]
        rows = [each["line"] for each in origin.line_segments]
        assert len(rows) == len(claim.lines)
        assert seen.isdisjoint(rows)
        seen.update(rows)
        assert [each.number for each in claim.lines] == sorted({each.number for each in claim.lines})
        assert evolve(claim, lines=tuple(map(evolve, claim.lines))) == claim  # made anew, every value is checked
    return seconds


def _read(data: bytes, format: str) -> tuple[list[Claim], list[InputProblem], float]:
    problems: list[InputProblem] = []
    started = time.process_time()
    claims = list(read_claims(io.BytesIO(data), format=format, on_problem=problems.append))
    seconds = time.process_time() - started
    for problem in problems[:20]:
        text = str(problem)
        assert text.replace("…", "").isascii()
        assert text.isprintable()
        assert problem.code.startswith(("x12.", "json.", "input.", "csv.", "flat."))
    return claims, problems, seconds


def filled(data: bytes, size: int = MEGABYTE) -> bytes:
    """The input, or its second half, again and again up to a size: what is slow for its length shows at length."""
    half = data[len(data) // 2 :]
    return (data + half * (size // len(half) + 1))[:size] if half else data


def mutated(data: bytes, words: tuple[bytes, ...], chance: random.Random) -> bytes:
    """The input with some of its pieces (segments, members) left out, doubled, moved, swapped for or joined with words."""
    border = chance.choice([b"~", b"*", b",", b'"', b"\n", b":"])
    pieces = data.split(border)
    for _ in range(chance.randint(1, 4)):
        at = chance.randrange(len(pieces))
        match chance.randrange(6):
            case 0:
                del pieces[at : at + chance.randint(1, 3)]
            case 1:
                pieces[at:at] = pieces[at : at + chance.randint(1, 8)]
            case 2:
                pieces[at] = chance.choice(words)
            case 3:
                pieces.insert(at, chance.choice(words))
            case 4:
                pieces[at] += chance.choice(words)
            case _:
                other = chance.randrange(len(pieces))
                pieces[at], pieces[other] = pieces[other], pieces[at]
        pieces = pieces or [b""]
    return border.join(pieces)


def _words(name: str) -> tuple[bytes, ...]:
    """One a line; ``\\xff`` and the like stand for bytes."""
    lines = (_HERE / "words" / f"{name}.txt").read_bytes().splitlines()
    return tuple(each.decode("unicode_escape").encode("latin-1") for each in lines)


TARGETS = {
    "x12": Target(_HERE / "seeds" / "x12", _words("x12"), _x12),
    "json": Target(_HERE / "seeds" / "json", _words("json"), _json),
    "csv": Target(_HERE / "seeds" / "csv", _words("csv"), _csv),
}
