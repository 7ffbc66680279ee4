"""The one way in: an engine of some kind over a ruleset."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from typing import TYPE_CHECKING, Literal, get_args

from attrs import field, frozen

from cpt_rules.claim import Claim
from cpt_rules.engine.direct import DirectEngine
from cpt_rules.finding import Report
from cpt_rules.language.problems import did_you_mean, shown
from cpt_rules.ruleset.ruleset import Ruleset

if TYPE_CHECKING:
    from cpt_rules.engine.rete import ReteEngine

Kind = Literal["direct", "reference", "rete"]


@frozen(eq=False, init=False)
class Engine:
    """Scrubs claims against a ruleset. Immutable, safe to share between threads, picklable.

    `as_of` is the day called today, fixed when the engine is made. `select` and `ignore` name edits (their former names
    count) that alone run, or do not; an unknown name raises `ValueError`. `client` chooses the overlays of one client;
    one that no overlay is for raises `ValueError`. An argument of another type raises `TypeError`. The kind ``rete`` raises
    `ImportError` where durable_rules cannot be imported, and `ValueError` for a ruleset beyond its limits.
    """

    ruleset: Ruleset
    kind: Kind
    client: str | None
    as_of: dt.date
    edits: frozenset[str] | None
    _direct: DirectEngine | ReteEngine | None = field(repr=False)

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
        if not isinstance(ruleset, Ruleset):
            raise TypeError(f"ruleset must be a Ruleset, as load_ruleset() gives it, not {type(ruleset).__name__}")
        if kind not in get_args(Kind):
            raise ValueError(f"unknown kind of engine {shown(str(kind))}; one of: {', '.join(get_args(Kind))}")
        if as_of is not None and (not isinstance(as_of, dt.date) or isinstance(as_of, dt.datetime)):
            raise TypeError(f"as_of must be a datetime.date, not {type(as_of).__name__}")
        _known_client(ruleset, client)
        edits = _chosen(ruleset, _names("select", select), _names("ignore", ignore))
        today = as_of or dt.date.today()
        self.__attrs_init__(ruleset, kind, client, today, edits, _compiled(ruleset, kind, today, client, edits))

    def scrub(self, claim: Claim) -> Report:
        """The report on a claim. Never raises for what the claim contains."""
        if self._direct is not None:
            return self._direct.scrub(claim)
        from cpt_rules.engine import reference

        return reference.scrub(self.ruleset, claim, as_of=self.as_of, client=self.client, edits=self.edits)


def _compiled(
    ruleset: Ruleset, kind: Kind, as_of: dt.date, client: str | None, edits: frozenset[str] | None
) -> DirectEngine | ReteEngine | None:
    if kind == "rete":
        from cpt_rules.engine.rete import ReteEngine

        return ReteEngine(ruleset, as_of, client, edits)
    return DirectEngine(ruleset, as_of, client, edits) if kind == "direct" else None


def _known_client(ruleset: Ruleset, client: str | None) -> None:
    if client is None:
        return
    if not isinstance(client, str):
        raise TypeError(f"client must be text (str), not {type(client).__name__}")
    known = {each.applies.client for each in ruleset.overlays if each.applies.client is not None}
    if client not in known:
        raise ValueError(f"no overlay is for the client {shown(client)}{did_you_mean(client, known)}")


def _names(what: str, names: Collection[str] | None) -> Collection[str] | None:
    if names is None:
        return None
    if isinstance(names, str) or not isinstance(names, Collection):
        raise TypeError(f"{what} must be a collection of edits, such as a list, not {type(names).__name__}")
    wrong = next((each for each in names if not isinstance(each, str)), None)
    if wrong is not None:
        raise TypeError(f"{what} must name edits in text (str), not {type(wrong).__name__}")
    return names


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
