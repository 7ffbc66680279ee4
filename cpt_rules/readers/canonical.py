"""The canonical forms of CONTRACT.md: everything else stays as sent."""

from __future__ import annotations

from cpt_rules.claim import DiagnosisSystem


def diagnosis_code(code: str, system: DiagnosisSystem) -> str:
    """The code with its dot: after the third character, in ICD-9 E codes after the fourth. Case stays as sent.

    Source: ICD-10-CM and ICD-9-CM official guidelines; X12 sends both without the dot.
    """
    if "." in code:
        return code
    place = 4 if system == "icd9" and code[:1] in ("E", "e") else 3
    return f"{code[:place]}.{code[place:]}" if len(code) > place else code


def bill_type(code: str) -> str:
    """The type of bill without the leading zero that paper and some feeds write."""
    return code[1:] if len(code) == 4 and code[0] == "0" else code
