"""Problems of an X12 input, told in their order: one that follows a claim is told when the claim has been yielded."""

from __future__ import annotations

from cpt_rules.readers.problem import Fault, InputProblem, OnProblem, shown

_MANY = 1000  # problems; with that many, and more than one for three segments, this is no file of claims


class Enough(Exception):
    """There is no sense in reading on; the argument is the number of the segment."""


class Problems:
    """What is wrong with an input. While `holding`, a claim is ready to be yielded, and problems wait for that."""

    def __init__(self, input: str, on_problem: OnProblem) -> None:
        self.input = input
        self.on_problem = on_problem
        self.holding = False
        self.count = 0
        self.waiting: list[InputProblem] = []

    def report(self, fault: Fault, n: int, claim: str = "") -> None:
        """Tell a fault that was found in segment `n`, and which claim it costs. Raises `Enough` where there are too many.

        A hostile input, or one that is no 837 at all, could else give a problem for each of its segments.
        """
        fault.reported = True
        segment, ident = fault.segment or n, shown(claim) if claim else None
        self._tell(InputProblem(fault.code, fault.message, self.input, fault.remedy, segment=segment, claim=ident))
        self.count += 1
        if self.count >= _MANY and self.count * 3 > n:
            raise Enough(n)

    def enough(self, n: int) -> None:
        """Tell that the rest is not read."""
        message = "more than a third of the segments up to here are faulty, the rest is not read"
        remedy = "check that this is an 837 file, and its delimiters"
        self._tell(InputProblem("x12.too-many-problems", message, self.input, remedy, segment=n))

    def _tell(self, problem: InputProblem) -> None:
        if self.holding:
            self.waiting.append(problem)
        else:
            self.on_problem(problem)

    def release(self) -> None:
        """The claim has been yielded: tell what waited."""
        waiting, self.waiting, self.holding = self.waiting, [], False
        for problem in waiting:
            self.on_problem(problem)
