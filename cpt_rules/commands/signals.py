"""Interrupt and termination: either unwinds the stack once, so that what was begun is cleared away, and nothing stops that."""

from __future__ import annotations

import os
import select
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from types import FrameType
from typing import Any

_WATCHED = (signal.SIGINT, signal.SIGTERM)
_AGAIN = 0.05  # seconds
_received: int | None = None


class Terminated(KeyboardInterrupt):
    """The process was asked to end (SIGTERM).

    The compiler of Python passes on no other exception from a handler that runs while it folds constants.
    """


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


@contextmanager
def insisting() -> Iterator[None]:
    """A context in which a signal is not lost in a wait; inside of `unwinding`, and where nothing forks any more.

    One that comes just before the main thread begins to wait, for input say, is noted, and raised only when that wait
    ends, which may be never. A thread sends such a one to the main thread until it is raised.
    """
    main = threading.get_ident()
    if main != threading.main_thread().ident or not hasattr(signal, "pthread_kill"):
        yield
        return
    ours, theirs = os.pipe()
    os.set_blocking(theirs, False)
    before = signal.set_wakeup_fd(theirs, warn_on_full_buffer=False)
    thread = threading.Thread(target=_insist, args=(ours, main), name="signals", daemon=True)
    try:
        thread.start()
        yield
    finally:
        signal.set_wakeup_fd(before)
        os.close(theirs)  # the thread reads the end
        if thread.ident is not None:
            thread.join()
        os.close(ours)


def _insist(noted: int, main: int) -> None:
    """Reads the numbers of signals as they are noted, to the end; `main` is the thread that is to raise them."""
    while number := os.read(noted, 1):
        waits = _received is None and signal.getsignal(number[0]) is _end
        if waits and not select.select([noted], [], [], _AGAIN)[0] and _received is None:
            signal.pthread_kill(main, number[0])  # noted in its turn


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
