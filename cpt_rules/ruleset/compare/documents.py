"""How two documents of the same kind and id differ, each kind by its own keys."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping

from cpt_rules.language import documents as doc
from cpt_rules.language.conditions import leaves
from cpt_rules.ruleset.compare.clauses import clause_text, item_text, meaning
from cpt_rules.ruleset.compare.model import Concern, Difference, Span
from cpt_rules.ruleset.compare.timelines import Dates, compared
from cpt_rules.ruleset.payers import normalised

Names = Iterable[str]
_DAY = dt.timedelta(days=1)


# ---- parts ---------------------------------------------------------------------------------------------------------


def plain(part: str, old: object, new: object, concern: Concern = "meaning") -> Iterator[Difference]:
    """A key with one value."""
    if old != new:
        yield Difference(part, _text(old), _text(new), concern=concern)


def listing(part: str, old: Names, new: Names, concern: Concern = "meaning", nothing: str = "") -> Iterator[Difference]:
    """A key with names whose order does not matter. `nothing` is what an empty list means."""
    before, after = sorted(set(old)), sorted(set(new))
    if before != after:
        yield Difference(
            part,
            ", ".join(before) or nothing or None,
            ", ".join(after) or nothing or None,
            joined=tuple(each for each in after if each not in before),
            left=tuple(each for each in before if each not in after),
            concern=concern,
        )


def clause(part: str, old: doc.Clause | None, new: doc.Clause | None) -> Iterator[Difference]:
    """A clause; how it is written does not matter."""
    if meaning(old) != meaning(new):
        yield Difference(part, clause_text(old), clause_text(new))


def _text(value: object) -> str | None:
    if isinstance(value, doc.Name):
        return value.text
    if isinstance(value, doc.SetRef):
        return f"for $set.{value.id}"
    return None if value is None else str(value)


def _keys(old: Mapping[str, object], new: Mapping[str, object]) -> list[str]:
    return sorted({*old, *new})


# ---- knowledge -----------------------------------------------------------------------------------------------------


def sources(old: doc.Source, new: doc.Source) -> Iterator[Difference]:
    yield from plain("edition", old.edition, new.edition)
    yield from plain("confidence", old.confidence, new.confidence)
    yield from plain("review by", old.review_by, new.review_by)
    for part, before, after in (
        ("title", old.title, new.title),
        ("publisher", old.publisher, new.publisher),
        ("url", old.url, new.url),
        ("retrieved", old.retrieved, new.retrieved),
    ):
        yield from plain(part, before, after, "words")


def sets(old: doc.SetDocument, new: doc.SetDocument) -> Iterator[Difference]:
    yield from compared("values", Dates(old.values), Dates(new.values))
    yield from plain("complete", old.complete, new.complete)
    yield from plain("source", old.source.text, new.source.text)
    yield from plain("title", old.title, new.title, "words")


def vocabulary(old: doc.Fact, new: doc.Fact) -> Iterator[Difference]:
    yield from plain("type", _type(old.type), _type(new.type))
    yield from plain("for", old.purpose, new.purpose)
    yield from plain("title", old.title, new.title, "words")


def _type(type: doc.FactType) -> str:
    return f"list of {type.format}" if type.many else type.format


def fact_values(old: Mapping[str, doc.FactValue], new: Mapping[str, doc.FactValue]) -> Iterator[Difference]:
    """The facts of a profile or payer. One that is named as not available, and one that is not named, are both unknown."""
    for fact in _keys(old, new):
        before, after = old.get(fact), new.get(fact)
        yield from compared(f"facts {fact}", _dates(before), _dates(after))
        if before is not None and before.source is not None and after is not None and after.source is not None:
            yield from plain(f"facts {fact} source", before.source, after.source)


def _dates(value: doc.FactValue | None) -> Dates | None:
    return None if value is None else Dates(value.values)


def profiles(old: doc.Profile, new: doc.Profile) -> Iterator[Difference]:
    yield from fact_values(old.facts, new.facts)
    yield from plain("label", old.label, new.label, "words")


def payers(old: doc.PayerDocument, new: doc.PayerDocument) -> Iterator[Difference]:
    yield from listing("ids", old.ids, new.ids)
    yield from listing("names", map(normalised, old.names), map(normalised, new.names))
    yield from listing("filing", old.filing, new.filing)
    yield from plain("line of business", old.line_of_business, new.line_of_business)
    for name in _keys(old.plans, new.plans):
        before, after = old.plans.get(name), new.plans.get(name)
        yield from listing(f"plans {name} ids", before.ids if before else (), after.ids if after else ())
        of_old, of_new = (tuple(map(normalised, each.names)) if each else () for each in (before, after))
        yield from listing(f"plans {name} names", of_old, of_new)
        yield from plain(f"plans {name}", before and "named", after and "named")
    yield from fact_values(old.facts, new.facts)
    yield from plain("title", old.title, new.title, "words")


def tables(old: doc.TableDocument, new: doc.TableDocument) -> Iterator[Difference]:
    yield from plain("columns", _columns(old), _columns(new))
    yield from plain("key", ", ".join(old.key), ", ".join(new.key))
    yield from plain("unique", old.unique, new.unique)
    yield from listing("settings", old.settings, new.settings)
    yield from plain("validity", ", ".join(old.validity) or None, ", ".join(new.validity) or None)
    yield from plain("edition", old.edition, new.edition)
    yield from plain("since", old.since, new.since)
    yield from plain("until", old.until, new.until)
    yield from plain("complete", old.complete, new.complete)
    yield from plain("source", old.source.text, new.source.text)
    yield from plain("title", old.title, new.title, "words")


def _columns(table: doc.TableDocument) -> str:
    return ", ".join(f"{name} ({_type(type)})" for name, type in table.columns.items())


# ---- edits ---------------------------------------------------------------------------------------------------------


def edits(old: doc.Edit, new: doc.Edit) -> Iterator[Difference]:
    yield from listing("payers", _names(old.payers), _names(new.payers), nothing="all")
    yield from plain("each", old.each, new.each)
    yield from dates(old, new)
    for alias in _keys(old.lookup, new.lookup):
        yield from plain(f"lookup {alias}", _lookup(old.lookup.get(alias)), _lookup(new.lookup.get(alias)))
    yield from clause("when", old.when, new.when)
    yield from clause("unless", old.unless, new.unless)
    yield from clause("require", old.require, new.require)
    yield from plain("severity", old.severity, new.severity)
    yield from clause("fail when", old.fail_when, new.fail_when)
    yield from listing("presume", _names(old.presume), _names(new.presume))
    yield from listing("after", _names(old.after), _names(new.after))
    yield from plain("disposition", old.disposition, new.disposition)
    yield from plain("fix", old.fix, new.fix)
    yield from plain("denial", _denial(old.denial), _denial(new.denial))
    yield from plain("override", old.override, new.override)
    yield from plain("source", old.source.text, new.source.text)
    yield from listing("formerly", old.formerly, new.formerly, "words")
    yield from plain("title", old.title, new.title, "words")
    yield from plain("message", old.message, new.message, "words")
    yield from plain("remedy", old.remedy, new.remedy, "words")
    yield from plain("at", _at(old), _at(new), "words")
    yield from tests(old.tests, new.tests)


def dates(old: doc.Edit | doc.EditChange, new: doc.Edit | doc.EditChange, part: str = "") -> Iterator[Difference]:
    """`since` and `until`, with the days between the old one and the new one."""
    if old.since != new.since:
        begins = [each for each in (old.since, new.since) if each is not None]
        first = min(begins) if len(begins) == 2 else None
        yield Difference(f"{part}since", _text(old.since), _text(new.since), Span(first, max(begins) - _DAY))
    if old.until != new.until:
        ends = [each for each in (old.until, new.until) if each is not None]
        last = max(ends) if len(ends) == 2 else None
        first = min(ends) + _DAY if min(ends) < dt.date.max else None
        yield Difference(f"{part}until", _text(old.until), _text(new.until), Span(first, last))


def tests(old: tuple[doc.Test, ...], new: tuple[doc.Test, ...]) -> Iterator[Difference]:
    """Inline tests by name; their order does not matter."""
    before, after = ({each.name: each for each in found} for found in (old, new))
    changed = sorted(name for name in {*before, *after} if before.get(name) != after.get(name))
    if changed:
        yield Difference(
            "tests",
            ", ".join(name for name in changed if name in before) or None,
            ", ".join(name for name in changed if name in after) or None,
            joined=tuple(name for name in changed if name not in before),
            left=tuple(name for name in changed if name not in after),
            concern="tests",
        )


def _names(names: Iterable[doc.Name]) -> list[str]:
    return [each.text for each in names]


def _lookup(lookup: doc.Lookup | None) -> str | None:
    if lookup is None:
        return None
    keys = [f"{column}: {item_text(lookup.keys[column])}" for column in sorted(lookup.keys)]
    setting = [] if lookup.setting is None else [f"setting: {item_text(lookup.setting)}"]
    return f"{{{', '.join([f'table: {lookup.table.text}', *setting, *keys])}}}"


def _denial(denial: doc.Denial | None) -> str | None:
    if denial is None:
        return None
    parts = [f"group {denial.group}"] if denial.group else []
    parts += [f"CARC {denial.carc}"] if denial.carc else []
    parts += [f"RARC {', '.join(sorted(denial.rarc))}"] if denial.rarc else []
    parts += [f"277CA {', '.join(sorted(denial.status))}"] if denial.status else []
    return "; ".join(parts) or "none"


def _at(edit: doc.Edit) -> str | None:
    """The field that findings point to."""
    first = next(leaves(edit.require), None)
    return edit.at.text if edit.at is not None else first.field if first is not None else None


# ---- overlays ------------------------------------------------------------------------------------------------------


def overlays(old: doc.Overlay | None, new: doc.Overlay | None) -> Iterator[Difference]:
    """What an overlay changes, compared; of None everything is added, or taken away."""
    if old is not None and new is not None:
        yield from plain("for", whom(old.applies), whom(new.applies))
    edits_of = [{} if each is None else each.edits for each in (old, new)]
    for id in _keys(*edits_of):
        yield from _edit_change(id, *(each.get(id) for each in edits_of))
    tables_of = [{} if each is None else _value_changes(each) for each in (old, new)]
    for part in _keys(*tables_of):
        before, after = (each.get(part) for each in tables_of)
        yield from compared(part, _change_dates(before), _change_dates(after))
        if before is not None and after is not None:
            yield from plain(f"{part} source", before.source, after.source)
    if old is not None and new is not None:
        yield from tests(old.tests, new.tests)


def _edit_change(id: str, old: doc.EditChange | None, new: doc.EditChange | None) -> Iterator[Difference]:
    part = f"edits {id}"
    if old is None or new is None:
        one = old or new
        assert one is not None
        days = Span(one.since, one.until)
        yield Difference(part, None if old is None else changed(old), None if new is None else changed(new), days)
        return
    before, after = (_done(each) for each in (old, new))
    if before != after:
        yield Difference(part, ", ".join(before) or "nothing", ", ".join(after) or "nothing")
    yield from clause(f"{part} unless", old.unless, new.unless)
    yield from dates(old, new, f"{part} ")
    yield from plain(f"{part} source", old.source.text, new.source.text)
    yield from plain(f"{part} reason", old.reason, new.reason, "words")


def _done(change: doc.EditChange) -> list[str]:
    words = ["adopt"] if change.adopt else []
    words += ["off"] if change.off else []
    return words + ([f"severity {change.severity}"] if change.severity else [])


def changed(change: doc.EditChange) -> str:
    """What an overlay does to an edit, in words."""
    words = _done(change)
    words += [f"unless {clause_text(change.unless)}"] if change.unless is not None else []
    words += [f"since {change.since}"] if change.since else []
    words += [f"until {change.until}"] if change.until else []
    return ", ".join(words)


def _value_changes(overlay: doc.Overlay) -> dict[str, doc.ValueChange]:
    """The changes of sets and facts by the key under which each stands."""
    found = {f"sets {id}{each.sign}": each for id, changes in overlay.sets.items() for each in changes}
    found |= {f"facts {id}{each.sign}": each for id, changes in overlay.facts.items() for each in changes}
    for code, facts in overlay.profiles.items():
        found |= {f"profiles {code} {id}{each.sign}": each for id, changes in facts.items() for each in changes}
    return found


def _change_dates(change: doc.ValueChange | None) -> Dates | None:
    return None if change is None else Dates(change.values, change.since, change.until)


def whom(applies: doc.For) -> str:
    """Whom an overlay concerns: ``"payer uhc, line of business commercial"``."""
    parts = (
        ("payer", None if applies.payer is None else applies.payer.text),
        ("line of business", applies.line_of_business),
        ("plan", applies.plan),
        ("state", applies.state),
        ("client", applies.client),
    )
    return ", ".join(f"{name} {value}" for name, value in parts if value is not None)
