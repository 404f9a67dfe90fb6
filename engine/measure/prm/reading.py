"""What of a run its PRM is measured by. Each tree is read once, and of a run this is all that need be kept."""

from collections.abc import Iterable
from typing import NamedTuple

import pandas as pd

from engine.measure.frame import frame
from engine.measure.pool import CHANCES, Pool, pool_of
from engine.measure.prm.steps import Draws
from engine.rewards import AGGREGATES, chain_reward
from engine.runs import Run, RunError


class Reading(NamedTuple):
    """One run. Empty tables if it had no PRM."""

    name: str
    prm: str | None
    n: int
    steps: pd.DataFrame
    """The distinct steps of the trees that ended: `steps.DRAWN`."""
    answers: pd.DataFrame
    """As `engine.measure.frame`, with `proxy`: the reward of the answer, as the search aggregated the steps'.
    Missing where nothing was chosen, or where a reward that counts is."""
    pools: list[Pool]
    """Of a strategy that samples whole solutions: those of each problem that can be graded."""


def read(name: str, run: Run) -> Reading:
    """Read a run; it is called `name` in the tables. Raises `RunError` if its log can't be read."""
    info = run.info
    how = str(info.parameters.get("aggregate", "last"))
    if how not in AGGREGATES:
        raise RunError(f"{run.path}: got the aggregate {how!r}, expected one of: {', '.join(AGGREGATES)}")
    draws, pools, proxies = Draws(), [], []
    ended = run.summaries if info.prm is not None else []
    for summary in ended:
        tree = run.tree(summary.index)
        draws.add(tree)
        proxies.append(None if tree.chosen is None else chain_reward(tree.chosen, how))
        if info.strategy in CHANCES and summary.error is None and (pool := pool_of(tree, how)) is not None:
            pools.append(pool)
    answers = frame({name: run} if ended else {}).assign(proxy=pd.array(proxies, dtype="Float64"))
    prm = None if info.prm is None else str(info.prm.get("id"))
    return Reading(name, prm, int(info.parameters.get("n", 1)), draws.table(prm, name), answers, pools)


def largest_pools(readings: Iterable[Reading]) -> dict[str, Reading]:
    """Of each PRM the run with the largest pools, the first of several."""
    found: dict[str, Reading] = {}
    for one in readings:
        if one.prm is not None and one.pools and (one.prm not in found or one.n > found[one.prm].n):
            found[one.prm] = one
    return found
