from statistics import fmean

import pytest

from engine.estimates import cost_of, estimate, first_samples
from engine.protocol import Budget
from engine.tree import Cost, Problem, Tree
from tests.worlds import HARD, PROBLEMS, grown_tree, search, setting


def test_by_reward_a_problem_is_as_easy_as_its_samples_are_rewarded() -> None:
    tree = grown_tree([("a", 0.2), ("b", 0.9)], [("c", 0.5)], [("d", 0.1)])
    assert estimate(tree, "reward", 2) == pytest.approx(fmean([0.9, 0.5]))
    assert estimate(tree, "reward", 3) == pytest.approx(fmean([0.9, 0.5, 0.1]))
    assert estimate(tree, "reward", 2, "min") == pytest.approx(fmean([0.2, 0.5]))
    assert estimate(tree, "reward", 4) is None


def test_a_missing_reward_is_left_out_and_a_sample_that_answers_nothing_counts_nothing() -> None:
    tree = grown_tree([("a", None)], [("b", 0.8)], [("c", 0.6)])
    assert estimate(tree, "reward", 3) == pytest.approx(0.7)
    assert estimate(grown_tree([("a", None)]), "reward", 1) is None
    tree.node(3).finish = "length"
    assert estimate(tree, "reward", 3) == pytest.approx(0.4)


def test_agreement_is_the_share_of_the_commonest_answer() -> None:
    tree = grown_tree([("a", 0.2)], [("b", 0.9)], [("a", 0.5)], [("c", 0.1)])
    assert estimate(tree, "agreement", 4) == 0.5
    tree.node(2).finish = "length"
    assert estimate(tree, "agreement", 4) == 0.5
    for node in tree.nodes[1:]:
        node.answer = None
    assert estimate(tree, "agreement", 4) == 0.0


def test_a_problem_may_say_of_itself_how_hard_it_is() -> None:
    tree = Tree(Problem("p", "?", None, {"steps": 6, "subject": "algebra", "nice": True}))
    assert estimate(tree, "steps", 0) == 6.0
    assert estimate(tree, "subject", 0) is None and estimate(tree, "nice", 0) is None
    assert estimate(tree, "level", 0) is None


@pytest.mark.parametrize("aggregate", ["last", "min"])
def test_what_came_after_the_samples_changes_nothing(aggregate: str) -> None:
    for problem in PROBLEMS:
        few = search(problem, setting("best-of-n", {"n": 3}))
        more = search(problem, setting("compute-optimal", {"n": 8, "plan": "reward of 3: else mcts width=3"}))
        assert [n.steps() for n in first_samples(few, 3)] == [n.steps() for n in first_samples(more, 3)]
        assert estimate(few, "reward", 3, aggregate) == estimate(more, "reward", 3, aggregate)
        assert cost_of(first_samples(more, 3), "reward") == few.cost


def test_the_cost_of_samples_has_the_prm_in_it_only_if_it_was_asked_for_them() -> None:
    tree = grown_tree([("a", 0.2), ("b", 0.9)], [("c", 0.5)])
    assert cost_of(first_samples(tree, 1), "reward") == Cost(policy_tokens=4, prm_tokens=4)
    assert cost_of(first_samples(tree, 1), "agreement") == Cost(policy_tokens=4)


def test_with_fewer_samples_than_wanted_nothing_is_known() -> None:
    tree = search(HARD, setting("compute-optimal", budget=Budget(completions=2)))
    assert len(first_samples(tree, 3)) == 2 and estimate(tree, "reward", 3) is None
