"""Names and values of overlays: whom they concern and what they change must exist."""

from __future__ import annotations

from collections.abc import Mapping

import attrs

from cpt_rules.language import documents as doc
from cpt_rules.language.problems import did_you_mean, shown
from cpt_rules.ruleset.resolve import Resolver
from cpt_rules.ruleset.ruleset import specificity
from cpt_rules.ruleset.tests import link_test
from cpt_rules.ruleset.typing import SET_KIND, Kind

Changes = tuple[doc.ValueChange, ...]
_SIGNS = {"": 0, "+": 1, "-": 2}


def resolve_overlay(overlay: doc.Overlay, resolver: Resolver) -> doc.Overlay:
    """The overlay with its values typed; what is wrong with it is said."""
    _applies(overlay.applies, resolver)
    for test in overlay.tests:
        if test.edit is None:
            resolver.say(test.mark, "a test of an overlay says which edit it tests; add `edit`")
        resolver.words.refer(test.edit, resolver.edits, "edit")
    return attrs.evolve(
        overlay,
        edits={id: _edit(id, change, resolver) for id, change in overlay.edits.items()},
        sets={id: _set(id, changes, resolver) for id, changes in overlay.sets.items()},
        profiles={code: _profile(code, facts, overlay, resolver) for code, facts in overlay.profiles.items()},
        facts={fact: _fact(fact, changes, resolver) for fact, changes in overlay.facts.items()},
        tests=tuple(link_test(test, resolver.words) for test in overlay.tests),
    )


def _applies(applies: doc.For, resolver: Resolver) -> None:
    if specificity(applies) == 0:
        what = "an overlay says for whom it is"
        resolver.say(applies.mark, f"{what}; write payer, line_of_business, plan, state or client")
    known = resolver.words.refer(applies.payer, resolver.words.payers, "payer")
    resolver.line_of_business(applies.line_of_business, doc.place_of(applies, "line_of_business"))
    if applies.plan is not None and applies.payer is not None and known:
        plans = resolver.words.payers[applies.payer.text].plans
        if plans and applies.plan not in plans:
            hint = did_you_mean(applies.plan, plans, f"; plans of {applies.payer.text}: {', '.join(plans)}")
            resolver.say(doc.place_of(applies, "plan"), f"unknown plan {shown(applies.plan)}{hint}")


def _edit(id: str, change: doc.EditChange, resolver: Resolver) -> doc.EditChange:
    say, place = resolver.say, doc.place_of
    resolver.words.refer(change.source, resolver.sources, "source")
    resolver.dates(change)
    if not resolver.known(id, resolver.edits, "edit", change.mark):
        return change
    if change.adopt and change.off:
        say(place(change, "off"), "`adopt` and `off` exclude each other; leave one out")
    elif change.off and not change.reason:
        say(place(change, "off"), "`off` needs a `reason`; say in a few words why the edit does not run")
    if not (change.adopt or change.off or change.severity or change.unless):
        say(change.mark, "this changes nothing; write adopt, off, severity or unless")
    if change.severity == "fail" and resolver.edits[id].presume:
        what = f"{shown(id)} rests on a presumption, which makes a `warn` at most"
        say(place(change, "severity"), f"{what}; leave `severity` out")
    unless = None if change.unless is None else resolver.words.clause(change.unless, resolver.scope(id))
    return attrs.evolve(change, unless=unless)


def _set(id: str, changes: Changes, resolver: Resolver) -> Changes:
    if not resolver.known(id, resolver.words.sets, "set", changes[0].mark):
        return changes
    return _values(changes, SET_KIND, resolver)


def _profile(code: str, facts: Mapping[str, Changes], overlay: doc.Overlay, resolver: Resolver) -> dict[str, Changes]:
    mark = overlay.places.get(f"profiles {code}", overlay.mark)
    if not resolver.known(code, resolver.profiles, "profile", mark):
        return dict(facts)
    return {fact: _fact(fact, changes, resolver) for fact, changes in facts.items()}


def _fact(fact: str, changes: Changes, resolver: Resolver) -> Changes:
    kind = resolver.fact_kind(fact, changes[0].mark)
    if kind is None:
        return changes
    for change in changes:
        if change.sign and not kind.many:
            what = f"`{fact}{change.sign}` where {shown(fact)} is one {kind.type}, no list"
            resolver.say(change.mark, f"{what}; write `{fact}` to replace it")
    return _values(changes, kind, resolver)


def _values(changes: Changes, kind: Kind, resolver: Resolver) -> Changes:
    """The changes with their values typed, in the order in which they act: replace, add, take away."""
    for change in changes:
        resolver.words.refer(change.source, resolver.sources, "source")
        resolver.dates(change)
    typed = (attrs.evolve(each, values=resolver.words.timeline(each.values, kind, sets=False)) for each in changes)
    return tuple(sorted(typed, key=lambda each: _SIGNS[each.sign]))
