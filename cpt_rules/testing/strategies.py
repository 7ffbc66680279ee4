"""Hypothesis strategies: claims that aim at the boundaries of a ruleset's edits.

Codes come from the sets, profiles and tables that an edit names and from beside them, days from when something begins or
ends and the days before and after, numbers from limits and from one less and one more; payers are known and unknown,
fields absent and unknown. Everything shrinks towards one line with what it needs and no more.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Sequence
from typing import get_args

from attrs import evolve, frozen
from hypothesis import note
from hypothesis import strategies as st
from hypothesis.control import currently_in_test_context

from cpt_rules.claim import Claim, Line
from cpt_rules.language import documents as doc
from cpt_rules.language.problems import did_you_mean, shown
from cpt_rules.ruleset.ruleset import Ruleset
from cpt_rules.tables.store import Tables
from cpt_rules.testing.cases import Case
from cpt_rules.testing.inline import TODAY, supposed
from cpt_rules.testing.reach.judge import Goal
from cpt_rules.testing.reach.plans import Bench, Plan, Tools, Unreachable, bench
from cpt_rules.testing.reach.possible import failing_outcome
from cpt_rules.testing.reach.stored import with_line
from cpt_rules.testing.written import shown_claim

__all__ = ["Unreachable", "cases_at", "claims", "claims_at", "failing_outcome", "knowing", "lines"]

_MOST_CHANGES = 6
_MOST_VARIATIONS = 4
_MOST_LINES = 2
_NEAR = 12
_TRIES = 6


def claims(
    ruleset: Ruleset,
    *,
    edits: Collection[str] | None = None,
    as_of: dt.date = TODAY,
    client: str | None = None,
) -> st.SearchStrategy[Claim]:
    """Claims of one to a few lines, each aimed at one or two edits of the ruleset; `edits` names those to aim at.

    Every claim is one that a reader could have read: a professional line has a code and a day, an institutional one a
    revenue code, unless the feed is said not to carry them. Raises `ValueError` for an edit that the ruleset does not have.
    """
    for edit in edits or ():
        _known_edit(ruleset, edit)
    pairs_last = sorted(edits or ruleset.edits, key=lambda id: "pair" in ruleset.edits[id].each)  # they need two lines
    return _claims(bench(ruleset, as_of, client), tuple(pairs_last))


def lines(
    ruleset: Ruleset, *, code: str | None = None, as_of: dt.date = TODAY, client: str | None = None
) -> st.SearchStrategy[Line]:
    """Lines with number 1, of this code where one is given, aimed at the edits on lines, pairs and days."""
    found = tuple(id for id, edit in ruleset.edits.items() if edit.each != "claim")
    return _lines(bench(ruleset, as_of, client), found or tuple(ruleset.edits), code)


def claims_at(
    ruleset: Ruleset, edit: str, outcome: str = "fail", *, as_of: dt.date = TODAY, client: str | None = None
) -> st.SearchStrategy[Claim]:
    """Claims on which the edit has the outcome: on the first line, of a pair on the second, of the claim on the claim.

    `outcome` is one of pass, warn, fail, not checked, not applicable, silenced; an edit that only warns has no failure
    (`failing_outcome` says which it has). The claims are found from the conditions of the edit, checked with the engine
    and then varied; no example is thrown away. That takes up to some seconds, once for each edit and outcome of a
    ruleset. Raises `Unreachable` (a `ValueError`) where no claim was found, with what stood in the way: such as a fact or
    table of which the ruleset knows nothing; `cases_at` supposes those.
    """
    plan = bench(ruleset, as_of, client).tools(_known_edit(ruleset, edit)).plan(_goal(outcome), suppose=False)
    return _cases(plan, tuple(ruleset.payers)).map(_claim_of)


def cases_at(
    ruleset: Ruleset, edit: str, outcome: str = "fail", *, as_of: dt.date = TODAY, client: str | None = None
) -> st.SearchStrategy[Case]:
    """As `claims_at`, with the facts, sets and rows that have to be supposed where the ruleset itself knows too little.

    Starter tables alone answer, as in inline tests: `cpt_rules.testing.inline_test` makes one of a case, and `knowing`
    gives the ruleset on which the claim of a case has the outcome.
    """
    tools = bench(ruleset, as_of, client, starters=True).tools(_known_edit(ruleset, edit))
    return _cases(tools.plan(_goal(outcome), suppose=True), tuple(ruleset.payers))


def knowing(ruleset: Ruleset, edit: str, case: Case) -> Ruleset:
    """The ruleset with what a case supposes, on the word of the source of an edit; starter tables alone answer.

    Facts of a profile are those of every code of the case's claim, facts of a payer those of every payer; rows are all
    that their table has. Raises `CannotBuild` (a `ValueError`) for a value that is not of its type.
    """
    known = ruleset.edits[_known_edit(ruleset, edit)]
    bare = evolve(ruleset, store=Tables(None, ruleset.store.starters))
    return supposed(bare, case.supposed, dict(case.rows), case.claim, known.source, known.mark)


def _known_edit(ruleset: Ruleset, edit: str) -> str:
    if edit not in ruleset.edits:
        raise ValueError(f"unknown edit {shown(edit)}{did_you_mean(edit, ruleset.edits)}")
    return edit


def _goal(outcome: str) -> Goal:
    goals: Sequence[Goal] = get_args(Goal)
    for goal in goals:
        if goal == outcome:
            return goal
    raise ValueError(f"unknown outcome {shown(outcome)}{did_you_mean(outcome, goals)}; one of: {', '.join(goals)}")


def _claim_of(case: Case) -> Claim:
    return case.claim


# ---- drawing -------------------------------------------------------------------------------------------------------


@st.composite
def _cases(draw: st.DrawFn, plan: Plan, payers: tuple[str, ...]) -> Case:
    """One of the plan's cases, then changes of it that keep the outcome; a change that does not is left out."""
    case = draw(st.sampled_from(plan.cases))
    for _ in range(draw(st.integers(0, _MOST_VARIATIONS))):
        case = _changed(draw, plan.tools, case, plan.reaches)
    _tell(case, payers)
    return case


@st.composite
def _claims(draw: st.DrawFn, on: Bench, edits: tuple[str, ...]) -> Claim:
    tools = on.tools(draw(st.sampled_from(edits)))
    case = draw(st.sampled_from(tools.starts))
    for _ in range(draw(st.integers(0, _MOST_CHANGES))):
        case = _changed(draw, tools, case)
    for _ in range(draw(st.integers(0, _MOST_LINES))):
        case = _longer(draw, tools, case)
        other = on.tools(draw(st.sampled_from(edits)))
        case = _changed(draw, other, case)
    _tell(case, tuple(on.ruleset.payers))
    return case.claim


@st.composite
def _lines(draw: st.DrawFn, on: Bench, edits: tuple[str, ...], code: str | None) -> Line:
    tools = on.tools(draw(st.sampled_from(edits)))
    case = tools.starts[0]
    if code is not None:
        case = _with_code(case, code)
    for _ in range(draw(st.integers(0, _MOST_CHANGES))):
        changed = _changed(draw, tools, case)
        case = changed if code is None else _with_code(changed, code)
    return evolve(case.claim.lines[0], number=1)


def _with_code(case: Case, code: str) -> Case:
    return case.of(evolve(case.claim, lines=tuple(evolve(line, code=code) for line in case.claim.lines)))


def _changed(draw: st.DrawFn, tools: Tools, case: Case, keeps: Callable[[Case], bool] | None = None) -> Case:
    """The case with one thing changed that a condition of the edit asks, or with another day or payer.

    Of a few changes the first that `keeps` what it should; the same case where there is none.
    """
    seen = tools.judge.seen(case)
    if seen is None:
        return case
    part = draw(st.sampled_from((*tools.leaves, "day", "payer")))
    if isinstance(part, doc.Leaf):
        options = list(tools.moves.options(seen, part))
    else:
        options = list(tools.moves.days() if part == "day" else tools.moves.payers())
    if not options:
        return case
    near = st.sampled_from(options[:_NEAR])  # what lies at the boundary stands first
    first = draw(st.one_of(near, st.sampled_from(options)))
    place = next(number for number, option in enumerate(options) if option is first)
    for option in (*options[place:], *options[:place])[:_TRIES]:
        changed = next(option(case), case)
        if changed != case and (sound(changed.claim) or not sound(case.claim)) and (keeps is None or keeps(changed)):
            return changed
    return case


def _longer(draw: st.DrawFn, tools: Tools, case: Case) -> Case:
    """The case with one more line: of the same code, or of another that the edit may look at."""
    codes = [each for each in tools.pools.values(tools.edit, "line.code") if isinstance(each, str)]
    own = [line.code for line in case.claim.lines]
    try:
        return case.of(with_line(case.claim, 0, draw(st.sampled_from([*own[:1], *codes]))))
    except ValueError:  # it is long enough
        return case


def sound(claim: Claim) -> bool:
    """Whether a reader could have read the claim: it has what the formats require, or its feed cannot carry it."""
    for line in claim.lines:
        required = (
            {"line.code": line.code} if claim.type == "professional" else {"line.revenue_code": line.revenue_code}
        )
        day = line.date if claim.type == "professional" else line.date or claim.statement_from
        required["line.date"] = None if day is None else "a day"
        if any(value is None and name not in claim.unknown for name, value in required.items()):
            return False
    return bool(claim.lines)


@frozen
class _Told:
    """Written out only where Hypothesis shows it: for the smallest failing example."""

    case: Case
    payers: tuple[str, ...]

    def __repr__(self) -> str:
        return f"given: {shown_claim(self.case, self.payers)}"


def _tell(case: Case, payers: tuple[str, ...]) -> None:
    if currently_in_test_context():
        note(_Told(case, payers))
