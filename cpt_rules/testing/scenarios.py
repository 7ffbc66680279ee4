"""Claim scenarios: YAML documents of claims and of what is expected of them, read with the care of the rules' language.

Every problem is told with its place and what would be right. Claims have the keys of the JSON form, findings those of
the JSONL records.
"""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Literal

from attrs import field, frozen

from cpt_rules.claim import Claim
from cpt_rules.language import documents as doc
from cpt_rules.language import values
from cpt_rules.language.faults import Faulty, fail, gather
from cpt_rules.language.problems import Mark, Problem, shown
from cpt_rules.language.read import Map, Node, Scalar, read_file
from cpt_rules.readers import InputError, InputProblem, read_claims
from cpt_rules.ruleset.load import BUNDLED
from cpt_rules.testing.building import TODAY
from cpt_rules.testing.recognise import SCENARIO
from cpt_rules.testing.scenario_claims import claims_of

Nothing = Literal["", "nothing fails", "nothing else fails"]

#: What an expected finding may say, by the keys of its record.
EXPECTED = (
    "edit", "status", "claim", "line", "with_line", "code", "date", "payer", "missing", "disposition", "message",
    "remedy", "fix", "field", "charge_at_risk", "overlay", "stale",
)  # fmt: skip
#: Where there is no finding it has these alone.
OF_NO_FINDING = ("edit", "status", "claim", "line")


@frozen
class Expected:
    """One expected finding: values by key of its record, None for null; and where each stands."""

    wanted: Mapping[str, Any]
    mark: Mark
    places: Mapping[str, Mark] = field(eq=False, repr=False)

    @property
    def edit(self) -> str:
        return str(self.wanted["edit"])

    @property
    def status(self) -> str:
        return str(self.wanted["status"])

    def __str__(self) -> str:
        return "{" + ", ".join(f"{key}: {_written(value)}" for key, value in self.wanted.items()) + "}"


@frozen
class Scenario:
    """Claims, what runs on them, and what is expected. `rulesets` and `tables` are read from the folder of the file."""

    name: str
    path: Path
    claims: tuple[Claim, ...] = field(repr=False)
    expect: tuple[Expected, ...]
    nothing: Nothing
    rulesets: tuple[str, ...]
    tables: str | None
    as_of: dt.date
    client: str | None
    mark: Mark
    places: Mapping[str, Mark] = field(eq=False, repr=False)


def read_scenarios(path: Path) -> tuple[list[Scenario], list[Problem]]:
    """The scenarios of a file, and every problem; where there is one, none is to be used."""
    problems: list[Problem] = []
    faults: list[Problem] = []
    found: list[Scenario] = []
    for node in read_file(path, _named(path), problems):
        try:
            found.append(_scenario(node, path))
        except Faulty as fault:
            faults += fault.problems
    faults += _twice(found)
    return found, sorted(set(problems or faults))


def _named(path: Path) -> str:
    here = Path.cwd()
    return str(path.relative_to(here)) if path.is_relative_to(here) else str(path)


def _twice(found: list[Scenario]) -> list[Problem]:
    seen: dict[str, Mark] = {}
    problems = []
    for each in found:
        first = seen.setdefault(each.name, each.mark)
        if first is not each.mark:
            what = f"two scenarios are called {shown(each.name)}; the first stands in line {first.line}"
            problems.append(Problem(each.mark, f"{what}; give each its own name"))
    return problems


# ---- one document --------------------------------------------------------------------------------------------------


def _scenario(node: Node, path: Path) -> Scenario:
    if not isinstance(node, Map) or not node.entries or node.entries[0][0].text != SCENARIO:
        raise fail(node.mark, f"a scenario starts with its name: `{SCENARIO}: …`")
    parts = {key.text: value for key, value in node.entries}
    faults = [values.unknown_key(key, KEYS) for key, _ in node.entries if key.text not in KEYS]
    made: dict[str, Any] = {}
    for name, parse in KEYS.items():
        if name in parts:
            try:
                made[name] = parse(parts[name])
            except Faulty as fault:
                faults += fault.problems
    faults += _wrong_together(parts, node.mark)
    if faults:
        raise Faulty(faults)
    claims = made["given"] if "given" in made else _claims_of_file(parts["file"], path)
    nothing: Nothing = "nothing fails" if "nothing fails" in parts else ""
    scenario = Scenario(
        name=made[SCENARIO],
        path=path,
        claims=claims,
        expect=made.get("expect", ()),
        nothing="nothing else fails" if "nothing else fails" in parts else nothing,
        rulesets=made.get("rulesets", (BUNDLED,)),
        tables=made.get("tables"),
        as_of=made.get("as of", TODAY),
        client=made.get("client"),
        mark=node.mark,
        places={key: value.mark for key, value in parts.items()},
    )
    faults += [problem for each in scenario.expect for problem in _misplaced(each, claims)]
    if faults:
        raise Faulty(faults)
    return scenario


def _wrong_together(parts: Mapping[str, Node], mark: Mark) -> list[Problem]:
    faults = []
    if ("given" in parts) is ("file" in parts):
        what = "`given` and `file`; write one of them" if "given" in parts else "no claims; write `given` or `file`"
        faults.append(Problem(mark, what))
    if not {"expect", "nothing fails", "nothing else fails"} & set(parts):
        faults.append(Problem(mark, "nothing is expected; write `expect` or `nothing fails: yes`"))
    if "nothing fails" in parts and "nothing else fails" in parts:
        both = "`nothing fails` and `nothing else fails`; the second allows the failures that `expect` names"
        faults.append(Problem(mark, f"{both}, write one of them"))
    if "nothing else fails" in parts and "expect" not in parts:
        faults.append(Problem(mark, "`nothing else fails` without `expect`; write `nothing fails: yes`"))
    return faults


def _yes(node: Node) -> object:
    return values.choice(node, Literal["yes"])


def _texts(node: Node) -> tuple[str, ...]:
    found = tuple(gather(values.text_of, values.items_of(node)))
    if not found:
        raise fail(node.mark, "an empty list; write a folder of rulesets, or `bundled`")
    return found


def _expected(node: Node) -> tuple[Expected, ...]:
    nodes = values.items_of(node) if not isinstance(node, Map) else (node,)
    if not nodes:
        raise fail(node.mark, "an empty list; name a finding, or leave the key out")
    return tuple(gather(_finding, nodes))


#: The keys of a scenario, each with what reads its value.
KEYS: dict[str, Callable[[Node], Any]] = {
    SCENARIO: values.text_of,
    "rulesets": _texts,
    "tables": values.text_of,
    "as of": values.date_of,
    "client": values.text_of,
    "given": claims_of,
    "file": values.text_of,
    "expect": _expected,
    "nothing fails": _yes,
    "nothing else fails": _yes,
}


def _claims_of_file(node: Node, scenario: Path) -> tuple[Claim, ...]:
    path = scenario.parent / values.text_of(node)
    if not os.path.isfile(path):
        raise fail(node.mark, f"no file {shown(values.text_of(node))} beside this one; give its path from here")
    problems: list[InputProblem] = []
    try:
        claims = tuple(read_claims(path, on_problem=problems.append))
    except (InputError, ValueError) as error:
        raise fail(node.mark, f"cannot be read: {error}") from None
    if problems or not claims:
        raise fail(node.mark, f"cannot be read: {problems[0]}" if problems else "no claim in this file")
    return claims


# ---- expected findings ---------------------------------------------------------------------------------------------


def _finding(node: Node) -> Expected:
    if not isinstance(node, Map):
        raise fail(
            node.mark, f"{values.kind_of(node)} where a finding is due; write {{edit: ID, line: 1, status: fail}}"
        )
    faults = [values.unknown_key(key, EXPECTED) for key, _ in node.entries if key.text not in EXPECTED]
    wanted: dict[str, Any] = {}
    for key, value in node.entries:
        if key.text in EXPECTED:
            try:
                wanted[key.text] = _wanted(key.text, value)
            except Faulty as fault:
                faults += fault.problems
    named = {key.text for key, _ in node.entries}
    if not faults:
        faults = [Problem(node.mark, f"this finding has no `{key}`") for key in ("edit", "status") if key not in named]
    if wanted.get("status") in ("silenced", "not applicable"):
        beyond = [key for key, _ in node.entries if key.text not in OF_NO_FINDING]
        what = f"where an edit is {wanted['status']} there is no finding; only {', '.join(OF_NO_FINDING)} can be said"
        faults += [Problem(key.mark, f"{shown(key.text)}: {what}") for key in beyond]
    if faults:
        raise Faulty(faults)
    return Expected(wanted, node.mark, {key.text: value.mark for key, value in node.entries})


def _wanted(key: str, node: Node) -> Any:
    if key == "status":
        return values.choice(node, doc.Expectation)
    if key == "missing":
        return list(gather(values.text_of, values.items_of(node)))
    if key == "stale":
        return values.choice(node, Literal["yes", "no"]) == "yes"
    if isinstance(node, Scalar) and node.text == "null" and not node.quoted:
        return None
    if key in ("line", "with_line"):
        return values.integer(node)
    return values.date_of(node).isoformat() if key == "date" else values.text_of(node)


def _misplaced(each: Expected, claims: tuple[Claim, ...]) -> list[Problem]:
    """Claims and lines that are not there."""
    ids = list(dict.fromkeys(claim.id for claim in claims))
    id = each.wanted.get("claim")
    if id is not None and id not in ids:
        return [Problem(each.places["claim"], f"no claim {shown(id)} is given; there is {', '.join(ids[:10])}")]
    there = [claim for claim in claims if id in (None, claim.id)]
    numbers = list(dict.fromkeys(line.number for claim in there for line in claim.lines))
    number = each.wanted.get("line")
    if number is not None and number not in numbers:
        shown_numbers = ", ".join(map(str, numbers[:10]))
        what = f"there is no line {number}; the lines given are {shown_numbers}"
        return [Problem(each.places["line"], f"{what}. For the claim itself write `line: null`")]
    return []


def _written(value: Any) -> str:
    if isinstance(value, list):
        return "[" + ", ".join(map(str, value)) + "]"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "null" if value is None else str(value)
