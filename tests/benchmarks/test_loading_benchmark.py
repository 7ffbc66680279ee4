"""The benchmark of loading runs, at sizes that say nothing about speed; and big rulesets load at all."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest

from cpt_rules import load_ruleset

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def loading() -> ModuleType:
    spec = importlib.util.spec_from_file_location("loading_benchmark", ROOT / "benchmarks" / "loading.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def test_the_benchmark_compares_with_plain_reading_of_the_same_files(
    loading: ModuleType, capsys: pytest.CaptureFixture[str]
) -> None:
    assert loading.main(["--profiles", "5", "--rounds", "1"]) == 0
    said = capsys.readouterr().out
    assert "5 profiles" in said
    assert "the bundled rulesets" in said
    assert said.count("times that; at most") == 2


def test_a_generated_ruleset_has_its_profiles(loading: ModuleType, tmp_path: Path) -> None:
    (tmp_path / "profiles.yaml").write_text(loading.generated(300), encoding="utf-8")
    assert len(load_ruleset(tmp_path).profiles) == 300
