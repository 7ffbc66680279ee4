"""What is allowed by the language and wrong all the same: said by `check`, with place and remedy."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

from cpt_rules.language import documents as doc
from cpt_rules.language.conditions import leaves, placeholders
from cpt_rules.language.problems import Problem, shown
from cpt_rules.ruleset.ruleset import Ruleset
from cpt_rules.ruleset.satisfiable import Alternative, Prover, alternatives, any_groups, conjunction


def lint(ruleset: Ruleset) -> list[Problem]:
    """Every problem, in order of path and place."""
    found = [
        *_tests(ruleset),
        *_confidence(ruleset),
        *_unread_facts(ruleset),
        *_impossible(ruleset),
    ]
    return sorted(set(found))


def _tests(ruleset: Ruleset) -> Iterator[Problem]:
    for edit in ruleset.edits.values():
        expected = {test.expect for test in edit.tests}
        name = shown(edit.edit.text)
        if "pass" not in expected:
            yield Problem(edit.mark, f"{name} has no test that passes; add one to `tests`")
        if not expected & {"fail", "warn"}:
            yield Problem(edit.mark, f"{name} has no test that fails or warns; add one to `tests`")
        yield from _unique(edit.tests)
    for overlay in ruleset.overlays:
        yield from _unique(overlay.tests)


def _unique(tests: tuple[doc.Test, ...]) -> Iterator[Problem]:
    seen: set[tuple[str, str]] = set()
    for test in tests:
        key = (test.edit.text if test.edit else "", test.name)
        if key in seen:
            yield Problem(test.mark, f"two tests are called {shown(test.name)}; give each its own name")
        seen.add(key)


# ---- confidence ----------------------------------------------------------------------------------------------------


def _confidence(ruleset: Ruleset) -> Iterator[Problem]:
    """Where a `fail` rests on a source below high confidence: it could only ever warn."""
    for edit in ruleset.edits.values():
        if edit.severity == "fail":
            parts: tuple[doc.Clause, ...] = (edit.when, edit.unless, edit.require)
            why = "a severity of fail"
        elif edit.fail_when is not None:
            parts = (edit.fail_when, edit.require)
            why = "`fail when`"
        else:
            continue
        for id in dict.fromkeys([edit.source.text, *(s for part in parts for s in _set_sources(ruleset, part))]):
            confidence = ruleset.sources[id].confidence
            if confidence != "high":
                what = f"{why} rests on source {shown(id)}, whose confidence is {confidence}; it would only warn"
                yield Problem(
                    edit.mark, f"{shown(edit.edit.text)}: {what}; write `severity: warn`, or find a better source"
                )


def _set_sources(ruleset: Ruleset, clause: doc.Clause | None) -> Iterator[str]:
    for leaf in leaves(clause):
        for item in leaf.items:
            if isinstance(item, doc.SetRef):
                yield from _sources_of_set(ruleset, item.id)


def _sources_of_set(ruleset: Ruleset, id: str) -> Iterator[str]:
    document = ruleset.sets.get(id)
    if document is None:
        return
    yield document.source.text
    for dated in document.values:
        for item in dated.items or ():
            if isinstance(item, doc.SetRef):
                yield from _sources_of_set(ruleset, item.id)
    if isinstance(document.complete, doc.SetRef):
        yield from _sources_of_set(ruleset, document.complete.id)


# ---- facts ---------------------------------------------------------------------------------------------------------


def _unread_facts(ruleset: Ruleset) -> Iterator[Problem]:
    read: set[str] = set()
    for edit in ruleset.edits.values():
        for part in (edit.when, edit.unless, edit.require, edit.fail_when):
            read |= _names(part)
        read |= {*placeholders(edit.message), *placeholders(edit.remedy)}
    for overlay in ruleset.overlays:
        for change in overlay.edits.values():
            read |= _names(change.unless)
    for id, fact in ruleset.facts.items():
        used = f"profile.{id}" in read or f"payer.{id}" in read
        if fact.purpose == "rules" and not used:
            yield Problem(fact.fact.mark, f"no edit reads the fact {shown(id)}; read it, or write `for: display`")
        if fact.purpose == "display" and used:
            yield Problem(fact.fact.mark, f"an edit reads the fact {shown(id)}, which is for display; leave `for` out")


def _names(clause: doc.Clause | None) -> set[str]:
    found: set[str] = set()
    for leaf in leaves(clause):
        found.add(leaf.field)
        found |= {item.name for item in leaf.items if isinstance(item, doc.FieldRef)}
    return found


# ---- what can be proven impossible ---------------------------------------------------------------------------------


def _impossible(ruleset: Ruleset) -> Iterator[Problem]:
    prover = Prover(ruleset)
    applying: dict[str, list[Alternative] | None] = {}
    passing: dict[str, list[Alternative] | None] = {}
    for id, edit in ruleset.edits.items():
        scope = _applies(edit)
        applying[id] = scope
        if not prover.satisfiable(scope):
            yield Problem(edit.mark, f"{shown(id)} can never apply: its `when` and `unless` exclude each other")
            applying[id] = []
            continue
        passing[id] = _and(scope, alternatives(edit.require))
        if not prover.satisfiable(passing[id]):
            yield Problem(edit.mark, f"{shown(id)} can never pass: where it applies, its `require` cannot hold")
            passing[id] = None
        elif not prover.satisfiable(_and(scope, alternatives(edit.require, False))):
            yield Problem(edit.mark, f"{shown(id)} can never fail: where it applies, its `require` always holds")
        yield from _branches(edit, prover)
    yield from _contradictions(ruleset, prover, applying, passing)


def _applies(edit: doc.Edit) -> list[Alternative] | None:
    parts = [alternatives(edit.when), alternatives(edit.unless, False)]
    if edit.payers:
        item = tuple(doc.Constant(name.text, mark=name.mark) for name in edit.payers)
        parts.append(alternatives(doc.Leaf("claim.payer", "in", item, mark=edit.mark)))
    return _and(*parts)


def _and(*parts: list[Alternative] | None) -> list[Alternative] | None:
    known = [part for part in parts if part is not None]
    return conjunction(known) if len(known) == len(parts) else None


def _branches(edit: doc.Edit, prover: Prover) -> Iterator[Problem]:
    """Branches of `any` that cannot hold where they stand, or repeat an earlier one."""
    for part in (edit.when, edit.unless, edit.require):
        around = [] if part is edit.when or part is edit.unless else [alternatives(edit.when)]
        for group in any_groups(part):
            seen: list[doc.Clause] = []
            for number, branch in enumerate(group.clauses, 1):
                mark = next((leaf.mark for leaf in leaves(branch)), edit.mark)
                if branch in seen:
                    yield Problem(mark, f"branch {number} of this `any` repeats an earlier one; leave it out")
                elif not prover.satisfiable(_and(alternatives(branch), *around)):
                    yield Problem(mark, f"branch {number} of this `any` can never hold; mend it or leave it out")
                seen.append(branch)


def _contradictions(
    ruleset: Ruleset,
    prover: Prover,
    applying: dict[str, list[Alternative] | None],
    passing: dict[str, list[Alternative] | None],
) -> Iterator[Problem]:
    """Pairs of edits that apply to the same lines and cannot both pass."""
    fields = {id: _names(edit.require) for id, edit in ruleset.edits.items()}
    for one, other in combinations(ruleset.edits, 2):
        if ruleset.edits[one].each != ruleset.edits[other].each or not fields[one] & fields[other]:
            continue
        mine, theirs = passing.get(one), passing.get(other)
        if not mine or not theirs or prover.satisfiable(_and(mine, theirs)):
            continue
        if prover.satisfiable(_and(applying[one], applying[other])):
            edit = ruleset.edits[other]
            place = ruleset.edits[one].mark
            what = (
                f"{shown(other)} and {shown(one)} ({place.path}:{place.line}) can apply to one line but never both pass"
            )
            yield Problem(edit.mark, f"{what}; narrow the `when` of one")
