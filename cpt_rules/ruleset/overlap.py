"""Overlays that would contradict each other: two of one rank that change one thing for the same claim."""

from __future__ import annotations

from collections.abc import Iterator

from cpt_rules.language import documents as doc
from cpt_rules.language.problems import Mark, Problem, shown
from cpt_rules.ruleset.ruleset import specificity


def overlaps(overlays: tuple[doc.Overlay, ...]) -> list[Problem]:
    """A problem for each thing that two equally specific overlays change while both are in force."""
    groups: dict[tuple[object, ...], list[doc.Overlay]] = {}
    for overlay in overlays:
        a = overlay.applies
        key = (specificity(a), a.payer.text if a.payer else None, a.line_of_business, a.plan, a.state, a.client)
        groups.setdefault(key, []).append(overlay)
    found: list[Problem] = []
    for group in groups.values():
        seen: dict[tuple[str, ...], list[tuple[doc.Overlay, doc.EditChange | doc.ValueChange]]] = {}
        for overlay in group:
            for thing, change in _changes(overlay):
                for other, earlier in seen.get(thing, ()):
                    if other is not overlay and _meet(change, earlier):
                        found.append(_problem(overlay, other, thing, change.mark))
                seen.setdefault(thing, []).append((overlay, change))
    return found


def _changes(overlay: doc.Overlay) -> Iterator[tuple[tuple[str, ...], doc.EditChange | doc.ValueChange]]:
    for id, edit in overlay.edits.items():
        for part in ("adopt", "severity"):
            if (edit.adopt or edit.off) if part == "adopt" else edit.severity:
                yield ("edit", id, part), edit
    for kind, table in (("set", overlay.sets), ("fact", overlay.facts)):
        for id, changes in table.items():
            for change in changes:
                yield (kind, id), change
    for code, facts in overlay.profiles.items():
        for fact, changes in facts.items():
            for change in changes:
                yield ("profile", code, fact), change


def _meet(one: doc.EditChange | doc.ValueChange, other: doc.EditChange | doc.ValueChange) -> bool:
    return not (
        (one.until and other.since and one.until < other.since)
        or (other.until and one.since and other.until < one.since)
    )


def _problem(overlay: doc.Overlay, other: doc.Overlay, thing: tuple[str, ...], mark: Mark) -> Problem:
    name = " ".join(thing[:2]) if thing[0] != "profile" else f"{thing[2]} of {thing[1]}"
    place = f"{other.overlay.mark.path}:{other.overlay.mark.line}"
    what = f"overlay {shown(other.overlay.text)} ({place}) is for the same claims and changes {name} as well"
    return Problem(mark, f"{what}; join the two, or make one more specific")
