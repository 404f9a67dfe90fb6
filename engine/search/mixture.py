"""Outcome and process mixed: whole solutions are ranked by how they end, how they got there, and how long it took.

Outcome reward models judge the end of a solution alone (Cobbe et al. 2021, arXiv:2110.14168), process reward models
every step; the two were first compared by Uesato et al. 2022 (arXiv:2211.14275). Both come from one PRM here.
"""

from collections.abc import Sequence

from engine.protocol import Choice, Parameter, Search, Strategy
from engine.rewards import aggregate, chain_reward
from engine.search.ranking import show
from engine.search.sampling import N, sample_and_score
from engine.tree import Node, Tree


def mixture(tree: Tree, *, n: int = 16, mix: float = 0.5, process: str = "mean", penalty: float = 0.01) -> Search:
    """Sample `n` solutions, reward every step of them, and rank them; the best is kept."""
    yield from sample_and_score(tree, n=n)
    best, _ = best_mixed(tree, mix, process, penalty)
    worths = {end: f"its solution is worth {show(worth(end, mix, process, penalty))}" for end in tree.finished()}
    tree.keep({node: words for end, words in worths.items() for node in end.path() if end is best})
    tree.drop({node: words for end, words in worths.items() for node in end.path() if end is not best})


def best_mixed(tree: Tree, mix: float, process: str, penalty: float) -> Choice:
    """The finished solution with the highest `worth`, of those with an answer if there are any."""
    solutions = tree.finished()
    if not solutions:
        return None, "no solution was finished"
    able = [node for node in solutions if node.answer is not None] or solutions
    scores = {node: worth(node, mix, process, penalty) for node in able}
    best = max(able, key=lambda node: (float("-inf") if scores[node] is None else scores[node], -node.id))
    parts = f"{1 - mix:g} × outcome {show(chain_reward(best))} + {mix:g} × process {show(chain_reward(best, process))}"
    length = f" − {penalty:g} × {best.depth} steps" if penalty else ""
    return best, f"highest of {len(solutions)} solutions: {show(scores[best])} = {parts}{length}"


def worth(node: Node, mix: float, process: str, penalty: float) -> float | None:
    """``(1 - mix) * outcome + mix * process - penalty * steps``; None if a reward that counts is missing.

    `outcome` is the reward of the last step, `process` that of the chain by the aggregate called so.
    """
    return worth_of([step.reward for step in node.path()], mix, process, penalty)


def worth_of(rewards: Sequence[float | None], mix: float, process: str, penalty: float) -> float | None:
    """`worth`, by the rewards of the steps."""
    parts = [(1 - mix, aggregate(rewards)), (mix, aggregate(rewards, process))]
    counting = [(weight, reward) for weight, reward in parts if weight]
    if any(reward is None for _, reward in counting):
        return None
    return sum(weight * (reward or 0.0) for weight, reward in counting) - penalty * len(rewards)


MIXTURE = Strategy(
    name="mixture",
    summary="Many passes, ranked by the reward at the end and those on the way; mix 0 is outcome ranking",
    paper="Uesato et al. 2022, arXiv:2211.14275; Cobbe et al. 2021, arXiv:2110.14168",
    search=mixture,
    choose=best_mixed,
    parameters={
        "n": N,
        "mix": Parameter(default=0.5, least=0, most=1, help="share of the process reward: 0 outcome, 1 process alone"),
        "process": Parameter(
            default="mean", choices=("mean", "min", "prod"), help="how the rewards on the way become one number"
        ),
        "penalty": Parameter(default=0.01, least=0, help="what each step of a solution takes off its rank"),
    },
    weighs=("mix", "process", "penalty"),
)
