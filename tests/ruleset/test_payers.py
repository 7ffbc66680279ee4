"""Which payer document a payer is: what it says of itself, and what contradicts the document."""

from __future__ import annotations

import pytest

from cpt_rules import Ruleset, load_ruleset
from cpt_rules.claim import Payer
from cpt_rules.ruleset.payers import PayerIndex, PayerMatch

DOCUMENTS = """\
payer: medicare
title: Medicare
ids: ["01182"]
names: [MEDICARE PART B]
filing: [MA, MB]
line of business: medicare-ffs
---
payer: acme
title: Acme
ids: [A1]
plans: {gold: {ids: [G1]}}
"""


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> PayerIndex:
    folder = tmp_path_factory.mktemp("payers")
    (folder / "payers.yaml").write_text(DOCUMENTS, encoding="utf-8")
    ruleset: Ruleset = load_ruleset(folder)
    return PayerIndex.of(ruleset)


@pytest.mark.parametrize(
    "payer",
    [
        Payer(id="01182"),
        Payer(id="medicare"),
        Payer(name="Medicare, Part B"),
        Payer(filing="MB"),
        Payer(id="01182", filing="MA"),
        Payer(id="01182", filing="ZZ"),
        Payer(id="01182", line_of_business="medicare-ffs"),
    ],
)
def test_a_payer_whose_line_of_business_is_that_of_its_document_or_untold_is_that_payer(
    index: PayerIndex, payer: Payer
) -> None:
    assert index.match(payer) == PayerMatch("medicare", "medicare-ffs", None, None)


@pytest.mark.parametrize(
    ("payer", "line"),
    [
        (Payer(id="01182", filing="16"), "medicare-advantage"),
        (Payer(name="MEDICARE PART B", filing="CI"), "commercial"),
        (Payer(id="01182", line_of_business="medicare-advantage"), "medicare-advantage"),
        (Payer(filing="MB", line_of_business="medicare-advantage"), "medicare-advantage"),
        (Payer(id="01182", filing="16", line_of_business="medicare-ffs"), "medicare-ffs"),
    ],
)
def test_another_line_of_business_than_that_of_the_document_makes_the_payer_unknown(
    index: PayerIndex, payer: Payer, line: str
) -> None:
    assert index.match(payer) == PayerMatch(None, line, None, None)


def test_a_document_without_line_of_business_is_the_payer_in_every_line(index: PayerIndex) -> None:
    assert index.match(Payer(id="G1", filing="16")) == PayerMatch("acme", "medicare-advantage", "gold", None)
    assert index.match(Payer(id="A1", line_of_business="medicaid")) == PayerMatch("acme", "medicaid", None, None)


def test_identifier_and_filing_indicator_of_two_documents_make_the_payer_unknown(index: PayerIndex) -> None:
    assert index.match(Payer(id="A1", filing="MB")) == PayerMatch(None, "medicare-ffs", None, None)
