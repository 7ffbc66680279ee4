"""What a ruleset file may consist of: UTF-8, and no character that a reader of the file cannot see."""

from __future__ import annotations

import re

from cpt_rules.language.problems import Mark, Problem

#: Control characters, a carriage return on its own, blanks other than the blank, invisible characters that join, hide
#: or turn text round, and what no UTF-8 file can hold. Tab, carriage return with line feed, and line feed are fine.
_UNSEEN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\xa0\xad\u061c\u1680\u180e\u2000-\u200f\u2028-\u202f\u205f-\u206f\u3000\ufeff"
    "\ufff9-\ufffb\ufffe\uffff\ud800-\udfff\U000e0000-\U000e007f]|\r(?!\n)"
)
_BLANKS = "\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000"


def unseen(text: str, name: str) -> Problem | None:
    """The first character of a file that nobody sees, or None. `name` is how the file is called in messages."""
    found = _UNSEEN.search(text)
    if found is None:
        return None
    at, character = found.start(), found.group()
    code = f"U+{ord(character):04X}"
    if character == "\r":
        what = "a carriage return on its own; save the file with usual line ends"
    elif character in _BLANKS:
        what = f"a blank of an unusual kind ({code}); write a plain blank"
    elif character < " " or "\x7f" <= character < "\xa0":
        what = f"a control character ({code}); rulesets are plain text"
    else:
        what = f"a character that nobody sees ({code}); delete it"
    return Problem(Mark(name, text.count("\n", 0, at) + 1, at - text.rfind("\n", 0, at)), what)


def seen(text: str) -> bool:
    """Whether every character of a text can be seen."""
    return _UNSEEN.search(text) is None


def undecodable(data: bytes, at: int, name: str) -> Problem:
    """What to say of bytes that are not UTF-8 from place `at` on."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return Problem(Mark(name, 1, 1), "this is UTF-16, not UTF-8; save the file as UTF-8")
    start = data.rfind(b"\n", 0, at) + 1
    place = Mark(name, data.count(b"\n", 0, at) + 1, len(data[start:at].decode("utf-8", "replace")) + 1)
    return Problem(place, f"byte 0x{data[at]:02x} is not UTF-8 text; save the file as UTF-8")
