"""Which ruleset a file belongs to when pytest meets it, and that ruleset, loaded once a run."""

from __future__ import annotations

import os
import shlex
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from pathlib import Path

from attrs import define, field, frozen

from cpt_rules.language.problems import Mark, Problem, RulesetError
from cpt_rules.ruleset.load import BUNDLED, bundled_path, load_ruleset
from cpt_rules.ruleset.ruleset import Ruleset
from cpt_rules.testing.inline import InlineTest, InlineTests
from cpt_rules.testing.recognise import of_a_ruleset

_MARKER = "version.txt"


@frozen(eq=False)
class Loaded:
    """A ruleset and its inline tests by the file they stand in; or the problems for which there is none.

    `name` is how the ruleset is called in messages; `guessed` says that nobody named it. Problems are by file.
    """

    name: str
    guessed: bool
    tests: InlineTests | None
    by_file: dict[Path, list[InlineTest]]
    problems: dict[Path, list[Problem]]


@define(eq=False)
class Rulesets:
    """The rulesets of one run of pytest.

    `named` are the lines of the setting, read from the folder `home`; `arguments` the folders given to pytest, `top` the
    root folder of the run.
    """

    named: Sequence[str]
    home: Path
    top: Path
    arguments: Sequence[Path]
    _loaded: dict[tuple[str, ...], Loaded] = field(factory=dict)

    def of(self, file: Path) -> Loaded | None:
        """The ruleset that a file belongs to; None where the setting names rulesets, and it is in none of them."""
        if self.named:
            for paths in self._settings():
                if any(file.is_relative_to(_folder(path)) for path in paths):
                    return self._once(paths, partial(_load, paths))
            return None
        root = self._root(file)
        return self._once((str(root),), partial(_guess, root))

    def _settings(self) -> Iterator[tuple[str, ...]]:
        for line in self.named:
            # On Windows a backslash is part of a path.
            paths = [path.strip("\"'") for path in shlex.split(line, posix=os.name != "nt")]
            yield tuple(path if path == BUNDLED else str((self.home / path).resolve()) for path in paths)

    def _root(self, file: Path) -> Path:
        """The nearest folder below the root of the run that has a version; else the one given to pytest; else its own."""
        for folder in file.parents:
            if folder == self.top or not folder.is_relative_to(self.top):
                break
            if (folder / _MARKER).is_file():
                return folder
        given = [folder for folder in self.arguments if file.is_relative_to(folder)]
        return max(given, key=lambda folder: len(folder.parts)) if given else file.parent

    def _once(self, key: tuple[str, ...], load: Callable[[], Loaded]) -> Loaded:
        if key not in self._loaded:
            self._loaded[key] = load()
        return self._loaded[key]


def _folder(path: str) -> Path:
    return bundled_path() if path == BUNDLED else Path(path)


def _load(paths: Sequence[str]) -> Loaded:
    """What the setting names."""
    name = " ".join(_short(path) for path in paths)
    try:
        return _ready(name, load_ruleset(*paths), guessed=False)
    except RulesetError as error:
        return _faulty(name, error.problems, guessed=False)


def _guess(root: Path) -> Loaded:
    """The ruleset of a folder: by itself, else on top of the bundled rulesets."""
    name = _short(str(root))
    files = [str(root)] if (root / _MARKER).is_file() else [str(path) for path in _files(root)]
    try:
        return _ready(name, load_ruleset(*files), guessed=True)
    except RulesetError as alone:
        if root == bundled_path():
            return _faulty(name, alone.problems, guessed=True)
        try:
            return _ready(f"{BUNDLED} {name}", load_ruleset(BUNDLED, *files), guessed=True)
        except RulesetError as above:
            either = set(alone.problems) & set(above.problems)
            fewest = min(alone.problems, above.problems, key=len)
            return _faulty(name, [each for each in fewest if each in either] or fewest, guessed=True)


def _files(root: Path) -> Iterator[Path]:
    """The files of rules in a folder that may hold other YAML."""
    for folder, folders, names in os.walk(root):
        folders[:] = sorted(each for each in folders if not each.startswith("."))
        for name in sorted(names):
            path = Path(folder, name)
            if path.suffix in (".yaml", ".yml") and not name.startswith(".") and of_a_ruleset(path):
                yield path


def _ready(name: str, ruleset: Ruleset, *, guessed: bool) -> Loaded:
    tests = InlineTests(ruleset)
    by_file: dict[Path, list[InlineTest]] = {}
    for each in tests:
        by_file.setdefault(_file(each.test.mark), []).append(each)
    return Loaded(name, guessed, tests, by_file, {})


def _faulty(name: str, problems: Iterable[Problem], *, guessed: bool) -> Loaded:
    by_file: dict[Path, list[Problem]] = {}
    for each in problems:
        by_file.setdefault(_file(each.mark), []).append(each)
    return Loaded(name, guessed, None, {}, by_file)


def _file(mark: Mark) -> Path:
    return Path(mark.path).resolve()


def _short(path: str) -> str:
    """A path as people would write it: from the current folder where it lies below it."""
    here = Path.cwd()
    full = Path(path)
    return str(full.relative_to(here)) if full.is_absolute() and full.is_relative_to(here) else path
