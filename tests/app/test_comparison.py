"""What is said of a difference between two strategies."""

import pandas as pd
import pytest

from app.comparison import verdict


@pytest.mark.parametrize(
    ("low", "high", "p", "said"),
    [
        (0.04, 0.15, 0.001, "better"),
        (-0.08, -0.01, 0.002, "worse"),
        (-0.02, 0.15, 0.001, "can't be told apart"),
        (0.04, 0.15, 0.055, "can't be told apart"),
        (-0.08, -0.01, 1.0, "can't be told apart"),
        (0.04, 0.15, float("nan"), "can't be told apart"),
    ],
)
def test_better_and_worse_are_said_only_where_both_the_interval_and_p_allow_it(
    low: float, high: float, p: float, said: str
) -> None:
    assert verdict(pd.Series({"low": low, "high": high, "p_holm": p})) == said
