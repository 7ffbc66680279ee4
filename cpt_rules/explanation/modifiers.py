"""What may be tried on the modifiers of a line. None is proposed without the words that the record has to support it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from decimal import Decimal

from attrs import frozen

from cpt_rules.explanation.about import About, Unmet
from cpt_rules.explanation.trial import Trial
from cpt_rules.fields import FIELDS
from cpt_rules.formats import FORMATS
from cpt_rules.language import documents as doc
from cpt_rules.ruleset.typing import line_field

_PATH = "line.modifiers"
_MOST = 4


@frozen
class Modifiers:
    """The modifiers of one line."""

    index: int
    now: tuple[str, ...]

    def without(self, gone: Iterable[str]) -> Iterator[Trial]:
        """Without these. Whether a modifier belongs on the line, the record says."""
        taken = list(dict.fromkeys(gone))
        left = tuple(each for each in self.now if each not in taken)
        if left != self.now:
            condition = f"only if the record agrees that {' and '.join(taken)} does not belong on the line"
            yield self._trial(left, condition, cost=len(self.now) - len(left), kind="off")

    def with_(self, added: Iterable[str]) -> Iterator[Trial]:
        """With these, behind the others or before them."""
        new = tuple(each for each in dict.fromkeys(added) if each not in self.now)
        if new and len(self.now) + len(new) <= _MOST:
            condition = f"only if the record supports {' and '.join(new)}"
            for value in dict.fromkeys(((*self.now, *new), (*new, *self.now))):
                yield self._trial(value, condition, cost=2 + len(new), kind="added")

    def in_order(self, first: Callable[[str], bool]) -> Iterator[Trial]:
        """The same ones, one of some kind in the first position."""
        for each in self.now:
            if first(each):
                left = list(self.now)
                left.remove(each)
                yield self._trial((each, *left), "", kind="order")

    def once(self) -> Iterator[Trial]:
        """Each once."""
        yield self._trial(tuple(dict.fromkeys(self.now)), "", kind="once")

    def first(self, count: int) -> Iterator[Trial]:
        """The first ones only."""
        if 0 <= count < len(self.now):
            gone = " and ".join(self.now[count:])
            condition = f"only if {gone} decides least of what the line is paid"
            yield self._trial(self.now[:count], condition, cost=len(self.now) - count, kind="off")

    def well_formed(self) -> Iterator[Trial]:
        """Those that are misshapen as they may have been meant, else without them."""
        fits = FORMATS["modifier"].matches
        spelled = [part for each in self.now for part in ([each] if fits(each) else _in_twos(each.strip().upper()))]
        if all(map(fits, spelled)) and len(spelled) <= _MOST:
            yield self._trial(tuple(spelled), "only if that is what was meant", kind="spelled")
        yield from self.without(each for each in self.now if not fits(each))

    def _trial(self, value: tuple[str, ...], condition: str, *, cost: int = 1, kind: str) -> Trial:
        return Trial(_PATH, self.index, value, "record" if condition else "claim", condition, cost=cost, kind=kind)


def _in_twos(text: str) -> list[str]:
    """Modifiers that were written in one place."""
    return [text[place : place + 2] for place in range(0, len(text), 2)]


def modifier_trials(about: About, unmet: Unmet) -> Iterator[Trial]:
    """What may be tried on a condition about modifiers."""
    name = line_field(unmet.leaf.field)
    for index in about.lines(unmet.leaf.field):
        yield from _of_line(about, unmet, name, Modifiers(index, about.claim.lines[index].modifiers))


def _of_line(about: About, unmet: Unmet, name: str, line: Modifiers) -> Iterator[Trial]:
    leaf, want = unmet.leaf, unmet.want
    if name == "line.first_modifier":
        if want and leaf.operator in ("is", "in"):
            yield from line.in_order(lambda each: about.in_operand(leaf, each) is True)
    elif name == "line.modifier_count":
        if want and leaf.operator == "at most":
            for most in about.listed(leaf):
                yield from line.first(int(most) if isinstance(most, Decimal | int) else 0)
    elif name == "line.repeated_modifiers":
        if want and leaf.operator == "absent":
            yield from line.once()
    elif name == "line.bad_modifiers" or (leaf.operator == "is a" and want):
        yield from line.well_formed()
    elif leaf.operator not in doc.STATES:
        yield from _compared(about, unmet, line)


def _compared(about: About, unmet: Unmet, line: Modifiers) -> Iterator[Trial]:
    leaf, want = unmet.leaf, unmet.want
    listed = [str(each) for each in about.listed(leaf)]
    hits = [each for each in line.now if about.in_operand(leaf, each) is True]
    match leaf.operator, want:
        case ("any of", True) | ("none of", False):
            for each in listed:
                yield from line.with_([each])
        case ("has all", True):
            yield from line.with_(listed)
        case ("none of", True) | ("any of", False):
            yield from line.without(hits)
        case ("only", True):
            yield from line.without(each for each in line.now if each not in hits)
        case ("has all", False) if not any(isinstance(item, doc.FieldRef) for item in leaf.items):
            for each in hits:
                yield from line.without([each])
        case _:  # to differ from the modifiers of another line is no reason to change them
            return


def about_modifiers(name: str) -> bool:
    """Whether a field is read from modifiers."""
    known = FIELDS.get(line_field(name))
    return known is not None and known.paths[:1] == (_PATH,)
