"""Regenerate from the first wrong step: keep what is right of a solution, and write the rest again.

The first step that a process reward model rejects is what tells it from an outcome reward: Lightman et al. 2023,
"Let's verify step by step" (arXiv:2305.20050).
"""

from collections import Counter

from engine.protocol import Expand, Parameter, Score, Search, Strategy
from engine.search.ranking import AGGREGATE, best_solution, show, stopped
from engine.tree import Node, Tree


def regenerate(tree: Tree, *, n: int = 16, threshold: float = 0.5, tries: int = 3, aggregate: str = "last") -> Search:
    """Write a solution, find its first step with a reward below `threshold`, and go on from before it; `n` times.

    It ends with a solution none of whose steps is rejected. After `tries` rejected steps at one place the step
    before them is doubted too, and the next solution goes on from one step further back. A step whose reward is
    missing isn't rejected.
    """
    start, failed = tree.root, Counter[Node]()
    for _ in range(n):
        (leaf,) = yield Expand([start], 1, until="end")
        yield Score([leaf])
        fresh = [step for step in leaf.path() if step.depth > start.depth]
        wrong = next((step for step in fresh if step.reward is not None and step.reward < threshold), None)
        if wrong is None and leaf.finished:
            tree.keep({step: _kept(step) for step in fresh})
            return
        wrong = wrong or leaf
        tree.keep({step: _kept(step) for step in fresh if step.depth < wrong.depth})
        tree.drop({wrong: _rejected(wrong, threshold)})
        after = f"comes after a step that was rejected, with {show(wrong.reward)}"
        tree.drop({step: after for step in fresh if step.depth > wrong.depth})
        start = _back(tree, wrong, failed, tries)


def _back(tree: Tree, wrong: Node, failed: Counter[Node], tries: int) -> Node:
    """Where the next solution goes on: before `wrong`, or further back where that failed too often."""
    assert wrong.parent is not None
    start = wrong.parent
    failed[start] += 1
    while failed[start] >= tries and start.parent is not None:
        tree.drop({start: f"doubted: {failed[start]} next steps were rejected, with {show(start.reward)} itself"})
        start = start.parent
        failed[start] += 1
    return start


def _kept(step: Node) -> str:
    return f"not rejected, with {show(step.reward)}"


def _rejected(step: Node, threshold: float) -> str:
    if step.reward is not None and step.reward < threshold:
        return f"the first step below {threshold:g}, with {show(step.reward)}: written again from before it"
    return stopped(step)


REGENERATE = Strategy(
    name="regenerate",
    summary="Keep a solution up to its first wrong step, by the PRM, and write the rest again",
    paper="Lightman et al. 2023, arXiv:2305.20050",
    search=regenerate,
    choose=best_solution,
    parameters={
        "n": Parameter(default=16, least=1, help="solutions written at most, in whole or from a step on"),
        "threshold": Parameter(default=0.5, least=0, help="a step with a lower reward is rejected"),
        "tries": Parameter(default=3, least=1, help="rejected steps at one place until the step before is doubted"),
        "aggregate": AGGREGATE,
    },
)
