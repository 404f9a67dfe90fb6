from itertools import combinations
from math import comb
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.measure.pool import Pool
from engine.measure.prm.overoptimise import budget_curve, expected_reward, pool_curve
from tests.measure.prm.stepping import a_tree_of, reading

samples = st.lists(st.tuples(st.sampled_from([np.nan, 0.1, 0.4, 0.4, 0.7, 0.9]), st.booleans()), min_size=1, max_size=7)


def brute(rewards: list[float], correct: list[bool], k: int) -> tuple[float, float, float]:
    """Every subset in turn: the best by reward, ties by equal chances, those without a reward last."""
    proxies, right, covered = [], [], []
    for taken in combinations(range(len(rewards)), k):
        known = [rewards[i] for i in taken if not np.isnan(rewards[i])]
        best = [i for i in taken if rewards[i] == max(known)] if known else list(taken)
        if known:
            proxies.append(max(known))
        right.append(np.mean([correct[i] for i in best]))
        covered.append(any(correct[i] for i in taken))
    return float(np.mean(proxies)) if proxies else np.nan, float(np.mean(right)), float(np.mean(covered))


@given(st.lists(samples, min_size=1, max_size=4), st.integers(1, 7))
def test_the_best_of_k_is_what_all_subsets_say(pools: list[list[tuple[float, bool]]], n: int) -> None:
    same = [(pool * n)[:n] for pool in pools]
    rewards = np.array([[r for r, _ in pool] for pool in same])
    ks = list(range(1, n + 1))
    proxies = expected_reward(rewards, ks)
    for pool, proxy in zip(same, proxies, strict=True):
        rewarded = [None if np.isnan(r) else r for r, _ in pool]
        table = pool_curve([Pool([str(i) for i in range(n)], rewarded, [c for _, c in pool])], ks)
        expected = np.array([brute([r for r, _ in pool], [c for _, c in pool], k) for k in ks])
        assert np.allclose(table[["proxy", "accuracy", "coverage"]], expected, equal_nan=True)
        assert np.allclose(proxy, expected[:, 0], equal_nan=True)


@given(st.lists(st.lists(st.floats(0, 1), min_size=8, max_size=8), min_size=1, max_size=4))
def test_the_best_of_more_samples_is_never_expected_to_be_rewarded_less(rewards: list[list[float]]) -> None:
    proxies = expected_reward(np.array(rewards), range(1, 9))
    assert (np.diff(proxies, axis=1) >= -1e-12).all()
    assert np.allclose(proxies[:, 0], np.mean(rewards, axis=1)) and np.allclose(proxies[:, -1], np.max(rewards, axis=1))


def test_a_fooled_prm_is_seen_as_reward_that_rises_while_accuracy_falls() -> None:
    # Half of the samples are right with a fair reward; one in sixteen is wrong, and the PRM loves it.
    rewards: list[float | None] = [0.99, *[0.6] * 8, *[0.2] * 7]
    correct = [False, *[True] * 8, *[False] * 7]
    table = pool_curve([Pool(["x"] * 16, rewards, correct)] * 3)
    assert table["k"].tolist() == [1, 2, 4, 8, 16]
    assert table["proxy"].is_monotonic_increasing
    assert table["accuracy"].iloc[2] > table["accuracy"].iloc[0] > table["accuracy"].iloc[-1] == 0
    at_4 = (1 - comb(7, 4) / comb(15, 4)) * (1 - 4 / 16)
    assert table["accuracy"].iloc[2] == pytest.approx(at_4)


def test_a_pool_smaller_than_k_says_nothing_of_k_and_missing_rewards_are_counted() -> None:
    pools = [Pool(["x"] * 2, [0.5, None], [True, False]), Pool(["x"] * 4, [0.5, 0.6, None, None], [False] * 4)]
    table = pool_curve(pools).set_index("k")
    assert table["problems"].tolist() == [2, 2, 1]
    assert table["missing"].tolist() == [3, 3, 2]
    assert table.loc[4, "accuracy"] == 0
    assert table.loc[2, "accuracy"] == 0.5


def test_no_pools_make_an_empty_curve() -> None:
    assert pool_curve([]).empty and "accuracy" in pool_curve([])
    assert pool_curve([Pool([], [], [])]).empty


def test_by_budget_the_chosen_answers_reward_stands_beside_what_it_was_worth(tmp_path: Path) -> None:
    tables = []
    for n, reward, right in ((4, 0.5, True), (16, 0.9, False)):
        for seed in (0, 1):
            trees = [
                a_tree_of("1 2", [[(0.1, True), (reward, right)]]),
                a_tree_of("3 4", [[(0.2, True), (None, True)]]),
                a_tree_of("5 6", [[(0.2, True)]], chosen=None),
            ]
            own = reading(tmp_path, trees, f"{n}-{seed}", "beam", seed=seed, parameters={"n": n})
            tables.append(own.answers)
    table = budget_curve(pd.concat(tables, ignore_index=True))
    assert table["n"].tolist() == [4, 16]
    assert table["proxy"].tolist() == pytest.approx([0.5, 0.9])
    assert table["accuracy"].tolist() == pytest.approx([2 / 3, 1 / 3])
    assert table["missing"].tolist() == [4, 4]
    assert table["line"].tolist() == ["beam"] * 2


def test_the_reward_of_an_answer_is_aggregated_as_its_search_did(tmp_path: Path) -> None:
    tree = [a_tree_of("1 2", [[(0.2, True), (0.9, True)]])]
    for how, expected in (("last", 0.9), ("min", 0.2), ("prod", 0.18), ("mean", 0.55)):
        own = reading(tmp_path, tree, how, parameters={"n": 1, "aggregate": how})
        assert own.answers["proxy"].tolist() == pytest.approx([expected])
