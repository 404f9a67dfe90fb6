from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.measure.signflip import holm, p_value


def by_all_signs(gaps: list[float]) -> float:
    sums = [abs(sum(s * g for s, g in zip(signs, gaps, strict=True))) for signs in product([1, -1], repeat=len(gaps))]
    return float(np.mean([s >= abs(sum(gaps)) - 1e-9 for s in sums]))


@given(st.lists(st.sampled_from([-1.0, 0.0, 1.0]), min_size=1, max_size=10))
def test_with_one_seed_the_p_is_the_share_of_all_signs_that_are_as_extreme(gaps: list[float]) -> None:
    assert p_value(np.array(gaps)) == pytest.approx(by_all_signs(gaps))


@given(st.lists(st.sampled_from([-1.0, -0.5, 0.0, 1 / 3, 1.0]), min_size=1, max_size=8))
@settings(max_examples=25)
def test_with_several_seeds_it_is_so_within_the_error_of_the_draws(gaps: list[float]) -> None:
    assert p_value(np.array(gaps)) == pytest.approx(by_all_signs(gaps), abs=0.025)


def test_the_textbook_example_of_mcnemar() -> None:
    # 12 problems that only one solves, 2 that only the other does: 2 Σ C(14, i), i ≤ 2, over 2¹⁴.
    gaps = np.array([1.0] * 12 + [-1.0] * 2 + [0.0] * 50)
    assert p_value(gaps) == pytest.approx(2 * (1 + 14 + 91) / 2**14)


def test_no_difference_is_no_evidence_and_nothing_measured_has_no_p() -> None:
    assert p_value(np.zeros(5)) == 1
    assert np.isnan(p_value(np.array([np.nan])))
    assert p_value(np.array([1.0, np.nan])) == 1


def test_equal_strategies_seem_to_differ_in_about_one_of_twenty() -> None:
    rng = np.random.default_rng(0)
    gaps = rng.normal(size=(300, 40))
    assert 0.02 <= np.mean([p_value(row, draws=499) <= 0.05 for row in gaps]) <= 0.08


def test_holm_raises_the_smallest_most_and_keeps_the_order() -> None:
    assert holm([0.01, 0.04, 0.03, float("nan")]) == pytest.approx([0.03, 0.06, 0.06, np.nan], nan_ok=True)
    assert holm([0.5, 0.9]) == [1, 1]
    assert holm([]) == []
