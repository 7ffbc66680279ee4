"""The tests inside the rulesets: a claim is built from what a test gives, scrubbed, and the edit's outcome compared.

Tests run on starter tables alone. Facts, sets and rows that a test gives stand in the place of those of the base, for
all time, on the word of the edit's own source; overlays still change them.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from typing import Literal

from attrs import define, evolve, field, frozen

from cpt_rules.claim import Claim
from cpt_rules.engine import Engine
from cpt_rules.finding import Outcome, Report
from cpt_rules.language import documents as doc
from cpt_rules.language.problems import Mark
from cpt_rules.language.values import NOT_AVAILABLE
from cpt_rules.ruleset.ruleset import Ruleset
from cpt_rules.ruleset.starters import starters_of
from cpt_rules.tables.store import Tables
from cpt_rules.testing.building import ABSENT, TODAY, CannotBuild, Texts, build_claim, typed

__all__ = [
    "ABSENT",
    "TODAY",
    "CannotBuild",
    "InlineTest",
    "InlineTests",
    "TestResult",
    "build_claim",
    "outcome",
    "run_tests",
    "supposed",
    "told_ruleset",
    "with_causes",
]

Kind = Literal["direct", "reference", "rete"]


@frozen
class TestResult:
    """What came of one inline test. `error` says why it could not be run; it has not passed then."""

    __test__ = False  # not a pytest class

    mark: Mark
    edit: str
    name: str
    expected: str
    found: str
    expected_missing: tuple[str, ...] | None = None
    found_missing: tuple[str, ...] = ()
    overlay: str | None = None
    error: str | None = None

    @property
    def passed(self) -> bool:
        as_expected = self.error is None and self.found == self.expected
        return as_expected and self.expected_missing in (None, self.found_missing)


@frozen
class InlineTest:
    """One inline test: the edit it is about, and the overlay it stands in, if it stands in one."""

    __test__ = False

    test: doc.Test
    edit: doc.Edit
    overlay: str | None = None


@frozen
class Situation:
    """What an inline test is run on: the ruleset with what it supposes, its claim, today, and the client."""

    ruleset: Ruleset
    claim: Claim
    as_of: dt.date
    client: str | None


@define(eq=False)
class InlineTests:
    """The inline tests of a ruleset, run on starter tables alone. Engines are kept from one test to the next."""

    ruleset: Ruleset
    kind: Kind = "direct"
    _engines: dict[object, Engine] = field(factory=dict)

    def __attrs_post_init__(self) -> None:
        self.ruleset = evolve(self.ruleset, store=Tables(None, self.ruleset.store.starters))

    def __iter__(self) -> Iterator[InlineTest]:
        """The tests of the edits in order of id, then those of the overlays."""
        for edit in self.ruleset.edits.values():
            yield from (InlineTest(test, edit) for test in edit.tests)
        for overlay in self.ruleset.overlays:
            for test in overlay.tests:
                if test.edit is not None:
                    yield InlineTest(test, self.ruleset.edits[test.edit.text], overlay.overlay.text)

    def run(self, each: InlineTest) -> TestResult:
        """What comes of a test. Never raises for what it gives."""
        test, id = each.test, each.edit.edit.text
        result = TestResult(test.mark, id, test.name, test.expect, "", test.missing, (), each.overlay)
        try:
            on = self.situation(each)
        except CannotBuild as fault:
            return evolve(result, error=str(fault))
        report = self._engine(each, on).scrub(on.claim)
        found, missing = outcome(report, id, self.place(each))
        return evolve(result, found=found, found_missing=missing)

    def place(self, each: InlineTest) -> int | None:
        """The line that is judged, by its place in the claim; None: the claim itself."""
        return None if each.edit.each == "claim" else each.test.on - 1

    def situation(self, each: InlineTest) -> Situation:
        """What a test is run on. Raises `CannotBuild` where it gives what no claim can hold, or a client nobody knows."""
        test, given = each.test, each.test.given
        claim, index = build_claim(given), self.place(each)
        if index is not None and index >= len(claim.lines):
            raise CannotBuild(f"`on: {test.on}`, but the claim has {len(claim.lines)} lines")
        if given.client is not None and given.client not in {o.applies.client for o in self.ruleset.overlays}:
            raise CannotBuild(f"no overlay is for the client {given.client!r}")
        told = bool(given.knowledge or given.rows)
        ruleset = told_ruleset(self.ruleset, each.edit, test, claim) if told else self.ruleset
        return Situation(ruleset, claim, given.as_of or TODAY, given.client)

    def _engine(self, each: InlineTest, on: Situation) -> Engine:
        """An engine of the edit and of what may silence it; one that rests on suppositions serves one test."""
        key = (each.edit.edit.text, on.as_of, on.client)
        if on.ruleset is self.ruleset and key in self._engines:
            return self._engines[key]
        select = with_causes(on.ruleset, each.edit)
        engine = Engine(on.ruleset, kind=self.kind, as_of=on.as_of, client=on.client, select=select)
        if on.ruleset is self.ruleset:
            self._engines[key] = engine
        return engine


def run_tests(ruleset: Ruleset, *, kind: Kind = "direct") -> Iterator[TestResult]:
    """Runs every inline test: those of the edits in order of id, then those of the overlays."""
    tests = InlineTests(ruleset, kind)
    return map(tests.run, tests)


def outcome(report: Report, edit: str, index: int | None) -> tuple[str, tuple[str, ...]]:
    """The outcome of an edit on the line at `index`, or on the claim (None), and what was missing for it.

    Of several (the pairs of a line) the worst counts; of what was missing in them, everything.
    """
    found = [each for each in report.findings if each.edit == edit and each.index == index]
    if not found:
        silenced = any(each.edit == edit and each.index == index for each in report.silenced)
        return (Outcome.SILENCED if silenced else Outcome.NOT_APPLICABLE).label, ()
    worst = max(each.status for each in found)
    missing = dict.fromkeys(name for each in found if each.status == worst for name in each.missing)
    return worst.label, tuple(missing)


# ---- what a test says is known -------------------------------------------------------------------------------------


def told_ruleset(ruleset: Ruleset, edit: doc.Edit, test: doc.Test, claim: Claim) -> Ruleset:
    """The ruleset with the facts, sets and rows that a test of `edit` gives, on the word of the edit's own source."""
    return supposed(ruleset, test.given.knowledge, test.given.rows, claim, edit.source, test.mark)


def supposed(
    ruleset: Ruleset,
    knowledge: Mapping[str, Texts],
    rows: Mapping[str, tuple[Texts, ...]],
    claim: Claim,
    source: doc.Name,
    mark: Mark,
) -> Ruleset:
    """The ruleset with these facts, sets and rows in the place of its own, for all time, on the word of `source`.

    Facts of a profile are those of every code of the claim, facts of a payer those of every payer. Other tables answer
    as they are loaded, or where rows are given by their starters alone. Raises `CannotBuild` for a value that is not of its type.
    """
    sets, profiles, payers = dict(ruleset.sets), dict(ruleset.profiles), dict(ruleset.payers)
    for name, texts in knowledge.items():
        head, _, id = name.partition(".")
        kind = "text" if head == "set" else ruleset.facts[id].type.format
        values = _always(name, kind, texts, mark)
        if head == "set":
            sets[id] = evolve(sets[id], values=values, complete="yes", source=source)
            continue
        value = doc.FactValue(values, source if values else None, mark=mark)
        if head == "payer":
            payers = {key: evolve(each, facts={**each.facts, id: value}) for key, each in payers.items()}
            continue
        for code in {line.code for line in claim.lines if line.code is not None}:
            profile = profiles.get(code) or doc.Profile(doc.Name(code, mark=mark), mark=mark)
            profiles[code] = evolve(profile, facts={**profile.facts, id: value})
    store = _told_tables(ruleset, rows) if rows else ruleset.store
    return evolve(ruleset, sets=sets, profiles=profiles, payers=payers, store=store)


def _always(name: str, kind: str, texts: Texts, mark: Mark) -> doc.Timeline:
    """Values that hold at all times; none where they are not available."""
    if texts == (NOT_AVAILABLE,):
        return ()
    items = tuple(doc.Constant(typed(name, kind, text), mark=mark) for text in texts)  # type: ignore[arg-type]
    return (doc.Dated(dt.date.min, items, mark=mark),)


def _told_tables(ruleset: Ruleset, rows: Mapping[str, tuple[tuple[str, ...], ...]]) -> Tables:
    """The starter tables, those that a test gives replaced: complete, and for all time unless its rows have dates."""
    starters = [each for each in ruleset.store.starters if each[0].table not in rows]
    for id, given in rows.items():
        table = evolve(ruleset.tables[id], edition=None, since=None, until=None, complete="yes")
        starters += starters_of(ruleset, table, given)
    return Tables(None, tuple(starters))


def with_causes(ruleset: Ruleset, edit: doc.Edit) -> set[str]:
    """The edit, and every edit that may silence it."""
    found: set[str] = set()
    left = [edit.edit.text]
    while left:
        id = left.pop()
        if id not in found:
            found.add(id)
            left += [name.text for name in ruleset.edits[id].after]
    return found
