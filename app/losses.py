"""By what the searches of a run lost their problems: read from the trees that didn't solve theirs, once a run."""

import pandas as pd

from app import data
from engine.measure.lost import lost

MOST = 100_000
"""Nodes that are read, for a third of a second: of more nothing is told."""


def losses(trees: pd.DataFrame) -> pd.DataFrame | None:
    """The `fate` and the `node` where it happened, by problem, as far as the labels tell.

    `trees`: those of one run that didn't solve their problem, as in `data.frame`. None where they are too much to read.
    Raises as `data.open_run`.
    """
    if trees["nodes"].sum() > MOST:
        return None
    if trees.empty:
        return _table([])
    key, problems = str(trees["run"].iloc[0]), trees["problem"].tolist()
    at, run = data.stamp(data.find(key).path), data.open_run(key)

    def read() -> pd.DataFrame:
        found = ((problem, lost(run.tree(problem))) for problem in problems)
        return _table([(problem, told.fate, told.node.id) for problem, told in found if told])

    return data.TABLES.take(("losses", key), (at, tuple(problems)), read)


def _table(rows: list[tuple[str, str, int]]) -> pd.DataFrame:
    table = pd.DataFrame(rows, columns=["problem", "fate", "node"]).astype({"problem": str, "node": "Int64"})
    return table.set_index("problem")
