"""Layouts of flat files: which column fills which field of a claim. Two are built in, others come as mapping files."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from types import MappingProxyType

from attrs import frozen

from cpt_rules.readers.flat_fields import FLAT_FIELDS
from cpt_rules.readers.flat_values import ISO, DateForm
from cpt_rules.readers.problem import Fault, meant, shown

WINDOW = 10_000
_NONE: Mapping[str, str] = MappingProxyType({})
_NO_WORDS: Mapping[str, Mapping[str, str]] = MappingProxyType({})


@frozen
class Layout:
    """Which columns fill which fields.

    `columns` names for each field its column, or several in their order for a list. `constants` are the same in every
    row, `words` translate what a cell says, by field. `group` are the columns that tell claims apart beside the
    identifier. `lists` are the fields whose one column holds several values. A column that the file lacks is a fault,
    unless it is `optional`; `renamed` is what a column may be called otherwise. `window` counts rows.
    """

    name: str
    columns: Mapping[str, tuple[str, ...]]
    constants: Mapping[str, str] = _NONE
    words: Mapping[str, Mapping[str, str]] = _NO_WORDS
    dates: DateForm = ISO
    absent: frozenset[str] = frozenset()
    group: tuple[str, ...] = ()
    lists: frozenset[str] = frozenset()
    encoding: str | None = None
    delimiter: str | None = None
    window: int = WINDOW
    optional: frozenset[str] = frozenset()
    renamed: Mapping[str, str] = _NONE

    @property
    def all_columns(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys([*(name for names in self.columns.values() for name in names), *self.group]))


# ---- our own -------------------------------------------------------------------------------------------------------

_HEADS = frozenset(name.partition(".")[0] for name in FLAT_FIELDS)
_NUMBERED = re.compile(r"(.+?)\.([1-9][0-9]?)(?:\.([a-z_]+))?").fullmatch


def own(header: Sequence[str]) -> Layout:
    """The layout whose columns are called as the fields are. Raises `Fault` for a name that looks like one and is none.

    Lists have a column (``line.modifiers``) or several (``line.modifiers.1``, ``claim.diagnoses.2.poa``).
    """
    plain: dict[str, str] = {}
    numbered: dict[str, dict[int, str]] = {}
    for column in header:
        if column in FLAT_FIELDS:
            plain[column] = column
            continue
        found = _NUMBERED(column)
        name = f"{found[1]}.{found[3]}" if found and found[3] else found[1] if found else ""
        if found and name in FLAT_FIELDS and FLAT_FIELDS[name].many:
            numbered.setdefault(name, {})[int(found[2])] = column
        elif column.partition(".")[0] in _HEADS and "." in column:
            remedy = meant(column, list(FLAT_FIELDS)) or "see the list of fields"
            raise Fault("flat.column", f"the column {shown(column)!r} is no field of a claim", remedy)
    columns: dict[str, tuple[str, ...]] = {name: (column,) for name, column in plain.items()}
    for name, places in numbered.items():
        if name in columns:
            raise Fault("flat.column", f"{name} has a column of its own and numbered ones", "keep one of the two forms")
        if sorted(places) != list(range(1, len(places) + 1)):
            raise Fault("flat.column", f"the columns of {name} do not count from 1 without a gap", "number them on")
        columns[name] = tuple(places[place] for place in sorted(places))
    return Layout("our own", columns, lists=frozenset(name for name in plain if FLAT_FIELDS[name].many))


# ---- Tuva ----------------------------------------------------------------------------------------------------------


def _counted(name: str, count: int) -> tuple[str, ...]:
    return tuple(f"{name}_{place}" for place in range(1, count + 1))


#: The table `medical_claim` of the Tuva input layer. Source: The Tuva Project, input layer and claims mapping guide.
_TUVA_COLUMNS: Mapping[str, tuple[str, ...]] = {
    "claim.id": ("claim_id",),
    "claim.type": ("claim_type",),
    "claim.bill_type": ("bill_type_code",),
    "claim.statement_from": ("claim_start_date",),
    "claim.statement_to": ("claim_end_date",),
    "claim.admission_date": ("admission_date",),
    "claim.discharge_date": ("discharge_date",),
    "claim.patient_status": ("discharge_disposition_code",),
    "claim.drg": ("ms_drg_code",),
    "claim.diagnoses": _counted("diagnosis_code", 25),
    "claim.diagnoses.poa": _counted("diagnosis_poa", 25),
    "claim.diagnoses.system": ("diagnosis_code_type",),
    "claim.procedures": _counted("procedure_code", 25),
    "claim.procedures.date": _counted("procedure_date", 25),
    "payer.name": ("payer",),
    "payer.plan": ("plan",),
    "subscriber.id": ("member_id",),
    "patient.id": ("patient_id",),
    "billing.npi": ("billing_npi",),
    "service_facility.npi": ("facility_npi",),
    "line.number": ("claim_line_number",),
    "line.code": ("hcpcs_code",),
    "line.modifiers": _counted("hcpcs_modifier", 5),
    "line.units": ("service_unit_quantity",),
    "line.charge": ("charge_amount",),
    "line.date": ("claim_line_start_date",),
    "line.date_to": ("claim_line_end_date",),
    "line.pos": ("place_of_service_code",),
    "line.revenue_code": ("revenue_center_code",),
    "line.rendering.npi": ("rendering_npi",),
}
#: Newer releases call these columns otherwise.
_RENAMED = {"patient_id": "person_id", "ms_drg_code": "drg_code"}
_NEEDED = frozenset({"claim_id", "claim_line_number", "claim_type"})
_ALL = frozenset({"data_source", *_RENAMED.values(), *(name for names in _TUVA_COLUMNS.values() for name in names)})

TUVA = Layout(
    "tuva",
    _TUVA_COLUMNS,
    words={"claim.diagnoses.system": {"icd-10-cm": "icd10", "icd-9-cm": "icd9"}},
    group=("data_source",),
    optional=_ALL - _NEEDED,
    renamed=_RENAMED,
)


# ---- which of them ---------------------------------------------------------------------------------------------------


def recognised(header: Sequence[str]) -> int:
    """How many columns of a header are known to one of the built-in layouts."""
    return max(sum(map(_is_own, header)), sum(each.casefold() in _ALL for each in header))


def built_in(header: Sequence[str]) -> Layout:
    """The built-in layout that a header belongs to. Raises `Fault` where it is neither."""
    if _NEEDED.issubset(each.casefold() for each in header):
        return TUVA
    if any(map(_is_own, header)):
        return own(header)
    raise Fault(
        "flat.layout",
        "the columns belong to no layout known here",
        "call them as the fields are called (claim.id, line.code), or state a mapping file",
    )


def _is_own(column: str) -> bool:
    found = _NUMBERED(column)
    return column in FLAT_FIELDS or bool(found and found[1] in FLAT_FIELDS)
