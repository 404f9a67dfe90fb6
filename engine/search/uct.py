"""UCT: Monte-Carlo tree search whose simulations run to the end of a solution.

Kocsis and Szepesvári 2006, "Bandit based Monte-Carlo planning" (doi:10.1007/11871842_29). Where `mcts` trusts
the PRM's word on every step and the policy's prior, this asks for the reward of whole solutions alone.
"""

from collections.abc import Collection
from math import log, sqrt

from engine.protocol import Parameter, Search, Strategy
from engine.search.ranking import AGGREGATE, best_solution
from engine.search.rollouts import mark_visits, roll_out
from engine.tree import Node, Tree


def uct(
    tree: Tree, *, n: int = 16, width: int = 2, c: float = 1.0, widening: float = 0.5, aggregate: str = "last"
) -> Search:
    """Run `n` simulations. Each goes down by UCB1 to a step that may have one more child, and rolls out from there.

    The value of a rollout is the PRM's reward of its chain; nobody asks the answer key. All its steps stay in
    the tree and may be selected from then on. A finished solution isn't selected again.
    """
    spent, dry = set[Node](), set[Node]()
    try:
        for _ in range(n):
            start, size = select(tree, spent, dry, width, c, widening), len(tree)
            if start is None:
                break
            reached = yield from roll_out(tree, start, aggregate)
            if reached and reached[0].id < size:
                dry.add(start)
            if reached and not reached[0].open:
                spent.add(reached[0])
    finally:
        mark_visits(tree)


def select(tree: Tree, spent: set[Node], dry: Collection[Node], width: int, c: float, widening: float) -> Node | None:
    """The step from which the next rollout starts; None if nothing is left.

    Of `N` visits, a step may have ``width * N ** widening`` children (Couëtoux et al. 2011,
    doi:10.1007/978-3-642-25566-3_32). One whose children are all spent gets another, unless it is
    `dry`: a rollout from it brought nothing new. Then it is spent too.
    """
    node = tree.root
    while True:
        if len(node.children) < width * max(1, node.visits) ** widening:
            return node
        options = [child for child in node.children if child.visits and child not in spent]
        if options:
            node = max(options, key=lambda child: (ucb1(child, c), -child.id))
        elif node not in dry:
            return node
        else:
            spent.add(node)
            if node.parent is None:
                return None
            node = node.parent


def ucb1(node: Node, c: float) -> float:
    """Mean value + c sqrt(ln(visits of the parent) / visits)."""
    assert node.parent is not None and node.value is not None
    return node.value + c * sqrt(log(node.parent.visits) / node.visits)


UCT = Strategy(
    name="uct",
    summary="A tree that grows by whole rollouts: UCB1 weighs how good a step was against how seldom it was tried",
    paper="Kocsis and Szepesvári 2006, doi:10.1007/11871842_29",
    search=uct,
    choose=best_solution,
    parameters={
        "n": Parameter(default=16, least=1, help="simulations: solutions that are rolled out"),
        "width": Parameter(default=2, least=1, help="children a step gets before one of them is selected"),
        "c": Parameter(default=1.0, least=0, help="exploration constant of UCB1; the paper's is the root of 2"),
        "widening": Parameter(default=0.5, least=0, help="a step visited N times has width * N^widening children"),
        "aggregate": AGGREGATE,
    },
)
