"""Several processes that judge claims; what they give comes back in the order of the claims.

A worker has one batch at a time and answers before it is given another, so neither waits for the other to read. As many
batches as `AHEAD` times the workers are on their way or waiting for an earlier one, and no more: memory does not grow
with the input. A worker that ends before its time is an error, and so is one that fails; no claim is left out.
"""

from __future__ import annotations

import copyreg
import gc
import io
import multiprocessing
import os
import pickle
import signal
import sys
import traceback
from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import suppress
from multiprocessing.connection import Connection, wait
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from attrs import define, field, frozen

from cpt_rules.commands.output import CannotWrite

if TYPE_CHECKING:
    from cpt_rules.claim import Claim
    from cpt_rules.commands.judge import Judge, Judged

CLAIMS, LINES = 100, 2000  # a batch is full with either
AHEAD = 3
#: Forked workers share the memory of ruleset and tables and start in a few milliseconds; elsewhere they load them anew.
START = "fork" if sys.platform == "linux" else "spawn"


def batches(claims: Iterable[Claim]) -> Iterator[list[Claim]]:
    """The claims in batches; a batch of long claims has fewer."""
    batch: list[Claim] = []
    lines = 0
    for claim in claims:
        batch.append(claim)
        lines += len(claim.lines)
        if len(batch) >= CLAIMS or lines >= LINES:
            yield batch
            batch, lines = [], 0
    if batch:
        yield batch


@frozen
class Failed:
    """A worker's word that something went wrong in the program itself: the kind of error and its place, no value."""

    text: str


@define(eq=False)
class _Worker:
    process: Any
    connection: Connection
    batch: int | None = None  # the one it has


@define(eq=False)
class Pool:
    """A context: as long as it lasts there are `jobs` workers."""

    judge: Judge
    jobs: int
    start: str = START
    _workers: list[_Worker] = field(factory=list, init=False)
    _given: int = field(default=0, init=False)
    _results: dict[int, Judged] = field(factory=dict, init=False)
    _next: int = field(default=0, init=False)

    def __enter__(self) -> Pool:
        context: Any = multiprocessing.get_context(self.start)
        gc.collect()
        gc.freeze()  # what is shared with the workers stays shared as long as nobody writes to it
        try:
            for _ in range(self.jobs):
                ours, theirs = context.Pipe()
                if self.start == "fork":
                    # it has all that is open here, and must let go of it, or would not see that this process is gone
                    inherited = [ours, *(each.connection for each in self._workers)]
                    process = context.Process(target=_work, args=(self.judge, theirs, inherited), daemon=True)
                else:
                    process = context.Process(target=_work_anew, args=(_pickled(self.judge), theirs), daemon=True)
                process.start()
                theirs.close()
                self._workers.append(_Worker(process, ours))
        except BaseException:
            self._stop()
            raise
        return self

    def __exit__(self, *fault: object) -> None:
        self._stop()

    def done(self, batches: Iterable[list[Claim]]) -> Iterator[Judged]:
        """What comes of each batch, in order. Raises `CannotWrite` where a worker does not do its work."""
        n = 1
        for batch in batches:
            # What is due goes first: else all that is held could be done, and nobody left to wait for.
            while len(self._results) + self._busy() >= AHEAD * self.jobs:
                self._receive()
                yield from self._due()
            self._submit(n, batch)
            n += len(batch)
            yield from self._due()
        while self._next < self._given:
            self._receive()
            yield from self._due()

    def _submit(self, n: int, claims: list[Claim]) -> None:
        """Gives a batch to a worker, as soon as one has nothing to do. The first claim has number `n`."""
        while all(each.batch is not None for each in self._workers):
            self._receive()
        worker = next(each for each in self._workers if each.batch is None)
        try:
            worker.connection.send_bytes(_pickled((n, claims)))
        except OSError:
            raise self._died(worker) from None
        worker.batch = self._given
        self._given += 1
        self._receive(at_once=True)

    def _due(self) -> Iterator[Judged]:
        while self._next in self._results:
            yield self._results.pop(self._next)
            self._next += 1

    def _busy(self) -> int:
        return sum(each.batch is not None for each in self._workers)

    def _receive(self, at_once: bool = False) -> None:
        """Takes what workers have to say; waits for one of them unless it is to be at once."""
        busy = {each.connection: each for each in self._workers if each.batch is not None}
        for connection in wait(list(busy), 0 if at_once else None):
            worker = busy[connection]  # type: ignore[index]
            try:
                result = pickle.loads(worker.connection.recv_bytes())
            except (EOFError, OSError):
                raise self._died(worker) from None
            if isinstance(result, Failed):
                raise CannotWrite(f"a worker process failed: {result.text}")
            assert worker.batch is not None
            self._results[worker.batch] = result
            worker.batch = None

    def _died(self, worker: _Worker) -> CannotWrite:
        worker.process.join(5)
        code = worker.process.exitcode
        if code is None:
            how = "closed its pipe"
        elif code < 0:
            how = f"was ended by signal {-code}"
        else:
            how = f"ended with status {code}"
        return CannotWrite(f"a worker process {how} before its work was done; the output is not whole")

    def _stop(self) -> None:
        """Ends the workers; one that is in the middle of something is not waited for."""
        for each in self._workers:
            with suppress(OSError):
                each.connection.close()
            if each.batch is not None:
                with suppress(OSError, AttributeError):
                    each.process.kill()
        for each in self._workers:
            each.process.join(5)
        self._workers = []
        gc.unfreeze()


def _work_anew(judge: bytes, connection: Connection) -> None:
    """A worker that shares nothing with the process that started it."""
    _work(pickle.loads(judge), connection, [])


def _work(judge: Judge, connection: Connection, inherited: list[Connection]) -> None:
    """A worker: batches in, what came of them out, until the other end is closed or gone."""
    for each in inherited:
        each.close()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the terminal sends it to all; the first process says what is to be
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    while True:
        try:
            n, claims = pickle.loads(connection.recv_bytes())
        except (EOFError, OSError):
            break
        result: object
        try:
            result = judge.claims(n, claims)
        except Exception as error:
            result = Failed(_place(error))
        try:
            connection.send_bytes(_pickled(result))
        except OSError:
            break
    with suppress(OSError):
        connection.close()
    os._exit(0)  # nothing is to be flushed twice


def _pickled(value: object) -> bytes:
    """A value as bytes; the read-only mappings that claims may hold as well."""
    buffer = io.BytesIO()
    pickler = pickle.Pickler(buffer, pickle.HIGHEST_PROTOCOL)
    pickler.dispatch_table = _TABLE
    pickler.dump(value)
    return buffer.getvalue()


def _read_only(values: dict[Any, Any]) -> MappingProxyType[Any, Any]:
    return MappingProxyType(values)


_TABLE = copyreg.dispatch_table | {MappingProxyType: lambda mapping: (_read_only, (dict(mapping),))}


def _place(error: Exception) -> str:
    """The kind of an error and the line it came from; not its message, which may hold a value of a claim."""
    frames: deque[traceback.FrameSummary] = deque(traceback.extract_tb(error.__traceback__), 1)
    where = f" at {os.path.basename(frames[0].filename)}:{frames[0].lineno}" if frames else ""
    return type(error).__name__ + where
