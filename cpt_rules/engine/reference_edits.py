"""One edit on the claim, a line, a pair or a day, as the reference engine judges it."""

from __future__ import annotations

from collections.abc import Iterator

from attrs import frozen

from cpt_rules.engine.reference_conditions import Setting, field_of, leaves
from cpt_rules.engine.reference_knowledge import Trace, in_dates
from cpt_rules.engine.reference_places import Place
from cpt_rules.engine.reference_values import Truth, all_of, negated
from cpt_rules.finding import Asked, Outcome
from cpt_rules.language import documents as doc
from cpt_rules.reading import Reading
from cpt_rules.ruleset.payers import Link


@frozen
class EditChangeInForce:
    """What the overlay at `place` in the chain changes of the edit."""

    place: int
    link: Link
    change: doc.EditChange


@frozen
class Judgement:
    """What became of one edit in one place: every part's truth, before anything silences it.

    `missing` says what was unknown of a *not checked* edit. `traces` are the edit's own source, its changes in force
    and the values in force that its conditions name, in the order in which a finding cites them.
    """

    edit: doc.Edit
    place: Place
    setting: Setting
    outcome: Outcome
    in_dates: bool
    payers: Truth
    when: Truth
    unless: Truth
    require: Truth
    missing: tuple[str, ...]
    changes: tuple[EditChangeInForce, ...]
    traces: tuple[Trace, ...]
    stated: tuple[tuple[str, doc.Leaf], ...]

    @property
    def overlay(self) -> str | None:
        """The most specific overlay that changed the edit or a value it names."""
        places = [each.place for each in self.changes] + [t.place for t in self.traces if t.place is not None]
        return self.setting.knowledge.links[max(places)].overlay.overlay.text if places else None

    @property
    def values(self) -> tuple[tuple[str, Reading], ...]:
        """The fields that the conditions name, then what message and remedy name, with what they held."""
        names = [name for name in self._named if field_of(name) or self.setting.answer(name)]
        for text in (self.edit.message, self.edit.remedy):
            names += [part.partition("}")[0] for part in text.split("{")[1:]]
        return tuple((name, self.setting.reading(name)) for name in dict.fromkeys(names))

    @property
    def tables(self) -> tuple[Asked, ...]:
        """The editions of the tables that were asked for what the conditions name."""
        answers = [self.setting.answer(name) for name in self._named]
        return tuple(dict.fromkeys(asked for answer in answers if answer is not None for asked in answer.asked))

    @property
    def _named(self) -> list[str]:
        return [name for _, leaf in self.stated for name in _fields(leaf)]


@frozen
class Judged:
    """A judgement, and the edit that silenced it."""

    judgement: Judgement
    cause: str | None

    @property
    def outcome(self) -> Outcome:
        return self.judgement.outcome if self.cause is None else Outcome.SILENCED


def judge(edit: doc.Edit, place: Place, setting: Setting) -> Judgement:
    """The outcome of the edit and what it rests on."""
    changes = tuple(changes_of(edit, setting))
    day = setting.knowledge.day
    dated = in_dates(day, edit.since, edit.until)
    payers, payers_missing = payers_of(edit, setting, changes)
    when = setting.truth(edit.when)
    exceptions = [negated(setting.truth(edit.unless)), *(negated(_extra(each, setting)) for each in changes)]
    require = setting.truth(edit.require)
    applies = all_of([None if place.doubts else True, payers, dated, when, *exceptions])

    if applies is False:
        outcome = Outcome.NOT_APPLICABLE
    elif applies is None or require is None:
        outcome = Outcome.NOT_CHECKED
    elif require:
        outcome = Outcome.PASS
    else:
        outcome = Outcome.FAIL if _fails(edit, setting, changes) else Outcome.WARN

    missing = [*place.doubts, *payers_missing, *missing_of(edit, setting, changes)]
    stated = tuple(stated_of(edit, changes))
    return Judgement(
        edit=edit,
        place=place,
        setting=setting,
        outcome=outcome,
        in_dates=dated,
        payers=payers,
        when=when,
        unless=negated(all_of(exceptions)),
        require=require,
        missing=tuple(dict.fromkeys(missing)) if outcome is Outcome.NOT_CHECKED else (),
        changes=changes,
        traces=tuple(traces_of(edit, setting, changes)),
        stated=stated,
    )


def changes_of(edit: doc.Edit, setting: Setting) -> Iterator[EditChangeInForce]:
    """What overlays change of the edit on the day, in chain order."""
    for place, link in enumerate(setting.knowledge.links):
        change = link.overlay.edits.get(edit.edit.text)
        if change is not None and in_dates(setting.knowledge.day, change.since, change.until):
            yield EditChangeInForce(place, link, change)


def payers_of(edit: doc.Edit, setting: Setting, changes: tuple[EditChangeInForce, ...]) -> tuple[Truth, list[str]]:
    """Whether it is this payer's rule, and what would have to be known to say so."""
    payer = setting.match.payer
    now: Truth = True
    missing: list[str] = []
    if edit.payers and payer is None:
        now, missing = None, ["claim.payer"]
    elif edit.payers and payer not in {name.text for name in edit.payers}:
        now, missing = None, ["payer.policy"]
    for each in changes:
        if each.change.adopt is None and each.change.off is None:
            continue
        new = each.change.off is None
        if not each.link.undecided:
            now, missing = new, []
        elif now is not new:
            now, missing = None, [*missing, *each.link.undecided]
    return now, missing


def _extra(each: EditChangeInForce, setting: Setting) -> Truth:
    """Whether the exception that an overlay adds holds; false where it adds none."""
    if each.change.unless is None:
        return False
    return all_of([None if each.link.undecided else True, setting.truth(each.change.unless)])


def severity_of(edit: doc.Edit, changes: tuple[EditChangeInForce, ...]) -> doc.Severity:
    """The severity with its changes."""
    severity = edit.severity
    for each in changes:
        if each.change.severity is not None and each.change.severity != severity:
            severity = "warn" if each.link.undecided else each.change.severity
    # What rests on a presumption never fails by its severity, whatever an overlay makes of it; `fail when` may.
    return "warn" if edit.presume else severity


def _fails(edit: doc.Edit, setting: Setting, changes: tuple[EditChangeInForce, ...]) -> bool:
    """Whether a requirement that does not hold is a failure: only on sources of high confidence."""
    if fails_by_severity(edit, setting, changes):
        return True
    fails = edit.fail_when is not None and setting.truth(edit.fail_when) is True
    return fails and trusted(edit, setting, changes, edit.fail_when, edit.require)


def fails_by_severity(edit: doc.Edit, setting: Setting, changes: tuple[EditChangeInForce, ...]) -> bool:
    """Whether the severity says so, on sources of high confidence."""
    extra = [each.change.unless for each in changes]
    return severity_of(edit, changes) == "fail" and trusted(
        edit, setting, changes, edit.when, edit.unless, *extra, edit.require
    )


def trusted(
    edit: doc.Edit, setting: Setting, changes: tuple[EditChangeInForce, ...], *clauses: doc.Clause | None
) -> bool:
    """Whether all that the edit, its changes and these clauses rest on is of high confidence."""
    sources = setting.knowledge.ruleset.sources
    named = [leaf for clause in clauses for leaf in leaves(clause)]
    traces = [*_own(edit, changes), *(trace for leaf in named for trace in setting.traces(leaf))]
    rests = [trace.source for trace in traces if trace.source is not None]
    # A table counts whether or not it had an answer.
    rests += [answer.table.source.text for leaf in named for answer in setting.answers(leaf)]
    return all(sources[name].confidence == "high" for name in rests)


def missing_of(edit: doc.Edit, setting: Setting, changes: tuple[EditChangeInForce, ...]) -> Iterator[str]:
    """The names behind every unknown condition, in document order, those decided by their neighbours included."""

    def unknown(clause: doc.Clause | None) -> Iterator[str]:
        for leaf in leaves(clause):
            if setting.truth(leaf) is None:
                yield from setting.missing(leaf)

    yield from unknown(edit.when)
    yield from unknown(edit.unless)
    for each in changes:
        yield from unknown(each.change.unless)
        if each.change.unless is not None and setting.truth(each.change.unless) is not False:
            yield from each.link.undecided
    yield from unknown(edit.require)


def traces_of(edit: doc.Edit, setting: Setting, changes: tuple[EditChangeInForce, ...]) -> list[Trace]:
    """What the edit, its changes and its conditions rest on, in the order in which a finding cites it."""
    return [*_own(edit, changes), *(trace for _, leaf in stated_of(edit, changes) for trace in setting.traces(leaf))]


def _own(edit: doc.Edit, changes: tuple[EditChangeInForce, ...]) -> list[Trace]:
    name = edit.edit.text
    return [Trace(name, edit.source.text), *(Trace(name, each.change.source.text, each.place) for each in changes)]


def stated_of(edit: doc.Edit, changes: tuple[EditChangeInForce, ...]) -> Iterator[tuple[str, doc.Leaf]]:
    """Every condition with the part of the edit it stands in, in document order; overlays' exceptions after its own."""
    parts: list[tuple[str, doc.Clause | None]] = [("when", edit.when), ("unless", edit.unless)]
    parts += [("unless", each.change.unless) for each in changes]
    parts += [("require", edit.require), ("fail when", edit.fail_when)]
    for part, clause in parts:
        for leaf in leaves(clause):
            yield part, leaf


def _fields(leaf: doc.Leaf) -> list[str]:
    return [leaf.field, *(item.name for item in leaf.items if isinstance(item, doc.FieldRef))]
