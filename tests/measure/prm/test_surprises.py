from pathlib import Path

from engine.measure.prm.surprises import high_and_wrong, low_and_right, most_drawn
from tests.measure.prm.stepping import Solution, a_tree_of, steps_of

CHAINS: list[Solution] = [
    [(0.9, True), (0.8, False), (0.99, False)],
    [(0.7, False), (1.0, False)],
    [(0.2, True), (0.1, True), (None, True)],
    [(None, False)],
]


def test_the_gallery_shows_first_wrong_steps_by_reward_one_a_problem(tmp_path: Path) -> None:
    steps = steps_of(tmp_path, [a_tree_of("1 2", CHAINS), a_tree_of("3 4", CHAINS[1:])])
    shown = high_and_wrong(steps)
    assert shown[["problem", "text", "reward"]].values.tolist() == [["1 2", "step 0.1", 0.8], ["3 4", "step 0.0", 0.7]]
    assert len(high_and_wrong(steps, 1)) == 1


def test_the_gallery_shows_good_steps_that_were_least_rewarded_and_no_missing_reward(tmp_path: Path) -> None:
    steps = steps_of(tmp_path, [a_tree_of("1 2", CHAINS), a_tree_of("3 4", CHAINS[:1])])
    shown = low_and_right(steps)
    assert shown[["problem", "text", "reward"]].values.tolist() == [["1 2", "step 2.1", 0.1], ["3 4", "step 0.0", 0.9]]


def test_a_prm_that_is_never_wrong_or_of_which_nothing_is_known_has_no_gallery(tmp_path: Path) -> None:
    for chain in ([(0.9, None)], []):
        steps = steps_of(tmp_path / str(len(chain)), [a_tree_of("1 2", [chain] if chain else [], chosen=None)])
        assert high_and_wrong(steps).empty and low_and_right(steps).empty


def test_usual_steps_are_those_drawn_most_often_one_a_problem(tmp_path: Path) -> None:
    steps = steps_of(tmp_path, [a_tree_of("1 2", CHAINS[:1]), a_tree_of("3 4", CHAINS[1:2], copies=3)])
    shown = most_drawn(steps)
    assert shown[["problem", "times"]].values.tolist() == [["3 4", 3], ["1 2", 1]]
    assert len(most_drawn(steps, 1)) == 1
