"""One pass at temperature 0: what the policy answers when it doesn't search."""

from engine.protocol import Expand, Search, Strategy
from engine.search.ranking import best_solution
from engine.tree import Tree


def greedy(tree: Tree) -> Search:
    """Take the likeliest token, always."""
    yield Expand([tree.root], 1, until="end", temperature=0.0)


GREEDY = Strategy(
    name="greedy",
    summary="One pass at temperature 0",
    paper="none: the baseline",
    search=greedy,
    choose=best_solution,
    parameters={},
    needs_prm=False,
)
