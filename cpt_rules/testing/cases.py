"""A claim together with what is taken to be known about it."""

from __future__ import annotations

from collections.abc import Mapping

from attrs import evolve, frozen

from cpt_rules.claim import Claim

Texts = tuple[str, ...]
Rows = tuple[Texts, ...]


@frozen
class Case:
    """A claim, and the facts, sets and rows of tables that are supposed, as an inline test gives them (by name, as texts).

    `knowledge` has ``profile.FACT``, ``payer.FACT`` and ``set.ID``, `rows` the rows of tables. Both are empty where
    the ruleset's own knowledge is enough.
    """

    claim: Claim
    knowledge: tuple[tuple[str, Texts], ...] = ()
    rows: tuple[tuple[str, Rows], ...] = ()

    def supposing(self, name: str, texts: Texts) -> Case:
        """The case with this fact or set supposed."""
        return evolve(self, knowledge=_with(self.knowledge, name, texts))

    def with_rows(self, table: str, rows: Rows) -> Case:
        """The case with these rows supposed to be all of the table; no rows: with what is loaded."""
        kept = tuple(each for each in self.rows if each[0] != table)
        return evolve(self, rows=(*kept, (table, rows)) if rows else kept)

    def of(self, claim: Claim) -> Case:
        """Another claim, with the same suppositions."""
        return evolve(self, claim=claim)

    @property
    def supposed(self) -> Mapping[str, Texts]:
        return dict(self.knowledge)


def _with(pairs: tuple[tuple[str, Texts], ...], name: str, texts: Texts) -> tuple[tuple[str, Texts], ...]:
    return (*(each for each in pairs if each[0] != name), (name, texts))
