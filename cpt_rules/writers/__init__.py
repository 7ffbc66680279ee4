"""Reports out: each writer turns entries and the summary into bytes, claim by claim."""

from __future__ import annotations

from typing import Protocol

from cpt_rules.writers.records import Entry
from cpt_rules.writers.summary import Summary


class Writer(Protocol):
    """What the command line asks of a writer. Bytes in, nothing kept: any number of claims takes the same memory."""

    def claim(self, item: Entry) -> bytes:
        """What is written of one claim."""

    def end(self, summary: Summary) -> bytes:
        """What is written after the last claim."""
