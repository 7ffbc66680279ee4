"""Typing of conditions and values: every text meets the type of its field or fact, or a problem says why not."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from operator import is_

import attrs
from attrs import frozen

from cpt_rules.fields import FIELDS
from cpt_rules.formats import FORMATS, is_date, parse_number
from cpt_rules.language import documents as doc
from cpt_rules.language.problems import Mark, Problem, did_you_mean, shown
from cpt_rules.language.values import no_date
from cpt_rules.reading import Value
from cpt_rules.ruleset.ruleset import PROFILES_SET

#: Operators by the base type of a scalar field.
_BY_TYPE = {
    "number": ("is", "is not", "in", "not in", "at least", "at most"),
    "date": ("is", "is not", "in", "not in", "before", "on or after"),
    "yes/no": ("is", "is not"),
}
_TEXT_OPERATORS = ("is", "is not", "in", "not in", "is a")
_SINGLE = ("is", "is not", "at least", "at most", "before", "on or after", "is a")
#: Names of formats that begin with a vowel when they are spoken.
_SPOKEN_WITH_AN = ("icd", "hcpcs", "npi", "ndc")
MAX_SPAN = 100_000
#: What someone may have meant by an operator that does not go with the type of a field.
_NEAREST = {
    "in": ("any of",),
    "is": ("any of",),
    "not in": ("none of",),
    "is not": ("none of",),
    "any of": ("in", "is"),
    "none of": ("not in", "is not"),
    "only": ("in",),
    "at least": ("on or after",),
    "at most": ("before",),
    "on or after": ("at least",),
    "before": ("at most",),
}


@frozen
class Kind:
    """The type of a field or fact as conditions see it."""

    type: str
    many: bool
    choices: tuple[str, ...] = ()

    @property
    def base(self) -> str:
        return self.type if self.type in ("number", "date", "yes/no") else "text"

    def __str__(self) -> str:
        return f"list of {self.type}" if self.many else self.type


@frozen
class Scope:
    """Where a condition stands: what its edit binds, and the look-ups it makes."""

    each: doc.Binding
    lookups: Mapping[str, doc.Lookup] = attrs.field(factory=dict)

    @property
    def pairs(self) -> bool:
        return self.each in ("pair", "later-pair")


LINE = Scope("line")


def unknown(what: str, id: str, known: Iterable[str]) -> str:
    """What to say of a name that no document has."""
    return f"unknown {what} {shown(id)}{did_you_mean(id, known, f'; no file that was read has `{what}: {id[:60]}`')}"


@frozen
class Vocabulary:
    """The names that conditions may use, with everything said about them so far."""

    facts: Mapping[str, doc.Fact]
    sets: Mapping[str, doc.SetDocument]
    payers: Mapping[str, doc.PayerDocument]
    problems: list[Problem]
    tables: Mapping[str, doc.TableDocument] = attrs.field(factory=dict)

    def say(self, mark: Mark, message: str) -> None:
        self.problems.append(Problem(mark, message))

    def kind(self, name: str, scope: Scope = LINE) -> Kind | None:
        """The type of a field, of a fact, or of what a look-up of the scope found; None for an unknown name."""
        field = FIELDS.get(line_field(name) if scope.pairs else name)
        if field is not None:
            choices = tuple(sorted(self.payers)) if name == "claim.payer" else field.choices
            return Kind(field.type, field.many, choices)
        head, _, fact = name.partition(".")
        if head in ("profile", "payer") and fact in self.facts:
            type = self.facts[fact].type
            return Kind(type.format, type.many)
        table = self.tables.get(scope.lookups[head].table.text) if head in scope.lookups else None
        if table is not None and not fact:
            return Kind("yes/no", False)
        if table is not None and fact in table.columns:
            many = table.columns[fact].many or table.unique == "no" or self.listed(scope.lookups[head], scope.each)
            return Kind(table.columns[fact].format, many)
        return None

    def listed(self, lookup: doc.Lookup, each: doc.Binding) -> bool:
        """Whether a look-up is made for each value of a list."""
        names = [item.name for item in lookup.keys.values() if isinstance(item, doc.FieldRef)]
        kinds = [self.kind(name, Scope(each)) for name in names]
        return any(kind is not None and kind.many for kind in kinds)

    def unknown_name(self, name: str, others: Iterable[str] = (), scope: Scope = LINE) -> str:
        """What to say of a name that is neither a field nor a fact nor one of `others`."""
        known = [
            *others,
            *self.found_names(scope),
            *(name.replace("line.", f"{end}.", 1) for end in "ab" if scope.pairs for name in FIELDS if "line." in name),
            *FIELDS,
            *(f"profile.{fact}" for fact in self.facts),
            *(f"payer.{fact}" for fact in self.facts),
        ]
        if name.startswith("set."):
            hint = f"; did you mean `${name}`?"
        elif line_field(name) in FIELDS and not scope.pairs:
            hint = f" outside edits for pairs of lines; did you mean `{line_field(name)}`?"
        else:
            hint = did_you_mean(name, known, "; docs/fields.md lists the fields, `fact` documents the facts")
        return f"unknown field {shown(name)}{hint}"

    def say_unknown(self, name: str, mark: Mark, scope: Scope) -> None:
        """Says that a name is unknown, unless it is what a look-up found in a table that is itself unknown."""
        lookup = scope.lookups.get(name.partition(".")[0])
        if lookup is None or lookup.table.text in self.tables:
            self.say(mark, self.unknown_name(name, scope=scope))

    def found_names(self, scope: Scope) -> Iterable[str]:
        """What look-ups of the scope bind."""
        for alias, lookup in scope.lookups.items():
            yield alias
            if lookup.table.text in self.tables:
                yield from (f"{alias}.{column}" for column in self.tables[lookup.table.text].columns)

    def refer(self, name: doc.Name | doc.SetRef | None, known: Iterable[str], what: str) -> bool:
        """Whether `name` is one of `known`; if not, that is said."""
        id = name.id if isinstance(name, doc.SetRef) else name.text if name is not None else ""
        if name is None or id in known:
            return True
        self.say(name.mark, unknown(what, id, known))
        return False

    def set_known(self, ref: doc.SetRef) -> bool:
        return self.refer(ref, {*self.sets, PROFILES_SET}, "set")

    # ---- values ----------------------------------------------------------------------------------------------------

    def typed(self, text: str, kind: Kind, mark: Mark) -> Value | None:
        """`text` as a value of `kind`, or None after saying why it is none."""
        value: Value | None = text
        if kind.base == "number":
            value = parse_number(text)
        elif kind.base == "date":
            value = dt.date.fromisoformat(text) if is_date(text) else None
        elif kind.base == "yes/no":
            value = {"yes": True, "no": False}.get(text)
        elif kind.choices and text not in kind.choices:
            what = f"{shown(text)} is not possible here"
            self.say(mark, what + did_you_mean(text, kind.choices, f"; one of: {', '.join(kind.choices[:12])}"))
            return None
        elif not FORMATS[kind.type].matches(text):
            value = None
        if value is None:
            self.say(mark, _mistyped(text, kind))
        return value

    def item(self, item: doc.Item, kind: Kind, *, references: bool = True, scope: Scope = LINE) -> doc.Item:
        """An item with its value typed; what is wrong with it is said."""
        if isinstance(item, doc.Constant):
            value = self.typed(str(item.value), kind, item.mark)
            return item if value is None or value == item.value else attrs.evolve(item, value=value)
        if isinstance(item, doc.Span):
            if not FORMATS[kind.type].ranges:
                self.say(
                    item.mark,
                    f"a range where {with_article(kind.type)} is due; ranges stand for codes, write the values out",
                )
            elif self.typed(item.first, kind, item.mark) is not None:
                self.typed(item.last, kind, item.mark)
                self.width(item)
            return item
        if isinstance(item, doc.SetRef):
            if kind.base != "text":
                self.say(item.mark, f"a set holds codes, and {with_article(kind.type)} is due; write the values out")
            self.set_known(item)
            return item
        if not references:
            self.say(item.mark, f"{shown('$' + item.name)} where a value is due; only conditions refer to fields")
            return item
        other = self.kind(item.name, scope)
        if other is None:
            if item.name in self.sets:
                self.say(item.mark, f"unknown field {shown(item.name)}; did you mean `$set.{item.name}`?")
            else:
                self.say_unknown(item.name, item.mark, scope)
        elif other.base != kind.base:
            self.say(
                item.mark,
                f"{shown('$' + item.name)} ({other}) cannot be compared with {with_article(kind.type)}; name a field of that type",
            )
        return item

    def width(self, span: doc.Span) -> None:
        first, last = ("".join(c for c in end if "0" <= c <= "9") for end in (span.first, span.last))
        if len(last) > 18 or int(last) - int(first) >= MAX_SPAN:
            self.say(span.mark, f"a range of more than {MAX_SPAN:,} codes; split it")

    # ---- conditions ------------------------------------------------------------------------------------------------

    def clause(self, clause: doc.Clause, scope: Scope) -> doc.Clause:
        """A clause with its values typed, for an edit with that scope."""
        if isinstance(clause, doc.AllOf):
            return doc.AllOf(tuple(self.clause(each, scope) for each in clause.clauses))
        if isinstance(clause, doc.AnyOf):
            return doc.AnyOf(tuple(self.clause(each, scope) for each in clause.clauses))
        if isinstance(clause, doc.Not):
            return doc.Not(self.clause(clause.clause, scope))
        return self.leaf(clause, scope)

    def leaf(self, leaf: doc.Leaf, scope: Scope) -> doc.Leaf:
        kind = self.kind(leaf.field, scope)
        if kind is None:
            self.say_unknown(leaf.field, leaf.mark, scope)
            return leaf
        self.bound(leaf.field, leaf.mark, scope)
        if leaf.operator == "found" and leaf.field not in scope.lookups:
            head = leaf.field.partition(".")[0]
            better = f"{head}: found" if head in scope.lookups else f"{leaf.field}: present"
            self.say(leaf.mark, f"`found` goes with a look-up only; did you mean `{better}`?")
            return leaf
        for item in leaf.items:
            if isinstance(item, doc.FieldRef):
                self.bound(item.name, item.mark, scope)
        if not leaf.items:
            if leaf.operator not in doc.STATES:
                self.say(leaf.mark, f"`{leaf.field} {leaf.operator}` has an empty list; write a value")
            return leaf
        if not self.operator(leaf, kind, scope):
            return leaf
        if leaf.operator == "is a":
            self.format(leaf)
            return leaf
        return attrs.evolve(leaf, items=tuple(self.item(each, kind, scope=scope) for each in leaf.items))

    def bound(self, name: str, mark: Mark, scope: Scope) -> None:
        """Says why a known name cannot be read where the edit binds what it binds."""
        if scope.each == "line" or not needs_line(name):
            return
        if scope.each == "day" and name.startswith("day."):
            return
        what = {"claim": "claim", "day": "day"}.get(scope.each, "pair of lines")
        better = {"claim": "claim.", "day": "day."}.get(scope.each, "b.")
        other = name.replace("line.", better, 1)
        known = self.kind(other, scope) is not None and other != name
        hint = f"; did you mean `{other}`?" if known else "; write `each: line`"
        self.say(mark, f"{shown(name)} needs a line, and this edit is for each {what}{hint}")

    def operator(self, leaf: doc.Leaf, kind: Kind, scope: Scope) -> bool:
        """Whether the operator goes with the type and the number of its operands."""
        known: Sequence[str] = doc.LIST_OPERATORS if kind.many else _BY_TYPE.get(kind.base, _TEXT_OPERATORS)
        if leaf.operator not in known:
            better = next((each for each in _NEAREST.get(leaf.operator, ()) if each in known), None)
            hint = f"did you mean `{leaf.field} {better}`?" if better else f"use {', '.join(known)}"
            self.say(leaf.mark, f"`{leaf.operator}` does not go with {shown(leaf.field)} ({kind}); {hint}")
            return False
        if leaf.operator in _SINGLE and len(leaf.items) > 1:
            what = "several values where one is due"
            self.say(leaf.items[1].mark, f"{what}; {_several(leaf, 'write one')}")
            return False
        first = leaf.items[0]
        if leaf.operator in _SINGLE and isinstance(first, doc.SetRef | doc.Span):
            what = "a set" if isinstance(first, doc.SetRef) else f"a range ({first.first}-{first.last})"
            self.say(first.mark, f"{what} where one value is due; {_several(leaf, 'write one value, or quote it')}")
            return False
        if leaf.operator in _SINGLE and isinstance(first, doc.FieldRef):
            reference = self.kind(first.name, scope)
            if reference is not None and reference.many:
                what = f"{shown('$' + first.name)} is a list where one value is due"
                self.say(first.mark, f"{what}; {_several(leaf, 'name a field with one value')}")
                return False
        return True

    def format(self, leaf: doc.Leaf) -> None:
        item = leaf.items[0]
        name = str(item.value) if isinstance(item, doc.Constant) else ""
        if name not in FORMATS or name in ("text", "yes/no"):
            known = [each for each in FORMATS if each not in ("text", "yes/no")]
            what = f"`is a` takes the name of a format, not {shown(name or '$…')}"
            self.say(item.mark, what + did_you_mean(name, known, f"; one of: {', '.join(known)}"))

    # ---- dated values ----------------------------------------------------------------------------------------------

    def timeline(self, timeline: doc.Timeline, kind: Kind, *, sets: bool) -> doc.Timeline:
        """Dated values with every item typed; only sets may name other sets."""
        found: list[doc.Dated] = []
        for dated in timeline:
            if dated.items is None:
                found.append(dated)
                continue
            items: list[doc.Item] = []
            for item in dated.items:
                if isinstance(item, doc.SetRef) and not sets:
                    self.say(item.mark, "a set where values are due; only sets name sets, write the values out")
                items.append(self.item(item, kind, references=False))
            if not kind.many and len(items) != 1:
                self.say(dated.mark, f"{'several values' if items else 'an empty list'} where one {kind.type} is due")
            if not kind.many and items and isinstance(items[0], doc.Span):
                self.say(items[0].mark, f"a range where one {kind.type} is due")
            same = all(map(is_, items, dated.items))  # the usual case: texts stay as they are
            found.append(dated if same else attrs.evolve(dated, items=tuple(items)))
        return timeline if all(map(is_, found, timeline)) else tuple(found)


def _several(leaf: doc.Leaf, otherwise: str) -> str:
    better = {"is": "in", "is not": "not in"}.get(leaf.operator)
    return f"for several use `{leaf.field} {better}`" if better else otherwise


def _mistyped(text: str, kind: Kind) -> str:
    """What to say of a text that is no value of a kind."""
    if kind.base == "date":
        return no_date(text)
    if kind.base == "number":
        return f"{shown(text)} is not a number; write digits and a point only, such as 12 or 14.05"
    if kind.base == "yes/no":
        return f"{shown(text)} is neither yes nor no"
    form = FORMATS[kind.type]
    return f"{shown(text)} is not {with_article(kind.type)} ({form.meaning}), such as {form.example}"


def with_article(kind: str) -> str:
    """A name of a format with its article, as it is spoken: an icd10cm, an npi, a number."""
    return f"{'an' if kind.startswith(_SPOKEN_WITH_AN) else 'a'} {kind}"


def line_field(name: str) -> str:
    """The line field that ``a.X`` or ``b.X`` of a pair stands for; other names as they are."""
    return f"line.{name[2:]}" if name.startswith(("a.", "b.")) else name


def needs_line(name: str) -> bool:
    """Whether a field or fact can only be read on a line."""
    field = FIELDS.get(name)
    return field.binding == "line" if field is not None else name.startswith("profile.")


SET_KIND = Kind("text", True)
