"""The same search with rewards made one in four ways: what is kept, backed up and chosen follows the way."""

from itertools import combinations
from math import prod
from typing import Any

import pytest

from engine.models.scripted import ScriptedPolicy, ScriptedPRM
from engine.rewards import AGGREGATES
from engine.search import STRATEGIES
from engine.search.ranking import weighted_majority
from engine.tree import Grown, Node, Tree, Visited
from tests.worlds import HARD, KNOBS, PROBLEMS, grown_tree, search, setting

HOWS = ("last", "min", "prod", "mean")
WITH_PRM = [name for name, strategy in STRATEGIES.items() if strategy.needs_prm and name != "mixture"]
"""`mixture` takes the last reward and another aggregate at once."""
CHAINS = {"a": (0.1, 0.95), "b": (0.5, 0.5), "c": (0.45, 0.8), "d": (1.0, 0.35)}
BEST = {"last": "a", "min": "b", "prod": "c", "mean": "d"}
"""Four solutions of two steps, and which of them is best."""


def worth(node: Node, how: str) -> float:
    """Written apart from the search; missing ranks below everything."""
    rewards = [n.reward for n in node.path()]
    counting = rewards[-1:] if how == "last" else rewards
    known = [r for r in counting if r is not None]
    if len(known) < len(counting):
        return -1.0
    return {"last": known[-1], "min": min(known), "prod": prod(known), "mean": sum(known) / len(known)}[how]


def four_chains(strategy: str, how: str) -> Tree:
    """A search among `CHAINS`, large enough to finish all of them."""
    policy = ScriptedPolicy(lambda _, steps: [("go on", 1.0, True)] if steps else [(s, 1.0, False) for s in CHAINS])
    prm = ScriptedPRM(lambda _, steps: CHAINS[steps[0]][len(steps) - 1])
    shape: dict[str, Any] = {"dvts": {"width": 1}, "mcts": {"n": 12}}.get(strategy, {})
    return search(HARD, setting(strategy, {"n": 24, "aggregate": how, **shape}, policy=policy, prm=prm))


def test_the_ways_are_those_of_the_field() -> None:
    assert tuple(AGGREGATES) == HOWS


@pytest.mark.parametrize("strategy", WITH_PRM)
def test_every_strategy_with_a_prm_takes_an_aggregate_and_by_default_it_is_the_last_reward(strategy: str) -> None:
    assert STRATEGIES[strategy].parameters["aggregate"].default == "last"
    for problem in PROBLEMS:
        said = search(problem, setting(strategy, {**KNOBS[strategy], "aggregate": "last"}))
        assert said.events == search(problem, setting(strategy)).events


@pytest.mark.parametrize("how", HOWS)
@pytest.mark.parametrize("strategy", ["best-of-n", "beam", "dvts", "mcts"])
def test_the_aggregate_decides_which_solution_is_chosen(strategy: str, how: str) -> None:
    tree = four_chains(strategy, how)
    assert {n.path()[0].text for n in tree.finished()} == set(CHAINS)
    assert tree.chosen is not None and tree.chosen.path()[0].text == BEST[how]
    assert tree.closed and f"highest reward ({how}) of" in tree.closed.reason
    assert tree.closed.reason.endswith(f": {worth(tree.chosen, how):.3f}")


def test_the_aggregate_decides_what_a_vote_weighs() -> None:
    chains = [[(name, first), (name, last)] for name, (first, last) in CHAINS.items()]
    tree = grown_tree(*chains)
    for how in HOWS:
        chosen, reason = weighted_majority(tree, how)
        assert chosen is not None and chosen.answer == BEST[how]
        total = sum(worth(n, how) for n in tree.finished())
        unit = "reward" if how == "last" else f"reward ({how})"
        assert reason.startswith(f"{worth(chosen, how):.4g} of {total:.4g} {unit} for this answer")
    searched = {how: search(HARD, setting("weighted-best-of-n", {"n": 12, "aggregate": how})) for how in HOWS}
    assert len({tree.closed.reason for tree in searched.values() if tree.closed}) == len(HOWS)


def grown(strategy: str, how: str) -> list[list[str]]:
    trees = [search(p, setting(strategy, {"n": 12, "width": 3, "aggregate": how})) for p in PROBLEMS]
    return [[n.text for n in tree] for tree in trees]


@pytest.mark.parametrize("strategy", ["beam", "mcts"])
def test_each_aggregate_grows_another_tree(strategy: str) -> None:
    for one, other in combinations(HOWS, 2):
        assert grown(strategy, one) != grown(strategy, other), f"{one} and {other} search alike"


def test_in_a_subtree_of_dvts_the_candidates_share_their_path_so_that_the_least_reward_alone_ranks_otherwise() -> None:
    assert grown("dvts", "min") != grown("dvts", "last")
    assert grown("dvts", "last") == grown("dvts", "prod") == grown("dvts", "mean")


@pytest.mark.parametrize("how", HOWS)
def test_a_beam_keeps_the_steps_whose_chains_are_worth_most_and_names_the_way(how: str) -> None:
    for problem in PROBLEMS:
        tree = search(problem, setting("beam", {"n": 9, "width": 3, "redraws": 0, "aggregate": how}))
        first = 1
        for made in [event for event in tree.events if isinstance(event, Grown)]:
            nodes = tree.nodes[first : first + len(made.text)]
            first += len(nodes)
            ranked = [n for n in nodes if n.open and not n.reason.startswith("the same step")]
            best = sorted(ranked, key=lambda n: (-worth(n, how), n.id))[:3]
            assert [n for n in ranked if n.mark == "kept"] == sorted(best, key=lambda n: n.id)
            assert all(f"by {'reward' if how == 'last' else f'reward ({how})'} " in n.reason for n in ranked)


def test_the_number_in_a_reason_is_the_one_that_was_compared() -> None:
    tree = search(HARD, setting("dvts", {"n": 8, "width": 4, "aggregate": "prod"}))
    deep = [n for n in tree if n.depth > 1 and "by reward (prod)" in n.reason and worth(n, "prod") >= 0]
    assert deep and all(f"by reward (prod) {worth(n, 'prod'):.3f};" in n.reason for n in deep)
    cut = [n for n in deep if n.mark == "dropped"]
    kept = {n.parent: n for n in deep if n.mark == "kept"}
    assert cut and all(n.reason.endswith(f"was {worth(kept[n.parent], 'prod'):.3f}") for n in cut)


@pytest.mark.parametrize("how", HOWS)
def test_a_simulation_backs_up_the_reward_of_the_chain(how: str) -> None:
    tree = search(HARD, setting("mcts", {"n": 30, "width": 3, "aggregate": how}))
    visits = [event for event in tree.events if isinstance(event, Visited)]
    assert max(len(event.path) for event in visits) > 2
    assert all(event.value == pytest.approx(worth(tree.node(event.path[-1]), how)) for event in visits)


def test_a_chain_with_a_missing_reward_ranks_last_unless_only_the_last_step_counts() -> None:
    prm = ScriptedPRM(lambda _, steps: {("a",): None, ("a", "go on"): 0.9}.get(steps, 0.1))
    policy = ScriptedPolicy(lambda _, steps: [("go on", 1.0, True)] if steps else [(s, 1.0, False) for s in "ab"])
    chosen = {}
    for how in HOWS:
        tree = search(HARD, setting("best-of-n", {"n": 12, "aggregate": how}, policy=policy, prm=prm))
        assert tree.chosen is not None
        chosen[how] = tree.chosen.path()[0].text
    assert chosen == {"last": "a", "min": "b", "prod": "b", "mean": "b"}
