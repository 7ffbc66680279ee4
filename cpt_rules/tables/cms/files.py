"""Files as publishers ship them, as rows of texts: zip, txt, csv, xlsx. Streaming; what is no table is refused."""

from __future__ import annotations

import codecs
import csv
import io
import zipfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import IO, NoReturn

from attrs import frozen

from cpt_rules.language.problems import shown
from cpt_rules.tables.cms.workbook import workbook_sheets
from cpt_rules.tables.edition import TableError
from cpt_rules.tables.manifest import cannot_be_read

Row = tuple[int, Sequence[str]]

_END_OF_FILE = "\x1a"  # what DOS ends a text with
_SAMPLE = 1 << 16
_LARGEST = 2 << 30  # bytes of one unpacked member; the largest file of CMS has some 0.2 GB
_RATIO = 250  # unpacked to packed; tables reach 40
_SMALL = 16 << 20  # below this no ratio is a danger
_STEP = 1 << 16  # rows between two reports of progress

#: What to do about a file that is not the one that was published.
AS_SHIPPED = "import the file as its publisher ships it"
_AGAIN = "download it again"


@frozen
class Sheet:
    """One text file or worksheet: `rows` are (row number from 1, cells as texts), once and before the next sheet.

    `name` is what messages say (``folder/f.zip/member.txt``), `title` the bare name of the file, member or worksheet.
    In a text the row number is that of the line where the row begins.
    """

    name: str
    title: str
    rows: Iterator[Row]


@frozen
class Files:
    """What one import reads. `progress` is told the number of rows read so far in a file."""

    paths: tuple[Path, ...]
    progress: Callable[[int], None] | None = None

    def sheets(
        self, endings: Sequence[str] = (".txt", ".csv", ".xlsx"), wanted: Callable[[str], bool] = lambda name: True
    ) -> Iterator[Sheet]:
        """Every sheet, file by file.

        Of a zip only the members with the first of `endings` that any wanted member has: CMS packs the same table as
        text and as a workbook. Raises `TableError`.
        """
        for path in self.paths:
            for member in _members(path, tuple(endings), wanted):
                if member.workbook:
                    for title, rows in workbook_sheets(member.name, member.open):
                        yield Sheet(member.name, title, self._counted(rows))
                else:
                    yield Sheet(member.name, member.title, self._counted(_text_rows(member)))

    def lines(
        self, endings: Sequence[str] = (".txt",), wanted: Callable[[str], bool] = lambda name: True
    ) -> Iterator[Sheet]:
        """Fixed-width texts: as `sheets`, each row one cell, the whole line without its end. Raises `TableError`."""
        for path in self.paths:
            for member in _members(path, tuple(endings), wanted):
                if member.workbook:
                    refuse(member.name, None, "a fixed-width text", "a workbook", AS_SHIPPED)
                yield Sheet(member.name, member.title, self._counted(_line_rows(member)))

    def _counted(self, rows: Iterator[Row]) -> Iterator[Row]:
        return rows if self.progress is None else _reporting(rows, self.progress)


def refuse(file: str, row: int | None, expected: str, found: str, do: str = AS_SHIPPED) -> NoReturn:
    """Raises the `TableError` of a file that is not what was expected: file, row, expected, found, what to do."""
    place = file if row is None else f"{file}, row {row}"
    raise TableError(f"{place}: expected {expected}, found {found}; {do}")


@frozen
class _Member:
    name: str
    title: str
    open: Callable[[], IO[bytes]]
    workbook: bool
    sample: bytes


def _reporting(rows: Iterator[Row], progress: Callable[[int], None]) -> Iterator[Row]:
    for count, row in enumerate(rows):
        if count % _STEP == 0:
            progress(count)
        yield row


def _members(path: Path, endings: tuple[str, ...], wanted: Callable[[str], bool]) -> list[_Member]:
    """The file itself, or the members of a zip that are asked for."""
    sample = _first_bytes(path)
    if not sample.startswith(b"PK"):
        return [_plain_member(str(path), path.name, sample, lambda: path.open("rb"))]
    try:
        archive = zipfile.ZipFile(path)
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        refuse(str(path), None, "a whole zip file", "one that is cut off or damaged", _AGAIN)
    infos = {info.filename: info for info in archive.infolist() if not info.is_dir()}
    if "[Content_Types].xml" in infos:
        for info in infos.values():
            _check_member(str(path), info)
        if "xl/workbook.xml" not in infos:
            refuse(str(path), None, "a table", "another kind of office document")
        return [_Member(str(path), path.name, lambda: path.open("rb"), True, sample)]
    names = [n for n in infos if not n.startswith("__MACOSX/") and not n.rpartition("/")[2].startswith(".")]
    for ending in endings:
        chosen = [n for n in sorted(names) if n.casefold().endswith(ending) and wanted(n.rpartition("/")[2])]
        if chosen:
            return [_zipped_member(path, archive, infos[name]) for name in chosen]
    inside = ", ".join(shown(name) for name in sorted(names)[:4]) + (" …" if len(names) > 4 else "")
    do = "unpack it and import what is in it" if any(n.casefold().endswith(".zip") for n in names) else AS_SHIPPED
    refuse(str(path), None, f"a zip with a {' or '.join(endings)} file of this table", inside or "nothing in it", do)


def _first_bytes(path: Path) -> bytes:
    try:
        if path.is_dir():
            refuse(str(path), None, "a file", "a folder", "name the files in it")
        with path.open("rb") as file:
            return file.read(_SAMPLE)
    except (OSError, ValueError) as error:
        raise cannot_be_read(path, error, "check its name") from None


def _zipped_member(path: Path, archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> _Member:
    name = f"{path}/{info.filename}"
    _check_member(name, info)

    def opened() -> IO[bytes]:
        return archive.open(info)

    title = info.filename.rpartition("/")[2]
    try:
        with opened() as file:
            sample = file.read(_SAMPLE)
    except _DAMAGE:
        refuse(name, None, "a whole zip file", "one that is cut off or damaged", _AGAIN)
    if sample.startswith(b"PK") and title.casefold().endswith(".xlsx"):
        return _Member(name, title, opened, True, sample)
    return _plain_member(name, title, sample, opened)


def _check_member(name: str, info: zipfile.ZipInfo) -> None:
    if info.flag_bits & 1:
        refuse(name, None, "a zip without a password", "an encrypted one", "unpack it and import the files in it")
    if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA):
        found = f"compression method {info.compress_type}"
        refuse(name, None, "a common zip", found, "unpack it and import the files in it")
    large = info.file_size > _SMALL and info.file_size > _RATIO * max(info.compress_size, 1)
    if info.file_size > _LARGEST or large:
        found = f"{info.file_size:,} bytes packed into {info.compress_size:,}"
        refuse(name, None, "a table of a plausible size", found, "unpack it yourself if you trust it")


#: How a file begins → what it is, for files that are no table.
_KINDS = (
    (b"%PDF", "a PDF"),
    (b"\xd0\xcf\x11\xe0", "an old or password-protected Excel workbook"),
    (b"\x1f\x8b", "a gzip file"),
    (b"7z\xbc\xaf", "a 7z file"),
    (b"PAR1", "a Parquet file"),
    (b"PK", "a zip file inside a zip file"),
)
_DO = {
    "an old or password-protected Excel workbook": "open it and save it as .xlsx or .csv",
    "a gzip file": "unpack it first",
    "a 7z file": "unpack it first",
    "a zip file inside a zip file": "unpack it and import what is in it",
}


def _plain_member(name: str, title: str, sample: bytes, opened: Callable[[], IO[bytes]]) -> _Member:
    for start, kind in _KINDS:
        if sample.startswith(start):
            refuse(name, None, "a text, csv, xlsx or zip file", kind, _DO.get(kind, AS_SHIPPED))
    text = sample if not sample.startswith(_UTF_16) else sample.decode("utf-16", "replace").encode()
    if not text.removeprefix(codecs.BOM_UTF8).strip():
        refuse(name, None, "a table", "an empty file" if not sample else "a file of blanks", _AGAIN)
    if b"\0" in text:
        refuse(name, None, "a text, csv, xlsx or zip file", "a binary file", AS_SHIPPED)
    if text.removeprefix(codecs.BOM_UTF8).lstrip().startswith(b"<"):
        found = "a web page" if b"<html" in text[:2000].lower() else "XML"
        refuse(name, None, "a table", found, f"{_AGAIN}, it may need an accepted licence")
    return _Member(name, title, opened, False, sample)


_UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_DAMAGE = (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, RuntimeError, UnicodeError)


def _text(member: _Member) -> io.TextIOWrapper:
    encoding = "utf-16" if member.sample.startswith(_UTF_16) else "utf-8-sig"
    return io.TextIOWrapper(member.open(), encoding, errors="cpt_rules.cp1252", newline="")


def _as_cp1252(error: UnicodeError) -> tuple[str, int]:
    """What is not UTF-8 is read as Windows wrote it; it can stand in descriptors only, which are dropped."""
    if not isinstance(error, UnicodeDecodeError):
        raise error
    if error.encoding.startswith("utf-16"):
        raise error
    return error.object[error.start : error.end].decode("cp1252", "replace"), error.end


codecs.register_error("cpt_rules.cp1252", _as_cp1252)


def _text_rows(member: _Member) -> Iterator[Row]:
    """Rows of a delimited text. Tabs where most lines have one, else commas; quotes mean something in csv only."""
    encoding = "utf-16" if member.sample.startswith(_UTF_16) else "utf-8"
    lines = [line for line in member.sample.decode(encoding, "replace").splitlines() if line.strip()]
    tabs = sum("\t" in line for line in lines) * 2 > len(lines)
    start = 1
    try:
        with _text(member) as text:
            if tabs:
                reader = csv.reader(text, delimiter="\t", quoting=csv.QUOTE_NONE)
            else:
                reader = csv.reader(text, strict=True)
            for cells in reader:
                if cells != [_END_OF_FILE]:
                    yield start, cells
                start = reader.line_num + 1
    except csv.Error as error:
        refuse(member.name, start, "csv", f"a row that is none ({error})")
    except _DAMAGE:
        refuse(member.name, start, "a whole file", "one that is cut off or damaged", _AGAIN)


def _line_rows(member: _Member) -> Iterator[Row]:
    number = 0
    try:
        with _text(member) as text:
            for number, line in enumerate(text, start=1):
                yield number, (line.rstrip("\r\n" + _END_OF_FILE),)
    except _DAMAGE:
        refuse(member.name, number + 1, "a whole file", "one that is cut off or damaged", _AGAIN)
