"""What docs/explain.md says can be run and is so."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from cpt_rules.explanation.records import explanation_schema

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "explain.md").read_text(encoding="utf-8")


def test_the_program_of_the_page_runs(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    (program,) = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    monkeypatch.chdir(ROOT)
    exec(compile(program, "explain.md", "exec"), {})
    assert capsys.readouterr().out.splitlines() == [
        "PCN-1002 clia.present claim.clia none → 05D0123456 ",
        "PCN-1003 qw.allowed line 1: line.modifiers QW → none only if the record agrees that QW does not belong on the line",
        "PCN-1004 modifier.professional-component line 1: line.modifiers 26 → none "
        "only if the record agrees that 26 does not belong on the line",
        "PCN-1005 clia.reference-laboratory line 1: line.referring_clia none → 05D7654321 ",
        "PCN-1006 pos.hospital-laboratory claim.pos 21 → 81 only if the record shows that place",
    ]


def test_the_page_names_every_key_of_the_json() -> None:
    named = set(re.findall(r"`([a-z_]+)`", PAGE.partition("## As JSON")[2]))
    schema = explanation_schema()
    edit = schema["properties"]["edits"]["items"]
    proposal = edit["properties"]["proposals"]["items"]
    parts = [schema, edit, proposal]
    parts += [edit["properties"][name]["items"] for name in ("conditions", "changes", "tables")]
    parts.append(proposal["properties"]["changes"]["items"])
    assert {key for part in parts for key in part["properties"]} - named == set()
