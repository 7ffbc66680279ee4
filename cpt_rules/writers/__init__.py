"""Reports out: each writer turns entries and the summary into bytes, claim by claim."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from cpt_rules.writers.records import Entry
from cpt_rules.writers.summary import Summary


class Writer(Protocol):
    """What the command line asks of a writer. Nothing grows with the number of claims.

    `claim` may be called in another process than the rest, and then in any order; `put` and `end` are called in one
    process, and in the order of the claims. What `put` gives for several claims is what it gives for them one by one.
    """

    def claim(self, item: Entry) -> bytes:
        """What becomes of one claim, for `put`."""

    def put(self, claims: Sequence[bytes]) -> bytes:
        """What is written of the claims that come next."""

    def end(self, summary: Summary) -> bytes:
        """What is written after the last claim."""
