"""Runs as a table of steps: each distinct step once, with its reward and what is known of its truth.

**The rule for repeats.** A step is its problem and all the words up to it. A search draws the same step
many times, and every run of a sweep draws it again; counted each time, the numbers would be of the
steps that are drawn most. So of each PRM, problem and prefix one row is kept: the first with a reward.
Steps of trees that are still growing, steps without text because they failed, and runs without a PRM
are not in the table.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from engine.measure.prm.keys import below, of_question
from engine.measure.prm.labels import Labels
from engine.tree import Node, Tree

DRAWN: Mapping[str, str] = {
    "prm": "str",
    "run": "str",
    "problem": "str",
    "question": "str",
    "node": "int64",  # where the step is to be seen, in that tree of that run
    "text": "str",
    "depth": "int64",  # 1 for the first step
    "finished": "bool",  # it ends a solution
    "reward": "float64",  # NaN where missing
    "label": "boolean",  # exact truth, where the task can tell
    "correct": "boolean",  # of finished steps: whether the solution is right
    "key": "uint64",  # of the problem and all words up to the step
    "above": "uint64",  # the key of the step before, or of the question
    "times": "int64",  # how often it was drawn
}
"""The columns of a run's steps, and their pandas types."""

DISTINCT: Mapping[str, str] = dict(DRAWN) | {
    "share": "float64",  # of its rollouts that were right: the soft label
    "rollouts": "Int64",
    "good": "boolean",  # the truth that is used: the hard label of rollouts where they were given, else the exact one
    "parent": "int64",  # the row of the step before, -1 for a first step
}
"""The columns of `distinct_steps`."""


def drawn(rows: Sequence[tuple[Any, ...]], prm: str | None, run: str) -> pd.DataFrame:
    """The distinct steps of a run, from the `step_rows` of its trees: DRAWN."""
    table = pd.DataFrame(rows, columns=list(DRAWN)[2:-1])
    table.insert(0, "run", run)
    table.insert(0, "prm", prm)
    return _once(table.assign(times=1).astype(dict(DRAWN)))


def step_rows(tree: Tree) -> list[tuple[Any, ...]]:
    """A row for every step of a tree, the columns of DRAWN from the third to the last but one."""
    problem = tree.problem
    keys: dict[int, bytes] = {0: of_question(problem.question)}
    rows = []
    for node in tree.nodes[1:]:
        assert node.parent is not None
        above = keys[node.parent.id]
        keys[node.id] = key = below(above, node.text)
        if node.finish != "error":
            rows.append((problem.id, problem.question, *_facts(node), int.from_bytes(key), int.from_bytes(above)))
    return rows


def _facts(node: Node) -> tuple[Any, ...]:
    return node.id, node.text, node.depth, node.finished, node.reward, node.label, node.correct


def distinct_steps(tables: Sequence[pd.DataFrame], labels: Labels | None = None) -> pd.DataFrame:
    """Each PRM's distinct steps, from tables of `drawn`. With `labels`, those are the truth."""
    rows = pd.concat([table for table in tables if len(table)] or [pd.DataFrame(columns=list(DRAWN))])
    steps = _once(rows.astype(dict(DRAWN)))
    steps["parent"] = _parents(steps)
    found = labels.of(steps["key"]) if labels else _no_labels(len(steps))
    steps["share"], steps["rollouts"] = found["share"].to_numpy(), found["rollouts"].to_numpy()
    hard = pd.Series(pd.array(steps["share"] > 0, dtype="boolean")).mask(steps["share"].isna())
    steps["good"] = hard if labels else steps["label"]
    return steps[list(DISTINCT)].astype(dict(DISTINCT))


def shared_steps(steps: pd.DataFrame) -> pd.DataFrame:
    """The steps that every PRM rewarded, and the steps before them too: what PRMs can be compared on."""
    prms = steps["prm"].nunique()
    by = steps[steps["reward"].notna()].groupby("key")["prm"].nunique()
    kept = steps[steps["key"].isin(by.index[by == prms])]
    while not (whole := (kept["depth"] == 1) | kept["above"].isin(kept["key"])).all():
        kept = kept[whole]
    return kept


def _once(rows: pd.DataFrame) -> pd.DataFrame:
    """One row for each PRM and step: the first with a reward."""
    rows = rows.assign(unknown=rows["reward"].isna()).sort_values("unknown", kind="stable")
    of_step = rows.groupby(["prm", "key"], sort=False)
    steps = rows.drop_duplicates(["prm", "key"]).reset_index(drop=True).drop(columns="unknown")
    # Both groups and rows are in the order of first appearance.
    steps["times"] = of_step["times"].sum().to_numpy()
    steps["label"] = of_step["label"].first().to_numpy()
    return steps


def _parents(steps: pd.DataFrame) -> npt.NDArray[np.int64]:
    place = pd.Series(steps.index, index=pd.MultiIndex.from_frame(steps[["prm", "key"]]))
    wanted = pd.MultiIndex.from_arrays([steps["prm"], steps["above"]])
    return np.asarray(place.reindex(wanted).fillna(-1), dtype=np.int64)


def _no_labels(rows: int) -> pd.DataFrame:
    return pd.DataFrame({"share": np.full(rows, np.nan), "rollouts": pd.array([pd.NA] * rows, dtype="Int64")})
