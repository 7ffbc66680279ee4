"""Laws that hold for every ruleset and every claim, ready to call from a property test.

Each raises `AssertionError` with the claim as a test would give it, and with the difference.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from itertools import permutations

from attrs import evolve

from cpt_rules.claim import Claim
from cpt_rules.engine import Engine
from cpt_rules.finding import Finding, Outcome, Report
from cpt_rules.language import documents as doc
from cpt_rules.language.problems import Mark, shown
from cpt_rules.readers import InputError
from cpt_rules.readers.json_claim import claim_from_json, claim_to_json
from cpt_rules.reading import Open, Reading
from cpt_rules.ruleset.payers import PayerIndex
from cpt_rules.ruleset.ruleset import Ruleset, specificity
from cpt_rules.testing.cases import Case
from cpt_rules.testing.information import maskable_fields, masked, unordered, unsteady
from cpt_rules.testing.inline import TODAY
from cpt_rules.testing.written import shown_claim

__all__ = [
    "assert_empty_overlay_is_identity",
    "assert_engines_agree",
    "assert_line_order_irrelevant",
    "assert_round_trip",
    "assert_unknown_is_never_passed",
    "maskable_fields",
]

_MOST_ORDERS = 6


def assert_engines_agree(
    ruleset: Ruleset,
    claim: Claim,
    *,
    kinds: Sequence[str] = ("direct", "reference"),
    as_of: dt.date = TODAY,
    client: str | None = None,
) -> None:
    """All engines say the same of the claim: outcomes, findings in full, silenced edits and the roll-up."""
    first, *others = kinds
    one = _engine(ruleset, first, as_of, client).scrub(claim)
    for kind in others:
        other = _engine(ruleset, kind, as_of, client).scrub(claim)
        _same(ruleset, claim, (first, one), (kind, other), "the engines disagree")


def assert_line_order_irrelevant(
    ruleset: Ruleset, claim: Claim, *, kind: str = "direct", as_of: dt.date = TODAY, client: str | None = None
) -> None:
    """In whatever order the lines stand, each gets the same findings.

    Edits for each `later-pair` ask about the order, and so they are left out with those that come after them.
    """
    ordered = unordered(ruleset)
    if not ordered:
        return
    engine = Engine(ruleset, kind=kind, as_of=as_of, client=client, select=ordered)  # type: ignore[arg-type]
    straight = engine.scrub(claim)
    places = range(len(claim.lines))
    orders = [
        tuple(reversed(places)),
        *(order for order, _ in zip(permutations(places), range(_MOST_ORDERS), strict=False)),
    ]
    for order in dict.fromkeys(orders):
        moved = engine.scrub(evolve(claim, lines=tuple(claim.lines[place] for place in order)))
        one, other = sorted(_placed(straight, tuple(places))), sorted(_placed(moved, order))
        if one != other:
            numbers = ", ".join(str(place + 1) for place in order)
            difference = _difference(("as it stands", one), (f"lines in the order {numbers}", other))
            raise AssertionError(_message("the order of lines matters", ruleset, claim, difference))


def assert_unknown_is_never_passed(
    ruleset: Ruleset,
    claim: Claim,
    *,
    fields: Iterable[str] | None = None,
    kind: str = "direct",
    as_of: dt.date = TODAY,
    client: str | None = None,
) -> None:
    """Whoever knows less says no more: a field that becomes unknown takes verdicts away and adds none.

    For each of `fields` (of `maskable_fields`, all by default) the claim is scrubbed once more as one of a feed that
    cannot carry it. Where an edit passed it may then pass, be unchecked or be silenced; where it warned or failed it may
    still do either, or be unchecked or silenced; where it did not apply, was unchecked or silenced it does not pass,
    warn or fail.

    Left out are edits that ask whether something is known (`available`, `claim.void`, `claim.filed`, where that rests on
    the field) and those that come after such an edit: to know less is what they judge.
    """
    known = maskable_fields()
    for field in known if fields is None else fields:
        if field not in known:
            raise ValueError(f"{shown(field)} cannot be made unknown; one of: {', '.join(known)}")
    engine = _engine(ruleset, kind, as_of, client)
    before = engine.scrub(claim)
    was = _outcomes(before)
    for field in known if fields is None else fields:
        less = masked(claim, field)
        if less == claim:
            continue
        report = engine.scrub(less)
        left_out = unsteady(ruleset, field)
        now = _outcomes(report)
        wrong = [
            f"{_where(place)}: {_label(was.get(place))} became {_label(now.get(place))}"
            for place in sorted({*was, *now}, key=repr)
            if place[0] not in left_out and not _weaker(was.get(place), now.get(place))
        ]
        if wrong:
            what = f"with {field} unknown an edit says what it did not say before"
            raise AssertionError(_message(what, ruleset, claim, wrong))


def assert_empty_overlay_is_identity(
    ruleset: Ruleset, claim: Claim, *, kind: str = "direct", as_of: dt.date = TODAY, client: str | None = None
) -> None:
    """An overlay that changes nothing, for whomever it is, changes nothing."""
    match = PayerIndex.of(ruleset).match(claim.payer)
    here = Mark("empty overlay", 1, 1)
    payer = None if match.payer is None else doc.Name(match.payer, mark=here)
    audiences = [
        doc.For(payer=payer or doc.Name(next(iter(ruleset.payers), "nobody"), mark=here), mark=here),
        doc.For(line_of_business=match.line_of_business or "commercial", mark=here),
        doc.For(payer=payer, plan=match.plan or "plan", state=match.state or "CA", mark=here),
    ]
    one = _engine(ruleset, kind, as_of, client).scrub(claim)
    for audience in audiences:
        added = doc.Overlay(doc.Name("an-empty-overlay", mark=here), audience, mark=here)
        chain = sorted((*ruleset.overlays, added), key=lambda each: (specificity(each.applies), each.overlay.text))
        other = _engine(evolve(ruleset, overlays=tuple(chain)), kind, as_of, client).scrub(claim)
        _same(ruleset, claim, ("without", one), ("with an empty overlay", other), "an empty overlay changes something")


def assert_round_trip(
    ruleset: Ruleset, claim: Claim, *, kind: str = "direct", as_of: dt.date = TODAY, client: str | None = None
) -> None:
    """The claim written as JSON and read again is the same claim, and gets the same report.

    Claims without what the JSON form requires are refused by the reader, and so nothing is asked of them.
    """
    try:
        again = claim_from_json(claim_to_json(claim))
    except InputError as error:
        if error.problem.code == "json.missing-key":
            return
        raise AssertionError(_message("what was written cannot be read", ruleset, claim, [str(error)])) from None
    if again != claim:
        lines = [f"before: {claim!r}", f"after:  {again!r}"]
        raise AssertionError(_message("the claim changes when it is written and read", ruleset, claim, lines))
    engine = _engine(ruleset, kind, as_of, client)
    _same(ruleset, claim, ("before", engine.scrub(claim)), ("after", engine.scrub(again)), "the report changes")


# ---- comparing -----------------------------------------------------------------------------------------------------

_engines: list[tuple[tuple[Ruleset, str, dt.date, str | None], Engine]] = []
_MOST_ENGINES = 8


def _engine(ruleset: Ruleset, kind: str, as_of: dt.date, client: str | None) -> Engine:
    """An engine of this ruleset; the last few are kept, for a law is called for many claims."""
    for (of, *key), engine in _engines:
        if of is ruleset and key == [kind, as_of, client]:
            return engine
    engine = Engine(ruleset, kind=kind, as_of=as_of, client=client)  # type: ignore[arg-type]
    _engines.append(((ruleset, kind, as_of, client), engine))
    del _engines[:-_MOST_ENGINES]
    return engine


def _same(ruleset: Ruleset, claim: Claim, one: tuple[str, Report], other: tuple[str, Report], law: str) -> None:
    mine, theirs = _said(one[1]), _said(other[1])
    if mine != theirs:
        raise AssertionError(_message(law, ruleset, claim, _difference((one[0], mine), (other[0], theirs))))


def _said(report: Report) -> list[str]:
    """Everything a report says, a line each."""
    verdict = f"the claim: {report.status.label}, complete: {report.complete}, payer {report.payer}"
    tallies = [repr(each) for each in (report.claim_level, *report.lines)]
    findings = [f"{_brief(each)}: {each!r}, {each.message}, {each.remedy}, {each.key}" for each in report.findings]
    return [verdict, *tallies, *findings, *(repr(each) for each in report.silenced)]


def _placed(report: Report, order: tuple[int, ...]) -> list[str]:
    """What a report says of each line as it stands in the original order; what a claim field lists, in any order."""

    def back(index: int | None) -> str:
        return "the claim" if index is None else f"line {order[index] + 1}"

    found = []
    for each in report.findings:
        values = [(name, sorted(map(str, _elements(value)))) for name, value in each.values]
        other = None if each.with_index is None else back(each.with_index)
        rest = (each.missing, each.sources, each.overlay, each.stale, each.charge_at_risk, values)
        found.append(f"{back(each.index)}, {each.edit}, with {other}: {each.status.label} {rest}")
    for silenced in report.silenced:
        with_ = None if silenced.with_index is None else back(silenced.with_index)
        found.append(f"{back(silenced.index)}, {silenced.edit}, with {with_}: silenced by {silenced.cause}")
    return found


def _elements(value: Reading) -> tuple[object, ...]:
    if isinstance(value, Open):
        return (*value.known, "and more")
    return value if isinstance(value, tuple) else (value,)


Place = tuple[str, int | None, int | None]


def _outcomes(report: Report) -> dict[Place, Outcome]:
    """The outcome of each edit in each place: its line, and the other line of a pair."""
    found: dict[Place, Outcome] = {(f.edit, f.index, f.with_index): f.status for f in report.findings}
    return found | {(s.edit, s.index, s.with_index): Outcome.SILENCED for s in report.silenced}


def _weaker(was: Outcome | None, now: Outcome | None) -> bool:
    """Whether an outcome may become the other one when less is known."""
    if now in (Outcome.NOT_CHECKED, Outcome.SILENCED) or was == now:
        return True
    return was in (Outcome.WARN, Outcome.FAIL) and now in (Outcome.WARN, Outcome.FAIL)


def _label(outcome: Outcome | None) -> str:
    return "not applicable" if outcome is None else outcome.label


def _where(place: Place) -> str:
    edit, index, other = place
    line = "" if index is None else f" on line {index + 1}"
    return f"{edit}{line}" + ("" if other is None else f" with line {other + 1}")


def _brief(finding: Finding) -> str:
    missing = f" (missing {', '.join(finding.missing)})" if finding.missing else ""
    return f"{_where((finding.edit, finding.index, finding.with_index))}: {finding.status.label}{missing}"


def _difference(one: tuple[str, list[str]], other: tuple[str, list[str]]) -> list[str]:
    """The lines that only one of the two says."""
    (name, mine), (other_name, theirs) = one, other
    found = [f"only {name}: {line}" for line in mine if line not in theirs]
    found += [f"only {other_name}: {line}" for line in theirs if line not in mine]
    return found or [f"the same lines in another order: {name} {mine}, {other_name} {theirs}"]


def _message(law: str, ruleset: Ruleset, claim: Claim, lines: Iterable[str]) -> str:
    told = shown_claim(Case(claim), tuple(ruleset.payers))
    return "\n".join([law, f"  given: {told}", *(f"  {line}" for line in lines)])
