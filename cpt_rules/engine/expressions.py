"""What is left of an edit → the text of a Python expression that gives its outcome code.

Two-valued where nothing it asks can be unknown, else three-valued in small integers: 0 false, 1 unknown, 2 true, so
that `all` is the least and `any` the greatest. The text holds names of the catalogue only; every value from a ruleset
or a claim reaches it as a constant of its namespace. In the text ``c`` is the claim, ``l`` the line (of a pair: line
b), ``v`` what is derived from the claim, ``a`` line a of a pair.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from typing import TypeVar, cast

from attrs import define, field

from cpt_rules.claim import Claim, Line
from cpt_rules.engine.binding import Binding, Reader, catalogued, field_reader, of_line_a
from cpt_rules.engine.operators import Seen, comparison, matches
from cpt_rules.engine.prepare import Plan, Residual, Tree, both, decide
from cpt_rules.engine.remember import Compute, Key, Memos, Read, Remembered
from cpt_rules.fields import RESOLVED_FIELDS
from cpt_rules.finding import Outcome
from cpt_rules.reading import UNKNOWN, Field, Reading, Value, View
from cpt_rules.ruleset.members import NOTHING, Members, Truth, members_of, union
from cpt_rules.tables.edition import ALWAYS, Span, common

#: The claim, the line (of a pair: line b), what is derived from the claim, line a of a pair; gives an outcome code.
Judge = Callable[[Claim, Line | None, View, Line | None], int]

T = TypeVar("T")
_COMPARE = {"at least": ">=", "at most": "<=", "before": "<", "on or after": ">="}
_STORED_OBJECTS = ("payer", "patient", "subscriber")
#: Fields that cost more to read than a condition saves.
_DEAR = frozenset({"day.codes", "day.modifiers", "claim.codes", "claim.modifiers"})


@define(eq=False)
class Expressions:
    """The expressions of one function. What several of them read stands in its locals, `local`, once."""

    unknown: frozenset[str]
    memos: Memos = field(factory=Memos)
    names: dict[str, object] = field(factory=dict)
    local: dict[str, str] = field(factory=dict)
    _named: dict[int, str] = field(factory=dict)
    _temporaries: int = 0

    def statements(self, body: str) -> str:
        """The locals that `body` needs more than once, and `body` with all others written out."""
        text = body
        kept: list[str] = []
        for expression, name in reversed(self.local.items()):
            found = len(re.findall(rf"\b{name}\b", "\n".join([text, *kept])))
            if found > 1:
                kept.append(f"{name} = {expression}")
            elif found:
                text = re.sub(rf"\b{name}\b", lambda _, e=expression: e, text)  # type: ignore[misc]
                kept = [re.sub(rf"\b{name}\b", lambda _, e=expression: e, each) for each in kept]  # type: ignore[misc]
        return "\n".join([*reversed(kept), text])

    def name(self, value: object) -> str:
        """The name of a constant; the same one for the same object."""
        name = self._named.get(id(value))
        if name is None:
            name = self._named[id(value)] = f"k{len(self.names)}"
            self.names[name] = value
        return name

    def temporary(self) -> str:
        self._temporaries += 1
        return f"t{self._temporaries}"

    def shared(self, expression: str) -> str:
        """The local that holds an expression."""
        return self.local.setdefault(expression, f"r{len(self.local)}")

    def readings(self, names: tuple[str, ...]) -> str:
        """A tuple of what fields hold."""
        return f"({''.join(f'{self.reading(name)}, ' for name in names)})"

    def reading(self, name: str) -> str:
        """An expression for a field that is never unknown here."""
        known = _known(name)
        line = "a" if of_line_a(name) else "l"
        if known.derive is not None:
            read = f"{self.name(known.derive)}(v, {line})"
            if known.binding != "claim":
                return self.shared(read)
            return self.shared(
                f"(v.claim_fields[{name!r}] if {name!r} in v.claim_fields else {self.name(_once(known))}(v))"
            )
        *first, text = [self.stored(path, line) for path in known.paths]
        for each in reversed(first):
            text = self.shared(f"({each} if {each} is not None else {text})")
        return text

    def stored(self, path: str, line: str = "l") -> str:
        """An expression for a stored field."""
        return self.shared(_path(path, line))

    def may_be_unknown(self, name: str) -> bool:
        known = catalogued(name)
        return known is None or not self.unknown.isdisjoint(known.paths)


@define(eq=False)
class Writer:
    """Writes the expressions of one edit into those of a function."""

    into: Expressions
    binding: Binding

    # ---- edits -----------------------------------------------------------------------------------------------------

    def outcome(self, plan: Plan, remembering: bool = True) -> str:
        """An expression for the outcome of a plan that is not constant."""
        names = self.worth_remembering(plan) if remembering else None
        if names is not None:
            return self.remembered(self.kept_by(plan), names, True, shared=True)
        bad = self.bad(plan)
        if isinstance(plan.applies, tuple) and plan.applies[0] == "and" and None in plan.applies[1]:
            rest = both("and", [part for part in plan.applies[1] if part is not None])
            possible = self.two(rest) if self.decided(rest) else f"{self.three(rest)} != 0"
            return f"({Outcome.NOT_CHECKED:d} if {possible} else 0)"
        if self.decided(plan.applies) and self.decided(plan.require):
            verdict = f"({Outcome.PASS:d} if {self.two(plan.require)} else {bad})"
            return verdict if plan.applies is True else f"({verdict} if {self.two(plan.applies)} else 0)"
        applies, holds = self.into.temporary(), self.into.temporary()
        return (
            f"(0 if ({applies} := {self.three(plan.applies)}) == 0 else {Outcome.NOT_CHECKED:d}"
            f" if ({holds} := {self.three(plan.require)}) == 1 or {applies} == 1"
            f" else {Outcome.PASS:d} if {holds} else {bad})"
        )

    def bad(self, plan: Plan) -> str:
        if plan.bad is Outcome.FAIL or plan.fail_when in (False, None):
            return f"{plan.bad:d}"
        if self.decided(plan.fail_when):
            return f"({Outcome.FAIL:d} if {self.two(plan.fail_when)} else {plan.bad:d})"
        return f"({Outcome.FAIL:d} if {self.three(plan.fail_when)} == 2 else {plan.bad:d})"

    def worth_remembering(self, plan: Plan) -> tuple[str, ...] | None:
        """All that an edit rests on beside its day, where asking for that once is cheaper than its look-ups one by one."""
        asked = list(leaves_of(plan))
        looked_up = [leaf for leaf in asked if self.dated(leaf)]
        names: dict[str, None] = {}
        for leaf in asked:
            inputs = self.inputs(leaf)
            if inputs is None:
                return None
            names |= dict.fromkeys(inputs)
        return tuple(names) if len(looked_up) > 1 and _DEAR.isdisjoint(names) else None

    def kept_by(self, plan: Plan) -> Remembered[int]:
        """Outcomes of a plan, by the fields of `worth_remembering`."""
        unknown, binding = self.into.unknown, self.binding

        def make() -> Compute[int]:
            judge = function(plan, self.into)

            def compute(
                key: Key, day: dt.date | None, claim: Claim, line: Line | None, view: View, other: Line | None
            ) -> tuple[int, Span]:
                return judge(claim, line, view, other), binding.span(view, line, other)

            return compute

        return self.into.memos.of((*asked_by(plan), unknown, binding.alike), make)

    def remembered(self, kept: Remembered[T], names: tuple[str, ...], dated: bool, shared: bool = False) -> str:
        """An expression that asks what is kept by the fields of `names`, and, where `dated`, holds on the day of the edit."""
        into = self.into
        get, fresh = into.name(kept.get), into.name(kept.fresh)
        key = into.readings(names)
        if shared:
            key = into.shared(key)
        found, at = into.temporary(), into.temporary()
        if not dated:
            return f"({found} if ({found} := {get}({at} := {key})) is not None else {fresh}({at}, {into.name(ALWAYS[0])}, c, l, v, a))[2]"
        day = into.reading(self.day)
        return (
            f"({found} if ({found} := {get}({at} := {key})) is not None and {day} is not None"
            f" and {found}[0] <= {day} <= {found}[1] else {fresh}({at}, {day}, c, l, v, a))[2]"
        )

    # ---- trees -----------------------------------------------------------------------------------------------------

    def decided(self, tree: Tree) -> bool:
        """Whether the tree is true or false for every claim."""
        if isinstance(tree, Residual):
            if tree.given:
                return self.turned(tree)
            known = not any(self.into.may_be_unknown(name) for name in (tree.field, *tree.refs))
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
        return plain and not self.into.may_be_unknown(leaf.refs[0])

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
                key = (tree, inputs, self.binding.alike if self.dated(tree) else None)
                kept = self.into.memos.of(key, lambda: _computing(tree, self.binding, inputs))
                return self.remembered(kept, inputs, self.dated(tree))
            return f"{self.into.name(_generic(tree, self.binding))}(v, l, a)"
        if tree[0] == "not":
            return f"(2 - {self.three(tree[1][0])})"
        parts = sorted(tree[1], key=lambda each: not self.decided(each))  # what is cheap and certain first
        names = [self.into.temporary() for _ in parts]
        ends = "0" if tree[0] == "and" else "2"
        text = f"{self.into.name(min if tree[0] == 'and' else max)}({', '.join(names)})"
        for name, part in zip(reversed(names), reversed(parts), strict=True):
            text = f"({ends} if ({name} := {self.three(part)}) == {ends} else {text})"
        return text

    def inputs(self, leaf: Residual) -> tuple[str, ...] | None:
        """The fields on which a condition rests, those of the keys of its look-ups among them, but not their day.

        None where one of them, or the day of a look-up, may be unknown.
        """
        found: list[str] = []
        for name in (*(() if leaf.given else (leaf.field,)), *leaf.refs):
            found += self.binding.key_names(name) if self.binding.is_found(name) else (name,)
        names = tuple(dict.fromkeys(found))
        asked = (*names, self.day) if self.dated(leaf) else names
        return None if any(name in RESOLVED_FIELDS or self.into.may_be_unknown(name) for name in asked) else names

    def dated(self, leaf: Residual) -> bool:
        """Whether a condition asks a table."""
        return any(self.binding.is_found(name) for name in (leaf.field, *leaf.refs))

    @property
    def day(self) -> str:
        """The field that is the day of the edit."""
        return "claim.first_date" if self.binding.edit.each == "claim" else "line.date"

    # ---- leaves ----------------------------------------------------------------------------------------------------

    def leaf(self, leaf: Residual) -> str:
        """A condition none of whose readings can be unknown."""
        into = self.into
        if leaf.given:
            name, given = into.temporary(), into.name(leaf.given[0])
            seen = into.reading(leaf.refs[0])
            return f"(({name} := {seen}) is not None and {given} {_COMPARE[leaf.operator]} {name})"
        known = _known(leaf.field)
        if leaf.operator == "available":
            return "True"
        seen = into.reading(leaf.field)
        if leaf.refs:
            return self.referring(leaf, known, seen)
        if leaf.operator in _COMPARE:
            if leaf.constant is None:
                return "False"
            name = into.temporary()
            return f"(({name} := {seen}) is not None and {name} {_COMPARE[leaf.operator]} {into.name(leaf.constant)})"
        if leaf.operator == "is a":
            form = into.name(_matcher(_format_of(leaf)))
            return f"all(map({form}, {seen}))" if known.many else f"{form}({seen})"
        if known.many:
            return self.many(leaf, seen)
        if leaf.operator in ("present", "absent"):
            return f"({seen} is {'not ' if leaf.operator == 'present' else ''}None)"
        values = leaf.operand.sure
        negation = leaf.operator in ("is not", "not in")
        if len(values) == 1:
            return f"({seen} {'!=' if negation else '=='} {into.name(next(iter(values)))})"
        return f"({seen} {'not ' if negation else ''}in {into.name(values)})"

    def referring(self, leaf: Residual, known: Field, seen: str) -> str:
        """A condition on other fields of the claim."""
        into = self.into
        if known.many or _known(leaf.refs[0]).many or len(leaf.refs) > 1 or leaf.operand != NOTHING:
            return f"({into.name(_generic(leaf, self.binding))}(v, l, a) == 2)"
        other = into.reading(leaf.refs[0])
        if leaf.operator in _COMPARE:
            one, two = into.temporary(), into.temporary()
            known_both = f"({one} := {seen}) is not None and ({two} := {other}) is not None"
            return f"({known_both} and {one} {_COMPARE[leaf.operator]} {two})"
        equal = f"{into.name(_equal)}({seen}, {other})"
        return f"(not {equal})" if leaf.operator in ("is not", "not in") else equal

    def many(self, leaf: Residual, seen: str) -> str:
        if leaf.operator in ("present", "absent"):
            return f"({'' if leaf.operator == 'present' else 'not '}{seen})"
        values = self.into.name(leaf.operand.sure)
        if leaf.operator in ("any of", "none of"):
            return f"({'not ' if leaf.operator == 'any of' else ''}{values}.isdisjoint({seen}))"
        return f"{values}.{'issuperset' if leaf.operator == 'only' else 'issubset'}({seen})"


def asked_by(plan: Plan) -> tuple[object, ...]:
    """What is left to ask of a plan: those of which it is the same have the same outcome wherever they find the same."""
    return plan.applies, plan.require, plan.fail_when, plan.bad


def outcomes(plans: Sequence[Plan], into: Expressions) -> list[str]:
    """An expression for the outcome of each plan; those that rest on some of what another rests on are kept with it."""
    writers = [Writer(into, plan.prepared.binding) for plan in plans]
    names = [writer.worth_remembering(plan) for writer, plan in zip(writers, plans, strict=True)]
    texts = [""] * len(plans)
    for place in sorted(range(len(plans)), key=lambda place: -len(names[place] or ())):
        own = names[place]
        if texts[place] or own is None:
            continue
        members = [
            at for at, other in enumerate(names) if other is not None and not texts[at] and set(other) <= set(own)
        ]
        if len(members) > 1:
            kept = _kept_together([plans[at] for at in members], into)
            found = into.shared(writers[place].remembered(kept, own, True))
            for at, member in enumerate(members):
                texts[member] = f"{found}[{at}]"
    return [text or writer.outcome(plan) for text, writer, plan in zip(texts, writers, plans, strict=True)]


def _kept_together(plans: Sequence[Plan], into: Expressions) -> Remembered[tuple[int, ...]]:
    """Outcomes of plans, by all that they rest on."""
    bindings = [plan.prepared.binding for plan in plans]

    def make() -> Compute[tuple[int, ...]]:
        judges = [function(plan, into) for plan in plans]

        def compute(
            key: Key, day: dt.date | None, claim: Claim, line: Line | None, view: View, other: Line | None
        ) -> tuple[tuple[int, ...], Span]:
            span = common(binding.span(view, line, other) for binding in bindings)
            return tuple([judge(claim, line, view, other) for judge in judges]), span

        return compute

    asked = tuple([(asked_by(plan), plan.prepared.binding.alike) for plan in plans])
    return into.memos.of((asked, into.unknown), make)


def function(plan: Plan, like: Expressions, remembering: bool = False) -> Judge:
    """The outcome of a plan that is not constant, as a function."""
    into = Expressions(like.unknown, like.memos)
    return compiled(into, f"return {Writer(into, plan.prepared.binding).outcome(plan, remembering)}")


def compiled(into: Expressions, body: str, parameters: str = "c, l, v, a") -> Judge:
    """A function of the expressions' names."""
    text = into.statements(body).replace("\n", "\n    ")
    exec(compile(f"def judge({parameters}):\n    {text}\n", "<edits>", "exec"), into.names)
    return into.names["judge"]  # type: ignore[return-value]


def reader_of(names: tuple[str, ...], unknown: frozenset[str]) -> Read:
    """A function that reads fields, each as often as named, from a claim whose feed cannot carry `unknown`."""
    into = Expressions(unknown)
    parts = []
    for name in names:
        if into.may_be_unknown(name):
            parts.append(f"{into.name(field_reader(name))}(v, l, a), ")
        else:
            parts.append(f"{into.reading(name)}, ")
    return cast(Read, compiled(into, f"return ({''.join(parts)})"))


def truths_of(
    trees: tuple[Tree, ...], names: tuple[str, ...], binding: Binding, unknown: frozenset[str], memos: Memos
) -> Read:
    """A function that gives the truth of conditions (0, 1 or 2), then what fields hold."""
    if not trees:
        return memos.reader(names, unknown, reader_of)
    into = Expressions(unknown, memos)
    writer = Writer(into, binding)
    truths = "".join(f"{writer.three(tree)}, " for tree in trees)
    read = into.name(reader_of(names, unknown))
    return cast(Read, compiled(into, f"return ({truths}*{read}(c, l, v, a))" if names else f"return ({truths})"))


def leaves_of(plan: Plan) -> Iterator[Residual]:
    """The conditions that are left of a plan."""
    for tree in (plan.applies, plan.require, plan.fail_when):
        yield from _leaves(tree)


def _leaves(tree: Tree) -> Iterator[Residual]:
    if isinstance(tree, Residual):
        yield tree
    elif isinstance(tree, tuple):
        for each in tree[1]:
            yield from _leaves(each)


def _known(name: str) -> Field:
    """The catalogue field of a name that can be decided."""
    found = catalogued(name)
    assert found is not None, name
    return found


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


@lru_cache
def _once(known: Field) -> Callable[[View], Reading]:
    """A derived field of the claim, worked out once for all its lines."""
    name, derive = known.name, known.derive
    assert derive is not None

    def read(view: View) -> Reading:
        found = view.claim_fields[name] = derive(view, None)
        return found

    return read


def _equal(seen: Reading, other: Reading) -> bool:
    return seen is not None and seen == other


def _computing(leaf: Residual, binding: Binding, names: tuple[str, ...]) -> Compute[int]:
    """What a condition says, as 0, 1 or 2, worked out from the values of `names` and the day alone."""

    def compute(
        key: Key, day: dt.date | None, claim: Claim, line: Line | None, view: View, other: Line | None
    ) -> tuple[int, Span]:
        values = dict(zip(names, key, strict=True))
        span = ALWAYS

        def read(name: str) -> Reading:
            nonlocal span
            if not binding.is_found(name):
                return values[name]
            found = binding.found_by(name, [values[each] for each in binding.key_names(name)], day)
            span = max(span[0], found.span[0]), min(span[1], found.span[1])
            return binding.column(name, found)

        seen = leaf.given[0] if leaf.given else read(leaf.field)
        truth = _truth(leaf, seen, [read(name) for name in leaf.refs])
        return (1 if truth is None else 2 if truth else 0), span

    return compute


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
