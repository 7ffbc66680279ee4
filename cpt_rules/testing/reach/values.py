"""Values beside a value, and values that have a format or just fail to have it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from decimal import Decimal

from cpt_rules.formats import FORMATS
from cpt_rules.reading import Value

DAY = dt.timedelta(days=1)


def beside(value: Value) -> tuple[Value, ...]:
    """The values next to one: a day, a number, a code of the same shape one less and one more; of other texts none."""
    if isinstance(value, bool):
        return (not value,)
    if isinstance(value, dt.date):
        return (value - DAY, value + DAY) if dt.date.min < value < dt.date.max else ()
    if isinstance(value, Decimal | int):
        return (value - 1, value + 1)
    digits = "".join(c for c in value if "0" <= c <= "9")
    if not 2 <= len(digits) <= 10:
        return ()
    return tuple(
        _counted(value, f"{int(digits) + step:0{len(digits)}d}")
        for step in (-1, 1)
        if 0 <= int(digits) + step < 10 ** len(digits)
    )


def _counted(code: str, digits: str) -> str:
    """The code with other digits."""
    left = iter(digits)
    return "".join(next(left) if "0" <= c <= "9" else c for c in code)


def of_format(name: str) -> Iterator[Value]:
    """An example of a format, others, and texts that have not its shape; nothing of numbers and dates."""
    form = FORMATS[name]
    if name in ("number", "date", "yes/no"):
        return
    if not form.example:
        yield "1"
        return
    yield form.example
    yield from _OTHERS.get(name, [near for near in beside(form.example) if form.matches(str(near))][:1])
    wrong = _NOT.get(name, (form.example[:-1], form.example + "0"))
    yield from (text for text in (*wrong, "?") if text and not form.matches(text))


#: Second examples, from texts that stand elsewhere in this project.
_OTHERS: Mapping[str, tuple[str, ...]] = {
    "npi": ("1993999998",),
    "clia number": ("05D7654321",),
    "hcpcs": ("99213",),
    "modifier": ("91", "26"),
    "icd10cm": ("I10",),
}
#: What looks nearly like a format, where a character less or more is not enough.
_NOT: Mapping[str, tuple[str, ...]] = {"npi": ("1234567890", "123456789"), "icd10cm": ("D8", "279.00")}
