"""A rules engine that scrubs medical claims: for each line what would be denied, why, on whose authority, and the remedy."""

from cpt_rules.claim import Claim, Diagnosis, Line, Patient, Payer, Provider, Subscriber
from cpt_rules.engine import Engine
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
from cpt_rules.ruleset.load import load_ruleset
from cpt_rules.ruleset.ruleset import Ruleset

__version__ = "0.1.0"

__all__ = [
    "Claim",
    "Diagnosis",
    "Engine",
    "Finding",
    "InputError",
    "InputProblem",
    "Line",
    "MappingError",
    "Outcome",
    "Patient",
    "Payer",
    "Problem",
    "Provider",
    "Report",
    "Ruleset",
    "RulesetError",
    "Subscriber",
    "Tally",
    "claim_from_json",
    "claim_to_json",
    "load_mapping",
    "load_ruleset",
    "read_claims",
]
