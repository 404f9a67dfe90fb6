"""A rollout: from a step to the end of a solution, and what it was worth to every step it passes through."""

from collections.abc import Generator, Sequence

from engine.protocol import Expand, Request, Score
from engine.rewards import chain_reward
from engine.search.ranking import show, stopped
from engine.tree import Node, Tree

Rollout = Generator[Request, list[Node], tuple[Node, float] | None]


def roll_out(tree: Tree, start: Node, how: str = "last") -> Rollout:
    """Write one solution on from `start`, reward it, and back the reward of its chain up along its steps.

    Gives the last step it was backed up to, and the value; None if it came to no end or has no reward there.
    A rollout in the words of an earlier one passes through the steps of that: they get its value, and its own
    nodes are dropped.
    """
    (end,) = yield Expand([start], 1, until="end")
    yield Score([end])
    fresh = [node for node in end.path() if node.depth > start.depth]
    value = chain_reward(end, how)
    if not end.finished or value is None:
        tree.drop(dict.fromkeys(fresh, "its rollout ended with no reward" if end.finished else stopped(end)))
        return None
    last = passed_through(start, fresh)
    repeats = [node for node in fresh if node not in last.path()]
    tree.drop({node: f"its rollout is one of node {last.id}, which got its {show(value)}" for node in repeats})
    tree.back_up(last, value)
    return last, value


def passed_through(start: Node, chain: Sequence[Node]) -> Node:
    """The last step in the words of `chain` that is part of the search: visited before, or of the chain itself."""
    here = start
    for node in chain:
        same = [child for child in here.children if child.text == node.text and (child.visits or child is node)]
        if not same:
            break
        here = same[0]
    return here


def mark_visits(tree: Tree) -> None:
    """Keep the steps that were visited and drop those that never were, each with the numbers."""
    unmarked = [node for node in tree.nodes[1:] if node.mark is None]
    visited = {node: f"{node.visits} of {tree.root.visits} visits, mean {show(node.value)}" for node in unmarked}
    tree.keep({node: words for node, words in visited.items() if node.visits})
    passed = {
        node: "never visited" if node.reward is None else f"never visited, with {show(node.reward)}"
        for node in unmarked
    }
    tree.drop({node: words for node, words in passed.items() if not node.visits})
