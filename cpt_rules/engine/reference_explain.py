"""Why an edit did or did not fire, as the reference engine sees it: data, for others to show."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from typing import Literal

from attrs import frozen

from cpt_rules.engine.reference_edits import EditChangeInForce, Judged, Judgement, fails_by_severity
from cpt_rules.engine.reference_knowledge import at_day
from cpt_rules.engine.reference_values import Truth
from cpt_rules.finding import Asked, Outcome, shown
from cpt_rules.language import documents as doc
from cpt_rules.reading import Reading

#: What decided an outcome: a part of the edit, its dates, whose rule it is, or whether the lines belong together.
Decider = Literal["dates", "payers", "lines", "when", "unless", "require"]


@frozen
class Condition:
    """One condition of an edit as it was met: its text, its truth, what its field held, what was missing.

    `part` is ``when``, ``unless``, ``require`` or ``fail when``. `decisive`: the outcome is what it is because of it.
    `compared` has what the fields and facts held that it compares with.
    """

    part: str
    text: str
    truth: Truth
    reading: Reading
    missing: tuple[str, ...]
    decisive: bool = False
    compared: tuple[tuple[str, Reading], ...] = ()


@frozen
class ChangeSeen:
    """A change in force. `of` is the edit's id, ``set.ID+``, ``profile.FACT-`` …; `undecided` what decides if it counts.

    `what` says what it does: ``severity: warn``, ``off: REASON``, ``adopt``, ``unless: CONDITION``; of a set or fact the
    values that it adds, takes away or puts in their place.
    """

    overlay: str
    of: str
    undecided: tuple[str, ...]
    what: str = ""


@frozen
class Reasons:
    """Why an edit did or did not fire in one place. `unless` is the truth of all its exceptions, overlays' included.

    `outcome` counts the silencing by `silenced_by`, `alone` is what the edit says where nothing silences it.
    `decided_by` names what made it so. `with_index` is the place of the other line of a pair, `date` the day that
    counts, `tables` the editions that were asked.
    """

    edit: str
    outcome: Outcome
    in_dates: bool
    payers: Truth
    when: Truth
    unless: Truth
    require: Truth
    missing: tuple[str, ...]
    conditions: tuple[Condition, ...]
    changes: tuple[ChangeSeen, ...]
    silenced_by: str | None
    with_index: int | None = None
    alone: Outcome = Outcome.NOT_APPLICABLE
    decided_by: tuple[Decider, ...] = ()
    date: dt.date | None = None
    tables: tuple[Asked, ...] = ()


def reasons(judged: Judged) -> Reasons:
    """The reasons of one edit in one place."""
    judgement = judged.judgement
    setting = judgement.setting
    deciders = tuple(dict.fromkeys(_deciders(judgement)))
    decisive = {id(leaf) for leaf in _decisive(judgement, deciders)}
    conditions = []
    for part, leaf in judgement.stated:
        truth = setting.truth(leaf)
        missing = tuple(setting.missing(leaf)) if truth is None else ()
        conditions.append(
            Condition(
                part=part,
                text=leaf_text(leaf),
                truth=truth,
                reading=setting.reading(leaf.field),
                missing=missing,
                decisive=id(leaf) in decisive,
                compared=tuple((i.name, setting.reading(i.name)) for i in leaf.items if isinstance(i, doc.FieldRef)),
            )
        )
    return Reasons(
        edit=judgement.edit.edit.text,
        outcome=judged.outcome,
        in_dates=judgement.in_dates,
        payers=judgement.payers,
        when=judgement.when,
        unless=judgement.unless,
        require=judgement.require,
        missing=judgement.missing,
        conditions=tuple(conditions),
        changes=tuple(dict.fromkeys(_changes(judgement))),
        silenced_by=judged.cause,
        with_index=judgement.place.other,
        alone=judgement.outcome,
        decided_by=deciders,
        date=judgement.place.date,
        tables=judgement.tables,
    )


# ---- what decided --------------------------------------------------------------------------------------------------


def _deciders(judgement: Judgement) -> Iterator[Decider]:
    """What made the outcome: of an edit that does not apply what rules it out, of one not checked what is unknown."""
    against: dict[Decider, Truth] = {
        "dates": judgement.in_dates,
        "payers": judgement.payers,
        "lines": None if judgement.place.doubts else True,
        "when": judgement.when,
        "unless": None if judgement.unless is None else not judgement.unless,
    }
    if judgement.outcome is Outcome.NOT_APPLICABLE:
        yield from (name for name, truth in against.items() if truth is False)
    elif judgement.outcome is Outcome.NOT_CHECKED:
        yield from (name for name, truth in against.items() if truth is None)
        if judgement.require is None and all(truth is True for truth in against.values()):
            yield "require"
    else:
        yield "require"


def _decisive(judgement: Judgement, deciders: tuple[Decider, ...]) -> Iterator[doc.Leaf]:
    edit, setting = judgement.edit, judgement.setting
    if "when" in deciders:
        yield from deciding(edit.when, setting.truth)
    if "unless" in deciders:
        for clause in (edit.unless, *(each.change.unless for each in judgement.changes)):
            if clause is not None and setting.truth(clause) is judgement.unless:
                yield from deciding(clause, setting.truth)
    if "require" in deciders:
        yield from deciding(edit.require, setting.truth)
    lesser = judgement.outcome is Outcome.FAIL and not fails_by_severity(edit, setting, judgement.changes)
    if lesser and edit.fail_when is not None:
        yield from deciding(edit.fail_when, setting.truth)


def deciding(clause: doc.Clause, truth: Callable[[doc.Clause], Truth]) -> Iterator[doc.Leaf]:
    """The conditions that make a clause what it is: of a false `all` those that are false, of a true one all …"""
    if isinstance(clause, doc.Leaf):
        yield clause
    elif isinstance(clause, doc.Not):
        yield from deciding(clause.clause, truth)
    else:
        now = truth(clause)
        alike = [each for each in clause.clauses if truth(each) is now]
        for each in alike:
            yield from deciding(each, truth)


# ---- what overlays changed -----------------------------------------------------------------------------------------


def _changes(judgement: Judgement) -> Iterator[ChangeSeen]:
    links = judgement.setting.knowledge.links
    own = {each.place: each for each in judgement.changes}
    for trace in judgement.traces:
        if trace.place is not None:
            link = links[trace.place]
            whole = trace.name == judgement.edit.edit.text
            what = _of_edit(own[trace.place]) if whole else _of_value(link.overlay, trace.name, judgement)
            yield ChangeSeen(link.overlay.overlay.text, trace.name, link.undecided, what)


def _of_edit(each: EditChangeInForce) -> str:
    change = each.change
    said = []
    if change.adopt is not None:
        said.append("adopt")
    if change.off is not None:
        said.append(f"off: {change.reason}" if change.reason else "off")
    if change.severity is not None:
        said.append(f"severity: {change.severity}")
    if change.unless is not None:
        said.append("unless: " + clause_text(change.unless))
    return "; ".join(said)


_DOES = {"": "puts in its place", "+": "adds", "-": "takes away"}


def _of_value(overlay: doc.Overlay, name: str, judgement: Judgement) -> str:
    """What a change of a set or fact does on the day."""
    sign = name[-1] if name[-1] in "+-" else ""
    head, _, id = name.removesuffix(sign).partition(".")
    if head == "set":
        changes = overlay.sets.get(id, ())
    elif head == "payer":
        changes = overlay.facts.get(id, ())
    else:
        code = judgement.setting.reading("line.code") if "line" in judgement.setting.bound else None
        changes = overlay.profiles.get(code, {}).get(id, ()) if isinstance(code, str) else ()
    for change in changes:
        if change.sign == sign:
            items = at_day(change.values, judgement.setting.knowledge.day)
            return (
                "not available" if items is None else f"{_DOES[sign]} {', '.join(map(_item_text, items)) or 'nothing'}"
            )
    return ""


# ---- as it is written ----------------------------------------------------------------------------------------------


def clause_text(clause: doc.Clause) -> str:
    """A clause on one line: conditions joined by `and`, `or`, `not`."""
    if isinstance(clause, doc.Leaf):
        return leaf_text(clause)
    if isinstance(clause, doc.Not):
        return f"not ({clause_text(clause.clause)})"
    word = " and " if isinstance(clause, doc.AllOf) else " or "
    parts = [clause_text(each) for each in clause.clauses]
    return word.join(
        part if isinstance(each, doc.Leaf) else f"({part})" for part, each in zip(parts, clause.clauses, strict=True)
    )


def leaf_text(leaf: doc.Leaf) -> str:
    """A condition as it is written: ``line.code in: $set.lab.tests``."""
    if leaf.operator in doc.STATES:
        return f"{leaf.field}: {leaf.operator}"
    items = [_item_text(item) for item in leaf.items]
    operand = items[0] if len(items) == 1 else "[" + ", ".join(items) + "]"
    return f"{leaf.field}: {operand}" if leaf.operator == "is" else f"{leaf.field} {leaf.operator}: {operand}"


def _item_text(item: doc.Item) -> str:
    if isinstance(item, doc.SetRef):
        return f"$set.{item.id}"
    if isinstance(item, doc.FieldRef):
        return f"${item.name}"
    return f"{item.first}-{item.last}" if isinstance(item, doc.Span) else shown(item.value)
