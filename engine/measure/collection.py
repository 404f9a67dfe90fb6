"""Several runs as one table: measured as they are, or estimated from the largest pools there are."""

from collections.abc import Mapping
from typing import Literal

import pandas as pd

from engine.measure.curves import SETTING
from engine.measure.frame import frame
from engine.measure.pool import CHANCES, POOLED, WITHOUT_PRM, pooled_frame
from engine.runs import Run

Estimate = Literal["none", "own", "all"]
"""Which curves come from pools: none; those of the strategies that sampled them; of every strategy that has one."""


def collected(runs: Mapping[str, Run], *, estimate: Estimate = "own", aggregate: str | None = None) -> pd.DataFrame:
    """The trees of all runs, by the keys of `runs`, of which sampling strategies may be estimates at every k.

    ``own``: self-consistency and best-of-n of each setting and seed come from its largest run alone. ``all``:
    and each pool also says what the other strategies would have chosen from it, where no run has them.
    `aggregate`: how rewards become one number in these estimates; by default as the runs did.
    """
    rows = frame(runs)
    if estimate == "none":
        return rows.astype(dict(POOLED))
    pools = largest_pools(rows)
    parts = [rows[~rows["strategy"].isin(list(CHANCES))].astype(dict(POOLED))]
    parts += [pooled_frame(name, runs[name], aggregate=aggregate) for name in pools]
    if estimate == "all":
        parts += [
            pooled_frame(name, runs[name], strategy=strategy, aggregate=aggregate)
            for name in pools
            for strategy in _others(rows, runs[name])
        ]
    return pd.concat(parts, ignore_index=True)


def largest_pools(rows: pd.DataFrame) -> list[str]:
    """The runs of sampling strategies that have the largest n of their setting and seed. `rows`: of `frame`."""
    sampled = rows[rows["strategy"].isin(list(CHANCES))]
    largest = sampled.groupby([*SETTING, "seed"], dropna=False)["n"].transform("max")
    return list(dict.fromkeys(sampled.loc[sampled["n"] == largest, "run"]))


def _others(rows: pd.DataFrame, run: Run) -> list[str]:
    """The strategies that could have chosen from this pool, and that no run over the same problems has."""
    info = run.info
    same = rows[(rows["problem_set"] == info.problem_set) & (rows["policy"] == info.policy.get("id"))]
    able = list(CHANCES) if info.prm else [WITHOUT_PRM]
    return [strategy for strategy in able if strategy not in set(same["strategy"])]


def largest_runs(runs: Mapping[str, Run]) -> list[str]:
    """The runs with the largest n of their setting and seed, by name: whose anytime curves say most."""
    return list(largest_rows(frame(runs))["run"].unique())


def largest_rows(rows: pd.DataFrame) -> pd.DataFrame:
    """The trees of these runs alone. `rows`: of `frame`."""
    largest = rows.groupby([*SETTING, "seed"], dropna=False)["n"].transform("max")
    return rows[rows["n"] == largest]
