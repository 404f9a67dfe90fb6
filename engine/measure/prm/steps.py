"""Runs as a table of steps: each distinct step once, with its reward and what is known of its truth.

**The rule for repeats.** A step is its problem and all the words up to it. A search draws the same step
many times, and every run of a sweep draws it again; counted each time, the numbers would be of the
steps that are drawn most. So of each PRM, problem and prefix one row is kept: the first with a reward.
Steps of trees that are still growing, steps without text because they failed, and runs without a PRM
are not in the table.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import repeat
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from engine.measure.prm.keys import below, of_question
from engine.measure.prm.labels import Labels
from engine.tree import Node, Problem, Tree

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


@dataclass(slots=True)
class _Step:
    row: tuple[Any, ...] = ()
    """Where it was first drawn with a reward, or first drawn: the columns of DRAWN but for those below."""
    label: bool | None = None
    times: int = 0


class Draws:
    """The distinct steps of one run, gathered tree by tree: most are drawn many times."""

    def __init__(self) -> None:
        self._rewarded: dict[bytes, _Step] = {}
        self._unrewarded: dict[bytes, _Step] = {}

    def add(self, tree: Tree) -> None:
        """Gather every step of a tree."""
        keys = [of_question(tree.problem.question)]
        known: dict[tuple[bytes, str], bytes] = {}
        for node in tree.nodes[1:]:
            assert node.parent is not None
            words = keys[node.parent.id], node.text
            key = known.get(words) or known.setdefault(words, below(*words))
            keys.append(key)
            if node.finish != "error":
                step = self._step(key, node.reward)
                step.row = step.row or _facts(tree.problem, node, key, words[0])
                step.label = node.label if step.label is None else step.label
                step.times += 1

    def _step(self, key: bytes, reward: float | None) -> _Step:
        step = self._rewarded.get(key)
        if step is None and reward is None:
            step = self._unrewarded.setdefault(key, _Step())
        elif step is None:
            step = self._rewarded[key] = self._unrewarded.pop(key, _Step())
            step.row = ()
        return step

    def table(self, prm: str | None, run: str) -> pd.DataFrame:
        """DRAWN: the steps with a reward first, each in the order of its first draw."""
        steps = [*self._rewarded.values(), *self._unrewarded.values()]
        about: dict[str, Sequence[Any]] = {"prm": [prm] * len(steps), "run": [run] * len(steps)}
        facts = zip(*(step.row for step in steps), strict=True) if steps else repeat(())
        told = {"label": [step.label for step in steps], "times": [step.times for step in steps]}
        columns = about | dict(zip(FACTS, facts, strict=False)) | told
        return pd.DataFrame({name: pd.Series(columns[name], dtype=kind) for name, kind in DRAWN.items()})


FACTS = [name for name in DRAWN if name not in ("prm", "run", "label", "times")]


def _facts(problem: Problem, node: Node, key: bytes, above: bytes) -> tuple[Any, ...]:
    """The columns of FACTS."""
    of_step = node.id, node.text, node.depth, node.finished, node.reward, node.correct
    return (problem.id, problem.question, *of_step, int.from_bytes(key), int.from_bytes(above))


def distinct_steps(tables: Sequence[pd.DataFrame], labels: Labels | None = None) -> pd.DataFrame:
    """Each PRM's distinct steps, from tables of `Draws`. With `labels`, those are the truth."""
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
