import pickle
import sys
from dataclasses import fields
from subprocess import run
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.search import STRATEGIES
from engine.tree import (
    Closed,
    Cost,
    Grown,
    Marked,
    Node,
    Opened,
    Problem,
    Scored,
    Tree,
    TreeError,
    Visited,
)
from tests.worlds import PROBLEMS, grown_tree, search, setting

PROBLEM = Problem("p", "Make 24 from 4 6")


def state(tree: Tree) -> Any:
    """All that can be seen of a tree but its events."""
    nodes = [tuple(_plain(getattr(node, f.name)) for f in fields(Node)) for node in tree]
    return nodes, tree.problem, tree.cost, _plain(tree.chosen), tree.closed


def _plain(value: Any) -> Any:
    if isinstance(value, Node):
        return value.id
    return [_plain(v) for v in value] if isinstance(value, list) else value


# What events make.


def test_a_tree_begins_with_its_question_alone() -> None:
    tree = Tree(PROBLEM)
    assert tree.events == [Opened(PROBLEM)]
    assert len(tree) == 1 and tree.root.id == 0 and tree.root.parent is None
    assert tree.root.depth == 0 and tree.root.place == () and tree.root.path() == []
    assert tree.cost == Cost() and tree.chosen is None and tree.closed is None


def test_new_nodes_follow_on_and_know_their_place() -> None:
    tree = Tree(PROBLEM)
    costs = [Cost(3), Cost(4, 1), Cost(5)]
    tree.apply(
        Grown(
            [0, 0, 1],
            ["a", "b", "c"],
            ["step", "error", "end"],
            [-1.0, None, -2.0],
            [None, None, "9"],
            costs,
            {2: "no"},
        )
    )
    a, b, c = tree.nodes[1:]
    assert [n.place for n in (a, b, c)] == [(0,), (1,), (0, 0)]
    assert [n.depth for n in (a, b, c)] == [1, 1, 2]
    assert tree.root.children == [a, b] and a.children == [c] and c.parent is a
    assert c.steps() == ["a", "c"] and c.path() == [a, c]
    assert (a.open, a.finished, b.open, b.finished, c.open, c.finished) == (True, False, False, False, False, True)
    assert (b.error, c.answer, tree.cost) == ("no", "9", Cost(12, 1))
    assert tree.finished() == [c] and list(tree) == tree.nodes


def test_rewards_add_their_cost_to_the_node_and_the_tree() -> None:
    tree = grown_tree([("a", 0.5), ("b", None)])
    assert [n.reward for n in tree.nodes[1:]] == [0.5, None]
    assert tree.nodes[1].cost == Cost(policy_tokens=2, prm_tokens=2)
    assert tree.cost == Cost(policy_tokens=4, prm_tokens=4) and tree.cost.tokens == 8


def test_a_missing_reward_says_why_and_keeps_an_older_error() -> None:
    tree = Tree(PROBLEM)
    tree.apply(Grown([0, 0], ["a", "b"], ["step"] * 2, [None] * 2, [None] * 2, [Cost()] * 2, {1: "odd"}))
    tree.apply(Scored([1, 2], [None, None], [None, None], [Cost()] * 2, {2: "broken"}))
    assert [n.error for n in tree.nodes[1:]] == ["odd", "broken"]


def test_marks_carry_a_reason_and_the_last_one_counts() -> None:
    tree = grown_tree([("a", 0.5)], [("b", 0.7)])
    tree.keep({tree.node(1): "first"})
    tree.drop({tree.node(1): "after all", tree.node(2): "too"})
    assert [(n.mark, n.reason) for n in tree.nodes[1:]] == [("dropped", "after all"), ("dropped", "too")]
    before = len(tree.events)
    tree.keep({})
    assert len(tree.events) == before


def test_a_value_is_backed_up_along_the_path_and_averaged() -> None:
    tree = grown_tree([("a", 0.5), ("b", 0.7)], [("c", 0.1)])
    tree.back_up(tree.node(2), 0.75)
    tree.back_up(tree.node(3), 0.25)
    assert tree.events[-2:] == [Visited([0, 1, 2], 0.75), Visited([0, 3], 0.25)]
    assert [(n.visits, n.value) for n in tree] == [(2, 0.5), (1, 0.75), (1, 0.75), (1, 0.25)]


def test_a_node_never_visited_has_no_value() -> None:
    assert Tree(PROBLEM).root.value is None


def test_the_truth_is_known_once_the_tree_is_closed() -> None:
    tree = grown_tree([("a", 0.5), ("b", 0.7)])
    assert [n.correct for n in tree] == [n.label for n in tree] == [None, None, None]
    tree.apply(Closed(2, "the only one", "done", {2: True}, {1: True, 2: False}))
    assert tree.chosen is tree.node(2) and tree.chosen.correct is True
    assert [n.label for n in tree] == [None, True, False]
    assert tree.closed and tree.closed.reason == "the only one"


def test_opening_a_tree_again_voids_what_was_recorded() -> None:
    tree = grown_tree([("a", 0.5), ("b", 0.7)])
    tree.apply(Closed(2, "", "done", {2: True}, {}))
    tree.apply(Opened(PROBLEM))
    assert state(tree) == state(Tree(PROBLEM)) and tree.events == [Opened(PROBLEM)]


# Replay.


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_a_replay_of_all_events_is_the_tree(strategy: str) -> None:
    for problem in PROBLEMS:
        tree = search(problem, setting(strategy))
        again = Tree.replay(tree.events)
        assert state(again) == state(tree) and again.events == tree.events


def test_a_replay_to_any_moment_is_the_tree_of_that_moment() -> None:
    whole = search(PROBLEMS[0], setting("mcts"))
    live = Tree(whole.problem)
    for i, event in enumerate(whole.events[1:], 2):
        live.apply(event)
        assert state(Tree.replay(whole.events[:i])) == state(live)


def test_a_replay_does_not_touch_the_events_it_is_given() -> None:
    events = search(PROBLEMS[0], setting("beam")).events
    before = pickle.dumps(events)
    other = Tree.replay(events)
    other.apply(Marked([1], ["kept"], ["mine"]))
    assert pickle.dumps(events) == before


@pytest.mark.parametrize("events", [[], [Visited([0], 1.0)]])
def test_a_replay_that_does_not_begin_with_a_problem_is_refused(events: list[Any]) -> None:
    with pytest.raises(TreeError, match="expected a tree to begin with its problem; the log has lost its first event"):
        Tree.replay(events)


# What does not fit.


@pytest.mark.parametrize(
    "event",
    [
        Grown([9], ["a"], ["step"], [None], [None], [Cost()]),
        Grown([-1], ["a"], ["step"], [None], [None], [Cost()]),
        Scored([9], [0.5], [0.5], [Cost()]),
        Marked([9], ["kept"], ["why"]),
        Visited([0, 9], 0.5),
        Closed(9, "", "done", {}, {}),
        Closed(None, "", "done", {9: True}, {}),
        Closed(None, "", "done", {}, {9: True}),
    ],
)
def test_an_event_about_a_node_that_is_not_there_is_refused(event: Any) -> None:
    tree = grown_tree([("a", 0.5), ("b", 0.7)])
    with pytest.raises(TreeError, match=r"got node -?\d, but the tree has nodes 0 to 2"):
        tree.apply(event)
    assert event not in tree.events


@pytest.mark.parametrize(
    "event",
    [
        Grown([0, 0], ["a"], ["step"], [None], [None], [Cost()]),
        Scored([1], [0.5, 0.5], [0.5], [Cost()]),
        Marked([1], ["kept"], []),
    ],
)
def test_columns_of_different_lengths_are_refused_before_anything_changes(event: Any) -> None:
    tree = grown_tree([("a", 0.5)])
    before = state(tree)
    with pytest.raises(TreeError, match=r"got columns of lengths \[\d, \d\], expected one length"):
        tree.apply(event)
    assert state(tree) == before


# Costs.

costs = st.builds(Cost, *[st.integers(0, 1000)] * 3, *[st.integers(0, 1000).map(float)] * 3)


@given(st.lists(costs, max_size=5))
def test_costs_add_up_field_by_field(some: list[Cost]) -> None:
    total = Cost()
    for cost in some:
        total = total.plus(cost)
    assert total == Cost(*(sum(column) for column in zip(Cost(), *some, strict=True)))
    assert total.tokens == total.policy_tokens + total.prm_tokens
    uncounted = (total.policy_tokens and not total.policy_flops) or (total.prm_tokens and not total.prm_flops)
    assert total.flops == (None if uncounted else total.policy_flops + total.prm_flops)


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_the_cost_of_a_tree_is_the_sum_over_its_nodes(strategy: str) -> None:
    for problem in PROBLEMS:
        tree = search(problem, setting(strategy))
        total = Cost()
        for node in tree:
            total = total.plus(node.cost)
        assert tree.cost == pytest.approx(total)
        assert tree.cost.policy_tokens == sum(len(n.text.split()) + 1 for n in tree.nodes[1:])


def test_the_tree_needs_nothing_but_the_standard_library() -> None:
    code = "import sys; before = set(sys.modules); import engine.tree; print(*set(sys.modules) - before)"
    loaded = run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert {name.split(".")[0] for name in loaded} <= {"engine", *sys.stdlib_module_names}
