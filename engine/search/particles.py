"""Particle filtering: solutions grow side by side, and after every step good ones multiply and bad ones vanish.

Puri et al. 2025, "A probabilistic inference approach to inference-time scaling" (arXiv:2502.01618).
"""

from collections import Counter
from collections.abc import Sequence

from engine.protocol import Expand, Parameter, Score, Search, Strategy
from engine.rewards import chain_reward
from engine.search.luck import luck
from engine.search.ranking import AGGREGATE, best_solution, drop_duplicates, show
from engine.tree import Node, Tree

LEAST = 1e-6
"""Rewards are taken to be this far from 0 and 1 at least, so that their odds are numbers."""


def particle_filter(tree: Tree, *, n: int = 16, sharpness: float = 1.0, aggregate: str = "last") -> Search:
    """Move each of `n` particles on by one step, then draw `n` anew by weight, until all are at an end.

    A particle weighs the odds of its reward, ``(r / (1 - r)) ** sharpness``: the softmax of the PRM's logit. A beam
    keeps the best for certain; here a poor step keeps a chance, as large as the PRM's doubt. Particles that are at
    an end are drawn with the others. Those that take the same step are one node from then on.
    """
    particles = [tree.root] * n
    while any(node.open for node in particles):
        places = Counter(node for node in particles if node.open)
        drawn = yield Expand(list(places), list(places.values()))
        fresh = {(step.parent, step.text): step for step in reversed(drop_duplicates(tree, drawn))}
        yield Score(list(reversed(fresh.values())))
        moved = [fresh[step.parent, step.text] for step in drawn] + [node for node in particles if not node.open]
        weights = [weight(node, sharpness, aggregate) for node in moved]
        if not any(weights):
            tree.drop(dict.fromkeys(moved, "no particle of this round can go on"))
            return
        particles = luck(tree).choices(moved, weights, k=n)
        _tell(tree, moved, particles, aggregate)


def weight(node: Node, sharpness: float, aggregate: str) -> float:
    """The odds of a node's reward to the power of `sharpness`; 0 if it failed or has no reward."""
    reward = chain_reward(node, aggregate)
    if reward is None or not (node.open or node.finished):
        return 0.0
    sure = min(max(reward, LEAST), 1 - LEAST)
    return float((sure / (1 - sure)) ** sharpness)


def _tell(tree: Tree, moved: Sequence[Node], particles: Sequence[Node], aggregate: str) -> None:
    before, after = Counter(moved), Counter(particles)
    told = {node: f"{before[node]} became {after[node]} of {len(particles)} particles" for node in before}
    told = {node: f"{words}, with {show(chain_reward(node, aggregate))}" for node, words in told.items()}
    tree.keep({node: words for node, words in told.items() if after[node]})
    tree.drop({node: words for node, words in told.items() if not after[node]})


PARTICLES = Strategy(
    name="particles",
    summary="Solutions grow side by side; after each step good ones multiply and bad ones vanish, by chance",
    paper="Puri et al. 2025, arXiv:2502.01618",
    search=particle_filter,
    choose=best_solution,
    parameters={
        "n": Parameter(default=16, least=1, help="particles: solutions that grow at the same time"),
        "sharpness": Parameter(default=1.0, least=0, help="power of the odds that particles are drawn by; 0: evenly"),
        "aggregate": AGGREGATE,
    },
)
