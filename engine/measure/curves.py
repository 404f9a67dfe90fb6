"""What more compute buys: accuracy or coverage against what was spent, one row a strategy and n.

Each run of a sweep is one point: measured, not extrapolated. Seeds are averaged inside a problem, then
problems are averaged; bounds come from the paired bootstrap, one draw of problems for all points.
"""

from collections.abc import Iterator
from typing import Literal, NamedTuple

import numpy as np
import pandas as pd
from pandas.api.typing import DataFrameGroupBy

from engine.measure import bootstrap
from engine.measure.bootstrap import Floats

X = Literal["completions", "policy_tokens", "tokens", "flops", "seconds", "money"]
Y = Literal["accuracy", "coverage"]

OUTCOME = {"accuracy": "correct", "coverage": "covered"}
SETTING = ["problem_set", "strategy", "policy", "prm", "temperature", "params"]
"""What makes two runs points of one line, as long as they differ in n alone."""

COLUMNS = [
    "line",  # strategy, and whatever else tells it from another line of the same strategy
    *SETTING,
    "n",
    "x",  # mean spent per problem
    "y",  # mean outcome, in [0, 1]
    "low",
    "high",
    "problems",  # how many had an outcome
    "seeds",
    "trees",
    "failures",  # trees that failed; each counts as not correct
    "ungraded",  # trees that nobody can grade; they count in nothing
    "estimator",  # how the outcomes came about: measured, or estimated from a pool
    "draw_error",  # the standard error of y that random draws left, 0 if there were none; the bounds hold it too
]


def curve(
    frame: pd.DataFrame, *, x: X = "policy_tokens", y: Y = "accuracy", draws: int = bootstrap.DRAWS, seed: int = 0
) -> pd.DataFrame:
    """One row per line and n, in the order of lines and n; empty if the frame is."""
    parts = []
    for of_set in outcomes(frame, x=x, y=y):
        intervals = bootstrap.means(of_set.solved, draws=draws, seed=seed)
        heights = dict(zip(("y", "low", "high"), zip(*intervals, strict=True), strict=True))
        parts.append(of_set.points.assign(**heights))
    if not parts:
        return pd.DataFrame(columns=COLUMNS)
    points = pd.concat(parts, ignore_index=True)
    points["line"] = line_names(points)
    return points[COLUMNS].sort_values(["line", "n"], ignore_index=True)


class Outcomes(NamedTuple):
    """What a problem set's points are counted from."""

    points: pd.DataFrame
    """One row a point: its setting, n, and what it rests on."""
    solved: Floats
    """[problems, points] in [0, 1]: the mean outcome over seeds, NaN where nobody could grade it."""
    spent: Floats
    """[problems, points]: the mean spent over seeds, NaN where it isn't known."""


def outcomes(frame: pd.DataFrame, *, x: X = "policy_tokens", y: Y = "accuracy") -> Iterator[Outcomes]:
    """The outcomes of each problem set, in the order of their names; a set without trees is left out."""
    for _, rows in frame.groupby("problem_set", sort=True):
        if len(rows):
            yield _of_one_set(rows, x, y)


def _of_one_set(rows: pd.DataFrame, x: X, y: Y) -> Outcomes:
    rows = rows.assign(outcome=rows[OUTCOME[y]].astype("Float64"), spent=rows[x].astype("Float64"))
    groups = rows.groupby([*SETTING, "n"], dropna=False, sort=True)
    table = groups.agg(
        seeds=("seed", "nunique"),
        trees=("problem", "size"),
        failures=("failed", "sum"),
        graded=("outcome", "count"),
        estimator=("estimator", lambda told: ", ".join(sorted(told.unique()))),
    )
    table["ungraded"] = table["trees"] - table.pop("graded")
    keys = groups.ngroup()
    solved, spent = (per_problem(rows, keys, column).to_numpy() for column in ("outcome", "spent"))
    table["x"] = _mean(spent)
    table["problems"] = (~np.isnan(solved)).sum(axis=0)
    table["draw_error"] = _draw_error(rows, groups, y)
    return Outcomes(table.reset_index(), solved, spent)


def _mean(values: Floats) -> Floats:
    """[points]: the mean over the problems where something is known, NaN where nothing is."""
    known = (~np.isnan(values)).sum(axis=0)
    means: Floats = np.divide(np.nansum(values, axis=0), known, out=np.full(len(known), np.nan), where=known > 0)
    return means


def _draw_error(rows: pd.DataFrame, groups: DataFrameGroupBy, y: Y) -> Floats:
    """[points]: of the mean of independent errors. Coverage is never drawn."""
    if y == "coverage":
        return np.zeros(groups.ngroups)
    squares = (rows["draw_error"].astype("Float64").fillna(0.0) ** 2).groupby(groups.ngroup()).sum()
    errors: Floats = np.sqrt(squares.to_numpy(dtype=np.float64)) / groups.size().to_numpy()
    return errors


def per_problem(rows: pd.DataFrame, keys: pd.Series, column: str) -> pd.DataFrame:
    """[problems, points]: the mean over seeds, NaN where a point has no such problem or nothing was known."""
    values = rows[column].astype("Float64").to_numpy(dtype=np.float64, na_value=np.nan)
    means = pd.Series(values).groupby([rows["problem"].to_numpy(), keys.to_numpy()]).mean()
    return means.unstack().reindex(columns=range(int(keys.max()) + 1))


def line_names(points: pd.DataFrame) -> pd.Series:
    """A name for each row's line: the strategy, and what else varies among the lines of that strategy."""
    varying = points.groupby("strategy")[SETTING].transform(lambda column: column.nunique(dropna=False) > 1)
    names = points["strategy"].astype("object")
    for column in SETTING:
        told = varying[column].astype(bool) & points[column].notna() & (column != "strategy")
        values = points[column].map(lambda value: f"T={value:g}" if isinstance(value, float) else str(value))
        names = names.where(~told, names + " · " + values)
    return names.astype("str")
