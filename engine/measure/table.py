"""Everything that is known of some curves in one table, a row a number: what a CSV holds.

`kind` says what a row is: a ``point`` of a curve, a point of an ``anytime`` curve, the ``reach`` of an accuracy
(x is what it takes), the ``area`` under a line, or a ``difference`` to the line that all are compared with.
"""

from collections.abc import Sequence
from typing import NamedTuple

import pandas as pd

from engine.measure import bootstrap
from engine.measure.anytime import anytime_curve
from engine.measure.compare import compare
from engine.measure.curves import COLUMNS as POINTS
from engine.measure.curves import X, Y, curve
from engine.measure.difficulty import curves_by
from engine.measure.lines import area, compute_to_reach, lines, pareto

COLUMNS = [
    "kind",
    "measure",  # accuracy of the chosen answer, or coverage
    "difficulty",  # the part of the problems that it is about; missing for all of them
    "unit",  # of x
    *POINTS[: POINTS.index("x") + 1],
    "x_low",
    "x_high",
    "y",
    "low",
    "high",
    "target",  # of a reach: the accuracy; of a difference: the line that is compared with, and its n
    "p",
    "p_holm",
    *POINTS[POINTS.index("high") + 1 :],
    "front",  # no other point gets as much for as little
    "front_share",  # of the resamples in which it is on the front
    "reached",  # the share of resamples that get to the target
]


class Curves(NamedTuple):
    """The parts of a report. All have the columns of their own makers."""

    accuracy: pd.DataFrame
    coverage: pd.DataFrame
    front: pd.DataFrame
    reach: pd.DataFrame
    area: pd.DataFrame
    differences: pd.DataFrame
    anytime: dict[Y, pd.DataFrame]
    parts: dict[Y, pd.DataFrame]
    """Points for each kind of problem: with the column `difficulty`."""


def curves(
    rows: pd.DataFrame,
    *,
    x: X = "policy_tokens",
    targets: Sequence[float] = (),
    against: str | None = None,
    timelines: pd.DataFrame | None = None,
    kinds: pd.Series | None = None,
    draws: int = bootstrap.DRAWS,
    seed: int = 0,
) -> Curves:
    """All that can be told of `rows`, a frame: measured or from pools. `kinds`: of `difficulty`."""
    accuracy = curve(rows, x=x, draws=draws, seed=seed)
    found = lines(rows, x=x, seed=seed)
    measures: tuple[Y, ...] = ("accuracy", "coverage")
    return Curves(
        accuracy=accuracy,
        coverage=curve(rows, x=x, y="coverage", draws=draws, seed=seed),
        front=pareto(found),
        reach=pd.concat([compute_to_reach(found, target) for target in targets] or [compute_to_reach([], 0.0)]),
        area=area(found),
        differences=_against(rows, accuracy, against),
        anytime={}
        if timelines is None
        else {y: anytime_curve(timelines, x=x, y=y, draws=draws, seed=seed) for y in measures},
        parts={} if kinds is None else {y: curves_by(rows, kinds, x=x, y=y, draws=draws, seed=seed) for y in measures},
    )


def _against(rows: pd.DataFrame, points: pd.DataFrame, line: str | None) -> pd.DataFrame:
    """Each point of `line` with each other line, where that spent most nearly as much: `difference` is the line's gain.

    Holm's correction is over the comparisons of one point.
    """
    parts = []
    for _, point in points[points["line"] == line].iterrows():
        told = compare(rows, points, point)
        other = told["line"] + ", n = " + told["n"].astype("str")
        about = {"problem_set": point["problem_set"], "strategy": point["strategy"], "target": other}
        parts.append(told.assign(**about, line=line, n=point["n"], x=point["x"]))
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame()


def table(found: Curves, x: X) -> pd.DataFrame:
    """All rows of COLUMNS; what a kind has not is missing."""
    shares = found.front[["problem_set", "line", "n", "front", "share"]].rename(columns={"share": "front_share"})
    points = found.accuracy.merge(shares, how="left", on=["problem_set", "line", "n"])
    parts = [
        points.assign(kind="point", measure="accuracy"),
        found.coverage.assign(kind="point", measure="coverage"),
        *(part.assign(kind="point", measure=y) for y, part in found.parts.items()),
        *(part.assign(kind="anytime", measure=y) for y, part in found.anytime.items()),
        found.reach.rename(columns={"accuracy": "target", "low": "x_low", "high": "x_high"}).assign(kind="reach"),
        found.area.rename(columns={"area": "y", "from_x": "x_low", "to_x": "x_high"}).assign(kind="area"),
        found.differences.rename(columns={"difference": "y"}).assign(kind="difference"),
    ]
    whole = pd.concat([part.astype("object") for part in parts if len(part)] or [pd.DataFrame()], ignore_index=True)
    whole = whole.reindex(columns=COLUMNS).assign(unit=x)
    whole["measure"] = whole["measure"].fillna("accuracy")
    return whole
