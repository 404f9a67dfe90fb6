"""Best-first search with backtracking: of all open steps, wherever they are, the most promising one goes on.

Hart, Nilsson and Raphael 1968 (doi:10.1109/TSSC.1968.300136) for the queue; with a learned value in place of a
cost, over steps of a language model: Koh et al. 2024 (arXiv:2407.01476).
"""

from engine.protocol import Expand, Parameter, Score, Search, Strategy
from engine.rewards import chain_reward
from engine.search.completing import complete
from engine.search.ranking import AGGREGATE, best_solution, by_reward, differing, mark_ends, show
from engine.tree import Tree


def best_first(tree: Tree, *, n: int = 16, width: int = 4, enough: float = 0.95, aggregate: str = "last") -> Search:
    """Take the open step with the highest reward, draw `width` next steps, score them; `n` times in all.

    Where the rewards of a branch fall, a step that was left behind is the best again, so the search goes back by
    itself; where nothing is left open it begins at the question again. It ends early with a solution whose reward is
    `enough`. If there is no solution after `n` steps, the most promising one is completed in one pass.
    """
    queue = [tree.root]
    for _ in range(n):
        best, *queue = by_reward(queue or [tree.root], aggregate)
        if best.parent:
            tree.keep({best: f"the best of {len(queue) + 1} open steps, with {show(chain_reward(best, aggregate))}"})
        steps = differing(tree, best, (yield Expand([best], width)))
        yield Score(steps)
        queue += [step for step in steps if step.open]
        mark_ends(tree, steps, aggregate)
        if any((chain_reward(step, aggregate) or 0.0) >= enough for step in steps if step.finished):
            break
    if not tree.finished():
        yield from complete(tree, by_reward(queue or [tree.root], aggregate)[:1], aggregate)
    waiting = {step: show(chain_reward(step, aggregate)) for step in queue if not step.mark}
    tree.drop({step: f"still waiting with {reward} when the search ended" for step, reward in waiting.items()})


BEST_FIRST = Strategy(
    name="best-first",
    summary="The best of all open steps goes on, wherever it is: rewards that fall send the search back",
    paper="Hart, Nilsson and Raphael 1968, doi:10.1109/TSSC.1968.300136; Koh et al. 2024, arXiv:2407.01476",
    search=best_first,
    choose=best_solution,
    parameters={
        "n": Parameter(default=16, least=1, help="steps that are taken from the queue"),
        "width": Parameter(default=4, least=1, help="next steps drawn from each"),
        "enough": Parameter(default=0.95, least=0, help="reward of a solution that ends the search; above 1: never"),
        "aggregate": AGGREGATE,
    },
)
