from itertools import pairwise
from math import log, sqrt

import pytest

from engine.models.scripted import ScriptedPolicy, ScriptedPRM
from engine.tree import Event, Grown, Node, Tree, Visited
from tests.worlds import HARD, PROBLEMS, search, setting

KNOBS = [(16, 2, 1.0, 0.5), (30, 1, 1.4, 0.5), (24, 3, 0.0, 0.0), (60, 2, 3.0, 0.3)]


def used_up(node: Node, dry: set[Node], width: int, widening: float) -> bool:
    """Written apart from the search: nothing new is to be had at or below a visited step."""
    if node.finished:
        return True
    full = len(node.children) >= width * max(1, node.visits) ** widening
    return full and node in dry and all(used_up(c, dry, width, widening) for c in node.children if c.visits)


@pytest.mark.parametrize(("n", "width", "c", "widening"), KNOBS)
def test_each_simulation_goes_down_by_ucb1_to_where_one_more_child_is_due(
    n: int, width: int, c: float, widening: float
) -> None:
    for seed in range(3):
        whole = search(HARD, setting("uct", {"n": n, "width": width, "c": c, "widening": widening}, seed=seed))
        tree = Tree(HARD)
        dry, gone = set[Node](), set[Node]()  # what is used up once may be left alone for good
        for event in whole.events[1:]:
            if isinstance(event, Grown):
                gone |= {node for node in tree if used_up(node, dry, width, widening)}
                start, size = tree.node(event.parent[0]), len(tree)
                check_way(tree, start, gone, width, c, widening)
            tree.apply(event)
            if isinstance(event, Visited) and event.path[-1] < size:
                dry.add(start)


def check_way(tree: Tree, start: Node, gone: set[Node], width: int, c: float, widening: float) -> None:
    for node, taken in pairwise([tree.root, *start.path()]):
        assert len(node.children) >= width * node.visits**widening
        worth = {
            s: s.value_sum / s.visits + c * sqrt(log(node.visits) / s.visits)
            for s in node.children
            if s.visits and (s is taken or s not in gone)
        }
        assert worth[taken] == pytest.approx(max(worth.values()), abs=1e-12)
    full = len(start.children) >= width * max(1, start.visits) ** widening
    assert not full or all(child in gone for child in start.children if child.visits)


def test_a_simulation_is_a_whole_solution_and_its_last_reward_goes_to_every_step_of_it() -> None:
    tree = search(HARD, setting("uct", {"n": 20}))
    ends = [n for n in tree if not n.children]
    visits = [e for e in tree.events if isinstance(e, Visited)]
    assert len(visits) == len(ends) == 20 and all(n.finished for n in ends)
    for end, visit in zip(ends, visits, strict=True):
        assert visit.value == end.reward
        assert [tree.node(i).text for i in visit.path[1:]] == end.steps()[: len(visit.path) - 1]


def test_a_rollout_in_the_words_of_another_is_one_more_visit_of_its_steps() -> None:
    policy = ScriptedPolicy(lambda _, steps: [("go", 1.0, len(steps) == 1)])
    tree = search(HARD, setting("uct", {"n": 9}, policy=policy, prm=ScriptedPRM(lambda *_: 0.5)))
    first, *others = tree.root.children
    assert first.visits == tree.root.visits > 1 and not any(n.visits for n in others)
    assert all(n.mark == "dropped" and "is one of node 2" in n.reason for n in others)


def test_the_search_ends_before_n_when_nothing_new_is_to_be_had() -> None:
    policy = ScriptedPolicy(lambda _, steps: [("left", 1.0, bool(steps)), ("right", 1.0, bool(steps))])
    tree = search(HARD, setting("uct", {"n": 500}, policy=policy, prm=ScriptedPRM(lambda *_: 0.5)))
    assert tree.closed and tree.closed.stopped == "done"
    assert {tuple(n.steps()) for n in tree.finished()} == {(a, b) for a in ("left", "right") for b in ("left", "right")}
    assert len(tree.finished()) < 100


def test_a_rollout_without_a_reward_counts_for_nothing() -> None:
    tree = search(HARD, setting("uct", {"n": 5}, prm=ScriptedPRM(lambda *_: None)))
    assert len(tree.finished()) == 5 and not any(isinstance(e, Visited) for e in tree.events)
    assert all(n.mark == "dropped" for n in tree.nodes[1:])


def test_visits_add_up() -> None:
    for problem in PROBLEMS:
        tree = search(problem, setting("uct", {"n": 25}))
        events: list[Event] = tree.events
        assert tree.root.visits == sum(isinstance(e, Visited) for e in events)
        for node in tree.nodes[1:]:
            assert node.visits >= sum(child.visits for child in node.children)
            assert (node.mark == "kept") == bool(node.visits)
