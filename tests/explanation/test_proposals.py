"""What is proposed, what is not, and what is said with it."""

from __future__ import annotations

import datetime as dt
import json
import subprocess
import sys
from decimal import Decimal
from functools import cache

import pytest
from attrs import evolve
from jsonschema import Draft202012Validator

from cpt_rules import Claim, Diagnosis, Engine, Line, Outcome, Payer, load_ruleset
from cpt_rules.explanation import Explanation, explain
from cpt_rules.explanation.records import explanation_schema, records
from cpt_rules.explanation.words import meant, others
from cpt_rules.language.parse import parse_text
from cpt_rules.ruleset.link import link

AS_OF = dt.date(2026, 1, 5)
MEDICARE = Payer(id="01182", name="MEDICARE PART B", filing="MB")
LINE = Line(1, code="86329", units=Decimal(1), unit_type="UN", charge=Decimal(25), date=AS_OF)

SOURCE = """
source: s
title: Certain
publisher: CMS
edition: "1"
confidence: high
---
"""


@cache
def bundled() -> Engine:
    return Engine(load_ruleset(), as_of=AS_OF)


def claim(*lines: Line, **more: object) -> Claim:
    charge = sum((line.charge or Decimal(0) for line in lines), Decimal(0))
    whole = Claim("C", "professional", lines, charge=charge, payer=MEDICARE, clia="05D0123456", pos="81")
    return evolve(whole, **more)


def one(found: tuple[Explanation, ...]) -> Explanation:
    (each,) = [each for each in found if each.advice is not None]
    return each


def own(text: str, made: Claim, index: int | None = 0) -> Explanation:
    """The explanation of the one edit of a ruleset."""
    documents, problems = parse_text(SOURCE + text)
    assert not problems, "\n".join(map(str, problems))
    return one(explain(Engine(link(documents), as_of=AS_OF), made, index))


def edit(require: str, **more: str) -> str:
    rest = "".join(f"{key}: {value}\n" for key, value in more.items())
    return (
        f"edit: e\ntitle: T\npayers: all\n{rest}require: {require}\nseverity: fail\ndisposition: deny\n"
        "fix: claim data\nmessage: M\nremedy: R\nsource: s\n"
    )


def test_the_second_code_of_a_pair_with_indicator_0_is_taken_off_with_its_charge() -> None:
    beside = evolve(LINE, number=2, code="80048", charge=Decimal("9.50"))
    made = claim(evolve(LINE, code="80053"), beside)
    found = one(explain(bundled(), made, 1, edits=["ncci.ptp"]))
    assert found.advice is not None
    assert found.advice.reason == "no change of one or two fields that may be proposed makes it pass"
    (only,) = found.proposals
    assert (only.words, only.takes_a_line_off) == (
        "take line 2 (80048) off the claim; claim.charge 34.50 → 25.00",
        True,
    )
    assert only.condition == "only if the record shows that the service is not to be billed beside the others"
    assert (only.claim.lines, only.claim.charge, only.brings) == (made.lines[:1], Decimal(25), ())


def test_a_modifier_is_proposed_with_the_words_that_the_record_has_to_support_it() -> None:
    made = claim(LINE, evolve(LINE, number=2, code="86331"))
    best = one(explain(bundled(), made, 1, edits=["ncci.ptp"])).proposals[0]
    (change,) = best.changes
    assert best.outcome is Outcome.PASS
    assert (change.field, change.line, change.before, change.after) == ("line.modifiers", 2, (), ("XE",))
    assert ("59",) in change.others
    assert (change.support, change.condition) == ("record", "only if the record supports the modifier that is sent")
    assert others(change).startswith("as well: XS; XP; XU; 59")


def test_fewer_units_are_proposed_and_never_more() -> None:
    made = claim(evolve(LINE, units=Decimal(2)), evolve(LINE, number=2, units=Decimal(3), modifiers=("91",)))
    found = one(explain(bundled(), made, 0, edits=["ncci.mue.day"]))
    assert [(each.words, each.condition) for each in found.proposals[:1]] == [
        ("line 2: line.units 3 → 1", "only if the record shows that many")
    ]
    (least,) = own(edit("{line.units at least: 5}"), claim(LINE)).reasons.conditions
    assert least.decisive
    assert own(edit("{line.units at least: 5}"), claim(LINE)).proposals == ()


@pytest.mark.parametrize("name", ["icd10.present", "icd.version-by-date"])
def test_no_diagnosis_is_ever_proposed(name: str) -> None:
    diagnoses = () if name == "icd10.present" else (Diagnosis("279.00", "icd9", "principal"),)
    found = one(explain(bundled(), claim(LINE, diagnoses=diagnoses), None, edits=[name]))
    assert found.advice is not None
    assert (found.proposals, found.advice.reason) == (
        (),
        "it is about diagnoses, which are what the record says, and are never proposed",
    )


def test_a_pointer_at_a_diagnosis_that_is_there_is_a_stand_in() -> None:
    made = claim(evolve(LINE, diagnosis_pointers=(4,)), diagnoses=(Diagnosis("D80.1"), Diagnosis("D83.9")))
    best = one(explain(bundled(), made, 0, edits=["icd10.pointer"])).proposals[0]
    (change,) = best.changes
    assert (change.after, change.stand_in, best.claim.diagnoses) == ((1,), True, made.diagnoses)
    assert best.condition == "only if the record says that the service was ordered for that diagnosis"


def test_a_number_that_nobody_here_can_know_only_stands_in() -> None:
    best = one(explain(bundled(), claim(LINE, clia=None), 0, edits=["clia.present"])).proposals[0]
    (change,) = best.changes
    assert (change.field, change.support, change.stand_in, change.condition) == ("claim.clia", "sender", True, "")
    assert meant(change) == "05D0123456 only stands in; put there what is true: CLIA number of the claim as a whole"


def test_it_says_which_findings_a_change_brings_and_clears() -> None:
    made = claim(evolve(LINE, modifiers=("qw",)))
    best = one(explain(bundled(), made, 0, edits=["modifier.format"])).proposals[0]
    assert (best.words, best.condition) == ("line 1: line.modifiers qw → QW", "only if that is what was meant")
    assert [(each.edit, each.status) for each in best.brings] == [("qw.allowed", Outcome.WARN)]
    both = claim(LINE, evolve(LINE, number=2, code="86331"), clia=None)
    best = one(explain(bundled(), both, 0, edits=["clia.present"])).proposals[0]
    assert [(each.edit, each.line) for each in best.clears] == [("clia.present", 2)]


def test_two_fields_are_tried_where_one_is_not_enough() -> None:
    found = own(edit("{claim.prior_authorization: present, line.description: present}"), claim(LINE))
    assert found.advice is not None
    assert found.advice.reason == "two fields have to change"
    (best,) = found.proposals
    assert best.words == "claim.prior_authorization none → STAND-IN; line 1: line.description none → STAND-IN"


def test_nobody_is_moved_to_another_day_payer_or_kind_of_claim_to_get_round_a_rule() -> None:
    for require in ("{line.date before: 2025-01-01}", "{claim.type: institutional}", "{payer.filing: CI}"):
        assert own(edit(require), claim(LINE)).proposals == (), require


def test_an_edit_that_needs_what_is_never_changed_is_not_searched_further() -> None:
    found = own(edit("{claim.type: institutional, line.description: present}"), claim(LINE))
    assert found.proposals == ()


def test_what_overlays_changed_is_said() -> None:
    text = (
        edit("{line.description: present}")
        + "---\npayer: p\ntitle: P\nids: ['01182']\n---\noverlay: o\nfor: {payer: p}\n"
        + "edits: {e: {severity: warn, unless: {line.pos: 21}, source: s}}\n"
    )
    found = own(text, claim(LINE))
    assert (found.outcome, [each.what for each in found.reasons.changes]) == (
        Outcome.WARN,
        ["severity: warn; unless: line.pos: 21"],
    )


def test_the_json_satisfies_its_schema() -> None:
    schema = explanation_schema()
    Draft202012Validator.check_schema(schema)
    made = claim(evolve(LINE, modifiers=("qw",)), evolve(LINE, number=2, code="86331", units=Decimal(4)), clia=None)
    for index in (None, 0, 1):
        found = explain(bundled(), made, index)
        whole = json.loads(json.dumps(records(made, 1, index, "medicare", AS_OF, found)))
        assert [error.message for error in Draft202012Validator(schema).iter_errors(whole)] == []
        assert [each["edit"] for each in whole["edits"]] == [each.edit for each in found]


def test_a_place_or_an_edit_that_is_not_there_is_refused() -> None:
    with pytest.raises(IndexError, match="the claim has 1 lines, and none at place 1"):
        explain(bundled(), claim(LINE), 1)
    with pytest.raises(ValueError, match=r"unknown edits: clia\.presents"):
        explain(bundled(), claim(LINE), 0, edits=["clia.presents"])


def test_explaining_needs_no_test_library() -> None:
    code = "import sys, cpt_rules.explanation; sys.exit('hypothesis' in sys.modules or 'pytest' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
