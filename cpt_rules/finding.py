"""Outcomes, findings and reports: what an engine says about a claim."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import re
from collections.abc import Callable, Collection, Mapping, Sequence
from decimal import Decimal
from enum import IntEnum

from attrs import define, field, frozen

from cpt_rules.claim import Claim, Line
from cpt_rules.fields import FIELDS
from cpt_rules.reading import UNKNOWN, Open, Reading


class Outcome(IntEnum):
    """What came of one edit on one line or claim. The order is that of the roll-up: the worst is the greatest."""

    NOT_APPLICABLE = 0
    SILENCED = 1
    NOT_CHECKED = 2
    PASS = 3
    WARN = 4
    FAIL = 5

    @property
    def label(self) -> str:
        """The word used in JSON, in inline tests and in text: ``"not checked"``, ``"pass"`` …"""
        return self.name.lower().replace("_", " ")


@frozen
class Citation:
    """A source as a finding cites it."""

    id: str
    edition: str


@frozen
class Asked:
    """An edition of a reference table that was asked. `stale`: the day is after the period it speaks for."""

    table: str
    setting: str | None
    edition: str
    starter: bool
    stale: bool


@frozen
class Denial:
    """What a payer would say: group, CARC, RARCs and 277CA category:status pairs."""

    group: str | None = None
    carc: str | None = None
    rarc: tuple[str, ...] = ()
    status: tuple[str, ...] = ()


@frozen
class Rule:
    """What a finding repeats of its edit, the same for every claim."""

    edit: str
    title: str
    disposition: str
    fix: str
    message: str
    remedy: str
    at: str
    denial: Denial | None
    override: bool


#: Whose fields identify a person: kept out of keys and out of `repr`, for both end up in logs.
_PERSONAL = ("patient.", "subscriber.")


def _values_shown(values: tuple[tuple[str, Reading], ...]) -> str:
    """The `repr` of a finding's values, those of a person left out."""
    return repr(tuple((name, "…" if name.startswith(_PERSONAL) else value) for name, value in values))


@frozen
class Finding:
    """One edit's verdict on one line, or on the claim (`line` is None).

    `missing` names what was unknown, in document order, for a *not checked* finding. `values` are the fields that the
    edit's conditions and message name, with what they held. `overlay` is the most specific overlay that changed the
    edit or something it names. `index` is the place of the line in the claim (line numbers may repeat). `with_line` and
    `with_index` are of the other line of a pair. `tables` are the editions that were asked. `line_id` is the sender's
    own identifier of the line.
    """

    rule: Rule = field(repr=False)
    status: Outcome
    claim: str
    line: int | None
    index: int | None
    code: str | None
    date: dt.date | None
    payer: str | None
    values: tuple[tuple[str, Reading], ...] = field(repr=_values_shown)
    missing: tuple[str, ...]
    sources: tuple[Citation, ...]
    stale: bool
    overlay: str | None
    charge_at_risk: Decimal | None
    with_line: int | None = None
    with_index: int | None = None
    tables: tuple[Asked, ...] = ()
    line_id: str | None = field(default=None, repr=False)

    @property
    def edit(self) -> str:
        return self.rule.edit

    @property
    def message(self) -> str:
        """The edit's message, with the values of this line or claim in it; empty where nothing is wrong."""
        return render(self.rule.message, dict(self.values)) if self.status >= Outcome.WARN else ""

    @property
    def remedy(self) -> str:
        """What to do, with the values of this line or claim in it; empty where nothing is wrong."""
        return render(self.rule.remedy, dict(self.values)) if self.status >= Outcome.WARN else ""

    @property
    def key(self) -> str:
        """A stable name of this finding: a hash of claim, line, edit and the values seen, without patient identifiers.

        The line counts by its own identifier, else by its number, the other line of a pair by its number; neither
        counts by its place, so the order of lines does not matter. Two lines of one claim that have the same identifier
        or number, and the same values, may therefore share a key.
        """
        seen = [
            [name, _in_any_order(value) if name.startswith(_OF_LINES) else shown(value)]
            for name, value in self.values
            if not name.startswith(_PERSONAL) and name != "run.as_of"
        ]
        line = self.line if self.line_id is None else self.line_id
        text = json.dumps([self.claim, line, self.with_line, self.edit, seen], ensure_ascii=True)
        return hashlib.sha256(text.encode()).hexdigest()[:20]


#: Fields that may list what several lines hold, in the order of the lines.
_OF_LINES = ("claim.", "day.")


def _in_any_order(value: Reading) -> str:
    """As `shown`, but lists with the same elements are the same."""
    if isinstance(value, Open):
        return shown(Open(tuple(sorted(value.known, key=str))))
    return shown(tuple(sorted(value, key=str)) if isinstance(value, tuple) else value)


def render(template: str, values: Mapping[str, Reading]) -> str:
    """`template` with every ``{name}`` replaced by its value as text; what a value holds is never read again."""
    return _NAME.sub(lambda found: shown(values[found[1]]) if found[1] in values else found[0], template)


_NAME = re.compile(r"\{([^{}]+)\}")


def shown(value: Reading) -> str:
    """A reading as text: absent and empty are ``none``, what nobody can tell is ``unknown``."""
    if value is None or value == ():
        return "none"
    if value is UNKNOWN:
        return "unknown"
    if isinstance(value, Open):
        return ", ".join([*map(shown, value.known), "unknown"])
    if isinstance(value, tuple):
        return ", ".join(map(shown, value))
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)


@frozen
class Silenced:
    """An edit that was not judged because another one, its cause, had already spoken."""

    edit: str
    index: int | None
    cause: str
    with_index: int | None = None


@frozen
class Tally:
    """The roll-up of one line, or of the edits on the claim itself (`line` is None).

    `complete` says that nothing went unchecked. `silenced` edits are counted apart, never as passes.
    """

    line: int | None
    status: Outcome
    complete: bool
    passed: int
    warned: int
    failed: int
    not_checked: int
    silenced: int


#: Outcomes by their codes from worst to best, with what each makes of a line or claim.
_VERDICTS = (
    (5, Outcome.FAIL), (4, Outcome.WARN), (3, Outcome.PASS), (2, Outcome.NOT_CHECKED), (1, Outcome.NOT_CHECKED),
)  # fmt: skip


def verdict(outcomes: Collection[Sequence[int]]) -> Outcome:
    """The worst of fail, warn and pass; else not checked, else not applicable."""
    for code, outcome in _VERDICTS:
        for codes in outcomes:
            if code in codes:
                return outcome
    return Outcome.NOT_APPLICABLE


def tally(line: int | None, outcomes: Sequence[int]) -> Tally:
    """The roll-up of the outcomes of one line or claim."""
    count = outcomes.count
    unchecked, silenced = count(2), count(1)
    complete = not unchecked and not silenced
    return Tally(line, verdict((outcomes,)), complete, count(3), count(4), count(5), unchecked, silenced)


Details = tuple[tuple[Finding, ...], tuple[Silenced, ...]]


@define(eq=False)
class Report:
    """What an engine says about one claim. Findings are built when they are asked for, then kept.

    `outcomes` holds, for the claim itself and then for each line, the outcome codes of the edits that were looked at.
    """

    claim: Claim
    payer: str | None
    as_of: dt.date
    outcomes: tuple[tuple[Line | None, Sequence[int]], ...]
    _build: Callable[[Outcome], Details] | None = field(repr=False)
    _lacking: Callable[[], tuple[tuple[str, ...], ...]] | None = field(default=None, repr=False)
    _built: Details | None = field(default=None, repr=False)
    _bad: Details | None = field(default=None, init=False, repr=False)

    @property
    def status(self) -> Outcome:
        """The worst of fail, warn, pass over the claim and its lines; else not checked, else not applicable."""
        return verdict([codes for _, codes in self.outcomes])

    @property
    def complete(self) -> bool:
        """Whether nothing on the claim went unchecked."""
        return not any(2 in codes or 1 in codes for _, codes in self.outcomes)

    @property
    def clean(self) -> bool:
        return self.complete and self.status == Outcome.PASS

    @property
    def lines(self) -> tuple[Tally, ...]:
        """The roll-up of each line, in the claim's order."""
        return tuple(tally(line.number, codes) for line, codes in self.outcomes if line is not None)

    @property
    def claim_level(self) -> Tally:
        """The roll-up of the edits on the claim itself."""
        return next((tally(None, codes) for line, codes in self.outcomes if line is None), tally(None, ()))

    @property
    def findings(self) -> tuple[Finding, ...]:
        """Every pass, warn, fail and not checked: claim level first, then by line, edit id and other line."""
        return self._details()[0]

    @property
    def raised(self) -> tuple[Finding, ...]:
        """The findings that warn or fail, in their order; cheaper than `findings`, for no other is built."""
        if self._built is None and self._build is not None:
            return self._worst()[0]
        return tuple(each for each in self.findings if each.status >= Outcome.WARN)

    @property
    def missing(self) -> tuple[tuple[str, ...], ...]:
        """What was missing, for each finding that is not checked; cheaper than asking the findings."""
        if self._built is None and self._lacking is not None:
            return self._lacking()
        return tuple(each.missing for each in self.findings if each.status == Outcome.NOT_CHECKED)

    @property
    def silenced(self) -> tuple[Silenced, ...]:
        return self._details()[1] if self._built or self._build is None else self._worst()[1]

    def _worst(self) -> Details:
        if self._bad is None:
            assert self._build is not None
            self._bad = self._build(Outcome.WARN)
        return self._bad

    def _details(self) -> Details:
        if self._built is None:
            self._built = self._build(Outcome.NOT_APPLICABLE) if self._build is not None else ((), ())
        return self._built

    def __getstate__(self) -> tuple[object, ...]:
        return self.claim, self.payer, self.as_of, self.outcomes, None, None, self._details()

    def __setstate__(self, state: tuple[object, ...]) -> None:
        names = ("claim", "payer", "as_of", "outcomes", "_build", "_lacking", "_built")
        for name, value in zip(names, state, strict=True):
            object.__setattr__(self, name, value)
        object.__setattr__(self, "_bad", None)


@frozen
class Where:
    """Where a value stands in the file it was read from. `absent`: the segment is the CLM or LX it belongs under."""

    file: str
    segment: int | None
    loop: str | None
    element: str | None
    qualifier: str | None
    absent: bool = False


def where(finding: Finding, claim: Claim) -> Where | None:
    """The place of the field that a finding points to; None where the claim was not read from a file."""
    origin, name = claim.origin, finding.rule.at
    if origin is None:
        return None
    if name.startswith(("a.", "b.")):
        name = f"line.{name[2:]}"
    known = FIELDS.get(name)
    if known is None:
        return Where(origin.input, None, None, None, None)
    in_line = (
        origin.line_segments[finding.index]
        if finding.index is not None and finding.index < len(origin.line_segments)
        else {}
    )
    for path in (*known.paths, name):
        segment = in_line.get(path) if path.startswith("line.") else origin.claim_segments.get(path)
        if segment is not None:
            return Where(origin.input, segment, *location(path if path in FIELDS else name, claim))
    if not origin.claim_segments and not origin.line_segments:
        return Where(origin.input, origin.segments[0] if origin.segments else None, None, None, None)
    under = in_line.get("line") or origin.claim_segments.get("claim")
    if under is None and origin.segments is not None:
        under = origin.segments[0]
    return Where(origin.input, under, *location(name, claim), absent=True)


def location(name: str, claim: Claim) -> tuple[str | None, str | None, str | None]:
    """Loop, element and qualifier of a field in the claim's X12 format: ``("2300", "REF02", "X4")``."""
    known = FIELDS[name]
    place = known.x12i if claim.type == "institutional" else known.x12p
    if not place or (claim.origin is not None and claim.origin.format in ("json", "jsonl", "csv", "parquet", "fhir")):
        return None, None, None
    loop, segment, element = place.split(" ")
    return loop, element, segment.partition("*")[2] or None
