from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.measure.prm.first_error import (
    best_threshold,
    f1,
    harmonic_mean,
    judged,
    matrix,
    predicted,
    right_between,
    solutions,
)
from tests.measure.prm.stepping import Solution, a_tree_of, found_from, lots, padded, rewards_of, steps_of


def by_hand(rewards: list[float], threshold: float) -> int:
    return next((i for i, r in enumerate(rewards, 1) if r < threshold), 0)


@given(st.lists(rewards_of, min_size=1, max_size=10), st.floats(0, 1.1))
def test_the_step_predicted_is_the_first_below_the_threshold(chains: list[list[float]], threshold: float) -> None:
    assert predicted(padded(chains), threshold).tolist() == [by_hand(chain, threshold) for chain in chains]


@given(lots, st.sampled_from([0.0, 0.05, 0.1, 0.15, 0.2, 0.35, 0.5, 0.6, 0.8, 0.85, 0.9, 0.95, 1.0, 1.1]))
def test_a_solution_is_right_between_its_two_bounds_and_nowhere_else(
    lot: list[tuple[int, list[float], int]], threshold: float
) -> None:
    found = found_from(lot)
    true = found.table["true"].to_numpy(dtype=int)
    low, high = right_between(found.rewards, true)
    for i, (_, chain, _) in enumerate(lot):
        assert (low[i] < threshold <= high[i]) == (by_hand(chain, threshold) == true[i])


@given(lots)
def test_no_other_threshold_has_a_higher_f1_than_the_one_chosen(lot: list[tuple[int, list[float], int]]) -> None:
    found = found_from(lot)
    true = found.table["true"].to_numpy(dtype=int)
    low, high = right_between(found.rewards, true)
    chosen = best_threshold(low, high, true != 0)
    if (true == 0).all() or (true != 0).all():
        assert np.isnan(chosen)
        return

    def score(threshold: float) -> float:
        hits = [by_hand(chain, threshold) == t for (_, chain, _), t in zip(lot, true, strict=True)]
        a = np.mean([h for h, t in zip(hits, true, strict=True) if t])
        b = np.mean([h for h, t in zip(hits, true, strict=True) if not t])
        return float(harmonic_mean(a, b))

    assert score(chosen) == pytest.approx(max(score(t) for t in np.linspace(-0.05, 1.15, 241)))


@given(lots)
def test_the_f1_is_processbenchs_and_each_threshold_comes_from_other_problems(
    lot: list[tuple[int, list[float], int]],
) -> None:
    found = found_from(lot)
    rows = judged(found, folds=3)
    for row in rows.dropna(subset=["predicted"]).itertuples():
        chain = lot[row.Index][1]
        assert row.predicted == by_hand(chain, row.threshold)
    # What a problem's threshold is must not change with that problem's own solutions.
    problem = rows["problem"].iloc[0]
    own = (rows["problem"] == problem).to_numpy()
    changed = [
        (p, [1 - r for r in chain], 0) if o else (p, chain, t) for (p, chain, t), o in zip(lot, own, strict=True)
    ]
    again = judged(found_from(changed), folds=3)
    assert rows.loc[own, "threshold"].equals(again.loc[own, "threshold"])
    numbers = f1(rows, draws=10)
    kept = rows.dropna(subset=["predicted"])
    hits = kept["true"] == kept["predicted"]
    wrong, right = hits[kept["true"] > 0], hits[kept["true"] == 0]
    if len(wrong) and len(right):
        a, b = wrong.mean(), right.mean()
        assert numbers["f1"] == pytest.approx(2 * a * b / (a + b) if a + b else 0)
        assert (numbers["accuracy_erroneous"], numbers["accuracy_correct"]) == pytest.approx((a, b))
    else:
        assert np.isnan(numbers["f1"])


@given(lots)
def test_the_matrix_counts_every_solution_once(lot: list[tuple[int, list[float], int]]) -> None:
    rows = judged(found_from(lot))
    table = matrix(rows)
    kept = rows.dropna(subset=["predicted"])
    assert table["count"].sum() == len(kept)
    for row in table.itertuples():
        assert row.count == ((kept["true"] == row.true) & (kept["predicted"] == row.predicted)).sum()
    shares = table.groupby("true")["share"].sum(min_count=1).dropna()
    assert np.allclose(shares, 1)


def test_one_problem_alone_can_lend_no_threshold_to_itself() -> None:
    rows = judged(found_from([(1, [0.9, 0.1], 2), (1, [0.9, 0.8], 0)]))
    assert rows["predicted"].isna().all()
    assert f1(rows)["problems"] == 0


def test_the_bounds_of_the_f1_are_a_bootstrap_over_problems() -> None:
    lot = [(p, chain, t) for p in range(40) for chain, t in (([0.9, 0.1], 2), ([0.9, 0.8 if p % 4 else 0.05], 0))]
    numbers = f1(judged(found_from(lot)))
    assert numbers["f1_low"] < numbers["f1"] < numbers["f1_high"]
    assert numbers["accuracy_correct"] == 0.75 and numbers["accuracy_erroneous"] == 1.0
    assert numbers["f1"] == pytest.approx(2 * 0.75 / 1.75)


def test_solutions_are_read_off_the_steps_with_their_first_wrong_step(tmp_path: Path) -> None:
    given_: list[Solution] = [
        [(0.9, True), (0.8, True), (0.7, True)],
        [(0.9, True), (0.2, False), (0.3, False)],
        [(0.6, False)],
        [(0.6, True), (None, True), (0.1, False)],
        [(0.6, True), (0.5, None), (0.1, False)],
        [(0.6, False), (0.5, None), (0.1, None)],
    ]
    steps = steps_of(tmp_path, [a_tree_of("1 2", given_, copies=2)])
    found = solutions(steps)
    assert found.table["true"].tolist() == [0, 2, 1, 3, pd.NA, 1]
    assert found.table["missing"].tolist() == [0, 0, 0, 1, 0, 0]
    assert found.table["length"].tolist() == [3, 3, 1, 3, 3, 3]
    assert np.array_equal(
        found.rewards, padded([[np.nan if r is None else r for r, _ in s] for s in given_]), equal_nan=True
    )
    assert len(judged(found)) == 4


def test_no_solutions_at_all_are_no_error(tmp_path: Path) -> None:
    steps = steps_of(tmp_path, [a_tree_of("1 2", [], chosen=None)])
    rows = judged(solutions(steps))
    assert rows.empty and matrix(rows)["count"].sum() == 0
    assert np.isnan(f1(rows)["f1"])
