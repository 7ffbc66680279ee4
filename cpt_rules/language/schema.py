"""The JSON Schema of rule documents, generated from the classes that they are parsed into.

It tells an editor what may stand where. Whether names exist and values have their types only linking can say.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from functools import reduce
from operator import or_
from types import UnionType
from typing import Any, Literal, Union, get_args, get_origin

import attrs

from cpt_rules.fields import FIELDS, STORED_FIELDS
from cpt_rules.language import documents as doc
from cpt_rules.language.values import NOT_AVAILABLE

DIALECT = "https://json-schema.org/draft/2020-12/schema"
Schema = dict[str, Any]

_DAY = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"


def rule_schema() -> Schema:
    """The schema of one rule document, with a definition for each kind and part."""
    definitions: dict[str, Schema] = dict(_SHARED)
    kinds = {kind: _of_class(cls, definitions) for kind, cls in doc.KINDS.items()}
    for kind, schema in kinds.items():
        definitions[kind] = {**schema, "description": _first_line(doc.KINDS[kind])}
    return {
        "title": "A rule document of cpt-rules",
        "oneOf": [{"$ref": f"#/$defs/{kind}"} for kind in kinds],
        "$defs": dict(sorted(definitions.items())),
    }


def key_of(attribute: attrs.Attribute[Any]) -> str:
    """The key of a document under which an attribute of its class stands."""
    if "key" in attribute.metadata:
        return str(attribute.metadata["key"])
    return attribute.name if attribute.name == "line_of_business" else attribute.name.replace("_", " ")


def _of_class(cls: type, definitions: dict[str, Schema]) -> Schema:
    attrs.resolve_types(cls, doc.__dict__)
    fields = [each for each in attrs.fields(cls) if each.name not in doc.PLACES]
    required = [key_of(each) for each in fields if each.default is attrs.NOTHING]
    return {
        "type": "object",
        "properties": {key_of(each): _of_type(each.type, definitions) for each in fields},
        "required": required,
        "additionalProperties": False,
    }


def _of_type(kind: Any, definitions: dict[str, Schema]) -> Schema:
    for known, name in _NAMED.items():
        if kind == known:
            return {"$ref": f"#/$defs/{name}"}
    origin, arguments = get_origin(kind), get_args(kind)
    if kind in _PLAIN:
        return _PLAIN[kind]
    if origin is Literal:
        truths = [truth for word, truth in (("yes", True), ("no", False)) if word in arguments]
        return {"enum": [*arguments, *truths]}  # YAML gives editors a truth value for yes and no
    if origin in (Union, UnionType):
        return _of_type(reduce(or_, (each for each in arguments if each is not type(None))), definitions)
    if origin is tuple:
        inner = _of_type(arguments[0], definitions)
        return {"anyOf": [inner, {"type": "array", "items": inner}]}
    if kind == Mapping[str, tuple[doc.ValueChange, ...]]:
        return {"type": "object", "additionalProperties": {"$ref": "#/$defs/change"}}
    if origin is not None and issubclass(origin, Mapping):
        return {"type": "object", "additionalProperties": _of_type(arguments[1], definitions)}
    name = kind.__name__.lower()
    if name not in definitions:
        definitions[name] = {}  # it may contain itself
        definitions[name] = {**_of_class(kind, definitions), "description": _first_line(kind)}
    return {"$ref": f"#/$defs/{name}"}


def _first_line(cls: type) -> str:
    return (cls.__doc__ or "").strip().partition("\n")[0]


# ---- what the classes do not say -----------------------------------------------------------------------------------

#: YAML gives editors numbers and truth values where the language reads text.
_TEXT: Schema = {"type": ["string", "number", "boolean"], "minLength": 1}
_TEXTS: Schema = {"anyOf": [{"$ref": "#/$defs/text"}, {"type": "array", "items": {"$ref": "#/$defs/text"}}]}
_NAME: Schema = {"type": ["string", "number", "boolean"], "pattern": r"^\S+$"}


def _conditions() -> Schema:
    """A clause: its keys are fields with an operator, or groups of clauses."""
    fields = "|".join(sorted(map(re.escape, FIELDS), key=lambda name: (-len(name), name)))
    operators = "|".join(sorted({*doc.SCALAR_OPERATORS, *doc.LIST_OPERATORS}))
    of_pairs = "|".join(
        f"[ab]\\.{re.escape(name[5:])}" for name in sorted(FIELDS, key=len)[::-1] if name.startswith("line.")
    )
    heads = "|".join(sorted({name.partition(".")[0] for name in FIELDS}))
    clauses = {"type": "array", "items": {"$ref": "#/$defs/clause"}, "minItems": 1}
    return {
        "type": "object",
        "minProperties": 1,
        "properties": {"any": clauses, "all": clauses, "not": {"$ref": "#/$defs/clause"}},
        "patternProperties": {
            rf"^({fields}|(profile|payer)\.[^ ]+)( ({operators}))?$": {"$ref": "#/$defs/texts"},
            rf"^({of_pairs})( ({operators}))?$": {"$ref": "#/$defs/texts"},
            rf"^(?!({heads}|a|b|profile)\.)[^ .]+\.[^ .]+( ({operators}))?$": {"$ref": "#/$defs/texts"},
            rf"^(?!({heads}|any|all|not)$)[^ .]+$": {"enum": ["found", "available"]},
        },
        "additionalProperties": False,
        "description": "All of its conditions hold. A key is a field (or what a look-up found), then an operator; none means `is`.",
    }


def _given() -> Schema:
    fields = sorted({*STORED_FIELDS, "claim.icd10", "claim.icd9", "claim.payer", "claim.unknown"})
    texts = {"$ref": "#/$defs/texts"}
    line = {
        "type": "object",
        "properties": {name: texts for name in fields if name.startswith("line.")},
        "additionalProperties": False,
    }
    return {
        "type": "object",
        "properties": {
            **dict.fromkeys(fields, texts),
            "lines": {"anyOf": [line, {"type": "array", "items": line}]},
            "as_of": {"$ref": "#/$defs/day"},
            "client": {"$ref": "#/$defs/text"},
            "rows": {"type": "object", "additionalProperties": {"type": "array", "items": {"type": "array"}}},
        },
        "patternProperties": {r"^(profile|payer|set)\.[^ ]+$": texts},
        "additionalProperties": False,
        "description": "What the claim of a test holds, by field.",
    }


def _valued(**more: Schema) -> Schema:
    return {
        "anyOf": [
            {"const": NOT_AVAILABLE},
            {
                "type": "object",
                "properties": {"values": {"$ref": "#/$defs/timeline"}, "source": {"$ref": "#/$defs/name"}, **more},
                "required": ["values", "source"],
                "additionalProperties": False,
            },
        ]
    }


_SHARED: Mapping[str, Schema] = {
    "text": _TEXT,
    "texts": _TEXTS,
    "name": _NAME,
    "day": {"type": "string", "pattern": _DAY},
    "timeline": {
        "anyOf": [
            {"const": NOT_AVAILABLE},
            {
                "type": "object",
                "minProperties": 1,
                "patternProperties": {_DAY: {"$ref": "#/$defs/texts"}},
                "additionalProperties": False,
            },
        ],
        "description": "Values by the day from which they hold, until the next.",
    },
    "clause": _conditions(),
    "given": _given(),
    "lookup": {
        "type": "object",
        "properties": {"table": {"$ref": "#/$defs/name"}},
        "required": ["table"],
        "additionalProperties": {"$ref": "#/$defs/text"},
        "description": "A table, a text or `$FIELD` for each column of its key, and its setting if it has some.",
    },
    "value": {**_valued(), "description": "What is known of a fact: dated values and their source, or not available."},
    "change": _valued(since={"$ref": "#/$defs/day"}, until={"$ref": "#/$defs/day"}),
}

#: Types with a hand-written definition.
_NAMED: Mapping[Any, str] = {
    doc.Clause: "clause",
    doc.Timeline: "timeline",
    doc.Given: "given",
    doc.FactValue: "value",
    doc.Name: "name",
    doc.Lookup: "lookup",
}
_PLAIN: Mapping[Any, Schema] = {
    str: {"$ref": "#/$defs/text"},
    int: {"type": ["integer", "string"], "pattern": "^[0-9]+$"},
    dt.date: {"$ref": "#/$defs/day"},
    doc.FactType: {"type": "string", "pattern": "^(list of )?[a-z0-9/ -]+$"},
    Literal["yes", "no"] | doc.SetRef: {
        "anyOf": [{"enum": ["yes", "no", True, False]}, {"type": "string", "pattern": r"^for \$set\.\S+$"}]
    },
}
