"""What is read off whole lines: compute to reach an accuracy, the Pareto front, the area under the curve.

Each is computed anew in every resample of the problems, so that it has an interval which keeps the
pairing: all lines of a problem set meet the same resamples. A line goes from one measured point to the
next straight in the logarithm of compute; beyond its first and last point nothing is known.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from engine.measure import bootstrap
from engine.measure.bootstrap import LEVEL, Floats
from engine.measure.curves import X, Y, line_names, outcomes

DRAWS = 1000


class Line(NamedTuple):
    """One line's points, by growing compute."""

    problem_set: str
    name: str
    n: list[int]
    x: Floats
    """[points]: mean spent per problem."""
    y: Floats
    """[points]: mean outcome, in [0, 1]."""
    xs: Floats
    """[draws, points]: the same of the problems of each resample."""
    ys: Floats
    problems: int
    """The fewest that any of its points was measured on."""


def lines(
    frame: pd.DataFrame, *, x: X = "policy_tokens", y: Y = "accuracy", draws: int = DRAWS, seed: int = 0
) -> list[Line]:
    """The lines of a frame, as `curve` names them. Points without a known outcome or cost above 0 are left out."""
    sets = list(outcomes(frame, x=x, y=y))
    if not sets:
        return []
    names = line_names(pd.concat([of_set.points for of_set in sets], ignore_index=True))
    begins = np.cumsum([0, *(len(of_set.points) for of_set in sets)])
    found = []
    for of_set, begin in zip(sets, begins[:-1], strict=True):
        own = names.iloc[begin : begin + len(of_set.points)].to_numpy()
        known = (of_set.points["x"] > 0).to_numpy() & ~np.isnan(of_set.solved).all(axis=0)
        spent, solved = (bootstrap.resampled(v, draws=draws, seed=seed) for v in (of_set.spent, of_set.solved))
        spent = np.maximum(
            spent, np.finfo(np.float64).tiny
        )  # a resample may hold none of the problems that cost anything
        for name in dict.fromkeys(own):
            at = np.flatnonzero((own == name) & known)
            at = at[np.argsort(of_set.points["x"].to_numpy()[at], kind="stable")]
            if len(at):
                points = of_set.points.iloc[at]
                means = np.nanmean(of_set.solved[:, at], axis=0)
                here = (points["problem_set"].iloc[0], name, points["n"].tolist(), points["x"].to_numpy(float), means)
                found.append(Line(*here, spent[:, at], solved[:, at], int(points["problems"].min())))
    return sorted(found, key=lambda line: (line.problem_set, line.name))


# Compute to reach an accuracy.

REACH = [
    "problem_set",
    "line",
    "accuracy",  # that is to be reached, in [0, 1]
    "x",  # compute per problem it takes, missing where it isn't reached
    "low",
    "high",  # missing where more than 2.5 % of the resamples don't reach it
    "reached",  # the share of resamples that do
    "at_first",  # the line's first point is there already: it may take less than that
]


def compute_to_reach(found: Iterable[Line], accuracy: float) -> pd.DataFrame:
    """The least compute at which each line gets to `accuracy`, one row a line.

    A curve need not rise all the way: the first crossing counts. What isn't reached is missing, never
    the largest n or an extrapolation; in the interval it is larger than everything that was measured.
    """
    rows = []
    for line in found:
        x = float(_crossing(line.x[None], line.y[None], accuracy)[0])
        draws = _crossing(line.xs, line.ys, accuracy)
        # Without interpolation: between a number and infinity there is none.
        low, high = np.quantile(draws, [(1 - LEVEL) / 2, (1 + LEVEL) / 2], method="inverted_cdf")
        numbers = [value if np.isfinite(value) else np.nan for value in (x, low, high)]
        share = float(np.isfinite(draws).mean())
        rows.append([line.problem_set, line.name, accuracy, *numbers, share, bool(line.y[0] >= accuracy)])
    return pd.DataFrame(rows, columns=REACH)


def _crossing(xs: Floats, ys: Floats, accuracy: float) -> Floats:
    """[draws]: where each row first gets to `accuracy`, infinity where it never does. NaN is not reached."""
    there = ys >= accuracy
    first = there.argmax(axis=1)
    rows, before = np.arange(len(ys)), np.maximum(first - 1, 0)
    x0, x1, y0, y1 = xs[rows, before], xs[rows, first], ys[rows, before], ys[rows, first]
    part = np.divide(accuracy - y0, y1 - y0, out=np.ones(len(ys)), where=(first > 0) & (y1 > y0))
    at = np.where(first > 0, np.exp(np.log(x0) + part * (np.log(x1) - np.log(x0))), x1)
    return np.where(there.any(axis=1), at, np.inf)


# The Pareto front.

FRONT = [
    "problem_set",
    "line",
    "n",
    "x",
    "y",
    "front",  # no other point gets as much for as little
    "share",  # of the resamples in which it is on the front
]


def pareto(found: Iterable[Line]) -> pd.DataFrame:
    """Which points are worth their compute: no other of their problem set spends no more and solves no fewer.

    (One of the two strictly: of equals, all are on the front.) One row a point, by growing compute. `share`
    says how much depends on the problems: a front is made of maxima, and those are partly luck.
    """
    rows = []
    for of_set in _sets(found):
        x, y = np.concatenate([line.x for line in of_set]), np.concatenate([line.y for line in of_set])
        xs, ys = np.hstack([line.xs for line in of_set]), np.hstack([line.ys for line in of_set])
        names = [(line.problem_set, line.name, n) for line in of_set for n in line.n]
        front, share = _undominated(x[None], y[None])[0], _undominated(xs, ys).mean(axis=0)
        rows += [[*names[i], x[i], y[i], bool(front[i]), float(share[i])] for i in np.argsort(x, kind="stable")]
    return pd.DataFrame(rows, columns=FRONT)


def _undominated(xs: Floats, ys: Floats) -> np.ndarray:
    beaten = np.zeros(xs.shape, dtype=bool)
    for j in range(xs.shape[1]):
        x, y = xs[:, j : j + 1], ys[:, j : j + 1]
        beaten |= (x <= xs) & (y >= ys) & ((x < xs) | (y > ys))
    return ~beaten


def _sets(found: Iterable[Line]) -> Iterator[list[Line]]:
    sets: dict[str, list[Line]] = {}
    for line in found:
        sets.setdefault(line.problem_set, []).append(line)
    yield from sets.values()


MOST = 8
"""Lines that an eye can follow at once."""


def telling(front: pd.DataFrame, names: Sequence[str]) -> list[str]:
    """All of a few lines; of many those whose points are most surely on the front. `front`: of `pareto`."""
    if len(names) <= MOST + 2:
        return list(names)
    share = front.groupby("line")["share"].sum().sort_values(ascending=False, kind="stable")
    chosen = set(share.index[:MOST])
    return [name for name in names if name in chosen]


# The area under the curve.

AREA = [
    "problem_set",
    "line",
    "area",  # mean accuracy over the range, in [0, 1]; missing where the line doesn't cover it
    "low",
    "high",
    "from_x",  # the range of compute per problem
    "to_x",
]


def area(found: Iterable[Line], *, within: tuple[float, float] | None = None) -> pd.DataFrame:
    """The area under each line over the logarithm of compute, divided by the range: the mean accuracy there.

    ``∫ y d(log x) / (log b − log a)`` from a to b, by trapezoids. An equal weight for each doubling of
    compute: 1 is everything solved from a on. `within` (a, b): by default from the largest first to the
    smallest last point among the lines of a problem set that have two or more. A line that doesn't cover
    the range has no area: nothing is extrapolated.
    """
    rows = []
    for of_set in _sets(found):
        ends = [(line.x[0], line.x[-1]) for line in of_set if len(line.x) > 1]
        a, b = within or (max((first for first, _ in ends), default=np.nan), min((x for _, x in ends), default=np.nan))
        rows += [[line.problem_set, line.name, *_area(line, a, b), a, b] for line in of_set]
    return pd.DataFrame(rows, columns=AREA)


def _area(line: Line, a: float, b: float) -> tuple[float, float, float]:
    """With its bounds: exact binomial ones where nothing or everything was solved, as a bootstrap would be certain."""
    if not (len(line.x) > 1 and a < b and line.x[0] <= a and b <= line.x[-1]):
        return np.nan, np.nan, np.nan
    mean = float(_mean_height(line.x[None], line.y[None], a, b)[0])
    low, high = bootstrap.quantiles(_mean_height(line.xs, line.ys, a, b)[:, None])[:, 0]
    tail = bootstrap.alike(line.problems)
    return mean, min(float(low), tail if mean >= 1 else 1.0), max(float(high), 1 - tail if mean <= 0 else 0.0)


def _mean_height(xs: Floats, ys: Floats, a: float, b: float) -> Floats:
    """[draws]: over the part of [a, b] that a resample's points cover; NaN where that is nothing."""
    u = np.log(xs)
    u0, u1, y0, y1 = u[:, :-1], u[:, 1:], ys[:, :-1], ys[:, 1:]
    left, right = np.clip(u0, np.log(a), np.log(b)), np.clip(u1, np.log(a), np.log(b))
    slope = np.divide(y1 - y0, u1 - u0, out=np.zeros_like(u0), where=u1 > u0)
    width = np.maximum(right - left, 0.0)
    height = y0 + slope * ((left + right) / 2 - u0)
    total = width.sum(axis=1)
    heights: Floats = np.divide((width * height).sum(axis=1), total, out=np.full(len(xs), np.nan), where=total > 0)
    return heights
