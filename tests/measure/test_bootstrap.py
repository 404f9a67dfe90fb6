import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.measure.bootstrap import difference, means, quantiles, resampled

OUTCOMES = st.lists(st.sampled_from([0.0, 0.5, 1.0]), min_size=1, max_size=40)


@given(OUTCOMES)
@settings(max_examples=50)
def test_an_interval_holds_its_mean_and_stays_in_range(outcomes: list[float]) -> None:
    (interval,) = means(np.array([outcomes]).T, draws=500)
    assert interval.mean == pytest.approx(np.mean(outcomes))
    assert 0 <= interval.low <= interval.mean <= interval.high <= 1


def test_the_interval_agrees_with_the_textbook_for_a_proportion() -> None:
    outcomes = np.array([[1.0] * 60 + [0.0] * 40]).T
    (interval,) = means(outcomes)
    half = 1.96 * np.sqrt(0.6 * 0.4 / 100)
    assert interval.low == pytest.approx(0.6 - half, abs=0.015)
    assert interval.high == pytest.approx(0.6 + half, abs=0.015)


def test_about_95_of_100_intervals_hold_the_truth() -> None:
    rng = np.random.default_rng(7)
    outcomes = (rng.random((80, 300)) < 0.7).astype(float)
    held = [i.low <= 0.7 <= i.high for i in means(outcomes, draws=1000)]
    assert 0.91 <= np.mean(held) <= 0.98


def test_the_same_seed_gives_the_same_bounds() -> None:
    outcomes = np.random.default_rng(0).random((30, 2))
    assert means(outcomes, seed=5) == means(outcomes, seed=5)
    assert means(outcomes, seed=5) != means(outcomes, seed=6)


def test_all_solved_is_not_certainty_but_the_exact_binomial_bound() -> None:
    (solved,) = means(np.ones((100, 1)))
    assert solved == pytest.approx((1.0, 0.9638, 1.0), abs=1e-4)
    (unsolved,) = means(np.zeros((100, 1)))
    assert unsolved == pytest.approx((0.0, 0.0, 0.0362), abs=1e-4)


def test_problems_that_a_point_was_not_measured_on_count_in_that_point_alone_as_missing() -> None:
    values = np.array([[1.0, 1.0], [0.0, np.nan], [1.0, 0.0], [0.0, np.nan]])
    first, second = means(values)
    assert (first.mean, second.mean) == (0.5, 0.5)
    (alone,) = means(values[:, :1])
    assert alone == first


def test_a_point_without_any_measurement_has_no_interval() -> None:
    (interval,) = means(np.full((3, 1), np.nan))
    assert all(np.isnan(interval))
    assert all(np.isnan(difference(np.array([np.nan]), np.array([1.0]))))
    assert means(np.empty((0, 2)))[1] != means(np.ones((1, 1)))[0]


def test_pairing_makes_the_interval_of_a_difference_narrower_than_unpaired_ones() -> None:
    hard = np.random.default_rng(1).random(200)
    a, b = (hard < 0.6).astype(float), (hard < 0.5).astype(float)
    gap = difference(a, b)
    assert gap.mean == pytest.approx(a.mean() - b.mean())
    assert gap.low > 0
    ia, ib = means(np.stack([a, b], axis=1))
    assert ia.low < ib.high, "apart they overlap"


def test_where_all_problems_agree_on_a_difference_it_is_not_certain_but_bounded_by_how_many_they_are() -> None:
    a = np.random.default_rng(2).random(50)
    none = difference(a, a)
    assert none.mean == 0 and none.high == -none.low == pytest.approx(1 - 0.025 ** (1 / 50))
    few, many = difference(np.ones(2), np.zeros(2)), difference(np.ones(100), np.zeros(100))
    assert few.low < 0 < many.low < few.high == many.high == 1
    worse = difference(np.zeros(100), np.ones(100))
    assert worse.low == -1 and worse.high == pytest.approx(-many.low)


def test_every_point_meets_the_same_resampled_problems() -> None:
    values = np.random.default_rng(3).random((40, 1))
    one, two = means(np.hstack([values, values / 2]))
    assert two.low == pytest.approx(one.low / 2)
    assert two.high == pytest.approx(one.high / 2)


def test_two_calls_draw_the_same_problems_so_that_what_they_return_is_paired() -> None:
    values = np.random.default_rng(0).random((30, 1))
    shifted = resampled(values + 0.25) - resampled(values)
    assert shifted == pytest.approx(np.full((4000, 1), 0.25))


def test_resampled_means_vary_as_the_mean_does() -> None:
    values = np.random.default_rng(0).random((200, 2))
    values[::3, 1] = np.nan
    spread = resampled(values).std(axis=0)
    known = [values[:, 0], values[~np.isnan(values[:, 1]), 1]]
    assert spread == pytest.approx([v.std() / np.sqrt(len(v)) for v in known], rel=0.06)


def test_bounds_leave_out_draws_that_hold_nothing() -> None:
    draws = np.array([[1.0, np.nan, np.nan], [2.0, 5.0, np.nan]])
    assert quantiles(draws) == pytest.approx(np.array([[1.025, 5, np.nan], [1.975, 5, np.nan]]), nan_ok=True)
