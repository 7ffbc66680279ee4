"""Profiles, sets, payers, sources, overlays and facts in words, as they stand for a payer on a day."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator

from cpt_rules.commands.show_edit import WIDTH, changed, row, whom
from cpt_rules.commands.standing import Standing, knowledge, of_payer, of_profile, payer_facts, policies, profile_facts
from cpt_rules.finding import shown
from cpt_rules.language import documents as doc
from cpt_rules.ruleset.knowledge import Knowledge, at


def profile(about: Knowledge, code: str) -> Iterator[str]:
    found = about.ruleset.profiles[code]
    yield f"profile {code}: {found.label or 'no label'}, on {about.day}{_for(about)}"
    for fact in profile_facts(about.ruleset):
        yield from _standing(about, fact, of_profile(about, code, fact))


def payer(about: Knowledge, id: str) -> Iterator[str]:
    from cpt_rules.claim import Payer

    found = about.ruleset.payers[id]
    if about.match.payer != id:
        about = knowledge(about.ruleset, about.day, Payer(id=id))[0] if about.day else about
    yield f"payer {id}: {found.title}, on {about.day}"
    for head, values in (("identifiers", found.ids), ("names", found.names), ("filing", found.filing)):
        yield from row(head, ", ".join(values) or "none")
    if found.line_of_business:
        yield from row("business", found.line_of_business)
    for name, plan in found.plans.items():
        yield from row("plan", f"{name}: {', '.join((*plan.ids, *plan.names)) or 'no identifiers'}")
    for fact in payer_facts(about.ruleset):
        yield from _standing(about, fact, of_payer(about, fact))
    for overlay in about.ruleset.overlays:
        if overlay.applies.payer is not None and overlay.applies.payer.text == id:
            yield from row("overlay", f"{overlay.overlay.text}, for {whom(overlay.applies)}")
    edits = policies(about)
    yield from row("edits", f"{len(edits['run'])} run, {len(edits['off'])} off, {len(edits['unknown'])} policy unknown")
    if edits["off"]:
        yield from row("off", ", ".join(edits["off"]))
    if edits["unknown"]:
        yield from row("unknown", ", ".join(edits["unknown"]))


def code_set(about: Knowledge, id: str) -> Iterator[str]:
    found = about.ruleset.sets[id]
    known = about.set(id)
    yield f"set {id}: {found.title}, on {about.day}{_for(about)}"
    complete = f"for set {found.complete.id}" if isinstance(found.complete, doc.SetRef) else found.complete
    yield from row("complete", complete + ("" if complete == "yes" else ": what is not listed may be in it too"))
    items = at(found.values, about.day)
    since = [dated.start for dated in found.values if about.day is not None and dated.start <= about.day]
    yield from row("values", _items(items) + (f" (since {max(since)})" if since else ""))
    yield from row("count", str(len(known.members.sure)))
    yield from row("dates", ", ".join(dated.start.isoformat() for dated in found.values))
    yield from row("sources", ", ".join(known.sources) or "none")
    for overlay in about.ruleset.overlays:
        for change in overlay.sets.get(id, ()):
            word = {"": "replaces it by", "+": "adds", "-": "takes away"}[change.sign]
            values = _items(at(change.values, about.day))
            yield from row("overlay", f"{overlay.overlay.text}, for {whom(overlay.applies)}: {word} {values}")


def source(about: Knowledge, id: str) -> Iterator[str]:
    ruleset, found = about.ruleset, about.ruleset.sources[id]
    yield f"source {id}: {found.title}"
    for head, value in (
        ("publisher", found.publisher),
        ("edition", found.edition),
        ("confidence", found.confidence),
        ("address", found.url),
        ("retrieved", found.retrieved),
        ("review by", found.review_by),
    ):
        if value is not None:
            yield from row(head, str(value))
    edits = [name for name, edit in ruleset.edits.items() if edit.source.text == id]
    sets = [name for name, each in ruleset.sets.items() if each.source.text == id]
    facts = [
        f"{code} {fact}"
        for code, each in ruleset.profiles.items()
        for fact, value in each.facts.items()
        if value.source is not None and value.source.text == id
    ]
    payers = [
        f"{name} {fact}"
        for name, payer in ruleset.payers.items()
        for fact, value in payer.facts.items()
        if value.source is not None and value.source.text == id
    ]
    overlays = [overlay.overlay.text for overlay in ruleset.overlays if id in _cited(overlay)]
    for head, names in (
        ("edits", edits),
        ("sets", sets),
        ("profiles", facts),
        ("payers", payers),
        ("overlays", overlays),
    ):
        if names:
            yield from row(head, ", ".join(names))


def overlay(about: Knowledge, id: str) -> Iterator[str]:
    found = next(each for each in about.ruleset.overlays if each.overlay.text == id)
    yield f"overlay {id}, for {whom(found.applies)}"
    for name, edit_change in found.edits.items():
        yield from row("edit", f"{name}: {changed(edit_change)}")
    of_codes = {f"{code} {fact}": each for code, facts in found.profiles.items() for fact, each in facts.items()}
    for head, names in (("set", found.sets), ("profile", of_codes), ("payer", found.facts)):
        for name, changes in names.items():
            for change in changes:
                values = (
                    "; ".join(f"{dated.start}: {_items(dated.items)}" for dated in change.values) or "not available"
                )
                cited = f" [{change.source.text}]" if change.source else ""
                yield from row(head, f"{name}{change.sign}: {values}{cited}")


def fact(about: Knowledge, id: str) -> Iterator[str]:
    found = about.ruleset.facts[id]
    yield f"fact {id}: {found.title}"
    many = "list of " if found.type.many else ""
    yield from row("type", f"{many}{found.type.format}, for {'rules' if found.purpose == 'rules' else 'people'}")
    named = [code for code, profile in about.ruleset.profiles.items() if id in profile.facts]
    known = [code for code in named if of_profile(about, code, id).status == "known"]
    if named:
        yield from row("known of", ", ".join(known) or "no code")
        yield from row("placeholder", ", ".join(code for code in named if code not in known) or "for no code")


def _standing(about: Knowledge, fact: str, standing: Standing) -> Iterator[str]:
    title = about.ruleset.facts[fact].title
    value = standing.value if standing.status != "missing" else "not named in the profile"
    cited = f" [{', '.join(standing.sources)}]" if standing.sources else ""
    by = f"; by overlay {', '.join(standing.overlays)}" if standing.overlays else ""
    perhaps = f"; overlay {', '.join(standing.undecided)} may say otherwise" if standing.undecided else ""
    yield from textwrap.wrap(f"{fact}: {title}", WIDTH, initial_indent="  ", subsequent_indent="    ")
    yield from row("", value + cited + by + perhaps)


def _items(items: Iterable[doc.Item] | None) -> str:
    if items is None:
        return "not available"
    words = []
    for item in items:
        if isinstance(item, doc.Span):
            words.append(f"{item.first}-{item.last}")
        elif isinstance(item, doc.SetRef):
            words.append(f"set {item.id}")
        elif isinstance(item, doc.FieldRef):
            words.append(f"${item.name}")
        else:
            words.append(shown(item.value))
    return ", ".join(words) or "none"


def _cited(overlay: doc.Overlay) -> set[str]:
    changes = [change for each in (*overlay.sets.values(), *overlay.facts.values()) for change in each]
    changes += [change for facts in overlay.profiles.values() for each in facts.values() for change in each]
    found = {change.source.text for change in changes if change.source is not None}
    return found | {change.source.text for change in overlay.edits.values()}


def _for(about: Knowledge) -> str:
    return f", for {about.match.payer}" if about.match.payer else ""
