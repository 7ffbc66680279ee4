"""What a run comes to: claims, lines and findings by verdict, and what could not be read or checked for want of what."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Mapping
from decimal import Context, Decimal
from typing import TYPE_CHECKING, Any

from attrs import define, field

from cpt_rules.fields import FIELDS
from cpt_rules.finding import Outcome
from cpt_rules.tables.manifest import Manifest
from cpt_rules.writers.records import Entry, Record, charge_at_risk, money, severity
from cpt_rules.writers.rollup import BYPASSED, VERDICTS, Roll

if TYPE_CHECKING:
    from cpt_rules.writers.overrides import Override

_LABELS = {each: each.label for each in Outcome}
#: Amounts are added exactly, so that the order in which claims are added up makes no difference.
_exactly = Context(prec=1000).add


@define
class Summary:
    """Adds up the claims of a run. `ignored` names the edits that the user left out.

    `unreadable` counts the parts of the input that could not be read, by problem code. `overrides` counts what became
    of the overrides given (None: none were), `stopped` is set where a run ended early because of too many problems.
    `worst` is the worst verdict of all that may hold a claim back.
    """

    version: str
    hash: str
    as_of: dt.date
    ignored: tuple[str, ...] = ()
    tables: tuple[Manifest, ...] = ()
    claims: int = 0
    clean: int = 0
    held: int = 0
    charge_at_risk: Decimal = Decimal("0.00")
    worst: Outcome = Outcome.NOT_APPLICABLE
    claims_by_status: Counter[str] = field(factory=Counter)
    by_edit: dict[str, dict[str, int]] = field(factory=dict)
    charge_by_edit: dict[str, Decimal] = field(factory=dict)
    silenced: Counter[str] = field(factory=Counter)
    unreadable_by_code: Counter[str] = field(factory=Counter)
    overrides: dict[str, int] | None = None
    stopped: bool = False
    overridden: Counter[Override] = field(factory=Counter)
    refused: Counter[Override] = field(factory=Counter)
    _lines: int = 0
    _lines_by_status: Counter[str] = field(factory=Counter)
    _findings_by_status: Counter[str] = field(factory=Counter)
    _rolls: dict[Roll, int] = field(factory=dict)
    _line_rolls: dict[Roll, int] = field(factory=dict)
    _unchecked: Counter[tuple[str, ...]] = field(factory=Counter)

    def add(self, item: Entry) -> None:
        report = item.report
        self.claims += 1
        self.clean += item.clean
        self.held += item.held
        if item.charge_at_risk:
            self.charge_at_risk = _exactly(self.charge_at_risk, item.charge_at_risk)
        if severity(item.worst) > severity(self.worst):
            self.worst = item.worst
        self.claims_by_status[item.status] += 1
        rolls = self._rolls
        rolls[item.claim_level] = rolls.get(item.claim_level, 0) + 1
        rolls = self._line_rolls
        for each in item.lines:
            rolls[each] = rolls.get(each, 0) + 1
        if len(rolls) > 10_000:
            self._settle()
        bypassed = item.bypassed
        for place, finding in enumerate(item.findings):
            status = finding.status
            if status >= Outcome.WARN:
                edit = finding.rule.edit
                by_status = self.by_edit.get(edit)
                if by_status is None:
                    by_status = self.by_edit[edit] = {}
                if place in bypassed:
                    by_status[BYPASSED] = by_status.get(BYPASSED, 0) + 1
                    self.overridden[bypassed[place]] += 1
                    continue
                label = _LABELS[status]
                by_status[label] = by_status.get(label, 0) + 1
                charge = charge_at_risk(finding)
                if charge is not None:
                    before = self.charge_by_edit.get(edit)
                    self.charge_by_edit[edit] = charge if before is None else _exactly(before, charge)
        if not item.complete:
            self._unchecked.update(report.missing)
            for silenced in item.silenced:
                self.silenced[silenced.cause] += 1
        self.refused.update(item.refused)

    def merge(self, other: Summary) -> None:
        """Adds what another summary has added up of other claims of the same run."""
        self._settle()
        other._settle()
        self.claims += other.claims
        self.clean += other.clean
        self.held += other.held
        self.charge_at_risk = _exactly(self.charge_at_risk, other.charge_at_risk)
        self.worst = max(self.worst, other.worst, key=severity)
        self._lines += other._lines
        for edit, counts in other.by_edit.items():
            own = self.by_edit.setdefault(edit, {})
            for status, count in counts.items():
                own[status] = own.get(status, 0) + count
        for edit, charge in other.charge_by_edit.items():
            self.charge_by_edit[edit] = _exactly(self.charge_by_edit.get(edit, Decimal(0)), charge)
        for name in (
            *("claims_by_status", "silenced", "unreadable_by_code", "overridden", "refused"),
            *("_lines_by_status", "_findings_by_status", "_unchecked"),
        ):
            getattr(self, name).update(getattr(other, name))

    def without_claims(self) -> Summary:
        """A summary of the same run that has added up nothing yet."""
        return Summary(self.version, self.hash, self.as_of, self.ignored)

    @property
    def unreadable(self) -> int:
        return sum(self.unreadable_by_code.values())

    @property
    def lines(self) -> int:
        self._settle()
        return self._lines

    @property
    def lines_by_status(self) -> Mapping[str, int]:
        self._settle()
        return self._lines_by_status

    @property
    def findings_by_status(self) -> Mapping[str, int]:
        self._settle()
        return self._findings_by_status

    @property
    def unchecked_by_missing(self) -> dict[str, int]:
        """How many findings are not checked for want of each thing, the most frequent first, then by name."""
        counts: Counter[str] = Counter()
        for missing, count in self._unchecked.items():
            for name in dict.fromkeys(missing):
                counts[name] += count
        return dict(sorted(counts.items(), key=lambda each: (-each[1], each[0])))

    @property
    def placeholders(self) -> int:
        """How many findings are not checked because a fact or a payer's policy is a placeholder in the rulesets."""
        return sum(count for missing, count in self._unchecked.items() if any(map(is_placeholder, missing)))

    def _settle(self) -> None:
        """Counts out the roll-ups that were only collected."""
        for rolls, of_lines in ((self._rolls, False), (self._line_rolls, True)):
            for roll, count in rolls.items():
                if of_lines:
                    self._lines += count
                    self._lines_by_status[roll.status] += count
                found = self._findings_by_status
                found["pass"] += roll.passed * count
                found["warn"] += roll.warned * count
                found["fail"] += roll.failed * count
                found[BYPASSED] += roll.bypassed * count
                found["not checked"] += roll.not_checked * count
            rolls.clear()

    def __getstate__(self) -> dict[str, Any]:
        self._settle()
        return {name: getattr(self, name) for name in self.__slots__ if name != "__weakref__"}

    def __setstate__(self, state: dict[str, Any]) -> None:
        for name, value in state.items():
            setattr(self, name, value)


def is_placeholder(missing: str) -> bool:
    """Whether what is missing is knowledge of a code or payer (and not a field of the claim)."""
    return missing.startswith(("profile.", "payer.")) and missing not in FIELDS


def summary_record(summary: Summary) -> Record:
    """The last record of every run."""
    record: Record = {
        "record": "summary",
        "as_of": summary.as_of.isoformat(),
        "claims": summary.claims,
        "lines": summary.lines,
        "clean": summary.clean,
        "unreadable": summary.unreadable,
        "unreadable_by_code": dict(sorted(summary.unreadable_by_code.items())),
        "claims_by_status": by_status(summary.claims_by_status),
        "lines_by_status": by_status(summary.lines_by_status),
        "findings_by_status": by_status(summary.findings_by_status),
        "by_edit": {
            edit: by_status(counts) | {"charge_at_risk": money(summary.charge_by_edit.get(edit))}
            for edit, counts in sorted(summary.by_edit.items())
        },
        "unchecked_by_missing": summary.unchecked_by_missing,
        "ruleset": {"version": summary.version, "hash": summary.hash},
        "tables": [table_record(each) for each in summary.tables],
        "silenced": dict(sorted(summary.silenced.items())),
        "placeholders": summary.placeholders,
        "ignored": list(summary.ignored),
    }
    if summary.overrides is not None:
        record["overrides"] = summary.overrides
    if summary.stopped:
        record["stopped"] = True
    return record


def table_record(table: Manifest) -> Record:
    """An edition that could be asked."""
    return {
        "id": table.table,
        "setting": table.setting,
        "edition": table.edition,
        "rows": table.rows,
        "starter": table.starter,
    }


def by_status(counts: Mapping[str, int]) -> Record:
    """Counts by the word of the verdict; what did not occur is left out."""
    return {status: counts[status] for status in VERDICTS if counts.get(status)}


def left_out(edits: Iterable[str], select: Iterable[str], ignore: Iterable[str]) -> tuple[str, ...]:
    """The edits that a run does not look at, in order of id."""
    chosen, ignored = set(select), set(ignore)
    return tuple(sorted(each for each in edits if each in ignored or (chosen and each not in chosen)))
