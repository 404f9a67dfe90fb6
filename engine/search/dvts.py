"""Diverse verifier tree search: independent subtrees, each searched greedily with the PRM.

Beeching, Tunstall and Rush 2024, "Scaling test-time compute with open models" (Hugging Face).
"""

from engine.protocol import Expand, Parameter, Score, Search, Strategy
from engine.search.ranking import AGGREGATE, best_solution, drop_duplicates, keep_best
from engine.tree import Node, Tree


def dvts(tree: Tree, *, n: int = 16, width: int = 4, aggregate: str = "last") -> Search:
    """Split `n` candidates into ``n / width`` subtrees; in each, always go on from the best of `width`.

    A beam may fill up with children of one step; here every subtree keeps its own first step. Its
    candidates share the path up to them, so that ``last``, ``prod`` and ``mean`` rank them alike, and
    `aggregate` tells in the choice of a solution.
    """
    width = min(n, width)
    steps = yield Expand([tree.root], n // width * width)
    subtrees = [steps[i : i + width] for i in range(0, len(steps), width)]
    while subtrees:
        candidates = [drop_duplicates(tree, steps) for steps in subtrees]
        yield Score([node for steps in candidates for node in steps])
        kept: list[Node] = []
        for i, steps in enumerate(candidates, 1):
            kept += keep_best(tree, steps, 1, among=f"subtree {i}", how=aggregate)
        steps = (yield Expand(kept, width)) if kept else []
        subtrees = [[node for node in steps if node.parent is root] for root in kept]


DVTS = Strategy(
    name="dvts",
    summary="A beam split into independent subtrees, so that its members differ",
    paper="Beeching et al. 2024, Hugging Face blog: scaling test-time compute with open models",
    search=dvts,
    choose=best_solution,
    parameters={
        "n": Parameter(default=16, least=1, help="candidate steps a round, over all subtrees"),
        "width": Parameter(default=4, least=1, help="candidates in each subtree, of which the best is kept"),
        "aggregate": AGGREGATE,
    },
)
