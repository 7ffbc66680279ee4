"""The pytest plugin: `pytest rulesets/` runs the tests inside rulesets, and the claim scenarios, as items of their own.

Loaded with every run of pytest, so that nothing is imported here; the rest comes with the first file that is one of
ours (see `cpt_rules.testing.recognise`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

#: The setting of pytest that names rulesets; one a line, each what `cpt-rules test` would be given.
SETTING = "cpt_rulesets"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Registers the setting."""
    parser.addini(
        SETTING,
        type="linelist",
        default=[],
        help="Rulesets whose inline tests are collected, one a line: the folders that make one ruleset together, "
        "`bundled` for the bundled rulesets. Without it every YAML file with edits or overlays is collected.",
    )


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """A collector of a ruleset file or a scenario file; nothing for any other."""
    if file_path.suffix not in (".yaml", ".yml"):
        return None
    from cpt_rules.testing.recognise import recognised

    kind = recognised(file_path)
    if kind is None:
        return None
    from cpt_rules.testing.items import collector

    return collector(kind, file_path, parent)
