"""One engine for many threads and for asyncio, and an input of which some parts cannot be read.

Run it: ``python examples/share_one_engine.py``. It needs nothing but the installed package.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import io
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from cpt_rules import Claim, Engine, InputProblem, Report, load_ruleset, read_claims

FILE = Path(__file__).resolve().parent / "claims.837"


def main() -> None:
    # Loading takes a moment and is done once. The engine does not change, so nobody has to wait for anybody.
    engine = Engine(load_ruleset(), as_of=dt.date(2026, 1, 31))
    claims = list(read_claims(FILE))

    reports = in_threads(engine, claims)
    print("threads:", ", ".join(f"{claim.id} {each.status.label}" for claim, each in zip(claims, reports, strict=True)))

    again = asyncio.run(in_asyncio(engine, claims))
    print(
        "asyncio: the same" if [each.findings for each in again] == [each.findings for each in reports] else "differ!"
    )

    read, problems = what_can_be_read(damaged(FILE.read_bytes()))
    print(f"damaged: {len(read)} claims read")
    for problem in problems:
        print(f"  {problem.code}: {problem}")


def in_threads(engine: Engine, claims: Iterable[Claim]) -> list[Report]:
    """Reports in the order of the claims."""
    with ThreadPoolExecutor(max_workers=4) as pool:
        return list(pool.map(engine.scrub, claims))


async def in_asyncio(engine: Engine, claims: Iterable[Claim]) -> list[Report]:
    """The same from a coroutine: each claim is judged in a thread, and the event loop goes on meanwhile."""
    return await asyncio.gather(*(asyncio.to_thread(engine.scrub, claim) for claim in claims))


def what_can_be_read(content: bytes) -> tuple[list[Claim], list[InputProblem]]:
    """The claims of a stream, and what could not be read. Without `on_problem` the first problem would be raised."""
    problems: list[InputProblem] = []
    stream = io.BytesIO(content)  # a file, a socket or standard input do as well
    return list(read_claims(stream, on_problem=problems.append)), problems


def damaged(content: bytes) -> bytes:
    """The sample with a date that does not exist, on its first line."""
    return content.replace(b"DTP*472*D8*20260105", b"DTP*472*D8*20260135", 1)


if __name__ == "__main__":
    main()
