"""What more compute buys: accuracy or coverage against what was spent, one row a strategy and n.

Each run of a sweep is one point: measured, not extrapolated. Seeds are averaged inside a problem, then
problems are averaged; bounds come from the paired bootstrap, one draw of problems for all points.
"""

from typing import Literal

import numpy as np
import pandas as pd

from engine.measure import bootstrap

X = Literal["completions", "policy_tokens", "tokens", "flops", "seconds"]
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
]


def curve(
    frame: pd.DataFrame, *, x: X = "policy_tokens", y: Y = "accuracy", draws: int = bootstrap.DRAWS, seed: int = 0
) -> pd.DataFrame:
    """One row per line and n, in the order of lines and n; empty if the frame is."""
    parts = [_of_one_set(rows, x, y, draws, seed) for _, rows in frame.groupby("problem_set", sort=True)]
    parts = [part for part in parts if len(part)]
    if not parts:
        return pd.DataFrame(columns=COLUMNS)
    points = pd.concat(parts, ignore_index=True)
    points["line"] = line_names(points)
    return points[COLUMNS].sort_values(["line", "n"], ignore_index=True)


def _of_one_set(rows: pd.DataFrame, x: X, y: Y, draws: int, seed: int) -> pd.DataFrame:
    points = [*SETTING, "n"]
    rows = rows.assign(outcome=rows[OUTCOME[y]].astype("Float64"), spent=rows[x].astype("Float64"))
    groups = rows.groupby(points, dropna=False, sort=True)
    table = groups.agg(
        seeds=("seed", "nunique"), trees=("problem", "size"), failures=("failed", "sum"), graded=("outcome", "count")
    )
    table["ungraded"] = table["trees"] - table.pop("graded")
    keys = groups.ngroup()
    solved = per_problem(rows, keys, "outcome")
    spent = per_problem(rows, keys, "spent")
    intervals = bootstrap.means(solved.to_numpy(), draws=draws, seed=seed)
    table["x"] = spent.mean().to_numpy()
    table["problems"] = solved.notna().sum().to_numpy()
    for name, column in zip(("y", "low", "high"), zip(*intervals, strict=True), strict=True):
        table[name] = column
    return table.reset_index()


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
