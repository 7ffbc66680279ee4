"""The key of a finding, for writers, who need millions of them: what `Finding.key` gives, in a third of the time."""

from __future__ import annotations

import hashlib
from json.encoder import encode_basestring_ascii as quoted

from cpt_rules.finding import Finding, shown
from cpt_rules.reading import Open, Reading

_PERSONAL = ("patient.", "subscriber.")
_OF_LINES = ("claim.", "day.")
_sha256 = hashlib.sha256


def key_of(finding: Finding) -> str:
    """`finding.key`; a test holds the two together."""
    seen = ""
    for name, value in finding.values:
        known = _names.get(name)
        if known is None:
            known = _named(name)
        begun, of_lines = known
        if begun is not None:
            if type(value) is not str:
                value = shown(_sorted(value) if of_lines else value)
            seen += begun + quoted(value) + "]"
    line = finding.line if finding.line_id is None else quoted(finding.line_id)
    other = finding.with_line
    text = (
        f"[{quoted(finding.claim)}, {'null' if line is None else line}, {'null' if other is None else other}, "
        f"{quoted(finding.rule.edit)}, [{seen[2:]}]]"
    )
    return _sha256(text.encode()).hexdigest()[:20]


#: What is hashed of a value before the value itself (None: it is left out), and whether it may list what lines hold.
_names: dict[str, tuple[str | None, bool]] = {}


def _named(name: str) -> tuple[str | None, bool]:
    begun = None if name.startswith(_PERSONAL) or name == "run.as_of" else f", [{quoted(name)}, "
    if len(_names) > 4096:
        _names.clear()
    found = _names[name] = begun, name.startswith(_OF_LINES)
    return found


def _sorted(value: Reading) -> Reading:
    """A list in an order that does not depend on that of the lines."""
    if isinstance(value, tuple):
        return tuple(sorted(value, key=str))
    return Open(tuple(sorted(value.known, key=str))) if isinstance(value, Open) else value
