"""Whether two strategies differ at all: the paired randomisation test (Fisher 1935), and Holm's correction.

If two strategies were equally good, then of each problem's difference the sign would be a coin's. How
often do coins give a mean difference as large as the one that was measured, in either direction?
"""

from collections.abc import Sequence
from math import comb, isnan

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

DRAWS = 9999
"""Throws of all coins, where not all of them can be counted. With the one measured they make 10,000."""
ROUNDING = 1e-9


def p_value(gaps: Floats, *, draws: int = DRAWS, seed: int = 0) -> float:
    """The two-sided p of the problems' differences; NaN where there is none. `gaps`: [problems], NaN left out.

    Exact where all differences that aren't 0 have one size (one seed, right or wrong: the binomial form of
    McNemar's test, 1947). Else by random signs, with (1 + as extreme) / (1 + draws), which is never 0
    and never too small on average (Phipson and Smyth 2010, doi:10.2202/1544-6115.1585).
    """
    gaps = gaps[~np.isnan(gaps)]
    if not gaps.size:
        return float("nan")
    told = gaps[np.abs(gaps) > ROUNDING]
    if not told.size:
        return 1.0
    if np.ptp(np.abs(told)) <= ROUNDING:
        return _binomial(int((told > 0).sum()), len(told))
    signs = np.random.default_rng(seed).integers(0, 2, size=(draws, len(told)), dtype=np.int8) * 2.0 - 1
    extreme = np.abs(signs @ told) >= abs(told.sum()) - ROUNDING
    return float((1 + extreme.sum()) / (1 + draws))


def _binomial(wins: int, n: int) -> float:
    """The chance that n coins fall at least as unevenly."""
    tail = sum(comb(n, i) for i in range(min(wins, n - wins) + 1))
    return min(1.0, float(2 * tail / 2**n))


def holm(ps: Sequence[float]) -> list[float]:
    """The p of each of several comparisons, so raised that the chance of *any* false alarm keeps to the level.

    Holm 1979: the i-th smallest of m, times m − i + 1, and never below the one before. NaN stays NaN.
    """
    order = [i for i in sorted(range(len(ps)), key=lambda i: ps[i]) if not isnan(ps[i])]
    raised, least = [float("nan")] * len(ps), 0.0
    for place, i in enumerate(order):
        least = max(least, min(1.0, ps[i] * (len(order) - place)))
        raised[i] = least
    return raised
