"""What is left of an edit → a Python function of (claim, line, view) that returns an outcome code.

Two-valued where nothing it asks can be unknown, else three-valued in small integers: 0 false, 1 unknown, 2 true, so
that `all` is the least and `any` the greatest. The text of the function holds names of the catalogue only; every
value from a ruleset or a claim reaches it as a constant of its namespace.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import cast

from attrs import define, field

from cpt_rules.claim import Claim, Line
from cpt_rules.engine.operators import comparison, matches
from cpt_rules.engine.prepare import Plan, Residual, Tree, decide
from cpt_rules.fields import FIELDS
from cpt_rules.finding import Outcome
from cpt_rules.reading import UNKNOWN, Field, Reading, Value, View
from cpt_rules.ruleset.members import NOTHING, Members, Truth, members_of, union

Judge = Callable[[Claim, Line | None, View], int]
_COMPARE = {"at least": ">=", "at most": "<=", "before": "<", "on or after": ">="}
_STORED_OBJECTS = ("payer", "patient", "subscriber")
NO_SLOT = -1


@define(eq=False)
class Compiler:
    """Functions are kept by what they ask, so that codes and payers that ask the same share them."""

    _kept: dict[object, Judge] = field(factory=dict)

    def judge(self, plan: Plan, unknown: frozenset[str]) -> Judge:
        """The function of a plan whose outcome is not constant, for claims whose feed cannot carry `unknown`."""
        key = (plan.applies, plan.require, plan.fail_when, plan.bad, unknown)
        found = self._kept.get(key)
        if found is None:
            if len(self._kept) > 20_000:
                self._kept = {}
            found = self._kept[key] = _Text(unknown).function(plan)
        return found


@define(eq=False)
class _Text:
    """One function being written."""

    unknown: frozenset[str]
    names: dict[str, object] = field(factory=dict)
    temporaries: int = 0

    def function(self, plan: Plan) -> Judge:
        bad = self.bad(plan)
        if self.decided(plan.applies) and self.decided(plan.require):
            verdict = f"{Outcome.PASS:d} if {self.two(plan.require)} else {bad}"
            body = f"return ({verdict}) if {self.two(plan.applies)} else 0"
        else:
            body = (
                f"a = {self.three(plan.applies)}\n    if a == 0: return 0\n"
                f"    r = {self.three(plan.require)}\n    if a == 1 or r == 1: return {Outcome.NOT_CHECKED:d}\n"
                f"    return {Outcome.PASS:d} if r else {bad}"
            )
        text = f"def judge(c, l, v):\n    {body}\n"
        exec(compile(text, f"<{plan.prepared.edit.edit.text}>", "exec"), self.names)
        return self.names["judge"]  # type: ignore[return-value]

    def bad(self, plan: Plan) -> str:
        if plan.bad is Outcome.FAIL or plan.fail_when in (False, None):
            return f"{plan.bad:d}"
        if self.decided(plan.fail_when):
            return f"({Outcome.FAIL:d} if {self.two(plan.fail_when)} else {plan.bad:d})"
        return f"({Outcome.FAIL:d} if {self.three(plan.fail_when)} == 2 else {plan.bad:d})"

    def name(self, value: object) -> str:
        name = f"k{len(self.names)}"
        self.names[name] = value
        return name

    # ---- trees -----------------------------------------------------------------------------------------------------

    def decided(self, tree: Tree) -> bool:
        """Whether the tree is true or false for every claim."""
        if isinstance(tree, Residual):
            known = not tree.given and not any(self.may_be_unknown(name) for name in (tree.field, *tree.refs))
            if tree.operator in _COMPARE:
                return known and tree.constant is not UNKNOWN
            return known and (tree.operator == "is a" or tree.operand.certain)
        if isinstance(tree, tuple):
            return all(self.decided(each) for each in tree[1])
        return tree is not None

    def may_be_unknown(self, name: str) -> bool:
        return name not in FIELDS or not self.unknown.isdisjoint(FIELDS[name].paths)

    def two(self, tree: Tree) -> str:
        """An expression that is true or false."""
        if isinstance(tree, Residual):
            return self.leaf(tree)
        if isinstance(tree, tuple):
            if tree[0] == "not":
                return f"(not {self.two(tree[1][0])})"
            return "(" + f" {tree[0]} ".join(self.two(each) for each in tree[1]) + ")"
        return str(tree)

    def three(self, tree: Tree) -> str:
        """An expression that is 0, 1 or 2."""
        if tree is None:
            return "1"
        if isinstance(tree, bool):
            return "2" if tree else "0"
        if self.decided(tree):
            return f"(2 if {self.two(tree)} else 0)"
        if isinstance(tree, Residual):
            if not tree.refs and not tree.given and not self.may_be_unknown(tree.field):
                return f"{self.name(_remembering(tree))}({self.reading(FIELDS[tree.field])})"
            return f"{self.name(_generic(tree))}(v, l)"
        if tree[0] == "not":
            return f"(2 - {self.three(tree[1][0])})"
        parts = sorted(tree[1], key=lambda each: not self.decided(each))  # what is cheap and certain first
        names = [f"t{self.temporary()}" for _ in parts]
        ends = "0" if tree[0] == "and" else "2"
        text = f"{self.name(min if tree[0] == 'and' else max)}({', '.join(names)})"
        for name, part in zip(reversed(names), reversed(parts), strict=True):
            text = f"({ends} if ({name} := {self.three(part)}) == {ends} else {text})"
        return text

    def temporary(self) -> int:
        self.temporaries += 1
        return self.temporaries

    # ---- leaves ----------------------------------------------------------------------------------------------------

    def leaf(self, leaf: Residual) -> str:
        """A condition none of whose readings can be unknown."""
        catalogued = FIELDS[leaf.field]
        seen = self.reading(catalogued)
        if leaf.refs:
            return self.referring(leaf, catalogued, seen)
        if leaf.operator == "available":
            return "True"
        if leaf.operator in _COMPARE:
            if leaf.constant is None:
                return "False"
            constant = self.name(leaf.constant)
            if catalogued.derive is None and len(catalogued.paths) == 1:
                return f"({seen} is not None and {seen} {_COMPARE[leaf.operator]} {constant})"
            return f"({self.name(comparison)}({leaf.operator!r}, {seen}, {constant}))"
        if leaf.operator == "is a":
            form = self.name(_matcher(_format_of(leaf)))
            return f"all(map({form}, {seen}))" if catalogued.many else f"{form}({seen})"
        if catalogued.many:
            return self.many(leaf, seen)
        if leaf.operator in ("present", "absent"):
            return f"({seen} is {'not ' if leaf.operator == 'present' else ''}None)"
        values = leaf.operand.sure
        negation = leaf.operator in ("is not", "not in")
        if len(values) == 1:
            return f"({seen} {'!=' if negation else '=='} {self.name(next(iter(values)))})"
        return f"({seen} {'not ' if negation else ''}in {self.name(values)})"

    def referring(self, leaf: Residual, catalogued: Field, seen: str) -> str:
        """A condition on other fields of the claim."""
        other = FIELDS[leaf.refs[0]]
        if catalogued.many or other.many or len(leaf.refs) > 1 or leaf.operand != NOTHING:
            return f"({self.name(_generic(leaf))}(v, l) == 2)"
        if leaf.operator in _COMPARE:
            return f"{self.name(comparison)}({leaf.operator!r}, {seen}, {self.reading(other)})"
        equal = f"{self.name(_equal)}({seen}, {self.reading(other)})"
        return f"(not {equal})" if leaf.operator in ("is not", "not in") else equal

    def many(self, leaf: Residual, seen: str) -> str:
        if leaf.operator in ("present", "absent"):
            return f"({'' if leaf.operator == 'present' else 'not '}{seen})"
        values = self.name(leaf.operand.sure)
        if leaf.operator in ("any of", "none of"):
            return f"({'not ' if leaf.operator == 'any of' else ''}{values}.isdisjoint({seen}))"
        return f"{values}.{'issuperset' if leaf.operator == 'only' else 'issubset'}({seen})"

    def reading(self, catalogued: Field) -> str:
        """An expression for a field that is never unknown here."""
        if catalogued.derive is not None:
            return f"{self.name(catalogued.derive)}(v, l)"
        *first, last = [_path(path) for path in catalogued.paths]
        text = last
        for each in reversed(first):
            text = f"({each} if {each} is not None else {text})"
        return text


def _path(path: str) -> str:
    head, _, rest = path.partition(".")
    if head == "line":
        base, names = "l", rest.split(".")
    elif head == "claim":
        base, names = "c", rest.split(".")
    else:
        base, names = "c", [head, rest]
    if len(names) == 1 or names[0] in _STORED_OBJECTS:
        return ".".join([base, *names])
    holder = f"{base}.{names[0]}"
    return f"(None if {holder} is None else {holder}.{names[1]})"


def _equal(seen: Reading, other: Reading) -> bool:
    return seen is not None and seen == other


class _Remembering(dict[Reading, int]):
    """What a condition says of a reading that is known, as 0, 1 or 2, remembered by the reading."""

    def __init__(self, leaf: Residual) -> None:
        super().__init__()
        self.leaf = leaf

    def __missing__(self, seen: Reading) -> int:
        leaf = self.leaf
        if leaf.operator in _COMPARE:
            truth = comparison(leaf.operator, seen, leaf.constant)
        else:
            truth = decide(leaf.operator, seen, leaf.operand, _format_of(leaf))
        if len(self) > 10_000:
            self.clear()
        found = self[seen] = 1 if truth is None else 2 if truth else 0
        return found


def _remembering(leaf: Residual) -> Callable[[Reading], int]:
    return _Remembering(leaf).__getitem__


def _generic(leaf: Residual) -> Callable[[View, Line | None], int]:
    """A condition as a function that gives 0, 1 or 2 for whatever is read."""
    catalogued = None if leaf.given else FIELDS[leaf.field]
    others = [FIELDS[name] for name in leaf.refs]
    compares = leaf.operator in _COMPARE
    form = _format_of(leaf) if leaf.operator == "is a" else ""
    fixed = [leaf.operand] if leaf.operand != NOTHING else []

    def truth(view: View, line: Line | None) -> Truth:
        seen = leaf.given[0] if catalogued is None else catalogued.read(view, line)
        readings: list[Reading] = [other.read(view, line) for other in others]
        if compares:
            return comparison(leaf.operator, cast(Reading, seen), readings[0] if readings else leaf.constant)
        parts: list[Members] = [*fixed, *map(members_of, readings)]
        return decide(leaf.operator, seen, union(tuple(parts)) if parts else NOTHING, form)

    def judge(view: View, line: Line | None) -> int:
        found = truth(view, line)
        return 1 if found is None else 2 if found else 0

    return judge


def _format_of(leaf: Residual) -> str:
    return str(leaf.constant)


@lru_cache
def _matcher(name: str) -> Callable[[Value | None], bool]:
    @lru_cache(maxsize=65_536)
    def remembered(value: Value) -> bool:
        return matches(name, value)

    return lambda value: value is not None and remembered(value)
