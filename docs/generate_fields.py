"""Prints the tables of `docs/fields.md` from the catalogue in `cpt_rules/fields.py`."""

from __future__ import annotations

from collections.abc import Iterator

from cpt_rules.fields import FIELDS
from cpt_rules.reading import Field

_GROUPS = {
    "line": "Of the line",
    "day": "Of the day",
    "claim": "Of the claim",
    "payer": "Of the payer",
    "subscriber": "Of the insured",
    "patient": "Of the patient",
    "run": "Of the run",
}
_PROVIDERS = "Of the providers"


def tables() -> Iterator[str]:
    """A heading and a table for each group of fields, in the order of the catalogue."""
    groups: dict[str, list[Field]] = {title: [] for title in (*_GROUPS.values(), _PROVIDERS)}
    for field in FIELDS.values():
        head = field.name.partition(".")[0]
        provider = field.name.count(".") == 2 or head not in _GROUPS
        groups[_PROVIDERS if provider else _GROUPS[head]].append(field)
    for title, fields in groups.items():
        yield f"## {title}\n"
        yield "| field | type | what it holds | 837P | 837I |"
        yield "|---|---|---|---|---|"
        yield from map(row, fields)
        yield ""


def row(field: Field) -> str:
    kind = f"list of {field.type}" if field.many else field.type
    if field.choices:
        kind += ": " + ", ".join(field.choices)
    meaning = field.meaning + (f", in {field.unit}" if field.unit else "")
    cells = (f"`{field.name}`", kind, meaning, place(field.x12p), place(field.x12i))
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def place(text: str) -> str:
    """``2300 REF*X4 REF02`` as it stands, an element of no loop without its segment twice."""
    loop, _, rest = text.partition(" ")
    segment, _, element = rest.partition(" ")
    qualified = "*" in segment
    return f"{loop} {segment} {element}" if qualified else f"{loop} {element}" if element else text


if __name__ == "__main__":
    print("\n".join(tables()))
