"""Which lines of claims have other outcomes under another ruleset, and which changed document makes it so."""

from __future__ import annotations

from cpt_rules.testing.outcomes.aimed import aimed_claims
from cpt_rules.testing.outcomes.differ import Differ, changed_outcomes
from cpt_rules.testing.outcomes.model import Because, ConditionSeen, OutcomeChange, Side

__all__ = ["Because", "ConditionSeen", "Differ", "OutcomeChange", "Side", "aimed_claims", "changed_outcomes"]
