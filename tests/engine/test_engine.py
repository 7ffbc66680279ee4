"""The engine as an object: what it takes, and that it never changes."""

from __future__ import annotations

import datetime as dt
import pickle
from pathlib import Path
from typing import Any

import pytest

from cpt_rules import Engine
from tests.kinds import KINDS
from tests.small import AS_OF, claims, small_ruleset


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"ruleset": "rulesets"}, "ruleset must be a Ruleset, as load_ruleset.. gives it, not str"),
        ({"as_of": "2026-01-06"}, "as_of must be a datetime.date, not str"),
        ({"as_of": dt.datetime(2026, 1, 6)}, "as_of must be a datetime.date, not datetime"),
        ({"select": "code.known"}, "select must be a collection of edits, such as a list, not str"),
        ({"ignore": "code.known"}, "ignore must be a collection of edits, such as a list, not str"),
        ({"ignore": [1]}, "ignore must name edits in text .str., not int"),
        ({"client": 7}, "client must be text .str., not int"),
    ],
)
def test_an_argument_of_another_type_is_refused(tmp_path: Path, given: dict[str, Any], message: str) -> None:
    with pytest.raises(TypeError, match=f"^{message}$"):
        Engine(**({"ruleset": small_ruleset(tmp_path)} | given))


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"client": "acmee"}, "no overlay is for the client `acmee`; did you mean `acme`?"),
        ({"select": ["code.knwn"]}, "unknown edit `code.knwn`; did you mean `code.known`?"),
        ({"kind": "forward"}, "unknown kind of engine `forward`; one of: direct, reference, rete"),
    ],
)
def test_a_name_that_means_nothing_is_refused(tmp_path: Path, given: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError) as error:  # noqa: PT011
        Engine(small_ruleset(tmp_path), **given)
    assert str(error.value) == message


@pytest.mark.parametrize("kind", KINDS)
def test_an_engine_never_changes_and_survives_pickling(tmp_path: Path, kind: Any) -> None:
    engine = Engine(small_ruleset(tmp_path), kind=kind, as_of=AS_OF, client="acme", ignore=["code.known"])
    for name in ("ruleset", "kind", "client", "as_of", "edits", "_direct", "other"):
        with pytest.raises(AttributeError):
            setattr(engine, name, None)
    with pytest.raises(AttributeError):
        del engine.as_of
    again = pickle.loads(pickle.dumps(engine))
    for claim in claims():
        assert again.scrub(claim).findings == engine.scrub(claim).findings
