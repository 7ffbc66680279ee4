"""`cpt-rules diff` as Markdown for a pull request: what changed, and a table of the lines whose outcome changes."""

from __future__ import annotations

import re
from collections.abc import Iterator

from attrs import define, field

from cpt_rules.commands.diff_model import (
    Changed,
    Tally,
    Telling,
    clean,
    difference_text,
    headline,
    impact,
    many,
    named,
    names,
    on_line,
    position,
    reasons,
    side_word,
)
from cpt_rules.commands.diff_text import summary
from cpt_rules.ruleset.compare import Change
from cpt_rules.testing.cases import Case
from cpt_rules.testing.outcomes import OutcomeChange
from cpt_rules.testing.written import shown_claim

_SPECIAL = re.compile(r"([\\`*_\[\]<>|#~])")


@define
class MarkdownPage:
    """Lists the first `most` outcomes that change; all are counted."""

    telling: Telling
    most: int
    _listed: list[OutcomeChange] = field(factory=list)

    def head(self) -> bytes:
        return b""

    def claim(self, changed: Changed) -> bytes:
        self._listed += changed[: self.most - len(self._listed)]
        return b""

    def end(self, tally: Tally) -> bytes:
        return "".join(f"{line}\n" for line in self._page(tally)).encode("utf-8", "backslashreplace")

    def _page(self, tally: Tally) -> Iterator[str]:
        comparison, differ = self.telling.comparison, self.telling.differ
        yield f"## Rulesets: {headline(comparison)}"
        yield ""
        old, new = (escaped(clean(each)) for each in (self.telling.old, self.telling.new))
        yield f"{old} ({escaped(differ.old.version)}) → {new} ({escaped(differ.new.version)})"
        if comparison.in_meaning:
            yield from ("", "| document | what changed | days | codes | edits |", "|---|---|---|---|---|")
            yield from map(self._row, comparison.in_meaning)
        others = [each for each in comparison.changes if not each.in_meaning]
        if others:
            yield ""
            yield f"In words or tests only: {', '.join(f'`{each.name}`' for each in others)}"
        if self.telling.claims:
            yield from self._outcomes(tally)

    def _row(self, change: Change) -> str:
        told = dict(impact(change))
        status = "" if change.status == "changed" else f" **{change.status}**"
        what = "<br>".join(escaped(difference_text(each)) for each in change.differences if each.concern == "meaning")
        cells = [f"`{change.name}`{status}", what, *(escaped(told.get(key, "")) for key in ("days", "codes"))]
        return f"| {' | '.join([*cells, escaped(named(change.edits))])} |"

    def _outcomes(self, tally: Tally) -> Iterator[str]:
        yield from ("", f"### {escaped(summary(tally, self.telling))}")
        if not tally.outcomes:
            return
        yield from ("", "| edit | old | new | by | outcomes |", "|---|---|---|---|---|")
        for (edit, old, new, documents), count in tally.in_order():
            by = ", ".join(f"`{each}`" for each in documents)
            yield f"| `{edit}` | {old} | {new} | {by} | {count:,} |"
        if not self._listed:
            return
        whole = "" if len(self._listed) == tally.outcomes else f"The first {len(self._listed):,} of "
        yield from ("", "<details>", f"<summary>{whole}{many(tally.outcomes, 'outcome')}</summary>", "")
        yield from ("| claim | line | edit | old → new | because |", "|---|---|---|---|---|")
        for each in self._listed:
            yield self._outcome(each)
        yield from ("", "</details>")

    def _outcome(self, each: OutcomeChange) -> str:
        where = escaped(position(each))
        if each.claim.origin is None:
            payers = tuple(self.telling.differ.new.payers)
            where += f"<br>{escaped(clean(shown_claim(Case(each.claim), payers)))}"
        why = "<br>".join(map(escaped, reasons(each))) or ", ".join(names(each.because))
        outcome = f"{side_word(each.old)} → {side_word(each.new)}"
        return f"| {where} | {escaped(on_line(each))} | `{each.edit}` | {outcome} | {why} |"


def escaped(text: str) -> str:
    """Text that Markdown shows as it is, in a cell of a table too."""
    return _SPECIAL.sub(r"\\\1", text.replace("&", "&amp;")).replace("\n", " ")
