from fractions import Fraction

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from engine.tasks.countdown.problems import all_24
from engine.tasks.countdown.rules import State, legal_moves
from engine.tasks.countdown.solver import chance, chances, expand, solvable, to_arrays
from tests.tasks.brute import plays, reachable, whole_numbers_reach

small = st.integers(-9, 13).map(Fraction) | st.builds(Fraction, st.integers(-7, 7), st.integers(1, 5))
MEMO: dict[State, frozenset[Fraction]] = {}


def state_of(least: int, most: int, numbers: st.SearchStrategy[Fraction] = small) -> st.SearchStrategy[State]:
    return st.lists(numbers, min_size=least, max_size=most).map(lambda s: tuple(sorted(s)))


@given(state_of(1, 3), st.data())
@example((Fraction(0), Fraction(0), Fraction(0)), None)
@settings(max_examples=60)
def test_the_chance_of_a_target_is_its_share_of_all_plays(state: State, data: st.DataObject | None) -> None:
    ends = list(plays(state))
    known = sorted({e for e in ends if e is not None})
    target = data.draw(st.sampled_from(known) | small) if data else Fraction(0)
    assert chance(state, target) == pytest.approx(ends.count(target) / len(ends), abs=1e-12)


@given(state_of(4, 4, st.integers(-3, 13).map(Fraction)), st.data())
@settings(max_examples=12, deadline=None)
def test_four_numbers_are_solvable_exactly_where_brute_force_gets_there(state: State, data: st.DataObject) -> None:
    ends = reachable(state, MEMO)
    targets = [data.draw(st.sampled_from(sorted(ends))), *map(Fraction, (0, 24, 23, -5, 101))]
    assert [solvable(state, t) for t in targets] == [t in ends for t in targets]


def test_one_number_reaches_itself_alone() -> None:
    assert solvable((Fraction(24),), Fraction(24))
    assert not solvable((Fraction(24),), Fraction(23))


def test_a_division_by_zero_leads_nowhere() -> None:
    zeros = (Fraction(0),) * 3
    assert solvable(zeros, Fraction(0))
    assert not solvable(zeros, Fraction(1))
    assert chance((Fraction(0), Fraction(0)), Fraction(0)) == pytest.approx(4 / 6)


def test_numbers_that_overflow_64_bits_are_solved_exactly() -> None:
    state = tuple(map(Fraction, (9996, 9997, 9998, 9999)))
    assert to_arrays([state])[0].dtype == object
    product = Fraction(9996 * 9997 * 9998 * 9999)
    assert solvable(state, product)
    assert not solvable(state, product + 2)
    assert not solvable(state, product - 2**64)


@given(state_of(3, 3, st.integers(3_000, 9_999).map(Fraction)), st.data())
@settings(max_examples=15)
def test_large_numbers_and_fractions_agree_with_brute_force(state: State, data: st.DataObject) -> None:
    first, second, third = state
    state = tuple(sorted([first / 9_998, second, third]))
    ends = list(plays(state))
    target = data.draw(st.sampled_from(sorted({e for e in ends if e is not None})))
    assert chance(state, target) == pytest.approx(ends.count(target) / len(ends), abs=1e-12)


def test_a_batch_gives_what_each_state_gives_alone() -> None:
    states = [tuple(map(Fraction, s)) for s in ((1, 2, 3, 4), (0, 0, 5, 7), (1, 1, 1, 1), (3, 3, 8, 8))]
    num, den = to_arrays(states)
    goal = np.full(len(states), 24)
    together = chances(num, den, goal, np.ones_like(goal))
    assert together.tolist() == [chance(s, Fraction(24)) for s in states]
    assert together[2] == 0.0 and together[3] > 0.0


def test_expand_makes_the_states_that_legal_moves_lead_to() -> None:
    state = tuple(map(Fraction, (0, 2, 3)))
    num, den = expand(*to_arrays([state]))
    made = {
        tuple(sorted(map(Fraction, n, d))) for n, d in zip(num[0].tolist(), den[0].tolist(), strict=True) if 0 not in d
    }
    assert made == {m.left for m in legal_moves(state)}


def test_a_puzzle_of_24_can_be_made_1362_times_and_16_of_them_need_fractions() -> None:
    puzzles = [tuple(map(int, s)) for s in all_24()]
    assert len(puzzles) == len(set(puzzles)) == 1362
    memo: dict[tuple[int, ...], bool] = {}
    need = [p for p in puzzles if not whole_numbers_reach(p, 24, memo)]
    assert len(need) == 16
    assert {(1, 5, 5, 5), (3, 3, 8, 8), (1, 3, 4, 6)} <= set(need)
