"""Rows that belong together, gathered within a window, and identifiers that were seen before it."""

from __future__ import annotations

from array import array
from collections import OrderedDict
from collections.abc import Iterator
from typing import Any

from attrs import define, field

from cpt_rules.readers.problem import Fault

HELD = 1 << 26  # characters of open claims, beside the window of rows
LINES = 9_999  # rows of one claim; X12 ends at 999 lines


@define(eq=False)
class Group:
    """The rows of one claim so far. `first` and `last` are row numbers, `seen` counts rows of the file.

    `named`: the identifier stood in a row that is in order; in another one it might be anything.
    """

    id: str
    first: int
    last: int = 0
    named: bool = False
    seen: int = 0
    rows: int = 0
    size: int = 0
    own: Any = None  # the cells of the claim's own fields as the first row has them
    values: dict[str, Any] = field(factory=dict)
    there: list[str] = field(factory=list)
    lines: list[tuple[dict[str, Any], list[str], int]] = field(factory=list)
    fault: Fault | None = None
    fault_row: int = 0

    def lost(self, fault: Fault, row: int) -> None:
        """The claim cannot be read. The first reason is kept, the lines are let go."""
        if self.fault is None:
            self.fault, self.fault_row = fault, row
        self.lines.clear()
        self.values = {}


class Open:
    """Claims whose rows may still come, the one whose last row is longest ago first."""

    def __init__(self, window: int) -> None:
        self.window = window
        self.groups: OrderedDict[str, Group] = OrderedDict()
        self.closed = Seen()
        self.held = 0
        self.next = window

    def group(self, key: str, id: str, row: int, seen: int) -> Group:
        """The group of a row, new where none is open. One that was closed before is lost."""
        found = self.groups.get(key)
        if found is None:
            found = self.groups[key] = Group(id, row)
            if key in self.closed:
                remedy = f"sort the file by claim, or widen the window (it is {self.window} rows) in a mapping file"
                found.lost(
                    Fault("flat.split", "the claim goes on after other rows, and was taken for whole", remedy), row
                )
        elif found.seen != seen - 1:
            self.groups.move_to_end(key)
        found.last, found.seen = row, seen
        found.rows += 1
        return found

    def hold(self, group: Group, size: int) -> None:
        group.size += size
        self.held += size

    def ripe(self, seen: int) -> Iterator[Group]:
        """The groups that are whole once so many rows were seen; none before `next` rows unless too much is held."""
        groups = self.groups
        while groups:
            key, group = next(iter(groups.items()))
            if group.seen >= seen - self.window and (self.held <= HELD or len(groups) == 1):
                self.next = group.seen + self.window + 1
                return
            yield self._close(key, group)

    def rest(self) -> Iterator[Group]:
        while self.groups:
            key, group = next(iter(self.groups.items()))
            yield self._close(key, group)

    def _close(self, key: str, group: Group) -> Group:
        del self.groups[key]
        self.held -= group.size
        self.closed.add(key)
        return group


class Seen:
    """A set of texts that takes 16 bytes or so each and only ever grows: open addressing over their 64-bit hashes.

    Two texts in 2^64 may be taken for one.
    """

    def __init__(self) -> None:
        self._slots = array("Q", bytes(8 * 1024))
        self._count = 0

    def __contains__(self, text: str) -> bool:
        return self._slots[self._slot(_hash(text))] != 0

    def add(self, text: str) -> None:
        value = _hash(text)
        at = self._slot(value)
        if self._slots[at]:
            return
        self._slots[at] = value
        self._count += 1
        if self._count * 2 > len(self._slots):
            old = self._slots
            self._slots = array("Q", bytes(16 * len(old)))
            for each in old:
                if each:
                    self._slots[self._slot(each)] = each

    def _slot(self, value: int) -> int:
        slots = self._slots
        mask = len(slots) - 1
        at = value & mask
        while slots[at] and slots[at] != value:
            at = (at + 1) & mask
        return at


def _hash(text: str) -> int:
    return (hash(text) & 0xFFFFFFFFFFFFFFFF) or 1
