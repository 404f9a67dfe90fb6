"""How well rewards tell good steps from bad ones, whatever their scale."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd


def auc(rewards: Sequence[float] | npt.NDArray[np.float64], good: Sequence[bool] | npt.NDArray[np.bool_]) -> float:
    """The chance that a good step has a higher reward than a bad one, ties counting half.

    The area under the ROC curve, by ranks (Mann and Whitney 1947, doi:10.1214/aoms/1177730491). NaN if
    all steps are good or all are bad, or if a reward is missing.
    """
    labels = np.asarray(good, dtype=bool)
    positives, negatives = int(labels.sum()), int((~labels).sum())
    if not positives or not negatives:
        return float("nan")
    ranks = pd.Series(rewards, dtype=np.float64).rank().to_numpy()
    return float((ranks[labels].sum() - positives * (positives + 1) / 2) / (positives * negatives))
