"""Names and values of single documents: every name must exist, every value must have its type, or a problem says why."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import attrs

from cpt_rules.claim import LINES_OF_BUSINESS
from cpt_rules.fields import FIELDS
from cpt_rules.formats import FORMATS
from cpt_rules.language import documents as doc
from cpt_rules.language.conditions import leaves, placeholders, stray_brace
from cpt_rules.language.problems import Mark, did_you_mean, shown
from cpt_rules.ruleset.lookups import resolve_lookup
from cpt_rules.ruleset.ruleset import PROFILES_SET
from cpt_rules.ruleset.tests import link_test
from cpt_rules.ruleset.typing import SET_KIND, Kind, Scope, Vocabulary, line_field, unknown

#: What an edit may come after, by what it binds.
_BEFORE = {
    "claim": ("claim",),
    "line": ("claim", "line"),
    "pair": ("claim", "line", "pair"),
    "later-pair": ("claim", "line", "later-pair"),
    "day": ("claim", "line", "day"),
}


@attrs.frozen
class Resolver:
    """The documents that others may name, and what is said about those that do."""

    words: Vocabulary
    sources: Mapping[str, doc.Source]
    profiles: Mapping[str, doc.Profile]
    edits: Mapping[str, doc.Edit]

    def say(self, mark: Mark, message: str) -> None:
        self.words.say(mark, message)

    # ---- knowledge -------------------------------------------------------------------------------------------------

    def fact(self, fact: doc.Fact) -> None:
        if fact.type.format not in FORMATS:
            known = f"; one of: {', '.join(FORMATS)}, and each as `list of …`"
            hint = did_you_mean(fact.type.format, FORMATS, known)
            self.say(fact.type.mark, f"unknown type {shown(fact.type.format)}{hint}")
        name = f"payer.{fact.fact.text}"
        if name in FIELDS:
            self.say(fact.fact.mark, f"{shown(name)} is a field of the claim already; choose another name")

    def set(self, each: doc.SetDocument) -> doc.SetDocument:
        self.words.refer(each.source, self.sources, "source")
        if each.set.text == PROFILES_SET:
            self.say(each.set.mark, f"the set {shown(PROFILES_SET)} is built in; choose another name")
        if isinstance(each.complete, doc.SetRef):
            self.words.set_known(each.complete)
        return attrs.evolve(each, values=self.words.timeline(each.values, SET_KIND, sets=True))

    def profile(self, profile: doc.Profile) -> doc.Profile:
        form = FORMATS["hcpcs"]
        if not form.matches(profile.profile.text):
            what = f"{shown(profile.profile.text)} is not a procedure code ({form.meaning})"
            self.say(profile.profile.mark, f"{what}, such as {form.example}")
        return attrs.evolve(profile, facts=self.fact_values(profile.facts))

    def payer(self, payer: doc.PayerDocument) -> doc.PayerDocument:
        self.line_of_business(payer.line_of_business, doc.place_of(payer, "line of business"))
        return attrs.evolve(payer, facts=self.fact_values(payer.facts))

    def line_of_business(self, text: str | None, mark: Mark) -> None:
        if text is not None and text not in LINES_OF_BUSINESS:
            known = f"; one of: {', '.join(LINES_OF_BUSINESS)}"
            self.say(mark, f"unknown line of business {shown(text)}{did_you_mean(text, LINES_OF_BUSINESS, known)}")

    def fact_values(self, facts: Mapping[str, doc.FactValue]) -> dict[str, doc.FactValue]:
        found: dict[str, doc.FactValue] = {}
        for name, value in facts.items():
            kind = self.fact_kind(name, value.mark)
            self.words.refer(value.source, self.sources, "source")
            if kind is not None:
                values = self.words.timeline(value.values, kind, sets=False)
                found[name] = value if values is value.values else attrs.evolve(value, values=values)
        return found

    def fact_kind(self, name: str, mark: Mark) -> Kind | None:
        if name not in self.words.facts:
            self.say(mark, unknown("fact", name, self.words.facts))
            return None
        type = self.words.facts[name].type
        return Kind(type.format, type.many)

    # ---- edits -----------------------------------------------------------------------------------------------------

    def edit(self, edit: doc.Edit) -> doc.Edit:
        self.words.refer(edit.source, self.sources, "source")
        for payer in edit.payers:
            self.words.refer(payer, self.words.payers, "payer")
        for after in edit.after:
            known = self.words.refer(after, self.edits, "edit")
            if known and self.edits[after.text].each not in _BEFORE[edit.each]:
                what = f"{shown(after.text)} is for each {self.edits[after.text].each}, this edit for each {edit.each}"
                *others, last = _BEFORE[edit.each]
                allowed = f"{', '.join(others)} or {last}" if others else last
                self.say(after.mark, f"{what}; it can only come after edits for each {allowed}")
        clause = self.words.clause
        scope = Scope(edit.each, edit.lookup)
        linked = attrs.evolve(
            edit,
            lookup={alias: resolve_lookup(alias, each, scope, self.words) for alias, each in edit.lookup.items()},
            payers=tuple(sorted(edit.payers, key=lambda name: name.text)),
            when=clause(edit.when, scope),
            unless=clause(edit.unless, scope),
            require=clause(edit.require, scope),
            fail_when=None if edit.fail_when is None else clause(edit.fail_when, scope),
            tests=tuple(link_test(test, self.words) for test in edit.tests),
        )
        self.presumed(linked)
        self.pointed(linked)
        self.template(edit.message, doc.place_of(edit, "message"), scope)
        self.template(edit.remedy, doc.place_of(edit, "remedy"), scope)
        self.dates(edit)
        for test in edit.tests:
            if test.edit is not None and test.edit.text != edit.edit.text:
                self.say(test.edit.mark, f"a test of {shown(edit.edit.text)} by its place; leave `edit` out")
        return linked

    def scope(self, id: str) -> Scope:
        """Where the conditions of an edit stand."""
        return Scope(self.edits[id].each, self.edits[id].lookup)

    def presumed(self, edit: doc.Edit) -> None:
        named = {
            item.id
            for part in (edit.when, edit.unless, edit.require, edit.fail_when)
            for leaf in leaves(part)
            for item in leaf.items
            if isinstance(item, doc.SetRef)
        }
        for name in edit.presume:
            if not self.words.refer(name, self.words.sets, "set"):
                continue
            if name.text not in named:
                what = f"{shown(name.text)} is presumed complete, but no condition of this edit names it"
                self.say(name.mark, f"{what}; name it, or leave it out")
            elif self.words.sets[name.text].complete == "yes":
                self.say(name.mark, f"{shown(name.text)} is complete already; leave it out of `presume`")
        if edit.presume and edit.severity == "fail":
            what = "`presume` makes a `warn` at most"
            self.say(
                doc.place_of(edit, "severity"), f"{what}; write `severity: warn`, and `fail when` for what is certain"
            )

    def pointed(self, edit: doc.Edit) -> None:
        if edit.at is None:
            return
        name, mark = edit.at.text, edit.at.mark
        scope = Scope(edit.each, edit.lookup)
        if line_field(name) in FIELDS and (scope.pairs or name in FIELDS):
            self.words.bound(name, mark, scope)
        elif self.words.kind(name) is not None:
            self.say(mark, f"{shown(name)} is a fact; `at` names a field of the claim, such as line.code")
        else:
            self.say(mark, self.words.unknown_name(name))

    def template(self, template: str, mark: Mark, scope: Scope) -> None:
        """Says what is wrong with the names in braces of a message or remedy."""
        if stray_brace(template):
            self.say(mark, "a brace on its own; a name stands between `{` and `}`, such as {line.code}")
        for name in placeholders(template):
            if name == "profile.label" or self.words.kind(name, scope) is not None:
                self.words.bound(name, mark, scope)
            else:
                self.words.say_unknown(name, mark, scope)

    def dates(self, part: doc.Edit | doc.EditChange | doc.ValueChange) -> None:
        if part.since is not None and part.until is not None and part.since > part.until:
            self.say(doc.place_of(part, "until"), f"`until` {part.until} is before `since` {part.since}; swap them")

    def known(self, id: str, known: Iterable[str], what: str, mark: Mark) -> bool:
        """Whether a document of that id exists; if not, that is said."""
        return self.words.refer(doc.Name(id, mark=mark), known, what)
