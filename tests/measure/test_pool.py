from math import prod
from pathlib import Path
from statistics import fmean

import pandas as pd
import pytest

from engine.measure import curve, frame
from engine.measure.pool import pool_of, pooled_frame
from engine.rewards import AGGREGATES
from engine.runs import Run, RunError
from engine.tree import Closed, Tree
from tests.measure.logged import a_tree, write_run
from tests.worlds import grown_tree

N = 4


def run_of(folder: Path, strategy: str) -> Run:
    trees = [
        a_tree("1-1", [True, False, False, False]),
        a_tree("2-2", [True, True, False, True]),
        a_tree("3-3", [False] * N),
        a_tree("4-4", [False] * N, error="broke"),
    ]
    return Run.open(write_run(folder / strategy, trees, strategy, parameters={"n": N}))


def test_a_pool_holds_every_sample_with_its_answer_reward_and_truth() -> None:
    pool = pool_of(a_tree("1-1", [True, False]))
    assert pool is not None
    assert pool.answers == ["24", "26"]
    assert pool.rewards == [0.9, 0.2]
    assert pool.correct == [True, False]
    assert pool_of(a_tree("1-1", [True, None])) is None


def test_a_pool_of_n_gives_the_chance_at_every_smaller_k(tmp_path: Path) -> None:
    rows = pooled_frame("pool", run_of(tmp_path, "best-of-n")).set_index(["problem", "n"])
    assert rows.loc["1-1", "correct"].tolist() == pytest.approx([1 / 4, 2 / 4, 1])
    assert rows.loc["2-2", "correct"].tolist() == pytest.approx([3 / 4, 1, 1])
    assert rows.loc["3-3", "correct"].tolist() == [0, 0, 0]
    assert rows.loc["1-1", "covered"].tolist() == pytest.approx([1 / 4, 2 / 4, 1])


def test_a_vote_in_a_pool_needs_more_than_one_supporter(tmp_path: Path) -> None:
    rows = pooled_frame("pool", run_of(tmp_path, "self-consistency")).set_index(["problem", "n"])
    assert rows.loc[("1-1", 4), "correct"] == pytest.approx(1 / 4), "four answers with a vote each"
    assert rows.loc[("2-2", 4), "correct"] == 1


def test_a_failed_tree_is_not_correct_at_any_k_and_counted(tmp_path: Path) -> None:
    rows = pooled_frame("pool", run_of(tmp_path, "weighted-best-of-n"))
    failed = rows[rows["problem"] == "4-4"]
    assert failed["correct"].tolist() == [0, 0, 0]
    assert failed["failed"].all()


def test_k_of_n_samples_cost_k_nths(tmp_path: Path) -> None:
    run = run_of(tmp_path, "best-of-n")
    whole = frame([run]).set_index("problem").loc["1-1"]
    part = pooled_frame("pool", run).set_index(["problem", "n"]).loc[("1-1", 1)]
    assert part["tokens"] == pytest.approx(whole["tokens"] / 4)
    assert part["flops"] == pytest.approx(whole["flops"] / 4)


def chains() -> Tree:
    """Four solutions of two steps; each is the best by one of the aggregates. The second is right."""
    tree = grown_tree(
        [("a", 0.1), ("A", 0.95)], [("b", 0.5), ("B", 0.5)], [("c", 0.45), ("C", 0.8)], [("d", 1.0), ("D", 0.35)]
    )
    tree.apply(Closed(2, "as the test wants it", "done", {n.id: n.text == "B" for n in tree.finished()}, {}))
    return tree


@pytest.mark.parametrize("how", AGGREGATES)
def test_the_rewards_of_a_pool_are_those_that_the_search_itself_compared(how: str) -> None:
    tree = chains()
    pool = pool_of(tree, how)
    assert pool is not None
    rule = {"last": lambda path: path[-1], "min": min, "prod": prod, "mean": fmean}[how]
    assert pool.rewards == pytest.approx([rule([n.reward for n in leaf.path()]) for leaf in tree.finished()])


@pytest.mark.parametrize("how", AGGREGATES)
def test_a_missing_reward_is_missing_in_a_pool_where_it_counts(how: str) -> None:
    tree = grown_tree([("a", None), ("A", 0.9)], [("b", 0.4), ("B", None)], [("c", 0.2), ("C", 0.6)])
    pool = pool_of(tree, how)
    assert pool is None, "nothing is graded before the tree is closed"
    tree.apply(Closed(None, "", "done", {n.id: False for n in tree.finished()}, {}))
    pool = pool_of(tree, how)
    assert pool is not None
    missing = {"last": [False, True, False]}.get(how, [True, True, False])
    assert [r is None for r in pool.rewards] == missing


@pytest.mark.parametrize("strategy", ["best-of-n", "weighted-best-of-n"])
def test_a_pooled_frame_estimates_with_the_aggregate_of_the_run(tmp_path: Path, strategy: str) -> None:
    solved = {}
    for how in (None, *AGGREGATES):
        given = {} if how is None else {"aggregate": how}
        folder = write_run(tmp_path / f"{how}", [chains()], strategy, parameters={"n": 4, **given})
        solved[how] = pooled_frame("pool", Run.open(folder)).set_index("n").loc[4, "correct"]
    assert solved == {None: 0, "last": 0, "min": 1, "prod": 0, "mean": 0}


def test_a_run_with_an_aggregate_that_is_none_is_named(tmp_path: Path) -> None:
    folder = write_run(tmp_path / "a", [chains()], "best-of-n", parameters={"n": 4, "aggregate": "median"})
    with pytest.raises(RunError, match=r"a: got the aggregate 'median', expected one of: last, min, prod, mean"):
        pooled_frame("pool", Run.open(folder))


def test_a_pool_cut_short_by_a_budget_says_nothing_of_a_larger_k(tmp_path: Path) -> None:
    run = Run.open(write_run(tmp_path / "a", [a_tree("1-1", [True, False])], "best-of-n", parameters={"n": 4}))
    rows = pooled_frame("pool", run).set_index("n")
    assert rows.loc[2, "correct"] == 1
    assert pd.isna(rows.loc[4, "correct"])


def test_a_pooled_frame_makes_a_curve_that_ends_where_the_run_itself_is(tmp_path: Path) -> None:
    run = run_of(tmp_path, "best-of-n")
    pooled, measured = curve(pooled_frame("pool", run)), curve(frame([run]))
    assert pooled["n"].tolist() == [1, 2, 4]
    assert pooled["y"].tolist() == pytest.approx([1 / 4, 1.5 / 4, 2 / 4])
    assert pooled.iloc[-1][["x", "y", "low", "high"]].tolist() == measured.iloc[0][["x", "y", "low", "high"]].tolist()


def test_a_search_has_no_pool(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="got a run of 'beam', expected one of: self-consistency, best-of-n"):
        pooled_frame("pool", run_of(tmp_path, "beam"))
