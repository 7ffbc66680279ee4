"""The list of survivors that are argued: YAML documents of whose mutation it is, which, and why no test can tell it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from attrs import frozen

from cpt_rules.language.faults import Faulty, fail
from cpt_rules.language.problems import Mark, Problem, RulesetError, did_you_mean, shown
from cpt_rules.language.read import Map, Node, Scalar, Sequence, read_file

KINDS = ("edit", "set", "fact", "overlay", "tests")
_KEYS = (*KINDS, "mutation", "why")


@frozen
class Argument:
    """Why a mutant of a document (``KIND ID``) may survive."""

    of: str
    mutation: str
    why: str
    mark: Mark


def read_arguments(path: Path) -> tuple[Argument, ...]:
    """The arguments of a file. Raises `RulesetError` with every problem in it.

    A document has an ``edit``, ``set``, ``fact``, ``overlay`` or ``tests`` (of an edit), `mutation` with one text or a
    list of them, and `why`.
    """
    problems: list[Problem] = []
    found: list[Argument] = []
    for node in list(read_file(path, str(path), problems)):
        try:
            found += _arguments(node)
        except Faulty as fault:
            problems += fault.problems
    seen: dict[tuple[str, str], Argument] = {}
    for each in found:
        first = seen.setdefault((each.of, each.mutation), each)
        if first is not each:
            problems.append(Problem(each.mark, f"argued already in line {first.mark.line}; leave one of them out"))
    if problems:
        raise RulesetError(problems)
    return tuple(found)


def _arguments(node: Node) -> Iterator[Argument]:
    if not isinstance(node, Map):
        raise fail(node.mark, "no map where one is due; write edit (or set, fact, overlay, tests), mutation and why")
    entries = {key.text: value for key, value in node.entries}
    for name, _ in node.entries:
        if name.text not in _KEYS:
            raise fail(name.mark, f"unknown key {shown(name.text)}{did_you_mean(name.text, _KEYS)}")
    kinds = [kind for kind in KINDS if kind in entries]
    if len(kinds) != 1:
        raise fail(node.mark, f"whose mutation is it? Write one of {', '.join(KINDS)}")
    for key in ("mutation", "why"):
        if key not in entries:
            raise fail(node.mark, f"`{key}` is missing")
    of = f"{kinds[0]} {_text(entries[kinds[0]])}"
    mutations = entries["mutation"]
    why = _text(entries["why"])
    for each in mutations.items if isinstance(mutations, Sequence) else (mutations,):
        yield Argument(of, _text(each), why, each.mark)


def _text(node: Node) -> str:
    if not isinstance(node, Scalar):
        raise fail(node.mark, "text is due here")
    return node.text
