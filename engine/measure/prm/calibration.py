"""Whether a reward of 0.8 means that 80 % of such steps are good: reliability, ECE, Brier score.

Bounds are Wilson's (1927, doi:10.1080/01621459.1927.10502953), which take steps for independent. Steps of
one problem are not, so the bounds are the least one should doubt, not the most.
"""

from typing import Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

Floats = npt.NDArray[np.float64]
Binning = Literal["width", "mass"]

BINS = 10
Z = 1.959963984540054
"""The 97.5 % quantile of the normal distribution: bounds are of 95 %."""
COLUMNS = [
    "low",  # the bin holds rewards from here,
    "high",  # up to but without this; the last one with it
    "count",  # steps
    "mean_reward",
    "observed",  # the share of them that is good
    "observed_low",
    "observed_high",
]


def reliability(
    rewards: Floats, good: npt.NDArray[np.bool_], *, bins: int = BINS, by: Binning = "width"
) -> pd.DataFrame:
    """One row a bin of reward: COLUMNS. Missing rewards (NaN) are in none.

    `by` width: equal parts of [0, 1], also those that are empty. By mass: as many steps in each, as far as
    equal rewards allow, which stay together. A reward outside of [0, 1] counts in the nearest bin.
    """
    known = ~np.isnan(rewards)
    rewards, good = rewards[known], np.asarray(good, dtype=bool)[known]
    edges = _edges(rewards, bins, by)
    place = np.searchsorted(edges[1:-1], rewards, side="right")
    size = len(edges) - 1
    count, right = np.bincount(place, minlength=size), np.bincount(place, good, size)
    total = np.bincount(place, rewards, size)
    low, high = wilson(right, count)
    values = (edges[:-1], edges[1:], count, _ratio(total, count), _ratio(right, count), low, high)
    return pd.DataFrame(dict(zip(COLUMNS, values, strict=True)))


def bins_of(rewards: Floats) -> npt.NDArray[np.int64]:
    """Of each reward the row in a table of `reliability` by width; -1 where it is missing."""
    place = np.searchsorted(_edges(rewards, BINS, "width")[1:-1], rewards, side="right")
    return np.where(np.isnan(rewards), -1, place)


def ece(table: pd.DataFrame) -> float:
    """The expected calibration error of a table of `reliability`: Σ count · |mean reward − observed| / Σ count.

    Guo et al. 2017, arXiv:1706.04599, equation 3. It depends on the bins, and is more than 0 for a
    perfect PRM too, the more so the fewer steps there are. NaN without steps.
    """
    rows = table[table["count"] > 0]
    gaps = (rows["mean_reward"] - rows["observed"]).abs()
    return float(np.average(gaps, weights=rows["count"])) if len(rows) else float("nan")


def brier(rewards: Floats, truth: Floats) -> float:
    """The mean squared difference between reward and truth (0 or 1, or a soft label), missing ones left out.

    Brier 1950, doi:10.1175/1520-0493(1950)078<0001:VOFEIT>2.0.CO;2. Always saying the share of good steps p
    gives p (1 − p). NaN without steps.
    """
    gaps = (np.asarray(rewards) - np.asarray(truth, dtype=np.float64)) ** 2
    return float(np.nanmean(gaps)) if (~np.isnan(gaps)).any() else float("nan")


def wilson(right: npt.ArrayLike, count: npt.ArrayLike) -> tuple[Floats, Floats]:
    """The bounds of 95 % of a share, `right` of `count`; NaN where `count` is 0."""
    k, n = np.asarray(right, dtype=np.float64), np.asarray(count, dtype=np.float64)
    p = _ratio(k, n)
    with np.errstate(divide="ignore", invalid="ignore"):
        scale = 1 + Z**2 / n
        middle = (p + Z**2 / (2 * n)) / scale
        half = Z / scale * np.sqrt(p * (1 - p) / n + Z**2 / (4 * n**2))
    # Where none or all are right, a bound is the share itself, and rounding must not put it on the other side.
    return np.minimum(np.clip(middle - half, 0.0, 1.0), p), np.maximum(np.clip(middle + half, 0.0, 1.0), p)


def _edges(rewards: Floats, bins: int, by: Binning) -> Floats:
    if by == "width" or not len(rewards):
        return np.arange(bins + 1) / bins
    inner = np.unique(np.quantile(rewards, np.arange(1, bins) / bins, method="higher"))
    low, high = float(rewards.min()), float(rewards.max())
    return np.concatenate(([low], inner[inner > low], [high]))


def _ratio(of: npt.ArrayLike, to: npt.ArrayLike) -> Floats:
    a, b = np.asarray(of, dtype=np.float64), np.asarray(to, dtype=np.float64)
    return np.divide(a, b, out=np.full_like(a, np.nan), where=b > 0)
