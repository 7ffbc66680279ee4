"""What the documentation shows is what the program does today."""

from __future__ import annotations

import importlib.util
import re
import sys
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[2]


def _script(name: str) -> ModuleType:
    """A script of `docs/` as a module."""
    spec = importlib.util.spec_from_file_location(f"docs_{name}", ROOT / "docs" / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


generate = _script("generate")
PAGES = {str(page.relative_to(ROOT)): page for page in generate.pages()}


@pytest.mark.parametrize("name", PAGES)
def test_output_in_a_page_is_what_the_program_prints(name: str):
    text = PAGES[name].read_text(encoding="utf-8")
    assert generate.renewed(text) == text, f"{name} is out of date; run: python docs/generate.py"


@pytest.mark.parametrize("name", [*PAGES, "CHANGELOG.md", "CONTRIBUTING.md"])
def test_links_lead_somewhere(name: str):
    page = ROOT / name
    for target in re.findall(r"\]\(([^)#]+)\)", page.read_text(encoding="utf-8")):
        if "://" not in target:
            assert (page.parent / target).exists(), target


def test_the_readme_has_two_commands_of_one_line_each():
    blocks = re.findall(r"```sh\n(.*?)```", (ROOT / "README.md").read_text(encoding="utf-8"), re.DOTALL)
    scrub, test = blocks[:2]
    for command in (scrub, test):
        assert command.count("\n") == 1
        assert command.startswith("python3 -m venv ")
    assert "cpt-rules scrub examples/claims.837" in scrub
    assert '".[test]"' in test
    assert test.rstrip().endswith("-m pytest")


@pytest.mark.parametrize("name", ["LICENSE", "NOTICE", "README.md", "CHANGELOG.md", "CONTRIBUTING.md", *PAGES])
def test_no_page_has_an_absolute_path(name: str):
    text = (ROOT / name).read_text(encoding="utf-8")
    assert not re.search(r"(?<![\w.:/])/(home|root|tmp|work|Users|usr|opt)/", text)


def test_part_of_an_output_starts_and_ends_where_it_says():
    lines = ["a 1", "b 2", "c 3", "d 4"]
    assert generate.part(lines, {}) == lines
    assert generate.part(lines, {"from": "b", "before": "d"}) == ["b 2", "c 3"]
    assert generate.part(lines, {"until": "b"}) == ["a 1", "b 2"]
    with pytest.raises(LookupError, match="no line with 'x'"):
        generate.part(lines, {"from": "x"})
