"""A finding of the direct engine, built when it is asked for: what was seen, what was missing, on whose word."""

from __future__ import annotations

import datetime as dt

from cpt_rules.claim import Line
from cpt_rules.engine.operators import Seen
from cpt_rules.engine.prepare import Bound, Plan, incomplete, is_fact
from cpt_rules.fields import FIELDS, RESOLVED_FIELDS
from cpt_rules.finding import Denial, Finding, Outcome, Rule
from cpt_rules.language import documents as doc
from cpt_rules.language.conditions import leaves, placeholders
from cpt_rules.reading import UNKNOWN, Open, Reading, View
from cpt_rules.ruleset.members import Members, members_of
from cpt_rules.ruleset.payers import PayerMatch


def finding_of(
    plan: Plan, status: Outcome, view: View, match: PayerMatch, line: Line | None, index: int | None
) -> Finding:
    """The finding of a plan on a line, or on the claim where `line` is None."""
    edit = plan.prepared.edit
    claim = view.claim
    date = FIELDS["claim.first_date" if line is None else "line.date"].read(view, line)
    bad = status in (Outcome.WARN, Outcome.FAIL)
    return Finding(
        rule=rule_of(edit),
        status=status,
        claim=claim.id,
        line=None if line is None else line.number,
        index=index,
        code=None if line is None else line.code,
        date=date if isinstance(date, dt.date) else None,
        payer=match.payer,
        values=_values(plan, view, match, line),
        missing=_missing(plan, view, match, line) if status == Outcome.NOT_CHECKED else (),
        sources=plan.sources,
        stale=plan.stale,
        overlay=plan.overlay,
        charge_at_risk=(claim.charge if line is None else line.charge) if bad else None,
    )


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


def reading(bound_or_plan: Plan, name: str, view: View, match: PayerMatch, line: Line | None) -> Seen:
    """What a field or fact holds for this line."""
    if is_fact(name):
        return bound_or_plan.prepared.context.knowledge.fact(
            name, bound_or_plan.code if isinstance(bound_or_plan.code, str) else None
        ).value
    if name in RESOLVED_FIELDS:
        answers = {
            "claim.payer": match.payer,
            "payer.line_of_business": match.line_of_business,
            "payer.plan": match.plan,
        }
        answer = answers[name]
        return UNKNOWN if answer is None else answer
    return FIELDS[name].read(view, line)


def _values(plan: Plan, view: View, match: PayerMatch, line: Line | None) -> tuple[tuple[str, Reading], ...]:
    names = [name for bound in plan.prepared.every for name in (bound.leaf.field, *bound.refs) if not is_fact(name)]
    edit = plan.prepared.edit
    names += [*placeholders(edit.message), *placeholders(edit.remedy)]
    return tuple((name, _plain(plan, name, view, match, line)) for name in dict.fromkeys(names))


def _plain(plan: Plan, name: str, view: View, match: PayerMatch, line: Line | None) -> Reading:
    if name == "profile.label":
        profile = plan.prepared.context.knowledge.ruleset.profiles.get(str(plan.code))
        return None if profile is None else profile.label
    seen = reading(plan, name, view, match, line)
    if not isinstance(seen, Members):
        return seen
    known = tuple(sorted(seen.sure, key=str))
    return known if seen.certain else Open(known)


def _missing(plan: Plan, view: View, match: PayerMatch, line: Line | None) -> tuple[str, ...]:
    prepared = plan.prepared
    found = list(prepared.state.missing) if prepared.state.runs is None else []
    for part, bounds in prepared.parts.items():
        if part == "fail when":
            continue
        for bound in bounds:
            found += _unknown(plan, bound, view, match, line)
        if part.startswith("extra "):
            clause, undecided = prepared.state.unless[int(part.removeprefix("extra "))]
            if undecided and _truth(plan, clause, list(bounds), view, match, line) is not False:
                found += undecided
    return tuple(dict.fromkeys(found))


def _readings(plan: Plan, bound: Bound, view: View, match: PayerMatch, line: Line | None) -> tuple[Seen, list[Seen]]:
    seen = reading(plan, bound.leaf.field, view, match, line)
    return seen, [reading(plan, ref, view, match, line) for ref in bound.refs]


def _unknown(plan: Plan, bound: Bound, view: View, match: PayerMatch, line: Line | None) -> list[str]:
    """The names of what makes a condition unknown; none where it is known."""
    seen, others = _readings(plan, bound, view, match, line)
    if bound.truth(seen, others) is not None:
        return []
    found = [bound.leaf.field] if incomplete(seen) else []
    members = seen if isinstance(seen, Members) else members_of(seen)
    sets, refs = iter(bound.sets), iter(others)
    for item in bound.leaf.items:
        if isinstance(item, doc.SetRef):
            known = next(sets).members
            doubtful = any(known.contains(value) is None for value in members.possible)
            if doubtful or (bound.leaf.operator == "has all" and known.open_ended):
                found.append(f"set.{item.id}")
        elif isinstance(item, doc.FieldRef) and incomplete(next(refs)):
            found.append(item.name)
    return found or [bound.leaf.field]


def _truth(
    plan: Plan, clause: doc.Clause, bounds: list[Bound], view: View, match: PayerMatch, line: Line | None
) -> bool | None:
    if isinstance(clause, doc.Leaf):
        bound = bounds.pop(0)
        return bound.truth(*_readings(plan, bound, view, match, line))
    if isinstance(clause, doc.Not):
        truth = _truth(plan, clause.clause, bounds, view, match, line)
        return None if truth is None else not truth
    truths = [_truth(plan, each, bounds, view, match, line) for each in clause.clauses]
    decisive = isinstance(clause, doc.AnyOf)
    if decisive in truths:
        return decisive
    return None if None in truths else not decisive
