"""Every PTP and MUE decision on a public file of claims, against a brute-force script that shares no code with the engine.

The claims are of 2018. Their dates are shifted into the third quarter of 2024 and their payer is Medicare, everything
else stands as it is. They are judged three times:

- as they are;
- *merged*: the professional lines of one patient and rendering provider are one claim, all of the day of its first line,
  because as they are too few pairs of codes meet;
- *multiplied*: merged, and units a hundred times what they were, because only then a limit of MAI 1 is exceeded.
"""

from __future__ import annotations

import csv
import datetime as dt
from collections import Counter
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest

from cpt_rules import Claim, Diagnosis, Engine, Line, Outcome, Patient, Payer, Provider, Report, Ruleset, load_ruleset
from cpt_rules.tables.importing import import_table
from tests.tables import brute_force
from tests.tables.brute_force import Limits, Pairs, Row
from tests.tables.cms_text import MUE, PTP, SHARED, write_mue, write_ptp

CLAIMS = SHARED.parent / "claims" / "tuva_demo_medical_claim.csv"
STARTERS = Path(__file__).parents[2] / "rulesets" / "tables"
pytestmark = pytest.mark.skipif(
    not (SHARED / PTP).exists() or not CLAIMS.exists(), reason="the public files are not beside this checkout"
)

FIRST, LAST = dt.date(2024, 7, 1), dt.date(2024, 9, 30)
EDITS = ("ncci.ptp", "ncci.mue.line", "ncci.mue.day")
WORDS = {Outcome.FAIL: brute_force.FAIL, Outcome.PASS: brute_force.PASS, Outcome.NOT_CHECKED: brute_force.NOT_LISTED}
#: What a file of this layout has no column for.
UNKNOWN = frozenset({"claim.clia", "line.clia", "line.referring_clia", "line.diagnosis_pointers", "referring.npi"})
DATES = ("claim_start_date", "claim_end_date", "claim_line_start_date", "claim_line_end_date")

File = dict[str, list[Row]]


# ---- the file ------------------------------------------------------------------------------------------------------


def as_they_are() -> File:
    """The lines of each claim in order of their number, their dates in the quarter."""
    claims: File = {}
    with CLAIMS.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            claims.setdefault(row["claim_id"], []).append(row | {name: _shifted(row[name]) for name in DATES})
    return {id: sorted(lines, key=lambda line: int(line["claim_line_number"])) for id, lines in claims.items()}


def merged() -> File:
    made: File = {}
    for id, lines in as_they_are().items():
        for line in lines:
            alone = line["claim_type"] != "professional"
            together = made.setdefault(id if alone else f"{line['patient_id']} {line['rendering_npi']}", [])
            first = together[0] if together else line
            together.append(line if alone else line | {name: first[name] for name in DATES})
    return made


def multiplied() -> File:
    return {
        id: [line | {"service_unit_quantity": _hundredfold(line)} for line in made] for id, made in merged().items()
    }


def _shifted(text: str) -> str:
    if not text:
        return ""
    days = (dt.date.fromisoformat(text) - dt.date(2017, 1, 1)).days
    return (FIRST + dt.timedelta(days=days % ((LAST - FIRST).days + 1))).isoformat()


def _hundredfold(line: Row) -> str:
    return str(Decimal(line["service_unit_quantity"]) * 100) if line["service_unit_quantity"] else ""


def claim_of(id: str, lines: list[Row], unknown: frozenset[str]) -> Claim:
    first = lines[0]
    institutional = first["claim_type"] == "institutional"
    return Claim(
        id=id,
        type="institutional" if institutional else "professional",
        bill_type=first["bill_type_code"] or None,
        statement_from=_day(first["claim_start_date"]) if institutional else None,
        payer=Payer(name="MEDICARE", filing="MA" if institutional else "MB", sequence="P"),
        patient=Patient(first["patient_id"]),
        billing=Provider(first["billing_npi"], "organisation") if first["billing_npi"] else None,
        diagnoses=tuple(
            Diagnosis(first[f"diagnosis_code_{n}"], "icd10", "other" if n > 1 else "principal")
            for n in range(1, 26)
            if first[f"diagnosis_code_{n}"]
        ),
        lines=tuple(_line(number, line) for number, line in enumerate(lines, 1)),
        unknown=unknown,
    )


def _line(number: int, row: Row) -> Line:
    units = row["service_unit_quantity"]
    return Line(
        number=number,
        code=row["hcpcs_code"] or None,
        modifiers=tuple(row[f"hcpcs_modifier_{n}"] for n in range(1, 6) if row[f"hcpcs_modifier_{n}"]),
        units=Decimal(units) if units else None,
        unit_type="UN" if units else None,
        date=_day(row["claim_line_start_date"]),
        pos=row["place_of_service_code"] or None,
        revenue_code=row["revenue_center_code"] or None,
        rendering=Provider(row["rendering_npi"], "person") if row["rendering_npi"] else None,
    )


def _day(text: str) -> dt.date | None:
    return dt.date.fromisoformat(text) if text else None


# ---- both sides ----------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def ruleset(tmp_path_factory: pytest.TempPathFactory) -> Ruleset:
    files, store = tmp_path_factory.mktemp("files"), tmp_path_factory.mktemp("store")
    import_table("ncci-ptp", write_ptp(files), root=store)
    import_table("ncci-mue", [write_mue(files)], root=store)
    return load_ruleset(tables=store)


@pytest.fixture(scope="module")
def pairs() -> Pairs:
    return brute_force.raw_pairs(
        SHARED / PTP, {line["hcpcs_code"] for lines in as_they_are().values() for line in lines}
    )


@pytest.fixture(scope="module")
def limits() -> Limits:
    return brute_force.raw_limits(SHARED / MUE)


def reports(ruleset: Ruleset, file: File, setting: str, unknown: frozenset[str] = UNKNOWN) -> dict[str, Report]:
    """What the engine says about the claims that concern the tables of a setting."""
    engine = Engine(ruleset, as_of=dt.date(2024, 10, 1), select=EDITS)
    chosen = {id: lines for id, lines in file.items() if brute_force.setting(lines) == setting}
    return {id: engine.scrub(claim_of(id, lines, unknown)) for id, lines in chosen.items()}


Decided = dict[tuple[str, str, int | None, int | None], str]


def said(found: dict[str, Report]) -> Decided:
    """(claim, edit, other line, line) → outcome."""
    decided: Decided = {}
    for id, report in found.items():
        for each in report.findings:
            key = (id, each.edit, each.with_index, each.index)
            assert key not in decided
            decided[key] = WORDS[each.status]
    return decided


def expected(file: File, setting: str, pairs: Pairs, limits: Limits) -> Decided:
    decided: Decided = {}
    for id, lines in file.items():
        if brute_force.setting(lines) == setting:
            for (a, b), outcome in brute_force.ptp(lines, pairs).items():
                decided[id, "ncci.ptp", a, b] = outcome
            for (place, scope), outcome in brute_force.mue(lines, limits).items():
                decided[id, f"ncci.mue.{scope}", None, place] = outcome
    return decided


def counted(decided: Decided) -> dict[str, int]:
    """How many failures each edit has."""
    count = Counter(edit for (_, edit, _, _), outcome in decided.items() if outcome == brute_force.FAIL)
    return {edit: count[edit] for edit in EDITS}


# ---- professional claims: the practitioner tables, imported ----------------------------------------------------------


@pytest.mark.parametrize(
    "unknown", [UNKNOWN, frozenset()], ids=["a feed without CLIA numbers", "a feed with everything"]
)
@pytest.mark.parametrize(
    ("file", "failures"),
    [
        (as_they_are, {"ncci.ptp": 46, "ncci.mue.line": 0, "ncci.mue.day": 155}),
        (merged, {"ncci.ptp": 339, "ncci.mue.line": 0, "ncci.mue.day": 667}),
        (multiplied, {"ncci.ptp": 339, "ncci.mue.line": 17, "ncci.mue.day": 4155}),
    ],
)
def test_every_decision_on_professional_claims_is_that_of_the_brute_force(
    file: Callable[[], File],
    failures: dict[str, int],
    unknown: frozenset[str],
    ruleset: Ruleset,
    pairs: Pairs,
    limits: Limits,
) -> None:
    """Source: CMS, practitioner PTP and MUE tables, 2024 third quarter; more than 100 failures of each family."""
    claims = file()
    wanted = expected(claims, "practitioner", pairs, limits)
    found = reports(ruleset, claims, "practitioner", unknown)
    assert said(found) == wanted
    assert counted(wanted) == failures
    tables = {each for report in found.values() for finding in report.findings for each in finding.tables}
    assert {(each.table, each.setting, each.edition, each.starter, each.stale) for each in tables} == {
        ("ncci.ptp", "practitioner", "2024Q3", False, False),
        ("ncci.mue", "practitioner", "2024Q3", False, False),
    }


def test_the_file_has_both_kinds_of_claims() -> None:
    claims = as_they_are()
    kinds = Counter(brute_force.setting(lines) for lines in claims.values())
    assert kinds == {"practitioner": 2869, "hospital": 224, "": 13}
    assert sum(map(len, claims.values())) == sum(map(len, merged().values())) == 6075


# ---- institutional bills: no full hospital table is at hand -----------------------------------------------------------


def test_outpatient_bills_are_answered_by_the_hospital_starter_or_not_checked(ruleset: Ruleset) -> None:
    """No whole hospital table is imported here: what its starter does not know is not checked, never passed."""
    claims = as_they_are()
    pairs, limits = _starter_rows("hospital")
    wanted = expected(claims, "hospital", pairs, limits)
    found = reports(ruleset, claims, "hospital")
    for report in found.values():
        for finding in report.findings:
            assert all(each.starter and each.setting == "hospital" for each in finding.tables)
            if finding.status is Outcome.NOT_CHECKED:
                table = "ncci.ptp" if finding.edit == "ncci.ptp" else "ncci.mue"
                assert f"table.{table}" in finding.missing
            else:
                assert finding.tables
    decided = {key: outcome for key, outcome in said(found).items() if outcome != brute_force.NOT_LISTED}
    assert decided == {key: outcome for key, outcome in wanted.items() if outcome != brute_force.NOT_LISTED}
    assert set(said(found)) >= set(wanted)


def _starter_rows(setting: str) -> tuple[Pairs, Limits]:
    with (STARTERS / "ncci-ptp.csv").open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["setting"] == setting]
        pairs = {(row["column_1"], row["column_2"]): [(row["until"] or "*", int(row["indicator"]))] for row in rows}
    with (STARTERS / "ncci-mue.csv").open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["setting"] == setting]
        return pairs, {row["code"]: (Decimal(row["units"]), row["mai"]) for row in rows}


def test_inpatient_bills_and_other_facilities_have_no_such_edits(ruleset: Ruleset) -> None:
    assert {
        finding.edit for report in reports(ruleset, as_they_are(), "").values() for finding in report.findings
    } == set()
