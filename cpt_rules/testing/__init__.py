"""For test suites of rulesets: Hypothesis strategies, laws ready to call, inline tests. Needs the extra ``testing``.

Strategies: `claims`, `lines`, `claims_at`, `cases_at`. Laws: `assert_engines_agree`, `assert_line_order_irrelevant`,
`assert_unknown_is_never_passed`, `assert_empty_overlay_is_identity`, `assert_round_trip`.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cpt_rules.testing.cases import Case
    from cpt_rules.testing.laws import (
        assert_empty_overlay_is_identity,
        assert_engines_agree,
        assert_line_order_irrelevant,
        assert_round_trip,
        assert_unknown_is_never_passed,
        maskable_fields,
    )
    from cpt_rules.testing.strategies import Unreachable, cases_at, claims, claims_at, failing_outcome, knowing, lines
    from cpt_rules.testing.written import as_given, inline_test

_MODULES = {
    "cases": ("Case",),
    "laws": (
        "assert_empty_overlay_is_identity",
        "assert_engines_agree",
        "assert_line_order_irrelevant",
        "assert_round_trip",
        "assert_unknown_is_never_passed",
        "maskable_fields",
    ),
    "strategies": ("Unreachable", "cases_at", "claims", "claims_at", "failing_outcome", "knowing", "lines"),
    "written": ("as_given", "inline_test"),
}
_MODULE_OF = {name: module for module, names in _MODULES.items() for name in names}

__all__ = [
    "Case",
    "Unreachable",
    "as_given",
    "assert_empty_overlay_is_identity",
    "assert_engines_agree",
    "assert_line_order_irrelevant",
    "assert_round_trip",
    "assert_unknown_is_never_passed",
    "cases_at",
    "claims",
    "claims_at",
    "failing_outcome",
    "inline_test",
    "knowing",
    "lines",
    "maskable_fields",
]


def __getattr__(name: str) -> object:
    """Imports what is asked for, so that running inline tests needs neither Hypothesis nor pytest."""
    if name not in _MODULE_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    try:
        return getattr(import_module(f"{__name__}.{_MODULE_OF[name]}"), name)
    except ModuleNotFoundError as error:
        if error.name == "hypothesis":
            raise ImportError(f"{name} needs Hypothesis; install it with: pip install 'cpt-rules[testing]'") from None
        raise
