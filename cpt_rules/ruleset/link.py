"""Documents → Ruleset: ids unique, every document resolved, no cycles, no contradictions. All problems are said at once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TypeVar

from cpt_rules.language import documents as doc
from cpt_rules.language.problems import Mark, Problem, RulesetError, shown
from cpt_rules.ruleset.lookups import resolve_table
from cpt_rules.ruleset.overlap import overlaps
from cpt_rules.ruleset.resolve import Resolver
from cpt_rules.ruleset.resolve_overlays import resolve_overlay
from cpt_rules.ruleset.ruleset import Ruleset, specificity
from cpt_rules.ruleset.typing import Vocabulary

D = TypeVar("D", bound=doc.Document)
#: For each thing that names others of its kind: their names, and where each stands.
Graph = Mapping[str, list[tuple[str, Mark]]]


def link(documents: Iterable[doc.Document], version: str = "0") -> Ruleset:
    """The ruleset of these documents. Raises `RulesetError` with every problem found."""
    documents = tuple(documents)
    problems: list[Problem] = []
    sources = _by_id(documents, doc.Source, lambda d: d.source, problems)
    sets = _by_id(documents, doc.SetDocument, lambda d: d.set, problems)
    facts = _by_id(documents, doc.Fact, lambda d: d.fact, problems)
    profiles = _by_id(documents, doc.Profile, lambda d: d.profile, problems)
    payers = _by_id(documents, doc.PayerDocument, lambda d: d.payer, problems)
    tables = _by_id(documents, doc.TableDocument, lambda d: d.table, problems)
    edits = _by_id(documents, doc.Edit, lambda d: d.edit, problems)
    overlays = _by_id(documents, doc.Overlay, lambda d: d.overlay, problems)
    resolver = Resolver(Vocabulary(facts, sets, payers, problems, tables), sources, profiles, edits)
    for fact in facts.values():
        resolver.fact(fact)
    if problems:
        raise RulesetError(problems)
    for table in tables.values():
        resolve_table(table, sources, resolver.words)
    sets = {id: resolver.set(each) for id, each in sets.items()}
    profiles = {id: resolver.profile(each) for id, each in profiles.items()}
    payers = {id: resolver.payer(each) for id, each in payers.items()}
    edits = {id: resolver.edit(each) for id, each in sorted(edits.items())}
    resolved = tuple(resolve_overlay(each, resolver) for each in overlays.values())
    problems += _cycle({id: list(_sets_named(each)) for id, each in sets.items()}, "a set that contains itself")
    after = {id: [(name.text, name.mark) for name in edit.after] for id, edit in edits.items()}
    problems += _cycle(after, "an edit that comes after itself")
    problems += _former_names(edits)
    problems += overlaps(resolved)
    if problems:
        raise RulesetError(problems)
    ordered = tuple(sorted(resolved, key=lambda each: (specificity(each.applies), each.overlay.text)))
    return Ruleset(sources, sets, facts, profiles, payers, edits, ordered, version, tables)


def _by_id(
    documents: Iterable[doc.Document], cls: type[D], id_of: Callable[[D], doc.Name], problems: list[Problem]
) -> dict[str, D]:
    found: dict[str, D] = {}
    for document in documents:
        if isinstance(document, cls):
            name = id_of(document)
            first = found.setdefault(name.text, document)
            if first is not document:
                kind = cls.__name__.lower().removesuffix("document")
                place = id_of(first).mark
                what = f"{kind} {shown(name.text)} stands twice; it stands first in {place.path}:{place.line}"
                problems.append(Problem(name.mark, what))
    return found


def _sets_named(each: doc.SetDocument) -> Iterator[tuple[str, Mark]]:
    for dated in each.values:
        yield from ((item.id, item.mark) for item in dated.items or () if isinstance(item, doc.SetRef))
    if isinstance(each.complete, doc.SetRef):
        yield each.complete.id, each.complete.mark


def _cycle(graph: Graph, what: str) -> Iterator[Problem]:
    """A problem for the first round trip that is found, where it closes."""
    done: set[str] = set()
    for start in sorted(graph):
        path = [start] if start not in done else []
        stack = [iter(graph[each]) for each in path]
        while stack:
            following, mark = next(stack[-1], (None, None))
            if following is None or mark is None:
                stack.pop()
                done.add(path.pop())
            elif following in path:
                trip = " → ".join([*path[path.index(following) :], following])
                yield Problem(mark, f"{what}: {trip}; leave one of them out")
                return
            elif following not in done and following in graph:
                path.append(following)
                stack.append(iter(graph[following]))


def _former_names(edits: Mapping[str, doc.Edit]) -> Iterator[Problem]:
    seen: dict[str, str] = {id: id for id in edits}
    for id, edit in edits.items():
        for former in edit.formerly:
            if former in seen:
                what = f"{shown(former)} is {'the' if seen[former] == former else 'a former'} name of an edit already"
                yield Problem(doc.place_of(edit, "formerly"), f"{what}; a former name is that of one edit only")
            seen[former] = id
