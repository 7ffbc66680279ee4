"""The JSON Schemas of what is exchanged: claims (generated from their classes) and the records of findings."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from functools import reduce
from operator import or_
from types import UnionType
from typing import Any, Literal, Union, get_args, get_origin

import attrs

from cpt_rules.claim import LINES_OF_BUSINESS, Claim, Diagnosis, Line
from cpt_rules.fields import STORED_FIELDS
from cpt_rules.language import documents as doc

Schema = dict[str, Any]

_MONEY = r"^-?[0-9]+(\.[0-9]+)?$"
_DAY: Schema = {"type": "string", "format": "date", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"}


def claim_schema() -> Schema:
    """A claim as one JSON object: a line of JSONL."""
    definitions: dict[str, Schema] = {}
    claim = _object(Claim, definitions)
    claim["required"] = ["id", "type", "lines"]
    claim["properties"]["lines"]["minItems"] = 1
    line = definitions["line"]
    line["properties"]["number"]["minimum"] = 1
    claim["allOf"] = [
        {
            "if": {"properties": {"type": {"const": "professional"}}},
            "then": {"properties": {"lines": {"items": _holding("code", "date")}}},
            "else": {
                "properties": {"lines": {"items": _holding("revenue_code")}},
                "anyOf": [_holding("statement_from"), {"properties": {"lines": {"items": _holding("date")}}}],
            },
        }
    ]
    return {"title": "A claim", **claim, "$defs": dict(sorted(definitions.items()))}


def _holding(*names: str) -> Schema:
    """That these keys are there and not null."""
    return {"required": list(names), "properties": {name: {"not": {"type": "null"}} for name in names}}


def _object(cls: type, definitions: dict[str, Schema]) -> Schema:
    attrs.resolve_types(cls)
    fields = [each for each in attrs.fields(cls) if each.name != "origin"]
    return {
        "type": "object",
        "properties": {each.name: _property(cls, each, definitions) for each in fields},
        "required": [each.name for each in fields if each.default is attrs.NOTHING],
        "additionalProperties": False,
    }


def _property(cls: type, attribute: attrs.Attribute[Any], definitions: dict[str, Schema]) -> Schema:
    if attribute.name == "line_of_business":
        return {"enum": [*LINES_OF_BUSINESS, None]}
    if cls is Claim and attribute.name == "unknown":
        return {"type": ["array", "null"], "items": {"enum": sorted(STORED_FIELDS)}}
    schema = _of_type(attribute.type, definitions)
    if attribute.default is attrs.NOTHING or (cls is Line and attribute.name == "number"):
        return schema
    return _or_null(schema)


def _of_type(kind: Any, definitions: dict[str, Schema]) -> Schema:
    origin, arguments = get_origin(kind), get_args(kind)
    if origin is Literal:
        return {"enum": list(arguments)}
    if origin in (Union, UnionType):
        return _or_null(_of_type(reduce(or_, (each for each in arguments if each is not type(None))), definitions))
    if origin is tuple:
        return {"type": "array", "items": _of_type(arguments[0], definitions)}
    if kind is Decimal:
        return {"anyOf": [{"type": "string", "pattern": _MONEY}, {"type": "integer"}]}
    if kind is dt.date:
        return dict(_DAY)
    if kind in _PLAIN:
        return dict(_PLAIN[kind])
    name = kind.__name__.lower()
    if name not in definitions:
        definitions[name] = {}
        definitions[name] = _object(kind, definitions)
    reference = {"$ref": f"#/$defs/{name}"}
    return {"anyOf": [dict(_PLAIN[str]), reference]} if kind is Diagnosis else reference


_PLAIN: dict[type, Schema] = {
    str: {"type": "string", "minLength": 1},
    int: {"type": "integer", "minimum": 0},
    bool: {"type": "boolean"},
}


def _or_null(schema: Schema) -> Schema:
    if schema.get("type") == "null" or {"type": "null"} in schema.get("anyOf", []):
        return schema
    if isinstance(schema.get("type"), str):
        return {**schema, "type": [schema["type"], "null"]}
    if "enum" in schema:
        return schema if None in schema["enum"] else {"enum": [*schema["enum"], None]}
    return {"anyOf": [*schema.get("anyOf", [schema]), {"type": "null"}]}


# ---- findings ------------------------------------------------------------------------------------------------------

_TEXT: Schema = {"type": "string"}
_MAYBE: Schema = {"type": ["string", "null"]}
_COUNT: Schema = {"type": "integer", "minimum": 0}
_AMOUNT: Schema = {"type": ["string", "null"], "pattern": _MONEY}
_STATUS: Schema = {"enum": ["pass", "warn", "fail", "bypassed", "not checked"]}
_ROLLED_UP: Schema = {"enum": [*_STATUS["enum"], "not applicable"]}
_LINE: Schema = {"type": ["integer", "null"]}
_COUNTS: Schema = {"type": "object", "additionalProperties": _COUNT}


def findings_schema() -> Schema:
    """One record of the JSONL output: a finding, a claim's roll-up or the summary of the run."""
    records = {"finding": _finding(), "claim": _claim(), "summary": _summary()}
    return {
        "title": "A record of findings",
        "oneOf": [{"$ref": f"#/$defs/{name}"} for name in records],
        "$defs": records,
    }


def _record(name: str, optional: tuple[str, ...] = (), **properties: Schema) -> Schema:
    required = ["record", *(key for key in properties if key not in optional)]
    return _closed({"record": {"const": name}, **properties}, required)


def _closed(properties: dict[str, Schema], required: list[str] | None = None) -> Schema:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties) if required is None else required,
        "additionalProperties": False,
    }


def _list(items: Schema) -> Schema:
    return {"type": "array", "items": items}


def _finding() -> Schema:
    place = {"file": _TEXT, "segment": _LINE, "loop": _MAYBE, "element": _MAYBE, "qualifier": _MAYBE}
    where = _closed({**place, "absent": {"const": True}}, list(place))
    denial = _closed({"group": _MAYBE, "carc": _MAYBE, "rarc": _list(_TEXT), "status": _list(_TEXT)})
    override = _closed(
        {"was": {"enum": ["warn", "fail"]}, "reason": _TEXT, "by": _TEXT, "until": {"anyOf": [_DAY, {"type": "null"}]}}
    )
    asked = {
        "id": _TEXT,
        "setting": _MAYBE,
        "edition": _TEXT,
        "starter": {"type": "boolean"},
        "stale": {"type": "boolean"},
    }
    schema = _record(
        "finding",
        ("with_line", "override", "missing", "tables"),
        n={"type": "integer", "minimum": 1},
        key={"type": "string", "pattern": "^[0-9a-f]{20}$"},
        claim=_TEXT,
        line=_LINE,
        with_line={"type": "integer"},
        code=_MAYBE,
        date={"anyOf": [_DAY, {"type": "null"}]},
        payer=_MAYBE,
        edit=_TEXT,
        status=_STATUS,
        override=override,
        missing=_list(_TEXT),
        disposition={"enum": list(get_args(doc.Disposition))},
        message=_MAYBE,
        remedy=_MAYBE,
        fix={"enum": list(get_args(doc.Fix))},
        field=_TEXT,
        charge_at_risk=_AMOUNT,
        where={"anyOf": [where, {"type": "null"}]},
        denial={"anyOf": [denial, {"type": "null"}]},
        sources=_list(_closed({"id": _TEXT, "edition": _TEXT})),
        overlay=_MAYBE,
        stale={"type": "boolean"},
        tables={**_list(_closed(asked)), "description": "the editions of reference tables that were asked"},
    )
    required = {"not checked": "missing", "bypassed": "override"}
    due = [
        {"if": {"properties": {"status": {"const": status}}}, "then": {"required": [name]}}
        for status, name in required.items()
    ]
    return {**schema, "allOf": due}


def _claim() -> Schema:
    line = {
        "line": {"type": "integer"},
        "status": _ROLLED_UP,
        "complete": {"type": "boolean"},
        **dict.fromkeys(("pass", "warn", "fail", "not_checked", "bypassed", "silenced"), _COUNT),
    }
    return _record(
        "claim",
        ("findings",),
        n={"type": "integer", "minimum": 1},
        claim=_TEXT,
        input=_MAYBE,
        interchange=_MAYBE,
        transaction_set=_MAYBE,
        ordinal=_LINE,
        segments={"type": ["array", "null"], "items": {"type": "integer"}, "minItems": 2, "maxItems": 2},
        payer=_MAYBE,
        status=_ROLLED_UP,
        complete={"type": "boolean"},
        action={"enum": ["release", "hold"]},
        charge_at_risk=_AMOUNT,
        lines=_list(_closed(line)),
        findings={**_list({"$ref": "#/$defs/finding"}), "description": "in the one document that --format json writes"},
    )


def _summary() -> Schema:
    by_edit = _closed(
        {"warn": _COUNT, "fail": _COUNT, "bypassed": _COUNT, "charge_at_risk": _AMOUNT}, ["charge_at_risk"]
    )
    table = {"id": _TEXT, "setting": _MAYBE, "edition": _TEXT, "rows": _COUNT, "starter": {"type": "boolean"}}
    return _record(
        "summary",
        ("overrides", "stopped"),
        as_of=_DAY,
        claims=_COUNT,
        lines=_COUNT,
        clean=_COUNT,
        unreadable=_COUNT,
        unreadable_by_code=_COUNTS,
        claims_by_status=_COUNTS,
        lines_by_status=_COUNTS,
        findings_by_status=_COUNTS,
        by_edit={"type": "object", "additionalProperties": by_edit},
        unchecked_by_missing=_COUNTS,
        ruleset=_closed({"version": _TEXT, "hash": {"type": "string", "pattern": "^sha256:[0-9a-f]{64}$"}}),
        tables=_list(_closed(table)),
        silenced=_COUNTS,
        placeholders=_COUNT,
        ignored=_list(_TEXT),
        overrides=_closed(dict.fromkeys(("given", "used", "expired", "unmatched", "refused"), _COUNT)),
        stopped={"const": True, "description": "the run ended early, because so much could not be read"},
    )
