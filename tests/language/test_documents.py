"""What documents become: every kind with every key, ranges, dated values, references, changes, what tests give."""

from __future__ import annotations

import datetime as dt
import pickle
from decimal import Decimal
from pathlib import Path

import pytest

from cpt_rules.language import documents as doc
from cpt_rules.language.conditions import leaves, placeholders
from cpt_rules.language.parse import parse_text
from cpt_rules.language.problems import Mark
from cpt_rules.ruleset.load import load_ruleset
from cpt_rules.ruleset.ruleset import Ruleset
from cpt_rules.testing.inline import run_tests

HERE = Path(__file__).parent
ANY = Mark("", 0, 0)  # places do not count when documents are compared


def name(text: str) -> doc.Name:
    return doc.Name(text, mark=ANY)


def constants(*values: object) -> tuple[doc.Item, ...]:
    return tuple(doc.Constant(value, mark=ANY) for value in values)  # type: ignore[arg-type]


def dated(start: str, *items: doc.Item) -> doc.Dated:
    return doc.Dated(dt.date.fromisoformat(start), items, mark=ANY)


def leaf(field: str, operator: doc.Operator, *items: doc.Item) -> doc.Leaf:
    return doc.Leaf(field, operator, items, mark=ANY)


def parsed(text: str) -> doc.Document:
    documents, problems = parse_text(text)
    assert problems == []
    (document,) = documents
    return document


@pytest.fixture(scope="module")
def example() -> Ruleset:
    return load_ruleset(HERE / "example")


# ---- the examples of the design ------------------------------------------------------------------------------------


def test_the_tests_of_the_examples_pass(example: Ruleset) -> None:
    results = list(run_tests(example))
    assert len(results) == 7
    assert [result for result in results if not result.passed] == []


def test_a_source(example: Ruleset) -> None:
    assert example.sources["cms.clfs.2025q2"] == doc.Source(
        name("cms.clfs.2025q2"),
        title="Clinical laboratory fee schedule, second quarter 2025",
        publisher="CMS",
        edition="25CLABQ2",
        confidence="high",
        url="https://www.cms.gov/medicare/payment/fee-schedules/clinical-laboratory-fee-schedule-clfs",
        retrieved=dt.date(2025, 6, 10),
        review_by=dt.date(2025, 7, 1),
        mark=ANY,
    )


def test_a_set(example: Ruleset) -> None:
    codes = ("81002", "81025", "82270", "82272", "82962", "83026", "84830", "85013", "85651")
    assert example.sets["clia.no-qw"] == doc.SetDocument(
        name("clia.no-qw"),
        title="Waived tests that are billed without QW",
        values=(dated("2000-01-01", *constants(*codes)),),
        source=name("cms.cr11747"),
        complete="yes",
        mark=ANY,
    )


def test_a_set_of_ranges_and_a_set_that_is_complete_for_it(example: Ruleset) -> None:
    ranges = (doc.Span("80047", "89398", mark=ANY), doc.Span("0001U", "0500U", mark=ANY))
    assert example.sets["lab.range"].values == (dated("2020-01-01", *ranges),)
    assert example.sets["clia.excluded"].complete == "no"
    both = (doc.SetRef("clfs.codes", mark=ANY), doc.SetRef("lab.range", mark=ANY))
    assert example.sets["lab.tests"].values == (dated("2020-01-01", *both),)
    assert example.sets["qw.codes"].complete == doc.SetRef("clfs.codes", mark=ANY)
    ended = doc.Dated(dt.date(2026, 1, 1), None, mark=ANY)
    assert example.sets["qw.codes"].values == (dated("2025-01-01", *constants("81003")), ended)


def test_a_fact(example: Ruleset) -> None:
    assert example.facts["pos"] == doc.Fact(
        name("pos"),
        title="Places of service where the code is billed",
        type=doc.FactType("pos", many=True, mark=ANY),
        purpose="rules",
        mark=ANY,
    )


def test_a_table(example: Ruleset) -> None:
    types = {"clia": "clia number", "certificate": "text", "specialities": "text", "since": "date", "until": "date"}
    columns = {key: doc.FactType(form, many=key == "specialities", mark=ANY) for key, form in types.items()}
    assert example.tables["clia.laboratories"] == doc.TableDocument(
        name("clia.laboratories"),
        title="Laboratories known to the user",
        columns=columns,
        key=("clia",),
        source=name("user"),
        validity=("since", "until"),
        file="none",
        complete="no",
        mark=ANY,
    )


def test_a_profile(example: Ruleset) -> None:
    denied = (dated("2020-01-01", *constants("26", "TC")),)
    assert example.profiles["86329"] == doc.Profile(
        name("86329"),
        label="gel immunodiffusion",
        facts={
            "modifiers.denied": doc.FactValue(denied, name("cms.pfs.2024c"), mark=ANY),
            "pos": doc.FactValue((), mark=ANY),
            "icd10": doc.FactValue((), mark=ANY),
        },
        mark=ANY,
    )


def test_a_payer_with_a_typed_fact(example: Ruleset) -> None:
    matches = doc.FactValue((dated("2016-11-01", *constants(True)),), name("uhc.2024R6000B"), mark=ANY)
    assert example.payers["uhc"] == doc.PayerDocument(
        name("uhc"),
        title="UnitedHealthcare",
        ids=("87726",),
        names=("UNITEDHEALTHCARE", "UNITED HEALTHCARE", "UHC"),
        filing=(),
        facts={"clia.address-must-match": matches},
        mark=ANY,
    )


def test_an_edit(example: Ruleset) -> None:
    edit = example.edits["clia.present"]
    assert edit.payers == (name("medicare"),)
    assert edit.each == "line"
    assert edit.when == doc.AllOf(
        (
            leaf("claim.type", "is", *constants("professional")),
            leaf("line.code", "in", doc.SetRef("lab.tests", mark=ANY)),
        )
    )
    assert edit.unless == leaf("line.code", "in", doc.SetRef("clia.excluded", mark=ANY))
    assert edit.presume == (name("clia.excluded"),)
    assert edit.require == leaf("line.clia", "present")
    assert edit.severity == "warn"
    assert edit.fail_when == leaf("line.code", "in", doc.SetRef("clfs.codes", mark=ANY))
    assert edit.disposition == "return"
    assert edit.at == name("line.clia")
    assert edit.denial == doc.Denial("CO", "16", ("MA120", "MA130"), mark=ANY)
    assert edit.after == (name("code.format"),)
    assert edit.fix == "claim data"
    assert edit.override == "allowed"
    assert edit.tests[4] == doc.Test(
        "a feed without CLIA columns",
        doc.Given({"line.code": ("86329",), "claim.unknown": ("claim.clia",)}, (), mark=ANY),
        "not checked",
        mark=ANY,
    )


def test_an_overlay(example: Ruleset) -> None:
    (overlay,) = example.overlays
    assert overlay.applies == doc.For(name("uhc"), "commercial", mark=ANY)
    assert overlay.edits == {
        "clia.present": doc.EditChange(name("uhc.2024R6000B"), adopt="yes", since=dt.date(2016, 8, 1), mark=ANY),
        "qw.required": doc.EditChange(name("uhc.2024R6000B"), off="yes", reason="not in the policy", mark=ANY),
        "pos.allowed": doc.EditChange(name("uhc.lab"), severity="warn", mark=ANY),
        "claim.timely": doc.EditChange(
            name("uhc.manual"), unless=leaf("claim.frequency", "is", *constants("8")), mark=ANY
        ),
    }
    added = doc.ValueChange((dated("2026-01-01", *constants("0351U")),), name("uhc.lab"), "+", mark=ANY)
    assert overlay.sets == {"lab.tests": (added,)}
    assert {fact: changes[0].sign for fact, changes in overlay.profiles["86329"].items()} == {
        "pos": "+",
        "modifiers.denied": "-",
        "icd10": "",
    }
    assert overlay.tests[0].edit == name("clia.present")


def test_a_linked_ruleset_can_be_pickled(example: Ruleset) -> None:
    copy = pickle.loads(pickle.dumps(example))
    assert copy == example
    assert copy.hash == example.hash


# ---- values --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("written", "item"),
    [
        ("86329", doc.Constant("86329", mark=ANY)),
        ("00100", doc.Constant("00100", mark=ANY)),
        ("1.10", doc.Constant("1.10", mark=ANY)),
        ("NO", doc.Constant("NO", mark=ANY)),
        ("12:30", doc.Constant("12:30", mark=ANY)),
        ("~", doc.Constant("~", mark=ANY)),
        ("2026-01-05", doc.Constant("2026-01-05", mark=ANY)),
        ("80047-89398", doc.Span("80047", "89398", mark=ANY)),
        ("0001U-0500U", doc.Span("0001U", "0500U", mark=ANY)),
        ("D80.1-D80.9", doc.Span("D80.1", "D80.9", mark=ANY)),
        ("11-11", doc.Span("11", "11", mark=ANY)),
        ('"80047-89398"', doc.Constant("80047-89398", mark=ANY)),
        ("80047-8939", doc.Constant("80047-8939", mark=ANY)),
        ("two-three", doc.Constant("two-three", mark=ANY)),
        ("1-2-3", doc.Constant("1-2-3", mark=ANY)),
        ("-5", doc.Constant("-5", mark=ANY)),
        ("$set.lab.tests", doc.SetRef("lab.tests", mark=ANY)),
        ("'$set.lab.tests'", doc.Constant("$set.lab.tests", mark=ANY)),
        ("not available", None),
    ],
)
def test_what_a_value_is(written: str, item: doc.Item | None) -> None:
    document = parsed(f"set: s\ntitle: t\nvalues: {{2020-01-01: {written}}}\nsource: s\n")
    assert isinstance(document, doc.SetDocument)
    assert document.values == (doc.Dated(dt.date(2020, 1, 1), None if item is None else (item,), mark=ANY),)


def test_dated_values_are_in_order_of_their_days() -> None:
    document = parsed(
        "set: s\ntitle: t\nvalues: {2024-01-01: b, 2020-01-01: a, 2022-02-02: not available}\nsource: s\n"
    )
    assert isinstance(document, doc.SetDocument)
    assert [(str(each.start), each.items) for each in document.values] == [
        ("2020-01-01", constants("a")),
        ("2022-02-02", None),
        ("2024-01-01", constants("b")),
    ]


def test_facts_have_values_of_their_types(tmp_path: Path) -> None:
    types = {"text": "3", "number": "3.10", "date": "2026-01-05", "yes/no": "no", "npi": "1234567893"}
    text = "source: s\ntitle: t\npublisher: p\nedition: e\nconfidence: low\n"
    for place, form in enumerate(types):
        text += f"---\nfact: f{place}\ntitle: t\ntype: {form}\n"
    values = "".join(f"  f{n}: {{values: {{2020-01-01: {v}}}, source: s}}\n" for n, v in enumerate(types.values()))
    (tmp_path / "a.yaml").write_text(f"{text}---\nprofile: 86329\nfacts:\n{values}", encoding="utf-8")
    facts = load_ruleset(tmp_path).profiles["86329"].facts
    items = [facts[f"f{place}"].values[0].items for place in range(len(types))]
    assert items == [constants(v) for v in ("3", Decimal("3.10"), dt.date(2026, 1, 5), False, "1234567893")]


# ---- conditions ----------------------------------------------------------------------------------------------------


def condition(text: str) -> doc.Clause:
    edit = parsed(
        "edit: e\ntitle: t\nseverity: warn\ndisposition: deny\nmessage: m\nremedy: r\nsource: s\nrequire:\n"
        + "".join(f"  {line}\n" for line in text.splitlines())
    )
    assert isinstance(edit, doc.Edit)
    return edit.require


@pytest.mark.parametrize("operator", [*doc.SCALAR_OPERATORS, *doc.LIST_OPERATORS])
def test_an_operator_stands_behind_the_field(operator: doc.Operator) -> None:
    assert condition(f"line.x {operator}: a") == leaf("line.x", operator, *constants("a"))


def test_no_operator_is_is() -> None:
    assert condition("line.x: [a, b]") == leaf("line.x", "is", *constants("a", "b"))


@pytest.mark.parametrize("state", ["present", "absent", "available"])
def test_a_state_has_no_operand(state: doc.Operator) -> None:
    assert condition(f"line.x: {state}") == leaf("line.x", state)


def test_a_state_in_quotes_is_text() -> None:
    assert condition("line.x: 'present'") == leaf("line.x", "is", *constants("present"))


def test_another_field_as_operand() -> None:
    assert condition("line.x at most: $profile.mue") == leaf("line.x", "at most", doc.FieldRef("profile.mue", mark=ANY))


def test_groups() -> None:
    clause = condition(
        "any:\n  - line.x: a\n    line.y: b\n  - not: {line.z: present}\n  - all: [{line.x: c}]\nline.w: absent"
    )
    x, y, z, c, w = (
        leaf("line.x", "is", *constants("a")),
        leaf("line.y", "is", *constants("b")),
        leaf("line.z", "present"),
        leaf("line.x", "is", *constants("c")),
        leaf("line.w", "absent"),
    )
    assert clause == doc.AllOf((doc.AnyOf((doc.AllOf((x, y)), doc.Not(z), doc.AllOf((c,)))), w))
    assert list(leaves(clause)) == [x, y, z, c, w]


def test_every_condition_has_its_place() -> None:
    assert [str(each.mark.line) for each in leaves(condition("any:\n  - line.x: a\n  - line.y: b"))] == ["10", "11"]


# ---- tests and the rest --------------------------------------------------------------------------------------------


def test_what_a_test_gives() -> None:
    edit = parsed(
        "edit: e\ntitle: t\nseverity: warn\ndisposition: deny\nmessage: m\nremedy: r\nsource: s\nrequire: {line.x: present}\n"
        "tests:\n  - name: several lines\n    given:\n      as_of: 2026-01-06\n      client: lab\n      claim.icd10: [D80.1, D80.2]\n"
        "      profile.pos: not available\n      set.tests: [86329]\n      rows: {pairs: [[86329, 86331, '']]}\n"
        "      lines: [{line.code: 86329}, {line.code: 86331, line.modifiers: [26, TC]}]\n"
        "    on: 2\n    expect: not checked\n    missing: [line.clia]\n"
    )
    assert isinstance(edit, doc.Edit)
    given = doc.Given(
        {"claim.icd10": ("D80.1", "D80.2")},
        ({"line.code": ("86329",)}, {"line.code": ("86331",), "line.modifiers": ("26", "TC")}),
        as_of=dt.date(2026, 1, 6),
        client="lab",
        knowledge={"profile.pos": ("not available",), "set.tests": ("86329",)},
        rows={"pairs": (("86329", "86331", ""),)},
        mark=ANY,
    )
    assert edit.tests == (doc.Test("several lines", given, "not checked", ("line.clia",), on=2, mark=ANY),)


def test_payers_all_and_no_payers_mean_everyone() -> None:
    text = "edit: e\ntitle: t\nseverity: warn\ndisposition: deny\nmessage: m\nremedy: r\nsource: s\nrequire: {line.x: present}\n"
    for more in ("payers: all\n", ""):
        edit = parsed(text + more)
        assert isinstance(edit, doc.Edit)
        assert edit.payers == ()


def test_text_in_quotes_and_blocks_of_text() -> None:
    edit = parsed(
        "edit: e\ntitle: 'it''s'\nseverity: warn\ndisposition: deny\nmessage: >\n  two\n  lines\nremedy: |\n  a\n  b\n"
        'source: "s"\nrequire: {line.x: present}\n'
    )
    assert isinstance(edit, doc.Edit)
    assert (edit.title, edit.message, edit.remedy, edit.source) == ("it's", "two lines", "a\nb", name("s"))


def test_placeholders_of_a_message() -> None:
    assert placeholders("{line.code} and {line.units}, {line.code} again") == ("line.code", "line.units")
    assert placeholders("none") == ()
