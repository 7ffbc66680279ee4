"""The reference engine: the meaning of the rule language, as plainly as it can be written.

Every edit is judged on every line from the documents themselves: no index, no cache, no short cut. It is the oracle of
the property tests, which hold the other engines to it, and `explain` is read from it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping

from attrs import frozen

from cpt_rules.claim import Claim, Line
from cpt_rules.engine.reference_conditions import Setting, leaves
from cpt_rules.engine.reference_edits import Judged, Judgement, judge
from cpt_rules.engine.reference_explain import Explanation, explained
from cpt_rules.engine.reference_knowledge import Knowledge
from cpt_rules.fields import FIELDS
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
    on_claim = scrubbed.judged(None, {})
    levels = [(None, on_claim), *((place, scrubbed.judged(place, on_claim)) for place in range(len(claim.lines)))]
    findings: list[Finding] = []
    silenced: list[Silenced] = []
    outcomes: list[tuple[Line | None, tuple[Outcome, ...]]] = []
    for place, judged in levels:
        codes: list[Outcome] = []
        for name in run:
            if name not in judged or judged[name].outcome is Outcome.NOT_APPLICABLE:
                continue
            codes.append(judged[name].outcome)
            cause = judged[name].cause
            if cause is None:
                findings.append(scrubbed.finding(judged[name].judgement, place))
            else:
                silenced.append(Silenced(name, place, cause))
        outcomes.append((None if place is None else claim.lines[place], tuple(codes)))
    built = (tuple(findings), tuple(silenced))
    return Report(claim, scrubbed.match.payer, as_of, tuple(outcomes), build=None, built=built)


def explain(
    ruleset: Ruleset, claim: Claim, line: int | None, *, as_of: dt.date, client: str | None = None
) -> tuple[Explanation, ...]:
    """Every edit on the line at this place of the claim, or on the claim itself, in order of id."""
    scrubbed = _run(ruleset, claim, as_of, client, ruleset.edits)
    on_claim = scrubbed.judged(None, {})
    judged = on_claim if line is None else scrubbed.judged(line, on_claim)
    return tuple(explained(each) for _, each in sorted(judged.items()))


def _run(ruleset: Ruleset, claim: Claim, as_of: dt.date, client: str | None, edits: Mapping[str, doc.Edit]) -> Run:
    match = PayerIndex.of(ruleset).match(claim.payer)
    return Run(ruleset, claim, View(claim, as_of), match, chain(ruleset, match, client), edits)


@frozen
class Run:
    """One claim and the edits that run on it."""

    ruleset: Ruleset
    claim: Claim
    view: View
    match: PayerMatch
    links: tuple[Link, ...]
    edits: Mapping[str, doc.Edit]

    def judged(self, place: int | None, on_claim: Mapping[str, Judged]) -> dict[str, Judged]:
        """Every edit of this level, by id; what an edit comes `after` is judged before it."""
        binding = "claim" if place is None else "line"
        found: dict[str, Judged] = {}

        def visit(name: str) -> None:
            edit = self.edits.get(name)
            if edit is None or edit.each != binding or name in found:
                return
            for earlier in edit.after:
                visit(earlier.text)
            judgement = judge(edit, self.setting(edit, place))
            cause = None
            if judgement.outcome is not Outcome.NOT_APPLICABLE:
                spoken = {**on_claim, **found}
                causes = [e.text for e in edit.after if e.text in spoken and spoken[e.text].outcome in _SILENCING]
                cause = causes[0] if causes else None
            found[name] = Judged(judgement, cause)

        for name in self.edits:
            visit(name)
        return found

    def setting(self, edit: doc.Edit, place: int | None) -> Setting:
        line = None if place is None else self.claim.lines[place]
        date = FIELDS["claim.first_date" if line is None else "line.date"].read(self.view, line)
        day = date if isinstance(date, dt.date) else None
        presumed = frozenset(name.text for name in edit.presume)
        return Setting(Knowledge(self.ruleset, self.links, day), self.view, line, self.match, presumed)

    def finding(self, judgement: Judgement, place: int | None) -> Finding:
        edit, line = judgement.edit, None if place is None else self.claim.lines[place]
        charge = self.claim.charge if line is None else line.charge
        names = dict.fromkeys(trace.source for trace in judgement.traces if trace.source is not None)
        sources = [self.ruleset.sources[name] for name in names]
        return Finding(
            rule=rule_of(edit),
            status=judgement.outcome,
            claim=self.claim.id,
            line=None if line is None else line.number,
            index=place,
            code=None if line is None else line.code,
            date=judgement.setting.knowledge.day,
            payer=self.match.payer,
            values=judgement.values,
            missing=judgement.missing,
            sources=tuple(Citation(each.source.text, each.edition) for each in sources),
            stale=any(each.review_by is not None and self.view.as_of > each.review_by for each in sources),
            overlay=judgement.overlay,
            charge_at_risk=charge if judgement.outcome in (Outcome.WARN, Outcome.FAIL) else None,
        )


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
