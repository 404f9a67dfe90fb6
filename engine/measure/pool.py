"""Curves of sampling strategies from one large pool: what k of its n solutions would have got, for every k.

One run of n solutions holds the answer to every smaller k, by the unbiased estimators, with far less
noise than a run at that k has. Beam search, DVTS and MCTS have no such pool: there, n changes what
is sampled.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import NamedTuple

import numpy as np
import pandas as pd

from engine.measure.frame import COLUMNS, frame, priced
from engine.measure.pools import Estimate, Floats, Pools, best_of, majority, pass_at, weighted
from engine.prices import Prices
from engine.rewards import AGGREGATES, chain_reward
from engine.runs import Run, RunError
from engine.tree import Tree


class Pool(NamedTuple):
    """The solutions sampled for one problem, a column each. A sample that broke off answers nothing."""

    answers: list[str | None]
    rewards: list[float | None]
    """Of the whole path; missing where the sample broke off or answers nothing, so that it is chosen last."""
    correct: list[bool]


DRAWS = 256
"""Subsets of a pool for a vote that can't be counted: more than `pools` takes by itself, since runs are few."""

CHANCES: Mapping[str, Callable[[Pools, Sequence[int]], Estimate]] = {
    "self-consistency": partial(majority, draws=DRAWS),
    "best-of-n": best_of,
    "weighted-best-of-n": partial(weighted, draws=DRAWS),
}
"""The strategies whose curve a pool gives, each with the chance that k samples answer correctly."""

WITHOUT_PRM = "self-consistency"
SCALED = ("completions", "policy_tokens", "prm_tokens", "tokens", "flops", "prm_flops", "seconds")
POOLED: Mapping[str, str] = dict(COLUMNS) | dict.fromkeys((*SCALED, "correct", "covered"), "Float64")
"""The columns of a pooled frame and their pandas types: those of a frame, of which these became fractions."""


def pool_of(tree: Tree, aggregate: str = "last") -> Pool | None:
    """The pool of a sampling strategy's tree, whose search aggregated rewards so; None if one can't be graded."""
    leaves = [node for node in tree if not node.children and node.parent is not None]
    if any(leaf.finished and leaf.correct is None for leaf in leaves):
        return None
    answers = [leaf.answer if leaf.finished else None for leaf in leaves]
    rewards = [
        None if answer is None else chain_reward(leaf, aggregate) for leaf, answer in zip(leaves, answers, strict=True)
    ]
    return Pool(answers, rewards, [bool(leaf.correct) for leaf in leaves])


def stacked(pools: Sequence[Pool]) -> Pools:
    """Pools of one size as arrays. Raises `ValueError` if they differ in size, or there is none."""
    sizes = {len(pool.answers) for pool in pools}
    if len(sizes) != 1:
        raise ValueError(f"got pools of the sizes {sorted(sizes)}, expected one size")
    codes = [{a: i for i, a in enumerate(dict.fromkeys(a for a in p.answers if a is not None))} for p in pools]
    return Pools(
        np.array([[-1 if a is None else code[a] for a in p.answers] for p, code in zip(pools, codes, strict=True)]),
        np.array([p.rewards for p in pools], dtype=np.float64),
        np.array([p.correct for p in pools], dtype=bool),
    )


def pooled_frame(
    name: str,
    run: Run,
    ks: Sequence[int] | None = None,
    *,
    strategy: str | None = None,
    aggregate: str | None = None,
) -> pd.DataFrame:
    """Like `frame`, one row a tree and k: `correct` and `covered` are chances in [0, 1], costs are shares.

    `ks`: powers of two up to the run's n. Each sample's cost counts alike, so k of n cost k / n of the
    tree; but the prompt is read once for all. A tree that failed is not correct at any k; a pool that a
    budget left smaller than k says nothing of k. `strategy`, `aggregate`: choose among the samples as if the
    run had been one of this strategy, or with this aggregate of rewards; a vote without a PRM doesn't pay
    for it, and what it would have taken in seconds isn't known. Raises `ValueError` for a strategy that
    has no pool, `RunError` for an aggregate that is none.
    """
    for wanted in (run.info.strategy, strategy or run.info.strategy):
        if wanted not in CHANCES:
            raise ValueError(f"got a run of {wanted!r}, expected one of: {', '.join(CHANCES)}")
    strategy = strategy or run.info.strategy
    rows = frame({name: run})
    largest = int(max(rows["n"], default=0))
    ks = list(ks or [2**i for i in range(largest.bit_length()) if 2**i <= largest])
    used = _aggregate(run, aggregate)
    pools = [
        None if failed else pool_of(run.tree(problem), used)
        for problem, failed in zip(rows["problem"], rows["failed"], strict=True)
    ]
    chosen, covered = _chances(pools, ks, CHANCES[strategy])
    rows = _as_if(rows, run, strategy, used)
    parts = [_part(rows, k, *(column[:, j] for column in (*chosen, covered.value))) for j, k in enumerate(ks)]
    found = pd.concat(parts).sort_index(kind="stable") if parts else pd.DataFrame(columns=list(POOLED))
    money = Prices(**run.info.prices)
    return priced(found, money)[list(POOLED)].astype(dict(POOLED)).reset_index(drop=True)


def _aggregate(run: Run, asked: str | None) -> str:
    aggregate = asked or str(run.info.parameters.get("aggregate", "last"))
    if aggregate not in AGGREGATES:
        raise RunError(f"{run.path}: got the aggregate {aggregate!r}, expected one of: {', '.join(AGGREGATES)}")
    return aggregate


def _as_if(rows: pd.DataFrame, run: Run, strategy: str, aggregate: str) -> pd.DataFrame:
    """The rows as a run of this strategy and this aggregate would have them, but for its outcomes."""
    told = [word for word in rows["params"].iloc[0].split(", ") if word] if len(rows) else []
    told = [word for word in told if not word.startswith("aggregate=")]
    if strategy != WITHOUT_PRM and aggregate != "last":
        told.append(f"aggregate={aggregate}")
    rows = rows.assign(strategy=strategy, params=", ".join(sorted(told)))
    if strategy == WITHOUT_PRM and run.info.prm:
        saved = rows["flops"] - rows["prm_flops"]
        rows = rows.assign(
            prm=None, flops=saved, prm_flops=0.0, prm_tokens=0, tokens=rows["policy_tokens"], seconds=None
        )
    return rows


def _chances(
    pools: Sequence[Pool | None], ks: Sequence[int], chance: Callable[[Pools, Sequence[int]], Estimate]
) -> tuple[Estimate, Estimate]:
    """Of the chosen answer and of coverage, [pools, ks]; NaN where a pool is missing or smaller than k."""
    found = [Estimate(np.full((len(pools), len(ks)), np.nan), np.zeros((len(pools), len(ks)))) for _ in range(2)]
    for size in sorted({len(pool.answers) for pool in pools if pool}):
        rows = [i for i, pool in enumerate(pools) if pool and len(pool.answers) == size]
        columns = [j for j, k in enumerate(ks) if k <= size]
        stack = stacked([pool for i in rows if (pool := pools[i])])
        for estimate, of in zip(found, (chance, pass_at), strict=True):
            told = of(stack, [ks[j] for j in columns])
            estimate.value[np.ix_(rows, columns)], estimate.error[np.ix_(rows, columns)] = told
    return found[0], found[1]


def _part(rows: pd.DataFrame, k: int, chosen: Floats, error: Floats, covered: Floats) -> pd.DataFrame:
    """The rows at one k. What a failed tree is worth does not depend on k, so that its row says it already."""
    share = k / rows["n"].astype("Float64")
    part = rows.assign(n=k, draw_error=error, **{name: rows[name].astype("Float64") * share for name in SCALED})
    part["estimator"] = f"from one pool, {DRAWS} draws" if error.any() else "from one pool, exact"
    failed = rows["failed"].to_numpy()
    for column, chance in (("correct", chosen), ("covered", covered)):
        known = rows[column].astype("Float64")
        part[column] = known.where(failed, pd.array(chance, dtype="Float64"))
    return part
