"""Every estimator against all subsets of small pools, counted one by one."""

from collections.abc import Callable
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.measure import pools as module
from engine.measure.pools import Pools, best_of, majority, mean_error, pass_at, weighted

REWARDS = st.sampled_from([None, 0.0, 0.1, 0.5, 0.6, 0.9])
Answered = list[str | None]
Rewarded = list[float | None]


def stack(*problems: tuple[Answered, Rewarded, str]) -> Pools:
    """Pools of a size; the third entry of each names the answers that are right."""
    answers = np.array([[-1 if a is None else ord(a) - ord("a") for a in said] for said, _, _ in problems])
    rewards = np.array([given for _, given, _ in problems], dtype=np.float64)
    return Pools(answers, rewards, np.array([[a is not None and a in key for a in said] for said, _, key in problems]))


@st.composite
def problems(draw: st.DrawFn) -> list[tuple[Answered, Rewarded, str]]:
    n = draw(st.integers(1, 7))
    answers = st.lists(st.sampled_from([None, "a", "b", "c", "d"]), min_size=n, max_size=n)
    rewards = st.lists(REWARDS, min_size=n, max_size=n)
    return draw(st.lists(st.tuples(answers, rewards, st.sampled_from(["", "a", "b", "bd"])), min_size=1, max_size=4))


def over_subsets(n: int, k: int, chance: Callable[..., float], *problem: object) -> float:
    return float(np.mean([chance(*problem, list(subset)) for subset in combinations(range(n), k)]))


def holds_right(answers: Answered, _: Rewarded, key: str, subset: list[int]) -> float:
    return float(any((answers[i] or "?") in key for i in subset))


def best_chance(answers: Answered, rewards: Rewarded, key: str, subset: list[int]) -> float:
    def rank(i: int) -> tuple[bool, float]:
        return (answers[i] is not None, -1.0 if rewards[i] is None else float(rewards[i] or 0.0))

    top = max(rank(i) for i in subset)
    best = [(answers[i] or "?") in key for i in subset if rank(i) == top]
    return sum(best) / len(best)


def vote_chance(answers: Answered, weights: Rewarded, key: str, subset: list[int]) -> float:
    """By the written rule: sums of weights; votes of no weight by number, above those without any."""
    totals: dict[str, tuple[float, int, int]] = {}
    for i in subset:
        if (answer := answers[i]) is not None:
            total, zeros, missing = totals.get(answer, (0.0, 0, 0))
            weight = weights[i]
            totals[answer] = (total + (weight or 0.0), zeros + (weight == 0), missing + (weight is None))
    some = max((t[0] for t in totals.values()), default=0.0) > 0
    zeros = any(t[1] for t in totals.values())
    worth = {a: t[0] if some else t[1] if zeros else t[2] for a, t in totals.items()}
    best = [a for a in worth if worth[a] >= max(worth.values()) * (1 - 1e-5)]
    return sum(a in key for a in best) / len(best) if best else 0.0


def everyone(given: list[tuple[Answered, Rewarded, str]]) -> list[tuple[Answered, Rewarded, str]]:
    return [(answers, [1.0] * len(answers), key) for answers, _, key in given]


@given(problems())
def test_pass_at_k_is_the_share_of_subsets_that_hold_a_right_sample(given) -> None:  # type: ignore[no-untyped-def]
    n = len(given[0][0])
    told = pass_at(stack(*given), range(1, n + 1))
    for row, problem in zip(told.value, given, strict=True):
        assert row == pytest.approx([over_subsets(n, k, holds_right, *problem) for k in range(1, n + 1)])
    assert not told.error.any()


@given(problems())
def test_best_of_k_is_the_mean_over_subsets_with_ties_given_equal_chances(given) -> None:  # type: ignore[no-untyped-def]
    n = len(given[0][0])
    told = best_of(stack(*given), range(1, n + 1))
    for row, problem in zip(told.value, given, strict=True):
        assert row == pytest.approx([over_subsets(n, k, best_chance, *problem) for k in range(1, n + 1)])
    assert not told.error.any()


@given(problems())
def test_a_counted_majority_is_the_mean_over_subsets(given) -> None:  # type: ignore[no-untyped-def]
    n = len(given[0][0])
    told = majority(stack(*given), range(1, n + 1))
    for row, problem in zip(told.value, everyone(given), strict=True):
        assert row == pytest.approx([over_subsets(n, k, vote_chance, *problem) for k in range(1, n + 1)])
    assert not told.error.any()


@given(problems())
def test_each_vote_of_a_drawn_subset_is_settled_by_the_written_rule(given) -> None:  # type: ignore[no-untyped-def]
    pools, n = stack(*given), len(given[0][0])
    heard = [i for i, (answers, _, _) in enumerate(given) if any(answers)]
    subsets = [list(s) for k in range(1, n + 1) for s in combinations(range(n), k)]
    drawn = np.array([[i in s for s in subsets] for i in range(n)], dtype=np.float32)
    if heard:
        orders = np.tile(np.arange(n), (len(heard), 1))
        won = module._won(pools.of(np.array(heard)), orders, drawn)
        for row, i in zip(won, heard, strict=True):
            assert row == pytest.approx([vote_chance(*given[i], s) for s in subsets])


@given(problems())
@settings(max_examples=40)
def test_a_weighted_vote_of_two_and_of_all_is_exact_and_others_lie_within_their_error(given) -> None:  # type: ignore[no-untyped-def]
    n = len(given[0][0])
    told = weighted(stack(*given), range(1, n + 1), draws=1500)
    for row, errors, problem in zip(told.value, told.error, given, strict=True):
        for k, value, error in zip(range(1, n + 1), row, errors, strict=True):
            truth = over_subsets(n, k, vote_chance, *problem)
            if k <= 2 or k == n:
                assert (value, error) == (pytest.approx(truth, abs=1e-6), 0)
            else:  # where no draw disagreed the stated error is 0, and only rare outcomes can have been missed
                assert value == pytest.approx(truth, abs=6 * error + 0.01)


def large(problems: int = 60, n: int = 96) -> Pools:
    rng = np.random.default_rng(3)
    answers = rng.choice(6, p=[0.3, 0.28, 0.2, 0.1, 0.1, 0.02], size=(problems, n)) - 1
    rewards = np.clip(rng.normal(0.4 + 0.1 * (answers == 0), 0.2), 0, 1)
    return Pools(
        np.sort(answers, axis=1), np.take_along_axis(rewards, np.argsort(answers, axis=1), axis=1), answers < 0
    )


def test_a_drawn_majority_agrees_with_the_counted_one_within_its_stated_error(monkeypatch) -> None:  # type: ignore[no-untyped-def]
    pools = large()._replace(correct=large().answers == 0)
    ks = [1, 2, 3, 8, 24, 48, 96]
    drawn = majority(pools, ks)
    monkeypatch.setattr(module, "COUNTED_UP_TO", 96)
    counted = majority(pools, ks)
    assert drawn.error[:, [2, 3, 4, 5]].any() and not drawn.error[:, [0, 1, 6]].any()
    assert not counted.error.any()
    gaps = (drawn.value - counted.value).mean(axis=0)
    assert (np.abs(gaps) <= 4 * mean_error(drawn) + 1e-9).all()


def test_the_stated_error_is_what_draws_differ_by_even_where_samples_come_sorted(monkeypatch) -> None:  # type: ignore[no-untyped-def]
    pools = large()._replace(correct=large().answers == 0)
    ks = [4, 16, 48]
    runs = [weighted(pools, ks, seed=seed) for seed in range(40)]
    spread = np.std([run.value.mean(axis=0) for run in runs], axis=0, ddof=1)
    stated = np.mean([mean_error(run) for run in runs], axis=0)
    assert (spread <= 1.4 * stated).all(), "disjoint subsets may vary less, never much more"
    assert (spread >= 0.2 * stated).all()


@given(st.integers(3, 40), st.data())
def test_subsets_hold_k_samples_each_and_have_none_in_common_until_the_pool_is_used_up(
    n: int, data: st.DataObject
) -> None:
    k = data.draw(st.integers(3, n))
    subsets, columns = module._subsets(n, [k], 10, np.random.default_rng(0))
    assert columns == [slice(0, 10 if k < n else 1)]
    assert (subsets.sum(axis=0) == k).all()
    together = subsets[:, : n // k].sum(axis=1)
    assert together.max() <= 1


def test_every_sample_is_drawn_equally_often() -> None:
    subsets, _ = module._subsets(10, [4], 20_000, np.random.default_rng(1))
    assert subsets.mean(axis=1) == pytest.approx(np.full(10, 0.4), abs=0.015)
    pairs = (subsets @ subsets.T) / subsets.shape[1]
    assert pairs[~np.eye(10, dtype=bool)] == pytest.approx(np.full(90, 4 / 10 * 3 / 9), abs=0.015)


def test_the_same_seed_draws_the_same_and_a_problem_is_estimated_the_same_beside_others() -> None:
    pools = large()._replace(correct=large().answers == 0)
    assert (weighted(pools, [16], seed=1).value == weighted(pools, [16], seed=1).value).all()
    assert (weighted(pools, [16], seed=1).value != weighted(pools, [16], seed=2).value).any()
    alone = pools.of(slice(7))
    assert pass_at(alone, [5]).value == pytest.approx(pass_at(pools, [5]).value[:7])
    assert best_of(alone, [5]).value == pytest.approx(best_of(pools, [5]).value[:7])


def test_samples_that_answer_nothing_win_no_vote_and_are_chosen_last() -> None:
    pools = stack(([None, None, None, "a"], [0.9, 0.9, 0.9, None], "a"), ([None] * 4, [0.9] * 4, "a"))
    assert majority(pools, [4]).value.tolist() == [[1], [0]]
    assert weighted(pools, [4]).value.tolist() == [[1], [0]]
    assert best_of(pools, [4]).value.tolist() == [[1], [0]]


def test_what_cannot_be_drawn_is_refused_with_what_was_expected() -> None:
    pools = stack((["a", "b"], [0.1, 0.2], "a"))
    for estimator in (pass_at, best_of, majority, weighted):
        for k in (0, 3):
            with pytest.raises(ValueError, match=f"got k = {k} for a pool of 2; expected 1 to 2"):
                estimator(pools, [k])
    with pytest.raises(ValueError, match="expected one entry a sample"):
        best_of(pools._replace(rewards=np.zeros((1, 3))), [1])


@pytest.mark.parametrize("n", [256, 1000])
def test_the_chances_of_large_pools_stay_chances(n: int) -> None:
    rng = np.random.default_rng(0)
    pools = Pools(rng.integers(0, 5, (3, n)), rng.random((3, n)), rng.random((3, n)) < 0.2)
    for estimator in (pass_at, best_of):
        value = estimator(pools, range(1, n + 1)).value
        assert ((value >= -1e-12) & (value <= 1 + 1e-12)).all()
        assert value[:, 0] == pytest.approx(pools.correct.mean(axis=1))
