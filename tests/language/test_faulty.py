"""Faulty rulesets, one mistake each: every message is asserted whole, with its file, line and column.

`faulty/NAME.yaml` (or the files of `faulty/NAME/`) is read together with the small valid ruleset in `base/`;
`faulty/NAME.expected` holds everything that is then said.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from cpt_rules.language.problems import RulesetError
from cpt_rules.ruleset.load import load_ruleset

HERE = Path(__file__).parent
FAULTY = HERE / "faulty"
CASES = sorted(path.name for path in FAULTY.iterdir() if path.suffix != ".expected")


def said_of(name: str) -> str:
    """What is said of a faulty ruleset read from its own folder, one problem a line."""
    with pytest.raises(RulesetError) as caught:
        load_ruleset(HERE / "base", name)
    return f"{caught.value}\n"


@pytest.mark.parametrize("name", CASES)
def test_a_mistake_is_named_with_its_place_and_what_would_be_right(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(FAULTY)
    assert said_of(name) == (FAULTY / name).with_suffix(".expected").read_text(encoding="utf-8")


def test_every_expectation_has_its_ruleset() -> None:
    expectations = {path.stem for path in FAULTY.glob("*.expected")}
    assert expectations == {Path(name).stem for name in CASES}


def test_the_ruleset_that_faulty_ones_are_read_with_is_valid() -> None:
    assert set(load_ruleset(HERE / "base").edits) == {"charges.balance", "clia.present", "code.present"}


@pytest.mark.parametrize("name", CASES)
def test_a_message_is_short_and_free_of_jargon(name: str) -> None:
    for line in (FAULTY / name).with_suffix(".expected").read_text(encoding="utf-8").splitlines():
        place, message = re.fullmatch(r"([^:]+:\d+:\d+): (.+)", line).groups()  # type: ignore[union-attr]
        assert len(message) <= 170
        assert not re.search(
            r"(?i)(?<![.])\b(flow|scalar|node|token|parser|exception|yaml|mapping|block|stream)\b", message
        )
        assert not message.endswith(".")
        assert not Path(place).is_absolute()
