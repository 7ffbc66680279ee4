"""What a failed test prints: the claim as a scenario would give it, and why the edit came out as it did."""

from __future__ import annotations

import json
import re
import textwrap
from collections.abc import Iterator
from typing import Any

from cpt_rules.claim import Claim
from cpt_rules.engine.reference_edits import Judged
from cpt_rules.engine.reference_explain import reasons
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


def why(each: Judged) -> Iterator[str]:
    """Why an edit came out as it did in one place: each condition with its truth, and what its field held.

    A star marks the conditions because of which it did.
    """
    found = reasons(each)
    silenced = f", silenced by {found.silenced_by}" if found.silenced_by else ""
    yield f"{found.outcome.label}: {found.edit}{silenced}"
    if not found.in_dates:
        yield "  the edit is not in force on the day"
    if found.payers is not True:
        unsure = "whether it is this payer's rule is not known"
        yield f"  {'it is off for this payer' if found.payers is False else unsure}"
    truths = {"when": found.when, "unless": found.unless, "require": found.require}
    before = ""
    for condition in found.conditions:
        if condition.part != before:
            before = condition.part
            yield f"  {before}" + (f": {_TRUTH[truths[before]]}" if before in truths else "")
        yield from _wrapped(
            f"{condition.text}   (found: {_short(shown(condition.reading))})",
            f"  {'*' if condition.decisive else ' '} {_TRUTH[condition.truth]:<9}",
        )
    if found.missing:
        yield from _wrapped(f"missing: {', '.join(found.missing)}", "  ")
    for change in found.changes:
        what = f" ({_short(change.what)})" if change.what else ""
        perhaps = f", perhaps: {', '.join(change.undecided)} is unknown" if change.undecided else ""
        yield from _wrapped(f"overlay {change.overlay} changes {change.of}{what}{perhaps}", "  ")


def _wrapped(text: str, head: str) -> list[str]:
    indent = " " * (len(head) + 4)
    return textwrap.wrap(text, _WIDTH, initial_indent=head, subsequent_indent=indent, break_on_hyphens=False)


def _short(text: str) -> str:
    return text if len(text) <= 120 else text[:117] + "..."
