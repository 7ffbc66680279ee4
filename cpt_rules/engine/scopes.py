"""What was judged of one claim: the claim, its lines, pairs and days, kept small until somebody asks for findings."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from attrs import define, field

from cpt_rules.claim import Line
from cpt_rules.engine.pairs import Key
from cpt_rules.engine.program import Judged, Program, details, lacking
from cpt_rules.engine.shape import QUIET
from cpt_rules.finding import Details, Outcome
from cpt_rules.reading import View
from cpt_rules.ruleset.payers import PayerMatch


@define(eq=False)
class Scopes:
    """The outcomes on one claim as they come about. `on_lines` has the program and the outcomes of each line.

    `groups` are the places of the lines of each day and provider, where the feed leaves nothing open; `long` says whether
    a line has a last day.

    `pairs` has those on pairs, which belong to line b (the first of the two places); `days` those on days, which belong
    to every line of them. The last of each is what leaves open whether it is a pair or day.
    """

    view: View
    match: PayerMatch
    on_claim: tuple[Program, bytes]
    on_lines: list[tuple[Program, bytes]]
    groups: dict[Key, list[int]]
    long: bool
    pairs: list[tuple[Program, bytes, int, int, tuple[str, ...]]] = field(factory=list)
    days: list[tuple[Program, bytes, Sequence[int], tuple[str, ...]]] = field(factory=list)

    def quiet(self, program: Program) -> bool:
        """Whether nothing on the claim or on any of its lines can silence an edit of a program."""
        shape = program.shape
        for place in shape.on_claim:
            if self.on_claim[1][place] not in QUIET:
                return False
        if shape.on_lines:
            for _, codes in self.on_lines:
                if shape.line_has_spoken(codes):
                    return False
        return True

    def judge(self, program: Program, b: int, a: int, doubt: tuple[str, ...]) -> None:
        """Judges a pair of lines."""
        lines = self.view.claim.lines
        codes = self._judged(program, lines[b], lines[a], doubt, [a, b])
        if any(codes):
            self.pairs.append((program, codes, b, a, doubt))

    def judge_day(self, program: Program, places: Sequence[int], doubt: tuple[str, ...]) -> None:
        """Judges the lines of one code, day and provider."""
        codes = self._judged(program, self.view.claim.lines[places[0]], None, doubt, places)
        if any(codes):
            self.days.append((program, codes, places, doubt))

    def outcomes(self) -> tuple[tuple[Line | None, bytes], ...]:
        """All outcome codes: those of the claim, then those of each line with its pairs and days."""
        codes = [codes for _, codes in self.on_lines]
        for _, each, b, _, _ in self.pairs:
            codes[b] += each
        for _, each, places, _ in self.days:
            for place in places:
                codes[place] += each
        return ((None, self.on_claim[1]), *zip(self.view.claim.lines, codes, strict=True))

    def details(self, least: Outcome) -> Details:
        """The findings of at least that outcome, and what was silenced."""
        return details(self.view, self.match, self._all(), least)

    def lacking(self) -> tuple[tuple[str, ...], ...]:
        """What was missing for each outcome that is not checked."""
        return lacking(self.view, self.match, self._all())

    def _judged(
        self, program: Program, line: Line, other: Line | None, doubt: tuple[str, ...], places: Sequence[int]
    ) -> bytes:
        """The outcomes on a pair or day; with a doubt whether it is one, all that could apply is not checked."""
        codes = program.shape.judge(self.view.claim, line, self.view, other)
        if doubt:
            codes = bytes([min(code, Outcome.NOT_CHECKED) for code in codes])  # what is silenced already stays so
        return program.shape.silence(codes, self._above(places))

    def _above(self, places: Sequence[int]) -> tuple[bytes, ...]:
        return self.on_claim[1], *(self.on_lines[place][1] for place in places)

    def _all(self) -> Iterator[Judged]:
        yield Judged(*self.on_claim)
        for place, (program, codes) in enumerate(self.on_lines):
            yield Judged(program, codes, place, above=(self.on_claim[1],))
        for program, codes, b, a, doubt in self.pairs:
            yield Judged(program, codes, b, a, doubt, self._above([a, b]))
        for program, codes, places, doubt in self.days:
            above = self._above(places)
            for place in places:
                yield Judged(program, codes, place, None, doubt, above)
