"""Which YAML files are ours: told by their first keys, line by line, without reading them as YAML.

Other people's suites have YAML too. A file is a ruleset's only if its first document starts with a kind and an id, and
is collected only if an edit or overlay in it has keys that no other format has together. A file that is ours by these
signs and faulty is still ours: its mistakes are told.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

Recognised = Literal["ruleset", "scenarios"]

#: The first key of a document of rules. As in `cpt_rules.language.documents`, which would cost its import.
KINDS = ("source", "set", "fact", "table", "profile", "payer", "edit", "overlay")
SCENARIO = "claim scenario"
#: Of these an edit has two or more; beside `for` an overlay has one or more.
_OF_EDITS = frozenset(
    (
        "require",
        "severity",
        "disposition",
        "message",
        "remedy",
        "when",
        "unless",
        "payers",
        "denial",
        "presume",
        "tests",
    )
)
_OF_OVERLAYS = frozenset(("edits", "sets", "profiles", "facts", "tests"))
_LONG = 10_000
_KEY = re.compile(r"""(["']?)([a-z][a-z ]*)\1:(?:[ \t]+(\S.*))?$""").match


def recognised(path: Path) -> Recognised | None:
    """What a YAML file is to the plugin: a ruleset file in which tests may stand, a file of scenarios, or none of ours."""
    documents = _documents(path)
    first = next(documents, None)
    if first is None:
        return None
    kind, keys = first
    if kind == SCENARIO:
        return "scenarios"
    if kind not in KINDS:
        return None
    while True:
        if kind == "edit" and len(keys & _OF_EDITS) > 1:
            return "ruleset"
        if kind == "overlay" and "for" in keys and keys & _OF_OVERLAYS:
            return "ruleset"
        following = next(documents, None)
        if following is None:
            return None
        kind, keys = following


def of_a_ruleset(path: Path) -> bool:
    """Whether a file starts as a document of rules does, whatever its kind."""
    first = next(_documents(path), None)
    return first is not None and first[0] in KINDS


def _documents(path: Path) -> Iterator[tuple[str, set[str]]]:
    """The kind of each document, empty where its first line has none, and the keys that stand at the start of a line."""
    kind: str | None = None
    keys: set[str] = set()
    for line in _lines(path):
        if line.startswith("---"):
            if kind is not None:
                yield kind, keys
            kind, keys = None, set()
            line = line[3:].strip()
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        found = _KEY(line)
        if kind is None:
            # A map or nothing behind the first key: no id, and so none of ours.
            named = found and (found[2] == SCENARIO or (found[3] and found[3][0] not in "{[#&*|>"))
            kind = found[2] if found and named else ""
            if not kind:
                yield "", set()
                return
        elif found:
            keys.add(found[2])
    if kind is not None:
        yield kind, keys


def _lines(path: Path) -> Iterator[str]:
    try:
        with path.open(encoding="utf-8-sig", errors="replace") as file:
            while line := file.readline(_LONG):  # what has longer lines is none of ours
                yield line.rstrip()
    except OSError:
        return
