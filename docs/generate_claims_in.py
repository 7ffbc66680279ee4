"""Prints the generated parts of `docs/claims-in.md`: ``fields`` (from the catalogue and the layouts), ``mapping``."""

from __future__ import annotations

import sys
from collections.abc import Iterator

from cpt_rules.fields import BESIDE, FIELDS
from cpt_rules.readers.flat_fields import FLAT_FIELDS, FlatField
from cpt_rules.readers.flat_layout import TUVA
from cpt_rules.readers.flat_mapping import KEYS
from cpt_rules.reading import Field

_GROUPS = {
    "Of the claim": ("claim",),
    "Of the payer, the insured and the patient": ("payer", "subscriber", "patient"),
    "Of the line": ("line",),
}
_PROVIDERS = "Of the providers"


def fields() -> Iterator[str]:
    """A table for each group of fields that a claim stores, the parts of its objects behind them."""
    catalogue = {**FIELDS, **BESIDE}
    groups: dict[str, list[str]] = {title: [] for title in (*_GROUPS, _PROVIDERS)}
    order = {name: place for place, name in enumerate(catalogue, 1)} | {"claim.id": 0}
    for name in sorted(FLAT_FIELDS, key=lambda name: (order[FLAT_FIELDS[name].owner or name], order[name])):
        head = name.partition(".")[0]
        of_provider = head == "line" and name.count(".") == 2
        title = next((title for title, heads in _GROUPS.items() if head in heads and not of_provider), _PROVIDERS)
        groups[title].append(name)
    for title, names in groups.items():
        yield f"### {title}\n"
        yield "| field, column of CSV and Parquet | 837P | 837I | FHIR R4 | column of Tuva | JSON |"
        yield "|---|---|---|---|---|---|"
        yield from (row(catalogue[name], FLAT_FIELDS[name]) for name in names)
        yield ""


def row(field: Field, flat: FlatField) -> str:
    tuva = [named(name) for name in TUVA.columns.get(field.name, ())]
    cells = (
        f"`{field.name}`",
        place(field.x12p),
        place(field.x12i),
        field.fhir,
        " … ".join([tuva[0], tuva[-1]] if len(tuva) > 1 else tuva),
        f"`{json_path(flat)}`",
    )
    return "| " + " | ".join(cell.replace("|", "\\|") or "–" for cell in cells) + " |"


def named(column: str) -> str:
    """A column of Tuva, with what newer releases call it."""
    return " or ".join(f"`{each}`" for each in (column, TUVA.renamed.get(column)) if each)


def place(text: str) -> str:
    """``2300 REF*X4 REF02`` as it stands, an element of no loop without its segment twice."""
    loop, _, rest = text.partition(" ")
    segment, _, element = rest.partition(" ")
    return f"{loop} {segment} {element}" if "*" in segment else f"{loop} {element}" if element else text


def json_path(flat: FlatField) -> str:
    """Where the value stands in the JSON form of a claim."""
    head, _, rest = flat.name.partition(".")
    if flat.owner:
        return f"{rest.partition('.')[0]}[].{flat.part}"
    if head == "line":
        return f"lines[].{rest}{'[]' if flat.many else ''}"
    return (rest if head == "claim" else flat.name) + ("[]" if flat.many else "")


def mapping() -> Iterator[str]:
    """The keys of a mapping file."""
    yield "| key | what it says |"
    yield "|---|---|"
    yield from (f"| `{key}` | {meaning} |" for key, meaning in KEYS.items())


if __name__ == "__main__":
    print("\n".join({"fields": fields, "mapping": mapping}[sys.argv[1]]()))
