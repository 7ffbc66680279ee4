"""durable_rules as the engine uses it: what it is trusted with, and what it must never swallow."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from itertools import count

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cpt_rules.engine.reference_values import Truth, all_of, any_of
from cpt_rules.engine.rete_judge import combining
from cpt_rules.engine.rete_network import (
    MAX_FACTS,
    MAX_PROPERTIES,
    Action,
    Match,
    Network,
    Other,
    ReteError,
    Rule,
    Same,
    Session,
    library,
)
from cpt_rules.engine.rete_rules import judging
from tests.kinds import needs_rete

pytestmark = needs_rete

SAID = {True: "T", False: "F", None: "U"}


@cache
def network() -> Network:
    """Two rules on one kind of fact, the more demanding one first, and a join."""
    return Network(
        (
            Rule("both", {"one": {"kind": "fact", "mark": "x"}, "other": {"kind": "more", "of": Same("one", "name")}}),
            Rule("marked", {"one": {"kind": "fact", "mark": "x"}}),
            Rule("any", {"one": {"kind": "fact"}}),
            Rule("two", {"a": {"kind": "pair"}, "b": {"kind": "pair", "name": Other("a", "name")}}),
            Rule("more", {"one": {"kind": "more"}}),
        )
    )


def fired(state: Callable[[Session], None], *, retract: Sequence[str] = ()) -> list[tuple[str, ...]]:
    """The rules that fire, each with the names of the facts that met it; `retract` names rules that take the first back."""
    found: list[tuple[str, ...]] = []

    def action(rule: Rule) -> Action:
        def fire(matches: Sequence[Match], session: Session) -> None:
            for match in matches:
                found.append((rule.name, *(match[pattern].get("name", "") for pattern in rule.patterns)))
                if rule.name in retract:
                    session.retract(match[next(iter(rule.patterns))])

        return fire

    session = Session()
    state(session)
    network().run(session, {rule.name: action(rule) for rule in network().rules})
    return found


def stated(kind: str, **properties: object) -> Callable[[Session], None]:
    def state(session: Session) -> None:
        session.state(kind, **properties)

    return state


def test_rules_go_by_priority_and_a_fact_taken_back_meets_no_rule_behind() -> None:
    def state(session: Session) -> None:
        session.state("more", of="a")
        session.state("fact", name="a", mark="x")
        session.state("fact", name="b", mark="x")
        session.state("fact", name="c", mark="y")

    everything = fired(state)
    assert sorted(everything) == sorted(
        [("both", "a", ""), ("marked", "a"), ("marked", "b"), ("any", "a"), ("any", "b"), ("any", "c"), ("more", "")]
    )
    order = [rule.name for rule in network().rules]
    assert [each[0] for each in everything] == sorted((each[0] for each in everything), key=order.index)
    assert sorted(fired(state, retract=["both", "marked"])) == [
        ("any", "c"),
        ("both", "a", ""),
        ("marked", "b"),
        ("more", ""),
    ]


def test_a_fact_meets_another_of_its_kind_and_not_itself() -> None:
    def state(session: Session) -> None:
        for name in ("1", "2", "12"):
            session.state("pair", name=name)

    names = ("1", "2", "12")
    assert sorted(fired(state)) == sorted(("two", a, b) for a in names for b in names if a != b)


def test_what_an_action_raises_is_raised_and_the_next_claim_is_judged() -> None:
    class Broken(Exception):
        pass

    def broken(matches: Sequence[Match], session: Session) -> None:
        session.state("fact", name="late", mark="y")
        raise Broken("in an action")

    def nothing(matches: Sequence[Match], session: Session) -> None:
        pass

    for _ in range(3):
        session = Session()
        session.state("fact", name="a", mark="x")
        with pytest.raises(Broken, match="in an action"):
            network().run(session, {"marked": broken, "any": nothing})
        assert fired(stated("fact", name="b", mark="y")) == [("any", "b")]


def test_a_fact_that_nothing_matches_is_an_error() -> None:
    session = Session()
    session.state("unheard-of", name="a")
    with pytest.raises(ReteError, match=r"durable_rules refused a fact \(nothing matches it"):
        network().run(session, {})


def test_an_error_of_durable_rules_is_an_error() -> None:
    def broken(matches: Sequence[Match], session: Session) -> None:
        library().complete_and_start_action(2**31, 1)

    session = Session()
    session.state("fact", name="a", mark="x")
    with pytest.raises(ReteError, match="error code: 111"):
        network().run(session, {"marked": broken})
    assert fired(stated("more", of="b")) == [("more", "")]


def test_a_fact_of_too_many_properties_is_refused_before_it_is_lost() -> None:
    properties = {f"p{number}": number for number in range(MAX_PROPERTIES)}
    assert fired(stated("more", **properties)) == [("more", "")]
    with pytest.raises(ReteError, match="a fact of 201 properties; durable_rules loses those of more than 200"):
        Session().state("more", one_more=1, **properties)


def test_an_empty_session_fires_nothing() -> None:
    network().run(Session(), {})


def test_a_session_refuses_more_facts_than_its_ids_can_tell_apart() -> None:
    session = Session(count=MAX_FACTS)
    with pytest.raises(ReteError, match="more than 200,000 facts in one session"):
        session.state("fact")


def test_no_two_ids_of_facts_have_the_same_hash() -> None:
    """durable_rules tells facts apart by FNV-1a of 32 bits over their ids; its own fact of a session has one, too."""

    def fnv(text: str) -> int:
        found = 0x811C9DC5
        for each in text.encode():
            found = (found ^ each) * 16777619 % 2**32
        return found

    hashes = {fnv(str(number)) for number in range(1, MAX_FACTS + 1)} | {fnv("sid-claim")}
    assert len(hashes) == MAX_FACTS + 1


def test_more_sessions_than_durable_rules_has_room_for() -> None:
    for number in range(2100):
        assert fired(stated("more", of=number)) == [("more", "")]


def test_many_facts_in_one_session() -> None:
    """Three thousand facts of which every one finds its partner, in whatever order they come."""

    def state(session: Session) -> None:
        for number in range(3000):
            session.state("fact", name=number, mark="x")
        for number in reversed(range(3000)):
            session.state("more", of=number)

    found = fired(state, retract=["both"])
    assert sorted(each[1:] for each in found if each[0] == "both") == sorted((str(n), "") for n in range(3000))
    assert {each[0] for each in found} == {"both", "more"}


# ---- Kleene's truth values -------------------------------------------------------------------------------------------

Tree = Truth | tuple[str, tuple["Tree", ...]]
trees = st.recursive(
    st.sampled_from((True, False, None)),
    lambda inner: st.tuples(st.sampled_from(("all", "any")), st.lists(inner, max_size=3).map(tuple)),
    max_leaves=10,
)


def kleene(tree: Tree) -> Truth:
    if not isinstance(tree, tuple):
        return tree
    return (all_of if tree[0] == "all" else any_of)(kleene(each) for each in tree[1])


def outcome(applies: Tree, require: Tree, fails: Tree) -> str:
    """What becomes of an edit, by the table in the documentation of the language."""
    if kleene(applies) is False:
        return "not applicable"
    if kleene(applies) is None:
        return "not known to apply"
    return {True: "pass", None: "not checked", False: "fail" if kleene(fails) else "warn"}[kleene(require)]


def flat(operator: str, trees: Sequence[Tree]) -> tuple[Tree, ...]:
    """The terms of a gate: none is a gate of its own kind, nor one of a single term."""
    found: list[Tree] = []
    for tree in trees:
        if isinstance(tree, tuple):
            terms = flat(*tree)
            tree = terms[0] if len(terms) == 1 else (tree[0], terms)
        found += tree[1] if isinstance(tree, tuple) and tree[0] == operator else [tree]
    return tuple(found)


def height(tree: Tree) -> int:
    return 1 + max(map(height, tree[1]), default=0) if isinstance(tree, tuple) else 0


def facts(parts: dict[str, Tree]) -> list[tuple[str, dict[str, object]]]:
    """An edit, and all that is to be said of its three parts."""
    stated: list[tuple[str, dict[str, object]]] = [("edit", {"node": 0})]
    nodes = count(1)

    def say(terms: Sequence[Tree], up: int, part: str) -> None:
        for term in terms:
            if isinstance(term, tuple):
                node = next(nodes)
                gate = {"node": node, "op": term[0], "height": height(term), "up": up, "part": part}
                stated.append(("gate", gate))
                say(term[1], node, "gate")
            elif part == "gate" or (term is not (part != "fails") and (part, term) != ("fails", None)):
                stated.append(("truth", {"of": up, "part": part, "value": SAID[term]}))

    for part, tree in parts.items():
        operator = "any" if part == "fails" else "all"
        say(flat(operator, (tree,)), 0, part)
    return stated


@given(trees, trees, trees, st.randoms(use_true_random=False))
def test_the_rete_judges_as_kleene_does(applies: Tree, require: Tree, fails: Tree, random: object) -> None:
    """The one rule that takes an edit away is that of its outcome, however nested it is, in whatever order it is said."""
    said = facts({"applies": applies, "require": require, "fails": fails})
    random.shuffle(said)  # type: ignore[attr-defined]
    session = Session()
    for kind, properties in said:
        session.state(kind, **properties)
    network = judging(max(properties.get("height", 0) for _, properties in said), 0)  # type: ignore[type-var]
    found: list[str] = []

    def settle(name: str) -> Action:
        def take(matches: Sequence[Match], session: Session) -> None:
            found.append(name)
            session.retract(matches[0]["edit"])

        return take

    names = ("not applicable", "not known to apply", "fail", "warn", "not checked", "pass")
    network.run(session, combining(network) | {name: settle(name) for name in names})
    assert found == [outcome(applies, require, fails)]
