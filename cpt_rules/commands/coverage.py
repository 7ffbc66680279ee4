"""`cpt-rules coverage`: what is known of each code for each payer, and what is a placeholder; or what tests reach."""

from __future__ import annotations

import datetime as dt
import json
import textwrap
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import click

from cpt_rules.commands.common import day, folder, known, known_payer, load, rulesets_option
from cpt_rules.commands.output import Output

if TYPE_CHECKING:
    from cpt_rules.commands.standing import Standing
    from cpt_rules.ruleset.knowledge import Knowledge
    from cpt_rules.ruleset.ruleset import Ruleset

_COLUMNS = 5  # payers beside each other in 100 columns


@click.command("coverage", short_help="Show what is known of each code for each payer; what tests reach.")
@click.argument("codes", nargs=-1, metavar="[CODE]...")
@rulesets_option
@click.option("--payer", "payers", multiple=True, metavar="ID", help="This payer only; repeatable.")
@click.option("--client", metavar="ID", help="With the overlays of this client.")
@click.option("--date", type=day, metavar="DATE", help="As it stands on this day of service (default: today).")
@click.option("--format", "target", type=click.Choice(["text", "json"]), default="text", help="What to write.")
@click.option("--tests", is_flag=True, help="Show instead what the tests inside the rulesets reach of them.")
@click.option(
    "--scenarios",
    multiple=True,
    metavar="PATH",
    help="With --tests: a file or folder of claim scenarios that count as well; repeatable.",
)
@click.option("--html", type=folder, metavar="DIR", help="With --tests: write the rulesets there, annotated, as HTML.")
def command(
    codes: tuple[str, ...],
    rulesets: tuple[str, ...],
    payers: tuple[str, ...],
    client: str | None,
    date: dt.date | None,
    target: str,
    tests: bool,
    scenarios: tuple[str, ...],
    html: str | None,
) -> int:
    """Show codes by payers by facts: known, placeholder (named in a profile, but not available), or missing.

    Without CODE every code that has a profile is shown.

    With --tests: which edits, outcomes, branches of `any`, conditions, epochs and overlay changes the tests inside the
    rulesets reach, and which they don't. Exit status then: 0 all tests pass, 1 some fail, 2 something is faulty.

    \b
    Examples:
      cpt-rules coverage 86329
      cpt-rules coverage 86329 80053 --payer medicare --payer uhc
      cpt-rules coverage --date 2025-06-30 --format json
      cpt-rules coverage --tests
      cpt-rules coverage --tests --rulesets bundled --rulesets my/overlays --html coverage
    """
    if tests:
        if codes or payers or client or date:
            raise click.UsageError(
                "CODE, --payer, --client and --date say of what to show the facts; leave them out with --tests"
            )
        from cpt_rules.commands.coverage_tests import tested

        return tested(rulesets, scenarios, target, html)
    if scenarios or html:
        raise click.UsageError("--scenarios and --html go with --tests")
    from cpt_rules.claim import Payer
    from cpt_rules.commands.standing import knowledge

    ruleset = load(rulesets)
    known(codes, ruleset.profiles, "code", "CODE", "; no profile is about it")
    for payer in payers:
        known_payer(payer, ruleset)
    on = date or dt.date.today()
    about = {id: knowledge(ruleset, on, Payer(id=id), client)[0] for id in payers or ruleset.payers}
    record = survey(ruleset, tuple(codes) or tuple(sorted(ruleset.profiles)), about, on)
    with Output() as output:
        if target == "json":
            output.text(json.dumps(record, ensure_ascii=False))
        else:
            for line in told(record):
                output.text(line)
    return 0


def survey(ruleset: Ruleset, codes: Sequence[str], about: dict[str, Knowledge], on: dt.date) -> dict[str, Any]:
    """Codes by facts by payers as one record, and what is known of the edits for each payer."""
    from cpt_rules.commands.standing import of_payer, of_profile, payer_facts, policies, profile_facts

    facts = profile_facts(ruleset)
    found = [
        {
            "code": code,
            "label": ruleset.profiles[code].label,
            "facts": {
                fact: {payer: _cell(of_profile(each, code, fact)) for payer, each in about.items()} for fact in facts
            },
        }
        for code in codes
    ]
    return {
        "date": on.isoformat(),
        "ruleset": {"version": ruleset.version, "hash": ruleset.hash},
        "codes": found,
        "payers": {
            fact: {payer: _cell(of_payer(each, fact)) for payer, each in about.items()} for fact in payer_facts(ruleset)
        },
        "edits": {payer: policies(each) for payer, each in about.items()},
    }


def _cell(standing: Standing) -> dict[str, Any]:
    return {
        "status": standing.status,
        "value": standing.value if standing.status == "known" else None,
        "sources": list(standing.sources),
        "overlays": list(standing.overlays),
        "undecided": list(standing.undecided),
    }


# ---- for people ----------------------------------------------------------------------------------------------------


def told(record: dict[str, Any]) -> Iterator[str]:
    """The survey as tables of at most 100 columns."""
    payers = list(record["edits"])
    yield f"On {record['date']}, ruleset {record['ruleset']['version']}."
    yield "known: has a value; placeholder: named, but not available; missing: not named in the profile."
    yield "(+) an overlay says it for this payer; (*) one says it for a plan or line of business only."
    for code in record["codes"]:
        yield ""
        yield f"{code['code']}  {code['label'] or ''}".rstrip()
        yield from _table(code["facts"], payers)
    if record["payers"]:
        yield ""
        yield "about the payers"
        yield from _table(record["payers"], payers)
    yield ""
    yield "in all"
    for start in range(0, len(payers), _COLUMNS):
        some = payers[start : start + _COLUMNS]
        yield _row("", some)
        for status in ("known", "placeholder", "missing"):
            yield _row(f"facts {status}", [str(_count(record, payer, status)) for payer in some])
        for word, meaning in (("run", "edits that run"), ("off", "edits off"), ("unknown", "edits: policy unknown")):
            yield _row(meaning, [str(len(record["edits"][payer][word])) for payer in some])


def _table(facts: dict[str, dict[str, Any]], payers: Sequence[str]) -> Iterator[str]:
    """Facts by payers, then which sources the known ones rest on."""
    for start in range(0, len(payers), _COLUMNS):
        some = payers[start : start + _COLUMNS]
        yield _row("", some)
        for fact, cells in facts.items():
            yield _row(fact, [_word(cells[payer]) for payer in some])
    by_source: dict[str, list[str]] = {}
    for fact, cells in facts.items():
        for source in dict.fromkeys(source for cell in cells.values() for source in cell["sources"]):
            by_source.setdefault(source, []).append(fact)
    for source, named in by_source.items():
        text = f"source {source}: {', '.join(named)}"
        yield textwrap.fill(text, 100, initial_indent="  ", subsequent_indent="    ", break_on_hyphens=False)


def _row(head: str, cells: Sequence[str]) -> str:
    return ("  " + f"{head:<24}" + "".join(f"{cell:<14}" for cell in cells)).rstrip()


def _word(cell: dict[str, Any]) -> str:
    return str(cell["status"]) + (" (+)" if cell["overlays"] else "") + (" (*)" if cell["undecided"] else "")


def _count(record: dict[str, Any], payer: str, status: str) -> int:
    return sum(cells[payer]["status"] == status for code in record["codes"] for cells in code["facts"].values())
