"""REBASE: a reward-balanced tree search, where better steps get more of the next round's samples.

Wu et al. 2024, "Inference scaling laws" (arXiv:2408.00724), section 3.2.
"""

from collections.abc import Sequence
from math import exp, floor

from engine.protocol import Expand, Parameter, Score, Search, Strategy
from engine.rewards import chain_reward
from engine.search.ranking import AGGREGATE, mark_ends, show, weighted_majority
from engine.tree import Tree


def rebase(tree: Tree, *, n: int = 16, balance: float = 0.1, aggregate: str = "last") -> Search:
    """Share a round's samples out among its steps by the softmax of their rewards over `balance`.

    There are `n` samples in the first round, and in each later one as many as solutions are still to come. Every
    step that gets one goes on; nothing else is cut. A step that repeats a sibling is a sample like any other, with
    its own share and its own vote, as in the paper.
    """
    budget, parents, counts = n, [tree.root], [n]
    while parents:
        steps = yield Expand(parents, counts)
        yield Score(steps)
        budget -= sum(step.finished for step in steps)
        rewards = {step: chain_reward(step, aggregate) for step in steps}
        running = {step: r for step, r in rewards.items() if step.open and r is not None}
        given = dict(zip(running, shares(list(running.values()), budget, balance), strict=True))
        mark_ends(tree, steps, aggregate)
        shared = {step: f"of {max(0, budget)} samples, for {show(rewards[step])}" for step in steps if step.open}
        tree.keep({step: f"{given[step]} {words}" for step, words in shared.items() if given.get(step)})
        tree.drop({step: f"none {words}" for step, words in shared.items() if not given.get(step)})
        parents, counts = [step for step in given if given[step]], [count for count in given.values() if count]


def shares(rewards: Sequence[float], budget: int, balance: float) -> list[int]:
    """``round(budget * softmax(rewards / balance))``; where all of that is nothing, the best gets one."""
    if not rewards or budget < 1:
        return [0] * len(rewards)
    most = max(rewards)
    weights = [exp((reward - most) / balance) for reward in rewards]
    given = [floor(budget * weight / sum(weights) + 0.5) for weight in weights]
    if not any(given):
        given[rewards.index(most)] = 1
    return given


REBASE = Strategy(
    name="rebase",
    summary="Better steps get more of the next samples: a round is shared out by the softmax of rewards",
    paper="Wu et al. 2024, arXiv:2408.00724",
    search=rebase,
    choose=weighted_majority,
    parameters={
        "n": Parameter(default=16, least=1, help="samples of the first round: the solutions that are to come"),
        "balance": Parameter(default=0.1, least=0.001, help="temperature of the softmax: the higher, the more evenly"),
        "aggregate": AGGREGATE,
    },
)
