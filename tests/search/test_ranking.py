from collections import Counter
from itertools import pairwise
from math import prod

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.protocol import StrategyError
from engine.rewards import chain_reward
from engine.search import STRATEGIES, check_parameters, find_strategy
from engine.search.ranking import best_solution, by_reward, majority, weighted_majority
from engine.tree import Cost, Grown, Problem, Scored, Tree
from tests.worlds import HARD, PROBLEMS, grown_tree, search, setting

rewards = st.none() | st.sampled_from([0.0, 0.25, 0.5, 0.75, 1.0])
solutions = st.lists(st.tuples(st.sampled_from(["a", "b", "c", None]), rewards), max_size=8)


def answering(found: list[tuple[str | None, float | None]]) -> Tree:
    """A tree of one-step solutions, each with its answer and reward."""
    tree, n = Tree(Problem("made", "Make 24 from 4 6")), len(found)
    answers = [answer for answer, _ in found]
    tree.apply(Grown([0] * n, ["s"] * n, ["end"] * n, [-1.0] * n, answers, [Cost()] * n))
    given_ = [reward for _, reward in found]
    tree.apply(Scored(list(range(1, n + 1)), given_, given_, [Cost()] * n))
    return tree


# From the rewards of steps to one of the chain.


def test_the_ways_to_aggregate_differ() -> None:
    node = grown_tree([("a", 0.5), ("b", 0.2), ("c", 0.8)]).nodes[-1]
    found = {how: chain_reward(node, how) for how in ("last", "min", "prod", "mean")}
    assert found == {"last": 0.8, "min": 0.2, "prod": pytest.approx(0.08), "mean": pytest.approx(0.5)}


@given(st.lists(rewards, min_size=1, max_size=5))
def test_a_chain_with_a_missing_reward_has_none_unless_only_the_last_counts(chain: list[float | None]) -> None:
    node = grown_tree([("s", r) for r in chain]).nodes[-1]
    known = [r for r in chain if r is not None]
    whole = len(known) == len(chain)
    assert chain_reward(node, "last") == chain[-1]
    assert chain_reward(node, "min") == (min(known) if whole else None)
    assert chain_reward(node, "prod") == (prod(known) if whole else None)
    assert chain_reward(node, "mean") == (sum(known) / len(known) if whole else None)


def test_the_root_has_no_reward_to_aggregate() -> None:
    assert [chain_reward(Tree(HARD).root, how) for how in ("last", "min", "prod", "mean")] == [None] * 4


def test_the_way_to_aggregate_decides_which_solution_is_best() -> None:
    tree = grown_tree([("a", 0.9), ("late", 0.6)], [("b", 0.1), ("last", 0.7)])
    assert {how: (best_solution(tree, how)[0] or tree.root).text for how in ("last", "min", "prod", "mean")} == {
        "last": "last", "min": "late", "prod": "late", "mean": "late",
    }  # fmt: skip


@given(solutions)
def test_the_order_by_reward_is_best_first_then_first_made_and_missing_last(
    found: list[tuple[str | None, float | None]],
) -> None:
    nodes = answering(found).finished()
    ranked = by_reward(nodes[::-1])
    assert sorted(n.id for n in ranked) == [n.id for n in nodes]
    for one, two in pairwise(ranked):
        if one.reward is None:
            assert two.reward is None and one.id < two.id
        elif two.reward is not None:
            assert one.reward > two.reward or (one.reward == two.reward and one.id < two.id)


# Votes.


@given(solutions)
def test_the_majority_is_the_answer_given_most_often_and_first_among_equals(
    found: list[tuple[str | None, float | None]],
) -> None:
    tree = answering(found)
    chosen, reason = majority(tree)
    votes = Counter(a for a, _ in found if a is not None)
    if not found:
        assert (chosen, reason) == (None, "no solution was finished")
    elif not votes:
        assert (chosen, reason) == (tree.node(1), "no solution could vote")
    else:
        order = [a for a, _ in found if a is not None]
        winner = min(votes, key=lambda a: (-votes[a], order.index(a)))
        assert chosen is not None and chosen.answer == winner
        assert f"{votes[winner]} of {len(order)} votes" in reason
        best = max(
            (n for n in tree.finished() if n.answer == winner),
            key=lambda n: (-1.0 if n.reward is None else n.reward, -n.id),
        )
        assert chosen is best


@given(solutions)
def test_the_weighted_majority_is_the_answer_with_the_highest_sum_of_rewards(
    found: list[tuple[str | None, float | None]],
) -> None:
    tree = answering(found)
    chosen, _ = weighted_majority(tree)
    sums: dict[str, float] = {}
    for answer, reward in found:
        if answer is not None and reward is not None:
            sums[answer] = sums.get(answer, 0.0) + reward
    if sums:
        top = max(sums.values())
        assert chosen is not None and chosen.answer == next(a for a, total in sums.items() if total == top)
    else:
        answered = [i for i, (answer, _) in enumerate(found, 1) if answer is not None]
        assert chosen is (tree.node([*answered, 1][0]) if found else None)


def test_a_missing_reward_does_not_weigh_and_a_reward_of_nought_is_still_a_vote() -> None:
    assert weighted_majority(answering([("a", None), ("a", None), ("b", 0.0)]))[0].answer == "b"  # type: ignore[union-attr]
    assert majority(answering([("a", None), ("a", None), ("b", 0.0)]))[0].answer == "a"  # type: ignore[union-attr]


def test_a_solution_without_an_answer_is_chosen_only_if_no_other_is_left() -> None:
    chosen, _ = best_solution(answering([(None, 1.0), ("a", 0.1)]))
    assert chosen is not None and chosen.answer == "a"
    only, _ = best_solution(answering([(None, 0.2), (None, 0.9)]))
    assert only is not None and only.id == 2


def test_best_of_n_and_the_vote_can_disagree() -> None:
    tree = answering([("a", 0.5), ("a", 0.5), ("b", 0.75)])
    assert [choose(tree)[0].answer for choose in (best_solution, majority, weighted_majority)] == ["b", "a", "a"]  # type: ignore[union-attr]


# Strategies by name.


def test_greedy_is_one_pass_and_ignores_the_seed() -> None:
    for problem in PROBLEMS:
        trees = [search(problem, setting("greedy", seed=seed)) for seed in (0, 1, 99)]
        assert len({tuple(n.text for n in tree) for tree in trees}) == 1
        assert len(trees[0].finished()) <= 1
        assert len(trees[0]) == len(trees[0].nodes[-1].path()) + 1


def test_another_seed_is_another_tree_for_every_other_strategy() -> None:
    for name in set(STRATEGIES) - {"greedy"}:
        texts = {tuple(n.text for n in search(HARD, setting(name, seed=seed))) for seed in range(4)}
        assert len(texts) > 1, name


@pytest.mark.parametrize("name", ["self-consistency", "best-of-n", "weighted-best-of-n"])
def test_sampling_makes_n_whole_solutions_of_which_the_first_m_are_those_of_a_smaller_n(name: str) -> None:
    few, many = (search(HARD, setting(name, {"n": n})) for n in (3, 7))
    assert len(few.root.children) == 3 and len(many.root.children) == 7
    assert [n.steps() for n in few.finished()] == [n.steps() for n in many.finished()][: len(few.finished())]


def test_strategies_that_need_a_prm_say_so() -> None:
    assert {s.name for s in STRATEGIES.values() if not s.needs_prm} == {"greedy", "self-consistency", "early-stop"}


def test_every_strategy_says_what_it_is_and_where_it_comes_from() -> None:
    for name, strategy in STRATEGIES.items():
        assert strategy.name == name and strategy.summary and strategy.paper
        for p in strategy.parameters.values():
            assert p.help
            if isinstance(p.default, str):
                assert p.read(p.default) == p.default if p.read else p.default in p.choices
            else:
                assert p.least <= p.default


def test_a_strategy_that_does_not_exist_is_refused_with_those_that_do() -> None:
    with pytest.raises(StrategyError, match=r"got strategy 'a-star', expected one of: greedy, self-consistency"):
        find_strategy("a-star")


def test_parameters_not_given_take_their_defaults() -> None:
    assert check_parameters(STRATEGIES["mcts"], {"n": 3.0}) == {
        "n": 3, "width": 4, "c": 1.0, "widening": 0.5, "aggregate": "last",
    }  # fmt: skip
    assert isinstance(check_parameters(STRATEGIES["beam"], {"n": 3.0})["n"], int)


@pytest.mark.parametrize(
    ("strategy", "given_", "message"),
    [
        ("beam", {"breadth": 4}, r"strategy 'beam' has no parameter 'breadth'; it has: n, width, redraws"),
        ("greedy", {"n": 4}, r"strategy 'greedy' has no parameter 'n'; it has: none"),
        ("beam", {"n": 0}, r"got n=0 for 'beam', expected a whole number of at least 1"),
        ("beam", {"n": -4}, r"got n=-4 for 'beam', expected a whole number of at least 1"),
        ("beam", {"n": 2.5}, r"got n=2\.5 for 'beam', expected a whole number of at least 1"),
        ("beam", {"n": float("nan")}, r"got n=nan for 'beam', expected a whole number"),
        ("beam", {"width": float("inf")}, r"got width=inf for 'beam', expected a whole number"),
        ("mcts", {"c": -1.0}, r"got c=-1\.0 for 'mcts', expected a number of at least 0"),
        ("mcts", {"c": float("inf")}, r"got c=inf for 'mcts', expected a number"),
        ("mcts", {"c": "4"}, r"got c='4' for 'mcts', expected a number of at least 0"),
        ("beam", {"width": True}, r"got width=True for 'beam', expected a whole number of at least 1"),
        ("beam", {"aggregate": "sum"}, r"got aggregate='sum' for 'beam', expected one of: last, min, prod, mean"),
        ("dvts", {"aggregate": 1.0}, r"got aggregate=1\.0 for 'dvts', expected one of: last, min, prod, mean"),
        ("self-consistency", {"aggregate": "min"}, r"strategy 'self-consistency' has no parameter 'aggregate'"),
    ],
)
def test_a_parameter_that_is_wrong_is_refused_with_what_is_right(
    strategy: str, given_: dict[str, float | str], message: str
) -> None:
    with pytest.raises(StrategyError, match=message):
        check_parameters(STRATEGIES[strategy], given_)
