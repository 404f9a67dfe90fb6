from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from math import exp, sqrt

import pytest

from engine.models.scripted import Option, ScriptedPolicy, ScriptedPRM
from engine.protocol import Continuation
from engine.tree import Event, Grown, Node, Step, Tree, Visited
from tests.worlds import HARD, PROBLEMS, moves, search, setting

KNOBS = [(16, 4, 1.0), (24, 3, 0.0), (24, 3, 5.0), (40, 2, 1.0)]


def eligible(node: Node, spent: set[int]) -> list[Node]:
    """Written apart from the search: rewarded, not repeated, able to be visited, and not used up."""
    return [
        c
        for c in node.children
        if c.reward is not None and c.mark != "dropped" and c.finish in ("step", "end") and c.id not in spent
    ]


def used_up(tree: Tree, node: Node) -> bool:
    """Nothing is left to visit at or below a node that was visited."""
    if node.id and not node.visits:
        return False
    return all(used_up(tree, c) for c in eligible(node, set()))


def before_the_first_visit(node: Node, aggregate: str) -> float:
    """Written apart from the search."""
    rewards = [n.reward for n in node.path() if n.reward is not None]
    assert len(rewards) == node.depth
    return {"last": rewards[-1], "min": min(rewards), "mean": sum(rewards) / len(rewards)}[aggregate]


def check_visit(tree: Tree, path: list[int], c: float, aggregate: str) -> None:
    """Every step of `path` had the highest PUCT of those that could be taken."""
    spent = {n.id for n in tree if used_up(tree, n)}  # with widening some of these may still be entered
    for at, taken in pairwise(path):
        node = tree.node(at)
        siblings = eligible(node, set())
        total = sum(exp(s.logprob or 0.0) for s in siblings)
        worth = {}
        for s in siblings:
            assert s.reward is not None and s.logprob is not None
            q = s.value_sum / s.visits if s.visits else before_the_first_visit(s, aggregate)
            worth[s.id] = q + c * exp(s.logprob) / total * sqrt(max(1, node.visits)) / (1 + s.visits)
        highest = max(worth[s.id] for s in siblings if s.id == taken or s.id not in spent)
        assert worth[taken] == pytest.approx(highest, abs=1e-12)
    assert not tree.node(path[-1]).children


@pytest.mark.parametrize("aggregate", ["last", "min", "mean"])
@pytest.mark.parametrize("widening", [0.0, 0.5])
@pytest.mark.parametrize(("n", "width", "c"), KNOBS)
def test_each_simulation_takes_the_highest_puct_at_every_step(
    n: int, width: int, c: float, widening: float, aggregate: str
) -> None:
    knobs = {"n": n, "width": width, "c": c, "widening": widening, "aggregate": aggregate}
    for seed in range(3):
        whole = search(HARD, setting("mcts", knobs, seed=seed))
        tree = Tree(HARD)
        pending: list[Event] = []  # what grows from the leaf itself is logged before the visit that chose it
        for event in whole.events[1:]:
            if not isinstance(event, Visited):
                pending.append(event)
                continue
            own = [i for i, e in enumerate(pending) if isinstance(e, Grown) and e.parent[0] == event.path[-1]]
            first = min(own, default=len(pending))
            for before in pending[:first]:
                tree.apply(before)
            check_visit(tree, event.path, c, aggregate)
            for after in pending[first:]:
                tree.apply(after)
            pending = []
            tree.apply(event)
        assert sum(isinstance(e, Visited) for e in whole.events) >= min(n, 5)


def test_a_step_that_is_visited_often_gets_more_children() -> None:
    narrow = search(HARD, setting("mcts", {"n": 60, "width": 3, "widening": 0}))
    wide = search(HARD, setting("mcts", {"n": 60, "width": 3, "widening": 0.5}))
    assert all(len(n.children) in (0, 1, 3) for n in narrow)
    drawn = len(wide.root.children)
    assert 3 * wide.root.visits**0.5 <= drawn + 3 and drawn > 3
    assert all(n.visits > 1 for n in wide if len(n.children) > 3)


def test_a_step_whose_children_are_all_spent_is_drawn_from_again_and_left_if_that_is_nothing_new() -> None:
    policy = ScriptedPolicy(lambda *_: [("left", 1.0, True), ("right", 0.02, True)])
    how = setting("mcts", {"n": 50, "width": 2}, policy=policy, prm=ScriptedPRM(lambda *_: 0.5))
    tree = search(HARD, how)
    assert tree.closed and tree.closed.stopped == "done"
    assert len(tree.root.children) >= 4 and tree.root.children[-1].mark == "dropped"
    assert tree.root.visits == len([n for n in tree.finished() if n.mark != "dropped"]) <= 2


@pytest.mark.parametrize(("n", "width", "c"), KNOBS)
def test_visits_and_values_add_up(n: int, width: int, c: float) -> None:
    tree = search(HARD, setting("mcts", {"n": n, "width": width, "c": c}))
    simulations = [e for e in tree.events if isinstance(e, Visited)]
    assert 0 < len(simulations) <= n
    assert tree.root.visits == len(simulations)
    counts = Counter(i for e in simulations for i in e.path)
    for node in tree:
        assert node.visits == counts[node.id]
        values = [e.value for e in simulations if node.id in e.path]
        assert node.value == (pytest.approx(sum(values) / len(values)) if values else None)
        leaf_visits = sum(e.path[-1] == node.id for e in simulations)
        assert leaf_visits <= 1
        assert node.visits == leaf_visits + sum(child.visits for child in node.children)


def test_a_simulation_backs_up_the_reward_of_its_leaf_along_its_whole_path() -> None:
    tree = search(HARD, setting("mcts", {"n": 30, "width": 3}))
    for event in tree.events:
        if isinstance(event, Visited):
            leaf = tree.node(event.path[-1])
            assert event.value == leaf.reward
            assert event.path == [0, *(n.id for n in leaf.path())]


def test_a_finished_solution_is_visited_once_at_most() -> None:
    for problem in PROBLEMS:
        tree = search(problem, setting("mcts", {"n": 60, "width": 3}))
        assert all(n.visits <= 1 for n in tree.finished())


def test_the_search_ends_before_n_when_nothing_is_left_to_visit() -> None:
    policy = ScriptedPolicy(lambda _, steps: [("left", 1.0, len(steps) == 1), ("right", 1.0, len(steps) == 1)])
    how = setting("mcts", {"n": 500, "width": 6}, policy=policy, prm=ScriptedPRM(lambda *_: 0.5))
    tree = search(HARD, how)
    assert tree.closed and tree.closed.stopped == "done"
    assert sum(isinstance(e, Visited) for e in tree.events) == 6
    assert all(n.visits for n in tree if n.mark != "dropped")


def test_a_subtree_that_is_used_up_is_not_entered_again() -> None:
    tree = search(HARD, setting("mcts", {"n": 60, "width": 2}))
    replayed = Tree(HARD)
    for event in tree.events[1:]:
        if isinstance(event, Visited):
            for node in [replayed.node(i) for i in event.path[1:-1]]:
                assert not used_up(replayed, node) or replayed.node(event.path[-1]).visits == 0
        replayed.apply(event)


def test_if_no_solution_was_reached_the_most_promising_step_is_completed_in_one_pass() -> None:
    tree = search(HARD, setting("mcts", {"n": 1, "width": 3}))
    (visit,) = (e for e in tree.events if isinstance(e, Visited))
    last = [e for e in tree.events if isinstance(e, Grown)][-1]
    begun = tree.node(last.parent[0])
    known = [n for n in tree if n.id < len(tree) - len(last.text) and n.open and n.reward is not None]
    assert begun.reward == max(n.reward or 0.0 for n in known)
    (end,) = tree.finished()
    assert end is tree.chosen is tree.nodes[-1]
    assert begun in end.path() and all(n.reward is not None or n.error for n in end.path())
    assert visit.path[-1] != end.id and end.visits == 0


def test_the_completion_takes_the_likeliest_step_each_time() -> None:
    tree = search(HARD, setting("mcts", {"n": 1, "width": 3}))
    made = [e for e in tree.events if isinstance(e, Grown)][-1]
    for node in tree.nodes[-len(made.text) :]:
        assert node.parent is not None
        options = moves("Make 24 from 4 5 6 10\n", tuple(node.parent.steps()))
        assert node.text == max(options, key=lambda option: option[1])[0]


def test_without_any_reward_nothing_is_visited_and_nothing_is_chosen() -> None:
    tree = search(HARD, setting("mcts", prm=ScriptedPRM(lambda *_: None)))
    assert not any(isinstance(e, Visited) for e in tree.events)
    assert tree.chosen is None and tree.closed
    assert tree.closed.error == "the script gives no reward"


def test_steps_too_unlikely_for_a_float_still_share_the_prior() -> None:
    def script(_: str, steps: tuple[str, ...]) -> list[Option]:
        return [("a", 1.0, len(steps) == 1), ("b", 1.0, len(steps) == 1)]

    class Unlikely(ScriptedPolicy):
        def sample(self, wanted: Sequence[Continuation]) -> list[list[list[Step]]]:
            return [[[replace(s, logprob=-2000.0) for s in c] for c in of] for of in super().sample(wanted)]

    tree = search(HARD, setting("mcts", policy=Unlikely(script), prm=ScriptedPRM(lambda *_: 0.5)))
    assert tree.closed and tree.closed.error is None
    assert tree.chosen is not None
