from collections.abc import Callable, Sequence
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.measure.estimators import majority_at_k, pass_at_k

ANSWERS = st.lists(st.sampled_from([None, "a", "b", "c", "d"]), min_size=1, max_size=8)
REWARDS = st.sampled_from([None, 0.1, 0.5, 0.5000001, 0.9])


@st.composite
def pools(draw: st.DrawFn) -> tuple[list[str | None], list[float | None], list[bool], int]:
    """Answers, rewards, correctness (equal for equal answers, false for none) and a k."""
    answers = draw(ANSWERS)
    rewards = draw(st.lists(REWARDS, min_size=len(answers), max_size=len(answers)))
    right = draw(st.sets(st.sampled_from(["a", "b", "c", "d"])))
    return answers, rewards, [a in right for a in answers], draw(st.integers(1, len(answers)))


def over_subsets(n: int, k: int, chance: Callable[[tuple[int, ...]], float]) -> float:
    subsets = list(combinations(range(n), k))
    return sum(chance(s) for s in subsets) / len(subsets)


@given(st.integers(1, 10), st.data())
def test_pass_at_k_is_the_share_of_subsets_that_hold_a_correct_sample(n: int, data: st.DataObject) -> None:
    right, k = data.draw(st.integers(0, n)), data.draw(st.integers(1, n))
    assert pass_at_k(n, right, k) == pytest.approx(over_subsets(n, k, lambda s: float(min(s) < right)))


def test_pass_at_k_agrees_with_the_product_form_of_chen_et_al() -> None:
    n, right, k = 200, 13, 100
    product = 1.0
    for i in range(n - right + 1, n + 1):
        product *= 1 - k / i
    assert pass_at_k(n, right, k) == pytest.approx(1 - product)


def vote(subset: tuple[int, ...], answers: Sequence[str | None], weights: Sequence[float], right: set[str]) -> float:
    totals: dict[str, float] = {}
    for i in subset:
        if (answer := answers[i]) is not None:
            totals[answer] = totals.get(answer, 0.0) + weights[i]
    best = [a for a in totals if totals[a] >= max(totals.values()) - 1e-12]
    return sum(a in right for a in best) / len(best) if best else 0.0


@given(pools())
def test_majority_is_the_mean_over_subsets_with_ties_given_equal_chances(pool) -> None:  # type: ignore[no-untyped-def]
    answers, _, correct, k = pool
    right = {a for a, c in zip(answers, correct, strict=True) if c}
    expected = over_subsets(len(answers), k, lambda s: vote(s, answers, [1.0] * len(answers), right))
    assert majority_at_k(answers, correct, k) == pytest.approx(expected)


def test_a_majority_over_64_distinct_answers_is_a_fair_lottery() -> None:
    answers = [str(i) for i in range(64)]
    assert majority_at_k(answers, [i < 16 for i in range(64)], 32) == pytest.approx(0.25)


@pytest.mark.parametrize("n", [999, 1002])
def test_a_majority_of_a_pool_of_any_size_is_a_fair_lottery_among_equal_answers(n: int) -> None:
    answers = [i % 3 for i in range(n)]
    assert majority_at_k(answers, [a == 0 for a in answers], 7) == pytest.approx(1 / 3, rel=1e-9)


def test_samples_that_answer_nothing_win_no_vote() -> None:
    assert majority_at_k([None, None, None, "a"], [False, False, False, True], 4) == 1
    assert majority_at_k([None, None], [False, False], 1) == 0


def test_a_pool_that_cannot_be_drawn_from_is_refused_with_what_was_expected() -> None:
    for k in (0, 3):
        with pytest.raises(ValueError, match=f"got k = {k} for a pool of 2; expected 1 to 2"):
            pass_at_k(2, 1, k)
    with pytest.raises(ValueError, match="got 3 correct samples of 2"):
        pass_at_k(2, 3, 1)
    with pytest.raises(ValueError, match="expected one entry a sample"):
        majority_at_k(["a", "b"], [True], 1)


def test_pass_at_one_is_the_share_of_correct_samples_and_at_n_whether_there_is_one() -> None:
    assert pass_at_k(10, 3, 1) == pytest.approx(0.3)
    assert pass_at_k(10, 1, 10) == 1
