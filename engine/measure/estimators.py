"""What k samples would have got, from one pool of n ≥ k: unbiased, each k-subset of the pool equally likely.

Reading the first k of n samples instead would be unbiased too, but noisy; these use the whole pool.
Rules: a sample that answers nothing (None) votes for nothing and can't be right; a missing reward
(NaN) ranks below every reward there is; ties are settled by equal chances.
"""

from collections import Counter
from collections.abc import Hashable, Sequence
from functools import lru_cache
from math import comb
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

LARGEST_COUNTED_IN_FLOATS = 1000
"""Samples: there are at most 2¹⁰⁰⁰ ways to draw from so many, and a float holds 2¹⁰²³."""


class Estimate(NamedTuple):
    """A probability and the standard error of its Monte Carlo draws; 0 where it was computed exactly."""

    value: float
    error: float = 0.0


def pass_at_k(n: int, right: int, k: int) -> float:
    """The chance that k of n samples, `right` of them correct, hold a correct one.

    1 − C(n − right, k) / C(n, k): Chen et al. 2021, arXiv:2107.03374, equation 1.
    """
    _check(n, k)
    if not 0 <= right <= n:
        raise ValueError(f"got {right} correct samples of {n}; expected 0 to {n}")
    return 1 - comb(n - right, k) / comb(n, k)


def best_of_k(rewards: Sequence[float | None], correct: Sequence[bool], k: int) -> float:
    """The chance that the best-rewarded of k samples is correct: exact, by order statistics.

    The best of k has a given reward if all k rank at most there and not all below: with b samples
    below and t tied, (C(b + t, k) − C(b, k)) / C(n, k); any of the t is then equally likely.
    """
    n = len(rewards)
    _check(n, k, len(correct))
    ranks = [-np.inf if r is None or np.isnan(r) else float(r) for r in rewards]
    tied, right = Counter(ranks), Counter(r for r, c in zip(ranks, correct, strict=True) if c)
    chance, below = 0.0, 0
    for rank in sorted(tied):
        wins = (comb(below + tied[rank], k) - comb(below, k)) / comb(n, k)
        chance += wins * right[rank] / tied[rank]
        below += tied[rank]
    return chance


def majority_at_k(answers: Sequence[Hashable | None], correct: Sequence[bool], k: int) -> float:
    """The chance that the most frequent answer among k samples is correct: exact.

    Sums over how often a correct answer is drawn, and counts the ways in which every other answer is
    drawn less often, or as often (a tie, settled by equal chances). Equal answers are equally correct;
    k samples that answer nothing are not correct.
    """
    n = len(answers)
    _check(n, k, len(correct))
    votes = Counter(a for a in answers if a is not None)
    right = {a for a, c in zip(answers, correct, strict=True) if c and a is not None}
    ways = 0.0
    for size, same in Counter(votes[a] for a in right).items():
        others = Counter(votes.values())
        others[size] -= 1
        for drawn in range(1, min(size, k) + 1):
            # An answer with fewer votes than this can't win: its samples are as good as silent.
            rivals = tuple(sorted(rival for rival in others.elements() if rival >= drawn))
            # One table tells of any number of draws, and so serves all k of a pool of usual size.
            draws = n - size if n <= LARGEST_COUNTED_IN_FLOATS else min(k - drawn, n - size)
            lost = _ways_to_lose(rivals, n - size - sum(rivals), drawn, draws)
            if k - drawn < len(lost):
                shared = (lost[k - drawn] / np.arange(1, lost.shape[1] + 1)).sum()
                ways += same * comb(size, drawn) * float(shared)
    return ways / comb(n, k)


@lru_cache(maxsize=256)
def _ways_to_lose(groups: tuple[int, ...], silent: int, most: int, draws: int) -> npt.NDArray[Any]:
    """Ways to draw up to `draws` samples from `groups` and `silent` with no group drawn more than `most` times.

    Entry [d, t] counts those in which d samples are drawn and exactly t groups `most` times. For large
    pools the counts are whole numbers of Python, as no other holds them.
    """
    kind = np.float64 if silent + sum(groups) <= LARGEST_COUNTED_IN_FLOATS else object
    ways = np.array([[comb(silent, d)] for d in range(draws + 1)], dtype=kind)
    for size in groups:
        width = ways.shape[1]
        grown = np.zeros((draws + 1, width + (size >= most)), dtype=kind)
        for m in range(min(size, most, draws) + 1):
            ties = int(m == most)
            grown[m:, ties : ties + width] += ways[: draws + 1 - m] * comb(size, m)
        ways = grown
    return ways


def vote_at_k(
    answers: Sequence[Hashable | None],
    weights: Sequence[float | None],
    correct: Sequence[bool],
    k: int,
    *,
    draws: int = 400,
    seed: int = 0,
) -> Estimate:
    """The chance that the answer with the largest sum of weights among k samples is correct, by random draws.

    Weighted best-of-N (Li et al. 2023, arXiv:2206.02336) has no exact form as sums of real weights
    rarely coincide. A missing weight counts 0. At k = n there is one subset, and the result is exact.
    """
    n = len(answers)
    _check(n, k, len(correct), len(weights))
    code = {a: i for i, a in enumerate(dict.fromkeys(a for a in answers if a is not None))}
    if not code:
        return Estimate(0.0)
    silent = len(code)  # a column of its own for those that answer nothing
    column = np.array([silent if a is None else code[a] for a in answers])
    weight = np.array([0.0 if w is None or np.isnan(w) else w for w in weights])
    right = np.zeros(silent + 1)
    right[column] = correct
    taken = _subsets(n, k, 1 if k == n else draws, seed)
    place = column[taken] + (silent + 1) * np.arange(len(taken))[:, None]
    size = (silent + 1) * len(taken)
    totals = np.bincount(place.ravel(), weight[taken].ravel(), size).reshape(-1, silent + 1)
    totals[np.bincount(place.ravel(), minlength=size).reshape(totals.shape) == 0] = -np.inf
    totals[:, silent] = -np.inf
    top = totals.max(axis=1, keepdims=True)
    best = (totals >= top - 1e-12 * np.abs(top)) & (totals > -np.inf)
    won = (best * right).sum(axis=1) / np.maximum(best.sum(axis=1), 1)
    return Estimate(float(won.mean()), 0.0 if k == n else float(won.std(ddof=1) / np.sqrt(len(won))))


@lru_cache(maxsize=64)
def _subsets(n: int, k: int, draws: int, seed: int) -> npt.NDArray[np.intp]:
    """[draws, k]: which samples are in each subset, without replacement."""
    return np.random.default_rng(seed).random((draws, n)).argsort(axis=1)[:, :k]


def _check(n: int, k: int, *lengths: int) -> None:
    if any(length != n for length in lengths):
        raise ValueError(f"got columns of lengths {sorted({n, *lengths})}; expected one entry a sample")
    if not 1 <= k <= n:
        raise ValueError(f"got k = {k} for a pool of {n}; expected 1 to {n}")
