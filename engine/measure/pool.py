"""Curves of sampling strategies from one large pool: what k of its n solutions would have got, for every k.

One run of n solutions holds the answer to every smaller k, by the unbiased estimators, with far less
noise than a run at that k has. Beam search, DVTS and MCTS have no such pool: there, n changes what
is sampled.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import pandas as pd

from engine.measure.estimators import best_of_k, majority_at_k, pass_at_k, vote_at_k
from engine.measure.frame import COLUMNS, frame
from engine.rewards import AGGREGATES, chain_reward
from engine.runs import Run, RunError
from engine.tree import Tree


class Pool(NamedTuple):
    """The solutions sampled for one problem, a column each. A sample that broke off answers nothing."""

    answers: list[str | None]
    rewards: list[float | None]
    """Of the whole path; missing where the sample broke off or answers nothing, so that it is chosen last."""
    correct: list[bool]


CHANCES: Mapping[str, Callable[[Pool, int], float]] = {
    "self-consistency": lambda pool, k: majority_at_k(pool.answers, pool.correct, k),
    "best-of-n": lambda pool, k: best_of_k(pool.rewards, pool.correct, k),
    "weighted-best-of-n": lambda pool, k: vote_at_k(pool.answers, pool.rewards, pool.correct, k).value,
}
"""The strategies whose curve a pool gives, each with the chance that k samples answer correctly."""

SCALED = ("completions", "policy_tokens", "prm_tokens", "tokens", "flops", "seconds")
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


def pooled_frame(name: str, run: Run, ks: Sequence[int] | None = None) -> pd.DataFrame:
    """Like `frame`, one row a tree and k: `correct` and `covered` are chances in [0, 1], costs are shares.

    `ks`: powers of two up to the run's n. Each sample's cost counts alike, so k of n cost k / n of the
    tree. A tree that failed is not correct at any k; a pool that a budget left smaller than k says
    nothing of k. Raises `ValueError` for a strategy that has no pool, `RunError` for an aggregate
    that is none.
    """
    chance = CHANCES.get(run.info.strategy)
    if chance is None:
        raise ValueError(f"got a run of {run.info.strategy!r}, expected one of: {', '.join(CHANCES)}")
    aggregate = str(run.info.parameters.get("aggregate", "last"))
    if aggregate not in AGGREGATES:
        raise RunError(f"{run.path}: got the aggregate {aggregate!r}, expected one of: {', '.join(AGGREGATES)}")
    rows = frame({name: run})
    largest = int(max(rows["n"], default=0))
    wanted = ks or [2**i for i in range(largest.bit_length()) if 2**i <= largest]
    found = [point for row in rows.to_dict("records") for point in _points(row, run, wanted, chance, aggregate)]
    return pd.DataFrame(found, columns=list(POOLED)).astype(dict(POOLED))


def _share(cost: Any, share: float) -> Any:
    """A part of a cost; one that isn't known has no part that is."""
    return None if pd.isna(cost) else cost * share


def _points(
    row: dict[Any, Any], run: Run, ks: Sequence[int], chance: Callable[[Pool, int], float], aggregate: str
) -> list[dict[Any, Any]]:
    pool = None if row["failed"] else pool_of(run.tree(row["problem"]), aggregate)
    points = []
    for k in ks:
        point = row | {"n": k} | {name: _share(row[name], k / row["n"]) for name in SCALED}
        if pool is not None and k <= len(pool.answers):
            covered = pass_at_k(len(pool.correct), sum(pool.correct), k)
            point |= {"correct": chance(pool, k), "covered": covered}
        elif not row["failed"]:
            point |= {"correct": None, "covered": None}
        points.append(point)
    return points
