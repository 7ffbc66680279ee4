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
    """One kind of table.

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

    def place(self, name: str) -> int:
        """The place of a column."""
        return next(place for place, column in enumerate(self.columns) if column.name == name)


def _layout(kind: str, table: str, columns: str, key: str, publisher: str, **more: object) -> Layout:
    parts = [part.partition(":") for part in columns.split()]
    made = tuple(Column(name, type or "text") for name, _, type in parts)  # type: ignore[arg-type]
    return Layout(kind, table, made, tuple(key.split()), publisher, **more)  # type: ignore[arg-type]


_DATED = ("since", "until")

LAYOUTS: dict[str, Layout] = {
    layout.kind: layout
    for layout in (
        _layout("ncci-ptp", "ncci.ptp", "column_1 column_2 since:date until:date indicator", "column_1 column_2", "CMS",
                validity=_DATED, settings=tuple(each for each in SETTINGS if each != "dme")),  # Medicare has none for DME
        _layout("ncci-mue", "ncci.mue", "code units:number mai", "code", "CMS", complete=False, settings=SETTINGS),
        _layout("ncci-add-on", "ncci.add-on", "add_on primary type since:date until:date", "add_on", "CMS",
                validity=_DATED, unique=False),
        _layout("pfs", "pfs", "code modifier status pctc bilateral", "code modifier", "CMS"),
        _layout("clfs", "clfs", "code modifier indicator rate:number", "code modifier", "CMS"),
        _layout("hcpcs", "hcpcs", "code since:date until:date labcert:list", "code", "CMS", validity=_DATED),
        _layout("icd10cm", "icd10cm", "code billable:yes/no", "code", "CMS"),
        _layout("pos", "pos", "code since:date until:date", "code", "CMS", validity=_DATED),
        _layout("taxonomy", "taxonomy", "code since:date until:date", "code", "NUCC", validity=_DATED),
        _layout("revenue-codes", "revenue-codes", "code", "code", "NUBC"),
        _layout("clia-waived", "clia.waived", "code modifier", "code", "CMS", unique=False),
        _layout("clia-subject", "clia.subject", "code modifier", "code", "CMS", unique=False),
        _layout("clia-excluded", "clia.excluded", "code modifier", "code", "CMS", unique=False),
        _layout("lab-ncd", "lab.ncd", "code list icd10 ncd", "code list", "CMS", unique=False),
        _layout("clia-laboratories", "clia.laboratories", "clia certificate specialities:list since:date until:date", "clia",
                "user", validity=_DATED, complete=False),
    )
}  # fmt: skip

BY_TABLE: dict[str, Layout] = {layout.table: layout for layout in LAYOUTS.values()}
