from collections import Counter

import pytest

from engine.models.scripted import ScriptedPolicy, ScriptedPRM
from engine.search.particles import weight
from engine.tree import Grown, Tree
from tests.worlds import PROBLEMS, grown_tree, search, setting


@pytest.mark.parametrize(("reward", "sharpness", "expected"), [(0.5, 1, 1), (0.8, 1, 4), (0.8, 2, 16), (0.8, 0, 1)])
def test_a_particle_weighs_the_odds_of_its_reward(reward: float, sharpness: float, expected: float) -> None:
    node = grown_tree([("a", reward)]).nodes[1]
    assert weight(node, sharpness, "last") == pytest.approx(expected)


def test_a_particle_without_a_reward_has_no_weight_and_a_sure_one_has_a_finite_one() -> None:
    missing, nought, one = (grown_tree([("a", reward)]).nodes[1] for reward in (None, 0.0, 1.0))
    assert weight(missing, 1, "last") == 0
    assert 0 < weight(nought, 1, "last") < 1e-5 and weight(one, 1, "last") == pytest.approx(1e6, rel=1e-5)


def test_particles_are_drawn_in_proportion_to_their_weights() -> None:
    policy = ScriptedPolicy(lambda _, steps: [("good", 1.0, bool(steps)), ("poor", 1.0, bool(steps))])
    prm = ScriptedPRM(lambda _, steps: 0.75 if steps[-1] == "good" else 0.25)
    became: Counter[str] = Counter()
    expected = 0.0
    for seed in range(60):
        tree = search(PROBLEMS[0], setting("particles", {"n": 20}, policy=policy, prm=prm, seed=seed))
        first, second = (event for event in tree.events if isinstance(event, Grown))
        drawn = Counter(first.text)
        expected += 20 * drawn["good"] * 3 / (drawn["good"] * 3 + drawn["poor"] / 3)
        became.update(tree.node(parent).text for parent in second.parent)
    assert sum(became.values()) == 60 * 20
    assert became["good"] == pytest.approx(expected, abs=4 * (1200 * 0.1 * 0.9) ** 0.5)


def open_particles(tree: Tree) -> list[int]:
    return [len(event.text) for event in tree.events if isinstance(event, Grown)]


def test_there_are_always_as_many_particles_and_those_at_an_end_wait() -> None:
    for problem in PROBLEMS:
        tree = search(problem, setting("particles", {"n": 10}))
        sizes = open_particles(tree)
        assert sizes[0] == 10 and all(size <= 10 for size in sizes)
        assert tree.closed is not None and tree.closed.error is None


def test_another_seed_gives_other_particles_and_the_same_seed_the_same() -> None:
    def texts(seed: int) -> list[str]:
        return [n.text for n in search(PROBLEMS[0], setting("particles", {"n": 10}, seed=seed))]

    assert texts(1) == texts(1) != texts(2)


def test_where_no_particle_can_go_on_the_search_ends() -> None:
    tree = search(PROBLEMS[0], setting("particles", {"n": 4}, prm=ScriptedPRM(lambda *_: None)))
    assert len(open_particles(tree)) == 1
    assert all(n.mark == "dropped" for n in tree.nodes[1:])
