"""Flat files: one row a line; rows of one claim are gathered within a window, and a claim is given when it is whole.

A claim comes out when no row of it came within the window, in the order of its last row. Its lines are in the order
of their numbers. A fault in one row loses its claim, never half of it, and is one problem for the whole claim.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from cpt_rules.checked import unchecked
from cpt_rules.claim import Claim, Line, Origin
from cpt_rules.readers import flat_group
from cpt_rules.readers.flat_bind import Binding
from cpt_rules.readers.flat_group import LINES, Group, Open
from cpt_rules.readers.flat_make import Row
from cpt_rules.readers.problem import Fault, InputProblem, OnProblem, shown
from cpt_rules.readers.required import first_missing

MANY = 1000  # problems, if more than one for every three rows, after which the rest of an input is not read

_claim = unchecked(Claim)
_line = unchecked(Line)


class Numbered(NamedTuple):
    """A row with its number (for CSV that of its first line); `fault` says why its cells cannot be trusted."""

    number: int
    cells: Row
    fault: Fault | None = None


def claims_of(
    rows: Iterator[Numbered], binding: Binding, input: str, format: str, on_problem: OnProblem
) -> Iterator[Claim]:
    """The claims of rows; what cannot be read goes to `on_problem`."""
    assembly = _Assembly(binding, input, format, on_problem)
    waiting = assembly.open
    for row in rows:
        assembly.add(row)
        if assembly.seen >= waiting.next or waiting.held > flat_group.HELD:
            for group in waiting.ripe(assembly.seen):
                yield from assembly.finished(group)
    for group in waiting.rest():
        yield from assembly.finished(group)


class _Assembly:
    def __init__(self, binding: Binding, input: str, format: str, on_problem: OnProblem) -> None:
        self.binding = binding
        self.input = input
        self.format = format
        self.on_problem = on_problem
        self.open = Open(binding.layout.window)
        self.seen = 0
        self.problems = 0
        self.last_key = max(binding.keys)
        self.ordinal = 0

    def add(self, row: Numbered) -> None:
        """Puts a row to its claim. A row that belongs to none is a problem of its own."""
        self.seen += 1
        binding, cells, fault = self.binding, row.cells, row.fault
        if fault is not None and len(cells) <= self.last_key:
            self._say(fault, row.number, None)
            return
        try:
            key, ident = binding.key(cells)
        except Fault as found:
            self._say(found, row.number, None)
            return
        group = self.open.group(key, ident, row.number, self.seen)
        if fault is not None:
            group.lost(fault, row.number)
            return
        group.named = True
        if group.fault is None:
            try:
                self._fill(group, row)
            except Fault as found:
                group.lost(found, row.number)

    def _fill(self, group: Group, row: Numbered) -> None:
        binding, cells = self.binding, row.cells
        own = binding.own_of(cells)
        if group.own is None:
            group.own = own
            group.values, group.there = binding.claim(cells)
            self.open.hold(group, sum(map(len, own)))
        elif own != group.own:
            self._same(group, row)
        if group.rows > LINES:
            raise Fault("flat.too-many-rows", f"the claim has more than {LINES} rows", "send each claim once")
        values, there = binding.line(cells)
        if binding.numbered and "number" not in values:
            raise Fault("flat.number", "the row has no line number", "number the lines of a claim from 1")
        group.lines.append((values, there, row.number))
        self.open.hold(group, sum(map(len, binding.line_of(cells))))

    def _same(self, group: Group, row: Numbered) -> None:
        """Raises `Fault` where a row says otherwise of the claim than the first one; 25 and 25.00 are the same."""
        binding = self.binding
        if binding.claim(row.cells)[0] == group.values:
            return
        differing = [at for at, old in zip(binding.own, group.own, strict=True) if row.cells[at] != old]
        raise Fault(
            "flat.disagreement",
            f"differs from row {group.first} of the same claim in {binding.columns_of(differing)}",
            "write what belongs to the claim in each of its rows, or tell claims apart by a further column (group)",
        )

    def finished(self, group: Group) -> Iterator[Claim]:
        """The claim of a group, or its problem."""
        if group.fault is None:
            try:
                yield self._claim(group)
                return
            except Fault as fault:
                group.lost(fault, group.first)
        if group.fault is not None:
            self._say(group.fault, group.fault_row, group)

    def _claim(self, group: Group) -> Claim:
        binding, values = self.binding, group.values
        if "type" not in values:
            raise Fault("flat.missing", "is missing", "a claim is professional or institutional", path="claim.type")
        lines = self._lines(group)
        self.ordinal += 1
        origin = Origin(
            self.input,
            self.ordinal,
            format=self.format,
            segments=(group.first, group.last),
            claim_segments=dict.fromkeys(group.there, group.first) | {"claim": group.first},
            line_segments=tuple(dict.fromkeys(there, row) | {"line": row} for _, there, row in group.lines),
        )
        claim: Claim = _claim(**{**values, "id": group.id}, lines=lines, unknown=binding.unknown, origin=origin)
        missing = first_missing(claim, claim.unknown)
        if missing is not None:
            self.ordinal -= 1
            path, remedy = missing
            at = int(path[6 : path.index("]")]) if path.startswith("lines[") else None
            row = f" in row {group.lines[at][2]}" if at is not None else ""
            raise Fault("flat.missing", f"is missing{row}", remedy, path=path.replace(f"lines[{at}]", "line"))
        return claim

    def _lines(self, group: Group) -> tuple[Line, ...]:
        if self.binding.numbered:
            group.lines.sort(key=lambda each: each[0]["number"])
            for one, other in zip(group.lines, group.lines[1:], strict=False):
                if one[0]["number"] == other[0]["number"]:
                    raise Fault(
                        "flat.duplicate-line",
                        f"the rows {one[2]} and {other[2]} have the same line number",
                        "number the lines of a claim, and tell claims apart by a further column (group) if they are two",
                    )
        day = _only_day(group.values)
        found = []
        for place, (values, _, _) in enumerate(group.lines, 1):
            if day is not None and "date" not in values:
                values["date"] = day
            found.append(_line(**{"number": place, **values}))
        return tuple(found)

    def _say(self, fault: Fault, row: int, group: Group | None) -> None:
        rows = group.rows if group is not None else 1
        message = fault.message + (f" (the {rows} rows of the claim are lost)" if rows > 1 else "")
        claim = shown(group.id) if group is not None and group.named else None
        self.on_problem(
            InputProblem(
                fault.code,
                message,
                self.input,
                fault.remedy,
                line=row if self.format == "csv" else None,
                record=row if self.format != "csv" else None,
                path=fault.path,
                claim=claim,
            )
        )
        self.problems += 1
        if self.problems >= MANY and self.problems * 3 > self.seen:
            remedy = "mend the file, or say in a mapping file what its columns hold"
            raise Fault("flat.too-many-problems", "most rows are faulty; the rest of them is not read", remedy)


def _only_day(values: dict[str, Any]) -> Any:
    """The day of a professional claim that is for one day only: its lines are of that day."""
    if values.get("type") != "professional":
        return None
    first = values.get("statement_from")
    return first if values.get("statement_to", first) == first else None
