"""What if only one of the changes had been made: a ruleset with a single document of the other one."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Mapping
from typing import Any

from attrs import define, evolve, field

from cpt_rules.claim import Claim
from cpt_rules.engine import Engine
from cpt_rules.finding import Outcome, Report
from cpt_rules.language import documents as doc
from cpt_rules.ruleset.compare import Change
from cpt_rules.ruleset.compare.reads import inside
from cpt_rules.ruleset.ruleset import Ruleset, specificity
from cpt_rules.tables.store import Tables

#: An edit on a line, or on the claim: the place of the line, and of the other line of a pair.
Place = tuple[int | None, int | None]
#: The ids of an edit in the new ruleset and in the old one.
Ids = tuple[str, str]
#: Documents that say nothing unless another one names them.
INERT = ("set", "fact", "table", "source")
_MOST = 96


class DoesNotFit(Exception):
    """One document of the other ruleset cannot stand in the base."""


@define(eq=False)
class Hybrids:
    """Engines of one edit each: of `base`, and of `base` with one document as `other` has it. The last few are kept."""

    base: Ruleset
    other: Ruleset
    make: Callable[[Ruleset, Ids], Engine]
    _both: Ruleset | None = None
    _engines: OrderedDict[tuple[str, str, Ids], Engine] = field(factory=OrderedDict)

    def outcome(self, change: Change | None, edit: Ids, claim: Claim, place: Place) -> Outcome:
        """The outcome of the edit alone, with one change (None: none) made to the base. Raises `DoesNotFit`."""
        key = ("", "", edit) if change is None else (change.kind, change.id, edit)
        engine = self._engines.get(key)
        if engine is None:
            engine = self._engines[key] = self.make(self.made(change), edit)
            if len(self._engines) > _MOST:
                self._engines.popitem(last=False)
        self._engines.move_to_end(key)
        return outcome_of(engine.scrub(claim), edit, place)

    def made(self, change: Change | None) -> Ruleset:
        """The base, with what the other one has of a changed document. Raises `DoesNotFit`."""
        if change is None:
            return self.base
        ruleset = self._with_inert()
        ids = {change.id, change.formerly or change.id}
        if change.kind == "overlay":
            kept = [each for each in ruleset.overlays if each.overlay.text not in ids]
            kept += [each for each in self.other.overlays if each.overlay.text in ids]
            ordered = sorted(kept, key=lambda each: (specificity(each.applies), each.overlay.text))
            return evolve(ruleset, overlays=tuple(ordered))
        name = f"{change.kind}s"
        before: Mapping[str, Any] = getattr(ruleset, name)
        after: Mapping[str, Any] = getattr(self.other, name)
        found = {id: each for id, each in before.items() if id not in ids}
        found |= {id: after[id] for id in ids if id in after}
        documents: dict[str, Any] = {name: dict(sorted(found.items()))}
        made: Ruleset = evolve(ruleset, **documents)
        if change.kind == "set" and leads_back(made.sets, change.id):
            raise DoesNotFit
        return evolve(made, store=self._store(made, change.id)) if change.kind == "table" else made

    def _with_inert(self) -> Ruleset:
        """The base, with the documents that only the other one has and that say nothing by themselves."""
        if self._both is None:
            own, other = self.base, self.other
            made = evolve(
                own,
                sets={**other.sets, **own.sets},
                facts={**other.facts, **own.facts},
                tables={**other.tables, **own.tables},
                sources={**other.sources, **own.sources},
            )
            self._both = evolve(made, store=self._store(own, None))
        return self._both

    def _store(self, ruleset: Ruleset, table: str | None) -> Tables:
        """The starters of the base; of one table, and of those it does not have, those of the other ruleset."""
        theirs = {table} if table is not None else set()
        theirs |= self.other.tables.keys() - self.base.tables.keys()
        starters = [each for each in self.base.store.starters if each[0].table not in theirs]
        starters += [each for each in self.other.store.starters if each[0].table in theirs]
        return Tables(ruleset.store.root, tuple(starters))


def outcome_of(report: Report, edit: Ids, place: Place) -> Outcome:
    """The outcome of an edit in a place, nothing having silenced it."""
    index, other = place
    for each in report.findings:
        if each.edit in edit and (each.index, each.with_index) == (index, other):
            return each.status
    return Outcome.NOT_APPLICABLE


def leads_back(sets: Mapping[str, doc.SetDocument], id: str) -> bool:
    """Whether a set contains itself, by way of others."""
    found: set[str] = set()
    left = [id]
    while left:
        document = sets.get(left.pop())
        further = set() if document is None else inside(document) - found
        found |= further
        left += sorted(further)
    return id in found
