"""Compute where it helps, measured: the best strategy and n for each difficulty at each budget.

Snell et al. 2024 (arXiv:2408.03314, section 3.2): problems are sorted by difficulty, and each part gets the
strategy that does best on *other* problems of that part. Here the budget too is shared among the parts: what easy
problems don't need is spent on hard ones. Choices are made on all folds of the problems but one and shown on
that one, so no problem has a say in what is chosen for it; the fixed strategy that it is compared with is chosen
in the same way, on the same problems. What the estimate of the difficulty costs is part of the curve.
"""

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import pandas as pd

from engine.measure import bootstrap
from engine.measure.arms import Arms
from engine.measure.bootstrap import Floats, Interval

FOLDS = 10
PARTS = 3
PRIOR = 10
"""How many problems' worth of belief there is in arms being as good in each part as they are in all."""


class Allocation(NamedTuple):
    """What was chosen on some problems."""

    bounds: Floats
    """[parts - 1]: the largest estimate of each part but the last."""
    arms: list[int]
    """[parts]: which arm each part gets."""


class Point(NamedTuple):
    """One budget: what a plan and a fixed strategy get on problems that neither was chosen on."""

    budget: float
    accuracy: Interval
    spent: float
    """Mean per problem, the estimate included."""
    estimating: float
    """Mean per problem of the estimate alone."""
    fixed: Interval
    fixed_spent: float
    fixed_arms: list[str]
    """Those chosen on any fold, the most frequent first."""
    gain: Interval
    """How much better the plan is than the fixed strategy, paired by problem."""
    problems: int
    chosen: Allocation
    """On all problems: what to use from now on."""


def compute_optimal(
    arms: Arms,
    budgets: Sequence[float] | None = None,
    *,
    parts: int = PARTS,
    folds: int = FOLDS,
    prior: float = PRIOR,
    draws: int = bootstrap.DRAWS,
    seed: int = 0,
) -> list[Point]:
    """A point for each budget (mean spent per problem) that buys the cheapest arm after the estimate.

    `parts`: of like size by the estimate, as far as estimates differ. `prior`: as `PRIOR`. `budgets` None: some between
    the cheapest and the dearest arm, each a like factor larger than the one before.
    """
    folds = min(folds, len(arms.solved))
    if folds < 2:
        return []
    fold = _folds(arms.estimates, folds, seed)
    wanted = spread(arms) if budgets is None else sorted(budgets)
    found = [_point(arms, budget, fold, parts, prior, draws, seed) for budget in wanted]
    return [point for point in found if point is not None]


def _folds(estimates: Floats, folds: int, seed: int) -> np.ndarray:
    """[problems]: which fold each is in, at random, but with easy and hard ones in each."""
    rng = np.random.default_rng(seed)
    order = np.lexsort((rng.random(len(estimates)), estimates))
    dealt = np.concatenate([rng.permutation(folds) for _ in range(-(-len(estimates) // folds))])
    fold = np.empty(len(estimates), dtype=np.int64)
    fold[order] = dealt[: len(estimates)]
    return fold


def spread(arms: Arms, count: int = 8) -> list[float]:
    """Budgets from that of the cheapest arm after an estimate to that of the dearest, by a like factor each."""
    means = arms.spent.mean(axis=0) + arms.estimating.mean()
    means = means[means > 0]
    return [] if not means.size else [float(f"{b:.3g}") for b in np.geomspace(means.min() * 1.01, means.max(), count)]


def _point(
    arms: Arms, budget: float, fold: np.ndarray, parts: int, prior: float, draws: int, seed: int
) -> Point | None:
    everyone = np.ones(len(fold), dtype=np.bool_)
    chosen = allocate(arms, everyone, budget, parts, prior)
    if chosen is None:
        return None
    solved, spent = np.full(len(fold), np.nan), np.full(len(fold), np.nan)
    fixed, fixed_spent, names = solved.copy(), spent.copy(), list[str]()
    for i in range(fold.max() + 1):
        train, shown = fold != i, np.flatnonzero(fold == i)
        plan, one = allocate(arms, train, budget, parts, prior), best_fixed(arms, train, budget)
        if plan is None or one is None:
            return None
        arm = np.array(plan.arms)[np.searchsorted(plan.bounds, arms.estimates[shown], side="left")]
        solved[shown], spent[shown] = arms.solved[shown, arm], arms.spent[shown, arm] + arms.estimating[shown]
        fixed[shown], fixed_spent[shown] = arms.solved[shown, one], arms.spent[shown, one]
        names.append(arms.names[one])
    accuracy, of_fixed = bootstrap.means(np.stack([solved, fixed], axis=1), draws=draws, seed=seed)
    gain = bootstrap.difference(solved, fixed, draws=draws, seed=seed)
    often = sorted(dict.fromkeys(names), key=lambda name: -names.count(name))
    means = (float(spent.mean()), float(arms.estimating.mean()), of_fixed, float(fixed_spent.mean()))
    return Point(budget, accuracy, *means, often, gain, len(fold), chosen)


def allocate(arms: Arms, among: np.ndarray, budget: float, parts: int, prior: float = PRIOR) -> Allocation | None:
    """The bounds of the parts and an arm for each, chosen on the problems `among`; None if nothing is within `budget`.

    The arms of a part are worth looking at where no mixture of two others does better for less: its upper concave
    hull. From the cheapest arm of each part the steps along the hulls are taken by what they gain for what they
    cost, as long as the mean over all problems stays within the budget (Lagrange's multipliers, on a grid).
    """
    estimates = arms.estimates[among]
    bounds = _bounds(estimates, parts)
    part = np.searchsorted(bounds, estimates, side="left")
    solved, spent = arms.solved[among], arms.spent[among]
    hulls = [_hull(_expected(solved, part == i, prior), spent[part == i].mean(axis=0)) for i in range(len(bounds) + 1)]
    weights = [float((part == i).mean()) for i in range(len(bounds) + 1)]
    left = budget - float(arms.estimating[among].mean()) - sum(w * h[0][1] for w, h in zip(weights, hulls, strict=True))
    if left < 0:
        return None
    steps = [
        ((b[2] - a[2]) / (b[1] - a[1]), i, weight * (b[1] - a[1]), b[0])
        for i, (weight, hull) in enumerate(zip(weights, hulls, strict=True))
        for a, b in pairwise(hull)
    ]
    taken, ended = [hull[0][0] for hull in hulls], set[int]()
    for _, i, more, arm in sorted(steps, key=lambda step: -step[0]):
        if i not in ended and more <= left:
            left, taken[i] = left - more, arm
        else:
            ended.add(i)  # what comes later on this hull builds on the step that there is no room for
    return Allocation(bounds, taken)


def _expected(solved: Floats, part: np.ndarray, prior: float) -> Floats:
    """[arms]: accuracy to expect in a part: what was seen there, drawn towards what the arms do in all problems.

    The best of many arms on few problems is partly luck. Drawn towards: the arm's accuracy over all problems, as much
    higher or lower as the part is easier or harder; with the weight of `prior` problems.
    """
    own = solved[part]
    usual = np.clip(solved.mean(axis=0) + own.mean() - solved.mean(), 0, 1)
    expected: Floats = (own.sum(axis=0) + prior * usual) / (len(own) + prior)
    return expected


def _bounds(estimates: Floats, parts: int) -> Floats:
    """[parts - 1] or fewer: between estimates, so that parts are of like size; equal estimates stay together."""
    below = estimates[estimates < estimates.max()]
    if not below.size:
        return np.empty(0)
    edges = np.quantile(estimates, np.linspace(0, 1, parts + 1)[1:-1], method="inverted_cdf")
    return np.array([_gap(estimates, edge) for edge in np.unique(np.minimum(edges, below.max()))])


def _gap(estimates: Floats, edge: float) -> float:
    """A short number between `edge` and the next greater estimate: no problem lies on a bound."""
    after = estimates[estimates > edge].min()
    middle = (edge + after) / 2
    return next(m for digits in range(2, 18) if edge < (m := float(f"{middle:.{digits}g}")) < after)


def _hull(solved: Floats, spent: Floats) -> list[tuple[int, float, float]]:
    """(arm, cost, accuracy) of the upper concave hull, by growing cost, from the cheapest arm to the best one."""
    hull: list[tuple[int, float, float]] = []
    for arm in np.lexsort((-solved, spent)).tolist():
        here = (arm, float(spent[arm]), float(solved[arm]))
        if hull and (here[2] <= hull[-1][2] or here[1] <= hull[-1][1]):
            continue
        while len(hull) > 1 and _slope(hull[-1], here) >= _slope(hull[-2], hull[-1]):
            hull.pop()
        hull.append(here)
    return hull


def _slope(a: tuple[int, float, float], b: tuple[int, float, float]) -> float:
    return (b[2] - a[2]) / (b[1] - a[1])


def best_fixed(arms: Arms, among: np.ndarray, budget: float) -> int | None:
    """The arm that solves most of the problems `among` within `budget`; of equals the cheapest. None if none is."""
    solved, spent = arms.solved[among].mean(axis=0), arms.spent[among].mean(axis=0)
    able = np.flatnonzero((spent <= budget) & ~arms.needs_estimate)
    return None if not able.size else int(able[np.lexsort((spent[able], -solved[able]))[0]])


COLUMNS = [
    "budget",  # mean spent per problem, at most
    "accuracy",  # of the compute-optimal policy, on problems it wasn't chosen on
    "low",
    "high",
    "spent",  # mean per problem, the estimate included
    "estimating",  # mean per problem of the estimate alone
    "fixed",  # accuracy of the best fixed strategy, chosen and shown in the same way
    "fixed_low",
    "fixed_high",
    "fixed_spent",
    "fixed_strategy",
    "gain",  # accuracy - fixed, paired by problem
    "gain_low",
    "gain_high",
    "problems",
    "plan",
]


def table(arms: Arms, points: Sequence[Point]) -> pd.DataFrame:
    """A row a budget."""
    rows = [
        [
            p.budget, *p.accuracy, p.spent, p.estimating, *p.fixed, p.fixed_spent, ", ".join(p.fixed_arms), *p.gain,
            p.problems, words(arms, p.chosen),
        ]
        for p in points
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=COLUMNS)


def words(arms: Arms, chosen: Allocation) -> str:
    """A plan as `compute-optimal` reads it."""
    parts = [f"up to {bound:g} {name}" for bound, name in plan_parts(arms, chosen)[:-1]]
    of = f" of {arms.samples}" if arms.samples else ""
    return f"{arms.by}{of}: " + "; ".join([*parts, f"else {arms.names[chosen.arms[-1]]}"])


def plan_parts(arms: Arms, chosen: Allocation) -> list[tuple[float, str]]:
    """The largest estimate and the arm of each part; neighbours with the same arm are one."""
    named = [arms.names[arm] for arm in chosen.arms]
    bounds = [*chosen.bounds.tolist(), float("inf")]
    return [
        pair for pair, after in zip(zip(bounds, named, strict=True), [*named[1:], ""], strict=True) if pair[1] != after
    ]
