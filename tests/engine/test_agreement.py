"""The laws that every engine obeys, on generated rulesets and claims; the reference engine is the oracle."""

from __future__ import annotations

import datetime as dt
import pickle
from collections.abc import Sequence
from decimal import Decimal
from itertools import zip_longest

import pytest
from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st

from cpt_rules.claim import Claim, Line, Payer
from cpt_rules.engine import Engine
from cpt_rules.finding import Finding, Outcome, Report
from cpt_rules.ruleset.ruleset import Ruleset
from cpt_rules.testing.cases import Case
from cpt_rules.testing.written import shown_claim
from tests.kinds import COMPILED, each_engine
from tests.strategies import BINDINGS, CHANGES, CLIENTS, DAYS_OF_RUN, EDITS, claims, linked, rulesets

#: More than the profile says: the oracle is asked here, of all that the language can say.
many = settings(max_examples=max(500, settings.default.max_examples))  # type: ignore[union-attr]
days = st.sampled_from(DAYS_OF_RUN)
clients = st.sampled_from(CLIENTS)
several = st.lists(claims(), min_size=1, max_size=3)


def known(client: str | None, ruleset: Ruleset) -> str | None:
    """The client, where an overlay is for it; an engine takes no other."""
    return client if client in {each.applies.client for each in ruleset.overlays} else None


def said(report: Report) -> tuple[object, ...]:
    """Everything a report says, in plain values."""
    # Whether an engine notes what does not apply is its own affair; no roll-up counts it.
    # In which order those of one line stand is so, too.
    outcomes = [(line, sorted(Outcome(code) for code in codes if code)) for line, codes in report.outcomes]
    tallies = (report.claim_level, report.lines)
    verdict = (report.payer, report.as_of, report.status, report.complete, report.clean)
    texts = [(each.message, each.remedy, each.key) for each in report.findings]
    return verdict, outcomes, tallies, report.findings, texts, report.silenced


def agree(one: Report, other: Report) -> None:
    """Asserts that two reports say the same; of what differs, the first edit and the claim as a test would give it."""
    try:
        _agree(one, other)
    except AssertionError as error:
        raise AssertionError(f"{_first_difference(one, other)}\n  given: {shown_claim(Case(one.claim))}") from error


def _first_difference(one: Report, other: Report) -> str:
    """The first edit of which two reports do not say the same, with what each says of it."""
    mine, theirs = ([*map(_words, each.findings), *map(repr, each.silenced)] for each in (one, other))
    for left, right in zip_longest(mine, theirs, fillvalue="nothing more"):
        if left != right:
            return f"the engines disagree\n  this one:  {left}\n  the other: {right}"
    return "the engines disagree on the roll-up alone"


def _words(finding: Finding) -> str:
    where = "the claim" if finding.index is None else f"line {finding.index + 1}"
    other = "" if finding.with_index is None else f" with line {finding.with_index + 1}"
    missing = f", missing {', '.join(finding.missing)}" if finding.missing else ""
    return f"{finding.edit} on {where}{other}: {finding.status.label}{missing}"


def _agree(one: Report, other: Report) -> None:
    """The smallest difference first."""
    assert [_brief(each) for each in one.findings] == [_brief(each) for each in other.findings]
    for mine, theirs in zip(one.findings, other.findings, strict=True):
        assert (mine.edit, mine) == (theirs.edit, theirs)
        assert mine.rule == theirs.rule
    assert one.silenced == other.silenced
    assert said(one) == said(other)


def _brief(finding: Finding) -> tuple[object, ...]:
    return finding.index, finding.edit, finding.with_index, finding.status, finding.missing


def test_a_disagreement_is_told_as_one_edit_and_the_claim() -> None:
    text = (
        "{source: s, title: t, publisher: p, edition: e, confidence: high}\n---\n{payer: p0, title: P, ids: [I0]}\n---\n"
        "{edit: a, title: t, payers: all, require: {line.clia: present}, severity: fail, disposition: deny, message: m, "
        "remedy: r, source: s}"
    )
    bare = Line(1, code="86329", units=Decimal(1), unit_type="UN", date=dt.date(2026, 1, 5))
    one, other = (
        Engine(linked(text), as_of=DAYS_OF_RUN[0]).scrub(Claim("C", "professional", (line,), payer=Payer(id="I0")))
        for line in (bare, evolve(bare, clia="05D0123456"))
    )
    agree(one, one)
    with pytest.raises(AssertionError) as caught:
        agree(one, other)
    assert str(caught.value).splitlines() == [
        "the engines disagree",
        "  this one:  a on line 1: fail",
        "  the other: a on line 1: pass",
        "  given: {payer.id: I0, line.code: 86329}",
    ]


@many
@given(rulesets(), several, days, clients)
def test_every_engine_says_what_the_reference_says(
    text: str, claims: Sequence[Claim], as_of: dt.date, client: str | None
) -> None:
    """engine(ruleset)(claim) = reference(ruleset)(claim): outcomes, findings in full, silenced edits, roll-up."""
    ruleset = linked(text)
    client = known(client, ruleset)
    engines = [Engine(ruleset, kind=kind, client=client, as_of=as_of) for kind in COMPILED]  # type: ignore[arg-type]
    reference = Engine(ruleset, kind="reference", client=client, as_of=as_of)
    for claim in claims:
        said_of_it = reference.scrub(claim)
        for engine in engines:
            agree(engine.scrub(claim), said_of_it)


@given(rulesets(), claims(), days, st.sets(st.sampled_from(EDITS)), st.booleans())
def test_engines_agree_on_a_selection(text: str, claim: Claim, as_of: dt.date, some: set[str], former: bool) -> None:
    """Selecting edits, by their former names too, is the same for every engine as ignoring all others."""
    ruleset = linked(text)
    select = some & set(ruleset.edits)
    named = {ruleset.edits[id].formerly[0] if former and ruleset.edits[id].formerly else id for id in select}
    ignore = set(ruleset.edits) - select
    reports = [Engine(ruleset, kind="reference", as_of=as_of, select=named).scrub(claim)]
    for kind in COMPILED:
        reports += [Engine(ruleset, kind=kind, as_of=as_of, select=named).scrub(claim)]  # type: ignore[arg-type]
        reports += [Engine(ruleset, kind=kind, as_of=as_of, ignore=ignore).scrub(claim)]  # type: ignore[arg-type]
    for report in reports[1:]:
        agree(reports[0], report)
    assert {each.edit for each in reports[0].findings} <= select


@each_engine
@given(rulesets(bindings=BINDINGS[:-1]), claims(), days, st.randoms(use_true_random=False))
def test_the_order_of_lines_does_not_matter(kind: str, text: str, claim: Claim, as_of: dt.date, random: object) -> None:
    """scrub(permuted claim) = permuted scrub(claim), but for later pairs.

    What a claim field lists stands in the order of the lines; it is compared as a set.
    """
    order = list(range(len(claim.lines)))
    random.shuffle(order)  # type: ignore[attr-defined]
    engine = Engine(linked(text), kind=kind, as_of=as_of)  # type: ignore[arg-type]
    straight = engine.scrub(claim)
    permuted = engine.scrub(evolve(claim, lines=tuple(claim.lines[place] for place in order)))
    back = dict(enumerate(order))

    def placed(index: int | None) -> int | None:
        return None if index is None else back[index]

    def plain(finding: Finding) -> tuple[object, ...]:
        values = [(name, repr(sorted(map(str, _elements(value))))) for name, value in finding.values]
        return evolve(finding, values=()), tuple(values)

    def back_in_place(finding: Finding) -> Finding:
        return evolve(finding, index=placed(finding.index), with_index=placed(finding.with_index))

    one = sorted(map(plain, straight.findings), key=repr)
    other = sorted((plain(back_in_place(each)) for each in permuted.findings), key=repr)
    assert one == other
    moved = [evolve(each, index=placed(each.index), with_index=placed(each.with_index)) for each in permuted.silenced]
    assert sorted(straight.silenced, key=repr) == sorted(moved, key=repr)
    assert (straight.status, straight.complete) == (permuted.status, permuted.complete)


def _elements(value: object) -> tuple[object, ...]:
    known = getattr(value, "known", None)
    if known is not None:
        return (*known, "and more")
    return value if isinstance(value, tuple) else (value,)


@each_engine
@given(rulesets(with_overlays=False), claims(), days, st.sampled_from(("payer: p0", "plan: gold", "state: CA")))
def test_an_overlay_that_is_not_in_force_changes_nothing(
    kind: str, text: str, claim: Claim, as_of: dt.date, applies: str
) -> None:
    """scrub with an empty overlay, or one whose changes are all past, = scrub without it."""
    past = "until: 2020-01-01"
    change = f"{{values: {{{CHANGES[0]}: [86329, '81']}}, source: hi, {past}}}"
    dead = (
        f"overlay: dead\nfor: {{{applies}}}\nsets: {{s0: {change}, s1+: {change}}}\nfacts: {{pos-: {change.replace('86329, ', '')}}}\n"
        f"edits: {{b: {{off: yes, reason: none, source: hi, {past}}}}}\n---\n"
    )
    without = Engine(linked(text), kind=kind, as_of=as_of).scrub(claim)  # type: ignore[arg-type]
    for overlay in (f"overlay: empty\nfor: {{{applies}}}\n---\n", dead):
        having = Engine(linked(text + overlay), kind=kind, as_of=as_of).scrub(claim)  # type: ignore[arg-type]
        agree(without, having)


@each_engine
@given(rulesets(), several, days, clients)
def test_an_engine_remembers_nothing_of_earlier_claims(
    kind: str, text: str, claims: Sequence[Claim], as_of: dt.date, client: str | None
) -> None:
    """The n-th report of an engine = the first report of a new one."""
    ruleset = linked(text)
    client = known(client, ruleset)
    used = Engine(ruleset, kind=kind, client=client, as_of=as_of)  # type: ignore[arg-type]
    for claim in [*claims, *reversed(claims)]:
        new = Engine(ruleset, kind=kind, client=client, as_of=as_of)  # type: ignore[arg-type]
        agree(used.scrub(claim), new.scrub(claim))


@each_engine
@given(rulesets(), claims(), days)
def test_a_report_survives_pickling(kind: str, text: str, claim: Claim, as_of: dt.date) -> None:
    """unpickle(pickle(report)) says the same."""
    report = Engine(linked(text), kind=kind, as_of=as_of).scrub(claim)  # type: ignore[arg-type]
    agree(pickle.loads(pickle.dumps(report)), report)
