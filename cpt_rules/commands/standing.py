"""What the rulesets know on a day for a payer: the data that `show` and `coverage` print."""

from __future__ import annotations

import datetime as dt
from typing import Literal

from attrs import frozen

from cpt_rules.claim import Payer
from cpt_rules.finding import shown
from cpt_rules.language import documents as doc
from cpt_rules.reading import UNKNOWN, Reading
from cpt_rules.ruleset.knowledge import Knowledge, Known, in_force
from cpt_rules.ruleset.members import Members
from cpt_rules.ruleset.payers import PayerIndex, PayerMatch, chain
from cpt_rules.ruleset.ruleset import Ruleset

Status = Literal["known", "placeholder", "missing"]


@frozen
class Standing:
    """How a fact stands.

    `known` has a value on the day, a `placeholder` is named without one, `missing` is not named at all. `overlays`
    changed it; `undecided` ones would, for a plan, line of business or state that is not given.
    """

    status: Status
    value: str
    sources: tuple[str, ...]
    overlays: tuple[str, ...]
    undecided: tuple[str, ...]


def knowledge(
    ruleset: Ruleset, day: dt.date, payer: Payer | None = None, client: str | None = None
) -> tuple[Knowledge, PayerMatch]:
    """The knowledge for a payer as claims name it; without one that of the base alone, before any overlay."""
    if payer is None:
        nobody = PayerMatch(None, None, None, None)
        return Knowledge(ruleset, nobody, (), day), nobody
    match = PayerIndex.of(ruleset).match(payer)
    return Knowledge(ruleset, match, chain(ruleset, match, client), day), match


def of_profile(about: Knowledge, code: str, fact: str) -> Standing:
    """How a fact of a code stands."""
    profile = about.ruleset.profiles.get(code)
    base = profile is not None and fact in profile.facts
    changes = [link.overlay.profiles.get(code, {}).get(fact, ()) for link in about.links]
    return _standing(about, about.fact(f"profile.{fact}", code), base, changes)


def of_payer(about: Knowledge, fact: str) -> Standing:
    """How a fact of the payer stands."""
    payer = about.ruleset.payers.get(about.match.payer or "")
    base = payer is not None and fact in payer.facts
    changes = [link.overlay.facts.get(fact, ()) for link in about.links]
    return _standing(about, about.fact(f"payer.{fact}", None), base, changes)


def _standing(about: Knowledge, known: Known, base: bool, changes: list[tuple[doc.ValueChange, ...]]) -> Standing:
    acting = [
        link
        for link, each in zip(about.links, changes, strict=True)
        if any(in_force(change, about.day) for change in each)
    ]
    value = text(known.value)
    named = base or any(changes)
    return Standing(
        "known" if value is not None else "placeholder" if named else "missing",
        value if value is not None else "not available",
        known.sources if value is not None else (),
        tuple(link.overlay.overlay.text for link in acting if not link.undecided),
        tuple(link.overlay.overlay.text for link in acting if link.undecided),
    )


def text(value: Members | Reading) -> str | None:
    """A value for people; None where nothing is known of it."""
    if not isinstance(value, Members):
        return None if value is UNKNOWN else shown(value)
    if not value.available:
        return None
    sure = sorted(map(shown, value.sure))
    if value.certain:
        return ", ".join(sure) or "none"
    perhaps = sorted(shown(each) for each in value.possible - value.sure)
    out = sorted(shown(each) for each in value.mentioned - value.possible)
    parts = [", ".join(sure)] if sure else []
    parts += [f"perhaps {', '.join(perhaps)}"] if perhaps else []
    parts += [f"not {', '.join(out)}"] if out else []
    return "; ".join([*parts, *(["perhaps others"] if value.open_ended else [])])


def profile_facts(ruleset: Ruleset) -> tuple[str, ...]:
    """The facts that some profile names: those that rules read, then those for people, as the vocabulary has them."""
    named = {fact for profile in ruleset.profiles.values() for fact in profile.facts}
    named |= {fact for each in ruleset.overlays for facts in each.profiles.values() for fact in facts}
    return _ordered(ruleset, named)


def payer_facts(ruleset: Ruleset) -> tuple[str, ...]:
    """The facts that some payer document or overlay names about a payer, in the same order."""
    named = {fact for payer in ruleset.payers.values() for fact in payer.facts}
    named |= {fact for each in ruleset.overlays for fact in each.facts}
    return _ordered(ruleset, named)


def _ordered(ruleset: Ruleset, named: set[str]) -> tuple[str, ...]:
    facts = [fact for fact in ruleset.facts if fact in named]
    return tuple(sorted(facts, key=lambda fact: ruleset.facts[fact].purpose != "rules"))


def policies(about: Knowledge) -> dict[str, list[str]]:
    """The edits by what is known of them for the payer: ``run``, ``off`` and ``unknown``."""
    found: dict[str, list[str]] = {"run": [], "off": [], "unknown": []}
    words = {True: "run", False: "off", None: "unknown"}
    for id, edit in about.ruleset.edits.items():
        found[words[about.edit(edit).runs]].append(id)
    return found
