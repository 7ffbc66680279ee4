"""What several commands share: options, loading a ruleset, and complaints about names with a did-you-mean."""

from __future__ import annotations

import datetime as dt
import gc
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

import click
from attrs import evolve

from cpt_rules.commands.output import complain
from cpt_rules.formats import is_date

if TYPE_CHECKING:
    from cpt_rules.claim import Claim
    from cpt_rules.readers import Layout
    from cpt_rules.ruleset.ruleset import Ruleset

F = TypeVar("F", bound=Callable[..., Any])


def day(value: str) -> dt.date:
    """The type of an option that takes a day, written 2026-01-31."""
    if not is_date(value):
        raise click.BadParameter(f"{value!r} is not a date; write it as 2026-01-31")
    return dt.date.fromisoformat(value)


def folder(value: str) -> str:
    """The type of an option that takes a folder; an empty name, as of a variable that is not set, is none."""
    if not value:
        raise click.BadParameter("names no folder")
    return value


def rulesets_option(function: F) -> F:
    return click.option(
        "--rulesets",
        multiple=True,
        metavar="DIR",
        help="Rulesets to use instead of the bundled ones; repeatable. The word `bundled` stands for the bundled ones.",
    )(function)


def tables_option(function: F) -> F:
    return click.option(
        "--tables", type=folder, metavar="DIR", help="Imported reference tables; without it the starter tables answer."
    )(function)


def mapping_option(function: F) -> F:
    return click.option(
        "--mapping", metavar="FILE", help="A mapping file: which column of CSV or Parquet fills which field of a claim."
    )(function)


def layout(mapping: str | Layout | None, source: str) -> Layout | None:
    """The layout of a mapping file; where it is faulty it is said on standard error and the command ends with 2."""
    if not isinstance(mapping, str):
        return mapping
    from cpt_rules.readers import MappingError, load_mapping

    if source not in ("auto", "csv", "parquet"):
        raise click.BadParameter(f"a mapping names columns; {source} has none", param_hint="'--mapping'")
    try:
        return load_mapping(mapping)
    except MappingError as error:
        for problem in error.problems:
            complain(str(problem))
        raise click.exceptions.Exit(2) from None


def load(paths: Sequence[str], tables: str | None = None) -> Ruleset:
    """The linked ruleset with its tables; where one is faulty it is said on standard error and the command ends with 2."""
    from cpt_rules.language.problems import RulesetError
    from cpt_rules.ruleset.load import load_ruleset
    from cpt_rules.tables.manifest import TableError

    gc.disable()  # a ruleset is all kept: there is no garbage to look for, while it is made or later
    try:
        return load_ruleset(*paths, tables=tables)
    except TableError as error:
        complain(str(error))
        raise click.exceptions.Exit(2) from None
    except RulesetError as error:
        for problem in error.problems:
            complain(str(problem))
        raise click.exceptions.Exit(2) from None
    finally:
        gc.freeze()
        gc.enable()


def known(names: Iterable[str], among: Iterable[str], what: str, option: str, otherwise: str = "") -> None:
    """Raises a usage error that names every one of `names` that is not `among` what there is, with a did-you-mean."""
    from cpt_rules.language.problems import did_you_mean, shown

    there = frozenset(among)
    wrong = [
        f"unknown {what} {shown(name)}{did_you_mean(name, there, otherwise)}" for name in names if name not in there
    ]
    if wrong:
        raise click.BadParameter("; ".join(wrong), param_hint=f"'{option}'")


def known_payer(id: str, ruleset: Ruleset) -> None:
    """Raises a usage error where no payer document has this id, nor this identifier."""
    from cpt_rules.ruleset.payers import PayerIndex

    known([id], PayerIndex.of(ruleset).ids, "payer", "--payer")


def overridden(claim: Claim, payer: str) -> Claim:
    """The claim as one of another payer. What spoke for its own goes, so that nothing contradicts; the state stays."""
    other = evolve(claim.payer, id=payer, name=None, filing=None, line_of_business=None, plan=None)
    return evolve(claim, payer=other)
