"""Tables of steps and solutions made by hand: rewards and truths in, as `engine.measure.prm` counts from."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from hypothesis import strategies as st

from engine.measure.prm.first_error import Solutions
from engine.measure.prm.reading import Reading, read
from engine.measure.prm.steps import distinct_steps
from engine.runs import Run
from engine.tree import Closed, Cost, Grown, Problem, Scored, Tree
from tests.measure.logged import write_run

Solution = Sequence[tuple[float | None, bool | None]]
"""Reward and label of each step."""


def a_tree_of(problem: str, solutions: Sequence[Solution], *, chosen: int | None = 0, copies: int = 1) -> Tree:
    """A question with whole solutions, no two steps of which are the same; each is drawn `copies` times."""
    tree = Tree(Problem(problem, f"Make 24 from {problem}"))
    labels: dict[int, bool] = {}
    correct: dict[int, bool | None] = {}
    ends = []
    for number, solution in [(i, s) for i, s in enumerate(solutions) for _ in range(copies)]:
        parent = 0
        for depth, (reward, label) in enumerate(solution):
            last = depth + 1 == len(solution)
            tree.apply(
                Grown(
                    [parent],
                    [f"step {number}.{depth}"],
                    ["end" if last else "step"],
                    [-1.0],
                    [f"{number}" if last else None],
                    [Cost(3)],
                )
            )
            parent = len(tree) - 1
            tree.apply(Scored([parent], [reward], [reward], [Cost()]))
            if label is not None:
                labels[parent] = label
        ends.append(parent)
        correct[parent] = solution[-1][1]
    tree.apply(Closed(None if chosen is None else ends[chosen], "as the test wants it", "done", correct, labels))
    return tree


def reading(
    folder: Path, trees: Sequence[Tree], name: str = "a", strategy: str = "best-of-n", **info: object
) -> Reading:
    """The trees as a run that was logged and read back."""
    return read(name, Run.open(write_run(folder / name, trees, strategy, **info)))


def steps_of(folder: Path, trees: Sequence[Tree]) -> pd.DataFrame:
    return distinct_steps([reading(folder, trees).steps])


# Few values, so that rewards are often equal to each other and to the threshold.
rewards_of = st.lists(st.sampled_from([0.0, 0.1, 0.2, 0.5, 0.8, 0.9, 1.0]), min_size=1, max_size=5)
lots = st.lists(st.tuples(st.integers(0, 5), rewards_of, st.integers(0, 5)), min_size=1, max_size=25)


def padded(chains: list[list[float]]) -> np.ndarray:
    out = np.full((len(chains), max(map(len, chains))), np.nan)
    for row, chain in zip(out, chains, strict=True):
        row[: len(chain)] = chain
    return out


def found_from(lot: list[tuple[int, list[float], int]]) -> Solutions:
    true = [min(t, len(chain)) for _, chain, t in lot]
    table = pd.DataFrame(
        {
            "problem": [f"p{p}" for p, _, _ in lot],
            "question": [f"q{p}" for p, _, _ in lot],
            "length": [len(chain) for _, chain, _ in lot],
            "true": pd.array(true, dtype="Int64"),
            "missing": 0,
        }
    )
    return Solutions(table, padded([chain for _, chain, _ in lot]))
