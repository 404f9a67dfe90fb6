"""What rewards good and bad steps get: over depth, and all together. Missing rewards are counted, not drawn."""

import numpy as np
import pandas as pd

QUANTILES = {"q10": 0.1, "q25": 0.25, "median": 0.5, "q75": 0.75, "q90": 0.9}
BY_DEPTH = ["depth", "good", "count", "missing", "mean", *QUANTILES]
DISTRIBUTION = ["good", "low", "high", "count", "share", "missing"]
BINS = 25


def reward_by_depth(steps: pd.DataFrame) -> pd.DataFrame:
    """Of one PRM's steps: mean and quantiles of reward for each depth and truth, BY_DEPTH, in that order.

    `count` steps have a reward, `missing` have none. Steps whose truth isn't known are left out.
    """
    groups = steps.dropna(subset=["good"]).groupby(["depth", "good"], sort=True)["reward"]
    table = groups.agg(count="count", mean="mean")
    table["missing"] = groups.size() - table["count"]
    found = groups.quantile(list(QUANTILES.values())).unstack().reindex(columns=list(QUANTILES.values()))
    table[list(QUANTILES)] = found.to_numpy()
    return table.reset_index()[BY_DEPTH].astype({"good": "bool"})


def distribution(steps: pd.DataFrame, *, bins: int = BINS) -> pd.DataFrame:
    """Of one PRM's steps: how many of each truth have a reward in each of equal parts of [0, 1], DISTRIBUTION.

    `share` is of the rewarded steps of that truth; `missing` is of the truth, the same in each of its rows.
    """
    edges = np.arange(bins + 1) / bins
    parts = []
    for good in (False, True):
        rewards = steps.loc[(steps["good"] == good).fillna(False).astype(bool), "reward"].to_numpy()
        known = rewards[~np.isnan(rewards)]
        count = np.bincount(np.searchsorted(edges[1:-1], known, side="right"), minlength=bins)
        share = count / len(known) if len(known) else np.full(bins, np.nan)
        missing = len(rewards) - len(known)
        columns = (good, edges[:-1], edges[1:], count, share, missing)
        parts.append(pd.DataFrame(dict(zip(DISTRIBUTION, columns, strict=True))))
    return pd.concat(parts, ignore_index=True)
