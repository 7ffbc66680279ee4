"""What a run comes to: claims, lines and findings by verdict, and what could not be checked for want of what."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable
from decimal import Decimal

from attrs import define, field

from cpt_rules.fields import FIELDS
from cpt_rules.finding import Outcome
from cpt_rules.tables.manifest import Manifest
from cpt_rules.writers.records import Entry, Record, charge_at_risk, money

#: The order in which verdicts are counted out.
_ORDER = (Outcome.PASS, Outcome.WARN, Outcome.FAIL, Outcome.NOT_CHECKED, Outcome.NOT_APPLICABLE)


@define
class Summary:
    """Adds up the claims of a run. `ignored` names the edits that the user left out."""

    version: str
    hash: str
    as_of: dt.date
    ignored: tuple[str, ...] = ()
    tables: tuple[Manifest, ...] = ()
    claims: int = 0
    lines: int = 0
    clean: int = 0
    held: int = 0
    unreadable: int = 0
    charge_at_risk: Decimal = Decimal("0.00")
    claims_by_status: Counter[Outcome] = field(factory=Counter)
    lines_by_status: Counter[Outcome] = field(factory=Counter)
    findings_by_status: Counter[Outcome] = field(factory=Counter)
    by_edit: dict[str, dict[Outcome, int]] = field(factory=dict)
    charge_by_edit: dict[str, Decimal] = field(factory=dict)
    silenced: Counter[str] = field(factory=Counter)
    _unchecked: Counter[tuple[str, ...]] = field(factory=Counter)

    def add(self, item: Entry) -> None:
        report = item.report
        self.claims += 1
        self.lines += len(item.lines)
        self.clean += report.clean
        self.held += item.held
        self.charge_at_risk += item.charge_at_risk or 0
        self.claims_by_status[report.status] += 1
        for each in item.lines:
            self.lines_by_status[each.status] += 1
        counts = self.findings_by_status
        for each in item.tallies:
            counts[Outcome.PASS] += each.passed
            counts[Outcome.WARN] += each.warned
            counts[Outcome.FAIL] += each.failed
            counts[Outcome.NOT_CHECKED] += each.not_checked
        for finding in item.findings:
            status = finding.status
            if status >= Outcome.WARN:
                by_status = self.by_edit.setdefault(finding.rule.edit, {})
                by_status[status] = by_status.get(status, 0) + 1
                charge = charge_at_risk(finding)
                if charge is not None:
                    at_risk = self.charge_by_edit.get(finding.rule.edit, Decimal(0))
                    self.charge_by_edit[finding.rule.edit] = at_risk + charge
        self._unchecked.update(report.missing)
        for silenced in item.silenced:
            self.silenced[silenced.cause] += 1

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


def is_placeholder(missing: str) -> bool:
    """Whether what is missing is knowledge of a code or payer (and not a field of the claim)."""
    return missing.startswith(("profile.", "payer.")) and missing not in FIELDS


def summary_record(summary: Summary) -> Record:
    """The last record of every run."""
    return {
        "record": "summary",
        "as_of": summary.as_of.isoformat(),
        "claims": summary.claims,
        "lines": summary.lines,
        "clean": summary.clean,
        "unreadable": summary.unreadable,
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


def table_record(table: Manifest) -> Record:
    """An edition that could be asked."""
    return {
        "id": table.table,
        "setting": table.setting,
        "edition": table.edition,
        "rows": table.rows,
        "starter": table.starter,
    }


def by_status(counts: dict[Outcome, int]) -> Record:
    """Counts by the word of the verdict; what did not occur is left out."""
    return {status.label: counts[status] for status in _ORDER if counts.get(status)}


def left_out(edits: Iterable[str], select: Iterable[str], ignore: Iterable[str]) -> tuple[str, ...]:
    """The edits that a run does not look at, in order of id."""
    chosen, ignored = set(select), set(ignore)
    return tuple(sorted(each for each in edits if each in ignored or (chosen and each not in chosen)))
