"""`cpt-rules check`: is there anything wrong with these rulesets?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from cpt_rules.commands.output import Output

if TYPE_CHECKING:
    from cpt_rules.ruleset.ruleset import Ruleset


@click.command("check", short_help="Load, link and lint rulesets; name every problem with its place.")
@click.argument("directories", nargs=-1, metavar="[DIR]...")
def command(directories: tuple[str, ...]) -> int:
    """Load, link and lint rulesets, and name every problem as path:line:column.

    Without DIR the bundled rulesets are checked. The word `bundled` stands for them, so that own overlays can be
    checked on top of them. Exit status: 0 no problem, 2 there are some.

    \b
    Examples:
      cpt-rules check
      cpt-rules check my/rulesets
      cpt-rules check bundled my/overlays
    """
    from cpt_rules.language.problems import RulesetError
    from cpt_rules.ruleset.lint import lint
    from cpt_rules.ruleset.load import load_ruleset

    with Output() as output:
        try:
            ruleset = load_ruleset(*directories)
            problems = sorted(lint(ruleset))
        except RulesetError as error:
            output.text("\n".join(map(str, error.problems)))
            output.text(_many(len(error.problems), "problem"))
            return 2
        if problems:
            output.text("\n".join(map(str, problems)))
        found = _many(len(problems), "problem") if problems else "no problems"
        output.text(f"{contents(ruleset)}: {found}")
    return 2 if problems else 0


def contents(ruleset: Ruleset) -> str:
    """What a ruleset is made of: ``"117 documents, 40 edits, …"``."""
    kinds = {
        "edit": len(ruleset.edits),
        "profile": len(ruleset.profiles),
        "set": len(ruleset.sets),
        "fact": len(ruleset.facts),
        "payer": len(ruleset.payers),
        "overlay": len(ruleset.overlays),
        "source": len(ruleset.sources),
    }
    return ", ".join([_many(sum(kinds.values()), "document"), *(_many(n, kind) for kind, n in kinds.items() if n)])


def _many(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'' if count == 1 else 's'}"
