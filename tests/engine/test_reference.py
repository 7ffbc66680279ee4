"""The reference engine, clause by clause, where a mistake would be easy."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest

from cpt_rules.claim import Claim, Line, Payer
from cpt_rules.engine.reference import explain, scrub
from cpt_rules.engine.reference_explain import ChangeSeen, Condition
from cpt_rules.finding import Citation, Finding, Outcome, Report, Silenced
from cpt_rules.language.parse import parse_text
from cpt_rules.reading import UNKNOWN, Open
from cpt_rules.ruleset.link import link
from cpt_rules.ruleset.ruleset import Ruleset

TODAY = dt.date(2026, 1, 5)

SOURCES = """
source: hi
title: Certain
publisher: CMS
edition: 2026A
confidence: high
review by: 2026-12-31
---
source: hi2
title: Certain as well
publisher: CMS
edition: 2026B
confidence: high
review by: 2026-12-31
---
source: mid
title: Likely
publisher: A payer
edition: "7"
confidence: medium
---
source: old
title: Out of date
publisher: CMS
edition: "1999"
confidence: high
review by: 2026-01-04
---
payer: medicare
title: Medicare
ids: ["01182"]
---
payer: uhc
title: UnitedHealthcare
ids: ["87726"]
names: [UHC]
"""

FACTS = """
fact: pos
title: Places of service
type: list of pos
---
fact: kind
title: A kind of test
type: text
---
fact: most
title: The most units
type: number
"""


def edit(id: str = "e", **keys: str) -> str:
    """The YAML of an edit; what is not given does not matter."""
    given = {
        "title": "An edit",
        "require": "{line.clia: present}",
        "severity": "fail",
        "disposition": "deny",
        "message": "m",
        "remedy": "r",
        "source": "hi",
    }
    given |= {key.replace("_", " "): value for key, value in keys.items()}
    return "\n".join([f"edit: {id}", *(f"{key}: {value}" for key, value in given.items())])


def values(id: str, timeline: str, complete: str = "no", source: str = "hi") -> str:
    return f"set: {id}\ntitle: A set\nvalues: {timeline}\ncomplete: {complete}\nsource: {source}"


def profile(facts: str, code: str = "86329") -> str:
    return f"profile: {code}\nlabel: a test\nfacts: {facts}"


def overlay(applies: str, id: str = "o", **changes: str) -> str:
    return "\n".join([f"overlay: {id}", f"for: {applies}", *(f"{key}: {value}" for key, value in changes.items())])


def rules(*documents: str) -> Ruleset:
    found, problems = parse_text("\n---\n".join([SOURCES, FACTS, *documents]))
    assert not problems, "\n".join(map(str, problems))
    return link(found)


def claim(*lines: Line, **fields: object) -> Claim:
    fields = {"payer": Payer(id="01182"), "lines": lines or (line(),), **fields}
    return Claim(**{"id": "C", "type": "professional", **fields})  # type: ignore[arg-type]


def line(number: int = 1, **fields: object) -> Line:
    return Line(number, **{"code": "86329", "date": TODAY, **fields})  # type: ignore[arg-type]


def run(ruleset: Ruleset, claim: Claim, client: str | None = None) -> Report:
    return scrub(ruleset, claim, as_of=TODAY, client=client)


def one(ruleset: Ruleset, claim: Claim, edit: str = "e", client: str | None = None) -> Finding | None:
    (finding,) = [each for each in run(ruleset, claim, client).findings if each.edit == edit] or [None]
    return finding


def found(ruleset: Ruleset, claim: Claim, edit: str = "e", client: str | None = None) -> Finding:
    finding = one(ruleset, claim, edit, client)
    assert finding is not None
    return finding


def truth(condition: str, *documents: str, client: str | None = None, **fields: object) -> bool | None:
    """Whether the condition holds on the one line of a claim with these fields."""
    here = claim(**fields)
    finding = found(rules(edit(require=condition), *documents), here, client=client)
    return {Outcome.PASS: True, Outcome.FAIL: False, Outcome.WARN: False, Outcome.NOT_CHECKED: None}[finding.status]


def missing(condition: str, *documents: str, client: str | None = None, **fields: object) -> tuple[str, ...]:
    return found(rules(edit(require=condition), *documents), claim(**fields), client=client).missing


# ---- sets ----------------------------------------------------------------------------------------------------------

START = "{2026-01-05: [86329]}"
OTHER = "{2026-01-05: [99213]}"
IN_S = "{line.code in: $set.s}"


def test_a_listed_code_is_in_whether_the_set_is_complete_or_not() -> None:
    assert truth(IN_S, values("s", START, "yes")) is True
    assert truth(IN_S, values("s", START, "no")) is True


def test_a_code_that_is_not_listed_is_out_only_where_the_set_is_complete() -> None:
    assert truth(IN_S, values("s", OTHER, "yes")) is False
    assert truth(IN_S, values("s", OTHER, "no")) is None


@pytest.mark.parametrize(("domain", "expected"), [(START, False), (OTHER, None)])
def test_complete_for_a_set_speaks_only_for_its_sure_members(domain: str, expected: bool | None) -> None:
    documents = values("s", OTHER, "for $set.d"), values("d", domain, "no")
    assert truth(IN_S, *documents) is expected


def test_before_its_first_day_a_set_is_unknown_even_if_complete_and_presumed() -> None:
    later = values("s", "{2026-01-06: [86329]}", "yes")
    assert truth(IN_S, later) is None
    assert truth(IN_S, values("s", "{2026-01-05: not available}", "yes")) is None
    presumed = rules(edit(require=IN_S, severity="warn", presume="[s]"), values("s", "{2026-01-06: [86329]}"))
    assert found(presumed, claim()).status is Outcome.NOT_CHECKED


@pytest.mark.parametrize(("day", "expected"), [(4, None), (5, True), (7, True), (8, False)])
def test_a_value_holds_from_its_day_until_the_next(day: int, expected: bool | None) -> None:
    dated = values("s", "{2026-01-05: [86329], 2026-01-08: [99213]}", "yes")
    assert truth(IN_S, dated, lines=(line(date=dt.date(2026, 1, day)),)) is expected


def test_without_a_day_nothing_dated_is_known() -> None:
    assert truth(IN_S, values("s", START, "yes"), lines=(line(date=None),)) is None


@pytest.mark.parametrize(
    ("own", "nested", "expected"),
    [("yes", "yes", False), ("no", "yes", None), ("yes", "no", None), ("for $set.n", "yes", None)],
)
def test_out_of_a_set_of_sets_means_out_of_all(own: str, nested: str, expected: bool | None) -> None:
    documents = values("s", "{2026-01-01: [99214, $set.n]}", own), values("n", OTHER, nested)
    assert truth(IN_S, *documents) is expected


def test_in_a_nested_set_is_in() -> None:
    assert truth(IN_S, values("s", "{2026-01-01: [$set.n]}", "yes"), values("n", START)) is True


@pytest.mark.parametrize(
    ("span", "code", "expected"),
    [
        ("86300-86329", "86329", True),
        ("86330-86339", "86329", False),
        ("0001U-0500U", "0351U", True),
        ("0001U-0500U", "0351T", False),
        ("0001U-0500U", "00351U", False),
        ("00001-99999", "0351U", False),
    ],
)
def test_a_range_stands_for_codes_of_its_shape(span: str, code: str, expected: bool) -> None:
    assert truth(IN_S, values("s", f"{{2026-01-01: [{span}]}}", "yes"), lines=(line(code=code),)) is expected


def test_the_set_of_profiles_is_complete() -> None:
    assert truth("{line.code in: $set.profiles}", profile("{}")) is True
    assert truth("{line.code in: $set.profiles}", profile("{}", "99213"), lines=(line(date=None),)) is False


def test_presume_takes_the_set_with_its_nested_sets_as_complete_for_this_edit_only() -> None:
    documents = values("s", "{2026-01-01: [99214, $set.n]}"), values("n", OTHER)
    presuming = edit(require="{line.code not in: $set.s}", presume="[s]", severity="warn")
    neighbour = edit("f", require="{line.code not in: $set.s}")
    ruleset = rules(presuming, neighbour, *documents)
    assert found(ruleset, claim()).status is Outcome.PASS
    assert found(ruleset, claim(), "f").status is Outcome.NOT_CHECKED


def test_a_set_that_an_overlay_calls_not_available_is_unknown() -> None:
    gone = overlay("{payer: medicare}", sets="{s: not available}")
    assert truth(IN_S, values("s", START, "yes"), gone) is None
    presuming = edit(require=IN_S, presume="[s]", severity="warn")
    assert found(rules(presuming, values("s", START), gone), claim()).status is Outcome.NOT_CHECKED


def test_what_an_undecided_overlay_changes_of_a_presumed_set_stays_unknown() -> None:
    added = overlay("{plan: gold}", sets="{s+: {values: {2026-01-01: [86329]}, source: hi}}")
    ruleset = rules(
        edit(require="{line.code not in: $set.s}", presume="[s]", severity="warn"), values("s", OTHER), added
    )
    assert found(ruleset, claim()).status is Outcome.NOT_CHECKED
    assert found(ruleset, claim(lines=(line(code="99214"),))).status is Outcome.PASS


# ---- overlays on sets ----------------------------------------------------------------------------------------------


def changed(sign: str, items: str, more: str = "", applies: str = "{payer: medicare}") -> str:
    return overlay(applies, sets=f"{{'s{sign}': {{values: {{2026-01-05: {items}}}, source: hi{more}}}}}")


@pytest.mark.parametrize("base", [START, OTHER, "{2026-01-06: [86329]}"])
@pytest.mark.parametrize("complete", ["yes", "no"])
def test_what_an_overlay_adds_is_in_and_what_it_takes_away_is_out_whatever_the_base(base: str, complete: str) -> None:
    assert truth(IN_S, values("s", base, complete), changed("+", "[86329]")) is True
    assert truth(IN_S, values("s", base, complete), changed("-", "[86329]")) is False


@pytest.mark.parametrize("sign", ["+", "-"])
def test_what_an_overlay_does_not_list_is_left_to_the_base(sign: str) -> None:
    assert truth(IN_S, values("s", START), changed(sign, "[99999]")) is True
    assert truth(IN_S, values("s", OTHER, "yes"), changed(sign, "[99999]")) is False
    assert truth(IN_S, values("s", "{2026-01-06: [86329]}", "yes"), changed(sign, "[99999]")) is None


@pytest.mark.parametrize(("complete", "expected"), [("yes", False), ("no", None), ("for $set.d", False)])
def test_a_replaced_set_keeps_its_completeness(complete: str, expected: bool | None) -> None:
    documents = values("s", START, complete), values("d", START), changed("", "[99999]")
    assert truth(IN_S, *documents) is expected
    assert truth(IN_S, *documents, lines=(line(code="99999"),)) is True


def test_a_replacement_brings_a_set_into_force() -> None:
    assert truth(IN_S, values("s", "{2026-01-06: [86329]}", "yes"), changed("", "[99999]")) is False


@pytest.mark.parametrize("more", [", since: 2026-01-06", ", until: 2026-01-04"])
def test_a_change_outside_its_dates_does_not_exist(more: str) -> None:
    assert truth(IN_S, values("s", OTHER, "yes"), changed("+", "[86329]", more)) is False


@pytest.mark.parametrize("more", [", since: 2026-01-05", ", until: 2026-01-05"])
def test_since_and_until_are_inclusive(more: str) -> None:
    assert truth(IN_S, values("s", OTHER, "yes"), changed("+", "[86329]", more)) is True


def test_a_change_does_not_exist_before_its_first_day() -> None:
    before = (line(date=dt.date(2026, 1, 4)),)
    base = values("s", "{2026-01-01: [86329]}", "yes")
    assert truth(IN_S, base, changed("", "[99999]"), lines=before) is True


def test_replace_comes_before_add_and_add_before_take_away() -> None:
    sets = """
  s-: {values: {2026-01-01: [86329]}, source: hi}
  s+: {values: {2026-01-01: [86329, 99213]}, source: hi}
  s: {values: {2026-01-01: [99214]}, source: hi}"""
    documents = values("s", "{2026-01-01: [99215]}", "yes"), overlay("{payer: medicare}", sets=sets)
    answers = [truth(IN_S, *documents, lines=(line(code=code),)) for code in ("86329", "99213", "99214", "99215")]
    assert answers == [False, True, True, False]


def test_an_undecided_overlay_matters_only_where_it_would_change_the_answer() -> None:
    gold = changed("+", "[86329]", applies="{plan: gold}")
    assert truth(IN_S, values("s", OTHER, "yes"), gold) is None
    assert truth(IN_S, values("s", START, "yes"), gold) is True
    assert truth(IN_S, values("s", OTHER, "yes"), gold, payer=Payer(id="01182", plan="gold")) is True
    assert truth(IN_S, values("s", OTHER, "yes"), gold, payer=Payer(id="01182", plan="lead")) is False
    assert truth(IN_S, values("s", OTHER, "yes"), gold, lines=(line(code="99213"),)) is True


def test_a_later_link_decides_over_an_undecided_one() -> None:
    documents = (
        values("s", OTHER, "yes"),
        changed("+", "[86329]", applies="{plan: gold}"),
        overlay("{client: lab}", "p", sets="{s-: {values: {2026-01-01: [86329]}, source: hi}}"),
    )
    assert truth(IN_S, *documents) is None
    assert truth(IN_S, *documents, client="lab") is False


def test_overlays_act_on_nested_sets_and_on_the_domain() -> None:
    documents = values("s", "{2026-01-01: [$set.n]}", "for $set.d"), values("n", OTHER, "yes"), values("d", OTHER)
    adds = "{%s+: {values: {2026-01-01: [86329]}, source: hi}}"
    assert truth(IN_S, *documents) is None
    assert truth(IN_S, *documents, overlay("{payer: medicare}", sets=adds % "n")) is True
    assert truth(IN_S, *documents, overlay("{payer: medicare}", sets=adds % "d")) is False


# ---- absent and unknown --------------------------------------------------------------------------------------------

UNSENT = frozenset({"line.pos", "claim.pos", "line.modifiers", "line.units", "line.clia", "claim.clia"})


@pytest.mark.parametrize(
    ("condition", "absent", "unknown"),
    [
        ("{line.pos: present}", False, None),
        ("{line.pos: absent}", True, None),
        ("{line.pos: available}", True, False),
        ("{line.pos: 81}", False, None),
        ("{line.pos is not: 81}", True, None),
        ("{line.pos in: [81, 22]}", False, None),
        ("{line.pos not in: [81, 22]}", True, None),
        ("{line.pos is a: pos}", False, None),
        ("{line.units at least: 1}", False, None),
        ("{line.units at most: 1}", False, None),
        ("{line.pos in: $claim.pos}", False, None),
        ("{line.pos in: $set.none}", False, False),
        ("{line.pos not in: $set.none}", True, True),
        ("{line.pos: $line.description}", False, False),
        ("{line.pos is not: $line.description}", True, True),
        ("{line.units at least: $claim.charge}", False, False),
        ("{line.modifiers: present}", False, None),
        ("{line.modifiers: absent}", True, None),
        ("{line.modifiers: available}", True, False),
        ("{line.modifiers any of: [90]}", False, None),
        ("{line.modifiers none of: [90]}", True, None),
        ("{line.modifiers only: [90]}", True, None),
        ("{line.modifiers has all: [90]}", False, None),
        ("{line.modifiers has all: $set.none}", True, True),
        ("{line.modifiers any of: $set.none}", False, False),
        ("{line.modifiers is a: modifier}", True, None),
    ],
)
def test_absent_is_a_fact_and_unknown_is_not(condition: str, absent: bool, unknown: bool | None) -> None:
    none = values("none", "{2026-01-01: []}", "yes")
    assert truth(condition, none) is absent
    assert truth(condition, none, unknown=UNSENT) is unknown


def test_unknown_against_something_that_can_hold_a_value_is_unknown() -> None:
    assert truth("{line.pos in: $set.s}", values("s", "{2026-01-01: []}", "no"), unknown=UNSENT) is None
    assert truth("{line.pos: $line.clia}", unknown=UNSENT) is None


def test_an_absent_field_equals_nothing() -> None:
    assert truth("{line.pos: $claim.pos}", lines=(line(pos="81"),)) is False
    assert truth("{line.pos is not: $claim.pos}", lines=(line(pos="81"),)) is True
    assert truth("{line.units at most: $claim.charge}", lines=(line(units=Decimal(1)),)) is False


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("{line.units at least: 2}", True),
        ("{line.units at least: 2.5}", False),
        ("{line.units at most: 2.0}", True),
        ("{line.units: 2.00}", True),
        ("{line.date before: 2026-01-05}", False),
        ("{line.date on or after: 2026-01-05}", True),
        ("{line.date before: $run.as_of}", False),
        ("{line.code is a: cpt}", True),
        ("{line.code is a: hcpcs level ii}", False),
        ("{claim.homebound: yes}", True),
    ],
)
def test_comparisons(condition: str, expected: bool) -> None:
    assert truth(condition, lines=(line(units=Decimal(2)),), homebound=True) is expected


# ---- lists ---------------------------------------------------------------------------------------------------------


def open_list(condition: str, *documents: str) -> bool | None:
    """The condition on a list that has 90 and perhaps more: of two lines one cannot tell its modifiers."""
    both = claim(line(modifiers=("90",)), line(2), unknown=frozenset({"line.modifiers"}))
    report = run(rules(edit(require=condition, each="claim"), *documents), both)
    (finding,) = report.findings
    return {Outcome.PASS: True, Outcome.FAIL: False, Outcome.NOT_CHECKED: None}[finding.status]


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("{claim.modifiers any of: [90, 91]}", True),
        ("{claim.modifiers any of: [91]}", None),
        ("{claim.modifiers none of: [90]}", False),
        ("{claim.modifiers none of: [91]}", None),
        ("{claim.modifiers none of: $set.none}", True),
        ("{claim.modifiers only: [91]}", False),
        ("{claim.modifiers only: [90]}", None),
        ("{claim.modifiers has all: [90]}", True),
        ("{claim.modifiers has all: [90, 91]}", None),
        ("{claim.modifiers has all: $set.open}", None),
        ("{claim.modifiers is a: number}", None),
        ("{claim.modifiers is a: date}", False),
        ("{claim.modifiers: present}", True),
        ("{claim.modifiers: available}", True),
    ],
)
def test_an_open_list_has_what_is_known_and_perhaps_more(condition: str, expected: bool | None) -> None:
    assert (
        open_list(condition, values("none", "{2026-01-01: []}", "yes"), values("open", "{2026-01-01: [90]}"))
        is expected
    )


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("{line.modifiers any of: $set.open}", None),
        ("{line.modifiers none of: $set.open}", None),
        ("{line.modifiers only: $set.open}", None),
        ("{line.modifiers has all: $set.open}", None),
        ("{line.modifiers has all: $set.far}", False),
        ("{line.modifiers only: [90, 26]}", True),
        ("{line.modifiers only: [90]}", False),
        ("{line.modifiers has all: [90, 26]}", True),
        ("{line.modifiers has all: [90, 26, TC]}", False),
        ("{line.modifiers any of: [$set.open, 26]}", True),
    ],
)
def test_a_closed_list_against_an_incomplete_set(condition: str, expected: bool | None) -> None:
    documents = values("open", "{2026-01-01: []}"), values("far", "{2026-01-01: [TC]}")
    assert truth(condition, *documents, lines=(line(modifiers=("90", "26")),)) is expected


# ---- facts ---------------------------------------------------------------------------------------------------------

KNOWN = profile("{pos: {values: {2026-01-05: [81, 22]}, source: hi}, kind: {values: {2026-01-05: a}, source: hi}}")
UNTOLD = profile("{pos: not available}")


def facts(change: str, applies: str = "{payer: medicare}") -> str:
    return overlay(applies, profiles=f"{{86329: {change}}}")


@pytest.mark.parametrize(
    ("condition", "known", "untold"),
    [
        ("{profile.pos any of: [81]}", True, None),
        ("{profile.pos any of: [11]}", False, None),
        ("{profile.pos only: [81, 22, 11]}", True, None),
        ("{profile.pos has all: [81, 22]}", True, None),
        ("{profile.pos: present}", True, None),
        ("{profile.pos: available}", True, False),
        ("{line.pos in: $profile.pos}", True, None),
        ("{line.pos not in: $profile.pos}", False, None),
        ("{profile.kind: a}", True, None),
        ("{profile.kind is not: a}", False, None),
        ("{profile.kind: available}", True, False),
        ("{profile.most at least: 1}", None, None),
    ],
)
def test_a_fact_nobody_published_is_unknown(condition: str, known: bool | None, untold: bool | None) -> None:
    lines = (line(pos="81"),)
    assert truth(condition, KNOWN, lines=lines) is known
    assert truth(condition, UNTOLD, lines=lines) is untold
    assert truth(condition, lines=lines) is untold
    assert truth(condition, KNOWN, lines=(line(pos="81", date=dt.date(2026, 1, 4)),)) is untold
    assert truth(condition, KNOWN, lines=(line(pos="81", code=None),)) is untold


@pytest.mark.parametrize(
    ("base", "change", "truths"),
    [
        (KNOWN, "{pos+: {values: {2026-01-05: [20]}, source: hi}}", [True, True, False]),
        (KNOWN, "{pos-: {values: {2026-01-05: [81]}, source: hi}}", [False, False, False]),
        (KNOWN, "{pos: {values: {2026-01-05: [20]}, source: hi}}", [False, True, False]),
        (KNOWN, "{pos: not available}", [None, None, None]),
        (UNTOLD, "{pos+: {values: {2026-01-05: [20]}, source: hi}}", [None, True, None]),
        (UNTOLD, "{pos-: {values: {2026-01-05: [81]}, source: hi}}", [False, None, None]),
        (UNTOLD, "{pos: {values: {2026-01-05: [20]}, source: hi}}", [False, True, False]),
    ],
)
def test_changes_of_a_list_fact_on_a_known_and_an_unknown_base(
    base: str, change: str, truths: list[bool | None]
) -> None:
    answers = [truth(f"{{profile.pos any of: ['{pos}']}}", base, facts(change)) for pos in ("81", "20", "11")]
    assert answers == truths


def test_a_fact_of_which_something_is_out_is_available() -> None:
    assert truth("{profile.pos: available}", UNTOLD, facts("{pos-: {values: {2026-01-05: [81]}, source: hi}}")) is True
    joined = facts("{pos: {values: {2026-01-05: [20]}, source: hi}}", "{plan: gold}")
    assert truth("{profile.pos: available}", UNTOLD, joined) is False
    assert truth("{profile.pos: available}", KNOWN, joined) is True


def test_an_undecided_change_of_a_list_fact_leaves_what_both_agree_on() -> None:
    joined = facts("{pos: {values: {2026-01-05: [22, 20]}, source: hi}}", "{plan: gold}")
    answers = [truth(f"{{profile.pos any of: ['{pos}']}}", KNOWN, joined) for pos in ("22", "81", "20", "11")]
    assert answers == [True, None, None, False]
    assert truth("{profile.pos only: [81, 22, 20]}", KNOWN, joined) is True
    assert truth("{profile.pos: present}", KNOWN, joined) is True


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("{values: {2026-01-05: a}, source: hi}", True),
        ("{values: {2026-01-05: b}, source: hi}", None),
        ("not available", None),
    ],
)
def test_an_undecided_change_of_a_scalar_fact(value: str, expected: bool | None) -> None:
    assert truth("{profile.kind: a}", KNOWN, facts(f"{{kind: {value}}}", "{plan: gold}")) is expected


def test_payer_facts_belong_to_the_payer_and_its_overlays() -> None:
    payer = "payer: aetna\ntitle: Aetna\nids: ['60054']\nfacts: {kind: {values: {2026-01-05: a}, source: hi}}"
    change = overlay("{client: lab}", facts="{kind: {values: {2026-01-05: b}, source: hi}}")
    aetna = Payer(id="60054")
    assert truth("{payer.kind: a}", payer, payer=aetna) is True
    assert truth("{payer.kind: b}", payer, change, payer=aetna, client="lab") is True
    assert truth("{payer.kind: b}", payer, change, client="lab") is True
    assert truth("{payer.kind: a}", payer, change, payer=Payer(id="?")) is None
    assert truth("{payer.kind: b}", payer, change, payer=Payer(id="?"), client="lab") is True


# ---- payers, overlays on edits, applicability ----------------------------------------------------------------------

MEDICARES = edit(payers="[medicare]")
UHC = Payer(id="87726")
NOBODY = Payer(id="nobody")


def policy(change: str, applies: str = "{payer: uhc}", id: str = "o") -> str:
    return overlay(applies, id, edits=f"{{e: {{{change}, source: hi}}}}")


@pytest.mark.parametrize(
    ("payer", "status", "names"),
    [
        (Payer(id="01182"), Outcome.FAIL, ()),
        (UHC, Outcome.NOT_CHECKED, ("payer.policy",)),
        (NOBODY, Outcome.NOT_CHECKED, ("claim.payer",)),
    ],
)
def test_an_edit_is_for_its_payers_and_for_others_nobody_can_tell(
    payer: Payer, status: Outcome, names: tuple[str, ...]
) -> None:
    finding = found(rules(MEDICARES), claim(payer=payer))
    assert (finding.status, finding.missing) == (status, names)
    assert found(rules(edit()), claim(payer=payer)).status is Outcome.FAIL


def test_adopt_and_off_decide() -> None:
    assert found(rules(MEDICARES, policy("adopt: yes")), claim(payer=UHC)).status is Outcome.FAIL
    assert one(rules(MEDICARES, policy("off: yes, reason: none")), claim(payer=UHC)) is None
    assert one(rules(edit(), policy("off: yes, reason: none")), claim(payer=UHC)) is None


@pytest.mark.parametrize("more", ["since: 2026-01-06", "until: 2026-01-04"])
def test_adoption_outside_its_dates_does_not_exist(more: str) -> None:
    assert found(rules(MEDICARES, policy(f"adopt: yes, {more}")), claim(payer=UHC)).missing == ("payer.policy",)


def test_without_a_day_a_dated_change_of_an_edit_does_not_exist_and_an_undated_one_does() -> None:
    undated = claim(line(date=None), payer=UHC)
    assert found(rules(MEDICARES, policy("adopt: yes, since: 2026-01-01")), undated).missing == ("payer.policy",)
    assert found(rules(MEDICARES, policy("adopt: yes")), undated).status is Outcome.FAIL


def test_an_undecided_adoption_is_named_after_what_was_missing_before() -> None:
    finding = found(rules(MEDICARES, policy("adopt: yes", "{payer: uhc, plan: gold}")), claim(payer=UHC))
    assert finding.missing == ("payer.policy", "payer.plan")
    finding = found(rules(MEDICARES, policy("adopt: yes", "{payer: uhc, plan: gold}")), claim(payer=NOBODY))
    assert finding.missing == ("claim.payer", "payer.plan")
    finding = found(rules(MEDICARES, policy("off: yes, reason: none", "{plan: gold}")), claim())
    assert finding.missing == ("payer.plan",)
    assert found(rules(MEDICARES, policy("adopt: yes", "{plan: gold}")), claim()).status is Outcome.FAIL


def test_a_client_that_is_not_given_is_none() -> None:
    off = policy("off: yes, reason: none", "{client: lab}")
    assert found(rules(edit(), off), claim()).status is Outcome.FAIL
    assert one(rules(edit(), off), claim(), client="lab") is None


@pytest.mark.parametrize(("day", "runs"), [(4, False), (5, True), (6, True), (7, False), (None, False)])
def test_an_edit_outside_its_dates_is_not_applicable(day: int | None, runs: bool) -> None:
    dated = rules(edit(since="2026-01-05", until="2026-01-06"))
    date = None if day is None else dt.date(2026, 1, day)
    assert (one(dated, claim(line(date=date))) is not None) is runs


@pytest.mark.parametrize(
    ("when", "unless", "require", "status"),
    [
        ("False", "None", "None", None),
        ("None", "True", "None", None),
        ("True", "False", "True", Outcome.PASS),
        ("True", "False", "False", Outcome.FAIL),
        ("True", "False", "None", Outcome.NOT_CHECKED),
        ("None", "False", "True", Outcome.NOT_CHECKED),
        ("True", "None", "False", Outcome.NOT_CHECKED),
    ],
)
def test_the_table_of_outcomes(when: str, unless: str, require: str, status: Outcome | None) -> None:
    """What applies and holds passes; what may not apply, or may not hold, is not checked."""
    conditions = {
        "True": "{claim.type: professional}",
        "False": "{claim.type: institutional}",
        "None": "{line.pos: 81}",
    }
    ruleset = rules(edit(when=conditions[when], unless=conditions[unless], require=conditions[require]))
    finding = one(ruleset, claim(unknown=UNSENT))
    assert (finding.status if finding else None) is status


def test_an_exception_of_an_overlay() -> None:
    unless = policy("unless: {line.pos: 81}")
    assert one(rules(edit(), unless), claim(line(pos="81"), payer=UHC)) is None
    assert found(rules(edit(), unless), claim(line(pos="11"), payer=UHC)).status is Outcome.FAIL
    assert found(rules(edit(), unless), claim(payer=UHC, unknown=UNSENT)).missing == ("line.pos", "line.clia")


def test_an_exception_of_an_undecided_overlay() -> None:
    unless = policy("unless: {line.pos: 81}", "{plan: gold, state: CA}")
    assert found(rules(edit(), unless), claim(line(pos="11"))).status is Outcome.FAIL
    finding = found(rules(edit(), unless), claim(line(pos="81")))
    assert (finding.status, finding.missing) == (Outcome.NOT_CHECKED, ("payer.plan", "payer.state"))
    finding = found(rules(edit(), unless), claim(unknown=frozenset({"line.pos", "claim.pos"})))
    assert finding.missing == ("line.pos", "payer.plan", "payer.state")


# ---- severity ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "documents",
    [
        [edit(source="mid")],
        [edit(when="{line.code in: $set.s}"), values("s", START, source="mid")],
        [
            edit(unless="{line.code not in: $set.s}"),
            values("s", "{2026-01-01: [$set.n]}"),
            values("n", START, source="mid"),
        ],
        [edit(require="{line.pos in: $profile.pos}"), profile("{pos: {values: {2026-01-01: [11]}, source: mid}}")],
        [edit(), overlay("{payer: medicare}", edits="{e: {severity: fail, source: mid}}")],
        [edit(severity="warn")],
        [edit(), policy("severity: warn", "{payer: medicare}")],
        [edit(), policy("severity: warn", "{plan: gold}")],
        [edit(severity="warn"), policy("severity: fail", "{plan: gold}")],
    ],
)
def test_a_failure_needs_a_severity_of_fail_and_high_confidence_throughout(documents: list[str]) -> None:
    assert found(rules(*documents), claim(line(pos="81"))).status is Outcome.WARN


def test_an_overlay_raises_the_severity() -> None:
    assert (
        found(rules(edit(severity="warn"), policy("severity: fail", "{payer: medicare}")), claim()).status
        is Outcome.FAIL
    )


@pytest.mark.parametrize(
    ("fail_when", "status"),
    [("{line.code: 86329}", Outcome.FAIL), ("{line.code: 99213}", Outcome.WARN), ("{line.pos: 81}", Outcome.WARN)],
)
def test_fail_when_fails_only_where_it_is_true(fail_when: str, status: Outcome) -> None:
    ruleset = rules(edit(severity="warn", fail_when=fail_when))
    assert found(ruleset, claim(unknown=frozenset({"line.pos", "claim.pos"}))).status is status


def test_fail_when_rests_on_its_own_sources_and_those_of_require_alone() -> None:
    likely = values("s", START, source="mid")
    presuming = {"severity": "warn", "presume": "[s]", "when": "{line.code in: $set.s}"}
    assert found(rules(edit(fail_when="{line.code: 86329}", **presuming), likely), claim()).status is Outcome.FAIL
    assert (
        found(rules(edit(fail_when="{line.code in: $set.s}", severity="warn"), likely), claim()).status is Outcome.WARN
    )


# ---- what a finding says -------------------------------------------------------------------------------------------


def test_missing_names_every_unknown_condition_in_document_order_each_once() -> None:
    ruleset = rules(
        edit(
            when="{any: [{line.pos: 81}, {claim.type: professional}], line.code in: $set.s}",
            unless="{all: [{line.clia: present}, {line.pos: 22}]}",
            require="{line.units at least: $profile.most, line.charge at least: 1}",
        ),
        values("s", OTHER),
    )
    finding = found(ruleset, claim(unknown=UNSENT))
    assert finding.missing == ("line.pos", "set.s", "line.clia", "line.units", "profile.most")


@pytest.mark.parametrize(
    ("condition", "names"),
    [
        ("{line.code in: [$set.a, $set.b]}", ("set.b",)),
        ("{line.modifiers none of: $set.b}", ("set.b",)),
        ("{line.modifiers has all: $set.c}", ("set.c",)),
        ("{line.pos in: [$set.b, $profile.pos]}", ("line.pos", "profile.pos")),
        ("{profile.pos any of: $set.b}", ("profile.pos",)),
    ],
)
def test_what_is_missing_of_a_condition(condition: str, names: tuple[str, ...]) -> None:
    documents = values("a", OTHER, "yes"), values("b", OTHER), values("c", "{2026-01-01: ['90']}")
    unsent = frozenset({"line.pos", "claim.pos"})
    assert missing(condition, *documents, lines=(line(modifiers=("90",)),), unknown=unsent) == names


def test_a_passing_or_failing_finding_misses_nothing() -> None:
    ruleset = rules(edit(when="{any: [{line.pos: 81}, {claim.type: professional}]}", require="{line.code: present}"))
    finding = found(ruleset, claim(unknown=UNSENT))
    assert (finding.status, finding.missing) == (Outcome.PASS, ())


def cited(finding: Finding) -> list[str]:
    return [each.id for each in finding.sources]


def test_sources_stand_in_the_order_in_which_the_edit_names_them() -> None:
    ruleset = rules(
        edit(
            when="{line.code in: $set.s}",
            require="{line.pos in: [$profile.pos, $set.t]}",
            fail_when="{line.code in: $set.u}",
            source="hi",
        ),
        values("s", "{2026-01-01: [86329, $set.n]}", "for $set.d", source="hi2"),
        values("n", OTHER, source="mid"),
        values("d", OTHER, source="hi"),
        values("t", "{2027-01-01: [11]}", source="mid"),
        values("u", START, source="old"),
        profile("{pos: {values: {2026-01-01: [11]}, source: hi2}}"),
        overlay("{payer: medicare}", edits="{e: {severity: fail, source: old}}"),
    )
    finding = found(ruleset, claim(line(pos="81")))
    assert cited(finding) == ["hi", "old", "hi2", "mid"]
    assert finding.sources[0] == Citation("hi", "2026A")
    assert finding.stale


def test_a_replacement_drops_the_earlier_sources_and_an_undecided_one_keeps_both() -> None:
    base = values("s", "{2026-01-01: [86329, $set.n]}", source="hi2"), values("n", OTHER, source="mid")
    by = overlay("%s", sets="{s: {values: {2026-01-01: [86329]}, source: old}}")
    replaced = rules(edit(when=IN_S), *base, by % "{payer: medicare}")
    assert cited(found(replaced, claim())) == ["hi", "old"]
    undecided = rules(edit(when=IN_S), *base, by % "{plan: gold}")
    assert cited(found(undecided, claim())) == ["hi", "hi2", "mid", "old"]


def test_a_replaced_set_still_rests_on_the_domain_of_its_completeness() -> None:
    by = overlay("{payer: medicare}", sets="{s: {values: {2026-01-01: [99214]}, source: old}}")
    ruleset = rules(
        edit(unless=IN_S), values("s", OTHER, "for $set.d", source="hi2"), values("d", START, source="mid"), by
    )
    finding = found(ruleset, claim())
    assert (finding.status, cited(finding)) == (Outcome.WARN, ["hi", "mid", "old"])


def test_stale_begins_after_the_day_of_review() -> None:
    ruleset = rules(edit(source="old"))
    reports = [scrub(ruleset, claim(), as_of=dt.date(2026, 1, day)) for day in (4, 5)]
    assert [report.findings[0].stale for report in reports] == [False, True]


def test_the_overlay_of_a_finding_is_the_last_of_the_chain_that_touched_it() -> None:
    documents = [edit(when=IN_S), values("s", "{2026-01-01: [$set.n]}"), values("n", START)]
    assert found(rules(*documents), claim()).overlay is None
    changes = "{n+: {values: {2026-01-01: [99999]}, source: hi}}"
    documents += [overlay("{plan: gold}", "b", sets=changes), policy("severity: fail", "{payer: medicare}", "a")]
    assert found(rules(*documents), claim()).overlay == "b"
    assert found(rules(*documents), claim(payer=Payer(id="01182", plan="lead"))).overlay == "a"


def test_values_are_what_the_conditions_and_the_texts_name() -> None:
    ruleset = rules(
        edit(
            when="{line.code in: $claim.codes, profile.kind: a}",
            require="{line.clia: present}",
            message="'{line.code} {profile.label} {profile.pos} {profile.kind}'",
            remedy="'{profile.most} {line.units}'",
        ),
        KNOWN,
    )
    assert found(ruleset, claim()).values == (
        ("line.code", "86329"),
        ("claim.codes", ("86329",)),
        ("line.clia", None),
        ("profile.label", "a test"),
        ("profile.pos", ("22", "81")),
        ("profile.kind", "a"),
        ("profile.most", UNKNOWN),
        ("line.units", None),
    )


def test_a_list_fact_with_an_unknown_part_is_shown_open() -> None:
    adds = facts("{pos+: {values: {2026-01-01: [81, 20-22]}, source: hi}}")
    finding = found(rules(edit(message="'{profile.pos} {payer.line_of_business}'"), UNTOLD, adds), claim())
    assert finding.values[1:] == (("profile.pos", Open(("20", "21", "22", "81"))), ("payer.line_of_business", UNKNOWN))


def test_the_whole_finding() -> None:
    ruleset = rules(edit(denial="{group: CO, carc: 16, rarc: [MA120]}", override="never"))
    finding = found(ruleset, claim(line(3, charge=Decimal("25.00"))))
    assert (finding.claim, finding.line, finding.index, finding.code) == ("C", 3, 0, "86329")
    assert (finding.date, finding.payer, finding.charge_at_risk) == (TODAY, "medicare", Decimal("25.00"))
    assert (finding.rule.at, finding.rule.override) == ("line.clia", False)
    assert (finding.rule.disposition, finding.rule.fix) == ("deny", "claim data")
    assert finding.rule.denial is not None
    assert (finding.rule.denial.group, finding.rule.denial.carc, finding.rule.denial.rarc) == ("CO", "16", ("MA120",))


def test_a_claim_edit_has_the_earliest_day_and_the_charge_of_the_claim() -> None:
    ruleset = rules(edit(each="claim", require="{claim.clia: present}"))
    finding = found(ruleset, claim(line(), line(2, date=dt.date(2026, 1, 2)), charge=Decimal(9)))
    assert (finding.line, finding.index, finding.code) == (None, None, None)
    assert (finding.date, finding.charge_at_risk) == (dt.date(2026, 1, 2), Decimal(9))


# ---- after, order --------------------------------------------------------------------------------------------------


def chained(first: str, **keys: str) -> Ruleset:
    """`z` says `first`; `y` follows `z`, `x` follows `y`; both would fail."""
    return rules(
        edit("z", require=first, **keys),
        edit("y", after="[z]"),
        edit("x", after="[y]"),
    )


@pytest.mark.parametrize("first", ["{line.clia: present}", "{line.pos: 81}"])
def test_an_edit_is_silenced_by_the_one_it_follows_and_silences_in_turn(first: str) -> None:
    report = run(chained(first), claim(unknown=frozenset({"line.pos", "claim.pos"})))
    assert [each.edit for each in report.findings] == ["z"]
    assert report.silenced == (Silenced("x", 0, "y"), Silenced("y", 0, "z"))
    assert tuple(report.outcomes[1][1][:2]) == (Outcome.SILENCED, Outcome.SILENCED)
    assert not report.complete


def test_what_passes_or_does_not_apply_silences_nothing() -> None:
    passing = run(chained("{line.code: present}"), claim())
    absent = run(chained("{line.clia: present}", when="{line.pos: present}"), claim())
    for report in (passing, absent):
        assert [each.edit for each in report.findings if each.edit != "z"] == ["y"]
        assert report.silenced == (Silenced("x", 0, "y"),)


def test_what_does_not_apply_is_not_silenced() -> None:
    report = run(rules(edit("z"), edit("y", after="[z]", when="{line.pos: present}")), claim())
    assert report.silenced == ()


def test_the_cause_is_the_first_of_after_that_spoke() -> None:
    documents = edit("a"), edit("b"), edit("c", after="[b, a]"), edit("d", require="{line.code: present}")
    report = run(rules(*documents, edit("e", after="[d, b, a]")), claim())
    assert report.silenced == (Silenced("c", 0, "b"), Silenced("e", 0, "b"))


def test_a_claim_edit_silences_on_every_line_and_a_line_edit_only_on_its_own() -> None:
    on_claim = edit("c", each="claim", require="{claim.clia: present}")
    both = claim(line(), line(2))
    assert len(run(rules(on_claim, edit(after="[c]")), both).silenced) == 2
    first = edit("f", require="{line.number is not: 1}")
    assert run(rules(first, edit(after="[f]")), both).silenced == (Silenced("e", 0, "f"),)


def test_an_edit_that_is_not_selected_silences_nothing() -> None:
    report = scrub(chained("{line.clia: present}"), claim(), as_of=TODAY, edits={"x", "y"})
    assert [each.edit for each in report.findings] == ["y"]


def test_findings_stand_by_claim_line_and_edit() -> None:
    ruleset = rules(edit("b"), edit("a"), edit("z", each="claim", require="{claim.clia: present}"))
    report = run(ruleset, claim(line(7), line(7)))
    assert [(each.index, each.edit) for each in report.findings] == [
        (None, "z"),
        (0, "a"),
        (0, "b"),
        (1, "a"),
        (1, "b"),
    ]
    assert [tuple(codes) for _, codes in report.outcomes] == [(Outcome.FAIL,), (Outcome.FAIL,) * 2, (Outcome.FAIL,) * 2]
    assert report.outcomes[0][0] is None


def test_a_claim_without_lines_has_claim_findings_only() -> None:
    report = run(rules(edit(), edit("c", each="claim", require="{claim.clia: present}")), claim(lines=()))
    assert [(each.edit, each.date) for each in report.findings] == [("c", None)]


# ---- explain -------------------------------------------------------------------------------------------------------


def test_explain_tells_every_part() -> None:
    ruleset = rules(
        edit(when=IN_S, unless="{line.pos in: [81, 22]}", require="{line.modifiers none of: $profile.pos}"),
        edit("f", after="[e]"),
        edit("g", when="{line.pos: present}"),
        values("s", OTHER),
        overlay("{plan: gold}", sets="{s+: {values: {2026-01-01: [86329]}, source: hi}}"),
    )
    e, f, g = explain(ruleset, claim(), 0, as_of=TODAY)
    assert (e.edit, e.outcome, e.payers, e.when, e.unless, e.require) == (
        "e",
        Outcome.NOT_CHECKED,
        True,
        None,
        False,
        True,
    )
    assert e.conditions == (
        Condition("when", "line.code in: $set.s", None, "86329", ("set.s",), decisive=True),
        Condition("unless", "line.pos in: [81, 22]", False, None, ()),
        Condition("require", "line.modifiers none of: $profile.pos", True, (), (), compared=(("profile.pos", Open()),)),
    )
    assert e.decided_by == ("when",)
    assert e.changes == (ChangeSeen("o", "set.s+", ("payer.plan",), "adds 86329"),)
    assert (f.outcome, f.silenced_by) == (Outcome.SILENCED, "e")
    assert (f.alone, f.decided_by) == (Outcome.FAIL, ("require",))
    assert (g.outcome, g.when, g.silenced_by) == (Outcome.NOT_APPLICABLE, False, None)
    assert explain(ruleset, claim(), None, as_of=TODAY) == ()
