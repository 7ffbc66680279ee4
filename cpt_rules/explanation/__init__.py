"""Why an edit did or did not fire, and the smallest change of the claim that would make it pass."""

from cpt_rules.engine.reference_explain import ChangeSeen, Condition, Reasons
from cpt_rules.explanation.data import WHOLE_LINE, Advice, Change, Explanation, Proposal
from cpt_rules.explanation.explaining import explain

__all__ = ["WHOLE_LINE", "Advice", "Change", "ChangeSeen", "Condition", "Explanation", "Proposal", "Reasons", "explain"]
