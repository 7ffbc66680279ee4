"""Two rulesets compared by meaning."""

from __future__ import annotations

import datetime as dt
import random
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cpt_rules import load_ruleset
from cpt_rules.ruleset.compare import Change, Comparison, Difference, Span, compare_rulesets
from tests.small import RULES, small_ruleset, write_rules
from tests.strategies import linked, rulesets

FEW = settings(deadline=None, max_examples=25, suppress_health_check=list(HealthCheck))


@FEW
@given(rulesets(), st.randoms(use_true_random=False))
def test_a_ruleset_and_itself_with_its_documents_in_another_order_do_not_differ(
    text: str, order: random.Random
) -> None:
    """The order of documents is no difference."""
    documents = [each for each in text.split("---\n") if each.strip()]
    order.shuffle(documents)
    assert compare_rulesets(linked(text), linked("---\n".join(documents))) == Comparison(())


@FEW
@given(rulesets(), rulesets())
def test_the_other_way_round_the_same_is_said_with_old_and_new_exchanged(one: str, other: str) -> None:
    """compare(a, b) mirrors compare(b, a)."""
    a, b = linked(one), linked(other)
    there, back = compare_rulesets(a, b), compare_rulesets(b, a)
    assert tuple(each.mirrored for each in there.changes) == back.changes
    assert (there.edits, there.codes, there.days) == (back.edits, back.codes, back.days)
    assert bool(there.in_meaning) <= (a.hash != b.hash)


# ---- by meaning ----------------------------------------------------------------------------------------------------


def compared(folder: Path, *replacements: tuple[str, str], more: str = "") -> Comparison:
    """The small ruleset beside one in which texts are replaced, and documents added."""
    text = RULES
    for old, new in replacements:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    old, new = folder / "old", folder / "new"
    for each in (old, new):
        each.mkdir()
    return compare_rulesets(small_ruleset(old), load_ruleset(write_rules(new, text + more)))


def only(comparison: Comparison) -> Change:
    (change,) = comparison.changes
    return change


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("{2020-01-01: [86329, 80047-80053]}", "{2020-01-01: [80053, 80047-80052, 86329]}"),
        ("{2020-01-01: [86329, 80047-80053]}", "{2020-01-01: [86329, 80047-80053], 2024-01-01: [80047-80053, 86329]}"),
        ("values: {2020-01-01: [86329, 80047-80053]}", "values:\n  2020-01-01:\n    - 86329\n    - 80047-80053"),
        ("when: {claim.charge: present}", "when: {not: {claim.charge: absent}}"),
        ("when: {claim.charge: present}", "when: {all: [{any: [{claim.charge: present}]}, {claim.charge: present}]}"),
        ("names: [MEDICARE PART B]", "names: [Medicare, part b.]".replace(", ", " ")),
        ("  icd10: not available\n", "  icd10: {values: not available, source: manual}\n"),
    ],
)
def test_what_is_written_otherwise_and_means_the_same_is_no_difference(tmp_path: Path, old: str, new: str) -> None:
    assert compared(tmp_path, (old, new)) == Comparison(())


def test_a_code_that_leaves_a_set_is_named_with_its_days_and_the_edits_that_read_the_set(tmp_path: Path) -> None:
    replaced = (
        "{2020-01-01: [86329, 80047-80053]}",
        "{2020-01-01: [86329, 80047-80053], 2026-03-01: [80047-80053, G0471]}",
    )
    assert only(compared(tmp_path, replaced)) == Change(
        "set",
        "tests",
        "changed",
        (
            Difference(
                "values",
                "80047, 80048, 80049, 80050, 80051, 80052, 80053, 86329",
                "80047, 80048, 80049, 80050, 80051, 80052, 80053, G0471",
                Span(dt.date(2026, 3, 1)),
                joined=("G0471",),
                left=("86329",),
            ),
        ),
        days=(Span(dt.date(2026, 3, 1)),),
        codes=("86329", "G0471"),
        edits=("clia.present", "icd10.supports"),
    )


def test_a_value_that_starts_later_differs_on_the_days_between(tmp_path: Path) -> None:
    (difference,) = only(
        compared(tmp_path, ("{values: {2020-01-01: [D80.1]}", "{values: {2021-07-01: [D80.1]}"))
    ).differences
    days = Span(dt.date(2020, 1, 1), dt.date(2021, 6, 30))
    assert difference == Difference("facts icd10", "D80.1", None, days, left=("D80.1",))


def test_an_edit_that_begins_to_have_dates_differs_on_the_days_before(tmp_path: Path) -> None:
    change = only(compared(tmp_path, ("each: claim\n", "each: claim\nsince: 2026-01-01\n")))
    days = Span(None, dt.date(2025, 12, 31))
    assert (change.name, change.differences) == (
        "edit claim.balanced",
        (Difference("since", None, "2026-01-01", days),),
    )


def test_conditions_are_told_as_they_are_written(tmp_path: Path) -> None:
    change = only(
        compared(tmp_path, ("when: {claim.charge: present}", "when: {claim.charge at least: 1, claim.pos: absent}"))
    )
    assert change.differences == (
        Difference("when", "claim.charge: present", "claim.charge at least: 1; claim.pos: absent"),
    )


def test_words_and_tests_alone_are_no_difference_in_meaning(tmp_path: Path) -> None:
    found = compared(
        tmp_path,
        ("remedy: Correct CLM02", "remedy: Mend CLM02"),
        ("name: no diagnosis", "name: no diagnosis at all"),
        ("title: What a colleague believes", "title: What somebody believes"),
    )
    assert [(each.name, each.concern, each.edits) for each in found.changes] == [
        ("edit claim.balanced", "words", ()),
        ("edit icd10.supports", "tests", ()),
        ("source guess", "words", ()),
    ]
    assert (found.in_meaning, found.edits, found.days) == ((), (), ())


def test_a_source_that_is_trusted_less_touches_the_edits_that_rest_on_it(tmp_path: Path) -> None:
    change = only(compared(tmp_path, ("confidence: high", "confidence: medium")))
    assert change.differences == (Difference("confidence", "high", "medium"),)
    assert change.edits == ("claim.balanced", "clia.present", "icd10.supports")


def test_an_overlay_is_told_by_what_it_changes(tmp_path: Path) -> None:
    found = compared(
        tmp_path,
        (
            "  clia.present: {off: yes, reason: they asked for it, source: guess}",
            "  clia.present: {severity: warn, since: 2026-02-01, source: guess}",
        ),
        more="---\noverlay: ours\nfor: {payer: aetna}\nsets: {tests+: {values: {2026-01-01: [G0471]}, source: guess}}\n",
    )
    of_acme, ours = found.changes
    assert [(each.part, each.old, each.new, each.concern) for each in of_acme.differences] == [
        ("edits clia.present", "off", "severity warn", "meaning"),
        ("edits clia.present since", None, "2026-02-01", "meaning"),
        ("edits clia.present reason", "they asked for it", None, "words"),
    ]
    assert (ours.status, ours.codes, ours.edits) == ("added", ("G0471",), ("clia.present", "icd10.supports"))
    assert ours.differences[1] == Difference("sets tests+", None, "G0471", Span(dt.date(2026, 1, 1)), joined=("G0471",))


def test_a_renamed_edit_is_one_change(tmp_path: Path) -> None:
    change = only(compared(tmp_path, ("edit: claim.balanced\n", "edit: claim.adds-up\nformerly: [claim.balanced]\n")))
    assert (change.name, change.formerly, change.status) == ("edit claim.adds-up", "claim.balanced", "changed")
    assert change.differences[0] == Difference("id", "claim.balanced", "claim.adds-up")
    assert change.mirrored.name == "edit claim.balanced"
