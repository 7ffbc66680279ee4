"""How far a clause is from a truth, and what stands in the way."""

from __future__ import annotations

from typing import get_args

from hypothesis import given
from hypothesis import strategies as st

from cpt_rules.engine.reference_values import Truth, all_of, any_of, negated
from cpt_rules.language import documents as doc
from cpt_rules.language.problems import Mark
from cpt_rules.testing.reach.distance import NEVER, Want, distance, meets, obstacles

_HERE = Mark("rules.yaml", 1, 1)
WANTS: tuple[Want, ...] = get_args(Want)
truths = st.sampled_from((True, False, None))


def _leaf(number: int) -> doc.Leaf:
    return doc.Leaf(f"field.{number}", "present", mark=_HERE)


LEAVES = tuple(map(_leaf, range(5)))
clauses = st.recursive(
    st.sampled_from(LEAVES),
    lambda inner: st.one_of(
        st.builds(doc.Not, inner),
        st.builds(doc.AllOf, st.lists(inner, max_size=3).map(tuple)),
        st.builds(doc.AnyOf, st.lists(inner, max_size=3).map(tuple)),
    ),
    max_leaves=6,
)
assignments = st.tuples(*(truths for _ in LEAVES))


def _holds(clause: doc.Clause, given: tuple[Truth, ...]) -> Truth:
    if isinstance(clause, doc.Leaf):
        return given[LEAVES.index(clause)]
    if isinstance(clause, doc.Not):
        return negated(_holds(clause.clause, given))
    parts = [_holds(each, given) for each in clause.clauses]
    return all_of(parts) if isinstance(clause, doc.AllOf) else any_of(parts)


@given(clauses, assignments, st.sampled_from(WANTS))
def test_the_distance_is_nothing_exactly_where_the_clause_is_as_wanted(
    clause: doc.Clause, given: tuple[Truth, ...], want: Want
) -> None:
    """distance = 0 if and only if Kleene's truth of the clause meets what is wanted."""
    far = distance(clause, want, lambda leaf: given[LEAVES.index(leaf)])
    assert (far == 0) is meets(_holds(clause, given), want)


@given(clauses, assignments, st.sampled_from(WANTS))
def test_something_stands_in_the_way_exactly_where_the_distance_can_be_made_up(
    clause: doc.Clause, given: tuple[Truth, ...], want: Want
) -> None:
    """0 < distance < NEVER implies an obstacle; every obstacle is a condition that has not the truth wanted of it."""

    def truth(leaf: doc.Leaf) -> Truth:
        return given[LEAVES.index(leaf)]

    found = list(obstacles(clause, want, truth))
    if 0 < distance(clause, want, truth) < NEVER:
        assert found
    for part, wanted in found:
        assert isinstance(part, doc.Leaf)
        assert not meets(truth(part), wanted)


def test_of_several_parts_the_sum_counts_where_all_have_to_hold_and_the_least_where_one_does() -> None:
    given = (False, False, True, None, True)

    def truth(leaf: doc.Leaf) -> Truth:
        return given[LEAVES.index(leaf)]

    assert distance(doc.AllOf(LEAVES), "true", truth) == 3
    assert distance(doc.AnyOf(LEAVES[:2]), "true", truth) == 1
    assert distance(doc.Not(doc.AnyOf(LEAVES)), "true", truth) == 3
    assert distance(doc.AnyOf(()), "true", truth) == NEVER
