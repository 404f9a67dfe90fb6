from collections import defaultdict
from collections.abc import Sequence
from random import Random
from statistics import fmean, pvariance

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.models.scripted import ScriptedPolicy, ScriptedPRM
from engine.search.ab_mcts import draw, gaussian
from engine.search.luck import luck
from engine.tree import Event, Grown, Node, Tree, Visited
from tests.worlds import HARD, PROBLEMS, search, setting

scores = st.lists(st.floats(0, 1), max_size=12)


@given(scores)
def test_the_gaussian_posterior_is_the_one_that_comes_from_one_score_after_the_other(scores: list[float]) -> None:
    mean, kappa, nu, tau2 = 0.0, 1.0, 1.0, 0.1
    for x in scores:
        tau2 = (nu * tau2 + kappa / (kappa + 1) * (x - mean) ** 2) / (nu + 1)
        mean, kappa, nu = (kappa * mean + x) / (kappa + 1), kappa + 1, nu + 1
    assert gaussian(scores) == pytest.approx((mean, kappa, nu, tau2))


def test_draws_have_the_moments_of_their_posterior() -> None:
    seen, random = [0.2, 0.9, 0.4, 0.8, 0.7, 0.6, 0.5], Random(3)
    drawn = [draw(seen, "beta", random) for _ in range(20_000)]
    a, b = 0.5 + sum(seen), 0.5 + 7 - sum(seen)
    assert fmean(drawn) == pytest.approx(a / (a + b), abs=0.01)
    assert pvariance(drawn) == pytest.approx(a * b / (a + b) ** 2 / (a + b + 1), rel=0.05)
    drawn = [draw(seen, "gaussian", random) for _ in range(20_000)]
    mean, kappa, nu, tau2 = gaussian(seen)
    # the marginal of the mean is Student's t with nu degrees of freedom
    assert fmean(drawn) == pytest.approx(mean, abs=0.01)
    assert pvariance(drawn) == pytest.approx(tau2 / kappa * nu / (nu - 2), rel=0.05)


def begins(tree: Tree) -> list[Node]:
    return [tree.node(event.parent[0]) for event in tree.events if isinstance(event, Grown)]


def thompson(tree: Tree, past: Sequence[tuple[Node, Node, float]], posterior: str) -> Node:
    """Written apart from the search: where it goes next, from what each rollout began at, reached and was worth."""
    new, on, through = (
        defaultdict[int, list[float]](list),
        defaultdict[int, list[float]](list),
        dict[int, list[float]](),
    )
    for start, last, score in past:
        for node in last.path():
            assert node.parent is not None
            known = node.id in through
            inside = node.depth <= start.depth
            (on if inside or (known and node.depth > start.depth + 1) else new)[node.parent.id].append(score)
            through.setdefault(node.id, []).append(score)
    random, node = luck(tree), tree.root
    while True:
        able = [c for c in node.children if c.open and c.id in through]
        if not able or draw(new[node.id], posterior, random) >= draw(on[node.id], posterior, random):
            return node
        values = [draw(through[c.id], posterior, random) for c in able]
        node = able[values.index(max(values))]


@pytest.mark.parametrize("posterior", ["gaussian", "beta"])
def test_each_rollout_leaves_where_thompson_sampling_prefers_a_new_child(posterior: str) -> None:
    deep = 0
    for problem in PROBLEMS[:4]:
        whole = search(problem, setting("ab-mcts", {"n": 24, "posterior": posterior}))
        tree = Tree(problem)
        past: list[tuple[Node, Node, float]] = []
        for event in whole.events[1:]:
            if isinstance(event, Grown):
                start = tree.node(event.parent[0])
                assert start is thompson(tree, past, posterior)
                deep += start.depth > 0
            tree.apply(event)
            if isinstance(event, Visited):
                past.append((start, tree.node(event.path[-1]), event.value))
    assert deep > 10


def three_steps(_: str, steps: Sequence[str]) -> list[tuple[str, float, bool]]:
    return [(f"{len(steps)}{letter}", 1.0, len(steps) == 2) for letter in "abcdefghij"]


def spread(rule: ScriptedPRM) -> float:
    """The share of rollouts that begin at the question."""
    starts = [
        node.depth
        for seed in range(5)
        for node in begins(
            search(HARD, setting("ab-mcts", {"n": 40}, policy=ScriptedPolicy(three_steps), prm=rule, seed=seed))
        )
    ]
    return starts.count(0) / len(starts)


def test_it_goes_deeper_where_that_pays_and_wider_where_it_does_not() -> None:
    one_good_beginning = ScriptedPRM(lambda _, steps: 0.9 if steps[0] == "0a" else 0.1)
    all_alike = ScriptedPRM(lambda _, steps: 0.9)
    assert spread(one_good_beginning) < spread(all_alike)


def test_every_rollout_is_a_solution_and_no_step_goes_unexplained() -> None:
    for problem in PROBLEMS:
        tree = search(problem, setting("ab-mcts", {"n": 12}))
        events: list[Event] = tree.events
        assert len(tree.finished()) == 12
        assert sum(isinstance(e, Visited) for e in events) == sum(n.reward is not None for n in tree.finished())
        assert all(n.mark and n.reason for n in tree.nodes[1:])


def test_rollouts_without_a_reward_leave_the_tree_as_it_was() -> None:
    tree = search(HARD, setting("ab-mcts", {"n": 5}, prm=ScriptedPRM(lambda *_: None)))
    assert begins(tree) == [tree.root] * 5 and not tree.root.visits
