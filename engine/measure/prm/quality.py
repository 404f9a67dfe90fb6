"""All that is measured of PRMs over some runs, at once: for the command line, its files, and the page."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from engine.measure.prm.calibration import Binning, brier, ece, reliability
from engine.measure.prm.first_error import f1, judged, matrix, solutions
from engine.measure.prm.labels import Labels
from engine.measure.prm.overoptimise import budget_curve, pool_curve
from engine.measure.prm.ranking import auc
from engine.measure.prm.reading import Reading, largest_pools
from engine.measure.prm.rewards import distribution, reward_by_depth
from engine.measure.prm.steps import distinct_steps, shared_steps


class Quality(NamedTuple):
    """How good one PRM is, as numbers and as tables."""

    numbers: dict[str, Any]
    tables: dict[str, pd.DataFrame]
    """reliability, first_error, by_depth, distribution, of the steps; pool (best of k) and budget, of the answers."""


def quality_of(
    readings: Sequence[Reading], labels: Labels | None = None, *, shared: bool = False
) -> dict[str, Quality]:
    """The quality of each PRM that the runs used, by its id.

    `shared`: on the steps alone that every one of them rewarded. Searches led by different PRMs come to
    different steps, some harder to judge than others; only on the same steps are two PRMs compared.
    """
    steps = distinct_steps([one.steps for one in readings], labels)
    steps = shared_steps(steps) if shared else steps
    pools = largest_pools(readings)
    found = {}
    for prm in sorted({one.prm for one in readings if one.prm is not None}):
        quality = assess(steps[steps["prm"] == prm])
        answers = pd.concat([one.answers for one in readings if one.prm == prm], ignore_index=True)
        curves = {"pool": pool_curve(pools[prm].pools if prm in pools else []), "budget": budget_curve(answers)}
        found[prm] = Quality(quality.numbers, quality.tables | curves)
    return found


def assess(steps: pd.DataFrame, *, by: Binning = "width") -> Quality:
    """The quality of one PRM on its distinct steps (`steps.distinct_steps`)."""
    steps = with_own_rows(steps)
    truth, reward = steps["good"], steps["reward"]
    counted = steps[truth.notna() & reward.notna()]
    rewards, good = counted["reward"].to_numpy(), counted["good"].to_numpy(dtype=bool)
    bins = reliability(rewards, good, by=by)
    found = solutions(steps)
    verdicts = judged(found)
    share = float(good.mean()) if len(good) else float("nan")
    numbers = {
        "problems": int(steps["question"].nunique()),
        "steps": len(steps),
        "drawn": int(steps["times"].sum()),
        "without_truth": int(truth.isna().sum()),
        "without_reward": int((truth.notna() & reward.isna()).sum()),
        "counted": len(counted),
        "good": share,
        "auc": auc(rewards, good),
        "ece": ece(bins),
        "brier": brier(rewards, good.astype(np.float64)),
        "brier_of_the_share": share * (1 - share),
        "solutions": len(found.table),
        "solutions_left_out": len(found.table) - int(verdicts["predicted"].notna().sum()),
        **f1(verdicts),
        **against_exact(steps),
    }
    tables = {
        "reliability": bins,
        "first_error": matrix(verdicts),
        "by_depth": reward_by_depth(steps),
        "distribution": distribution(steps),
    }
    return Quality(numbers, tables)


def truth_of(about: Mapping[str, Any] | None) -> str:
    """What steps are judged by, in words; `about`: what labels by rollouts say of themselves."""
    if about is None:
        return "exact labels"
    policy = dict(about.get("policy") or {}).get("id")
    return f"{about.get('rollouts')} rollouts a step by {policy}, good if any was right"


def as_table(found: Mapping[str, Quality], truth: str) -> pd.DataFrame:
    """All tables below each other: `prm` and `table` say which, and a cell that it hasn't is missing."""
    parts = []
    for name, quality in found.items():
        numbers = pd.DataFrame([{k: v for k, v in quality.numbers.items() if not isinstance(v, list)}])
        for table, rows in {"numbers": numbers, **quality.tables}.items():
            parts.append(rows.astype(object).assign(prm=name, table=table, truth=truth))
    joined = pd.concat(parts, ignore_index=True)
    first = ["prm", "table", "truth"]
    return joined[[*first, *(column for column in joined if column not in first)]]


def with_own_rows(steps: pd.DataFrame) -> pd.DataFrame:
    """Some rows of a table of steps, numbered anew: `parent` says the row there, and all parents must be there too."""
    new = pd.Series(np.arange(len(steps)), index=steps.index)
    parent = new.reindex(steps["parent"]).fillna(-1).to_numpy(dtype=np.int64)
    return steps.reset_index(drop=True).assign(parent=parent)


def against_exact(steps: pd.DataFrame) -> dict[str, Any]:
    """How the labels of rollouts agree with the exact ones, where unfinished steps have both; empty where none has.

    A finished step is its own one rollout, and agrees by itself. Rollouts can't call a step good from which
    nothing right can come, but miss good ones that the policy seldom finishes.
    """
    both = steps[steps["share"].notna() & steps["label"].notna() & ~steps["finished"]]
    if both.empty:
        return {}
    hard, exact = (both["share"] > 0).to_numpy(), both["label"].to_numpy(dtype=bool)
    return {
        "labelled_twice": len(both),
        "agreement": float((hard == exact).mean()),
        "good_called_bad": _share(~hard[exact]),
        "bad_called_good": _share(hard[~exact]),
        "auc_of_the_soft_label": auc(both["share"].to_numpy(), exact),
    }


def _share(values: np.ndarray[Any, np.dtype[np.bool_]]) -> float:
    return float(values.mean()) if len(values) else float("nan")
