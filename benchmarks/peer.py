"""The conditions of a ruleset as rules of the package rule-engine, and what it finds.

The translation is mechanical, and wherever there is a choice it favours rule-engine:

- Rules are made for each payer and each period in which no value changes, so that overlays and dates cost nothing;
  edits that are off, or whose payer's policy is not known, are left out.
- Readings of fields (derived ones too) and facts about the code are worked out in advance, and so is every condition
  on a set or a format: rule-engine finds a yes or no. (It takes 10 ms to look for a code in a set of 10,000.)
- It has two truth values. What is unknown is null, or false; where three values matter nothing is compared.
- It has no tables: edits that look something up, or bind pairs of lines or days, are left out, on both sides.
- It renders no message, keeps no source, and says nothing of what was missing.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any

from attrs import define, field, frozen

from cpt_rules import Claim, Line, Ruleset
from cpt_rules.engine.operators import matches
from cpt_rules.fields import FIELDS
from cpt_rules.language import documents as doc
from cpt_rules.reading import UNKNOWN, Open, View
from cpt_rules.ruleset.knowledge import Knowledge
from cpt_rules.ruleset.members import Members, any_of, members_of, subset
from cpt_rules.ruleset.payers import PayerIndex, PayerMatch, chain


def comparable(ruleset: Ruleset) -> list[str]:
    """The edits that can be translated: those on lines and claims that look nothing up."""
    return [id for id, edit in ruleset.edits.items() if edit.each in ("line", "claim") and not edit.lookup]


NOT_APPLICABLE, PASS, VIOLATED = "not applicable", "pass", "violated"
Thing = dict[str, Any]
_ORDER = {"at least": ">=", "at most": "<=", "before": "<", "on or after": ">="}


@frozen
class EditRules:
    """An edit as rules: does it apply, does what it requires hold, is a violation severe."""

    id: str
    applies: Any
    require: Any
    fail_when: Any | None

    def outcome(self, thing: Thing) -> str:
        if not self.applies.matches(thing):
            return NOT_APPLICABLE
        if self.require.matches(thing):
            return PASS
        if self.fail_when is not None:
            self.fail_when.matches(thing)
        return VIOLATED


@define
class Case:
    """A claim ready to be judged: the rules and the symbols of the claim and of each line, in order."""

    claim: Claim
    on_claim: tuple[Sequence[EditRules], Thing]
    on_lines: list[tuple[Sequence[EditRules], Thing]]

    def judge(self) -> list[list[str]]:
        """The outcome of every edit on the claim, then on each line."""
        return [[rule.outcome(thing) for rule in rules] for rules, thing in (self.on_claim, *self.on_lines)]


@define
class Peer:
    """Makes cases. Rules are kept by payer, overlays and period; the text of a rule is parsed once."""

    ruleset: Ruleset
    as_of: dt.date
    boundaries: Sequence[dt.date]
    _payers: PayerIndex = field(init=False)
    _context: Any = field(init=False)
    _rules: dict[str, Any] = field(factory=dict)
    _translated: dict[object, Translated] = field(factory=dict)

    def __attrs_post_init__(self) -> None:
        import rule_engine

        self._payers = PayerIndex.of(self.ruleset)
        self._context = rule_engine.Context(default_value=None, default_timezone="utc")

    def case(self, claim: Claim) -> Case:
        match = self._payers.match(claim.payer)
        view = View(claim, self.as_of)
        first = FIELDS["claim.first_date"].read(view, None)
        on_claim = self._for("claim", match, first)
        on_lines = [(self._for("line", match, FIELDS["line.date"].read(view, line)), line) for line in claim.lines]
        return Case(
            claim,
            (on_claim.rules, on_claim.thing(view, None)),
            [(translated.rules, translated.thing(view, line)) for translated, line in on_lines],
        )

    def _for(self, each: str, match: PayerMatch, day: object) -> Translated:
        assert isinstance(day, dt.date), "every generated line has a date"
        epoch = sum(boundary <= day for boundary in self.boundaries)
        key = (each, match, epoch)
        if key not in self._translated:
            knowledge = Knowledge(self.ruleset, match, chain(self.ruleset, match, None), day)
            self._translated[key] = _translate(self.ruleset, each, knowledge, day, self._rule)
        return self._translated[key]

    def _rule(self, text: str) -> Any:
        import rule_engine

        if text not in self._rules:
            self._rules[text] = rule_engine.Rule(text, context=self._context)
        return self._rules[text]


# ---- the ruleset of one payer and period ---------------------------------------------------------------------------


@define
class Translated:
    """Rules, and the symbols they name: fields and facts to read, and conditions to work out in advance."""

    knowledge: Knowledge
    rules: list[EditRules] = field(factory=list)
    fields: dict[str, str] = field(factory=dict)
    leaves: dict[str, tuple[doc.Leaf, frozenset[str]]] = field(factory=dict)
    _names: dict[object, str] = field(factory=dict)

    def thing(self, view: View, line: Line | None) -> Thing:
        code = line.code if line is not None else None
        found: Thing = {symbol: _plain(self.reading(name, view, line, code)) for symbol, name in self.fields.items()}
        for symbol, (leaf, presumed) in self.leaves.items():
            found[symbol] = self.truth(leaf, presumed, view, line, code)
        return found

    def reading(self, name: str, view: View, line: Line | None, code: str | None) -> object:
        match = self.knowledge.match
        resolved = {
            "claim.payer": match.payer,
            "payer.line_of_business": match.line_of_business,
            "payer.plan": match.plan,
        }
        if name in resolved:
            return resolved[name]
        if name in FIELDS:
            return FIELDS[name].read(view, line)
        return self.knowledge.fact(name, code).value

    def truth(self, leaf: doc.Leaf, presumed: frozenset[str], view: View, line: Line | None, code: str | None) -> bool:
        """A condition on sets, formats or other lists. Unknown is false."""
        seen = self.reading(leaf.field, view, line, code)
        if leaf.operator == "available":
            return seen.available if isinstance(seen, Members) else seen is not UNKNOWN and seen is not None
        if leaf.operator == "is a":
            form = str(leaf.items[0].value) if isinstance(leaf.items[0], doc.Constant) else ""
            values = seen if isinstance(seen, tuple) else () if seen is None else (seen,)
            return (bool(values) or isinstance(seen, tuple)) and all(matches(form, value) for value in values)
        parts = [Members(frozenset(self.knowledge.written_out(leaf.items)))]
        for item in leaf.items:
            if isinstance(item, doc.SetRef):
                parts.append(self.knowledge.set(item.id, item.id in presumed).members)
            elif isinstance(item, doc.FieldRef):
                other = self.reading(item.name, view, line, code)
                parts.append(other if isinstance(other, Members) else members_of(other))  # type: ignore[arg-type]
        operand = Members(parts=tuple(parts))
        own = seen if isinstance(seen, Members) else members_of(seen)  # type: ignore[arg-type]
        if leaf.operator in ("is", "in", "is not", "not in"):
            inside = seen is not None and operand.contains(seen) is True  # type: ignore[arg-type]
            return inside if leaf.operator in ("is", "in") else not inside
        if leaf.operator in ("any of", "none of"):
            return (any_of(own, operand) is True) is (leaf.operator == "any of")
        return (subset(own, operand) if leaf.operator == "only" else subset(operand, own)) is True

    # ---- conditions to text ----------------------------------------------------------------------------------------

    def clause(self, clause: doc.Clause, presumed: frozenset[str]) -> str:
        if isinstance(clause, doc.Leaf):
            return self.leaf(clause, presumed)
        if isinstance(clause, doc.Not):
            return f"(not {self.clause(clause.clause, presumed)})"
        word, empty = (" and ", "true") if isinstance(clause, doc.AllOf) else (" or ", "false")
        return "(" + (word.join(self.clause(each, presumed) for each in clause.clauses) or empty) + ")"

    def leaf(self, leaf: doc.Leaf, presumed: frozenset[str]) -> str:
        constants = [item.value for item in leaf.items if isinstance(item, doc.Constant)]
        literal = len(constants) == len(leaf.items)
        known = FIELDS.get(leaf.field)
        many = known.many if known is not None else self.knowledge.ruleset.facts[leaf.field.partition(".")[2]].type.many
        refs = [item.name for item in leaf.items if isinstance(item, doc.FieldRef)]
        if leaf.operator in ("present", "absent"):
            symbol = self.symbol(leaf.field)
            there = f"({symbol}.length > 0)" if many else f"({symbol} != null)"
            return there if leaf.operator == "present" else f"(not {there})"
        if leaf.operator in _ORDER and (literal or refs):
            symbol = self.symbol(leaf.field)
            if literal:
                return f"({symbol} != null and {symbol} {_ORDER[leaf.operator]} {_literal(constants[0])})"
            other = self.symbol(refs[0])
            return f"({symbol} != null and {other} != null and {symbol} {_ORDER[leaf.operator]} {other})"
        if literal and leaf.operator in ("is", "in", "is not", "not in") and not many:
            symbol = self.symbol(leaf.field)
            same = " or ".join(f"{symbol} == {_literal(value)}" for value in constants)
            return f"({same})" if leaf.operator in ("is", "in") else f"(not ({same}))"
        if literal and leaf.operator in ("any of", "none of") and known is not None:
            symbol = self.symbol(leaf.field)
            hit = " or ".join(f"{_literal(value)} in {symbol}" for value in constants)
            return f"({hit})" if leaf.operator == "any of" else f"(not ({hit}))"
        if len(refs) == len(leaf.items) == 1 and leaf.operator in ("is", "is not") and not many:
            symbol, other = self.symbol(leaf.field), self.symbol(refs[0])
            same = f"({symbol} != null and {symbol} == {other})"
            return same if leaf.operator == "is" else f"(not {same})"
        return self.in_advance(leaf, presumed)

    def symbol(self, name: str) -> str:
        symbol = name.replace(".", "_").replace("-", "_")
        self.fields[symbol] = name
        return symbol

    def in_advance(self, leaf: doc.Leaf, presumed: frozenset[str]) -> str:
        key = (leaf, presumed & {item.id for item in leaf.items if isinstance(item, doc.SetRef)})
        if key not in self._names:
            self._names[key] = f"condition_{len(self._names)}"
            self.leaves[self._names[key]] = (leaf, presumed)
        return self._names[key]


def _translate(
    ruleset: Ruleset, each: str, knowledge: Knowledge, day: dt.date, rule: Callable[[str], Any]
) -> Translated:
    made = Translated(knowledge)
    for id, edit in ruleset.edits.items():
        state = knowledge.edit(edit)
        in_time = (edit.since is None or edit.since <= day) and (edit.until is None or day <= edit.until)
        if edit.each != each or edit.lookup or state.runs is not True or not in_time:
            continue
        presumed = frozenset(name.text for name in edit.presume)
        exceptions = [edit.unless, *(clause for clause, undecided in state.unless if not undecided)]
        text = made.clause(edit.when, presumed)
        for clause in exceptions:
            if clause != doc.NEVER:
                text += f" and not {made.clause(clause, presumed)}"
        require = rule(made.clause(edit.require, presumed))
        fail_when = rule(made.clause(edit.fail_when, presumed)) if edit.fail_when is not None else None
        made.rules.append(EditRules(id, rule(text), require, fail_when))
    return made


def _plain(value: object) -> object:
    """A reading as rule-engine takes it: null for absent and unknown, days as moments."""
    if value is UNKNOWN:
        return None
    if isinstance(value, Open):
        value = value.known
    if isinstance(value, Members):
        return tuple(sorted(map(str, value.sure)))
    if isinstance(value, tuple):
        return tuple(_plain(each) for each in value)
    if isinstance(value, dt.date):
        return dt.datetime(value.year, value.month, value.day, tzinfo=dt.UTC)
    if isinstance(value, int) and not isinstance(value, bool):
        return Decimal(value)
    return value


def _literal(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dt.date):
        return f"d'{value.isoformat()}'"
    if isinstance(value, Decimal):
        return str(value)
    return "'" + str(value).replace("\\", "\\\\").replace("'", "\\'") + "'"
