"""One point of a curve against the other lines, where these spent about as much: differences, paired by problem."""

import numpy as np
import pandas as pd

from engine.measure import bootstrap
from engine.measure.curves import SETTING
from engine.measure.signflip import holm, p_value

COLUMNS = [
    "line",
    "n",
    "x",  # mean spent per problem, in the unit of the curve
    "difference",  # how much better the point is than this one, in [-1, 1]
    "low",
    "high",
    "p",  # two-sided, of the paired randomisation test: how likely is such a difference if there were none
    "p_holm",  # the same, raised for there being several comparisons
    "problems",  # how many both have an outcome for
]


def compare(frame: pd.DataFrame, points: pd.DataFrame, point: pd.Series) -> pd.DataFrame:
    """How much more `point` solves than each other line, at that line's point nearest in compute (as a ratio).

    `points`: the accuracies that `curve` gave for `frame`; `point`: one of its rows. One row for each
    other line over the same problem set, the nearest in compute first. The bounds are those of
    `bootstrap.difference`: the interval keeps the pairing, and is much narrower than two bands suggest.
    A point that spent nothing that is known is near to none.
    """
    if not point["x"] > 0:
        return pd.DataFrame(columns=COLUMNS)
    others = points[(points["problem_set"] == point["problem_set"]) & (points["line"] != point["line"])]
    far = pd.Series(np.abs(np.log(others["x"].where(others["x"] > 0) / point["x"])), index=others.index).dropna()
    nearest = [group.idxmin() for _, group in far.groupby(others.loc[far.index, "line"])]
    own = _outcomes(frame, point)
    rows = []
    for index in far[nearest].sort_values(kind="stable").index:
        other = points.loc[index]
        both = pd.concat([own, _outcomes(frame, other)], axis=1, join="inner").dropna().to_numpy()
        told = bootstrap.difference(both[:, 0], both[:, 1])
        p = p_value(both[:, 0] - both[:, 1])
        rows.append([other["line"], other["n"], other["x"], *told, p, np.nan, len(both)])
    return pd.DataFrame(rows, columns=COLUMNS).assign(p_holm=holm([row[6] for row in rows]))


def trees_of(frame: pd.DataFrame, point: pd.Series) -> pd.DataFrame:
    """The rows of `frame` that a point of its curve was counted from."""
    same = pd.Series(True, index=frame.index)
    for column in (*SETTING, "n"):
        wanted = point[column]
        same &= frame[column].isna() if pd.isna(wanted) else (frame[column] == wanted).fillna(False)
    return frame[same]


def _outcomes(frame: pd.DataFrame, point: pd.Series) -> pd.Series:
    """Of each problem the mean outcome over seeds, missing where nobody could grade it."""
    rows = trees_of(frame, point)
    return rows["correct"].astype("Float64").groupby(rows["problem"]).mean().astype(np.float64)
