"""What the tests of a ruleset reach of it, added up."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from attrs import define, field, frozen

from cpt_rules.engine.reference_edits import Judged
from cpt_rules.language.problems import Problem
from cpt_rules.ruleset.ruleset import Ruleset
from cpt_rules.testing.covered.points import KINDS, Kind, Point, points
from cpt_rules.testing.covered.reached import alone, reached
from cpt_rules.testing.inline import CannotBuild, InlineTests
from cpt_rules.testing.judged import at, judged
from cpt_rules.testing.recognise import recognised
from cpt_rules.testing.scenario_run import Scenarios
from cpt_rules.testing.scenarios import Scenario, read_scenarios

#: So many tests are named for each point; all are counted.
NAMED = 5


@frozen
class Measured:
    """One point and the tests that reach it: how many, and the first of them.

    `alone` counts, of a branch, the tests in which it held and no other branch of its `any` did.
    """

    point: Point
    count: int
    tests: tuple[str, ...]
    alone: int = 0

    @property
    def reached(self) -> bool:
        return self.count > 0


@frozen
class Coverage:
    """What the tests reach. `failed` are those that did not come out as expected, or could not be run."""

    measured: tuple[Measured, ...]
    tests: int
    scenarios: int
    failed: tuple[str, ...]

    def totals(self) -> Mapping[Kind, tuple[int, int]]:
        """How many are reached, and how many there are, by kind."""
        of_kind = {kind: [each for each in self.measured if each.point.kind == kind] for kind in KINDS}
        return {kind: (sum(each.reached for each in found), len(found)) for kind, found in of_kind.items()}


@define(eq=False)
class _Tally:
    tests: dict[Point, list[str]] = field(factory=dict)
    alone: dict[Point, int] = field(factory=dict)

    def add(self, name: str, places: Iterable[Judged]) -> None:
        places = list(places)
        for each in dict.fromkeys(point for place in places for point in reached(place)):
            self.tests.setdefault(each, []).append(name)
        for each in dict.fromkeys(point for place in places for point in alone(place)):
            self.alone[each] = self.alone.get(each, 0) + 1


def measure(ruleset: Ruleset, scenarios: Iterable[Scenario] = ()) -> Coverage:
    """Runs the inline tests and the scenarios. A test reaches what the edit that it is about meets in it.

    A scenario reaches what the edits meet of which it expects something, in the places where it expects it.
    """
    tally = _Tally()
    failed: list[str] = []
    tests = scenes = 0
    for tests, (name, passed, places) in enumerate(_inline(ruleset), 1):  # noqa: B007 - counts
        failed += [] if passed else [name]
        tally.add(name, places)
    runner = Scenarios()
    for scenes, scenario in enumerate(scenarios, 1):  # noqa: B007 - counts
        name = f"{scenario.mark.path}::{scenario.name}"
        failed += [name] if any(runner.told(scenario)) else []
        tally.add(name, _expected(runner, scenario))
    measured = []
    for each in points(ruleset):
        names = tally.tests.get(each, [])
        measured.append(Measured(each, len(names), tuple(names[:NAMED]), tally.alone.get(each, 0)))
    return Coverage(tuple(measured), tests, scenes, tuple(failed))


def _inline(ruleset: Ruleset) -> Iterator[tuple[str, bool, list[Judged]]]:
    runner = InlineTests(ruleset)
    for each in runner:
        edit = each.edit.edit.text
        overlay = f"{each.overlay}::" if each.overlay else ""
        name = f"{overlay}{edit}::{each.test.name}"
        try:
            on = runner.situation(each)
        except CannotBuild:
            yield name, False, []
            continue
        here = judged(on.ruleset, on.claim, [edit], as_of=on.as_of, client=on.client)[edit]
        yield name, runner.run(each).passed, list(at(here, runner.place(each)))


def _expected(runner: Scenarios, scenario: Scenario) -> Iterator[Judged]:
    ruleset = runner.ruleset(scenario)
    for each in scenario.expect:
        for claim in scenario.claims:
            if each.wanted.get("claim", claim.id) != claim.id:
                continue
            here = judged(ruleset, claim, [each.edit], as_of=scenario.as_of, client=scenario.client)[each.edit]
            for index in (None, *range(len(claim.lines))):
                number = None if index is None else claim.lines[index].number
                if each.wanted.get("line", number) == number:
                    yield from at(here, index)


def find_scenarios(paths: Iterable[Path]) -> tuple[list[Scenario], list[Problem]]:
    """The scenarios of files, and of all files of scenarios in folders; and every problem in them."""
    runner = Scenarios()
    found: list[Scenario] = []
    problems: list[Problem] = []
    for path in paths:
        inside = (
            sorted(each for each in path.rglob("*") if each.suffix in (".yaml", ".yml")) if path.is_dir() else [path]
        )
        for file in inside:
            if path.is_dir() and recognised(file) != "scenarios":
                continue
            scenarios, wrong = read_scenarios(file)
            problems += wrong or [problem for each in scenarios for problem in runner.problems(each)]
            found += scenarios
    return found, problems
