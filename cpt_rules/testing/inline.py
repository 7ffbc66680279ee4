"""The tests inside the rulesets: a claim is built from what a test gives, scrubbed, and the edit's outcome compared.

What a test does not give has a default: today and the day of service 2026-01-05, a professional claim, payer medicare,
one unit (UN). A default gives way where the test lists the field in `claim.unknown`, or gives it as `absent`.

Tests run on starter tables alone. Facts, sets and rows that a test gives stand in the place of those of the base, for
all time, on the word of the edit's own source; overlays still change them.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Literal

from attrs import evolve, frozen

from cpt_rules.claim import (
    Claim,
    Diagnosis,
    Line,
    Occurrence,
    Patient,
    Payer,
    Procedure,
    Provider,
    Subscriber,
    ValueCode,
)
from cpt_rules.engine import Engine
from cpt_rules.fields import FIELDS
from cpt_rules.finding import Outcome, Report
from cpt_rules.formats import is_date, parse_number
from cpt_rules.language import documents as doc
from cpt_rules.language.problems import Mark
from cpt_rules.language.values import NOT_AVAILABLE
from cpt_rules.ruleset.ruleset import Ruleset
from cpt_rules.ruleset.starters import starters_of
from cpt_rules.tables.store import Tables

TODAY = dt.date(2026, 1, 5)
ABSENT = ("absent",)
_DEFAULTS: Mapping[str, tuple[str, ...]] = {"line.date": ("2026-01-05",), "line.units": ("1",)}
_PAYER_FIELDS = ("claim.payer", "payer.id", "payer.name", "payer.filing")

Texts = tuple[str, ...]


@frozen
class TestResult:
    """What came of one inline test. `error` says why it could not be run; it has not passed then."""

    __test__ = False  # not a pytest class

    mark: Mark
    edit: str
    name: str
    expected: str
    found: str
    expected_missing: tuple[str, ...] | None = None
    found_missing: tuple[str, ...] = ()
    overlay: str | None = None
    error: str | None = None

    @property
    def passed(self) -> bool:
        as_expected = self.error is None and self.found == self.expected
        return as_expected and self.expected_missing in (None, self.found_missing)


class CannotBuild(ValueError):
    """A test gives what no claim can hold; the message says what."""


def run_tests(ruleset: Ruleset, *, kind: Literal["direct", "reference"] = "direct") -> Iterator[TestResult]:
    """Runs every inline test: those of the edits in order of id, then those of the overlays."""
    ruleset = evolve(ruleset, store=Tables(None, ruleset.store.starters))
    engines: dict[object, Engine] = {}
    clients = {overlay.applies.client for overlay in ruleset.overlays}

    def engine(test: doc.Test, edit: doc.Edit, ruleset: Ruleset) -> Engine:
        as_of, client = test.given.as_of or TODAY, test.given.client
        if client is not None and client not in clients:
            raise CannotBuild(f"no overlay is for the client {client!r}")
        return Engine(ruleset, kind=kind, as_of=as_of, client=client, select=_with_causes(ruleset, edit))

    def scrub(test: doc.Test, edit: doc.Edit, claim: Claim) -> Report:
        if test.given.knowledge or test.given.rows:
            return engine(test, edit, told_ruleset(ruleset, edit, test, claim)).scrub(claim)
        key = (edit.edit.text, test.given.as_of, test.given.client)
        if key not in engines:
            engines[key] = engine(test, edit, ruleset)
        return engines[key].scrub(claim)

    for edit in ruleset.edits.values():
        for test in edit.tests:
            yield _run(test, edit, None, scrub)
    for overlay in ruleset.overlays:
        for test in overlay.tests:
            if test.edit is not None:
                yield _run(test, ruleset.edits[test.edit.text], overlay.overlay.text, scrub)


def _run(
    test: doc.Test, edit: doc.Edit, overlay: str | None, scrub: Callable[[doc.Test, doc.Edit, Claim], Report]
) -> TestResult:
    result = TestResult(test.mark, edit.edit.text, test.name, test.expect, "", test.missing, (), overlay)
    try:
        claim = build_claim(test.given)
    except CannotBuild as fault:
        return evolve(result, error=str(fault))
    index = None if edit.each == "claim" else test.on - 1
    if index is not None and index >= len(claim.lines):
        return evolve(result, error=f"`on: {test.on}`, but the claim has {len(claim.lines)} lines")
    try:
        report = scrub(test, edit, claim)
    except CannotBuild as fault:
        return evolve(result, error=str(fault))
    found, missing = outcome(report, edit.edit.text, index)
    return evolve(result, found=found, found_missing=missing)


def outcome(report: Report, edit: str, index: int | None) -> tuple[str, tuple[str, ...]]:
    """The outcome of an edit on the line at `index`, or on the claim (None), and what was missing for it.

    Of several (the pairs of a line) the worst counts; of what was missing in them, everything.
    """
    found = [each for each in report.findings if each.edit == edit and each.index == index]
    if not found:
        silenced = any(each.edit == edit and each.index == index for each in report.silenced)
        return (Outcome.SILENCED if silenced else Outcome.NOT_APPLICABLE).label, ()
    worst = max(each.status for each in found)
    missing = dict.fromkeys(name for each in found if each.status == worst for name in each.missing)
    return worst.label, tuple(missing)


# ---- what a test says is known -------------------------------------------------------------------------------------


def told_ruleset(ruleset: Ruleset, edit: doc.Edit, test: doc.Test, claim: Claim) -> Ruleset:
    """The ruleset with the facts, sets and rows that a test of `edit` gives.

    Facts of a profile are those of every code of the claim, facts of a payer those of every payer.
    """
    sets, profiles, payers = dict(ruleset.sets), dict(ruleset.profiles), dict(ruleset.payers)
    for name, texts in test.given.knowledge.items():
        head, _, id = name.partition(".")
        kind = "text" if head == "set" else ruleset.facts[id].type.format
        values = _always(name, kind, texts, test.mark)
        if head == "set":
            sets[id] = evolve(sets[id], values=values, complete="yes", source=edit.source)
            continue
        value = doc.FactValue(values, edit.source if values else None, mark=test.mark)
        if head == "payer":
            payers = {key: evolve(each, facts={**each.facts, id: value}) for key, each in payers.items()}
            continue
        for code in {line.code for line in claim.lines if line.code is not None}:
            profile = profiles.get(code) or doc.Profile(doc.Name(code, mark=test.mark), mark=test.mark)
            profiles[code] = evolve(profile, facts={**profile.facts, id: value})
    return evolve(ruleset, sets=sets, profiles=profiles, payers=payers, store=_told_tables(ruleset, test.given.rows))


def _always(name: str, kind: str, texts: Texts, mark: Mark) -> doc.Timeline:
    """Values that hold at all times; none where they are not available."""
    if texts == (NOT_AVAILABLE,):
        return ()
    items = tuple(doc.Constant(_typed(name, kind, text), mark=mark) for text in texts)  # type: ignore[arg-type]
    return (doc.Dated(dt.date.min, items, mark=mark),)


def _told_tables(ruleset: Ruleset, rows: Mapping[str, tuple[tuple[str, ...], ...]]) -> Tables:
    """The starter tables, those that a test gives replaced: complete, and for all time unless its rows have dates."""
    starters = [each for each in ruleset.store.starters if each[0].table not in rows]
    for id, given in rows.items():
        table = evolve(ruleset.tables[id], edition=None, since=None, until=None, complete="yes")
        starters += starters_of(ruleset, table, given)
    return Tables(None, tuple(starters))


def _with_causes(ruleset: Ruleset, edit: doc.Edit) -> set[str]:
    """The edit, and every edit that may silence it."""
    found: set[str] = set()
    left = [edit.edit.text]
    while left:
        id = left.pop()
        if id not in found:
            found.add(id)
            left += [name.text for name in ruleset.edits[id].after]
    return found


# ---- the claim of a test -------------------------------------------------------------------------------------------


def build_claim(given: doc.Given) -> Claim:
    """The claim of a test. Raises `CannotBuild` for a field that cannot be given and for a value that does not parse."""
    unknown = frozenset(given.fields.get("claim.unknown", ()))
    fields = {name: texts for name, texts in given.fields.items() if name != "claim.unknown"}
    common = {name: fields.pop(name) for name in list(fields) if name.startswith("line.")}
    defaults = {name: texts for name, texts in _DEFAULTS.items() if name not in unknown}
    lines = tuple(_line(number, {**defaults, **common, **each}) for number, each in enumerate(given.lines or ({},), 1))
    if not unknown.intersection(_PAYER_FIELDS) and not any(name in fields for name in _PAYER_FIELDS):
        fields["claim.payer"] = ("medicare",)
    parts: dict[str, dict[str, Any]] = {}
    for name, texts in fields.items():
        head, _, rest = name.partition(".")
        if texts == ABSENT:
            continue
        if name == "claim.payer":
            parts.setdefault("payer", {})["id"] = one(name, texts)
        elif name in _CODED:
            _add_codes(parts.setdefault("claim", {}), name, texts)
        else:
            parts.setdefault(head, {})[rest] = _value(name, texts)
    attributes: dict[str, Any] = {"id": "test", "type": "professional", **parts.pop("claim", {})}
    for head, values in parts.items():
        attributes[head] = _made(_PARTS.get(head), head, values)
    return _made(Claim, "claim", {**attributes, "lines": lines, "unknown": unknown})  # type: ignore[no-any-return]


def _line(number: int, fields: Mapping[str, Texts]) -> Line:
    values: dict[str, Any] = {"number": number}
    providers: dict[str, dict[str, Any]] = {}
    for name, texts in fields.items():
        head, _, rest = name.removeprefix("line.").partition(".")
        if not name.startswith("line."):
            raise CannotBuild(f"{name} is not a field of a line")
        if texts == ABSENT:
            continue
        if rest:
            providers.setdefault(head, {})[rest] = _value(name, texts)
        else:
            values[head] = _value(name, texts)
    if "units" in values:
        values.setdefault("unit_type", "UN")
    values |= {head: _made(Provider, head, parts) for head, parts in providers.items()}
    return _made(Line, "line", values)  # type: ignore[no-any-return]


_PARTS: Mapping[str, type] = {
    "payer": Payer,
    "patient": Patient,
    "subscriber": Subscriber,
    **dict.fromkeys(
        ("billing", "rendering", "referring", "ordering", "supervising", "attending", "operating", "service_facility"),
        Provider,
    ),
}
_SYSTEMS = {"claim.diagnoses": "icd10", "claim.icd10": "icd10", "claim.icd9": "icd9"}
_RECORDS: Mapping[str, Callable[[str], object]] = {
    "claim.occurrences": Occurrence,
    "claim.values": ValueCode,
    "claim.procedures": Procedure,
}
_CODED = frozenset((*_SYSTEMS, *_RECORDS))


def _add_codes(claim: dict[str, Any], name: str, codes: Iterable[str]) -> None:
    """Lists of codes that a claim keeps as records. The first diagnosis of the claim is its principal one."""
    if name in _RECORDS:
        claim[name.partition(".")[2]] = tuple(map(_RECORDS[name], codes))
        return
    before: tuple[Diagnosis, ...] = claim.get("diagnoses", ())
    added = [Diagnosis(code, _SYSTEMS[name]) for code in codes]  # type: ignore[arg-type]
    found = (*before, *added)
    claim["diagnoses"] = (evolve(found[0], role="principal"), *found[1:]) if found else ()


def _made(cls: Any, head: str, values: Mapping[str, Any]) -> Any:
    """An instance of a class of the claim model from values by attribute name."""
    if cls is None:
        raise CannotBuild(f"{head} is no part of a claim")
    try:
        return cls(**values)
    except TypeError:
        known = {each.name for each in cls.__attrs_attrs__}
        names = ", ".join(f"{head}.{name}" for name in sorted(set(values) - known))
        raise CannotBuild(f"{names} cannot be given; it is worked out from other fields") from None


def one(name: str, texts: Texts) -> str:
    if len(texts) != 1:
        raise CannotBuild(f"{name} takes one value")
    return texts[0]


def _value(name: str, texts: Texts) -> object:
    """What the claim holds for a field given as text: typed by the catalogue; formats may be wrong, that is the test."""
    field = FIELDS.get(name)
    kind, many = (field.type, field.many) if field is not None else ("text", False)
    values = tuple(_typed(name, kind, text) for text in texts)
    return values if many else _typed(name, kind, one(name, texts))


def _typed(name: str, kind: str, text: str) -> object:
    if kind == "number":
        number = parse_number(text)
        if number is None:
            raise CannotBuild(f"{name}: {text!r} is not a number")
        whole = name in ("line.number", "line.diagnosis_pointers")
        return int(number) if whole else number
    if kind == "date":
        if not is_date(text):
            raise CannotBuild(f"{name}: {text!r} is not a date")
        return dt.date.fromisoformat(text)
    if kind == "yes/no":
        return text == "yes"
    return text
