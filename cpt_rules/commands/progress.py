"""A count of claims on standard error while a long input is read."""

from __future__ import annotations

import sys
import time
from contextlib import suppress

from cpt_rules.commands.output import on_terminal

_FIRST = 1.0  # seconds; a short run shows nothing
_STEP = 0.25


class Progress:
    """A context. `wanted` None: only where standard error is a terminal and the output goes elsewhere."""

    def __init__(self, wanted: bool | None, output: str) -> None:
        if wanted is None:
            wanted = _is_terminal() and not (output == "-" and on_terminal())
        self._next = time.monotonic() + _FIRST if wanted else float("inf")
        self._started = time.monotonic()
        self._shown = False

    def claims(self, count: int) -> None:
        now = time.monotonic()
        if now >= self._next:
            self._next = now + _STEP
            self._shown = True
            self._say(f"\r{count:,} claims, {count / (now - self._started):,.0f} a second ")

    def __enter__(self) -> Progress:
        return self

    def __exit__(self, *fault: object) -> None:
        if self._shown:
            self._say("\n")

    def _say(self, text: str) -> None:
        with suppress(OSError, ValueError):
            sys.stderr.write(text)
            sys.stderr.flush()


def _is_terminal() -> bool:
    try:
        return sys.stderr.isatty()
    except (AttributeError, ValueError):
        return False
