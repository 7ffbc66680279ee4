"""Partial evaluation: an edit with everything decided that its chain of overlays, claim type and day decide.

What is left depends on the code (`Prepared.plan` folds that in as well) and then on the claim.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from functools import cached_property
from typing import TYPE_CHECKING

from attrs import define, field, frozen

from cpt_rules.engine.binding import Binding, LookUps, is_fact
from cpt_rules.engine.operators import Seen, comparison, formatted, listed, membership, negated, state
from cpt_rules.finding import Citation, Outcome
from cpt_rules.language import documents as doc
from cpt_rules.language.conditions import leaves
from cpt_rules.reading import UNKNOWN, Open, Reading, Unknown
from cpt_rules.ruleset.knowledge import EditState, Knowledge, Known
from cpt_rules.ruleset.members import NOTHING, Members, Truth, members_of, union

if TYPE_CHECKING:
    from cpt_rules.engine.telling import Telling, Told

Code = str | Unknown | None

_COMPARISONS = ("at least", "at most", "before", "on or after")
_CONTEXT = frozenset({"claim.type", "claim.void", "claim.payer", "payer.line_of_business", "payer.plan", "run.as_of"})


@frozen
class Context:
    """What stays the same for many lines: type of claim, payer and overlays (in `knowledge`), day, the day called today."""

    knowledge: Knowledge
    claim_type: str
    void: Reading
    date: dt.date | Unknown | None
    as_of: dt.date
    date_field: str  # of which `date` is the day: line.date, or claim.first_date for the edits on a claim
    look_ups: LookUps


@frozen
class Residual:
    """A condition that only a claim can decide. `operand` holds all of it but the fields in `refs`."""

    field: str
    operator: str
    operand: Members
    refs: tuple[str, ...] = ()
    constant: Reading = None  # of a comparison, or the name of the format of `is a`
    given: tuple[Seen, ...] = ()  # what the field holds, where that needs no claim


Tree = bool | None | Residual | tuple[str, tuple["Tree", ...]]


def both(operator: str, parts: list[Tree]) -> Tree:
    """`and` or `or` of parts, what is decided folded away."""
    decisive = operator == "or"
    rest: list[Tree] = []
    for part in parts:
        if part is decisive:
            return decisive
        if part is not (not decisive):
            rest.append(part)
    if all(part is None for part in rest):
        return None if rest else not decisive
    return rest[0] if len(rest) == 1 else (operator, tuple(rest))


def inverted(tree: Tree) -> Tree:
    if tree is None or isinstance(tree, bool):
        return negated(tree)
    if isinstance(tree, tuple) and tree[0] == "not":
        return tree[1][0]
    return "not", (tree,)


@define(eq=False)
class Bound:
    """A leaf of an edit with its sets looked up. `extra` is the chain's doubt about an added exception."""

    leaf: doc.Leaf
    sets: tuple[Known, ...]
    fixed: Members
    refs: tuple[str, ...]
    by_code: bool
    by_claim: bool
    _context: Context

    def known(self, name: str, code: Code) -> Known:
        return self._context.knowledge.fact(name, code if isinstance(code, str) else None)

    def seen(self, name: str, code: Code) -> Seen:
        """A reading that needs no claim."""
        context = self._context
        match = context.knowledge.match
        if is_fact(name):
            return self.known(name, code).value
        if name == "line.code":
            return code
        if name == "claim.type":
            return context.claim_type
        if name == "claim.void":
            return context.void
        if name == "run.as_of":
            return context.as_of
        if name == context.date_field:
            return context.date
        answers = {
            "claim.payer": match.payer,
            "payer.line_of_business": match.line_of_business,
            "payer.plan": match.plan,
        }
        answer = answers[name]
        return UNKNOWN if answer is None else answer

    def fold(self, code: Code) -> Tree:
        """The truth, where this needs no claim, else what is left to ask."""
        leaf = self.leaf
        if not self.by_claim:
            return self.truth(self.seen(leaf.field, code), [self.seen(ref, code) for ref in self.refs])
        left = tuple(ref for ref in self.refs if needs_claim(ref, self.leaf, self._context))
        operand = self.operand([self.seen(ref, code) for ref in self.refs if ref not in left])
        constant: Reading = format_name(leaf) or None
        if leaf.operator in _COMPARISONS and not left:
            item = leaf.items[0]
            constant = item.value if isinstance(item, doc.Constant) else self.seen(self.refs[0], code)  # type: ignore[assignment]
        given = () if needs_claim(leaf.field, leaf, self._context) else (self.seen(leaf.field, code),)
        return Residual(leaf.field, leaf.operator, operand, left, constant, given)

    def operand(self, readings: list[Seen]) -> Members:
        parts = [self.fixed, *(r if isinstance(r, Members) else members_of(r) for r in readings)]
        return union(tuple(part for part in parts if part != NOTHING)) if len(parts) > 1 else self.fixed

    def truth(self, seen: Seen, readings: list[Seen]) -> Truth:
        """The truth of the condition on a reading and the readings of its references."""
        leaf = self.leaf
        if leaf.operator in _COMPARISONS:
            item = leaf.items[0]
            return comparison(leaf.operator, seen, item.value if isinstance(item, doc.Constant) else readings[0])  # type: ignore[arg-type]
        return decide(leaf.operator, seen, self.operand(readings), format_name(leaf))


def format_name(leaf: doc.Leaf) -> str:
    return str(leaf.items[0].value) if leaf.operator == "is a" and isinstance(leaf.items[0], doc.Constant) else ""


def decide(operator: str, seen: Seen, operand: Members, form: str) -> Truth:
    """Every operator but the comparisons."""
    if operator in doc.STATES:
        return state(operator, seen)
    if operator == "is a":
        return formatted(seen, form)
    if operator in doc.LIST_OPERATORS:
        return listed(operator, seen if isinstance(seen, Members) else members_of(seen), operand)
    truth = membership(seen, operand)  # type: ignore[arg-type]
    return truth if operator in ("is", "in") else negated(truth)


def needs_claim(name: str, leaf: doc.Leaf, context: Context) -> bool:
    """Whether only a claim can tell a field; the day of the line is told by the epoch where it meets written dates only."""
    if is_fact(name) or name == "line.code" or name in _CONTEXT:
        return False
    if name == context.date_field and leaf.field == name:
        return any(isinstance(item, doc.FieldRef) for item in leaf.items)
    return True


@define(eq=False)
class Plan:
    """An edit for one code: its outcome, or what is left to ask, and what every finding of it repeats."""

    prepared: Prepared
    code: Code
    applies: Tree
    require: Tree
    fail_when: Tree
    bad: Outcome
    missing: dict[frozenset[str], Told[tuple[str, ...]]] = field(factory=dict)  # kept by what the feed cannot carry
    tellings: dict[frozenset[str], Telling] = field(factory=dict)

    @cached_property
    def sources(self) -> tuple[Citation, ...]:
        """The sources of the edit and of the sets and facts that it names."""
        return tuple(Citation(each.source.text, each.edition) for each in self.prepared.documents(self.code))

    @cached_property
    def stale(self) -> bool:
        """Whether one of the sources is past its review."""
        as_of = self.prepared.context.as_of
        return any(each.review_by is not None and as_of > each.review_by for each in self.prepared.documents(self.code))

    @cached_property
    def overlay(self) -> str | None:
        """The last overlay in the chain that changed the edit or something that it names."""
        return self.prepared.overlay(self.code)

    @property
    def constant(self) -> Outcome | None:
        """The outcome, where no claim can change it."""
        if self.applies is False:
            return Outcome.NOT_APPLICABLE
        if self.applies is None:
            return Outcome.NOT_CHECKED
        if self.applies is not True:
            return None
        if self.require is True:
            return Outcome.PASS
        if self.require is None:
            return Outcome.NOT_CHECKED
        if self.require is not False:
            return None
        if self.bad is Outcome.FAIL or self.fail_when in (False, None):
            return self.bad
        return Outcome.FAIL if self.fail_when is True else None


@define(eq=False)
class Prepared:
    """An edit under one context. Plans are kept by what the code decides."""

    edit: doc.Edit
    context: Context
    binding: Binding
    state: EditState
    parts: dict[str, tuple[Bound, ...]]
    _trees: dict[str, doc.Clause | None]
    _plans: dict[tuple[object, ...], Plan] = field(factory=dict)
    _coded: tuple[Bound, ...] = ()
    _profiled: bool = False
    _by_code_itself: bool = False

    @classmethod
    def of(cls, edit: doc.Edit, context: Context) -> Prepared:
        state = context.knowledge.edit(edit)
        trees: dict[str, doc.Clause | None] = {"when": edit.when, "unless": edit.unless}
        for place, (clause, _) in enumerate(state.unless):
            trees[f"extra {place}"] = clause
        trees |= {"require": edit.require, "fail when": edit.fail_when}
        presumed = {name.text for name in edit.presume}
        parts = {
            part: tuple(bind(leaf, presumed, context) for leaf in leaves(clause)) for part, clause in trees.items()
        }
        every = [bound for part in parts.values() for bound in part]
        names = {name for bound in every for name in (bound.leaf.field, *bound.refs)}
        binding = Binding(edit, context.knowledge, context.look_ups)
        made = cls(edit, context, binding, state, parts, trees)
        made._coded = tuple(b for b in every if b.by_code and not b.by_claim and not _names_profile(b))
        made._profiled = any(name.startswith("profile.") and is_fact(name) for name in names)
        made._by_code_itself = any(b.by_claim and "line.code" in (b.leaf.field, *b.refs) for b in every)
        return made

    @property
    def every(self) -> Iterator[Bound]:
        for part in self.parts.values():
            yield from part

    def plan(self, code: Code) -> Plan:
        """The plan for a code, the same object for codes between which this edit cannot tell."""
        signature: tuple[object, ...] = tuple([bound.fold(code) for bound in self._coded])
        if self._by_code_itself or (self._profiled and code in self.context.knowledge.ruleset.profiles):
            signature = (*signature, code)
        found = self._plans.get(signature)
        if found is None:
            if len(self._plans) > 5000:
                self._plans = {}
            found = self._plans[signature] = self._plan(code)
        return found

    # ---- folding ---------------------------------------------------------------------------------------------------

    def _plan(self, code: Code) -> Plan:
        date = self.context.date
        edit = self.edit
        day = date if isinstance(date, dt.date) else None
        in_time = not (edit.since or edit.until) or (
            day is not None and (edit.since is None or edit.since <= day) and (edit.until is None or day <= edit.until)
        )
        exceptions = [inverted(self._fold("unless", code))]
        for place, (_, undecided) in enumerate(self.state.unless):
            tree = self._fold(f"extra {place}", code)
            exceptions.append(inverted(both("and", [None, tree]) if undecided else tree))
        applies = both("and", [in_time, self.state.runs, self._fold("when", code), *exceptions])
        if applies is False or applies is None:  # then nothing else matters
            return Plan(self, code, applies, True, False, Outcome.WARN)
        rests_on = {part: [*self._sources(part, code), *self._tables(part)] for part in self.parts}
        high = self.context.knowledge.ruleset.sources
        common = [*self.state.sources, *rests_on["require"]]
        asked = [s for part, found in rests_on.items() if part != "fail when" for s in found]
        certain = all(high[source].confidence == "high" for source in [*common, *asked])
        certain_fail = all(high[source].confidence == "high" for source in [*common, *rests_on["fail when"]])
        return Plan(
            self,
            code,
            applies,
            self._fold("require", code),
            self._fold("fail when", code) if edit.fail_when is not None and certain_fail else False,
            Outcome.FAIL if self.state.severity == "fail" and certain else Outcome.WARN,
        )

    def documents(self, code: Code) -> list[doc.Source]:
        """The sources of the edit and of the sets and facts that it names, in order, each once."""
        named = (source for part in self.parts for source in self._sources(part, code))
        return [self.context.knowledge.ruleset.sources[id] for id in dict.fromkeys([*self.state.sources, *named])]

    def _fold(self, part: str, code: Code) -> Tree:
        clause = self._trees[part]
        bounds = iter(self.parts[part])

        def fold(each: doc.Clause) -> Tree:
            if isinstance(each, doc.Leaf):
                return next(bounds).fold(code)
            if isinstance(each, doc.Not):
                return inverted(fold(each.clause))
            return both("and" if isinstance(each, doc.AllOf) else "or", [fold(one) for one in each.clauses])

        return False if clause is None else fold(clause)

    def named(self, part: str, code: Code) -> Iterator[Known | str]:
        """What the conditions of a part rest on, in document order: sets, facts, and aliases of look-ups."""
        for bound in self.parts[part]:
            yield from self._one(bound, bound.leaf.field, code)
            sets = iter(bound.sets)
            for item in bound.leaf.items:
                if isinstance(item, doc.SetRef):
                    yield next(sets)
                elif isinstance(item, doc.FieldRef):
                    yield from self._one(bound, item.name, code)

    def _one(self, bound: Bound, name: str, code: Code) -> Iterator[Known | str]:
        if is_fact(name):
            yield bound.known(name, code)
        elif self.binding.is_found(name):
            yield name.partition(".")[0]

    def _tables(self, part: str) -> list[str]:
        """The sources of the tables that a part asks."""
        tables = self.context.knowledge.ruleset.tables
        aliases = [found for found in self.named(part, None) if isinstance(found, str)]
        return [tables[self.edit.lookup[alias].table.text].source.text for alias in aliases]

    def _named(self, part: str, code: Code) -> Iterator[Known]:
        return (found for found in self.named(part, code) if not isinstance(found, str))

    def _sources(self, part: str, code: Code) -> list[str]:
        return [source for known in self._named(part, code) for source in known.sources]

    def overlay(self, code: Code) -> str | None:
        """The last overlay in the chain that changed the edit or something that it names."""
        last = max([self.state.link, *(known.link for part in self.parts for known in self._named(part, code))])
        return None if last < 0 else self.context.knowledge.links[last].overlay.overlay.text


def bind(leaf: doc.Leaf, presumed: set[str], context: Context) -> Bound:
    sets = tuple(context.knowledge.set(i.id, i.id in presumed) for i in leaf.items if isinstance(i, doc.SetRef))
    values = frozenset(context.knowledge.written_out(leaf.items)) if leaf.operator != "is a" else frozenset()
    refs = tuple(item.name for item in leaf.items if isinstance(item, doc.FieldRef))
    own = Members(values)
    fixed = (
        union((own, *(known.members for known in sets)))
        if values or not sets
        else union(tuple(k.members for k in sets))
    )
    names = (leaf.field, *refs)
    return Bound(
        leaf,
        sets,
        fixed,
        refs,
        any(name == "line.code" or name.startswith("profile.") for name in names),
        any(needs_claim(name, leaf, context) for name in names),
        context,
    )


def _names_profile(bound: Bound) -> bool:
    return any(name.startswith("profile.") for name in (bound.leaf.field, *bound.refs))


def incomplete(seen: Seen) -> bool:
    """Whether a reading is not wholly known."""
    return not seen.certain if isinstance(seen, Members) else seen is UNKNOWN or isinstance(seen, Open)
