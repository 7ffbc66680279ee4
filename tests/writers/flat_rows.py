"""Rows of CSV and Parquet laid back to the records of findings that JSONL has."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
from decimal import Decimal
from typing import Any

from cpt_rules.writers.rows import COLUMNS

OF_CLAIM = ("claim_status", "claim_action")


def from_csv(data: bytes) -> list[dict[str, Any]]:
    """The rows of a CSV file with the types of their columns; the apostrophe that keeps formulas away taken off."""
    found = list(csv.DictReader(io.StringIO(data.decode("utf-8"), newline="")))
    return [{name: _typed(name, text) for name, text in row.items()} for row in found]


def _typed(name: str, text: str) -> Any:
    text = text.removeprefix("'")
    kind = "records" if name == "source_editions" else COLUMNS[name]
    if kind == "records":
        return json.loads(text) if text else []
    if kind == "words":
        return json.loads(text) if text.startswith("[") else text.split()
    if not text:
        return None
    if kind == "whole":
        return int(text)
    if kind == "flag":
        return text == "true"
    if kind == "amount":
        return Decimal(text)
    return dt.date.fromisoformat(text) if kind == "day" else text


def comparable(records: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The findings among the records of JSONL, amounts as numbers."""
    return [_with_amount(each) for each in records if each["record"] == "finding"]


def _with_amount(record: dict[str, Any]) -> dict[str, Any]:
    amount = record["charge_at_risk"]
    return record | {"charge_at_risk": None if amount is None else Decimal(amount)}


def finding_of(row: dict[str, Any]) -> dict[str, Any]:
    """The record that a row was laid flat from."""
    record = {"record": "finding"} | {name: row[name] for name in ("n", "key", "claim", "line")}
    if row["with_line"] is not None:
        record["with_line"] = row["with_line"]
    record |= {name: row[name] for name in ("code", "payer", "edit", "status")} | {"date": _day(row["date"])}
    if row["status"] == "bypassed":
        names = ("was", "reason", "by", "until")
        override = {name: row[f"override_{name}"] for name in names}
        record["override"] = override | {"until": _day(override["until"])}
    if row["status"] == "not checked":
        record["missing"] = row["missing"]
    record |= {name: row[name] for name in ("disposition", "message", "remedy", "fix", "field", "charge_at_risk")}
    place = {name: row[f"where_{name}"] for name in ("file", "segment", "loop", "element", "qualifier")}
    record["where"] = place | ({"absent": True} if row["where_absent"] else {}) if place["file"] else None
    denial = {name: row[f"denial_{name}"] for name in ("group", "carc", "rarc", "status")}
    record["denial"] = denial if any(denial.values()) else None
    pairs = zip(row["sources"], row["source_editions"], strict=True)
    record["sources"] = [{"id": id, "edition": edition} for id, edition in pairs]
    record |= {"overlay": row["overlay"], "stale": row["stale"]}
    return record | ({"tables": row["tables"]} if row["tables"] else {})


def _day(date: dt.date | None) -> str | None:
    return None if date is None else date.isoformat()
