"""What k of n samples would have answered: many problems' pools at once, for many k. Unbiased, vectorised.

A pool holds n samples of one problem; every k-subset of it is equally likely (draws without replacement).
Reading the first k of n samples instead would be unbiased too, but noisy; these use the whole pool.

Rules. A sample that answers nothing votes for nothing, can't be right, and is chosen only if no other is
left. A sample whose reward is missing ranks below every reward there is, and has no say in a weighted
vote. A vote in which no weight but 0 was given, or none at all, goes by number. Ties are settled by equal
chances: a search takes the first, and samples come in no order. Equal answers are equally right.
"""

from collections.abc import Sequence
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from engine.measure.estimators import majority_at_k

Floats = npt.NDArray[np.float64]
Singles = npt.NDArray[np.float32]
Whole = npt.NDArray[np.intp]

COUNTED_UP_TO = 64
"""Samples in a pool for which a majority is counted exactly; of larger ones it is drawn."""
DRAWS = 32
"""Subsets a problem, where draws are needed. In a mean over problems that adds some hundredths to the variance which
comes from there being no more problems, and `mean_error` says how much."""
TIED = 1e-5
"""Sums of rewards that differ by no more than this part are a tie: they are added up in single precision."""
NO_WEIGHT, NO_REWARD = 1e-20, 1e-30
"""What stands for a reward of 0 and for a missing one in a vote: too little to change any sum but of their own kind."""
CELLS = 1 << 17
"""Numbers worked on at a time: what stays in a processor's cache."""
ORDERS = 1024
"""Orders in which samples meet the subsets; problems further apart than that share one."""


class Pools(NamedTuple):
    """Samples, a row a problem: all [problems, n]."""

    answers: Whole
    """Which answer, numbered within the problem from 0 on; -1 where a sample answers nothing."""
    rewards: Floats
    """Of the whole solution; NaN where it is missing."""
    correct: npt.NDArray[np.bool_]

    @property
    def size(self) -> int:
        """n: the samples of a problem."""
        return int(self.answers.shape[1])

    def of(self, problems: Whole | slice) -> "Pools":
        """The pools of some problems."""
        return Pools(self.answers[problems], self.rewards[problems], self.correct[problems])


class Estimate(NamedTuple):
    """Chances of answering correctly, and how far random draws may have moved them. Both [problems, ks]."""

    value: Floats
    error: Floats
    """The standard error of the draws, 0 where the chance is exact. As if the subsets were drawn independently of
    each other; disjoint ones, which they are as far as the pool goes, vary less."""


def mean_error(estimate: Estimate) -> Floats:
    """The standard error that draws leave in the means over problems: [ks]."""
    error: Floats = np.sqrt((estimate.error**2).sum(axis=0)) / max(1, len(estimate.error))
    return error


def pass_at(pools: Pools, ks: Sequence[int]) -> Estimate:
    """The chance that k samples hold a right one: exact, 1 − C(n − c, k) / C(n, k) with c of n right.

    Chen et al. 2021, arXiv:2107.03374, equation 1. Whoever chooses can't do better: an oracle.
    """
    _check(pools, ks)
    right = (pools.correct & (pools.answers >= 0)).sum(axis=1)
    return _exact(_chances_of_none(pools.size)[right][:, np.asarray(ks) - 1] * -1 + 1)


def best_of(pools: Pools, ks: Sequence[int]) -> Estimate:
    """The chance that the best-rewarded of k samples is right: exact, by order statistics.

    The sample with r others below it is the best of k with chance C(r, k − 1) / C(n, k). Of samples
    that tie each stands for all: its place counts with the share of them that is right.
    """
    _check(pools, ks)
    answered = pools.answers >= 0
    worth = np.where(np.isnan(pools.rewards), np.finfo(np.float64).min, pools.rewards)
    worth = np.where(answered, worth, -np.inf)
    order = np.argsort(worth, axis=1)
    ranked = np.take_along_axis(worth, order, axis=1)
    right = np.take_along_axis(pools.correct & answered, order, axis=1).astype(np.float64)
    return _exact(_shared_by_ties(ranked, right) @ _chances_to_be_best(pools.size)[:, np.asarray(ks) - 1])


def majority(pools: Pools, ks: Sequence[int], *, draws: int = DRAWS, seed: int = 0) -> Estimate:
    """The chance that the most frequent answer of k samples is right (Wang et al. 2022, arXiv:2203.11171).

    Counted exactly in pools of up to `COUNTED_UP_TO` samples, else the mean over random subsets.
    """
    _check(pools, ks)
    if pools.size <= COUNTED_UP_TO:
        return _exact(_counted(pools, ks))
    return _vote(pools._replace(rewards=np.ones(pools.rewards.shape)), ks, draws, seed)


def weighted(pools: Pools, ks: Sequence[int], *, draws: int = DRAWS, seed: int = 0) -> Estimate:
    """The chance that the answer with the largest sum of rewards among k samples is right, by random draws.

    Weighted best-of-N (Li et al. 2022, arXiv:2206.02336) has no exact form, as sums of real numbers
    rarely coincide. It is exact for k = 1 and 2, where the larger weight wins, and for k = n.
    """
    _check(pools, ks)
    return _vote(pools, ks, draws, seed)


def _exact(value: Floats) -> Estimate:
    return Estimate(value, np.zeros_like(value))


def _check(pools: Pools, ks: Sequence[int]) -> None:
    if len({column.shape for column in pools}) > 1:
        raise ValueError(f"got columns of shapes {[c.shape for c in pools]}; expected one entry a sample")
    for k in ks:
        if not 1 <= k <= pools.size:
            raise ValueError(f"got k = {k} for a pool of {pools.size}; expected 1 to {pools.size}")


@lru_cache(maxsize=16)
def _chances_of_none(n: int) -> Floats:
    """[c, k - 1]: C(n − c, k) / C(n, k), that none of the c right ones is drawn: ∏ (n − c − j) / (n − j) over j < k."""
    drawn = np.arange(n)
    left = np.maximum(n - np.arange(n + 1)[:, None] - drawn, 0)
    return np.cumprod(left / (n - drawn), axis=1)


@lru_cache(maxsize=16)
def _chances_to_be_best(n: int) -> Floats:
    """[r, k - 1]: C(r, k − 1) / C(n, k). The topmost has k / n, each next one (r − k + 1) / r of the one above."""
    k = np.arange(1, n + 1)
    above = np.arange(n - 1, 0, -1)[:, None]
    shares = np.vstack([k / n, np.maximum(above - k + 1, 0) / above])
    return np.ascontiguousarray(np.cumprod(shares, axis=0)[::-1])


def _shared_by_ties(ranked: Floats, right: Floats) -> Floats:
    """`right` with each run of equal values in a row of `ranked` replaced by its mean."""
    begins = np.ones(ranked.shape, dtype=bool)
    begins[:, 1:] = ranked[:, 1:] != ranked[:, :-1]
    starts = np.flatnonzero(begins)
    lengths = np.diff(np.append(starts, begins.size))
    means = np.add.reduceat(right.ravel(), starts) / lengths if len(starts) else np.empty(0)
    return np.repeat(means, lengths).reshape(ranked.shape)


def _counted(pools: Pools, ks: Sequence[int]) -> Floats:
    rows = zip(pools.answers.tolist(), pools.correct.tolist(), strict=True)
    answers = [([None if a < 0 else a for a in said], right) for said, right in rows]
    return np.array([[majority_at_k(said, right, k) for k in ks] for said, right in answers]).reshape(-1, len(ks))


def _vote(pools: Pools, ks: Sequence[int], draws: int, seed: int) -> Estimate:
    """A vote weighted by reward. Of one sample or two, the better one wins; more are drawn."""
    found = _drawn(pools, ks, draws, seed)
    if few := [j for j, k in enumerate(ks) if k <= 2]:
        found.value[:, few] = best_of(pools, [ks[j] for j in few]).value
        found.error[:, few] = 0.0
    return found


def _drawn(pools: Pools, ks: Sequence[int], draws: int, seed: int) -> Estimate:
    """Votes over the same random subsets for all problems; each problem's samples meet them in an order of its own."""
    rng = np.random.default_rng(seed)
    subsets, columns = _subsets(pools.size, ks, draws, rng)
    orders = rng.permuted(np.tile(np.arange(pools.size), (min(ORDERS, len(pools.answers)), 1)), axis=1)
    value = np.zeros((len(pools.answers), len(ks)))
    error = np.zeros_like(value)
    for some in _alike(pools.answers.max(axis=1, initial=-1) + 1, subsets.shape[1]):
        won = _won(pools.of(some), orders[some % len(orders)], subsets)
        for j, column in enumerate(columns):
            of_k = won[:, column]
            value[some, j] = of_k.mean(axis=1)
            error[some, j] = of_k.std(axis=1, ddof=1) / np.sqrt(of_k.shape[1]) if of_k.shape[1] > 1 else 0.0
    return Estimate(value, error)


def _subsets(n: int, ks: Sequence[int], draws: int, rng: np.random.Generator) -> tuple[Singles, list[slice]]:
    """[n, subsets] of 0 and 1: for each k `draws` random ones (one for k = n), and which columns are whose.

    A random order of the pool is cut into as many subsets as it gives: they have no sample in common,
    so that what one has too much of another has too little of.
    """
    parts = []
    for k in ks:
        wanted = draws if 2 < k < n else 1
        orders = -(-wanted // (n // k))
        place = rng.random((n, orders)).argsort(axis=0).argsort(axis=0)
        cut = place[:, :, None] // k == np.arange(n // k)
        parts.append(cut.reshape(n, -1)[:, :wanted].astype(np.float32))
    ends = np.cumsum([0, *(part.shape[1] for part in parts)])
    return np.hstack(parts), [slice(a, b) for a, b in pairwise(ends)]


def _alike(answers: Whole, subsets: int) -> list[Whole]:
    """The problems that have answers, by number: some at a time that have about as many, `CELLS` totals in all."""
    order = np.argsort(answers, kind="stable")
    order = order[answers[order] > 0]
    ends = np.cumsum(answers[order]) * subsets // CELLS
    return np.split(order, np.flatnonzero(np.diff(ends)) + 1) if len(order) else []


def _won(pools: Pools, orders: Whole, subsets: Singles) -> Singles:
    """[problems, subsets]: the chance, ties having equal chances, that the vote of each subset is right."""
    weights = np.where(np.isnan(pools.rewards), NO_REWARD, np.maximum(pools.rewards, NO_WEIGHT))
    problem, sample = np.nonzero(pools.answers >= 0)
    said = pools.answers[problem, sample]
    shape = (len(pools.answers), int(pools.answers.max()) + 1, pools.size)
    shares = np.zeros(shape, dtype=np.float32)
    shares[problem, said, orders[problem, sample]] = weights[problem, sample]
    right = np.zeros(shape[:2], dtype=np.float32)
    right[problem, said] = pools.correct[problem, sample]
    totals = (shares.reshape(-1, pools.size) @ subsets).reshape(*shape[:2], -1)
    best = (totals >= totals.max(axis=1, keepdims=True) * (1 - TIED)) & (totals > 0)
    ties = best.sum(axis=1, dtype=np.float32)
    won: Singles = np.matmul(right[:, None, :], best.astype(np.float32))[:, 0] / np.maximum(ties, 1)
    return won
