"""Mapping files: which column of a flat file fills which field, in YAML, every mistake with its line and column."""

from __future__ import annotations

import codecs
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from typing import TypeVar

from attrs import evolve

from cpt_rules.language.faults import Faulty, fail
from cpt_rules.language.problems import Mark, Problem, did_you_mean, shown
from cpt_rules.language.read import Map, Node, Scalar, Sequence, read_file, read_text
from cpt_rules.readers.flat_fields import FLAT_FIELDS
from cpt_rules.readers.flat_layout import TUVA, WINDOW, Layout
from cpt_rules.readers.flat_values import ISO, DateForm, date_form, parser
from cpt_rules.readers.problem import Fault

T = TypeVar("T")

#: The keys of a mapping file, each with what it says.
KEYS = {
    "mapping": "the name of the mapping",
    "like": "the built-in layout that it changes: tuva",
    "columns": "field → column, or a list of columns for a field that holds several values",
    "constants": "field → a value that is the same in every row",
    "words": "field → what cells say → what is meant",
    "dates": "how dates are written, such as MM/DD/YYYY",
    "absent": "what cells say that hold nothing, such as NULL",
    "group": "columns that tell claims apart, beside claim.id",
    "encoding": "the encoding of the file, where it is not UTF-8",
    "delimiter": "what stands between cells: a character, or tab",
    "window": f"how many rows of other claims may stand between two rows of a claim ({WINDOW} unless stated)",
}
LARGEST_WINDOW = 10_000_000
_ASCII = "".join(map(chr, range(128)))
_NO_TEXTS: tuple[str, ...] = ()
_NO_COLUMNS: dict[str, tuple[str, ...]] = {}
_NO_WORDS: dict[str, dict[str, str]] = {}
_NO_CONSTANTS: dict[str, str] = {}


class MappingError(Exception):
    """A mapping file that cannot be used. `problems` holds every problem that was found, in order of place."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems: tuple[Problem, ...] = tuple(sorted(set(problems)))
        super().__init__("\n".join(map(str, self.problems)))


def load_mapping(path: str | Path) -> Layout:
    """The layout of a mapping file. Raises `MappingError` with every problem in it."""
    problems: list[Problem] = []
    nodes = list(read_file(Path(path), str(path), problems))
    return _layout(nodes, problems, str(path))


def parse_mapping(text: str, name: str = "mapping.yaml") -> Layout:
    """As `load_mapping`, of a text."""
    problems: list[Problem] = []
    nodes = list(read_text(text, name, problems))
    return _layout(nodes, problems, name)


def _layout(nodes: list[Node], problems: list[Problem], name: str) -> Layout:
    if not problems and not nodes:
        problems.append(Problem(Mark(name, 1, 1), "empty; a mapping file starts with `mapping:` and its name"))
    if not problems and len(nodes) > 1:
        problems.append(Problem(nodes[1].mark, "a second document; a mapping file has one"))
    if problems:
        raise MappingError(problems)
    builder = _Builder()
    found = builder.layout(nodes[0])
    if builder.problems or found is None:
        raise MappingError(builder.problems)
    return found


class _Builder:
    def __init__(self) -> None:
        self.problems: list[Problem] = []
        self.dates = ISO

    def layout(self, node: Node) -> Layout | None:
        keys = dict(self.entries(node, "a map of keys", "key", KEYS))
        of = {key.text: (key.mark, value) for key, value in keys.items()}
        if not keys:
            return None
        if "mapping" not in of:
            self.say(node.mark, "no `mapping:`; a mapping file starts with its name")

        def take(key: str, read: Callable[[Node], T], otherwise: T) -> T:
            return self.tried(partial(read, of[key][1]), otherwise) if key in of else otherwise

        name = take("mapping", _text, "")
        base = take("like", _base, None)
        self.dates = take("dates", _dates, ISO)
        lists: set[str] = set()
        columns = take("columns", lambda each: self.columns(each, lists), _NO_COLUMNS)
        words = take("words", self.words, _NO_WORDS)
        constants = take("constants", lambda each: self.constants(each, columns), _NO_CONSTANTS)
        if base is None and "columns" not in of and not self.problems:
            self.say(node.mark, "no `columns:`; say which column fills which field")
        layout = Layout(
            name,
            columns,
            constants,
            words,
            self.dates,
            frozenset(take("absent", _texts, _NO_TEXTS)),
            take("group", _texts, _NO_TEXTS),
            frozenset(lists),
            take("encoding", _encoding, None),
            take("delimiter", _delimiter, None),
            take("window", _window, WINDOW),
        )
        if base is not None:
            layout = _over(base, layout, set(of))
        if not self.problems:
            for needed in ("claim.id", "claim.type"):
                if needed not in layout.columns and needed not in layout.constants:
                    what = (
                        "which tells the rows of a claim" if needed == "claim.id" else "professional or institutional"
                    )
                    self.say(node.mark, f"nothing fills {needed} ({what}); name its column")
        return layout

    def columns(self, node: Node, lists: set[str]) -> dict[str, tuple[str, ...]]:
        found: dict[str, tuple[str, ...]] = {}
        for key, value in self.entries(node, "a map of fields and their columns", "field", FLAT_FIELDS):
            names = self.tried(partial(_texts, value), _NO_TEXTS)
            field = FLAT_FIELDS[key.text]
            if isinstance(value, Sequence) and not field.many:
                self.say(value.mark, f"{key.text} holds one value; name one column")
            elif isinstance(value, Scalar) and field.many and key.text != "claim.diagnoses.system":
                lists.add(key.text)
            found[key.text] = names
        for name in found:
            owner = FLAT_FIELDS[name].owner
            if owner and owner not in found:
                key = next(each for each, _ in self.entries(node, "", "field", FLAT_FIELDS) if each.text == name)
                self.say(key.mark, f"{name} without {owner}; name the columns of the codes too")
        return found

    def constants(self, node: Node, columns: dict[str, tuple[str, ...]]) -> dict[str, str]:
        found: dict[str, str] = {}
        for key, value in self.entries(node, "a map of fields and values", "field", FLAT_FIELDS):
            if key.text == "claim.id":
                self.say(key.mark, "claim.id tells claims apart; name its column")
            elif key.text in columns:
                self.say(key.mark, f"{key.text} has a column; a field is filled once")
            else:
                text = self.tried(partial(_text, value), "")
                if text and self.meant(key.text, text, value.mark):
                    found[key.text] = text
        return found

    def words(self, node: Node) -> dict[str, dict[str, str]]:
        found: dict[str, dict[str, str]] = {}
        for key, value in self.entries(node, "a map of fields and their words", "field", FLAT_FIELDS):
            of_field: dict[str, str] = {}
            if not isinstance(value, Map):
                self.say(value.mark, "what cells say and what is meant are due, such as {P: professional}")
                continue
            for said, meant in value.entries:
                text = self.tried(partial(_text, meant), "")
                if text and self.meant(key.text, text, meant.mark):
                    of_field[said.text] = text
            found[key.text] = of_field
        return found

    def meant(self, name: str, text: str, mark: Mark) -> bool:
        """Whether a value is one of its field; a problem where it is not."""
        try:
            parser(FLAT_FIELDS[name], self.dates)(text)
        except Fault as fault:
            self.say(mark, f"{shown(text)} {fault.message} for {name}; {fault.remedy}")
            return False
        return True

    def entries(self, node: Node, due: str, what: str, known: Iterable[str]) -> list[tuple[Scalar, Node]]:
        if not isinstance(node, Map) or not node.entries:
            self.say(node.mark, f"{due} is due here")
            return []
        names = frozenset(known)
        found = []
        for key, value in node.entries:
            if key.text in names:
                found.append((key, value))
            elif not any(problem.mark == key.mark for problem in self.problems):
                otherwise = f"; it is one of {', '.join(sorted(names))}" if len(names) < 12 else ""
                self.say(key.mark, f"unknown {what} {shown(key.text)}{did_you_mean(key.text, names, otherwise)}")
        return found

    def tried(self, read: Callable[[], T], otherwise: T) -> T:
        try:
            return read()
        except Faulty as fault:
            self.problems += fault.problems
            return otherwise

    def say(self, mark: Mark, message: str) -> None:
        self.problems.append(Problem(mark, message))


def _over(base: Layout, own: Layout, stated: set[str]) -> Layout:
    """The base with what a mapping states over it."""
    rest = {name: columns for name, columns in base.columns.items() if name not in own.constants}
    return evolve(
        own,
        columns={**rest, **own.columns},
        words={**base.words, **own.words},
        group=own.group if "group" in stated else base.group,
        optional=base.optional - frozenset(own.all_columns),
        renamed=base.renamed,
    )


# ---- single values ---------------------------------------------------------------------------------------------------


def _text(node: Node) -> str:
    if not isinstance(node, Scalar) or not node.text.strip():
        raise fail(node.mark, "a text is due here")
    return node.text


def _texts(node: Node) -> tuple[str, ...]:
    if not isinstance(node, Sequence):
        return (_text(node),)
    found = tuple(map(_text, node.items))
    if len(set(found)) < len(found):
        raise fail(node.mark, "the same text stands twice in this list")
    return found


def _base(node: Node) -> Layout:
    if _text(node) != TUVA.name:
        raise fail(node.mark, f"unknown layout {shown(_text(node))}; the built-in layout to change is tuva")
    return TUVA


def _dates(node: Node) -> DateForm:
    found = date_form(_text(node))
    if found is None:
        raise fail(node.mark, f"{shown(_text(node))} is no form of dates; write it with YYYY, MM and DD, as MM/DD/YYYY")
    return found


def _encoding(node: Node) -> str:
    name = _text(node)
    try:
        known = codecs.lookup(name).name
        plain = known.startswith("utf-16") or _ASCII.encode("ascii").decode(known) == _ASCII
    except (LookupError, ValueError, TypeError):
        plain = False
    if not plain:
        raise fail(
            node.mark, f"unknown encoding {shown(name)}; write utf-8, utf-16, cp1252, latin-1 or another one of text"
        )
    return name


def _delimiter(node: Node) -> str:
    text = node.text if isinstance(node, Scalar) else ""
    found = "\t" if text == "tab" else text
    if len(found) != 1 or found in '"\r\n' or found.isalnum():
        raise fail(node.mark, "one character that is no letter, digit or quote is due here, or tab")
    return found


def _window(node: Node) -> int:
    text = _text(node)
    if not (text.isascii() and text.isdigit()) or not 1 <= int(text) <= LARGEST_WINDOW:
        raise fail(node.mark, f"a number of rows from 1 to {LARGEST_WINDOW} is due here")
    return int(text)
