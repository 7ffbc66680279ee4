"""Which transaction sets are read, and why another one is not."""

from __future__ import annotations

import re

from cpt_rules.readers import x12_institutional as institutional
from cpt_rules.readers import x12_professional as professional
from cpt_rules.readers.problem import Fault
from cpt_rules.readers.x12_claim import CLAIM_PROVIDER, OTHER_PAYER
from cpt_rules.readers.x12_draft import Guide, Loop
from cpt_rules.readers.x12_levels import HEADER, LEVELS
from cpt_rules.readers.x12_line import ADJUDICATION, FORM, LINE_PROVIDER


def _in_claims(*own: Loop) -> frozenset[str]:
    return frozenset().union(*own, CLAIM_PROVIDER, OTHER_PAYER, LINE_PROVIDER, ADJUDICATION, FORM)


PROFESSIONAL = Guide(
    "837P",
    HEADER,
    LEVELS,
    professional.CLAIM,
    professional.LINE,
    professional.begin_claim,
    "code",
    professional.incomplete,
    professional.end_claim,
    _in_claims(professional.CLAIM, professional.LINE),
)
INSTITUTIONAL = Guide(
    "837I",
    HEADER,
    LEVELS,
    institutional.CLAIM,
    institutional.LINE,
    institutional.begin_claim,
    "revenue_code",
    institutional.incomplete,
    institutional.end_claim,
    _in_claims(institutional.CLAIM, institutional.LINE),
)

#: The guides that are read, by implementation (ST03, else GS08).
GUIDES: dict[str, Guide] = {
    "005010X222": PROFESSIONAL,
    "005010X222A1": PROFESSIONAL,
    "005010X222A2": PROFESSIONAL,
    "005010X223": INSTITUTIONAL,
    "005010X223A1": INSTITUTIONAL,
    "005010X223A2": INSTITUTIONAL,
    "005010X223A3": INSTITUTIONAL,
}
#: Implementations that are known and not read.
NOT_READ = {
    "005010X224": "dental claims (837D) are not read",
    "005010X224A1": "dental claims (837D) are not read",
    "005010X224A2": "dental claims (837D) are not read",
}


_REMEDY = "send claims as 837P (005010X222A1) or 837I (005010X223A2)"


def group_refusal(code: str) -> Fault:
    """Why nothing of a functional group is read, from GS01."""
    what = f"a group {code}" if len(code) == 2 and code.isascii() and code.isupper() else "this group"
    return Fault("x12.transaction-set", f"{what} holds no claims (HC)", _REMEDY)


def refusal(kind: str, implementation: str) -> Fault:
    """Why a transaction set is not read, from ST01 and its implementation."""
    if kind != "837":
        name = f"transaction set {kind}" if kind.isascii() and kind.isdigit() and len(kind) == 3 else "what stands here"
        return Fault("x12.transaction-set", f"{name} is not a claim (837)", _REMEDY)
    if implementation in NOT_READ:
        return Fault("x12.not-read", NOT_READ[implementation], _REMEDY)
    if implementation.startswith("004010"):
        stated = stated_version(implementation)
        return Fault("x12.version", f"this is version 4010 ({stated}), which is not read", _REMEDY)
    stated = stated_version(implementation)
    return Fault("x12.version", f"the implementation stated ({stated}) is none that is read", _REMEDY)


def stated_version(text: str) -> str:
    """An implementation as a message shows it: what does not look like one is not repeated."""
    return text if _VERSION(text) else "no version" if text else "none"


_VERSION = re.compile(r"[0-9]{5,6}[0-9A-Z]{0,8}", re.ASCII).fullmatch
