"""The days on which knowledge or a written date may change an outcome; between two of them nothing can."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterator

from cpt_rules.language import documents as doc
from cpt_rules.language.conditions import leaves
from cpt_rules.ruleset.ruleset import Ruleset


def boundaries(ruleset: Ruleset) -> Iterator[dt.date]:
    """Every day on which anything may change."""

    def span(since: dt.date | None, until: dt.date | None) -> Iterator[dt.date]:
        if since is not None:
            yield since
        if until is not None and until < dt.date.max:
            yield until + dt.timedelta(days=1)

    def starts(timelines: Collection[doc.Timeline]) -> Iterator[dt.date]:
        for timeline in timelines:
            yield from (dated.start for dated in timeline)

    for manifest in ruleset.store.manifests():
        yield from span(manifest.effective_from, manifest.effective_to)
    yield from starts([each.values for each in ruleset.sets.values()])
    for profile in ruleset.profiles.values():
        yield from starts([each.values for each in profile.facts.values()])
    for payer in ruleset.payers.values():
        yield from starts([each.values for each in payer.facts.values()])
    for edit in ruleset.edits.values():
        yield from span(edit.since, edit.until)
        for clause in (edit.when, edit.unless, edit.require, edit.fail_when):
            yield from _written(clause)
    for overlay in ruleset.overlays:
        for change in overlay.edits.values():
            yield from span(change.since, change.until)
            yield from _written(change.unless)
        tables = [*overlay.sets.values(), *overlay.facts.values()]
        tables += [changes for facts in overlay.profiles.values() for changes in facts.values()]
        for changes in tables:
            for value in changes:
                yield from span(value.since, value.until)
                yield from starts([value.values])


def _written(clause: doc.Clause | None) -> Iterator[dt.date]:
    """The dates that conditions on the day of service name, and the days after them."""
    for leaf in leaves(clause):
        for item in leaf.items:
            if isinstance(item, doc.Constant) and isinstance(item.value, dt.date):
                yield item.value
                if item.value < dt.date.max:
                    yield item.value + dt.timedelta(days=1)
