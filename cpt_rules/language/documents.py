"""The documents of the rule language, as frozen data: what the YAML says, with the place of everything said.

Conditions stay data, a small tree of operator, field and operand; an engine is a translation of that tree. Before
linking the values of conditions and facts are text; linking replaces them by typed values and changes nothing else.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Final, Literal

from attrs import Factory, field, frozen

from cpt_rules.language.problems import Mark
from cpt_rules.reading import Value


def _mark() -> Mark:
    return field(eq=False, repr=False, kw_only=True)  # type: ignore[no-any-return]


def _places() -> Mapping[str, Mark]:
    """The place of the value of each key."""
    return field(factory=dict, eq=False, repr=False, kw_only=True)


def _key(name: str, default: object = None) -> object:
    return field(default=default, metadata={"key": name})


@frozen
class Name:
    """The name of something else (a source, a set, an edit, a payer …), with its place."""

    text: str
    mark: Mark = _mark()


# ---- conditions ----------------------------------------------------------------------------------------------------


@frozen
class Constant:
    """A value written in the document; text until it is linked."""

    value: Value
    mark: Mark = _mark()


@frozen
class Span:
    """Codes of one shape from `first` to `last`, both included, digits compared."""

    first: str
    last: str
    mark: Mark = _mark()


@frozen
class SetRef:
    """``$set.ID``"""

    id: str
    mark: Mark = _mark()


@frozen
class FieldRef:
    """``$FIELD``: the value of another field or fact."""

    name: str
    mark: Mark = _mark()


Item = Constant | Span | SetRef | FieldRef

SCALAR_OPERATORS = ("is", "is not", "in", "not in", "at least", "at most", "before", "on or after", "is a")
LIST_OPERATORS = ("any of", "none of", "only", "has all", "is a")
STATES = ("present", "absent", "available", "found")
Operator = Literal[
    "is", "is not", "in", "not in", "at least", "at most", "before", "on or after", "is a",
    "any of", "none of", "only", "has all", "present", "absent", "available", "found",
]  # fmt: skip


@frozen
class Leaf:
    """One condition. A state has no items.

    `field` is a catalogue field, ``profile.FACT``, ``payer.FACT``, the alias of a lookup (only with `found` and
    `available`), ``ALIAS.COLUMN``, or in an edit for pairs ``a.X`` and ``b.X`` for the line field ``line.X``.
    """

    field: str
    operator: Operator
    items: tuple[Item, ...] = ()
    mark: Mark = _mark()


@frozen
class AllOf:
    """All hold; empty: true."""

    clauses: tuple[Clause, ...]


@frozen
class AnyOf:
    """One holds; empty: false."""

    clauses: tuple[Clause, ...]


@frozen
class Not:
    clause: Clause


Clause = Leaf | AllOf | AnyOf | Not

ALWAYS: Final = AllOf(())
NEVER: Final = AnyOf(())


# ---- knowledge -----------------------------------------------------------------------------------------------------


@frozen
class Dated:
    """What holds from `start` on until the next one. `items` is None where it is not available."""

    start: dt.date
    items: tuple[Item, ...] | None
    mark: Mark = _mark()


Timeline = tuple[Dated, ...]

Confidence = Literal["high", "medium", "low"]
Severity = Literal["fail", "warn"]
Disposition = Literal["reject", "return", "deny", "reduce", "inform"]
Fix = Literal["format", "claim data", "documentation", "payer setup"]
Binding = Literal["line", "claim", "pair", "later-pair", "day"]
Expectation = Literal["pass", "warn", "fail", "not checked", "not applicable", "silenced"]


@frozen
class Source:
    """Where a value or a rule comes from. After `review_by` what rests on it is marked stale."""

    source: Name
    title: str
    publisher: str
    edition: str
    confidence: Confidence
    url: str | None = None
    retrieved: dt.date | None = None
    review_by: dt.date | None = _key("review by")  # type: ignore[assignment]
    mark: Mark = _mark()


@frozen
class SetDocument:
    """A named list of codes by start date.

    `complete`: ``"yes"``, ``"no"``, or a set: what is not listed is then known to be out for the codes of that set.
    """

    set: Name
    title: str
    values: Timeline
    source: Name
    complete: Literal["yes", "no"] | SetRef = "no"
    mark: Mark = _mark()


@frozen
class Fact:
    """A word of the vocabulary of profiles, payers and overlays. `type` is a format name; display facts no rule reads."""

    fact: Name
    title: str
    type: FactType
    purpose: Literal["rules", "display"] = field(default="rules", metadata={"key": "for"})
    mark: Mark = _mark()


@frozen
class FactType:
    """The type of a fact: a format name, and whether it is a list of those."""

    format: str
    many: bool = False
    mark: Mark = _mark()


@frozen
class FactValue:
    """What is known of one fact: dated values and their source; no values: not available."""

    values: Timeline
    source: Name | None = None
    mark: Mark = _mark()


@frozen
class Profile:
    """What is known about one code."""

    profile: Name
    label: str | None = None
    facts: Mapping[str, FactValue] = Factory(dict)
    mark: Mark = _mark()


@frozen
class Plan:
    """The identifiers and names by which a payer document recognises one of its plans."""

    ids: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    mark: Mark = _mark()


@frozen
class PayerDocument:
    """How a payer is recognised, and facts about it."""

    payer: Name
    title: str
    ids: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    filing: tuple[str, ...] = ()
    plans: Mapping[str, Plan] = Factory(dict)
    line_of_business: str | None = _key("line of business")  # type: ignore[assignment]
    facts: Mapping[str, FactValue] = Factory(dict)
    mark: Mark = _mark()
    places: Mapping[str, Mark] = _places()


@frozen
class TableDocument:
    """Bulk reference data: what its columns are, and the starter rows that answer until an edition is imported.

    `key` are one or two columns, the first ones; `unique`: at most one row in force a key; `validity` names the columns
    of the first and last day of a row, both included. `file` is a CSV beside the document; `edition`, `since`, `until`
    say of what it speaks, `complete` whether what it does not list is known not to be there (for keys one of whose
    values is in a set, where it names one). `digest` is the sha256 of the file, `rows` are its rows, once it is read.
    """

    table: Name
    title: str
    columns: Mapping[str, FactType]
    key: tuple[str, ...]
    source: Name
    unique: Literal["yes", "no"] = "yes"
    settings: tuple[str, ...] = ()
    validity: tuple[str, ...] = ()
    file: str = "none"
    edition: str | None = None
    since: dt.date | None = None
    until: dt.date | None = None
    complete: Literal["yes", "no"] | SetRef = "no"
    mark: Mark = _mark()
    places: Mapping[str, Mark] = _places()


# ---- edits ---------------------------------------------------------------------------------------------------------


@frozen
class Denial:
    """What a payer would say: group, CARC, RARCs and 277CA category:status pairs. Numbers only."""

    group: str | None = None
    carc: str | None = None
    rarc: tuple[str, ...] = ()
    status: tuple[str, ...] = ()
    mark: Mark = _mark()


@frozen
class Test:
    """An inline test: the fields of a claim, and the outcome of the edit on line `on` (for claim edits: the claim)."""

    __test__ = False  # not a pytest class

    name: str
    given: Given
    expect: Expectation
    missing: tuple[str, ...] | None = None
    on: int = 1
    edit: Name | None = None
    mark: Mark = _mark()
    places: Mapping[str, Mark] = _places()


@frozen
class Given:
    """What a test's claim holds: values by field name, as text; `lines` holds those of each line where there are several.

    `knowledge` are facts and sets as the test takes them to be (``profile.FACT``, ``payer.FACT``, ``set.ID``), `rows`
    the rows of tables. `places` has the places of each name and of its values: of `fields` (and ``rows TABLE``), then of
    each line.
    """

    fields: Mapping[str, tuple[str, ...]]
    lines: tuple[Mapping[str, tuple[str, ...]], ...]
    as_of: dt.date | None = None
    client: str | None = None
    knowledge: Mapping[str, tuple[str, ...]] = Factory(dict)
    rows: Mapping[str, tuple[tuple[str, ...], ...]] = Factory(dict)
    mark: Mark = _mark()
    places: tuple[Mapping[str, tuple[Mark, ...]], ...] = field(default=(), eq=False, repr=False, kw_only=True)


@frozen
class Lookup:
    """The rows of a table that are in force on the day of the edit. `keys` are by column; `setting` where the table has some."""

    table: Name
    keys: Mapping[str, Item]
    setting: Item | None = None
    mark: Mark = _mark()
    places: Mapping[str, Mark] = _places()


@frozen
class Edit:
    """One thing that is checked, and all that a finding says about it."""

    edit: Name
    title: str
    require: Clause
    severity: Severity
    disposition: Disposition
    message: str
    remedy: str
    source: Name
    payers: tuple[Name, ...] = field(default=(), metadata={"all": True})  # empty: all
    each: Binding = "line"
    since: dt.date | None = None
    until: dt.date | None = None
    when: Clause = ALWAYS
    unless: Clause = NEVER
    lookup: Mapping[str, Lookup] = Factory(dict)
    presume: tuple[Name, ...] = ()
    fail_when: Clause | None = _key("fail when")  # type: ignore[assignment]
    fix: Fix = "claim data"
    at: Name | None = None
    denial: Denial | None = None
    after: tuple[Name, ...] = ()
    formerly: tuple[str, ...] = ()
    override: Literal["never", "allowed"] = "allowed"
    tests: tuple[Test, ...] = ()
    mark: Mark = _mark()
    places: Mapping[str, Mark] = _places()


# ---- overlays ------------------------------------------------------------------------------------------------------


@frozen
class For:
    """Whom an overlay concerns. What is None does not matter."""

    payer: Name | None = None
    line_of_business: str | None = None
    plan: str | None = None
    state: str | None = None
    client: str | None = None
    mark: Mark = _mark()
    places: Mapping[str, Mark] = _places()


@frozen
class EditChange:
    """What an overlay changes of an edit while it is in force (`since` to `until`, both included)."""

    source: Name
    adopt: Literal["yes"] | None = None
    off: Literal["yes"] | None = None
    reason: str | None = None
    severity: Severity | None = None
    unless: Clause | None = None
    since: dt.date | None = None
    until: dt.date | None = None
    mark: Mark = _mark()
    places: Mapping[str, Mark] = _places()


@frozen
class ValueChange:
    """What an overlay changes of a set or fact: replaces it (``""``), adds to it (``"+"``) or takes away (``"-"``)."""

    values: Timeline
    source: Name | None
    sign: Literal["", "+", "-"] = ""
    since: dt.date | None = None
    until: dt.date | None = None
    mark: Mark = _mark()
    places: Mapping[str, Mark] = _places()


@frozen
class Overlay:
    """What a payer, line of business, plan, state or client changes. Value changes are by id, each sign at most once."""

    overlay: Name
    applies: For = field(metadata={"key": "for"})
    edits: Mapping[str, EditChange] = Factory(dict)
    sets: Mapping[str, tuple[ValueChange, ...]] = Factory(dict)
    profiles: Mapping[str, Mapping[str, tuple[ValueChange, ...]]] = Factory(dict)
    facts: Mapping[str, tuple[ValueChange, ...]] = Factory(dict)
    tests: tuple[Test, ...] = ()
    mark: Mark = _mark()
    places: Mapping[str, Mark] = _places()


#: The fields of parts that say where something stands, not what it says.
PLACES = frozenset({"mark", "places"})


def place_of(
    part: Lookup | TableDocument | PayerDocument | Test | Edit | For | EditChange | ValueChange, key: str
) -> Mark:
    """Where the value of a key stands (of a look-up: the key); where nothing does, the part itself."""
    return part.places.get(key, part.mark)


Document = Source | SetDocument | Fact | TableDocument | Profile | PayerDocument | Edit | Overlay
KINDS: dict[str, type[Document]] = {
    "source": Source,
    "set": SetDocument,
    "fact": Fact,
    "table": TableDocument,
    "profile": Profile,
    "payer": PayerDocument,
    "edit": Edit,
    "overlay": Overlay,
}
