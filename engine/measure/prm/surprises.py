"""The steps to show of a PRM: rewarded though wrong, not rewarded though right, and those that are usual."""

import pandas as pd

COUNT = 12


def high_and_wrong(steps: pd.DataFrame, count: int = COUNT) -> pd.DataFrame:
    """The best-rewarded wrong steps, one a problem, from one PRM's distinct steps.

    Only first wrong steps: the step before was good. What follows a wrong step is wrong whatever it says.
    """
    good = steps["good"]
    before = good.reindex(steps["parent"]).set_axis(steps.index)
    first = (steps["parent"] < 0) | before.fillna(False).astype(bool)
    return _extremes(steps[~good.fillna(True).astype(bool) & first], count, ascending=False)


def low_and_right(steps: pd.DataFrame, count: int = COUNT) -> pd.DataFrame:
    """The worst-rewarded good steps, one a problem."""
    return _extremes(steps[steps["good"].fillna(False).astype(bool)], count, ascending=True)


def most_drawn(steps: pd.DataFrame, count: int = COUNT) -> pd.DataFrame:
    """The steps that searches came to most often, one a problem."""
    return steps.sort_values("times", ascending=False, kind="stable").drop_duplicates("question").head(count)


def _extremes(steps: pd.DataFrame, count: int, *, ascending: bool) -> pd.DataFrame:
    ranked = steps.dropna(subset=["reward"]).sort_values("reward", ascending=ascending, kind="stable")
    return ranked.drop_duplicates("question").head(count)
