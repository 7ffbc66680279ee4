"""Everything that may be tried on a finding: changes of one field each, read off the conditions that stand in the way."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice

from cpt_rules.explanation.about import About, Unmet
from cpt_rules.explanation.derived import field_trials
from cpt_rules.explanation.modifiers import about_modifiers, modifier_trials
from cpt_rules.explanation.policy import last, respelled, stand_ins
from cpt_rules.explanation.stored import held
from cpt_rules.explanation.trial import Trial, respelt, valued
from cpt_rules.fields import FIELDS
from cpt_rules.language import documents as doc
from cpt_rules.ruleset.typing import line_field

_MOST = 400
_CODES = 12
_KEYS = 2000
#: What a look-up is asked with that may be another one: a place or a taxonomy that is on the list. A laboratory or a
#: provider is not another because a table knows others.
_LISTED = ("pos", "taxonomy", "taxonomies")


def to_pass(about: About) -> tuple[Trial, ...]:
    """What may make the edit pass: its requirement comes to hold. Nothing where it rests on what no proposal changes."""
    unmet = _each(about.unmet(about.edit.require, True))
    trials = _distinct(about, (trial for each in unmet for trial in _of_condition(about, each)))
    paths = {trial.path for trial in trials}
    if any(about.reads(leaf).isdisjoint(paths) for leaf in about.needed(about.edit.require)):
        return ()
    return trials


def to_rule_out(about: About) -> tuple[Trial, ...]:
    """What may make the edit no longer apply: a modifier that does not belong on the line, one that is an exception,
    another place of service. Nothing else, for the edit would be got round and not satisfied."""

    def trials() -> Iterator[Trial]:
        for unmet in _each(about.unmet(about.edit.when, False)):
            name = line_field(unmet.leaf.field)
            if about_modifiers(name):
                yield from modifier_trials(about, unmet)
            elif name == "line.pos":
                yield from field_trials(about, unmet)
        changed = [each.change.unless for each in about.judgement.changes if each.change.unless is not None]
        for clause in (about.edit.unless, *changed):
            for unmet in _each(about.unmet(clause, True)):
                if about_modifiers(unmet.leaf.field):
                    yield from modifier_trials(about, unmet)

    return _distinct(about, trials())


def _each(found: Iterator[Unmet]) -> Iterator[Unmet]:
    return iter({(id(each.leaf), each.want): each for each in found}.values())


def _distinct(about: About, trials: Iterator[Trial]) -> tuple[Trial, ...]:
    """The trials that change something, each once."""
    found: dict[object, Trial] = {}
    for trial in trials:
        if held(about.claim, trial.index, trial.path) != trial.value:
            found.setdefault((trial.spot, trial.value), trial)
    return tuple(islice(found.values(), _MOST))


def _of_condition(about: About, unmet: Unmet) -> Iterator[Trial]:
    name = line_field(unmet.leaf.field)
    if about_modifiers(name):
        yield from modifier_trials(about, unmet)
    elif name == "line.code":
        yield from _codes(about)
    elif name in FIELDS:
        yield from field_trials(about, unmet)
    else:
        yield from _of_knowledge(about, unmet)


def _of_knowledge(about: About, unmet: Unmet) -> Iterator[Trial]:
    """A fact of the code, or what a look-up found: what it was asked with may be other."""
    head = unmet.leaf.field.partition(".")[0]
    if head == "profile":
        yield from _codes(about)
    elif head in about.edit.lookup and unmet.want:
        lookup = about.edit.lookup[head]
        for column, item in lookup.keys.items():
            if not isinstance(item, doc.FieldRef):
                continue
            if line_field(item.name) == "line.code":
                yield from _codes(about, _keys(about, lookup, column))
            elif last(item.name) in _LISTED:
                for spot in about.spots(item.name):
                    if held(about.claim, spot[1], spot[0]) is not None:
                        keys = _keys(about, lookup, column)
                        yield from (valued(spot, key, stand_in=True, cost=2) for key in keys)


def _keys(about: About, lookup: doc.Lookup, column: str) -> list[str]:
    """Some keys of a table that stand in the first of its key columns, those of profiled codes first."""
    ruleset = about.setting.knowledge.ruleset
    table = ruleset.tables[lookup.table.text]
    if table.key[0] != column:
        return []
    series = (ruleset.store.series(table.table.text, setting) for setting in table.settings or (None,))
    keys = [key for each in series for edition in reversed(each.editions) for key in islice(edition.keys(), _KEYS)]
    return sorted(dict.fromkeys(keys), key=lambda key: key not in ruleset.profiles)[:_CODES]


def _codes(about: About, more: Iterable[str] = ()) -> Iterator[Trial]:
    """Another code: only where the edit looks at the code alone, and then as a stand-in for the true one."""
    if not about.of_the_code_alone or about.edit.fix == "payer setup":
        return
    for index in about.place.lines:
        spot = ("line.code", index)
        for text in respelled("line.code", about.claim.lines[index].code):
            yield respelt(spot, text)
        profiled = islice(about.setting.knowledge.ruleset.profiles, _CODES)
        for value in dict.fromkeys((*stand_ins(about.claim, "line.code"), *more, *profiled)):
            yield valued(spot, value, stand_in=True, cost=2)
