"""Two runs over the problems they have in common: who solved what, by how much they differ, what either spent.

Everything is paired: both runs met the same problems, so what these have in common cancels out. The interval is a
bootstrap over problems, p that of the paired randomisation test (`bootstrap.difference`, `signflip.p_value`).
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from engine.measure import bootstrap
from engine.measure.bootstrap import Interval
from engine.measure.signflip import p_value

Won = Literal["both", "first", "second", "neither", "not graded"]
WON: tuple[Won, ...] = ("first", "second", "neither", "both", "not graded")
"""Who solved a problem; those that tell the runs apart come first."""
SPENT = ("policy_tokens", "prm_tokens", "flops")


@dataclass(frozen=True)
class Against:
    """What two runs did on the problems of both."""

    problems: pd.DataFrame
    """A row a problem, in the first run's order: problem, question, `won`, and of either run (suffixes _a, _b)
    answer, correct, failed, and what it spent."""
    difference: Interval
    """Accuracy of the first minus that of the second, in [-1, 1], and its 95 % interval; NaN if nothing is graded."""
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
        return float(graded[f"correct_{side}"].astype(float).mean()) if len(graded) else None


def against(a: pd.DataFrame, b: pd.DataFrame) -> Against:
    """Two runs' rows of a `frame`, joined by problem id and question. One row a problem counts, the first."""
    kept = ["problem", "question", "answer", "correct", "failed", *SPENT]
    first, second = (rows[kept].drop_duplicates(["problem", "question"]) for rows in (a, b))
    both = first.merge(second, on=["problem", "question"], suffixes=("_a", "_b"))
    both = both.assign(won=_won(both["correct_a"], both["correct_b"]))
    graded = both[both["won"] != "not graded"]
    outcomes = [graded[f"correct_{side}"].astype(np.float64).to_numpy() for side in "ab"]
    return Against(both, bootstrap.difference(*outcomes), p_value(outcomes[0] - outcomes[1]))


def _won(a: pd.Series, b: pd.Series) -> list[Won]:
    names: dict[tuple[bool, bool], Won] = {
        (True, True): "both", (True, False): "first", (False, True): "second", (False, False): "neither",
    }  # fmt: skip
    return ["not graded" if pd.isna(x) or pd.isna(y) else names[bool(x), bool(y)] for x, y in zip(a, b, strict=True)]


def _mean(column: pd.Series) -> float | None:
    return None if column.empty or column.isna().any() else float(column.mean())
