"""The reference engine: the meaning of the rule language, as plainly as it can be written.

Every edit is judged on every line from the documents themselves: no index, no cache, no short cut. It is the oracle of
the property tests, which hold the other engines to it, and `explain` is read from it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping

from attrs import field, frozen

from cpt_rules.claim import Claim, Line
from cpt_rules.engine.reference_conditions import Setting, leaves
from cpt_rules.engine.reference_edits import Judged, Judgement, judge
from cpt_rules.engine.reference_explain import Reasons, reasons
from cpt_rules.engine.reference_knowledge import Knowledge
from cpt_rules.engine.reference_places import Place, places
from cpt_rules.finding import Citation, Denial, Finding, Outcome, Report, Rule, Silenced
from cpt_rules.language import documents as doc
from cpt_rules.reading import View
from cpt_rules.ruleset.payers import Link, PayerIndex, PayerMatch, chain
from cpt_rules.ruleset.ruleset import Ruleset

#: After one of these an edit that follows has nothing to add.
_SILENCING = (Outcome.WARN, Outcome.FAIL, Outcome.NOT_CHECKED, Outcome.SILENCED)


def scrub(
    ruleset: Ruleset,
    claim: Claim,
    *,
    as_of: dt.date,
    client: str | None = None,
    edits: Collection[str] | None = None,
) -> Report:
    """What the ruleset says about the claim. `edits`: the ids of those that run; None: all."""
    run = {name: edit for name, edit in sorted(ruleset.edits.items()) if edits is None or name in edits}
    scrubbed = _run(ruleset, claim, as_of, client, run)
    judged = scrubbed.judged()
    findings: list[Finding] = []
    silenced: list[Silenced] = []
    outcomes: list[tuple[Line | None, bytes]] = []
    for index in (None, *range(len(claim.lines))):
        codes: list[Outcome] = []
        for each in _owned(judged, index):
            if each.outcome is Outcome.NOT_APPLICABLE:
                continue
            codes.append(each.outcome)
            judgement = each.judgement
            if each.cause is None:
                findings.append(scrubbed.finding(judgement, index))
            else:
                silenced.append(Silenced(judgement.edit.edit.text, index, each.cause, judgement.place.other))
        outcomes.append((None if index is None else claim.lines[index], bytes(codes)))
    built = (tuple(findings), tuple(silenced))
    return Report(claim, scrubbed.match.payer, as_of, tuple(outcomes), build=None, built=built)


def explain(
    ruleset: Ruleset,
    claim: Claim,
    line: int | None,
    *,
    as_of: dt.date,
    client: str | None = None,
    edits: Collection[str] | None = None,
) -> tuple[Reasons, ...]:
    """Every edit on the line at this place of the claim, or on the claim itself, in order of id and of the other line.

    `edits`: the ids of those that are asked for; None: all.
    """
    return tuple(map(reasons, judge_at(ruleset, claim, line, as_of=as_of, client=client, edits=edits)))


def judge_at(
    ruleset: Ruleset,
    claim: Claim,
    line: int | None,
    *,
    as_of: dt.date,
    client: str | None = None,
    edits: Collection[str] | None = None,
    run: Collection[str] | None = None,
) -> tuple[Judged, ...]:
    """As `explain`, what was judged. Only the places that concern the line, and those of what may silence it, are looked at.

    `run`: the ids of the edits that an engine runs, of which `edits` are asked for; None: all.
    """
    running = {name: edit for name, edit in ruleset.edits.items() if run is None or name in run}
    here = _run(ruleset, claim, as_of, client, running)
    known: dict[tuple[str, Place], Judged] = {}

    def at(edit: doc.Edit, place: Place) -> Judged:
        key = (edit.edit.text, place)
        if key not in known:
            earlier = {name.text: running[name.text] for name in edit.after if name.text in running}
            found = {
                name: [at(each, spot) for spot in places(here.view, each.each) if _concerns(spot, place)]
                for name, each in earlier.items()
            }
            known[key] = here.judge(edit, place, found)
        return known[key]

    wanted = sorted(name for name in running if edits is None or name in edits)
    found = {
        name: [at(edit, place) for place in places(here.view, edit.each) if line in place.owners]
        for name in wanted
        for edit in [running[name]]
    }
    return tuple(_owned(found, line))


def _owned(judged: Mapping[str, list[Judged]], index: int | None) -> list[Judged]:
    """What was judged of one line, or of the claim, in order of id and of the other line of a pair."""
    return [
        each
        for _, found in sorted(judged.items())
        for each in sorted(found, key=lambda each: each.judgement.place.other or 0)
        if index in each.judgement.place.owners
    ]


def _run(ruleset: Ruleset, claim: Claim, as_of: dt.date, client: str | None, edits: Mapping[str, doc.Edit]) -> Run:
    match = PayerIndex.of(ruleset).match(claim.payer)
    return Run(ruleset, claim, View(claim, as_of), match, chain(ruleset, match, client), edits)


@frozen
class Run:
    """One claim and the edits that run on it. What is known on a day is kept while it is judged."""

    ruleset: Ruleset
    claim: Claim
    view: View
    match: PayerMatch
    links: tuple[Link, ...]
    edits: Mapping[str, doc.Edit]
    _known: dict[dt.date | None, Knowledge] = field(factory=dict, init=False, eq=False, repr=False)

    def judged(self) -> dict[str, list[Judged]]:
        """Every edit by id, in each of its places; what an edit comes `after` is judged before it."""
        found: dict[str, list[Judged]] = {}

        def visit(name: str) -> None:
            edit = self.edits.get(name)
            if edit is None or name in found:
                return
            for earlier in edit.after:
                visit(earlier.text)
            found[name] = [self.judge(edit, place, found) for place in places(self.view, edit.each)]

        for name in self.edits:
            visit(name)
        return found

    def judge(self, edit: doc.Edit, place: Place, found: Mapping[str, list[Judged]]) -> Judged:
        judgement = judge(edit, place, self.setting(edit, place))
        if judgement.outcome is Outcome.NOT_APPLICABLE:
            return Judged(judgement, None)
        causes = [
            earlier.text
            for earlier in edit.after
            for spoken in found.get(earlier.text, ())
            if spoken.outcome in _SILENCING and _concerns(spoken.judgement.place, place)
        ]
        return Judged(judgement, causes[0] if causes else None)

    def setting(self, edit: doc.Edit, place: Place) -> Setting:
        presumed = frozenset(name.text for name in edit.presume)
        if place.date not in self._known:
            self._known[place.date] = Knowledge(self.ruleset, self.links, place.date)
        return Setting(self._known[place.date], self.view, place.bound(self.view), self.match, presumed, edit.lookup)

    def finding(self, judgement: Judgement, index: int | None) -> Finding:
        edit, line = judgement.edit, None if index is None else self.claim.lines[index]
        other = judgement.place.other
        charge = self.claim.charge if line is None else line.charge
        rests = [(trace, self.ruleset.sources[trace.source]) for trace in judgement.traces if trace.source is not None]
        sources = [Citation(source.source.text, trace.edition or source.edition) for trace, source in rests]
        # The review of a source is that of the ruleset's own rows; an imported edition has its own period.
        reviews = [source.review_by for trace, source in rests if source.review_by and not trace.imported]
        return Finding(
            rule=rule_of(edit),
            status=judgement.outcome,
            claim=self.claim.id,
            line=None if line is None else line.number,
            index=index,
            code=None if line is None else line.code,
            date=judgement.place.date,
            payer=self.match.payer,
            values=judgement.values,
            missing=judgement.missing,
            sources=tuple(dict.fromkeys(sources)),
            stale=any(self.view.as_of > day for day in reviews) or any(each.stale for each in judgement.tables),
            overlay=judgement.overlay,
            charge_at_risk=charge if judgement.outcome in (Outcome.WARN, Outcome.FAIL) else None,
            with_line=None if other is None else self.claim.lines[other].number,
            with_index=other,
            tables=judgement.tables,
            line_id=None if line is None else line.id,
        )


def _concerns(spoken: Place, place: Place) -> bool:
    """Whether what was said of the one place was said of the other: of its claim, a line of it, or itself."""
    return spoken.each == "claim" or (spoken.each == "line" and spoken.lines[0] in place.lines) or spoken == place


def rule_of(edit: doc.Edit) -> Rule:
    """What a finding repeats of its edit. It points to the first field required, where the edit names none."""
    required = next((leaf.field for leaf in leaves(edit.require)), "")
    denial = edit.denial
    return Rule(
        edit=edit.edit.text,
        title=edit.title,
        disposition=edit.disposition,
        fix=edit.fix,
        message=edit.message,
        remedy=edit.remedy,
        at=required if edit.at is None else edit.at.text,
        denial=None if denial is None else Denial(denial.group, denial.carc, denial.rarc, denial.status),
        override=edit.override == "allowed",
    )
