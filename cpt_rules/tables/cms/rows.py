"""What the importers of fee schedules and code lists share: cells held to their format, rows that agree, editions."""

from __future__ import annotations

import datetime as dt
import re
import zipfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import attrs

from cpt_rules.formats import FORMATS
from cpt_rules.tables.cms import common
from cpt_rules.tables.cms.common import Columns, Files, Period, Sheet, Table, TableError, period_of, refuse, shown
from cpt_rules.tables.cms.files import AS_SHIPPED
from cpt_rules.tables.layout import OPEN_END, Layout

Cell = str | dt.date

#: Stands for an empty first day in a list of the user's own.
OPEN_START = dt.date(1, 1, 1)


class Rows:
    """Rows of a layout as they are read: rows that contradict each other are refused, repeated ones the store folds."""

    def __init__(self, layout: Layout) -> None:
        self.columns = Columns(layout)
        self._layout = layout
        self._said: set[tuple[Cell, ...]] = set()
        self._of_key: dict[tuple[Cell, ...], list[tuple[tuple[Cell, ...], int]]] = {}
        places = [layout.place(name) for name in layout.validity or ()]
        self._days = (places[0], places[1]) if places else None

    def add(self, file: str, number: int, row: Sequence[Cell]) -> None:
        """One row, cells in the order of the layout's columns. Raises `TableError`."""
        made = tuple(row)
        if self._layout.unique and made not in self._said:
            self._said.add(made)
            self._contradicted(file, number, made)
        self.columns.add(made)

    def _contradicted(self, file: str, number: int, made: tuple[Cell, ...]) -> None:
        key = made[: len(self._layout.key)]
        others = self._of_key.setdefault(key, [])
        for other, place in others:
            if self._same_days(made, other):
                named = " ".join(str(cell) for cell in key if cell)
                refuse(file, number, f"one row for {shown(named)}", f"another that differs in row {place}", _TELL)
        others.append((made, number))

    def _same_days(self, one: tuple[Cell, ...], other: tuple[Cell, ...]) -> bool:
        if self._days is None:
            return True
        since, until = self._days
        return one[since] <= other[until] and other[since] <= one[until]  # type: ignore[operator]


_TELL = "one of them is wrong, the file cannot tell which"


def checked(file: str, row: int, text: str, form: str, what: str) -> str:
    """The text if it has a format of `cpt_rules.formats`; `what` names the cell. Raises `TableError`."""
    if FORMATS[form].matches(text):
        return text
    expected = f"{what} ({FORMATS[form].meaning})"
    return refuse(file, row, expected, shown(text) if text else "nothing", AS_SHIPPED)


def procedure(file: str, row: int, text: str) -> str:
    """A CPT or HCPCS Level II code as text; a number that has lost its leading zeros is refused. Raises `TableError`."""
    return checked(file, row, common.code(file, row, text), "hcpcs", "a code")


def optional_modifier(file: str, row: int, text: str) -> str:
    """A modifier or nothing. Raises `TableError`."""
    return checked(file, row, text, "modifier", "a modifier or nothing") if text else ""


def one_of(file: str, row: int, text: str, allowed: Sequence[str], what: str) -> str:
    """The text if it is one of the values a column is known to have. Raises `TableError`."""
    if text in allowed:
        return text
    return refuse(file, row, f"{what}, one of {' '.join(allowed)}", shown(text) if text else "nothing", AS_SHIPPED)


def diagnosis(file: str, row: int, text: str) -> str:
    """An ICD-10-CM code with its dot, from one with or without. Raises `TableError`."""
    dotted = text if "." in text or len(text) < 4 else f"{text[:3]}.{text[3:]}"
    if FORMATS["icd10cm"].matches(dotted):
        return dotted
    return refuse(file, row, "an ICD-10-CM code", shown(text) if text else "nothing", AS_SHIPPED)


_SLASHED = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})", re.ASCII).fullmatch


def any_day(file: str, row: int, text: str, what: str) -> dt.date:
    """A date as YYYYMMDD, 2026-01-31 or, month first, 1/31/2026. Raises `TableError`."""
    slashed = _SLASHED(text)
    if slashed:
        text = f"{slashed[3]}-{int(slashed[1]):02}-{int(slashed[2]):02}"
    return common.day(file, row, text, what=what)


def span(file: str, row: int, since: dt.date, until: str) -> tuple[dt.date, dt.date]:
    """The first and last day of a row, an empty end being open. Raises `TableError` where the end comes first."""
    last = any_day(file, row, until, "a last day") if until else OPEN_END
    if last < since:
        refuse(file, row, f"a last day not before {since}", str(last), AS_SHIPPED)
    return since, last


#: Headings of the first and last day of a row, for lists that may have them.
DAYS = {
    "since": ("since", "effective date", "start date", "begin date"),
    "until": ("until", "deactivation date", "termination date", "end date"),
}


def in_force(table: Table, row: int, since: str, until: str, period: Period) -> tuple[dt.date, dt.date]:
    """The first and last day of a row of a table read with `DAYS`.

    A list with a column for the first day has one in each row. Codes of a list without it are in force from the first
    day of its edition: nothing is known of earlier days. Raises `TableError`.
    """
    file = table.sheet.name
    first = any_day(file, row, since, "a first day") if table.has("since") else period.since
    return span(file, row, first, until)


def beginning(
    sheet: Sheet, match: Callable[[str], re.Match[str] | None], what: str
) -> Iterator[tuple[int, re.Match[str]]]:
    """The lines of a text that begin with a code; lines above the first one are titles. Raises `TableError`."""
    begun = False
    for number, (line,) in sheet.rows:
        found = match(line.strip())
        if found:
            begun = True
            yield number, found
        elif line.strip() and (begun or number > _TITLES):
            refuse(sheet.name, number, f"a line that begins with {what}", shown(line.strip()))
    if not begun:
        refuse(sheet.name, None, f"lines that begin with {what}", "none of them")


_TITLES = 60


def agreed(
    file: str,
    told: Period | None,
    asked: str | None,
    *,
    reading: Callable[[str], Period] = period_of,
    example: str = "2026Q3",
) -> Period:
    """The edition a file tells by its name, or else the one asked for; both must begin on the same day.

    For publishers whose years are not the calendar's: `reading` gives the period of what --edition says. Raises
    `TableError` where neither says it or both say different things.
    """
    if told is not None and (asked is None or asked.strip() == told.edition):
        return told
    if asked is None:
        raise TableError(f"{file}: does not say which edition it is; say it with --edition, for example {example}")
    wished = reading(asked)
    if told is not None and told.since != wished.since:
        raise TableError(
            f"{file}: is edition {told.edition} by its own name, in effect from {told.since}, "
            f"--edition says {wished.edition}; leave it out"
        )
    return told or wished


def one_period(file: str, periods: Sequence[Period]) -> Period:
    """The period that all files of one import share. Raises `TableError`."""
    for other in periods[1:]:
        if other != periods[0]:
            raise TableError(
                f"{file}: is edition {other.edition}, another file of this import is {periods[0].edition}; "
                "import each edition by itself"
            )
    return periods[0]


def names_of(file: str) -> Iterator[str]:
    """The names an edition may stand in: of the file or member, then of the zip around it, never of folders above."""
    parts = Path(file).parts
    yield parts[-1]
    for part in parts[:-1]:
        if part.casefold().endswith(".zip"):
            yield part


def apart(files: Files) -> Iterator[Files]:
    """Each file by itself, for importers that read some as text of fixed width and some as tables."""
    for path in files.paths:
        yield attrs.evolve(files, paths=(path,))


def has_text(files: Files, wanted: Callable[[str], bool] = lambda name: True) -> bool:
    """Whether the file is a .txt, or a zip with one that is wanted; what is wrong with a file is said on reading it."""
    path = files.paths[0]
    try:
        if not zipfile.is_zipfile(path):
            return path.suffix.casefold() == ".txt"
        with zipfile.ZipFile(path) as archive:
            names = [name.rpartition("/")[2] for name in archive.namelist()]
    except (OSError, ValueError, zipfile.BadZipFile, NotImplementedError):
        return False
    return any(name.casefold().endswith(".txt") and wanted(name) for name in names)
