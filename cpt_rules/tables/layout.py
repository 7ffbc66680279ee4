"""The tables that can be imported: columns, key, settings, and what their absence of a row means."""

from __future__ import annotations

import datetime as dt
from typing import Literal

from attrs import frozen

ColumnType = Literal["text", "number", "date", "yes/no", "list"]

#: Stands for an empty deletion or end date.
OPEN_END = dt.date(9999, 12, 31)

SETTINGS = ("practitioner", "hospital", "dme", "medicaid-practitioner", "medicaid-hospital", "medicaid-dme")


@frozen
class Column:
    name: str
    type: ColumnType = "text"


@frozen
class Layout:
    """One kind of table. `title` says what its rows are.

    `key` are its first columns, at most two. `validity` names the columns of the first and last day of a row (both
    included): such a table is cumulative, its newest edition answers for every day its rows speak of. Without it each
    edition answers for its own period. `unique`: at most one row in force a key. `complete`: what an imported edition
    does not list is known not to be there.
    """

    kind: str
    table: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    publisher: str
    validity: tuple[str, str] | None = None
    unique: bool = True
    complete: bool = True
    settings: tuple[str, ...] = ()
    title: str = ""

    def place(self, name: str) -> int:
        """The place of a column."""
        return next(place for place, column in enumerate(self.columns) if column.name == name)


def _layout(kind: str, table: str, title: str, publisher: str, columns: str, key: str, **more: object) -> Layout:
    parts = [part.partition(":") for part in columns.split()]
    made = tuple(Column(name, type or "text") for name, _, type in parts)  # type: ignore[arg-type]
    return Layout(kind, table, made, tuple(key.split()), publisher, title=title, **more)  # type: ignore[arg-type]


_DATED = ("since", "until")

LAYOUTS: dict[str, Layout] = {
    layout.kind: layout
    for layout in (
        _layout("ncci-ptp", "ncci.ptp", "procedure-to-procedure edits, all four parts of a setting together", "CMS",
                "column_1 column_2 since:date until:date indicator", "column_1 column_2", validity=_DATED,
                settings=tuple(each for each in SETTINGS if each != "dme")),  # Medicare has none for DME
        _layout("ncci-mue", "ncci.mue", "medically unlikely edits", "CMS", "code units:number mai", "code",
                complete=False, settings=SETTINGS),
        _layout("ncci-add-on", "ncci.add-on", "add-on code edits", "CMS", "add_on primary type since:date until:date",
                "add_on", validity=_DATED, unique=False),
        _layout("pfs", "pfs", "physician fee schedule, indicators", "CMS", "code modifier status pctc bilateral",
                "code modifier"),
        _layout("clfs", "clfs", "clinical laboratory fee schedule", "CMS", "code modifier indicator rate:number",
                "code modifier"),
        _layout("hcpcs", "hcpcs", "HCPCS Level II codes and modifiers", "CMS", "code since:date until:date labcert:list",
                "code", validity=_DATED),
        _layout("icd10cm", "icd10cm", "ICD-10-CM codes", "CMS", "code billable:yes/no", "code"),
        _layout("pos", "pos", "place of service codes", "CMS", "code since:date until:date", "code", validity=_DATED),
        _layout("taxonomy", "taxonomy", "provider taxonomy codes", "NUCC", "code since:date until:date", "code",
                validity=_DATED),
        _layout("revenue-codes", "revenue-codes", "revenue codes", "NUBC", "code", "code"),
        _layout("clia-waived", "clia.waived", "tests that are waived under CLIA", "CMS", "code modifier", "code",
                unique=False),
        _layout("clia-subject", "clia.subject", "codes that are subject to CLIA edits", "CMS", "code modifier", "code",
                unique=False),
        _layout("clia-excluded", "clia.excluded", "codes that are excluded from CLIA edits", "CMS", "code modifier",
                "code", unique=False),
        _layout("lab-ncd", "lab.ncd", "diagnoses of the laboratory NCDs", "CMS", "code list icd10 ncd", "code list",
                unique=False),
        _layout("clia-laboratories", "clia.laboratories", "your own list of laboratories", "user",
                "clia certificate specialities:list since:date until:date", "clia", validity=_DATED, complete=False),
    )
}  # fmt: skip

BY_TABLE: dict[str, Layout] = {layout.table: layout for layout in LAYOUTS.values()}
