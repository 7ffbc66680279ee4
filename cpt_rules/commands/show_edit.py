"""An edit in words, as it stands for a payer on a day."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator

from cpt_rules.language import documents as doc
from cpt_rules.language.conditions import leaves
from cpt_rules.ruleset.knowledge import Knowledge, in_force
from cpt_rules.ruleset.ruleset import Ruleset

WIDTH = 100
_HEAD = 13


def row(head: str, text: str) -> Iterator[str]:
    """A line with a heading at its left, continued below where it is long."""
    yield from textwrap.wrap(
        text,
        WIDTH,
        initial_indent=f"  {head:<{_HEAD}}",
        subsequent_indent=" " * (_HEAD + 2),
        break_on_hyphens=False,
        break_long_words=False,
    )


def edit(about: Knowledge, name: str) -> Iterator[str]:
    ruleset = about.ruleset
    found = next(each for id, each in ruleset.edits.items() if id == name or name in each.formerly)
    yield f"edit {found.edit.text}: {found.title}"
    if name != found.edit.text:
        yield from row("formerly", name)
    yield from row("payers", ", ".join(payer.text for payer in found.payers) or "all")
    yield from row("judged on", "each line" if found.each == "line" else "the claim")
    if found.since or found.until:
        yield from row("in force", f"{found.since or 'always'} to {found.until or 'today and later'}")
    for head, part in (("applies when", found.when), ("unless", found.unless), ("requires", found.require)):
        if part not in (doc.ALWAYS, doc.NEVER):
            yield f"  {head}"
            yield from clause(part, "    ")
    yield from row("severity", found.severity + (", and fail when" if found.fail_when is not None else ""))
    if found.fail_when is not None:
        yield from clause(found.fail_when, "    ")
    if found.presume:
        yield from row("presumes", f"that these sets are complete: {', '.join(each.text for each in found.presume)}")
    yield from row("disposition", _DISPOSITIONS[found.disposition])
    yield from row("message", found.message)
    yield from row("remedy", found.remedy)
    yield from row("to mend", found.fix + (f", at {found.at.text}" if found.at else ""))
    if found.denial is not None:
        yield from row("denial", denial(found.denial))
    if found.after:
        yield from row("after", f"{', '.join(each.text for each in found.after)}: silent where one of these has spoken")
    yield from source_rows(ruleset, found.source.text)
    yield from _sets(ruleset, found)
    yield from _changes(ruleset, found)
    yield from _standing(about, found)


_DISPOSITIONS = {
    "reject": "reject: the front end refuses the claim (999 or 277CA)",
    "return": "return: unprocessable; mend it and send it as new",
    "deny": "deny: adjudicated and denied",
    "reduce": "reduce: paid less",
    "inform": "inform: nothing happens to the claim",
}


def clause(part: doc.Clause, indent: str) -> Iterator[str]:
    """A clause as the rule language has it, one condition a line."""
    if isinstance(part, doc.Leaf):
        from cpt_rules.engine.reference_explain import leaf_text

        yield from textwrap.wrap(
            leaf_text(part), WIDTH, initial_indent=indent, subsequent_indent=indent + "    ", break_on_hyphens=False
        )
    elif isinstance(part, doc.Not):
        yield f"{indent}not"
        yield from clause(part.clause, indent + "  ")
    elif isinstance(part, doc.AllOf):
        for each in part.clauses:
            yield from clause(each, indent)
    else:
        yield f"{indent}one of"
        for each in part.clauses:
            first, *rest = clause(each, indent + "    ")
            yield f"{indent}  - {first.strip()}"
            yield from rest


def denial(found: doc.Denial) -> str:
    parts = [f"CARC {'-'.join(each for each in (found.group, found.carc) if each)}"] if found.carc else []
    parts += [f"RARC {', '.join(found.rarc)}"] if found.rarc else []
    parts += [f"277CA {', '.join(found.status)}"] if found.status else []
    return "; ".join(parts)


def source_rows(ruleset: Ruleset, id: str) -> Iterator[str]:
    source = ruleset.sources[id]
    yield from row(
        "source", f"{source.publisher}: {source.title} ({source.edition}) [{id}], {source.confidence} confidence"
    )
    if source.url:
        yield from row("", source.url)


def _sets(ruleset: Ruleset, found: doc.Edit) -> Iterator[str]:
    named = {
        item.id: None
        for part in (found.when, found.unless, found.require, found.fail_when)
        for leaf in leaves(part)
        for item in leaf.items
        if isinstance(item, doc.SetRef) and item.id in ruleset.sets
    }
    for id in named:
        yield from row("set", f"{id}: {ruleset.sets[id].title}")


def _changes(ruleset: Ruleset, found: doc.Edit) -> Iterator[str]:
    for overlay in ruleset.overlays:
        change = overlay.edits.get(found.edit.text)
        if change is not None:
            yield from row("overlay", f"{overlay.overlay.text}, for {whom(overlay.applies)}: {changed(change)}")


def changed(change: doc.EditChange) -> str:
    """What an overlay does to an edit: ``"adopts it, severity warn, since 2018-06-01 [source]"``."""
    words = ["adopts it"] if change.adopt else []
    words += [f"turns it off ({change.reason})"] if change.off else []
    words += [f"severity {change.severity}"] if change.severity else []
    words += [f"unless {'; '.join(each.strip() for each in clause(change.unless, ''))}"] if change.unless else []
    words += [f"since {change.since}"] if change.since else []
    words += [f"until {change.until}"] if change.until else []
    return f"{', '.join(words)} [{change.source.text}]"


def whom(applies: doc.For) -> str:
    """Whom an overlay concerns, in words."""
    parts = (
        applies.payer and applies.payer.text,
        applies.line_of_business,
        applies.plan and f"plan {applies.plan}",
        applies.state and f"state {applies.state}",
        applies.client and f"client {applies.client}",
    )
    return ", ".join(part for part in parts if part)


def _standing(about: Knowledge, found: doc.Edit) -> Iterator[str]:
    """What holds for the payer that was asked for."""
    if about.match.payer is None:
        return
    state = about.edit(found)
    if state.runs is None:
        verdict = f"not known whether it is this payer's rule: not checked, missing {', '.join(state.missing)}"
    else:
        verdict = f"runs, severity {state.severity}" if state.runs else "off"
    acting = [
        link.overlay.overlay.text
        for link in about.links
        if (change := link.overlay.edits.get(found.edit.text)) is not None and in_force(change, about.day)
    ]
    by = f"; by overlay {', '.join(acting)}" if acting else ""
    yield from row(f"for {about.match.payer}", f"on {about.day}: {verdict}{by}")
