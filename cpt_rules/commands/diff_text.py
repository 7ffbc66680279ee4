"""`cpt-rules diff` as a page for people; every line whose outcome changes is written as it is found."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator

from attrs import frozen

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
    on_line,
    position,
    reasons,
    side_word,
    title,
)
from cpt_rules.testing.cases import Case
from cpt_rules.testing.written import shown_claim

_WIDTH = 100


@frozen
class TextPage:
    telling: Telling

    def head(self) -> bytes:
        return _bytes(self._head())

    def _head(self) -> Iterator[str]:
        differ, comparison = self.telling.differ, self.telling.comparison
        yield f"old  {clean(self.telling.old)} ({differ.old.version}, {differ.old.hash[:19]})"
        yield f"new  {clean(self.telling.new)} ({differ.new.version}, {differ.new.hash[:19]})"
        yield headline(comparison)
        for change in comparison.changes:
            yield ""
            yield title(change)
            for difference in change.differences:
                yield from _wrapped(difference_text(difference), 2)
            for head, text in impact(change):
                yield from _wrapped(f"{head}: {text}", 2)
        if comparison.in_meaning:
            yield ""
            yield "in all"
            yield from _wrapped(f"edits: {named(comparison.edits) or 'none'}", 2)
            yield from _wrapped(f"days:  {', '.join(map(str, comparison.days))}", 2)
            if comparison.codes:
                yield from _wrapped(f"codes: {named(comparison.codes)}", 2)

    def claim(self, changed: Changed) -> bytes:
        return _bytes(self._claim(changed))

    def _claim(self, changed: Changed) -> Iterator[str]:
        first = changed[0]
        yield ""
        yield position(first)
        if first.claim.origin is None:
            payers = tuple(self.telling.differ.new.payers)
            yield from _wrapped(f"given: {clean(shown_claim(Case(first.claim), payers))}", 2)
        there: object = ()
        for each in changed:
            if each.index != there:
                there = each.index
                yield f"  {on_line(each)}"
            with_line = f", with line {each.with_line}" if each.with_line is not None else ""
            yield f"    {each.edit}: {side_word(each.old)} → {side_word(each.new)}{with_line}"
            for reason in reasons(each):
                yield from _wrapped(reason, 6)

    def end(self, tally: Tally) -> bytes:
        return _bytes(self._end(tally)) if self.telling.claims else b""

    def _end(self, tally: Tally) -> Iterator[str]:
        yield ""
        yield from _wrapped(summary(tally, self.telling), 0)
        for (edit, old, new, documents), count in tally.in_order():
            yield from _wrapped(f"{count:>7,}  {edit}: {old} → {new}, by {', '.join(documents) or 'several'}", 2)
        some = (each for each in self.telling.comparison.in_meaning if each.edits)
        without = [each.name for each in some if each.name not in tally.documents]
        if without:
            yield from _wrapped(f"no outcome changes by {named(without)}", 2)


def summary(tally: Tally, telling: Telling) -> str:
    """What was judged and what differs, in a sentence."""
    as_of = telling.differ.as_of
    text = f"{many(tally.claims, 'claim')} judged as of {as_of}"
    if tally.generated:
        text += f" ({tally.generated:,} of them made up, seed {tally.seed})"
    if tally.unreadable:
        text += f", {many(tally.unreadable, 'part')} unreadable"
    if not tally.outcomes:
        return f"{text}: no outcome changes"
    lines = f"{many(tally.lines, 'line')} of {many(tally.claims_changed, 'claim')}"
    return f"{text}: {many(tally.outcomes, 'outcome')} on {lines} {'changes' if tally.outcomes == 1 else 'change'}"


def _wrapped(text: str, indent: int) -> Iterator[str]:
    yield from textwrap.wrap(
        text,
        _WIDTH,
        initial_indent=" " * indent,
        subsequent_indent=" " * (indent + 4),
        break_on_hyphens=False,
        break_long_words=False,
    )


def _bytes(lines: Iterable[str]) -> bytes:
    return "".join(f"{line}\n" for line in lines).encode("utf-8", "backslashreplace")
