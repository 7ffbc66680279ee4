"""The lines of a claim bound to pairs and days by the Rete. What a line is, is said in numbers: no value of a claim."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence

from attrs import frozen

from cpt_rules.engine.reference_places import Place
from cpt_rules.engine.rete_network import Match, Network, Session
from cpt_rules.fields import FIELDS
from cpt_rules.language import documents as doc
from cpt_rules.reading import UNKNOWN, Reading, View

#: Lines on either side of a session of pairs, and in a session of days.
_BLOCK = 64
_DAY_BLOCK = 500


@frozen
class Stand:
    """What binds a line: its place in the claim, code, day, provider, and whether it is, or may be, for several days."""

    place: int
    code: Reading
    date: Reading
    provider: Reading
    spans: bool

    @property
    def day(self) -> dt.date | None:
        return self.date if isinstance(self.date, dt.date) else None


def stands_of(view: View) -> list[Stand]:
    """The lines that have a day, or may have one, in the claim's order."""
    found = []
    for place, line in enumerate(view.claim.lines):
        code, date, provider, last = (
            FIELDS[f"line.{name}"].read(view, line) for name in ("code", "date", "provider", "date_to")
        )
        several = isinstance(date, dt.date) and isinstance(last, dt.date) and last > date
        if date is not None:
            found.append(Stand(place, code, date, provider, last is UNKNOWN or several))
    return found


# ---- pairs ---------------------------------------------------------------------------------------------------------


def pairs(network: Network, stands: Sequence[Stand]) -> Iterator[tuple[Stand, Stand]]:
    """Every ordered two lines that are, or may be, of one day and provider; block by block, so that memory stays flat."""
    numbers = _Numbers()
    blocks = [stands[start : start + _BLOCK] for start in range(0, len(stands), _BLOCK)]
    for b_lines in blocks:
        for a_lines in blocks:
            session = Session()
            for kind, lines in (("a", a_lines), ("b", b_lines)):
                for each in lines:
                    _state_line(session, kind, each, numbers)
            found: list[tuple[int, int]] = []

            def bind(matches: Sequence[Match], session: Session, found: list[tuple[int, int]] = found) -> None:
                found += [(int(each["a"]["line"]), int(each["b"]["line"])) for each in matches]

            network.run(session, dict.fromkeys(_PAIR_RULES, bind))
            by_place = {each.place: each for each in (*a_lines, *b_lines)}
            for a, b in found:
                yield by_place[a], by_place[b]


_PAIR_RULES = [f"pair {day} {provider}" for day in ("same", "a", "b") for provider in ("same", "a", "b")]


def _state_line(session: Session, kind: str, line: Stand, numbers: _Numbers) -> None:
    known = ["no" if each is UNKNOWN else "yes" for each in (line.date, line.provider)]
    session.state(
        kind,
        line=line.place,
        day=numbers.of("day", line.date),
        day_known=known[0],
        provider=numbers.of("provider", line.provider),
        provider_known=known[1],
    )


class _Numbers:
    """A number for each value, so that the Rete compares numbers."""

    def __init__(self) -> None:
        self._numbers: dict[tuple[object, ...], int] = {}

    def of(self, *value: object) -> int:
        return self._numbers.setdefault(value, len(self._numbers))


def pair_place(each: doc.Binding, a: Stand, b: Stand) -> Place:
    """The place of a pair, with what leaves open whether it is one."""
    doubts = [
        f"{end}.{name}"
        for name in ("date", "provider")
        for end, line in (("a", a), ("b", b))
        if getattr(line, name) is UNKNOWN
    ]
    doubts += [f"{end}.date_to" for end, line in (("a", a), ("b", b)) if line.spans]
    return Place(each, (a.place, b.place), a.day or b.day, tuple(doubts))


# ---- days ----------------------------------------------------------------------------------------------------------


def days(network: Network, stands: Sequence[Stand]) -> Iterator[Place]:
    """The lines of each code, day and provider together; a line of which one is unknown stands alone."""
    numbers = _Numbers()
    grouped: list[Stand] = []
    for line in stands:
        if line.code is None:
            continue
        key = (line.code, line.date, line.provider)
        doubts = [
            f"line.{name}" for name, each in zip(("code", "date", "provider"), key, strict=True) if each is UNKNOWN
        ]
        if doubts:
            yield Place("day", (line.place,), line.day, (*doubts, *(["line.date_to"] if line.spans else [])))
        else:
            grouped.append(line)
    members: dict[str, list[int]] = {}
    for start in range(0, len(grouped), _DAY_BLOCK):
        block = grouped[start : start + _DAY_BLOCK]
        _join(network, {line.place: str(numbers.of(line.code, line.date, line.provider)) for line in block}, members)
    by_place = {line.place: line for line in grouped}
    for places in members.values():
        lines = [by_place[place] for place in sorted(places)]
        spans = any(line.spans for line in lines)
        yield Place("day", tuple(line.place for line in lines), lines[0].day, ("line.date_to",) if spans else ())


def _join(network: Network, groups: dict[int, str], members: dict[str, list[int]]) -> None:
    """Adds each line to the day of its group; `members` are those of earlier lines."""
    session = Session()
    for place, group in groups.items():
        session.state("line", line=place, group=group)
    for group in dict.fromkeys(groups.values()):
        if group in members:
            session.state("day", group=group)

    def join(matches: Sequence[Match], session: Session) -> None:
        for match in matches:
            members[match["line"]["group"]].append(int(match["line"]["line"]))
            session.retract(match["line"])

    def begin(matches: Sequence[Match], session: Session) -> None:
        for match in matches:
            group = match["line"]["group"]
            members[group] = [int(match["line"]["line"])]
            session.state("day", group=group)
            session.retract(match["line"])

    network.run(session, {"join": join, "open": begin})
