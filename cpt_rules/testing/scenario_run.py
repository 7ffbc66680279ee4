"""Claim scenarios, run: what is expected is looked for among what is found."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from attrs import define, field, frozen

from cpt_rules.claim import Claim
from cpt_rules.engine import Engine
from cpt_rules.finding import Report
from cpt_rules.language.problems import Problem, RulesetError, did_you_mean, shown
from cpt_rules.ruleset.load import BUNDLED, load_ruleset
from cpt_rules.ruleset.ruleset import Ruleset
from cpt_rules.tables.manifest import TableError
from cpt_rules.testing.failures import claim_text, why
from cpt_rules.testing.judged import at, judged
from cpt_rules.testing.scenarios import Expected, Scenario
from cpt_rules.writers.records import finding_record

Record = Mapping[str, Any]


@frozen
class Found:
    """What came of one edit in one place: the keys of a finding's record, and where it is in the claims given."""

    record: Record
    claim: Claim
    index: int | None


@define(eq=False)
class Scenarios:
    """Runs scenarios. Rulesets and engines are kept from one to the next."""

    _rulesets: dict[object, Ruleset] = field(factory=dict)
    _engines: dict[object, Engine] = field(factory=dict)

    def problems(self, scenario: Scenario) -> Iterator[Problem]:
        """What is wrong with the rulesets that a scenario names, and with the names of edits and of the client."""
        try:
            ruleset = self.ruleset(scenario)
        except RulesetError as error:
            where = scenario.places.get("rulesets", scenario.mark)
            yield Problem(where, f"these rulesets cannot be used; problems: {len(error.problems)}, the first below")
            yield error.problems[0]
            return
        except OSError as error:
            where = scenario.places.get("rulesets", scenario.mark)
            yield Problem(where, f"these rulesets cannot be used: {error.strerror}")
            return
        except TableError as error:
            yield Problem(scenario.places["tables"], f"these tables cannot be used: {error}")
            return
        for each in scenario.expect:
            if each.edit not in ruleset.edits:
                hint = did_you_mean(each.edit, ruleset.edits)
                yield Problem(each.places["edit"], f"unknown edit {shown(each.edit)}{hint}")
        clients = {overlay.applies.client for overlay in ruleset.overlays if overlay.applies.client is not None}
        if scenario.client is not None and scenario.client not in clients:
            hint = did_you_mean(scenario.client, clients)
            yield Problem(scenario.places["client"], f"no overlay is for the client {shown(scenario.client)}{hint}")

    def ruleset(self, scenario: Scenario) -> Ruleset:
        """The ruleset of a scenario. Raises `RulesetError` and `TableError`."""
        folder = scenario.path.resolve().parent
        paths = tuple(path if path == BUNDLED else _short(folder / path) for path in scenario.rulesets)
        tables = None if scenario.tables is None else str(folder / scenario.tables)
        if (paths, tables) not in self._rulesets:
            self._rulesets[paths, tables] = load_ruleset(*paths, tables=tables)
        return self._rulesets[paths, tables]

    def found(self, scenario: Scenario) -> list[Found]:
        """Every finding on the claims, and every edit that was silenced."""
        ruleset = self.ruleset(scenario)
        key = (id(ruleset), scenario.as_of, scenario.client)
        if key not in self._engines:
            self._engines[key] = Engine(ruleset, as_of=scenario.as_of, client=scenario.client)
        return [each for claim in scenario.claims for each in _found(claim, self._engines[key].scrub(claim))]

    def told(self, scenario: Scenario) -> Iterator[str]:
        """What came out otherwise; nothing where all is as expected."""
        found = self.found(scenario)
        wrong = [each for each in scenario.expect if not satisfied(each, scenario, found)]
        failing = list(unexpected(scenario, found))
        if not wrong and not failing:
            return
        yield f"{scenario.mark.path}:{scenario.mark.line}:{scenario.mark.column}: {scenario.name}"
        for each in wrong:
            yield from self._unmet(each, scenario, found)
        for other in failing:
            yield ""
            yield f"  expected: {scenario.nothing}"
            yield f"  found:    {_place(other.record)}: {other.record['edit']} fails: {other.record['message']}"
            yield from self._why(other.record["edit"], scenario, [(other.claim, other.index)])
        yield ""
        named = {each.wanted.get("claim") for each in wrong}
        about = [other.claim for other in failing]
        yield from _claims([c for c in scenario.claims if None in named or c.id in named or c in about])

    def _unmet(self, each: Expected, scenario: Scenario, found: Sequence[Found]) -> Iterator[str]:
        yield ""
        yield f"  expected: {each}   (line {each.mark.line})"
        places = [
            (claim, index)
            for claim in scenario.claims
            for index in (None, *range(len(claim.lines)))
            if _there(each, claim.id, None if index is None else claim.lines[index].number)
        ]
        near = [other for other in found if other.record["edit"] == each.edit and (other.claim, other.index) in places]
        for other in near:
            yield f"  found:    {_place(other.record)}: {_differing(each, other.record)}"
        if not near:
            yield f"  found:    not applicable: no finding of {each.edit}" + (
                " there" if {"claim", "line"} & set(each.wanted) else ""
            )
        yield from self._why(each.edit, scenario, places)

    def _why(self, edit: str, scenario: Scenario, places: Collection[tuple[Claim, int | None]]) -> Iterator[str]:
        """The reasons of the edit in each of the places where it is judged, the first three."""
        ruleset = self.ruleset(scenario)
        told = 0
        for claim, index in places:
            here = judged(ruleset, claim, [edit], as_of=scenario.as_of, client=scenario.client)[edit]
            for each in at(here, index):
                told += 1
                if told <= 3:
                    yield from (f"    {line}" for line in why(each))
        if told > 3:
            yield f"    and in {told - 3} more places; say `claim` and `line` to see one"


def satisfied(each: Expected, scenario: Scenario, found: Sequence[Found]) -> bool:
    """Whether what is expected was found. *Not applicable* is found where there is nothing of the edit."""
    if each.status == "not applicable":
        return not any(_there(each, o.record["claim"], o.record["line"]) and _same_edit(each, o) for o in found)
    return any(all(other.record.get(key) == value for key, value in each.wanted.items()) for other in found)


def unexpected(scenario: Scenario, found: Sequence[Found]) -> Iterator[Found]:
    """The failures that a scenario rules out."""
    if not scenario.nothing:
        return
    expected = scenario.expect if scenario.nothing == "nothing else fails" else ()
    for other in found:
        if other.record["status"] == "fail" and not any(
            all(other.record.get(key) == value for key, value in each.wanted.items()) for each in expected
        ):
            yield other


def _found(claim: Claim, report: Report) -> Iterator[Found]:
    for finding in report.findings:
        yield Found(finding_record(1, finding, report), claim, finding.index)
    for silenced in report.silenced:
        line = None if silenced.index is None else claim.lines[silenced.index]
        record = {
            "claim": claim.id,
            "line": None if line is None else line.number,
            "edit": silenced.edit,
            "status": "silenced",
        }
        yield Found(record, claim, silenced.index)


def _same_edit(each: Expected, other: Found) -> bool:
    return bool(other.record["edit"] == each.edit)


def _there(each: Expected, claim: str, line: int | None) -> bool:
    return bool(each.wanted.get("claim", claim) == claim and each.wanted.get("line", line) == line)


def _differing(each: Expected, record: Record) -> str:
    """The values found under the keys that are expected otherwise."""
    return ", ".join(f"{key}: {record.get(key)}" for key, value in each.wanted.items() if record.get(key) != value)


def _place(record: Record) -> str:
    return f"claim {record['claim']}" + ("" if record["line"] is None else f", line {record['line']}")


def _claims(claims: Sequence[Claim]) -> Iterator[str]:
    """The claims that matter, at most three."""
    yield f"  the claim{'s' if len(claims) > 1 else ''}:"
    for claim in claims[:3]:
        first, *rest = claim_text(claim)
        yield f"    - {first}"
        yield from (f"      {line}" for line in rest)
    if len(claims) > 3:
        yield f"    and {len(claims) - 3} more"


def _short(path: Path) -> str:
    here, full = Path.cwd(), path.resolve()
    return str(full.relative_to(here)) if full.is_relative_to(here) else str(full)
