"""Which segments of an X12 input carried the fields of a claim, put together when somebody asks.

Most claims have no finding that points there, so reading only keeps what is at hand.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import overload

from cpt_rules.claim import Line


class ClaimSegments(Mapping[str, int]):
    """Segment numbers by stored field; the later of `maps` counts."""

    __slots__ = ("_found", "_maps")

    def __init__(self, maps: tuple[dict[str, int], ...]) -> None:
        self._maps = maps
        self._found: dict[str, int] | None = None

    def _all(self) -> dict[str, int]:
        if self._found is None:
            self._found = {name: segment for each in self._maps for name, segment in each.items()}
        return self._found

    def __getitem__(self, name: str) -> int:
        return self._all()[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._all())

    def __len__(self) -> int:
        return len(self._all())

    def __repr__(self) -> str:
        return repr(self._all())


class LineSegments(Sequence[Mapping[str, int]]):
    """The same of each line: the segment of SV1 or SV2 for what it carries, LX for the number, others as `at` says."""

    __slots__ = ("_at", "_lines", "_services")

    def __init__(self, lines: list[Line], services: list[int], at: list[dict[str, int]]) -> None:
        self._lines, self._services, self._at = lines, services, at

    @overload
    def __getitem__(self, place: int) -> Mapping[str, int]: ...
    @overload
    def __getitem__(self, place: slice) -> Sequence[Mapping[str, int]]: ...
    def __getitem__(self, place: int | slice) -> Mapping[str, int] | Sequence[Mapping[str, int]]:
        if isinstance(place, slice):
            return [self[each] for each in range(*place.indices(len(self)))]
        line, service, at = self._lines[place], self._services[place], self._at[place]
        sent = {f"line.{each}": service for each in _OF_SERVICE if getattr(line, each) not in (None, ())}
        return {**sent, "line.number": at["line"], **at}

    def __len__(self) -> int:
        return len(self._lines)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sequence) and list(self) == list(other)

    def __repr__(self) -> str:
        return repr(list(self))


_OF_SERVICE = (
    "revenue_code",
    "code_type",
    "code",
    "modifiers",
    "description",
    "charge",
    "unit_type",
    "units",
    "pos",
    "diagnosis_pointers",
)
