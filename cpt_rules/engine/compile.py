"""What is left of an edit → a Python function of (claim, line, view) that returns an outcome code.

Two-valued where nothing it asks can be unknown, else three-valued in small integers: 0 false, 1 unknown, 2 true, so
that `all` is the least and `any` the greatest. The text of the function holds names of the catalogue only; every
value from a ruleset or a claim reaches it as a constant of its namespace.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import cast

from attrs import define, field

from cpt_rules.claim import Claim, Line
from cpt_rules.engine.binding import Binding, Reader, catalogued, of_line_a
from cpt_rules.engine.operators import Seen, comparison, matches
from cpt_rules.engine.prepare import Plan, Residual, Tree, both, decide
from cpt_rules.fields import RESOLVED_FIELDS
from cpt_rules.finding import Outcome
from cpt_rules.language import documents as doc
from cpt_rules.reading import UNKNOWN, Field, Reading, Value, View
from cpt_rules.ruleset.members import NOTHING, Members, Truth, members_of, union

#: The claim, the line (of a pair: line b), what is derived from the claim, line a of a pair.
Judge = Callable[[Claim, Line | None, View, Line | None], int]
_COMPARE = {"at least": ">=", "at most": "<=", "before": "<", "on or after": ">="}
_STORED_OBJECTS = ("payer", "patient", "subscriber")
NO_SLOT = -1


@define(eq=False)
class Compiler:
    """Functions are kept by what they ask, so that codes and payers that ask the same share them."""

    _kept: dict[object, Judge] = field(factory=dict)

    def judge(self, plan: Plan, unknown: frozenset[str]) -> Judge:
        """The function of a plan whose outcome is not constant, for claims whose feed cannot carry `unknown`."""
        binding = plan.prepared.binding
        own = binding if plan.prepared.edit.lookup else None  # what a look-up found is that of one edit
        key = (plan.applies, plan.require, plan.fail_when, plan.bad, unknown, own)
        found = self._kept.get(key)
        if found is None:
            if len(self._kept) > 20_000:
                self._kept = {}
            text = _Text(unknown, binding)
            found = text.function(plan)
            names = text.worth_remembering(plan)
            if names:
                found = text.remembered(found, names)
            self._kept[key] = found
        return found

    def rests_on(self, plan: Plan) -> frozenset[str] | None:
        """The stored fields on which the outcome of a plan rests, where nothing on the claim is unknown; None: more than those."""
        text = _Text(frozenset(), plan.prepared.binding)
        found: set[str] = set()
        for leaf in (leaf for tree in (plan.applies, plan.require, plan.fail_when) for leaf in _leaves(tree)):
            names = text.inputs(leaf)
            if names is None:
                return None
            for name in names:
                found |= set(text.known(name).paths)
        return frozenset(found)

    def screen(self, plan: Plan) -> Judge | None:
        """For an edit on pairs: whether two lines with these codes may concern it; None where their codes do not tell.

        Only what rests on the codes, the day and the claim as a whole is asked, so that the answer holds for every two
        lines of the claim with the same codes and day.
        """
        if plan.applies is False:
            return lambda claim, line, view, other: 0
        parts = plan.applies[1] if isinstance(plan.applies, tuple) and plan.applies[0] == "and" else (plan.applies,)
        kept = [part for part in parts if _by_code(part, plan.prepared.binding)]
        return _Text(frozenset(), plan.prepared.binding).asking(both("and", kept)) if kept else None

    def screened_by(self, plan: Plan) -> frozenset[str]:
        """The fields of the claim as a whole that the screen of a plan asks."""
        parts = plan.applies[1] if isinstance(plan.applies, tuple) and plan.applies[0] == "and" else (plan.applies,)
        binding = plan.prepared.binding
        names = {name for part in parts if _by_code(part, binding) for name in _names(part, binding)}
        return frozenset(name for name in names if not name.startswith(("a.", "b.")))


@define(eq=False)
class _Text:
    """One function being written."""

    unknown: frozenset[str]
    binding: Binding
    names: dict[str, object] = field(factory=dict)
    temporaries: int = 0

    def function(self, plan: Plan) -> Judge:
        bad = self.bad(plan)
        if isinstance(plan.applies, tuple) and plan.applies[0] == "and" and None in plan.applies[1]:
            rest = both("and", [part for part in plan.applies[1] if part is not None])
            possible = self.two(rest) if self.decided(rest) else f"{self.three(rest)} != 0"
            body = f"return {Outcome.NOT_CHECKED:d} if {possible} else 0"
        elif self.decided(plan.applies) and self.decided(plan.require):
            verdict = f"{Outcome.PASS:d} if {self.two(plan.require)} else {bad}"
            body = f"return ({verdict}) if {self.two(plan.applies)} else 0"
        else:
            body = (
                f"x = {self.three(plan.applies)}\n    if x == 0: return 0\n"
                f"    r = {self.three(plan.require)}\n    if x == 1 or r == 1: return {Outcome.NOT_CHECKED:d}\n"
                f"    return {Outcome.PASS:d} if r else {bad}"
            )
        text = f"def judge(c, l, v, a):\n    {body}\n"
        exec(compile(text, f"<{plan.prepared.edit.edit.text}>", "exec"), self.names)
        return self.names["judge"]  # type: ignore[return-value]

    def worth_remembering(self, plan: Plan) -> tuple[str, ...]:
        """All that an edit rests on, where asking for that once is cheaper than asking its conditions one by one."""
        asked = [leaf for tree in (plan.applies, plan.require, plan.fail_when) for leaf in _leaves(tree)]
        looked_up = [leaf for leaf in asked if any(self.binding.is_found(name) for name in (leaf.field, *leaf.refs))]
        names: dict[str, None] = {}
        for leaf in asked:
            inputs = self.inputs(leaf)
            if inputs is None:
                return ()
            names |= dict.fromkeys(inputs)
        return tuple(names) if len(looked_up) > 1 and _DEAR.isdisjoint(names) else ()

    def remembered(self, judge: Judge, names: tuple[str, ...]) -> Judge:
        """A function that keeps the outcomes of `judge` by the values of `names`."""
        self.names |= {"slow": judge, "kept": {}}
        key = f"({', '.join(self.reading(name) for name in names)},)"
        body = (
            f"    k = {key}\n    r = kept.get(k)\n    if r is None:\n"
            "        if len(kept) > 100000: kept.clear()\n        r = kept[k] = slow(c, l, v, a)\n    return r\n"
        )
        exec(compile(f"def judge(c, l, v, a):\n{body}", "<remembered>", "exec"), self.names)
        return self.names["judge"]  # type: ignore[return-value]

    def asking(self, tree: Tree) -> Judge:
        """A function that says 0 where a tree cannot hold."""
        exec(compile(f"def judge(c, l, v, a):\n    return {self.three(tree)}\n", "<screen>", "exec"), self.names)
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
            if tree.given:
                return self.turned(tree)
            known = not any(self.may_be_unknown(name) for name in (tree.field, *tree.refs))
            if tree.operator in _COMPARE:
                return known and tree.constant is not UNKNOWN
            return known and (tree.operator == "is a" or tree.operand.certain)
        if isinstance(tree, tuple):
            return all(self.decided(each) for each in tree[1])
        return tree is not None

    def turned(self, leaf: Residual) -> bool:
        """Whether a known value is compared with one field of the claim that cannot be unknown."""
        given = leaf.given[0]
        plain = isinstance(given, Value) and leaf.operator in _COMPARE and len(leaf.refs) == 1
        return plain and not self.may_be_unknown(leaf.refs[0])

    def may_be_unknown(self, name: str) -> bool:
        known = catalogued(name)
        return known is None or not self.unknown.isdisjoint(known.paths)

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
            inputs = self.inputs(tree)
            if inputs is not None:
                key = f"({', '.join(self.reading(name) for name in inputs)},)"
                return f"{self.name(_Remembered(tree, self.binding, inputs).__getitem__)}({key})"
            return f"{self.name(_generic(tree, self.binding))}(v, l, a)"
        if tree[0] == "not":
            return f"(2 - {self.three(tree[1][0])})"
        parts = sorted(tree[1], key=lambda each: not self.decided(each))  # what is cheap and certain first
        names = [f"t{self.temporary()}" for _ in parts]
        ends = "0" if tree[0] == "and" else "2"
        text = f"{self.name(min if tree[0] == 'and' else max)}({', '.join(names)})"
        for name, part in zip(reversed(names), reversed(parts), strict=True):
            text = f"({ends} if ({name} := {self.three(part)}) == {ends} else {text})"
        return text

    def inputs(self, leaf: Residual) -> tuple[str, ...] | None:
        """The fields on which a condition rests, those of the keys of its look-ups among them; None where one may be unknown."""
        day = "claim.first_date" if self.binding.edit.each == "claim" else "line.date"
        found: list[str] = []
        for name in (*(() if leaf.given else (leaf.field,)), *leaf.refs):
            found += (day, *self.binding.key_names(name)) if self.binding.is_found(name) else (name,)
        names = tuple(dict.fromkeys(found))
        return None if any(name in RESOLVED_FIELDS or self.may_be_unknown(name) for name in names) else names

    def temporary(self) -> int:
        self.temporaries += 1
        return self.temporaries

    # ---- leaves ----------------------------------------------------------------------------------------------------

    def leaf(self, leaf: Residual) -> str:
        """A condition none of whose readings can be unknown."""
        if leaf.given:
            name, given = f"t{self.temporary()}", self.name(leaf.given[0])
            seen = self.reading(leaf.refs[0])
            return f"(({name} := {seen}) is not None and {given} {_COMPARE[leaf.operator]} {name})"
        known = self.known(leaf.field)
        seen = self.reading(leaf.field)
        if leaf.refs:
            return self.referring(leaf, known, seen)
        if leaf.operator == "available":
            return "True"
        if leaf.operator in _COMPARE:
            if leaf.constant is None:
                return "False"
            constant = self.name(leaf.constant)
            if known.derive is None and len(known.paths) == 1:
                return f"({seen} is not None and {seen} {_COMPARE[leaf.operator]} {constant})"
            name = f"t{self.temporary()}"
            return f"(({name} := {seen}) is not None and {name} {_COMPARE[leaf.operator]} {constant})"
        if leaf.operator == "is a":
            form = self.name(_matcher(_format_of(leaf)))
            return f"all(map({form}, {seen}))" if known.many else f"{form}({seen})"
        if known.many:
            return self.many(leaf, seen)
        if leaf.operator in ("present", "absent"):
            return f"({seen} is {'not ' if leaf.operator == 'present' else ''}None)"
        values = leaf.operand.sure
        negation = leaf.operator in ("is not", "not in")
        if len(values) == 1:
            return f"({seen} {'!=' if negation else '=='} {self.name(next(iter(values)))})"
        return f"({seen} {'not ' if negation else ''}in {self.name(values)})"

    def known(self, name: str) -> Field:
        """The catalogue field of a name that can be decided."""
        found = catalogued(name)
        assert found is not None, name
        return found

    def referring(self, leaf: Residual, known: Field, seen: str) -> str:
        """A condition on other fields of the claim."""
        if known.many or self.known(leaf.refs[0]).many or len(leaf.refs) > 1 or leaf.operand != NOTHING:
            return f"({self.name(_generic(leaf, self.binding))}(v, l, a) == 2)"
        other = self.reading(leaf.refs[0])
        if leaf.operator in _COMPARE:
            return f"{self.name(comparison)}({leaf.operator!r}, {seen}, {other})"
        equal = f"{self.name(_equal)}({seen}, {other})"
        return f"(not {equal})" if leaf.operator in ("is not", "not in") else equal

    def many(self, leaf: Residual, seen: str) -> str:
        if leaf.operator in ("present", "absent"):
            return f"({'' if leaf.operator == 'present' else 'not '}{seen})"
        values = self.name(leaf.operand.sure)
        if leaf.operator in ("any of", "none of"):
            return f"({'not ' if leaf.operator == 'any of' else ''}{values}.isdisjoint({seen}))"
        return f"{values}.{'issuperset' if leaf.operator == 'only' else 'issubset'}({seen})"

    def reading(self, name: str) -> str:
        """An expression for a field that is never unknown here."""
        known = self.known(name)
        line = "a" if of_line_a(name) else "l"
        if known.derive is not None:
            return f"{self.name(_once(known) if known.binding == 'claim' else known.derive)}(v, {line})"
        *first, last = [_path(path, line) for path in known.paths]
        text = last
        for each in reversed(first):
            text = f"({each} if {each} is not None else {text})"
        return text


def _path(path: str, line: str) -> str:
    head, _, rest = path.partition(".")
    if head == "line":
        base, names = line, rest.split(".")
    elif head == "claim":
        base, names = "c", rest.split(".")
    else:
        base, names = "c", [head, rest]
    if len(names) == 1 or names[0] in _STORED_OBJECTS:
        return ".".join([base, *names])
    holder = f"{base}.{names[0]}"
    return f"(None if {holder} is None else {holder}.{names[1]})"


def _leaves(tree: Tree) -> Iterator[Residual]:
    if isinstance(tree, Residual):
        yield tree
    elif isinstance(tree, tuple):
        for each in tree[1]:
            yield from _leaves(each)


#: Fields that cost more to read than a condition saves.
_DEAR = frozenset({"day.codes", "day.modifiers", "claim.codes", "claim.modifiers"})


def _by_code(tree: Tree, binding: Binding) -> bool:
    """Whether a tree asks nothing of the lines of a pair but their codes and their day."""
    if isinstance(tree, Residual):
        return all(_of_code(name, binding) for name in (tree.field, *tree.refs))
    return isinstance(tree, tuple) and all(_by_code(each, binding) for each in tree[1])


def _names(tree: Tree, binding: Binding) -> Iterator[str]:
    """The fields that a tree reads, those of the keys of its look-ups among them."""
    if isinstance(tree, Residual):
        for name in (tree.field, *tree.refs):
            yield from binding.key_names(name) if binding.is_found(name) else (name,)
    elif isinstance(tree, tuple):
        for each in tree[1]:
            yield from _names(each, binding)


def _of_code(name: str, binding: Binding) -> bool:
    if name in ("a.code", "b.code", "a.date", "b.date"):
        return True
    if binding.is_found(name):
        lookup = binding.edit.lookup[name.partition(".")[0]]
        items = [*lookup.keys.values(), lookup.setting]
        return all(_of_code(item.name, binding) for item in items if isinstance(item, doc.FieldRef))
    return not name.startswith(("a.", "b.", "line.", "day."))


@lru_cache
def _once(known: Field) -> Callable[[View, Line | None], Reading]:
    """A derived field of the claim, worked out once for all its lines."""
    name, derive = known.name, known.derive
    assert derive is not None

    def read(view: View, line: Line | None) -> Reading:
        found = view.claim_fields
        if name not in found:
            found[name] = derive(view, None)
        return found[name]

    return read


def _equal(seen: Reading, other: Reading) -> bool:
    return seen is not None and seen == other


class _Remembered(dict[tuple[Reading, ...], int]):
    """What a condition says, as 0, 1 or 2, remembered by all that it rests on: the values of `names`."""

    def __init__(self, leaf: Residual, binding: Binding, names: tuple[str, ...]) -> None:
        super().__init__()
        self.leaf = leaf
        self.binding = binding
        self.names = names

    def __missing__(self, key: tuple[Reading, ...]) -> int:
        leaf = self.leaf
        values = dict(zip(self.names, key, strict=True))
        seen = leaf.given[0] if leaf.given else self.read(leaf.field, values)
        truth = _truth(leaf, seen, [self.read(name, values) for name in leaf.refs])
        if len(self) > 100_000:
            self.clear()
        found = self[key] = 1 if truth is None else 2 if truth else 0
        return found

    def read(self, name: str, values: dict[str, Reading]) -> Reading:
        binding = self.binding
        if not binding.is_found(name):
            return values[name]
        day = values["claim.first_date" if binding.edit.each == "claim" else "line.date"]
        found = binding.found_by(
            name, [values[each] for each in binding.key_names(name)], day if isinstance(day, dt.date) else None
        )
        return binding.column(name, found)


def _truth(leaf: Residual, seen: Seen, readings: list[Reading]) -> Truth:
    """The truth of a condition on what was read."""
    if leaf.operator in _COMPARE:
        return comparison(leaf.operator, cast(Reading, seen), readings[0] if readings else leaf.constant)
    fixed = [leaf.operand] if leaf.operand != NOTHING else []
    parts: list[Members] = [*fixed, *map(members_of, readings)]
    return decide(leaf.operator, seen, union(tuple(parts)) if parts else NOTHING, _format_of(leaf))


def _generic(leaf: Residual, binding: Binding) -> Callable[[View, Line | None, Line | None], int]:
    """A condition as a function that gives 0, 1 or 2 for whatever is read."""
    read: Reader | None = None if leaf.given else binding.reader(leaf.field)
    others = [binding.reader(name) for name in leaf.refs]

    def judge(view: View, line: Line | None, other: Line | None) -> int:
        seen = leaf.given[0] if read is None else read(view, line, other)
        found = _truth(leaf, seen, [each(view, line, other) for each in others])
        return 1 if found is None else 2 if found else 0

    return judge


def _format_of(leaf: Residual) -> str:
    return str(leaf.constant)


class _Matching(dict[Value | None, bool]):
    """Whether values have a format, remembered by value; an absent one has not."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.format = name

    def __missing__(self, value: Value | None) -> bool:
        if len(self) > 65_536:
            self.clear()
        found = self[value] = value is not None and matches(self.format, value)
        return found


@lru_cache
def _matcher(name: str) -> Callable[[Value | None], bool]:
    return _Matching(name).__getitem__
