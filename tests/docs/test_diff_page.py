"""What `docs/diff.md` shows of Python runs, and prints what the page for people says."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from cpt_rules.commands.diff import command

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "diff.md").read_text(encoding="utf-8")


def test_the_python_of_the_page_says_what_its_worked_example_says(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(ROOT)
    (code,) = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    exec(compile(code, "docs/diff.md", "exec"), {})
    lines = capsys.readouterr().out.splitlines()
    documents = [line.split(" (")[0] for line in lines if not line[0].isdigit()]
    example = PAGE.partition("<!-- output: ")[2].partition("<!-- end -->")[0]
    assert documents == [each.replace(":", "") for each in re.findall(r"^\w+ [\w.-]+: added$", example, re.MULTILINE)]
    outcomes = [line.removeprefix("7 ").removeprefix("None ").removeprefix("1 ") for line in lines if line[0].isdigit()]
    shown = re.findall(r"^    ([a-z0-9.-]+): ([a-z ]+) → ([a-z ]+)$", example, re.MULTILINE)
    assert [line.split(" [")[0] for line in outcomes] == [" ".join(each) for each in shown]


def test_the_page_names_every_option() -> None:
    named = {option for each in command.params for option in each.opts if option.startswith("--")}
    assert {each for each in named if each not in PAGE} <= {"--format", "--output", "--progress"}
