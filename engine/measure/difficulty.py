"""Problems by difficulty: as the policy finds them, or as they were made. And curves for each kind.

The policy's own pass@1 (Snell et al. 2024, arXiv:2408.03314, section 3.2): the share of its samples that
are right. It needs the answer key, so it sorts problems for whoever reads the curves, not for a search.

Samples that both sort a problem and count in its curve make easy problems look easier and hard ones
harder than they are (regression to the mean). Take the pool from runs with another seed where that matters.
"""

from collections.abc import Iterable, Sequence

import numpy as np
import pandas as pd

from engine.measure import bootstrap
from engine.measure.curves import COLUMNS, X, Y, curve

BUILT = ("level", "steps", "subject")
"""Columns of a frame that say how a problem was made."""
PARTS = 5
"""Snell et al.: quintiles."""


def pass_rates(pooled: pd.DataFrame) -> pd.Series:
    """pass@1 of each problem, by (problem_set, problem): the mean over all pools. NaN where nobody can grade.

    `pooled`: of `pool.pooled_frame`, with k = 1 among its rows.
    """
    ones = pooled[pooled["n"] == 1]
    rates = ones["covered"].astype("Float64").groupby([ones["problem_set"], ones["problem"]]).mean()
    return rates.astype(np.float64)


def bins(rates: pd.Series, parts: int = PARTS) -> pd.Series:
    """A name for each problem's part, of `parts` as equal as can be; problems with equal rates share one.

    Named by number and range, the hardest first. Many problems of one rate (0, above all) leave fewer parts.
    """
    known = rates.dropna()
    if known.empty:
        return pd.Series(dtype="str", index=known.index)
    edges = np.unique(np.quantile(known, np.linspace(0, 1, parts + 1)[1:-1], method="inverted_cdf"))
    part = np.searchsorted(edges, known, side="left")
    names, found = {}, sorted(set(part))
    for number, i in enumerate(found, 1):
        low, high = known[part == i].min(), known[part == i].max()
        span = f"{low:.0%}" if f"{low:.0%}" == f"{high:.0%}" else f"{low:.0%} to {high:.0%}"
        names[i] = f"{number} of {len(found)}, pass@1 {span}"
    return pd.Series([names[i] for i in part], index=known.index, dtype="str")


def built(frame: pd.DataFrame, column: str) -> pd.Series:
    """Each problem's kind by construction, by (problem_set, problem); empty if the problems don't tell."""
    told = frame.dropna(subset=[column]).drop_duplicates(["problem_set", "problem"])
    return told.set_index(["problem_set", "problem"])[column].map(lambda value: f"{column} {value}").astype("str")


def curves_by(
    frame: pd.DataFrame,
    kinds: pd.Series,
    *,
    x: X = "policy_tokens",
    y: Y = "accuracy",
    draws: int = bootstrap.DRAWS,
    seed: int = 0,
) -> pd.DataFrame:
    """The columns of `curve` and `difficulty`: the curves of each kind's problems alone, in the order of kinds."""
    index = pd.MultiIndex.from_frame(frame[["problem_set", "problem"]])
    kind = kinds.reindex(index).to_numpy()
    parts = [
        curve(frame[kind == name], x=x, y=y, draws=draws, seed=seed).assign(difficulty=name) for name in ordered(kinds)
    ]
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=[*COLUMNS, "difficulty"])


def ordered(kinds: Iterable[str]) -> Sequence[str]:
    """Each name once; numbers in them count as numbers, so that level 10 comes after level 9."""

    def parts(name: str) -> list[tuple[bool, float, str]]:
        return [(not word.isdecimal(), float(word) if word.isdecimal() else 0.0, word) for word in name.split()]

    return sorted(dict.fromkeys(kinds), key=parts)
