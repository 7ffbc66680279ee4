"""Which transaction sets are read, and why another one is not."""

from __future__ import annotations

from cpt_rules.readers.problem import Fault, shown
from cpt_rules.readers.x12_claim import CLAIM, begin_claim, end_claim
from cpt_rules.readers.x12_draft import Guide
from cpt_rules.readers.x12_levels import BILLING, HEADER, PATIENT, SUBSCRIBER

PROFESSIONAL = Guide("837P", HEADER, {1: BILLING, 2: SUBSCRIBER, 3: PATIENT}, CLAIM, begin_claim, end_claim)

#: The guides that are read, by implementation (ST03, else GS08).
GUIDES: dict[str, Guide] = {
    "005010X222": PROFESSIONAL,
    "005010X222A1": PROFESSIONAL,
    "005010X222A2": PROFESSIONAL,
}
#: Implementations that are known and not read: the place where the institutional guide will stand.
NOT_READ = {
    "005010X223": "institutional claims (837I) are not read yet",
    "005010X223A1": "institutional claims (837I) are not read yet",
    "005010X223A2": "institutional claims (837I) are not read yet",
    "005010X223A3": "institutional claims (837I) are not read yet",
    "005010X224": "dental claims (837D) are not read",
    "005010X224A1": "dental claims (837D) are not read",
    "005010X224A2": "dental claims (837D) are not read",
}


def refusal(kind: str, implementation: str) -> Fault:
    """Why a transaction set is not read, from ST01 and its implementation."""
    remedy = "send professional claims as 005010X222A1"
    if kind != "837":
        name = f"transaction set {kind}" if kind.isascii() and kind.isdigit() and len(kind) == 3 else "what stands here"
        return Fault("x12.transaction-set", f"{name} is not a claim (837)", remedy)
    if implementation in NOT_READ:
        return Fault("x12.not-read-yet", NOT_READ[implementation], remedy)
    if implementation.startswith("004010"):
        return Fault("x12.version", f"this is version 4010 ({shown(implementation, 20)}), which is not read", remedy)
    stated = shown(implementation, 20) or "none"
    return Fault("x12.version", f"the implementation stated ({stated}) is none that is read", remedy)
