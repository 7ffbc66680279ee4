"""What the pages of `cpt-rules diff` have in common: what is told, in which words, and what is counted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Protocol

from attrs import define, field, frozen

from cpt_rules.commands.output import printable
from cpt_rules.finding import Outcome
from cpt_rules.ruleset.compare import Change, Comparison, Difference
from cpt_rules.testing.outcomes import Because, ConditionSeen, Differ, OutcomeChange, Side
from cpt_rules.testing.outcomes.why import reading_text, truth_word

Changed = Sequence[OutcomeChange]
#: An edit, its old and its new outcome, and the changed documents that make the difference.
Group = tuple[str, str, str, tuple[str, ...]]
_MOST_NAMED = 12
_PERSONAL = ("patient.", "subscriber.")


@frozen
class Telling:
    """Two rulesets by the names they were given, and what judges claims by both. `claims`: some are to be judged."""

    old: str
    new: str
    differ: Differ
    claims: bool

    @property
    def comparison(self) -> Comparison:
        return self.differ.comparison


@define
class Tally:
    """What a run adds up to. Its size does not grow with the number of claims. `generated` of the claims were made up."""

    seed: int = 1
    generated: int = 0
    claims: int = 0
    unreadable: int = 0
    claims_changed: int = 0
    lines: int = 0
    outcomes: int = 0
    groups: Counter[Group] = field(factory=Counter)
    documents: Counter[str] = field(factory=Counter)

    def add(self, changed: Changed) -> None:
        """Counts what differs on one claim."""
        self.claims_changed += 1
        self.lines += len({each.index for each in changed})
        self.outcomes += len(changed)
        self.groups.update(map(group, changed))
        per_line = {(name, each.index) for each in changed for name in names(each.because)}
        self.documents.update(name for name, _ in per_line)

    def in_order(self) -> list[tuple[Group, int]]:
        """The groups with their counts, the largest first."""
        return sorted(self.groups.items(), key=lambda each: (-each[1], each[0]))


class Page(Protocol):
    """Bytes of an output: before the claims, for each claim on which something differs, and after them."""

    def head(self) -> bytes: ...

    def claim(self, changed: Changed) -> bytes: ...

    def end(self, tally: Tally) -> bytes: ...


def group(change: OutcomeChange) -> Group:
    return change.edit, side_word(change.old), side_word(change.new), names(change.because)


def names(because: Sequence[Because]) -> tuple[str, ...]:
    """The documents that make a difference, each once."""
    return tuple(dict.fromkeys(each.change.name for each in because))


# ---- documents in words --------------------------------------------------------------------------------------------


def headline(comparison: Comparison) -> str:
    """How many documents differ: ``"5 documents differ in meaning (4 changed, 1 removed); 1 in words only"``."""
    some = comparison.in_meaning
    if not some:
        counted = "no difference in meaning"
    else:
        by_status = Counter(each.status for each in some)
        parts = [f"{by_status[word]} {word}" for word in ("added", "removed", "changed") if by_status[word]]
        counted = f"{many(len(some), 'document')} {'differs' if len(some) == 1 else 'differ'} in meaning"
        counted += f" ({', '.join(parts)})"
    others = Counter(each.concern for each in comparison.changes if not each.in_meaning)
    told = [f"{others[concern]} in {concern} only" for concern in ("words", "tests") if others[concern]]
    return "; ".join([counted, *told])


def title(change: Change) -> str:
    """``"edit clia.format: changed"``"""
    status = change.status if change.in_meaning else f"{change.concern} only"
    return f"{change.name}: {status}"


def difference_text(each: Difference) -> str:
    """``"severity: fail → warn"``, ``"values: left 36415 (from 2020-01-01)"``."""
    if each.part == "document":
        return each.new or each.old or ""
    days = "" if str(each.days) == "at all times" else f" ({each.days})"
    if not each.joined and not each.left:
        return f"{each.part}: {_one_side(each.old)} → {_one_side(each.new)}{days}"
    parts = [f"{word} {named(found)}" for word, found in (("joined", each.joined), ("left", each.left)) if found]
    for side, when in ((each.old, "before"), (each.new, "now")):
        parts += [f"{_one_side(side)} {when}"] if side in (None, "not available") else []
    return f"{each.part}: {'; '.join(parts)}{days}"


def _one_side(text: str | None) -> str:
    return "nothing" if text is None else text


def named(values: Sequence[str]) -> str:
    """Values with commas, of many the first ones."""
    if len(values) > _MOST_NAMED:
        return f"{', '.join(values[:_MOST_NAMED])} and {len(values) - _MOST_NAMED} more"
    return ", ".join(values)


def impact(change: Change) -> Iterator[tuple[str, str]]:
    """What a change touches, by heading."""
    days = ", ".join(map(str, change.days))
    if days and days != "at all times":
        yield "days", days
    if change.codes:
        yield "codes", named(change.codes)
    if change.in_meaning and change.edits != (change.id,):
        yield "edits", named(change.edits) or "none judges otherwise"


# ---- outcomes in words ---------------------------------------------------------------------------------------------


def side_word(side: Side) -> str:
    """``"fail"``, ``"silenced"``, ``"no such edit"``."""
    return side.outcome.label if side.there or side.outcome is not Outcome.NOT_APPLICABLE else "no such edit"


def position(change: OutcomeChange) -> str:
    """Which claim it is among others of the same id: ``"claim 3 (PCN-1003) of in.837, segments 31-47"``."""
    origin = change.claim.origin
    text = f"claim {change.n} ({clean(change.claim.id)})"
    if origin is None:
        return text
    if origin.segments is None:
        return f"{text} of {clean(origin.input)}"
    word = "segment" if (origin.format or "837").startswith("837") else "line"
    first, last = origin.segments
    place = f"{word} {first}" if first == last else f"{word}s {first}-{last}"
    return f"{text} of {clean(origin.input)}, {place}"


def on_line(change: OutcomeChange) -> str:
    """``"line 1, 86329, 2026-01-05"``, ``"the claim itself"``."""
    if change.index is None:
        return "the claim itself"
    line = f"line {change.line}"
    numbers = [each.number for each in change.claim.lines]
    if numbers.count(change.line or 0) > 1:  # numbers may repeat
        line += f" (the {change.index + 1}. of {len(numbers)})"
    parts = [line, clean(change.code or "no code"), str(change.date or "no day")]
    if change.with_line is not None:
        parts.append(f"with line {change.with_line}")
    return ", ".join(parts)


def reasons(change: OutcomeChange) -> Iterator[str]:
    """Why, one thing a line: documents by what of them, what differs beside conditions, conditions."""
    for because in change.because:
        by = "; ".join(difference_text(each) for each in because.by if each.part != "document")
        status = "" if because.change.status == "changed" else f", {because.change.status}"
        yield f"by {because.change.name}{status}" + (f" ({by})" if by else "")
    yield from change.notes
    for side, word in ((change.old, "was"), (change.new, "is")):
        if side.silenced_by is not None:
            yield f"{word} silenced by {side.silenced_by}"
    for side, word in ((change.old, "was"), (change.new, "is")):
        if side.missing:
            yield f"{word} missing: {', '.join(side.missing)}"
    for condition in dict.fromkeys(change.conditions):
        yield condition_line(condition)


def condition_line(seen: ConditionSeen) -> str:
    """``"when line.code in: $set.qw.codes: was false, is true (line.code: 86329)"``."""
    held = (reading(seen, seen.old_held), reading(seen, seen.new_held))
    found = held[0] if held[0] == held[1] else f"{held[0]}, then {held[1]}"
    if seen.only is not None:
        truth = f"only in the {seen.only} ruleset, {truth_word(seen.new)}"
    else:
        truth = f"was {truth_word(seen.old)}, is {truth_word(seen.new)}"
    return f"{seen.part} {seen.text}: {truth} (found: {found})"


def reading(seen: ConditionSeen, held: object) -> str:
    """What a field held; nothing of a person."""
    if any(name in seen.text for name in _PERSONAL):
        return "…"
    return clean(reading_text(held))  # type: ignore[arg-type]


def many(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def clean(text: str) -> str:
    """Text on one line, without control characters."""
    return printable(text).replace("\n", "\\n")
