"""`cpt-rules tables`: import, list and verify reference tables."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cpt_rules.commands.common import folder
from cpt_rules.commands.output import Output, complain
from cpt_rules.tables.layout import LAYOUTS, SETTINGS

if TYPE_CHECKING:
    from cpt_rules.tables.manifest import Manifest


@click.group("tables", short_help="Import, list and verify reference tables.")
def command() -> None:
    """Import, list and verify reference tables: what CMS and others publish in bulk, downloaded by you.

    A store is a folder. Its editions of a table live side by side, and the date of service picks.

    \b
    Examples:
      cpt-rules tables import ncci-ptp ccipra-v322r0-f?.zip --tables tables
      cpt-rules tables list --tables tables
      cpt-rules tables verify --tables tables
    """


def _store_option(function: Callable[..., Any]) -> Callable[..., Any]:
    return click.option("--tables", "root", type=folder, required=True, metavar="DIR", help="The folder of the store.")(
        function
    )


_KINDS = "\n".join(f"  {kind:<19}{layout.title}" for kind, layout in LAYOUTS.items())
_IMPORT_HELP = f"""Read the files of one edition, as their publisher ships them (zip, txt, csv, xlsx), into the store.

Descriptors are left out. A file that is not as expected is refused with its place, and the store stays as it was.
Importing the same files again changes nothing. Exit status: 0 imported, 2 refused.

\b
KIND is one of:
{_KINDS}

\b
Examples:
  cpt-rules tables import ncci-ptp ccipra-v322r0-f?.zip --tables tables
  cpt-rules tables import ncci-mue MCR_MUE_PractitionerServices_Eff_07-01-2026.csv --tables tables
  cpt-rules tables import pos codes.csv --edition 2026 --tables tables
"""


@command.command("import", short_help="Read the files of one edition into the store.", help=_IMPORT_HELP)
@click.argument("kind")
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@click.option("--setting", type=click.Choice(SETTINGS), help="Which of its tables it is, where its files do not say.")
@click.option("--edition", metavar="EDITION", help="2026Q3, 2026-07 or 2026, where the files do not say.")
@_store_option
def import_command(kind: str, files: tuple[str, ...], setting: str | None, edition: str | None, root: str) -> int:
    """Imports one edition; the exit status."""
    from cpt_rules.tables.importing import import_table
    from cpt_rules.tables.manifest import TableError

    rows = _Rows()
    try:
        made, changed = import_table(
            kind,
            [Path(file) for file in files],
            root=Path(root),
            setting=setting,
            edition=edition,
            progress=rows.read if rows.wanted else None,
        )
    except TableError as error:
        rows.end()
        complain(str(error))
        return 2
    rows.end()
    with Output() as output:
        output.text(f"{_name(made)}: {_imported(made, changed)}")
    return 0


@command.command("list", short_help="Show what the store has.")
@_store_option
@click.option("--format", "target", type=click.Choice(["text", "json"]), default="text", help="What to write.")
def list_command(root: str, target: str) -> int:
    """Show every edition in the store: in effect from when to when, rows, and the files it came from.

    Exit status: 0, or 2 where a manifest cannot be read; the others are shown.
    """
    from cpt_rules.tables.manifest import TableError, read_manifest
    from cpt_rules.tables.store import manifest_paths

    found: list[Manifest] = []
    status = 0
    try:
        paths = manifest_paths(Path(root))
    except TableError as error:
        complain(str(error))
        return 2
    for path in paths:
        try:
            found.append(read_manifest(path))
        except TableError as error:
            status = 2
            complain(str(error))
    found.sort(key=lambda each: (each.table, each.setting or "", each.effective_from))
    with Output() as output:
        if target == "json":
            records = [{k: v for k, v in each.as_json().items() if k != "places"} for each in found]
            output.text(json.dumps(records, ensure_ascii=False, indent=1))
        elif found or not paths:
            output.text("\n".join(_listed(found)) if found else f"no tables in {root}")
    return status


@command.command("verify", short_help="Check every edition in the store against its check sums.")
@_store_option
def verify_command(root: str) -> int:
    """Check every edition in the store: its check sums, its rows counted anew, and rows that overlap.

    Rows of one key that are in force on the same days are information, not damage: that is how some publishers ship
    them. Exit status: 0 all sound, 2 something is damaged.
    """
    from cpt_rules.tables.manifest import TableError
    from cpt_rules.tables.store import manifest_paths
    from cpt_rules.tables.verify import verify

    status = 0
    try:
        paths = manifest_paths(Path(root))
    except TableError as error:
        complain(str(error))
        return 2
    with Output() as output:
        for path in paths:
            found = verify(path)
            for problem in found.problems:
                status = 2
                output.text(problem)
            if found.manifest is not None and not found.problems:
                output.text(f"{_name(found.manifest)}: {found.manifest.rows:,} rows, sound")
                if found.manifest.folded:
                    output.text(
                        f"  {found.manifest.folded:,} more in its files, each the same as another in every column"
                    )
            for remark in found.remarks:
                output.text(f"  {remark}")
        if not paths:
            output.text(f"no tables in {root}")
    return status


def _name(manifest: Manifest) -> str:
    return " ".join(part for part in (manifest.table, manifest.setting, manifest.edition) if part)


def _imported(manifest: Manifest, changed: bool) -> str:
    if not changed:
        return f"nothing changed, {manifest.rows:,} rows"
    parts = [f"{manifest.rows:,} rows imported"]
    if manifest.folded:
        parts.append(f"{manifest.folded:,} repeated and folded")
    if manifest.refused:
        parts.append(f"{manifest.refused:,} refused")
    return f"{', '.join(parts)}; in effect {manifest.effective_from} to {manifest.effective_to}"


def _listed(manifests: list[Manifest]) -> list[str]:
    """Lines of aligned columns, numbers to the right."""
    lines = [("table", "setting", "edition", "from", "to", "rows", "refused", "publisher", "files")]
    for each in manifests:
        days = each.effective_from.isoformat(), each.effective_to.isoformat()
        files = ", ".join(name for name, _ in each.inputs)
        counts = f"{each.rows:,}", f"{each.refused:,}"
        lines.append((each.table, each.setting or "-", each.edition, *days, *counts, each.publisher, files))
    widths = [max(len(line[place]) for line in lines) for place in range(len(lines[0]))]
    return [
        "  ".join(
            cell.rjust(width) if place in (5, 6) else cell.ljust(width)
            for place, (cell, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in lines
    ]


class _Rows:
    """A count of rows on standard error, after a second, where that is a terminal."""

    def __init__(self) -> None:
        self.wanted = False
        with suppress(AttributeError, ValueError):
            self.wanted = sys.stderr.isatty()
        self._next = time.monotonic() + 1.0
        self._before = self._last = 0
        self._shown = False

    def read(self, count: int) -> None:
        """So many rows of the file that is being read; fewer than before means that it is the next file."""
        if count < self._last:
            self._before += self._last
        self._last = count
        now = time.monotonic()
        if now >= self._next:
            self._next = now + 0.25
            self._shown = True
            self._say(f"\r{self._before + count:,} rows read ")

    def end(self) -> None:
        if self._shown:
            self._say("\n")

    def _say(self, text: str) -> None:
        with suppress(OSError, ValueError):
            sys.stderr.write(text)
            sys.stderr.flush()
