"""All mutants of a ruleset, document by document."""

from __future__ import annotations

from collections.abc import Iterator

from attrs import define, field

from cpt_rules.ruleset.ruleset import Ruleset
from cpt_rules.testing.mutation import edits, overlays
from cpt_rules.testing.mutation.knowledge import Knowledge
from cpt_rules.testing.mutation.mutant import Mutant
from cpt_rules.testing.mutation.readers import Readers


@define(eq=False)
class Mutants:
    """The mutants of a ruleset. `of` makes those of one document, named ``KIND ID``."""

    ruleset: Ruleset
    readers: Readers = field(init=False)
    knowledge: Knowledge = field(init=False)

    def __attrs_post_init__(self) -> None:
        self.readers = Readers(self.ruleset)
        self.knowledge = Knowledge(self.ruleset, self.readers)

    def documents(self) -> Iterator[str]:
        """Edits, sets, facts that rules read, overlays."""
        yield from (f"edit {id}" for id in self.ruleset.edits)
        yield from (f"set {id}" for id in sorted(self.ruleset.sets))
        yield from (f"fact {id}" for id, fact in sorted(self.ruleset.facts.items()) if fact.purpose == "rules")
        yield from (f"overlay {each.overlay.text}" for each in self.ruleset.overlays)

    def of(self, document: str, *, operators_only: bool = False) -> Iterator[Mutant]:
        kind, _, id = document.partition(" ")
        if kind == "edit":
            yield from edits.mutants(self.ruleset, id, self.readers, operators_only=operators_only)
        elif operators_only:
            return
        elif kind == "set":
            yield from self.knowledge.of_set(id)
        elif kind == "fact":
            yield from self.knowledge.of_fact(id)
        else:
            overlay = next(each for each in self.ruleset.overlays if each.overlay.text == id)
            yield from overlays.mutants(self.ruleset, overlay, self.readers, self.knowledge)
