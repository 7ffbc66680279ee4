"""The one way in: an engine of some kind over a ruleset."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from typing import Literal

from attrs import define, field

from cpt_rules.claim import Claim
from cpt_rules.engine.direct import DirectEngine
from cpt_rules.finding import Report
from cpt_rules.language.problems import did_you_mean, shown
from cpt_rules.ruleset.ruleset import Ruleset

Kind = Literal["direct", "reference"]


@define(eq=False, init=False)
class Engine:
    """Scrubs claims against a ruleset. Immutable, safe to share between threads, picklable.

    `as_of` is the day called today, fixed when the engine is made. `select` and `ignore` name edits (their former names
    count) that alone run, or do not; an unknown name raises `ValueError`. `client` chooses the overlays of one client.
    """

    ruleset: Ruleset
    kind: Kind
    client: str | None
    as_of: dt.date
    edits: frozenset[str] | None
    _direct: DirectEngine | None = field(repr=False)

    def __init__(
        self,
        ruleset: Ruleset,
        *,
        kind: Kind = "direct",
        client: str | None = None,
        as_of: dt.date | None = None,
        select: Collection[str] | None = None,
        ignore: Collection[str] | None = None,
    ) -> None:
        if kind not in ("direct", "reference"):
            raise ValueError(f"unknown kind of engine {shown(str(kind))}; one of: direct, reference")
        self.ruleset = ruleset
        self.kind = kind
        self.client = client
        self.as_of = as_of or dt.date.today()
        self.edits = _chosen(ruleset, select, ignore)
        self._direct = DirectEngine(ruleset, self.as_of, client, self.edits) if kind == "direct" else None

    def scrub(self, claim: Claim) -> Report:
        """The report on a claim. Never raises for what the claim contains."""
        if self._direct is not None:
            return self._direct.scrub(claim)
        from cpt_rules.engine import reference

        return reference.scrub(self.ruleset, claim, as_of=self.as_of, client=self.client, edits=self.edits)


def _chosen(ruleset: Ruleset, select: Collection[str] | None, ignore: Collection[str] | None) -> frozenset[str] | None:
    if select is None and ignore is None:
        return None
    chosen = set(ruleset.edits) if select is None else {_edit(ruleset, name) for name in select}
    return frozenset(chosen - {_edit(ruleset, name) for name in ignore or ()})


def _edit(ruleset: Ruleset, name: str) -> str:
    """The id of an edit by its id or a former one. Raises `ValueError` for a name that no edit has or had."""
    if name in ruleset.edits:
        return name
    for id, edit in ruleset.edits.items():
        if name in edit.formerly:
            return id
    raise ValueError(f"unknown edit {shown(name)}{did_you_mean(name, ruleset.edits)}")
