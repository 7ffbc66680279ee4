"""The command line: `cpt-rules COMMAND`. Commands live in `cpt_rules.commands`, imported when they are called.

Exit status: 0 nothing reached --fail-on, 1 something did, 2 faulty rulesets or options, 3 unreadable input, 4 output
that could not be written, 130 and 143 on signals. No mistake of a user ends in a traceback.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Sequence
from difflib import get_close_matches
from typing import Any

import click

from cpt_rules import __version__
from cpt_rules.commands.output import CannotWrite, PipeClosed, complain
from cpt_rules.commands.signals import Terminated, unwinding

#: Command → what it does in a few words, so that `--help` imports none of them.
_COMMANDS = {
    "scrub": "Read claims, report findings.",
    "check": "Load, link and lint rulesets; name every problem with its place.",
    "test": "Run the tests inside the rulesets.",
    "mutate": "Say which small changes of the rules no inline test would notice.",
    "explain": "Say why each edit did or did not fire on a line.",
    "show": "Show one edit, code profile, set, source or payer.",
    "diff": "Say what changes between two rulesets, and on which claims.",
    "coverage": "Show what is known of each code for each payer, or what the tests reach (--tests).",
    "tables": "Import, list and verify reference tables.",
    "schema": "Print the JSON Schema of rule documents, claims and findings.",
}


class _Commands(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _COMMANDS:
            return None
        module = importlib.import_module(f"cpt_rules.commands.{cmd_name}")
        command: click.Command = module.command
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and args[0] not in _COMMANDS and not args[0].startswith("-"):
            near = get_close_matches(args[0], _COMMANDS, n=1)
            meant = f"did you mean {near[0]!r}?" if near else f"one of: {', '.join(_COMMANDS)}"
            raise click.UsageError(f"no such command {args[0]!r}; {meant}", ctx)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(_COMMANDS.items()))

    def main(  # type: ignore[override]
        self, args: Sequence[str] | None = None, prog_name: str | None = None, **extra: Any
    ) -> None:
        """Runs the command and ends the process with its exit status."""
        extra.pop("standalone_mode", None)
        try:
            with unwinding():
                status = super().main(args, "cpt-rules", standalone_mode=False, **extra)
        except click.ClickException as fault:
            fault.show()
            status = 2
        except PipeClosed as closed:
            status = closed.status
        except CannotWrite as fault:
            complain(f"cpt-rules: {fault}")
            status = 4
        except (click.Abort, KeyboardInterrupt) as end:
            status = 143 if isinstance(end.__cause__ or end, Terminated) else 130
        sys.exit(status if isinstance(status, int) else 0)


@click.command(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, message="%(prog)s %(version)s")
def main() -> None:
    """Scrub medical claims: for each line what passes, warns and fails, why, on whose authority, and what to do.

    \b
    Examples:
      cpt-rules scrub claims.837
      cpt-rules scrub claims.837 --format jsonl -o findings.jsonl
      cpt-rules show clia.present
      cpt-rules check my/rulesets
    """
