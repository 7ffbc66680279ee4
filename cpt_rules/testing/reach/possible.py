"""Which outcomes an edit can have at all, by what it says and what it rests on."""

from __future__ import annotations

from collections.abc import Iterator

from cpt_rules.fields import FIELDS
from cpt_rules.language import documents as doc
from cpt_rules.language.conditions import leaves
from cpt_rules.ruleset.ruleset import PROFILES_SET, Ruleset
from cpt_rules.ruleset.typing import line_field
from cpt_rules.testing.reach.judge import Goal, parts_of
from cpt_rules.testing.reach.pools import names_of


def failing_outcome(ruleset: Ruleset, edit: str) -> Goal:
    """``fail`` where the edit, or an overlay's change of it, may fail a claim; else ``warn``."""
    return "warn" if impossible(ruleset, ruleset.edits[edit], "fail") else "fail"


def impossible(ruleset: Ruleset, edit: doc.Edit, goal: Goal) -> str | None:
    """Why the edit can never have the outcome, in words; None where nothing says so."""
    severities = {edit.severity, *(each.severity for each in _changes(ruleset, edit))}
    never_fails = bool(edit.presume) or "fail" not in severities
    if goal == "fail" and never_fails and edit.fail_when is None:
        return "it only warns: its severity is `warn`, and nothing makes it fail"
    if goal == "fail" and ruleset.sources[edit.source.text].confidence != "high":
        return "it only warns: its source is not of high confidence"
    sure = all(ruleset.sources[id].confidence == "high" for id in set(_sources(ruleset, edit)))
    always_fails = "warn" not in severities and not edit.presume
    if goal == "warn" and always_fails and sure:
        return "it only fails: its severity is `fail`, and everything it rests on is of high confidence"
    if goal == "silenced" and not edit.after:
        return "no edit comes before it"
    return None


def _changes(ruleset: Ruleset, edit: doc.Edit) -> list[doc.EditChange]:
    return [each.edits[edit.edit.text] for each in ruleset.overlays if edit.edit.text in each.edits]


def _sources(ruleset: Ruleset, edit: doc.Edit) -> Iterator[str]:
    """Every source that the edit may rest on, on any day and for any payer."""
    yield edit.source.text
    changes = _changes(ruleset, edit)
    yield from (each.source.text for each in changes)
    for clause in (*parts_of(edit), *(each.unless for each in changes)):
        for leaf in leaves(clause):
            for item in leaf.items:
                if isinstance(item, doc.SetRef):
                    yield from _of_set(ruleset, item.id)
            for name in names_of(leaf):
                head, _, fact = name.partition(".")
                if head in edit.lookup:
                    yield ruleset.tables[edit.lookup[head].table.text].source.text
                elif line_field(name) not in FIELDS:
                    yield from _of_fact(ruleset, head, fact)


def _of_set(ruleset: Ruleset, id: str) -> Iterator[str]:
    if id == PROFILES_SET:
        return
    document = ruleset.sets[id]
    yield document.source.text
    for overlay in ruleset.overlays:
        yield from (each.source.text for each in overlay.sets.get(id, ()) if each.source is not None)
    named = [item.id for dated in document.values for item in dated.items or () if isinstance(item, doc.SetRef)]
    named += [document.complete.id] if isinstance(document.complete, doc.SetRef) else []
    for other in dict.fromkeys(named):
        yield from _of_set(ruleset, other)


def _of_fact(ruleset: Ruleset, head: str, fact: str) -> Iterator[str]:
    holders = ruleset.profiles if head == "profile" else ruleset.payers
    for holder in holders.values():
        value = holder.facts.get(fact)
        if value is not None and value.source is not None:
            yield value.source.text
    for overlay in ruleset.overlays:
        tables = overlay.profiles.values() if head == "profile" else (overlay.facts,)
        for facts in tables:
            yield from (each.source.text for each in facts.get(fact, ()) if each.source is not None)
