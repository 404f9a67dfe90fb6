"""The sample runs as lessons speak of them: by collection, strategy and n; problems and nodes by a rule.

No lesson names a problem or a node: the runs may be made again, and what is shown must still be what is told.
"""

from collections.abc import Callable, Iterator, Sequence

import pandas as pd

from app import data
from engine.protocol import ArbutusError
from engine.tree import Event, Node, Tree

PUZZLES, STORIES, NAIVE = "tot-100-sweep", "stories-sweep", "naive-prm"
"""The collections that lessons are about."""


class LessonError(ArbutusError):
    """The runs hold nothing of the kind that a lesson wants to show."""


def key(collection: str, label: str, n: int | None = None) -> str:
    """The run of a strategy at n with the first seed, as sweeps name it."""
    return f"{collection}/{label}{'' if n is None else f'-n{n}'}-s0"


def rows(*keys: str) -> pd.DataFrame:
    """The trees of some runs as one table, see `engine.measure.frame`."""
    return pd.concat([data.frame(name) for name in keys], ignore_index=True)


def verdicts(name: str) -> dict[str, bool]:
    """By problem: whether the chosen answer is right; nothing of problems that nobody could grade."""
    graded = data.frame(name).dropna(subset=["correct"])
    return dict(zip(graded["problem"], graded["correct"].astype(bool), strict=True))


def solved(name: str) -> int:
    return sum(verdicts(name).values())


def covered(name: str) -> int:
    """How many problems have a right solution, chosen or not."""
    return int(data.frame(name)["covered"].fillna(False).sum())


def trees(name: str) -> Iterator[Tree]:
    """The trees of a run, in its order, one at a time."""
    run = data.open_run(name)
    for summary in run.summaries:
        yield run.tree(summary.id)


def first_tree(name: str, such: Callable[[Tree], bool], what: str) -> Tree:
    """The first tree of a run that is such as wanted. Raises `LessonError` if none is; `what` says what was wanted."""
    for tree in trees(name):
        if such(tree):
            return tree
    raise LessonError(f"got the run {name}, but it has no tree {what}; a lesson about these runs needs one")


def first_problem(problems: Sequence[str], such: Callable[[str], bool], what: str) -> str:
    """The first of some problems that is such as wanted. Raises `LessonError` if none is."""
    for problem in problems:
        if such(problem):
            return problem
    raise LessonError(f"got {len(problems)} problems, but none {what}; a lesson about these runs needs one")


def first_wrong(node: Node) -> Node | None:
    """The first step on the way to a node that is truly wrong; None if all are good, or nobody knows."""
    return next((step for step in node.path() if step.label is False), None)


def right(tree: Tree) -> bool:
    """Whether the answer that was chosen is right."""
    return tree.chosen is not None and tree.chosen.correct is True


def moment(tree: Tree, kind: type[Event]) -> int:
    """The first event of a kind. Raises `LessonError` if the tree has none."""
    found = next((i for i, event in enumerate(tree.events) if isinstance(event, kind)), None)
    if found is None:
        raise LessonError(f"got the tree of {tree.problem.id}, but it has no event of the kind {kind.__name__}")
    return found
