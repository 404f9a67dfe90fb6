"""What k samples of one pool of n ≥ k would have got, by counting: exact, each k-subset equally likely.

Rules: a sample that answers nothing (None) votes for nothing and can't be right; ties are settled by
equal chances. `pools` has the same for many problems at once, and what can't be counted.
"""

from collections import Counter
from collections.abc import Hashable, Sequence
from functools import lru_cache
from math import comb
from typing import Any

import numpy as np
import numpy.typing as npt

LARGEST_COUNTED_IN_FLOATS = 1000
"""Samples: there are at most 2¹⁰⁰⁰ ways to draw from so many, and a float holds 2¹⁰²³."""


def pass_at_k(n: int, right: int, k: int) -> float:
    """The chance that k of n samples, `right` of them correct, hold a correct one.

    1 − C(n − right, k) / C(n, k): Chen et al. 2021, arXiv:2107.03374, equation 1.
    """
    _check(n, k)
    if not 0 <= right <= n:
        raise ValueError(f"got {right} correct samples of {n}; expected 0 to {n}")
    return 1 - comb(n - right, k) / comb(n, k)


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


def _check(n: int, k: int, *lengths: int) -> None:
    if any(length != n for length in lengths):
        raise ValueError(f"got columns of lengths {sorted({n, *lengths})}; expected one entry a sample")
    if not 1 <= k <= n:
        raise ValueError(f"got k = {k} for a pool of {n}; expected 1 to {n}")
