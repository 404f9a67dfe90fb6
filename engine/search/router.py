"""One cheap pass first: an answer that the PRM believes is taken, and only what it doubts is searched.

A cascade by a score (Chen et al. 2023, "FrugalGPT", arXiv:2305.05176), here over searches in place of models;
the simplest case of choosing compute by difficulty (Snell et al. 2024, arXiv:2408.03314).
"""

from engine.estimates import first_samples
from engine.protocol import Choice, Expand, Parameter, Search, Strategy
from engine.rewards import chain_reward
from engine.search.plan import read_strategy, strategy_words
from engine.search.ranking import AGGREGATE, best_solution, show
from engine.tree import Node, Tree


def router(tree: Tree, *, n: int = 16, threshold: float = 0.9, to: str = "beam", aggregate: str = "last") -> Search:
    """Answer greedily; unless that has a reward of at least `threshold`, go on with the strategy `to`."""
    (first,) = yield Expand([tree.root], 1, until="end", temperature=0.0, score=True)
    words = _words(first, threshold, aggregate)
    if believed(first, threshold, aggregate):
        tree.keep(dict.fromkeys(first.path(), f"the greedy pass: {words}"))
        return
    tree.keep(dict.fromkeys(first.path(), f"the greedy pass: {words}, so {to} goes on"))
    yield from read_strategy(to).search(tree, n, aggregate)


def believed(end: Node, threshold: float, how: str) -> bool:
    """Whether a solution has an answer and a reward of at least `threshold`. One without a reward isn't believed."""
    reward = chain_reward(end, how)
    return end.finished and end.answer is not None and reward is not None and reward >= threshold


def choose(tree: Tree, n: int, threshold: float, to: str, how: str = "last") -> Choice:
    """The greedy answer if it was believed, else as the other strategy chooses among all."""
    first = _first(tree)
    if first is None:
        return best_solution(tree, how)
    words = _words(first, threshold, how)
    if believed(first, threshold, how):
        return first, f"the greedy answer: {words}"
    chosen, reason = read_strategy(to).choose(tree, n, how)
    return chosen, f"the greedy pass: {words}, so {to} went on; {reason}"


def _first(tree: Tree) -> Node | None:
    """The end of the greedy pass, the first that was drawn."""
    return next(iter(first_samples(tree, 1)), None)


def _words(end: Node, threshold: float, how: str) -> str:
    if not end.finished or end.answer is None:
        return "no answer"
    reward = show(chain_reward(end, how))
    return f"{reward} is {'at least' if believed(end, threshold, how) else 'not'} {threshold:g}"


ROUTER = Strategy(
    name="router",
    summary="One greedy pass; what the PRM doubts is searched, what it believes is the answer",
    paper="Chen et al. 2023, arXiv:2305.05176; Snell et al. 2024, arXiv:2408.03314",
    search=router,
    choose=choose,
    parameters={
        "n": Parameter(default=16, least=1, help="the n of the strategy that goes on"),
        "threshold": Parameter(default=0.9, least=0, help="the reward from which the greedy answer is taken"),
        "to": Parameter(default="beam", read=strategy_words, help="the strategy that goes on, such as mcts width=4"),
        "aggregate": AGGREGATE,
    },
    weighs=("n", "threshold", "to"),
)
