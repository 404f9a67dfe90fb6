"""The threshold for one solution, chosen on the solutions to other questions, and how far these determine it.

Of the thresholds 0.01, 0.02 … 0.99 the one with the highest F1 (see `first_error`) is often hardly better than many
others. Which of them are as good is asked by a paired bootstrap over problems: those of which 95 % of resamples don't
say that they are worse. What is proposed is the middle of the stretch of these about the best.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from engine.measure.prm.first_error import NONE, Floats, Ints, Solutions, harmonic_mean, right_between, usable

Bools = npt.NDArray[np.bool_]

GRID: Floats = np.arange(1, 100) / 100
DRAWS = 1000
DOUBT = 0.05
"""The share of resamples in which a threshold that counts as worse may do as well as the best."""


class Threshold(NamedTuple):
    """Below which reward a step is said to be wrong. All NaN where there is nothing to choose it on."""

    value: float
    low: float
    """The least that is as good as the best, as far as the solutions tell."""
    high: float
    solutions: int
    """That it was chosen on."""


def threshold_for(found: Solutions, question: str, *, draws: int = DRAWS, seed: int = 0) -> Threshold:
    """The threshold for a solution to `question`, chosen on the solutions to all others.

    NaN where they hold no erroneous solution, or no correct one.
    """
    chosen = usable(found) & (found.table["question"] != question).to_numpy(dtype=bool)
    table, rewards = found.table[chosen], found.rewards[chosen]
    true = table["true"].to_numpy(dtype=np.int64)
    erroneous = true != NONE
    if not erroneous.any() or erroneous.all():
        return Threshold(float("nan"), float("nan"), float("nan"), len(true))
    low, high = right_between(rewards, true)
    hits = (low[:, None] < GRID) & (high[:, None] >= GRID)
    counts = _by_problem(hits, erroneous, pd.factorize(table["question"])[0])
    best = int(np.argmax(_f1(np.ones((1, len(counts[0]))), *counts)[0]))
    good = _as_good(best, _f1(_resamples(len(counts[0]), draws, seed), *counts))
    first = best - int(np.argmin(np.append(good[best::-1], False))) + 1
    last = best + int(np.argmin(np.append(good[best:], False))) - 1
    middle = round((GRID[first] + GRID[last]) / 2, 2)
    return Threshold(float(middle), float(GRID[first]), float(GRID[last]), len(true))


def _by_problem(hits: Bools, erroneous: Bools, of: Ints) -> tuple[Floats, Floats]:
    """Of erroneous and of correct solutions [problems, 2, thresholds] those judged right, [problems, 2] all."""
    right = np.zeros((int(of.max()) + 1, 2, len(GRID)))
    there = np.zeros((int(of.max()) + 1, 2))
    np.add.at(right, (of, (~erroneous).astype(int)), hits)
    np.add.at(there, (of, (~erroneous).astype(int)), 1)
    return right, there


def _resamples(problems: int, draws: int, seed: int) -> Floats:
    drawn = np.random.default_rng(seed).multinomial(problems, np.full(problems, 1 / problems), draws)
    return drawn.astype(np.float64)


def _f1(weights: Floats, right: Floats, there: Floats) -> Floats:
    """[draws, thresholds]: the F1 of each resample; NaN where it holds solutions of one kind alone."""
    with np.errstate(invalid="ignore", divide="ignore"):
        shares = [weights @ right[:, kind] / (weights @ there[:, kind])[:, None] for kind in (0, 1)]
    return harmonic_mean(*shares)


def _as_good(best: int, resampled: Floats) -> Bools:
    """Which thresholds the resamples don't tell from the best."""
    known = resampled[~np.isnan(resampled).any(axis=1)]
    as_good = (known >= known[:, [best]] - 1e-9).mean(axis=0) > DOUBT if len(known) else np.zeros(len(GRID), bool)
    as_good[best] = True
    return np.asarray(as_good)
