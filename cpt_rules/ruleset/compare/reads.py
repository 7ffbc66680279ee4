"""What each edit reads of the rulesets, and which edits a change may therefore touch."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property

from attrs import define, field, frozen

from cpt_rules.fields import FIELDS
from cpt_rules.language import documents as doc
from cpt_rules.language.conditions import leaves
from cpt_rules.ruleset.compare.model import Change
from cpt_rules.ruleset.ruleset import PROFILES_SET, Ruleset
from cpt_rules.ruleset.typing import line_field

_RECOGNITION = ("ids", "names", "filing", "line of business", "plans", "document")
#: Parts of an edit that say what would follow from a finding, not whether there is one.
_PREDICTED = ("disposition", "fix", "denial", "override")
_CODES = frozenset(("line.code", "day.code", "claim.codes", "day.codes"))


@frozen
class Reads:
    """What the conditions of an edit name, by id; sets with those inside them. `code_sets` are compared with codes."""

    sets: frozenset[str] = frozenset()
    code_sets: frozenset[str] = frozenset()
    profile_facts: frozenset[str] = frozenset()
    payer_facts: frozenset[str] = frozenset()
    tables: frozenset[str] = frozenset()
    sources: frozenset[str] = frozenset()


@define(eq=False, slots=False)
class Reader:
    """What the edits of one ruleset read."""

    ruleset: Ruleset
    _kept: dict[str, Reads] = field(factory=dict)

    def of(self, id: str) -> Reads:
        """What an edit reads; nothing where the ruleset does not have it."""
        if id not in self._kept:
            self._kept[id] = self._of(self.ruleset.edits[id]) if id in self.ruleset.edits else Reads()
        return self._kept[id]

    def _of(self, edit: doc.Edit) -> Reads:
        found = [leaf for part in self._clauses(edit) for leaf in leaves(part)]
        names = {name for leaf in found for name in _names(leaf)}
        items = [item for each in edit.lookup.values() for item in (*each.keys.values(), each.setting)]
        names |= {item.name for item in items if isinstance(item, doc.FieldRef)}
        tables = frozenset(each.table.text for each in edit.lookup.values())
        domains = (self.ruleset.tables[id].complete for id in tables)
        sets = {item.id for leaf in found for item in leaf.items if isinstance(item, doc.SetRef)}
        sets |= {each.id for each in domains if isinstance(each, doc.SetRef)}
        of_codes = {
            item.id
            for leaf in found
            if not _CODES.isdisjoint(map(line_field, _names(leaf)))
            for item in leaf.items
            if isinstance(item, doc.SetRef)
        }
        facts = [name for name in names if line_field(name) not in FIELDS and name.partition(".")[0] not in edit.lookup]
        profile_facts = frozenset(name[8:] for name in facts if name.startswith("profile."))
        payer_facts = frozenset(name[6:] for name in facts if name.startswith("payer."))
        whole = self._closed(sets)
        sources = frozenset(self._sources(edit, whole, profile_facts, payer_facts, tables))
        return Reads(whole, self._closed(of_codes), profile_facts, payer_facts, tables, sources)

    def _clauses(self, edit: doc.Edit) -> Iterator[doc.Clause | None]:
        yield from (edit.when, edit.unless, edit.require, edit.fail_when)
        for overlay in self.ruleset.overlays:
            change = overlay.edits.get(edit.edit.text)
            if change is not None:
                yield change.unless

    def _closed(self, sets: set[str]) -> frozenset[str]:
        """The sets, those that they list, and those for whose codes they are complete."""
        found: set[str] = set()
        left = sorted(sets)
        while left:
            id = left.pop()
            if id not in found:
                found.add(id)
                left += sorted(inside(self.ruleset.sets[id])) if id in self.ruleset.sets else []
        return frozenset(found)

    def _sources(
        self,
        edit: doc.Edit,
        sets: frozenset[str],
        profile_facts: frozenset[str],
        payer_facts: frozenset[str],
        tables: frozenset[str],
    ) -> Iterator[str]:
        """The sources that may decide how certain a finding of the edit is."""
        ruleset = self.ruleset
        yield edit.source.text
        yield from (ruleset.sets[id].source.text for id in sets if id in ruleset.sets)
        yield from (ruleset.tables[id].source.text for id in tables)
        held = [(each.facts, profile_facts) for each in ruleset.profiles.values()]
        held += [(each.facts, payer_facts) for each in ruleset.payers.values()]
        for facts, read in held:
            values = (value for name, value in facts.items() if name in read)
            yield from (value.source.text for value in values if value.source is not None)
        for overlay in ruleset.overlays:
            change = overlay.edits.get(edit.edit.text)
            if change is not None:
                yield change.source.text
            changes = [each for id, found in overlay.sets.items() if id in sets for each in found]
            changes += [each for id, found in overlay.facts.items() if id in payer_facts for each in found]
            for of_code in overlay.profiles.values():
                changes += [each for id, found in of_code.items() if id in profile_facts for each in found]
            yield from (each.source.text for each in changes if each.source is not None)

    @cached_property
    def code_sets(self) -> frozenset[str]:
        """The sets that some edit compares with procedure codes."""
        return frozenset(id for edit in self.ruleset.edits for id in self.of(edit).code_sets)


def _names(leaf: doc.Leaf) -> list[str]:
    return [leaf.field, *(item.name for item in leaf.items if isinstance(item, doc.FieldRef))]


def inside(document: doc.SetDocument) -> set[str]:
    """The sets that a set names at any time."""
    found = {item.id for dated in document.values for item in dated.items or () if isinstance(item, doc.SetRef)}
    return found | ({document.complete.id} if isinstance(document.complete, doc.SetRef) else set())


def touches(change: Change, edit: str, reads: Reads) -> bool:
    """Whether a change may make an edit judge otherwise, where the edit reads this. Words and tests never do."""
    if not change.in_meaning:
        return False
    parts = [each.part for each in change.differences if each.concern == "meaning"]
    match change.kind:
        case "edit":
            return edit in (change.id, change.formerly) and not all(part in _PREDICTED for part in parts)
        case "set":
            return change.id in reads.sets
        case "fact":
            return change.id in reads.profile_facts | reads.payer_facts
        case "table":
            return change.id in reads.tables
        case "source":
            return change.id in reads.sources and (change.status != "changed" or "confidence" in parts)
        case "profile":
            whole = change.status != "changed" and PROFILES_SET in reads.sets
            return whole or any(_fact_of(part) in reads.profile_facts for part in parts)
        case "payer":
            recognition = any(part.startswith(_RECOGNITION) for part in parts)
            return recognition or any(_fact_of(part) in reads.payer_facts for part in parts)
        case _:
            return any(_of_overlay(part, edit, reads) for part in parts)


def _fact_of(part: str) -> str:
    words = part.split(" ")
    return words[1] if words[0] == "facts" else ""


def _of_overlay(part: str, edit: str, reads: Reads) -> bool:
    """Whether a part of an overlay is about an edit or what it reads."""
    head, *rest = part.split(" ")
    if head == "edits":
        return rest[0] == edit
    if head == "sets":
        return rest[0].rstrip("+-") in reads.sets
    if head == "facts":
        return rest[0].rstrip("+-") in reads.payer_facts
    if head == "profiles":
        return rest[1].rstrip("+-") in reads.profile_facts
    return False


def targets_of(overlay: doc.Overlay, edit: str, reads: Reads) -> bool:
    """Whether an overlay changes an edit or something that it reads."""
    of_codes = {fact for facts in overlay.profiles.values() for fact in facts}
    return (
        edit in overlay.edits
        or not reads.sets.isdisjoint(overlay.sets)
        or not reads.payer_facts.isdisjoint(overlay.facts)
        or not reads.profile_facts.isdisjoint(of_codes)
    )


def silencers(edits: Mapping[str, doc.Edit], some: set[str]) -> frozenset[str]:
    """Some edits, every edit that may silence one of them, and every edit that one of them may silence."""
    after = {id: {name.text for name in edit.after} for id, edit in edits.items()}
    before: dict[str, set[str]] = {}
    for id, names in after.items():
        for name in names:
            before.setdefault(name, set()).add(id)
    silenced = _reached(some, before)
    return frozenset(_reached(silenced, after) & {*edits})


def _reached(some: set[str], steps: Mapping[str, set[str]]) -> set[str]:
    found: set[str] = set()
    left = sorted(some)
    while left:
        id = left.pop()
        if id not in found:
            found.add(id)
            left += sorted(steps.get(id, ()))
    return found
