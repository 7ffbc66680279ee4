"""One value that may be tried in one field of a claim."""

from __future__ import annotations

from attrs import frozen

from cpt_rules.claim import Claim
from cpt_rules.explanation.data import Support
from cpt_rules.explanation.policy import condition_of, support_of
from cpt_rules.explanation.stored import Stored, store


@frozen
class Trial:
    """A value to try at a stored path. `cost` says how large the change is among changes of one field.

    `kind` tells changes apart that are not each other's alternatives: another value, the same one spelled as it is due, a
    modifier added, one taken off, the same ones in another order, each once.
    """

    path: str
    index: int | None
    value: Stored
    support: Support
    condition: str
    stand_in: bool = False
    cost: int = 1
    kind: str = "value"

    @property
    def spot(self) -> tuple[str, int | None]:
        return self.path, self.index

    def on(self, claim: Claim) -> Claim:
        """The claim with the value."""
        return store(claim, self.index, self.path, self.value)


def respelt(spot: tuple[str, int | None], value: str) -> Trial:
    """The same value as it is written."""
    return Trial(*spot, value, "record", "only if that is what was meant", kind="spelled")


def valued(spot: tuple[str, int | None], value: Stored, *, stand_in: bool = False, cost: int = 1) -> Trial:
    """A value at a path, on the conditions that hold for the path."""
    path, index = spot
    support, condition = support_of(path), condition_of(path)
    if stand_in and support == "sender":
        condition = ""  # that it only stands in says it
    return Trial(path, index, value, support, condition, stand_in, cost)
