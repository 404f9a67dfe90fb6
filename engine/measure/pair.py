"""Two runs over the problems they have in common: who solved what, by how much they differ, what either spent.

Everything is paired: both runs met the same problems, so what these have in common cancels out. The interval is a
bootstrap over problems, p that of the paired randomisation test (`bootstrap.difference`, `signflip.p_value`). Where one
of them chooses no answer, as files of other systems may, they are compared by whether any solution was right.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from engine.measure import bootstrap
from engine.measure.bootstrap import Interval
from engine.measure.signflip import p_value

By = Literal["correct", "covered"]
"""What makes a problem solved: the chosen answer is right, or some solution is, whichever was chosen (an oracle)."""
Won = Literal["both", "first", "second", "neither", "not graded"]
WON: tuple[Won, ...] = ("first", "second", "neither", "both", "not graded")
"""Who solved a problem; those that tell the runs apart come first."""
SPENT = ("policy_tokens", "prm_tokens", "flops")


@dataclass(frozen=True)
class Against:
    """What two runs did on the problems of both."""

    problems: pd.DataFrame
    """A row a problem, in the first run's order: problem, question, `won`, and of either run (suffixes _a, _b)
    answer, correct, covered, failed, and what it spent."""
    by: By
    difference: Interval
    """Accuracy (or coverage) of the first minus that of the second, in [-1, 1], and its 95 % interval; NaN if nothing
    is graded."""
    p: float

    def counts(self) -> dict[Won, int]:
        """How many problems each solved alone, both or neither did."""
        found = self.problems["won"].value_counts()
        return {won: int(found.get(won, 0)) for won in WON}

    def spent(self, unit: str) -> tuple[float | None, float | None]:
        """The means per problem of the first and the second run; None where it isn't known."""
        first, second = (_mean(self.problems[f"{unit}_{side}"]) for side in "ab")
        return first, second

    def accuracy(self, side: Literal["a", "b"]) -> float | None:
        """Over the problems that were graded in both."""
        graded = self.problems[self.problems["won"] != "not graded"]
        return float(graded[f"{self.by}_{side}"].astype(float).mean()) if len(graded) else None


def against(a: pd.DataFrame, b: pd.DataFrame) -> Against:
    """Two runs' rows of a `frame`, joined by problem id and question. One row a problem counts, the first."""
    kept = ["problem", "question", "answer", "correct", "covered", "failed", *SPENT]
    first, second = (rows[kept].drop_duplicates(["problem", "question"]) for rows in (a, b))
    both = first.merge(second, on=["problem", "question"], suffixes=("_a", "_b"))
    by: By = "correct"
    if not _known(both, "correct").any() and _known(both, "covered").any():
        by = "covered"
    both = both.assign(won=_won(both[f"{by}_a"], both[f"{by}_b"]))
    graded = both[_known(both, by)]
    outcomes = [graded[f"{by}_{side}"].astype(np.float64).to_numpy() for side in "ab"]
    return Against(both, by, bootstrap.difference(*outcomes), p_value(outcomes[0] - outcomes[1]))


def _known(both: pd.DataFrame, by: By) -> pd.Series:
    """Whether each problem is graded in both runs."""
    return both[f"{by}_a"].notna() & both[f"{by}_b"].notna()


def _won(a: pd.Series, b: pd.Series) -> list[Won]:
    names: dict[tuple[bool, bool], Won] = {
        (True, True): "both", (True, False): "first", (False, True): "second", (False, False): "neither",
    }  # fmt: skip
    return ["not graded" if pd.isna(x) or pd.isna(y) else names[bool(x), bool(y)] for x, y in zip(a, b, strict=True)]


def _mean(column: pd.Series) -> float | None:
    return None if column.empty or column.isna().any() else float(column.mean())
