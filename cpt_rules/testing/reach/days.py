"""The days on which something changes for some edits: what they name, when it begins and when it ends."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from itertools import islice

from cpt_rules.language import documents as doc
from cpt_rules.ruleset.ruleset import PROFILES_SET, Ruleset
from cpt_rules.testing.reach.rows import Rows
from cpt_rules.testing.reach.values import DAY

_ROWS_WITH_DAYS = 20


def of_edit(ruleset: Ruleset, edit: doc.Edit) -> Iterator[dt.date]:
    """The first day of the edit, the first day after it, and those of what overlays change of it."""
    yield from _span(edit.since, edit.until)
    for overlay in ruleset.overlays:
        change = overlay.edits.get(edit.edit.text)
        if change is not None:
            yield from _span(change.since, change.until)


def of_set(ruleset: Ruleset, id: str) -> Iterator[dt.date]:
    """The days on which a set changes, or one that it names."""
    if id == PROFILES_SET:
        return
    document = ruleset.sets[id]
    named = [item for dated in document.values for item in dated.items or () if isinstance(item, doc.SetRef)]
    named += [document.complete] if isinstance(document.complete, doc.SetRef) else []
    yield from _starts([document.values])
    for overlay in ruleset.overlays:
        yield from _changed(overlay.sets.get(id, ()))
    for other in dict.fromkeys(each.id for each in named):
        yield from of_set(ruleset, other)


def of_fact(ruleset: Ruleset, head: str, fact: str) -> Iterator[dt.date]:
    """The days on which a fact of any code (``profile``) or payer (``payer``) changes."""
    holders = ruleset.profiles if head == "profile" else ruleset.payers
    yield from _starts(each.facts[fact].values for each in holders.values() if fact in each.facts)
    for overlay in ruleset.overlays:
        tables = overlay.profiles.values() if head == "profile" else (overlay.facts,)
        for facts in tables:
            yield from _changed(facts.get(fact, ()))


def of_table(ruleset: Ruleset, rows: Rows, table: doc.TableDocument) -> Iterator[dt.date]:
    """The days on which editions begin and end, and those of some rows."""
    for setting in table.settings or (None,):
        for edition in ruleset.store.series(table.table.text, setting).editions:
            yield from _span(edition.manifest.effective_from, edition.manifest.effective_to)
            yield from _span(edition.oldest, None)
    for row in islice(rows.of(table.table.text), _ROWS_WITH_DAYS) if table.validity else ():
        first, last = (row.cells[name] for name in table.validity)
        if isinstance(first, dt.date) and isinstance(last, dt.date):
            yield from _span(first, last)


def _changed(changes: Iterable[doc.ValueChange]) -> Iterator[dt.date]:
    for change in changes:
        yield from _starts([change.values])
        yield from _span(change.since, change.until)


def _starts(timelines: Iterable[doc.Timeline]) -> Iterator[dt.date]:
    return (dated.start for timeline in timelines for dated in timeline)


def _span(since: dt.date | None, until: dt.date | None) -> Iterator[dt.date]:
    if since is not None and since > dt.date.min:
        yield since
    if until is not None and until < dt.date.max:
        yield until + DAY
