"""What one edit, judged in one place, reaches of a ruleset.

Of an edit's parts only those count that mattered: `unless` where `when` is not false, `require` where the edit applies,
`fail when` where the requirement does not hold. Knowledge counts where a condition that counts names it, with the value
of that day. An overlay counts where it surely concerns the claim.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from cpt_rules.engine.reference_conditions import Setting
from cpt_rules.engine.reference_edits import Judged, Judgement
from cpt_rules.engine.reference_knowledge import in_dates
from cpt_rules.finding import Outcome
from cpt_rules.language import documents as doc
from cpt_rules.language.conditions import leaves
from cpt_rules.ruleset.ruleset import PROFILES_SET
from cpt_rules.testing.covered.points import (
    Point,
    branches,
    change_point,
    condition_point,
    edit_epoch,
    epoch_point,
    outcome_point,
    parts,
    point,
    value_point,
)


def reached(each: Judged) -> Iterator[Point]:
    """The points, some of them more than once."""
    judgement = each.judgement
    edit, id = judgement.edit, judgement.edit.edit.text
    yield point("edit", id, "tested", edit.edit.mark)
    yield outcome_point(edit, each.outcome.label)
    yield from _epoch(judgement)
    if not judgement.in_dates:
        return
    for change in judgement.changes:
        if not change.link.undecided:
            yield change_point(change.link.overlay, id, change.change)
    if judgement.payers is False:
        return
    for part, clause in _counting(judgement):
        yield from _of_clause(judgement.setting, id, part, clause)


def alone(each: Judged) -> Iterator[Point]:
    """The branches that held where no other branch of their `any` did."""
    judgement = each.judgement
    if not judgement.in_dates or judgement.payers is False:
        return
    for part, clause in _counting(judgement):
        for here, branch, others in branches(judgement.edit.edit.text, part, clause):
            truths = [judgement.setting.truth(other) for other in others]
            if judgement.setting.truth(branch) is True and truths.count(True) == 1:
                yield here


def _epoch(judgement: Judgement) -> Iterator[Point]:
    edit, day = judgement.edit, judgement.setting.knowledge.day
    if day is None or (edit.since is None and edit.until is None):
        return
    before = edit.since is not None and day < edit.since
    yield edit_epoch(edit, "before" if before else "in force" if judgement.in_dates else "after")


def _counting(judgement: Judgement) -> Iterator[tuple[str, doc.Clause | None]]:
    """The parts that mattered, those that overlays add included."""
    clauses = dict(parts(judgement.edit))
    yield "when", clauses["when"]
    if judgement.when is False:
        return
    yield "unless", clauses["unless"]
    for change in judgement.changes:
        yield f"unless of overlay {change.link.overlay.overlay.text}", change.change.unless
    if judgement.outcome is Outcome.NOT_APPLICABLE:
        return
    yield "require", clauses["require"]
    if judgement.outcome in (Outcome.WARN, Outcome.FAIL):
        yield "fail when", clauses["fail when"]


def _of_clause(setting: Setting, of: str, part: str, clause: doc.Clause | None) -> Iterator[Point]:
    for leaf in leaves(clause):
        truth = setting.truth(leaf)
        if truth is not None:
            yield condition_point(of, part, leaf, truth)
        yield from _named(setting, leaf)
    for here, branch, _ in branches(of, part, clause):
        if setting.truth(branch) is True:
            yield here


# ---- knowledge -----------------------------------------------------------------------------------------------------


def _named(setting: Setting, leaf: doc.Leaf) -> Iterator[Point]:
    """The values of the day that a condition names."""
    yield from _of_fact(setting, leaf.field)
    for item in leaf.items:
        if isinstance(item, doc.SetRef):
            yield from _of_set(setting, item.id)
        elif isinstance(item, doc.FieldRef):
            yield from _of_fact(setting, item.name)


def _of_set(setting: Setting, id: str) -> Iterator[Point]:
    if id == PROFILES_SET:
        return
    knowledge = setting.knowledge
    document = knowledge.ruleset.sets[id]
    yield from _of_timeline(setting, f"set.{id}", document.values)
    if isinstance(document.complete, doc.SetRef):
        yield from _of_set(setting, document.complete.id)
    for link in knowledge.links:
        if not link.undecided:
            yield from _of_changes(setting, link.overlay, f"set.{id}", link.overlay.sets.get(id, ()))


def _of_fact(setting: Setting, name: str) -> Iterator[Point]:
    if setting.entry(name) is None:
        return
    knowledge, fact = setting.knowledge, name.partition(".")[2]
    if name.startswith("profile."):
        code = setting.reading("line.code")
        profile = knowledge.ruleset.profiles.get(code) if isinstance(code, str) else None
        value = profile.facts.get(fact) if profile else None
        holder, of = f"profile.{code}.{fact}", f"profile.{code}.{fact}"
    else:
        payer = setting.match.payer
        value = knowledge.ruleset.payers[payer].facts.get(fact) if payer is not None else None
        holder, of = f"payer.{payer}.{fact}", f"payer.{fact}"
        code = None
    if value is not None:
        yield from _of_timeline(setting, holder, value.values)
    for link in knowledge.links:
        if not link.undecided:
            overlay = link.overlay
            changes = overlay.profiles.get(str(code), {}) if name.startswith("profile.") else overlay.facts
            yield from _of_changes(setting, overlay, of, changes.get(fact, ()))


def _of_timeline(setting: Setting, of: str, timeline: doc.Timeline) -> Iterator[Point]:
    dated = _of_day(setting, timeline)
    if dated is not None:
        yield epoch_point(of, dated)
        yield from _inside(setting, dated)


def _of_changes(setting: Setting, overlay: doc.Overlay, of: str, changes: Sequence[doc.ValueChange]) -> Iterator[Point]:
    for change in changes:
        dated = _of_day(setting, change.values)
        if in_dates(setting.knowledge.day, change.since, change.until) and (dated is not None or not change.values):
            yield value_point(overlay, of, change, dated)
            if dated is not None:
                yield from _inside(setting, dated)


def _of_day(setting: Setting, timeline: doc.Timeline) -> doc.Dated | None:
    day = setting.knowledge.day
    begun = [each for each in timeline if day is not None and each.start <= day]
    return max(begun, key=lambda each: each.start, default=None)


def _inside(setting: Setting, dated: doc.Dated) -> Iterator[Point]:
    """What the sets reach that a value names."""
    for item in dated.items or ():
        if isinstance(item, doc.SetRef):
            yield from _of_set(setting, item.id)
