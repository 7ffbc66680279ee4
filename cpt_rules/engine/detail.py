"""What a finding of the direct engine says, worked out from the claim: what was seen, what was missing, on whose word."""

from __future__ import annotations

from attrs import frozen

from cpt_rules.claim import Line
from cpt_rules.engine.binding import is_fact
from cpt_rules.engine.operators import Seen
from cpt_rules.engine.prepare import Bound, Plan, incomplete
from cpt_rules.fields import RESOLVED_FIELDS
from cpt_rules.finding import Asked, Citation, Denial, Rule
from cpt_rules.language import documents as doc
from cpt_rules.language.conditions import leaves, placeholders
from cpt_rules.reading import UNKNOWN, Open, Reading, View
from cpt_rules.ruleset.members import Members, members_of
from cpt_rules.ruleset.payers import PayerMatch


@frozen
class Scene:
    """Where an edit is judged: the claim, the line (of a pair: line b), line a of a pair."""

    view: View
    match: PayerMatch
    line: Line | None = None
    other: Line | None = None


def named(plan: Plan) -> tuple[str, ...]:
    """The fields, and columns of look-ups, that the conditions and texts of an edit name, each once."""
    names = [name for bound in plan.prepared.every for name in (bound.leaf.field, *bound.refs) if not is_fact(name)]
    edit = plan.prepared.edit
    names += [*placeholders(edit.message), *placeholders(edit.remedy)]
    return tuple(dict.fromkeys(names))


def rest_of(plan: Plan, scene: Scene) -> tuple[tuple[Citation, ...], bool, tuple[Asked, ...]]:
    """Sources, whether one is past its review, and tables: of an edit that looks something up those that answered."""
    prepared = plan.prepared
    if not prepared.edit.lookup:
        return plan.sources, plan.stale, ()
    ruleset, as_of = prepared.context.knowledge.ruleset, prepared.context.as_of
    cited: list[Citation] = []
    asked: list[Asked] = []
    stale = False

    def cite(id: str) -> bool:
        source = ruleset.sources[id]
        cited.append(Citation(id, source.edition))
        return source.review_by is not None and as_of > source.review_by

    for id in prepared.state.sources:
        stale |= cite(id)
    for part in prepared.parts:
        for named in prepared.named(part, plan.code):
            if not isinstance(named, str):
                for id in named.sources:
                    stale |= cite(id)
                continue
            found = prepared.binding.found(named, scene.view, scene.line, scene.other)
            if found.asked is None:
                continue
            asked.append(found.asked)
            stale |= found.asked.stale
            source = ruleset.sources[ruleset.tables[found.asked.table].source.text]
            if found.truth is not None:
                cited.append(Citation(source.source.text, found.asked.edition))
                stale |= found.asked.starter and source.review_by is not None and as_of > source.review_by
    return tuple(dict.fromkeys(cited)), stale, tuple(dict.fromkeys(asked))


def _rule(edit: doc.Edit) -> Rule:
    first = next(leaves(edit.require), None)
    at = edit.at.text if edit.at is not None else first.field if first is not None else "claim.type"
    said = edit.denial
    denial = None if said is None else Denial(said.group, said.carc, said.rarc, said.status)
    return Rule(
        edit.edit.text,
        edit.title,
        edit.disposition,
        edit.fix,
        edit.message,
        edit.remedy,
        at,
        denial,
        edit.override != "never",
    )


_rules: dict[int, tuple[doc.Edit, Rule]] = {}


def rule_of(edit: doc.Edit) -> Rule:
    """What findings repeat of an edit; the same object every time."""
    found = _rules.get(id(edit))
    if found is None or found[0] is not edit:
        if len(_rules) > 4096:
            _rules.clear()
        found = _rules[id(edit)] = edit, _rule(edit)
    return found[1]


def reading(plan: Plan, name: str, scene: Scene) -> Seen:
    """What a field, a fact or a look-up holds here."""
    if is_fact(name):
        code = None if scene.line is None else scene.line.code
        return plan.prepared.context.knowledge.fact(name, code).value
    if name in RESOLVED_FIELDS:
        match = scene.match
        answers = {
            "claim.payer": match.payer,
            "payer.line_of_business": match.line_of_business,
            "payer.plan": match.plan,
        }
        answer = answers[name]
        return UNKNOWN if answer is None else answer
    return plan.prepared.binding.reader(name)(scene.view, scene.line, scene.other)


def seen_of(plan: Plan, name: str, scene: Scene) -> Reading:
    """What a finding says that something held."""
    if name == "profile.label":
        profile = plan.prepared.context.knowledge.ruleset.profiles.get(str(scene.line and scene.line.code))
        return None if profile is None else profile.label
    seen = reading(plan, name, scene)
    if not isinstance(seen, Members):
        return seen
    known = tuple(sorted(seen.sure, key=str))
    return known if seen.certain else Open(known)


def unknown_of(plan: Plan, scene: Scene) -> tuple[str, ...]:
    """What was unknown of an edit that is not checked."""
    prepared = plan.prepared
    found: list[str] = []
    if prepared.state.runs is None:
        found += prepared.state.missing
    for part, bounds in prepared.parts.items():
        if part == "fail when":
            continue
        for bound in bounds:
            found += _unknown(plan, bound, scene)
        if part.startswith("extra "):
            clause, undecided = prepared.state.unless[int(part.removeprefix("extra "))]
            if undecided and _truth(plan, clause, list(bounds), scene) is not False:
                found += undecided
    return tuple(dict.fromkeys(found))


def _readings(plan: Plan, bound: Bound, scene: Scene) -> tuple[Seen, list[Seen]]:
    seen = reading(plan, bound.leaf.field, scene)
    return seen, [reading(plan, ref, scene) for ref in bound.refs]


def _unknown(plan: Plan, bound: Bound, scene: Scene) -> list[str]:
    """The names of what makes a condition unknown; none where it is known."""
    seen, others = _readings(plan, bound, scene)
    if bound.truth(seen, others) is not None:
        return []
    found = _names(plan, bound.leaf.field, scene) if incomplete(seen) else []
    members = seen if isinstance(seen, Members) else members_of(seen)
    sets, refs = iter(bound.sets), iter(others)
    for item in bound.leaf.items:
        if isinstance(item, doc.SetRef):
            known = next(sets).members
            doubtful = any(known.contains(value) is None for value in members.possible)
            if doubtful or (bound.leaf.operator == "has all" and not known.certain):
                found.append(f"set.{item.id}")
        elif isinstance(item, doc.FieldRef) and incomplete(next(refs)):
            found += _names(plan, item.name, scene)
    return found or [bound.leaf.field]


def _names(plan: Plan, name: str, scene: Scene) -> list[str]:
    """What to call that which makes a name unknown: itself, or what a look-up lacked."""
    binding = plan.prepared.binding
    if not binding.is_found(name):
        return [name]
    return list(binding.found(name.partition(".")[0], scene.view, scene.line, scene.other).missing)


def _truth(plan: Plan, clause: doc.Clause, bounds: list[Bound], scene: Scene) -> bool | None:
    if isinstance(clause, doc.Leaf):
        bound = bounds.pop(0)
        return bound.truth(*_readings(plan, bound, scene))
    if isinstance(clause, doc.Not):
        truth = _truth(plan, clause.clause, bounds, scene)
        return None if truth is None else not truth
    truths = [_truth(plan, each, bounds, scene) for each in clause.clauses]
    decisive = isinstance(clause, doc.AnyOf)
    if decisive in truths:
        return decisive
    return None if None in truths else not decisive
