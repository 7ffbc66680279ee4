"""The rulesets as HTML, each line marked with what the tests reach of it: pages that need nothing but themselves."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

from cpt_rules.commands.coverage_tests import counted, percent, summary
from cpt_rules.testing.covered.points import KINDS

if TYPE_CHECKING:
    from cpt_rules.ruleset.ruleset import Ruleset
    from cpt_rules.testing.covered.coverage import Coverage, Measured

_STYLE = """
:root { color-scheme: light dark; --all: #1a7f37; --some: #9a6700; --none: #cf222e; --quiet: #6e7781; --line: #8884 }
@media (prefers-color-scheme: dark) { :root { --all: #3fb950; --some: #d29922; --none: #f85149; --quiet: #8b949e } }
body { font: 15px/1.45 system-ui, sans-serif; margin: 2em auto; max-width: 110em; padding: 0 1em }
table { border-collapse: collapse } th, td { text-align: left; padding: .15em .8em .15em 0; vertical-align: top }
th { border-bottom: 1px solid var(--line); font-weight: 600 } td.n { text-align: right }
.source td { font: 13px/1.5 ui-monospace, monospace; padding: 0 .8em 0 0 }
.source td.code { white-space: pre-wrap } .source td.no { color: var(--quiet); text-align: right }
.source td.code { border-left: 4px solid transparent; padding-left: .6em; width: 60% }
.source tr.all td.code { border-color: var(--all) } .source tr.some td.code { border-color: var(--some) }
.source tr.none td.code { border-color: var(--none) }
.source td.note { font: 12px/1.5 system-ui, sans-serif; color: var(--quiet) }
.missed { color: var(--none) } .all { color: inherit } summary { cursor: pointer }
""".strip()
_LEGEND = (
    "Green: everything that stands in the line is reached; yellow: some of it; red: nothing. "
    "A line without a colour holds nothing that a test could reach."
)


def pages(ruleset: Ruleset, coverage: Coverage) -> Iterator[tuple[str, str]]:
    """File names and texts: ``index.html``, and a page for each file of the ruleset in which something may be reached."""
    by_file: dict[str, list[Measured]] = {}
    for each in coverage.measured:
        by_file.setdefault(each.point.mark.path, []).append(each)
    names = page_names(sorted(by_file))
    yield "index.html", _index(ruleset, coverage, by_file, names)
    for path, name in names.items():
        yield name, _page(path, by_file[path])


def page_names(paths: Sequence[str]) -> dict[str, str]:
    """A file name for the page of each path: what of it is not common to all, in letters, digits and hyphens."""
    full = [os.path.abspath(path) for path in paths]
    try:
        common = os.path.commonpath([os.path.dirname(path) for path in full])
    except ValueError:  # on different drives, or no path at all
        common = ""
    names: dict[str, str] = {}
    for number, path in enumerate(paths, 1):
        own = full[number - 1].removeprefix(common)
        plain = re.sub(r"[^A-Za-z0-9]+", "-", os.path.splitext(own)[0]).strip("-").lower() or "file"
        name = f"{plain}.html"
        taken = name in names.values() or name == "index.html"
        names[path] = f"{plain}-{number}.html" if taken else name
    return names


def _html(title: str, body: str) -> str:
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(title)}</title>\n<style>\n{_STYLE}\n</style>\n</head>\n<body>\n{body}\n</body>\n</html>"
    )


# ---- the list of files ---------------------------------------------------------------------------------------------


def _index(ruleset: Ruleset, coverage: Coverage, by_file: dict[str, list[Measured]], names: dict[str, str]) -> str:
    rows = [_row([escape(KINDS[kind])], [(reached, of)]) for kind, (reached, of) in coverage.totals().items()]
    files = []
    for path, name in names.items():
        found = by_file[path]
        link = f'<a href="{escape(name)}">{escape(path)}</a>'
        files.append(_row([link], [(sum(each.reached for each in found), len(found))]))
    failed = "".join(f"<li>{escape(name)}</li>" for name in coverage.failed)
    return _html(
        "What the tests reach",
        f"<h1>What the tests reach</h1>\n<p>{escape(summary(ruleset, coverage))}</p>\n"
        + (
            f'<p class="missed">These fail; what they reach is counted all the same:</p><ul>{failed}</ul>\n'
            * bool(failed)
        )
        + f"<table>\n{_head('')}\n{chr(10).join(rows)}\n</table>\n<h2>Files</h2>\n"
        f"<table>\n{_head('file')}\n{chr(10).join(files)}\n</table>",
    )


def _head(first: str) -> str:
    return f"<tr><th>{first}</th><th>reached</th><th>of</th><th></th></tr>"


def _row(cells: Sequence[str], counts: Sequence[tuple[int, int]]) -> str:
    """Cells are HTML already."""
    numbers = "".join(
        f'<td class="n">{reached:,}</td><td class="n">{of:,}</td>'
        f'<td class="n{"" if reached == of else " missed"}">{percent(reached, of)}</td>'
        for reached, of in counts
    )
    return f"<tr>{''.join(f'<td>{cell}</td>' for cell in cells)}{numbers}</tr>"


# ---- one file ------------------------------------------------------------------------------------------------------


def _page(path: str, found: Sequence[Measured]) -> str:
    by_line: dict[int, list[Measured]] = {}
    for each in found:
        by_line.setdefault(each.point.line, []).append(each)
    text = Path(path).read_text(encoding="utf-8-sig", errors="replace")
    rows = [_line(number, line, by_line.get(number, ())) for number, line in enumerate(text.split("\n"), 1)]
    reached = sum(each.reached for each in found)
    return _html(
        path,
        f'<p><a href="index.html">What the tests reach</a></p>\n<h1>{escape(path)}</h1>\n'
        f"<p>{reached:,} of {len(found):,} reached. {_LEGEND}</p>\n"
        f'<table class="source">\n{chr(10).join(rows)}\n</table>',
    )


def _line(number: int, text: str, found: Sequence[Measured]) -> str:
    if not found:
        return f'<tr><td class="no">{number}</td><td class="code">{escape(text)}</td><td class="note"></td></tr>'
    reached = sum(each.reached for each in found)
    status = "all" if reached == len(found) else "some" if reached else "none"
    return (
        f'<tr class="{status}" id="L{number}"><td class="no">{number}</td><td class="code">{escape(text)}</td>'
        f'<td class="note">{_notes(found, reached)}</td></tr>'
    )


def _notes(found: Sequence[Measured], reached: int) -> str:
    """What is not reached in the open, the rest with its tests behind a mark."""
    missed = [f'<div class="missed">not reached: {_what(each)}</div>' for each in found if not each.reached]
    there = [f"<div>{_what(each)}: {_tests(each)}</div>" for each in found if each.reached]
    if there:
        there = [f"<details><summary>{reached} reached</summary>{''.join(there)}</details>"]
    return "".join([*missed, *there])


def _what(each: Measured) -> str:
    return escape(f"{each.point.kind} {each.point.what}")


def _tests(each: Measured) -> str:
    more = each.count - len(each.tests)
    alone = f" (the only one that holds in {each.alone})" if each.point.kind == "branch" else ""
    listed = ", ".join(map(escape, each.tests)) + (f" and {more} more" if more else "")
    return f"{counted(each.count, 'test')}{alone}: {listed}"
