from collections import Counter
from math import log
from random import Random

import numpy as np
import pytest
from numpy.typing import NDArray

from engine.models.scripted import ScriptedPolicy, ScriptedPRM
from engine.search.gumbel import mix, perturbed
from engine.search.luck import luck
from engine.tree import Event, Grown, Marked, Node, Tree, Visited
from tests.worlds import HARD, PROBLEMS, chance, search, setting


def many(_: str, steps: tuple[str, ...]) -> list[tuple[str, float, bool]]:
    """Two hundred steps, some likelier than others, four times."""
    return [(f"s{i}", 1.0 + i % 5, len(steps) == 3) for i in range(200)]


def taste(_: str, steps: tuple[str, ...]) -> float:
    return round(chance(steps), 3)


def run(**knobs: float) -> Tree:
    how = setting("gumbel", knobs, policy=ScriptedPolicy(many), prm=ScriptedPRM(taste))
    return search(HARD, how)


def test_the_noise_of_candidates_in_the_order_they_were_drawn_is_that_of_the_gumbel_top_k_trick() -> None:
    # by the definition: perturb all log-probabilities, take the k highest; against drawing one after the other
    p = np.array([0.5, 0.3, 0.15, 0.05])
    rng, random = np.random.default_rng(0), Random(0)
    trials, k = 20_000, 3
    scores = np.log(p) + rng.gumbel(size=(trials, 4))
    order = np.argsort(-scores, axis=1)[:, :k]
    direct = np.take_along_axis(scores, order, axis=1)
    drawn = np.array([perturbed([log(p[i]) for i in chosen], random) for chosen in order])
    assert np.all(np.diff(drawn, axis=1) < 0)
    for first in range(4):
        those = order[:, 0] == first
        assert drawn[those].mean(axis=0) == pytest.approx(direct[those].mean(axis=0), abs=0.12)
    assert drawn.mean(axis=0) == pytest.approx(direct.mean(axis=0), abs=0.03)
    assert drawn.std(axis=0) == pytest.approx(direct.std(axis=0), abs=0.03)
    assert np.corrcoef(drawn.T) == pytest.approx(np.corrcoef(direct.T), abs=0.03)


def test_when_all_probability_was_drawn_the_noise_is_still_a_number() -> None:
    noise = perturbed([0.0, 0.0, log(0.2)], Random(1))
    assert np.isfinite(noise).all() and sorted(noise, reverse=True) == noise


def test_the_mixed_value_is_the_papers() -> None:
    # (v + N / sum of pi over the visited * sum of pi q over the visited) / (1 + N)
    assert mix(0.4, [0.5, 0.3, 0.2], [(3, 0.9), (0, None), (1, 0.1)]) == pytest.approx(
        (0.4 + 4 / 0.7 * (0.5 * 0.9 + 0.2 * 0.1)) / 5
    )
    assert mix(0.4, [0.5, 0.5], [(0, None), (0, None)]) == 0.4
    assert mix(None, [0.25, 0.75], [(1, 0.8), (0, None)]) == pytest.approx(0.8)


@pytest.mark.parametrize(
    ("n", "width", "shape"),
    [(24, 8, {1: 4, 3: 2, 7: 2}), (16, 4, {2: 2, 6: 2}), (8, 2, {4: 2}), (6, 8, {0: 2, 1: 6})],
)
def test_simulations_are_halved_as_the_paper_says(n: int, width: int, shape: dict[int, int]) -> None:
    # of m candidates each phase gives n / (log2(m) m) to each that is left: 8 · 1 + 4 · 2 + 2 · 4 of n = 24
    tree = run(n=n, width=width)
    visits = Counter(e.path[1] for e in [e for e in tree.events if isinstance(e, Visited)][:n])
    assert Counter(visits[child.id] for child in children_of(tree.root)) == Counter(shape)


def soft(logits: NDArray[np.float64]) -> NDArray[np.float64]:
    weights: NDArray[np.float64] = np.exp(logits - logits.max())
    shares: NDArray[np.float64] = weights / weights.sum()
    return shares


def children_of(node: Node) -> list[Node]:
    return [c for c in node.children if "same step" not in c.reason and c.finish in ("step", "end")]


def completed(node: Node, children: list[Node]) -> NDArray[np.float64]:
    """Written apart from the search, from appendix D of the paper."""
    pi = soft(np.array([c.logprob for c in children], dtype=float))
    visits = np.array([c.visits for c in children])
    q = np.array([c.value_sum / c.visits if c.visits else 0.0 for c in children])
    seen = visits > 0
    if not seen.any():
        v = node.reward or 0.0
    else:
        mean = (pi * q)[seen].sum() / pi[seen].sum()
        v = mean if node.reward is None else (node.reward + visits.sum() * mean) / (1 + visits.sum())
    return np.where(seen, q, v)


def replay(tree: Tree) -> list[tuple[Tree, Visited]]:
    """Each simulation and the tree just before its reward was known."""
    now, out, pending = Tree(tree.problem), [], list[Event]()
    for event in tree.events[1:]:
        if isinstance(event, Visited):
            now = Tree.replay([*now.events, *pending])
            pending = []
            out.append((Tree.replay(now.events), event))
        pending.append(event)
    return out


@pytest.mark.parametrize("knobs", [{"n": 24, "width": 8}, {"n": 16, "width": 4, "visit": 5.0, "scale": 0.5}])
def test_below_the_candidates_each_step_follows_the_improved_policy(knobs: dict[str, float]) -> None:
    c_visit, c_scale = knobs.get("visit", 50.0), knobs.get("scale", 1.0)
    checked = 0
    for tree, event in replay(run(**knobs)):
        chosen_before = sum(n.reason.startswith("rank 1 of 1 ") for n in map(tree.node, event.path[1:]))
        for at, taken in list(zip(event.path, event.path[1:], strict=False))[chosen_before + 1 :]:
            node = tree.node(at)
            children = children_of(node)
            visits = np.array([c.visits for c in children])
            q = completed(node, children)
            logp = np.array([c.logprob for c in children], dtype=float)
            goal = soft(logp + (c_visit + visits.max()) * c_scale * q) - visits / (1 + visits.sum())
            at_hand = [i for i, c in enumerate(children) if c.id == taken or not (c.finished and c.visits)]
            best = max(goal[i] for i in at_hand)
            assert goal[[c.id for c in children].index(taken)] == pytest.approx(best, abs=1e-9)
            checked += 1
    assert checked > 10


def test_of_the_candidates_those_with_the_highest_noise_prior_and_value_stay() -> None:
    tree = run(n=24, width=8)
    now = Tree(tree.problem)
    events = iter(tree.events[1:])
    for event in events:
        now.apply(event)
        if len({child.text for child in now.root.children}) == 8:
            break
    candidates = children_of(now.root)
    noise = dict(
        zip([c.id for c in candidates], perturbed([c.logprob or 0.0 for c in candidates], luck(now)), strict=True)
    )
    cuts, best = 0, list[int]()
    for event in events:
        if isinstance(event, Marked) and "g + log p" in event.reason[0] and set(event.node) <= set(noise):
            q = dict(zip([c.id for c in candidates], completed(now.root, candidates), strict=True))
            most = max(c.visits for c in candidates)
            worth = {i: noise[i] + (50 + most) * q[i] for i in noise}
            if event.mark[0] == "kept":
                best = event.node
            else:
                assert min(worth[i] for i in best) > max(worth[i] for i in event.node)
            for i, reason in zip(event.node, event.reason, strict=True):
                assert f": {worth[i]:.2f}" in reason
            cuts += 1
        now.apply(event)
    assert cuts >= 5


def test_only_steps_that_a_simulation_visits_are_scored() -> None:
    for problem in PROBLEMS:
        tree = search(problem, setting("gumbel", {"n": 8, "width": 4}))
        assert all(
            (n.reward is not None) == bool(n.visits) or n.error or "one pass" in n.reason for n in tree.nodes[1:]
        )
        assert all(n.mark and n.reason for n in tree.nodes[1:])


def test_without_any_weight_on_values_the_policy_decides() -> None:
    chosen = Counter[str]()
    for seed in range(300):
        how = setting(
            "gumbel",
            {"n": 2, "width": 2, "scale": 0},
            policy=ScriptedPolicy(lambda *_: [("a", 3, True), ("b", 1, True)]),
            prm=ScriptedPRM(lambda _, steps: 0.9 if steps == ("b",) else 0.1),
            seed=seed,
        )
        tree = search(HARD, how)
        chosen.update(n.text for n in tree if "rank 1 of 1 " in n.reason)
    # the step drawn first has the highest noise, and it is drawn with the policy's probability
    assert chosen["a"] / 300 == pytest.approx(0.75, abs=0.08)


def test_where_no_step_has_a_reward_one_pass_gives_the_answer() -> None:
    tree = search(HARD, setting("gumbel", prm=ScriptedPRM(lambda *_: None)))
    assert not any(isinstance(e, Visited) for e in tree.events)
    assert tree.chosen is not None and len(tree.finished()) == 1


def test_a_step_of_which_there_is_one_is_taken_without_simulations() -> None:
    policy = ScriptedPolicy(lambda _, steps: [("on", 1.0, len(steps) == 3)])
    tree = search(HARD, setting("gumbel", {"n": 16}, policy=policy, prm=ScriptedPRM(lambda *_: 0.5)))
    assert sum(isinstance(e, Visited) for e in tree.events) == 4
    assert tree.chosen is not None and tree.chosen.depth == 4
    assert all(len(e.text) <= 8 for e in tree.events if isinstance(e, Grown))
