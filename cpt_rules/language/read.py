"""YAML text → nodes with positions. Every scalar stays text; whatever YAML could hide from the reader is an error.

Read from YAML events with a depth limit, before anything is built. Refused: anchors, aliases, tags, merge keys,
duplicate keys, keys that are not plain text, empty values, characters that nobody sees, curly quotes around text, a
comment that swallows text behind a single blank.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import yaml
from attrs import frozen

from cpt_rules.language.characters import seen, undecodable, unseen
from cpt_rules.language.problems import MANY, Mark, Problem, shown
from cpt_rules.language.syntax import explained

MAX_DEPTH = 24
MAX_BYTES = 64 * 1024 * 1024
_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@frozen(eq=False)
class Scalar:
    text: str
    mark: Mark
    quoted: bool = False


@frozen(eq=False)
class Map:
    entries: tuple[tuple[Scalar, Node], ...]
    mark: Mark


@frozen(eq=False)
class Sequence:
    items: tuple[Node, ...]
    mark: Mark


Node = Scalar | Map | Sequence


class _Stop(Exception):
    """Nothing behind this place can be read."""


def read_file(path: Path, name: str, problems: list[Problem]) -> Iterator[Node]:
    """The YAML documents of a file, one after the other; every problem met is added to `problems`.

    `name` is how the file is called in messages. Once the last document is out, and only then, `problems` tells whether
    any of them is to be used.
    """
    try:
        if path.stat().st_size > MAX_BYTES:
            problems.append(Problem(Mark(name, 1, 1), f"larger than {MAX_BYTES // 2**20} MiB; split it"))
            return
        data = path.read_bytes()
    except OSError as error:
        problems.append(Problem(Mark(name, 1, 1), f"cannot be read: {error.strerror}"))
        return
    yield from read_bytes(data, name, problems)


def read_bytes(data: bytes, name: str, problems: list[Problem]) -> Iterator[Node]:
    """As `read_file`, from bytes."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        problems.append(undecodable(data, error.start, name))
        return
    yield from read_text(text, name, problems)


def read_text(text: str, name: str, problems: list[Problem]) -> Iterator[Node]:
    """As `read_file`, from text."""
    problem = unseen(text, name)
    if problem is not None:
        problems.append(problem)
        return
    yield from _Builder(text, name, problems).documents()


class _Builder:
    def __init__(self, text: str, name: str, problems: list[Problem]) -> None:
        self.name = name
        self.lines = text.split("\n")
        self.hashed = {number for number, line in enumerate(self.lines) if " #" in line or "\t#" in line}
        self.problems = problems
        self.next: Callable[[], Any] = _Loader(text).get_event
        self.quoted_end: tuple[int, int] | None = None  # lines on which the quoted text read last starts and ends

    def documents(self) -> Iterator[Node]:
        try:
            while not isinstance(event := self.next(), yaml.StreamEndEvent):
                if isinstance(event, yaml.DocumentStartEvent):
                    node = self.node(self.next(), 1)
                    if not (isinstance(node, Scalar) and not node.text):
                        yield node
        except yaml.MarkedYAMLError as error:
            problem = explained(error, self.lines, self.name, self.quoted_end)
            line = problem.mark.line  # what was said about this line follows from the same mistake
            self.problems[:] = [*(each for each in self.problems if each.mark.line != line), problem]
        except (yaml.YAMLError, RecursionError) as error:  # pragma: no cover - every character was looked at before
            self.problems.append(Problem(Mark(self.name, 1, 1), f"not YAML: {type(error).__name__}"))
        except _Stop:
            pass

    def node(self, event: Any, depth: int) -> Node:
        start = event.start_mark
        mark = Mark(self.name, start.line + 1, start.column + 1)
        if depth > MAX_DEPTH:
            self.say(mark, f"nested deeper than {MAX_DEPTH} levels; no document needs that")
            raise _Stop
        kind = type(event)
        if kind is yaml.ScalarEvent and event.anchor is None and event.tag is None:
            return self.scalar(event, mark)
        if kind is yaml.AliasEvent:
            self.say(mark, f"an alias ({shown(f'*{event.anchor}')}); write the value out, or quote it if it is text")
            return Scalar("?", mark, quoted=True)
        if event.anchor is not None:
            what = f"an anchor ({shown('&' + event.anchor)})"
            self.say(mark, f"{what}; write the value out where it is needed, or quote it if it is text")
        if event.tag is not None:
            written = self.lines[start.line][start.column :].split()
            self.say(mark, f"a tag ({shown(written[0])}); leave it out, or quote it if it is text")
        if kind is yaml.ScalarEvent:
            return self.scalar(event, mark)
        if kind is yaml.SequenceStartEvent:
            items: list[Node] = []
            while type(event := self.next()) is not yaml.SequenceEndEvent:
                item = self.node(event, depth + 1)
                if isinstance(item, Scalar) and not item.text and not item.quoted:
                    self.say(item.mark, "an empty item; write a value or leave it out")
                items.append(item)
            return Sequence(tuple(items), mark)
        return self.mapping(mark, depth)

    def mapping(self, mark: Mark, depth: int) -> Map:
        entries: list[tuple[Scalar, Node]] = []
        seen: dict[str, Mark] = {}
        whole = True
        while type(event := self.next()) is not yaml.MappingEndEvent:
            said = len(self.problems)
            key = self.node(event, depth + 1)
            value = self.node(self.next(), depth + 1)
            if not isinstance(key, Scalar):
                self.say(key.mark, "a list or map where a key is due; quote it if it is text")
                continue
            if key.text == "<<" and not key.quoted:
                self.say(key.mark, "a merge key; write the keys out")
            elif key.text in seen:
                if depth == 1 and key.text == entries[0][0].text:
                    whole = False
                    self.say(key.mark, f"{shown(key.text)} stands twice; a line `---` starts a new document")
                elif whole:
                    self.say(key.mark, f"{shown(key.text)} stands twice; it stands first in line {seen[key.text].line}")
            elif isinstance(value, Scalar) and not value.text and not value.quoted and len(self.problems) == said:
                self.say(*self.empty(key, mark))
            seen.setdefault(key.text, key.mark)
            entries.append((key, value))
        return Map(tuple(entries), mark)

    def empty(self, key: Scalar, mark: Mark) -> tuple[Mark, str]:
        """What to say of a key with no value in the map at `mark`."""
        line = self.lines[key.mark.line - 1]
        rest = line[key.mark.column - 1 :].removeprefix(key.text).lstrip()
        if not key.quoted and not rest.startswith(":"):
            if rest.startswith("}") and line.startswith("{", mark.column - 1) and mark.line == key.mark.line:
                return mark, f"{shown('{' + key.text + '}')} without quotes is a map, not text; quote the text"
            return key.mark, f"{shown(key.text)} has no value; if it is part of a text with a comma, quote the text"
        if rest[1:].lstrip().startswith("#"):
            return (
                key.mark,
                f"{shown(key.text)} has no value, `#` starts a comment; quote the text if `#` is part of it",
            )
        return key.mark, f"{shown(key.text)} has no value; write one, or leave the key out"

    def scalar(self, event: Any, mark: Mark) -> Scalar:
        text: str = event.value
        end = event.end_mark
        if event.style:  # a quoted text, or a block of text
            self.quoted_end = (mark.line - 1, end.line)
            if event.style == '"' and not seen(text):
                self.say(
                    mark, "a backslash that makes a character which nobody sees; leave it out, or use single quotes"
                )
            return Scalar(text.rstrip("\n") if event.style in "|>" else text, mark, quoted=True)
        if text:
            if text[0] in "“”„‘’":
                self.say(mark, f"a curly quote ({text[0]}) around text; write a straight one")
            if end.line in self.hashed and self.lines[end.line].startswith((" #", "\t#"), end.column):
                place = Mark(self.name, end.line + 1, end.column + 2)
                what = "a `#` one blank behind text hides what follows"
                self.say(place, f"{what}; quote the text, or put two blanks before a comment")
        return Scalar(text, mark)

    def say(self, mark: Mark, message: str) -> None:
        self.problems.append(Problem(mark, message))
        if len(self.problems) >= MANY:
            raise _Stop
