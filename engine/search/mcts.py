"""Monte-Carlo tree search by PUCT: the policy's probability as prior, the PRM's reward as value.

Silver et al. 2017 (AlphaGo Zero, doi:10.1038/nature24270); over reasoning steps: Feng et al. 2023
(TS-LLM, arXiv:2309.17179). There are no rollouts: the PRM's reward stands for the value of a step.
"""

from collections.abc import Generator
from math import exp, sqrt

from engine.protocol import Expand, Parameter, Request, Score, Search, Strategy
from engine.rewards import chain_reward
from engine.search.completing import complete
from engine.search.ranking import AGGREGATE, best_solution, differing
from engine.search.rollouts import mark_visits
from engine.tree import Node, Tree


def mcts(
    tree: Tree, *, n: int = 16, width: int = 4, c: float = 1.0, widening: float = 0.5, aggregate: str = "last"
) -> Search:
    """Run `n` simulations. A simulation selects a leaf by PUCT, expands it and backs the chain's reward up.

    A finished solution is visited once, and a subtree with nothing left to visit isn't entered again.
    If no solution was reached, the most promising step is completed in one pass.
    """
    spent: set[Node] = set()
    try:
        for _ in range(n):
            leaf = yield from select(tree, spent, width, c, widening, aggregate)
            if leaf is None:
                break
            if leaf.open:
                yield from expand(tree, leaf, width)
            tree.back_up(leaf, value(leaf, aggregate))
            if not leaf.open:
                spent.add(leaf)
        if not tree.finished() and (best := most_promising(tree, aggregate)):
            yield from complete(tree, [best], aggregate)
    finally:
        mark_visits(tree)


def select(
    tree: Tree, spent: set[Node], width: int, c: float, widening: float, aggregate: str
) -> Generator[Request, list[Node], Node | None]:
    """Go down from the root by PUCT to a step that has no children yet; None if nothing is left.

    On the way a step that was visited often gets more children (progressive widening: Couëtoux et al.
    2011, doi:10.1007/978-3-642-25566-3_32): of `N` visits, ``width * N ** widening`` in all. So does one
    whose children are all spent; if that brings nothing new, it is spent too.
    """
    node = tree.root
    while True:
        if len(node.children) < width * max(1, node.visits) ** widening:
            yield from expand(tree, node, width)
        options = [child for child in candidates(node) if child not in spent]
        if not options and widening > 0 and node.visits:
            yield from expand(tree, node, width)
            options = [child for child in candidates(node) if child not in spent]
        if options:
            node = max(options, key=lambda child: (puct(child, c, aggregate), -child.id))
            if not node.children:
                return node
        else:
            spent.add(node)
            if node.parent is None:
                return None
            node = node.parent


def expand(tree: Tree, node: Node, width: int) -> Search:
    """Sample `width` children and reward those that differ from the others."""
    yield Score(differing(tree, node, (yield Expand([node], width))))


def candidates(node: Node) -> list[Node]:
    """The children that can be selected: not duplicates, not failed, and rewarded."""
    return [n for n in node.children if n.mark != "dropped" and n.reward is not None and n.finish in ("step", "end")]


def value(node: Node, aggregate: str) -> float:
    """The reward of the chain up to a node that can be selected: everything above it is rewarded too."""
    reward = chain_reward(node, aggregate)
    assert reward is not None
    return reward


def puct(node: Node, c: float, aggregate: str) -> float:
    """Q + c P sqrt(N of the parent) / (1 + N); before the first visit Q is the reward of the chain up to it."""
    assert node.parent is not None
    q = value(node, aggregate) if node.value is None else node.value
    return q + c * prior(node) * sqrt(max(1, node.parent.visits)) / (1 + node.visits)


def prior(node: Node) -> float:
    """The policy's probability of the step among the siblings that differ; equal shares if unknown."""
    assert node.parent is not None
    siblings = candidates(node.parent)
    if any(n.logprob is None for n in siblings):
        return 1 / len(siblings)
    likeliest = max(n.logprob or 0.0 for n in siblings)  # of long steps exp alone would be 0
    return exp((node.logprob or 0.0) - likeliest) / sum(exp((n.logprob or 0.0) - likeliest) for n in siblings)


def most_promising(tree: Tree, aggregate: str) -> Node | None:
    """The open step with the highest reward, the deeper one on a tie."""
    steps = [n for n in tree.nodes[1:] if n.open and n.reward is not None and n.mark != "dropped"]
    return max(steps, key=lambda n: (value(n, aggregate), n.depth, -n.id), default=None)


MCTS = Strategy(
    name="mcts",
    summary="A tree that grows where prior, reward and visits point: PUCT, able to go back",
    paper="Silver et al. 2017, doi:10.1038/nature24270; Feng et al. 2023, arXiv:2309.17179",
    search=mcts,
    choose=best_solution,
    parameters={
        "n": Parameter(default=16, least=1, help="simulations"),
        "width": Parameter(default=4, least=1, help="children sampled when a leaf is expanded"),
        "c": Parameter(default=1.0, least=0, help="exploration constant of PUCT"),
        "widening": Parameter(default=0.5, least=0, help="a step visited N times has width * N^widening children"),
        "aggregate": AGGREGATE,
    },
)
