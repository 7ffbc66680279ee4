"""The linked ruleset: every document by id, values typed, names resolved. Frozen, dated, with a content hash.

Engines compile this and nothing else. What the mappings hold is never changed after linking.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

from attrs import field, fields, frozen

from cpt_rules.language import documents as doc
from cpt_rules.tables.store import Tables

#: The set that stands for every code with a profile document; complete from the first day on.
PROFILES_SET = "profiles"
_NO_MEANING = doc.PLACES | {"tests"}


@frozen
class Ruleset:
    """Linked documents by id. Edits are in order of id; overlays from the least to the most specific, then by id."""

    sources: Mapping[str, doc.Source]
    sets: Mapping[str, doc.SetDocument]
    facts: Mapping[str, doc.Fact]
    profiles: Mapping[str, doc.Profile]
    payers: Mapping[str, doc.PayerDocument]
    edits: Mapping[str, doc.Edit]
    overlays: tuple[doc.Overlay, ...]
    version: str = "0"
    tables: Mapping[str, doc.TableDocument] = field(factory=dict)
    store: Tables = field(factory=Tables, eq=False, repr=False)
    _hash: list[str] = field(factory=list, eq=False, repr=False, init=False)

    @property
    def hash(self) -> str:
        """``sha256:…`` of what findings rest on: the same for the same documents in any file, order or spelling of YAML.

        Starter rows count; tests do not, nor imported tables, which have their own edition and check sum.
        """
        if not self._hash:
            parts = (self.sources, self.sets, self.facts, self.tables, self.profiles, self.payers, self.edits)
            text = repr([*(_in_order(each) for each in (*parts, self.overlays)), self.store.starters])
            self._hash.append("sha256:" + hashlib.sha256(text.encode("utf-8", "backslashreplace")).hexdigest())
        return self._hash[0]


def _in_order(part: object) -> object:
    """A part of a ruleset, for `repr`, with every mapping in it in order of its keys."""
    if isinstance(part, Mapping):
        return {key: _in_order(part[key]) for key in sorted(part)}
    if isinstance(part, tuple) and part and isinstance(part[0], doc.Overlay):
        return tuple(_in_order(each) for each in part)
    if isinstance(part, doc.Profile | doc.PayerDocument | doc.TableDocument | doc.Overlay | doc.Edit | doc.Lookup):
        kept = (each.name for each in fields(type(part)) if each.name not in _NO_MEANING)
        return type(part).__name__, *(_in_order(getattr(part, name)) for name in kept)
    return part


def specificity(applies: doc.For) -> int:
    """The rank of an overlay in a claim's chain: payer, line of business, plan, state, client, the last weighs most."""
    parts = (applies.payer, applies.line_of_business, applies.plan, applies.state, applies.client)
    return sum(1 << place for place, part in enumerate(parts) if part is not None)
