"""ICD-10-CM codes with their dot, and whether a code is billable or only the heading of longer codes.

Shapes: the order file (icd10cm_order_2026.txt: order number, code without its dot, 1 for a billable code or 0 for a
heading, descriptors in fixed columns), also inside its zip; or a list of codes one a line, with or without descriptors,
headings, blocks and chapters (icd10cm_codes_2026.txt). A list has no flag, but a heading is the beginning of longer
codes and a billable code never is: that tells them apart where the list is whole. A file is whole where its order
numbers run on and every letter of the classification has codes.
Source: CMS and NCHS, ICD-10-CM order file layout (icd10OrderFiles.pdf); guideline I.B.2, level of detail in coding.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

from cpt_rules.tables.cms.common import Files, Imported, Period, layout, period_of, refuse, shown
from cpt_rules.tables.cms.files import Sheet
from cpt_rules.tables.cms.periods import month
from cpt_rules.tables.cms.rows import Rows, agreed, diagnosis, names_of, one_period

Read = tuple[int, str, bool]

_LETTERS = frozenset("ABCDEFGHIJKLMNOPQRSTVWXYZ")  # U came later


def read(files: Files, setting: str | None, edition: str | None) -> Imported:
    """The codes of one fiscal year, or of its update in April. Raises `TableError`."""
    rows = Rows(layout("icd10cm"))
    periods: list[Period] = []
    for sheet in _sheets(files):
        letters = set[str]()
        for number, code, billable in _codes(sheet):
            letters.add(code[0])
            rows.add(sheet.name, number, (diagnosis(sheet.name, number, code), "yes" if billable else "no"))
        lacking = " ".join(sorted(_LETTERS - letters))
        if lacking:
            refuse(sheet.name, None, "codes of every letter from A to Z", f"none of {lacking}", "download it again")
        periods.append(agreed(sheet.name, _told(sheet.name), edition, reading=_asked, example="2026"))
    return Imported(one_period(str(files.paths[0]), periods), rows.columns)


def _sheets(files: Files) -> Iterator[Sheet]:
    """The order file of a zip; its list of codes has no flag and is left."""
    return files.lines((".txt",), lambda name: "order" in name.casefold() and "addend" not in name.casefold())


_FLAGGED = re.compile(r"([0-9]{5}) ([A-Z0-9]{3,7}) *", re.ASCII).match
_LISTED = re.compile(r"([A-Z][0-9A-Z]{2}(?:\.?[0-9A-Z]{1,4})?)(?:\s.*)?", re.ASCII).fullmatch
_CHAPTER = re.compile(r"[0-9]{1,2}|[A-Z][0-9A-Z]{2}-[A-Z][0-9A-Z]{2}", re.ASCII).fullmatch


def _codes(sheet: Sheet) -> Iterator[Read]:
    listed: list[tuple[int, str]] = []
    previous: Read | None = None
    order = 0
    for number, (line,) in sheet.rows:
        if not line.strip():
            continue
        if not listed and (previous is not None or _FLAGGED(line)):
            read = _flagged(sheet.name, number, line)
            order += 1
            if int(line[:5]) != order:
                refuse(sheet.name, number, f"order number {order:05}", shown(line[:5]), "download it again")
            if previous is not None:
                _check_heading(sheet.name, previous, read[1])
            previous = read
            yield read
        elif not _CHAPTER(line.strip()):
            found = _LISTED(line.rstrip())
            if not found:
                expected = "an ICD-10-CM code, or an order number and a code"
                refuse(sheet.name, number, expected, shown(line[:16]))
            listed.append((number, found[1].replace(".", "")))
    if previous is not None:
        _check_heading(sheet.name, previous, "")
    yield from _by_length(listed)


def _flagged(file: str, number: int, line: str) -> Read:
    found = _FLAGGED(line)
    if found and found.end() == 14 and line[14:16].rstrip() in ("0", "1"):
        return number, found[2], line[14] == "1"
    expected = "an order number, a code from column 7 and 0 or 1 in column 15"
    return refuse(file, number, expected, shown(line[:16]))


def _check_heading(file: str, one: Read, following: str) -> None:
    """A heading is followed by a longer code, a billable code is not."""
    number, code, billable = one
    below = following.startswith(code)
    if below and billable:
        refuse(file, number, f"no code below {code}, which is flagged billable", following, "download it again")
    if not below and not billable:
        found = following or "the end of the file"
        refuse(file, number, f"a code below {code}, which is flagged a heading", found, "download it again")


def _by_length(listed: list[tuple[int, str]]) -> Iterator[Read]:
    codes = sorted(code for _, code in listed)
    headings = {one for one, after in pairwise(codes) if after != one and after.startswith(one)}
    for number, code in listed:
        yield number, code, code not in headings


_APRIL = re.compile(r"(?<!\d)(20\d\d)-04(?!\d)|apr(?:il)?[-_ ]*1?[-_ ]+(20\d\d)", re.I | re.A)
_FISCAL = re.compile(r"(?<!\d)(20\d\d)(?!\d)", re.A)


def _asked(edition: str) -> Period:
    """2026 is the fiscal year, 2025-10-01 to 2026-09-30; its update of April 2026 is 2026-04, to the same end."""
    wished = period_of(edition)
    if len(wished.edition) == 4:
        return _fiscal(int(wished.edition))
    return _from_month(wished.since.year, wished.since.month)


def _told(name: str) -> Period | None:
    for part in names_of(name):
        april = _APRIL.search(part)
        if april:
            return _from_month(int(april[1] or april[2]), 4)
        fiscal = _FISCAL.search(part)
        if fiscal:
            return _fiscal(int(fiscal[1]))
    return None


def _fiscal(year: int) -> Period:
    return Period(str(year), month(year - 1, 10).since, month(year, 9).until)


def _from_month(year: int, number: int) -> Period:
    return Period(f"{year}-{number:02}", month(year, number).since, month(year + (number > 9), 9).until)
