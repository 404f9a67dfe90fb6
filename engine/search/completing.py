"""One pass to the end, for a search that comes to its end without a solution."""

from collections.abc import Generator, Sequence

from engine.protocol import Expand, Request, Score
from engine.rewards import chain_reward
from engine.search.ranking import mark_ends, show
from engine.tree import Node, Tree


def complete(tree: Tree, steps: Sequence[Node], how: str = "last") -> Generator[Request, list[Node], list[Node]]:
    """Go on from each of `steps` to the end at temperature 0, and reward what comes; gives the last nodes."""
    if not steps:
        return []
    ends = yield Expand(steps, 1, until="end", temperature=0.0)
    yield Score(ends)
    began = {step: f"completed in one pass, for {show(chain_reward(step, how))}" for step in steps if step.parent}
    fresh = [node for end in ends for node in end.path() if node not in steps and not node.mark]
    tree.keep(began | {node: "written in one pass, for want of a solution" for node in fresh if node.open})
    mark_ends(tree, ends, how)
    return ends
