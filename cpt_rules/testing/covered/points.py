"""What there is to reach in a ruleset: edits, their outcomes, branches and conditions, epochs, changes of overlays."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Iterable, Iterator
from functools import cache
from typing import Literal, cast

from attrs import field, frozen

from cpt_rules.engine.reference_explain import leaf_text
from cpt_rules.language import documents as doc
from cpt_rules.language.conditions import leaves
from cpt_rules.language.problems import Mark
from cpt_rules.ruleset.ruleset import Ruleset
from cpt_rules.testing.reach.possible import impossible

Kind = Literal["edit", "outcome", "branch", "condition", "epoch", "change"]
#: The kinds, each with what several are called.
KINDS: dict[Kind, str] = {
    "edit": "edits",
    "outcome": "outcomes",
    "branch": "branches of any",
    "condition": "conditions, both ways",
    "epoch": "epochs",
    "change": "overlay changes",
}
_OUTCOMES: tuple[doc.Expectation, ...] = ("pass", "warn", "fail", "not checked", "not applicable", "silenced")


@frozen
class Point:
    """One thing that a test may reach. `of` is an edit, ``set.ID``, ``profile.CODE.FACT``, ``payer.ID.FACT`` or an overlay.

    Two are the same where their files are, whatever path led there.
    """

    kind: Kind
    of: str
    what: str
    file: str
    line: int
    column: int
    mark: Mark = field(eq=False)


def point(kind: Kind, of: str, what: str, mark: Mark) -> Point:
    return Point(kind, of, what, _real(mark.path), mark.line, mark.column, mark)


@cache
def _real(path: str) -> str:
    return os.path.realpath(path)


def points(ruleset: Ruleset) -> tuple[Point, ...]:
    """Everything there is to reach, each once: by edit, then knowledge, then overlays."""
    found = [each for edit in ruleset.edits.values() for each in _of_edit(ruleset, edit)]
    found += _of_sets(ruleset)
    for code, profile in ruleset.profiles.items():
        found += _of_facts(ruleset, f"profile.{code}", profile.facts.items())
    for id, payer in ruleset.payers.items():
        found += _of_facts(ruleset, f"payer.{id}", payer.facts.items())
    for overlay in ruleset.overlays:
        found += _of_overlay(ruleset, overlay)
    return tuple(dict.fromkeys(found))


# ---- edits ---------------------------------------------------------------------------------------------------------


def _of_edit(ruleset: Ruleset, edit: doc.Edit) -> Iterator[Point]:
    id = edit.edit.text
    yield point("edit", id, "tested", edit.edit.mark)
    for outcome in _OUTCOMES:
        if _possible(ruleset, edit, outcome):
            yield outcome_point(edit, outcome)
    yield from edit_epochs(edit)
    for part, clause in parts(edit):
        yield from branch_points(id, part, clause)
        for leaf in leaves(clause):
            yield from (condition_point(id, part, leaf, truth) for truth in (True, False))


def _possible(ruleset: Ruleset, edit: doc.Edit, outcome: doc.Expectation) -> bool:
    if outcome != "not applicable":
        return impossible(ruleset, edit, cast(doc.Expectation, outcome)) is None
    changes = [each.edits[edit.edit.text] for each in ruleset.overlays if edit.edit.text in each.edits]
    limited = edit.when != doc.ALWAYS or edit.unless != doc.NEVER or edit.since is not None or edit.until is not None
    return limited or any(each.off is not None or each.unless is not None for each in changes)


def outcome_point(edit: doc.Edit, outcome: str) -> Point:
    return point("outcome", edit.edit.text, outcome, edit.edit.mark)


def edit_epochs(edit: doc.Edit) -> Iterator[Point]:
    """Before the edit is in force, while it is, and after; nothing where it always is."""
    if edit.since is not None:
        yield edit_epoch(edit, "before")
    if edit.since is not None or edit.until is not None:
        yield edit_epoch(edit, "in force")
    if edit.until is not None:
        yield edit_epoch(edit, "after")


def edit_epoch(edit: doc.Edit, epoch: str) -> Point:
    key = "until" if epoch == "after" or edit.since is None else "since"
    span = " ".join([*([f"from {edit.since}"] if edit.since else []), *([f"to {edit.until}"] if edit.until else [])])
    words = {"before": f"before {edit.since}", "after": f"after {edit.until}", "in force": f"in force, {span}"}
    return point("epoch", edit.edit.text, words[epoch], doc.place_of(edit, key))


def parts(edit: doc.Edit) -> tuple[tuple[str, doc.Clause | None], ...]:
    """The clauses of an edit with their keys, in document order."""
    return (
        ("when", edit.when),
        ("unless", edit.unless),
        ("require", edit.require),
        ("fail when", edit.fail_when),
    )


def branch_points(of: str, part: str, clause: doc.Clause | None) -> Iterator[Point]:
    return (each for each, _, _ in branches(of, part, clause))


def branches(
    of: str, part: str, clause: doc.Clause | None
) -> Iterator[tuple[Point, doc.Clause, tuple[doc.Clause, ...]]]:
    """Every branch of every `any` in a clause: its point, the branch, and all branches of that `any`."""
    if isinstance(clause, doc.Not):
        yield from branches(of, part, clause.clause)
    elif isinstance(clause, doc.AllOf | doc.AnyOf):
        for place, each in enumerate(clause.clauses, 1):
            if isinstance(clause, doc.AnyOf):
                first = next(leaves(each), None)
                if first is not None:
                    what = f"{part}, any {place} of {len(clause.clauses)}: {leaf_text(first)}"
                    more = sum(1 for _ in leaves(each)) - 1
                    yield (
                        point("branch", of, what + (f" (and {more} more)" if more else ""), first.mark),
                        each,
                        clause.clauses,
                    )
            yield from branches(of, part, each)


def condition_point(of: str, part: str, leaf: doc.Leaf, truth: bool) -> Point:
    return point("condition", of, f"{part}: {leaf_text(leaf)} ({'true' if truth else 'false'})", leaf.mark)


# ---- knowledge -----------------------------------------------------------------------------------------------------


def _of_sets(ruleset: Ruleset) -> Iterator[Point]:
    for id, document in ruleset.sets.items():
        yield from (epoch_point(f"set.{id}", dated) for dated in document.values)


def _of_facts(ruleset: Ruleset, of: str, facts: Iterable[tuple[str, doc.FactValue]]) -> Iterator[Point]:
    for fact, value in facts:
        if ruleset.facts[fact].purpose == "rules":
            yield from (epoch_point(f"{of}.{fact}", dated) for dated in value.values)


def epoch_point(of: str, dated: doc.Dated) -> Point:
    return point("epoch", of, _from(dated.start), dated.mark)


def _from(day: dt.date) -> str:
    return f"from {day}"


# ---- overlays ------------------------------------------------------------------------------------------------------


def _of_overlay(ruleset: Ruleset, overlay: doc.Overlay) -> Iterator[Point]:
    for edit, change in overlay.edits.items():
        yield change_point(overlay, edit, change)
        yield from branch_points(edit, f"unless of overlay {overlay.overlay.text}", change.unless)
    for id, changes in overlay.sets.items():
        yield from _of_changes(overlay, f"set.{id}", changes)
    for code, facts in overlay.profiles.items():
        for fact, changes in facts.items():
            if ruleset.facts[fact].purpose == "rules":
                yield from _of_changes(overlay, f"profile.{code}.{fact}", changes)
    for fact, changes in overlay.facts.items():
        if ruleset.facts[fact].purpose == "rules":
            yield from _of_changes(overlay, f"payer.{fact}", changes)


def change_point(overlay: doc.Overlay, edit: str, change: doc.EditChange) -> Point:
    words = [word for word in ("adopt", "off") if getattr(change, word) is not None]
    words += [f"severity {change.severity}"] if change.severity else []
    words += ["unless"] if change.unless is not None else []
    return point("change", overlay.overlay.text, f"{edit}: {', '.join(words)}", change.mark)


def _of_changes(overlay: doc.Overlay, of: str, changes: Iterable[doc.ValueChange]) -> Iterator[Point]:
    for change in changes:
        for dated in change.values or (None,):
            yield value_point(overlay, of, change, dated)


def value_point(overlay: doc.Overlay, of: str, change: doc.ValueChange, dated: doc.Dated | None) -> Point:
    """A change of a set or fact from one day on; without dated values, that it is not available."""
    what = f"{of}{change.sign} {'not available' if dated is None else _from(dated.start)}"
    return point("change", overlay.overlay.text, what, change.mark if dated is None else dated.mark)
