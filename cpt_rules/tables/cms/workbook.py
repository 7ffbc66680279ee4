"""Worksheets of an .xlsx file as rows of texts. openpyxl is needed here alone."""

from __future__ import annotations

import datetime as dt
import tempfile
import warnings
from collections.abc import Callable, Iterator, Sequence
from typing import IO, Any

from cpt_rules.tables.edition import TableError

_IN_MEMORY = 32 << 20


def workbook_sheets(
    name: str, opened: Callable[[], IO[bytes]]
) -> Iterator[tuple[str, Iterator[tuple[int, Sequence[str]]]]]:
    """(title, rows) of every visible worksheet, in order. Raises `TableError`; without openpyxl it says how to get it."""
    try:
        import openpyxl
    except ImportError:
        raise TableError(
            f"{name}: reading .xlsx needs openpyxl; `pip install 'cpt-rules[excel]'`, or save the sheet as .csv"
        ) from None
    with tempfile.SpooledTemporaryFile(_IN_MEMORY) as copy:
        try:
            with opened() as file:
                while block := file.read(1 << 20):
                    copy.write(block)
            copy.seek(0)
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                book: Any = openpyxl.load_workbook(copy, read_only=True, data_only=True)
                sheets = [sheet for sheet in book.worksheets if sheet.sheet_state == "visible"]
        except Exception as error:  # a damaged workbook fails in any of the libraries below
            raise _damaged(name, error) from None
        if not sheets:
            raise TableError(f"{name}: expected a worksheet, found none that is visible; download it again")
        for sheet in sheets:
            yield str(sheet.title), _rows(name, sheet)


def _rows(name: str, sheet: Any) -> Iterator[tuple[int, Sequence[str]]]:
    try:
        if hasattr(sheet, "reset_dimensions"):
            sheet.reset_dimensions()
            for number, cells in enumerate(sheet.iter_rows(values_only=True), start=1):
                yield number, [_as_text(cell) for cell in cells]
    except GeneratorExit:
        raise
    except Exception as error:
        raise _damaged(name, error) from None


def _damaged(name: str, error: Exception) -> TableError:
    if isinstance(error, TableError):
        return error
    return TableError(f"{name}: expected a whole workbook, found one that is cut off or damaged; download it again")


def _as_text(cell: object) -> str:
    """A cell as the csv of the same table has it: a whole number without its point, a date as 2026-01-31."""
    if cell is None:
        return ""
    if isinstance(cell, str):
        return cell
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    if isinstance(cell, dt.datetime):
        return cell.date().isoformat()
    return cell.isoformat() if isinstance(cell, dt.date) else str(cell)
