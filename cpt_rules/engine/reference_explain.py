"""Why an edit did or did not fire, as the reference engine sees it: data, for others to show."""

from __future__ import annotations

from attrs import frozen

from cpt_rules.engine.reference_edits import Judged
from cpt_rules.engine.reference_values import Truth
from cpt_rules.finding import Outcome, shown
from cpt_rules.language import documents as doc
from cpt_rules.reading import Reading


@frozen
class Condition:
    """One condition of an edit as it was met: its text, its truth, what its field held, what was missing.

    `part` is ``when``, ``unless``, ``require`` or ``fail when``.
    """

    part: str
    text: str
    truth: Truth
    reading: Reading
    missing: tuple[str, ...]


@frozen
class ChangeSeen:
    """A change in force. `of` is the edit's id, ``set.ID+``, ``profile.FACT-`` …; `undecided` what decides if it counts."""

    overlay: str
    of: str
    undecided: tuple[str, ...]


@frozen
class Explanation:
    """Why an edit did or did not fire. `unless` is the truth of all its exceptions, those of overlays included.

    `with_index` is the place of the other line of a pair.
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


def explained(judged: Judged) -> Explanation:
    """The explanation of one edit in one place."""
    judgement = judged.judgement
    setting, links = judgement.setting, judgement.setting.knowledge.links
    conditions = []
    for part, leaf in judgement.stated:
        truth = setting.truth(leaf)
        missing = tuple(setting.missing(leaf)) if truth is None else ()
        conditions.append(Condition(part, leaf_text(leaf), truth, setting.reading(leaf.field), missing))
    changed = [(links[trace.place], trace.name) for trace in judgement.traces if trace.place is not None]
    return Explanation(
        edit=judgement.edit.edit.text,
        outcome=judged.outcome,
        in_dates=judgement.in_dates,
        payers=judgement.payers,
        when=judgement.when,
        unless=judgement.unless,
        require=judgement.require,
        missing=judgement.missing,
        conditions=tuple(conditions),
        changes=tuple(
            dict.fromkeys(ChangeSeen(link.overlay.overlay.text, name, link.undecided) for link, name in changed)
        ),
        silenced_by=judged.cause,
        with_index=judgement.place.other,
    )


def leaf_text(leaf: doc.Leaf) -> str:
    """A condition as it is written: ``line.code in: $set.lab.tests``."""

    def text(item: doc.Item) -> str:
        if isinstance(item, doc.SetRef):
            return f"$set.{item.id}"
        if isinstance(item, doc.FieldRef):
            return f"${item.name}"
        return f"{item.first}-{item.last}" if isinstance(item, doc.Span) else shown(item.value)

    if leaf.operator in doc.STATES:
        return f"{leaf.field}: {leaf.operator}"
    items = [text(item) for item in leaf.items]
    operand = items[0] if len(items) == 1 else "[" + ", ".join(items) + "]"
    return f"{leaf.field}: {operand}" if leaf.operator == "is" else f"{leaf.field} {leaf.operator}: {operand}"
