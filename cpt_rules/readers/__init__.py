"""Readers: bytes in, claims or input problems out."""

from typing import TYPE_CHECKING

from cpt_rules.lazily import lazily

if TYPE_CHECKING:
    from cpt_rules.readers.flat_layout import Layout
    from cpt_rules.readers.flat_mapping import MappingError, load_mapping
    from cpt_rules.readers.json_claim import claim_from_json, claim_to_json
    from cpt_rules.readers.problem import InputError, InputProblem
    from cpt_rules.readers.read import read_claims

__all__ = [
    "InputError",
    "InputProblem",
    "Layout",
    "MappingError",
    "claim_from_json",
    "claim_to_json",
    "load_mapping",
    "read_claims",
]
__getattr__ = lazily(
    globals(),
    {
        "flat_layout": ("Layout",),
        "flat_mapping": ("MappingError", "load_mapping"),
        "json_claim": ("claim_from_json", "claim_to_json"),
        "problem": ("InputError", "InputProblem"),
        "read": ("read_claims",),
    },
)
