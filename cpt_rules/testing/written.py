"""A claim as the `given` of an inline test: short enough to read, and ready to stand in a ruleset."""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Collection, Iterator, Mapping
from decimal import Decimal
from typing import Any

from attrs import evolve, fields

from cpt_rules.claim import Claim, Line, Patient, Payer, Provider, Subscriber
from cpt_rules.language import documents as doc
from cpt_rules.language.problems import Mark
from cpt_rules.readers.json_claim import claim_to_json
from cpt_rules.reading import Value
from cpt_rules.testing.cases import Case, Texts
from cpt_rules.testing.inline import ABSENT, CannotBuild, build_claim

#: What an inline test gives: texts by the name of the field, and those of each line where there are several.
Fields = dict[str, Texts]

_PLAIN = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9 ._/()+-]*[A-Za-z0-9.)+])?").fullmatch
_WIDTH = 120
_DATE, _UNITS = dt.date(2026, 1, 5), Decimal(1)
_RECORDS = ("occurrences", "values", "procedures")
_HERE = Mark("", 1, 1)


def as_given(case: Case, payers: Collection[str] = ()) -> str | None:
    """The case as the value of `given` in YAML; None where a test cannot give such a claim.

    `payers` are the ids of the payer documents of the ruleset.
    """
    found = given_fields(case.claim, payers)
    if found is None:
        return None
    own, lines = found
    parts = [f"{name}: {_list(texts)}" for name, texts in (*case.knowledge, *own.items())]
    if case.rows:
        tables = [f"{id}: [{', '.join(_flow(row) for row in rows)}]" for id, rows in case.rows]
        parts.insert(0, f"rows: {{{', '.join(tables)}}}")
    if lines:
        parts.append(f"lines: [{', '.join('{' + _pairs(line) + '}' for line in lines)}]")
    return "{" + ", ".join(parts) + "}"


def shown_claim(case: Case, payers: Collection[str] = ()) -> str:
    """The case for a message: as a test would give it, else as JSON."""
    text = as_given(case, payers)
    if text is not None:
        return text
    return json.dumps(_told(claim_to_json(case.claim)), ensure_ascii=False)


def _told(value: Any) -> Any:
    """JSON without what is absent."""
    if isinstance(value, dict):
        told = {key: _told(each) for key, each in value.items()}
        return {key: each for key, each in told.items() if each not in (None, [], {})}
    return [_told(each) for each in value] if isinstance(value, list) else value


def inline_test(
    case: Case,
    name: str,
    expect: str,
    *,
    payers: Collection[str] = (),
    on: int = 1,
    missing: tuple[str, ...] | None = None,
) -> str | None:
    """A ready inline test as an item of `tests`, indented by two blanks; None where a test cannot give such a claim."""
    text = as_given(case, payers)
    if text is None:
        return None
    keys = {"name": _scalar(name), "given": text}
    keys |= {"on": str(on)} if on != 1 else {}
    keys |= {"expect": expect}
    keys |= {"missing": _flow(missing)} if missing is not None else {}
    line = "  - {" + ", ".join(f"{key}: {value}" for key, value in keys.items()) + "}"
    if len(line) <= _WIDTH:
        return line
    return "\n".join(
        f"  {'-' if place == 0 else ' '} {key}: {value}" for place, (key, value) in enumerate(keys.items())
    )


# ---- claims as fields ----------------------------------------------------------------------------------------------


def given_fields(claim: Claim, payers: Collection[str] = ()) -> tuple[Fields, list[Fields]] | None:
    """The fields that a test has to give for this claim, and those of its lines where it has several."""
    own = dict(_of_claim(claim, payers))
    lines = [dict(_of_line(line, claim.unknown)) for line in claim.lines]
    if len(lines) == 1:
        own |= lines.pop()
    if not claim.lines:
        return None
    made = doc.Given(own, tuple(lines), mark=_HERE)
    try:
        same = build_claim(made) == evolve(claim, id="test", origin=None)
    except CannotBuild:
        return None
    return (own, lines) if same else None


def _of_claim(claim: Claim, payers: Collection[str]) -> Iterator[tuple[str, Texts]]:
    if claim.type != "professional":
        yield "claim.type", (claim.type,)
    yield from _of_payer(claim, payers)
    for each in fields(Claim):
        name, value = each.name, getattr(claim, each.name)
        if name in ("id", "type", "lines", "payer", "other_payers", "unknown", "origin") or value in (None, ()):
            continue
        if name == "diagnoses":
            for system in ("icd10", "icd9"):
                codes = tuple(diagnosis.code for diagnosis in value if diagnosis.system == system)
                yield from [(f"claim.{system}", codes)] if codes else []
        elif name in _RECORDS:
            yield f"claim.{name}", tuple(record.code for record in value)
        elif isinstance(value, Provider | Patient | Subscriber):
            yield from _parts(name, value)
        else:
            yield f"claim.{name}", _texts(value)
    if claim.unknown:
        yield "claim.unknown", tuple(sorted(claim.unknown))


def _of_payer(claim: Claim, payers: Collection[str]) -> Iterator[tuple[str, Texts]]:
    payer = claim.payer
    recognised = (payer.id, payer.name, payer.filing)
    if recognised == (None, None, None) and not {"payer.id", "payer.name", "payer.filing"} & claim.unknown:
        yield "payer.id", ABSENT
    elif payer.id is not None and (payer.id in payers or payer.id == "medicare") and recognised[1:] == (None, None):
        if payer.id != "medicare" or {"payer.id", "payer.name", "payer.filing"} & claim.unknown:
            yield "claim.payer", (payer.id,)
        payer = evolve(payer, id=None)
    yield from _parts("payer", payer)


def _of_line(line: Line, unknown: frozenset[str]) -> Iterator[tuple[str, Texts]]:
    for each in fields(Line):
        name, value = each.name, getattr(line, each.name)
        path = f"line.{name}"
        if name in ("date", "units"):
            plain = _DATE if name == "date" else _UNITS
            if value is None and path not in unknown:
                yield path, ABSENT
            elif value is not None and (value != plain or path in unknown):
                yield path, _texts(value)
        elif name == "number" or value == each.default or value == ():
            continue
        elif name == "unit_type":
            if value != "UN" or line.units is None:
                yield path, _texts(value)
        elif isinstance(value, Provider):
            yield from _parts(path, value)
        else:
            yield path, _texts(value)


def _parts(head: str, part: Payer | Provider | Patient | Subscriber) -> Iterator[tuple[str, Texts]]:
    for each in fields(type(part)):
        value = getattr(part, each.name)
        if value is not None:
            yield f"{head}.{each.name}", _texts(value)


def _texts(value: Value | tuple[Value, ...]) -> Texts:
    return tuple(map(_text, value)) if isinstance(value, tuple) else (_text(value),)


def _text(value: Value) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:f}" if isinstance(value, Decimal) else str(value)


# ---- YAML ----------------------------------------------------------------------------------------------------------


def _pairs(found: Mapping[str, Texts]) -> str:
    return ", ".join(f"{name}: {_list(texts)}" for name, texts in found.items())


def _list(texts: Texts) -> str:
    return _scalar(texts[0]) if len(texts) == 1 else _flow(texts)


def _flow(texts: Texts) -> str:
    return "[" + ", ".join(map(_scalar, texts)) + "]"


def _scalar(text: str) -> str:
    """A text as it may stand in a list or map of YAML on one line."""
    if _PLAIN(text):
        return text
    return "'" + text.replace("'", "''") + "'" if text.isprintable() and text else json.dumps(text, ensure_ascii=False)
