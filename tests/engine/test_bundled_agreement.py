"""The engines on the bundled rulesets, with claims of real codes: starter tables, and whole NCCI tables where they are."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from decimal import Decimal
from functools import cache
from itertools import islice

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cpt_rules import Claim, Diagnosis, Engine, Line, Patient, Payer, Provider, Ruleset, load_ruleset
from cpt_rules.engine.epochs import boundaries
from cpt_rules.language.documents import Constant
from cpt_rules.tables.importing import import_table
from cpt_rules.testing import claims as aimed
from cpt_rules.testing.inline import TODAY
from tests.conftest import nightly
from tests.engine.test_agreement import agree
from tests.kinds import COMPILED
from tests.tables import test_brute_force as public
from tests.tables.cms_text import ADD_ON, PTP, SHARED, ptp_rows, write_add_on, write_mue, write_ptp

DAY = dt.timedelta(days=1)
AS_OF = dt.date(2026, 1, 31)
PAYERS = (
    Payer(id="01182", name="MEDICARE PART B", filing="MB", state="CA"),
    Payer(name="MEDICARE", filing="MB"),
    Payer(name="MEDICARE", filing="MA"),
    Payer(id="87726", name="UNITEDHEALTHCARE", filing="CI"),
    Payer(id="87726", name="UNITEDHEALTHCARE", filing="16"),
    Payer(id="60054", name="AETNA", line_of_business="commercial"),
    Payer(id="62308", name="CIGNA"),
    Payer(name="BLUE CROSS NC", filing="BL", line_of_business="commercial"),
    Payer(id="nobody"),
    Payer(),
)
MODIFIERS = ("", "26", "TC", "90", "91", "59", "XS", "QW", "GA", "GZ", "76", "77", "LT", "F1", "zz", "1")
PLACES = ("81", "11", "22", "21", "19", "99", "1")
NPIS = ("1234567893", "1993999998", "1234567890", "12345")
CLIAS = ("05D0123456", "05D7654321", "5D1")
DIAGNOSES = ("D80.1", "D83.9", "Z00.00", "D801", "279.00")
TAXONOMIES = ("291U00000X", "207ZP0102X", "bad")
UNKNOWN = (
    *("line.date", "line.code", "line.modifiers", "line.units", "line.clia", "claim.clia", "line.pos", "claim.pos"),
    *("line.rendering.npi", "rendering.npi", "billing.npi", "billing.taxonomy", "claim.diagnoses", "line.date_to"),
    *("line.diagnosis_pointers", "claim.bill_type", "claim.frequency", "payer.state", "line.unit_type"),
)


@cache
def bundled() -> Ruleset:
    return load_ruleset()


@cache
def codes() -> tuple[str, ...]:
    """Codes that the rulesets know best, and some of every set; their neighbours by number."""
    known = sorted(bundled().profiles)
    for each in bundled().sets.values():
        items = [item for dated in each.values for item in dated.items or ()]
        texts = sorted({str(item.value) for item in items if isinstance(item, Constant)})
        known += [text for text in texts[:: max(1, len(texts) // 8)] if len(text) == 5]
    neighbours = [str(int(code) + 1) for code in known[:40] if code.isdigit()]
    return tuple(dict.fromkeys([*known, *neighbours, "99213", "J1885"]))


@cache
def days() -> tuple[dt.date, ...]:
    """The days on which something changes and those before, and every month's fifth of two years."""
    changes = [day for day in sorted(set(boundaries(bundled()))) if dt.date(1990, 1, 1) < day < dt.date(2030, 1, 1)]
    usual = [dt.date(year, month, 5) for year in (2025, 2024) for month in range(1, 13)]
    return tuple(dict.fromkeys([*usual, *changes, *(day - DAY for day in changes)]))


def _maybe(*values: object) -> st.SearchStrategy[object]:
    return st.sampled_from((*values, None))


@st.composite
def claims(draw: st.DrawFn, some_codes: tuple[str, ...], some_days: tuple[dt.date, ...], most: int = 3) -> Claim:
    """A claim as a laboratory may send it, with mistakes; half of the lines are of the first one's day."""
    day = draw(st.sampled_from(some_days))
    professional = draw(st.sampled_from((True, True, False)))
    provider = st.builds(Provider, _maybe(*NPIS), _maybe("organisation", "person"), _maybe(*TAXONOMIES), _maybe("CA"))

    def line(number: int) -> Line:
        date = draw(st.sampled_from((day, day, draw(st.sampled_from(some_days)), None)))
        return Line(
            number=number,
            code=draw(st.sampled_from((*some_codes, None))),
            code_type=draw(st.sampled_from(("HC", "HC", "ER"))),
            modifiers=tuple(draw(st.lists(st.sampled_from(MODIFIERS), max_size=3))),
            units=draw(_maybe(Decimal(1), Decimal(2), Decimal(5), Decimal(0), Decimal("0.5"))),  # type: ignore[arg-type]
            unit_type=draw(st.sampled_from(("UN", "UN", "MJ", None))),
            charge=draw(_maybe(Decimal(25), Decimal("0.10"))),  # type: ignore[arg-type]
            date=date,
            date_to=draw(st.sampled_from((None, None, date, day + DAY))),
            pos=draw(_maybe(None, *PLACES)) if professional else None,  # type: ignore[arg-type]
            clia=draw(_maybe(None, *CLIAS)),  # type: ignore[arg-type]
            referring_clia=draw(_maybe(None, *CLIAS)),  # type: ignore[arg-type]
            diagnosis_pointers=tuple(draw(st.lists(st.sampled_from((1, 2, 9)), max_size=2))),
            revenue_code=None if professional else draw(_maybe("0302", "0450")),  # type: ignore[arg-type]
            rendering=draw(st.one_of(st.none(), provider)),
        )

    return Claim(
        id="C",
        type="professional" if professional else "institutional",
        lines=tuple(line(number) for number in range(1, 1 + draw(st.integers(0, most)))),
        frequency=draw(st.sampled_from(("1", "7", "8"))) if professional else None,
        bill_type=None if professional else draw(_maybe("131", "141", "111", "138")),  # type: ignore[arg-type]
        charge=draw(_maybe(Decimal(50))),  # type: ignore[arg-type]
        statement_from=None if professional else draw(_maybe(day)),  # type: ignore[arg-type]
        payer=draw(st.sampled_from(PAYERS)),
        patient=Patient("P", draw(_maybe(dt.date(1979, 3, 2), day + DAY)), "F"),  # type: ignore[arg-type]
        billing=draw(st.one_of(st.none(), provider)),
        referring=draw(st.one_of(st.none(), provider)),
        clia=draw(_maybe(*CLIAS)) if professional else None,  # type: ignore[arg-type]
        pos=draw(_maybe(*PLACES)) if professional else None,  # type: ignore[arg-type]
        diagnoses=tuple(
            Diagnosis(code, "icd9" if code[0].isdigit() else "icd10")
            for code in draw(st.lists(st.sampled_from(DIAGNOSES), max_size=3, unique=True))
        ),
        unknown=frozenset(draw(st.one_of(st.just([]), st.lists(st.sampled_from(UNKNOWN), max_size=5)))),
    )


@cache
def engine(kind: str) -> Engine:
    return Engine(bundled(), kind=kind, as_of=AS_OF)  # type: ignore[arg-type]


@settings(max_examples=settings.default.max_examples // 10)  # type: ignore[union-attr]
@given(st.deferred(lambda: claims(codes(), days())))
def test_every_engine_says_of_the_bundled_rulesets_what_the_reference_says(claim: Claim) -> None:
    """engine(bundled)(claim) = reference(bundled)(claim), with the starter tables."""
    expected = engine("reference").scrub(claim)
    for kind in COMPILED:
        agree(engine(kind).scrub(claim), expected)


@pytest.mark.skipif(not nightly(), reason="takes a second a claim; --hypothesis-profile=nightly runs it")
@settings(max_examples=settings.default.max_examples // 10)  # type: ignore[union-attr]
@given(st.deferred(lambda: aimed(bundled())))
def test_every_engine_says_the_same_of_claims_at_the_boundaries_of_the_bundled_rulesets(claim: Claim) -> None:
    """engine(bundled)(claim) = reference(bundled)(claim), for claims made from the edits themselves."""
    expected = Engine(bundled(), kind="reference", as_of=TODAY).scrub(claim)
    for kind in COMPILED:
        agree(_aimed_engine(kind).scrub(claim), expected)


@cache
def _aimed_engine(kind: str) -> Engine:
    return Engine(bundled(), kind=kind, as_of=TODAY)  # type: ignore[arg-type]


# ---- whole tables ----------------------------------------------------------------------------------------------------

whole = pytest.mark.skipif(not (SHARED / PTP).exists(), reason="the public files are not beside this checkout")
QUARTER = (dt.date(2024, 7, 1), dt.date(2024, 8, 15), dt.date(2024, 9, 30), dt.date(2024, 10, 1), dt.date(2024, 6, 30))


@pytest.fixture(scope="module")
def whole_tables(tmp_path_factory: pytest.TempPathFactory) -> Ruleset:
    files, store = tmp_path_factory.mktemp("files"), tmp_path_factory.mktemp("store")
    import_table("ncci-ptp", write_ptp(files), root=store)
    import_table("ncci-mue", [write_mue(files)], root=store)
    import_table("ncci-add-on", [write_add_on(files / ADD_ON)], root=store)
    return load_ruleset(tables=store)


def paired_codes() -> Iterator[str]:
    """The codes of one pair in fifty thousand, and of pairs of laboratory tests."""
    for one, two, _, _ in islice(ptp_rows(), 0, None, 50_000):
        yield from (one, two)
    yield from ("80053", "80048", "85025", "85007", "83037", "83036", "86329", "86331", "81003", "81002")


@whole
@settings(max_examples=settings.default.max_examples // 10)  # type: ignore[union-attr]
@given(st.data())
def test_with_whole_tables_every_engine_says_what_the_reference_says(
    whole_tables: Ruleset, data: st.DataObject
) -> None:
    """engine(bundled, imported NCCI)(claim) = reference(bundled, imported NCCI)(claim), with pairs that the tables list."""
    claim = data.draw(claims(_paired(), QUARTER, 4))
    expected = _whole_engine(whole_tables, "reference").scrub(claim)
    for kind in COMPILED:
        agree(_whole_engine(whole_tables, kind).scrub(claim), expected)


@cache
def _paired() -> tuple[str, ...]:
    return tuple(dict.fromkeys(paired_codes()))


_engines: dict[tuple[int, str], Engine] = {}


def _whole_engine(ruleset: Ruleset, kind: str) -> Engine:
    key = (id(ruleset), kind)
    if key not in _engines:
        _engines[key] = Engine(ruleset, kind=kind, as_of=dt.date(2024, 10, 1))  # type: ignore[arg-type]
    return _engines[key]


@whole
@pytest.mark.skipif(not public.CLAIMS.exists(), reason="the public claims are not beside this checkout")
@pytest.mark.skipif("rete" not in COMPILED, reason="durable_rules cannot be imported on Python 3.13")
@pytest.mark.parametrize("unknown", [public.UNKNOWN, frozenset()], ids=["not every column", "every column"])
def test_rete_and_direct_say_the_same_of_public_claims(whole_tables: Ruleset, unknown: frozenset[str]) -> None:
    """Every tenth claim of the public file, the lines of a patient and provider together, all edits."""
    file = public.merged()
    rete, direct = (_whole_engine(whole_tables, kind) for kind in ("rete", "direct"))
    chosen = sorted(file)[::10]
    for name in chosen:
        claim = public.claim_of(name, file[name], unknown)
        agree(rete.scrub(claim), direct.scrub(claim))
    assert len(chosen) > 100
    assert max(len(file[name]) for name in chosen) > 5
