"""Ruleset folders → Ruleset. Each stage starts only when the one before found nothing wrong."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

import attrs

from cpt_rules.language.parse import parse_files
from cpt_rules.language.problems import Mark, Problem, RulesetError
from cpt_rules.ruleset.link import link
from cpt_rules.ruleset.ruleset import Ruleset
from cpt_rules.ruleset.starters import read_starters
from cpt_rules.tables.store import Tables

BUNDLED = "bundled"
_ENDINGS = (".yaml", ".yml")
_VERSION_FILE = "version.txt"


def load_ruleset(*paths: str | os.PathLike[str], tables: str | os.PathLike[str] | None = None) -> Ruleset:
    """The ruleset of all YAML files under `paths` (folders or files); the bundled one where none is given.

    The path ``"bundled"`` stands for the bundled rulesets, so that own overlays can be added to them. Raises
    `RulesetError` with every problem of the stage that failed: reading and parsing, linking, or starter tables.
    `tables` is a folder into which tables were imported; raises `TableError` where one of them is damaged.
    """
    roots = [bundled_path() if str(path) == BUNDLED else Path(path) for path in paths or (BUNDLED,)]
    files, problems = _files(roots)
    documents, more = parse_files(files)
    problems += more
    if problems:
        raise RulesetError(problems)
    ruleset = link(documents, version=_version(roots))
    folders = {name: path.parent for path, name in files}
    starters, problems = read_starters(ruleset, folders)
    if problems:
        raise RulesetError(problems)
    store = Tables(None if tables is None else Path(tables), starters)
    store.open_all()
    return attrs.evolve(ruleset, store=store)


def bundled_path() -> Path:
    """The folder of the bundled rulesets: inside the installed package, or beside it in a source tree."""
    package = Path(__file__).resolve().parent.parent
    inside = package / "_rulesets"
    return inside if inside.is_dir() else package.parent / "rulesets"


def _files(roots: Iterable[Path]) -> tuple[list[tuple[Path, str]], list[Problem]]:
    found: dict[Path, str] = {}
    problems: list[Problem] = []
    for root in roots:
        if root.is_file():
            found.setdefault(root.resolve(), _named(root))
            continue
        if not root.is_dir():
            problems.append(Problem(Mark(str(root), 1, 1), "no such file or folder; give a folder of rulesets"))
            continue
        inside = sorted(p for p in root.rglob("*") if p.suffix in _ENDINGS and not _hidden(p, root) and p.is_file())
        if not inside:
            problems.append(Problem(Mark(str(root), 1, 1), "no .yaml file in this folder; give a folder of rulesets"))
        for path in inside:
            found.setdefault(path.resolve(), _named(path))
    return list(found.items()), problems


def _hidden(path: Path, root: Path) -> bool:
    """Whether a file is one that editors and tools keep for themselves."""
    return any(part.startswith(".") for part in path.relative_to(root).parts)


def _named(path: Path) -> str:
    """How a file is called in messages: from the current folder where it lies below it."""
    here = Path.cwd()
    return str(path.relative_to(here)) if path.is_absolute() and path.is_relative_to(here) else str(path)


def _version(roots: Iterable[Path]) -> str:
    parts = []
    for root in roots:
        try:
            parts.append((root / _VERSION_FILE).read_text(encoding="utf-8").strip()[:40])
        except (OSError, UnicodeDecodeError):
            continue
    return "+".join(parts) or "unversioned"
