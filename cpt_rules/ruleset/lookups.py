"""Linking of table documents and of the look-ups that edits make in them."""

from __future__ import annotations

from collections.abc import Mapping

import attrs

from cpt_rules.fields import FIELDS
from cpt_rules.formats import FORMATS
from cpt_rules.language import documents as doc
from cpt_rules.language.problems import did_you_mean, shown
from cpt_rules.ruleset.typing import Kind, Scope, Vocabulary, line_field
from cpt_rules.tables.layout import BY_TABLE, SETTINGS, Column, ColumnType, Layout

_TAKEN = {name.partition(".")[0] for name in FIELDS} | {"profile", "set", "a", "b", "any", "all", "not"}


def resolve_table(table: doc.TableDocument, sources: Mapping[str, doc.Source], words: Vocabulary) -> doc.TableDocument:
    """The document itself; what is wrong with it is said."""
    words.refer(table.source, sources, "source")
    for name, type in table.columns.items():
        if type.format not in FORMATS:
            hint = did_you_mean(type.format, FORMATS, f"; one of: {', '.join(FORMATS)}, and each as `list of …`")
            words.say(type.mark, f"unknown type {shown(type.format)} of column {shown(name)}{hint}")
    for what, named in {"key": table.key, "validity": table.validity}.items():
        for name in named:
            if name not in table.columns:
                hint = did_you_mean(name, table.columns, f"; the columns are {', '.join(table.columns)}")
                words.say(doc.place_of(table, what), f"unknown column {shown(name)} in `{what}`{hint}")
    first = tuple(table.columns)[: len(table.key)]
    if not 1 <= len(table.key) <= 2 or (set(table.key) <= set(table.columns) and table.key != first):
        words.say(doc.place_of(table, "key"), "the key is the first column, or the first two, in their order")
    if table.validity and len(table.validity) != 2:
        words.say(doc.place_of(table, "validity"), "validity takes two columns, of the first and of the last day")
    for setting in table.settings:
        if setting not in SETTINGS:
            hint = did_you_mean(setting, SETTINGS, f"; one of: {', '.join(SETTINGS)}")
            words.say(doc.place_of(table, "settings"), f"unknown setting {shown(setting)}{hint}")
    if table.file != "none" and not (table.edition and table.since and table.until):
        words.say(table.mark, "a table with a file says of what it speaks: `edition`, `since` and `until`")
    if isinstance(table.complete, doc.SetRef):
        words.set_known(table.complete)
    known = BY_TABLE.get(table.table.text)
    mine = layout_of(table)
    if known is not None and (known.columns, known.key, known.validity, known.unique) != (
        mine.columns,
        mine.key,
        mine.validity,
        mine.unique,
    ):
        columns = ", ".join(f"{each.name} ({each.type})" for each in known.columns)
        what = f"{shown(table.table.text)} can be imported and has these columns: {columns}; key {', '.join(known.key)}"
        words.say(
            table.mark,
            f"{what}; validity {', '.join(known.validity or ('none',))}; unique {'yes' if known.unique else 'no'}",
        )
    return table


def layout_of(table: doc.TableDocument) -> Layout:
    """The layout that a table document describes."""
    columns = tuple(Column(name, _column_type(type)) for name, type in table.columns.items())
    validity = (table.validity[0], table.validity[1]) if len(table.validity) == 2 else None
    return Layout(
        kind=table.table.text,
        table=table.table.text,
        columns=columns,
        key=table.key,
        publisher="",
        validity=validity,
        unique=table.unique == "yes",
        complete=False,
        settings=table.settings,
    )


def _column_type(type: doc.FactType) -> ColumnType:
    if type.many:
        return "list"
    return type.format if type.format in ("number", "date", "yes/no") else "text"  # type: ignore[return-value]


def resolve_lookup(alias: str, lookup: doc.Lookup, scope: Scope, words: Vocabulary) -> doc.Lookup:
    """A look-up with its constants typed; what is wrong with it is said."""
    if "." in alias or alias in _TAKEN or not alias:
        words.say(lookup.mark, f"{shown(alias)} cannot name a look-up; choose a word without a dot that is no field")
    if not words.refer(lookup.table, words.tables, "table"):
        return lookup
    table = words.tables[lookup.table.text]
    for column in lookup.keys:
        if column not in table.key:
            hint = did_you_mean(column, table.key, f"; the key is {', '.join(table.key)}")
            what = f"{shown(column)} is no key column of {shown(lookup.table.text)}"
            words.say(doc.place_of(lookup, column), what + hint)
    for column in table.key:
        if column not in lookup.keys:
            words.say(lookup.mark, f"this look-up has no `{column}`; the key of the table is {', '.join(table.key)}")
    if (lookup.setting is not None) is not bool(table.settings):
        known = f"settings; write `setting`, one of: {', '.join(table.settings)}"
        what = known if table.settings else "no settings; leave `setting` out"
        words.say(doc.place_of(lookup, "setting"), f"the table {shown(lookup.table.text)} has {what}")
    plain = Scope(scope.each)
    keys = {
        column: _key(item, Kind(table.columns[column].format, False), plain, words)
        for column, item in lookup.keys.items()
        if column in table.columns
    }
    lists = [item for item in lookup.keys.values() if is_list(item, plain, words)]
    for item in lists[1:]:
        words.say(item.mark, "a second list in the key of one look-up; only one of its fields may be a list")
    setting = (
        None if lookup.setting is None else _key(lookup.setting, Kind("text", False, table.settings), plain, words)
    )
    return attrs.evolve(lookup, keys=keys, setting=setting)


def is_list(item: doc.Item, scope: Scope, words: Vocabulary) -> bool:
    """Whether a key names a field that is a list: the look-up is then made for each of its values."""
    found = words.kind(item.name, scope) if isinstance(item, doc.FieldRef) else None
    return found is not None and found.many


def _key(item: doc.Item, kind: Kind, scope: Scope, words: Vocabulary) -> doc.Item:
    if isinstance(item, doc.FieldRef):
        if is_list(item, scope, words) and (kind.choices or line_field(item.name) not in FIELDS):
            words.say(
                item.mark,
                f"{shown('$' + item.name)} is a list, and a {'setting' if kind.choices else 'key'} takes one value",
            )
        words.bound(item.name, item.mark, scope)
    return words.item(item, kind, scope=scope)
