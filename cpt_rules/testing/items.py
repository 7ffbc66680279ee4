"""Collectors and items of pytest: a file, an edit or overlay in it, a test. Failures are told without a traceback."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from cpt_rules.language.problems import Problem
from cpt_rules.testing.belonging import Loaded, Rulesets
from cpt_rules.testing.failures import claim_text, why
from cpt_rules.testing.inline import InlineTest, InlineTests, TestResult
from cpt_rules.testing.judged import at, judged
from cpt_rules.testing.plugin import SETTING
from cpt_rules.testing.recognise import Recognised
from cpt_rules.testing.scenario_run import Scenarios
from cpt_rules.testing.scenarios import Scenario, read_scenarios

#: A name that may be known in another folder.
_FOREIGN = re.compile(r"unknown (source|set|fact|field|table|payer|edit) ").match
_SHOWN = 20  # problems of one file; the rest are counted
_RULESETS = pytest.StashKey[Rulesets]()
_SCENARIOS = pytest.StashKey[Scenarios]()


def collector(kind: Recognised, path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """The collector of a file; None for a file of a ruleset that the setting does not name."""
    if kind == "scenarios":
        return ScenarioFile.from_parent(parent, path=path)
    loaded = _rulesets(parent.config).of(path.resolve())
    return None if loaded is None else RulesetFile.from_parent(parent, path=path, loaded=loaded)


def _rulesets(config: pytest.Config) -> Rulesets:
    if _RULESETS not in config.stash:
        home = config.inipath.parent if config.inipath else config.rootpath
        top = config.rootpath.resolve()
        given = (Path(os.path.abspath(config.invocation_params.dir / arg.partition("::")[0])) for arg in config.args)
        folders = [each.resolve() for each in given if each.is_dir()]
        # The root of a project is no ruleset, though all of it may be given.
        folders = [each for each in folders if each != top or config.inipath is None]
        config.stash[_RULESETS] = Rulesets(config.getini(SETTING), home.resolve(), top, folders)
    return config.stash[_RULESETS]


def _scenarios(config: pytest.Config) -> Scenarios:
    if _SCENARIOS not in config.stash:
        config.stash[_SCENARIOS] = Scenarios()
    return config.stash[_SCENARIOS]


class Mismatch(Exception):
    """A test that came out otherwise; the text is all there is to say."""


class _Told(pytest.Item):
    """An item whose failures speak for themselves."""

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], *args: Any, **options: Any) -> Any:
        if isinstance(excinfo.value, Mismatch):
            return str(excinfo.value)
        return super().repr_failure(excinfo, *args, **options)


class Rules(pytest.Collector):
    """An edit or an overlay, by its name."""

    def __init__(
        self, *, inside: Callable[[pytest.Collector], Iterable[pytest.Item | pytest.Collector]], **options: Any
    ):
        super().__init__(**options)
        self._inside = inside

    def collect(self) -> Iterable[pytest.Item | pytest.Collector]:
        return self._inside(self)


# ---- the tests inside rulesets -------------------------------------------------------------------------------------


class RulesetFile(pytest.File):
    """A file of rules. Its edits and overlays hold the tests: ``FILE::EDIT::TEST``, ``FILE::OVERLAY::EDIT::TEST``."""

    def __init__(self, *, loaded: Loaded, **options: Any) -> None:
        super().__init__(**options)
        self._ruleset = loaded

    def collect(self) -> Iterable[pytest.Item | pytest.Collector]:
        loaded, path = self._ruleset, self.path.resolve()
        if loaded.tests is None:
            raise self.CollectError(_problems(loaded, path))
        found = loaded.by_file.get(path, [])
        own = [each for each in found if each.overlay is None]
        yield from _by_edit(self, loaded.tests, own)
        for overlay in dict.fromkeys(each.overlay for each in found if each.overlay is not None):
            tests = [each for each in found if each.overlay == overlay]
            yield Rules.from_parent(
                self, name=overlay, inside=lambda node, tests=tests: _by_edit(node, loaded.tests, tests)
            )


def _by_edit(
    parent: pytest.Collector, tests: InlineTests | None, found: Sequence[InlineTest]
) -> Iterator[pytest.Collector]:
    for edit in dict.fromkeys(each.edit.edit.text for each in found):
        of_edit = [each for each in found if each.edit.edit.text == edit]
        yield Rules.from_parent(
            parent,
            name=edit,
            inside=lambda node, of_edit=of_edit: [
                InlineItem.from_parent(node, name=each.test.name, each=each, tests=tests) for each in of_edit
            ],
        )


class InlineItem(_Told):
    """One inline test."""

    def __init__(self, *, each: InlineTest, tests: InlineTests, **options: Any) -> None:
        super().__init__(**options)
        self._each = each
        self._tests = tests

    def runtest(self) -> None:
        result = self._tests.run(self._each)
        if not result.passed:
            raise Mismatch("\n".join(told(self._tests, self._each, result)))

    def reportinfo(self) -> tuple[Path, int, str]:
        return self.path, self._each.test.mark.line - 1, f"{self._each.edit.edit.text}::{self.name}"


def told(tests: InlineTests, each: InlineTest, result: TestResult) -> Iterator[str]:
    """A failed inline test: its place, what was expected and found, the claim, and why."""
    mark = result.mark
    overlay = f" (overlay {result.overlay})" if result.overlay else ""
    yield f"{mark.path}:{mark.line}:{mark.column}: {result.edit}{overlay}: {result.name}"
    if result.error is not None:
        yield f"  cannot run: {result.error}"
        return
    compared = result.expected_missing is not None
    yield f"  expected: {_outcome(result.expected, result.expected_missing)}"
    yield f"  found:    {_outcome(result.found, result.found_missing if compared or result.found_missing else None)}"
    on, index = tests.situation(each), tests.place(each)
    yield ""
    yield f"  the claim{'' if index is None else f', judged on line {index + 1}'}:"
    yield from (f"    {line}" for line in claim_text(on.claim))
    yield ""
    yield "  why:"
    here = judged(on.ruleset, on.claim, [result.edit], as_of=on.as_of, client=on.client)[result.edit]
    places = list(at(here, index))
    if not places:
        yield f"    {result.edit} has nothing to judge there: it looks at each {each.edit.each}"
    for place in places:
        yield from (f"    {line}" for line in why(place))


def _outcome(status: str, missing: tuple[str, ...] | None) -> str:
    return status if missing is None else f"{status}, missing [{', '.join(missing)}]"


def _problems(loaded: Loaded, path: Path) -> str:
    """Why a file cannot be tested: what is wrong in it, or that something is wrong elsewhere."""
    own = loaded.problems.get(path, [])
    lines = [f"the ruleset {loaded.name} cannot be used"]
    if own:
        lines += listed(own)
    else:
        problems = [each for some in loaded.problems.values() for each in some]
        lines.append(f"problems in other files: {len(problems)}; the first: {problems[0]}")
    if loaded.guessed and any(_FOREIGN(each.message) for each in own):
        lines.append(
            f"If other folders belong to this ruleset, name them together in the setting `{SETTING}` of pytest"
        )
    return "\n".join(lines)


def listed(problems: Sequence[Problem]) -> list[str]:
    """Problems for a message, the first twenty in full."""
    more = len(problems) - _SHOWN
    return [*map(str, problems[:_SHOWN]), *([f"and {more} more"] if more > 0 else [])]


# ---- scenarios -----------------------------------------------------------------------------------------------------


class ScenarioFile(pytest.File):
    """A file of claim scenarios: ``FILE::SCENARIO``."""

    def collect(self) -> Iterable[pytest.Item | pytest.Collector]:
        runner = _scenarios(self.config)
        found, problems = read_scenarios(self.path)
        problems = problems or [problem for each in found for problem in runner.problems(each)]
        if problems:
            raise self.CollectError("\n".join(listed(problems)))
        for each in found:
            yield ScenarioItem.from_parent(self, name=each.name, scenario=each, runner=runner)


class ScenarioItem(_Told):
    """One scenario."""

    def __init__(self, *, scenario: Scenario, runner: Scenarios, **options: Any) -> None:
        super().__init__(**options)
        self._scenario = scenario
        self._runner = runner

    def runtest(self) -> None:
        failed = list(self._runner.told(self._scenario))
        if failed:
            raise Mismatch("\n".join(failed))

    def reportinfo(self) -> tuple[Path, int, str]:
        return self.path, self._scenario.mark.line - 1, self._scenario.name
