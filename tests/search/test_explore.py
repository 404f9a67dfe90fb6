import pytest

from engine.models.scripted import ScriptedPolicy, ScriptedPRM
from engine.tree import Grown, Tree
from tests.worlds import HARD, PROBLEMS, AskedPolicy, search, setting

STEPS = ScriptedPolicy(lambda _, steps: [(f"{len(steps)}{x}", 1.0, len(steps) == 4) for x in "abcdefghijklmnop"])


def walk(rule: ScriptedPRM, **knobs: float) -> tuple[Tree, list[tuple[int, int, float]]]:
    """The tree, and of each request the depth it goes on from, how many samples it wants, and how hot."""
    asked = AskedPolicy(STEPS)
    tree = search(HARD, setting("explore", {"n": 1, **knobs}, policy=asked, prm=rule))
    calls = [call[0] for call in asked.calls]
    return tree, [(len(call.steps), len(call.seeds), round(call.temperature, 9)) for call in calls]


def test_while_rewards_hold_it_takes_few_samples_and_stays_cool() -> None:
    _, asked = walk(ScriptedPRM(lambda *_: 0.8), width=3, cool=0.6)
    assert asked == [(depth, 3, 0.6) for depth in range(5)]


def test_where_they_fall_width_and_temperature_rise_to_the_highest_level() -> None:
    fallen = ScriptedPRM(lambda _, steps: 0.9 if len(steps) < 3 else 0.2)
    _, asked = walk(fallen, width=2, cool=0.7, heat=0.2, most=2)
    assert asked[:2] == [(0, 2, 0.7), (1, 2, 0.7)]
    assert asked[2:5] == [(2, 2, 0.7), (2, 4, 0.9), (2, 6, 1.1)]
    assert asked[5:] == [(3, 6, 1.1), (4, 6, 1.1)]


def test_when_they_recover_both_come_down_a_level_a_step() -> None:
    dip = ScriptedPRM(lambda _, steps: 0.1 if len(steps) == 2 else 0.9)
    _, asked = walk(dip, width=1, cool=0.5, heat=0.5, most=2)
    assert asked == [(0, 1, 0.5), (1, 1, 0.5), (1, 2, 1.0), (1, 3, 1.5), (2, 3, 1.5), (3, 2, 1.0), (4, 1, 0.5)]


@pytest.mark.parametrize(("reward", "rises"), [(0.45, False), (0.35, True)])
def test_the_first_step_is_held_against_hope(reward: float, rises: bool) -> None:
    _, asked = walk(ScriptedPRM(lambda *_: reward), hope=0.5, fall=0.1)
    assert (asked[1][0] == 0) is rises


def test_a_missing_reward_does_not_hold() -> None:
    tree, asked = walk(ScriptedPRM(lambda *_: None), most=1)
    assert asked[1] == (0, 4, 1.0) and tree.chosen is not None


def test_it_walks_again_until_a_solution_has_enough_reward() -> None:
    for enough, walks in ((0.7, 1), (0.9, 3)):
        tree, asked = walk(ScriptedPRM(lambda *_: 0.8), n=3, enough=enough)
        assert sum(depth == 0 for depth, _, _ in asked) == walks
    assert len([e for e in tree.events if isinstance(e, Grown)]) == 15


def test_every_step_says_what_became_of_it() -> None:
    for problem in PROBLEMS:
        tree = search(problem, setting("explore", {"n": 3}))
        assert all(n.mark and n.reason for n in tree.nodes[1:])
        assert {n.mark for n in tree.chosen.path()} == {"kept"} if tree.chosen else True
