"""What claims aimed at the bundled edits need to know, and whether one of them hits."""

from __future__ import annotations

from functools import cache

from attrs import evolve

from cpt_rules import Claim, Line, Payer, Ruleset, load_ruleset
from cpt_rules.finding import Outcome, Report
from cpt_rules.testing import Case, knowing
from cpt_rules.testing.inline import TODAY

_LABORATORY = "05D0123456"
_CODES = ("36415", "86329")
_LINES = tuple(Line(number, code=code, date=TODAY) for number, code in enumerate(_CODES, 1))
_CLAIM = Claim("test", "professional", _LINES, payer=Payer(id="medicare"))


def _rows(table: str, *rows: tuple[str, ...]) -> Case:
    return Case(_CLAIM, rows=((table, rows),))


def _fact(name: str, *texts: str) -> Case:
    return Case(_CLAIM, knowledge=((name, texts),))


#: What the bundled rulesets do not know and only a user can tell: the laboratories, lists that have to be imported, and
#: facts about codes of which nothing is published. By edit and outcome, as an inline test gives it.
TOLD: dict[tuple[str, str], Case] = {
    ("clia.certificate", "fail"): _rows("clia.laboratories", (_LABORATORY, "2", "220", "", "")),
    ("clia.certificate", "warn"): _rows("clia.laboratories", ("05D0123455", "1", "220", "", "")),
    ("clia.speciality", "pass"): _rows("clia.laboratories", (_LABORATORY, "1", "220", "", "")),
    ("clia.speciality", "fail"): _rows("clia.laboratories", (_LABORATORY, "1", "100", "", "")),
    ("clia.speciality", "warn"): evolve(
        _rows("clia.laboratories", (_LABORATORY, "1", "220", "", "")), knowledge=(("profile.lc", ("219",)),)
    ),
    ("icd10.active", "pass"): _rows("icd10cm", ("D80.1", "yes")),
    ("icd10.active", "fail"): _rows("icd10cm", ("D80.1", "no")),
    ("icd10.active", "warn"): _rows("icd10cm", ("D80.0", "yes")),
    ("icd10.supports", "pass"): _fact("profile.icd10", "D80.1"),
    ("icd10.supports", "fail"): _fact("profile.icd10", "D80.1"),
    ("modifier.allowed", "pass"): _fact("profile.modifiers.allowed", "L1"),
    ("ncci.mue.line", "pass"): _rows("ncci.mue", ("practitioner", "36415", "1", "1")),
    ("ncci.mue.line", "fail"): _rows("ncci.mue", ("practitioner", "36415", "1", "1")),
    ("ncci.mue.line", "warn"): _rows("ncci.mue", ("practitioner", "36415", "1", "1")),
    ("pos.allowed", "pass"): _fact("profile.pos", "21"),
    ("pos.allowed", "warn"): _fact("profile.pos", "21"),
    ("taxonomy.allowed", "pass"): _fact("profile.taxonomies", "291U00000X"),
    ("taxonomy.allowed", "warn"): _fact("profile.taxonomies", "291U00000X"),
}


@cache
def bundled() -> Ruleset:
    return load_ruleset()


@cache
def ruleset_for(edit: str, outcome: str) -> Ruleset:
    """The bundled rulesets, told what they lack for an edit to have an outcome."""
    case = TOLD.get((edit, outcome))
    return bundled() if case is None else knowing(bundled(), edit, case)


def outcome_on(report: Report, edit: str) -> str:
    """The outcome of an edit where `claims_at` aims: on the claim, of a pair on the second line, else on the first.

    Read from what the report says, as anybody would; of several findings on a line the gravest counts.
    """
    place = {"claim": None, "pair": 1, "later-pair": 1}.get(bundled().edits[edit].each, 0)
    said = [each.status for each in report.findings if (each.edit, each.index) == (edit, place)]
    if said:
        return max(said).label
    silenced = any((each.edit, each.index) == (edit, place) for each in report.silenced)
    return (Outcome.SILENCED if silenced else Outcome.NOT_APPLICABLE).label
