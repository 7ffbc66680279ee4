"""Two rulesets compared by meaning: which documents were added, removed or changed, in what, for which days and codes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from attrs import define, evolve

from cpt_rules.language import documents as doc
from cpt_rules.ruleset.compare import documents
from cpt_rules.ruleset.compare.clauses import tokens
from cpt_rules.ruleset.compare.model import ALWAYS, Change, Comparison, Concern, Difference, Span, in_order, merged
from cpt_rules.ruleset.compare.reads import Reader, targets_of, touches
from cpt_rules.ruleset.compare.timelines import Dates, compared, word
from cpt_rules.ruleset.ruleset import Ruleset

__all__ = ["Change", "Comparison", "Concern", "Difference", "Span", "compare_rulesets"]

#: How documents of a kind differ; overlays, of which either may be missing, apart.
_DIFFER: Mapping[str, Callable[[Any, Any], Iterator[Difference]]] = {
    "edit": documents.edits,
    "set": documents.sets,
    "profile": documents.profiles,
    "payer": documents.payers,
    "table": documents.tables,
    "fact": documents.vocabulary,
    "source": documents.sources,
    "overlay": documents.overlays,
}


def compare_rulesets(old: Ruleset, new: Ruleset) -> Comparison:
    """The documents in which two rulesets differ, by meaning.

    The order of documents, of conditions, of lists and of tests makes no difference, nor does how YAML is written, nor in
    which file a document stands. `compare_rulesets(new, old)` says the same with old and new exchanged.
    """
    return Comparison(in_order(map(_Impact(old, new).told, _changes(old, new))))


def _changes(old: Ruleset, new: Ruleset) -> Iterator[Change]:
    for kind, differ in _DIFFER.items():
        before, after = _documents(old, kind), _documents(new, kind)
        names = _renamed(before, after) if kind == "edit" else {}
        for id in sorted({*before, *after} - {*names, *names.values()}):
            yield from _change(kind, id, id, before.get(id), after.get(id), differ, _rows(kind, id, old, new))
        for id, former in sorted(names.items()):
            yield from _change(kind, id, former, before[former], after[id], differ, ())


def _change(
    kind: str,
    id: str,
    former: str,
    old: Any,
    new: Any,
    differ: Callable[[Any, Any], Iterator[Difference]],
    rows: tuple[Difference, ...],
) -> Iterator[Change]:
    if old is None or new is None:
        status = "added" if old is None else "removed"
        yield Change(kind, id, status, tuple(_whole(kind, old, new)))  # type: ignore[arg-type]
        return
    if old == new and not rows:
        return
    renamed = (Difference("id", former, id),) if id != former else ()
    found = (*renamed, *differ(old, new), *rows)
    if found:
        yield Change(kind, id, "changed", found, former if renamed else None)


def _whole(kind: str, old: Any, new: Any) -> Iterator[Difference]:
    """The difference that a whole document makes."""
    there = old if new is None else new
    days = Span(there.since, there.until) if kind == "edit" else ALWAYS
    title = _title(there)
    yield Difference("document", None if old is None else title, None if new is None else title, days)
    if kind == "set":
        yield from compared("values", *(None if each is None else Dates(each.values) for each in (old, new)))
    elif kind in ("profile", "payer"):
        yield from documents.fact_values(*({} if each is None else each.facts for each in (old, new)))
    elif kind == "overlay":
        yield from documents.overlays(old, new)


def _title(document: Any) -> str:
    if isinstance(document, doc.Overlay):
        return f"for {documents.whom(document.applies)}"
    return (document.label or "no label") if isinstance(document, doc.Profile) else str(document.title)


def _documents(ruleset: Ruleset, kind: str) -> Mapping[str, Any]:
    if kind == "overlay":
        return {each.overlay.text: each for each in ruleset.overlays}
    found: Mapping[str, Any] = getattr(ruleset, f"{kind}s")
    return found


def _renamed(old: Mapping[str, doc.Edit], new: Mapping[str, doc.Edit]) -> dict[str, str]:
    """The edits of the new ruleset that had another id in the old one, whichever of the two says so."""
    found = {}
    for id in sorted(new.keys() - old.keys()):
        former = [name for name in new[id].formerly if name in old and name not in new]
        former += sorted(name for name in old.keys() - new.keys() if id in old[name].formerly)
        if former:
            found[id] = former[0]
    return found


def _rows(kind: str, id: str, old: Ruleset, new: Ruleset) -> tuple[Difference, ...]:
    """The starter rows of a table that only one of the two has."""
    if kind != "table":
        return ()
    before, after = (_starter_rows(ruleset, id) for ruleset in (old, new))
    found = []
    for setting in sorted({*before, *after}, key=str):
        one, other = before.get(setting, frozenset()), after.get(setting, frozenset())
        if one != other:
            part = "rows" if setting is None else f"rows {setting}"
            counts = (f"{len(one)} rows", f"{len(other)} rows")
            found.append(Difference(part, *counts, ALWAYS, _texts(other - one), _texts(one - other)))
    return tuple(found)


def _starter_rows(ruleset: Ruleset, id: str) -> dict[str | None, frozenset[tuple[str, ...]]]:
    return {each[0].setting: frozenset(each[1]) for each in ruleset.store.starters if each[0].table == id}


def _texts(rows: frozenset[tuple[str, ...]]) -> tuple[str, ...]:
    return tuple(",".join(row) for row in sorted(rows))


# ---- what a change touches -----------------------------------------------------------------------------------------


@define(eq=False)
class _Impact:
    """Days, codes and edits of a change, from what either ruleset has."""

    old: Ruleset
    new: Ruleset
    _readers: tuple[Reader, Reader] | None = None

    @property
    def readers(self) -> tuple[Reader, Reader]:
        if self._readers is None:
            self._readers = Reader(self.old), Reader(self.new)
        return self._readers

    def told(self, change: Change) -> Change:
        if not change.in_meaning:
            return change
        days = merged(self._days(change, each) for each in change.differences if each.concern == "meaning")
        return evolve(
            change, days=days, codes=tuple(sorted(set(self._codes(change)))), edits=tuple(sorted(self._edits(change)))
        )

    def _days(self, change: Change, difference: Difference) -> Span:
        """The days of a difference; of an edit those in which one of the two is in force."""
        if change.kind != "edit" or difference.days != ALWAYS:
            return difference.days
        ids = ((self.old, change.formerly or change.id), (self.new, change.id))
        both = [ruleset.edits[id] for ruleset, id in ids if id in ruleset.edits]
        since, until = [each.since for each in both], [each.until for each in both]
        first = None if None in since else min(each for each in since if each is not None)
        return Span(first, None if None in until else max(each for each in until if each is not None))

    def _edits(self, change: Change) -> set[str]:
        found = set()
        for reader in self.readers:
            for edit in reader.ruleset.edits:
                if touches(change, edit, reader.of(edit)) or self._by_whom(change, edit, reader):
                    found.add(change.id if edit == change.formerly else edit)
        return found

    def _by_whom(self, change: Change, edit: str, reader: Reader) -> bool:
        """Whether an overlay that is for others than before changes an edit, or what it reads."""
        if change.kind != "overlay" or not any(each.part == "for" for each in change.differences):
            return False
        mine = (each for each in reader.ruleset.overlays if each.overlay.text == change.id)
        return any(targets_of(each, edit, reader.of(edit)) for each in mine)

    def _codes(self, change: Change) -> Iterator[str]:
        if change.kind == "profile":
            yield change.id
        for each in change.differences:
            head, _, rest = each.part.partition(" ")
            if change.kind == "set" and head == "values":
                yield from self._of_set(change.id, each)
            elif change.kind == "overlay" and head == "sets":
                yield from self._of_set(rest.rstrip("+-"), each)
            elif change.kind == "overlay" and head == "profiles":
                yield rest.partition(" ")[0]
            elif change.kind == "table" and head == "rows" and self._keyed_by_code(change.id):
                yield from (row.partition(",")[0] for row in (*each.joined, *each.left))

    def _of_set(self, id: str, difference: Difference) -> Iterator[str]:
        """The values that joined or left a set of codes; those of a set that did, one by one."""
        if not any(id in reader.code_sets for reader in self.readers):
            return
        for value in (*difference.joined, *difference.left):
            if value.startswith("$set."):
                yield from self._members(value[5:], frozenset())
            else:
                yield value

    def _members(self, id: str, above: frozenset[str]) -> Iterator[str]:
        """Everything that a set lists at any time, in either ruleset."""
        for ruleset in (self.old, self.new):
            for dated in ruleset.sets[id].values if id in ruleset.sets and id not in above else ():
                for token in (token for item in dated.items or () for token in tokens(item)):
                    if token[0] == "set":
                        yield from self._members(str(token[2]), above | {id})
                    else:
                        yield word(token)

    def _keyed_by_code(self, id: str) -> bool:
        table = self.new.tables.get(id) or self.old.tables[id]
        return table.columns[table.key[0]].format in ("hcpcs", "cpt")
