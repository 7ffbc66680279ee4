"""What rests on what: which fields may become unknown, and which edits judge what is known rather than what is so."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache

from attrs import evolve

from cpt_rules.claim import Claim
from cpt_rules.fields import FIELDS, STORED_FIELDS
from cpt_rules.language import documents as doc
from cpt_rules.language.conditions import leaves
from cpt_rules.ruleset.ruleset import Ruleset
from cpt_rules.ruleset.typing import line_field
from cpt_rules.testing.reach.stored import store

#: What a payer is recognised by: one of these unknown and another known may tell more than both together, where they
#: contradict each other; so they become unknown together.
_PAYER = frozenset({"payer.id", "payer.name", "payer.filing", "payer.line_of_business", "payer.plan"})
#: Which values are in force the day decides: what is known of another day is not less, it is different.
_DAY = frozenset({"line.date", "claim.statement_from"})
#: Fields that are read as something also where nobody tells it.
_PRESUMED = ("claim.void", "claim.filed")


@cache
def maskable_fields() -> tuple[str, ...]:
    """The fields of the catalogue that a claim can have unknown without anything else becoming known by it.

    A field that is read from several places, such as ``line.clia`` and ``claim.clia``, is unknown in all of them; what
    a payer is recognised by is one, ``claim.payer``. The day of service is none: it decides which values are in force.
    """
    stored = [name for name, field in FIELDS.items() if field.derive is None or field.paths == (name,)]
    plain = [name for name in stored if not _DAY & set(FIELDS[name].paths) and name not in _PAYER]
    return tuple(name for name in plain if set(FIELDS[name].paths) <= STORED_FIELDS and name not in _NEVER)


_NEVER = ("claim.type", "line.number", "line.id", "run.as_of")


def paths_of(field: str) -> frozenset[str]:
    """The stored fields that become unknown together with a field."""
    return _PAYER if field == "claim.payer" else frozenset(FIELDS[field].paths)


def masked(claim: Claim, field: str) -> Claim:
    """The claim as one of a feed that cannot carry the field: nothing there, and nobody knows."""
    paths = paths_of(field)
    bare = claim
    for path in paths:
        for place in range(len(claim.lines)) if path.startswith("line.") else (0,):
            bare = store(bare, place, path, None)
    return evolve(bare, unknown=claim.unknown | paths)


def unordered(ruleset: Ruleset) -> frozenset[str]:
    """The edits that do not ask about the order of lines, nor come after one that does."""
    return frozenset(ruleset.edits) - _with_followers(
        ruleset, (id for id, edit in ruleset.edits.items() if edit.each == "later-pair" or _asks(edit, "line.number"))
    )


def unsteady(ruleset: Ruleset, field: str) -> frozenset[str]:
    """The edits that judge whether something is known where that rests on the field, and those that come after them."""
    paths = paths_of(field)
    return _with_followers(ruleset, (id for id in ruleset.edits if _judges_knowledge(ruleset, id, paths)))


def _judges_knowledge(ruleset: Ruleset, id: str, paths: frozenset[str]) -> bool:
    edit = ruleset.edits[id]
    for leaf in _leaves(ruleset, edit):
        names = [leaf.field, *(item.name for item in leaf.items if isinstance(item, doc.FieldRef))]
        presumed = any(name in _PRESUMED and paths & set(FIELDS[name].paths) for name in names)
        if presumed or (leaf.operator == "available" and paths & _rests_on(edit, leaf.field)):
            return True
    return False


def _leaves(ruleset: Ruleset, edit: doc.Edit) -> Iterable[doc.Leaf]:
    """The conditions of an edit, those that overlays add included."""
    added = [each.edits[edit.edit.text].unless for each in ruleset.overlays if edit.edit.text in each.edits]
    for part in (edit.when, edit.unless, edit.require, edit.fail_when, *added):
        yield from leaves(part)


def _rests_on(edit: doc.Edit, name: str) -> frozenset[str]:
    """The stored fields that decide whether a field, a fact or a look-up is known."""
    field = FIELDS.get(line_field(name))
    if field is not None:
        return _PAYER if name in ("claim.payer", "payer.line_of_business", "payer.plan") else frozenset(field.paths)
    head = name.partition(".")[0]
    if head in edit.lookup:
        lookup = edit.lookup[head]
        items = [*lookup.keys.values(), *([] if lookup.setting is None else [lookup.setting])]
        named = [item.name for item in items if isinstance(item, doc.FieldRef)]
        return frozenset().union(_PAYER_STATE, *(_rests_on(edit, each) for each in named))
    return _PAYER_STATE | ({"line.code"} if head == "profile" else frozenset())


_PAYER_STATE = _PAYER | {"payer.state"}


def _asks(edit: doc.Edit, field: str) -> bool:
    named = [
        name
        for part in (edit.when, edit.unless, edit.require, edit.fail_when)
        for leaf in leaves(part)
        for name in (leaf.field, *(item.name for item in leaf.items if isinstance(item, doc.FieldRef)))
    ]
    return field in map(line_field, named)


def _with_followers(ruleset: Ruleset, ids: Iterable[str]) -> frozenset[str]:
    """These edits, and every edit that comes after one of them."""
    found = set(ids)
    while True:
        more = {id for id, edit in ruleset.edits.items() if id not in found and found & {n.text for n in edit.after}}
        if not more:
            return frozenset(found)
        found |= more
