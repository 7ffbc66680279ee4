"""Imports point one way, and a third-party name stands in one place."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parent.parent / "cpt_rules"
LAYERS = (
    ("formats", "checked", "claim", "lazily"),
    ("reading",),
    ("derived",),
    ("days",),
    ("fields",),
    ("finding",),
    ("language",),
    ("tables",),
    ("ruleset",),
    ("engine",),
    ("readers", "writers"),
    ("explanation",),
    ("testing",),
    ("__init__",),
    ("commands",),
    ("cli", "__main__"),
)
RANK = {name: rank for rank, layer in enumerate(LAYERS) for name in layer}
ONLY = {
    "yaml": ("language/read.py", "language/syntax.py"),
    "pyarrow": ("tables/arrow.py", "readers/flat_parquet.py", "writers/parquet.py"),
    "openpyxl": ("tables/cms/workbook.py",),
    "durable_rules_engine": ("engine/rete_network.py",),
    "click": ("cli.py", "commands/"),
    "cattrs": ("language/parse.py", "readers/"),
}
MODULES = sorted(PACKAGE.rglob("*.py"))


def imported(module: Path) -> set[str]:
    """The dotted names that a module imports, wherever in it."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def layer(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


@pytest.mark.parametrize("module", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_a_module_imports_only_from_its_layer_and_those_below(module: Path) -> None:
    for name in imported(module):
        parts = name.split(".")
        if parts[0] == "cpt_rules":
            below = parts[1] if len(parts) > 2 or parts[1] in RANK else "__init__"
            assert RANK[below] <= RANK[layer(module)], f"{module.name} imports {name}"


@pytest.mark.parametrize("package", sorted(ONLY))
def test_a_library_is_imported_in_its_place_only(package: str) -> None:
    users = [str(m.relative_to(PACKAGE)) for m in MODULES if any(n.split(".")[0] == package for n in imported(m))]
    assert users
    assert [user for user in users if not user.startswith(ONLY[package])] == []
