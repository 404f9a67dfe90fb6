"""Finding the first wrong step of a solution, as ProcessBench measures it (Zheng et al. 2024, arXiv:2412.06559).

A PRM says that the first step whose reward is below a threshold is wrong, and that there is none if no
reward is. *Accuracy on erroneous solutions*: the share in which it names the step that truly is the first
wrong one. *Accuracy on correct ones*: the share in which it names none. Their harmonic mean is the F1.

The threshold with the highest F1 is chosen on other problems than it is used on: problems are dealt into
folds, and each fold is judged with the threshold of all others.

A solution of which a reward is missing, or whose first wrong step isn't known, is left out and counted.
"""

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

FOLDS = 5
DRAWS = 2000
NONE = 0
"""The position that says that no step is wrong."""


class Solutions(NamedTuple):
    """The distinct finished solutions of one PRM's steps."""

    table: pd.DataFrame
    """A row each: run, problem, question, node (its last), `end` (the row of that among the steps), length, `true`
    (position of the first wrong step from 1, NONE if all are good, missing if not known) and `missing` (rewards)."""
    rewards: Floats
    """[solutions, steps]: NaN where missing, and beyond a solution's end."""


def solutions(steps: pd.DataFrame) -> Solutions:
    """The solutions among one PRM's `steps.distinct_steps`."""
    ends = np.flatnonzero(steps["finished"])
    depth = steps["depth"].to_numpy()[ends]
    path = _paths(steps["parent"].to_numpy(), ends, depth)
    there = path >= 0
    rewards = np.where(there, steps["reward"].to_numpy()[path], np.nan)
    good = steps["good"].to_numpy(dtype=np.float64, na_value=np.nan)[path]
    table = steps.loc[ends, ["run", "problem", "question", "node"]].reset_index(drop=True)
    table["end"] = ends
    table["length"] = depth
    table["true"] = _first_wrong(good, there)
    table["missing"] = (there & np.isnan(rewards)).sum(axis=1)
    return Solutions(table, rewards)


def steps_of(steps: pd.DataFrame, end: int) -> pd.DataFrame:
    """The steps of the solution that ends in the row `end`, first step first."""
    depth = steps["depth"].to_numpy()[[end]]
    return steps.iloc[_paths(steps["parent"].to_numpy(), np.array([end]), depth)[0]]


def _paths(parent: Ints, ends: Ints, depth: Ints) -> Ints:
    """[solutions, steps]: the rows of each solution's steps, first step first; -1 beyond its end."""
    path = np.full((len(ends), int(depth.max(initial=1))), -1)
    at = ends.copy()
    for above in range(path.shape[1]):
        going = np.flatnonzero(above < depth)
        path[going, depth[going] - 1 - above] = at[going]
        at[going] = parent[at[going]]
    return path


def _first_wrong(good: Floats, there: npt.NDArray[np.bool_]) -> pd.arrays.IntegerArray:
    """The position of the first step that isn't good; missing if it is the first of unknown truth."""
    doubtful = there & ~(good == 1)
    first = doubtful.argmax(axis=1)
    unknown = doubtful.any(axis=1) & np.isnan(good[np.arange(len(good)), first])
    return pd.arrays.IntegerArray(np.where(doubtful.any(axis=1), first + 1, NONE), unknown)


def judged(found: Solutions, *, folds: int = FOLDS, seed: int = 0) -> pd.DataFrame:
    """The solutions that can be judged, each with the `threshold` of the other folds and the position `predicted`.

    Empty if there are not two problems with such solutions. Where the others hold no erroneous solution, or
    no correct one, no threshold can be chosen: both are missing.
    """
    known = usable(found)
    table, rewards = found.table[known].reset_index(drop=True), found.rewards[known]
    true = table["true"].to_numpy(dtype=np.int64)
    low, high = right_between(rewards, true)
    fold = _folds(table["problem"], folds, seed)
    thresholds = np.full(len(table), np.nan)
    for i in np.unique(fold[fold >= 0]):
        others = fold != i
        thresholds[fold == i] = best_threshold(low[others], high[others], true[others] != NONE)
    chosen = pd.array(predicted(rewards, thresholds), dtype="Int64")
    chosen[np.isnan(thresholds)] = pd.NA
    return table.assign(threshold=thresholds, predicted=chosen)


def usable(found: Solutions) -> npt.NDArray[np.bool_]:
    """Which solutions can be judged: those whose first wrong step is known, with all their rewards."""
    return np.asarray(found.table["true"].notna() & (found.table["missing"] == 0), dtype=bool)


def predicted(rewards: Floats, thresholds: Floats | float) -> Ints:
    """The position of the first reward below its solution's threshold, NONE if there is none."""
    below = rewards < np.broadcast_to(thresholds, len(rewards))[:, None]
    return np.where(below.any(axis=1), below.argmax(axis=1) + 1, NONE)


def right_between(rewards: Floats, true: Ints) -> tuple[Floats, Floats]:
    """For each solution `low` and `high`: the position predicted is the true one if low < threshold ≤ high.

    An erroneous solution needs its first wrong step below the threshold, and none before it; a correct one
    no step at all. Nowhere right: low ≥ high.
    """
    least = np.fmin.accumulate(np.where(np.isnan(rewards), np.inf, rewards), axis=1)
    row, wrong = np.arange(len(rewards)), np.maximum(true - 1, 0)
    before = np.where(wrong > 0, least[row, np.maximum(wrong - 1, 0)], np.inf)
    low = np.where(true == NONE, -np.inf, rewards[row, wrong])
    return low, np.where(true == NONE, least[:, -1], before)


def best_threshold(low: Floats, high: Floats, erroneous: npt.NDArray[np.bool_]) -> float:
    """The threshold with the highest F1 over solutions judged right between `low` and `high`.

    F1 changes only where a solution becomes right or wrong; the middle of the lowest best stretch is taken.
    NaN if there is no erroneous or no correct solution.
    """
    if not erroneous.any() or erroneous.all():
        return float("nan")
    ends = np.unique(np.concatenate((low, high)))
    ends = ends[np.isfinite(ends)]
    ends = np.append(ends, ends[-1] + 1) if len(ends) else np.array([0.5])
    shares = [_share_right(low[kind], high[kind], ends) for kind in (erroneous, ~erroneous)]
    best = int(np.argmax(harmonic_mean(*shares)))
    return float(ends[best] if best == 0 else (ends[best - 1] + ends[best]) / 2)


def _share_right(low: Floats, high: Floats, at: Floats) -> Floats:
    """The share of solutions that are right at each threshold."""
    some = low < high
    begun = np.searchsorted(np.sort(low[some]), at, side="left")
    ended = np.searchsorted(np.sort(high[some]), at, side="left")
    return np.asarray((begun - ended) / len(low), dtype=np.float64)


def harmonic_mean(a: npt.ArrayLike, b: npt.ArrayLike) -> Floats:
    """2ab / (a + b), 0 where both are."""
    a, b = np.asarray(a, dtype=np.float64), np.asarray(b, dtype=np.float64)
    nothing = np.where(np.isnan(a + b), np.nan, 0.0)
    return np.asarray(np.divide(2 * a * b, a + b, out=nothing, where=(a + b) > 0))


def f1(judgements: pd.DataFrame, *, draws: int = DRAWS, seed: int = 0) -> dict[str, Any]:
    """The two accuracies, their F1 with its bounds of 95 % (a bootstrap over problems), and what they rest on.

    From a table of `judged`. All three are NaN where there is no erroneous or no correct solution.
    """
    rows = judgements.dropna(subset=["predicted"])
    wrong = (rows["true"] != NONE).to_numpy(dtype=bool)
    hit = (rows["true"] == rows["predicted"]).to_numpy(dtype=bool)
    of = pd.factorize(rows["problem"])[0]
    kinds = (wrong & hit, wrong, ~wrong & hit, ~wrong)
    problems = int(of.max(initial=-1)) + 1
    counts = np.stack([np.bincount(of, kind, problems) for kind in kinds]).astype(np.float64)
    low, high = _bounds(counts, draws, seed)
    return {
        "f1": float(_f1(counts.sum(axis=1))),
        "f1_low": low,
        "f1_high": high,
        "accuracy_erroneous": _share(hit[wrong]),
        "accuracy_correct": _share(hit[~wrong]),
        "erroneous": int(wrong.sum()),
        "correct": int((~wrong).sum()),
        "problems": problems,
        "thresholds": sorted(rows["threshold"].unique().tolist()),
    }


def _bounds(counts: Floats, draws: int, seed: int) -> tuple[float, float]:
    """Of the F1, by resampling problems; counts: [kinds, problems]."""
    problems = counts.shape[1]
    if not problems:
        return float("nan"), float("nan")
    drawn = np.random.default_rng(seed).multinomial(problems, np.full(problems, 1 / problems), draws)
    resampled = _f1(counts @ drawn.T)
    known = resampled[~np.isnan(resampled)]
    low, high = np.quantile(known, [0.025, 0.975]) if len(known) else (np.nan, np.nan)
    return float(low), float(high)


def _f1(counts: Floats) -> Floats:
    """From the counts of kinds: erroneous and located, erroneous, correct and passed, correct."""
    with np.errstate(invalid="ignore", divide="ignore"):
        return harmonic_mean(counts[0] / counts[1], counts[2] / counts[3])


def _share(hits: npt.NDArray[np.bool_]) -> float:
    return float(hits.mean()) if len(hits) else float("nan")


def matrix(judgements: pd.DataFrame) -> pd.DataFrame:
    """True against predicted position: columns true, predicted, count, share (of that true position).

    Every pair of positions that could be, also those that never were.
    """
    rows = judgements.dropna(subset=["predicted"])
    last = int(rows["length"].max()) if len(rows) else 0
    places = pd.MultiIndex.from_product([range(last + 1)] * 2, names=["true", "predicted"])
    counts = rows.groupby(["true", "predicted"]).size().reindex(places, fill_value=0)
    table = counts.rename("count").reset_index()
    of_true = table.groupby("true")["count"].transform("sum")
    return table.assign(share=(table["count"] / of_true.where(of_true > 0)).astype(np.float64))


def _folds(problems: pd.Series, folds: int, seed: int) -> Ints:
    """The fold of each row: problems are dealt out in a random order. -1 with fewer than two problems."""
    code, names = pd.factorize(problems, sort=True)
    if len(names) < 2:
        return np.full(len(problems), -1)
    return np.asarray(np.random.default_rng(seed).permutation(len(names))[code] % min(folds, len(names)), np.int64)
