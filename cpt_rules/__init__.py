"""A rules engine that scrubs medical claims: for each line what would be denied, why, on whose authority, and the remedy."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cpt_rules.lazily import lazily

if TYPE_CHECKING:
    from cpt_rules.claim import Claim, Diagnosis, Line, Patient, Payer, Provider, Subscriber
    from cpt_rules.engine import Engine
    from cpt_rules.explanation import Explanation, Proposal, explain
    from cpt_rules.finding import Finding, Outcome, Report, Tally
    from cpt_rules.language.problems import Problem, RulesetError
    from cpt_rules.readers import (
        InputError,
        InputProblem,
        MappingError,
        claim_from_json,
        claim_to_json,
        load_mapping,
        read_claims,
    )
    from cpt_rules.ruleset.compare import compare_rulesets
    from cpt_rules.ruleset.load import load_ruleset
    from cpt_rules.ruleset.ruleset import Ruleset
    from cpt_rules.testing.outcomes import changed_outcomes

__version__ = "0.1.0"

_MODULES = {
    "claim": ("Claim", "Diagnosis", "Line", "Patient", "Payer", "Provider", "Subscriber"),
    "engine": ("Engine",),
    "explanation": ("Explanation", "Proposal", "explain"),
    "finding": ("Finding", "Outcome", "Report", "Tally"),
    "language.problems": ("Problem", "RulesetError"),
    "readers": (
        "InputError",
        "InputProblem",
        "MappingError",
        "claim_from_json",
        "claim_to_json",
        "load_mapping",
        "read_claims",
    ),
    "ruleset.compare": ("compare_rulesets",),
    "ruleset.load": ("load_ruleset",),
    "ruleset.ruleset": ("Ruleset",),
    "testing.outcomes": ("changed_outcomes",),
}
#: The command line and pytest, of which this is a plugin, start without most of them.
__getattr__ = lazily(globals(), _MODULES)

__all__ = [
    "Claim",
    "Diagnosis",
    "Engine",
    "Explanation",
    "Finding",
    "InputError",
    "InputProblem",
    "Line",
    "MappingError",
    "Outcome",
    "Patient",
    "Payer",
    "Problem",
    "Proposal",
    "Provider",
    "Report",
    "Ruleset",
    "RulesetError",
    "Subscriber",
    "Tally",
    "changed_outcomes",
    "claim_from_json",
    "claim_to_json",
    "compare_rulesets",
    "explain",
    "load_mapping",
    "load_ruleset",
    "read_claims",
]


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
