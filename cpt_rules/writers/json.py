"""One JSON document: ``{"claims": [claim with its findings, …], "summary": …}``, written claim by claim."""

from __future__ import annotations

from collections.abc import Sequence

from attrs import define, field

from cpt_rules.writers.jsonl import JsonlWriter, claim_json, dumped, encoded
from cpt_rules.writers.records import Entry
from cpt_rules.writers.summary import Summary, summary_record


@define
class JsonWriter:
    """The records of JSONL in one document: a claim's findings stand in its `findings`; a claim takes one line."""

    everything: bool = False
    _jsonl: JsonlWriter = field(init=False)
    _begun: bool = field(default=False, init=False)

    def __attrs_post_init__(self) -> None:
        self._jsonl = JsonlWriter(self.everything)

    def claim(self, item: Entry) -> bytes:
        findings = ", ".join(self._jsonl.findings(item))
        return encoded(f'{claim_json(item).removesuffix("}")}, "findings": [{findings}]}}')

    def put(self, claims: Sequence[bytes]) -> bytes:
        if not claims:
            return b""
        opening = b",\n" if self._begun else b'{"claims": [\n'
        self._begun = True
        return opening + b",\n".join(claims)

    def end(self, summary: Summary) -> bytes:
        opening = "\n],\n" if self._begun else '{"claims": [],\n'
        return encoded(f'{opening}"summary": {dumped(summary_record(summary))}}}\n')
