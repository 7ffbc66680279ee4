"""The rete engine beside what every engine is held to: its limits, threads, processes, memory, and what it lets in."""

from __future__ import annotations

import datetime as dt
import os
import pickle
import re
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from unittest.mock import patch

import pytest
from attrs import evolve
from click.testing import CliRunner
from hypothesis import given

from cpt_rules import Claim, Engine, Line, Payer, Ruleset, load_ruleset
from cpt_rules.cli import main
from cpt_rules.engine import rete_bind, rete_judge, rete_rules
from cpt_rules.engine.rete_network import Match, Session, _unimportable
from cpt_rules.language import documents as doc
from cpt_rules.reading import View
from tests.engine.test_agreement import agree, clients, days, known, several
from tests.kinds import needs_rete
from tests.small import AS_OF, RULES, claims, small_ruleset, write_claims, write_rules
from tests.strategies import linked, rulesets

pytestmark = needs_rete
ROOT = Path(__file__).parents[2]
SET = "line.code: 86329"


def engines(ruleset: Ruleset, as_of: dt.date = AS_OF) -> tuple[Engine, Engine]:
    return Engine(ruleset, kind="rete", as_of=as_of), Engine(ruleset, kind="direct", as_of=as_of)


# ---- sessions --------------------------------------------------------------------------------------------------------


@contextmanager
def smallest_sessions() -> Iterator[None]:
    """Every edit, every two lines and every line in a session of its own."""
    with (
        patch.object(rete_judge, "SESSION_FACTS", 1),
        patch.object(rete_judge, "_MANY_LINES", 0),
        patch.object(rete_bind, "_BLOCK", 1),
        patch.object(rete_bind, "_DAY_BLOCK", 1),
    ):
        yield


@given(rulesets(), several, days, clients)
def test_a_claim_may_be_cut_into_sessions_anywhere(
    text: str, claims: Sequence[Claim], as_of: dt.date, client: str | None
) -> None:
    """scrub in one session = scrub in as many sessions as there can be."""
    ruleset = linked(text)
    engine = Engine(ruleset, kind="rete", client=known(client, ruleset), as_of=as_of)
    for claim in claims:
        whole = engine.scrub(claim)
        with smallest_sessions():
            agree(engine.scrub(claim), whole)


PAIRED = (
    RULES
    + """\
---
edit: pair.apart
title: Two of a kind are not sent together
payers: all
each: pair
when: {a.code: $b.code}
require: {a.modifiers any of: $b.modifiers}
severity: fail
disposition: deny
message: "{a.number} {b.number}"
remedy: Look
after: [clia.present]
source: manual
tests:
  - {name: apart, given: {lines: [{line.code: 80053}, {line.code: 80053}]}, expect: fail}
  - {name: one, given: {lines: [{line.code: 80053, line.modifiers: [59]}, {line.code: 80053, line.modifiers: [59]}]}, expect: pass}
---
edit: day.units
title: Not too much of one code
payers: all
each: day
require: {day.units at most: 60}
severity: fail
disposition: deny
message: "{day.units}"
remedy: Look
after: [clia.present]
source: manual
tests:
  - {name: little, given: {line.code: 80053, line.units: 1}, expect: pass}
  - {name: much, given: {line.code: 80053, line.units: 61}, expect: fail}
"""
)


def long_claim(count: int) -> Claim:
    """Many lines of one day and of two, codes in turn, a few of which fail before anything that comes after."""
    codes = ("86329", "80053", "80048", "99213", "80050", "80051", "36415")
    lines = (
        Line(
            number=number,
            code=codes[number % 7],
            date=dt.date(2026, 1, 5 + (number % 50 == 0)),
            units=Decimal(1),
            unit_type="UN",
            clia="05D0123456" if number % 3 else None,
            modifiers=("59",) if number % 5 == 0 else (),
        )
        for number in range(1, count + 1)
    )
    return Claim(id="LONG", type="professional", lines=tuple(lines), payer=Payer(id="01182"))


def test_a_long_claim_is_judged_block_by_block(tmp_path: Path) -> None:
    rete, direct = engines(load_ruleset(write_rules(tmp_path, PAIRED)))
    claim = long_claim(150)
    report = rete.scrub(claim)
    agree(report, direct.scrub(claim))
    assert {each.edit for each in report.findings} >= {"pair.apart", "day.units"}
    assert {each.edit for each in report.silenced} >= {"pair.apart", "day.units"}
    unsure = evolve(claim, unknown=frozenset({"line.date_to"}), lines=claim.lines[:70])
    agree(rete.scrub(unsure), direct.scrub(unsure))


# ---- what reaches the Rete -------------------------------------------------------------------------------------------

NASTY = ('"', "\\", "{", "}", "]", ",", '"}', "\0", "\n", "\ud800", "é", "$s", "sid", "1" * 300, "", " ")


def test_no_text_of_a_claim_reaches_the_rete(tmp_path: Path) -> None:
    rete, direct = engines(load_ruleset(write_rules(tmp_path, PAIRED)))
    stated: list[str] = []
    state = Session.state

    def noted(self: Session, kind: str, **properties: object) -> str:
        stated.extend([kind, *map(str, properties), *map(str, properties.values())])
        return state(self, kind, **properties)

    with patch.object(Session, "state", noted):
        for text in NASTY:
            lines = tuple(evolve(each, code=text, clia=text, modifiers=(text,)) for each in long_claim(3).lines)
            claim = evolve(long_claim(3), id=text, lines=lines, payer=Payer(id=text, name=text), pos=text)
            agree(rete.scrub(claim), direct.scrub(claim))
    assert stated
    assert [each for each in stated if not re.fullmatch(r"[a-z_]+|[TFU]|[0-9]+", each)] == []


# ---- limits ----------------------------------------------------------------------------------------------------------


def changed(ruleset: Ruleset, **changes: object) -> Ruleset:
    """The ruleset with one edit changed."""
    edits = dict(ruleset.edits)
    edits["clia.present"] = evolve(edits["clia.present"], **changes)
    return evolve(ruleset, edits=edits)


def nested(leaf: doc.Leaf, levels: int) -> doc.Clause:
    """A gate of so many levels; an even number makes the outermost an `any`."""
    clause: doc.Clause = leaf
    for level in range(levels):
        clause = (doc.AnyOf if level % 2 else doc.AllOf)((clause, leaf))
    return clause


def test_what_is_beyond_the_limits_is_refused_and_what_is_at_them_runs(tmp_path: Path) -> None:
    ruleset = small_ruleset(tmp_path)
    leaf = ruleset.edits["clia.present"].require
    assert isinstance(leaf, doc.Leaf)
    after = tuple(evolve(each, text="code.known") for each in ruleset.edits["icd10.supports"].after)
    most = rete_rules.MAX_HEIGHT
    within = [
        {"when": nested(leaf, most)},
        {"unless": doc.AnyOf((leaf,) * 100)},
        {"require": doc.AllOf((doc.AnyOf((leaf, leaf)),) * 200)},
    ]
    for changes in within:
        rete, direct = engines(changed(ruleset, **changes))
        for claim in claims():
            agree(rete.scrub(claim), direct.scrub(claim))
    beyond = [
        (
            {"when": nested(leaf, most + 2)},
            f"nests conditions {most + 2} levels deep; the rete engine takes {most}",
        ),
        (
            {"require": doc.AllOf((doc.AnyOf((leaf, leaf)),) * 5001)},
            "has 5001 groups of conditions; the rete engine takes 5000",
        ),
        ({"after": after * 65}, "comes after 65 edits; the rete engine takes 64"),
    ]
    for changes, message in beyond:
        with pytest.raises(ValueError, match="rete") as error:
            Engine(changed(ruleset, **changes), kind="rete")
        assert str(error.value) == f"edit clia.present {message}: use the direct engine"


def test_the_command_says_the_limit_and_ends_with_2(tmp_path: Path) -> None:
    edit = (
        "---\nedit: e{0}\ntitle: An edit\npayers: all\nrequire: {{line.code: present}}\nseverity: warn\ndisposition: deny\n"
        'message: "m"\nremedy: r\nsource: manual\nafter: [{1}]\ntests:\n'
        "  - {{name: one, given: {{line.code: 86329}}, expect: {2}}}\n  - {{name: none, given: {{}}, expect: {3}}}\n"
    )
    made = [edit.format(number, "clia.present", "silenced", "warn") for number in range(65)]
    made.append(edit.format("last", ", ".join(f"e{number}" for number in range(65)), "silenced", "silenced"))
    rules = write_rules(tmp_path, RULES + "".join(made))
    options = ["scrub", str(write_claims(tmp_path / "in.jsonl")), "--rulesets", str(rules)]
    result = CliRunner().invoke(main, [*options, "--engine", "rete"])
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.splitlines()[-1] == (
        "Error: Invalid value for '--engine': edit elast comes after 65 edits; the rete engine takes 64: use the direct engine"
    )
    assert CliRunner().invoke(main, options).exit_code == 1


def test_the_command_writes_what_the_direct_engine_writes(tmp_path: Path) -> None:
    options = ["scrub", str(write_claims(tmp_path / "in.jsonl")), "--rulesets", str(write_rules(tmp_path))]
    for form in ("text", "jsonl", "json"):
        more = ["--format", form, "--all", "--as-of", "2026-01-06", "--client", "acme"]
        results = [CliRunner().invoke(main, [*options, *more, "--engine", engine]) for engine in ("direct", "rete")]
        assert results[0].stdout == results[1].stdout
        assert [each.exit_code for each in results] == [0, 0]


def test_where_durable_rules_is_missing_it_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "durable_rules_engine", None)
    with pytest.raises(ImportError, match="the rete engine needs durable_rules, which cannot be imported") as error:
        Engine(small_ruleset(tmp_path), kind="rete")
    assert str(error.value).endswith("): install durable-rules anew, or use the direct engine")
    options = ["scrub", str(write_claims(tmp_path / "in.jsonl")), "--rulesets", str(write_rules(tmp_path))]
    result = CliRunner().invoke(main, [*options, "--engine", "rete"])
    assert (result.exit_code, result.stdout) == (2, "")
    assert "Invalid value for '--engine': the rete engine needs durable_rules" in result.stderr
    assert _unimportable((3, 13), ImportError("undefined symbol")) == (
        "the rete engine needs durable_rules, which cannot be imported on Python 3.13: use the direct engine, or Python "
        "3.11 or 3.12"
    )


# ---- errors, threads, processes --------------------------------------------------------------------------------------


def test_an_error_within_an_action_is_raised_and_leaves_nothing_behind(tmp_path: Path) -> None:
    rete, direct = engines(small_ruleset(tmp_path))

    def broken(self: object, matches: Sequence[Match], session: Session) -> None:
        raise LookupError("within an action")

    for claim in claims():
        with patch.object(rete_judge.Judging, "_turn", broken), pytest.raises(LookupError, match="within an action"):
            rete.scrub(claim)
        agree(rete.scrub(claim), direct.scrub(claim))


def test_an_error_of_reading_is_raised(tmp_path: Path) -> None:
    rete, _ = engines(small_ruleset(tmp_path))
    with (
        patch.object(View, "__init__", side_effect=LookupError("reading")),
        pytest.raises(LookupError, match="reading"),
    ):
        rete.scrub(claims()[0])


def test_threads_share_an_engine(tmp_path: Path) -> None:
    """Eight threads scrub different claims with one engine at the same time; each gets the report on its own claim."""
    rete, direct = engines(load_ruleset(write_rules(tmp_path, PAIRED)))
    given = [evolve(long_claim(count), id=f"T{count}") for count in range(1, 13)] * 6
    expected = {claim.id: direct.scrub(claim) for claim in given}
    barrier = threading.Barrier(8)

    def work(start: int) -> None:
        barrier.wait()
        for claim in given[start::8]:
            agree(rete.scrub(claim), expected[claim.id])

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(work, range(8)))


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_a_process_forked_off_while_a_claim_is_judged_judges_its_own(tmp_path: Path) -> None:
    rete, direct = engines(small_ruleset(tmp_path))
    claim = claims()[0]
    expected = direct.scrub(claim).findings
    judging = rete_rules.judging(*rete._direct._limits)  # type: ignore[union-attr]
    with judging._lock:  # as if another thread were in the midst of a claim
        child = os.fork()
        if child == 0:
            os._exit(0 if rete.scrub(claim).findings == expected else 1)
    _, status = os.waitpid(child, 0)
    assert os.waitstatus_to_exitcode(status) == 0
    assert rete.scrub(claim).findings == expected


def test_an_engine_survives_pickling_into_another_process(tmp_path: Path) -> None:
    rete, direct = engines(small_ruleset(tmp_path))
    given = [evolve(claim, origin=None) for claim in claims()]
    (tmp_path / "engine").write_bytes(pickle.dumps((rete, given)))
    code = (
        "import pickle, sys; engine, claims = pickle.load(open(sys.argv[1], 'rb'));"
        "sys.stdout.buffer.write(pickle.dumps([engine.scrub(claim) for claim in claims]))"
    )
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", code, str(tmp_path / "engine")]
    done = subprocess.run(command, env=environment, capture_output=True, check=True)
    for report, claim in zip(pickle.loads(done.stdout), given, strict=True):
        agree(report, direct.scrub(claim))


# ---- memory ----------------------------------------------------------------------------------------------------------

_GROWTH = """
import sys
from pathlib import Path
from cpt_rules import Engine, load_ruleset
from tests.engine.test_rete import long_claim

def resident():
    return int(next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmRSS")).split()[1])

engine = Engine(load_ruleset(sys.argv[1]), kind="rete")
claims = [long_claim(count) for count in range(1, 9)]
for number in range(4000):
    engine.scrub(claims[number % 8]).status
    if number == 500:
        before = resident()
print(resident() - before)
"""


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="memory is told by Linux")
def test_memory_does_not_grow_with_claims(tmp_path: Path) -> None:
    """After 4,000 claims of one to eight lines less than 16 MB more than after 500."""
    rules = write_rules(tmp_path, PAIRED)
    command = [sys.executable, "-c", _GROWTH, str(rules)]
    done = subprocess.run(
        command, env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) < 16 * 1024
