"""Documents → Ruleset: names resolved, values typed, cycles and contradictions refused. Every problem is said at once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TypeVar

import attrs

from cpt_rules.claim import LINES_OF_BUSINESS
from cpt_rules.fields import FIELDS
from cpt_rules.formats import FORMATS
from cpt_rules.language import documents as doc
from cpt_rules.language.conditions import leaves, placeholders
from cpt_rules.language.problems import Mark, Problem, RulesetError, did_you_mean, shown
from cpt_rules.ruleset.overlap import overlaps
from cpt_rules.ruleset.ruleset import PROFILES_SET, Ruleset, specificity
from cpt_rules.ruleset.tests import link_test
from cpt_rules.ruleset.typing import SET_KIND, Kind, Vocabulary, needs_line

D = TypeVar("D", bound=doc.Document)


def link(documents: Iterable[doc.Document], version: str = "0") -> Ruleset:
    """The ruleset of these documents. Raises `RulesetError` with every problem found."""
    documents = tuple(documents)
    problems: list[Problem] = []
    sources = _by_id(documents, doc.Source, lambda d: d.source, problems)
    sets = _by_id(documents, doc.SetDocument, lambda d: d.set, problems)
    facts = _by_id(documents, doc.Fact, lambda d: d.fact, problems)
    profiles = _by_id(documents, doc.Profile, lambda d: d.profile, problems)
    payers = _by_id(documents, doc.PayerDocument, lambda d: d.payer, problems)
    edits = _by_id(documents, doc.Edit, lambda d: d.edit, problems)
    overlays = _by_id(documents, doc.Overlay, lambda d: d.overlay, problems)
    words = Vocabulary(facts, sets, payers, problems)
    linker = _Linker(words, sources, profiles, edits)
    for fact in facts.values():
        linker.fact(fact)
    if problems:
        raise RulesetError(problems)
    sets = {id: linker.set(each) for id, each in sets.items()}
    profiles = {id: linker.profile(each) for id, each in profiles.items()}
    payers = {id: linker.payer(each) for id, each in payers.items()}
    edits = {id: linker.edit(each) for id, each in sorted(edits.items())}
    linked = tuple(linker.overlay(each) for each in overlays.values())
    linker.cycles(
        {id: list(_sets_named(each)) for id, each in sets.items()}, "set", {id: s.mark for id, s in sets.items()}
    )
    linker.cycles(
        {id: [a.text for a in e.after] for id, e in edits.items()}, "edit", {id: e.mark for id, e in edits.items()}
    )
    linker.former_names()
    problems += overlaps(linked, payers)
    if problems:
        raise RulesetError(problems)
    ordered = tuple(sorted(linked, key=lambda each: (specificity(each.applies), each.overlay.text)))
    return Ruleset(sources, sets, facts, profiles, payers, edits, ordered, version)


def _by_id(
    documents: Iterable[doc.Document], cls: type[D], id_of: Callable[[D], doc.Name], problems: list[Problem]
) -> dict[str, D]:
    found: dict[str, D] = {}
    for document in documents:
        if isinstance(document, cls):
            name = id_of(document)
            if name.text in found:
                first = id_of(found[name.text]).mark
                kind = cls.__name__.lower().removesuffix("document")
                problems.append(
                    Problem(
                        name.mark,
                        f"{kind} {shown(name.text)} stands twice; it stands first in {first.path}:{first.line}",
                    )
                )
            found.setdefault(name.text, document)
    return found


def _sets_named(each: doc.SetDocument) -> Iterator[str]:
    for dated in each.values:
        yield from (item.id for item in dated.items or () if isinstance(item, doc.SetRef))
    if isinstance(each.complete, doc.SetRef):
        yield each.complete.id


@attrs.frozen
class _Linker:
    words: Vocabulary
    sources: Mapping[str, doc.Source]
    profiles: Mapping[str, doc.Profile]
    edits: Mapping[str, doc.Edit]

    def say(self, mark: Mark, message: str) -> None:
        self.words.say(mark, message)

    def refer(self, name: doc.Name | None, known: Mapping[str, object], what: str) -> None:
        if name is not None and name.text not in known:
            self.say(name.mark, f"unknown {what} {shown(name.text)}{did_you_mean(name.text, known)}")

    def fact(self, fact: doc.Fact) -> None:
        if fact.type.format not in FORMATS:
            self.say(
                fact.type.mark,
                f"unknown type {shown(fact.type.format)}{did_you_mean(fact.type.format, FORMATS, f'; one of: {chr(44).join(FORMATS)}')}",
            )
        if f"payer.{fact.fact.text}" in FIELDS:
            self.say(
                fact.fact.mark,
                f"{shown('payer.' + fact.fact.text)} is a field of the claim already; choose another name",
            )

    def set(self, each: doc.SetDocument) -> doc.SetDocument:
        self.refer(each.source, self.sources, "source")
        if each.set.text == PROFILES_SET:
            self.say(each.set.mark, f"the set {shown(PROFILES_SET)} is built in; choose another name")
        if isinstance(each.complete, doc.SetRef):
            self.words.set_known(each.complete)
        values = self.words.timeline(each.values, SET_KIND, sets=True)
        for dated in values:
            for item in dated.items or ():
                if isinstance(item, doc.Span):
                    self.words.width(item)
        return attrs.evolve(each, values=values)

    def profile(self, profile: doc.Profile) -> doc.Profile:
        if not FORMATS["hcpcs"].matches(profile.profile.text):
            self.say(profile.profile.mark, f"{shown(profile.profile.text)} is not a procedure code")
        return attrs.evolve(profile, facts=self.fact_values(profile.facts))

    def payer(self, payer: doc.PayerDocument) -> doc.PayerDocument:
        if payer.line_of_business is not None and payer.line_of_business not in LINES_OF_BUSINESS:
            known = f"; one of: {', '.join(LINES_OF_BUSINESS)}"
            self.say(
                payer.mark,
                f"unknown line of business {shown(payer.line_of_business)}{did_you_mean(payer.line_of_business, LINES_OF_BUSINESS, known)}",
            )
        return attrs.evolve(payer, facts=self.fact_values(payer.facts))

    def fact_values(self, facts: Mapping[str, doc.FactValue]) -> dict[str, doc.FactValue]:
        found: dict[str, doc.FactValue] = {}
        for name, value in facts.items():
            kind = self.fact_kind(name, value.mark)
            self.refer(value.source, self.sources, "source")
            if kind is not None:
                found[name] = attrs.evolve(value, values=self.words.timeline(value.values, kind, sets=False))
        return found

    def fact_kind(self, name: str, mark: Mark) -> Kind | None:
        if name not in self.words.facts:
            self.say(mark, f"unknown fact {shown(name)}{did_you_mean(name, self.words.facts)}")
            return None
        type = self.words.facts[name].type
        return Kind(type.format, type.many)

    # ---- edits -----------------------------------------------------------------------------------------------------

    def edit(self, edit: doc.Edit) -> doc.Edit:
        self.refer(edit.source, self.sources, "source")
        for payer in edit.payers:
            self.refer(payer, self.words.payers, "payer")
        for after in edit.after:
            self.refer(after, self.edits, "edit")
            if edit.each == "claim" and after.text in self.edits and self.edits[after.text].each == "line":
                self.say(
                    after.mark,
                    f"{shown(after.text)} is for each line; an edit for each claim can only follow such edits",
                )
        clause = self.words.clause
        linked = attrs.evolve(
            edit,
            payers=tuple(sorted(edit.payers, key=lambda name: name.text)),
            when=clause(edit.when, edit.each),
            unless=clause(edit.unless, edit.each),
            require=clause(edit.require, edit.each),
            fail_when=None if edit.fail_when is None else clause(edit.fail_when, edit.each),
            tests=tuple(link_test(test, self.words) for test in edit.tests),
        )
        self.presumed(linked)
        self.pointed(linked)
        for template in (edit.message, edit.remedy):
            for name in placeholders(template):
                if self.words.kind(name) is None and name != "profile.label":
                    self.say(
                        edit.mark,
                        f"the message or remedy of {shown(edit.edit.text)} has {shown('{' + name + '}')}; {self.words.unknown_name(name)}",
                    )
                else:
                    self.words.bound(name, edit.mark, edit.each)
        if edit.since and edit.until and edit.since > edit.until:
            self.say(edit.mark, f"`since` {edit.since} is after `until` {edit.until}")
        for test in edit.tests:
            if test.edit is not None and test.edit.text != edit.edit.text:
                self.say(test.edit.mark, "a test of an edit is of that edit; leave `edit` out")
        return linked

    def presumed(self, edit: doc.Edit) -> None:
        named = {
            item.id
            for part in (edit.when, edit.unless, edit.require, edit.fail_when)
            for leaf in leaves(part)
            for item in leaf.items
            if isinstance(item, doc.SetRef)
        }
        for name in edit.presume:
            if name.text not in self.words.sets:
                self.refer(name, self.words.sets, "set")
            elif name.text not in named:
                self.say(name.mark, f"{shown(name.text)} is presumed complete, but no condition of this edit names it")
            elif self.words.sets[name.text].complete == "yes":
                self.say(name.mark, f"{shown(name.text)} is complete; leave `presume` out")
        if edit.presume and edit.severity == "fail":
            self.say(
                edit.presume[0].mark,
                "a presumption makes a `warn` at most; write `severity: warn`, and `fail when` for what is certain",
            )

    def pointed(self, edit: doc.Edit) -> None:
        if edit.at is None:
            return
        if edit.at.text not in FIELDS:
            self.say(edit.at.mark, f"`at` names a field of the claim; {self.words.unknown_name(edit.at.text)}")
        elif edit.each == "claim" and needs_line(edit.at.text):
            self.say(edit.at.mark, f"{shown(edit.at.text)} needs a line, and this edit is for each claim")

    # ---- overlays --------------------------------------------------------------------------------------------------

    def overlay(self, overlay: doc.Overlay) -> doc.Overlay:
        applies = overlay.applies
        self.refer(applies.payer, self.words.payers, "payer")
        if specificity(applies) == 0:
            self.say(applies.mark, "an overlay says for whom it is: payer, line_of_business, plan, state or client")
        if applies.line_of_business is not None and applies.line_of_business not in LINES_OF_BUSINESS:
            known = f"; one of: {', '.join(LINES_OF_BUSINESS)}"
            self.say(
                applies.mark,
                f"unknown line of business {shown(applies.line_of_business)}{did_you_mean(applies.line_of_business, LINES_OF_BUSINESS, known)}",
            )
        if applies.plan is not None and applies.payer is not None and applies.payer.text in self.words.payers:
            plans = self.words.payers[applies.payer.text].plans
            if plans and applies.plan not in plans:
                self.say(
                    applies.mark,
                    f"unknown plan {shown(applies.plan)}{did_you_mean(applies.plan, plans, f'; known plans: {chr(44).join(plans)}')}",
                )
        for test in overlay.tests:
            if test.edit is None:
                self.say(test.mark, "a test of an overlay names its `edit`")
            self.refer(test.edit, self.edits, "edit")
        return attrs.evolve(
            overlay,
            edits={id: self.edit_change(id, change) for id, change in overlay.edits.items()},
            sets={id: self.set_changes(id, changes) for id, changes in overlay.sets.items()},
            profiles={code: self.profile_changes(code, facts, overlay) for code, facts in overlay.profiles.items()},
            facts={fact: self.fact_changes(fact, changes) for fact, changes in overlay.facts.items()},
            tests=tuple(link_test(test, self.words) for test in overlay.tests),
        )

    def edit_change(self, id: str, change: doc.EditChange) -> doc.EditChange:
        self.refer(change.source, self.sources, "source")
        self.dates(change.since, change.until, change.mark)
        if id not in self.edits:
            self.say(change.mark, f"unknown edit {shown(id)}{did_you_mean(id, self.edits)}")
            return change
        if change.adopt and change.off:
            self.say(change.mark, "`adopt` and `off` exclude each other")
        if change.off and not change.reason:
            self.say(change.mark, "`off` needs a `reason`")
        if not (change.adopt or change.off or change.severity or change.unless):
            self.say(change.mark, "this changes nothing; write adopt, off, severity or unless")
        if change.severity == "fail" and self.edits[id].presume:
            self.say(change.mark, f"{shown(id)} rests on a presumption, which makes a `warn` at most")
        unless = None if change.unless is None else self.words.clause(change.unless, self.edits[id].each)
        return attrs.evolve(change, unless=unless)

    def set_changes(self, id: str, changes: tuple[doc.ValueChange, ...]) -> tuple[doc.ValueChange, ...]:
        if id not in self.words.sets:
            self.say(changes[0].mark, f"unknown set {shown(id)}{did_you_mean(id, self.words.sets)}")
            return changes
        return self.value_changes(changes, SET_KIND)

    def profile_changes(
        self, code: str, facts: Mapping[str, tuple[doc.ValueChange, ...]], overlay: doc.Overlay
    ) -> dict[str, tuple[doc.ValueChange, ...]]:
        if code not in self.profiles:
            mark = next((changes[0].mark for changes in facts.values()), overlay.mark)
            self.say(mark, f"unknown profile {shown(code)}{did_you_mean(code, self.profiles)}")
            return dict(facts)
        return {fact: self.fact_changes(fact, changes) for fact, changes in facts.items()}

    def fact_changes(self, fact: str, changes: tuple[doc.ValueChange, ...]) -> tuple[doc.ValueChange, ...]:
        kind = self.fact_kind(fact, changes[0].mark)
        if kind is None:
            return changes
        for change in changes:
            if change.sign and not kind.many:
                self.say(
                    change.mark,
                    f"`{fact}{change.sign}` where {shown(fact)} is one {kind.type}; write `{fact}` to replace it",
                )
        return self.value_changes(changes, kind)

    def value_changes(self, changes: tuple[doc.ValueChange, ...], kind: Kind) -> tuple[doc.ValueChange, ...]:
        for change in changes:
            self.refer(change.source, self.sources, "source")
            self.dates(change.since, change.until, change.mark)
        order = {"": 0, "+": 1, "-": 2}
        typed = (attrs.evolve(each, values=self.words.timeline(each.values, kind, sets=False)) for each in changes)
        return tuple(sorted(typed, key=lambda each: order[each.sign]))

    def dates(self, since: object, until: object, mark: Mark) -> None:
        if since is not None and until is not None and str(since) > str(until):
            self.say(mark, f"`since` {since} is after `until` {until}")

    # ---- the whole -------------------------------------------------------------------------------------------------

    def cycles(self, graph: Mapping[str, list[str]], what: str, marks: Mapping[str, Mark]) -> None:
        """Says one problem for each round trip."""
        done: set[str] = set()
        for start in sorted(graph):
            path: list[str] = []
            stack: list[tuple[str, Iterator[str]]] = [(start, iter(graph[start]))] if start not in done else []
            path += [start] if stack else []
            while stack:
                _, rest = stack[-1]
                following = next(rest, None)
                if following is None:
                    stack.pop()
                    done.add(path.pop())
                elif following in path:
                    trip = [*path[path.index(following) :], following]
                    self.say(marks[following], f"a {what} that leads back to itself: {' → '.join(trip)}")
                    return
                elif following not in done and following in graph:
                    path.append(following)
                    stack.append((following, iter(graph[following])))

    def former_names(self) -> None:
        seen: dict[str, str] = {id: id for id in self.edits}
        for id, edit in self.edits.items():
            for former in edit.formerly:
                if former in seen:
                    self.say(edit.mark, f"{shown(former)} is a name of {shown(seen[former])} already")
                seen[former] = id
