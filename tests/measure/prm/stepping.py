"""Tables of steps and solutions made by hand: rewards and truths in, as `engine.measure.prm` counts from."""

from collections.abc import Sequence
from pathlib import Path

import pandas as pd

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
