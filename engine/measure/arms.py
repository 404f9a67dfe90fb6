"""Strategies and sizes side by side on the same problems, with how hard each problem looked beforehand.

The estimate of the difficulty is read off the first samples of a run that rewards whole solutions, which are the
very samples that `compute-optimal` would draw, and costs what they cost. By the policy's own pass@1 it needs
the answer key: that is no strategy but a bound of what estimates can do, and costs nothing here.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from engine.estimates import SAMPLED, cost_of, estimate, first_samples
from engine.measure.bootstrap import Floats
from engine.measure.curves import X
from engine.measure.frame import frame, priced
from engine.prices import Prices
from engine.protocol import ArbutusError
from engine.rewards import chain_reward
from engine.runs import Run
from engine.tree import Cost, Node, Tree

KEY = "pass@1"
"""The difficulty by the answer key."""
STOP = "stop"
"""The arm that answers from the estimate's samples."""
POOLS = {"reward": ("best-of-n", "weighted-best-of-n", "mixture"), "agreement": ("self-consistency",)}
"""Strategies whose first samples tell an estimate. Those that tell a reward tell agreement and pass@1 too."""
APART = ("compute-optimal", "router")
"""Strategies that choose among the others."""


class Arms(NamedTuple):
    """What a plan can choose from. Problems are those that all runs have and that somebody could grade."""

    problems: list[str]
    names: list[str]
    """Strategy and parameters, in the words of a plan."""
    solved: Floats
    """[problems, arms] in [0, 1]: the mean over seeds."""
    spent: Floats
    """[problems, arms]: the mean over seeds, without the estimate."""
    by: str
    samples: int
    estimates: Floats
    """[problems]."""
    estimating: Floats
    """[problems]: what the estimate cost."""
    needs_estimate: np.ndarray
    """[arms]: whether it is worth something only after the estimate."""
    left_out: int
    """Problems for which something was missing."""


def arms_of(
    runs: Mapping[str, Run],
    *,
    by: str = "reward",
    samples: int = 4,
    x: X = "policy_tokens",
    prices: Prices | None = None,
) -> Arms:
    """The arms that `runs` tried, and the difficulty of their problems by `by`: see `estimates.estimate`, or pass@1.

    Raises `ArbutusError` if the runs differ in more than strategy, parameters and seed, or if none has the samples.
    """
    runs = {
        name: run
        for name, run in runs.items()
        if run.summaries and run.info.strategy not in APART and not run.info.budget
    }
    _check_alike(runs)
    rows = frame(runs) if prices is None else priced(frame(runs), prices)
    rows = rows.assign(arm=rows["run"].map({name: arm_words(run) for name, run in runs.items()}))
    solved, spent = (_pivot(rows, column) for column in ("correct", x))
    samples = samples if by in SAMPLED else 0
    told = _estimates(runs, by, samples, x, prices or Prices())
    if samples:
        solved, spent = solved.join(told["solved"].rename(STOP)), spent.assign(**{STOP: 0.0})
    everything = pd.concat([solved, spent.add_prefix("spent "), told[["estimate", "cost"]]], axis=1, join="inner")
    known = everything.dropna()
    if known.empty:
        raise ArbutusError(
            f"got {len(everything)} problems, none of them with an outcome and a known cost in {x} in every run, and "
            f"an estimate by {by}; expected runs of the same problems"
        )
    names = list(solved.columns)
    return Arms(
        problems=list(known.index),
        names=names,
        solved=known[names].to_numpy(np.float64),
        spent=known[[f"spent {name}" for name in names]].to_numpy(np.float64),
        by=by,
        samples=samples,
        estimates=known["estimate"].to_numpy(np.float64),
        estimating=known["cost"].to_numpy(np.float64),
        needs_estimate=np.array([name == STOP for name in names]),
        left_out=len(set(rows["problem"])) - len(known),
    )


def arm_words(run: Run) -> str:
    """A run's strategy and parameters as a plan names them; the usual aggregate goes without saying."""
    pairs = {k: v for k, v in run.info.parameters.items() if (k, v) != ("aggregate", "last")}
    return " ".join(
        [run.info.strategy, *(f"{k}={v:g}" if isinstance(v, float) else f"{k}={v}" for k, v in pairs.items())]
    )


def _check_alike(runs: Mapping[str, Run]) -> None:
    if not runs:
        raise ArbutusError("got no run that a plan could name: runs with a budget and those that choose are left out")
    kinds: dict[str, set[Any]] = {
        "problem sets": {run.info.problem_set for run in runs.values()},
        "policies": {run.info.policy.get("id") for run in runs.values()},
        "PRMs": {run.info.prm.get("id") for run in runs.values() if run.info.prm},
        "temperatures": {run.info.temperature for run in runs.values()},
    }
    for what, values in kinds.items():
        if len(values) > 1:
            raise ArbutusError(
                f"got runs with the {what} {', '.join(sorted(map(str, values)))}, expected one; name runs"
            )


def _pivot(rows: pd.DataFrame, column: str) -> pd.DataFrame:
    """[problems, arms]: the mean over seeds, NaN where something is missing."""
    values = rows[column].astype("Float64").astype(np.float64)
    return values.groupby([rows["problem"], rows["arm"]], sort=True).mean().unstack()


def _estimates(runs: Mapping[str, Run], by: str, samples: int, x: X, prices: Prices) -> pd.DataFrame:
    """By problem: `estimate`, `cost`, and `solved`, whether the best of the samples is right. Means over seeds."""
    if by not in (*SAMPLED, KEY):
        run = next(iter(runs.values()))
        told = {s.id: s.meta.get(by) for s in run.summaries}
        numbers = {p: float(v) if isinstance(v, int | float) else np.nan for p, v in told.items()}
        if all(np.isnan(list(numbers.values()))):
            raise ArbutusError(f"got --by {by}, but the problems of {run.info.problem_set} have no such number")
        return pd.DataFrame({"estimate": numbers, "cost": dict.fromkeys(numbers, 0.0)})
    pools = [run for run in _pools(runs, by) if int(run.info.parameters["n"]) >= samples]
    if not pools:
        able = ", ".join(POOLS["reward"] if by == "reward" else sum(POOLS.values(), ()))
        raise ArbutusError(f"got no run of {able} with n of at least {samples}; the estimate by {by} is read off one")
    largest = max(int(run.info.parameters["n"]) for run in pools)
    rows = [
        _read(run.tree(s.id), by, samples, x, prices)
        for run in pools
        if int(run.info.parameters["n"]) == largest
        for s in run.summaries
    ]
    return pd.DataFrame(rows).groupby("problem").mean()


def _pools(runs: Mapping[str, Run], by: str) -> Sequence[Run]:
    """The runs to read estimates off: rewarded ones if there are any, for agreement too."""
    for kind in ("reward",) if by == "reward" else ("reward", "agreement"):
        if found := [run for run in runs.values() if run.info.strategy in POOLS[kind]]:
            return found
    return []


def _read(tree: Tree, by: str, samples: int, x: X, prices: Prices) -> dict[str, Any]:
    ends = first_samples(tree, samples)
    right = [bool(end.correct) for end in ends]
    if by == KEY:
        everyone = first_samples(tree, len(tree.root.children))
        found: float | None = float(np.mean([bool(end.correct) for end in everyone])) if everyone else None
        cost = Cost()
    else:
        found, cost = estimate(tree, by, samples), cost_of(ends, by)
    spent = _amount(cost, len(right), x, prices) if by in SAMPLED else 0.0
    return {"problem": tree.problem.id, "estimate": found, "cost": spent, "solved": float(_answered_right(ends, by))}


def _answered_right(ends: Sequence[Node], by: str) -> bool:
    """Whether the samples alone answer right: the one with the highest reward, or without rewards their majority."""
    able = [end for end in ends if end.finished and end.answer is not None]
    if by == "agreement":
        votes = Counter(end.answer for end in able)
        return bool(max(able, key=lambda end: (votes[end.answer], -end.id)).correct) if able else False
    rewards = {end: chain_reward(end) for end in able}
    ranked = sorted(able, key=lambda end: (-(float("-inf") if (r := rewards[end]) is None else r), end.id))
    return bool(ranked[0].correct) if ranked else False


def _amount(cost: Cost, completions: int, x: X, prices: Prices) -> float | None:
    if x == "completions":
        return float(completions)
    if x == "money":
        return prices.money(cost.policy_tokens, cost.prompt_tokens, cost.prm_tokens) if prices else None
    amount: float | None = getattr(cost, x)
    return amount
