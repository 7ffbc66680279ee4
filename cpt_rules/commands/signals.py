"""Interrupt and termination: either unwinds the stack once, so that what was begun is cleared away, and nothing stops that."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from types import FrameType
from typing import Any

_WATCHED = (signal.SIGINT, signal.SIGTERM)
_received: int | None = None


class Terminated(BaseException):
    """The process was asked to end (SIGTERM)."""


@contextmanager
def unwinding() -> Iterator[None]:
    """A context in which SIGINT raises `KeyboardInterrupt` and SIGTERM `Terminated`.

    Signals that come later are ignored: the process is about to end. A signal that the process ignores already, as
    under nohup, stays ignored. Outside the main thread nothing is done: whoever runs us there handles signals.
    """
    global _received
    _received = None
    before: list[tuple[signal.Signals, Any]] = []
    with suppress(ValueError):  # not in the main thread
        for number in _WATCHED:
            handler = signal.getsignal(number)
            if handler is not signal.SIG_IGN and handler is not None:
                signal.signal(number, _end)
                before.append((number, handler))
    try:
        yield
    finally:
        for number, handler in before:
            signal.signal(number, handler)
        _received = None


def check() -> None:
    """Raises again what a signal has raised where nothing could pass it on, as in a finalizer."""
    if _received is not None:
        _raise(_received)


def _end(number: int, frame: FrameType | None) -> None:
    global _received
    if _received is None:
        _received = number
        _raise(number)


def _raise(number: int) -> None:
    if number == signal.SIGTERM:
        raise Terminated
    raise KeyboardInterrupt
