"""How far a run has come, on standard error: a line that changes on a terminal, else a line every so often.

A thread of its own says it, so that a run that waits for its input says so too, and counting costs nothing. No message
names anything of a claim.
"""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress

from cpt_rules.commands.output import complain, on_terminal

FIRST, STEP = 1.0, 0.25  # seconds on a terminal; a short run shows nothing
ASKED, LONG = 10.0, 60.0  # seconds between the lines that are said elsewhere: where they are asked for, and where not
_CLEAR = "\r\x1b[K"


class Progress:
    """A context. `wanted` None: on a terminal unless the output goes there too, elsewhere once a minute.

    `fraction` says how much of the input has been read, from 0 to 1; None where nobody knows. `noun` is what is counted.
    """

    def __init__(
        self,
        wanted: bool | None,
        output: str,
        fraction: Callable[[], float | None] = lambda: None,
        noun: str = "claim",
    ) -> None:
        self._fraction = fraction
        self._noun = noun
        self._repaints = _is_terminal() and (wanted or not (output == "-" and on_terminal()))
        self._pauses = (FIRST, STEP) if self._repaints else (ASKED, ASKED) if wanted else (LONG, LONG)
        self._wanted = wanted is not False
        self._says_end = bool(wanted)
        self._painted = False
        self._count = 0
        self._started = time.monotonic()
        self._ended = threading.Event()
        self._thread: threading.Thread | None = None
        self._lock = threading.Lock()

    def claims(self, count: int) -> None:
        """So many claims are done."""
        self._count = count

    def complain(self, message: str) -> None:
        """A line on standard error that does not run into the one that changes."""
        with self._lock:
            self._clear()
            complain(message)

    def __enter__(self) -> Progress:
        self._started = time.monotonic()
        if self._wanted:
            self._thread = threading.Thread(target=self._run, name="progress", daemon=True)
            self._thread.start()
        return self

    def __exit__(self, *fault: object) -> None:
        self._ended.set()
        if self._thread is not None:
            self._thread.join(1)  # it may be held up by a standard error that nobody reads
        if self._says_end:
            self._clear()
            complain(self._at_end())
        elif self._painted:
            _say("\n")

    def _run(self) -> None:
        pause, step = self._pauses
        while not self._ended.wait(pause):
            pause = step
            self._says_end = True
            with self._lock:
                if self._repaints:
                    _say(_CLEAR + self._line())
                    self._painted = True
                else:
                    complain(self._line())

    def _line(self) -> str:
        seconds = time.monotonic() - self._started
        parts = [f"cpt-rules: {_number(self._count, 'claim')}", f"{self._count / max(seconds, 0.001):,.0f} a second"]
        done = self._fraction()
        if done is not None and 0 < done <= 1:
            parts.append(f"{done:.0%} of the input")
            parts.append(f"about {_duration(seconds / done * (1 - done))} left")
        return ", ".join(parts)

    def _at_end(self) -> str:
        seconds = time.monotonic() - self._started
        rate = f"{self._count / max(seconds, 0.001):,.0f} a second"
        return f"cpt-rules: {_number(self._count, 'claim')} in {_duration(seconds)}, {rate}"

    def _clear(self) -> None:
        if self._painted:
            _say(_CLEAR)
            self._painted = False


def _number(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def _duration(seconds: float) -> str:
    if seconds < 59.5:
        return f"{seconds:.0f} s" if seconds >= 9.95 else f"{seconds:.1f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"


def _say(text: str) -> None:
    with suppress(OSError, ValueError):
        sys.stderr.write(text)
        sys.stderr.flush()


def _is_terminal() -> bool:
    try:
        return sys.stderr.isatty()
    except (AttributeError, ValueError):
        return False
