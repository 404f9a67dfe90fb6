"""Over-optimisation: the harder one searches for reward, the less it is worth (Gao et al. 2022, arXiv:2210.10760).

Best-of-k from pools of n samples: as k grows, the reward of the best rises by definition. Where the
accuracy of what it chooses rises, stands, and falls, the PRM is being fooled.

Exact, by order statistics of a pool without replacement: the i-th lowest of n is the best of k with chance
C(i − 1, k − 1) / C(n, k). Ties, and samples without a reward, as `engine.measure.pools` has it.
"""

from collections.abc import Iterable, Sequence
from math import comb

import numpy as np
import numpy.typing as npt
import pandas as pd

from engine.measure import bootstrap
from engine.measure.curves import SETTING, curve, per_problem
from engine.measure.pool import Pool, stacked
from engine.measure.pools import best_of, pass_at

Floats = npt.NDArray[np.float64]

POOL = [
    "k",
    "proxy",  # expected reward of the best-rewarded of k, over problems where one has a reward
    "accuracy",  # the chance that it is right
    "low",
    "high",
    "coverage",  # the chance that any of k is right
    "problems",
    "missing",  # samples of these problems without a reward
]
BUDGET = ["line", "n", "proxy", "accuracy", "low", "high", "problems", "missing"]


def expected_reward(rewards: Floats, ks: Sequence[int]) -> Floats:
    """[pools, ks]: the expected reward of the best-rewarded of k of the n samples of each pool; rewards: [pools, n].

    The mean over those draws in which there is a reward; NaN without any.
    """
    ranked = np.sort(np.where(np.isnan(rewards), -np.inf, rewards), axis=1)
    known = np.isfinite(ranked)
    chance = _chances(rewards.shape[1], ks)
    weight, total = known @ chance.T, np.where(known, ranked, 0.0) @ chance.T
    return np.asarray(np.divide(total, weight, out=np.full_like(total, np.nan), where=weight > 0))


def _chances(n: int, ks: Sequence[int]) -> Floats:
    """[ks, n]: the chance that the i-th lowest of n is the highest of k."""
    return np.array([[comb(i, k - 1) / comb(n, k) for i in range(n)] for k in ks])


def pool_curve(pools: Iterable[Pool], ks: Sequence[int] | None = None) -> pd.DataFrame:
    """POOL, one row a k: means over problems, a pool each. `ks`: powers of two up to the largest pool.

    A pool smaller than k says nothing of k; `problems` counts those that do.
    """
    usable = [pool for pool in pools if pool.correct]
    if not usable:
        return pd.DataFrame(columns=POOL)
    sizes = np.array([len(pool.correct) for pool in usable])
    ks = ks or [2**i for i in range(int(sizes.max()).bit_length()) if 2**i <= sizes.max()]
    found, missing = np.full((3, len(usable), len(ks)), np.nan), np.zeros((len(usable), len(ks)), dtype=int)
    for n in np.unique(sizes):
        rows, fits = np.flatnonzero(sizes == n)[:, None], [j for j, k in enumerate(ks) if k <= n]
        stack, few = stacked([usable[i] for i in rows.ravel()]), [ks[j] for j in fits]
        curves = expected_reward(stack.rewards, few), best_of(stack, few).value, pass_at(stack, few).value
        found[:, rows, fits] = np.stack(curves)
        missing[rows, fits] = np.isnan(stack.rewards).sum(axis=1, keepdims=True)
    table = pd.DataFrame(bootstrap.means(found[1]), columns=["accuracy", "low", "high"])
    table["k"], table["proxy"], table["coverage"] = ks, _mean(found[0]), _mean(found[2])
    table["problems"], table["missing"] = (~np.isnan(found[1])).sum(axis=0), missing.sum(axis=0)
    return table[POOL]


def budget_curve(rows: pd.DataFrame) -> pd.DataFrame:
    """BUDGET, one row a line and n: what the answers were rewarded, and what they were worth.

    `rows`: the answers of `reading.Reading` of one PRM, joined. Seeds are averaged inside a problem, then problems are.
    """
    if rows.empty:
        return pd.DataFrame(columns=BUDGET)
    setting = [*SETTING, "n"]
    groups = rows.groupby(setting, dropna=False, sort=True)
    proxies = groups["proxy"].agg(missing=lambda proxy: int(proxy.isna().sum()))
    proxies["proxy"] = per_problem(rows, groups.ngroup(), "proxy").mean().to_numpy()
    points = curve(rows, x="completions", y="accuracy").merge(proxies.reset_index(), on=setting)
    return points.rename(columns={"y": "accuracy"})[BUDGET]


def _mean(values: Floats) -> Floats:
    known = ~np.isnan(values)
    count = known.sum(axis=0)
    total = np.where(known, values, 0.0).sum(axis=0)
    return np.asarray(np.divide(total, count, out=np.full(len(count), np.nan), where=count > 0))
