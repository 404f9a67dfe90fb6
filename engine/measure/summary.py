"""One run in a dozen numbers, for the command line and the cards."""

from typing import Any

import pandas as pd

from engine.measure import bootstrap
from engine.measure.curves import per_problem
from engine.measure.frame import frame
from engine.runs import Run

SPENT = ("completions", "policy_tokens", "prm_tokens", "flops", "seconds")


def summarize_run(run: Run) -> dict[str, Any]:
    """Accuracy of the chosen answer, coverage, mean cost per problem, and how many problems and failures.

    Accuracy and coverage are shares in [0, 1], with their 95 % interval, or None where nothing could be
    graded. Tokens, FLOPs (of both models) and seconds are means per problem, None where they are not known.
    """
    rows = frame([run])
    info = run.info
    return {
        "strategy": info.strategy,
        "parameters": dict(info.parameters),
        "problem_set": info.problem_set,
        "seed": info.seed,
        "policy": info.policy.get("id"),
        "prm": info.prm.get("id") if info.prm else None,
        "problems": int(rows["problem"].nunique()),
        "graded": int(rows["correct"].notna().sum()),
        "failures": int(rows["failed"].sum()),
        **_share(rows, "accuracy", "correct"),
        **_share(rows, "coverage", "covered"),
        **{f"mean_{name}": None if rows[name].isna().any() else _mean(rows[name]) for name in SPENT},
    }


def _mean(spent: pd.Series) -> float | None:
    return None if spent.empty else float(spent.mean())


def _share(rows: pd.DataFrame, name: str, column: str) -> dict[str, Any]:
    if not rows[column].notna().any():
        return {name: None, f"{name}_low": None, f"{name}_high": None}
    values = per_problem(rows, pd.Series(0, index=rows.index), column)
    mean, low, high = bootstrap.means(values.to_numpy())[0]
    return {name: mean, f"{name}_low": low, f"{name}_high": high}
