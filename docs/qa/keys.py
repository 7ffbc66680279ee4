"""Prints the keys of an expected finding: ``python docs/qa/keys.py``."""

from __future__ import annotations

from cpt_rules.testing.scenarios import EXPECTED

if __name__ == "__main__":
    print(", ".join(f"`{key}`" for key in EXPECTED if key not in ("edit", "status")))
