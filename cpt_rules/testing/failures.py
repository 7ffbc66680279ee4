"""What a failed test prints: the claim as a scenario would give it, and why the edit came out as it did."""

from __future__ import annotations

import json
import re
import textwrap
from collections.abc import Iterator
from typing import Any

from cpt_rules.claim import Claim
from cpt_rules.engine.reference_edits import Judged
from cpt_rules.engine.reference_explain import leaf_text
from cpt_rules.finding import shown
from cpt_rules.readers.json_claim import claim_to_json

_WIDTH = 100
_TRUTH = {True: "true", False: "false", None: "unknown"}
_PLAIN = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9 ._/()+-]*[A-Za-z0-9.)+])?").fullmatch


def claim_text(claim: Claim) -> Iterator[str]:
    """A claim in YAML, what is absent left out: it may be pasted into the `given` of a scenario."""
    record = _present(claim_to_json(claim))
    lines = record.pop("lines", [])
    for key, value in record.items():
        yield f"{key}: {_flow(value)}"
    if lines:
        yield "lines:"
        for line in lines:
            kept = _flow(line).replace(": ", ":\0")  # a key stays beside its value
            for part in textwrap.wrap(
                kept,
                _WIDTH,
                initial_indent="  - ",
                subsequent_indent="     ",
                break_long_words=False,
                break_on_hyphens=False,
            ):
                yield part.replace("\0", " ")


def _present(value: Any) -> Any:
    """JSON without what is absent."""
    if isinstance(value, dict):
        present = {key: _present(each) for key, each in value.items()}
        return {
            key: each
            for key, each in present.items()
            if each not in (None, []) and not (each == {} and key in ("payer", "subscriber", "patient"))
        }
    return [_present(each) for each in value] if isinstance(value, list) else value


def _flow(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {_flow(each)}" for key, each in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_flow, value)) + "]"
    if isinstance(value, bool):
        return "yes" if value else "no"
    text = str(value)
    return text if _PLAIN(text) and text != "null" else json.dumps(text, ensure_ascii=False)


def reasons(each: Judged) -> Iterator[str]:
    """Why an edit came out as it did in one place: each condition with its truth, and what its field held."""
    judgement = each.judgement
    setting = judgement.setting
    silenced = f", silenced by {each.cause}" if each.cause else ""
    yield f"{each.outcome.label}: {judgement.edit.edit.text}{silenced}"
    if not judgement.in_dates:
        yield "  the edit is not in force on the day"
    if judgement.payers is not True:
        unsure = "whether it is this payer's rule is not known"
        yield f"  {'it is off for this payer' if judgement.payers is False else unsure}"
    truths = {"when": judgement.when, "unless": judgement.unless, "require": judgement.require}
    before = ""
    for part, leaf in judgement.stated:
        if part != before:
            yield f"  {part}" + (f": {_TRUTH[truths[part]]}" if part in truths else "")
            before = part
        yield from _wrapped(
            f"{leaf_text(leaf)}   (found: {_short(shown(setting.reading(leaf.field)))})",
            f"    {_TRUTH[setting.truth(leaf)]:<9}",
        )
    if judgement.missing:
        yield from _wrapped(f"missing: {', '.join(judgement.missing)}", "  ")
    for change in judgement.changes:
        perhaps = f", perhaps (unknown: {', '.join(change.link.undecided)})" if change.link.undecided else ""
        yield f"  overlay {change.link.overlay.overlay.text} changes the edit{perhaps}"


def _wrapped(text: str, head: str) -> list[str]:
    indent = " " * (len(head) + 4)
    return textwrap.wrap(text, _WIDTH, initial_indent=head, subsequent_indent=indent, break_on_hyphens=False)


def _short(text: str) -> str:
    return text if len(text) <= 120 else text[:117] + "..."
