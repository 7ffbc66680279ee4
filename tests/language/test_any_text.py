"""No text crashes the loader, and none holds it up: every outcome is documents or problems, each with its place."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cpt_rules.language.documents import Document
from cpt_rules.language.parse import parse_text
from cpt_rules.language.problems import Problem, RulesetError
from cpt_rules.language.read import Map, Scalar, Sequence, read_bytes
from cpt_rules.ruleset.link import link

BASE = "---\n".join(path.read_text("utf-8") for path in sorted((Path(__file__).parent / "base").glob("*.yaml")))
TOKENS = (
    "\n", "\n", "  ", " ", ": ", ", ", "- ", "---\n", "...", "{", "}", "[", "]", '"', "'", "#", " # ", "&a", "*a", "!t",
    "|", ">", "?", "%", "<<", "\t", "\r\n", "$", "$set.", "$set.tests", "$line.units", "-", "+", "0", "86329", "1-9",
    "80047-89398", "²1-²5", "2026-01-01", "2026-02-30", "yes", "no", "not available", "present", "source", "set",
    "fact", "table", "profile", "payer", "edit", "overlay", "title", "values", "complete", "for $set.", "when", "require", "unless",
    "any", "all", "not", "lookup", "found", "pairs", "columns", "key", "rows", "a.code", "$b.code", "pair", "line.code", "line.units", "line.modifiers", "claim.payer", "profile.pos", " in", " is a",
    " at most", " any of", " has all", "severity", "fail", "tests", "given", "lines", "claim.unknown", "expect", "missing",
    "edits", "sets", "profiles", "facts", "pos+", "pos-", "adopt", "off", "since", "until", "{line.code}", "{", "ü", "😀",
)  # fmt: skip
ONE_MEGABYTE = 1024 * 1024


def outcome(text: str) -> tuple[list[Document], list[Problem]]:
    """What becomes of a text, linked if it can be. Fails where this is neither documents nor problems."""
    documents, problems = parse_text(text)
    assert documents or problems
    if not problems:
        try:
            link(documents)
        except RulesetError as error:
            problems = list(error.problems)
    for problem in problems:
        assert problem.mark.line >= 1
        assert problem.mark.column >= 1
        assert problem.message.isprintable()
    return documents, problems


@given(st.text(max_size=300))
def test_arbitrary_text_gives_documents_or_problems(text: str) -> None:
    outcome(text)


@given(st.binary(max_size=300))
def test_arbitrary_bytes_give_nodes_or_problems(data: bytes) -> None:
    problems: list[Problem] = []
    nodes = list(read_bytes(data, "ruleset.yaml", problems))
    assert all(isinstance(node, Scalar | Sequence | Map) for node in nodes)
    assert all(isinstance(problem, Problem) for problem in problems)


@given(st.lists(st.sampled_from(TOKENS), max_size=60).map("".join))
def test_text_of_the_languages_own_tokens_gives_documents_or_problems(text: str) -> None:
    outcome(text)


@st.composite
def mutations(draw: st.DrawFn) -> str:
    """A valid ruleset with a few lines or pieces deleted, repeated, swapped or replaced."""
    pieces = BASE.splitlines(keepends=True)
    if draw(st.booleans()):
        start = draw(st.integers(0, len(pieces) - 12))
        words = "".join(pieces[start : start + 12]).replace(" ", " \0").replace("\n", "\n\0").split("\0")
        return "".join([*pieces[:start], *_mutated(draw, words), *pieces[start + 12 :]])
    return "".join(_mutated(draw, pieces))


def _mutated(draw: st.DrawFn, pieces: list[str]) -> list[str]:
    places = st.integers(0, len(pieces) - 1)
    for _ in range(draw(st.integers(1, 3))):
        one, other = draw(places), draw(places)
        match draw(st.sampled_from(("delete", "repeat", "swap", "token"))):
            case "delete":
                pieces[one] = ""
            case "repeat":
                pieces[one] *= 2
            case "swap":
                pieces[one], pieces[other] = pieces[other], pieces[one]
            case _:
                pieces[one] = draw(st.sampled_from(TOKENS))
    return pieces


@given(mutations())
def test_a_mutated_ruleset_is_read_and_linked_or_its_problems_are_said(text: str) -> None:
    outcome(text)


@given(st.sampled_from(TOKENS), st.sampled_from(TOKENS), st.integers(0, 400))
def test_a_token_repeated_gives_documents_or_problems(before: str, token: str, times: int) -> None:
    outcome(before + token * times)


@pytest.mark.parametrize(
    "token", ["[", "{", "- ", '"', "'", "a: ", "? ", "&a ", "!t ", "#", "|", "\n", "---\n", "a", "[a,", "{a: "]
)
def test_100_kilobytes_of_one_token_are_no_burden(token: str) -> None:
    start = time.process_time()
    outcome((token * 102_400)[:102_400])
    assert time.process_time() - start < 20  # what would be quadratic takes minutes


@pytest.mark.parametrize(
    "text",
    [
        "a" * ONE_MEGABYTE,
        '"' + "a" * ONE_MEGABYTE + '"',
        "edit: " + "a " * (ONE_MEGABYTE // 2),
        "set: s\nvalues: {2020-01-01: [" + "86329, " * (ONE_MEGABYTE // 7) + "]}\n",
        "set: s\nvalues: {2020-01-01: [" + "80047-80048," * (ONE_MEGABYTE // 12) + "]}\n",
        "edit: e\n" + "".join(f"key{number}: a\n" for number in range(ONE_MEGABYTE // 12)),
        "edit: e\n" + "title: a\n" * (ONE_MEGABYTE // 9),
        "edit: e\n" + "title:\n" * (ONE_MEGABYTE // 7),
        "edit: e\nwhen: {" + "".join(f"field{number}: a, " for number in range(ONE_MEGABYTE // 16)) + "}\n",
        "edit: e\npayers: [" + "a: b, " * (ONE_MEGABYTE // 6) + "]\n",
        "set: s\nvalues: {2020-01-01: ['" + "1" * 500_000 + "', " + "1" * 5_000 + "-" + "2" * 5_000 + "]}\n",
        "\u00e4" * (ONE_MEGABYTE // 2) + "\u200b",
    ],
    ids=lambda text: f"{text[:32]!r}…",
)
def test_a_megabyte_on_a_few_lines_is_no_burden(text: str) -> None:
    start = time.process_time()
    outcome(text)
    assert time.process_time() - start < 30  # what would be quadratic takes minutes
