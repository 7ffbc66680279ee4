"""Plans → functions: of one edit, of all edits that concern a line, and of what two codes alone decide."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Sequence
from typing import cast

from attrs import define, field

from cpt_rules.claim import Claim, Line
from cpt_rules.engine.binding import Binding, catalogued, is_fact
from cpt_rules.engine.expressions import Expressions, Judge, Writer, compiled, function, outcomes
from cpt_rules.engine.prepare import Plan, Residual, Tree, both
from cpt_rules.engine.remember import Key, Memos
from cpt_rules.fields import FIELDS, RESOLVED_FIELDS
from cpt_rules.finding import Outcome
from cpt_rules.language import documents as doc
from cpt_rules.reading import View
from cpt_rules.ruleset.members import NOTHING

#: The outcomes of some edits on a line or on the claim: the claim, the line, the view.
Run = Callable[[Claim, Line | None, View], tuple[int, ...]]
#: The outcomes of a line so far, with those of other edits, and of edits that have a gate whether it is shut.
Together = Callable[[Claim, Line | None, View, bytes], tuple[bytes, bytes]]
#: What two codes alone do not decide.
UNDECIDED = -1

#: The stored fields that many lines have in common.
COMMON = (
    "line.code", "line.modifiers", "line.pos", "line.units", "line.unit_type", "line.code_type", "line.revenue_code",
    "claim.type", "claim.pos", "claim.frequency", "claim.bill_type",
)  # fmt: skip
#: The fields of which all is among those.
COMMON_FIELDS = frozenset(name for name, each in FIELDS.items() if set(each.paths) <= set(COMMON))


@define(eq=False)
class Compiler:
    """Functions are kept by what they ask, so that codes, payers and days that ask the same share them."""

    _kept: dict[object, Judge] = field(factory=dict)
    _gates: dict[object, Judge | None] = field(factory=dict)
    _decided: dict[object, Judge | None] = field(factory=dict)
    memos: Memos = field(factory=Memos)

    def judge(self, plan: Plan, unknown: frozenset[str]) -> Judge:
        """The function of a plan whose outcome is not constant, for claims whose feed cannot carry `unknown`."""
        binding = plan.prepared.binding
        own = binding.alike if plan.prepared.edit.lookup else plan.prepared.edit.each
        key = (plan.applies, plan.require, plan.fail_when, plan.bad, unknown, own)
        found = self._kept.get(key)
        if found is None:
            if len(self._kept) > 20_000:
                self._kept = {}
            found = self._kept[key] = function(plan, Expressions(unknown, self.memos), remembering=True)
        return found

    def gate(self, plan: Plan) -> Judge | None:
        """A function that gives 0 where what many lines have in common rules an edit out; None: it never does."""
        binding = plan.prepared.binding
        own = binding.alike if plan.prepared.edit.lookup else plan.prepared.edit.each
        key = (plan.applies, own)
        if key not in self._gates:
            if len(self._gates) > 20_000:
                self._gates = {}
            into = Expressions(frozenset(), self.memos)
            gated = any(rests_on_common(part, binding) for part in _conjuncts(plan.applies))
            self._gates[key] = compiled(into, f"return {_gate(plan, into)}") if gated else None
        return self._gates[key]

    def decided(self, plan: Plan) -> Judge | None:
        """For an edit on pairs or days: its outcome where codes alone decide it, else `UNDECIDED`; None: they never do.

        Only what rests on the codes (of a day: code and units), the day and the claim as a whole is asked, so that the
        answer holds for every two lines, or every day, of the claim with the same codes.
        """
        binding = plan.prepared.binding
        key = (plan.applies, plan.require, plan.fail_when, plan.bad, binding.alike)
        if key not in self._decided:
            if len(self._decided) > 20_000:
                self._decided = {}
            self._decided[key] = self._decide(plan)
        return self._decided[key]

    def _decide(self, plan: Plan) -> Judge | None:
        constant = plan.constant
        if constant is not None:
            return lambda claim, line, view, other: constant
        parts = _conjuncts(plan.applies)
        binding = plan.prepared.binding
        if all(_by_code(tree, binding) for tree in (plan.applies, plan.require, plan.fail_when)):
            return self.judge(plan, frozenset())
        kept = [part for part in parts if _by_code(part, binding)]
        if not kept:
            return None
        into = Expressions(frozenset(), self.memos)
        rest = f"{Outcome.NOT_CHECKED:d} if x == 1 else {UNDECIDED}" if len(kept) == len(parts) else f"{UNDECIDED}"
        body = f"x = {Writer(into, binding).three(both('and', kept))}\nreturn 0 if x == 0 else {rest}"
        return compiled(into, body)

    def same_code(self, plan: Plan) -> bool:
        """Whether an edit on pairs applies to no two lines of different codes that are known."""
        equal = (
            isinstance(part, Residual)
            and part.operator in ("is", "in")
            and {part.field, *part.refs} == {"a.code", "b.code"}
            and part.operand == NOTHING
            for part in _conjuncts(plan.applies)
        )
        return plan.constant is Outcome.NOT_APPLICABLE or any(equal)

    def decided_by(self, plan: Plan) -> frozenset[str]:
        """The fields of the claim as a whole that `decided` asks."""
        parts = _conjuncts(plan.applies)
        binding = plan.prepared.binding
        trees = (*parts, plan.require, plan.fail_when)
        names = {name for tree in trees if _by_code(tree, binding) for name in _names(tree, binding)}
        return frozenset(
            name
            for name in names
            if not name.startswith(("a.", "b.", "day.")) and not is_fact(name) and name not in RESOLVED_FIELDS
        )


def rests_on_common(tree: Tree, binding: Binding) -> bool:
    """Whether a condition rests on the day and what many lines have in common, where nothing is unknown."""
    if isinstance(tree, tuple):
        return all(rests_on_common(each, binding) for each in tree[1])
    if not isinstance(tree, Residual):
        return True
    names = Writer(Expressions(frozenset()), binding).inputs(tree)
    known = [catalogued(name) for name in names or ()]
    return names is not None and all(each is not None and set(each.paths) <= set(COMMON) for each in known)


def is_common(plan: Plan) -> bool:
    """Whether the outcome of a plan rests on the day and what many lines have in common, where nothing is unknown."""
    return all(rests_on_common(tree, plan.prepared.binding) for tree in (plan.applies, plan.require, plan.fail_when))


def common_key(claim: Claim, line: Line, period: dt.date) -> Key:
    """What `COMMON` has, of one line; and the first day of the period in which tables have the same editions."""
    return (
        line.code, line.modifiers, line.pos, line.units, line.unit_type, line.code_type, line.revenue_code,
        claim.type, claim.pos, claim.frequency, claim.bill_type, period,
    )  # fmt: skip


def run_of(plans: Sequence[Plan], unknown: frozenset[str], memos: Memos) -> Run:
    """Several edits of a line or of the claim in one function, which gives their outcomes in order."""
    into = Expressions(unknown, memos)
    texts = [f"{text}, " for text in outcomes(plans, into)]
    return cast(Run, compiled(into, f"return ({''.join(texts)})", "c, l, v, a=None"))


def jointly_of(joint: Sequence[tuple[int, Plan]], gated: Sequence[tuple[int, Plan]], memos: Memos) -> Together:
    """Several edits of a line in one function, with the gates of others."""
    into = Expressions(frozenset(), memos)
    body = [f"o = {into.name(bytearray)}(o)"]
    for place, plan in joint:
        body.append(f"o[{place}] = {Writer(into, plan.prepared.binding).outcome(plan)}")
    shut = [f"{_gate(plan, into)} == 0" for _, plan in gated]
    body.append(f"return {into.name(bytes)}(o), {into.name(bytes)}(({''.join(f'{each}, ' for each in shut)}))")
    return cast(Together, compiled(into, "\n".join(body), "c, l, v, o, a=None"))


def _gate(plan: Plan, into: Expressions) -> str:
    binding = plan.prepared.binding
    kept = [part for part in _conjuncts(plan.applies) if rests_on_common(part, binding)]
    return Writer(into, binding).three(both("and", kept))


def _conjuncts(tree: Tree) -> tuple[Tree, ...]:
    return tree[1] if isinstance(tree, tuple) and tree[0] == "and" else (tree,)


def _by_code(tree: Tree, binding: Binding) -> bool:
    """Whether a tree asks nothing of lines but their codes and their day."""
    if isinstance(tree, Residual):
        return all(_of_code(name, binding) for name in (() if tree.given else (tree.field,))) and all(
            _of_code(name, binding) for name in tree.refs
        )
    return not isinstance(tree, tuple) or all(_by_code(each, binding) for each in tree[1])


def _names(tree: Tree, binding: Binding) -> Iterator[str]:
    """The fields that a tree reads, those of the keys of its look-ups among them."""
    if isinstance(tree, Residual):
        for name in (*(() if tree.given else (tree.field,)), *tree.refs):
            yield from binding.key_names(name) if binding.is_found(name) else (name,)
    elif isinstance(tree, tuple):
        for each in tree[1]:
            yield from _names(each, binding)


def _of_code(name: str, binding: Binding) -> bool:
    if name in ("a.code", "b.code", "day.code", "day.units"):
        return True
    if binding.is_found(name):
        lookup = binding.edit.lookup[name.partition(".")[0]]
        items = [*lookup.keys.values(), lookup.setting]
        return all(_of_code(item.name, binding) for item in items if isinstance(item, doc.FieldRef))
    return not name.startswith(("a.", "b.", "line.", "day."))
