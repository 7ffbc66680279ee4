"""Which payer document a claim's payer is, and which overlays therefore concern the claim."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import TypeVar

from attrs import field, frozen

from cpt_rules.claim import Payer
from cpt_rules.language import documents as doc
from cpt_rules.ruleset.ruleset import Ruleset

K = TypeVar("K", bound=Hashable)

#: Claim filing indicators that tell a line of business. Source: X12 005010X222A1, 2000B SBR09.
LINE_OF_BUSINESS_BY_FILING: Mapping[str, str] = {
    "MA": "medicare-ffs",
    "MB": "medicare-ffs",
    "16": "medicare-advantage",
    "MC": "medicaid",
    "CI": "commercial",
    "CH": "tricare",
    "WC": "workers-comp",
    "AM": "auto",
}


@frozen(cache_hash=True)
class PayerMatch:
    """What is known of a claim's payer: the payer document's id, line of business, plan, state. None is unknown."""

    payer: str | None
    line_of_business: str | None
    plan: str | None
    state: str | None


def normalised(name: str) -> str:
    """A payer name as it is compared: upper case, letters and digits only, words one blank apart."""
    return " ".join("".join(c if c.isalnum() else " " for c in name.upper()).split())


@frozen
class PayerIndex:
    """The identifiers, names and filing indicators of the payer documents, each with every payer it may mean."""

    ids: Mapping[str, frozenset[str]]
    names: Mapping[str, frozenset[str]]
    filing: Mapping[str, frozenset[str]]
    plans_by_id: Mapping[tuple[str, str], frozenset[str]]
    plans_by_name: Mapping[tuple[str, str], frozenset[str]]
    lines: Mapping[str, str | None] = field(factory=dict)

    @classmethod
    def of(cls, ruleset: Ruleset) -> PayerIndex:
        ids: dict[str, set[str]] = {}
        names: dict[str, set[str]] = {}
        filing: dict[str, set[str]] = {}
        plan_ids: dict[tuple[str, str], set[str]] = {}
        plan_names: dict[tuple[str, str], set[str]] = {}
        for key, payer in ruleset.payers.items():
            for id_ in (key, *payer.ids):
                ids.setdefault(id_, set()).add(key)
            for name in payer.names:
                names.setdefault(normalised(name), set()).add(key)
            for code in payer.filing:
                filing.setdefault(code, set()).add(key)
            for plan_key, plan in payer.plans.items():
                for id_ in plan.ids:
                    ids.setdefault(id_, set()).add(key)
                    plan_ids.setdefault((key, id_), set()).add(plan_key)
                for name in plan.names:
                    names.setdefault(normalised(name), set()).add(key)
                    plan_names.setdefault((key, normalised(name)), set()).add(plan_key)
        lines = {key: payer.line_of_business for key, payer in ruleset.payers.items()}
        return cls(_frozen(ids), _frozen(names), _frozen(filing), _frozen(plan_ids), _frozen(plan_names), lines)

    def match(self, payer: Payer) -> PayerMatch:
        """By id, then exact normalised name, then filing indicator; several at one level, or levels that disagree: unknown.

        A line of business, stated or told by the filing indicator, is such a level: where it contradicts that of the payer
        document, the payer is another one than the document describes.
        """
        name = normalised(payer.name) if payer.name else None
        levels = (
            self.ids.get(payer.id, frozenset()) if payer.id else frozenset(),
            self.names.get(name, frozenset()) if name else frozenset(),
            self.filing.get(payer.filing, frozenset()) if payer.filing else frozenset(),
        )
        found = frozenset().union(*levels)
        one = next(iter(found)) if len(found) == 1 else None
        told = LINE_OF_BUSINESS_BY_FILING.get(payer.filing or "")
        line = payer.line_of_business or told
        own = self.lines.get(one) if one is not None else None
        if own is not None and {payer.line_of_business, told} - {None, own}:
            one = None
        plan = payer.plan
        if one is not None:
            line = line or own
            plans = self.plans_by_id.get((one, payer.id or ""), frozenset()) | self.plans_by_name.get(
                (one, name or ""), frozenset()
            )
            if plan is None and len(plans) == 1:
                (plan,) = plans
        return PayerMatch(one, line, plan, payer.state)


def _frozen(table: dict[K, set[str]]) -> dict[K, frozenset[str]]:
    return {key: frozenset(values) for key, values in table.items()}


@frozen
class Link:
    """An overlay of a claim's chain. `undecided` names what would have to be known to say whether it concerns the claim."""

    overlay: doc.Overlay
    undecided: tuple[str, ...]


def chain(ruleset: Ruleset, match: PayerMatch, client: str | None) -> tuple[Link, ...]:
    """The overlays that concern, or may concern, a claim: the least specific first.

    Payer, line of business, plan and state that nobody tells are unknown; a client that is not given is none.
    """
    found: list[Link] = []
    for overlay in ruleset.overlays:
        applies = overlay.applies
        wanted = (
            ("claim.payer", applies.payer.text if applies.payer else None, match.payer),
            ("payer.line_of_business", applies.line_of_business, match.line_of_business),
            ("payer.plan", applies.plan, match.plan),
            ("payer.state", applies.state, match.state),
        )
        if applies.client is not None and applies.client != client:
            continue
        if any(want is not None and have is not None and want != have for _, want, have in wanted):
            continue
        found.append(Link(overlay, tuple(name for name, want, have in wanted if want is not None and have is None)))
    return tuple(found)
