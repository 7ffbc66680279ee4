"""YAML text → nodes with positions. Every scalar stays text; whatever YAML could hide from the reader is an error.

Read from YAML events with a depth limit, before anything is built. Refused: anchors, aliases, tags, merge keys,
duplicate keys, keys that are not plain text, empty values, a comment that swallows text behind a single blank.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

import yaml
from attrs import frozen

from cpt_rules.language.problems import Mark, Problem, shown

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


class _Place(Protocol):
    """A mark of PyYAML, of its C parser or of its Python one."""

    line: int
    column: int


class _Stop(Exception):
    """Nothing behind this place can be read."""


def read_file(path: Path, name: str) -> tuple[list[Node], list[Problem]]:
    """The YAML documents of a file and every problem met; `name` is how the file is called in messages."""
    try:
        if path.stat().st_size > MAX_BYTES:
            return [], [Problem(Mark(name, 1, 1), f"larger than {MAX_BYTES // 2**20} MiB; split it")]
        data = path.read_bytes()
    except OSError as error:
        return [], [Problem(Mark(name, 1, 1), f"cannot be read: {error.strerror}")]
    return read_bytes(data, name)


def read_bytes(data: bytes, name: str) -> tuple[list[Node], list[Problem]]:
    """As `read_file`, from bytes."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = data[: error.start]
        place = Mark(name, before.count(b"\n") + 1, error.start - (before.rfind(b"\n") + 1) + 1)
        return [], [Problem(place, f"byte 0x{data[error.start]:02x} is not UTF-8 text; save the file as UTF-8")]
    return read_text(text, name)


def read_text(text: str, name: str) -> tuple[list[Node], list[Problem]]:
    """As `read_file`, from text."""
    for number, line in enumerate(text.split("\n"), 1):
        if not line.isprintable():
            for column, character in enumerate(line, 1):
                if (
                    (ord(character) < 32 and character not in "\t\r")
                    or 0x7F <= ord(character) < 0xA0
                    or _surrogate(character)
                ):
                    problem = f"a control character (0x{ord(character):02x}); rulesets are plain text"
                    return [], [Problem(Mark(name, number, column), problem)]
    builder = _Builder(text, name)
    return builder.documents(), builder.problems


def _surrogate(character: str) -> bool:
    return 0xD800 <= ord(character) <= 0xDFFF


class _Builder:
    def __init__(self, text: str, name: str) -> None:
        self.name = name
        self.lines = text.split("\n")
        self.problems: list[Problem] = []
        self.events: Iterator[yaml.Event] = yaml.parse(text, Loader=_Loader)

    def documents(self) -> list[Node]:
        found: list[Node] = []
        try:
            for event in self.events:
                if isinstance(event, yaml.DocumentStartEvent):
                    node = self.node(next(self.events), 1)
                    if not (isinstance(node, Scalar) and not node.text):
                        found.append(node)
        except yaml.MarkedYAMLError as error:
            self.problems.append(self.syntax(error))
        except (yaml.YAMLError, RecursionError) as error:  # pragma: no cover - the reader error, with no place
            self.problems.append(Problem(Mark(self.name, 1, 1), f"not YAML: {type(error).__name__}"))
        except _Stop:
            pass
        return found

    def node(self, event: yaml.Event, depth: int) -> Node:
        mark = self.mark(event.start_mark)
        if depth > MAX_DEPTH:
            self.say(mark, f"nested deeper than {MAX_DEPTH} levels; no document needs that")
            raise _Stop
        if isinstance(event, yaml.AliasEvent):
            self.say(mark, f"an alias ({shown(f'*{event.anchor}')}); write the value out")
            return Scalar("?", mark, quoted=True)
        assert isinstance(event, yaml.NodeEvent | yaml.CollectionStartEvent | yaml.ScalarEvent)
        if event.anchor is not None:
            self.say(mark, f"an anchor ({shown('&' + event.anchor)}); write the value out where it is needed")
        tag = getattr(event, "tag", None)
        if tag is not None:
            self.say(mark, f"a tag ({shown(tag)}); every value is text here, leave the tag out")
        if isinstance(event, yaml.ScalarEvent):
            return self.scalar(event, mark)
        if isinstance(event, yaml.SequenceStartEvent):
            items: list[Node] = []
            while not isinstance(event := next(self.events), yaml.SequenceEndEvent):
                item = self.node(event, depth + 1)
                if isinstance(item, Scalar) and not item.text:
                    self.say(item.mark, "an empty item; write a value or leave it out")
                items.append(item)
            return Sequence(tuple(items), mark)
        return self.mapping(mark, depth)

    def mapping(self, mark: Mark, depth: int) -> Map:
        entries: list[tuple[Scalar, Node]] = []
        seen: dict[str, Mark] = {}
        while not isinstance(event := next(self.events), yaml.MappingEndEvent):
            key = self.node(event, depth + 1)
            value = self.node(next(self.events), depth + 1)
            if not isinstance(key, Scalar):
                self.say(key.mark, "a key that is not text; quote it")
                continue
            if key.text == "<<" and not key.quoted:
                self.say(key.mark, "a merge key; write the keys out")
            elif key.text in seen:
                self.say(key.mark, f"{shown(key.text)} stands twice; it stands first in line {seen[key.text].line}")
            elif isinstance(value, Scalar) and not value.text and not value.quoted:
                self.say(key.mark, f"{shown(key.text)} has no value; write one, `not available`, or leave the key out")
            seen.setdefault(key.text, key.mark)
            entries.append((key, value))
        return Map(tuple(entries), mark)

    def scalar(self, event: yaml.ScalarEvent, mark: Mark) -> Scalar:
        plain = event.style is None or event.style == ""
        end = event.end_mark
        if plain and event.value and end is not None and end.line < len(self.lines):
            rest = self.lines[end.line][end.column :]
            if rest.startswith((" #", "\t#")):
                place = Mark(self.name, end.line + 1, end.column + 2)
                self.say(
                    place,
                    "a `#` one blank behind text hides what follows; quote the text, or put two blanks before a comment",
                )
        return Scalar(event.value, mark, quoted=not plain)

    def mark(self, mark: _Place | None) -> Mark:
        if mark is None:  # pragma: no cover - events of a text always have their place
            return Mark(self.name, 1, 1)
        return Mark(self.name, mark.line + 1, mark.column + 1)

    def say(self, mark: Mark, message: str) -> None:
        self.problems.append(Problem(mark, message))

    def syntax(self, error: yaml.MarkedYAMLError) -> Problem:
        at = error.problem_mark or error.context_mark
        line, column = (at.line, at.column) if at is not None else (0, 0)
        source = self.lines[line] if line < len(self.lines) else ""
        problem = (error.problem or "not YAML").strip()
        if "\t" in source[: column + 1]:
            column = source.index("\t")
            problem = "a tab; indent with blanks"
        elif "mapping values are not allowed" in problem:
            problem = "a `: ` inside unquoted text, or a key indented wrongly; quote the text, or mend the indent"
        else:
            problem = f"not YAML here: {problem}"
            if "flow" in f"{error.context}" or "expected ',' or" in problem:
                problem += "; is a bracket, a brace or a comma missing?"
        return Problem(Mark(self.name, line + 1, column + 1), problem)
