"""Hypothesis strategies: rulesets, as YAML texts that link, and claims that meet them.

Vocabularies are small, so that things meet: a handful of codes, three payers, three days on which values change, and
the days before them. Choices stand with the simplest first, towards which Hypothesis shrinks.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from decimal import Decimal
from functools import cache

from attrs import evolve, frozen
from hypothesis import reject
from hypothesis import strategies as st

from cpt_rules.claim import Claim, Diagnosis, Line, Patient, Payer, Provider
from cpt_rules.language import documents as doc
from cpt_rules.language.documents import Document
from cpt_rules.language.parse import parse_text
from cpt_rules.language.problems import RulesetError
from cpt_rules.ruleset.link import link
from cpt_rules.ruleset.ruleset import Ruleset
from tests.table_strategies import ALIASES, Alias, lookups, stocked, tables

CODES = ("86329", "86330", "86331", "0351U", "G0472")
PLACES = ("81", "22", "11")
NPI = "1234567893"
MODIFIERS = ("90", "26", "TC")
DIAGNOSES = ("D80.1", "D80.2", "Z00")
CLIAS = ("05D0123456", "05D")
SPANS = ("86329-86331", "0350U-0352U", "11-22", "D80.1-D80.3")
CHANGES = ("2026-01-01", "2026-02-01", "2026-03-01")
SETS = ("s0", "s1", "s2", "s3")
EDITS = ("b", "d", "a", "c")
SOURCES = ("hi", "hi2", "mid", "low")
#: What the edits of a ruleset are for; all but the last do not look at the order of lines.
BINDINGS = ("line", "line", "claim", "pair", "day", "later-pair")
CLIENTS = (None, "lab", "other")
DAYS_OF_RUN = (dt.date(2026, 2, 15), dt.date(2026, 2, 16), dt.date(2026, 3, 1))

PRELUDE = """
source: hi
title: Certain
publisher: CMS
edition: "1"
confidence: high
---
source: hi2
title: Certain, to be reviewed
publisher: CMS
edition: "2"
confidence: high
review by: 2026-02-15
---
source: mid
title: Likely
publisher: A payer
edition: "3"
confidence: medium
review by: 2026-02-28
---
source: low
title: Doubtful
publisher: Hearsay
edition: "4"
confidence: low
---
{fact: pos, title: Places, type: list of pos}
---
{fact: mods, title: Modifiers, type: list of modifier}
---
{fact: codes, title: Codes, type: list of hcpcs}
---
{fact: counts, title: Counts, type: list of number}
---
{fact: days, title: Days, type: list of date}
---
{fact: kind, title: A kind, type: text}
---
{fact: most, title: A number, type: number}
---
{fact: first, title: A day, type: date}
---
{fact: flag, title: A flag, type: yes/no}
---
"""


# ---- words ---------------------------------------------------------------------------------------------------------


@frozen
class Word:
    """A field or fact that conditions may name, with constants and ranges of its type."""

    name: str
    base: str
    constants: tuple[str, ...]
    many: bool = False
    spans: tuple[str, ...] = ()


_NUMBERS = ("1", "2", "1.5")
_DATES = ("2026-01-01", "2026-01-31", "2026-02-01")
_YES = ("yes", "no")
_TEXTS = ("a", "b")
_FACTS = (
    Word("pos", "text", PLACES, True, ("11-22",)),
    Word("mods", "text", MODIFIERS, True),
    Word("codes", "text", CODES, True, ("86329-86331",)),
    Word("counts", "number", _NUMBERS, True),
    Word("days", "date", _DATES, True),
    Word("kind", "text", _TEXTS),
    Word("most", "number", _NUMBERS),
    Word("first", "date", _DATES),
    Word("flag", "yes/no", _YES),
)
_WORDS = (
    Word("line.code", "text", CODES, spans=("86329-86331", "0350U-0352U")),
    Word("line.pos", "text", PLACES, spans=("11-22",)),
    Word("line.modifiers", "text", MODIFIERS, True),
    Word("line.clia", "text", CLIAS),
    Word("line.units", "number", _NUMBERS),
    Word("line.date", "date", _DATES),
    Word("claim.type", "text", ("professional", "institutional")),
    Word("claim.payer", "text", ("p0", "p1", "p2")),
    Word("claim.codes", "text", CODES, True, ("86329-86331",)),
    Word("claim.modifiers", "text", MODIFIERS, True),
    Word("claim.clia", "text", CLIAS),
    Word("claim.pos", "text", PLACES, spans=("11-22",)),
    Word("claim.clia_numbers", "text", CLIAS, True),
    Word("claim.charge", "number", _NUMBERS),
    Word("claim.line_charges", "number", _NUMBERS),
    Word("claim.first_date", "date", _DATES),
    Word("claim.homebound", "yes/no", _YES),
    Word("claim.icd10", "text", DIAGNOSES, True, ("D80.1-D80.3",)),
    Word("payer.line_of_business", "text", ("commercial", "medicaid")),
    Word("payer.plan", "text", ("gold", "lead")),
    Word("payer.state", "text", ("CA", "NY")),
    Word("patient.birth_date", "date", _DATES),
    Word("run.as_of", "date", _DATES),
    Word("line.date_to", "date", _DATES),
    Word("line.unit_type", "text", ("UN", "MJ")),
    Word("line.provider", "text", (NPI, "1245319599")),
    Word("line.number", "number", _NUMBERS),
    Word("day.code", "text", CODES, spans=("86329-86331",)),
    Word("day.units", "number", ("1", "2", "2.5", "3")),
    Word("day.lines", "number", _NUMBERS),
    Word("day.modifiers", "text", MODIFIERS, True),
    Word("day.codes", "text", CODES, True),
    Word("line.icd10", "text", DIAGNOSES, True, ("D80.1-D80.3",)),
    Word("line.first_modifier", "text", MODIFIERS),
    Word("line.modifier_count", "number", _NUMBERS),
    Word("line.diagnosis_pointers", "number", _NUMBERS, True),
    Word("line.bad_pointers", "number", _NUMBERS, True),
    Word("line.bad_modifiers", "text", MODIFIERS, True),
    Word("claim.bad_npis", "text", ("1234567890",), True),
    Word("line.description", "text", _TEXTS),
    *(Word(f"profile.{fact.name}", fact.base, fact.constants, fact.many, fact.spans) for fact in _FACTS),
    *(Word(f"payer.{fact.name}", fact.base, fact.constants, fact.many, fact.spans) for fact in _FACTS),
)
_OPERATORS = {
    "text": ("is", "in", "is not", "not in", "is a", "present", "absent", "available"),
    "number": ("is", "in", "is not", "not in", "at least", "at most", "present", "absent", "available"),
    "date": ("is", "in", "is not", "not in", "before", "on or after", "present", "absent", "available"),
    "yes/no": ("is", "is not", "present", "absent", "available"),
}
_LIST_OPERATORS = ("any of", "none of", "only", "has all", "is a", "present", "absent", "available")
_ONE = ("is", "is not", "at least", "at most", "before", "on or after")
_FORMATS = ("modifier", "hcpcs", "cpt", "number", "date", "clia number", "icd10cm", "pos")


@frozen
class Scope:
    """What an edit binds, and the look-ups it makes."""

    each: str = "line"
    aliases: tuple[Alias, ...] = ()


LINE = Scope()


@cache
def _words(scope: Scope) -> tuple[Word, ...]:
    """The fields and facts that an edit of this scope may read."""
    found = [word for word in _WORDS if not word.name.startswith(("line.", "day.", "profile."))]
    if scope.each == "line":
        found = list(_WORDS)
    elif scope.each == "day":
        found += [word for word in _WORDS if word.name.startswith("day.")]
    elif scope.each != "claim":
        of_lines = [word for word in _WORDS if word.name.startswith("line.")]
        found += [evolve(word, name=f"{end}.{word.name[5:]}") for end in "ab" for word in of_lines]
    for alias in scope.aliases:
        for column in alias.shape.columns:
            found.append(
                Word(
                    f"{alias.name}.{column.name}",
                    column.base,
                    column.constants,
                    alias.listed or alias.shape.many(column),
                )
            )
    return tuple(found)


@cache
def _refs(many: bool, scope: Scope) -> dict[str, tuple[str, ...]]:
    """The names that ``$NAME`` may stand for beside a word of each base type; with `many` lists as well."""
    found: dict[str, tuple[str, ...]] = {}
    for base in _OPERATORS:
        names = [word.name for word in _words(scope) if word.base == base and (many or not word.many)]
        if base == "yes/no":
            names += [alias.name for alias in scope.aliases]
        found[base] = tuple(f"${name}" for name in names)
    return found


_SET_REFS = (*(f"$set.{name}" for name in SETS), "$set.profiles")


@cache
def _rules(scope: Scope) -> tuple[tuple[Word, str], ...]:
    """Every word with every operator of its type; those of look-ups as often as all others together."""
    found = [
        (word, operator)
        for word in _words(scope)
        for operator in (_LIST_OPERATORS if word.many else _OPERATORS[word.base])
    ]
    of_lookups = [(word, operator) for word, operator in found if _head(word) in {a.name for a in scope.aliases}]
    for alias in scope.aliases:
        of_lookups += [(Word(alias.name, "yes/no", ()), state) for state in ("found", "found", "found", "available")]
    own = [pair for pair in found if _head(pair[0]) in ("a", "b", "day")]
    often = [*of_lookups, *(own if scope.each != "line" else [])]
    return (*found, *(often * (len(found) // max(1, len(often)))))


def _head(word: Word) -> str:
    return word.name.partition(".")[0]


@cache
def _rule(scope: Scope) -> st.SearchStrategy[tuple[Word, str]]:
    return st.sampled_from(_rules(scope))


@cache
def _operands(word: Word, operator: str, scope: Scope) -> st.SearchStrategy[str]:
    """The operand of a condition, as YAML."""
    if operator == "is a":
        return st.sampled_from(_FORMATS)
    refs = _refs(operator not in _ONE, scope)[word.base]
    one = st.one_of(st.sampled_from(word.constants), st.sampled_from(refs))
    if operator in _ONE:
        return one
    many = [st.sampled_from(word.constants), st.sampled_from(refs)]
    if word.base == "text":
        many = [st.sampled_from((*word.constants, *word.spans)), st.sampled_from(_SET_REFS), st.sampled_from(refs)]
    return st.lists(st.one_of(*many), min_size=1, max_size=3, unique=True).map(_flow)


def _flow(items: Sequence[str]) -> str:
    return items[0] if len(items) == 1 else "[" + ", ".join(items) + "]"


@cache
@st.composite
def conditions(draw: st.DrawFn, scope: Scope = LINE) -> tuple[str, str]:
    """Key and operand of one condition."""
    word, operator = draw(_rule(scope))
    if operator in doc.STATES:
        return word.name, operator
    key = word.name if operator == "is" else f"{word.name} {operator}"
    return key, draw(_operands(word, operator, scope))


@cache
def _inner(scope: Scope, depth: int) -> st.SearchStrategy[list[str]]:
    return st.lists(clauses(scope, depth), min_size=1, max_size=3)


@cache
@st.composite
def clauses(draw: st.DrawFn, scope: Scope = LINE, depth: int = 2) -> str:
    """A clause as a YAML flow map: conditions, and any, all and not around others."""
    found: dict[str, str] = {}
    shape = draw(_SHAPES) if depth else "leaf"
    if shape in ("leaf", "leaves", "leaf and any", "leaf and not"):
        key, operand = draw(conditions(scope))
        found[key] = operand
    if shape == "leaves":
        key, operand = draw(conditions(scope))
        found[key] = operand
    if shape in ("not", "leaf and not"):
        found["not"] = draw(clauses(scope, depth - 1))
    if shape in ("any", "all", "leaf and any"):
        found["all" if shape == "all" else "any"] = "[" + ", ".join(draw(_inner(scope, depth - 1))) + "]"
    return "{" + ", ".join(f"{key}: {operand}" for key, operand in found.items()) + "}"


_SHAPES = st.sampled_from(("leaf", "leaf", "leaf", "leaves", "any", "not", "all", "leaf and any", "leaf and not"))


# ---- knowledge -----------------------------------------------------------------------------------------------------

_SOURCE = st.sampled_from(SOURCES)
_CHANCE = {n: st.sampled_from((False,) * (n - 1) + (True,)) for n in (2, 3, 4, 8)}
_TEXT_ITEMS = st.sampled_from((*CODES, *PLACES, *MODIFIERS, "D80.1", "05D", "p0", "gold", *SPANS))


@cache
def _some(items: st.SearchStrategy[str]) -> st.SearchStrategy[list[str]]:
    return st.lists(items, max_size=3, unique=True)


@cache
@st.composite
def timelines(draw: st.DrawFn, items: st.SearchStrategy[str], single: bool = False) -> str:
    """Dated values: on each day a list, or one value, or *not available*."""
    found = []
    for day in draw(_STARTS):
        if draw(_CHANCE[8]):
            found.append(f"{day}: not available")
        elif single:
            found.append(f"{day}: {draw(items)}")
        else:
            found.append(f"{day}: [{', '.join(draw(_some(items)))}]")
    return "{" + ", ".join(found) + "}"


_STARTS = st.sampled_from(
    (CHANGES[:1], CHANGES[:2], CHANGES[1:2], CHANGES, CHANGES[2:], CHANGES[1:], (CHANGES[0], CHANGES[2]))
)


@cache
def _set_items(number: int) -> st.SearchStrategy[str]:
    """What a set lists; only later sets, so that none leads back to itself."""
    nested = tuple(f"$set.{name}" for name in SETS[number + 1 :])
    return st.one_of(_TEXT_ITEMS, st.sampled_from((*nested, "$set.profiles"))) if nested else _TEXT_ITEMS


@cache
@st.composite
def sets(draw: st.DrawFn, number: int) -> tuple[str, bool]:
    """A set document, and whether it is complete."""
    later = SETS[number + 1 :]
    complete = draw(st.sampled_from(("yes", "no", *(f"for $set.{name}" for name in later))))
    document = (
        f"set: {SETS[number]}\ntitle: A set\nvalues: {draw(timelines(_set_items(number)))}\n"
        f"complete: {complete}\nsource: {draw(_SOURCE)}\n---\n"
    )
    return document, complete == "yes"


@cache
def _fact_items(fact: Word) -> st.SearchStrategy[str]:
    return st.sampled_from((*fact.constants, *fact.spans))


@cache
@st.composite
def fact_values(draw: st.DrawFn) -> str:
    """Facts of a profile or payer."""
    found = []
    for fact in draw(_SOME_FACTS):
        if draw(_CHANCE[8]):
            found.append(f"{fact.name}: not available")
        else:
            values = draw(timelines(_fact_items(fact), single=not fact.many))
            found.append(f"{fact.name}: {{values: {values}, source: {draw(_SOURCE)}}}")
    return "{" + ", ".join(found) + "}"


_SOME_FACTS = st.lists(st.sampled_from(_FACTS), max_size=4, unique=True)


@cache
@st.composite
def profiles(draw: st.DrawFn, code: str) -> str:
    label = "label: a label\n" if draw(_CHANCE[2]) else ""
    return f"profile: {code}\n{label}facts: {draw(fact_values())}\n---\n"


@cache
@st.composite
def payers(draw: st.DrawFn) -> str:
    """Three payers: one with plans and a filing indicator, one whose name is the first's too, one with a line of business."""
    facts = [draw(fact_values()) if draw(_CHANCE[2]) else "{}" for _ in range(3)]
    return (
        "payer: p0\ntitle: P0\nids: [I0]\nnames: [ALPHA]\nfiling: [MB]\n"
        f"plans: {{gold: {{ids: [G0]}}, lead: {{names: [ALPHA LEAD]}}}}\nfacts: {facts[0]}\n---\n"
        f"payer: p1\ntitle: P1\nids: [I1]\nnames: [ALPHA, BETA]\nfacts: {facts[1]}\n---\n"
        f"payer: p2\ntitle: P2\nids: [I2]\nnames: [GAMMA]\nline of business: commercial\nfacts: {facts[2]}\n---\n"
    )


# ---- edits ---------------------------------------------------------------------------------------------------------

_PAYERS = st.sampled_from(("all", "[p0]", "[p1]", "[p0, p2]"))
_DISPOSITIONS = st.sampled_from(("deny", "inform", "return"))
_SINCE_UNTIL = st.sampled_from(
    (
        ("", ""),
        ("2026-01-01", ""),
        ("", "2026-01-31"),
        ("2026-02-01", ""),
        ("2026-02-01", "2026-02-28"),
        ("", "2026-02-01"),
    )
)


@cache
def _templates(scope: Scope) -> st.SearchStrategy[str]:
    names = [word.name for word in _words(scope)] + [alias.name for alias in scope.aliases]
    names += ["profile.label"] if scope.each == "line" else []
    return st.lists(st.sampled_from(names), max_size=2).map(lambda found: " ".join(["m", *(f"{{{n}}}" for n in found)]))


@frozen
class MadeEdit:
    id: str
    text: str
    scope: Scope
    presumes: bool


@st.composite
def edits(
    draw: st.DrawFn, id: str, earlier: tuple[MadeEdit, ...], incomplete: frozenset[str], bindings: tuple[str, ...]
) -> MadeEdit:
    scope = Scope(draw(st.sampled_from(bindings)), draw(_ALIASES))
    parts = {"require": draw(clauses(scope))}
    for part, chance in (("when", 2), ("unless", 3), ("fail when", 3)):
        if draw(_CHANCE[chance]):
            parts[part] = draw(clauses(scope))
    keys = {
        "title": "An edit",
        "each": scope.each,
        "payers": draw(_PAYERS),
        "source": draw(_SOURCE),
        "disposition": draw(_DISPOSITIONS),
        "message": f"'{draw(_templates(scope))}'",
        "remedy": f"'{draw(_templates(scope))}'",
        **parts,
    }
    since, until = draw(_SINCE_UNTIL)
    named = sorted(set(re.findall(r"\$set\.(s[0-9])", " ".join(parts.values()))) & incomplete)
    presumed = named[: draw(st.integers(0, 2))] if named else []
    keys["severity"] = "warn" if presumed else draw(st.sampled_from(("fail", "warn")))
    before = [each.id for each in earlier if each.scope.each in (_BEFORE[scope.each])]
    after = draw(st.lists(st.sampled_from(before), max_size=2, unique=True)) if before else []
    optional = {
        "lookup": draw(lookups(scope.aliases, scope.each)) if scope.aliases else "",
        "since": since,
        "until": until,
        "presume": f"[{', '.join(presumed)}]" if presumed else "",
        "after": f"[{', '.join(after)}]" if after else "",
        "at": "claim.pos" if draw(_CHANCE[4]) else "",
        "denial": "{group: CO, carc: 16, rarc: [MA120]}" if draw(_CHANCE[4]) else "",
        "formerly": f"[{id}{id}]" if draw(_CHANCE[4]) else "",
        "override": "never" if draw(_CHANCE[4]) else "",
    }
    keys |= {key: value for key, value in optional.items() if value}
    text = "".join(f"{key}: {value}\n" for key, value in keys.items())
    return MadeEdit(id, f"edit: {id}\n{text}---\n", scope, bool(presumed))


_ALIASES = st.sampled_from((*((),) * 3, *ALIASES))
_BEFORE = {
    "claim": ("claim",),
    "line": ("claim", "line"),
    "pair": ("claim", "line", "pair"),
    "later-pair": ("claim", "line", "later-pair"),
    "day": ("claim", "line", "day"),
}


# ---- overlays ------------------------------------------------------------------------------------------------------

_FOR = st.sampled_from(
    (
        "payer: p0",
        "plan: gold",
        "client: lab",
        "line_of_business: commercial",
        "state: CA",
        "payer: p1",
        "payer: p2",
        "payer: p0, plan: gold",
        "payer: p0, line_of_business: commercial",
        "line_of_business: medicaid, state: CA",
        "payer: p1, state: NY",
        "payer: p0, client: lab",
        "payer: p2, line_of_business: commercial, plan: gold, state: CA, client: lab",
    )
)
_FORS = st.lists(_FOR, max_size=4)  # two for the same claims are refused where they change one thing at one time


def _dates(since: str, until: str) -> str:
    return (f", since: {since}" if since else "") + (f", until: {until}" if until else "")


_SIGNS = st.sampled_from((("+",), ("-",), ("",), ("+", "-"), ("", "+"), ("-", ""), ("+", "-", "")))


@cache
@st.composite
def value_changes(draw: st.DrawFn, name: str, items: st.SearchStrategy[str], many: bool) -> list[str]:
    """The changes of one set or fact, each sign at most once."""
    if draw(_CHANCE[8]):
        return [f"{name}: not available"]
    found = []
    for sign in draw(_SIGNS) if many else ("",):
        values, (since, until) = draw(timelines(items, single=not many)), draw(_SINCE_UNTIL)
        found.append(f"{name}{sign}: {{values: {values}, source: {draw(_SOURCE)}{_dates(since, until)}}}")
    return found


_CHANGED_FACTS = st.lists(st.sampled_from(_FACTS), min_size=1, max_size=2, unique=True)


@cache
@st.composite
def fact_changes(draw: st.DrawFn) -> str:
    found: list[str] = []
    for fact in draw(_CHANGED_FACTS):
        found += draw(value_changes(fact.name, _fact_items(fact), fact.many))
    return "{" + ", ".join(found) + "}"


@st.composite
def edit_changes(draw: st.DrawFn, edit: MadeEdit) -> str:
    keys = {
        "adopt": {"adopt": "yes"},
        "off": {"off": "yes", "reason": "none"},
        "severity": {"severity": "warn" if edit.presumes else draw(st.sampled_from(("warn", "fail")))},
        "unless": {"unless": draw(clauses(edit.scope, 1))},
    }
    what = draw(_WHAT_CHANGES)
    found = {key: value for part in what for key, value in keys[part].items()}
    text = ", ".join(f"{key}: {value}" for key, value in found.items())
    return f"{edit.id}: {{{text}, source: {draw(_SOURCE)}{_dates(*draw(_SINCE_UNTIL))}}}"


_WHAT_CHANGES = st.sampled_from(
    (
        ("adopt",),
        ("off",),
        ("severity",),
        ("unless",),
        ("adopt", "severity"),
        ("adopt", "unless"),
        ("severity", "unless"),
    )
)


@st.composite
def overlays(
    draw: st.DrawFn, id: str, applies: str, edits: tuple[MadeEdit, ...], sets: Sequence[str], profiled: Sequence[str]
) -> str:
    found = [f"overlay: {id}\nfor: {{{applies}}}\n"]
    if draw(_CHANCE[2]):
        changed = draw(st.lists(st.sampled_from(edits), min_size=1, max_size=2, unique=True))
        found.append("edits: {" + ", ".join(draw(edit_changes(each)) for each in changed) + "}\n")
    if draw(_CHANCE[2]):
        changes = []
        for name in draw(st.lists(st.sampled_from(sets), min_size=1, max_size=2, unique=True)):
            changes += draw(value_changes(name, _TEXT_ITEMS, many=True))
        found.append("sets: {" + ", ".join(changes) + "}\n")
    if profiled and draw(_CHANCE[2]):
        code = draw(st.sampled_from(profiled))
        found.append(f"profiles: {{{code}: {draw(fact_changes())}}}\n")
    if draw(_CHANCE[4]):
        found.append(f"facts: {draw(fact_changes())}\n")
    return "".join(found) + "---\n"


@st.composite
def rulesets(draw: st.DrawFn, with_overlays: bool = True, bindings: tuple[str, ...] = BINDINGS) -> str:
    """The text of a ruleset that links: sources and facts that are always the same, then everything else."""
    parts = [PRELUDE]
    made = [draw(sets(number)) for number in range(len(SETS))]
    parts += [text for text, _ in made]
    incomplete = frozenset(name for name, (_, complete) in zip(SETS, made, strict=True) if not complete)
    profiled = CODES[: draw(st.integers(0, 2))]
    parts += [draw(profiles(code)) for code in profiled]
    parts.append(draw(payers()))
    parts.append(draw(tables(_SOURCE, SETS)))
    found: tuple[MadeEdit, ...] = ()
    for id in EDITS[: draw(st.integers(1, len(EDITS)))]:
        found = (*found, draw(edits(id, found, incomplete, bindings)))
    parts += [each.text for each in found]
    if with_overlays:
        for number, applies in enumerate(draw(_FORS)):
            parts.append(draw(overlays(f"o{9 - number}", applies, found, SETS, profiled)))
    return "".join(parts)


@cache
def _prelude() -> tuple[Document, ...]:
    return _parsed(PRELUDE)


def _parsed(text: str) -> tuple[Document, ...]:
    found, problems = parse_text(text)
    assert not problems, "\n".join(map(str, problems))
    return tuple(found)


def linked(text: str) -> Ruleset:
    """The ruleset of a generated text; rejects the example where overlays contradict each other."""
    documents = _prelude() + _parsed(text.removeprefix(PRELUDE)) if text.startswith(PRELUDE) else _parsed(text)
    try:
        return stocked(link(documents), text)
    except RulesetError as error:
        if all("is for the same claims" in problem.message for problem in error.problems):
            reject()
        raise


# ---- claims --------------------------------------------------------------------------------------------------------

#: The days on which values change, and the days before them.
DAYS = tuple(
    dt.date.fromisoformat(day)
    for day in (*CHANGES, "2026-01-31", "2026-02-28", "2026-02-02", "2026-01-02", "2025-12-31", "2026-03-02")
)
PAYERS = (
    Payer(id="I0"),
    Payer(id="I1"),
    Payer(id="I2"),
    Payer(),
    Payer(id="G0"),
    Payer(name="Alpha"),
    Payer(name="Beta."),
    Payer(name="ALPHA, LEAD"),
    Payer(filing="MB"),
    Payer(id="I0", name="GAMMA"),
    Payer(id="nobody", name="nobody"),
    Payer(id="I0", plan="gold", state="CA"),
    Payer(id="I0", plan="lead", line_of_business="commercial"),
    Payer(id="I1", state="NY", line_of_business="medicaid"),
    Payer(id="I2", plan="gold", state="CA"),
    Payer(id="I2", filing="MC"),
    Payer(id="I2", filing="CI", line_of_business="medicare-advantage"),
    Payer(plan="gold", line_of_business="commercial", state="CA"),
)
_UNKNOWN = (
    "line.pos",
    "claim.pos",
    "line.modifiers",
    "line.code",
    "line.date",
    "claim.statement_from",
    "line.units",
    "line.unit_type",
    "line.date_to",
    "line.rendering.npi",
    "claim.bill_type",
    "line.clia",
    "claim.clia",
    "claim.diagnoses",
    "line.diagnosis_pointers",
    "claim.charge",
    "line.charge",
    "billing.npi",
    "rendering.npi",
    "payer.state",
    "patient.birth_date",
    "claim.homebound",
)


def _maybe(*choices: object) -> st.SearchStrategy[object]:
    return st.sampled_from((*choices, None))


@cache
def lines(number: int) -> st.SearchStrategy[Line]:
    return st.builds(
        Line,
        number=st.just(number),
        code=_maybe(*CODES, "99999"),
        date=_maybe(*DAYS),
        modifiers=st.lists(st.sampled_from((*MODIFIERS, "x")), max_size=3).map(tuple),
        pos=_maybe(*PLACES, "1"),
        clia=_maybe(None, *CLIAS),
        units=_maybe(Decimal(1), Decimal("1.50"), Decimal(0)),
        unit_type=_maybe("UN", "UN", "MJ"),
        date_to=_maybe(None, None, None, *DAYS[:4]),
        charge=_maybe(Decimal(2), Decimal("1.5")),
        diagnosis_pointers=st.lists(st.sampled_from((1, 2, 3)), max_size=2).map(tuple),
        description=_maybe(None, "a"),
        rendering=_maybe(None, Provider(npi=NPI), None, Provider(npi="1245319599")),
    )


@cache
@st.composite
def claims(draw: st.DrawFn) -> Claim:
    """A claim of few lines; what it does not have is absent, or unknown where `unknown` names it."""
    count = draw(_COUNTS)
    found = [draw(lines(number + 1)) for number in range(count)]
    together = draw(_TOGETHER)
    if together and found:
        found = [evolve(each, date=found[0].date, rendering=found[0].rendering) for each in found]
        found[-1:] = [draw(lines(count))] if together == "but the last" else found[-1:]
    return Claim(
        id="C",
        type=draw(_TYPES),
        lines=tuple(found),
        bill_type=draw(_BILL_TYPES),  # type: ignore[arg-type]
        payer=draw(_CLAIM_PAYERS),
        pos=draw(_CLAIM_PLACES),  # type: ignore[arg-type]
        clia=draw(_CLAIM_CLIAS),  # type: ignore[arg-type]
        charge=draw(_CLAIM_CHARGES),  # type: ignore[arg-type]
        statement_from=draw(_CLAIM_STATEMENTS),  # type: ignore[arg-type]
        homebound=draw(_CLAIM_FLAGS),  # type: ignore[arg-type]
        diagnoses=draw(_CLAIM_DIAGNOSES),
        patient=draw(_PATIENTS),
        billing=draw(_CLAIM_BILLING),  # type: ignore[arg-type]
        unknown=draw(_CLAIM_UNKNOWN),
    )


_COUNTS = st.sampled_from((2, 1, 3, 4, 0))
_TOGETHER = st.sampled_from(("all", "", "but the last"))
_BILL_TYPES = _maybe(None, "131", "111")
_TYPES = st.sampled_from(("professional", "institutional"))
_CLAIM_PAYERS = st.sampled_from(PAYERS)
_CLAIM_PLACES = _maybe(None, "81", "22")
_CLAIM_CLIAS = _maybe(None, "05D0123456")
_CLAIM_CHARGES = _maybe(None, Decimal(2))
_CLAIM_STATEMENTS = _maybe(None, *DAYS[:4])
_CLAIM_FLAGS = _maybe(None, True, False)
_CLAIM_DIAGNOSES = st.lists(
    st.sampled_from((Diagnosis("D80.1"), Diagnosis("Z00", role="principal"), Diagnosis("279.00", system="icd9"))),
    max_size=2,
).map(tuple)
_PATIENTS = st.sampled_from((Patient(), Patient(birth_date=dt.date(2026, 1, 1))))
_CLAIM_BILLING = _maybe(None, Provider(npi=NPI))
_CLAIM_UNKNOWN = st.one_of(
    st.just(frozenset[str]()), st.frozensets(st.sampled_from(_UNKNOWN), max_size=6), st.just(frozenset(_UNKNOWN))
)
