"""The claims of one run: read, judged, written and added up, in one process or in several."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import nullcontext
from typing import TYPE_CHECKING

from attrs import define, field

from cpt_rules.commands import signals
from cpt_rules.commands.inputs import Inputs
from cpt_rules.commands.judge import Judge, Judged
from cpt_rules.commands.output import CannotWrite, Output, PipeClosed, complain, together
from cpt_rules.commands.progress import Progress
from cpt_rules.writers.records import reaches

if TYPE_CHECKING:
    from cpt_rules.claim import Claim
    from cpt_rules.commands.jobs import Pool
    from cpt_rules.commands.splitting import Splitting
    from cpt_rules.finding import Outcome
    from cpt_rules.readers import Layout
    from cpt_rules.readers.problem import InputProblem
    from cpt_rules.writers.summary import Summary

_MOST_SAID = 20  # overrides that are named one by one


class _Enough(Exception):
    """So much could not be read that the run is to end."""


@define
class Run:
    """One run. `live` writes each claim as soon as it is judged; `page` gives the summary for people, where it is due
    on standard error because the output has no place for it."""

    judge: Judge
    summary: Summary
    inputs: tuple[str, ...]
    format: str
    mapping: Layout | None
    output: str
    fail_on: Outcome | None
    jobs: int = 1
    live: bool = False
    stop_after: int | None = None
    progress: bool | None = None
    splitting: Splitting | None = None
    page: Callable[[Summary], bytes] | None = None
    _said: Progress = field(init=False)

    def run(self) -> int:
        """Reads, judges, writes; the exit status."""
        inputs = Inputs(self.inputs, self.format, self.mapping, self._problem, self.splitting)
        self._said = Progress(self.progress, self.output, inputs.fraction)
        output = Output(self.output)
        split = [] if self.splitting is None else [self.splitting.released, self.splitting.held]
        try:
            with (
                self._pool() if self.jobs > 1 else nullcontext() as pool,
                signals.insisting(),
                together([*split, output]),
                self._said,
            ):
                for each in self._judged(inputs, pool):
                    self._write(output, each)
                self._end(output)
        except _Enough:
            count = self.summary.unreadable
            problems = f"{count} problem{'s' if count > 1 else ''}"
            complain(f"cpt-rules: stopped after {problems}; nothing is written to {self._files()}")
        except PipeClosed as closed:
            if split:
                raise CannotWrite("standard output was closed before the end; no claim is released or held") from None
            closed.status = self.status
            raise
        if self.page is not None and not self.summary.stopped:
            complain(self.page(self.summary).decode().strip("\n"))
        return self.status

    @property
    def status(self) -> int:
        return 3 if self.summary.unreadable else int(reaches(self.summary.worst, self.fail_on))

    def _pool(self) -> Pool:
        from cpt_rules.commands.jobs import Pool  # imports multiprocessing

        return Pool(self.judge, self.jobs)

    def _judged(self, inputs: Inputs, pool: Pool | None) -> Iterator[Judged]:
        """What comes of all claims, in their order; the claims of each are added to the summary."""
        if pool is None:
            for n, claim in enumerate(self._read(inputs), 1):
                body, held = self.judge.claim(n, claim, self.summary)
                yield Judged([body], [held], self.summary)
            return
        from cpt_rules.commands.jobs import batches

        for each in pool.done(batches(self._read(inputs))):
            self.summary.merge(each.summary)
            yield each

    def _read(self, inputs: Inputs) -> Iterator[Claim]:
        try:
            yield from inputs.claims()
        except _Enough:
            self.summary.stopped = True

    def _write(self, output: Output, judged: Judged) -> None:
        signals.check()
        output.write(self.judge.writer.put(judged.claims), flush=self.live)
        if self.splitting is not None:
            for held in judged.held:
                self.splitting.decided(held)
        self._said.claims(self.summary.claims)

    def _problem(self, problem: InputProblem) -> None:
        summary = self.summary
        summary.unreadable_by_code[problem.code] += 1
        self._said.complain(str(problem))
        if self.stop_after is not None and summary.unreadable >= self.stop_after:
            raise _Enough

    def _end(self, output: Output) -> None:
        """The end of the output; where the run was stopped early no file takes its place."""
        self._overrides()
        data = self.judge.writer.end(self.summary)
        if self.summary.stopped and self._files():
            if self.output == "-":
                output.write(data, flush=True)
            raise _Enough
        output.write(data)
        if self.splitting is not None:
            self.splitting.end()

    def _files(self) -> str:
        """The files that a run makes, as a list."""
        files = [] if self.output == "-" else [self.output]
        return " and ".join(files if self.splitting is None else [*files, self.splitting.folder])

    def _overrides(self) -> None:
        """Counts what became of the overrides, and names those that let nothing pass by."""
        overrides, summary = self.judge.overrides, self.summary
        if overrides is None:
            return
        unmatched = (
            []
            if summary.stopped
            else [each for each in overrides.valid if each not in summary.overridden and each not in summary.refused]
        )
        summary.overrides = {
            "given": overrides.given,
            "used": len(summary.overridden),
            "expired": len(overrides.expired),
            "unmatched": len(unmatched),
            "refused": len(summary.refused),
        }
        said = [
            *(f"line {each.line}: has expired on {each.until} ({each})" for each in overrides.expired),
            *(f"line {each.line}: matches no warning or failure of this run ({each})" for each in unmatched),
            *(
                f"line {each.line}: {count} of an edit that no override may pass by stays ({each})"
                for each, count in sorted(summary.refused.items(), key=lambda each: each[0].line)
            ),
        ]
        for each in said[:_MOST_SAID]:
            self._said.complain(f"{overrides.name}: {each}")
        if len(said) > _MOST_SAID:
            self._said.complain(f"{overrides.name}: and {len(said) - _MOST_SAID} more")
