"""Text for people: the whole page, at 100 columns, safe on a terminal."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from attrs import evolve

from cpt_rules.claim import Origin
from cpt_rules.finding import Asked, Report
from cpt_rules.tables.manifest import Manifest
from cpt_rules.writers.records import entry
from cpt_rules.writers.summary import Summary
from cpt_rules.writers.text import TextWriter, clean
from tests.small import AS_OF, reports, small_ruleset


def _writer(folder: Path, *, everything: bool = False) -> TextWriter:
    ruleset = small_ruleset(folder)
    payers = {id: payer.title for id, payer in ruleset.payers.items()}
    sources = {id: source.title for id, source in ruleset.sources.items()}
    return TextWriter(everything, payers, sources)


def _page(folder: Path, *, everything: bool = False) -> str:
    writer, summary = _writer(folder, everything=everything), Summary("2026.1", "sha256:0123456789abcdef", AS_OF)
    data = b""
    for n, report in enumerate(reports(folder), 1):
        item = entry(n, report, everything=everything)
        summary.add(item)
        data += writer.claim(item)
    return (data + writer.end(summary)).decode()


PAGE = """\
fail        FAILS · professional · Medicare · hold ($25.00 at risk) · in.jsonl line 1
  line 1  86329  2026-01-05  $25.00: 1 fail, 1 pass, 1 silenced
    fail        clia.present: 86329 needs a CLIA number
                do:     Send it in 2300 REF*X4
                source: The laboratory's manual (fifth) [manual]
                denial: CARC CO-16; RARC MA120; 277CA A6:544
  line 2  99213  2026-01-05  $25.00: 1 warn
    warn        code.known: 99213 has no profile [for information]
                do:     Add a profile
                source: What a colleague believes (oral) [guess]; past its review date
warn        WARNS · professional · Medicare · in.jsonl line 2
  the claim itself: 1 warn
    warn        claim.balanced: 24.00 is not 25.00
                do:     Correct CLM02
                source: The laboratory's manual (fifth) [manual]
clean       CLEAN · professional · Medicare · in.jsonl line 3
pass        UNCHECKED · professional · Aetna · 1 not checked · in.jsonl line 4

4 claims, 5 lines, as of 2026-01-06, ruleset 2026.1 (sha256:0123456789ab)
  claims       1 fail, 1 warn, 2 pass; 1 clean (pass, and nothing unchecked), 1 to hold
  lines        1 fail, 1 warn, 3 pass
  findings     1 fail, 2 warn, 1 not checked, 8 pass
  at risk      $49.00
  placeholders 1 of the 1 not checked wait for knowledge that the rulesets do not have (cpt-rules
               coverage lists it)
  not checked, by what is missing:
          1  payer.policy
  silenced     not judged because an earlier edit had spoken: 2 by clia.present
"""


def test_the_page_of_a_run(tmp_path: Path) -> None:
    assert _page(tmp_path) == PAGE


def test_with_everything_passes_and_what_is_missing_are_named(tmp_path: Path) -> None:
    page = _page(tmp_path, everything=True)
    assert "    pass        clia.present: A test carries a CLIA number\n" in page
    assert "    not checked clia.present: not known: payer.policy\n" in page


def test_the_worst_line_and_the_worst_finding_stand_first(tmp_path: Path) -> None:
    report = reports(tmp_path)[0]
    turned = evolve(report.claim, lines=report.claim.lines[::-1])
    outcomes = (report.outcomes[0], *report.outcomes[:0:-1])
    findings = tuple(evolve(each, index=None if each.index is None else 1 - each.index) for each in report.findings)
    swapped = Report(turned, report.payer, report.as_of, outcomes, lambda least: (findings, report.silenced))
    page = _writer(tmp_path).claim(entry(1, swapped)).decode()
    assert page.index("line 1  86329") < page.index("line 2  99213")


def test_the_tables_that_answered_stand_in_a_finding_and_those_that_could_in_the_summary(tmp_path: Path) -> None:
    report = reports(tmp_path)[0]
    asked = (
        Asked("ncci.mue", "practitioner", "2025Q4", starter=False, stale=False),
        Asked("pfs", None, "2024Q3", starter=True, stale=True),
    )
    told = tuple(evolve(each, tables=asked) for each in report.findings)
    told_report = Report(report.claim, report.payer, report.as_of, report.outcomes, lambda least: (told, ()))
    page = _writer(tmp_path).claim(entry(1, told_report)).decode()
    said = "table: ncci.mue practitioner 2025Q4; pfs 2024Q3 (a starter table, its period ended before this day)"
    assert said in " ".join(page.split())
    manifests = tuple(manifest(each) for each in asked)
    page = _writer(tmp_path).end(Summary("2026.1", "sha256:0123456789abcdef", AS_OF, tables=manifests)).decode()
    assert "  tables       imported: ncci.mue practitioner 2025Q4; starter: pfs 2024Q3\n" in page


def manifest(of: Asked) -> Manifest:
    day = dt.date(2024, 7, 1)
    return Manifest(
        of.table, of.table, of.setting, of.edition, "CMS", day, day, (), 1, 0, True, 1, starter=of.starter
    )  # fmt: skip


def test_no_line_is_wider_than_100_columns(tmp_path: Path) -> None:
    report = reports(tmp_path)[0]
    wordy = tuple(
        evolve(each, rule=evolve(each.rule, message="word " * 60, remedy="word " * 60)) for each in report.findings
    )
    long = Report(report.claim, report.payer, report.as_of, report.outcomes, lambda least: (wordy, ()))
    page = _writer(tmp_path, everything=True).claim(entry(1, long, everything=True)).decode()
    assert max(map(len, page.splitlines())) <= 100


def test_what_a_claim_contains_does_not_reach_the_terminal_as_control_characters(tmp_path: Path) -> None:
    report = reports(tmp_path)[0]
    claim = evolve(report.claim, id="\x1b[31mX\n", origin=Origin("in\x07.837", 1, segments=(3, 9)))
    odd = Report(claim, report.payer, report.as_of, report.outcomes, lambda least: ((), ()))
    page = _writer(tmp_path).claim(entry(1, odd)).decode()
    assert page.startswith("fail        \\x1b[31mX\\n · professional")
    assert page.splitlines()[0].endswith("in\\x07.837 segments 3-9")
    assert clean("Müller · 2") == "Müller · 2"


def test_colour_is_asked_for_by_verdict(tmp_path: Path) -> None:
    seen: list[tuple[str, str]] = []

    def paint(text: str, style: str) -> str:
        seen.append((text.strip(), style))
        return text

    writer = evolve(_writer(tmp_path), paint=paint)
    writer.claim(entry(1, reports(tmp_path)[0]))
    assert ("fail", "fail") in seen
    assert ("warn", "warn") in seen
    assert ("FAILS", "bold") in seen
