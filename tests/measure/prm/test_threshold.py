import numpy as np
import pytest
from hypothesis import given

from engine.measure.prm.first_error import Solutions
from engine.measure.prm.threshold import GRID, threshold_for
from tests.measure.prm.stepping import found_from, lots


def f1_by_hand(lot: list[tuple[int, list[float], int]], threshold: float) -> float:
    """The harmonic mean of the two shares of solutions whose first wrong step is found."""
    found: dict[bool, list[bool]] = {True: [], False: []}
    for _, chain, true in lot:
        seen = next((i for i, reward in enumerate(chain, 1) if reward < threshold), 0)
        found[true > 0].append(seen == min(true, len(chain)))
    wrong, right = (sum(hits) / len(hits) for hits in found.values())
    return 2 * wrong * right / (wrong + right) if wrong + right else 0.0


@given(lots)
def test_the_threshold_for_a_question_rests_on_the_solutions_to_all_others(
    lot: list[tuple[int, list[float], int]],
) -> None:
    others = [one for one in lot if one[0] != 0]
    chosen = threshold_for(found_from(lot), "q0", draws=20)
    assert chosen.solutions == len(others)
    if {true > 0 for _, _, true in others} != {True, False}:
        assert np.isnan([chosen.value, chosen.low, chosen.high]).all()
        return
    alone = threshold_for(found_from(others), "q0", draws=20)
    assert chosen == alone
    assert 0 < chosen.low <= chosen.value <= chosen.high < 1
    best = max(f1_by_hand(others, at) for at in GRID)
    assert any(
        f1_by_hand(others, at) == pytest.approx(best) for at in GRID if chosen.low - 1e-9 <= at <= chosen.high + 1e-9
    )


def lot(problems: int, of_each: list[tuple[list[float], int]]) -> Solutions:
    return found_from([(i, chain, true) for i in range(1, problems + 1) for chain, true in of_each])


def test_where_a_whole_stretch_does_as_well_its_middle_is_proposed_and_its_ends_are_told() -> None:
    chosen = threshold_for(lot(5, [([0.9, 0.8], 0), ([0.9, 0.2], 2)]), "q0")
    assert (chosen.value, chosen.low, chosen.high) == (0.5, 0.21, 0.8)


def test_a_threshold_that_one_problem_in_many_speaks_for_is_no_better_than_its_neighbours() -> None:
    clear = [([0.9, 0.8], 0), ([0.9, 0.2], 2)]
    found = found_from([(i, chain, true) for i in range(1, 31) for chain, true in clear] + [(31, [0.9, 0.5], 2)])
    chosen = threshold_for(found, "q0")
    assert (chosen.low, chosen.high) == (0.21, 0.8)


def test_a_threshold_that_many_problems_speak_for_is_narrow() -> None:
    narrow = [([0.9, 0.52], 0), ([0.9, 0.48], 2)]
    chosen = threshold_for(lot(30, narrow), "q0")
    assert (chosen.low, chosen.high) == (0.49, 0.52)
