"""Linking of inline tests: the fields they give must exist and their values must be readable."""

from __future__ import annotations

from cpt_rules.fields import FIELDS, STORED_FIELDS
from cpt_rules.formats import is_date, parse_number
from cpt_rules.language import documents as doc
from cpt_rules.language.problems import Mark, did_you_mean, shown
from cpt_rules.language.values import GIVEN_KEYS, NOT_AVAILABLE
from cpt_rules.ruleset.typing import SET_KIND, Kind, Vocabulary, line_field

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
    for name, texts in given.knowledge.items():
        mark, *marks = given.places[0][name]
        _knowledge(name, texts, mark, marks, words)
    for table, rows in given.rows.items():
        _rows(table, rows, test, words)
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
        or (name.startswith("table.") and name[6:] in words.tables)
        or (name.startswith(("a.", "b.")) and words.kind(line_field(name)) is not None)
    )


def _knowledge(name: str, texts: tuple[str, ...], mark: Mark, marks: list[Mark], words: Vocabulary) -> None:
    """Says what is wrong with a fact or set that a test gives."""
    kind = SET_KIND if name.startswith("set.") else words.kind(name)
    if name.startswith("set."):
        words.refer(doc.Name(name[4:], mark=mark), words.sets, "set")
    elif kind is None:
        words.say(mark, words.unknown_name(name, GIVEN_KEYS))
        return
    if kind is not None and not kind.many and len(texts) != 1:
        words.say(mark, f"{shown(name)} takes one value")
    for text, place in zip(texts, marks, strict=True):
        if kind is not None and text != NOT_AVAILABLE:
            words.typed(text, kind, place)


def _rows(table: str, rows: tuple[tuple[str, ...], ...], test: doc.Test, words: Vocabulary) -> None:
    """Says what is wrong with the rows of a table that a test gives."""
    mark, *marks = test.given.places[0][f"rows {table}"]
    if not words.refer(doc.Name(table, mark=mark), words.tables, "table"):
        return
    document = words.tables[table]
    names = [*(["setting"] if document.settings else []), *document.columns]
    for row, place in zip(rows, marks, strict=True):
        if len(row) != len(names):
            what = f"a row of {shown(table)} with {len(row)} values where {len(names)} are due"
            words.say(place, f"{what}: {', '.join(names)}")
            continue
        if document.settings:
            words.typed(row[0], Kind("text", False, document.settings), place)
        for text, column in zip(row[-len(document.columns) :], document.columns.values(), strict=True):
            if text and not column.many and column.format in ("number", "date", "yes/no"):
                words.typed(text, Kind(column.format, False), place)


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
        else:
            words.say(mark, words.unknown_name(name, GIVEN_KEYS))
        return
    kind = Kind(field.type, field.many, tuple(sorted(words.payers)) if name == "claim.payer" else field.choices)
    if not kind.many and len(texts) != 1:
        words.say(marks[1] if len(marks) > 1 else mark, f"{shown(name)} takes one value")
    if texts == ("absent",):
        return
    for text, place in zip(texts, marks, strict=True):
        wrong = (kind.base == "number" and parse_number(text) is None) or (kind.base == "date" and not is_date(text))
        if wrong or kind.base == "yes/no" or kind.choices:
            words.typed(text, kind, place)
