"""Outcomes that differ between two rulesets: every one of them is found, and has a cause."""

from __future__ import annotations

import datetime as dt
import shutil
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, reject, settings
from hypothesis import strategies as st

from cpt_rules import Claim, Engine, Ruleset, RulesetError, claim_from_json, load_ruleset
from cpt_rules.finding import Outcome, Report
from cpt_rules.ruleset.compare import compare_rulesets
from cpt_rules.ruleset.load import bundled_path
from cpt_rules.testing.outcomes import Differ, OutcomeChange, aimed_claims, changed_outcomes
from tests.small import AS_OF, RULES, record, write_rules
from tests.strategies import CLIENTS, DAYS_OF_RUN, claims, linked, rulesets

FEW = settings(deadline=None, max_examples=20, suppress_health_check=list(HealthCheck))
Key = tuple[str, int | None, int | None]


def outcomes(report: Report) -> dict[Key, Outcome]:
    """Every outcome but *not applicable*, by edit, line and other line."""
    found = {(each.edit, each.index, each.with_index): each.status for each in report.findings}
    return found | {(each.edit, each.index, each.with_index): Outcome.SILENCED for each in report.silenced}


def brute_force(old: Ruleset, new: Ruleset, claim: Claim, as_of: dt.date, client: str | None) -> dict[Key, object]:
    """What differs where all edits of both rulesets run."""
    both = []
    for ruleset in (old, new):
        known = client if any(each.applies.client == client for each in ruleset.overlays) else None
        both.append(outcomes(Engine(ruleset, as_of=as_of, client=known).scrub(claim)))
    before, after = both
    na = Outcome.NOT_APPLICABLE
    pairs = {key: (before.get(key, na), after.get(key, na)) for key in {**before, **after}}
    return {key: pair for key, pair in pairs.items() if pair[0] != pair[1]}


def found(changes: tuple[OutcomeChange, ...]) -> dict[Key, object]:
    return {(each.edit, each.index, each.with_index): (each.old.outcome, each.new.outcome) for each in changes}


# ---- laws ----------------------------------------------------------------------------------------------------------


@FEW
@given(rulesets(), rulesets(), st.lists(claims(), min_size=1, max_size=3), st.sampled_from(DAYS_OF_RUN), st.data())
def test_what_differs_is_what_all_edits_say_and_every_outcome_has_a_cause(
    one: str, other: str, some: list[Claim], as_of: dt.date, data: st.DataObject
) -> None:
    """Running only the edits that a change may touch misses nothing, and finds nothing that is not there."""
    old, new = linked(one), linked(other)
    client = data.draw(st.sampled_from(CLIENTS))
    if not any(each.applies.client == client for ruleset in (old, new) for each in ruleset.overlays):
        client = None
    differ = Differ(old, new, as_of=as_of, client=client)
    meant = {change.name for change in differ.comparison.in_meaning}
    for n, claim in enumerate(some, 1):
        changes = differ.of(n, claim)
        assert found(changes) == brute_force(old, new, claim, as_of, client)
        for each in changes:
            assert each.because
            assert {because.change.name for because in each.because} <= meant


@FEW
@given(rulesets(), st.lists(st.sampled_from(range(40)), min_size=1, max_size=3, unique=True), claims())
def test_with_a_few_documents_of_another_ruleset_what_differs_is_what_all_edits_say(
    text: str, places: list[int], claim: Claim
) -> None:
    """As above, where most documents are the same."""
    documents = [each for each in text.split("---\n") if each.strip()]
    changed = list(documents)
    for place in places:
        changed[place % len(changed)] = _otherwise(changed[place % len(changed)])
    old = linked(text)
    try:
        new = linked("---\n".join(changed))
    except RulesetError:  # what was changed does not fit the rest
        reject()
    differ = Differ(old, new, as_of=DAYS_OF_RUN[0])
    assert found(differ.of(1, claim)) == brute_force(old, new, claim, DAYS_OF_RUN[0], None)


def _otherwise(document: str) -> str:
    """A document with other dates, severities, confidences or values, whatever it has."""
    for old, new in (
        ("severity: fail", "severity: warn"),
        ("confidence: high", "confidence: low"),
        ("2026-02-01", "2026-02-02"),
        ("2026-01-01", "2026-02-03"),
        ("payers: all", "payers: [p0]"),
        ("86329", "86330"),
        ("complete: yes", "complete: no"),
        ("ids: [I0]", "ids: [I9]"),
    ):
        if old in document and "presume" not in document:
            return document.replace(old, new)
    return document


# ---- why -----------------------------------------------------------------------------------------------------------


def changed(folder: Path, *replacements: tuple[str, str]) -> tuple[Ruleset, Ruleset]:
    """The small ruleset, and one in which texts are replaced."""
    text = RULES
    for old, new in replacements:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    both = []
    for name, rules in (("old", RULES), ("new", text)):
        (folder / name).mkdir()
        both.append(load_ruleset(write_rules(folder / name, rules)))
    return both[0], both[1]


def told(each: OutcomeChange) -> tuple[object, ...]:
    because = tuple(one.change.name for one in each.because)
    return each.n, each.claim.id, each.line, each.edit, each.old.outcome.label, each.new.outcome.label, because


SEVERITY = ("severity: fail\ndisposition: return", "severity: warn\ndisposition: return")
SET = ("{2020-01-01: [86329, 80047-80053]}", "{2020-01-01: [86329, 80047-80053], 2026-01-01: [80047-80053]}")
CLAIMS = (record("A", "86329", "80053"), record("A", "99213"), record("A", "86329", clia="05D0123456"))


def test_each_outcome_names_the_change_that_makes_it_and_no_other(tmp_path: Path) -> None:
    old, new = changed(tmp_path, SEVERITY, SET)
    found = list(changed_outcomes(old, new, map(claim_from_json, CLAIMS), as_of=AS_OF))
    assert list(map(told, found)) == [
        (1, "A", 1, "clia.present", "fail", "not applicable", ("set tests",)),
        (1, "A", 1, "icd10.supports", "silenced", "not applicable", ("set tests",)),
        (1, "A", 2, "clia.present", "fail", "warn", ("edit clia.present",)),
        (3, "A", 1, "clia.present", "pass", "not applicable", ("set tests",)),
        (3, "A", 1, "icd10.supports", "not checked", "not applicable", ("set tests",)),
    ]


def test_conditions_and_values_are_told_on_both_sides(tmp_path: Path) -> None:
    old, new = changed(tmp_path, SET)
    first = next(iter(changed_outcomes(old, new, map(claim_from_json, CLAIMS), as_of=AS_OF)))
    (because,) = first.because
    assert [(each.part, each.left, str(each.days)) for each in because.by] == [
        ("values", ("86329",), "from 2026-01-01")
    ]
    assert [(each.part, each.text, each.old, each.new, each.new_held) for each in first.conditions] == [
        ("when", "line.code in: $set.tests", True, False, "86329")
    ]
    assert first.notes == ()


def test_an_outcome_that_two_changes_make_together_names_both(tmp_path: Path) -> None:
    """The severity alone makes no failure where the source is not trusted, the source alone none of a warning."""
    new, old = changed(tmp_path, SEVERITY, ("confidence: high", "confidence: medium"))
    found = list(changed_outcomes(old, new, [claim_from_json(CLAIMS[0])], as_of=AS_OF))
    assert told(found[0]) == (
        *(1, "A", 1, "clia.present", "warn", "fail"),
        ("edit clia.present", "source manual"),
    )
    assert found[0].notes == ("severity was warn, is fail",)


def test_a_silenced_edit_is_explained_by_the_one_that_silences_it(tmp_path: Path) -> None:
    old, new = changed(tmp_path, ("require: {line.clia: present}", "require: {line.clia: absent}"))
    (present, supports) = changed_outcomes(old, new, [claim_from_json(record("A", "80053"))], as_of=AS_OF)
    assert told(present) == (1, "A", 1, "clia.present", "fail", "pass", ("edit clia.present",))
    assert [(each.text, each.only) for each in present.conditions] == [
        ("line.clia: present", "old"),
        ("line.clia: absent", "new"),
    ]
    assert told(supports) == (1, "A", 1, "icd10.supports", "silenced", "pass", ("edit clia.present",))
    assert (supports.old.silenced_by, supports.new.silenced_by) == ("clia.present", None)


def test_a_removed_edit_and_a_renamed_one(tmp_path: Path) -> None:
    renamed = ("edit: claim.balanced\n", "edit: claim.adds-up\nformerly: [claim.balanced]\n")
    start, end = RULES.index("edit: code.known"), RULES.index("edit: clia.present")
    old, new = changed(tmp_path, renamed, (RULES[start:end], ""))
    claim = claim_from_json(record("A", "80053", clia="05D0123456", charge="24.00"))
    (removed,) = changed_outcomes(old, new, [claim], as_of=AS_OF)
    assert told(removed) == (1, "A", 1, "code.known", "pass", "not applicable", ("edit code.known",))
    assert (removed.old.there, removed.new.there) == (True, False)
    assert removed.notes == ("the new ruleset does not have this edit",)


def test_an_added_edit_is_its_own_reason_also_where_another_one_silences_it(tmp_path: Path) -> None:
    start, end = RULES.index("edit: clia.present"), RULES.index("edit: claim.balanced")
    new, old = changed(tmp_path, (RULES[start:end], ""), (RULES[RULES.index("---\noverlay: acme") :], ""))
    found = [
        told(each)[3:] for each in changed_outcomes(old, new, [claim_from_json(record("A", "80053"))], as_of=AS_OF)
    ]
    assert found == [
        ("clia.present", "not applicable", "fail", ("edit clia.present",)),
        ("icd10.supports", "not applicable", "silenced", ("edit icd10.supports",)),
    ]


def test_what_is_predicted_of_a_finding_changes_no_outcome(tmp_path: Path) -> None:
    old, new = changed(
        tmp_path, ("carc: 16", "carc: 18"), ("confidence: low\nreview by: 2025-06-30", "confidence: low")
    )
    comparison = compare_rulesets(old, new)
    assert [(each.name, each.in_meaning, each.edits) for each in comparison.changes] == [
        ("edit clia.present", True, ()),
        ("source guess", True, ()),
    ]
    assert list(changed_outcomes(old, new, map(claim_from_json, CLAIMS), as_of=AS_OF)) == []


def test_a_payer_that_is_recognised_otherwise(tmp_path: Path) -> None:
    old, new = changed(tmp_path, ('ids: ["01182"]', 'ids: ["01183"]'))
    (present, *_) = changed_outcomes(old, new, [claim_from_json(record("A", "80053"))], as_of=AS_OF)
    assert told(present) == (1, "A", 1, "clia.present", "fail", "not checked", ("payer medicare",))
    assert present.notes == (
        "for the payer was a rule, is not known to be a rule",
        "the payer was medicare, is unknown",
    )


def test_sets_that_cannot_be_exchanged_one_at_a_time_are_named_together(tmp_path: Path) -> None:
    """With the one set as it is and the other as it was each would contain the other."""
    head, tail = RULES.split("set: tests\n")
    old_sets = "set: tests\ntitle: T\nvalues: {2020-01-01: [$set.more]}\nsource: manual\ncomplete: yes\n---\nset: more\ntitle: M\nvalues: {2020-01-01: [86329]}\nsource: manual\ncomplete: yes\n---\n"
    new_sets = "set: tests\ntitle: T\nvalues: {2020-01-01: [80053]}\nsource: manual\ncomplete: yes\n---\nset: more\ntitle: M\nvalues: {2020-01-01: [$set.tests]}\nsource: manual\ncomplete: yes\n---\n"
    rest = tail[tail.index("---\n") + 4 :].replace(
        "{line.code in: $set.tests}", "{line.code in: [$set.tests, $set.more]}"
    )
    both = []
    for name, sets in (("old", old_sets), ("new", new_sets)):
        (tmp_path / name).mkdir()
        both.append(load_ruleset(write_rules(tmp_path / name, head + sets + rest)))
    first = next(changed_outcomes(both[0], both[1], [claim_from_json(CLAIMS[0])], as_of=AS_OF))
    assert told(first)[3:] == ("clia.present", "fail", "not applicable", ("set more", "set tests"))


def test_starter_rows_that_joined_and_left(tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(bundled_path(), copy)
    path = copy / "tables" / "ncci-mue.csv"
    rows = path.read_text(encoding="utf-8").splitlines()
    (place,) = (place for place, row in enumerate(rows) if row.startswith("practitioner,86329,"))
    setting, code, units, mai = rows[place].split(",")
    rows[place] = f"{setting},{code},{int(units) + 5},{mai}"
    path.write_text("\n".join(rows) + "\n", encoding="utf-8")
    old, new = load_ruleset(), load_ruleset(copy)
    (change,) = compare_rulesets(old, new).changes
    (difference,) = change.differences
    assert (change.name, change.codes) == ("table ncci.mue", ("86329",))
    assert (difference.part, difference.joined, difference.left) == (
        "rows practitioner",
        (f"86329,{int(units) + 5},{mai}",),
        (f"86329,{units},{mai}",),
    )
    claim = record("A", "86329", payer="MEDICARE", clia="05D0123456")
    claim["lines"][0] |= {"units": str(int(units) + 1), "date": "2024-08-01"}
    claim["payer"] = {"filing": "MB"}
    found = list(changed_outcomes(old, new, [claim_from_json(claim)], as_of=AS_OF))
    assert {told(each)[3:] for each in found if each.edit.startswith("ncci.mue")} == {
        ("ncci.mue.day", "fail", "pass", ("table ncci.mue",))
    }


def test_a_client_known_to_one_of_the_rulesets_only_has_no_overlays_in_the_other(tmp_path: Path) -> None:
    start = RULES.index("---\noverlay: acme")
    old, new = changed(tmp_path, (RULES[start:], ""))
    found = list(changed_outcomes(old, new, [claim_from_json(CLAIMS[0])], as_of=AS_OF, client="acme"))
    assert [told(each)[3:] for each in found if each.line == 1] == [
        ("clia.present", "not applicable", "fail", ("overlay acme",)),
        ("icd10.supports", "not checked", "silenced", ("overlay acme",)),
    ]
    assert list(changed_outcomes(old, new, [claim_from_json(CLAIMS[0])], as_of=AS_OF)) == []
    with pytest.raises(ValueError, match="no overlay is for the client `acm`; did you mean `acme`"):
        next(changed_outcomes(old, old, [], as_of=AS_OF, client="acm"))


# ---- claims that are made up ---------------------------------------------------------------------------------------


def test_claims_that_are_made_up_meet_each_change_and_are_the_same_under_one_seed(tmp_path: Path) -> None:
    old, new = changed(
        tmp_path,
        SEVERITY,
        ("{values: {2020-01-01: [D80.1]}", "{values: {2020-01-01: [D80.1], 2026-02-01: [D83.9]}"),
    )
    differ = Differ(old, new, as_of=AS_OF)
    some = list(aimed_claims(differ, 6, 1))
    assert some == list(aimed_claims(Differ(old, new, as_of=AS_OF), 6, 1))
    assert some != list(aimed_claims(differ, 6, 2))
    assert [claim.id for claim in some] == [f"generated-{n}" for n in range(1, 7)]
    met = {
        because.change.name for n, claim in enumerate(some) for each in differ.of(n, claim) for because in each.because
    }
    assert met == {change.name for change in compare_rulesets(old, new).in_meaning}


def test_without_a_difference_no_claims_are_made_up(tmp_path: Path) -> None:
    old, new = changed(tmp_path)
    assert list(aimed_claims(Differ(old, new, as_of=AS_OF), 5, 1)) == []
