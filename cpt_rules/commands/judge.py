"""What becomes of a claim between reading and writing; the same in this process and in a worker."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from attrs import define, frozen

from cpt_rules.commands.common import overridden
from cpt_rules.writers.records import entry

if TYPE_CHECKING:
    from cpt_rules.claim import Claim
    from cpt_rules.engine import Engine
    from cpt_rules.writers import Writer
    from cpt_rules.writers.overrides import Overrides
    from cpt_rules.writers.summary import Summary


@frozen
class Judged:
    """What came of several claims: each as the writer's `put` wants it, whether it is held, and what they add up to."""

    claims: list[bytes]
    held: list[bool]
    summary: Summary


@define
class Judge:
    """Scrubs claims. Picklable: a worker has its own."""

    engine: Engine
    writer: Writer
    empty: Summary
    everything: bool = False
    payer: str | None = None
    overrides: Overrides | None = None

    def claim(self, n: int, claim: Claim, summary: Summary) -> tuple[bytes, bool]:
        """Claim number `n`, and whether it is held; added to the summary."""
        if self.payer is not None:
            claim = overridden(claim, self.payer)
        item = entry(n, self.engine.scrub(claim), everything=self.everything, overrides=self.overrides)
        summary.add(item)
        return self.writer.claim(item), item.held

    def claims(self, n: int, claims: Sequence[Claim]) -> Judged:
        """Several claims, of which the first has number `n`."""
        summary = self.empty.without_claims()
        done = [self.claim(number, claim, summary) for number, claim in enumerate(claims, n)]
        return Judged([each for each, _ in done], [held for _, held in done], summary)
