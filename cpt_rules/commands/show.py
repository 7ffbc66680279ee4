"""`cpt-rules show`: one edit, code profile, set, source, payer, overlay or fact, as it stands."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Iterator
from typing import TYPE_CHECKING, Any

import click

from cpt_rules.commands.common import day, known_payer, load, rulesets_option
from cpt_rules.commands.output import Output

if TYPE_CHECKING:
    from cpt_rules.ruleset.knowledge import Knowledge
    from cpt_rules.ruleset.ruleset import Ruleset


@click.command("show", short_help="Show one edit, code profile, set, source or payer.")
@click.argument("name", metavar="EDIT-OR-CODE")
@rulesets_option
@click.option("--date", type=day, metavar="DATE", help="As it stands on this day of service (default: today).")
@click.option("--payer", metavar="ID", help="As it stands for this payer, with the overlays that concern it.")
@click.option("--line-of-business", metavar="NAME", help="The payer's line of business, such as commercial.")
@click.option("--plan", metavar="ID", help="The payer's plan.")
@click.option("--client", metavar="ID", help="With the overlays of this client.")
def command(name: str, rulesets: tuple[str, ...], **given: Any) -> int:
    """Show one edit, code profile, set, source, payer, overlay or fact, as it stands on a day and for a payer.

    \b
    Examples:
      cpt-rules show clia.present
      cpt-rules show 86329 --date 2025-06-30
      cpt-rules show clia.present --payer uhc --line-of-business commercial
      cpt-rules show cms.clfs.2025q2
    """
    ruleset = load(rulesets)
    about = _about(ruleset, **given)
    found = [line for ids, render in _kinds(ruleset) if name in ids for line in ("", *render(about, name))]
    if not found:
        raise click.UsageError(_unknown(ruleset, name))
    with Output() as output:
        output.text("\n".join(found[1:]))
    return 0


def _about(
    ruleset: Ruleset,
    date: dt.date | None,
    payer: str | None,
    line_of_business: str | None,
    plan: str | None,
    client: str | None,
) -> Knowledge:
    from cpt_rules.claim import Payer
    from cpt_rules.commands.standing import knowledge

    if payer is not None:
        known_payer(payer, ruleset)
    elif line_of_business is not None or plan is not None:
        raise click.UsageError("--line-of-business and --plan say which part of a payer; give --payer too")
    named = Payer(id=payer, line_of_business=line_of_business, plan=plan)
    return knowledge(ruleset, date or dt.date.today(), named if payer or client else None, client)[0]


def _kinds(ruleset: Ruleset) -> list[tuple[Collection[str], Callable[[Knowledge, str], Iterator[str]]]]:
    """The ids of each kind of document, and what shows one."""
    from cpt_rules.commands import show_documents as documents
    from cpt_rules.commands.show_edit import edit

    former = [name for each in ruleset.edits.values() for name in each.formerly]
    return [
        ((*ruleset.edits, *former), edit),
        (ruleset.profiles, documents.profile),
        (ruleset.sets, documents.code_set),
        (ruleset.payers, documents.payer),
        (ruleset.sources, documents.source),
        ([overlay.overlay.text for overlay in ruleset.overlays], documents.overlay),
        (ruleset.facts, documents.fact),
    ]


def _unknown(ruleset: Ruleset, name: str) -> str:
    from cpt_rules.language.problems import did_you_mean, shown

    names = {each for ids, _ in _kinds(ruleset) for each in ids}
    hint = did_you_mean(
        name, names, "; see `cpt-rules coverage` for the codes, `cpt-rules check` for how much there is"
    )
    return f"nothing is called {shown(name)}{hint}"
