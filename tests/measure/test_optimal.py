"""The compute-optimal policy against worlds in which the best choice is known."""

from itertools import product
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.measure.arms import Arms, arm_words, arms_of
from engine.measure.optimal import allocate, best_fixed, compute_optimal, plan_parts, spread, table, words
from engine.prices import Prices
from engine.protocol import ArbutusError
from engine.runs import Run
from engine.search.plan import read_plan
from engine.tree import Closed, Cost, Grown, Problem, Scored, Tree
from tests.measure.logged import write_run


def world(
    solved: list[list[float]], cost: list[float], hard: list[float], *, estimating: float = 0.0, copies: int = 10
) -> Arms:
    """Each row of `solved` (a kind of problem, by arm) and its difficulty, `copies` times."""
    rows = np.repeat(np.array(solved, dtype=float), copies, axis=0)
    spent = np.tile(np.array(cost, dtype=float), (len(rows), 1))
    return Arms(
        problems=[str(i) for i in range(len(rows))],
        names=[f"beam n={i + 1}" for i in range(len(cost))],
        solved=rows,
        spent=spent,
        by="reward",
        samples=4,
        estimates=np.repeat(np.array(hard, dtype=float), copies),
        estimating=np.full(len(rows), estimating),
        needs_estimate=np.zeros(len(cost), dtype=bool),
        left_out=0,
    )


EVERYONE = np.ones(20, dtype=bool)


def test_easy_problems_get_the_cheap_arm_and_hard_ones_the_dear_one() -> None:
    arms = world([[0, 1], [1, 1]], [1, 9], [0.1, 0.9])
    chosen = allocate(arms, EVERYONE, 5.0, 2)
    assert chosen and chosen.arms == [1, 0] and 0.1 < chosen.bounds[0] < 0.9
    assert words(arms, chosen) == f"reward of 4: up to {chosen.bounds[0]:g} beam n=2; else beam n=1"
    (point,) = compute_optimal(arms, [6.0], parts=2)
    assert point.accuracy.mean == 1.0 and point.spent == 5.0
    assert point.fixed.mean == 0.5 and point.fixed_spent == 1.0 and point.fixed_arms == ["beam n=1"]
    assert point.gain.mean == 0.5 and point.gain.low > 0.2


def test_where_all_problems_are_alike_there_is_nothing_to_gain_and_the_estimate_is_lost() -> None:
    arms = world([[0.3, 0.6], [0.3, 0.6]], [1, 4], [0.1, 0.9], estimating=2.0)
    small, large = compute_optimal(arms, [4.7, 6.0], parts=2)
    assert small.fixed.mean == pytest.approx(0.6) and small.accuracy.mean == pytest.approx(0.45)
    assert large.accuracy.mean == pytest.approx(0.6) and large.spent == pytest.approx(6.0)
    assert large.estimating == 2.0 and large.gain.mean == pytest.approx(0.0)


def test_a_budget_that_buys_no_estimate_has_no_point() -> None:
    arms = world([[0.3, 0.6]], [1, 4], [0.5], estimating=2.0)
    assert compute_optimal(arms, [2.9]) == [] and len(compute_optimal(arms, [3.0])) == 1


def test_a_plan_chosen_by_luck_shows_no_more_than_luck() -> None:
    """Arms that are coins: the best of sixty is right on the problems it was chosen on, and elsewhere half the time."""
    coins = world([[0.5] * 60] * 2, [1.0] * 60, [0.1, 0.9], copies=100)
    seen, shown = [], []
    for seed in range(8):
        arms = coins._replace(solved=np.random.default_rng(seed).integers(0, 2, size=(200, 60)).astype(float))
        chosen = allocate(arms, np.ones(200, dtype=bool), 1.0, 2)
        assert chosen is not None
        own = np.array(chosen.arms)[np.searchsorted(chosen.bounds, arms.estimates)]
        seen.append(arms.solved[np.arange(200), own].mean())
        shown += [p.accuracy.mean for p in compute_optimal(arms, [1.0], parts=2, draws=100)]
    assert np.mean(seen) > 0.6 and abs(np.mean(shown) - 0.5) < 0.04


def test_no_problem_has_a_say_in_what_is_chosen_for_it() -> None:
    arms = world([[0, 1, 0.4], [1, 0, 0.4]], [1, 2, 1.5], [0.2, 0.8])
    flipped = arms.solved.copy()
    flipped[0] = 1 - flipped[0]
    before, after = (compute_optimal(a, [2.5], parts=2, folds=20) for a in (arms, arms._replace(solved=flipped)))
    # With a fold for each problem the choice for the first one is the same, so its outcome is what was flipped.
    assert before[0].accuracy.mean == 1.0 and after[0].accuracy.mean == pytest.approx(19 / 20)


tables = st.lists(st.lists(st.integers(0, 6).map(lambda k: k / 6), min_size=4, max_size=4), min_size=2, max_size=3)


@given(tables, st.lists(st.integers(1, 9), min_size=4, max_size=4), st.floats(1, 12))
@settings(max_examples=60)
def test_an_allocation_keeps_to_its_budget_and_nothing_on_the_hulls_is_better(
    solved: list[list[float]], cost: list[int], budget: float
) -> None:
    arms = world(solved, list(map(float, cost)), [i / 10 for i in range(len(solved))])
    everyone = np.ones(len(arms.problems), dtype=bool)
    chosen = allocate(arms, everyone, budget, len(solved), prior=0)
    spend = lambda picked: float(np.mean([cost[i] for i in picked]))  # noqa: E731
    gain = lambda picked: float(np.mean([row[i] for row, i in zip(solved, picked, strict=True)]))  # noqa: E731
    if chosen is None:
        assert min(cost) > budget
        return
    assert len(chosen.arms) == len(solved) and spend(chosen.arms) <= budget + 1e-9
    # Of all allocations (brute force), none that spends as little solves more.
    within = [gain(p) for p in product(range(4), repeat=len(solved)) if spend(p) <= spend(chosen.arms) + 1e-9]
    largest = max(np.diff(sorted({0.0, *(v for row in solved for v in row)})), default=1.0)
    assert gain(chosen.arms) >= max(within) - max(largest, 1.0) / len(solved) - 1e-9
    if budget >= max(cost):
        assert gain(chosen.arms) == pytest.approx(np.mean([max(row) for row in solved]))


def test_the_best_fixed_arm_is_the_best_within_the_budget_and_of_equals_the_cheapest() -> None:
    arms = world([[0.2, 0.7, 0.7, 0.9]], [1, 4, 3, 8], [0.5], copies=20)
    assert [best_fixed(arms, EVERYONE, budget) for budget in (0.5, 2, 5, 8)] == [None, 0, 2, 3]
    only = arms._replace(needs_estimate=np.array([False, False, True, False]))
    assert best_fixed(only, EVERYONE, 5) == 1


def test_budgets_reach_from_the_cheapest_arm_to_the_dearest() -> None:
    budgets = spread(world([[0, 1]], [10, 1000], [0.5], estimating=5.0))
    assert len(budgets) == 8 and 15 < budgets[0] < 16 and budgets[-1] == pytest.approx(1005, rel=0.01)


def test_what_was_seen_on_few_problems_is_drawn_towards_what_is_seen_on_all() -> None:
    """By luck a part of ten problems is best served by an arm that is behind on all problems together."""
    rows = np.zeros((110, 2))
    rows[:10, 0], rows[:9, 1], rows[10:60, 1], rows[10:55, 0] = 1, 1, 1, 1
    spent, hard = np.ones((110, 2)), np.repeat([0.1, 0.9], [10, 100]).astype(float)
    arms = world([[0, 0]] * 11, [1, 1], [0.5] * 11)._replace(solved=rows, spent=spent, estimates=hard)
    everyone = np.ones(110, dtype=bool)
    luck, doubt = (allocate(arms, everyone, 1.0, 2, prior=prior) for prior in (0, 40))
    assert luck and doubt and luck.arms == [0, 1] and doubt.arms == [1, 1]


def test_neighbours_with_the_same_arm_are_one_part_of_the_plan() -> None:
    arms = world([[1, 1], [0, 1], [0, 1]], [1, 2], [0.1, 0.5, 0.9])
    chosen = allocate(arms, np.ones(30, dtype=bool), 1.7, 3)
    assert chosen and chosen.arms == [0, 1, 1] and len(plan_parts(arms, chosen)) == 2
    assert read_plan(words(arms, chosen)).parts[0].up_to < 0.5
    assert len(table(arms, compute_optimal(arms, [5.0]))) == 1


# Read off runs.


def pool_tree(i: int, rewards: list[float], right: list[bool]) -> Tree:
    """A problem with a solution of one step a reward."""
    n = len(rewards)
    tree = Tree(Problem(f"p{i}", f"What is {i}?", None, {"level": i % 2}))
    answers: list[str | None] = ["yes" if ok else f"no {j}" for j, ok in enumerate(right)]
    tree.apply(Grown([0] * n, answers, ["end"] * n, [-1.0] * n, answers, [Cost(policy_tokens=10)] * n))  # type: ignore[arg-type]
    tree.apply(Scored(list(range(1, n + 1)), list(rewards), list(rewards), [Cost(prm_tokens=7)] * n))
    best = max(range(n), key=lambda j: rewards[j])
    tree.apply(Closed(best + 1, "best", "done", {j + 1: ok for j, ok in enumerate(right)}, {}))
    return tree


@pytest.fixture
def sweep(tmp_path: Path) -> dict[str, Run]:
    """Of twelve problems the even ones are hard: no sample of the first four is right, the last of eight is."""
    for n in (1, 4, 8):
        trees = []
        for i in range(12):
            easy = bool(i % 2)
            right = [easy] * n if n < 8 else [easy] * 7 + [True]
            rewards = [0.9 if ok else 0.2 + j / 100 for j, ok in enumerate(right)]
            trees.append(pool_tree(i, rewards, right))
        write_run(tmp_path / f"n{n}", trees, "best-of-n", parameters={"n": n, "aggregate": "last"})
    return {path.name: Run.open(path) for path in tmp_path.iterdir()}


def test_the_estimate_and_its_cost_are_those_of_the_first_samples(sweep: dict[str, Run]) -> None:
    arms = arms_of(sweep, by="reward", samples=4, x="tokens")
    assert sorted(arms.names) == ["best-of-n n=1", "best-of-n n=4", "best-of-n n=8", "stop"]
    assert set(arms.estimating) == {4 * 17.0}
    assert {round(e, 3) for e in arms.estimates} == {0.9, 0.215}
    at = dict(zip(arms.names, arms.spent.T, strict=True))
    assert set(at["best-of-n n=8"]) == {8 * 17.0} and set(at["stop"]) == {0.0}
    assert arms_of(sweep, samples=2, x="completions").estimating.tolist() == [2.0] * 12
    agreed = arms_of(sweep, by="agreement", samples=4, x="tokens")
    assert set(agreed.estimating) == {40.0} and set(agreed.estimates) == {1.0, 0.25}
    paid = arms_of(sweep, samples=4, x="money", prices=Prices(policy=3.0, prm=1.0))
    assert paid.estimating == pytest.approx((40 * 3 + 28) / 1e6)


def test_the_policy_stops_where_the_samples_will_do_and_searches_on_where_they_will_not(sweep: dict[str, Run]) -> None:
    arms = arms_of(sweep, samples=4, x="tokens")
    (point,) = compute_optimal(arms, [140.0], parts=2, folds=6)
    assert [arms.names[i] for i in point.chosen.arms] == ["best-of-n n=8", "stop"]
    assert point.accuracy.mean == 1.0 and point.spent == pytest.approx(68 + 136 / 2)
    assert point.fixed.mean == 1.0 and point.fixed_arms == ["best-of-n n=8"]
    (less,) = compute_optimal(arms, [100.0], parts=2, folds=6)
    assert less.accuracy.mean == 0.5 and less.fixed.mean == 0.5


def test_by_construction_nothing_is_estimated_and_nothing_paid(sweep: dict[str, Run]) -> None:
    arms = arms_of(sweep, by="level", x="policy_tokens")
    assert "stop" not in arms.names and not arms.estimating.any() and set(arms.estimates) == {0.0, 1.0}
    (point,) = compute_optimal(arms, [50.0], parts=2, folds=6)
    assert words(arms, point.chosen).startswith("level: up to 0.5 best-of-n n=8; else best-of-n n=1")
    assert point.accuracy.mean == 1.0 and point.fixed.mean == 0.5


def test_by_pass_at_1_the_answer_key_sorts(sweep: dict[str, Run]) -> None:
    arms = arms_of(sweep, by="pass@1", samples=4, x="policy_tokens")
    assert set(arms.estimates) == {1 / 8, 1.0} and not arms.estimating.any() and "stop" not in arms.names


def test_runs_that_do_not_belong_together_are_refused(sweep: dict[str, Run], tmp_path: Path) -> None:
    write_run(tmp_path / "other", [pool_tree(0, [0.5], [True])], "beam", prm={"id": "another"})
    with pytest.raises(ArbutusError, match="PRMs another, tiny-prm, expected one"):
        arms_of({**sweep, "other": Run.open(tmp_path / "other")})
    with pytest.raises(ArbutusError, match="with n of at least 99"):
        arms_of(sweep, samples=99)
    with pytest.raises(ArbutusError, match="have no such number"):
        arms_of(sweep, by="subject")
    with pytest.raises(ArbutusError, match="got no run that a plan could name"):
        arms_of({})


def test_an_arm_is_named_as_a_plan_names_it(sweep: dict[str, Run]) -> None:
    assert arm_words(sweep["n4"]) == "best-of-n n=4"
    assert read_plan(f"reward of 4: else {arm_words(sweep['n4'])}").words == "reward of 4: else best-of-n n=4"


def test_a_run_that_has_not_begun_is_no_arm_and_no_pool(sweep: dict[str, Run], tmp_path: Path) -> None:
    write_run(tmp_path / "begun", [], "best-of-n", parameters={"n": 64, "aggregate": "last"})
    arms, same = arms_of({**sweep, "begun": Run.open(tmp_path / "begun")}), arms_of(sweep)
    assert arms.names == same.names and (arms.estimates == same.estimates).all() and not arms.left_out
