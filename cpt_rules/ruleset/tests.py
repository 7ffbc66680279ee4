"""Linking of inline tests: the fields they give must exist and their values must be readable."""

from __future__ import annotations

from cpt_rules.fields import FIELDS, STORED_FIELDS
from cpt_rules.formats import is_date, parse_number
from cpt_rules.language import documents as doc
from cpt_rules.language.problems import Mark, did_you_mean, shown
from cpt_rules.language.values import GIVEN_KEYS
from cpt_rules.ruleset.typing import Kind, Vocabulary

#: Fields that a test may give although they are read from stored fields with other names.
_LISTS = ("claim.icd10", "claim.icd9")


def link_test(test: doc.Test, words: Vocabulary) -> doc.Test:
    """The test itself; what is wrong with it is said."""
    given = test.given
    for place, fields in enumerate((given.fields, *given.lines)):
        for name, texts in fields.items():
            mark, *marks = given.places[place][name]
            if place and not name.startswith("line."):
                words.say(mark, f"{shown(name)} is not a field of a line; write it beside `lines`")
            elif not place and given.lines and name.startswith("line."):
                words.say(mark, f"{shown(name)} beside `lines`; write it into the lines it is for")
            else:
                _given(name, texts, mark, marks, words)
    if not 1 <= test.on <= max(1, len(given.lines)):
        there = f"the test has {len(given.lines)} lines" if given.lines else "the test has one line"
        words.say(doc.place_of(test, "on"), f"there is no line {test.on}; {there}")
    for name in test.missing or ():
        if not _can_be_missing(name, words):
            meant = f"unknown field {shown(name)}; did you mean `set.{name}`?"
            what = meant if name in words.sets else words.unknown_name(name)
            words.say(doc.place_of(test, "missing"), f"in `missing`: {what}")
    return test


def _can_be_missing(name: str, words: Vocabulary) -> bool:
    return (
        name == "payer.policy"
        or words.kind(name) is not None
        or name in STORED_FIELDS
        or (name.startswith("set.") and name[4:] in words.sets)
    )


def _given(name: str, texts: tuple[str, ...], mark: Mark, marks: list[Mark], words: Vocabulary) -> None:
    """Says what is wrong with the values `texts` of a field that stands at `mark`, its values at `marks`."""
    if name == "claim.unknown":
        for text, place in zip(texts, marks, strict=True):
            if text not in STORED_FIELDS:
                hint = did_you_mean(text, STORED_FIELDS, "; name fields that a feed carries")
                words.say(place, f"{shown(text)} is no field that a feed could lack{hint}")
        return
    field = FIELDS.get(name)
    settable = name in STORED_FIELDS or name in _LISTS or name == "claim.payer"
    if field is None or not settable:
        if field is not None:
            from_ = ", ".join(path for path in field.paths if path != name)
            words.say(mark, f"{shown(name)} is worked out; give what it is worked out from{from_ and f': {from_}'}")
        elif words.kind(name) is not None:
            words.say(mark, f"{shown(name)} is a fact, and the ruleset has it; give fields of the claim")
        else:
            words.say(mark, words.unknown_name(name, GIVEN_KEYS))
        return
    kind = Kind(field.type, field.many, tuple(sorted(words.payers)) if name == "claim.payer" else field.choices)
    if not kind.many and len(texts) != 1:
        words.say(marks[1] if len(marks) > 1 else mark, f"{shown(name)} takes one value")
    for text, place in zip(texts, marks, strict=True):
        wrong = (kind.base == "number" and parse_number(text) is None) or (kind.base == "date" and not is_date(text))
        if wrong or kind.base == "yes/no" or kind.choices:
            words.typed(text, kind, place)
