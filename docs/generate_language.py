"""Prints parts of `docs/language.md`: ``python docs/generate_language.py keys`` (of each kind) or ``formats``."""

from __future__ import annotations

import sys
from collections.abc import Iterator

import attrs

from cpt_rules.formats import FORMATS
from cpt_rules.language import documents as doc
from cpt_rules.language.schema import key_of

_PARTS = {"`for` of an overlay": doc.For, "an edit in an overlay": doc.EditChange, "a test": doc.Test}


def keys() -> Iterator[str]:
    """A table: the keys that each kind of document must have, and those it may have."""
    yield "| document | must have | may have |"
    yield "|---|---|---|"
    for name, cls in {**{f"`{kind}`": cls for kind, cls in doc.KINDS.items()}, **_PARTS}.items():
        fields = [each for each in attrs.fields(cls) if each.name not in doc.PLACES]
        must = [key_of(each) for each in fields if each.default is attrs.NOTHING]
        may = [key_of(each) for each in fields if each.default is not attrs.NOTHING]
        yield f"| {name} | {_listed(must)} | {_listed(may)} |"


def _listed(keys: list[str]) -> str:
    return ", ".join(f"`{key}`" for key in keys)


def formats() -> Iterator[str]:
    """A table of the named formats."""
    yield "| format | shape | example | ranges |"
    yield "|---|---|---|---|"
    for each in FORMATS.values():
        example = f"`{each.example}`" if each.example else ""
        yield f"| `{each.name}` | {each.meaning} | {example} | {'yes' if each.ranges else ''} |"


if __name__ == "__main__":
    print("\n".join({"keys": keys, "formats": formats}[sys.argv[1]]()))
