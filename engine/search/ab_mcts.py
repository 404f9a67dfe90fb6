"""Adaptive branching: at every step the tree decides anew whether to go wider or deeper.

Inoue et al. 2025, "Wider or deeper?" (AB-MCTS-A, arXiv:2503.04412): Thompson sampling between a new child (GEN)
and those there are (CONT, node aggregation). There a node is an answer and its child a refinement; here a node is a
step, a new child the beginning of another way to the end, and the score the PRM's reward of that whole solution.
"""

from collections import defaultdict
from collections.abc import Sequence
from random import Random
from statistics import fmean

from engine.protocol import Parameter, Search, Strategy
from engine.search.luck import luck
from engine.search.ranking import AGGREGATE, best_solution
from engine.search.rollouts import mark_visits, roll_out
from engine.tree import Node, Tree

MEAN, KAPPA, NU, TAU2 = 0.0, 1.0, 1.0, 0.1
"""Prior of the Gaussian: normal-inverse-chi-squared, the paper's. That of the Beta is Jeffreys', (1/2, 1/2)."""


class Scores:
    """The scores that GEN and CONT of each step, and each step itself, are judged by."""

    def __init__(self) -> None:
        self.new = defaultdict[Node, list[float]](list)
        """Of solutions for which a step got a new child."""
        self.on = defaultdict[Node, list[float]](list)
        """Of solutions that went through a child it had."""
        self.through = defaultdict[Node, list[float]](list)

    def back_up(self, start: Node, last: Node, score: float) -> None:
        """Add the score of a rollout from `start` that ended at `last`: new children from `start` on."""
        for node in last.path():
            assert node.parent is not None
            new = node.parent is start or node not in self.through
            (self.new if new else self.on)[node.parent].append(score)
            self.through[node].append(score)


def ab_mcts(tree: Tree, *, n: int = 16, posterior: str = "gaussian", aggregate: str = "last") -> Search:
    """Write `n` solutions. Each leaves the tree where Thompson sampling prefers a new child to those there are."""
    scores = Scores()
    try:
        for _ in range(n):
            start = select(tree, scores, posterior, luck(tree))
            reached = yield from roll_out(tree, start, aggregate)
            if reached:
                scores.back_up(start, *reached)
    finally:
        mark_visits(tree)


def select(tree: Tree, scores: Scores, posterior: str, random: Random) -> Node:
    """Go down while the draw for CONT is higher than that for GEN, each time to the child with the highest draw.

    A finished solution has nothing below it, so it is no child to go on with.
    """
    node = tree.root
    while children := [child for child in node.children if child.open and child in scores.through]:
        if draw(scores.new[node], posterior, random) >= draw(scores.on[node], posterior, random):
            break
        node = max(children, key=lambda child: draw(scores.through[child], posterior, random))
    return node


def draw(scores: Sequence[float], posterior: str, random: Random) -> float:
    """A mean score drawn from its posterior, given the `scores` (each in [0, 1]) seen so far."""
    if posterior == "beta":
        return random.betavariate(0.5 + sum(scores), 0.5 + len(scores) - sum(scores))
    mean, kappa, nu, tau2 = gaussian(scores)
    variance = nu * tau2 / 2 / random.gammavariate(nu / 2, 1.0)
    return random.gauss(mean, (variance / kappa) ** 0.5)


def gaussian(scores: Sequence[float]) -> tuple[float, float, float, float]:
    """Mean, kappa, nu and tau² of the posterior of a Gaussian's mean and variance (Murphy 2023, section 3.4.3.3)."""
    n, mean = len(scores), fmean(scores) if scores else 0.0
    kappa, nu = KAPPA + n, NU + n
    squares = sum((score - mean) ** 2 for score in scores)
    tau2 = (NU * TAU2 + squares + KAPPA * n / kappa * (mean - MEAN) ** 2) / nu
    return (KAPPA * MEAN + n * mean) / kappa, kappa, nu, tau2


AB_MCTS = Strategy(
    name="ab-mcts",
    summary="Wider or deeper, decided anew at every step: Thompson sampling between a new child and those there are",
    paper="Inoue et al. 2025, arXiv:2503.04412",
    search=ab_mcts,
    choose=best_solution,
    parameters={
        "n": Parameter(default=16, least=1, help="solutions written, in whole or from a step on"),
        "posterior": Parameter(
            default="gaussian", choices=("gaussian", "beta"), help="what the scores of a step are taken to follow"
        ),
        "aggregate": AGGREGATE,
    },
)
