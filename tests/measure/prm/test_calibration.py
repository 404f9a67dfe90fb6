from math import sqrt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.measure.prm.calibration import Z, bins_of, brier, ece, reliability, wilson

scored = st.lists(st.tuples(st.one_of(st.just(np.nan), st.floats(0, 1)), st.booleans()), max_size=60)


def arrays(pairs: list[tuple[float, bool]]) -> tuple[np.ndarray, np.ndarray]:
    return np.array([r for r, _ in pairs], dtype=float), np.array([g for _, g in pairs], dtype=bool)


@given(scored, st.integers(1, 12))
def test_bins_of_equal_width_are_those_a_loop_over_the_steps_fills(pairs: list[tuple[float, bool]], bins: int) -> None:
    table = reliability(*arrays(pairs), bins=bins)
    assert len(table) == bins
    for row in table.itertuples():
        last = row.Index == bins - 1
        inside = [(r, g) for r, g in pairs if row.low <= r < row.high or (last and r == row.high)]
        assert row.count == len(inside)
        if inside:
            assert row.mean_reward == pytest.approx(sum(r for r, _ in inside) / len(inside))
            assert row.observed == pytest.approx(sum(g for _, g in inside) / len(inside))
            assert row.observed_low <= row.observed + 1e-12 and row.observed <= row.observed_high + 1e-12
        else:
            assert np.isnan([row.mean_reward, row.observed, row.observed_low, row.observed_high]).all()


@given(scored)
def test_each_step_is_in_the_bin_that_counts_it_and_a_missing_reward_in_none(pairs: list[tuple[float, bool]]) -> None:
    rewards, good = arrays(pairs)
    place = bins_of(rewards)
    assert (place[np.isnan(rewards)] == -1).all()
    for row in reliability(rewards, good).itertuples():
        inside = rewards[place == row.Index]
        assert len(inside) == row.count and ((row.low <= inside) & (inside <= row.high)).all()


@given(scored, st.integers(1, 12))
def test_bins_of_equal_mass_hold_each_rewarded_step_once_and_never_part_equal_rewards(
    pairs: list[tuple[float, bool]], bins: int
) -> None:
    rewards, good = arrays(pairs)
    table = reliability(rewards, good, bins=bins, by="mass")
    known = np.sort(rewards[~np.isnan(rewards)])
    assert table["count"].sum() == len(known)
    start = 0
    for count in table["count"]:
        inside, after = known[start : start + count], known[start + count :]
        assert not len(inside) or not len(after) or inside[-1] < after[0]
        start += count


def test_bins_of_equal_mass_hold_as_many_steps_each_where_no_rewards_are_equal() -> None:
    rewards = np.linspace(0.2, 0.9, 40)
    assert reliability(rewards, rewards > 0.5, bins=4, by="mass")["count"].tolist() == [10] * 4


def test_ece_is_the_formula_of_guo_et_al_over_the_bins() -> None:
    rewards = np.array([0.05, 0.15, 0.95, 0.85, 0.95, np.nan])
    good = np.array([False, True, True, True, False, True])
    # Bins 0, 1, 8, 9 of ten: |0.05 − 0|, |0.15 − 1|, |0.85 − 1|, |0.95 − 0.5| twice.
    assert ece(reliability(rewards, good)) == pytest.approx((0.05 + 0.85 + 0.15 + 2 * 0.45) / 5)
    assert ece(reliability(rewards, good, bins=1)) == pytest.approx(abs(np.nanmean(rewards) - 0.6))
    assert np.isnan(ece(reliability(rewards[:0], good[:0])))


def test_a_prm_that_says_what_happens_has_an_ece_near_nothing_and_a_boastful_one_has_not() -> None:
    rng = np.random.default_rng(0)
    rewards = rng.random(20_000)
    good = rng.random(20_000) < rewards
    assert ece(reliability(rewards, good)) < 0.02
    assert ece(reliability(np.sqrt(rewards), good)) > 0.1


@given(st.integers(0, 40), st.integers(1, 40))
def test_wilsons_bounds_are_where_the_score_test_just_rejects(right: int, more: int) -> None:
    count = right + more - 1
    if not count:
        return
    low, high = (float(bound) for bound in wilson(right, count))
    for bound in (low, high):
        if 0 < bound < 1 and not (bound == low and right == 0) and not (bound == high and right == count):
            score = (right / count - bound) / sqrt(bound * (1 - bound) / count)
            assert abs(score) == pytest.approx(Z, rel=1e-6)
    assert (low == 0) == (right == 0) or low < 1e-9
    assert 0 <= low <= right / count <= high + 1e-12 <= 1 + 1e-9


def test_wilson_of_nothing_is_nothing() -> None:
    assert np.isnan(wilson(0, 0)).all()


def test_the_brier_score_is_a_mean_square_and_leaves_out_what_is_missing() -> None:
    assert brier(np.array([0.8, 0.3, np.nan]), np.array([1.0, 0.0, 1.0])) == pytest.approx((0.04 + 0.09) / 2)
    assert brier(np.array([0.5, 0.5]), np.array([0.25, np.nan])) == pytest.approx(0.0625)
    assert np.isnan(brier(np.array([np.nan]), np.array([1.0])))
