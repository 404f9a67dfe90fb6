"""Exploration mode: an agent that notices when it is off its script, and then tries more and wilder.

While rewards hold, it takes few samples of a step, near what the policy does anyway. Where they fall, temperature
and width rise until a step holds again; then both come down. Temperatures that follow the model's doubt: Zhang et
al. 2024 (EDT, arXiv:2403.14541); here the doubt is the PRM's.
"""

from collections.abc import Generator
from typing import NamedTuple

from engine.protocol import Expand, Parameter, Request, Score, Search, Strategy
from engine.rewards import chain_reward
from engine.search.ranking import AGGREGATE, best_solution, by_reward, drop_duplicates, mark_ends, show
from engine.tree import Node, Tree


class Mood(NamedTuple):
    """How the agent samples at each level of alert, from 0 to `most`."""

    width: int
    cool: float
    heat: float
    most: int

    def samples(self, alert: int) -> int:
        return self.width * (1 + alert)

    def temperature(self, alert: int) -> float:
        return self.cool + self.heat * alert


def explore(
    tree: Tree,
    *,
    n: int = 4,
    width: int = 2,
    cool: float = 0.7,
    heat: float = 0.3,
    most: int = 3,
    fall: float = 0.1,
    hope: float = 0.5,
    enough: float = 0.95,
    aggregate: str = "last",
) -> Search:
    """Walk from the question to an end, `n` times at most, each time anew, until a solution has `enough` reward.

    A step has fallen if its reward is more than `fall` below the best on its way, which is taken to be `hope` at
    least. If the best sample of a step has fallen, the alert rises by one and more are drawn, up to the level `most`.
    A step that holds lowers the alert by one for the next.
    """
    mood = Mood(width, cool, heat, most)
    for _ in range(n):
        node, alert = tree.root, 0
        while node.open:
            before = [chain_reward(step, aggregate) for step in node.path()]
            least = max([hope, *(reward for reward in before if reward is not None)]) - fall
            node, alert = yield from take(tree, node, alert, least, mood, aggregate)
        if _holds(node, enough, aggregate):
            break


def take(
    tree: Tree, node: Node, alert: int, least: float, mood: Mood, how: str
) -> Generator[Request, list[Node], tuple[Node, int]]:
    """The next step of the walk, and the alert it goes on with."""
    steps: list[Node] = []
    while True:
        drawn = yield Expand([node], mood.samples(alert), temperature=mood.temperature(alert))
        steps = drop_duplicates(tree, [*steps, *drawn])
        yield Score(steps)
        best = by_reward([step for step in steps if step.open or step.finished] or steps, how)[0]
        if _holds(best, least, how) or alert == mood.most:
            break
        alert += 1
    reward, found = show(chain_reward(best, how)), f"at alert {alert}, temperature {mood.temperature(alert):g}"
    others = {step: show(chain_reward(step, how)) for step in steps if step is not best and step.open}
    mark_ends(tree, [step for step in steps if not step.open], how)
    tree.drop({step: f"{worse}, and node {best.id} has {reward}" for step, worse in others.items()})
    if not _holds(best, least, how):
        tree.keep({best: f"{reward}, below {least:.3f}, yet the best of {len(steps)} {found}"} if best.open else {})
        return best, alert
    tree.keep({best: f"{reward}, not below {least:.3f}: the best of {len(steps)} {found}"})
    return best, max(0, alert - 1)


def _holds(node: Node, least: float, how: str) -> bool:
    reward = chain_reward(node, how)
    return (node.open or node.finished) and reward is not None and reward >= least


EXPLORE = Strategy(
    name="explore",
    summary="Where rewards fall, temperature and width rise, and come down again when a step holds",
    paper="none: ours; for adaptive temperatures Zhang et al. 2024, arXiv:2403.14541",
    search=explore,
    choose=best_solution,
    parameters={
        "n": Parameter(default=4, least=1, help="walks from the question to an end, at most"),
        "width": Parameter(default=2, least=1, help="samples of a step; so many more at each level of alert"),
        "cool": Parameter(default=0.7, least=0, help="temperature while rewards hold"),
        "heat": Parameter(default=0.3, least=0, help="what each level of alert adds to the temperature"),
        "most": Parameter(default=3, least=0, help="the highest level of alert"),
        "fall": Parameter(default=0.1, least=0, help="how far below the best on its way a step still holds"),
        "hope": Parameter(default=0.5, least=0, help="what the best on the way is taken to be at least"),
        "enough": Parameter(default=0.95, least=0, help="reward of a solution that ends the search; above 1: never"),
        "aggregate": AGGREGATE,
    },
)
