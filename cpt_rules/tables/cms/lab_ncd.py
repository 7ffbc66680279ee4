"""ICD-10 lists of the laboratory national coverage determinations: code, list, diagnosis, NCD.

The lists are ``covered``, ``non-covered`` and ``not-supporting``. Shapes: csv or xlsx, any number of files and sheets,
with a column of NCD numbers (190.12 to 190.34: two decimals, perhaps a letter) and one of diagnoses, and

- one of procedure codes; or, in a sheet of its own without diagnoses, the procedure codes of each NCD;
- one that names the list; or the name of the file or worksheet names it.

The NCD ``all`` stands before diagnoses that are the same for every NCD, as the non-covered ones are. An NCD without
procedure codes is refused. CMS packs its lists in several ways, none of which this knows without these columns.
Source: CMS, Laboratory NCDs, ICD-10 code lists of the quarterly lab edit module.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from attrs import define, field, frozen

from cpt_rules.tables.cms.common import Files, Imported, Period, Table, headed, layout, quarter, refuse, settled, shown
from cpt_rules.tables.cms.rows import Rows, diagnosis, names_of, one_period, procedure

_NAMES = {"ncd": ("NCD", "NCD number", "NCD no")}
_OTHERS = {
    "icd10": ("ICD-10-CM code", "ICD-10 code", "ICD-10-CM", "ICD-10", "ICD10", "diagnosis code", "diagnosis"),
    "code": ("HCPCS", "HCPCS code", "CPT", "CPT code", "CPT HCPCS code", "HCPCS CPT code", "procedure code"),
    "list": ("list", "code list", "coverage"),
}


@frozen
class _Diagnosis:
    file: str
    number: int
    ncd: str
    list: str
    icd10: str
    code: str


@define
class _Found:
    """The diagnoses, and the procedure codes of each NCD, in the order of the files."""

    diagnoses: list[_Diagnosis] = field(factory=list)
    codes: dict[str, dict[str, None]] = field(factory=dict)


def read(files: Files, setting: str | None, edition: str | None) -> Imported:
    """The lists of one quarter. Raises `TableError`."""
    found = _Found()
    periods: list[Period] = []
    for table in headed(files, _NAMES, optional=_OTHERS, endings=(".csv", ".xlsx")):
        periods.append(settled(table.sheet.name, _told(table.sheet.name), edition, quarterly=True))
        _read_table(table, found)
    rows = Rows(layout("lab-ncd"))
    for one in found.diagnoses:
        for code, ncd in _procedures(one, found.codes):
            rows.add(one.file, one.number, (code, one.list, one.icd10, ncd))
    if not found.diagnoses:
        refuse(str(files.paths[0]), None, "a sheet with a column `ICD-10`", "none")
    return Imported(one_period(str(files.paths[0]), periods), rows.columns)


def _read_table(table: Table, found: _Found) -> None:
    file = table.sheet.name
    if not table.has("icd10") and not table.has("code"):
        refuse(file, table.header, "a column `ICD-10` or `HCPCS` beside `NCD`", "neither")
    named = None
    if table.has("icd10") and not table.has("list"):
        named = _list_of(f"{file} {table.sheet.title}")
        if named is None:
            expected = "a column `list`, or covered, non-covered or not supporting in the file's or worksheet's name"
            refuse(file, table.header, expected, "neither")
    for number, (text, icd10, code, told) in table.records():
        ncd = _ncd(file, number, text)
        made = procedure(file, number, code) if code or not table.has("icd10") else ""
        if made:
            found.codes.setdefault(ncd, {})[made] = None
        if table.has("icd10"):
            listed = named or _list_of(told) or _no_list(file, number, told)
            found.diagnoses.append(_Diagnosis(file, number, ncd, listed, diagnosis(file, number, icd10), made))


def _procedures(one: _Diagnosis, codes: dict[str, dict[str, None]]) -> Iterator[tuple[str, str]]:
    """The procedure codes that a diagnosis is listed for, each with its NCD."""
    if one.code:
        yield one.code, one.ncd
        return
    if one.ncd == _ALL:
        everything = [(code, ncd) for ncd, of_ncd in codes.items() for code in of_ncd]
        if not everything:
            refuse(one.file, one.number, "procedure codes of the NCDs in a file of this import", "none", _BOTH)
        yield from everything
        return
    if one.ncd not in codes:
        refuse(one.file, one.number, f"procedure codes of NCD {one.ncd} in a file of this import", "none", _BOTH)
    for code in codes[one.ncd]:
        yield code, one.ncd


_ALL = "all"
_BOTH = "import both lists together"
_NCD = re.compile(r"(?:NCD *)?(190\.[0-9]{2}[A-Z]?)", re.ASCII).fullmatch


def _ncd(file: str, number: int, text: str) -> str:
    if text.casefold() in (_ALL, "all ncds"):
        return _ALL
    found = _NCD(text.upper())
    return found[1] if found else refuse(file, number, "an NCD such as 190.20, or `all`", shown(text) or "nothing")


def _list_of(text: str) -> str | None:
    plain = " ".join(re.sub(r"[\W_]+", " ", text.casefold()).split())
    if re.search(r"\b(do|does)? ?not support", plain):
        return "not-supporting"
    if re.search(r"\b(non|not) ?covered", plain):
        return "non-covered"
    return "covered" if re.search(r"\bcovered\b", plain) else None


def _no_list(file: str, number: int, text: str) -> str:
    return refuse(file, number, "covered, non-covered or not supporting", shown(text) if text else "nothing")


_QUARTER = re.compile(r"(?<!\d)(20\d\d)[ _-]*q([1-4])", re.I | re.A)


def _told(file: str) -> Period | None:
    for part in names_of(file):
        found = _QUARTER.search(part)
        if found:
            return quarter(int(found[1]), int(found[2]))
    return None
