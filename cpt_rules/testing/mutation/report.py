"""What came of the mutants of a ruleset: which tests told, which mutants survived and by which claim they differ."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from attrs import define, evolve, field, frozen

from cpt_rules.ruleset.ruleset import Ruleset
from cpt_rules.testing.inline import InlineTests, TestResult
from cpt_rules.testing.mutation.argued import Argument
from cpt_rules.testing.mutation.differ import Finder, Witness
from cpt_rules.testing.mutation.expectations import expectations
from cpt_rules.testing.mutation.kill import Tests
from cpt_rules.testing.mutation.make import Mutants
from cpt_rules.testing.mutation.mutant import Mutant
from cpt_rules.testing.written import inline_test, shown_claim


@frozen
class Result:
    """One mutant: of what, what is different, and the test that told, as ``EDIT: NAME``; None: it survived.

    Of a survivor `claim` tells it apart: `edit` has `outcome` on it, and `mutated` on the mutant; `test` says so as an
    inline test of that edit, where a test can give the claim. All are None where no difference was found.
    """

    of: str
    mutation: str
    killed_by: str | None = None
    edit: str | None = None
    outcome: str | None = None
    mutated: str | None = None
    claim: str | None = None
    test: str | None = None
    argued: str | None = None

    @property
    def survived(self) -> bool:
        return self.killed_by is None


@frozen
class Untrue:
    """An argument that does not hold, and why."""

    argument: Argument
    problem: str


@frozen
class Report:
    """All results, and the arguments that do not hold."""

    results: tuple[Result, ...]
    untrue: tuple[Untrue, ...] = ()

    @property
    def rules(self) -> tuple[Result, ...]:
        """Those of rules and knowledge."""
        return tuple(each for each in self.results if not each.of.startswith("tests "))

    @property
    def tests(self) -> tuple[Result, ...]:
        """Those of the tests themselves."""
        return tuple(each for each in self.results if each.of.startswith("tests "))

    @property
    def missed(self) -> tuple[Result, ...]:
        """The survivors that nobody argued for."""
        return tuple(each for each in self.results if each.survived and each.argued is None)


@define(eq=False)
class Survey:
    """Tries the mutants of a ruleset, document by document."""

    ruleset: Ruleset
    mutants: Mutants = field(init=False)
    tests: Tests = field(init=False)
    finder: Finder = field(init=False)
    _results: dict[str, list[TestResult]] = field(factory=dict)

    def __attrs_post_init__(self) -> None:
        self.mutants = Mutants(self.ruleset)
        self.tests = Tests(self.ruleset)
        self.finder = Finder(self.ruleset, self.tests)

    def documents(self) -> list[str]:
        """What is mutated: documents as ``KIND ID``, and the tests of each edit as ``tests ID``."""
        return [*self.mutants.documents(), *(f"tests {id}" for id in self.ruleset.edits if self.tests.of(id))]

    def of(self, document: str) -> Iterator[Result]:
        """The results of one document."""
        kind, _, id = document.partition(" ")
        if kind == "tests":
            yield from self._expectations(id)
            return
        for mutant in self.mutants.of(document):
            yield self.result(mutant)

    def result(self, mutant: Mutant) -> Result:
        killer = self.tests.killer(mutant)
        if killer is not None:
            return Result(mutant.of, mutant.mutation, f"{killer.edit.edit.text}: {killer.test.name}")
        survived = Result(mutant.of, mutant.mutation)
        witness = self.finder.find(mutant)
        return survived if witness is None else self._told(survived, witness)

    def _told(self, result: Result, witness: Witness) -> Result:
        payers = self.ruleset.payers
        return evolve(
            result,
            edit=witness.edit,
            outcome=witness.outcome,
            mutated=witness.mutated,
            claim=shown_claim(witness.case, payers),
            test=inline_test(witness.case, _NAME, witness.outcome, payers=payers, on=witness.on),
        )

    def _expectations(self, edit: str) -> Iterator[Result]:
        tests = InlineTests(self.ruleset)
        for each in self.tests.of(edit):
            for what, result in expectations(tests.run(each)):
                told = None if result.passed else f"{edit}: {each.test.name}"
                yield Result(f"tests {edit}", what, told)


_NAME = "say what this shows"


def failing(ruleset: Ruleset) -> Iterator[TestResult]:
    """The inline tests that fail on the ruleset as it is; with one, no mutant can be judged."""
    tests = InlineTests(ruleset)
    return (result for result in map(tests.run, tests) if not result.passed)


def report(results: Iterable[Result], arguments: Iterable[Argument] = (), documents: Iterable[str] = ()) -> Report:
    """The report of these results, of these documents; arguments about other documents are not looked at."""
    about = set(documents)
    argued = {(each.of, each.mutation): each for each in arguments if not about or each.of in about}
    told = [
        evolve(each, argued=argued[each.of, each.mutation].why)
        if each.survived and each.claim is None and (each.of, each.mutation) in argued
        else each
        for each in results
    ]
    by_name = {(each.of, each.mutation): each for each in told}
    return Report(tuple(told), tuple(_untrue(argued.values(), by_name)))


def _untrue(arguments: Iterable[Argument], results: Mapping[tuple[str, str], Result]) -> Iterator[Untrue]:
    for each in arguments:
        result = results.get((each.of, each.mutation))
        if result is None:
            yield Untrue(each, "there is no such mutation any more")
        elif result.killed_by is not None:
            yield Untrue(each, f"a test tells it: {result.killed_by}")
        elif result.claim is not None:
            yield Untrue(each, f"a claim tells it: {result.claim}")
