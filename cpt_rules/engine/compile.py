"""Plans → functions: of one edit, of all edits that concern a line, and of what two codes alone decide."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import cast

from attrs import define, field

from cpt_rules.claim import Claim, Line
from cpt_rules.engine.binding import Binding, catalogued, is_fact
from cpt_rules.engine.expressions import Expressions, Judge, Writer, compiled, function, leaves_of
from cpt_rules.engine.prepare import Plan, Residual, Tree, both
from cpt_rules.engine.remember import Remembered
from cpt_rules.fields import RESOLVED_FIELDS
from cpt_rules.finding import Outcome
from cpt_rules.language import documents as doc
from cpt_rules.reading import View

#: The outcomes of a line or of the claim: the claim, the line, the view.
Run = Callable[[Claim, Line | None, View], bytes]
#: What two codes alone do not decide.
UNDECIDED = -1

#: The stored fields that many lines have in common.
COMMON = (
    "line.code", "line.modifiers", "line.pos", "line.units", "line.unit_type", "line.code_type", "line.revenue_code",
    "claim.type", "claim.pos", "claim.frequency", "claim.bill_type",
)  # fmt: skip


@define(eq=False)
class Compiler:
    """Functions are kept by what they ask, so that codes, payers and days that ask the same share them."""

    _kept: dict[object, Judge] = field(factory=dict)

    def judge(self, plan: Plan, unknown: frozenset[str]) -> Judge:
        """The function of a plan whose outcome is not constant, for claims whose feed cannot carry `unknown`."""
        binding = plan.prepared.binding
        own = binding.alike if plan.prepared.edit.lookup else plan.prepared.edit.each
        key = (plan.applies, plan.require, plan.fail_when, plan.bad, unknown, own)
        found = self._kept.get(key)
        if found is None:
            if len(self._kept) > 20_000:
                self._kept = {}
            found = self._kept[key] = function(plan, unknown, remembering=True)
        return found

    def decided(self, plan: Plan) -> Judge | None:
        """For an edit on pairs or days: its outcome where codes alone decide it, else `UNDECIDED`; None: they never do.

        Only what rests on the codes (of a day: code and units), the day and the claim as a whole is asked, so that the
        answer holds for every two lines, or every day, of the claim with the same codes.
        """
        constant = plan.constant
        if constant is not None:
            return lambda claim, line, view, other: constant
        parts = plan.applies[1] if isinstance(plan.applies, tuple) and plan.applies[0] == "and" else (plan.applies,)
        binding = plan.prepared.binding
        if all(_by_code(tree, binding) for tree in (plan.applies, plan.require, plan.fail_when)):
            return self.judge(plan, frozenset())
        kept = [part for part in parts if _by_code(part, binding)]
        if not kept:
            return None
        into = Expressions(frozenset())
        rest = f"{Outcome.NOT_CHECKED:d} if x == 1 else {UNDECIDED}" if len(kept) == len(parts) else f"{UNDECIDED}"
        body = f"x = {Writer(into, binding).three(both('and', kept))}\nreturn 0 if x == 0 else {rest}"
        return compiled(into, body)

    def decided_by(self, plan: Plan) -> frozenset[str]:
        """The fields of the claim as a whole that `decided` asks."""
        parts = plan.applies[1] if isinstance(plan.applies, tuple) and plan.applies[0] == "and" else (plan.applies,)
        binding = plan.prepared.binding
        trees = (*parts, plan.require, plan.fail_when)
        names = {name for tree in trees if _by_code(tree, binding) for name in _names(tree, binding)}
        return frozenset(
            name
            for name in names
            if not name.startswith(("a.", "b.", "day.")) and not is_fact(name) and name not in RESOLVED_FIELDS
        )


def is_common(plan: Plan) -> bool:
    """Whether the outcome of a plan rests on the day and what many lines have in common, where nothing is unknown."""
    writer = Writer(Expressions(frozenset()), plan.prepared.binding)
    for leaf in leaves_of(plan):
        names = writer.inputs(leaf)
        if names is None:
            return False
        for name in names:
            known = catalogued(name)
            if known is None or not set(known.paths) <= set(COMMON):
                return False
    return True


def run_of(
    codes: bytes,
    judged: Sequence[tuple[int, Plan]],
    joint: Remembered[bytes] | None,
    unknown: frozenset[str],
) -> Run:
    """All edits of a line or of the claim in one function; `joint` keeps the outcomes of those that rest on `COMMON`."""
    into = Expressions(unknown)
    body = [f"o = {into.name(bytearray)}({into.name(codes)})"]
    if joint is not None:
        # The day counts only where a table was asked; without one every day is in the span.
        day, key = into.reading("line.date"), f"({', '.join(map(into.stored, COMMON))})"
        body = [
            f"h = {into.name(joint.get)}(k := {key})",
            f"if h is None or {day} is None or not h[0] <= {day} <= h[1]: h = {into.name(joint.fresh)}(k, {day}, c, l, v, None)",
            f"o = {into.name(bytearray)}(h[2])",
        ]
    for place, plan in judged:
        body.append(f"o[{place}] = {Writer(into, plan.prepared.binding).outcome(plan)}")
    body.append(f"return {into.name(bytes)}(o)")
    return cast(Run, compiled(into, "\n".join(body), "c, l, v, a=None"))


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
