"""One JSON document: ``{"claims": [claim with its findings, …], "summary": …}``, written claim by claim."""

from __future__ import annotations

from attrs import define, field

from cpt_rules.writers.jsonl import JsonlWriter, dumped, encoded
from cpt_rules.writers.records import Entry, claim_record, written
from cpt_rules.writers.summary import Summary, summary_record


@define
class JsonWriter:
    """The records of JSONL in one document: a claim's findings stand in its `findings`; a claim takes one line."""

    everything: bool = False
    _jsonl: JsonlWriter = field(factory=JsonlWriter, init=False)
    _begun: bool = field(default=False, init=False)

    def claim(self, item: Entry) -> bytes:
        findings = written(item.findings, everything=self.everything)
        texts = [self._jsonl.finding(item.n, each, item.report) for each in findings]
        claim = dumped(claim_record(item)).removesuffix("}")
        return encoded(f'{self._opening()}{claim}, "findings": [{", ".join(texts)}]}}')

    def end(self, summary: Summary) -> bytes:
        opening = "\n],\n" if self._begun else '{"claims": [],\n'
        return encoded(f'{opening}"summary": {dumped(summary_record(summary))}}}\n')

    def _opening(self) -> str:
        opening = ",\n" if self._begun else '{"claims": [\n'
        self._begun = True
        return opening
