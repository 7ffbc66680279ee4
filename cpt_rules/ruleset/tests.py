"""Linking of inline tests: the fields they give must exist and their values must be readable."""

from __future__ import annotations

from collections.abc import Mapping

from cpt_rules.fields import FIELDS, STORED_FIELDS
from cpt_rules.formats import is_date, parse_number
from cpt_rules.language import documents as doc
from cpt_rules.language.problems import did_you_mean, shown
from cpt_rules.ruleset.typing import Kind, Vocabulary

#: Fields that a test may give although they are read from stored fields with other names.
_LISTS = ("claim.icd10", "claim.icd9")


def link_test(test: doc.Test, words: Vocabulary) -> doc.Test:
    """The test itself; what is wrong with it is said."""
    given = test.given
    for fields in (given.fields, *given.lines):
        for name, texts in fields.items():
            _given(name, texts, test, words)
    lines: Mapping[str, object]
    for lines in given.lines:
        for name in lines:
            if not name.startswith("line."):
                words.say(given.mark, f"{shown(name)} is not a field of a line; give it beside `lines`")
    if given.lines and any(name.startswith("line.") for name in given.fields):
        words.say(given.mark, "fields of a line beside `lines`; give them in `lines`")
    if not 1 <= test.on <= max(1, len(given.lines)):
        words.say(test.mark, f"`on: {test.on}`, but there is no such line")
    return test


def _given(name: str, texts: tuple[str, ...], test: doc.Test, words: Vocabulary) -> None:
    mark = test.given.mark
    if name == "claim.unknown":
        for text in texts:
            if text not in STORED_FIELDS:
                words.say(mark, f"unknown field {shown(text)} in claim.unknown{did_you_mean(text, STORED_FIELDS)}")
        return
    field = FIELDS.get(name)
    settable = name in STORED_FIELDS or name in _LISTS or name == "claim.payer"
    if field is None or not settable:
        why = f"{shown(name)} is worked out from other fields; give those" if field else words.unknown_name(name)
        words.say(mark, why)
        return
    kind = Kind(field.type, field.many, tuple(sorted(words.payers)) if name == "claim.payer" else field.choices)
    if not kind.many and len(texts) != 1:
        words.say(mark, f"{shown(name)} takes one value")
    for text in texts:
        wrong = (kind.base == "number" and parse_number(text) is None) or (kind.base == "date" and not is_date(text))
        if wrong or kind.base == "yes/no" or kind.choices:
            words.typed(text, kind, mark)
