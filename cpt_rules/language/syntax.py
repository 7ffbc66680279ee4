"""What is wrong where text is not YAML, in words for someone who never read about YAML."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

import yaml
from attrs import frozen

from cpt_rules.language.problems import Mark, Problem, shown

Place = tuple[int, int]
Said = tuple[Place, str] | None

_QUOTE = "quote the text"
#: A bracket or brace that opens a value and is closed again.
_CLOSED = re.compile(r"(?:^|[:,-]\s+|[\[{]\s*)([\[{])[^\[\]{}]*[\]}]\s*$")
_CLOSING = {"[": "]", "{": "}"}


def explained(error: yaml.MarkedYAMLError, lines: Sequence[str], name: str, quoted: Place | None) -> Problem:
    """The problem of a syntax error. `quoted`: the lines (from 0) on which the quoted text read last starts and ends."""
    at = error.problem_mark or error.context_mark
    place = (at.line, at.column) if at is not None else (0, 0)
    context = error.context_mark
    opened = (context.line, context.column) if context is not None else place
    fault = _Fault(f"{error.context}: {error.problem}", place, opened, lines, quoted)
    for explain in _EXPLANATIONS:
        said = explain(fault)
        if said is not None:
            (line, column), message = said
            return Problem(Mark(name, line + 1, column + 1), message)
    return Problem(
        Mark(name, place[0] + 1, place[1] + 1),
        f"this cannot be read; is a quote, a bracket or a colon missing? {_QUOTE}",
    )


@frozen
class _Fault:
    """What the parser said, where it stood, and where that began which it was reading."""

    said: str
    at: Place
    opened: Place
    lines: Sequence[str]
    quoted: Place | None

    def line(self, number: int) -> str:
        return self.lines[number].rstrip("\r") if number < len(self.lines) else ""

    @property
    def here(self) -> str:
        return self.line(self.at[0])

    @property
    def before(self) -> str:
        return self.here[: self.at[1]]

    @property
    def character(self) -> str:
        return self.here[self.at[1] : self.at[1] + 1]

    @property
    def opening(self) -> str:
        return self.line(self.opened[0])[self.opened[1] : self.opened[1] + 1]


def _tab(fault: _Fault) -> Said:
    blanks = len(fault.here) - len(fault.here.lstrip())
    tab = fault.here.find("\t", 0, blanks)
    return ((fault.at[0], tab), "a tab; indent with blanks") if tab >= 0 else None


def _unclosed_quote(fault: _Fault) -> Said:
    if "quoted scalar: found unexpected" in fault.said:
        return fault.opened, f"a quote with no end; close it, or {_QUOTE} with the other kind of quote"
    if "unknown escape" in fault.said:
        return fault.at, "a backslash inside double quotes; write it twice, or use single quotes"
    return None


def _special(fault: _Fault) -> Said:
    """Text that starts with a character that means something else in YAML."""
    if re.search("an anchor|an alias|a tag|block scalar|a directive", fault.said):
        return fault.opened, _starts(fault.opening)
    if "block sequence entries" in fault.said or ("node content" in fault.said and fault.character == "-"):
        return fault.at, f"a `- ` behind a key or bracket; {_QUOTE}, or start a list on a line of its own"
    if re.search("cannot start any token|node content|mapping keys are not", fault.said) and fault.character:
        return fault.at, _starts(fault.character)
    return None


def _starts(character: str) -> str:
    what = "a back quote" if character == "`" else shown(character)
    return f"text that starts with {what} has to be quoted"


def _bracket(fault: _Fault) -> Said:
    """Inside brackets or braces something else was due."""
    if "flow" not in fault.said or fault.opening not in _CLOSING:
        return None
    closing = _CLOSING[fault.opening]
    what, line = shown(fault.opening), fault.opened[0]
    if fault.at[0] > line and (
        fault.at[0] >= len(fault.lines) or _indent(fault.here) <= _indent(fault.line(line)) or not fault.character
    ):
        return fault.opened, f"{what} with no end; write {shown(closing)} where it ends, or {_QUOTE}"
    if fault.character in ("]", "}"):
        return (
            fault.at,
            f"{shown(fault.character)} where {what} (line {line + 1}) wants {shown(closing)}; mend the brackets",
        )
    if fault.character == ":":
        return fault.at, f"a `: ` inside text without quotes, or a comma is missing before it; {_QUOTE}"
    inner = _CLOSED.search(fault.before)
    if inner:
        return (fault.at[0], inner.start(1)), f"{_starts(inner[1])}, or a comma is missing behind it"
    return fault.at, f"a comma or {shown(closing)} is due before this; {_QUOTE} if it is one text"


def _colon(fault: _Fault) -> Said:
    if "mapping values are not allowed" not in fault.said:
        return None
    if re.search(r"\S:\s", fault.before):
        return fault.at, f"a `: ` inside text without quotes; {_QUOTE}"
    place = (fault.at[0], _indent(fault.here))
    return place, f"this key continues the text of the line above; mend its indent, or {_QUOTE} above"


def _behind_value(fault: _Fault) -> Said:
    """Something stands behind a text or a bracket that ended already."""
    if fault.before.strip() and fault.character in ("]", "}"):
        return fault.at, f"{shown(fault.character)} closes nothing; leave it out, or {_QUOTE}"
    inner = _CLOSED.search(fault.before)
    if inner and fault.character:
        return (fault.at[0], inner.start(1)), _starts(inner[1])
    if fault.before.strip() and fault.before.rstrip()[-1] in "\"'":
        if fault.quoted is not None and fault.quoted[0] < fault.quoted[1] == fault.at[0]:
            return fault.at, f"text behind a closing quote; a quote in line {fault.quoted[0] + 1} has no end before it"
        return fault.at, "text behind the closing quote; use the other kind of quote around text with quotes in it"
    return None


def _line(fault: _Fault) -> Said:
    """A line that does not go with those above."""
    if "document start" in fault.said:
        return fault.at, "text behind the end of a document; a line `---` starts a new one"
    if "could not find expected ':'" in fault.said:
        return fault.opened, f"a line with no `key: value`; write one, or {_QUOTE} above if it goes on here"
    if fault.at[0] >= len(fault.lines) - 1 and not fault.character:
        return fault.at, "the text ends here, and a bracket or quote has no end; close it"
    if re.search("expected key|expected '-' indicator|violates indentation", fault.said):
        place = (fault.at[0], _indent(fault.here))
        return place, "this line goes with none above it; mend its indent"
    return None


_EXPLANATIONS: tuple[Callable[[_Fault], Said], ...] = (
    _tab,
    _unclosed_quote,
    _special,
    _bracket,
    _colon,
    _behind_value,
    _line,
)


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())
